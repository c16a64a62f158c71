// Transcripts, a model and stores for tests that need no golden case.

import { MemoryStore, Snapshot } from "../dist/node.js";

/** The time of all dreams here. */
export const NOW = Date.parse("2026-03-20T00:00:00Z");

/** One message of a Claude Code transcript. */
export function message(session, number, role, text) {
  const content = role === "user" ? text : [{ type: "text", text }];
  return `${JSON.stringify({
    type: role,
    uuid: `${session}-${number}`,
    parentUuid: number === 0 ? null : `${session}-${number - 1}`,
    sessionId: session,
    timestamp: new Date(Date.parse("2026-03-02T09:00:00Z") + number * 1000).toISOString(),
    cwd: "/home/mira/shop",
    message: { role, content },
  })}\n`;
}

/** A transcript about one price list, so that a model has something to propose. */
export function transcript(session) {
  return (
    message(session, 0, "user", `Where does list ${session} come from?`) +
    message(session, 1, "assistant", `I looked. The list ${session} is built from \`${session}.csv\`.`)
  );
}

/** The answer of a good model to a call about such a transcript. */
export function goodAnswer({ prompt }) {
  const [quote, session] = /The list (\S+) is built from `\S+`/.exec(prompt);
  const text = `The list ${session} is built from \`${session}.csv\`.`;
  return JSON.stringify({ proposals: [{ kind: "fact", text, evidence: [{ event: 2, quote }] }] });
}

/** Ids of the sessions of {@link shop}. */
export const SESSIONS = ["fri", "mon", "thu", "tue", "wed"];

/** Options of a dream that takes two sessions in a round, so that it has three rounds. */
export const ROUNDS = {
  now: NOW,
  policy: { "propose.max-calls": 10, "propose.together-bytes": 0, "round.sessions": 2, "distil.max-calls": 0 },
};

/** A store with one memory and five sessions. */
export function shop(Kind = MemoryStore) {
  const sessions = SESSIONS.map((id) => ({ id, parts: { main: transcript(id) } }));
  return new Kind({ salt: "shop", memories: [{ path: "notes.md", text: "- Use tabs.\n" }], sessions });
}

/** What `work` makes of a store with `contents`. */
export function over(contents, work) {
  const snapshot = Snapshot.from({ salt: "", memories: [], ledger: [], revisions: [], ...contents });
  try {
    return work(snapshot);
  } finally {
    snapshot.free();
  }
}

/** A promise and what settles it. */
export function later() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
