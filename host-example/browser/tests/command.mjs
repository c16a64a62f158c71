// The command, for tests that compare: the page and `dreaming` have to write the same.
//
// DREAMING_COMMAND is its path. Without one those tests say so and are skipped, unless REQUIRE_COMMAND is set.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";

import { repository } from "./browser.mjs";

const path = process.env.DREAMING_COMMAND;
const missing =
  path !== undefined && existsSync(path) ? false : "no command: DREAMING_COMMAND names it, built by `cargo xtask demo`";
if (missing && process.env.REQUIRE_COMMAND) throw new Error(missing);
export const noCommand = missing;

export const sampleNow = "2026-03-16T08:00:00Z";

/** A copy of a memory folder that the command may write. */
export function memoryFolder(from = join(repository, "xtask/demo/memory")) {
  const folder = mkdtempSync(join(tmpdir(), "dreaming-page-"));
  const memory = join(folder, "memory");
  cpSync(from, memory, { recursive: true, preserveTimestamps: true });
  return { memory, folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Runs the command; fails with what it said. */
export function dreaming(...given) {
  const { status, stdout, stderr } = spawnSync(path, given, {
    encoding: "utf8",
    env: { ...process.env, HOME: tmpdir() },
  });
  // 3: a plan waits.
  if (status !== 0 && status !== 3) throw new Error(`dreaming ${given.join(" ")}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The files of a folder by path, hidden ones excepted. */
export function filesOf(folder, below = folder) {
  const found = {};
  for (const name of readdirSync(below).filter((name) => !name.startsWith("."))) {
    const at = join(below, name);
    if (statSync(at).isDirectory()) Object.assign(found, filesOf(folder, at));
    else found[relative(folder, at).split(sep).join("/")] = readFileSync(at, "utf8");
  }
  return found;
}
