// The API of the server that this page is of, asked with the key of the person.

import type { Event } from "./wire.js";

/** A request that was not done: in the words of the server, if it said any. */
export class Refused extends Error {
  constructor(
    message: string,
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
  ) {
    super(message);
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** For servers that ask for them (`--strict-betas`); others do not look. */
const BETAS = "agent-memory-2026-07-22,dreaming-2026-04-21";

/** Characters that are shown of an answer that is not of the API: of a proxy, say. Chosen by us. */
const MOST_OF_STRANGE = 300;

/** What headers take. Other keys cannot be sent, and are nobody's. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]{1,512}$/.test(text);
}

export class Api {
  readonly #key: string;
  readonly #onUnknown: () => void;

  /** `onUnknown` is called when the server says that nobody has the key. */
  constructor(key: string, onUnknown: () => void) {
    this.#key = key;
    this.#onUnknown = onUnknown;
  }

  /**
   * Asks for something, or has it done.
   *
   * @throws {@link Refused}.
   */
  async ask<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.#send(method, path, body, signal);
    try {
      return (await response.json()) as T;
    } catch {
      signal?.throwIfAborted();
      throw new Refused("the answer of the server is no JSON: is it behind something that changes answers?", response.status);
    }
  }

  /**
   * The events of a session as they come: those that there are, and each new one until it ends.
   *
   * @throws {@link Refused}.
   */
  async *events(session: string, signal: AbortSignal): AsyncGenerator<Event> {
    const response = await this.#send("GET", `v1/sessions/${session}/events/stream`, undefined, signal);
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let open = "";
    for (;;) {
      let read;
      try {
        read = await reader.read();
      } catch {
        signal.throwIfAborted();
        throw new Refused("the connection to the server broke off", 0);
      }
      if (read.done) return;
      const blocks = (open + read.value).split(/\r?\n\r?\n/);
      open = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block.split(/\r?\n/).flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trimStart()] : []));
        // Without data it is a sign of life.
        if (data.length > 0) yield JSON.parse(data.join("\n")) as Event;
      }
    }
  }

  async #send(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers: { "x-api-key": this.#key, "anthropic-beta": BETAS },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
        // The key goes to this server and nowhere else, and nothing stays in the browser.
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
      });
    } catch {
      signal?.throwIfAborted();
      throw new Refused("the server cannot be reached", 0);
    }
    if (response.ok) return response;
    const message = told(await response.text().catch(() => ""), response.status);
    if (response.status === 401) this.#onUnknown();
    throw new Refused(message, response.status);
  }
}

/** The message of an error, word for word. */
function told(body: string, status: number): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } };
    if (typeof error?.message === "string") return error.message;
  } catch {
    // It is not of the API.
  }
  return `${status} ${body.slice(0, MOST_OF_STRANGE)}`.trim();
}
