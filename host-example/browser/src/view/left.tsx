// Files that were left alone.

import type { JSX } from "preact";

import type { Skipped } from "../protocol.js";
import { clean, count } from "../words.js";

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
