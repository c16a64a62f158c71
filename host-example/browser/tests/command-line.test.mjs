// The command that the page prints: what a person copies from it is what the shell gives to the command.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { transformWithOxc } from "vite";

/** A module of the page, with its imports of types gone and `./causes.js` left out. */
async function moduleOf(name) {
  const source = join(import.meta.dirname, `../src/${name}.ts`);
  const { code } = await transformWithOxc(readFileSync(source, "utf8"), source);
  return code;
}
const at = (code) => `data:text/javascript,${encodeURIComponent(code)}`;
const words = at((await moduleOf("words")).replace(/^import .*$/m, "const CAUSES = [];"));
const { clean } = await import(words);
const { commandLine } = await import(at((await moduleOf("command-line")).replaceAll('"./words.js"', JSON.stringify(words))));

/** The words that a shell makes of a line. */
function shelled(shell, line) {
  const script = `dreaming() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${line}\n`;
  const { status, stdout, stderr } = spawnSync(shell, ["-c", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout.split("\0").slice(0, -1);
}

const TEXTS = {
  "blanks and quotes": `Say "hello" to  Mira's   friend.`,
  "backticks, dollars and marks": "Run `npm ci` in $HOME, not $(pwd); never \\n! #1 ~ * {a,b}",
  "a line end": "First do this.\nThen do that.",
  "a tab and a carriage return": "One\ttwo\rthree",
  "characters that nobody sees": "A\u200bB\ufeffC \u202eD\u2066 \u200fE \u{e0041}F é 漢 👩‍👩‍👧",
  "a quote beside what nobody sees": "It's\u200b 'so' \\ 1\u200b23",
};
const shells = ["bash", "zsh"].filter((name) => existsSync(`/usr/bin/${name}`) || existsSync(`/bin/${name}`));

test("there is a shell to try", () => assert.ok(shells.length > 0));
for (const shell of shells) {
  for (const [what, text] of Object.entries(TEXTS)) {
    test(`${shell}: ${what} in other words come as they were typed`, () => {
      const id = "cdf8d4bf2a";
      const line = commandLine("dreaming review --memory 'my `notes`'", { accept: [id, "c000000001"], reject: ["c111111111"], edits: [{ change: id, text }] });
      assert.equal(clean(line), line, "what is printed is what is meant");
      const given = ["review", "--memory", "my `notes`", "--accept", "c0000000", "--reject", "c1111111", "--edit", `cdf8d4bf=${text}`];
      assert.deepEqual(shelled(shell, line), given);
    });
  }
}
