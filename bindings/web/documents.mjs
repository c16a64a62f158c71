// `npm run documents [-- --check]` writes `ts/documents.ts` from `wit/documents.schema.json`, or says whether it is as the
// schema has it. `cargo xtask documents` writes the schema, from the types of the engine, and then runs this.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { compile } from "json-schema-to-typescript";

/** The file with the types. */
export const FILE = fileURLToPath(new URL("ts/documents.ts", import.meta.url));

const SCHEMA = new URL("../../wit/documents.schema.json", import.meta.url);

/** Width of comments. */
const WIDTH = 120;

const HEAD = `// What \`JSON.parse\` makes of the documents. Fields are named as in the JSON; what is unknown is \`null\`; only fields with
// \`?\` are ever absent. Times are milliseconds since 1970, digests 64 hexadecimal digits.
//
// Written by \`cargo xtask documents\` from the types of the engine.
`;

/** The text of the file with the types. */
export async function types() {
  const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
  const found = await compile(readable(schema), "Documents", { bannerComment: "", format: true, style: { printWidth: WIDTH } });
  // The type of the whole schema, a choice of all documents, is left out: nobody needs a name for
  // it.
  const [, ...declared] = found.split(/^(?=\/\*\*\n(?: \*.*\n)+export )/m).map((text) => text.trim());
  return `${[HEAD.trim(), ...declared].join("\n\n").replace(/\/\*\*\n *\* (.*)\n *\*\//g, "/** $1 */")}\n`;
}

/** A schema with wrapped comments; a reference with a comment keeps the name of its target. */
function readable(part, depth = 0) {
  if (Array.isArray(part)) return part.map((item) => readable(item, depth));
  if (part === null || typeof part !== "object") return part;
  const entries = Object.entries(part).map(([key, value]) => [key, readable(value, key === "properties" ? depth + 1 : depth)]);
  const { $ref, description, ...rest } = Object.fromEntries(entries);
  const about = typeof description === "string" ? { description: wrapped(description, 2 * depth) } : description && { description };
  return { ...rest, ...about, ...($ref && (about ? { allOf: [{ $ref }] } : { $ref })) };
}

/** A comment in lines that fit at an indentation. */
function wrapped(comment, indentation) {
  const line = (text) => text.replaceAll(new RegExp(`(.{1,${WIDTH - 4 - indentation}})( +|$)`, "g"), "$1\n").trim();
  return comment.split("\n").map((text) => (text.startsWith("- ") ? line(text).replaceAll("\n", "\n  ") : line(text))).join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await types();
  if (!process.argv.includes("--check")) writeFileSync(FILE, text);
  else if (readFileSync(FILE, "utf8") !== text) {
    console.error("ts/documents.ts is not as the schema has it: run `cargo xtask documents`");
    process.exitCode = 1;
  }
}
