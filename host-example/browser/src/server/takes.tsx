// What a dream with a model would take, before it begins.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { count } from "../words.js";
import { useDesk, useDoing } from "./asking.js";
import { Done } from "./parts.js";
import type { Estimate } from "./wire.js";

interface Props {
  /** The dream, as it would be asked for. */
  body: unknown;
  /** Whether there is something to read. */
  isReady: boolean;
}

export function Takes({ body, isReady }: Props): JSX.Element {
  const { api } = useDesk();
  const [told, setTold] = useState({ of: "", said: [] as string[] });
  const doing = useDoing();
  const asked = JSON.stringify(body);
  const ask = (): void =>
    doing.run(async () => {
      setTold({ of: asked, said: takes(await api.ask<Estimate>("POST", "v1/x/dreams/estimate", body)) });
      return "";
    });
  return (
    <div class="takes">
      <p class="buttons">
        <button type="button" disabled={!isReady || doing.isBusy} onClick={ask}>
          {doing.isBusy ? "The server reads the sessions…" : "What would it take?"}
        </button>
        <span class="soft">asks no model, and keeps nothing</span>
      </p>
      <Done doing={doing} />
      {/* Of another dream than the one that is chosen now it would be wrong. */}
      {told.of === asked && (
        <ul class="note" role="status">
          {told.said.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** An estimate, in sentences. */
function takes({ sessions, calls, tokens, cost_dollars, most_cost_dollars, batched }: Estimate): string[] {
  const over = calls.over_budget;
  return [
    `${count(sessions, "session")}, ${count(calls.to_make, "call")}${calls.recorded === 0 ? "" : `; ${count(calls.recorded, "call")} more ${calls.recorded === 1 ? "is" : "are"} answered already`}.`,
    `About ${count(tokens.input, "token")} read and ${tokens.output.toLocaleString("en")} written; ${tokens.most_output.toLocaleString("en")} written at most.`,
    cost_dollars === null || most_cost_dollars === null
      ? "The price of this model is not known."
      : `About ${dollars(cost_dollars)}, at most ${dollars(most_cost_dollars)}.`,
    ...(batched === null || batched.cost_dollars === null || batched.most_cost_dollars === null
      ? []
      : [`In batches about ${dollars(batched.cost_dollars)}, at most ${dollars(batched.most_cost_dollars)}.`]),
    ...(over === 0 ? [] : [`${count(over, "call")} ${over === 1 ? "is" : "are"} beyond what one dream may take, and left for a later one.`]),
  ];
}

function dollars(dollars: number): string {
  return `${dollars.toFixed(dollars < 0.1 ? 4 : 2)} dollars`;
}
