// All changes, by cause, each to be decided.

import type { PinnedEvidence } from "dreaming";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { type Answers, say } from "../answers.js";
import { type Group } from "../words.js";
import { Card } from "./card.js";

interface Props {
  groups: Group[];
  isFiltered: boolean;
  onAll: () => void;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  onDecide: (id: string, tag: "accept" | "reject") => void;
  at: string | undefined;
  onAt: (id: string | undefined) => void;
  open: ReadonlySet<string>;
  onToggle: (id: string) => void;
  editing: string | undefined;
  onEditing: (id: string | undefined) => void;
  onPlace: (evidence: PinnedEvidence) => void;
  hasKeys: boolean;
  onKeys: (on: boolean) => void;
}

export function Changes(props: Props): JSX.Element {
  const { groups, answers, onAnswers, at } = props;
  useEffect(() => {
    if (at === undefined) return;
    const card = document.getElementById(`change-${at}`);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const all = groups.flatMap(({ changes }) => changes).filter(({ gate }) => gate !== "blocked");
  return (
    <div class="changes">
      <div class="tools">
        {props.isFiltered ? (
          <button type="button" class="quiet" onClick={props.onAll}>
            ← All changes
          </button>
        ) : (
          <span class="soft keys">
            <label>
              <input type="checkbox" checked={props.hasKeys} onChange={({ currentTarget }) => props.onKeys(currentTarget.checked)} /> Keys:
            </label>{" "}
            <kbd>j</kbd>
            <kbd>k</kbd> next, before · <kbd>a</kbd> accept · <kbd>r</kbd> reject · <kbd>e</kbd> edit · <kbd>o</kbd> evidence ·{" "}
            <kbd>u</kbd> undo
          </span>
        )}
        <span class="grow" />
        <GroupButtons what="these" ids={all.map(({ id }) => id)} answers={answers} onAnswers={onAnswers} />
      </div>
      {groups.length === 0 && <p class="soft">There is nothing to decide here.</p>}
      {groups.map(({ cause, title, changes }) => {
        const open = changes.filter(({ gate }) => gate !== "blocked").map(({ id }) => id);
        return (
          <section key={cause} class="group" aria-labelledby={`cause-${cause}`}>
            <div class="heading">
              <h2 id={`cause-${cause}`}>
                {title} <span class="number">{changes.length}</span>
              </h2>
              {open.length > 1 && <GroupButtons what={title} ids={open} answers={answers} onAnswers={onAnswers} />}
            </div>
            <ol>
              {changes.map((change) => (
                <Card
                  key={change.id}
                  change={change}
                  answer={answers.given.get(change.id)}
                  isAt={change.id === at}
                  isOpen={props.open.has(change.id)}
                  isEditing={props.editing === change.id}
                  onAt={() => props.onAt(change.id)}
                  onDecide={(tag) => props.onDecide(change.id, tag)}
                  onToggle={() => props.onToggle(change.id)}
                  onEditing={(on) => props.onEditing(on ? change.id : undefined)}
                  onText={(text) => {
                    const isSame = text === change.text;
                    onAnswers(say(answers, [change.id], isSame ? { tag: "accept" } : { tag: "accept", text }));
                    props.onEditing(undefined);
                  }}
                  onPlace={props.onPlace}
                />
              ))}
            </ol>
          </section>
        );
      })}
    </div>
  );
}

interface GroupProps {
  what: string;
  ids: string[];
  answers: Answers;
  onAnswers: (answers: Answers) => void;
}

/** Decides a whole group as one step; what was answered before stays. */
function GroupButtons({ what, ids, answers, onAnswers }: GroupProps): JSX.Element | null {
  const open = ids.filter((id) => !answers.given.has(id));
  if (open.length === 0) {
    if (ids.length === 0) return null;
    return (
      <button type="button" class="quiet" aria-label={`Reopen all: ${what}`} onClick={() => onAnswers(say(answers, ids, undefined))}>
        Reopen all {ids.length}
      </button>
    );
  }
  const rest = open.length === ids.length ? `all ${open.length}` : `the other ${open.length}`;
  return (
    <span class="both">
      <button type="button" class="quiet" aria-label={`Accept ${rest}: ${what}`} onClick={() => onAnswers(say(answers, open, { tag: "accept" }))}>
        Accept {rest}
      </button>
      <button type="button" class="quiet" aria-label={`Reject ${rest}: ${what}`} onClick={() => onAnswers(say(answers, open, { tag: "reject" }))}>
        Reject {rest}
      </button>
    </span>
  );
}
