// The handler as a Cloudflare Worker. One Durable Object is one memory store: it is the store's
// only writer, keeps it in its SQLite, and does the next round in its alarm. The Worker in front
// checks the token and forwards the request to the object.

import { DurableObject } from "cloudflare:workers";

import { type Edge, admit, drive, handler } from "./handler.js";
import { limitsOf } from "./limits.js";
import { modelOf } from "./model.js";
import { sqlStorage } from "./sql.js";
import type { Storage } from "./storage.js";

/** The bindings of `wrangler.jsonc` and the secrets. */
export interface Env {
  STORES: DurableObjectNamespace<MemoryStore>;
  /** Secret: whoever has it may do everything. */
  TOKEN: string;
  /** Names of the stores in which the cron trigger starts dreams, separated by spaces. */
  NIGHTLY?: string;
  /** The terms of these dreams as JSON: see `POST …/dreams`. */
  NIGHTLY_TERMS?: string;
  /** `anthropic:<model>` or `openai:<model>`; absent: dreams ask no model. */
  MODEL?: string;
  /** Secret: the key of the service. */
  MODEL_KEY?: string;
  /** The address of the service, when it is not the usual one. */
  MODEL_URL?: string;
  /** Limits that differ from those of `src/limits.ts`, as JSON. */
  LIMITS?: string;
  /**
   * `requests`: no alarm; each round needs a request. For tests, and to watch a dream step by step.
   */
  DRIVE?: string;
}

/** A message of the queue: a part of an ended session, or an order to dream. */
export type Message =
  | { store: string; session: string; part?: string; agent?: string; principal?: string; text: string }
  | { store: string; dream: Record<string, unknown> };

/** One memory store. */
export class MemoryStore extends DurableObject<Env> {
  readonly #storage: Storage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#storage = sqlStorage({
      rows: (statement, ...values) => storage.sql.exec(statement, ...values).toArray(),
      transaction: (work) => storage.transactionSync(work),
    });
  }

  override async fetch(request: Request): Promise<Response> {
    return await handler(request, this.#edge());
  }

  /**
   * Does the next round. The platform calls an alarm that threw again, also after the object died.
   */
  override async alarm(): Promise<void> {
    if (await drive(this.#storage, this.#edge())) await this.ctx.storage.setAlarm(Date.now());
  }

  #edge(): Edge {
    const { TOKEN, DRIVE, LIMITS } = this.env;
    return {
      store: () => this.#storage,
      token: TOKEN,
      model: modelOf(this.env),
      limits: limitsOf(LIMITS),
      now: Date.now,
      later: DRIVE === "requests" ? undefined : () => this.ctx.storage.setAlarm(Date.now()),
    };
  }
}

export default {
  async fetch(request, env) {
    const admitted = await admit(request, { token: env.TOKEN });
    if (admitted instanceof Response) return admitted;
    const { store } = admitted;
    if (store !== undefined) return await objectOf(env, store).fetch(request);
    const none = (): never => {
      throw new Error("no store is asked for");
    };
    return await handler(request, { store: none, token: env.TOKEN, now: Date.now });
  },

  /** Starts a dream in each store of `NIGHTLY`. A store whose plan waits for a decision refuses. */
  async scheduled(controller, env) {
    for (const store of (env.NIGHTLY ?? "").split(/\s+/).filter((name) => name !== "")) {
      const response = await ask(env, store, "POST", "dreams", env.NIGHTLY_TERMS ?? "{}");
      console.log(`${controller.cron}: ${store}: ${response.status} ${await response.text()}`);
    }
  },

  /**
   * Takes what agents send when a session ends. A message that can never be stored is logged and
   * dropped; one that a running dream or a fault stopped is retried.
   */
  async queue(batch, env) {
    for (const message of batch.messages) {
      const response = await take(env, message.body);
      if (response.ok) message.ack();
      else if (response.status === 409 || response.status >= 500) message.retry({ delaySeconds: 60 });
      else {
        console.error(`message ${message.id} is dropped: ${await response.text()}`);
        message.ack();
      }
    }
  },
} satisfies ExportedHandler<Env, Message>;

async function take(env: Env, body: Message): Promise<Response> {
  if (typeof body !== "object" || body === null) return new Response("it is no object", { status: 400 });
  if ("dream" in body) return await ask(env, body.store, "POST", "dreams", JSON.stringify(body.dream));
  const { store, session, part = "main", agent, principal, text } = body;
  if (typeof text !== "string") return new Response("it has no text", { status: 400 });
  const query = new URLSearchParams();
  if (agent !== undefined) query.set("agent", String(agent));
  if (principal !== undefined) query.set("principal", String(principal));
  const name = String(part).split("/").map(encodeURIComponent).join("/");
  return await ask(env, store, "PUT", `sessions/${encodeURIComponent(String(session))}/parts/${name}?${query}`, text);
}

/** Sends a request of this program through the handler, so that all its checks apply. */
async function ask(env: Env, store: string, method: string, path: string, body: string): Promise<Response> {
  const url = `https://store/v1/memory_stores/${encodeURIComponent(String(store))}/${path}`;
  const request = new Request(url, { method, body, headers: { authorization: `Bearer ${env.TOKEN}` } });
  const admitted = await admit(request, { token: env.TOKEN });
  if (admitted instanceof Response) return admitted;
  return await objectOf(env, String(store)).fetch(request);
}

function objectOf(env: Env, store: string): DurableObjectStub<MemoryStore> {
  return env.STORES.get(env.STORES.idFromName(store));
}
