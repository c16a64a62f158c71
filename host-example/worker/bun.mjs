// `npm run bun`: the handler in Bun. Bun comes from npm, without a link to it in `node_modules/.bin`.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The Bun of `BUN`, the one that `npm ci` installed, or the one on the path. */
export function bunProgram() {
  const installed = fileURLToPath(new URL("node_modules/@oven/bun-linux-x64/bin/bun", import.meta.url));
  return process.env.BUN ?? (existsSync(installed) ? installed : "bun");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = spawn(bunProgram(), [fileURLToPath(new URL("src/bun.ts", import.meta.url))], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  server.on("error", ({ message }) => {
    console.error(`Bun does not start (${message}): install it (https://bun.com), or set BUN to where it is`);
    process.exitCode = 1;
  });
  server.on("exit", (code) => {
    process.exitCode = code ?? 0;
  });
}
