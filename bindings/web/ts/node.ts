import { readFileSync } from "node:fs";

import { initSync } from "./wasm/dreaming.js";

initSync({ module: readFileSync(new URL("./wasm/dreaming_bg.wasm", import.meta.url)) });

export * from "./index.js";
