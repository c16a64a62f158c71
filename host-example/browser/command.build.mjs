// The page of `dreaming review --html` and `dreaming loaded --html` as one file that is built into the command: no engine,
// no network.
//
// `npm run command` writes it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { whole } from "./whole.build.mjs";

/** The file that the command includes. */
export const committed = join(import.meta.dirname, "../command/src/output/page.html");

/** The page, with `%GIVEN%` where the command puts what it shows, and `%KIND%` for what that is. */
export async function page() {
  const html = await whole("command.html", "src/command.tsx");
  for (const place of ["%GIVEN%", "%KIND%"]) {
    if (html.split(place).length !== 2) throw new Error(`${place} has to stand in the page once`);
  }
  return html;
}

if (import.meta.filename === process.argv[1]) writeFileSync(committed, await page());
