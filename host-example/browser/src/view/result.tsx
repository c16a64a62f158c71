// A plan: what it would do, and the decisions of a person.

import type { PinnedEvidence, SettingValue } from "dreaming";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Answers } from "../answers.js";
import { TABS, type Tab } from "../link.js";
import type { Dreamed, Inventory, Step } from "../protocol.js";
import type { Engine } from "../worker.js";
import { clean, count, place } from "../words.js";
import type { Table } from "./app.js";
import { Changes } from "./changes.js";
import { Decided, useDeciding } from "./deciding.js";
import { Down } from "./down.js";
import { Places } from "./evidence.js";
import { NewMemory } from "./new-memory.js";
import { Unusable } from "./notes.js";
import { PassageSheet } from "./passage-sheet.js";
import { Pictures } from "./pictures.js";
import { Settings } from "./settings.js";
import { Summary } from "./summary.js";
import { Tabs } from "./tabs.js";

interface Props {
  engine: Engine;
  dreamed: Dreamed;
  inventory: Inventory;
  /** Why this work is not kept in the browser, if it is not. */
  unkept: string;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  policy: Record<string, SettingValue>;
  onPolicy: (policy: Record<string, SettingValue>) => void;
  /** Asks again for the answers of the model that nobody can use. */
  onAgain: () => void;
  isStale: boolean;
  step: Step | undefined;
  table: Table;
  tab: Tab;
  onTab: (tab: Tab) => void;
  at: string | undefined;
  onAt: (id: string | undefined) => void;
}

export function Result(props: Props): JSX.Element {
  const { engine, dreamed, unkept, answers, onAnswers, tab, onTab, at, onAt } = props;
  const { plan } = dreamed;
  const strange = [...answers.given.keys()].filter((id) => !plan.changes.some((change) => change.id === id)).length;
  const [shown, setShown] = useState<PinnedEvidence>();
  const title = useRef<HTMLHeadingElement>(null);
  const deciding = useDeciding({ plan, answers, onAnswers, at, onAt, isShown: tab === "changes" });
  const { filter, choice, undecided } = deciding;

  useEffect(() => title.current?.focus({ preventScroll: true }), []);

  const places = useMemo(() => ({ name: place, open: setShown }), []);
  const titles: Record<Tab, string> = {
    changes: `Changes (${plan.changes.length})`,
    memory: "New memory",
    pictures: "Pictures",
    down: `Turned down (${plan.rejected.length + plan.conflicts.length})`,
    settings: "Settings",
  };
  return (
    <Places.Provider value={places}>
      <main class="result">
        <Summary
          dreamed={dreamed}
          skipped={props.inventory.skipped}
          closer
          titleRef={title}
          filter={filter}
          onFilter={(name) => {
            deciding.onFilter(name === filter ? undefined : name);
            onTab("changes");
          }}
        />
        <Unusable number={dreamed.report.unusable?.length ?? 0} isAsking={props.isStale} onAgain={props.onAgain} />
        {unkept !== "" && (
          <p class="note" role="status">
            This browser does not keep your work, so it ends with this tab: {clean(unkept)}.
          </p>
        )}
        {strange > 0 && (
          <p class="note" role="status">
            {count(strange, "answer")} of yours {strange === 1 ? "is" : "are"} about changes that this plan does not have, made
            with other settings or a model: kept for a plan that has them.
          </p>
        )}
        <Tabs names={TABS} titles={titles} tab={tab} onTab={onTab} />
        <section id={`panel-${tab}`} role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel" tabIndex={-1}>
          {tab === "changes" && <Changes {...deciding.changes} />}
          {tab === "memory" && (
            <NewMemory engine={engine} dreamed={dreamed} others={props.inventory.others} choice={choice} />
          )}
          {tab === "pictures" && <Pictures engine={engine} dreamed={dreamed} choice={choice} />}
          {tab === "down" && <Down dreamed={dreamed} skipped={props.inventory.skipped} />}
          {tab === "settings" && (
            <Settings
              table={props.table}
              policy={props.policy}
              onPolicy={props.onPolicy}
              isStale={props.isStale}
              step={props.step}
              dreamed={dreamed}
            />
          )}
        </section>
        <Decided choice={choice} undecided={undecided} answers={answers} onAnswers={onAnswers}>
          <button type="button" class="primary" onClick={() => onTab("memory")} disabled={tab === "memory"}>
            {choice.accept.length === 0 ? "New memory" : `Save ${count(choice.accept.length, "change")}`}
          </button>
        </Decided>
        {shown !== undefined && <PassageSheet engine={engine} evidence={shown} onClose={() => setShown(undefined)} />}
      </main>
    </Places.Provider>
  );
}
