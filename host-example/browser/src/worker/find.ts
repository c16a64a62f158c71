// Sorts files into memories and sessions, as the command does
// (host-example/command/src/sessions.rs). Also takes files that hold several sessions, and
// OpenCode's folders.

import type { Picked, Skipped } from "../protocol.js";

/** Longest memory in bytes; the engine's limit. */
const MAX_MEMORY_BYTES = 102_400;

/** Endings of file names beside a transcript in which a host records how the session went. */
const OUTCOMES = ["outcome.json", "dreaming.json"];

/** Folders beside a transcript with its name that hold other parts of the session. */
const PART_FOLDERS = ["subagents", "tool-results"];

/** A part of a session: a file. */
export interface FoundPart {
  name: string;
  file: File;
  path: string;
}

/** A session and the files that hold it. */
export interface FoundSession {
  id: string;
  parts: FoundPart[];
}

/** A memory as it was given. */
export interface FoundMemory {
  path: string;
  text: string;
  observedAt?: number;
}

/** The session id in the name of a file; `undefined` when the name is not that of a transcript. */
function stem(name: string): string | undefined {
  if (OUTCOMES.some((end) => name.endsWith(`.${end}`))) return undefined;
  const id = /^(.+?)\.(?:jsonl|json)(?:\.gz)?$/.exec(name)?.[1];
  return id === undefined || id === "" ? undefined : id;
}

/** Whether a file is named like a JSON document; many such files are no transcripts. */
function isDocument(name: string): boolean {
  return /\.json(?:\.gz)?$/.test(name);
}

function split(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(at, 0)), path.slice(at + 1)];
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/**
 * Finds the sessions among files. When two files give one session id, the first by path is taken.
 */
export function findSessions(picked: readonly Picked[], skipped: Skipped[]): FoundSession[] {
  const files = [...picked].sort(byPath);
  const at = new Map(files.map((file) => [file.path, file]));
  const mains = new Map<string, Picked>();
  const documents: Picked[] = [];
  // Folders with the name of a transcript beside them: `p/one` for `p/one.jsonl`.
  const own = new Set<string>();
  for (const { path } of files) {
    const [folder, name] = split(path);
    const id = stem(name);
    if (id !== undefined && !isDocument(name)) own.add(folder === "" ? id : `${folder}/${id}`);
  }
  const partOf = new Map<string, FoundPart[]>();
  for (const picked of files) {
    const [folder, name] = split(picked.path);
    const session = ownerOf(folder, own);
    if (session !== undefined) {
      const part = picked.path.slice(session.length + 1);
      const isSpilled = part.startsWith("tool-results/");
      const isTranscript = stem(name) !== undefined && !isDocument(name);
      if (part.includes("/") && (isSpilled || isTranscript)) {
        const parts = partOf.get(session) ?? [];
        parts.push({ name: part, file: picked.file, path: picked.path });
        partOf.set(session, parts);
      }
      continue;
    }
    if (own.has(folder)) continue;
    if (stem(name) === undefined) continue;
    if (isDocument(name)) documents.push(picked);
    else take(picked, mains, skipped);
  }
  // Documents come last, so that none of them takes the session id of a transcript.
  for (const document of documents) take(document, mains, skipped);
  return [...mains].map(([id, main]) => {
    const [folder] = split(main.path);
    const beside = folder === "" ? id : `${folder}/${id}`;
    const parts = [{ name: "main", file: main.file, path: main.path }, ...(partOf.get(beside) ?? [])];
    const outcome = OUTCOMES.map((end) => at.get(`${beside}.${end}`)).find((file) => file !== undefined);
    if (outcome !== undefined) parts.push({ name: OUTCOMES[0] as string, file: outcome.file, path: outcome.path });
    return { id, parts };
  });
}

/** The folder of the session whose part lies in `folder`. */
function ownerOf(folder: string, own: ReadonlySet<string>): string | undefined {
  for (const name of PART_FOLDERS) {
    const at = `${folder}/`.indexOf(`/${name}/`);
    if (at > 0 && own.has(folder.slice(0, at))) return folder.slice(0, at);
  }
  return undefined;
}

function take(picked: Picked, mains: Map<string, Picked>, skipped: Skipped[]): void {
  const id = stem(split(picked.path)[1]);
  if (id === undefined) return;
  const first = mains.get(id);
  if (first === undefined) mains.set(id, picked);
  else skipped.push({ path: picked.path, reason: `${first.path} has the same session id` });
}

/** Whether a file is named as a memory is: Markdown, and Cursor's rules. */
export function isMarkdown(path: string): boolean {
  return /\.mdc?$/.test(path);
}

/** Reads the memories among files: Markdown files that are not hidden. */
export async function readMemories(picked: readonly Picked[], skipped: Skipped[]): Promise<FoundMemory[]> {
  const found = new Map<string, FoundMemory>();
  for (const { path, file } of [...picked].sort(byPath)) {
    const short = path.normalize("NFC");
    if (!isMarkdown(short) || short.split("/").some((segment) => segment.startsWith("."))) continue;
    if (file.size > MAX_MEMORY_BYTES) {
      skipped.push({ path, reason: `${file.size} bytes, a memory has at most ${MAX_MEMORY_BYTES}` });
      continue;
    }
    if (found.has(short)) {
      skipped.push({ path, reason: "another memory has its path" });
      continue;
    }
    let bytes: ArrayBuffer;
    try {
      bytes = await file.arrayBuffer();
    } catch (error) {
      // It went or was changed since it was given, or belongs to somebody else.
      skipped.push({ path, reason: `cannot be read: ${error instanceof Error ? error.message : String(error)}` });
      continue;
    }
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      found.set(short, { path: short, text, observedAt: file.lastModified });
    } catch {
      skipped.push({ path, reason: "it is not UTF-8" });
    }
  }
  return [...found.values()];
}

/**
 * How paths of files become those below the memory folder: without the folder that was picked or dropped, and without
 * `memory/` when transcripts lie beside it, as in a project folder of Claude Code. `undefined` for a file of no such folder.
 */
export function belowMemories(picked: readonly Picked[]): (path: string) => string | undefined {
  const root = (path: string): string => (path.includes("/") ? `${path.split("/")[0]}/` : "");
  const memories = picked.map(({ path }) => path).filter(isMarkdown);
  const withSessions = new Set(picked.filter(({ path }) => stem(split(path)[1]) !== undefined).map(({ path }) => root(path)));
  // What is cut off in front of the paths of each folder.
  const cut = new Map<string, string>();
  for (const top of new Set(memories.map(root))) {
    const isInner = memories.every((path) => root(path) !== top || path.startsWith(`${top}memory/`));
    cut.set(top, withSessions.has(top) && isInner ? `${top}memory/` : top);
  }
  const folders = [...cut.keys()].filter((top) => top !== "").length;
  return (path) => {
    const top = root(path);
    const front = cut.get(top);
    // Beside single files there is no folder.
    if (front === undefined || !path.startsWith(front) || (top === "" && !isMarkdown(path))) return undefined;
    const short = path.slice(front.length);
    // Several folders keep their names, because two of them may have a memory of one name.
    return folders > 1 ? top + short : short;
  };
}
