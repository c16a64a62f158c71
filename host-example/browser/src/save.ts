// Writes the new memory into a zip or a folder.

import { zipSync } from "fflate";

import { NOT_IN_ZIP, noteOf } from "./not-in-zip.js";
import type { FileChange, MemoryText } from "./protocol.js";

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
 * Memories as a zip, with a note that names the `others` of their folder, which are not in it.
 *
 * @throws Error with a path that no memory may have.
 */
export function zip(files: readonly MemoryText[], others: readonly string[]): Uint8Array<ArrayBuffer> {
  check(files);
  const encoder = new TextEncoder();
  const note = others.length === 0 ? [] : [{ path: NOT_IN_ZIP, text: noteOf(others) }];
  const entries = [...files, ...note].map(({ path, text }) => [path, encoder.encode(text)] as const);
  return zipSync(Object.fromEntries(entries), { level: 6, mtime: ZIP_TIME }) as Uint8Array<ArrayBuffer>;
}

/** Whether this browser can write into a folder. */
export function canWrite(): boolean {
  return "showDirectoryPicker" in globalThis;
}

type Picker = (options: { mode: "readwrite"; id: string }) => Promise<FileSystemDirectoryHandle>;

/**
 * Asks for the folder of the memories and writes the changes into it. When one of the files was
 * edited since it was given, or the folder has none of the memories that were `read`, nothing is written. Files that grow come first: what moves from one into
 * another is then in both for a moment, and not in neither. After a failure the same can be done
 * again: what is written already is no edit.
 *
 * @returns How many files were written or removed; `undefined` when nobody chose a folder.
 * @throws Error with the file that was edited, with one that the folder should have, with a path that no memory may have, or with the file
 * that could not be written and how many were.
 */
export async function writeBack(files: readonly FileChange[], read: readonly MemoryText[]): Promise<number | undefined> {
  check(files);
  let folder: FileSystemDirectoryHandle;
  try {
    const pick = (globalThis as unknown as { showDirectoryPicker: Picker }).showDirectoryPicker;
    folder = await pick.call(globalThis, { mode: "readwrite", id: "memory" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    throw error;
  }
  const open: FileChange[] = [];
  for (const file of files) {
    const now = await textOf(folder, file.path);
    if (now === file.after) continue;
    // An empty file in the place of a new one is what an interrupted write leaves.
    if (now !== file.before && !(now === "" && file.before === null)) throw new Error(`${file.path} in that folder is not what this page read. Nothing was written.`);
    open.push(file);
  }
  const [first] = read;
  if (open.length > 0 && first !== undefined && !(await hasOneOf(folder, read, files))) {
    throw new Error(
      `That folder has none of the memories that this page read. Nothing was written. Choose the folder in which ${first.path} lies as it was read.`,
    );
  }
  const growth = ({ before, after }: FileChange): number => (after ?? "").length - (before ?? "").length;
  const ordered = open.toSorted((a, b) => growth(b) - growth(a));
  for (const [at, { path, after }] of ordered.entries()) {
    try {
      await put(folder, path, after);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const done = at === 0 ? "Nothing was written" : `${at} of ${ordered.length} files were written, this one and the rest were not`;
      throw new Error(`${path}: ${why} ${done}. Write into the same folder again when that is mended.`);
    }
  }
  return ordered.length;
}

/** Whether a memory that was read is in the folder, as it was or as it is written: new files alone fit into any folder. */
async function hasOneOf(
  folder: FileSystemDirectoryHandle,
  read: readonly MemoryText[],
  files: readonly FileChange[],
): Promise<boolean> {
  const after = new Map(files.map(({ path, after }) => [path, after]));
  for (const { path, text } of read) {
    const now = await textOf(folder, path);
    if (now !== null && (now === text || now === after.get(path))) return true;
  }
  return false;
}

async function put(folder: FileSystemDirectoryHandle, path: string, text: string | null): Promise<void> {
  const { dir, name } = await parent(folder, path, true);
  if (text === null) return await dir.removeEntry(name);
  const file = await (await dir.getFileHandle(name, { create: true })).createWritable();
  try {
    await file.write(text);
    await file.close();
  } catch (error) {
    // The file is as it was until `close` has ended.
    await file.abort().catch(() => {});
    throw error;
  }
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
