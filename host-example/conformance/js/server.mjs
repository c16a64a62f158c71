// The conformance protocol over an engine: what the package `dreaming` exports, or `component.mjs`.
// This file is the same in node, in a page and in workerd. The Rust side is `src/process.rs`.

/**
 * Answers one line at a time. A line is `{"id", "method", "params"}`, its answer `{"id", "result"}`
 * or `{"id", "error": {"code", "message"}}`. The method `info` returns `info`.
 */
export function server(engine, info) {
  const methods = { info: () => info, ...dreams(engine), ...functions(engine) };
  return (line) => {
    const { id, method, params } = JSON.parse(line);
    try {
      if (!Object.hasOwn(methods, method)) throw new Error(`no method is named ${method}`);
      return JSON.stringify({ id, result: methods[method](params) ?? null });
    } catch (error) {
      // An error without a code is no refusal of the engine; the table shows its name
      // (`RuntimeError`).
      return JSON.stringify({ id, error: { code: error.code ?? error.name, message: error.message } });
    }
  };
}

/** The methods of a dream. Dreams are named by numbers. */
function dreams({ Snapshot, Dream }) {
  const open = new Map();
  let last = 0;
  const keep = (begin) => {
    open.set(++last, begin());
    return last;
  };
  const dream = (id) => {
    const found = open.get(id);
    if (!found) throw new Error(`no dream is named ${id}`);
    return found;
  };
  return {
    start: ({ request, store }) => keep(() => within([store], Snapshot, (it) => Dream.start(request, it))),
    restore: ({ checkpoint, store }) =>
      keep(() => within([store], Snapshot, (it) => Dream.restore(checkpoint, it))),
    poll: (params) => dream(params.dream).poll(),
    feed: (params) => {
      const target = dream(params.dream);
      for (const { session, part, chunk, last } of params.feeds) target.feed(session, part, bytes(chunk), last);
    },
    miss: (params) => dream(params.dream).miss(params.session, params.reason),
    answer: (params) => dream(params.dream).answer(params.call, params.answer),
    checkpoint: (params) => dream(params.dream).checkpoint(),
    drop: (params) => {
      dream(params.dream).free();
      open.delete(params.dream);
    },
  };
}

/** The methods that need no dream. */
function functions({ Snapshot, observe, apply, revert, rebase, erase }) {
  return {
    observe: ({ store, now }) => within([store], Snapshot, (it) => observe(it, now)),
    apply: ({ store, plan, decision }) => within([store], Snapshot, (it) => apply(it, plan, decision)),
    revert: ({ store, target, reviewer, note, now }) =>
      within([store, target], Snapshot, (it, to) => revert(it, to, { reviewer, note, now })),
    rebase: ({ store, plan, instructions }) => within([store], Snapshot, (it) => rebase(it, plan, instructions)),
    erase: ({ store, what, reviewer, note, now }) =>
      within([store], Snapshot, (it) => erase(it, what, { reviewer, note, now })),
  };
}

/** Calls `use` with the snapshots of `stores`, and frees them whatever happens. */
function within(stores, Snapshot, use) {
  const snapshots = [];
  try {
    for (const store of stores) snapshots.push(Snapshot.from(store));
    return use(...snapshots);
  } finally {
    for (const snapshot of snapshots) snapshot.free();
  }
}

/** The bytes of a base64 text, in node and in pages. */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
