// How a person decides about a plan: by keys, by buttons, change by change or by group.

import type { Plan } from "dreaming";
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useLayoutEffect, useMemo, useState } from "preact/hooks";

import { type Answers, followed, isEditable, isOpen, say, toChoice, undo } from "../answers.js";
import { comes, lines } from "../lines.js";
import type { Choice } from "../protocol.js";
import { TILES, byCause, heldBack, together } from "../words.js";
import type { ChangesProps } from "./changes.js";

interface Props {
  plan: Plan;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  at: string | undefined;
  onAt: (id: string | undefined) => void;
  /** Whether the list of changes is on screen, so that keys move in it. */
  isShown: boolean;
  /** Whether nothing can be decided: keys only move then. */
  isLocked?: boolean;
}

/** The position of a person in the plan, and the result of the answers. */
export interface Deciding {
  filter: string | undefined;
  onFilter: (name: string | undefined) => void;
  choice: Choice;
  /** Changes that could be decided and have no decision. */
  undecided: number;
  changes: ChangesProps;
}

/** Keys that act on the chosen change. */
const ACTS = ["a", "r", "A", "R", "e", "o"];
/** Keys that decide nothing. */
const MOVES = ["j", "k", "o"];

export function useDeciding(props: Props): Deciding {
  const { plan, answers, onAnswers, at, onAt, isShown, isLocked = false } = props;
  const [filter, setFilter] = useState<string>();
  const [editing, setEditing] = useState<string>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [hasKeys, setHasKeys] = useState(true);

  const tile = TILES.find(({ name }) => name === filter);
  const groups = useMemo(
    () =>
      byCause(plan.changes.filter((change) => tile?.has(change) ?? (filter === undefined || change.gate === filter))),
    [plan, filter],
  );
  const order = useMemo(() => groups.flatMap(({ changes }) => changes), [groups]);
  const choice = useMemo(() => toChoice(answers, plan.changes), [answers, plan]);
  const follows = useMemo(() => followed(answers, plan.changes), [answers, plan]);
  const undecided = plan.changes.filter(({ id, gate }) => gate !== "blocked" && isOpen(id, answers, follows)).length;

  const notes = useMemo(() => {
    const notes = new Map<string, string>();
    for (const { change, of } of lines(plan.changes)) {
      const note = `Its line in ${change.path} ${comes(change) ? "comes" : "goes"} with it.`;
      for (const id of of) notes.set(id, note);
    }
    for (const change of plan.changes) {
      const note = together(change, plan.changes);
      if (note !== undefined) notes.set(change.id, [note, notes.get(change.id) ?? []].flat().join(" "));
    }
    return notes;
  }, [plan]);

  const toggle = useCallback((id: string) => {
    setOpen((open) => {
      const next = new Set(open);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);

  /**
   * Answers one change (the same answer again takes it back), and moves on to the next open one.
   */
  const decide = (id: string, tag: "accept" | "reject"): void => {
    const change = plan.changes.find((change) => change.id === id);
    if (change === undefined || change.gate === "blocked") return;
    const isSame = answers.given.get(id)?.tag === tag;
    const next = say(answers, [id], isSame ? undefined : { tag });
    onAnswers(next);
    if (isSame) return onAt(id);
    const place = order.findIndex((change) => change.id === id);
    const after = [...order.slice(place + 1), ...order.slice(0, place)];
    const decided = followed(next, plan.changes);
    onAt(after.find(({ id, gate }) => gate !== "blocked" && isOpen(id, next, decided))?.id ?? id);
  };

  /**
   * Answers all open changes of a cause as one step. Accepting leaves out those that have to be
   * accepted by their id.
   */
  const decideGroup = (cause: string, tag: "accept" | "reject"): void => {
    const open = order.filter(
      ({ id, gate, cause: of, alone }) =>
        of === cause && gate !== "blocked" && (tag === "reject" || alone !== true) && isOpen(id, answers, follows),
    );
    const ids = open.map(({ id }) => id);
    const next = ids.length === 0 ? answers : say(answers, ids, { tag });
    if (next !== answers) onAnswers(next);
    const after = order.slice(order.findLastIndex((change) => change.cause === cause) + 1);
    const decided = followed(next, plan.changes);
    onAt((after.find(({ id, gate }) => gate !== "blocked" && isOpen(id, next, decided)) ?? order.at(-1))?.id);
  };

  // A layout effect, so that the handler is new before the next key: people type faster than pages
  // paint.
  useLayoutEffect(() => {
    if (!hasKeys) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      const isTyping = target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isLocked && !MOVES.includes(key)) return;
      // A key that is held down would decide about changes that nobody has seen, or take all answers back.
      if (event.repeat && key !== "j" && key !== "k") return;
      if (key === "u") onAnswers(undo(answers));
      else if (isShown && order.length > 0) {
        const place = order.findIndex(({ id }) => id === at);
        const now = order[place];
        if (key === "j") onAt(order[Math.min(place + 1, order.length - 1)]?.id);
        else if (key === "k") onAt(order[Math.max(place - 1, 0)]?.id);
        else if (!ACTS.includes(key)) return;
        // Without a chosen change the key only chooses the first one, so that a person sees what it
        // will act on.
        else if (now === undefined) onAt(order[0]?.id);
        else if (key === "a") decide(now.id, "accept");
        else if (key === "r") decide(now.id, "reject");
        else if (key === "A" || key === "R") decideGroup(now.cause, key === "A" ? "accept" : "reject");
        else if (key === "e" && isEditable(now)) setEditing(now.id);
        else if (key === "o") toggle(now.id);
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  return {
    filter,
    onFilter: setFilter,
    choice,
    undecided,
    changes: {
      groups,
      isFiltered: filter !== undefined,
      onAll: () => setFilter(undefined),
      answers,
      onAnswers,
      onDecide: decide,
      follows,
      notes,
      at,
      onAt,
      open,
      onToggle: toggle,
      editing,
      onEditing: setEditing,
      hasKeys,
      onKeys: setHasKeys,
      isLocked,
    },
  };
}

interface DecidedProps {
  choice: Choice;
  undecided: number;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  /** The button for the next step. */
  children: ComponentChildren;
}

/** The bar at the bottom: how much is decided, and undo. */
export function Decided({ choice, undecided, answers, onAnswers, children }: DecidedProps): JSX.Element {
  const given = [...answers.given].filter(([, { tag }]) => tag === "accept");
  const held = given.filter(([id]) => !choice.accept.includes(id)).length;
  return (
    <footer class="decided">
      <p role="status">
        <span>
          <b>{choice.accept.length}</b> accepted
        </span>{" "}
        <span>
          <b>{choice.reject.length}</b> rejected
        </span>{" "}
        <span>
          <b>{undecided}</b> open
        </span>
        {held > 0 && <span class="soft"> {heldBack(held)}</span>}
      </p>
      <span class="grow" />
      <button
        type="button"
        class="quiet"
        disabled={answers.before.length === 0}
        onClick={() => onAnswers(undo(answers))}
      >
        Undo <kbd>u</kbd>
      </button>
      {children}
    </footer>
  );
}
