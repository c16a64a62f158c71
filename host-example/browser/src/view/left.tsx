// Files that were left alone.

import type { JSX } from "preact";

import type { Skipped } from "../protocol.js";
import { clean, count } from "../words.js";

/** Whether a file was left out because its format is unknown. */
export function isUnread({ looksLike }: Skipped): boolean {
  return looksLike !== undefined;
}

/**
 * How many files were left out because their format is unknown, and what they look like; empty for
 * none.
 */
function unread(skipped: Skipped[]): string {
  const numbers = new Map<string, number>();
  for (const { looksLike } of skipped) {
    if (looksLike !== undefined) numbers.set(looksLike, (numbers.get(looksLike) ?? 0) + 1);
  }
  if (numbers.size === 0) return "";
  const named = [...numbers].map(([name, number]) =>
    name === "" ? `${number} of no known form` : `${number} ${number === 1 ? "looks" : "look"} like ${name}`,
  );
  return `${count(skipped.filter(isUnread).length, "file")} left unread: ${named.join(", ")}.`;
}

/** The files of unknown formats, in one line. */
export function Unread({ skipped }: { skipped: Skipped[] }): JSX.Element | null {
  const said = unread(skipped);
  return said === "" ? null : <p class="note unread">{said}</p>;
}

/** Files that are named; the rest is only counted. */
const NAMED = 50;

/**
 * All files that were left out, in a section to open: first those of unknown formats, then the
 * others.
 */
export function Left({ skipped }: { skipped: Skipped[] }): JSX.Element | null {
  if (skipped.length === 0) return null;
  const said = unread(skipped);
  const others = skipped.filter((file) => !isUnread(file));
  const files = [...skipped.filter(isUnread), ...others];
  return (
    <details class="left">
      <summary>
        {said !== "" && <span class="unread">{said}</span>}
        {said !== "" && others.length > 0 && " "}
        {others.length > 0 && `${count(others.length, "file")} left alone`}
      </summary>
      <ul>
        {files.slice(0, NAMED).map(({ path, reason }) => (
          <li key={path}>
            <code>{clean(path)}</code>: {reason}
          </li>
        ))}
        {files.length > NAMED && <li>and {files.length - NAMED} more</li>}
      </ul>
    </details>
  );
}
