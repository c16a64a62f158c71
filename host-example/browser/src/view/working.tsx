// While a dream runs.

import type { JSX } from "preact";

import type { Step } from "../protocol.js";
import { count, size } from "../words.js";

/** Milliseconds before the time left is shown: earlier estimates jump. Chosen by us. */
const SURE_AFTER = 1_500;

export function Working({ step, onCancel }: { step: Step | undefined; onCancel: () => void }): JSX.Element {
  return (
    <main class="working">
      <h1>Dreaming…</h1>
      <Bar step={step} />
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </main>
  );
}

/** How far the dream is, and how long it will take. */
export function Bar({ step }: { step: Step | undefined }): JSX.Element {
  const share = step === undefined || step.bytes === 0 ? undefined : Math.min(step.bytesRead / step.bytes, 1);
  const value = share === undefined ? {} : { value: share };
  return (
    <div class="bar">
      <progress max="1" aria-label="Transcripts read" {...value} />
      <p role="status" class="soft">
        {step === undefined ? "Opening the memories" : said(step, share)}
      </p>
    </div>
  );
}

function said(
  { sessions, sessionsRead, bytesRead, calls, callsAnswered, callsFailed, elapsed }: Step,
  share: number | undefined,
): string {
  const parts = [`${count(sessionsRead, "session")} of ${Math.max(sessions, sessionsRead)} read, ${size(bytesRead)}`];
  if (calls > 0) parts.push(`${callsAnswered} of ${count(calls, "model call")} answered`);
  if (callsFailed > 0) parts.push(`${callsFailed.toLocaleString("en")} failed`);
  if (share !== undefined && share > 0.02 && share < 1 && elapsed > SURE_AFTER) {
    const left = Math.ceil((elapsed * (1 - share)) / share / 1000);
    parts.push(`about ${left < 60 ? count(left, "second") : count(Math.ceil(left / 60), "minute")} left`);
  }
  return `${parts.join("; ")}.`;
}
