// The two engines, and where each is: paths below the top folder of the project.

/** The top folder of the project. */
export const ROOT = new URL("../../../", import.meta.url);

/** The engines, by their name on the command line. */
export const ENGINES = {
  web: {
    name: "wasm-bindgen",
    node: "bindings/web/dist/node.js",
    browser: "bindings/web/dist/browser.js",
    workerd: "bindings/web/dist/workerd.js",
  },
  component: {
    name: "jco-transpile",
    node: "host-example/conformance/js/component.mjs",
    browser: "host-example/conformance/js/component.mjs",
  },
};

/** The engine that the command line names. */
export function chosen() {
  const engine = ENGINES[process.argv[2]];
  if (!engine) throw new Error(`name an engine: ${Object.keys(ENGINES).join(" or ")}`);
  return engine;
}
