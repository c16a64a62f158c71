// A file that `dreaming export` wrote: the whole state of a store, a row of JSON on each line.

import type { LedgerRow, MemoryStore, MemoryWrite, NewRevision, RowWrite } from "dreaming";

import type { Picked } from "../protocol.js";
import { headOf, pieces, streamOf } from "./bytes.js";

const FORMAT = "dreaming.export/1";

interface Row {
  row: string;
  format?: string;
  key?: string;
  number?: number;
  id?: string;
  record?: string;
  path?: string;
  text?: string | null;
  observed_at?: number | null;
  value?: string | null;
  lines?: number;
  digest?: string;
}

/** The rows of an export that a preview needs: no plans, places of sessions or erasures. */
export interface Exported {
  salt: string;
  /** The revisions in order, each with the rows that it wrote. */
  revisions: NewRevision[];
}

/** Whether a file, packed or not, begins as an export does. */
export async function isExport({ file, path }: Picked): Promise<boolean> {
  // A damaged file is none; the dream that cannot read it reports its name.
  const bytes = await headOf(file, path, 200).catch(() => new Uint8Array());
  const head = new TextDecoder().decode(bytes);
  return head.startsWith("{") && head.includes('"dreaming.export/');
}

/**
 * Reads an export.
 *
 * @throws Error with the reason when the file is not usable.
 */
export async function readExport(file: File): Promise<Exported> {
  let salt = "";
  const records: { number: number; id: string; record: string }[] = [];
  const memories = new Map<number, MemoryWrite[]>();
  const ledger = new Map<number, RowWrite[]>();
  let count = 0;
  let end: Row | undefined;
  for await (const line of lines(file)) {
    if (end !== undefined) throw new Error("there is more after the last line of the export");
    const row = JSON.parse(line) as Row;
    if (count === 0 && row.format !== FORMAT) {
      throw new Error(`the export has the form ${row.format ?? "of something else"}, this page reads ${FORMAT}`);
    }
    if (row.row === "end") end = row;
    else count += 1;
    const number = row.number ?? 0;
    if (row.row === "meta" && row.key === "salt") salt = row.value ?? "";
    if (row.row === "revision") records.push({ number, id: row.id ?? "", record: row.record ?? "" });
    if (row.row === "memory") {
      const write: MemoryWrite = { path: row.path ?? "" };
      if (row.text != null) write.text = row.text;
      if (row.observed_at != null) write.observedAt = row.observed_at;
      put(memories, number, write);
    }
    if (row.row === "ledger") {
      const write: RowWrite = { key: row.key ?? "" };
      if (row.value != null) write.value = row.value;
      put(ledger, number, write);
    }
  }
  if (end === undefined) throw new Error("the export is cut off: its last line is missing");
  if (end.lines !== count) throw new Error("the export is damaged: it has another number of lines than it says");
  records.sort((a, b) => a.number - b.number);
  const revisions = records.map(({ number, id, record }, at) => ({
    ...(at === 0 ? {} : { base: records[at - 1]?.id ?? "" }),
    revision: id,
    record,
    memories: memories.get(number) ?? [],
    ledger: ledger.get(number) ?? [],
  }));
  return { salt, revisions };
}

/**
 * Applies the revisions of an export to an empty store. The engine checks the chain when it takes
 * the store.
 */
export function replay(exported: Exported, store: MemoryStore): void {
  for (const revision of exported.revisions) store.commit(revision);
}

/** Whether a ledger row is that of a session. */
export function isSession({ key }: LedgerRow): boolean {
  return key.startsWith("session/");
}

function put<T>(map: Map<number, T[]>, number: number, item: T): void {
  const items = map.get(number);
  if (items === undefined) map.set(number, [item]);
  else items.push(item);
}

async function* lines(file: File): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const piece of pieces(streamOf(file, file.name))) {
    const parts = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
