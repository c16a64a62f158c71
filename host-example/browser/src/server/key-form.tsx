// The page before there is a key.

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { isKey } from "./api.js";
import { Title, Trouble } from "./parts.js";

export function KeyForm({ why, onKey }: { why: string; onKey: (key: string) => void }): JSX.Element {
  // Not a state of the page: the key stands in the field alone until it is taken.
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState("");
  const take = (): void => {
    const key = field.current?.value.trim() ?? "";
    if (isKey(key)) return onKey(key);
    setWrong("That is no key: a key is one word of letters, digits and signs, as `dreaming-server new-key` prints it.");
  };
  return (
    <main class="start">
      <Title page="Key">What agents remember, and what becomes of it</Title>
      <p class="lead">
        This server keeps memory stores, and dreams over them. Here you see its stores and dreams, decide what dreams
        left open, and go back to what was.
      </p>
      <Trouble said={wrong === "" ? why : wrong} />
      <form class="key-form" onSubmit={(event) => (event.preventDefault(), take())}>
        <label>
          Key <small>of the workspace that you want to see</small>
          <input ref={field} type="password" autocomplete="off" spellcheck={false} required />
        </label>
        <button type="submit" class="primary">
          Open
        </button>
      </form>
      <p>Whoever runs the server makes one, which is shown once:</p>
      <pre class="command" tabIndex={0} aria-label="Command line">
        dreaming-server new-key{"\n"}dreaming-server new-key --may read{"\n"}dreaming-server new-key --store ID
      </pre>
      <p class="soft">
        The key stays in this tab until you close it or forget the key, and goes to this server alone. Nothing else is
        kept.
      </p>
    </main>
  );
}
