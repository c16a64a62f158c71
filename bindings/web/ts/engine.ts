import { count, limit as limitOf, list, object, time } from "./check.js";
import { DECISION, FORM, INDEX, PACK, PLAN, RENDER, RENDER_FILES, named } from "./names.js";
import { call } from "./raw.js";
import { type Snapshot, rawOf } from "./snapshot.js";
import { check, encode, encodeJson } from "./text.js";
import type {
  Candidate,
  Change,
  Decision,
  Difference,
  Document,
  Edits,
  Entry,
  Erasure,
  Folder,
  Form,
  HomeFile,
  NewRevision,
  Outcome,
  PackOptions,
  Packed,
  Part,
  PlanRequest,
  Policy,
  PresetDescription,
  RenderFilesOptions,
  RenderOptions,
  Rendering,
  Reversal,
  Session,
  SettingDescription,
} from "./types.js";
import * as raw from "./wasm/dreaming.js";

/**
 * Makes a revision that records what people and agents changed since the head: new entries get ids,
 * edited entries keep theirs. For a store without revisions: the first one. Call it before a dream
 * and commit the result, so that every text that a dream saw is part of the chain.
 *
 * @param now - Milliseconds since 1970.
 * @returns `undefined` when nothing changed.
 * @throws {@link DreamingError} `invalid-snapshot` when the ledger is not that of the head.
 */
export function observe(store: Snapshot, now: number): NewRevision | undefined {
  return call(() => raw.observe(rawOf(store), time(now, "now"))) as NewRevision | undefined;
}

/**
 * Makes a plan from candidates that an extractor of the host found, at most 10,000 with 1 MiB of
 * text. No session is read. The engine turns candidates down for the same reasons as a model's
 * proposals and never applies them unattended; their order changes no byte. Such a plan cannot be
 * made again with {@link rebase}: bring the candidates again.
 *
 * @throws {@link DreamingError} `invalid-request` when the request is not usable, and for the first
 * candidate that cites nothing or is otherwise malformed; `too-large`; `invalid-snapshot` when the
 * ledger is not that of the head.
 */
export function plan(store: Snapshot, candidates: readonly Candidate[], request: PlanRequest): Outcome {
  const { policy = {}, instructions = "", now } = named(request, PLAN, "request");
  check(instructions, "invalid-request", "instructions");
  time(now, "now");
  const whole = { policy: object(policy, "policy"), instructions, now, sessions: [] };
  const json = encodeJson(whole, "invalid-request", "request");
  const found = encodeJson(list(candidates, "candidates"), "invalid-request", "candidates");
  return call(() => raw.plan(rawOf(store), found, json)) as Outcome;
}

/**
 * Applies a plan with a decision and returns the new revision, which the host must store, all or
 * none. The sessions that the plan read become part of the ledger whatever is accepted. Bytes of
 * memories that no accepted change names stay as they were.
 *
 * @throws {@link DreamingError} `stale` when the plan was made for another snapshot; `other-engine`
 * when another engine made it; `invalid-document` when it is no plan, or not byte for byte as it
 * was made; `invalid-snapshot` when the ledger is not that of the head; `invalid-request` when a
 * change would put the first memory into a folder whose name begins with a dot, or the decision
 * names a change that the plan does not have or that is blocked, accepts and rejects one change,
 * names an index line without the addition that it needs, or another change without one that it
 * needs, or chooses changes that cannot be written side by side.
 */
export function apply(store: Snapshot, plan: Document, decision: Decision): NewRevision {
  const document = encode(plan, "invalid-document", "plan");
  const { accept, reject, edits = [], reviewer, note, now } = named(decision, DECISION, "decision");
  time(now, "now");
  const value = { accept, reject, edits, reviewer, note, now };
  const bytes = encodeJson(value, "invalid-request", "decision");
  return call(() => raw.apply(rawOf(store), document, bytes)) as NewRevision;
}

/**
 * Makes a revision whose memories and ledger are those of `target`, byte for byte. Decisions stay:
 * changes that the reverted revisions had applied count as rejected. Call {@link observe} before,
 * or edits that it has not recorded are lost.
 *
 * @param store - The store now, with its decisions.
 * @param target - The store as it was, with the record of that revision as head.
 * @throws {@link DreamingError} `stale` when a memory of `store` is not that of its head;
 * `invalid-snapshot` when its ledger is not; `invalid-request` when `target` is not a whole
 * revision of the same chain.
 */
export function revert(store: Snapshot, target: Snapshot, by: Reversal): NewRevision {
  const bytes = signed(by);
  return call(() => raw.revert(rawOf(store), rawOf(target, "target"), bytes)) as NewRevision;
}

/**
 * Makes a revision in which rejections are taken back: the next dream that finds such a change proposes it again, new
 * evidence or not. Memories and ledger stay as they are. A {@link revert} to before it rejects them again.
 *
 * @param changes - The ids of the changes.
 * @throws {@link DreamingError} `stale` when a memory is not that of the head; `invalid-snapshot` when the ledger is
 * not; `invalid-request` for a change that is not rejected, and when none is named.
 */
export function reopen(store: Snapshot, changes: string[], by: Reversal): NewRevision {
  const ids = encodeJson(changes, "invalid-request", "changes");
  const bytes = signed(by);
  return call(() => raw.reopen(rawOf(store), ids, bytes)) as NewRevision;
}

/**
 * Makes a plan again over a store that has moved on since: the same sessions, answers, policy and
 * `now` over the memories and the ledger as they are now. No session is read again. A change that
 * is still right keeps its id; one whose entries are gone is not in the new plan. One that takes out an entry whose words
 * were edited may be in it, with the same id and the new words in its `targets`: who accepted it has not seen these.
 *
 * @param instructions - The instructions of the dream; empty when it had none.
 * @throws {@link DreamingError} `invalid-document`; `other-engine`; `invalid-request` when the
 * instructions are not those of the dream; `invalid-snapshot` when the ledger is not that of the
 * head.
 */
export function rebase(store: Snapshot, plan: Document, instructions = ""): Document {
  const document = encode(plan, "invalid-document", "plan");
  const words = encode(instructions, "invalid-request", "instructions");
  return call(() => raw.rebase(rawOf(store), document, words));
}

/**
 * Makes a revision from which a session or an entry is erased. Records hold digests only, so that
 * the chain still verifies. The host must erase its other copies: older values of the changed rows,
 * older texts of the memory, plans, answers and checkpoints. Call {@link observe} before.
 *
 * @throws {@link DreamingError} `stale` when a memory is not that of the head; `invalid-snapshot`
 * when the ledger is not; `invalid-request` when the store knows no such session or entry, or the
 * statement cannot be taken out without touching others.
 */
export function erase(store: Snapshot, what: Erasure, by: Reversal): NewRevision {
  const erased = encodeJson(what, "invalid-request", "what");
  const bytes = signed(by);
  return call(() => raw.erase(rawOf(store), erased, bytes)) as NewRevision;
}

/**
 * Makes a revision that takes in another store: each of its memories becomes `<name>/<path>`, and
 * each entry comes with its record in that store's ledger. `other` is only read. Statements that
 * were taken in before are left out; those that both stores have merge in the next dream. Secrets
 * are cut out. Left out are also statements that order agents about, and memories in folders whose
 * names begin with a dot, unless `store` has some there; the note of the record says how many. Show
 * a person what would be written before you store it. Call {@link observe} before.
 *
 * @param name - The folder for its memories, such as the name of its agent.
 * @param principal - The person whose preferences `other` holds; `undefined`: the person of its
 * sessions, else `name`.
 * @param now - Milliseconds since 1970.
 * @returns `undefined` when there is nothing new.
 * @throws {@link DreamingError} `stale` when a memory is not that of the head; `invalid-snapshot`
 * when a ledger is not; `invalid-request` when `name` cannot name a folder or a memory would be too
 * long.
 */
export function gather(
  store: Snapshot,
  other: Snapshot,
  name: string,
  principal: string | undefined,
  now: number,
): NewRevision | undefined {
  const folder = encode(name, "invalid-request", "name");
  const whose = principal === undefined ? undefined : encode(principal, "invalid-request", "principal");
  const at = time(now, "now");
  return call(() => raw.gather(rawOf(store), rawOf(other, "other"), folder, whose, at)) as
    | NewRevision
    | undefined;
}

/**
 * The changes of a plan, in the order in which they are applied.
 *
 * @throws {@link DreamingError} `invalid-document`.
 */
export function changes(plan: Document): Change[] {
  const bytes = encode(plan, "invalid-document", "plan");
  return call(() => raw.changes(bytes)) as Change[];
}

/** The memories that differ between two snapshots, by path. */
export function diff(before: Snapshot, after: Snapshot): Difference[] {
  return call(() => raw.diff(rawOf(before, "before"), rawOf(after, "after"))) as Difference[];
}

/**
 * The entries of a store in the order of path and line.
 *
 * @param offset - The first one, counted from 0.
 * @param limit - At most so many; `Infinity` for all.
 * @throws {@link DreamingError} `invalid-request` for anything else than whole numbers from 0 to
 * 2^32 − 1.
 */
export function entries(store: Snapshot, offset: number, limit: number): Entry[] {
  return call(() => raw.entries(rawOf(store), count(offset, "offset"), limitOf(limit, "limit"))) as Entry[];
}

/**
 * What an agent should load for a query, best first, of at most `budget` tokens together. With a
 * query: the entries that share a word with it, in text or headings, by BM25 times weights of tier
 * and trust. A query without content words (an empty one, say), and one of which no entry has a
 * word, takes all entries, by tier, trust and last time seen; their score is 0. Left out are values that were replaced, index lines, labels that only
 * introduce what stands below them (`**Solution:**`), and preferences of another person.
 *
 * An entry that does not fit any more is passed over and the next one tried, so that a greater
 * budget loses an entry only to one that ranks before it.
 *
 * @throws {@link DreamingError} `too-large` for a query over 1 MiB; `invalid-request` for a budget
 * that is no whole number from 0 to 2^32 − 1.
 */
export function pack(store: Snapshot, options: PackOptions): Packed[] {
  const { query = "", budget, principal } = named(options, PACK, "options");
  const words = encode(query, "invalid-request", "query");
  const whose = principal === undefined ? undefined : encode(principal, "invalid-request", "principal");
  count(budget, "budget");
  return call(() => raw.pack(rawOf(store), words, budget, whose)) as Packed[];
}

/**
 * The text of a file that agents load and people write, such as `AGENTS.md`, with the entries of
 * the store as a block: those that {@link pack} gives without a query, as many as there is room
 * for, the best first, each below its headings. A block that is there is replaced, else it comes at
 * the end; what stands outside it stays as it is. Look with {@link readBack} for edits of
 * people first: they would be written over.
 *
 * @throws {@link DreamingError} `invalid-document` when the marks of a block in the file are not as
 * they were written; `too-large` for a file over 1 MiB.
 */
export function render(store: Snapshot, options: RenderOptions): Rendering {
  const { file = "", bytes, lines, principal } = named(options, RENDER, "options");
  const room = encodeJson({ bytes, lines }, "invalid-request", "room");
  const text = encode(file, "invalid-request", "file");
  const whose = principal === undefined ? undefined : encode(principal, "invalid-request", "principal");
  return call(() => raw.render(rawOf(store), text, room, whose)) as Rendering;
}

/**
 * What people changed in the block of a file since it was rendered. Nothing when the file has no
 * block, or one that nobody touched, also when the store has moved on since. Another order, other
 * list marks and wrapped lines are no changes; a heading that was changed or added is in `stuck`.
 *
 * @throws {@link DreamingError} as {@link render}.
 */
export function readBack(store: Snapshot, file: string): Edits {
  const text = encode(file, "invalid-request", "file");
  return call(() => raw.readBack(rawOf(store), text)) as Edits;
}

/**
 * The text of a file without its block.
 *
 * @throws {@link DreamingError} as {@link render}.
 */
export function without(file: string): string {
  const text = encode(file, "invalid-request", "file");
  return call(() => raw.without(text));
}

/**
 * The files that a home of small files should hold, one entry a file: write `files`, remove
 * `remove`. Files that are not of this store stay as they are. Look with {@link readFiles} for edits
 * of people first: they would be written over.
 *
 * @throws {@link DreamingError} `invalid-request` for a form that cannot be used; `invalid-document`
 * when a file that is not of this store is in the way, or one is damaged; `too-large` for a file
 * over 1 MiB.
 */
export function renderFiles(store: Snapshot, options: RenderFilesOptions): Folder {
  const { form, files = [], principal } = named(options, RENDER_FILES, "options");
  const wanted = formed(form);
  const there = encodeJson(files, "invalid-request", "files");
  const whose = principal === undefined ? undefined : encode(principal, "invalid-request", "principal");
  return call(() => raw.renderFiles(rawOf(store), wanted, there, whose)) as Folder;
}

/**
 * What people changed in the files of this store since they were rendered, as {@link readBack} says
 * of a block. A file that is gone is no change.
 *
 * @throws {@link DreamingError} as {@link renderFiles}.
 */
export function readFiles(store: Snapshot, form: Form, files: HomeFile[]): Edits {
  const wanted = formed(form);
  const there = encodeJson(files, "invalid-request", "files");
  return call(() => raw.readFiles(rawOf(store), wanted, there)) as Edits;
}

/**
 * What the sessions that the ledger keeps say about agents, roles, tasks and people. Parse the
 * result with `JSON.parse`, as {@link Stats}.
 *
 * @param policy - Settings that differ from their defaults; `select.since`, `select.agents`,
 * `select.roles`, `select.tasks` and `select.outcomes` say which sessions count.
 * @param now - Milliseconds since 1970; tells which week has not ended yet.
 * @throws {@link DreamingError} `invalid-request` for a setting that is not usable.
 */
export function stats(store: Snapshot, policy: Policy, now: number): Document {
  const settings = encodeJson(object(policy, "policy"), "invalid-request", "policy");
  return call(() => raw.stats(rawOf(store), settings, time(now, "now")));
}

/**
 * Checks one revision record against the record before it (none for the first): form, id of the
 * parent, number.
 *
 * @returns Its id. Compare it with the id that you keep.
 * @throws {@link DreamingError} `invalid-document`.
 */
export function verify(record: Document, parent?: Document): string {
  const bytes = encode(record, "invalid-document", "record");
  const before = parent === undefined ? undefined : encode(parent, "invalid-document", "record");
  return call(() => raw.verify(bytes, before));
}

/** The policy table, by name. */
export function settings(): SettingDescription[] {
  return call(() => raw.settings()) as SettingDescription[];
}

/** The presets of the policy table, the most careful first. A policy names one as its `preset`. */
export function presets(): PresetDescription[] {
  return call(() => raw.presets()) as PresetDescription[];
}

/**
 * The fingerprint of this engine, see {@link Fingerprint}. Documents of an engine with another
 * fingerprint may differ for equal inputs.
 */
export function fingerprint(): Document {
  return call(() => raw.fingerprint());
}

/**
 * Whether a dream can skip a session: the ledger has it with the names and lengths that its parts
 * have now and, when the dream `asks` a model (`propose.max-calls` above 0), no call for it lacks
 * an answer.
 *
 * @throws {@link DreamingError} `invalid-request`.
 */
export function isDone(store: Snapshot, session: Session, asks = false): boolean {
  const bytes = encodeJson(known(session), "invalid-request", "session");
  return call(() => raw.isDone(rawOf(store), bytes, asks));
}

/** @internal The fields of a session that the engine knows, and no others of the host's object. */
export function known(session: Session): unknown {
  const { id, agent, principal, parts } = object(session, "session");
  // Parts that are no list go through as they are: the engine says what is wrong with them.
  const named = Array.isArray(parts) ? parts.map(pick) : parts;
  return { id, agent, principal, parts: named };
}

function pick(part: Part): Part {
  const { name, bytes } = object(part, "session");
  return { name, bytes };
}

/** The form of a home, as JSON. */
function formed(form: Form): Uint8Array {
  const { index } = named(form, FORM, "form");
  if (index != null) named(index, INDEX, "index");
  return encodeJson(form, "invalid-request", "form");
}

/** Reviewer, note and time of a decision, as JSON. A whole decision is taken too. */
function signed(by: Reversal): Uint8Array {
  const { reviewer, note, now } = named<Reversal>(by, DECISION, "decision");
  return encodeJson({ reviewer, note, now: time(now, "now") }, "invalid-request", "decision");
}
