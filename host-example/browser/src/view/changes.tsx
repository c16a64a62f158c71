// All changes, by cause, each to be decided.

import type { PlanChange } from "dreaming";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Answers, isOpen, say } from "../answers.js";
import { type Group, clean } from "../words.js";
import { type Acts, Card } from "./card.js";

export interface ChangesProps {
  groups: Group[];
  isFiltered: boolean;
  onAll: () => void;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  onDecide: (id: string, tag: "accept" | "reject") => void;
  /** Lines of the index that the answers to other changes decide. */
  follows: ReadonlyMap<string, "accept" | "reject">;
  /**
   * What goes together with a change (its line of the index, other changes), as a sentence by its id.
   */
  notes: ReadonlyMap<string, string>;
  at: string | undefined;
  onAt: (id: string | undefined) => void;
  open: ReadonlySet<string>;
  onToggle: (id: string) => void;
  editing: string | undefined;
  onEditing: (id: string | undefined) => void;
  hasKeys: boolean;
  onKeys: (on: boolean) => void;
  /** Whether nothing can be decided here. */
  isLocked: boolean;
}

export function Changes(props: ChangesProps): JSX.Element {
  const { answers, onAnswers, at } = props;
  const latest = useRef(props);
  latest.current = props;
  const acts = useMemo<Acts>(
    () => ({
      at: (id) => latest.current.onAt(id),
      decide: (id, tag) => latest.current.onDecide(id, tag),
      toggle: (id) => latest.current.onToggle(id),
      edit: (id) => latest.current.onEditing(id),
      reword: (change, text) => {
        const { answers, onAnswers, onEditing } = latest.current;
        onAnswers(say(answers, [change.id], text === change.text ? { tag: "accept" } : { tag: "accept", text }));
        onEditing(undefined);
      },
    }),
    [],
  );
  const groups = useGrowing(props.groups, at);
  // Before painting, so that the next key already finds the focus on the right change.
  useLayoutEffect(() => {
    // An open editor keeps the focus, and gives it back to its change when it closes.
    if (at === undefined || props.editing !== undefined) return;
    const card = document.getElementById(`change-${at}`);
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  }, [at, props.open, props.editing]);
  const all = props.groups.flatMap(({ changes }) => changes).filter(({ gate }) => gate !== "blocked");
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
              <input
                type="checkbox"
                checked={props.hasKeys}
                onChange={({ currentTarget }) => props.onKeys(currentTarget.checked)}
              />{" "}
              Keys:
            </label>{" "}
            <kbd>j</kbd>
            <kbd>k</kbd> move ·{" "}
            {props.isLocked ? (
              <>
                <kbd>o</kbd> evidence
              </>
            ) : (
              <>
                <kbd>a</kbd> accept, <kbd>r</kbd> reject and go on to the next · <kbd>A</kbd>
                <kbd>R</kbd> group · <kbd>e</kbd> edit · <kbd>o</kbd> evidence · <kbd>u</kbd> undo
              </>
            )}
          </span>
        )}
        <span class="grow" />
        {!props.isLocked && (
          <GroupButtons
            what="these"
            changes={all}
            answers={answers}
            follows={props.follows}
            onAnswers={onAnswers}
          />
        )}
      </div>
      {props.groups.length === 0 && <p class="soft">There is nothing to decide here.</p>}
      {groups.map(({ cause, title, changes, whole }) => {
        const open = whole.filter(({ gate }) => gate !== "blocked");
        return (
          <section key={cause} class="group" aria-labelledby={`cause-${cause}`}>
            <div class="heading">
              <h2 id={`cause-${cause}`}>
                {clean(title)} <span class="number">{whole.length}</span>
              </h2>
              {open.length > 1 && !props.isLocked && (
                <GroupButtons
                  what={clean(title)}
                  changes={open}
                  answers={answers}
                  follows={props.follows}
                  onAnswers={onAnswers}
                />
              )}
            </div>
            <ol>
              {changes.map((change) => (
                <Card
                  key={change.id}
                  change={change}
                  answer={answers.given.get(change.id)}
                  follows={props.follows.get(change.id)}
                  note={props.notes.get(change.id)}
                  isAt={change.id === at}
                  isOpen={props.open.has(change.id)}
                  isEditing={props.editing === change.id}
                  isLocked={props.isLocked}
                  acts={acts}
                />
              ))}
            </ol>
          </section>
        );
      })}
    </div>
  );
}

/**
 * Changes drawn at first, and added after each turn of the event loop, so that no task is long.
 * Chosen by measuring.
 */
const AT_ONCE = 12;

/** The groups with the changes that are drawn by now (`changes`) and all of them (`whole`). */
function useGrowing(groups: Group[], at: string | undefined): (Group & { whole: PlanChange[] })[] {
  const all = groups.flatMap(({ changes }) => changes);
  const [grown, setGrown] = useState(AT_ONCE);
  // The chosen change is always drawn.
  const limit = Math.max(grown, all.findIndex(({ id }) => id === at) + 1);
  useEffect(() => setGrown(AT_ONCE), [groups]);
  useEffect(() => {
    if (limit >= all.length) return undefined;
    const timer = setTimeout(() => setGrown(limit + AT_ONCE));
    return () => clearTimeout(timer);
  }, [limit, all.length]);
  let left = limit;
  return groups.flatMap((group) => {
    const changes = group.changes.slice(0, Math.max(left, 0));
    left -= group.changes.length;
    return changes.length === 0 ? [] : [{ ...group, changes, whole: group.changes }];
  });
}

interface GroupProps {
  what: string;
  changes: PlanChange[];
  answers: Answers;
  follows: ReadonlyMap<string, unknown>;
  onAnswers: (answers: Answers) => void;
}

/**
 * Decides the open changes of a group as one step; changes with an answer, of a person or by other
 * changes, keep it. Accepting leaves out changes that have to be accepted by their id.
 */
function GroupButtons({ what, changes, answers, follows, onAnswers }: GroupProps): JSX.Element | null {
  const ids = changes.map(({ id }) => id);
  const open = ids.filter((id) => isOpen(id, answers, follows));
  const grouped = changes.filter(({ id, alone }) => alone !== true && open.includes(id)).map(({ id }) => id);
  if (open.length === 0) {
    if (!ids.some((id) => answers.given.has(id))) return null;
    return (
      <button
        type="button"
        class="quiet"
        aria-label={`Reopen all: ${what}`}
        onClick={() => onAnswers(say(answers, ids, undefined))}
      >
        Reopen all {ids.length}
      </button>
    );
  }
  const named = (some: string[]): string => (some.length === ids.length ? `all ${some.length}` : `the other ${some.length}`);
  const rest = named(open);
  return (
    <span class="both">
      {grouped.length > 0 && (
        <button
          type="button"
          class="quiet"
          aria-label={`Accept ${named(grouped)}: ${what}`}
          onClick={() => onAnswers(say(answers, grouped, { tag: "accept" }))}
        >
          Accept {named(grouped)}
        </button>
      )}
      <button
        type="button"
        class="quiet"
        aria-label={`Reject ${rest}: ${what}`}
        onClick={() => onAnswers(say(answers, open, { tag: "reject" }))}
      >
        Reject {rest}
      </button>
    </span>
  );
}
