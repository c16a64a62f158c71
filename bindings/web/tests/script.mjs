// Scripts of the golden cases as transcripts, in the form of `tests/support/src/script.rs` and, byte for
// byte, of `transcript.rs`: the digests of a case hold only for the same transcripts.

import { createHash } from "node:crypto";

/** Milliseconds between two lines. */
const TICK = 5000;

/** The JSONL of a script; `session` is the id when the head names none. */
export function transcript(session, script) {
  const head = { session, start: "", cwd: "/home/mira/shop", branch: "main" };
  let built;
  for (const block of blocks(script)) {
    const [, name, value] = /^(\w+): ([^]*)$/.exec(block) ?? [];
    if (built === undefined && ["session", "start", "cwd", "branch", "sidechain"].includes(name)) head[name] = value;
    else event((built ??= new Transcript(head)), block, name, value);
  }
  return Buffer.from(built.lines.map((line) => `${line}\n`).join(""));
}

/** What stands at one left margin: a line with the indented lines below it. */
function blocks(script) {
  const found = [];
  for (const line of script.split("\n")) {
    if (line.startsWith("  ") && found.length > 0) found.push(`${found.pop()}\n${line.slice(2)}`);
    else if (line !== "") found.push(line);
  }
  return found;
}

function event(transcript, block, name, value) {
  if (block.startsWith("$ ")) return transcript.call("Bash", { command: block.slice(2) });
  const [, tool, input] = /^call (\S+) ([^]*)$/.exec(block) ?? [];
  if (tool !== undefined) return transcript.call(tool, JSON.parse(input));
  switch (name) {
    case "user":
      return transcript.line("user", { role: "user", content: value });
    case "meta":
      return transcript.line("user", { role: "user", content: value }, { isMeta: true });
    case "agent":
      return transcript.assistant({ type: "text", text: value });
    case "ok":
    case "fail":
      return transcript.result(value, name === "fail");
    case "wait":
      transcript.now += Number(value) * 1000;
      return;
    case "raw":
      transcript.lines.push(value);
      return;
    default:
      throw new Error(`not understood: ${block}`);
  }
}

class Transcript {
  lines = [];
  count = 0;
  parent = null;

  constructor({ session, start, cwd, branch, sidechain }) {
    this.about = { cwd, gitBranch: branch, isSidechain: sidechain !== undefined, sessionId: session, userType: "external", version: "2.1.0" };
    this.agent = sidechain;
    this.now = Date.parse(start);
  }

  call(name, input) {
    this.last = `toolu_${this.digits(20)}`;
    this.assistant({ type: "tool_use", id: this.last, name, input });
  }

  result(content, failed) {
    const block = { type: "tool_result", tool_use_id: this.last ?? "", content, is_error: failed };
    this.line("user", { role: "user", content: [block] });
  }

  assistant(block) {
    const id = `msg_${this.digits(20)}`;
    this.line("assistant", { id, type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [block] });
  }

  line(type, message, more = {}) {
    const d = this.digits(32);
    const uuid = `${d.slice(0, 8)}-${d.slice(8, 12)}-4${d.slice(13, 16)}-8${d.slice(17, 20)}-${d.slice(20)}`;
    const timestamp = new Date(this.now).toISOString().replace(".000Z", "Z");
    const agent = this.agent === undefined ? {} : { agentId: this.agent };
    this.lines.push(sorted({ ...this.about, ...agent, ...more, parentUuid: this.parent, type, message, uuid, timestamp }));
    this.parent = uuid;
    this.now += TICK;
  }

  /** The next digits that belong to this place of this session. */
  digits(count) {
    this.count += 1;
    const place = `${this.about.sessionId}/${this.agent ?? ""}/${this.count}`;
    return createHash("sha256").update(place).digest("hex").slice(0, count);
  }
}

/** JSON with sorted keys, as the native cases write it. */
export function sorted(value) {
  if (Array.isArray(value)) return `[${value.map(sorted).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${sorted(value[key])}`).join(",")}}`;
}
