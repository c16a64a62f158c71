// The memories after a choice, and ways to save them.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { everything } from "../answers.js";
import { commandLine } from "../command-line.js";
import { download } from "../download.js";
import { notInZip } from "../not-in-zip.js";
import type { Applied, Choice, Dreamed } from "../protocol.js";
import { canWrite, writeBack, zip } from "../save.js";
import { clean, count, linesLeft } from "../words.js";
import type { Engine } from "../worker.js";
import { FileDiff } from "./file-diff.js";

interface Props {
  engine: Engine;
  dreamed: Dreamed;
  /** What lies in the folder of the memories and is no memory. */
  others: readonly string[];
  choice: Choice;
}

export function NewMemory({ engine, dreamed, others, choice }: Props): JSX.Element {
  const hasAccepted = choice.accept.length > 0;
  const [wantsAll, setWantsAll] = useState(!hasAccepted);
  const isAll = wantsAll || !hasAccepted;
  const all = useMemo(() => everything(choice, dreamed.plan.changes), [dreamed, choice]);
  const isLeft = dreamed.plan.changes.some(
    ({ id, alone }) => alone === true && !all.accept.includes(id) && !choice.reject.includes(id),
  );
  const shown = isAll ? all : choice;
  const [applied, setApplied] = useState<Applied>();
  const [said, setSaid] = useState("");
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let isWanted = true;
    setTrouble("");
    engine.ask("apply", shown).then(
      (result) => isWanted && setApplied(result),
      (error: unknown) =>
        isWanted && (setApplied(undefined), setTrouble(error instanceof Error ? error.message : String(error))),
    );
    return () => void (isWanted = false);
  }, [engine, shown]);
  const attempt = (work: () => Promise<string>): void => {
    setSaid("");
    setTrouble("");
    work().then(setSaid, (error: unknown) => setTrouble(error instanceof Error ? error.message : String(error)));
  };
  const open = applied?.leftOpen.filter((id) => choice.accept.includes(id)) ?? [];
  const settled = { ...choice, accept: choice.accept.filter((id) => !open.includes(id)) };
  return (
    <div class="new-memory">
      <div class="tools">
        <fieldset class="switch">
          <legend class="hidden">Which changes</legend>
          <label>
            <input
              type="radio"
              name="which"
              checked={!isAll}
              disabled={!hasAccepted}
              onChange={() => setWantsAll(false)}
            />{" "}
            what you accepted ({choice.accept.length})
          </label>
          <label>
            <input type="radio" name="which" checked={isAll} onChange={() => setWantsAll(true)} /> all that you did not
            reject{isLeft && ", but what is accepted alone"}
          </label>
        </fieldset>
        <span class="soft">{applied !== undefined && `${count(applied.files.length, "file")} would change`}</span>
      </div>
      {trouble !== "" && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <section class="save" aria-labelledby="save-title">
        <h2 id="save-title">Take it away</h2>
        {!hasAccepted && <p class="soft">Accept something first; then the new memory can be saved.</p>}
        {open.length > 0 && (
          <p class="note">{linesLeft(open.length)}</p>
        )}
        <p class="buttons">
          <button
            type="button"
            class="primary"
            disabled={!hasAccepted}
            onClick={() =>
              attempt(async () => {
                const files = await engine.ask("files", choice);
                download("memory.zip", zip(files, others), "application/zip");
                return `memory.zip: ${count(files.length, "file")}.`;
              })
            }
          >
            Download as zip
          </button>
          {canWrite() && (
            <button
              type="button"
              disabled={!hasAccepted}
              onClick={() =>
                attempt(async () => {
                  const { files } = await engine.ask("apply", choice);
                  const written = await writeBack(files, dreamed.memories);
                  return written === undefined
                    ? "No folder was chosen; nothing was written."
                    : `${count(written, "file")} written.`;
                })
              }
            >
              Write into the folder…
            </button>
          )}
          <button
            type="button"
            class="quiet"
            onClick={() =>
              attempt(
                async () => (
                  download("plan.json", (await engine.ask("documents", choice)).plan, "application/json"),
                  "plan.json saved."
                ),
              )
            }
          >
            Plan
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() =>
              attempt(
                async () => (
                  download("decision.json", (await engine.ask("documents", choice)).decision, "application/json"),
                  "decision.json saved."
                ),
              )
            }
          >
            Decisions
          </button>
        </p>
        {others.length > 0 && <p class="note">{notInZip(others)}</p>}
        <p role="status" class="soft">
          {said}
        </p>
        {hasAccepted && (
          <details>
            <summary>The same with the command</summary>
            <p class="soft">
              It decides about a plan of its own: first have <code>dreaming run</code> dream over the same files, with the
              same settings.
            </p>
            <pre class="command" tabIndex={0} aria-label="Command line">
              {clean(commandLine("dreaming review", settled))}
            </pre>
          </details>
        )}
      </section>
      {applied?.files.map((file) => (
        <FileDiff key={file.path} file={file} />
      ))}
      {applied !== undefined && applied.files.length === 0 && <p class="soft">No memory changes.</p>}
    </div>
  );
}
