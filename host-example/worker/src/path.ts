// Paths of memories: those that the API takes, and those of them that the engine takes.

import { isMemoryPath } from "dreaming";

/** Bytes of a path, at most. Source of this and the next: section 4.1 of the contract. */
const MAX_BYTES = 1_024;
/** Segments of a path, at most. */
const MAX_SEGMENTS = 20;

const encoder = new TextEncoder();

/** Why a text is no path of a memory; `undefined` for one that is. */
export function refused(path: string): string | undefined {
  if (!path.startsWith("/")) return "must begin with `/`";
  const segments = path.slice(1).split("/");
  if (encoder.encode(path).length > MAX_BYTES) return "must have at most 1,024 bytes";
  if (segments.length > MAX_SEGMENTS) return "must have at most 20 segments";
  if (segments.some((segment) => ["", ".", ".."].includes(segment))) return "must have no empty segment, and none that is `.` or `..`";
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(path)) return "must have no control character and no format character";
  if (path !== path.normalize("NFC")) return "must be in Unicode's normal form C";
  return undefined;
}

/** The paths of the folders that a path lies in, outermost first. */
export function above(path: string): string[] {
  return path.split("/").slice(1, -1).map((_, at, all) => `/${all.slice(0, at + 1).join("/")}`);
}

/** The first text behind all paths below a folder, which does not end in `/`: `0` is the byte behind that of `/`. */
export function endOf(folder: string): string {
  return `${folder}0`;
}

/**
 * Why a memory of the API is none of the engine, which takes Markdown files that are not hidden; `path` has no `/` at its
 * beginning. Such a memory is kept and stays as it is.
 */
export function leftOut(path: string): string | undefined {
  if (path.split("/").some((segment) => segment.startsWith("."))) return "nothing is written to hidden names, or outside the folder";
  if (!/\.mdc?$/.test(path)) return "a memory is a file whose name ends in `.md` or `.mdc`";
  if (/[\\\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u.test(path)) return "a backslash, control or invisible character in the path";
  return isMemoryPath(path) ? undefined : "a file system may take the path for one of git";
}
