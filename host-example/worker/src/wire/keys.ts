// Who asks: a key opens a workspace.

import { ApiError } from "./errors.js";

/** The settings that have keys. */
export interface Keys {
  /** The key of the workspace `default`. */
  TOKEN?: string | undefined;
  /** Keys of others, as JSON: `{"key": "workspace"}`. */
  TOKENS?: string | undefined;
}

/** The workspace of `TOKEN`. */
export const DEFAULT = "default";

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const encoder = new TextEncoder();

/**
 * The workspace that the key of a request opens. Digests of all keys are compared in full, so that the time tells neither
 * the length of a key nor how much of it is right. Without keys nobody is admitted.
 *
 * @throws ApiError, 401.
 */
export async function workspaceOf(request: Request, keys: Keys): Promise<string> {
  // No key is empty.
  const digest = await sha256(keyOf(request) ?? "");
  let opened: string | undefined;
  for (const [key, workspace] of known(keys)) {
    const expected = await sha256(key);
    let differs = 0;
    for (let at = 0; at < expected.length; at += 1) differs |= (expected[at] ?? 0) ^ (digest[at] ?? 0);
    if (differs === 0) opened = workspace;
  }
  if (opened !== undefined) return opened;
  const why = "the key is missing, or nobody has it: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`";
  throw new ApiError(401, "authentication_error", why);
}

/** Whether a text can name a workspace. */
export function isWorkspace(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name);
}

/** Whether there is a key at all. */
export function hasKeys(keys: Keys): boolean {
  return known(keys).length > 0;
}

function known({ TOKEN = "", TOKENS }: Keys): [key: string, workspace: string][] {
  let others: unknown;
  try {
    others = JSON.parse(TOKENS || "{}");
  } catch {
    others = undefined;
  }
  const isMap = typeof others === "object" && others !== null && !Array.isArray(others);
  const pairs = isMap ? Object.entries(others as object) : [["", ""]];
  if (!pairs.every(([key, workspace]) => key !== "" && isWorkspace(workspace))) {
    throw new Error('TOKENS is JSON such as {"key": "workspace"}; a workspace is named by 1 to 64 of a-z, 0-9, _ and -');
  }
  return [...(TOKEN === "" ? [] : [[TOKEN, DEFAULT] as [string, string]]), ...(pairs as [string, string][])];
}

/** The key, in either of the two headers that the SDKs use. */
function keyOf(request: Request): string | undefined {
  const [, bearer] = /^bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return bearer ?? request.headers.get("x-api-key") ?? undefined;
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}
