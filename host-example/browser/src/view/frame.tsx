// The page that the command writes, around what it shows.

import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";

import { clean } from "../words.js";
import { Moon } from "./moon.js";

interface Props {
  /** What the page shows; the title of the window begins with a capital letter. */
  title: string;
  children: ComponentChildren;
}

export function Frame({ title, children }: Props): JSX.Element {
  const shown = clean(title);
  useEffect(() => {
    document.title = `${shown.slice(0, 1).toUpperCase()}${shown.slice(1)}`;
  }, [shown]);
  return (
    <>
      <header class="top">
        <span class="brand">
          <Moon />
          <span>
            <b>Dreaming</b> {shown}
          </span>
        </span>
        <span class="tagline">this page loads and sends nothing</span>
      </header>
      {children}
    </>
  );
}
