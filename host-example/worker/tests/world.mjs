// Transcripts, a model and the plan that the npm package makes of both in one go.

import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { MemoryStore, anthropic, dream } from "dreaming";

/** The time of what here is at no time of its own. */
export const NOW = Date.parse("2026-03-20T00:00:00Z");

/** Settings of the dreams that ask a model: rounds of eight sessions, and twenty calls in all. */
export const POLICY = { "round.sessions": 8, "propose.max-calls": 20, "propose.together-bytes": 0 };

/** What dreams of the worker keep in the ledger where nobody says otherwise. */
export const KEEPS = {
  "ledger.whole-sessions": 200,
  "ledger.known-sessions": 2_000,
  "ledger.whole-retired": 100,
  "ledger.known-retired": 1_000,
};

/** Memories of a store: two that say the same, one that is wrong, and texts that no path may change. */
export const MEMORIES = [
  { path: "notes.md", text: "# Notes\n\n- The staging server is `stage-2`.\n- Deployment settings are in `deploy.yml`.\n" },
  { path: "team/rules.md", text: "- Run the formatter before every commit of yours.\n- Run the formatter before every commit of yours.\n" },
  { path: "überall/ノート.md", text: "\uFEFF- Straße 😀 is a name, not a place.\r\n" },
];

/** A line of a Claude Code transcript. */
function line(session, number, type, message) {
  return `${JSON.stringify({
    type,
    uuid: `${session}-${number}`,
    parentUuid: number === 0 ? null : `${session}-${number - 1}`,
    sessionId: session,
    timestamp: new Date(Date.parse("2026-03-02T09:00:00Z") + Number(session.slice(1)) * 3_600_000 + number * 1000).toISOString(),
    cwd: "/home/mira/shop",
    message,
  })}\n`;
}

/** The transcript of a session: a question with its answer; in some a wish, in some a program that is not there and one that is. */
export function transcript(id) {
  const number = Number(id.slice(1));
  const lines = [];
  const add = (type, content) => lines.push(line(id, lines.length, type, { role: type, content }));
  const run = (call, command, output, failed) => {
    add("assistant", [{ type: "tool_use", id: `${id}-${call}`, name: "Bash", input: { command } }]);
    add("user", [{ type: "tool_result", tool_use_id: `${id}-${call}`, is_error: failed, content: output }]);
  };
  add("user", `Where does list ${id} come from?`);
  add("assistant", [{ type: "text", text: `I looked. The list ${id} is built from \`${id}.csv\`.` }]);
  if (number % 25 === 3) add("user", "From now on, always use tabs for indentation.");
  if (number % 8 === 5) {
    run("a", "python tools/seed.py", "zsh: command not found: python", true);
    run("b", "python3 tools/seed.py", "12 rows", false);
    run("c", "make test", "ok", false);
  }
  return lines.join("");
}

/** So many ids of sessions. */
export function ids(count) {
  return Array.from({ length: count }, (_, number) => `s${String(number).padStart(3, "0")}`);
}

/** The answer of a good model: what the assistant said of the list, with its quote. All that was found it writes as it is. */
function said(prompt) {
  const found = [...prompt.matchAll(/^Finding (\d+) .*\n(\w+): (.*)$/gm)].filter(([, , kind]) => kind !== "counted");
  const statements = found.map(([, n, kind, text]) => ({ kind, text, findings: [Number(n)], replaces: null }));
  if (statements.length > 0) return { statements };
  const [quote, session] = /The list (\S+) is built from `\S+`/.exec(prompt) ?? [];
  if (session === undefined) return { proposals: [] };
  const text = `The list ${session} is built from \`${session}.csv\`.`;
  return { proposals: [{ kind: "fact", text, evidence: [{ event: 2, quote }] }] };
}

/** A service that speaks like Anthropic's. It keeps every prompt that it was asked. */
export async function service() {
  const asked = [];
  // The first `quick` calls are answered at once, each later one after so many milliseconds.
  const waiting = { milliseconds: 0, quick: 0 };
  // What each call is answered with in place of 200, or why the model says nothing.
  const refuses = { status: undefined, reason: undefined };
  const server = createServer(async (request, response) => {
    const { messages } = JSON.parse(await text(request));
    asked.push(messages[0].content);
    waiting.quick -= 1;
    if (waiting.quick < 0) await new Promise((resolve) => setTimeout(resolve, waiting.milliseconds).unref());
    if (refuses.status !== undefined) {
      response.writeHead(refuses.status).end(JSON.stringify({ error: { message: "invalid x-api-key" } }));
      return;
    }
    if (refuses.reason !== undefined) {
      response.end(JSON.stringify({ content: [], stop_reason: refuses.reason, usage: { input_tokens: 1, output_tokens: 1 } }));
      return;
    }
    const content = [{ type: "text", text: JSON.stringify(said(messages[0].content)) }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ content, stop_reason: "end_turn", usage: { input_tokens: 1, output_tokens: 1 } }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, waiting, refuses, close: () => (server.closeAllConnections(), server.close()) };
}

/** What the npm package makes in one go of sessions and memories, as a worker has them, and the contents of the store. */
export async function inOneGo({ salt, memories, sessions, policy, now, model }) {
  const store = new MemoryStore({ salt, memories, sessions });
  const made = await dream({
    store,
    now,
    policy: { ...KEEPS, ...policy },
    ...(model === undefined ? {} : { model: anthropic({ model: "fake", key: "none", url: model.url }) }),
  });
  return { ...made, contents: store.contents() };
}
