// Builds a page as one file: a template with its policy, its style and its script in it. The same sources give the same
// bytes, so that a test can compare a committed file with a new build.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "vite";

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Allows only the code and the style of this build, and what `more` says: what else is shown is data, which no browser may run. */
const policy = (script, style, more) =>
  [
    "default-src 'none'",
    `script-src ${digest(script)}`,
    `style-src ${digest(style)}`,
    ...more,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

/** The page of the script `entry`, in the template `html`. */
export async function whole(html, entry, more = []) {
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
      rolldownOptions: { input: join(import.meta.dirname, entry) },
    },
  });
  const [code, ...otherCode] = output.filter(({ type }) => type === "chunk");
  const [sheet, ...otherAssets] = output.filter(({ type }) => type === "asset");
  if (otherCode.length > 0 || otherAssets.length > 0 || !sheet?.fileName.endsWith(".css")) {
    throw new Error(`one script and one style sheet were expected, not ${output.map(({ fileName }) => fileName)}`);
  }
  const [script, style] = [code.code.trim(), String(sheet.source).trim()];
  if (/<\/script|<!--/i.test(script) || /<\//.test(style)) throw new Error("the code would end its own element");
  const parts = { POLICY: policy(script, style, more), STYLE: style, SCRIPT: script };
  const template = readFileSync(join(import.meta.dirname, html), "utf8");
  return template.replace(/%(POLICY|STYLE|SCRIPT)%/g, (_, name) => parts[name]);
}
