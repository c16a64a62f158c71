// The page before a dream: the files to dream over.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { fromDrop, fromInput } from "../give.js";
import type { Inventory, Kept, ModelChoice, Picked, Skipped } from "../protocol.js";
import { count, size, time } from "../words.js";
import { ModelForm } from "./model-form.js";
import { Left } from "./left.js";

interface Props {
  inventory: Inventory;
  isBusy: boolean;
  kept: Kept[];
  hasModel: boolean;
  model: ModelChoice | null;
  onModel: (choice: ModelChoice | null) => void;
  onTake: (files: Picked[], left?: Skipped[]) => void;
  onSample: () => void;
  onDream: () => void;
  onResume: (id: string) => void;
  onForget: (id: string) => void;
}

export function Start(props: Props): JSX.Element {
  const { inventory, isBusy, kept, hasModel } = props;
  const [isOver, setIsOver] = useState(false);
  const isEmpty = inventory.memories === 0 && inventory.sessions === 0;
  // On the whole page: outside of a drop area the browser would open the dropped file.
  useEffect(() => {
    const onOver = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(true);
    };
    const onLeave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(false);
      if (event.dataTransfer === null) return;
      void fromDrop(event.dataTransfer).then(({ files, left }) => props.onTake(files, left));
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
    };
  });
  return (
    <main class="start">
      <h1>See what a dream would do to a memory</h1>
      <p class="lead">
        Agents write notes while they work. A dream reads the notes and the sessions, and proposes better notes:
        duplicates merge, what proved wrong gives way, what recurs is added. Here you look at every change before
        anything is written.
      </p>
      {hasModel ? (
        <ModelForm choice={props.model} onChoice={props.onModel} />
      ) : (
        <p class="safe">
          <b>Nothing leaves this tab.</b> The engine runs in your browser; this page is not allowed to connect to
          anything but its own files, and works on without a network. No model is asked.{" "}
          <a href="./model.html">A page that may ask a model of yours</a> is another one.
        </p>
      )}
      <div class="way">
        <button type="button" class="primary big" onClick={props.onSample}>
          Try the sample
        </button>
        <span class="or">
          14 sessions of a tea shop, with six notes. One click.
          {hasModel && ` ${asking(props.model)}`}
        </span>
      </div>
      {isEmpty &&
        kept.map(({ id, at, memories, sessions, decisions }) => (
          <div key={id} class="kept">
            <p>
              Your work of {time(at)} is kept in this browser:{" "}
              {count(memories, "memory").replace("memorys", "memories")}, {count(sessions, "session")},{" "}
              {count(decisions, "answer")}.
            </p>
            <button type="button" onClick={() => props.onResume(id)}>
              Go on with it
            </button>
            <button type="button" class="quiet" onClick={() => props.onForget(id)}>
              Forget it
            </button>
          </div>
        ))}
      <section class={`drop${isOver ? " over" : ""}`} aria-label="Your own files">
        <h2>Or your own</h2>
        <p>
          Drop folders or files here: a memory folder or a single <code>CLAUDE.md</code>, transcripts (
          <code>.jsonl</code>, <code>.json</code>, <code>.gz</code>), or a file of <code>dreaming export</code>. Of a
          folder both are taken, the memories and the transcripts. A file of <code>dreaming loaded --json</code> shows what
          each agent loads at its start.
        </p>
        <div class="picks">
          <Pick label="Memory folder…" isFolder onFiles={props.onTake} />
          <Pick label="Folder of transcripts…" isFolder onFiles={props.onTake} />
          <Pick label="Files…" isFolder={false} onFiles={props.onTake} />
        </div>
        <div role="status" class="given">
          {isBusy && <p>Looking at the files…</p>}
          {!isBusy && !isEmpty && (
            <p>
              <b>{inventory.memories === 1 ? "1 memory" : `${inventory.memories} memories`}</b> and{" "}
              <b>{count(inventory.sessions, "session")}</b> ({size(inventory.bytes)})
              {inventory.revisions > 0 && `, with a history of ${count(inventory.revisions, "revision")}`}.
              {inventory.sessions === 0 && " Without sessions a dream looks at the memories alone."}
            </p>
          )}
        </div>
        {!isBusy && <Left skipped={inventory.skipped} />}
        {!isEmpty && (
          <button
            type="button"
            class="primary big"
            disabled={isBusy || (hasModel && props.model === null)}
            onClick={props.onDream}
          >
            Dream
          </button>
        )}
      </section>
    </main>
  );
}

/** Says which model is asked about the sample. */
function asking(model: ModelChoice | null): string {
  if (model === null) return "No model is asked as long as none is filled in above.";
  return `Your model is asked about it, in at most ${count(model.maxCalls, "call")}.`;
}

function Pick({
  label,
  isFolder,
  onFiles,
}: {
  label: string;
  isFolder: boolean;
  onFiles: (files: Picked[]) => void;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const folder = isFolder ? { webkitdirectory: true } : {};
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...folder}
        onChange={({ currentTarget }) => {
          if (currentTarget.files !== null) onFiles(fromInput(currentTarget.files));
          // Cleared, so that picking the same folder again is noticed.
          currentTarget.value = "";
        }}
      />
    </>
  );
}
