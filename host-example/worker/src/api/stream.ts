// The events of a session as they come: those that there are, and then each new one, until the session is archived or
// deleted.

import * as events from "../db/events.js";
import * as sessions from "../db/sessions.js";
import { encoded } from "../db/sql.js";
import type { Asked } from "./asked.js";
import { known } from "./sessions.js";

/** Milliseconds between two looks for new events. Chosen by us, as for the server: a person who watches a dream sees no delay. */
const LOOK = 500;
/** Looks without an event after which a comment is sent, so that nobody takes the connection for a dead one. */
const QUIET = 20;
/** Events that are read at once. Chosen by us: each has at most 1 MiB. */
const PAGE = 8;

export function stream({ db, ids: [id = ""] }: Asked): Response {
  known(db, id);
  const frames = follow(db, id);
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await frames.next();
      if (done === true) controller.close();
      else controller.enqueue(encoded(value));
    },
    cancel: async () => {
      await frames.return();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}

async function* follow(db: Asked["db"], id: string): AsyncGenerator<string, void> {
  let [last, quiet] = [0, 0];
  for (;;) {
    // Asked before the events, so that none is missed that comes before the end.
    const session = sessions.find(db, id);
    const page = events.between(db, id, last, Number.MAX_SAFE_INTEGER, PAGE);
    for (const { number, body } of page) {
      last = number;
      yield `event: ${(JSON.parse(body) as { type: string }).type}\ndata: ${body}\n\n`;
    }
    if (page.length > 0) {
      quiet = 0;
      continue;
    }
    if (session === undefined || session.archived_at !== null) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    quiet += 1;
    if (quiet % QUIET === 0) yield ": nothing new\n\n";
  }
}
