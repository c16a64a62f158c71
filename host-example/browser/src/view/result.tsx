// A plan: what it would do, and what a person says to it.

import type { PinnedEvidence, SettingValue } from "dreaming";
import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Answers, isEditable, say, toChoice, undo } from "../answers.js";
import { TABS, type Tab } from "../link.js";
import type { Dreamed, Inventory, Step } from "../protocol.js";
import type { Engine } from "../worker.js";
import { TILES, byCause, count } from "../words.js";
import type { Table } from "./app.js";
import { Changes } from "./changes.js";
import { Down } from "./down.js";
import { NewMemory } from "./new-memory.js";
import { PassageSheet } from "./passage-sheet.js";
import { Pictures } from "./pictures.js";
import { Settings } from "./settings.js";
import { Summary } from "./summary.js";

interface Props {
  engine: Engine;
  dreamed: Dreamed;
  inventory: Inventory;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  policy: Record<string, SettingValue>;
  onPolicy: (policy: Record<string, SettingValue>) => void;
  isStale: boolean;
  step: Step | undefined;
  table: Table;
  tab: Tab;
  onTab: (tab: Tab) => void;
  at: string | undefined;
  onAt: (id: string | undefined) => void;
}

export function Result(props: Props): JSX.Element {
  const { engine, dreamed, answers, onAnswers, tab, onTab, at, onAt } = props;
  const { plan } = dreamed;
  const [filter, setFilter] = useState<string>();
  const [shown, setShown] = useState<PinnedEvidence>();
  const [editing, setEditing] = useState<string>();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [hasKeys, setHasKeys] = useState(true);
  const title = useRef<HTMLHeadingElement>(null);

  const tile = TILES.find(({ name }) => name === filter);
  const groups = useMemo(
    () =>
      byCause(plan.changes.filter((change) => tile?.has(change) ?? (filter === undefined || change.gate === filter))),
    [plan, filter],
  );
  const order = useMemo(() => groups.flatMap(({ changes }) => changes), [groups]);
  const choice = useMemo(() => toChoice(answers, plan.changes), [answers, plan]);
  const undecided = plan.changes.filter(({ id, gate }) => gate !== "blocked" && !answers.given.has(id)).length;

  useEffect(() => title.current?.focus({ preventScroll: true }), []);

  const toggle = useCallback((id: string) => {
    setOpen((open) => {
      const next = new Set(open);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);

  /** Says it of one change, and goes on to the next one that is open. */
  const decide = (id: string, tag: "accept" | "reject"): void => {
    const change = plan.changes.find((change) => change.id === id);
    if (change === undefined || change.gate === "blocked") return;
    const isSame = answers.given.get(id)?.tag === tag;
    onAnswers(say(answers, [id], isSame ? undefined : { tag }));
    if (isSame) return onAt(id);
    const place = order.findIndex((change) => change.id === id);
    const after = [...order.slice(place + 1), ...order.slice(0, place)];
    onAt(after.find((next) => next.gate !== "blocked" && !answers.given.has(next.id))?.id ?? id);
  };

  /** Says it of all changes of a cause that are open, as one step. */
  const decideGroup = (cause: string, tag: "accept" | "reject"): void => {
    const open = order.filter(
      (change) => change.cause === cause && change.gate !== "blocked" && !answers.given.has(change.id),
    );
    if (open.length > 0)
      onAnswers(
        say(
          answers,
          open.map(({ id }) => id),
          { tag },
        ),
      );
    const after = order.slice(order.findLastIndex((change) => change.cause === cause) + 1);
    onAt((after.find(({ id, gate }) => gate !== "blocked" && !answers.given.has(id)) ?? order.at(-1))?.id);
  };

  // Before the next event: a person types faster than a page is painted.
  useLayoutEffect(() => {
    if (!hasKeys) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      const isTyping = target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (key === "u") onAnswers(undo(answers));
      else if (tab === "changes" && order.length > 0) {
        const place = order.findIndex(({ id }) => id === at);
        const now = order[place];
        if (key === "j") onAt(order[Math.min(place + 1, order.length - 1)]?.id);
        else if (key === "k") onAt(order[Math.max(place - 1, 0)]?.id);
        else if (now === undefined) return;
        else if (key === "a") decide(now.id, "accept");
        else if (key === "r") decide(now.id, "reject");
        else if (key === "A" || key === "R") decideGroup(now.cause, key === "A" ? "accept" : "reject");
        else if (key === "e" && isEditable(now)) setEditing(now.id);
        else if (key === "o") toggle(now.id);
        else return;
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  const titles: Record<Tab, string> = {
    changes: `Changes (${plan.changes.length})`,
    memory: "New memory",
    pictures: "Pictures",
    down: `Turned down (${plan.rejected.length + plan.conflicts.length})`,
    settings: "Settings",
  };
  return (
    <main class="result">
      <Summary
        dreamed={dreamed}
        titleRef={title}
        filter={filter}
        onFilter={(name) => {
          setFilter(name === filter ? undefined : name);
          onTab("changes");
        }}
      />
      <Tabs titles={titles} tab={tab} onTab={onTab} />
      <section id={`panel-${tab}`} role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel" tabIndex={-1}>
        {tab === "changes" && (
          <Changes
            groups={groups}
            isFiltered={filter !== undefined}
            onAll={() => setFilter(undefined)}
            answers={answers}
            onAnswers={onAnswers}
            onDecide={decide}
            at={at}
            onAt={onAt}
            open={open}
            onToggle={toggle}
            editing={editing}
            onEditing={setEditing}
            onPlace={setShown}
            hasKeys={hasKeys}
            onKeys={setHasKeys}
          />
        )}
        {tab === "memory" && <NewMemory engine={engine} dreamed={dreamed} choice={choice} />}
        {tab === "pictures" && <Pictures engine={engine} dreamed={dreamed} choice={choice} />}
        {tab === "down" && <Down dreamed={dreamed} inventory={props.inventory} onPlace={setShown} />}
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
        <button type="button" class="primary" onClick={() => onTab("memory")} disabled={tab === "memory"}>
          {choice.accept.length === 0 ? "New memory" : `Save ${count(choice.accept.length, "change")}`}
        </button>
      </footer>
      {shown !== undefined && <PassageSheet engine={engine} evidence={shown} onClose={() => setShown(undefined)} />}
    </main>
  );
}

function Tabs({
  titles,
  tab,
  onTab,
}: {
  titles: Record<Tab, string>;
  tab: Tab;
  onTab: (tab: Tab) => void;
}): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] as Tab;
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="The plan" onKeyDown={move}>
      {TABS.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === tab}
          aria-controls={name === tab ? `panel-${name}` : undefined}
          tabIndex={name === tab ? 0 : -1}
          onClick={() => onTab(name)}
        >
          {titles[name]}
        </button>
      ))}
    </div>
  );
}
