// An engine in a module worker of a page: a message is a line, its answer is one too.

import { server } from "./server.mjs";

const { engine, ...info } = Object.fromEntries(new URL(location.href).searchParams);
const answer = server(await import(engine), info);
onmessage = ({ data }) => postMessage(answer(data));
postMessage("ready");
