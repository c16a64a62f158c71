// The page of `dreaming-server` as one file that is built into the server: no engine, no data, and no network but the
// server's own API.
//
// `npm run server` writes it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { whole } from "./whole.build.mjs";

/** The file that the server includes. */
export const committed = join(import.meta.dirname, "../server/src/page/page.html");

/** What the page may do besides: ask its own server. No text ever becomes code or markup. */
const RULES = ["connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'"];

export async function page() {
  return await whole("server.html", "src/server.tsx", RULES);
}

if (import.meta.filename === process.argv[1]) writeFileSync(committed, await page());
