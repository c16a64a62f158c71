// Values as typed literals, for the compiler.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package. */
export const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** Lines of a message, at most: one fault of a type is found in every document. */
const MAX_LINES = 10;

/** The type of a ledger row. */
export function rowType(row) {
  if ("origin" in row) return "d.EntryRecord";
  if ("said" in row) return "d.PairRecord";
  if ("findings" in row) return "d.Distilled";
  return "observed_at" in row ? "d.MemoryRecord" : "d.SessionRecord";
}

/** What the compiler says first of constants, given as `[type, value]`; empty when it is content. */
export function compile(values) {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-types-"));
  const lines = [...new Set(values.map(([type, value]) => `const TYPE: ${type} = ${JSON.stringify(value)};`))];
  const source = lines.map((line, n) => line.replace("TYPE", `v${n}`)).join("\n");
  const file = join(folder, "values.ts");
  writeFileSync(file, `import type * as d from ${JSON.stringify(join(PACKAGE, "dist/index.js"))};\n${source}\n`);
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022",
    "--lib", "es2022,dom", "--types", "", "--ignoreConfig"];
  try {
    execFileSync(process.execPath, [join(PACKAGE, "node_modules/typescript/bin/tsc"), ...flags, file], { stdio: "pipe" });
    return "";
  } catch (error) {
    return error.stdout.toString().split("\n").slice(0, MAX_LINES).join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
