// The page of `dreaming review --html`: it shows the plan and collects decisions without an engine.
// The command applies them.

import type { PinnedEvidence, Plan, Report } from "dreaming";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { type Answers, NONE } from "../answers.js";
import { count, place } from "../words.js";
import { Decision } from "./decision.js";
import { Places } from "./evidence.js";
import { Frame } from "./frame.js";
import { PlanView } from "./plan.js";

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

export function Review({ given }: { given: Given }): JSX.Element {
  const { memory, command, notes, plan, report, files } = given;
  const [answers, setAnswers] = useState<Answers>(NONE);
  const places = useMemo(() => {
    const key = (session: string, part: string): string => JSON.stringify([session, part]);
    const known = new Map(files.map((file) => [key(file.session, file.part), file]));
    const name = (evidence: PinnedEvidence): string => {
      const file = known.get(key(evidence.session, evidence.part));
      return file === undefined ? place(evidence) : `${file.path}:${file.lines + evidence.line}`;
    };
    return { name, open: undefined };
  }, [files]);
  return (
    <Places.Provider value={places}>
      <Frame title={`review of ${memory}`}>
        <main class="result">
          <PlanView
            plan={plan}
            report={report}
            notes={notes}
            answers={answers}
            onAnswers={setAnswers}
            next={(decided) => (decided === 0 ? "Your decision" : `Take ${count(decided, "decision")} away`)}
            decision={(choice) => <Decision command={command} choice={choice} now={plan.now} />}
          />
        </main>
      </Frame>
    </Places.Provider>
  );
}
