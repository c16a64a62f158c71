// What no run shows: the handler knows no edge, and the README's commands are those of the routes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./edges.mjs";

const read = (path) => readFileSync(join(ROOT, path), "utf8");

/** The file and all that it imports of this folder. */
function reached(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of read(`src/${file}`).matchAll(/from "(\.\.?\/[a-z/-]+)\.js"/g)) reached(`${join(dirname(file), name)}.ts`, found);
  return found;
}

test("nothing that the handler is made of names an edge", () => {
  const files = [...reached("handler.ts")];
  assert.ok(files.length >= 35, `only ${files}`);
  for (const file of files) {
    const named = /cloudflare|durable|workerd|wrangler|\bbun\b|deno|vercel|fastly/i.exec(read(`src/${file}`));
    // One file says what it asks of a database, and which databases have it.
    if (file !== "db/sql.ts") assert.equal(named?.[0], undefined, file);
    const [outside] = [...read(`src/${file}`).matchAll(/from "([^."][^"]*)"/g)].filter(([, name]) => name !== "dreaming");
    assert.equal(outside?.[1], undefined, file);
  }
});

test("what a model costs in a month follows from what the guide of the project computes", () => {
  const [, week] = /\*\*Computed\*\*[^$]*\$([\d.]+) with claude-haiku-4-5/.exec(read("../../docs/learning.md"));
  const said = /with the \$([\d.]+) for 15 sessions .* computes, 300 dreams are \$(\d+)\./.exec(read("README.md"));
  assert.deepEqual(said?.slice(1), [week, String(Math.round(Number(week) * 300))]);
});
