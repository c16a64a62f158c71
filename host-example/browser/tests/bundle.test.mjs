// What the page costs to load, what it may not hold, and that it speaks as the command does.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";

import { dist, repository } from "./browser.mjs";

const sizes = join(import.meta.dirname, "sizes.json");
/** As for the components: so much may be added before somebody has to decide. */
const GROWTH = 1.05;
/** The aim, in bytes over the wire. Chosen by us. */
const AIM = 900_000;

const packed = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } })
    .length;

test("bytes of the first load", (t) => {
  const files = [
    "index.html",
    ...readdirSync(join(dist, "assets"))
      .filter((name) => !name.startsWith("model-"))
      .map((name) => `assets/${name}`),
  ];
  const found = {};
  for (const file of files) {
    const kind = file.replace(/^assets\//, "").replace(/-[\w-]{8}\./, ".");
    found[kind] = packed(readFileSync(join(dist, file)));
  }
  found.all = Object.values(found).reduce((sum, bytes) => sum + bytes, 0);
  if (process.env.BLESS) writeFileSync(sizes, `${JSON.stringify(found, null, 2)}\n`);
  const committed = JSON.parse(readFileSync(sizes, "utf8"));
  t.diagnostic(
    `first load with brotli: ${found.all} bytes (committed: ${committed.all}, aim: ${AIM}), of them ${found["dreaming_bg.wasm"]} the engine`,
  );
  assert.ok(found["dreaming_bg.wasm"] > 0 && found["app.js"] > 0);
  assert.ok(
    found.all <= committed.all * GROWTH,
    `${found.all} bytes, ${committed.all} are committed: BLESS=1 commits to more`,
  );
  const megabytes = (bytes) => (bytes / 1_000_000).toFixed(2);
  const said = `first load ${megabytes(committed.all)} MB with brotli, of which ${megabytes(committed["dreaming_bg.wasm"])} are the engine`;
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  assert.ok(readme.includes(said), `README.md should say: ${said}`);
  assert.ok(committed.all <= AIM, `${committed.all} bytes are committed, the aim is ${AIM}`);
});

test("nothing is inline that a policy would have to allow, and nothing comes from elsewhere", () => {
  for (const page of ["index.html", "model.html"]) {
    const html = readFileSync(join(dist, page), "utf8");
    assert.match(html, /http-equiv="Content-Security-Policy"/);
    assert.ok(
      html.indexOf("Content-Security-Policy") < html.indexOf("<script"),
      "the policy stands before what it rules",
    );
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]* src=)|unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')/);
    assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
  }
  const headers = readFileSync(join(dist, "_headers"), "utf8");
  assert.match(headers, /connect-src 'self'; frame-ancestors 'none'/);
});

test("the page and the command's review use the same words", () => {
  const rust = readFileSync(join(repository, "host-example/command/src/output/words.rs"), "utf8");
  const source = readFileSync(join(import.meta.dirname, "../src/words.ts"), "utf8");
  const brief = readFileSync(join(repository, "host-example/command/src/output/text/brief.rs"), "utf8");
  for (const words of [
    "safe without a look",
    "statement",
    "duplicate",
    "index line",
    "take out",
    "Together they would",
  ]) {
    assert.ok(brief.includes(words), `the command says: ${words}`);
  }
  assert.ok(source.includes("safe without a look"));
  const outcome = /NO_OUTCOME: u64 = ([\d_]+)/.exec(rust)[1];
  assert.ok(source.includes(`NO_OUTCOME = ${outcome}`));
});
