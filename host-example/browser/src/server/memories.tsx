// The memories of a store, each to be opened.

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { clean, size } from "../words.js";
import { useDesk, useLoaded, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { Trouble, When } from "./parts.js";
import type { Memory, Store } from "./wire.js";

export function Memories({ store }: { store: Store }): JSX.Element {
  const list = usePaged<Memory>(`v1/memory_stores/${store.id}/memories?limit=50`);
  return (
    <Listed
      list={list}
      find={{ what: "path", in: ({ path }) => path }}
      empty={
        <p class="note">
          The store is empty. Agents write memories into it, and dreams over sessions do; a program, too:
          <code class="line">client.beta.memory_stores.memories.create("{clean(store.id)}", path="/notes.md", content="…")</code>
        </p>
      }
    >
      {(memories) => (
        <ul class="list">
          {memories.map((memory) => (
            <Shown key={memory.id} store={store.id} memory={memory} />
          ))}
        </ul>
      )}
    </Listed>
  );
}

function Shown({ store, memory }: { store: string; memory: Memory }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li class="card">
      <p class="head">
        <button type="button" class="link" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          <code>{clean(memory.path)}</code>
        </button>
        <span class="grow" />
        <span class="soft">
          {size(memory.content_size_bytes)}, <When at={memory.updated_at} />
        </span>
      </p>
      {isOpen && <Content store={store} memory={memory} />}
    </li>
  );
}

function Content({ store, memory }: { store: string; memory: Memory }): JSX.Element {
  const { api } = useDesk();
  const { value, trouble } = useLoaded(
    (signal) => api.ask<Memory>("GET", `v1/memory_stores/${store}/memories/${memory.id}`, undefined, signal),
    [memory.id],
  );
  if (value === undefined) return trouble === "" ? <p class="soft">Loading…</p> : <Trouble said={trouble} />;
  if (value.content === "") return <p class="soft">It is empty.</p>;
  return (
    <pre class="content" tabIndex={0} aria-label={`Text of ${clean(memory.path)}`}>
      {clean(value.content ?? "")}
    </pre>
  );
}
