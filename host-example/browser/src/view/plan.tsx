// A plan that is decided without an engine: what it would do, its changes, and a place where the decision is handed over.

import type { Plan, Report } from "dreaming";
import type { ComponentChildren, JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import type { Answers } from "../answers.js";
import type { Choice } from "../protocol.js";
import { clean } from "../words.js";
import { Changes } from "./changes.js";
import { Decided, useDeciding } from "./deciding.js";
import { Down } from "./down.js";
import { type Settled, Summary } from "./summary.js";
import { Tabs } from "./tabs.js";

const TABS = ["changes", "decision", "down"] as const;
type Tab = (typeof TABS)[number];
/** Those of a person who may only look. */
const LOOKS: readonly Tab[] = ["changes", "down"];

interface Props {
  plan: Plan;
  report: Report;
  /** From what the plan is, if not from sessions. */
  from?: string | undefined;
  /** What is written or decided already; nothing unless said. */
  settled?: Settled | undefined;
  /** What a person has to know before deciding, a line each. */
  notes: readonly string[];
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  /** Whether the person may only look. */
  isLocked?: boolean;
  /** The button that leads to where the decision is handed over, for so many decisions. */
  next: (decided: number) => string;
  /** Where that is. */
  decision: (choice: Choice) => ComponentChildren;
}

export function PlanView(props: Props): JSX.Element {
  const { plan, report, from, settled, notes, answers, onAnswers, isLocked = false, next, decision } = props;
  const [tab, setTab] = useState<Tab>("changes");
  const [at, setAt] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  const isShown = tab === "changes";
  const deciding = useDeciding({ plan, answers, onAnswers, at, onAt: setAt, isShown, isLocked });
  const { filter, choice, undecided } = deciding;
  const dreamed = useMemo(() => ({ plan, report, left: 0, entries: report.entries }), [plan, report]);
  const titles: Record<Tab, string> = {
    changes: `Changes (${plan.changes.length})`,
    decision: "Your decision",
    down: `Turned down (${plan.rejected.length + plan.conflicts.length})`,
  };
  return (
    <>
      <Summary
        dreamed={dreamed}
        from={from}
        settled={settled}
        skipped={[]}
        closer={false}
        titleRef={title}
        filter={filter}
        onFilter={(name) => {
          deciding.onFilter(name === filter ? undefined : name);
          setTab("changes");
        }}
      />
      {notes.map((note) => (
        <p key={note} class="note">
          {clean(note)}
        </p>
      ))}
      <Tabs names={isLocked ? LOOKS : TABS} titles={titles} tab={tab} onTab={setTab} />
      <section id={`panel-${tab}`} role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel" tabIndex={-1}>
        {tab === "changes" && <Changes {...deciding.changes} />}
        {tab === "decision" && decision(choice)}
        {tab === "down" && <Down dreamed={dreamed} skipped={[]} />}
      </section>
      {!isLocked && (
        <Decided choice={choice} undecided={undecided} answers={answers} onAnswers={onAnswers}>
          <button type="button" class="primary" onClick={() => setTab("decision")} disabled={tab === "decision"}>
            {next(choice.accept.length + choice.reject.length)}
          </button>
        </Decided>
      )}
    </>
  );
}
