// What a dream left open, decided on this page and handed over to the server.

import type { PinnedEvidence, Plan, PlanChange, Report } from "dreaming";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { type Answers, NONE } from "../answers.js";
import type { Choice } from "../protocol.js";
import { Down } from "../view/down.js";
import { Places } from "../view/evidence.js";
import { PlanView } from "../view/plan.js";
import type { Settled } from "../view/summary.js";
import { count, linesLeft, rights } from "../words.js";
import { Refused } from "./api.js";
import { type Doing, may, useDesk, useDoing, useLoaded } from "./asking.js";
import { handOver } from "./hand-over.js";
import { waiting } from "./open.js";
import { Done, Trouble } from "./parts.js";
import { address } from "./place.js";
import { settled } from "./settled.js";
import { type Dream, sessionsOf, storeOf } from "./wire.js";

/** The server's ids in full: nothing else tells which session it was. */
const PLACES = {
  name: ({ session, part, line }: PinnedEvidence): string => `${session}${part === "main" ? "" : ` ${part}`}, line ${line}`,
  open: undefined,
};

export function Decide({ dream }: { dream: Dream }): JSX.Element {
  const { api, key, answers: kept, seen, notes: keptNotes } = useDesk();
  const [answers, setAnswers] = useState<Answers>(() => kept.get(dream.id) ?? NONE);
  // Not of the form, which goes when the plan is another one: the words on the old one are still the person's.
  const [note, setNote] = useState(() => keptNotes.get(dream.id) ?? "");
  const [hasMoved, setHasMoved] = useState(false);
  const doing = useDoing();
  const give = (next: Answers): void => {
    const changes = (value?.plan.changes ?? []).filter(({ id }) => next.given.has(id));
    seen.set(dream.id, new Map(changes.map((change) => [change.id, deed(change)])));
    kept.set(dream.id, next);
    setAnswers(next);
  };
  const write = (note: string): void => {
    keptNotes.set(dream.id, note);
    setNote(note);
  };
  const store = dream.outputs[0]?.memory_store_id ?? storeOf(dream);
  const path = `v1/x/dreams/${dream.id}`;
  const { value, trouble, again } = useLoaded(async (signal) => {
    const plan = await api.ask<Plan>("GET", `${path}/review`, undefined, signal);
    const report = await api.ask<Report>("GET", `${path}/report`, undefined, signal);
    return { plan, report, before: await settled(api, dream, store, plan, signal) };
  }, [path]);
  const fitting = useMemo(() => fit(answers, value?.plan, seen.get(dream.id)), [answers, value]);

  const decide = (choice: Choice): void => {
    if (value === undefined) return;
    setHasMoved(false);
    doing.run(async () => {
      try {
        const left = await handOver(api, dream.id, value.plan, choice, note);
        give(NONE);
        write("");
        again();
        const accepted = choice.accept.length - left.length;
        const open = left.length === 0 ? "" : ` ${linesLeft(left.length)}`;
        return `Decided: ${count(accepted, "change")} accepted, ${choice.reject.length} rejected. The history of the store has it as a revision.${open}`;
      } catch (error) {
        if (error instanceof Refused && error.status === 409) {
          setHasMoved(true);
          again();
        }
        throw error;
      }
    });
  };

  const head = (
    <>
      <Done doing={doing} />
      {doing.done !== "" && (
        <p>
          <a href={address({ at: "store", id: store, view: "memories" })}>See the memories</a> ·{" "}
          <a href={address({ at: "store", id: store, view: "history" })}>See the history</a>
        </p>
      )}
    </>
  );
  if (value === undefined) {
    return trouble === "" ? (
      <p class="soft" role="status">
        Planning over the store as it is now…
      </p>
    ) : (
      <Trouble said={trouble} />
    );
  }
  const { plan, report, before } = value;
  const isOver = waiting(plan) === 0;
  const notes = [
    ...(!hasMoved ? [] : [`The plan below is over the store as it is now; ${of(fitting.given.size)}.${note === "" ? "" : " Your note is kept."}`]),
    ...(may(key, "decide") ? [] : [`This key ${rights(key)}: look at the plan, but the decision takes another key.`]),
    ...(isOver ? ["Nothing is left to decide: what is shown here is blocked."] : []),
  ];
  return (
    <Places.Provider value={PLACES}>
      {head}
      <Trouble said={trouble} />
      {plan.changes.length === 0 ? (
        <Nothing plan={plan} report={report} before={before} />
      ) : (
        <PlanView
          // Another plan begins at its changes.
          key={plan.digest}
          plan={plan}
          report={report}
          from={sessionsOf(dream).length === 0 ? "by an agent" : undefined}
          settled={before}
          notes={notes}
          answers={fitting}
          onAnswers={give}
          isLocked={isOver || !may(key, "decide")}
          next={(decided) => (decided === 0 ? "Your decision" : `Hand ${count(decided, "decision")} over`)}
          decision={(choice) => <HandOver choice={choice} note={note} onNote={write} doing={doing} onDecide={() => decide(choice)} />}
        />
      )}
    </Places.Provider>
  );
}

function of(kept: number): string {
  return kept === 0 ? "none of your answers is about it" : `${count(kept, "answer")} of yours still ${kept === 1 ? "fits" : "fit"} and ${kept === 1 ? "is" : "are"} kept`;
}

/** What a change takes out, leaves and writes, and where. The id stays when somebody edits the words that it takes out. */
function deed({ operation, path, text, targets, survivor, after }: PlanChange): string {
  const places = targets.map((target) => [target.path, target.text]);
  return JSON.stringify([operation, path, text, places, survivor?.text, after?.text]);
}

/**
 * The answers to changes that the plan has and that do what they did when the person answered: nobody has accepted to
 * take out words that came since. Steps back lead only to such.
 */
function fit(answers: Answers, plan: Plan | undefined, seen: ReadonlyMap<string, string> | undefined): Answers {
  if (plan === undefined) return answers;
  const isOpen = (change: PlanChange): boolean =>
    change.gate !== "blocked" && [undefined, deed(change)].includes(seen?.get(change.id));
  const open = new Set(plan.changes.filter(isOpen).map(({ id }) => id));
  const inside = (given: Answers["given"]): Answers["given"] => new Map([...given].filter(([id]) => open.has(id)));
  return [...answers.given.keys()].every((id) => open.has(id)) ? answers : { given: inside(answers.given), before: answers.before.map(inside) };
}

/** What is said when there is no change. */
function Nothing({ plan, report, before }: { plan: Plan; report: Report; before: Settled | undefined }): JSX.Element {
  const unread = plan.sessions.filter(({ outcome }) => outcome.state === "pending").length;
  return (
    <>
      <p class="safe">Nothing is left to decide.</p>
      {before?.rows.map(([title, about]) => (
        <p key={title}>
          <b>{title}</b> {about}.
        </p>
      ))}
      <details>
        <summary>
          What was turned down ({plan.rejected.length + plan.conflicts.length}), and what was not read ({unread})
        </summary>
        <Down dreamed={{ plan, report }} skipped={[]} />
      </details>
    </>
  );
}

interface HandOverProps {
  choice: Choice;
  note: string;
  onNote: (note: string) => void;
  doing: Doing;
  onDecide: () => void;
}

function HandOver({ choice: { accept, reject, edits }, note, onNote, doing, onDecide }: HandOverProps): JSX.Element {
  const isOpen = accept.length === 0 && reject.length === 0;
  return (
    <section class="save" aria-labelledby="hand-over">
      <h2 id="hand-over">Hand the decision over</h2>
      <p class="soft">
        {isOpen
          ? "Nothing is decided yet. Accept or reject changes first."
          : `${count(accept.length, "change")} accepted${edits.length > 0 ? ` (${edits.length} in your words)` : ""}, ${reject.length} rejected. What you left open stays open.`}
      </p>
      <form onSubmit={(event) => (event.preventDefault(), onDecide())}>
        <label class="wide">
          Note <small>is kept with the revision; may be empty</small>
          <textarea rows={2} value={note} onInput={({ currentTarget }) => onNote(currentTarget.value)} />
        </label>
        <p class="buttons">
          <button type="submit" class="primary" disabled={isOpen || doing.isBusy}>
            {doing.isBusy ? "The server writes…" : "Decide"}
          </button>
        </p>
      </form>
    </section>
  );
}
