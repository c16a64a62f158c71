//! The modules, and by what it is known that one of them found something.

use dreaming::kind::Kind;
use dreaming::notes::SessionNotes;
use dreaming::plan::Cause;
use dreaming_records::candidate::Candidate;
use dreaming_records::ledger::Finder;

/// Files that one question is answered by.
pub struct Module {
    /// The crate.
    pub of: &'static str,
    /// Files or folders below its sources, without `.rs`.
    pub files: &'static [&'static str],
    /// What of a dream shows its work.
    pub shows: Shows,
    /// Whether the failures that a model is shown as counted are its work.
    pub counted: bool,
    /// Why it stays also when it finds nothing on three sources; empty when what it finds is reason enough.
    pub stays: &'static str,
}

/// What of a dream shows that a module found something.
#[derive(Clone, Copy)]
pub enum Shows {
    /// Statements that were mined.
    Mined(fn(&Candidate) -> bool),
    /// Changes of a plan.
    Causes(&'static [Cause]),
    /// What stands in the notes of sessions.
    Notes(fn(&SessionNotes) -> usize),
    /// It decides, measures or writes, and finds nothing itself.
    Nothing,
}

use Shows::{Causes, Mined, Notes, Nothing};

/// A statement of the miner, of this kind.
fn is(found: &Candidate, kind: Kind) -> bool {
    found.finder == Finder::Miner && found.kind == kind
}

/// Whether tools showed it: a value failed and another one worked.
fn is_refuted(found: &Candidate) -> bool {
    let shown = found.replaces.as_ref().is_some_and(|replaces| replaces.shown);
    shown || is(found, Kind::Mistake) && found.calls.is_none()
}

/// Files of a form.
macro_rules! format {
    ($name:literal) => {
        Notes(|notes| usize::from(notes.format == $name))
    };
}

/// A row: crate, files, what shows its work, and why it stays where it finds nothing on three sources.
macro_rules! row {
    ($of:literal, $files:expr, $shows:expr, $stays:literal) => {
        Module { of: $of, files: &$files, shows: $shows, counted: false, stays: $stays }
    };
}

/// All modules of `crates/learn` and `crates/core`.
pub const TABLE: &[Module] = &[
    row!("learn", ["import/claude_code"], format!("claude-code"), ""),
    row!("learn", ["import/cline"], format!("cline"), "files of two versions that were run here"),
    row!("learn", ["import/codex"], format!("codex"), "28 real sessions of one source"),
    row!("learn", ["import/copilot"], format!("copilot-cli"), "4 real sessions of one source"),
    row!("learn", ["import/copilot_chat"], format!("copilot-chat"), "the source of VS Code"),
    row!(
        "learn",
        ["import/droid", "import/exit_line"],
        format!("factory-droid"),
        "real files of one version, made with a model that follows orders"
    ),
    row!(
        "learn",
        ["import/pi"],
        format!("pi"),
        "real files of two programs, made with a model that follows orders"
    ),
    row!(
        "learn",
        ["import/gemini"],
        format!("gemini-cli"),
        "real files of one source; `--gemini` of the command"
    ),
    row!(
        "learn",
        ["import/kiro"],
        format!("kiro-cli"),
        "written from the types of the program; no real file was seen"
    ),
    row!(
        "learn",
        ["import/qwen"],
        format!("qwen-code"),
        "8 files of the program, which answers of a made-up model filled"
    ),
    row!(
        "learn",
        ["import/openai"],
        format!("openai-chat"),
        "100 real trials of one source; what frameworks log"
    ),
    row!(
        "learn",
        ["import/managed"],
        format!("managed-agents"),
        "the form that the hosted Dreams API reads; no real file was seen"
    ),
    row!(
        "learn",
        ["import/opencode"],
        format!("opencode"),
        "`--opencode` of the command; sessions with a fake model"
    ),
    row!("learn", ["import/goose"], format!("goose"), "sessions with a fake model"),
    row!("learn", ["import/openhands"], format!("openhands"), "a conversation with a fake model"),
    row!(
        "learn",
        ["import/generic", "import/side", "import/metric"],
        format!("generic"),
        "the form for everything else, and for measured results"
    ),
    row!(
        "learn",
        [
            "import/combine",
            "import/dispatch",
            "import/json_document",
            "import/events",
            "import/excerpt",
            "import/fields",
            "import/foreign",
            "import/guest",
            "import/format",
            "import/formats",
            "import/found",
            "import/frame",
            "import/frames",
            "import/header",
            "import/lines",
            "import/log",
            "import/mod",
            "import/millionths",
            "import/provenance",
            "import/record",
            "import/record_key",
            "import/repair",
            "import/json_walk",
            "import/shell_report",
            "import/spilled",
            "import/sums",
            "import/understood",
            "import/usage"
        ],
        Notes(|notes| usize::from(notes.is_whole())),
        ""
    ),
    Module {
        counted: true,
        ..row!(
            "learn",
            [
                "extract/failures",
                "extract/template",
                "extract/calls",
                "extract/chain",
                "extract/shell_syntax",
                "extract/shell"
            ],
            Notes(|notes| notes.failures.len()),
            ""
        )
    },
    row!(
        "learn",
        ["extract/retry", "mine/mistakes", "mine/failure_reports"],
        Mined(|found| is(found, Kind::Mistake) && !is_refuted(found)),
        "the whole 23.5 of 181 that a dream without a model spares; README's own example"
    ),
    row!(
        "learn",
        ["extract/refutations", "extract/edits", "extract/blame", "mine/refuted"],
        Mined(is_refuted),
        "both entries of the four projects that readers want; README's own example"
    ),
    row!(
        "learn",
        [
            "extract/orders",
            "extract/remember",
            "extract/phrases",
            "extract/spaceless",
            "mine/wishes"
        ],
        Mined(|found| found.replaces.is_none()
            && (is(found, Kind::Preference) || is(found, Kind::Fact))),
        "README's own example; half of the standing wishes of dialogues"
    ),
    row!(
        "learn",
        [
            "extract/person_statements",
            "extract/own_words",
            "extract/reported",
            "extract/sentence_words",
            "extract/speaker_label"
        ],
        Notes(|notes| notes.statements.len()),
        "whose words they are, which proposals of models are held against too"
    ),
    row!(
        "learn",
        ["extract/correction", "mine/corrections"],
        Mined(|found| found.finder == Finder::Miner
            && found.replaces.as_ref().is_some_and(|r| !r.shown)),
        "README's own example"
    ),
    row!(
        "learn",
        ["extract/documented", "mine/workflows"],
        Mined(|found| is(found, Kind::Workflow)),
        "README's own example"
    ),
    row!(
        "learn",
        ["extract/call_effects", "mine/tasks"],
        Mined(|found| is(found, Kind::Practice)),
        "trials of one task: 17 of 25 right, none wrong"
    ),
    row!("learn", ["extract/steps", "extract/noise"], Notes(|notes| notes.steps.len()), ""),
    row!("learn", ["extract/tools"], Notes(|notes| notes.tools.len()), ""),
    row!("learn", ["extract/topic"], Notes(|notes| usize::from(!notes.topic.is_empty())), ""),
    row!("learn", ["extract/hand_offs"], Notes(|notes| notes.hand_offs.len()), ""),
    row!(
        "learn",
        ["extract/recalled"],
        Notes(|notes| notes.recalled.len()),
        "what stands in a memory is no evidence for it"
    ),
    row!(
        "learn",
        ["extract/quarantine"],
        Notes(|notes| notes.quarantined.len()),
        "what orders agents about is shown, not lost"
    ),
    row!(
        "learn",
        ["extract/outcomes", "outcome/mod", "outcome/verdict"],
        Notes(|notes| notes.outcomes.len()),
        ""
    ),
    row!(
        "learn",
        [
            "extract/mod",
            "extract/names",
            "extract/open_failures",
            "extract/pin",
            "mine/mod",
            "mine/pattern_places",
            "mine/proposed",
            "mine/span",
            "mine/pattern_words"
        ],
        Nothing,
        "what all rules share"
    ),
    row!(
        "learn",
        ["outcome/revision_outcomes"],
        Nothing,
        "proposes to go back; needs sessions with outcomes after a dream, which no source has"
    ),
    row!("learn", ["select"], Nothing, "a promise of the policy (`select.*`)"),
    row!(
        "learn",
        ["propose", "check", "distil", "pair_prompt", "numbered", "shown", "masks"],
        Nothing,
        "what a model is asked and what is left of its answers: rows `recorded`, `forward`, `pairs`"
    ),
    row!("learn", ["host_candidates"], Nothing, "candidates of a host: a promise of the WIT"),
    row!("learn", ["json_value", "lib", "step"], Nothing, "what all modules share"),
    row!(
        "core",
        ["reconcile/merges"],
        Causes(&[Cause::Duplicate]),
        "6 of 6 right of the labelled pairs of eight stores: row `pairs`"
    ),
    row!(
        "core",
        ["reconcile/updates", "reconcile/old_value", "value_places", "reconcile/about"],
        Causes(&[Cause::Corrected, Cause::Refuted]),
        "README's own example"
    ),
    row!(
        "core",
        ["reconcile/outdated"],
        Causes(&[Cause::NewerValue]),
        "what models and hosts named a subject for"
    ),
    row!(
        "core",
        ["reconcile/outgrown"],
        Causes(&[Cause::Outgrown]),
        "law 6: sessions in any order come to one store"
    ),
    row!("core", ["reconcile/team"], Causes(&[Cause::Shared]), "the cause `shared` of the WIT"),
    row!(
        "core",
        ["reconcile/host_support"],
        Causes(&[Cause::Extracted]),
        "candidates of a host: a promise of the WIT"
    ),
    row!(
        "core",
        ["reconcile/pair_questions", "reconcile/entry_pairs"],
        Nothing,
        "what a model is asked about pairs: row `pairs`"
    ),
    row!(
        "core",
        [
            "reconcile/mod",
            "reconcile/additions",
            "reconcile/named_by_model",
            "reconcile/needless",
            "reconcile/neighbours",
            "reconcile/readers",
            "reconcile/ready",
            "reconcile/renamed",
            "reconcile/relate",
            "reconcile/represented",
            "reconcile/retired_before",
            "reconcile/replaced",
            "reconcile/supports",
            "reconcile/belongs",
            "reconcile/in_its_place",
            "reconcile/own_place",
            "reconcile/person_corrections",
            "reconcile/stated",
            "reconcile/distinct_texts",
            "judge",
            "elsewhere",
            "precedence"
        ],
        Causes(&[Cause::Stated, Cause::Recurring, Cause::Duplicate, Cause::NewerValue]),
        ""
    ),
    row!(
        "core",
        ["prune"],
        Causes(&[Cause::Stale, Cause::Withdrawn, Cause::OverBudget]),
        "a promise of the WIT (`prune`); sources are read in one dream"
    ),
    row!(
        "core",
        ["index/mod", "index/create"],
        Causes(&[Cause::Index]),
        "README's own example: an entry comes in with its line"
    ),
    row!(
        "core",
        ["index/links", "index/emptied"],
        Causes(&[Cause::Dangling]),
        "no line of the index may lead nowhere"
    ),
    row!(
        "core",
        ["index/limit"],
        Causes(&[Cause::IndexLimit]),
        "agents load the beginning of an index only"
    ),
    row!(
        "core",
        ["charter", "review_reason", "gate", "hazard", "steer", "losses", "settle"],
        Nothing,
        "what a person forbids, and what may go unattended"
    ),
    row!(
        "core",
        ["arrange", "draft", "placed", "planner", "world"],
        Nothing,
        "the line from candidates to a plan"
    ),
    row!(
        "core",
        ["apply", "render", "retention", "errors", "lib"],
        Nothing,
        "what is written: the laws"
    ),
    row!(
        "core",
        ["identity"],
        Nothing,
        "which record is each statement of a memory: the laws, row `history`"
    ),
    row!(
        "core",
        ["statement_outcomes", "scorer", "tier"],
        Nothing,
        "promises of the WIT (`score`)"
    ),
    row!("core", ["pack"], Nothing, "a promise of the WIT (`pack`): rows `retrieval`, `dialogue`"),
    row!("core", ["home"], Nothing, "a promise of the WIT (`homes`): the files that agents load"),
    row!("core", ["gather"], Nothing, "a promise of the WIT (`gather`)"),
    row!("core", ["statements"], Nothing, "the world `statements`"),
];
