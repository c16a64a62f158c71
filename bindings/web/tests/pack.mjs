// The packed package, installed into an empty project without a network: the example of its README
// prints what the README says, and TypeScript finds its types.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const folder = mkdtempSync(join(tmpdir(), "dreaming-pack-"));
try {
  const project = join(folder, "project");
  mkdirSync(project);
  const { filename, files, size, unpackedSize } = pack();
  contents(files.map(({ path }) => path));
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  npm(project, "install", "--offline", "--no-audit", "--no-fund", join(folder, filename));
  example(project);
  exported(project);
  types(project);
  console.log(`${filename}: ${files.length} files, ${size} bytes packed, ${unpackedSize} bytes unpacked`);
} finally {
  rmSync(folder, { recursive: true });
}

function npm(cwd, ...args) {
  return execFileSync("npm", ["--silent", ...args], { cwd, encoding: "utf8" });
}

function pack() {
  const packed = JSON.parse(npm(PACKAGE, "pack", "--json", "--pack-destination", folder));
  return Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
}

/** Nothing is missing, and nothing is left of sources that are gone. */
function contents(packed) {
  const sources = readdirSync(join(PACKAGE, "ts"), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.replace(/\.ts$/, ""));
  const expected = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "documents.schema.json",
    "package.json",
    ...["dreaming.js", "dreaming.d.ts", "dreaming_bg.wasm", "dreaming_bg.wasm.d.ts"].map((name) => `dist/wasm/${name}`),
    ...sources.flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
  ];
  assert.deepEqual([...packed].sort(), expected.sort());
}

/** The first blocks `js` and `text` of the README: a script, and what it prints. */
function example(project) {
  const readme = readFileSync(join(project, "node_modules/dreaming/README.md"), "utf8");
  const block = (language) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)[1];
  writeFileSync(join(project, "example.js"), block("js"));
  const printed = execFileSync(process.execPath, ["example.js"], { cwd: project, encoding: "utf8" });
  assert.ok(printed.length > 20, "the example prints nothing");
  assert.equal(printed, block("text"));
}

/** What the map of exports names is there, for node and for others. */
function exported(project) {
  const script = `
    import { readFileSync } from "node:fs";
    const read = (name) => readFileSync(new URL(import.meta.resolve(name)));
    if (!WebAssembly.validate(read("dreaming/dreaming_bg.wasm"))) throw new Error("no module");
    if (!JSON.parse(read("dreaming/documents.schema.json")).definitions.Plan) throw new Error("no schema");
    console.log(import.meta.resolve("dreaming"), JSON.parse(read("dreaming/package.json")).name);
  `;
  writeFileSync(join(project, "exported.js"), script);
  const entry = execFileSync(process.execPath, ["exported.js"], { cwd: project, encoding: "utf8" });
  assert.match(entry, /dist\/node\.js dreaming\n$/);
}

function types(project) {
  writeFileSync(join(project, "typed.ts"), `
    import { DreamingError, MemoryStore, type Model, type Plan, type Store, changes, dream } from "dreaming";
    const store: Store = new MemoryStore({ memories: [{ path: "a.md", text: "- A.\\n" }] });
    const model: Model = async (call, { signal }) => (signal.aborted ? { tag: "refused" } : call.prompt.slice(call.maxTokens));
    try {
      const { plan, committed } = await dream({ store, model, mode: "auto", policy: { "gate.auto-merge": false } });
      const first: string | undefined = changes(plan)[0]?.because ?? committed;
      const { rejected, sessions } = JSON.parse(plan) as Plan;
      for (const { outcome } of sessions) if (outcome.state === "read") console.log(first, outcome.record.id, rejected.length);
    } catch (error) {
      if (error instanceof DreamingError && error.code === "conflict") console.log(error.what);
    }
  `);
  const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--types", "",
    "--target", "es2022", "--lib", "es2022,dom"];
  for (const how of [["--module", "nodenext"], ["--module", "esnext", "--moduleResolution", "bundler"]]) {
    try {
      execFileSync(process.execPath, [tsc, ...flags, ...how, "typed.ts"], { cwd: project, encoding: "utf8" });
    } catch (error) {
      assert.fail(`${how}: ${error.stdout}`);
    }
  }
}
