// The transcript around a quote.

import type { PinnedEvidence } from "dreaming";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Passage } from "../protocol.js";
import { clean, place } from "../words.js";
import type { Engine } from "../worker.js";

interface Props {
  engine: Engine;
  evidence: PinnedEvidence;
  onClose: () => void;
}

export function PassageSheet({ engine, evidence, onClose }: Props): JSX.Element {
  const sheet = useRef<HTMLDialogElement>(null);
  const [passage, setPassage] = useState<Passage>();
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    sheet.current?.showModal();
    const { session, part, line, quote } = evidence;
    engine
      .ask("passage", { session, part, line, quote })
      .then(setPassage, (error: unknown) => setTrouble(String(error)));
  }, [engine, evidence]);
  useEffect(() => sheet.current?.querySelector(".quoted")?.scrollIntoView({ block: "center" }), [passage]);
  return (
    <dialog
      ref={sheet}
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={onClose}
      onClick={({ target }) => target === sheet.current && sheet.current?.close()}
    >
      <div class="sheet-inside">
        <header>
          <div>
            <h2 id="sheet-title">{clean(place(evidence))}</h2>
            <p class="soft">
              <code>{clean(evidence.session)}</code>
            </p>
          </div>
          <button type="button" onClick={() => sheet.current?.close()}>
            Close
          </button>
        </header>
        {trouble !== "" && <p class="trouble">{trouble}</p>}
        {passage === undefined && trouble === "" && <p class="soft">Reading…</p>}
        {passage !== undefined && !passage.found && (
          <p class="note">
            The words do not stand there as they are quoted: quotes are cut, cleaned and without secrets. The line is
            marked.
          </p>
        )}
        <ol class="passage" tabIndex={0} aria-label="Lines of the transcript">
          {passage?.lines.map(({ number, who, text, cut, isQuoted }) => (
            <li key={number} class={isQuoted ? "quoted" : ""} value={number}>
              <span class="who">
                {number} {clean(who)}
              </span>
              <pre>
                {isQuoted ? <Marked text={clean(text)} quote={evidence.quote} /> : clean(text)}
                {cut && " …"}
              </pre>
            </li>
          ))}
        </ol>
      </div>
    </dialog>
  );
}

/** A text with the words of a quote marked; white space counts as equal. */
function Marked({ text, quote }: { text: string; quote: string }): JSX.Element {
  const words = clean(quote)
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = words[0] === "" ? null : new RegExp(words.join("\\s+")).exec(text);
  if (found === null) return <>{text}</>;
  return (
    <>
      {text.slice(0, found.index)}
      <mark>{found[0]}</mark>
      {text.slice(found.index + found[0].length)}
    </>
  );
}
