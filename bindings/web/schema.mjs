// `npm run schema` writes `wit/documents.schema.json` from the types in `ts/documents` and `ts/stats.ts`, for hosts in
// other languages. `tests/schema.mjs` holds it against documents.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { createGenerator } from "ts-json-schema-generator";

/** Where the schema is. */
export const FILE = fileURLToPath(new URL("../../wit/documents.schema.json", import.meta.url));

/** The types of the documents; of the ledger, those of its rows. */
const DOCUMENTS = ["Plan", "Report", "RevisionRecord", "LedgerValue", "Stats", "Fingerprint"];

const ABOUT =
  "The JSON documents of the engine, each under its name in `definitions`; a document is valid here when it is one of them. " +
  "What is unknown is `null`; only fields that are not required are ever absent. Times are milliseconds since 1970, digests " +
  "64 hexadecimal digits, integers within 2^53 - 1. Written by `npm run schema` in `bindings/web`.";

/** The schema, as a file. */
export function schema() {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const types = createGenerator({
    path: `${folder}ts/{documents/*,stats}.ts`,
    tsconfig: `${folder}tsconfig.json`,
    // The build checks them.
    skipTypeCheck: true,
  });
  const { $schema, definitions: found } = types.createSchema("*");
  const definitions = Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
  const anyOf = DOCUMENTS.map((name) => ({ $ref: `#/definitions/${name}` }));
  return `${JSON.stringify({ $schema, description: ABOUT, anyOf, definitions }, asInJson, 2)}\n`;
}

/** Numbers of documents are integers, and a link in a comment is a name here. */
function asInJson(key, value) {
  if (key === "type" && typeof value === "string") return value === "number" ? "integer" : value;
  if (key === "type" && Array.isArray(value)) return value.map((type) => asInJson(key, type));
  if (key === "description" && typeof value === "string") return value.replace(/ +\{@link +(\w+) +\} /g, " `$1`");
  return value;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, schema());
