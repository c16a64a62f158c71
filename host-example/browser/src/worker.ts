// The page's side of its worker.

import workerUrl from "./worker/main.ts?worker&url";

import type { Question, Questions, Said, Step } from "./protocol.js";

/** An error of the worker. */
export class Trouble extends Error {
  constructor(
    message: string,
    /** The code of a `DreamingError`. */
    readonly code: string,
  ) {
    super(message);
  }
}

interface Waiting {
  done(gives: unknown): void;
  failed(error: Trouble): void;
}

/** Asks the worker, which has the files and the engine. */
export class Engine {
  /** Called with how far a dream is. */
  onStep: (step: Step) => void = () => {};
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  /** Why the worker answers no more. */
  #ended: Trouble | undefined;

  constructor() {
    // Started from a blob, a worker has the content security policy of the page, also where the
    // policy is in the page and not in a header. Started from a file it would have none and could
    // reach the network. Modules come by `import()`, because the policy treats static imports as
    // workers.
    const file = JSON.stringify(new URL(workerUrl, document.baseURI).href);
    const start = `import(${file}).catch((error) => postMessage({ tag: "failed", message: String(error) }));`;
    const url = URL.createObjectURL(new Blob([start], { type: "text/javascript" }));
    this.#worker = new Worker(url, { type: "module" });
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<Said>) => {
        if (data.tag === "ready") {
          URL.revokeObjectURL(url);
          resolve();
        } else if (data.tag === "failed") fail(data.message);
        else this.#hear(data);
      };
      this.#worker.onerror = ({ message }) => fail(message);
      this.#worker.onmessageerror = () => fail("an answer of it cannot be read");
      const fail = (message: string): void => {
        const trouble = new Trouble(`the engine failed, load the page anew: ${message}`, "trap");
        reject(trouble);
        this.#ended = trouble;
        // What is left of it would go on asking a model, and nobody would hear.
        this.#worker.terminate();
        for (const { failed } of this.#waiting.values()) failed(trouble);
        this.#waiting.clear();
      };
    });
    this.#ready.catch(() => {});
  }

  /** Resolves when the engine is loaded. */
  async loaded(): Promise<void> {
    await this.#ready;
  }

  /**
   * Asks the worker.
   *
   * @throws {@link Trouble}.
   */
  async ask<Q extends Question>(ask: Q, given: Questions[Q]["with"]): Promise<Questions[Q]["gives"]> {
    await this.#ready;
    if (this.#ended !== undefined) throw this.#ended;
    const id = this.#next;
    this.#next += 1;
    return await new Promise((done, failed) => {
      this.#waiting.set(id, { done: done as (gives: unknown) => void, failed });
      this.#worker.postMessage({ id, ask, with: given });
    });
  }

  #hear(said: Exclude<Said, { tag: "ready" | "failed" }>): void {
    if (said.tag === "step") return this.onStep(said.step);
    const waiting = this.#waiting.get(said.id);
    this.#waiting.delete(said.id);
    if (said.tag === "answer") waiting?.done(said.gives);
    else waiting?.failed(new Trouble(said.message, said.code));
  }
}
