// Small parts that all views of the server's page use.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { clean, rights, time } from "../words.js";
import { type Doing, may, useDesk, useName } from "./asking.js";
import { address } from "./place.js";
import type { Right } from "./wire.js";

/** The title of a view, which is read first when the view opens. */
export function Title({ children, page }: { children: ComponentChildren; page: string }): JSX.Element {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${page} – Dreaming`;
  }, [page]);
  // Before painting: later it would take the focus from where somebody types already.
  useLayoutEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={title} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** Why something was not done, in the words of the server. */
export function Trouble({ said }: { said: string }): JSX.Element | null {
  if (said === "") return null;
  return (
    <p class="trouble" role="alert">
      {clean(said)}
    </p>
  );
}

/** What came of something that a person had done. It comes into view, wherever the person is. */
export function Done({ doing: { done, trouble } }: { doing: Doing }): JSX.Element {
  const room = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (done !== "" || trouble !== "") room.current?.scrollIntoView({ block: "nearest" });
  }, [done, trouble]);
  return (
    <div ref={room}>
      <Trouble said={trouble} />
      <p role="status" class={done === "" ? "" : "safe"}>
        {clean(done)}
      </p>
    </div>
  );
}

/** A time of the API, to the minute. */
export function When({ at }: { at: string }): JSX.Element {
  return <time dateTime={at}>{moment(at)}</time>;
}

export function moment(at: string): string {
  const milliseconds = Date.parse(at);
  return Number.isNaN(milliseconds) ? clean(at) : time(milliseconds);
}

/** A store by its name. */
export function StoreLink({ id }: { id: string }): JSX.Element {
  const name = useName(id);
  return <a href={address({ at: "store", id, view: "memories" })}>{clean(name)}</a>;
}

/** Whether the key may do something; if not, it says so in place of what it would be. */
export function Allowed({ to, what, children }: { to: Right; what: string; children: ComponentChildren }): JSX.Element {
  const { key } = useDesk();
  if (may(key, to)) return <>{children}</>;
  return (
    <p class="note">
      This key {rights(key)}; to {what} takes one that may <code>{to}</code> (
      <code>dreaming-server new-key --may {to}</code>).
    </p>
  );
}

/** A button that does what it says at the second click. */
export function Sure({
  label,
  sure,
  isBusy,
  onSure,
  children,
  below,
}: {
  label: string;
  sure: string;
  isBusy: boolean;
  onSure: () => void;
  /** What is asked for besides. */
  children?: ComponentChildren;
  /** What a person should see before the second click. */
  below?: ComponentChildren;
}): JSX.Element {
  const [isAsked, setIsAsked] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const second = useRef<HTMLButtonElement>(null);
  const wasAsked = useRef(false);
  // Before painting, so that the next key finds the focus where it belongs.
  useLayoutEffect(() => {
    if (isAsked) second.current?.focus();
    else if (wasAsked.current) first.current?.focus();
    wasAsked.current = isAsked;
  }, [isAsked]);
  if (!isAsked) {
    return (
      <button ref={first} type="button" class="quiet" disabled={isBusy} onClick={() => setIsAsked(true)}>
        {label}
      </button>
    );
  }
  return (
    <span class="sure" onKeyDown={({ key }) => key === "Escape" && setIsAsked(false)}>
      {children}
      <button
        ref={second}
        type="button"
        class="reject"
        aria-pressed="true"
        disabled={isBusy}
        onClick={() => (setIsAsked(false), onSure())}
      >
        {sure}
      </button>
      <button type="button" class="quiet" onClick={() => setIsAsked(false)}>
        Leave it
      </button>
      {below}
    </span>
  );
}
