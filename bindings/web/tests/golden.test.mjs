// The golden cases: the same bytes as in native code and in the component.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import {
  Dream,
  DreamingError,
  MemoryStore,
  Snapshot,
  apply,
  changes,
  dream,
  erase,
  observe,
  rebase,
  revert,
  stats,
} from "../dist/node.js";
import { SALT, caseNames, decisionOf, digest, loadCase, memory, modelOf } from "./cases.mjs";
import { compile, rowType } from "./compile.mjs";
import { rareDocuments } from "./rare.mjs";
import { invalid, loose } from "./schema.mjs";

/** Fewest steps that must go through `dream()`; the rest is driven by hand. */
const FEWEST_FACADE_STEPS = 73;

/** How `dream()` is varied: no variation may change a byte. */
const VARIATIONS = [
  { concurrency: 1, chunk: 1 << 21 },
  { concurrency: 8, chunk: 1000, form: "stream" },
  { concurrency: 1, chunk: 7, form: "iterable" },
  { concurrency: 8, chunk: 1 << 21, form: "blob" },
];

let facade = 0;
let byHand = 0;
let cases = 0;

/** All documents that the cases leave, as `[type, value]`. */
const documents = [];

for (const name of caseNames()) {
  test(`golden case ${name}`, async () => {
    await new Player(loadCase(name)).play();
    cases += 1;
  });
}

test("the documents of all cases, and some with what no case has, are of the types that are declared", async () => {
  const plans = documents.filter(([type]) => type === "d.Plan");
  assert.ok(plans.length > 70, `${plans.length} plans`);
  documents.push(...(await rareDocuments()));
  assert.equal(compile(documents), "");
});

test("they are what the schema says, and with a field more, less or of another type they are not", () => {
  assert.deepEqual(invalid(documents), []);
  assert.deepEqual(loose(documents), []);
});

after(() => {
  console.log(`${cases} cases: ${facade} steps through dream(), ${byHand} by hand`);
  assert.ok(facade >= FEWEST_FACADE_STEPS, `only ${facade} steps through dream()`);
});

/** A store whose parts come in chunks and forms of a variation. */
class VariedStore extends MemoryStore {
  variation = VARIATIONS[0];

  async read(session, part) {
    const { form, chunk } = this.variation;
    const bytes = await super.read(session, part);
    if (form === "blob") return new Blob([bytes]);
    const chunks = function* () {
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    };
    if (form === "stream") return ReadableStream.from(chunks());
    return (async function* () {
      yield* chunks();
    })();
  }
}

class Player {
  constructor(golden) {
    this.case = golden;
    this.memories = new Map(golden.memories.map((item) => [item.path, item]));
    this.revisions = [];
    this.past = [{ salt: "", memories: [], ledger: [], revisions: [] }];
    this.ledger = new Map();
  }

  contents() {
    const records = this.revisions.map(({ record }) => record);
    return {
      salt: SALT,
      head: records.at(-1),
      memories: [...this.memories.values()],
      ledger: [...this.ledger.values()],
      revisions: records,
    };
  }

  with(contents, work) {
    const snapshot = Snapshot.from(contents);
    try {
      return work(snapshot);
    } finally {
      snapshot.free();
    }
  }

  commit(revision) {
    assert.equal(revision.base, this.revisions.at(-1)?.id);
    assert.equal(revision.revision, digest(revision.record));
    for (const { path, text, observedAt } of revision.memories) {
      this.memories.delete(path);
      if (text !== undefined) this.memories.set(path, { path, text, ...(observedAt === undefined ? {} : { observedAt }) });
    }
    for (const { key, value } of revision.ledger) {
      this.ledger.delete(key);
      if (value !== undefined) this.ledger.set(key, { key, value });
    }
    this.revisions.push({ id: revision.revision, record: revision.record });
    this.past.push(this.contents());
  }

  async play() {
    for (const [index, step] of this.case.steps.entries()) {
      const number = index + 1;
      for (const path of step.delete ?? []) this.memories.delete(path);
      this.edit("edits", number, step);
      let code;
      try {
        await this.step(number, step);
      } catch (error) {
        if (!(error instanceof DreamingError)) throw error;
        code = error.code;
      }
      assert.equal(code, step.error, `step ${number}`);
      this.checkStore(number);
      this.looked(step);
    }
  }

  /** Memories, ledger and head after a step are those that are expected. */
  checkStore(number) {
    const memories = [...this.memories.values()].map(({ path, text }) => [`${number}-memory/${path}`, text]);
    const expected = [...this.case.digests.keys()].filter((name) => name.startsWith(`${number}-memory/`));
    assert.deepEqual(memories.map(([name]) => name).sort(), expected.sort());
    for (const [name, text] of memories) this.case.check(name, text);
    const rows = [...this.ledger.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    const values = rows.map(({ value }) => value);
    this.case.check(`${number}-ledger.json`, `[\n${values.join(",\n")}\n]\n`.replace("[\n\n]", "[\n]"));
    const head = this.revisions.at(-1);
    if (head === undefined) assert.ok(!this.case.digests.has(`${number}-revision.json`));
    else this.case.check(`${number}-revision.json`, head.record);
    documents.push(...values.map((value) => JSON.parse(value)).map((row) => [rowType(row), row]));
    if (head !== undefined) documents.push(["d.RevisionRecord", JSON.parse(head.record)]);
  }

  /** The documents of functions that only look at what there is. */
  looked(step) {
    const figures = this.with(this.contents(), (store) => stats(store, {}, Date.parse(step.now)));
    documents.push(["d.Stats", JSON.parse(figures)]);
  }

  edit(when, number, step) {
    for (const [path, text] of this.case.edits(when, number)) {
      this.memories.set(path, memory(path, text, step.observed?.[path]));
    }
  }

  async step(number, step) {
    const now = Date.parse(step.now);
    if (step.revert !== undefined) {
      const target = this.past[step.revert];
      const by = { reviewer: "golden", note: "", now };
      const work = (store) => this.with(target, (before) => revert(store, before, by));
      this.commit(this.with(this.contents(), work));
      byHand += 1;
      return;
    }
    if (step.erase !== undefined) {
      const what = "session" in step.erase ? { tag: "session", val: step.erase.session } : { tag: "entry", val: this.entry(step.erase.entry) };
      const by = { reviewer: "golden", note: "", now };
      this.commit(this.with(this.contents(), (store) => erase(store, what, by)));
      byHand += 1;
      return;
    }
    const before = this.contents();
    const edits = this.with(before, (store) => observe(store, now));
    if (edits !== undefined) this.commit(edits);
    const sessions = (step.sessions ?? []).map((spec) => this.case.session(spec));
    const outcome = this.byHand(step, sessions, now);
    const { plan, report } = outcome;
    // A step whose error comes after the dream leaves no document of it.
    const leaves = this.case.digests.has(`${number}-report.json`);
    if (leaves) {
      this.case.check(`${number}-report.json`, report);
      this.case.check(`${number}-checkpoint.json`, outcome.checkpoint);
      // What is expected of a rebased step is the plan that was made again.
      if (step.rebase !== true) this.case.check(`${number}-plan.json`, plan);
      documents.push(["d.Plan", JSON.parse(plan)], ["d.Report", JSON.parse(report)]);
    }
    if (mapsOntoFacade(step, JSON.parse(plan))) {
      facade += 1;
      for (const variation of VARIATIONS) await this.byFacade(variation, before, step, sessions, now, plan, report);
    } else {
      byHand += 1;
    }
    this.edit("late", number, step);
    if (step.rebase === true) {
      outcome.plan = this.rebased(outcome.plan, now);
      this.case.check(`${number}-plan.json`, outcome.plan);
    }
    const decision = decisionOf(step, changes(outcome.plan));
    if (decision !== undefined) {
      this.commit(this.with(this.contents(), (store) => apply(store, outcome.plan, decision)));
    }
  }

  /** The plan, made again over what people wrote since. */
  rebased(plan, now) {
    const edits = this.with(this.contents(), (store) => observe(store, now));
    if (edits !== undefined) this.commit(edits);
    return this.with(this.contents(), (store) => rebase(store, plan, this.case.instructions));
  }

  /** The id of the entry whose text contains `text`. */
  entry(text) {
    const rows = [...this.ledger.values()].filter(({ key }) => key.startsWith("entry/"));
    return rows.map(({ value }) => JSON.parse(value)).find((entry) => entry.text.includes(text)).id;
  }

  /** A dream without `dream()`, fed backwards in small chunks. */
  byHand(step, sessions, now) {
    const { policy, instructions } = { ...this.case, ...(step.policy && { policy: step.policy }) };
    const descriptors = sessions.map(({ parts, ...about }) => ({
      ...about,
      parts: Object.entries(parts).map(([name, bytes]) => ({ name, bytes: bytes.length })),
    }));
    const { similarities } = step;
    const request = { policy, instructions, now, sessions: descriptors, similarities };
    const machine = this.with(this.contents(), (store) => Dream.start(request, store));
    try {
      for (;;) {
        const need = machine.poll();
        assert.deepEqual(machine.poll(), need);
        if (need.tag === "done") return { ...need.val, checkpoint: machine.checkpoint() };
        if (need.tag === "calls") {
          const model = modelOf(step);
          for (const call of [...need.val].reverse()) {
            const answer = model(call);
            machine.answer(call.id, typeof answer === "string" ? { tag: "text", val: answer } : answer);
          }
          continue;
        }
        for (const { session, parts } of [...need.val].reverse()) {
          if (step.missing?.includes(session)) {
            machine.miss(session, "not found");
            continue;
          }
          const bytes = sessions.find(({ id }) => id === session).parts;
          for (const part of [...parts].reverse()) {
            for (let at = 0; at < bytes[part].length; at += 1000) {
              machine.feed(session, part, bytes[part].subarray(at, at + 1000), false);
            }
            machine.feed(session, part, new Uint8Array(), true);
          }
        }
      }
    } finally {
      machine.free();
    }
  }

  async byFacade(variation, before, step, sessions, now, plan, report) {
    const store = new VariedStore({ salt: SALT, memories: before.memories, sessions });
    store.variation = variation;
    const head = this.past.find(({ head }) => head === before.head);
    if (before.head !== undefined) restock(store, before, this.revisions.slice(0, head.revisions.length));
    const { policy, instructions } = { ...this.case, ...(step.policy && { policy: step.policy }) };
    const { concurrency } = variation;
    // With a model it asks one, unless the policy says otherwise.
    const model = JSON.parse(plan).policy["propose.max-calls"] > 0 ? modelOf(step) : undefined;
    const result = await dream({ store, model, policy, instructions, now, concurrency });
    assert.equal(result.plan, plan);
    assert.equal(result.report, report);
    const open = JSON.parse(plan).changes.some(({ gate }) => gate !== "blocked");
    if (open) assert.equal(result.committed, undefined);
    else if (sessions.length > 0) assert.equal(result.committed, store.head);
  }
}

/** Brings a store to a state of the chain through its own `commit`. */
function restock(store, { memories, ledger }, revisions) {
  const now = [...memories];
  for (const [index, { id, record }] of revisions.entries()) {
    const last = index + 1 === revisions.length;
    store.commit({
      ...(index === 0 ? {} : { base: revisions[index - 1].id }),
      revision: id,
      record,
      memories: last ? now : [],
      ledger: last ? ledger : [],
    });
  }
}

/**
 * What `dream()` cannot be asked: a session that the ledger knows already (it leaves those out), one
 * that is missing for another reason than its own, one that is named twice, and pairs that the host calls alike.
 */
function mapsOntoFacade(step, plan) {
  const ids = (step.sessions ?? []).map((spec) => (typeof spec === "string" ? spec : spec.id));
  const read = plan.sessions.every(({ outcome }) => outcome.state === "read");
  return read && new Set(ids).size === ids.length && step.similarities === undefined;
}
