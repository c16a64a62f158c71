// `npm test`: types, the bundle as `wrangler deploy` makes it, the tests in each edge, and a few stores at once.

import { bundle, newNode, run } from "./tools.mjs";

const node = newNode();
for (const project of ["tsconfig.json", "tsconfig.cloudflare.json", "tsconfig.bun.json"]) {
  run(node, ["node_modules/typescript/bin/tsc", "-p", project]);
}
bundle();
const tests = ["--test", "--test-timeout=120000", "--test-reporter=spec"];
const alone = ["shape", "storage", "start", "readme", "cloudflare", "faults"].map((name) => `tests/${name}.test.mjs`);
run(node, [...tests, ...alone]);
for (const EDGE of ["workerd", "bun"]) run(node, [...tests, "tests/edge/*.test.mjs"], { settings: { EDGE } });
run(node, ["tests/stores.mjs"]);
