// Writes the new memory into a zip or a folder.

import { zipSync } from "fflate";

import type { FileChange } from "./protocol.js";

/** The earliest time that a zip can hold. With a fixed time equal memories give equal bytes. */
const ZIP_TIME = "1980-01-02T00:00:00Z";

/**
 * Paths of memories below their folder: Markdown files that are not hidden, as the engine demands.
 */
const MEMORY = /^([^/]+\/)*[^./][^/]*\.mdc?$/;

/** Path segments that leave the folder, or that a file system may take for `.git`. */
const ELSEWHERE = /(^|\/)(\.{1,2}|(\.git|git~1)[. ]*(:[^/]*)?)(\/|$)|[\\\p{Cc}]/iu;

/** @throws Error with the first path that no memory may have, so that nothing is written there. */
function check(files: readonly { path: string }[]): void {
  const strange = files.find(({ path }) => !MEMORY.test(path) || ELSEWHERE.test(path));
  if (strange !== undefined) throw new Error(`${strange.path} is no path of a memory. Nothing was written.`);
}

/**
 * Memories as a zip.
 *
 * @throws Error with a path that no memory may have.
 */
export function zip(files: readonly { path: string; text: string }[]): Uint8Array<ArrayBuffer> {
  check(files);
  const encoder = new TextEncoder();
  const entries = files.map(({ path, text }) => [path, encoder.encode(text)] as const);
  return zipSync(Object.fromEntries(entries), { level: 6, mtime: ZIP_TIME }) as Uint8Array<ArrayBuffer>;
}

/** Whether this browser can write into a folder. */
export function canWrite(): boolean {
  return "showDirectoryPicker" in globalThis;
}

type Picker = (options: { mode: "readwrite"; id: string }) => Promise<FileSystemDirectoryHandle>;

/**
 * Asks for the folder of the memories and writes the changes into it. When one of the files was
 * edited since it was given, nothing is written.
 *
 * @returns How many files were written or removed; `undefined` when nobody chose a folder.
 * @throws Error with the file that was edited, or with a path that no memory may have.
 */
export async function writeBack(files: readonly FileChange[]): Promise<number | undefined> {
  check(files);
  let folder: FileSystemDirectoryHandle;
  try {
    const pick = (globalThis as unknown as { showDirectoryPicker: Picker }).showDirectoryPicker;
    folder = await pick.call(globalThis, { mode: "readwrite", id: "memory" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
  for (const { path, before } of files) {
    if ((await textOf(folder, path)) !== before) {
      throw new Error(`${path} in that folder is not what this page read. Nothing was written.`);
    }
  }
  for (const { path, after } of files) {
    const { dir, name } = await parent(folder, path, true);
    if (after === null) await dir.removeEntry(name);
    else {
      const file = await (await dir.getFileHandle(name, { create: true })).createWritable();
      await file.write(after);
      await file.close();
    }
  }
  return files.length;
}

async function parent(
  folder: FileSystemDirectoryHandle,
  path: string,
  create: boolean,
): Promise<{ dir: FileSystemDirectoryHandle; name: string }> {
  const segments = path.split("/");
  const name = segments.pop() ?? "";
  let dir = folder;
  for (const segment of segments) dir = await dir.getDirectoryHandle(segment, { create });
  return { dir, name };
}

async function textOf(folder: FileSystemDirectoryHandle, path: string): Promise<string | null> {
  try {
    const { dir, name } = await parent(folder, path, false);
    const file = await (await dir.getFileHandle(name)).getFile();
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await file.arrayBuffer());
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}
