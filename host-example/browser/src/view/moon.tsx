import type { JSX } from "preact";

/** The sign of the project. */
export function Moon(): JSX.Element {
  return (
    <svg class="moon" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <circle cx="16" cy="16" r="16" class="sky" />
      <path d="M21.5 20.6A8.6 8.6 0 0 1 12.3 8.4a8.6 8.6 0 1 0 11.3 11.5c-.7.3-1.4.5-2.1.7Z" class="sickle" />
    </svg>
  );
}
