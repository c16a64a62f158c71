// Session records that the engine reads: of two agents, one of which does worse, and of some sessions of which little is known.

const DAY = 86_400_000;
const DIGEST = "0".repeat(64);

const PIN = {
  part: "main", line: 1, start: 0, end: 23, event: "line-1", time: null, provenance: "user", quote: "Use west-2, not west-1.",
  quote_digest: DIGEST,
};

/** The records. Things get worse, one session is very long, and one week has many. */
export function team() {
  const known = Array.from({ length: 80 }, (_, n) => {
    const steady = n % 2 === 0;
    const name = steady ? "steady" : "fast";
    const worse = Math.floor(n / 16);
    const good = n % 10 < (steady ? 10 : 6) - worse;
    const day = Math.min(n, 62) * DAY;
    return record(n, {
      agent: name, role: name, task: name, principal: name, first: day, last: day + 1000, events: n === 40 ? 9000 : 90,
      tokens: { input: 100, output: n === 40 ? 9000 : 90 },
      outcomes: [{ metric: metric({ source: steady ? "measured" : "graded", value: good ? 1_000_000 : 0 }), pin: PIN }],
      tools: [{ tool: "Bash", calls: 9, failed: worse + (steady ? 0 : 4) }],
    });
  });
  const unknown = Array.from({ length: 4 }, (_, n) => record(80 + n, {
    topic: ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"],
    hand_offs: [{ to: "search", failed: null, pin: { ...PIN, provenance: "recalled" } }],
    documented: ["make lint"],
    steps: ["make fmt", "make lint"].map((name) => ({ name, pin: PIN })),
    order: [[1, 0]],
    refutations: [{ given_to: "Bash", given_as: "--region", wrong: "west-1", right: "west-2", pins: [PIN] }],
    statements: [{ kind: "correction", text: PIN.quote, wrong: "west-1", right: "west-2", subject: null, pin: PIN }],
    outcomes: [{ metric: metric({ goal: null, better: "lower" }), pin: PIN }],
  }));
  return [...known, ...unknown];
}

function metric(about) {
  return { name: "reward", source: "measured", value: 1, goal: 1_000_000, better: "higher", weight: 100, ...about };
}

function record(n, notes) {
  const id = `s${n}`;
  const kind = n % 2 === 0 ? "practice" : "decision";
  return {
    id,
    parts: [{ name: "main", bytes: 100, digest: DIGEST }],
    notes: {
      format: "claude-code", origin: id, agent: null, principal: null, first: null, last: null, events: 9, failures: [],
      refutations: [], statements: [], steps: [], quarantined: [], dropped: 0, redactions: 0,
      account: {
        lines: 0, understood: 0, not_json: 0, not_object: 0, unknown_type: 0, too_long: 0, not_utf8: 0, future_time: 0,
        repeated: 0, not_shown: 0,
      },
      ...notes,
    },
    proposals: [{ kind, text: "The region is west-2.", subject: "region", wrong: "west-1", right: "west-2", pins: [PIN], trust: "user" }],
  };
}
