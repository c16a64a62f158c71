// The handler as a Cloudflare Worker. One Durable Object is one workspace: it is the only writer, keeps all in its SQLite,
// and does the next round of a dream in its alarm. The Worker in front finds out whose request it is and passes it on.

import { DurableObject } from "cloudflare:workers";

import type { Workspace as Work } from "./api/asked.js";
import type { Value } from "./db/sql.js";
import { type Settings, answer, handler, workspace } from "./handler.js";
import { night } from "./nights.js";
import { DEFAULT, isWorkspace } from "./wire/keys.js";
import { MESSAGE, messageText } from "./wire/message.js";

/** The bindings of `wrangler.jsonc` and the secrets. */
export interface Env extends Settings {
  WORKSPACES: DurableObjectNamespace<Workspace>;
  /** Ids of memory stores over which the cron trigger has dreams begin, as `ID` or `WORKSPACE/ID`, separated by spaces. */
  NIGHTLY?: string;
  /** What these dreams are asked for beside their inputs, as JSON: `model`, `instructions`, `x_policy`. */
  NIGHTLY_TERMS?: string;
}

/** A message of the queue: a file of a session, or a dream as in `POST /v1/dreams`. Without a workspace it is `default`. */
export type Message =
  | { workspace?: string; session: string; part?: string; text: string }
  | { workspace?: string; dream: Record<string, unknown> };

/** The header in which the Worker tells an object whose request it is; what a client writes into it is replaced. */
const NAME = "x-dreaming-workspace";

/** One workspace. */
export class Workspace extends DurableObject<Env> {
  readonly #work: Work;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    const db = {
      rows: (statement: string, ...values: Value[]) => storage.sql.exec(statement, ...values).toArray(),
      transaction: <T>(work: () => T) => storage.transactionSync(work),
    };
    this.#work = workspace(db, env, async () => {
      // One that is set comes as soon.
      if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now());
    });
  }

  override async fetch(request: Request): Promise<Response> {
    return await answer(request, request.headers.get(NAME) ?? DEFAULT, this.#work);
  }

  /** Does the next round. The platform calls an alarm that threw again, also after the object died. */
  override async alarm(): Promise<void> {
    if (await this.#work.rounds.drive()) await this.ctx.storage.setAlarm(Date.now());
  }

  /** Begins the dream of a night. */
  async night(store: string, terms: string): Promise<string> {
    return await night(this.#work, store, terms);
  }
}

export default {
  async fetch(request, env) {
    return await handler(request, env, (name) => passed(env, name, request));
  },

  /** Has a dream begin over each store of `NIGHTLY`. */
  async scheduled(controller, env) {
    for (const named of (env.NIGHTLY ?? "").split(/\s+/).filter((name) => name !== "")) {
      const [store = "", name = DEFAULT] = named.split("/").reverse();
      const became = isWorkspace(name) ? await objectOf(env, name).night(store, env.NIGHTLY_TERMS ?? "") : "there is no such workspace";
      console.log(`${controller.cron}: ${named}: ${became}`);
    }
  },

  /**
   * Takes what agents send when a session ends. A message that can never be stored is logged and dropped; one that a dream
   * or a fault stopped is retried.
   */
  async queue(batch, env) {
    for (const message of batch.messages) {
      const response = await take(env, message.body, messageText(message.timestamp.getTime(), message.id));
      if (response.ok) message.ack();
      else if (response.status === 409 || response.status >= 500) message.retry({ delaySeconds: 60 });
      else {
        console.error(`message ${message.id} is dropped: ${await response.text()}`);
        message.ack();
      }
    }
  },
} satisfies ExportedHandler<Env, Message>;

/** Does what a message asks for by the route that does it, so that all its checks apply. */
async function take(env: Env, body: Message, message: string): Promise<Response> {
  if (typeof body !== "object" || body === null) return new Response("it is no object", { status: 400 });
  const { workspace = DEFAULT } = body;
  if (!isWorkspace(workspace)) return new Response("there is no such workspace", { status: 400 });
  const ask = (path: string, method: string, body: string): Promise<Response> =>
    passed(env, workspace, new Request(`https://worker/${path}`, { method, body }), message);
  if ("dream" in body) return await ask("v1/dreams", "POST", JSON.stringify(body.dream));
  const { session, part = "main", text } = body;
  if (typeof text !== "string") return new Response("it has no text", { status: 400 });
  const path = [session, part].map((name) => encodeURIComponent(String(name))).join("/parts/");
  return await ask(`v1/x/sessions/${path}`, "PUT", text);
}

/** Passes a request on to the object of a workspace, which is told its name: an object that an alarm woke does not know it. */
async function passed(env: Env, name: string, request: Request, message?: string): Promise<Response> {
  const named = new Request(request);
  named.headers.set(NAME, name);
  named.headers.delete(MESSAGE);
  if (message !== undefined) named.headers.set(MESSAGE, message);
  return await objectOf(env, name).fetch(named);
}

function objectOf(env: Env, name: string): DurableObjectStub<Workspace> {
  return env.WORKSPACES.get(env.WORKSPACES.idFromName(name));
}
