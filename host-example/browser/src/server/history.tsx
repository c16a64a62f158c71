// The revisions of a store, and the way back to one.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { REVISION, clean, count, time } from "../words.js";
import { may, useDesk, useDoing, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { Allowed, Done, Sure } from "./parts.js";
import { WouldChange } from "./would-change.js";
import type { Revision, Store } from "./wire.js";

export function History({ store }: { store: Store }): JSX.Element {
  const { api, key } = useDesk();
  const list = usePaged<Revision>(`v1/x/memory_stores/${store.id}/revisions?limit=20`);
  const doing = useDoing();
  const back = ({ id, number }: Revision, note: string): void =>
    doing.run(async () => {
      await api.ask("POST", `v1/x/memory_stores/${store.id}/revert`, { revision: id, note });
      list.again();
      return `The memories are as they were at revision ${number}. That is a revision of its own, so the way back is open.`;
    });
  const isLocked = !may(key, "decide") || store.archived_at !== null;
  return (
    <>
      <Done doing={doing} />
      <Allowed to="decide" what="go back to a revision">
        {null}
      </Allowed>
      <Listed
        list={list}
        empty={<p class="note">There is no revision yet. The first dream that changes something makes the first one.</p>}
      >
        {(revisions) => (
          <ol class="list">
            {revisions.map((revision, at) => (
              <li key={revision.id} class="card">
                <Told revision={revision} />
                {at > 0 && !isLocked && (
                  <Back store={store} revision={revision} isBusy={doing.isBusy} onBack={(note) => back(revision, note)} />
                )}
              </li>
            ))}
          </ol>
        )}
      </Listed>
    </>
  );
}

function Told({ revision: { id, number, record } }: { revision: Revision }): JSX.Element {
  const accepted = record.verdicts.filter(({ accepted }) => accepted).length;
  const rejected = record.verdicts.length - accepted;
  return (
    <>
      <p class="head">
        <span class="verb">Revision {number}</span> {REVISION[record.kind] ?? clean(record.kind)}
        <span class="grow" />
        <span class="soft">{time(record.now)}</span>
      </p>
      {record.verdicts.length > 0 && (
        <p>
          {record.kind === "revert" ? takenBack(accepted, rejected) : `${count(accepted, "change")} accepted, ${rejected} rejected`}
        </p>
      )}
      {record.reviewer !== "" && (
        <p class="soft">
          by <code>{clean(record.reviewer)}</code>
        </p>
      )}
      {record.note !== "" && <p class="said-note">{clean(record.note)}</p>}
      <p class="soft id">
        <code>{clean(id)}</code>
      </p>
    </>
  );
}

/** What a way back did to decisions. */
function takenBack(accepted: number, rejected: number): string {
  const again = accepted === 0 ? [] : [`${count(accepted, "change")} made again`];
  const back = rejected === 0 ? [] : [`${count(rejected, "change")} taken back: no dream proposes the same again without new evidence`];
  return [...again, ...back].join(", ");
}

interface BackProps {
  store: Store;
  revision: Revision;
  isBusy: boolean;
  onBack: (note: string) => void;
}

function Back({ store, revision, isBusy, onBack }: BackProps): JSX.Element {
  const [note, setNote] = useState("");
  const [closed, setClosed] = useState("");
  if (closed !== "") {
    return (
      <p class="note" role="alert">
        No way leads back to this: {clean(closed)}
      </p>
    );
  }
  return (
    <div class="buttons">
      <Sure
        label="Go back to this"
        sure={`Yes, back to revision ${revision.number}`}
        isBusy={isBusy}
        onSure={() => onBack(note)}
        below={<WouldChange store={store} revision={revision} onClosed={setClosed} />}
      >
        <label>
          Why <small>is kept with it; may be empty</small>
          <input value={note} autocomplete="off" onInput={({ currentTarget }) => setNote(currentTarget.value)} />
        </label>
      </Sure>
    </div>
  );
}
