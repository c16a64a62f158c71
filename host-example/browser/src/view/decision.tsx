// A decision to copy or save, for pages in which no engine can apply it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { commandLine } from "../command-line.js";
import { download } from "../download.js";
import type { Choice } from "../protocol.js";
import { clean } from "../words.js";

interface Props {
  command: string;
  choice: Choice;
  /** The time of the plan; the decision gets the same. */
  now: number;
}

export function Decision({ command, choice: { accept, reject, edits }, now }: Props): JSX.Element {
  const [said, setSaid] = useState("");
  const isOpen = accept.length === 0 && reject.length === 0;
  const line = commandLine(command, { accept, reject, edits });
  const copy = (): void => {
    // Browsers may offer no clipboard to a page that was opened from a file.
    const copied = navigator.clipboard?.writeText(line) ?? Promise.reject(new Error("no clipboard"));
    copied.then(
      () => setSaid("Copied."),
      () => setSaid("This browser does not let the page copy: select the line and copy it yourself."),
    );
  };
  const save = (): void => {
    const decision = { accept: { tag: "only", val: accept }, reject, edits, reviewer: "", note: "", now };
    download("decision.json", JSON.stringify(decision, null, 2), "application/json");
    setSaid("decision.json saved.");
  };
  return (
    <section class="save" aria-labelledby="save-title">
      <h2 id="save-title">Decide with the command</h2>
      <p class="soft">
        {isOpen
          ? "Nothing is decided yet. Accept or reject changes; the command for it stands here then."
          : "This page changes no memory. Type this where you typed the command that wrote it; what you left open stays open."}
      </p>
      {!isOpen && (
        <pre class="command" tabIndex={0} aria-label="Command line">
          {clean(line)}
        </pre>
      )}
      <p class="buttons">
        <button type="button" class="primary" disabled={isOpen} onClick={copy}>
          Copy the command
        </button>
        <button type="button" class="quiet" disabled={isOpen} onClick={save}>
          Save as decision.json
        </button>
      </p>
      <p role="status" class="soft">
        {said}
      </p>
    </section>
  );
}
