// Plans and checkpoints that a test changed, with the ids and the digest that follow from what they say by now.

import { createHash } from "node:crypto";

function sha256(...parts) {
  return parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
}

/** JSON as RFC 8785 says, of values whose numbers are integers. */
function canonical(value) {
  const sorted = (_, inner) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(value, sorted);
}

/** Where dreams keep statements of a kind: there counts as written what comes after an entry. */
const LEARNED = {
  decision: "decisions", fact: "facts", mistake: "mistakes", practice: "practices", preference: "preferences", workflow: "workflows",
};

/** A digest of what a change does, each part after its length; the memory only of a change without targets. */
function idOf({ operation, path, targets, survivor, after, kind, text }) {
  const entries = [...(Array.isArray(targets) ? targets : []), ...(survivor ? [survivor] : [])].map((target) => target?.entry);
  const written = after && kind in LEARNED ? `learned/${LEARNED[kind]}.md` : path;
  const at = Array.isArray(targets) && targets.length > 0 ? "" : written;
  const parts = [operation, at, ...entries, text ?? ""].map((part) => Buffer.from(String(part)));
  const length = (part) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(part.length));
    return bytes;
  };
  return `c${sha256(...parts.flatMap((part) => [length(part), part])).slice(0, 20)}`;
}

/** The text of a plan or a checkpoint. What is no text where an id or the digest stands is left there. */
export function sealed(document) {
  const fits = (change) => (typeof change?.id === "string" ? { ...change, id: idOf(change) } : change);
  const whole = Array.isArray(document.changes) ? { ...document, changes: document.changes.map(fits) } : document;
  const { digest, ...rest } = whole;
  return canonical(typeof digest === "string" ? { ...rest, digest: sha256(canonical(rest)) } : whole);
}
