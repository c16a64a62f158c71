// The page of `dreaming review --html` as one file that is built into the command: no engine, no
// network.
//
// `npm run review` writes it. The same sources give the same bytes, and a test compares the
// committed file with a new build.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "vite";

/** The file that the command includes. */
export const committed = join(import.meta.dirname, "../command/src/output/review.html");

/** Allows only the code and the style of this build: a plan is data, which no browser may run. */
const policy = (script, style) =>
  [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

const digest = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** The page, with `%GIVEN%` where the command puts the plan. */
export async function page() {
  const { output } = await build({
    root: import.meta.dirname,
    configFile: false,
    envDir: false,
    logLevel: "warn",
    mode: "production",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      assetsInlineLimit: 0,
      rolldownOptions: { input: join(import.meta.dirname, "src/review.tsx") },
    },
  });
  const [code, ...otherCode] = output.filter(({ type }) => type === "chunk");
  const [sheet, ...otherAssets] = output.filter(({ type }) => type === "asset");
  if (otherCode.length > 0 || otherAssets.length > 0 || !sheet?.fileName.endsWith(".css")) {
    throw new Error(`one script and one style sheet were expected, not ${output.map(({ fileName }) => fileName)}`);
  }
  const [script, style] = [code.code.trim(), String(sheet.source).trim()];
  if (/<\/script|<!--/i.test(script) || /<\//.test(style)) throw new Error("the code would end its own element");
  const parts = { POLICY: policy(script, style), STYLE: style, SCRIPT: script };
  const template = readFileSync(join(import.meta.dirname, "review.html"), "utf8");
  const whole = template.replace(/%(POLICY|STYLE|SCRIPT)%/g, (_, name) => parts[name]);
  if (whole.split("%GIVEN%").length !== 2) throw new Error("the mark for the plan has to stand in the page once");
  return whole;
}

if (import.meta.filename === process.argv[1]) writeFileSync(committed, await page());
