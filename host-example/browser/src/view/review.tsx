// The page of `dreaming review --html`: it shows the plan and collects decisions without an engine.
// The command applies them.

import type { PinnedEvidence, Plan, Report } from "dreaming";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Answers, NONE } from "../answers.js";
import { clean, count, place } from "../words.js";
import { Changes } from "./changes.js";
import { Decided, useDeciding } from "./deciding.js";
import { Decision } from "./decision.js";
import { Down } from "./down.js";
import { Places } from "./evidence.js";
import { Moon } from "./moon.js";
import { Summary } from "./summary.js";
import { Tabs } from "./tabs.js";

/** What the command writes into the page. */
export interface Given {
  /** The name of the memory folder. */
  memory: string;
  /** The command that applies decisions, with its store. */
  command: string;
  /** The changes that were dropped since the plan was made, a line each. */
  notes: string[];
  plan: Plan;
  report: Report;
  /**
   * Where the parts of the sessions are. `lines`: how many lines of the file come before the part.
   */
  files: { session: string; part: string; path: string; lines: number }[];
}

const TABS = ["changes", "decision", "down"] as const;
type Tab = (typeof TABS)[number];

export function Review({ given }: { given: Given }): JSX.Element {
  const { memory, command, notes, plan, report, files } = given;
  const [answers, setAnswers] = useState<Answers>(NONE);
  const [tab, setTab] = useState<Tab>("changes");
  const [at, setAt] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  const deciding = useDeciding({ plan, answers, onAnswers: setAnswers, at, onAt: setAt, isShown: tab === "changes" });
  const { filter, choice, undecided } = deciding;
  const decided = choice.accept.length + choice.reject.length;
  const dreamed = useMemo(() => ({ plan, report, left: 0, entries: report.entries }), [plan, report]);
  const places = useMemo(() => {
    const key = (session: string, part: string): string => JSON.stringify([session, part]);
    const known = new Map(files.map((file) => [key(file.session, file.part), file]));
    const name = (evidence: PinnedEvidence): string => {
      const file = known.get(key(evidence.session, evidence.part));
      return file === undefined ? place(evidence) : `${file.path}:${file.lines + evidence.line}`;
    };
    return { name, open: undefined };
  }, [files]);
  useEffect(() => {
    document.title = `Review of ${clean(memory)}`;
  }, [memory]);
  const titles: Record<Tab, string> = {
    changes: `Changes (${plan.changes.length})`,
    decision: "Your decision",
    down: `Turned down (${plan.rejected.length + plan.conflicts.length})`,
  };
  return (
    <Places.Provider value={places}>
      <header class="top">
        <span class="brand">
          <Moon />
          <span>
            <b>Dreaming</b> review of {clean(memory)}
          </span>
        </span>
        <span class="tagline">this page loads and sends nothing</span>
      </header>
      <main class="result">
        <Summary
          dreamed={dreamed}
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
        <Tabs names={TABS} titles={titles} tab={tab} onTab={setTab} />
        <section id={`panel-${tab}`} role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel" tabIndex={-1}>
          {tab === "changes" && <Changes {...deciding.changes} />}
          {tab === "decision" && <Decision command={command} choice={choice} now={plan.now} />}
          {tab === "down" && <Down dreamed={dreamed} skipped={[]} />}
        </section>
        <Decided choice={choice} undecided={undecided} answers={answers} onAnswers={setAnswers}>
          <button type="button" class="primary" onClick={() => setTab("decision")} disabled={tab === "decision"}>
            {decided === 0 ? "Your decision" : `Take ${count(decided, "decision")} away`}
          </button>
        </Decided>
      </main>
    </Places.Provider>
  );
}
