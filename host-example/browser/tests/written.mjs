// The page that the command writes, filled in as the command does.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { committed } from "../command.build.mjs";

/** JSON as the command puts it into the page. */
export const inside = (given) =>
  JSON.stringify(given).replace(
    /[<\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Writes the page with `data` in it into `folder`, and gives its name. */
export function written(folder, name, data) {
  const [start, end] = readFileSync(committed, "utf8").split("%GIVEN%");
  writeFileSync(join(folder, name), start + data + end);
  return `/${name}`;
}
