// `/v1/sessions/{session}/events`.

import * as events from "../db/events.js";
import * as parts from "../db/parts.js";
import * as sessions from "../db/sessions.js";
import { read } from "../ids.js";
import { type Fields, body } from "../wire/body.js";
import { invalid } from "../wire/errors.js";
import { afterNumber, page } from "../wire/page.js";
import type { Asked } from "./asked.js";
import { isImport, known } from "./sessions.js";
import { length } from "./stores.js";

/** What a client may send to a session that is no import. Source: section 5 of the contract. */
const INPUTS = [
  "user.message",
  "user.interrupt",
  "user.tool_confirmation",
  "user.custom_tool_result",
  "user.tool_result",
  "user.define_outcome",
  "system.message",
];

/** Events of one request, at most. Chosen by us, as for the server: their bodies fit into one request. */
const MAX_EVENTS = 1_000;
/** Characters of the id of an event and of its thread, at most. Chosen by us, as for the server. */
const MAX_ID = 256;

export async function send({ request, db, ids: [id = ""] }: Asked): Promise<object> {
  const { dream, metadata } = known(db, id);
  if (dream !== null) throw invalid("session_id", `\`${id}\` is the trace of a dream: it takes no event`);
  const asked = await body(request, ["events"]);
  if (!asked.has("events")) throw asked.wrong("events", "must be a list");
  const sent = eventsOf(asked.objects("events"), isImport(metadata));
  const added = db.transaction(() => {
    known(db, id);
    if (parts.list(db, id).length > 0) throw invalid("session_id", `\`${id}\` has parts: it takes no event`);
    if (!sessions.touch(db, id)) throw invalid("session_id", `\`${id}\` is archived: it can be read, and takes no event`);
    return events.append(db, id, sent);
  });
  // The SDKs know no other events in this answer, and refuse one that has some.
  return { data: added.filter(({ type }) => INPUTS.includes(String(type))), x_added: added.length };
}

export function list({ db, query, ids: [id = ""] }: Asked): Response {
  known(db, id);
  const { data, hasMore } = events.list(db, id, {
    kinds: query.list("types"),
    between: query.between("created_at"),
    isDescending: query.word("order", ["asc", "desc"], "asc") === "desc",
    after: afterNumber(query),
    limit: query.limit(),
  });
  const { next_page } = page([], hasMore ? String(data.at(-1)?.number) : undefined);
  // The events as they are kept, with numbers that JavaScript cannot hold.
  const text = `{"data":[${data.map(({ body }) => body).join(",")}],"next_page":${JSON.stringify(next_page)}}`;
  return new Response(text, { headers: { "content-type": "application/json" } });
}

/** Checks events. Those of an import may be of any type, and say when they happened. */
export function eventsOf(sent: readonly Fields[], isImport: boolean): events.NewEvent[] {
  if (sent.length > MAX_EVENTS) throw invalid(sent[0]?.at.replace(/\[0\]$/, "") ?? "events", "must have at most 1,000 events");
  const only = "and only of a session with the metadata `x_import`: `true`";
  return sent.map((event) => {
    const kind = event.text("type");
    if (!/^[a-z0-9._]+$/.test(kind)) throw event.wrong("type", "must have lower-case letters, digits, `.` and `_` only");
    if (!isImport && !INPUTS.includes(kind)) {
      throw event.wrong("type", "must be an input of a person; a session with the metadata `x_import`: `true` takes all types");
    }
    const time = event.maybe("processed_at");
    const processedAt = time === undefined ? undefined : read(time);
    if (time !== undefined && (!isImport || processedAt === undefined)) throw event.wrong("processed_at", `must be a time, ${only}`);
    const id = event.maybe("id");
    if (id !== undefined && (!isImport || id === "")) throw event.wrong("id", `must be a text, ${only}`);
    for (const [name, value] of [["id", id], ["session_thread_id", event.all["session_thread_id"]]] as const) {
      const isWrong = typeof value === "string" && (value.includes("\0") || length(value) > MAX_ID);
      if (isWrong) throw event.wrong(name, "must have at most 256 characters, and no U+0000");
    }
    return { kind, processedAt, fields: event.all };
  });
}
