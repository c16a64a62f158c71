// What going back to a revision would change, before a person says yes.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { FileDiff } from "../view/file-diff.js";
import { Refused } from "./api.js";
import { useDesk, useLoaded } from "./asking.js";
import { Trouble } from "./parts.js";
import type { Diff, Revision, Store } from "./wire.js";

/** Memories that are shown at first. Chosen by us: each is compared line by line. */
const SHOWN = 20;

interface Props {
  store: Store;
  revision: Revision;
  /** Called with the words of the server when nothing leads back to the revision: an erasure closed it, say. */
  onClosed: (why: string) => void;
}

export function WouldChange({ store, revision, onClosed }: Props): JSX.Element {
  const { api } = useDesk();
  const [isAll, setIsAll] = useState(false);
  const { value, trouble } = useLoaded(
    async (signal) => {
      try {
        const path = `v1/x/memory_stores/${store.id}/diff?from=${encodeURIComponent(revision.id)}`;
        return await api.ask<Diff>("GET", path, undefined, signal);
      } catch (error) {
        if (error instanceof Refused && error.status === 400) return error.message;
        throw error;
      }
    },
    [store.id, revision.id],
  );
  const closed = typeof value === "string" ? value : "";
  useEffect(() => {
    if (closed !== "") onClosed(closed);
  }, [closed]);
  if (typeof value !== "object") {
    return trouble === "" ? (
      <p class="soft would-change" role="status">
        Looking at what would change…
      </p>
    ) : (
      <Trouble said={trouble} />
    );
  }
  // The server says what became different since; the way back is the other way round.
  const files = value.data.map(({ path, before, after }) => ({ path, before: after, after: before }));
  return (
    <div class="would-change">
      <h2>
        {files.length === 0
          ? "No memory would change"
          : `It would change ${files.length === 1 ? "1 memory" : `${files.length.toLocaleString("en")} memories`}, as follows`}
      </h2>
      {files.slice(0, isAll ? files.length : SHOWN).map((file) => (
        <FileDiff key={file.path} file={file} />
      ))}
      {!isAll && files.length > SHOWN && (
        <button type="button" class="quiet" onClick={() => setIsAll(true)}>
          Show the other {files.length - SHOWN}
        </button>
      )}
    </div>
  );
}
