// An engine in a module worker of a page: each message is a line, and so is its answer.

import { server } from "./server.mjs";

const { engine, ...info } = Object.fromEntries(new URL(location.href).searchParams);
const answer = server(await import(engine), info);
onmessage = ({ data }) => postMessage(answer(data));
postMessage("ready");
