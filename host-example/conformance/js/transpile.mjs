// `node transpile.mjs`: dist/dreaming-core.wasm as JavaScript in dist/jco. The wasm module keeps
// its bytes; two lines of the JavaScript that jco writes around it are corrected.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";

import { ROOT } from "./engines.mjs";

const PATCHES = [
  {
    // From node 25.4 on, `encodeInto` may stop short of the end of a text that would fit
    // (nodejs/node#65994).
    from: /const \{ read, written \} = TEXT_ENCODER_UTF8\.encodeInto\(\s*s,\s*new Uint8Array\(memory\.buffer, ptr, len\),\s*\);\s*if \(read !== s\.length \|\| written !== len\) \{/,
    to: "const encoded = TEXT_ENCODER_UTF8.encode(s);\n  new Uint8Array(memory.buffer, ptr, len).set(encoded);\n  if (encoded.length !== len) {",
  },
  {
    // By default a decoder removes a byte order mark, which is part of a memory's text.
    from: /new TextDecoder\(\)/,
    to: 'new TextDecoder("utf-8", { ignoreBOM: true })',
  },
];

/** Applies each patch at its one place, and fails when jco no longer writes the line to patch. */
function patched(source) {
  for (const { from, to } of PATCHES) {
    const places = source.match(new RegExp(from, "g"))?.length ?? 0;
    if (places !== 1) throw new Error(`${places} places, not one, look like ${from}: look at what jco writes now`);
    source = source.replace(from, () => to);
  }
  return source;
}

const component = await readFile(new URL("dist/dreaming-core.wasm", ROOT));
const { files } = await transpileBytes(component, { name: "dreaming-core", wasiShim: false });
const folder = new URL("dist/jco/", ROOT);
await mkdir(folder, { recursive: true });
for (const [file, bytes] of Object.entries(files)) {
  if (file.endsWith(".d.ts")) continue;
  const content = file.endsWith(".js") ? patched(new TextDecoder().decode(bytes)) : bytes;
  await writeFile(new URL(basename(file), folder), content);
}
console.error(`${fileURLToPath(folder)} is written`);
