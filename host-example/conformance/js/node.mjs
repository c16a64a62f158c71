// `node node.mjs web|component`: an engine in node, over standard input and output.

import { ROOT, chosen } from "./engines.mjs";
import { lines, write } from "./lines.mjs";
import { server } from "./server.mjs";

const { name, node } = chosen();
const answer = server(await import(new URL(node, ROOT)), { name, runtime: `node ${process.versions.node}` });
for await (const line of lines()) write(answer(line));
