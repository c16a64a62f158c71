// What a dream is told and may take, for one that begins now and for those of a schedule.

import type { JSX } from "preact";

import type { Budget } from "./wire.js";

/** The fields as they are typed. */
export interface Terms {
  model: string;
  instructions: string;
  isBatch: boolean;
  tokens: string;
  dollars: string;
}

export const PLAIN: Terms = { model: "x_none", instructions: "", isBatch: false, tokens: "", dollars: "" };

/** The terms that somebody set before. */
export function termsOf(set: {
  model: string;
  instructions: string | null;
  x_batch: boolean;
  x_budget: Budget | null;
}): Terms {
  const number = (value: number | null | undefined): string => (value === null || value === undefined ? "" : String(value));
  return {
    model: set.model,
    instructions: set.instructions ?? "",
    isBatch: set.x_batch,
    tokens: number(set.x_budget?.tokens),
    dollars: number(set.x_budget?.dollars),
  };
}

/** The fields of a body. What is left empty is not sent, and what is no number goes as it is, so that the server says so. */
export function bodyOf({ model, instructions, isBatch, tokens, dollars }: Terms): Record<string, unknown> {
  const number = (text: string): unknown => (text.trim() === "" ? undefined : Number.isNaN(Number(text)) ? text : Number(text));
  const budget = { tokens: number(tokens), dollars: number(dollars) };
  const hasBudget = budget.tokens !== undefined || budget.dollars !== undefined;
  return {
    model: model.trim(),
    ...(instructions.trim() === "" ? {} : { instructions }),
    ...(isBatch ? { x_batch: true } : {}),
    ...(hasBudget ? { x_budget: budget } : {}),
  };
}

export function TermsFields({ terms, onTerms }: { terms: Terms; onTerms: (terms: Terms) => void }): JSX.Element {
  const put = (change: Partial<Terms>): void => onTerms({ ...terms, ...change });
  return (
    <>
      <div class="fields">
        <label>
          Model <small>x_none asks none; claude-…, anthropic:NAME, openai:NAME</small>
          <input
            value={terms.model}
            required
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => put({ model: currentTarget.value })}
          />
        </label>
        <label>
          At most tokens <small>empty: no limit</small>
          <input
            value={terms.tokens}
            inputMode="numeric"
            autocomplete="off"
            onInput={({ currentTarget }) => put({ tokens: currentTarget.value })}
          />
        </label>
        <label>
          At most dollars <small>empty: no limit</small>
          <input
            value={terms.dollars}
            inputMode="decimal"
            autocomplete="off"
            onInput={({ currentTarget }) => put({ dollars: currentTarget.value })}
          />
        </label>
      </div>
      <p>
        <label>
          <input
            type="checkbox"
            checked={terms.isBatch}
            onChange={({ currentTarget }) => put({ isBatch: currentTarget.checked })}
          />{" "}
          in batches <small>half the price, within a day; takes a model</small>
        </label>
      </p>
      <label class="wide">
        What to look for <small>may be empty</small>
        <textarea rows={2} value={terms.instructions} onInput={({ currentTarget }) => put({ instructions: currentTarget.value })} />
      </label>
    </>
  );
}
