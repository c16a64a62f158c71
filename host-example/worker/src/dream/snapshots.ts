import { type Contents, type NewRevision, Snapshot, observe } from "dreaming";

import type { Loaded } from "../db/revisions.js";

/** Calls `use` with a snapshot, and frees it whatever happens. */
export function within<T>(contents: Contents, use: (snapshot: Snapshot) => T): T {
  const snapshot = Snapshot.from(contents);
  try {
    return use(snapshot);
  } finally {
    snapshot.free();
  }
}

/** A store with what people changed since its newest revision. */
export interface Observed {
  contents: Contents;
  /** What they changed, as a revision, if they did. */
  edited: NewRevision | undefined;
}

/**
 * What people changed in a store since its newest revision. Without a time it is that of the last change, so that it is the
 * same revision whenever it is made.
 */
export function observed({ contents }: Loaded, time?: number): Observed {
  const times = [...contents.memories].map(({ observedAt }) => observedAt ?? 0);
  const edited = within(contents, (snapshot) => observe(snapshot, time ?? times.reduce((last, one) => Math.max(last, one), 0)));
  return { contents: edited === undefined ? contents : followed(contents, edited), edited };
}

/** The contents of a store with a revision of {@link observe}, which writes the memories as they are. */
function followed(contents: Contents, { record, ledger }: NewRevision): Contents {
  const rows = new Map([...contents.ledger].map((row) => [row.key, row]));
  for (const { key, value } of ledger) {
    if (value === undefined) rows.delete(key);
    else rows.set(key, { key, value });
  }
  return { ...contents, head: record, ledger: [...rows.values()], revisions: [...contents.revisions, record] };
}
