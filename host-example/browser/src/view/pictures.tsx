// The store before and after, and the sessions over time. Every picture is a table, or has one.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { everything } from "../answers.js";
import type { Choice, Dreamed, Figures, Split } from "../protocol.js";
import { TIER, TRUST, count } from "../words.js";
import type { Engine } from "../worker.js";

interface Props {
  engine: Engine;
  dreamed: Dreamed;
  choice: Choice;
}

export function Pictures({ engine, dreamed, choice }: Props): JSX.Element {
  const hasAccepted = choice.accept.length > 0;
  const shown = useMemo(
    () => (hasAccepted ? choice : everything(choice, dreamed.plan.changes)),
    [choice, dreamed, hasAccepted],
  );
  const [figures, setFigures] = useState<Figures>();
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    let isWanted = true;
    engine.ask("figures", shown).then(
      (result) => isWanted && setFigures(result),
      (error: unknown) => isWanted && setTrouble(error instanceof Error ? error.message : String(error)),
    );
    return () => void (isWanted = false);
  }, [engine, shown]);
  if (trouble !== "") return <p class="trouble">{trouble}</p>;
  if (figures === undefined) return <p class="soft">Counting…</p>;
  const { periods, tools } = figures;
  return (
    <div class="pictures">
      <p class="soft">
        “After” is the memory with {hasAccepted ? "what you accepted" : "everything that could be accepted"}.
      </p>
      <div class="charts">
        <Bars title="Who vouches for the statements" splits={figures.trust} names={TRUST} />
        <Bars title="How established they are" splits={figures.tier} names={TIER} />
        <Bars title="How old their newest source is" splits={figures.age} names={AGES} />
        {tools.length > 0 && <Failures tools={tools} />}
      </div>
      {periods.length > 0 && (
        <div class="charts wide">
          <Columns
            title={`How sessions went, by ${figures.unit}`}
            unit={figures.unit}
            columns={periods.map(({ start, good, bad, unknown }) => ({ start, values: [good, bad, unknown] }))}
            names={["well", "badly", "nothing tells"]}
            classes={["good", "bad", "unknown"]}
          />
          <Columns
            title={`Calls of tools that failed, by ${figures.unit}`}
            unit={figures.unit}
            columns={periods.map(({ start, calls, failed }) => ({ start, values: [failed], of: calls }))}
            names={["failed"]}
            classes={["bad"]}
          />
        </div>
      )}
    </div>
  );
}

const AGES: Readonly<Record<string, string>> = {
  "a week": "under a week",
  "a month": "under a month",
  "three months": "under three months",
  "a year": "under a year",
  older: "older",
};

/** A table of bars, before over after. */
function Bars({
  title,
  splits,
  names,
}: {
  title: string;
  splits: Split[];
  names: Readonly<Record<string, string>>;
}): JSX.Element {
  const some = splits.filter(({ before, after }) => before > 0 || after > 0);
  const most = Math.max(1, ...some.flatMap(({ before, after }) => [before, after]));
  const scale = (number: number): number => (100 * number) / most;
  return (
    <table class="chart bars">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col" class="hidden">
            what
          </th>
          <td />
          <th scope="col">before</th>
          <th scope="col">after</th>
        </tr>
      </thead>
      <tbody>
        {some.map(({ name, before, after }) => (
          <tr key={name}>
            <th scope="row">{names[name] ?? name}</th>
            <td>
              <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
                <rect class="before" y="1" width={scale(before)} height="5" />
                <rect class="after" y="8" width={scale(after)} height="5" />
              </svg>
            </td>
            <td class="number">{before}</td>
            <td class="number strong">{after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A table of tools with their failures. */
function Failures({ tools }: { tools: Figures["tools"] }): JSX.Element {
  const most = Math.max(1, ...tools.map(({ calls }) => calls));
  return (
    <table class="chart bars">
      <caption>Where calls fail</caption>
      <thead>
        <tr>
          <th scope="col" class="hidden">
            tool
          </th>
          <td />
          <th scope="col">failed</th>
          <th scope="col">of</th>
        </tr>
      </thead>
      <tbody>
        {tools.map(({ tool, calls, failed }) => (
          <tr key={tool}>
            <th scope="row">{tool}</th>
            <td>
              <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
                <rect class="rail" y="4" width={(100 * calls) / most} height="6" />
                <rect class="bad" y="4" width={(100 * failed) / most} height="6" />
              </svg>
            </td>
            <td class="number strong">{failed}</td>
            <td class="number">{calls}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface Column {
  start: number;
  values: number[];
  /** The total that the number is a part of. */
  of?: number;
}

interface ColumnsProps {
  title: string;
  unit: string;
  columns: Column[];
  names: string[];
  classes: string[];
}

/** Height of the drawing, in its own units. */
const HEIGHT = 70;
/** Widest column, in the same units. */
const WIDEST = 34;

/** Stacked columns over time, with a table of the same numbers. */
function Columns({ title, unit, columns, names, classes }: ColumnsProps): JSX.Element {
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  const most = Math.max(1, ...columns.map(({ values }) => sum(values)));
  const width = 400;
  const pitch = width / columns.length;
  const thick = Math.min(WIDEST, pitch * 0.7);
  const first = columns[0]?.start ?? 0;
  const last = columns.at(-1)?.start ?? 0;
  const told = names.map((name, at) => `${sum(columns.map(({ values }) => values[at] ?? 0))} ${name}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <svg
        class="columns"
        viewBox={`0 0 ${width} ${HEIGHT + 2}`}
        role="img"
        aria-label={`${title}: ${told}, ${day(first)} to ${day(last)}. The table below has the numbers.`}
      >
        <line class="axis" x1="0" x2={width} y1={HEIGHT + 1} y2={HEIGHT + 1} />
        {columns.map(({ start, values }, at) => {
          let y = HEIGHT;
          return values.map((value, part) => {
            const height = (HEIGHT * value) / most;
            y -= height;
            if (value === 0) return null;
            return (
              <rect
                key={`${start} ${part}`}
                class={classes[part]}
                x={at * pitch + (pitch - thick) / 2}
                width={thick}
                y={y}
                height={Math.max(height - 1, 1)}
                rx="1.5"
              >
                <title>{`${day(start)}: ${value} ${names[part]}`}</title>
              </rect>
            );
          });
        })}
      </svg>
      <p class="ends soft" aria-hidden="true">
        <span>{day(first)}</span>
        <span>most: {most}</span>
        <span>{day(last)}</span>
      </p>
      {names.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {names.map((name, at) => (
            <li key={name}>
              <svg viewBox="0 0 8 8">
                <rect class={classes[at]} width="8" height="8" rx="1.5" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>{count(columns.length, unit)} as a table</summary>
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">{unit} from</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              {columns[0]?.of !== undefined && <th scope="col">of</th>}
            </tr>
          </thead>
          <tbody>
            {columns.map(({ start, values, of }) => (
              <tr key={start}>
                <th scope="row">{day(start)}</th>
                {values.map((value, at) => (
                  <td key={at} class="number">
                    {value}
                  </td>
                ))}
                {of !== undefined && <td class="number">{of}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
