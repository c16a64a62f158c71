import { initSync } from "./wasm/dreaming.js";
// The platform compiles the module when a worker is deployed, and forbids it afterwards.
import module from "./wasm/dreaming_bg.wasm";

initSync({ module });

export * from "./index.js";
