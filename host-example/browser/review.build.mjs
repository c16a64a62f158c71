// The page of `dreaming review --html` as one file that is built into the command: no engine, no
// network.
//
// `npm run review` writes it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { whole } from "./whole.build.mjs";

/** The file that the command includes. */
export const committed = join(import.meta.dirname, "../command/src/output/review.html");

/** The page, with `%GIVEN%` where the command puts the plan. */
export async function page() {
  const html = await whole("review.html", "src/review.tsx");
  if (html.split("%GIVEN%").length !== 2) throw new Error("the mark for the plan has to stand in the page once");
  return html;
}

if (import.meta.filename === process.argv[1]) writeFileSync(committed, await page());
