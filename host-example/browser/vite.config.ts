import { readFileSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

import { type Plugin, defineConfig } from "vite";

/**
 * The content security policy of all pages, without `connect-src`. Workers start from a blob, so
 * that they inherit it.
 */
const RULES = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
];

/**
 * What each page may connect to: the preview only to its own files, the second page also to a
 * model.
 */
const CONNECT: Record<string, string> = {
  "index.html": "connect-src 'self'",
  "model.html": "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
};

/** Puts the content security policy of each page into its head, and into `_headers` for hosts that read it. */
function policies(): Plugin {
  const of = (page: string): string => [...RULES, CONNECT[page]].join("; ");
  return {
    name: "policies",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_, { path }) => [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: of(path.slice(1)) },
          injectTo: "head-prepend",
        },
      ],
    },
    generateBundle() {
      // Framing can be forbidden by a header only.
      const rules = (page: string): string => `  Content-Security-Policy: ${of(page)}; frame-ancestors 'none'\n`;
      const source = `/\n${rules("index.html")}/index.html\n${rules("index.html")}/model.html\n${rules("model.html")}`;
      this.emitFile({ type: "asset", fileName: "_headers", source });
    },
  };
}

/** Gives the sample of `cargo xtask demo` as the module `virtual:sample`: its files by path. */
function sample(): Plugin {
  const name = "virtual:sample";
  const folder = join(import.meta.dirname, "../../xtask/demo");
  return {
    name: "sample",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load(id) {
      if (id !== `\0${name}`) return undefined;
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
      const entries = files.map((file) => {
        const path = join(file.parentPath, file.name);
        this.addWatchFile(path);
        return [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")];
      });
      return `export default ${JSON.stringify(Object.fromEntries(entries.sort()))};`;
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [sample(), policies()],
  worker: { format: "es", plugins: () => [sample()] },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { input: ["index.html", "model.html"] },
  },
});
