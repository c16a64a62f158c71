// The worker: engine and files. It handles one question of the page at a time, except `cancel`.

import { DreamingError, presets, settings } from "dreaming";
import sampleFiles from "virtual:sample";

import type { Asked, Question, Questions, Said } from "../protocol.js";
import { Desk } from "./desk.js";
import { Dreamer } from "./dreamer.js";
import { begin, forget, keep, kept, resume } from "./keep.js";
import { passage } from "./passage.js";

/** The time of the sample's dream, as in `cargo xtask demo`: the day after its last session. */
const SAMPLE_NOW = Date.parse("2026-03-16T08:00:00Z");

const desk = new Desk();
const dreamer = new Dreamer(desk, (step) => say({ tag: "step", step }));

type Answers = {
  [Q in Question]: (given: Questions[Q]["with"]) => Questions[Q]["gives"] | Promise<Questions[Q]["gives"]>;
};

const answers: Answers = {
  take: async ({ files, left }) => {
    await desk.take(files, left);
    return desk.inventory();
  },
  sample: () => {
    begin();
    desk.sample(sampleFiles, SAMPLE_NOW);
    return desk.inventory();
  },
  clear: () => {
    begin();
    dreamer.clear();
    desk.clear();
    return null;
  },
  settings: () => ({ settings: settings(), presets: presets() }),
  dream: async ({ policy, model, again }) => {
    if (again) dreamer.forgetUnusable();
    return await dreamer.dream(policy, model);
  },
  cancel: () => {
    dreamer.cancel();
    return null;
  },
  apply: (choice) => dreamer.apply(choice),
  files: (choice) => dreamer.files(choice),
  documents: (choice) => dreamer.documents(choice),
  passage: async ({ session, part, line, quote }) => {
    const found = desk.session(session)?.parts.find(({ name }) => name === part);
    if (found === undefined) throw new DreamingError("other", "this transcript was not given");
    return await passage(found.file, found.path, line, quote);
  },
  figures: (choice) => dreamer.figures(choice),
  keep: async (work) => await keep({ at: Date.now(), desk: desk.kept(), work }),
  kept,
  resume: async (id) => {
    const visit = await resume(id);
    if (visit === undefined) throw new DreamingError("other", "nothing was kept");
    desk.restore(visit.desk);
    return { inventory: desk.inventory(), work: visit.work };
  },
  forget: async (id) => {
    await forget(id);
    return null;
  },
};

function say(said: Said): void {
  postMessage(said);
}

async function answer<Q extends Question>({ id, ask, with: given }: Asked<Q>): Promise<void> {
  try {
    say({ tag: "answer", id, gives: await answers[ask](given) });
  } catch (error) {
    const code = error instanceof DreamingError ? error.code : "other";
    const message = error instanceof Error ? error.message : String(error);
    say({ tag: "error", id, message, code });
  }
}

onmessage = ({ data }: MessageEvent<Asked>): void => void answer(data);
say({ tag: "ready" });
