// Files that were left alone.

import type { JSX } from "preact";

import type { Skipped } from "../protocol.js";
import { clean, count } from "../words.js";

/** How many files are left unread because no reader knows their form, and what they look like. */
export function Unread({ skipped }: { skipped: Skipped[] }): JSX.Element | null {
  const numbers = new Map<string, number>();
  for (const { looksLike } of skipped) {
    if (looksLike !== undefined) numbers.set(looksLike, (numbers.get(looksLike) ?? 0) + 1);
  }
  if (numbers.size === 0) return null;
  const all = [...numbers.values()].reduce((sum, number) => sum + number, 0);
  const named = [...numbers].map(([name, number]) =>
    name === "" ? `${number} of no known form` : `${number} ${number === 1 ? "looks" : "look"} like ${name}`,
  );
  return (
    <p class="note unread">
      {count(all, "file")} left unread: {named.join(", ")}.
    </p>
  );
}

/** Files that are named; of more only how many. */
const NAMED = 50;

export function Left({ skipped }: { skipped: Skipped[] }): JSX.Element | null {
  if (skipped.length === 0) return null;
  return (
    <details class="left">
      <summary>{count(skipped.length, "file")} left alone</summary>
      <ul>
        {skipped.slice(0, NAMED).map(({ path, reason }) => (
          <li key={path}>
            <code>{clean(path)}</code>: {reason}
          </li>
        ))}
        {skipped.length > NAMED && <li>and {skipped.length - NAMED} more</li>}
      </ul>
    </details>
  );
}
