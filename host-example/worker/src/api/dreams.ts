// `/v1/dreams`.

import type { Policy } from "dreaming";

import * as documents from "../db/documents.js";
import * as dreams from "../db/dreams.js";
import type { Sqlite } from "../db/sql.js";
import { serviceOf } from "../dream/models.js";
import { check } from "../dream/request.js";
import { type Fields, body } from "../wire/body.js";
import { type ApiError, invalid, missing, told } from "../wire/errors.js";
import { messageOf } from "../wire/message.js";
import { type Page, after, cut } from "../wire/page.js";
import type { Asked, Workspace } from "./asked.js";
import * as show from "./show.js";
import { length } from "./stores.js";

/** Sessions of a dream, at most. Source of this and the next ones: section 3 of the contract. */
export const MAX_SESSIONS = 100;
const MAX_INSTRUCTIONS = 4_096;
/** Characters of the id of a model, at most. */
const MAX_MODEL = 256;

const FIELDS = ["inputs", "model", "instructions", "output_behavior", "x_policy", "x_batch", "x_budget"];

export async function create({ request, db, work }: Asked): Promise<object> {
  const asked = askedOf(await body(request, FIELDS));
  return show.dream(await begin(db, work, asked, messageOf(request)));
}

/** Makes a dream, once its model and its settings are known to be usable, and has its rounds done. */
export async function begin(db: Sqlite, work: Workspace, asked: dreams.Asked, message?: string): Promise<dreams.Dream> {
  const asks = serviceOf(asked.model, work.models) !== undefined;
  try {
    check({ ...asked, asks, now: 0 });
  } catch (error) {
    throw invalid("x_policy", told(error).message.replace(/^body: /, ""));
  }
  const dream = dreams.create(db, asked, message);
  await work.later?.();
  return dream;
}

export async function retrieve({ db, work, ids: [id = ""] }: Asked): Promise<object> {
  const dream = known(db, id);
  if (!dreams.isOver(dream)) {
    // A look at a dream arranges its next round, in case the timer was lost with its process.
    if (work.later !== undefined) await work.later();
    else await work.rounds.drive(id);
  }
  return show.dream(known(db, id));
}

export function list({ db, query }: Asked): Page {
  const statuses = query.list("statuses");
  if (!statuses.every((status) => /^[a-z]*$/.test(status))) throw invalid("statuses", "must be statuses of dreams");
  const limit = query.limit();
  const asked = { statuses, between: query.between("created_at"), archived: query.is("include_archived"), after: after(query), limit };
  return cut(dreams.list(db, asked), limit, ({ id }) => id, show.dream);
}

export function cancel({ db, work, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    const dream = known(db, id);
    if (dream.status !== "canceled") {
      if (dreams.isOver(dream)) throw invalid("dream_id", `\`${id}\` is ${dream.status}: it cannot be canceled`);
      dreams.end(db, dream, "canceled");
      work.rounds.stop([id]);
    }
    return show.dream(known(db, id));
  });
}

export function archive({ db, ids: [id = ""] }: Asked): object {
  return db.transaction(() => {
    const dream = known(db, id);
    if (!dreams.isOver(dream)) throw invalid("dream_id", `\`${id}\` is ${dream.status}: it cannot be archived`);
    dreams.archive(db, id);
    return show.dream(known(db, id));
  });
}

export function plan({ db, ids: [id = ""] }: Asked): Response {
  return document(documents.get(db, known(db, id).id, "plan"), id);
}

export function report({ db, ids: [id = ""] }: Asked): Response {
  return document(documents.get(db, known(db, id).id, "report"), id);
}

/** The dream with this id. */
export function known(db: Sqlite, id: string): dreams.Dream {
  const dream = dreams.find(db, id);
  if (dream === undefined) throw missing("dream", id);
  return dream;
}

/** Why a dream has no documents. */
export function notCompleted(id: string): ApiError {
  return invalid("dream_id", `\`${id}\` has no plan and no report: it is not completed, or its stores were deleted`);
}

/** A document of a dream, byte for byte. */
function document(found: string | undefined, id: string): Response {
  if (found === undefined) throw notCompleted(id);
  return new Response(found, { headers: { "content-type": "application/json" } });
}

/** What a body asks for, if it asks for something that can be. */
function askedOf(asked: Fields): dreams.Asked {
  const inputs = asked.objects("inputs", ["type", "memory_store_id", "session_ids"]);
  const of = (type: string): Fields[] => inputs.filter((input) => input.text("type") === type);
  const [[memory, ...stores], [read, ...more]] = [of("memory_store"), of("sessions")];
  if (memory === undefined || read === undefined || stores.length + more.length > 0 || inputs.length !== 2) {
    throw invalid("inputs", "must be one of the type `memory_store` and one of the type `sessions`");
  }
  for (const [input, strange] of [[memory, "session_ids"], [read, "memory_store_id"]] as const) {
    if (input.has(strange)) throw input.wrong(strange, "unknown field of this type of input");
  }
  const store = memory.text("memory_store_id");
  const sessions = read.texts("session_ids");
  const number = sessions.length;
  if (number < 1 || number > MAX_SESSIONS) throw invalid("inputs", `must have from 1 to ${MAX_SESSIONS} sessions, not ${number}`);
  const once = [...new Set(sessions)].sort();
  if (once.length < number) throw invalid("inputs", "must have each session once");
  if ((asked.all["x_batch"] ?? false) !== false) throw asked.wrong("x_batch", "must be `false`: the worker has no batches");
  if (asked.all["x_budget"] !== undefined) throw asked.wrong("x_budget", "must be left out: the worker counts no dollars; limit `propose.max-calls`");
  return { store, sessions: once, ...terms(asked), isUpdate: isUpdate(asked, store) };
}

/** The model, the instructions and the settings that a body asks for; without a model, `standard` if there is one. */
export function terms(asked: Fields, standard?: string): Pick<dreams.Asked, "model" | "instructions" | "policy"> {
  const instructions = asked.maybe("instructions") ?? null;
  const characters = length(instructions ?? "a");
  if (characters < 1 || characters > MAX_INSTRUCTIONS) throw asked.wrong("instructions", "must have from 1 to 4,096 characters");
  const policy = (asked.object("x_policy")?.all ?? {}) as Policy;
  return { model: asked.has("model") || standard === undefined ? modelOf(asked) : standard, instructions, policy };
}

function modelOf(asked: Fields): string {
  const isText = typeof asked.all["model"] === "string";
  const model = isText ? undefined : asked.object("model", ["id", "speed"]);
  const id = model === undefined ? asked.text("model") : model.text("id");
  if (id === "" || length(id) > MAX_MODEL) throw asked.wrong("model", `must have from 1 to ${MAX_MODEL} characters`);
  if ((model?.maybe("speed") ?? "standard") !== "standard") throw asked.wrong("model.speed", "must be `standard`");
  return id;
}

function isUpdate(asked: Fields, store: string): boolean {
  const behavior = asked.object("output_behavior", ["type", "memory_store_id"]);
  const type = behavior?.text("type") ?? "create_new";
  if (behavior === undefined || (type === "create_new" && !behavior.has("memory_store_id"))) return false;
  if (type !== "update_existing") throw behavior.wrong("type", "must be `create_new`, or `update_existing` with a `memory_store_id`");
  if (behavior.text("memory_store_id") !== store) throw behavior.wrong("memory_store_id", "must be the memory store of `inputs`");
  return true;
}
