// What `JSON.parse` makes of the documents. Fields are named as in the JSON; what is unknown is `null`; only fields with
// `?` are ever absent. Times are milliseconds since 1970, digests 64 hexadecimal digits.
//
// Written by `cargo xtask documents` from the types of the engine.

/**
 * What became of a session: read to the end, already known to the ledger, or still pending. For a pending session that
 * was read but not understood, `not_understood` says how little of it was understood.
 */
export type SessionOutcome =
  | {
      state: "read";
      /** The record that goes into the ledger. */
      record: SessionRecord;
    }
  | {
      state: "unchanged";
    }
  | {
      state: "pending";
      /** Why. */
      reason: string;
      /** How little of it was understood, if that is the reason. Left out when there is none. */
      not_understood?: NotUnderstood;
    };

/**
 * Where words come from.
 *
 * - `user`: A person typed it.
 * - `agent`: An agent wrote it.
 * - `tool-use`: A call that an agent made, with its name and arguments.
 * - `tool-result`: What a tool printed about its own work.
 * - `external`: What a tool brought in from elsewhere: pages, mail, file contents.
 * - `harness`: Markup and text that the harness added: command output, reminders, hook messages.
 * - `recalled`: Text that a memory, a summary or an earlier dream brought into the session. Never evidence.
 */
export type Provenance = "user" | "agent" | "tool-use" | "tool-result" | "external" | "harness" | "recalled";

/**
 * What sort of statement an entry is.
 *
 * - `fact`: A fact: a place, a value, a name.
 * - `preference`: How somebody wants things done.
 * - `workflow`: Steps that lead to a goal.
 * - `mistake`: Something that goes wrong, with what cures it.
 * - `decision`: What was decided, and why.
 * - `practice`: What successful sessions did and failed ones did not.
 * - `index`: The index line of a memory.
 */
export type Kind = "fact" | "preference" | "workflow" | "mistake" | "decision" | "practice" | "index";

/**
 * How far a statement is trusted; later cases are trusted more. Computed from its sources, never taken from a model.
 *
 * - `external`: Text from outside: web pages, mail, files that a tool read.
 * - `tool`: Text that a tool printed about its own work, such as an error message.
 * - `agent`: Words of an agent, and imported entries of unknown origin.
 * - `verified`: A pattern that outcomes confirmed, such as a failed call and the call that then worked.
 * - `user`: Words that a person typed.
 */
export type Trust = "external" | "tool" | "agent" | "verified" | "user";

/**
 * What a change does.
 *
 * - `add`: A new entry at the end of the first section of a memory that has a list.
 * - `merge`: Entries that say the same become one.
 * - `supersede`: A newer value takes the place of an older one.
 * - `revise`: The wording changes, the meaning does not (a secret is cut out).
 * - `retire`: An entry leaves the store.
 */
export type Operation = "add" | "merge" | "supersede" | "revise" | "retire";

/**
 * Why a change is proposed.
 *
 * - `secret` (Secrets): It holds a secret.
 * - `corrected` (Corrected by a person): A person corrected it.
 * - `refuted` (Shown to be wrong): Tools showed that the value does not hold.
 * - `withdrawn` (Evidence withdrawn): The evidence that supported it was withdrawn.
 * - `newer-value` (Newer value): A newer value for the same subject.
 * - `stated` (Said by a person): A person said so.
 * - `recurring` (Seen again and again): It recurs in several sessions.
 * - `distilled` (Worded by a model from what sessions show): A model wrote it from the findings of all sessions, or
 *   proposed it from what a person said or several sessions show.
 * - `extracted` (Found by another extractor): An extractor of the host found it.
 * - `shared` (Wanted by several people): Several people want the same.
 * - `duplicate` (Duplicates): The store holds it more than once.
 * - `stale` (Stale): Nothing has supported it for long.
 * - `outgrown` (Written anew, or no longer found in sessions): A dream added it, and a model wrote it anew, or the
 *   sessions in which it was found show something else by now.
 * - `over-budget` (No room): The store has no room for it.
 * - `index` (Index lines): A memory was added, and the index names memories.
 * - `dangling` (Index lines that lead nowhere): A line of the index names a memory that is not there, or that the plan
 *   empties.
 * - `index-limit` (Index too long): The index is longer than what agents load.
 * - `noticed` (Noticed by a model in one session; nothing else speaks for it): A model proposed it from one session: a
 *   mistake, or something that no person said; and no model wrote of it together with the other findings, because the
 *   policy gives no calls for that. Or somebody outside said it.
 */
export type Cause =
  | "secret"
  | "corrected"
  | "refuted"
  | "withdrawn"
  | "newer-value"
  | "stated"
  | "recurring"
  | "distilled"
  | "extracted"
  | "shared"
  | "duplicate"
  | "stale"
  | "outgrown"
  | "over-budget"
  | "index"
  | "dangling"
  | "index-limit"
  | "noticed";

/**
 * How established an entry is.
 *
 * - `short`: Seen once.
 * - `intermediate`: Seen in several sessions.
 * - `long`: Seen in many sessions, on several days.
 */
export type Tier = "short" | "intermediate" | "long";

/**
 * Whether a change may be applied unattended.
 *
 * - `auto`: Yes.
 * - `review`: Only when a person accepts it.
 * - `blocked`: Never; it is listed so that nothing is turned down in silence.
 */
export type Gate = "auto" | "review" | "blocked";

/** The value of a ledger row: `distilled/<digest>`, `entry/<id>`, `memory/<path>`, `pair/<digest>` or `session/<id>`. */
export type LedgerValue = Distilled | EntryRecord | MemoryRecord | PairRecord | SessionRecord;

/**
 * What is measured of a session.
 *
 * - `sessions`: How many sessions there were in a period.
 * - `good-outcomes`: The share of good outcomes among those that are known.
 * - `failed-calls`: The share of calls that failed. For a group: the share of sessions that have more of them than the
 *   median session.
 * - `events`: Events.
 * - `output-tokens`: Tokens written.
 */
export type Measure = "sessions" | "good-outcomes" | "failed-calls" | "events" | "output-tokens";

/** The plan of a dream: what would change and why, and what was turned down. */
export interface Plan {
  /** The format. */
  format: "dreaming.plan/1";
  /** Digest of the canonical bytes of the document without this field: one that was edited is refused. */
  digest: string;
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** The revision that it was made for; `null` = a store without revisions. */
  base: string | null;
  /** Digest of the memories that it was made for. */
  memories: string;
  /** Root of the ledger that it was made for. */
  ledger: string;
  /** The `now` of the dream. */
  now: number;
  /** The settings of the dream that differ from their defaults. */
  policy: WrittenPolicy;
  /** Digest of the instructions of the dream. */
  instructions: string;
  /**
   * Digest of the candidates that a host brought, when the plan was made of those and not of sessions. Left out when
   * there is none.
   */
  candidates?: string;
  /** The sessions of the request with what became of them, by id. */
  sessions: SessionResult[];
  /**
   * What a model answered about pairs of statements of the store in this dream, by key. The ledger stores it, whatever
   * is accepted. Left out when empty.
   */
  compared?: PairRecord[];
  /**
   * What a model wrote from all findings together, by key. The ledger stores it, whatever is accepted. Left out when
   * empty.
   */
  distilled?: Distilled[];
  /**
   * The results for findings that none of these statements covers, by statement. The ledger stores them, whatever is
   * accepted. Left out when empty.
   */
  looked?: Look[];
  /** What would change, in the order in which it is applied: by path, position, id. */
  changes: PlanChange[];
  /** Changed support of existing entries, by entry. */
  reinforcements: Reinforcement[];
  /** What a person has to decide. */
  conflicts: OpenConflict[];
  /** What was turned down. */
  rejected: Rejected[];
}

/**
 * Which engine made a document: everything besides the inputs that decides about the bytes. An engine with another
 * fingerprint may give other bytes for equal inputs.
 */
export interface Fingerprint {
  /** Version of the engine. */
  engine: string;
  /** Version of the Unicode tables in the toolchain that built the engine. */
  unicode: string;
  /** Parser of memories, with version. */
  markdown: string;
  /** Version of the rules that find secrets. */
  secrets: number;
  /** A hash of all words in the tables of the engine, as 16 hexadecimal digits: changed words may give other bytes. */
  words: string;
}

/** Settings that differ from their defaults, by name. A list with one text is written as a list. */
export interface WrittenPolicy {
  /** A value of a setting. */
  [k: string]: boolean | number | string[];
}

/** A session of the request and its outcome. */
export interface SessionResult {
  /** The session. */
  session: string;
  /** What became of it. */
  outcome: SessionOutcome;
}

/** What one read session leaves behind, bounded and redacted: which bytes were read, and what was found. */
export interface SessionRecord {
  /** The session, as the host names it. */
  id: string;
  /** The bytes that were read, by part name. */
  parts: PartRead[];
  /** What was found. */
  notes: SessionNotes;
  /**
   * The parts that it repeats from other sessions, in the order of the lines. The notes hold nothing from them. Left
   * out when empty.
   */
  histories?: SessionHistory[];
  /** What a model proposed and the check let through, sorted. */
  proposals: Proposal[];
  /**
   * The calls about it that have no usable answer. While there are some, the session counts as read and waits for a
   * model. Left out when there is none.
   */
  unanswered?: Unanswered;
  /**
   * Whether only dreams without a model have read it in this form. A dream with a model takes it again, only to ask
   * the model. Left out when it is not so.
   */
  unseen?: true;
  /** Whether its evidence was withdrawn: it stays read, and counts no more. Left out when it is not so. */
  withdrawn?: true;
}

/** One part as it was read. */
export interface PartRead {
  /** Name of the part. */
  name: string;
  /** Length in bytes. */
  bytes: number;
  /** Digest of those bytes. */
  digest: string;
}

/**
 * What was found in one session without any model. A pure function of the session's bytes, the host's description of
 * it, the policy and `now`.
 */
export interface SessionNotes {
  /** Name of the format, such as `claude-code`; empty when no importer recognised it. */
  format: string;
  /** The session id inside the transcript; without one, the host's id. Two files with the same id count as one session. */
  origin: string;
  /**
   * The first 16 hexadecimal digits of a digest of the first message, if that has an id and a time. A file that
   * repeats another session's history under an id of its own has the same root and counts once together with it. Left
   * out when there is none.
   */
  root?: string;
  /** The agent: as the host says, else as the transcript says (`claude-code`). */
  agent: string | null;
  /**
   * The person: as the host says, else the user part of the first working directory (`/Users/<name>/…`,
   * `/home/<name>/…`), else `null`.
   */
  principal: string | null;
  /**
   * The person, if `scope.members` names others and not this one; empty when nothing tells who it was. Then there is
   * no principal: what was said is kept as from outside. Left out when there is none.
   */
  guest?: string;
  /** What the agent is for, e.g. `reviewer`, when a part says so; redacted. Left out when there is none. */
  role?: string;
  /** The category of its task, when a part says so; redacted. Left out when there is none. */
  task?: string;
  /** The first working directory; redacted. Left out when there is none. */
  cwd?: string;
  /** The first branch; redacted. Left out when there is none. */
  branch?: string;
  /** Time of the first event. */
  first: number | null;
  /** Time of the last event. */
  last: number | null;
  /** Events that were used. */
  events: number;
  /** Tokens that model calls used, each response counted once. Left out when there is none. */
  tokens?: Tokens;
  /**
   * Numbers that say how the session went, in transcript order; last a model's grade, if one was given. Left out when
   * empty.
   */
  outcomes?: PinnedMetric[];
  /** Calls by tool, by name. Left out when empty. */
  tools?: ToolCount[];
  /**
   * Shell commands whose outcome is known, by program and subcommand, sorted by name. Of a line with several commands
   * only those count whose outcome the line's result shows. Left out when empty.
   */
  commands?: ToolCount[];
  /** Work given to other agents, in transcript order. Left out when empty. */
  hand_offs?: HandOff[];
  /** The words that describe the task: content words of the user's first request, sorted. Left out when empty. */
  topic?: string[];
  /**
   * Calls that changed something other than files and through no shell, with their arguments, in order. Left out when
   * empty.
   */
  actions?: Action[];
  /**
   * How many changes `actions` does not list: actions that were cut off, commands that ran and files that changed. 0
   * means that the list is complete. Left out when 0.
   */
  actions_unlisted?: number;
  /**
   * Statements of memories that were shown to the agent, each as the first 16 hexadecimal digits of the digest of its
   * normal form, sorted. Never evidence; the session's outcome is credited to these statements. Left out when empty.
   */
  recalled?: string[];
  /**
   * Project commands that are named in documents shown to the agent, such as an instruction file or a README. Sorted.
   * Left out when empty.
   */
  documented?: string[];
  /** Calls that failed, with what then worked, in transcript order. */
  failures: SessionFailure[];
  /** Values that the session showed to be wrong, each with the right one. */
  refutations: Refutation[];
  /** Preferences and corrections in the user's own words, in transcript order. */
  statements: Statement[];
  /**
   * Distinct steps that worked, each with its first place: program and subcommand of commands of shells, e.g. `cargo
   * test`, and `(files changed)`. In each part the most frequent first.
   */
  steps: Step[];
  /**
   * The order of the steps as indexes into `steps`, one list for each thread of each part; consecutive equal steps
   * count once. An index beyond `steps` stands for a step that was cut off. Empty when the steps occurred once each,
   * in the order of `steps`. Left out when empty.
   */
  order?: number[][];
  /** Text from tools and pages that is hidden or reads like an instruction, kept as evidence only. */
  quarantined: Quarantined[];
  /** How many findings were cut off by `notes.max-bytes`. */
  dropped: number;
  /** Secrets that were cut out of everything kept. */
  redactions: number;
  /** What the importer used and skipped, over all parts. */
  account: Account;
}

/** Tokens that model calls used. */
export interface Tokens {
  /** Tokens read, cached ones included. */
  input: number;
  /** Tokens written. */
  output: number;
}

/** A metric of a session with the place that it comes from. */
export interface PinnedMetric {
  /** The number. */
  metric: Metric;
  /** Where it is. */
  pin: Pin;
}

/** One number about a session. Values are in millionths. */
export interface Metric {
  /** What was measured, e.g. `reward`; redacted, at most 64 bytes. */
  name: string;
  /**
   * Where it comes from.
   *
   * - `weak`: Derived from the transcript: tests passed, a commit was kept, a person refused a call.
   * - `rubric`: A grade that a model gave the session against the rubric of the policy.
   * - `graded`: The verdict of a host's grader on a rubric.
   * - `measured`: A number that was measured in the session or for it.
   */
  source: "weak" | "rubric" | "graded" | "measured";
  /** The value in millionths: 1,000,000 is 1. A verdict is 1 or 0. */
  value: number;
  /**
   * The value from which on the metric counts as reached, in millionths; `null`: only a comparison with other sessions
   * can tell.
   */
  goal: number | null;
  /**
   * Which values are good.
   *
   * - `higher`: More is better, such as a reward.
   * - `lower`: Less is better, such as a latency.
   */
  better: "higher" | "lower";
  /** Its weight among the metrics of its session, in percent of an ordinary one: 1 to 1000. */
  weight: number;
}

/** A place inside a session. The record that holds it also holds lengths and digests of the session's parts. */
export interface Pin {
  /** The part of the session: `main`, or the name of a sub-agent's or spilled file. */
  part: string;
  /** Line of the part that holds the event, counted from 1. */
  line: number;
  /**
   * First byte of the quote in the decoded event text, after terminal control sequences were removed and before
   * redaction.
   */
  start: number;
  /** The byte after the last one of the quote in that text. */
  end: number;
  /** Id of the event as the transcript gives it, else `line-` and the line. */
  event: string;
  /** When the event happened, by the transcript; `null` when it does not say. */
  time: number | null;
  /** Where the words come from. */
  provenance: Provenance;
  /** The words, redacted, cut at a character to at most 300 bytes. */
  quote: string;
  /** Digest of the redacted words before they were cut. */
  quote_digest: string;
}

/** How often a tool was called. */
export interface ToolCount {
  /** Name of the tool; redacted. */
  tool: string;
  /** Calls that have a result. */
  calls: number;
  /** Calls that failed; refusals of a person do not count. */
  failed: number;
}

/** Work that one agent gave to another. */
export interface HandOff {
  /** Name or role of the other agent; redacted. */
  to: string;
  /** Whether it ended without the requested result; `null` when nothing shows it. */
  failed: boolean | null;
  /** Where it was given. */
  pin: Pin;
}

/** A call that changed something, such as a booking. */
export interface Action {
  /** Name of the tool; redacted. */
  name: string;
  /** Its arguments as canonical JSON; redacted. Very long ones are cut and end in `…`. */
  arguments: string;
  /** Where it is. */
  pin: Pin;
}

/** A call that failed. */
export interface SessionFailure {
  /** Tool, e.g. `Read`; for a shell tool the program and subcommand too: `Bash mise run lint`. */
  tool: string;
  /**
   * The message with paths, numbers, hexadecimal ids and quoted texts replaced by `<path>`, `<n>`, `<hex>`, `<text>`;
   * redacted. A line that the same command does not print when it works; empty when it prints them all.
   */
  template: string;
  /** Where the failure is. */
  pin: Pin;
  /** The call that then worked, if one did. */
  cure: Cure | null;
}

/** What worked after a failure. */
export interface Cure {
  /** A short description of the call, e.g. `Read` or `Bash mise run fmt`; redacted. */
  step: string;
  /** Where it is. */
  pin: Pin;
  /**
   * What stands in front of the command that failed, when the cure is the same command without it. Left out when there
   * is none.
   */
  retry?: Retry;
}

/** The front part of a command that failed, when the same command without it worked. */
export interface Retry {
  /** The command that failed, as it was called: its words with one space between them; cut when it is long; redacted. */
  failed: string;
  /** The first words of that command; it worked without them. */
  left_out: string;
}

/** A value that failed, and the one that worked in its place. */
export interface Refutation {
  /**
   * What was given the value: the tool, for a shell tool with program and subcommand. Empty for a file name, which is
   * wrong wherever it is used. Left out when there is none.
   */
  given_to?: string;
  /**
   * The field, setting or option that the value was given as, such as `owner`. Empty when nothing names it. Left out
   * when there is none.
   */
  given_as?: string;
  /** The value that does not hold, e.g. `.golangci.yml`. */
  wrong: string;
  /**
   * The value that holds, e.g. `.golangci.yaml`; the same value in quotes when it needed them; empty when the call
   * worked without any.
   */
  right: string;
  /**
   * First the failure, last the success. For a file name whose error does not name the file, the failed call stands
   * between them.
   */
  pins: Pin[];
}

/** Words of a person that ask for something beyond the task at hand. */
export interface Statement {
  /**
   * What sort of statement it is.
   *
   * - `preference`: A standing instruction: always, never, from now on.
   * - `correction`: A newer value for something: moved to; in a standing instruction also renamed to, instead of.
   * - `fact`: A fact that somebody asked to remember.
   */
  kind: "preference" | "correction" | "fact";
  /** The sentence, redacted. */
  text: string;
  /** The outdated value that a correction names: `use X instead of Y` gives Y. */
  wrong: string | null;
  /** The value that replaces it: X. */
  right: string | null;
  /**
   * The subject that the value belongs to, when the sentence names it: "the staging URL moved to X" gives `the staging
   * url`; lower case.
   */
  subject: string | null;
  /** Where it is. */
  pin: Pin;
}

/** One step that worked. */
export interface Step {
  /** Program and subcommand, redacted, or `(files changed)`. */
  name: string;
  /** Where it is. */
  pin: Pin;
}

/** Text that gives instructions from a source that may not. */
export interface Quarantined {
  /** Why: `instruction-like` or `hidden-characters`. */
  reason: string;
  /** Where it is. */
  pin: Pin;
}

/** What an importer used and skipped, by reason, as counts. */
export interface Account {
  /** Lines that are not blank; for a document its records, and content outside records. */
  lines: number;
  /** Lines that were used, or are known to carry nothing for memory. */
  understood: number;
  /** Lines that are not JSON, a cut last line included. */
  not_json: number;
  /** Lines that are JSON but no object. */
  not_object: number;
  /** Objects of a type that this version does not know. */
  unknown_type: number;
  /** Lines over the length limit of the policy. */
  too_long: number;
  /** Lines with invalid UTF-8; read with U+FFFD in place of those bytes. */
  not_utf8: number;
  /** Events with a time after `now`; used without their time. */
  future_time: number;
  /** Records whose id occurred before in the same part; used once. */
  repeated: number;
  /** Event texts for which no prompt had room. */
  not_shown: number;
}

/**
 * What a forked session repeats of the session it was forked from. Of the original's transcript and all histories that
 * repeat it, one counts.
 */
export interface SessionHistory {
  /** The part that holds it. */
  part: string;
  /** The last line of the history in that part. */
  last_line: number;
  /**
   * Whether a model is asked about it here: only in one of the sessions that repeat it, and not at all when the
   * original session is read itself. Left out when it is not so.
   */
  asked?: true;
  /**
   * What was found in it. Id and parts are those of the session that repeats it, because it can be read there; the
   * origin is the original session.
   */
  record: SessionRecord;
}

/** A proposal that passed the check: a statement with the places that support it. */
export interface Proposal {
  /** What sort of statement it is. */
  kind: Kind;
  /** The statement, one paragraph, redacted. */
  text: string;
  /** Subject and attribute, lower case, when the model gave one: `staging url`. */
  subject: string | null;
  /** The value that no longer holds, when the model gave one and the session contains it. */
  wrong: string | null;
  /** The value that holds, when the model gave one and the statement contains it. */
  right: string | null;
  /** The entry that it replaces, when the model was shown that entry and said so. Left out when there is none. */
  corrects?: string;
  /** Places that support it; each quote was found word for word. */
  pins: Pin[];
  /** The lowest trust of those places. */
  trust: Trust;
  /**
   * The result after a model wrote from all findings together: `true` = proposed as it is, `false` = left out; `null`
   * when a written statement covers it, or no model has seen it together with the others yet. Left out when there is
   * none.
   */
  worth?: boolean;
}

/**
 * Calls about a session that have no usable answer. The next dream with a model makes these calls again, and no other
 * calls for the same bytes.
 */
export interface Unanswered {
  /** The question: a digest of the events and of the prompt around them. */
  series: string;
  /** The open parts of the question, counted from 1, in order; never empty. */
  parts: number[];
  /** What the parts before the first open one were about, in a model's words; may be empty. */
  before: string;
  /** Whether a call was made and failed. Otherwise the budget was used up before all of them. */
  failed: boolean;
  /**
   * Open parts with unusable answers, each listed once for every such answer, at most twice. A part's first unusable
   * answer counts only in a dream that also got usable answers. Left out when empty.
   */
  tried?: number[];
}

/** How little of a session was understood, and what format it may be. */
export interface NotUnderstood {
  /** Lines with anything on them, of all parts. */
  lines: number;
  /** How many of these lines were understood, including those read before. */
  understood: number;
  /**
   * What it looks like: the name of a product, such as `GitHub Copilot CLI`, or of a format; empty when it resembles
   * no known one. A guess from the first records.
   */
  looks_like: string;
}

/**
 * The ledger row of two texts that a model compared, so that they are not asked about again. It has no time: times in
 * the ledger are source times, and the revision that wrote the row has one.
 */
export interface PairRecord {
  /** Digest of both texts, independent of their order. */
  key: string;
  /**
   * Digest of each text, sorted: with these the engine finds out whether the store still has the text.
   *
   * @minItems 2
   * @maxItems 2
   *
   * Items: A SHA-256 digest as 64 lower-case hexadecimal digits.
   */
  texts: [string, string];
  /**
   * The model's answer.
   *
   * - `same`: One statement says everything that the other says.
   * - `updates`: The later one replaces the earlier one.
   * - `contradicts`: They cannot both hold.
   * - `independent`: Both may hold.
   */
  said: "same" | "updates" | "contradicts" | "independent";
}

/**
 * The ledger row of a statement that a model wrote from findings of several sessions. It has no evidence of its own:
 * its evidence, trust and support are those of its findings, so that it goes when they go.
 */
export interface Distilled {
  /** Digest of its kind and words. */
  key: string;
  /** What sort of statement it is. */
  kind: Kind;
  /** The statement, one paragraph, redacted. */
  text: string;
  /**
   * Digests of the findings that it rests on, sorted, distinct. A finding is a statement (kind and words) or failures
   * (a tool and its message).
   *
   * Items: A SHA-256 digest as 64 lower-case hexadecimal digits.
   */
  findings: string[];
  /**
   * The entry that it replaces: the model was shown that entry and said so, or it alone took up what the entry rests
   * on when everything was written anew. Left out when there is none.
   */
  replaces?: string;
  /** The words of that entry, if no dream wrote it: what they name needs no other source. Left out when there is none. */
  line?: string;
  /**
   * The entry after which it belongs, if it is new: the model was shown that entry and said so. Left out when there is
   * none.
   */
  after?: string;
  /** Whether it is the next step of the numbered list in which that entry stands. Left out when it is not so. */
  step?: true;
  /**
   * Keys of the statements that it was written in place of, sorted, distinct: the one that stood there when a model
   * wrote that, too, or all that had findings of it when everything was written anew (`distil.anew`). Left out when
   * empty.
   *
   * Items: A SHA-256 digest as 64 lower-case hexadecimal digits.
   */
  instead_of?: string[];
}

/**
 * The result for a finding that no written statement covers. The ledger stores it with all proposals that say the
 * finding.
 */
export interface Look {
  /** Digest of its kind and words. */
  statement: string;
  /**
   * Whether the finding is proposed as it is: the statement that a model wrote from it was turned down, and of that
   * statement's findings it has the most support. `false`: the model left it out.
   */
  keep: boolean;
}

/** A change as the plan holds it. */
export interface PlanChange {
  /**
   * Digest of operation, targets, survivor and new text; without targets also of the memory, for what is written after
   * an entry of that which dreams keep for its kind.
   */
  id: string;
  /** What is done. */
  operation: Operation;
  /** The memory that is written. */
  path: string;
  /** What sort of statement it is about, when known. */
  kind: Kind | null;
  /** The entries that go or are rewritten, sorted; empty for an addition. */
  targets: Target[];
  /**
   * For a merge: the entry that stays. For a supersede: the entry that already has the newer value; `null` when the
   * change writes the value, or those that it needs do.
   */
  survivor: Target | null;
  /**
   * For an addition: the entry after which it is written, as the next item of its list; at the end of its section
   * where that is no item, or a task, or a step and the addition is none (`step`). `null`: at the end of the first
   * list of the memory. Left out when there is none.
   */
  after?: Target;
  /**
   * Whether it is written as the next step of that entry's numbered list, which then counts on from it. Left out when
   * it is not so.
   */
  step?: true;
  /** The new text; `null` when nothing is written. */
  text: string | null;
  /** Why it is proposed. */
  cause: Cause;
  /** Why, as a sentence. */
  because: string;
  /**
   * The evidence for it, sorted. Empty only when the change concerns entries of the store alone; these are in
   * `targets`.
   */
  evidence: PinnedEvidence[];
  /** Distinct sessions, agents and days behind it. */
  support: Support;
  /** The trust of the result: never above the lowest of its sources. */
  trust: Trust;
  /** The tier of the result. */
  tier: Tier;
  /** The subject whose value it sets, when known. */
  subject: string | null;
  /** Whose preference it is, when scoped. */
  principal: string | null;
  /** When the new value begins to hold, by its source. */
  valid_from: number | null;
  /** Time of the newest evidence, by its source. */
  last_seen: number | null;
  /** The score, part by part. */
  score: Score;
  /** Whether it may be applied unattended. */
  gate: Gate;
  /** Why it has that gate. */
  gate_reason: string;
  /**
   * Whether a person has to accept it by its id: accepting all leaves it out. So are changes that only a model noticed
   * in one session, advice that deletes, forces or skips a check, newer words that only a page, a file or a tool says,
   * what was written in the place of a line that nobody may take out, and what needs one of these. Left out when it is
   * not so.
   */
  alone?: true;
  /**
   * The changes of this plan without which it is not applied, sorted: those that write what the targets say in other
   * words, or one of what was written when a model left the targets. Empty for most changes. Left out when empty.
   *
   * Items: A change of a plan: `c` and 20 hexadecimal digits of its content, so that the same change has the same id in every
   * dream and a decision about it can be remembered.
   */
  needs?: string[];
}

/** An entry that a change is about, as it was in the base revision. */
export interface Target {
  /** Its id. */
  entry: string;
  /** The memory that holds it. */
  path: string;
  /** The line of the memory on which it starts, counted from 1. */
  line: number;
  /**
   * What it stands below, outermost first, without secrets: headings, the line that introduces its list, the items
   * around it. They may say of whom or when it holds. Left out when empty.
   */
  below?: string[];
  /** Its text. */
  text: string;
}

/** A place in a transcript. It keeps lengths, digests and the quote, because transcripts grow, are resumed and vanish. */
export interface PinnedEvidence {
  /** The session, as the host names it. */
  session: string;
  /** The part of the session: `main`, or the name of a sub-agent's or spilled file. */
  part: string;
  /** Line of the part that holds the event, counted from 1. */
  line: number;
  /**
   * First byte of the quote in the decoded event text, after terminal control sequences were removed and before
   * redaction.
   */
  start: number;
  /** The byte after the last one of the quote in that text. */
  end: number;
  /** Id of the event as the transcript gives it, else `line-` and the line. */
  event: string;
  /** When the event happened, by the transcript; `null` when it does not say. */
  time: number | null;
  /** Where the words come from. */
  provenance: Provenance;
  /** Length in bytes of the part as it was read. */
  part_bytes: number;
  /** Digest of the part as it was read; empty when only the host says so. */
  part_digest: string;
  /** The words, redacted, cut at a character to at most 300 bytes. */
  quote: string;
  /** Digest of the redacted words before they were cut. */
  quote_digest: string;
  /**
   * Whether only the host says so: no session record has these words at this place. Such evidence is trusted no more
   * than an agent, and supports no entry until a person accepts it. Left out when it is not so.
   */
  claimed?: true;
}

/** How widely something is supported. */
export interface Support {
  /** Distinct sessions; copies of one source count once. */
  sessions: number;
  /** Distinct agents. */
  agents: number;
  /** Distinct UTC days. */
  days: number;
}

/** A score in named parts, each in parts per million. It orders what a person sees; it never decides what is true. */
export interface Score {
  /** Weighted sum of the parts, at most 1,000,000. */
  total: number;
  /** How recent: halves with each half-life. */
  recency: number;
  /** How widely supported, by sessions, agents and days; each further one adds less. */
  support: number;
  /**
   * How sessions went that used or did it. 211,324 where no outcome is known: more than after failures, less than
   * after successes.
   */
  outcome: number;
  /** How far its source is trusted. */
  trust: number;
  /** How much of the instructions it speaks about; 0 without instructions. */
  relevance: number;
}

/**
 * The new support of an entry: more, because sessions say the same; less, because sessions were withdrawn; or another
 * tier, because a conflict about it was opened or decided. Changes only the ledger.
 */
export interface Reinforcement {
  /** The entry. */
  entry: string;
  /** Its evidence from now on, sorted, bounded by the policy. */
  evidence: PinnedEvidence[];
  /** Its support from now on. */
  support: Support;
  /** Its tier from now on. */
  tier: Tier;
  /** Its last-seen time from now on. */
  last_seen: number | null;
}

/** Two statements about one subject of which neither is known to be newer. */
export interface OpenConflict {
  /** What both are about. */
  subject: string;
  /** The entry of the store. */
  entry: Target;
  /** The other entry, when the store disagrees with itself; `null` when the other statement is from a session. */
  other: Target | null;
  /** The other statement. */
  text: string;
  /** The evidence for the other statement. */
  evidence: PinnedEvidence[];
  /** Why it could not be decided. */
  reason: string;
}

/** What was turned down, and why. */
export interface Rejected {
  /**
   * The stage that turned it down.
   *
   * - `check`: The check of a model's words against the session that is being read.
   * - `gate`: Decisions of people on earlier plans.
   * - `index`: Shortening an index that is too long.
   * - `mine`: Mining of session records.
   * - `prune`: Entries or additions for which there is no room.
   * - `reconcile`: Comparing candidates with the store.
   * - `steer`: The settings by which a person excludes things.
   */
  stage: "check" | "gate" | "index" | "mine" | "prune" | "reconcile" | "steer";
  /** Why, as a stable word such as `quote-not-found`. */
  reason: string;
  /** What it was, redacted and cut to 300 bytes. */
  text: string;
  /**
   * The words of it that made it fall, such as a value without a source, when it was no more than these. Left out when
   * there is none.
   */
  piece?: string;
  /** The evidence for it, when known. */
  evidence: PinnedEvidence[];
}

/** What a dream did, in numbers. */
export interface Report {
  /** The format. */
  format: "dreaming.report/1";
  /** Memories of the store. */
  memories: number;
  /** Entries that were understood. */
  entries: number;
  /** Sessions of the request. */
  sessions: number;
  /** Sessions that were read to the end now. */
  sessions_read: number;
  /** Sessions that the ledger knew. */
  sessions_unchanged: number;
  /** Sessions that stay pending. */
  sessions_pending: number;
  /**
   * Pending sessions of which too little was understood to count them as read. The plan names them: `not_understood`
   * of its sessions. Left out when 0.
   */
  sessions_not_understood?: number;
  /**
   * Sessions of earlier dreams that were read again to ask a model once more, because earlier calls had no usable
   * answer. They are not included in the other counts of sessions, bytes or events. Left out when 0.
   */
  sessions_asked_again?: number;
  /**
   * Sessions of this dream that were read but wait for a model, because a call about them has no usable answer. Left
   * out when 0.
   */
  sessions_unanswered?: number;
  /** Sessions that are a second file of another session of the store; both count once. */
  sessions_doubled: number;
  /** Sessions of the store that the policy does not select: read and kept, not mined. Left out when 0. */
  sessions_left_out?: number;
  /** Bytes of transcripts that were fed. */
  bytes: number;
  /** Events that were used. */
  events: number;
  /** What the importers used and skipped. */
  account: Account;
  /** Candidates that the miner found. */
  mined: number;
  /** Candidates seen in one session only, which wait for a second one. */
  waiting: number;
  /** Secrets that were cut out. */
  redactions: number;
  /** Places that were quarantined. */
  quarantined: number;
  /** Model calls that the dream asked for, about sessions and about pairs of statements. */
  calls: number;
  /** Calls with a usable answer. */
  calls_answered: number;
  /** Calls that failed, were refused, or got an unusable answer. */
  calls_failed: number;
  /**
   * How many of the failed calls got no answer at all. They are made again, like calls over the budget; a refusal is
   * an answer. Left out when 0.
   */
  calls_unanswered?: number;
  /**
   * The ids of the failed calls with an unusable answer. A host that keeps answers should forget these answers: the
   * calls are made again, except those given up. Left out when empty.
   *
   * Items: A model call: `m` and 20 hexadecimal digits of session, chunk and prompt.
   */
  unusable?: string[];
  /** How many of these calls are not made again, because they got three such answers. Left out when 0. */
  calls_given_up?: number;
  /**
   * Whether no answer about a session was usable and some parts were asked about for the first time: the model is
   * unsuitable. No answer of this dream counts, and the next dream asks about everything again. Left out when it is
   * not so.
   */
  nothing_usable?: true;
  /** Chunks for which no call was made, because the budget was used up. */
  calls_over_budget: number;
  /** Characters of the prompts of all calls that ended, system prompt included. Left out when 0. */
  prompt_characters?: number;
  /**
   * Characters of all content in the sessions of these calls: texts, tool inputs and results, after import and before
   * anything was cut. For a session of which only a part was shown, only that part counts. Left out when 0.
   */
  transcript_characters?: number;
  /** Proposals about the sessions read that passed the check, now or in an earlier dream. */
  proposals: number;
  /** Changes with gate `auto`. */
  changes_auto: number;
  /** Changes with gate `review`. */
  changes_review: number;
  /** Changes with gate `blocked`. */
  changes_blocked: number;
  /** Whether anything recurred in the sessions of the store. */
  recurred: boolean;
  /** How sessions went under the last revisions, the newest first. Left out when empty. */
  in_force?: InForce[];
  /** Proposed reverts, because sessions went worse since. Left out when empty. */
  reverts?: ProposedRevert[];
  /** What a person should know, as sentences. */
  notes: string[];
}

/**
 * How the sessions went that began while a revision was in force. Edits by people belong to the revision before them:
 * most are small, and many fall between two dreams.
 */
export interface InForce {
  /** Number of the revision. */
  revision: number;
  /** Sessions whose outcome is known. */
  sessions: number;
  /** What went well, in hundredths of a session that was measured. */
  good: number;
  /** What went badly, likewise. */
  bad: number;
  /** The lower bound of the share that went well, in parts per million. */
  bound: number;
}

/** A proposal to revert: sessions went worse after a dream than before it. */
export interface ProposedRevert {
  /** Number of the dream's revision, since which sessions go worse. */
  from: number;
  /** Number of the revision before it. Restoring it takes back the dream and everything after it. */
  to: number;
  /**
   * How sessions went since the dream. Both bounds are taken at the weight of the side with fewer known sessions, so
   * that neither side looks better only because it was in force longer.
   */
  since: InForce;
  /** How they went before it. */
  before: InForce;
}

/** The record of a revision. The digest of its canonical bytes is its id, and the next revision names it. */
export interface RevisionRecord {
  /** The format. */
  format: "dreaming.revision/1";
  /** 1 for the first revision; each later one adds 1. */
  number: number;
  /** The revision before; `null` for the first. */
  parent: string | null;
  /**
   * How it came about.
   *
   * - `import`: The store as it was first seen.
   * - `edit`: What people and agents changed between dreams.
   * - `dream`: A plan, applied in whole or in part.
   * - `revert`: The state of an earlier revision, restored.
   * - `erase`: A session or an entry, erased at a person's wish.
   * - `gather`: Memories of another store, taken in.
   * - `reopen`: Changes that were rejected, open again at a person's wish.
   */
  kind: "import" | "edit" | "dream" | "revert" | "erase" | "gather" | "reopen";
  /** The host's time when it was made. */
  now: number;
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** Digest of the memories. */
  memories: string;
  /** Root of the ledger. */
  ledger: string;
  /** Digest of the plan, for a dream. */
  plan: string | null;
  /** The revision whose state was restored, for a revert. */
  restores: string | null;
  /** The decisions, by change. */
  verdicts: Verdict[];
  /** For a dream that changed something: its figures. Left out when there is none. */
  figures?: Figures;
  /**
   * For a dream: digest of the sessions that had been read when it was applied. A later dream with the same digest has
   * read nothing new. Left out when there is none.
   */
  cursor?: string;
  /** Who decided; empty when nobody had to decide. */
  reviewer: string;
  /** Why, in the reviewer's words. */
  note: string;
}

/** What was decided about one change, kept so that a rejected change returns only with new evidence. */
export interface Verdict {
  /** The change. */
  change: string;
  /** Whether it was applied; otherwise it was rejected. */
  accepted: boolean;
  /**
   * The evidence that the change had: for each piece a digest of event and quote, sorted.
   *
   * Items: A SHA-256 digest as 64 lower-case hexadecimal digits.
   */
  evidence: string[];
  /**
   * When it was applied in other words: the salted digest of these words, made like that of a memory. Left out when
   * there is none.
   */
  edited?: string;
  /**
   * Whether the rejection was taken back. The next dream that finds the change proposes it again. Left out when it is
   * not so.
   */
  reopened?: true;
}

/** What changes do to a store, as counts. */
export interface Figures {
  /** Entries that were added. */
  added: number;
  /** Entries that were merged into others. */
  merged: number;
  /** Entries that newer values replaced. */
  superseded: number;
  /** Entries that were taken out. */
  retired: number;
  /** Bytes of the statements that were written. */
  bytes_written: number;
  /** Bytes of the statements that were taken out. */
  bytes_lost: number;
  /** Statements that were written, by trust; what is 0 is left out. */
  trust: {
    external?: number;
    tool?: number;
    agent?: number;
    verified?: number;
    user?: number;
  };
  /** Changes, by gate; what is 0 is left out. */
  gates: {
    auto?: number;
    review?: number;
  };
}

/** What is known about one entry besides its place in the text. */
export interface EntryRecord {
  /** Made when first seen, kept for ever: a digest of path, normal text, occurrence and revision. */
  id: string;
  /** The memory that holds it, or held it last. */
  path: string;
  /** Its text, without list mark and surrounding white space. */
  text: string;
  /**
   * Who brought it in.
   *
   * - `imported`: It was there before the first revision; who wrote it is not known.
   * - `written`: A person, or an agent at work, wrote it between two revisions.
   * - `dream`: A dream added or rewrote it.
   */
  origin: "imported" | "written" | "dream";
  /**
   * Who found it, while its words are still those found in sessions. Nobody if a person or agent wrote or reworded it,
   * or if it was merged with such an entry. Left out when there is none.
   */
  finder?: "miner" | "model" | "host";
  /** What sort of statement it is, when known. */
  kind: Kind | null;
  /** How far it is trusted. */
  trust: Trust;
  /** How established it is. */
  tier: Tier;
  /** Its subject, when known: of statements about one subject only the newest value counts. */
  subject: string | null;
  /** Whose preference it is; `null` = everybody's. */
  principal: string | null;
  /** The places that support it, sorted, at most `ledger.max-evidence`. */
  evidence: PinnedEvidence[];
  /** Distinct sessions, agents and days that support it; may count more than the kept evidence shows. */
  support: Support;
  /** When it was first true, by its source; `null` when no source says when. */
  valid_from: number | null;
  /** When its value was replaced, by the source of the newer value. */
  valid_to: number | null;
  /** When its source last said it: the latest time of its evidence or of its memory's last writing. */
  last_seen: number | null;
  /**
   * Entries that it replaced.
   *
   * Items: An entry: `e` and 20 hexadecimal digits, minted at first sight and kept in the ledger.
   */
  supersedes: string[];
  /** The entry that it may be an edited form of, when that could not be decided. */
  maybe_from: string | null;
  /** Set when it is no longer in the store. */
  retired: Retirement | null;
  /** The other stores that it came from, sorted; empty when this store had it first. Left out when empty. */
  sources?: EntrySource[];
}

/** Why an entry is no longer in the store. */
export interface Retirement {
  /** Number of the revision that retired it. The ledger holds no time for it, because all its times are source times. */
  revision: number;
  /**
   * What retired it.
   *
   * - `edited`: A person took it out of its memory.
   * - `merge`: It was merged into one that says the same.
   * - `outgrown`: The sessions that it came from no longer show it. It comes back if they show it again.
   * - `retire`: It was taken out of the store.
   * - `supersede`: A newer value took its place.
   */
  by: "edited" | "merge" | "outgrown" | "retire" | "supersede";
  /** The entry that took its place, if one did. */
  superseded_by: string | null;
}

/** Another store that had the same statement. */
export interface EntrySource {
  /** The name under which that store was taken in. */
  store: string;
  /** The first 16 hexadecimal digits of the digest of the statement as it came. */
  key: string;
}

/** What is known about a memory as a whole, so that a change to it can be noticed. */
export interface MemoryRecord {
  /** Where it is. */
  path: string;
  /** Salted digest of its text. */
  digest: string;
  /**
   * When its text was last written, by its source. Kept while the text stays the same, so that copying a file does not
   * make it new.
   */
  observed_at: number | null;
}

/**
 * Figures about the sessions of a store. Shares are in parts per million and `null` where there is nothing to take a
 * share of; times are milliseconds since 1970.
 */
export interface Stats {
  /** The form. */
  format: "dreaming.stats/1";
  /** The engine that made it. */
  fingerprint: Fingerprint;
  /** The time it was asked for. */
  now: number;
  /** What was selected: the settings `select.*`. */
  policy: WrittenPolicy;
  /** Sessions that are a second file of another one; counted nowhere. */
  doubled: number;
  /** Sessions that the selection left out; counted nowhere. */
  left_out: number;
  /** All selected sessions; its name is empty. */
  totals: StatsGroup;
  /** By agent: most sessions first, then by name; so are the next three. At most fifty of each. */
  agents: StatsGroup[];
  /** By role. */
  roles: StatsGroup[];
  /** By category of task. */
  tasks: StatsGroup[];
  /** By person. */
  principals: StatsGroup[];
  /** What agents, roles and tasks have better than all others together; by kind, name, measure. */
  strengths: Finding[];
  /** What they have worse. */
  weaknesses: Finding[];
  /** Work given from agent to agent: most failures first. */
  hand_offs: FlowCount[];
  /** Weeks or days, and what rises or falls. */
  trends: Trends;
  /** Sessions and periods far from the others: the furthest first, at most twenty. */
  anomalies: Anomaly[];
  /** Sessions about the same task: the largest first, at most twenty. */
  clusters: Cluster[];
  /** Wishes that several people share: most people first. */
  shared_preferences: SharedPreference[];
}

/** Figures of some sessions. */
export interface StatsGroup {
  /** Name of the agent, role, task or person. */
  name: string;
  /** Sessions. */
  sessions: number;
  /** UTC days on which one of them ended. */
  days: number;
  /** When the first began. */
  first: number | null;
  /** When the last ended. */
  last: number | null;
  /** Events that were used. */
  events: number;
  /** Tokens that model calls read. */
  input_tokens: number;
  /** Tokens that model calls wrote. */
  output_tokens: number;
  /** Calls of tools that have a result. */
  calls: number;
  /** Those that failed. */
  failed_calls: number;
  /** Their share. */
  failed_share: number | null;
  /** By tool: most calls first, then by name; at most twenty. */
  tools: ToolCount[];
  /** How the sessions went. */
  outcomes: StatsOutcomes;
  /** Mistakes that recur among these sessions: most sessions first; at most ten. */
  mistakes: Recurring[];
  /** Orders of steps that recur among these sessions: most sessions first; at most ten. */
  workflows: Recurring[];
  /** Work that these sessions gave to other agents. */
  hand_offs: HandOffs;
}

/** How sessions went. */
export interface StatsOutcomes {
  /** Sessions that went well. */
  good: number;
  /** Sessions that went badly. */
  bad: number;
  /** Sessions of which nothing tells. */
  unknown: number;
  /** Share of the good ones among those of which something tells. */
  good_share: number | null;
  /** By what told, the strongest first; without those that told nothing. */
  by_source: SourceOutcomes[];
}

/** What one source of outcomes told. */
export interface SourceOutcomes {
  /**
   * The source.
   *
   * - `weak`: Derived from the transcript: tests passed, a commit was kept, a person refused a call.
   * - `rubric`: A grade that a model gave the session against the rubric of the policy.
   * - `graded`: The verdict of a host's grader on a rubric.
   * - `measured`: A number that was measured in the session or for it.
   */
  source: "weak" | "rubric" | "graded" | "measured";
  /** Sessions that went well by it. */
  good: number;
  /** Sessions that went badly by it. */
  bad: number;
}

/** A statement that several sessions support. */
export interface Recurring {
  /** As a memory would say it. */
  text: string;
  /** Sessions that have it. */
  sessions: number;
}

/** Work given to other agents. */
export interface HandOffs {
  /** How often. */
  given: number;
  /** How often it came back without what was asked for. */
  failed: number;
  /** How often nothing tells. */
  unknown: number;
}

/** Something that a group has better or worse than all others together. */
export interface Finding {
  /**
   * What sort of group.
   *
   * - `agent`: An agent.
   * - `role`: A role.
   * - `task`: A category of task.
   */
  of: "agent" | "role" | "task";
  /** Which. */
  name: string;
  /** What is compared. */
  measure: Measure;
  /** Its sessions of which the measure is known. */
  sessions: number;
  /** Its share. */
  share: number;
  /** The others' sessions. */
  other_sessions: number;
  /** Their share. */
  other_share: number;
}

/** Work given from one agent to another. */
export interface FlowCount {
  /** Who gave it, when known. */
  from: string | null;
  /** Who got it. */
  to: string;
  /** Sessions in which it was given. */
  sessions: number;
  /** How often it was given. */
  given: number;
  /** How often it came back without what was asked for. */
  failed: number;
  /** How often nothing tells. */
  unknown: number;
  /** Whether it fails in more sessions than hand-offs of all other pairs, beyond chance. */
  stands_out: boolean;
}

/** Figures over time. */
export interface Trends {
  /**
   * The length of a period.
   *
   * - `week`: ISO weeks, from Monday.
   * - `day`: UTC days.
   */
  unit: "week" | "day";
  /** The periods, empty ones too, in order of time; the newest 104 at most. */
  periods: Period[];
  /** What each measure does, in the order sessions, good outcomes, failed calls. */
  trends: Trend[];
}

/** A week or a day. */
export interface Period {
  /** When it begins. */
  start: number;
  /** Whether it had ended by `now`. One that had not is in no trend and is no anomaly. */
  ended: boolean;
  /** Sessions that ended in it. */
  sessions: number;
  /** Their calls. */
  calls: number;
  /** The calls that failed. */
  failed_calls: number;
  /** Their share. */
  failed_share: number | null;
  /** Sessions that went well. */
  good: number;
  /** Sessions that went badly. */
  bad: number;
  /** Sessions of which nothing tells. */
  unknown: number;
}

/** What a measure does over the periods that have it. */
export interface Trend {
  /** The measure. */
  measure: Measure;
  /** Periods that have it. */
  periods: number;
  /** Pairs of periods of which the later has more, less those of which it has less (the statistic of Mann and Kendall). */
  sign_sum: number;
  /**
   * Where it goes.
   *
   * - `rising`: Up, beyond chance.
   * - `falling`: Down, beyond chance.
   * - `unclear`: Neither is shown.
   * - `too-few`: There are too few periods to tell.
   */
  direction: "rising" | "falling" | "unclear" | "too-few";
}

/** A value far from the others. */
export interface Anomaly {
  /** The session, or the start of the period. */
  of:
    | {
        /** A session, as the host names it. Ties between sessions are broken by this id. */
        session: string;
      }
    | {
        /** An instant: milliseconds since 1970-01-01T00:00:00Z. */
        period: number;
      };
  /** What was measured. */
  measure: Measure;
  /** Its value. */
  value: number;
  /** The median of all. */
  median: number;
  /** How many values there are. */
  values: number;
  /**
   * How many median deviations lie between, in hundredths; on a scale of doublings for events, tokens and numbers of
   * sessions.
   */
  distance: number;
}

/** Sessions about the same task. */
export interface Cluster {
  /** The words that most of them share: the commonest first, at most four. */
  words: string[];
  /** The steps that most of them take: the commonest first, at most four. */
  steps: string[];
  /** How many there are. */
  sessions: number;
  /**
   * Some of them, by id; at most eight.
   *
   * Items: A session, as the host names it. Ties between sessions are broken by this id.
   */
  examples: string[];
  /** How they went. */
  outcomes: StatsOutcomes;
  /** When the last ended. */
  last: number | null;
}

/** A wish that several people share. */
export interface SharedPreference {
  /** The wish, in the words that a memory would have. */
  text: string;
  /** Who has it, by name: those whose words are kept as evidence. */
  principals: string[];
  /** Sessions in which it was said. */
  sessions: number;
}
