//! Texts of one sign, through everything that reads a text.

use dreaming::dream::{Dream, MAX_CHUNK, Need, Request};
use dreaming::ids::SessionId;
use dreaming::import::PartReader;
use dreaming::interface::statements::{Statement, Statements, prune, reconcile};
use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::session::{PartDescriptor, SessionDescriptor};
use dreaming::trust::Trust;
use dreaming::{Memory, Policy, Snapshot, Time, markdown, observe, pack, redact};
use dreaming_testing::Transcript;
use serde_json::json;

use crate::row::Row;
use crate::{MOST, Report};

/// Bytes of the texts. The second size is there for the fit.
const SIZES: [usize; 3] = [100_000, 300_000, 1_000_000];

/// What a text repeats. Signs that open something in Markdown, JSON, shells and the rules for secrets, alone and
/// in the pairs that readers of Markdown take longest for.
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

/// Lists in lists: all on one line, and each deeper by two spaces.
const NESTED: [(&str, Made); 2] = [("- - -", on_one_line), ("nested list", deeper_and_deeper)];

/// Makes a text of so many bytes.
type Made = fn(usize) -> String;

fn on_one_line(bytes: usize) -> String {
    "- ".repeat(bytes / 2)
}

/// As many levels as fit: a line of level n has 2n signs before its own.
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

/// A row for each way in and each sign.
///
/// # Errors
/// What the engine refuses.
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
        // What else the machine does may slow one size down: a miss is looked at again.
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
    /// The texts are shorter by this factor where the engine reads no longer ones: of Markdown 102,400 bytes,
    /// the size of a memory.
    part: usize,
    /// The bytes that come in.
    ready: fn(&str) -> Vec<u8>,
    /// What is done with them.
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
    let parts = vec![PartDescriptor { name: "main".into(), bytes: bytes.len() as u64 }];
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now: Time::from_millis(NOW),
        sessions: vec![SessionDescriptor { id: id.clone(), agent: None, principal: None, parts }],
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

/// A dream over a store of one memory, and an edit of it noticed.
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
