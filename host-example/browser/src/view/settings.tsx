// The settings that matter most. Changing one makes the plan again at once.

import type { SettingValue } from "dreaming";
import type { JSX } from "preact";

import type { Dreamed, Step } from "../protocol.js";
import { count } from "../words.js";
import type { Table } from "./app.js";
import { Bar } from "./working.js";

interface Props {
  table: Table;
  policy: Record<string, SettingValue>;
  onPolicy: (policy: Record<string, SettingValue>) => void;
  isStale: boolean;
  step: Step | undefined;
  dreamed: Dreamed;
}

/** The settings that are shown, in a person's words. All others are in docs/policy.md. */
const SHOWN: readonly (readonly [name: string, label: string])[] = [
  ["gate.auto-near", "Merge near duplicates without asking"],
  ["gate.auto-newer", "Let newer values replace older ones without asking"],
  ["gate.auto-words", "Take in words of transcripts without asking"],
  ["mine.recurring-sessions", "Sessions in which something has to come up"],
  ["prune.stale-days", "Days after which what was seen once is stale"],
  ["prune.max-tokens", "Tokens that the memory may have; 0: any"],
  ["dream.max-sessions", "Sessions that one dream reads"],
  ["steer.focus", "Words to look at first"],
  ["steer.ignore", "Words to turn down"],
  ["charter.statements", "Statements that no dream may touch"],
];

export function Settings({ table, policy, onPolicy, isStale, step, dreamed }: Props): JSX.Element {
  const preset = String(policy["preset"] ?? "careful");
  const base = table.presets.find(({ name }) => name === preset)?.settings ?? {};
  const put = (name: string, value: SettingValue | undefined): void => {
    const { [name]: _, ...rest } = policy;
    onPolicy(value === undefined ? rest : { ...rest, [name]: value });
  };
  return (
    <div class="settings">
      <p class="soft">
        Every change plans again at once. Now: {count(dreamed.plan.changes.length, "change")}, planned in{" "}
        {dreamed.took < 1000 ? `${Math.round(dreamed.took)} ms` : `${(dreamed.took / 1000).toFixed(1)} s`}.
      </p>
      {isStale && <Bar step={step} />}
      <fieldset class="presets">
        <legend>For whom</legend>
        {table.presets.map(({ name, about }) => (
          <label key={name}>
            <input
              type="radio"
              name="preset"
              checked={name === preset}
              onChange={() => onPolicy(name === "careful" ? {} : { preset: name })}
            />
            <span>
              <b>{name}</b> <span class="soft">{about}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>One by one</legend>
        {SHOWN.map(([name, label]) => {
          const known = table.settings.find((setting) => setting.name === name);
          if (known === undefined) return null;
          const standard = base[name] ?? (JSON.parse(known.default) as SettingValue);
          return (
            <Setting
              key={name}
              name={name}
              label={label}
              reason={known.reason}
              value={policy[name] ?? standard}
              onValue={(value) => put(name, same(value, standard) ? undefined : value)}
            />
          );
        })}
      </fieldset>
    </div>
  );
}

function same(a: SettingValue, b: SettingValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface SettingProps {
  name: string;
  label: string;
  reason: string;
  value: SettingValue;
  onValue: (value: SettingValue) => void;
}

function Setting({ name, label, reason, value, onValue }: SettingProps): JSX.Element {
  const id = `setting-${name.replace(".", "-")}`;
  return (
    <div class="setting">
      <label for={id}>
        {label} <code>{name}</code>
      </label>
      <Field id={id} value={value} onValue={onValue} />
      <p id={`${id}-why`} class="soft">
        {reason.replace(/^chosen by us: /, "")}
      </p>
    </div>
  );
}

function Field({
  id,
  value,
  onValue,
}: {
  id: string;
  value: SettingValue;
  onValue: (value: SettingValue) => void;
}): JSX.Element {
  const about = { id, "aria-describedby": `${id}-why` };
  if (typeof value === "boolean") {
    return (
      <input
        type="checkbox"
        {...about}
        checked={value}
        onChange={({ currentTarget }) => onValue(currentTarget.checked)}
      />
    );
  }
  if (typeof value === "number") {
    return (
      <input
        type="number"
        min="0"
        {...about}
        value={value}
        onChange={({ currentTarget }) =>
          Number.isInteger(currentTarget.valueAsNumber) && onValue(currentTarget.valueAsNumber)
        }
      />
    );
  }
  const texts = typeof value === "string" ? [value] : value;
  return (
    <textarea
      rows={2}
      placeholder="one on each line"
      {...about}
      value={texts.join("\n")}
      onChange={({ currentTarget }) =>
        onValue(
          currentTarget.value
            .split("\n")
            .map((line) => line.trim())
            .filter((line) => line !== ""),
        )
      }
    />
  );
}
