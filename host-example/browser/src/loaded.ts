// What agents load of a project: the reply of `dreaming loaded --json`, as docs/json.md has it.

/** How large a text is. */
export interface Size {
  lines: number;
  bytes: number;
  tokens: number;
}

/** A file that is there. */
export interface LoadedFile {
  file: string;
  load: "whole" | "part" | "later" | "not";
  /** Why not all of it is loaded, or when. */
  why: string | null;
  /** What helps then. */
  then: string | null;
  size: Size;
  loaded: Size;
  /** What is not loaded of it. */
  cut: (Size & { from: number; to: number; statements: number }) | null;
  imported_by: string | null;
  link_to: string | null;
  /** Why only this machine has it. */
  only_here: string | null;
}

/** A memory folder, and what of it is out of sight. */
export interface LoadedFolder {
  folder: string;
  index: string | null;
  /** Memories in it. */
  memories: number;
  orphans: string[];
  /** Those that only a part of the index names which is not loaded. */
  beyond: string[];
}

/** What one agent loads. */
export interface LoadedAgent {
  agent: string;
  title: string;
  total: Size;
  /** In the order of loading. */
  files: LoadedFile[];
  looked_for: string[];
  memory: LoadedFolder[];
  twice: { text: string; places: { file: string; line: number }[] }[];
  problems: { kind: string; file: string; what: string }[];
  unknown: string[];
  /** What writes memories where it loads them. */
  next: string;
}

export interface Loaded {
  folder: string;
  is_repository: boolean;
  git_trouble: string | null;
  tokens_are: string;
  agents: LoadedAgent[];
}

/** Most bytes of a file that is looked at as such a reply. Chosen by us: a hundred times one of a large project. */
const MOST = 16 << 20;

/** The reply in a file, if it is one. */
export async function loadedIn(file: File): Promise<Loaded | undefined> {
  if (!file.name.endsWith(".json") || file.size > MOST) return undefined;
  try {
    const given = JSON.parse(await file.text()) as Partial<Loaded>;
    return typeof given.tokens_are === "string" && Array.isArray(given.agents) ? (given as Loaded) : undefined;
  } catch {
    return undefined;
  }
}
