import init from "./wasm/dreaming.js";

await init({ module_or_path: new URL("./wasm/dreaming_bg.wasm", import.meta.url) });

export * from "./index.js";
