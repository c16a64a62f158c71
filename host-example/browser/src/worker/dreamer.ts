// Dreams over what was given, and applies choices to the last plan.

import {
  type Answer,
  type Decision,
  type Document,
  DreamingError,
  type Model,
  type NewRevision,
  type Plan,
  type Policy,
  type Report,
  Snapshot,
  anthropic,
  apply,
  dream,
  openai,
  presets,
  settings,
} from "dreaming";

import type { Applied, Choice, Dreamed, Figures, ModelChoice, Step } from "../protocol.js";
import type { Desk, FileStore } from "./desk.js";
import { figures } from "./figures.js";

/** Milliseconds between two reports of progress. */
const PACE = 100;
/** Rejected candidates that the page gets at most; a plan may hold thousands. */
const MOST_REJECTED = 500;

/** A plan with the store that it is about. */
interface Night {
  store: FileStore;
  plan: Document;
  parsed: Plan;
  report: Document;
  now: number;
}

/** Runs dreams and keeps the last plan. */
export class Dreamer {
  #night: Night | undefined;
  #stop: AbortController | undefined;
  /** What models answered, by what they were asked: a plan that is made again with other settings pays for nothing twice. */
  readonly #answers = new Map<string, Answer>();
  /** What models were asked, by the call of the engine. */
  readonly #questions = new Map<string, string>();

  constructor(
    readonly desk: Desk,
    readonly tell: (step: Step) => void,
  ) {}

  /** Forgets what models answered. */
  clear(): void {
    this.#answers.clear();
    this.#questions.clear();
  }

  /** Forgets the answers of the last plan that nobody can use, so that the next dream asks for them again. */
  forgetUnusable(): void {
    if (this.#night === undefined) return;
    const { unusable = [] } = JSON.parse(this.#night.report) as Report;
    for (const call of unusable) this.#answers.delete(this.#questions.get(call) ?? "");
  }

  /** Ends the dream that runs. */
  cancel(): void {
    this.#stop?.abort(new DreamingError("canceled", "the dream was canceled"));
  }

  /** Dreams over what was given. The plan before is forgotten. */
  async dream(policy: Policy, choice: ModelChoice | null): Promise<Dreamed> {
    const began = performance.now();
    this.cancel();
    const stop = new AbortController();
    this.#stop = stop;
    const reading = { sessions: 0, sessionsRead: 0, bytes: 0, bytesRead: 0 };
    const step: Step = { ...reading, calls: 0, callsAnswered: 0, callsFailed: 0, elapsed: 0 };
    let told = -PACE;
    const tell = (): void => {
      step.elapsed = performance.now() - began;
      if (step.elapsed - told < PACE) return;
      told = step.elapsed;
      this.tell({ ...step });
    };
    const { store, left, bytes } = await this.desk.store(limitOf(policy), choice !== null, (read) => {
      step.bytesRead += read;
      tell();
    });
    stop.signal.throwIfAborted();
    step.bytes = bytes;
    const now = (this.desk.now ??= Date.now());
    const asks = choice === null ? {} : { "propose.max-calls": choice.maxCalls };
    const { plan, report, failed = [] } = await dream({
      store,
      policy: { ...policy, ...asks },
      now,
      signal: stop.signal,
      ...(choice === null ? {} : { model: this.#remembering(choice) }),
      onProgress: ({ sessions, sessionsRead, calls, callsAnswered, callsFailed }) => {
        Object.assign(step, { sessions, sessionsRead, calls, callsAnswered, callsFailed });
        tell();
      },
    });
    const parsed = JSON.parse(plan) as Plan;
    this.#night = { store, plan, parsed, report, now };
    const numbers = JSON.parse(report) as Report;
    const { memories } = store.contents();
    return {
      plan: { ...parsed, rejected: parsed.rejected.slice(0, MOST_REJECTED) },
      report: numbers,
      failed,
      memories: [...memories].map(({ path, text }) => ({ path, text })),
      left,
      took: performance.now() - began,
      entries: numbers.entries,
    };
  }

  /** What applying a choice writes. */
  apply(choice: Choice): Applied {
    const { store } = this.#last();
    const before = new Map([...store.contents().memories].map(({ path, text }) => [path, text]));
    const { revision, leftOpen } = this.#revision(choice);
    const files = revision.memories.map(({ path, text }) => ({
      path,
      before: before.get(path) ?? null,
      after: text ?? null,
    }));
    return { files: files.filter(({ before, after }) => before !== after), leftOpen, record: revision.record };
  }

  /** All memories as they are after a choice. */
  files(choice: Choice): { path: string; text: string }[] {
    const { store } = this.#last();
    const after = store.clone();
    after.commit(this.#revision(choice).revision);
    return [...after.contents().memories].map(({ path, text }) => ({ path, text }));
  }

  /** Plan and report as the engine wrote them, and the decision of a choice. */
  documents(choice: Choice): { plan: Document; decision: Document; report: Document } {
    const { plan, report } = this.#last();
    const decision = JSON.stringify(this.#revision(choice).decision, null, 2);
    return { plan, report, decision };
  }

  /** The store before and after a choice, in numbers. */
  figures(choice: Choice): Figures {
    const { store, now } = this.#last();
    const changed = store.clone();
    changed.commit(this.#revision(choice).revision);
    using before = Snapshot.from(store.contents());
    using after = Snapshot.from(changed.contents());
    return figures(before, after, now);
  }

  /** A model that is asked nothing again that it has answered. */
  #remembering(choice: ModelChoice): Model {
    const ask = modelOf(choice);
    const { service, model, url } = choice;
    return async (call, options) => {
      const { system, prompt, schema, maxTokens } = call;
      const question = JSON.stringify([service, model, url, system, prompt, schema, maxTokens]);
      this.#questions.set(call.id, question);
      const known = this.#answers.get(question);
      if (known !== undefined) return known;
      const answer = await ask(call, options);
      if (typeof answer !== "string" && answer.tag === "text") this.#answers.set(question, answer);
      return answer;
    };
  }

  #last(): Night {
    if (this.#night === undefined) throw new DreamingError("other", "there is no plan yet");
    return this.#night;
  }

  /**
   * The revision that a choice makes. An accepted index line stays open when it needs a change that
   * is not accepted, as in `dreaming review`.
   */
  #revision({ accept, reject, edits }: Choice): { revision: NewRevision; leftOpen: string[]; decision: Decision } {
    const { store, plan, parsed, now } = this.#last();
    const lines = new Set(parsed.changes.filter(({ kind }) => kind === "index").map(({ id }) => id));
    const leftOpen: string[] = [];
    using snapshot = Snapshot.from(store.contents());
    for (let ids = accept; ;) {
      const kept = edits.filter(({ change }) => ids.includes(change));
      const by = { reviewer: "", note: "", now };
      const decision: Decision = { accept: { tag: "only", val: ids }, reject, edits: kept, ...by };
      try {
        return { revision: apply(snapshot, plan, decision), leftOpen, decision };
      } catch (error) {
        const what = error instanceof DreamingError && error.code === "invalid-request" ? error.what : undefined;
        if (what === undefined || !lines.has(what) || !ids.includes(what)) throw error;
        leftOpen.push(what);
        ids = ids.filter((id) => id !== what);
      }
    }
  }
}

/** Sessions that a dream takes under a policy. */
function limitOf(policy: Policy): number {
  const name = "dream.max-sessions";
  const preset = presets().find((known) => known.name === policy["preset"])?.settings[name];
  const standard = settings().find((known) => known.name === name)?.default;
  return Number(policy[name] ?? preset ?? standard);
}

function modelOf({ service, model, url, key }: ModelChoice): Model {
  const options = { model, ...(key === "" ? {} : { key }), ...(url === "" ? {} : { url }) };
  return service === "anthropic" ? anthropic({ ...options, fetch: fromPage }) : openai(options);
}

/** Anthropic's API answers a browser only when a header says that this is intended. */
async function fromPage(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  headers.set("anthropic-dangerous-direct-browser-access", "true");
  return await fetch(input, { ...init, headers });
}
