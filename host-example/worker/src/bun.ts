// The handler in Bun: one process, one SQLite file for each workspace. `npm run bun` reads the settings of the Worker
// from its environment, but those of the night, which has no trigger here; and FOLDER and PORT.

import { Database } from "bun:sqlite";
import { mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import type { Workspace } from "./api/asked.js";
import type { Row, Value } from "./db/sql.js";
import { type Settings, answer, handler, workspace } from "./handler.js";
import { hasKeys, isWorkspace } from "./wire/keys.js";

const settings = process.env as Settings;
const { PORT = "8787", XDG_DATA_HOME } = process.env;
/** The default is the data folder of the user: files in a source tree would be deleted with it. */
const FOLDER = process.env["FOLDER"] || join(XDG_DATA_HOME || join(homedir(), ".local/share"), "dreaming-worker");
const ENDING = ".sqlite";
const open = new Map<string, Workspace>();
const driving = new Set<string>();

/** The workspace of a name; the handler refuses names that could leave the folder. */
function workspaceOf(name: string): Workspace {
  const known = open.get(name);
  if (known !== undefined) return known;
  mkdirSync(FOLDER, { recursive: true });
  const database = new Database(join(FOLDER, `${name}${ENDING}`), { create: true, strict: true });
  database.run("PRAGMA journal_mode = WAL");
  database.run("PRAGMA busy_timeout = 10000");
  // What is deleted or redacted is overwritten in the file.
  database.run("PRAGMA secure_delete = ON");
  const db = {
    rows: (statement: string, ...values: Value[]) => database.query(statement).all(...values) as Row[],
    transaction: <T>(work: () => T) => database.transaction(work).immediate(),
  };
  const made = workspace(db, settings, () => later(name));
  open.set(name, made);
  return made;
}

/** Milliseconds before a round is tried again that failed for what was not expected. */
const AGAIN = 2_000;

/** Does the rounds of a workspace one after the other, and lets requests in between. */
function later(name: string, wait = 0): void {
  if (driving.has(name)) return;
  driving.add(name);
  setTimeout(async () => {
    let next: number | undefined;
    try {
      if (await workspaceOf(name).rounds.drive()) next = 0;
    } catch (error) {
      console.error(error);
      next = AGAIN;
    }
    driving.delete(name);
    if (next !== undefined) later(name, next);
  }, wait);
}

const server = Bun.serve({
  port: Number(PORT),
  hostname: "127.0.0.1",
  // The handler limits bodies itself; this limit of Bun is above that of a part.
  maxRequestBodySize: 1 << 30,
  // A stream of events says something every ten seconds.
  idleTimeout: 60,
  fetch: (request) => handler(request, settings, (name) => answer(request, name, workspaceOf(name))),
});
console.log(`listening on ${server.url}`);
console.log(`workspaces are in ${FOLDER}; FOLDER names another folder`);
if (process.env["NIGHTLY"]) console.log("NIGHTLY is not looked at: there is no cron trigger here, so let cron ask for dreams (`POST /v1/dreams`)");
if (!hasKeys(settings)) console.log("every request is a 401, because there is no key: end this, and type `TOKEN=secret npm run bun`");

// Dreams that the last process left go on.
mkdirSync(FOLDER, { recursive: true });
for (const file of readdirSync(FOLDER)) {
  const name = file.slice(0, -ENDING.length);
  if (file.endsWith(ENDING) && isWorkspace(name) && settings.DRIVE !== "requests") later(name);
}
