// A model of the person's own. The key stays in the memory of this tab.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { ModelChoice } from "../protocol.js";

const NAMES = { anthropic: "claude-haiku-4-5", openai: "gpt-5-mini" } as const;

/** Calls of one dream unless somebody says otherwise. Chosen by us: a first look costs cents. */
const CALLS = 20;

export function ModelForm({
  choice: filled,
  onChoice,
}: {
  choice: ModelChoice | null;
  onChoice: (choice: ModelChoice | null) => void;
}): JSX.Element {
  const [service, setService] = useState(filled?.service ?? "anthropic");
  const [model, setModel] = useState<string>(filled?.model ?? NAMES.anthropic);
  const [url, setUrl] = useState(filled?.url ?? "");
  const [key, setKey] = useState(filled?.key ?? "");
  const [maxCalls, setMaxCalls] = useState(filled?.maxCalls ?? CALLS);
  const tell = (next: Partial<ModelChoice>): void => {
    const choice = { service, model, url, key, maxCalls, ...next };
    const isWhole = choice.model !== "" && choice.maxCalls > 0 && (choice.key !== "" || choice.url !== "");
    onChoice(isWhole ? choice : null);
  };
  return (
    <section class="model" aria-labelledby="model-title">
      <h2 id="model-title">Your model</h2>
      <p class="warning">
        <b>This page sends parts of your transcripts and memories to the service that you name</b>, and your key with
        them. Secrets that are known by their form are cut out before; others are not. The key stays in the memory of
        this tab and is gone when you close it. Whoever can change this page or run an extension in this browser can
        read it: use a key of its own with a low limit, or a server of yours that adds the key.
      </p>
      <form class="fields" onSubmit={(event) => event.preventDefault()}>
        <label>
          Service
          <select
            value={service}
            onChange={({ currentTarget }) => {
              const next = currentTarget.value as "anthropic" | "openai";
              setService(next);
              setModel(NAMES[next]);
              tell({ service: next, model: NAMES[next] });
            }}
          >
            <option value="anthropic">Anthropic</option>
            <option value="openai">
              OpenAI, or a server that speaks its chat completions (Ollama, llama.cpp, vLLM)
            </option>
          </select>
        </label>
        <label>
          Model
          <input
            value={model}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget: { value } }) => (setModel(value), tell({ model: value }))}
          />
        </label>
        <label>
          Endpoint <small>empty: that of the service</small>
          <input
            value={url}
            type="url"
            autocomplete="off"
            spellcheck={false}
            placeholder="http://localhost:11434/v1"
            onInput={({ currentTarget: { value } }) => (setUrl(value), tell({ url: value }))}
          />
        </label>
        <label>
          Key <small>none for a server of yours</small>
          <input
            value={key}
            type="password"
            autocomplete="new-password"
            spellcheck={false}
            onInput={({ currentTarget: { value } }) => (setKey(value), tell({ key: value }))}
          />
        </label>
        <label>
          At most calls
          <input
            value={maxCalls}
            type="number"
            min="1"
            max="1000"
            onInput={({ currentTarget: { value } }) => (
              setMaxCalls(Number(value)),
              tell({ maxCalls: Math.trunc(Number(value)) })
            )}
          />
        </label>
      </form>
      <p class="soft">
        A model only proposes: what it says needs quotes that stand in the session word for word, and waits for you. A
        service that refuses calls from pages needs a server of yours in between: give its address as the endpoint.
      </p>
    </section>
  );
}
