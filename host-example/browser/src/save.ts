// The new memory, to take away.

import { zipSync } from "fflate";

import type { FileChange } from "./protocol.js";

/** The earliest time that a zip can name: equal memories give equal bytes. */
const ZIP_TIME = "1980-01-02T00:00:00Z";

/** Paths of memories below their folder, as the engine takes them: Markdown files that are not hidden. */
const MEMORY = /^([^/]+\/)*[^./][^/]*\.mdc?$/;

/** Segments that lead elsewhere, or that a file system may take for `.git`. */
const ELSEWHERE = /(^|\/)(\.{1,2}|(\.git|git~1)[. ]*(:[^/]*)?)(\/|$)|[\\\p{Cc}]/iu;

/** @throws Error with the first path that is none of a memory: whoever made it, nothing is written there. */
function check(files: readonly { path: string }[]): void {
  const strange = files.find(({ path }) => !MEMORY.test(path) || ELSEWHERE.test(path));
  if (strange !== undefined) throw new Error(`${strange.path} is no path of a memory. Nothing was written.`);
}

/**
 * Memories as a zip.
 *
 * @throws Error with a path that is none of a memory.
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
 * Asks for the folder of the memories and writes what changed into it. Nothing is written when one of the
 * files is not as it was when it was given.
 *
 * @returns How many files were written or removed; `undefined` when nobody chose a folder.
 * @throws Error with the file that is another, or with a path that is none of a memory.
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
