//! Texts of one repeated character, through everything in the engine that reads text.

use dreaming::dream::{Dream, MAX_CHUNK, Need, Request};
use dreaming::ids::SessionId;
use dreaming::import::PartReader;
use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::session::{Part, Session};
use dreaming::statements::{Statement, Statements, prune, reconcile};
use dreaming::trust::Trust;
use dreaming::{Memory, Policy, Snapshot, Time, markdown, observe, pack, redact};
use dreaming_testing::Transcript;
use serde_json::json;

use crate::row::Row;
use crate::{MOST, Report};

/// Bytes of the texts. The middle size helps to fit the exponent.
const SIZES: [usize; 3] = [100_000, 300_000, 1_000_000];

/// The repeated texts: characters that open something in Markdown, JSON, shells and the rules for
/// secrets, alone and in the pairs on which Markdown readers take longest.
const REPEATED: [(&str, &str); 20] = [
    ("[", "["),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ("<", "<"),
    (">", ">"),
    ("(", "("),
    ("\"", "\""),
    ("'", "'"),
    ("![", "!["),
    ("](", "]("),
    ("[](", "[]("),
    ("a*", "a* *a _a__ "),
    ("`a``", "`a``b"),
    ("<!--", "<!-- a"),
    ("\\", "\\"),
    ("|", "a|b\n"),
    ("$(", "$("),
    ("key=", "api_key= "),
    ("words", "the build of module 12 failed. "),
];

/// Nested lists: all on one line, and each level two spaces deeper.
const NESTED: [(&str, Made); 2] = [("- - -", on_one_line), ("nested list", deeper_and_deeper)];

/// Makes a text of so many bytes.
type Made = fn(usize) -> String;

fn on_one_line(bytes: usize) -> String {
    "- ".repeat(bytes / 2)
}

/// As many levels as fit: a line of level n begins with 2n spaces.
fn deeper_and_deeper(bytes: usize) -> String {
    let mut text = String::new();
    for level in 0.. {
        if text.len() >= bytes {
            break;
        }
        text += &"  ".repeat(level);
        text += "- a\n";
    }
    text
}

/// Measures a row for each way into the engine and each repeated text.
///
/// # Errors
/// The first error of the engine.
pub fn measure(report: &mut Report) -> Result<(), String> {
    for way in WAYS {
        for (name, sign) in REPEATED {
            row(report, way, name, |bytes| sign.repeat(bytes / sign.len()))?;
        }
        for (name, text) in NESTED {
            row(report, way, name, text)?;
        }
    }
    Ok(())
}

fn row(
    report: &mut Report,
    way: &Way,
    sign: &str,
    text: impl Fn(usize) -> String,
) -> Result<(), String> {
    let name = format!("{}: {sign}", way.name);
    if report.wants(&name) {
        let sizes = SIZES.map(|size| size / way.part);
        let once = || {
            let ready = |size| (way.ready)(&text(size));
            Row::over(name.as_str(), &sizes, ready, |bytes| (way.into)(bytes))
        };
        let mut row = once()?;
        // Other programs may have slowed one size down: a row that fails is measured again.
        if !row.is_within(MOST) {
            row.least(&once()?);
        }
        report.take(&row);
    }
    Ok(())
}

/// A way into the engine.
struct Way {
    name: &'static str,
    /// Divides the sizes, for a way in which the engine takes only shorter texts: Markdown up to
    /// the 102,400 bytes of a memory.
    part: usize,
    /// Makes the input of a text.
    ready: fn(&str) -> Vec<u8>,
    /// Hands the input to the engine.
    into: fn(&[u8]) -> Result<(), String>,
}

const WAYS: &[Way] = &[
    Way {
        name: "markdown",
        part: 10,
        ready: bytes,
        into: |text| {
            markdown::pieces(&String::from_utf8_lossy(text));
            Ok(())
        },
    },
    Way {
        name: "redact",
        part: 1,
        ready: bytes,
        into: |text| {
            let text = String::from_utf8_lossy(text);
            let every = redact::Personal { emails: true, cards: true, ibans: true };
            redact::redact(&text);
            redact::mask(&text, every);
            Ok(())
        },
    },
    Way {
        name: "statements",
        part: 1,
        ready: bytes,
        into: |text| statements(&String::from_utf8_lossy(text)),
    },
    Way { name: "import, a line", part: 1, ready: said, into: import },
    Way { name: "import, no JSON", part: 1, ready: bytes, into: import },
    Way { name: "dream, a person", part: 1, ready: said, into: dream },
    Way {
        name: "dream, the agent",
        part: 1,
        ready: |text| Transcript::new("s", BEGIN).agent(text).bytes(),
        into: dream,
    },
    Way {
        name: "dream, a command",
        part: 1,
        ready: |text| Transcript::new("s", BEGIN).shell(text, "done").bytes(),
        into: dream,
    },
    Way {
        name: "dream, a failure",
        part: 1,
        ready: |text| {
            let mut transcript = Transcript::new("s", BEGIN);
            transcript.call("Edit", json!({"file_path": "a.rs", "old_string": text}));
            transcript.fail(text).shell_fails("make", text).bytes()
        },
        into: dream,
    },
    Way {
        name: "a memory",
        part: 10,
        ready: bytes,
        into: |text| memory(&String::from_utf8_lossy(text)),
    },
];

fn bytes(text: &str) -> Vec<u8> {
    text.into()
}

fn import(bytes: &[u8]) -> Result<(), String> {
    let mut reader = PartReader::new("main", &Policy::default(), Time::from_millis(NOW), true);
    reader.push(bytes);
    reader.finish();
    Ok(())
}

const BEGIN: &str = "2026-01-05T09:00:00Z";
const NOW: i64 = 1_798_761_600_000;

fn said(text: &str) -> Vec<u8> {
    Transcript::new("s", BEGIN).user(text).bytes()
}

/// A whole dream over one transcript.
fn dream(bytes: &[u8]) -> Result<(), String> {
    let id = SessionId::new("s");
    let parts = vec![Part { name: "main".into(), bytes: bytes.len() as u64 }];
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now: Time::from_millis(NOW),
        sessions: vec![Session { id: id.clone(), agent: None, principal: None, parts }],
        similarities: Vec::new(),
    };
    let mut dream = Dream::start(request, &Snapshot::default()).map_err(|e| e.to_string())?;
    for chunk in bytes.chunks(MAX_CHUNK) {
        dream.feed(&id, "main", chunk, false).map_err(|e| e.to_string())?;
    }
    dream.feed(&id, "main", &[], true).map_err(|e| e.to_string())?;
    match dream.poll().map_err(|e| e.to_string())? {
        Need::Done(_) => Ok(()),
        _ => Err("the dream asks for more".into()),
    }
}

/// A dream over a store of one memory, and `observe` after an edit of it.
fn memory(text: &str) -> Result<(), String> {
    let mut store = Snapshot::default();
    let memory = Memory::new("a.md", text, None).map_err(|error| error.to_string())?;
    store.add_memory(memory).map_err(|error| error.to_string())?;
    let now = Time::from_millis(NOW);
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    Dream::start(request, &store).and_then(|mut dream| dream.poll()).map_err(|e| e.to_string())?;
    observe(&store, now).map_err(|error| error.to_string())?;
    pack(&store, text, 100, None);
    Ok(())
}

/// Two statements that differ in their last word.
fn statements(text: &str) -> Result<(), String> {
    let statement = |id: &str| Statement {
        id: id.into(),
        text: format!("{text} {id}"),
        headings: String::new(),
        subject: None,
        principal: None,
        said: Some(Time::from_millis(NOW)),
        trust: Trust::Agent,
        support: Support { sessions: 1, agents: 1, days: 1 },
        credit: Credit::default(),
        pinned: false,
    };
    let mut all = Statements::default();
    for id in ["one", "two"] {
        all.add(vec![statement(id)]).map_err(|error| error.to_string())?;
    }
    reconcile(&all).map_err(|error| error.to_string())?;
    prune(&all, &Default::default(), "", Time::from_millis(NOW), &Policy::default())
        .map_err(|e| e.to_string())?;
    Ok(())
}
