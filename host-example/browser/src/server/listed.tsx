// A list that comes in pages: its trouble, what it says when it is empty, a field to find something, and buttons for more.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

import { clean, count } from "../words.js";
import type { Paged } from "./asking.js";
import { Trouble } from "./parts.js";

/** Items that are looked through without a field. Chosen by us: about a screen. */
const FEW = 10;

interface Props<T> {
  list: Paged<T>;
  empty: ComponentChildren;
  /** What is listed, and what of an item is searched, if something can be sought. */
  find?: { what: string; in: (item: T) => string };
  children: (items: T[]) => ComponentChildren;
}

export function Listed<T>({ list, empty, find, children }: Props<T>): JSX.Element {
  const { items, hasMore, isBusy, trouble, more, all } = list;
  const [sought, setSought] = useState("");
  const isSought = find !== undefined && sought.trim() !== "";
  const has = (item: T): boolean => find?.in(item).toLowerCase().includes(sought.trim().toLowerCase()) ?? true;
  const found = isSought ? items?.filter(has) : items;
  return (
    <>
      <Trouble said={trouble} />
      {items === undefined && trouble === "" && <p class="soft">Loading…</p>}
      {find !== undefined && items !== undefined && (hasMore || items.length > FEW) && (
        <p class="find">
          <label>
            Find{" "}
            <input
              value={sought}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => setSought(currentTarget.value)}
              // Around it there may be a form, which is not to be sent by this.
              onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
            />
          </label>{" "}
          <span class="soft" role="status">
            {isSought ? `${found?.length} of ${count(items.length, find.what)}` : `among ${count(items.length, find.what)}`}
            {hasMore && "; more are not loaded yet"}
          </span>
        </p>
      )}
      {found !== undefined &&
        (items?.length === 0 && !hasMore ? (
          empty
        ) : isSought && found.length === 0 ? (
          <p class="soft">None of those that are loaded has “{clean(sought.trim())}”.</p>
        ) : (
          children(found)
        ))}
      {hasMore && (
        <p class="buttons">
          <button type="button" disabled={isBusy} onClick={more}>
            Show more
          </button>
          <button type="button" class="quiet" disabled={isBusy} onClick={all}>
            Load all
          </button>
        </p>
      )}
    </>
  );
}
