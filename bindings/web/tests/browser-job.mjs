// One dream in a browser. As a module worker: answers messages, also one that comes before the package
// is loaded; a static import would lose it. Workers have no import map.

const engine = import("../dist/browser.js");

const isWorker = typeof WorkerGlobalScope !== "undefined";

/** Dreams over texts that the store gives as blobs or as streams of small chunks. */
export async function job({ salt, memories, sessions, now, form }) {
  const { MemoryStore, dream } = await engine;
  const blobs = sessions.map(({ id, text }) => ({ id, parts: { main: new Blob([text]) } }));
  const store = new MemoryStore({ salt, memories, sessions: blobs });
  if (form === "stream") {
    const read = store.read;
    store.read = (...part) => read.call(store, ...part).stream().pipeThrough(inPieces());
  }
  const { plan, report } = await dream({ store, now });
  return { plan, report, isWorker };
}

function inPieces() {
  return new TransformStream({
    transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += 100) controller.enqueue(chunk.subarray(at, at + 100));
    },
  });
}

if (isWorker) globalThis.onmessage = async ({ data }) => postMessage(await job(data));
