// The addresses that are told when a dream ends.

import type { JSX } from "preact";

import { clean } from "../words.js";
import { may, useDesk, useDoing, usePaged } from "./asking.js";
import { Listed } from "./listed.js";
import { Done, Sure, Title, When } from "./parts.js";
import type { Webhook } from "./wire.js";

export function Webhooks(): JSX.Element {
  const { api, key } = useDesk();
  const list = usePaged<Webhook>("v1/x/webhooks?limit=20");
  const doing = useDoing();
  const remove = ({ id }: Webhook): void =>
    doing.run(async () => {
      await api.ask("DELETE", `v1/x/webhooks/${id}`);
      list.again();
      return "The webhook is gone: that address is told nothing more.";
    });
  return (
    <main>
      <Title page="Webhooks">Webhooks</Title>
      <Done doing={doing} />
      <Listed
        list={list}
        empty={
          <p class="note">
            Nobody is told when a dream ends. A program has somebody told, and gets the secret by which messages are signed:
            <code class="line">client.post("/v1/x/webhooks", cast_to=object, body={"{"}"url": "https://…"{"}"})</code>
          </p>
        }
      >
        {(webhooks) => (
          <ul class="list">
            {webhooks.map((webhook) => (
              <li key={webhook.id} class="card">
                <p class="head">
                  <code>{clean(webhook.url)}</code>
                  <span class="grow" />
                  <span class="soft">
                    {webhook.events.length === 0 ? "all events" : webhook.events.map(clean).join(", ")}
                  </span>
                </p>
                {webhook.failing_since !== null && (
                  <p class="losing">
                    Nothing arrived since <When at={webhook.failing_since} />: {clean(webhook.reason ?? "nobody knows why")}
                  </p>
                )}
                {webhook.disabled_at !== null && (
                  <p class="losing">
                    It is told nothing since <When at={webhook.disabled_at} />.
                  </p>
                )}
                {may(key, "decide") && (
                  <p class="buttons">
                    <Sure label="Remove" sure="Yes, remove it" isBusy={doing.isBusy} onSure={() => remove(webhook)} />
                  </p>
                )}
              </li>
            ))}
          </ul>
        )}
      </Listed>
    </main>
  );
}
