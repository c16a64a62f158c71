import { initSync } from "./wasm/dreaming.js";

export * from "./index.js";

/**
 * Loads the engine from a module that the platform has compiled already, for platforms that compile
 * no WebAssembly at run time and read no files: import `dreaming/dreaming_bg.wasm` as the platform
 * imports modules, and pass the result. Call it once, before anything else of this package; a
 * second call does nothing.
 *
 * In Cloudflare's workers `import … from "dreaming"` calls it by itself.
 */
export function load(module: WebAssembly.Module): void {
  initSync({ module });
}
