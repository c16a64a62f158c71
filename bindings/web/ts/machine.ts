/// <reference lib="esnext.disposable" preserve="true" />
import { usable } from "./answer.js";
import { chunk as chunkOf, flag, list, object, time } from "./check.js";
import { known } from "./engine.js";
import { REQUEST, named } from "./names.js";
import { Handle, call } from "./raw.js";
import { type Snapshot, rawOf } from "./snapshot.js";
import { similar } from "./statements.js";
import { check, encode, encodeJson } from "./text.js";
import type { Answer, Document, Need, Request } from "./types.js";
import { RawDream } from "./wasm/dreaming.js";

/**
 * A dream as a state machine. It never calls the host: poll it, bring what it needs, poll again.
 * {@link dream} runs this loop.
 *
 * {@link Dream.poll} changes nothing and gives the same answer until something is brought. The
 * needs of one poll are independent of each other; any of them may be met before the next poll,
 * which lists the rest again. The order in which they are met changes no byte of the outcome. A
 * call that was answered is never asked for again, also not after {@link Dream.restore}.
 */
export class Dream {
  readonly #handle: Handle<RawDream>;

  private constructor(raw: RawDream) {
    this.#handle = new Handle("dream", raw);
  }

  /**
   * Begins a dream. The snapshot is copied; it may be freed or used again.
   *
   * @throws {@link DreamingError} `invalid-request` (unknown setting, duplicate or too many
   * sessions, a session without parts); `invalid-snapshot` (the ledger is not that of the head).
   */
  static start(request: Request, store: Snapshot): Dream {
    const { policy = {}, instructions = "", now, sessions, similarities = [] } = named(request, REQUEST, "request");
    for (const [name, value] of Object.entries(object(policy, "policy"))) {
      if (value !== undefined) encodeJson(value, "invalid-request", name);
    }
    check(instructions, "invalid-request", "instructions");
    time(now, "now");
    const pairs = [...similar(similarities)];
    const whole = { policy, instructions, now, sessions: list(sessions, "sessions").map(known), similarities: pairs };
    const json = encodeJson(whole, "invalid-request", "request");
    return new Dream(call(() => RawDream.start(json, rawOf(store))));
  }

  /**
   * Goes on from a checkpoint of this or any other host; the checkpoint holds the request. Sessions
   * that were not complete are asked for again from their first byte; calls that were answered are
   * not.
   *
   * @throws {@link DreamingError} `invalid-document`, also when a single byte was changed; `stale`
   * when `store` has another head, other texts or another ledger than the dream was started with;
   * `other-engine`.
   */
  static restore(checkpoint: Document, store: Snapshot): Dream {
    const document = encode(checkpoint, "invalid-document", "checkpoint");
    return new Dream(call(() => RawDream.restore(document, rawOf(store))));
  }

  /**
   * What is needed next.
   *
   * @throws {@link DreamingError} `canceled`.
   */
  poll(): Need {
    return call(() => this.#raw.poll()) as Need;
  }

  /**
   * Brings the next bytes of a part, at most 1 MiB, unpacked. `last` ends the part: every part
   * needs exactly one chunk with `last`, which may be empty. Chunks of one part come in order;
   * parts and sessions may be interleaved. Bytes that are no transcript are no error; the report
   * tells of them. The bytes are copied.
   *
   * @throws {@link DreamingError} `unexpected` for a part that was not asked for or has ended;
   * `too-large`; `canceled`; `invalid-request` for a chunk that is no `Uint8Array`.
   */
  feed(session: string, part: string, chunk: Uint8Array, last: boolean): void {
    const id = encode(session, "unexpected", "session");
    const name = encode(part, "unexpected", "part");
    call(() => this.#raw.feed(id, name, chunkOf(chunk, "chunk"), flag(last, "last")));
  }

  /**
   * Says that a session that was asked for cannot be read now. It stays pending, nothing is
   * concluded from its absence, and the report gives the reason.
   *
   * @throws {@link DreamingError} as {@link Dream.feed}.
   */
  miss(session: string, reason: string): void {
    const id = encode(session, "unexpected", "session");
    const why = encode(reason, "unexpected", "reason");
    call(() => this.#raw.miss(id, why));
  }

  /**
   * Brings the answer to a model call, in any order. No answer ends the dream.
   *
   * @throws {@link DreamingError} `unexpected` for a call that was not asked for or has an answer;
   * `canceled`.
   */
  answer(id: string, answer: Answer): void {
    const name = encode(id, "unexpected", "call");
    const json = encodeJson(usable(answer), "unexpected", "answer");
    call(() => this.#raw.answer(name, json));
  }

  /** Ends the dream without a plan. Nothing was changed; the sessions stay unread. */
  cancel(): void {
    call(() => this.#raw.cancel());
  }

  /**
   * The dream so far. It holds no transcript text but quotes and answers of models, and no text of
   * the store. May be taken at any time; best after all needs of a poll were met.
   *
   * @throws {@link DreamingError} `canceled`.
   */
  checkpoint(): Document {
    return call(() => this.#raw.checkpoint());
  }

  /** Frees the memory of the dream. A second call does nothing; any other use afterwards throws. */
  free(): void {
    this.#handle.free();
  }

  /** {@link Dream.free}, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  get #raw(): RawDream {
    return this.#handle.raw;
  }
}
