// Files from a drop or a picker, with their paths.

import type { Picked, Skipped } from "./protocol.js";

/** The files of a picker. */
export function fromInput(files: FileList): Picked[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped. */
export interface Dropped {
  files: Picked[];
  /** What could not be read of it. */
  left: Skipped[];
}

/**
 * The files of a drop, with everything below dropped folders. Call it while the event is handled.
 */
export async function fromDrop(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const dropped: Dropped = { files: [], left: [] };
  if (entries.length === 0) dropped.files = [...data.files].map((file) => ({ path: file.name, file }));
  for (const entry of entries) await walk(entry, "", dropped);
  return dropped;
}

/** A file or folder that cannot be read is left, and all others are taken. */
async function walk(entry: FileSystemEntry, below: string, dropped: Dropped): Promise<void> {
  const path = below === "" ? entry.name : `${below}/${entry.name}`;
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
      dropped.files.push({ path, file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      // `readEntries` gives a folder in portions; an empty one is the end.
      const portion = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
      if (portion.length === 0) return;
      for (const inner of portion) await walk(inner, path, dropped);
    }
  } catch (error) {
    dropped.left.push({ path, reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}` });
  }
}
