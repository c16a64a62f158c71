// The component, transpiled by jco, behind the interface of the package `dreaming`: numbers instead
// of bigints, strings instead of the bytes of documents, errors with a code.

import { chain, dreaming } from "../../../dist/jco/dreaming-core.js";

const encoder = new TextEncoder();
// Keeps a byte order mark, which is part of a text, and throws for bytes that are no UTF-8.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encode = (document) => encoder.encode(document);
const decode = (document) => decoder.decode(document);
const optional = (convert, value) => (value === undefined ? undefined : convert(value));

/**
 * Calls the component. WIT errors that it throws get code and message, as errors of the package
 * have.
 */
function call(use) {
  try {
    return use();
  } catch (error) {
    if (typeof error?.tag !== "string") throw error;
    const { tag, val } = error;
    const message = typeof val === "object" ? `${val.what}: ${val.why}` : (val ?? tag);
    throw Object.assign(new Error(message), { code: tag });
  }
}

/**
 * See `Snapshot` of the package. Every item is sent as a page of its own, so no page is over the
 * limit.
 */
export class Snapshot {
  constructor(salt) {
    this.raw = new chain.Snapshot(salt);
  }

  static from({ salt, head, memories, ledger, revisions }) {
    const snapshot = new Snapshot(salt);
    const { raw } = snapshot;
    try {
      call(() => {
        if (head !== undefined) raw.setHead(encode(head));
        for (const memory of memories) raw.addMemories([{ ...memory, observedAt: optional(BigInt, memory.observedAt) }]);
        for (const row of ledger) raw.addLedger([{ key: row.key, value: encode(row.value) }]);
        for (const record of revisions) raw.addDecisions([encode(record)]);
      });
    } catch (error) {
      snapshot.free();
      throw error;
    }
    return snapshot;
  }

  free() {
    this.raw[Symbol.dispose]();
  }
}

/** See `Dream` of the package. */
export class Dream {
  constructor(raw) {
    this.raw = raw;
  }

  static start(request, store) {
    return new Dream(call(() => dreaming.Dream.start(toRequest(request), store.raw)));
  }

  static restore(checkpoint, store) {
    return new Dream(call(() => dreaming.Dream.restore(encode(checkpoint), store.raw)));
  }

  poll() {
    const need = call(() => this.raw.poll());
    if (need.tag !== "done") return need;
    return { tag: "done", val: { plan: decode(need.val.plan), report: decode(need.val.report) } };
  }

  feed(session, part, chunk, last) {
    call(() => this.raw.feed(session, part, chunk, last));
  }

  miss(session, reason) {
    call(() => this.raw.miss(session, reason));
  }

  answer(id, answer) {
    call(() => this.raw.answer(id, answer));
  }

  checkpoint() {
    return decode(call(() => this.raw.checkpoint()));
  }

  free() {
    this.raw[Symbol.dispose]();
  }
}

export function observe(store, now) {
  return optional(
    fromRevision,
    call(() => chain.observe(store.raw, BigInt(now))),
  );
}

export function apply(store, plan, decision) {
  const { reviewer, note, now, ...rest } = decision;
  const given = { ...rest, by: { reviewer, note, now: BigInt(now) } };
  return fromRevision(call(() => chain.apply(store.raw, encode(plan), given)));
}

export function revert(store, target, { reviewer, note, now }) {
  return fromRevision(call(() => chain.revert(store.raw, target.raw, { reviewer, note, now: BigInt(now) })));
}

export function rebase(store, plan, instructions) {
  return decode(call(() => chain.rebase(store.raw, encode(plan), instructions)));
}

export function erase(store, what, { reviewer, note, now }) {
  return fromRevision(call(() => chain.erase(store.raw, what, { reviewer, note, now: BigInt(now) })));
}

function toRequest({ policy = {}, instructions = "", now, sessions, similarities = [] }) {
  const setting = ([name, val]) => {
    if (typeof val === "boolean") return { name, value: { tag: "switch", val } };
    if (typeof val === "number") return { name, value: { tag: "integer", val: BigInt(val) } };
    return { name, value: { tag: "texts", val } };
  };
  const part = ({ name, bytes }) => ({ name, bytes: BigInt(bytes) });
  return {
    policy: Object.entries(policy).map(setting),
    instructions,
    now: BigInt(now),
    sessions: sessions.map((session) => ({ ...session, parts: session.parts.map(part) })),
    similarities,
  };
}

function fromRevision(revision) {
  return {
    ...revision,
    record: decode(revision.record),
    memories: revision.memories.map((write) => ({ ...write, observedAt: optional(Number, write.observedAt) })),
    ledger: revision.ledger.map((write) => ({ ...write, value: optional(decode, write.value) })),
  };
}
