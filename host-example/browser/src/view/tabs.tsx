// Views of a plan, one at a time.

import type { JSX } from "preact";

/** The tabs of `names`, each with its title. */
export function Tabs<Name extends string>({
  names,
  titles,
  tab,
  onTab,
  of = "plan",
}: {
  names: readonly Name[];
  titles: Record<Name, string>;
  tab: Name;
  onTab: (tab: Name) => void;
  /** What is viewed. */
  of?: "plan" | "store";
}): JSX.Element {
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = names[(names.indexOf(tab) + step + names.length) % names.length] as Name;
    onTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={`The ${of}`} onKeyDown={move}>
      {names.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          aria-selected={name === tab}
          aria-controls={name === tab ? `panel-${name}` : undefined}
          tabIndex={name === tab ? 0 : -1}
          onClick={() => onTab(name)}
        >
          {titles[name]}
        </button>
      ))}
    </div>
  );
}
