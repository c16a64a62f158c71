// Files that were left alone.

import type { JSX } from "preact";

import type { Skipped } from "../protocol.js";
import { clean, count } from "../words.js";

/** Whether a file is left unread because no reader knows its form. */
export function isUnread({ looksLike }: Skipped): boolean {
  return looksLike !== undefined;
}

/** How many files are left unread because no reader knows their form, and what they look like; empty when none is. */
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

/** The files that are left unread, in one line. */
export function Unread({ skipped }: { skipped: Skipped[] }): JSX.Element | null {
  const said = unread(skipped);
  return said === "" ? null : <p class="note unread">{said}</p>;
}

/** Files that are named; of more only how many. */
const NAMED = 50;

/** All files that were left, to be opened: first those that are left unread, then those left for another reason. */
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
