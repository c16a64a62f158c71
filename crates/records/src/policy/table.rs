//! Every number and switch of the engine: one table, each with unit, range, default and reason.

/// The source of numbers that we chose ourselves.
pub const OURS: &str = "chosen by us";

/// A number of the table.
#[derive(Debug)]
pub struct Integer {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Value when the policy does not name it.
    pub default: u64,
    /// Least value allowed.
    pub min: u64,
    /// Greatest value allowed.
    pub max: u64,
    /// Why this default.
    pub reason: &'static str,
    /// Where the number comes from: [`OURS`], or the source it is taken from.
    pub source: &'static str,
}

/// A switch of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Switch {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Value when the policy does not name it.
    pub default: bool,
    /// Why this default.
    pub reason: &'static str,
    /// As [`Integer::source`].
    pub source: &'static str,
}

/// What each item of a list has to be. A misspelt name would silently select nothing, and an empty
/// word would match everything, so both are refused.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Anything,
    /// Any text but an empty one or white space.
    Said,
    Kind,
    Outcome,
    Time,
}

/// A list of texts of the table; empty by default.
#[derive(Debug)]
pub struct Texts {
    /// Name, as in a policy file.
    pub name: &'static str,
    pub(super) item: Item,
    /// What an item is.
    pub unit: &'static str,
    /// What the list does.
    pub reason: &'static str,
}

impl Texts {
    /// What each item is: `each an agent`.
    pub fn each(&self) -> String {
        let article = if self.unit.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("each {article} {}", self.unit)
    }
}

const fn integer(
    name: &'static str,
    unit: &'static str,
    default: u64,
    (min, max): (u64, u64),
    reason: &'static str,
    source: &'static str,
) -> Integer {
    Integer { name, unit, default, min, max, reason, source }
}

const fn switch(name: &'static str, default: bool, reason: &'static str) -> Switch {
    Switch { name, default, reason, source: OURS }
}

const fn texts(name: &'static str, item: Item, unit: &'static str, reason: &'static str) -> Texts {
    Texts { name, item, unit, reason }
}

/// Declares a constant for each row, and a list of all of them in the order of the rows, which is
/// that of the names.
macro_rules! table {
    ($make:ident, $(#[$about:meta])* $list:ident: $kind:ident; $($(#[$doc:meta])* $id:ident $row:tt)*) => {
        $($(#[$doc])* pub const $id: $kind = $make $row;)*

        $(#[$about])*
        pub const $list: &[&$kind] = &[$(&$id),*];
    };
}

// Name, unit, default, (least, greatest) value, reason, source.
table! { integer,
    /// All numbers, by name.
    INTEGERS: Integer;

    /// Longest statement that may become an entry.
    STATEMENT_BYTES("check.max-statement", "bytes", 600, (40, 10_000),
        "an entry is one statement, not a document", OURS)

    /// Model calls of a dream about pairs of statements of the store that look alike.
    COMPARE_CALLS("compare.max-calls", "calls", 2, (0, 1000),
        "some forty pairs, the most alike first; each is asked about once. They count among `propose.max-calls`, after the calls about sessions; 0 = none", OURS)

    /// Model calls of a dream that write statements from all findings.
    DISTIL_CALLS("distil.max-calls", "calls", 10, (0, 1000),
        "each takes some three hundred findings, as many as forty sessions leave. Not among `propose.max-calls`, or a store with many new sessions would never get to them; 0 = a person sees what was proposed from each session", OURS)

    /// Most words of the statements that one dream writes, all its calls together.
    DISTIL_WORDS("distil.words", "words", 1000, (50, 100_000),
        "agents read all of it in each session; half of what plain memories of four projects had, which spared later sessions as much (docs/evaluation.md). When little was found it is less: one word for eight that say what is new, for three of what nobody but a person said, and 100 at least. The model is asked to keep to it, and no answer is cut; words of lines written anew are not counted", OURS)

    /// Sessions in a dream.
    MAX_SESSIONS("dream.max-sessions", "sessions", 100, (1, 1000),
        "the hosted Dreams API takes 1 to 100 sessions", "the hosted Dreams API")

    /// Longest transcript line that is parsed.
    MAX_LINE("import.max-line", "bytes", 16 << 20, (1 << 10, 64 << 20),
        "images in real transcripts reach a few MiB; a longer line is skipped and counted, so that one line cannot fill the memory", OURS)

    /// Tokens of all statements that dreams have written, together.
    LEARN_TOKENS("learn.tokens", "tokens of 4 bytes", 4000, (0, 1_000_000_000),
        "agents read all of it in each session: some hundred statements of 25 words, what two or three dreams write that fill `distil.words`. What has the lowest score goes first, however short it is, and of about equal ones facts and decisions; what people wrote is not counted; 0 = no budget", OURS)

    /// Retired entries that the ledger keeps, with or without evidence.
    KNOWN_RETIRED("ledger.known-retired", "entries", 10_000, (0, 1_000_000),
        "some 5 MiB; what is forgotten may be proposed again", OURS)

    /// Sessions that the ledger keeps as read, with or without their findings.
    KNOWN_SESSIONS("ledger.known-sessions", "sessions", 10_000, (1, 1_000_000),
        "some 5 MiB; a session that is forgotten is read again when a host still offers it", OURS)

    /// Pieces of evidence kept with an entry.
    MAX_EVIDENCE("ledger.max-evidence", "pieces", 8, (1, 64),
        "bounds the ledger; counts of sessions, days and agents go on beyond it", OURS)

    /// Retired entries that the ledger keeps with their evidence.
    WHOLE_RETIRED("ledger.whole-retired", "entries", 1_000, (0, 100_000),
        "some 5 MiB at most; older ones keep their words, so that old evidence does not bring them back", OURS)

    /// Session records that the ledger keeps whole.
    WHOLE_SESSIONS("ledger.whole-sessions", "sessions", 1_000, (1, 100_000),
        "the largest batch that dream.max-sessions allows; some 5 MiB; patterns are looked for in these", OURS)

    /// Mistakes that one dream proposes or supports.
    MAX_MISTAKES("mine.max-mistakes", "statements", 20, (1, 1000),
        "agents read all of them in each session, so only those that will most likely come again are worth their room", OURS)

    /// Workflows that one dream proposes.
    MAX_WORKFLOWS("mine.max-workflows", "workflows", 20, (0, 1000),
        "a store should not drown in habits; the most widespread come first", OURS)

    /// Distinct sessions before a pattern is called recurring.
    RECUR_SESSIONS("mine.recurring-sessions", "sessions", 2, (2, 100),
        "twice is the least that can be called a recurrence", OURS)

    /// Size of the notes on a session.
    NOTES_BYTES("notes.max-bytes", "bytes", 16 << 10, (1 << 10, 1 << 20),
        "ordinary sessions leave some 5 KiB, of which a hundred fit a checkpoint of 1 MiB; busy ones keep the order of their steps", OURS)

    /// Size of a chunk of a session in a prompt.
    CHUNK_BYTES("propose.chunk-bytes", "bytes", 96 << 10, (1 << 10, 1 << 20),
        "about 24,000 tokens: a mistake and its cure seldom stand in two of them; local models that are run with less room need less", OURS)

    /// Longest part of one event in a prompt.
    EVENT_BYTES("propose.event-bytes", "bytes", 4 << 10, (64, 1 << 20),
        "tool output is long and says little: of a longer event beginning and end are kept; a person's words may have four times as much, the result of a call that worked half, one that shows a file an eighth", OURS)

    /// Tokens of existing statements in each prompt about a session, those on its topic first.
    KNOWN_TOKENS("propose.known-tokens", "tokens", 3000, (0, 100_000),
        "some hundred statements, those on the topic of the session first, so that a model does not propose them again and can say which one is wrong by now; 0 = none", OURS)

    /// Model calls of a dream.
    MAX_CALLS("propose.max-calls", "calls", 0, (0, 10_000),
        "0 = no model: a dream costs nothing unless somebody says so", OURS)

    /// Proposals read from one answer.
    MAX_PROPOSALS("propose.max-proposals", "proposals", 20, (1, 1000),
        "a chunk that yields more has not been distilled", OURS)

    /// Tokens that an answer may have.
    ANSWER_TOKENS("propose.max-tokens", "tokens", 2048, (64, 65_536),
        "some 20 proposals with quotes", OURS)

    /// Longest summary of a session's earlier parts in a prompt.
    SUMMARY_BYTES("propose.summary-bytes", "bytes", 400, (0, 4096),
        "two sentences; 0 = none, and all calls of a session are made at once", OURS)

    /// Events of several short sessions that are shown in one call.
    TOGETHER_BYTES("propose.together-bytes", "bytes", 24 << 10, (0, 1 << 20),
        "a prompt takes some 12 KB for its instructions and for what the memory says: a short chat is a tenth of that. Sessions of one round, folder, person and guest; 0 = each session by itself", OURS)

    /// Share of the store's bytes that one dream may retire or replace.
    LOSS_BYTES("prune.loss-bytes", "ppm of the store's bytes", 250_000, (0, 1_000_000),
        "as prune.loss-entries, so that few long entries cannot go instead of many short ones", OURS)

    /// Share of active entries that one dream may retire or replace.
    LOSS_ENTRIES("prune.loss-entries", "ppm of active entries", 250_000, (0, 1_000_000),
        "a quarter, the cap of the strictest peer found; at least one entry", "the strictest peer found")

    /// Entries that a store may have.
    MAX_ENTRIES("prune.max-entries", "entries", 0, (0, 1_000_000),
        "0 = no budget: nothing goes for want of room unless somebody says how much there is", OURS)

    /// Tokens that the entries of a store may have together.
    MAX_TOKENS("prune.max-tokens", "tokens of 4 bytes", 0, (0, 1_000_000_000),
        "as prune.max-entries; what is kept has the most score for its tokens", OURS)

    /// Days without support after which a dream's own entry may be proposed for retirement.
    STALE_DAYS("prune.stale-days", "days", 90, (1, 36_500),
        "three months without any session that supports it", OURS)

    /// Days without support after which an entry that several sessions supported may be proposed
    /// for retirement.
    STALE_DAYS_INTERMEDIATE("prune.stale-days-intermediate", "days", 180, (1, 36_500),
        "twice prune.stale-days, for what recurred may recur", OURS)

    /// Size of the index file.
    INDEX_BYTES("render.index-bytes", "bytes", 25_000, (1_000, 102_400),
        "Claude Code loads at most 25 KB of MEMORY.md", "Claude Code")

    /// Lines of the index file.
    INDEX_LINES("render.index-lines", "lines", 200, (10, 10_000),
        "Claude Code loads at most 200 lines of MEMORY.md", "Claude Code")

    /// How much worse sessions may go before a revert is proposed.
    REVERT_DROP("revert.drop", "ppm of the lower bound", 250_000, (0, 1_000_000),
        "with 5 to 20 sessions on each side, noise alone crosses it less than once in twenty times at a success rate of 70 %; 1,000,000 = never", OURS)

    /// Sessions on each side before outcomes say anything about a revision.
    REVERT_SESSIONS("revert.sessions", "sessions of which something is known", 5, (1, 10_000),
        "fewer are luck", OURS)

    /// Sessions asked for in one round.
    ROUND_SESSIONS("round.sessions", "sessions", 8, (1, 100),
        "enough for a host to read side by side, few enough that the texts of a round stay small", OURS)

    /// Persons who share a preference before it is the team's.
    TEAM_PRINCIPALS("scope.team-principals", "persons", 2, (1, 1000),
        "two who ask for the same are the least that can be called a team; 1 = what one of them wants holds for all, as where all serve the same guests", OURS)

    /// Half-life of recency in scores.
    HALF_LIFE("score.half-life-days", "days", 30, (1, 3_650),
        "between the 14 and 90 days that peers use", OURS)

    /// Distinct sessions for the intermediate tier.
    INTERMEDIATE_SESSIONS("tier.intermediate-sessions", "sessions", 2, (1, 1000),
        "as mine.recurring-sessions", OURS)

    /// Distinct days for the long tier.
    LONG_DAYS("tier.long-days", "days", 3, (1, 1000),
        "see tier.long-sessions", OURS)

    /// Distinct sessions for the long tier.
    LONG_SESSIONS("tier.long-sessions", "sessions", 5, (1, 1000),
        "with tier.long-days, a habit and not a busy afternoon", OURS)

}

// Name, default, reason.
table! { switch,
    /// All switches, by name.
    SWITCHES: Switch;

    /// Whether a dream writes anew what earlier ones wrote.
    DISTIL_ANEW("distil.anew", false,
        "all findings that the ledger keeps are asked about together, as if no dream had written anything, and what is written takes the place of earlier statements with the same findings. A dream a day leaves more words than one dream over all sessions, which later sessions gain nothing from (docs/evaluation.md); but a person then reviews all of it again")

    /// Whether what models write may come in beside lines that people or agents wrote.
    DISTIL_PLACE("distil.place", true,
        "readers of memories looked for what is new below the heading that it belongs to (docs/evaluation.md), and agents that take in no files do not load `learned/` with the file. Off: all of it comes into `learned/`")

    /// Whether recurring additions may be applied unattended.
    AUTO_ADD("gate.auto-add", true,
        "an addition loses nothing and can be reverted")

    /// Whether exact duplicates may be merged unattended.
    AUTO_MERGE("gate.auto-merge", true,
        "equal byte by byte and next to each other in one list: no statement is lost")

    /// Whether near duplicates may be merged unattended.
    AUTO_NEAR("gate.auto-near", false,
        "statements in the same words may differ in marks, case and articles, and a person sees what the judge does not; next to each other in one list, where no guard fires and nobody wrote either since, the older wording is all that is lost. Where endings, function words (`to`, `from`) or signs (`≥`) differ, a person decides")

    /// Whether additions that carry words of transcripts may be applied unattended.
    AUTO_WORDS("gate.auto-words", false,
        "error messages and pasted text can carry orders that no list of phrases catches, and what was learned was right too seldom to go in without a look; while it is off, only lines of the index are added unattended")

    /// Whether a model may write again what was turned down of its proposals about a session.
    AGAIN("propose.again", true,
        "one more call about a session, beside `propose.max-calls`, with the reasons and the events that these proposals cite, when a name, a value or a quote was at fault: one for each call about sessions at most. Of 1,339 proposals and statements of seven made-up worlds 28 fell for such faults, and 27 stood when they were written once more (docs/evaluation.md)")

    /// Whether numbers of payment cards are masked in what is read.
    MASK_CARDS("redact.cards", true,
        "no agent needs one, and the check digit keeps other numbers out")

    /// Whether e-mail addresses are masked in what is read.
    MASK_EMAILS("redact.emails", false,
        "whom to ask is worth remembering, and commits hold addresses anyway")

    /// Whether numbers of bank accounts are masked in what is read.
    MASK_IBANS("redact.ibans", true,
        "as redact.cards")

    /// Whether a new index is proposed for a store without one.
    INDEX_CREATE("render.index-create", false,
        "for a store that is read through `MEMORY.md`, as Claude Code does: where there is none, it is proposed with a line for each memory. Others read all files, and need no index")
}

// Name, what an item has to be, what it is, what the list does.
table! { texts,
    /// All lists, by name.
    TEXTS: Texts;

    /// Kinds that no dream writes.
    CHARTER_KINDS("charter.kinds", Item::Kind, "kind of statement: `fact`, `preference`, `workflow`, `mistake`, `decision` or `practice`", "no dream writes a statement of one of these kinds")

    /// Memories that no dream writes.
    CHARTER_PATHS("charter.paths", Item::Said, "path, a prefix that ends in `/`, or a pattern in which `*` stands for anything within a folder and `**` for anything", "no dream writes a memory that fits one of these")

    /// Words that no dream writes.
    CHARTER_PHRASES("charter.phrases", Item::Said, "word or phrase", "no dream writes a statement that says one of them")

    /// Statements that no dream may take out or contradict.
    CHARTER_STATEMENTS("charter.statements", Item::Said, "statement", "no dream takes out what says the same, or writes what its rules see to contradict it (another value, always and never of the same words)")

    /// Sessions whose evidence no longer counts.
    WITHDRAWN("evidence.withdrawn", Item::Anything, "id of a session", "the session stays read and teaches nothing any more, also in later dreams; what nothing else supports is proposed for retirement")

    /// The rubric against which sessions are graded.
    RUBRIC("outcome.rubric", Item::Anything, "text of which all items together are shown, at most 4,096 bytes of them", "a model that is asked about a session of which only weak outcomes tell how it went grades it against this text, with its last part; the grade orders what a person sees and makes no statement")

    /// Entries that no dream may change.
    PINNED_ENTRIES("pins.entries", Item::Anything, "entry id", "a person's own statements stay as they are")

    /// Memories that no dream may change.
    PINNED_PATHS("pins.paths", Item::Anything, "path, or a prefix that ends in `/`", "a person's own files stay as they are")

    /// Persons whose words count as a person's.
    MEMBERS("scope.members", Item::Said, "name of a person, as transcripts or the host give it", "all others are guests, unnamed ones too: what they say is kept as from outside, so it makes no rule, nothing of it goes unattended, and they are nobody's team. Empty = everybody is a member. Holds for sessions read from then on")

    /// Agents whose sessions are mined.
    SELECT_AGENTS("select.agents", Item::Anything, "name of an agent", "only sessions of these agents are mined and shown to a model; all are read")

    /// Outcomes whose sessions are mined.
    SELECT_OUTCOMES("select.outcomes", Item::Outcome, "outcome: `good`, `bad` or `unknown`", "only sessions that ended so are mined and shown to a model; all are read")

    /// Roles whose sessions are mined.
    SELECT_ROLES("select.roles", Item::Anything, "role of an agent", "only sessions of agents in these roles are mined and shown to a model; all are read")

    /// Time from which on sessions are mined.
    SELECT_SINCE("select.since", Item::Time, "time, as `2026-02-20` or RFC 3339; the latest counts", "only sessions that ended then or later are mined and shown to a model; all are read")

    /// Tasks whose sessions are mined.
    SELECT_TASKS("select.tasks", Item::Anything, "category of tasks", "only sessions of these tasks are mined and shown to a model; all are read")

    /// Words that bring a statement to the front.
    STEER_FOCUS("steer.focus", Item::Said, "word or phrase", "what says one of them is taken up first; no guard is lifted for it")

    /// Words for which a statement is turned down.
    STEER_IGNORE("steer.ignore", Item::Said, "word or phrase", "what says one of them is turned down as `ignored`")

    /// The kinds of statements that are taken up.
    STEER_KINDS("steer.kinds", Item::Kind, "kind of statement: `fact`, `preference`, `workflow`, `mistake`, `decision` or `practice`", "what is of another kind is turned down as `other-kind`")

    /// Texts that agents read beside the store.
    STEER_KNOWN("steer.known", Item::Said, "Markdown text, such as that of a `CLAUDE.md`", "agents read it beside the store: what it says in the same words is turned down as `known`, and orders of steps that it names are no memories")

    /// Where new entries may go.
    STEER_PATHS("steer.paths", Item::Said, "path, or a prefix that ends in `/`", "new entries for other memories are turned down as `outside-paths`, lines of the index too")
}
