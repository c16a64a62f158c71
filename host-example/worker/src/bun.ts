// The handler in Bun: one process, one SQLite file for each memory store. `npm run bun` reads the
// same settings as the Worker from its environment, and FOLDER and PORT.

import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { type Edge, drive, handler } from "./handler.js";
import { limitsOf } from "./limits.js";
import { modelOf } from "./model.js";
import { sqlStorage } from "./sql.js";
import type { Storage } from "./storage.js";

const { TOKEN = "", PORT = "8787", DRIVE, LIMITS, MODEL, MODEL_KEY, MODEL_URL, XDG_DATA_HOME } = process.env;
/** The default is the data folder of the user: files in a source tree would be deleted with it. */
const FOLDER = process.env["FOLDER"] || join(XDG_DATA_HOME || join(homedir(), ".local/share"), "dreaming-worker");
const stores = new Map<string, Storage>();
const driving = new Set<string>();

/** The store of a name; the handler refuses names that could leave the folder. */
function store(name: string): Storage {
  const known = stores.get(name);
  if (known !== undefined) return known;
  mkdirSync(FOLDER, { recursive: true });
  const database = new Database(join(FOLDER, `${name}.sqlite`), { create: true, strict: true });
  database.run("PRAGMA journal_mode = WAL");
  const made = sqlStorage({
    rows: (statement, ...values) => database.query(statement).all(...values) as Record<string, unknown>[],
    transaction: (work) => database.transaction(work).immediate(),
  });
  stores.set(name, made);
  return made;
}

/** Does the rounds of a store one after the other, and lets requests in between. */
function later(name: string): void {
  if (driving.has(name)) return;
  driving.add(name);
  setTimeout(async () => {
    let more = false;
    try {
      more = await drive(store(name), edge);
    } catch (error) {
      console.error(error);
    } finally {
      driving.delete(name);
    }
    if (more) later(name);
  });
}

const edge: Edge = {
  store,
  token: TOKEN,
  model: modelOf({ MODEL, MODEL_KEY, MODEL_URL }),
  limits: limitsOf(LIMITS),
  now: Date.now,
  later: DRIVE === "requests" ? undefined : later,
};

const server = Bun.serve({
  port: Number(PORT),
  hostname: "127.0.0.1",
  // The handler limits bodies itself; this limit of Bun is above that of a part.
  maxRequestBodySize: 1 << 30,
  fetch: (request) => handler(request, edge),
});
console.log(`listening on ${server.url}`);
console.log(`stores are in ${FOLDER}; FOLDER names another folder`);
if (TOKEN === "") console.log("every request is a 401, because there is no token: end this, and type `TOKEN=secret npm run bun`");
