//! Texts of one sign, through everything that reads a text.

use dreaming::dream::{Dream, MAX_CHUNK, Need, Request};
use dreaming::ids::SessionId;
use dreaming::import::PartReader;
use dreaming::interface::statements::{Statement, Statements, prune, reconcile};
use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::session::{PartDescriptor, SessionDescriptor};
use dreaming::trust::Trust;
use dreaming::{Policy, Snapshot, Time, markdown, redact};
use dreaming_testing::Transcript;
use serde_json::json;

use crate::Report;
use crate::row::Row;

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
const NESTED: [(&str, fn(usize) -> String); 3] =
    [("- - -", on_one_line), ("nested list", deeper_and_deeper), ("[ lines", lines)];

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

fn lines(bytes: usize) -> String {
    "- [\n".repeat(bytes / 4)
}

/// A row for each way in and each sign.
///
/// # Errors
/// What the engine refuses.
pub fn measure(report: &mut Report) -> Result<(), String> {
    for (way, into) in WAYS {
        for (name, sign) in REPEATED {
            row(report, way, name, |bytes| sign.repeat(bytes / sign.len()), *into)?;
        }
        for (name, text) in NESTED {
            row(report, way, name, text, *into)?;
        }
    }
    Ok(())
}

fn row(
    report: &mut Report,
    way: &str,
    name: &str,
    text: impl Fn(usize) -> String,
    into: Way,
) -> Result<(), String> {
    let name = format!("{way}: {name}");
    if report.wants(&name) {
        report.take(&Row::over(name, &SIZES, text, into)?);
    }
    Ok(())
}

type Way = fn(String) -> Result<(), String>;

const WAYS: &[(&str, Way)] = &[
    ("markdown", |text| {
        markdown::pieces(&text);
        Ok(())
    }),
    ("redact", |text| {
        redact::redact(&text);
        redact::mask(&text, redact::Personal { emails: true, cards: true, ibans: true });
        Ok(())
    }),
    ("import", |text| {
        let mut reader = PartReader::new("main", &Policy::default(), Time::from_millis(NOW), true);
        reader.push(&said(&text));
        reader.finish();
        Ok(())
    }),
    ("dream, said by a person", |text| dream(&said(&text))),
    ("dream, said by the agent", |text| dream(&Transcript::new("s", BEGIN).agent(&text).bytes())),
    ("dream, a command", |text| dream(&Transcript::new("s", BEGIN).shell(&text, "done").bytes())),
    ("dream, a failure", |text| {
        let mut transcript = Transcript::new("s", BEGIN);
        transcript.call("Edit", json!({"file_path": "a.rs", "old_string": text}));
        dream(&transcript.fail(&text).shell_fails("make", &text).bytes())
    }),
    ("statements", statements),
];

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

/// Two statements that differ in their last word.
fn statements(text: String) -> Result<(), String> {
    let statement = |id: &str| Statement {
        id: id.into(),
        text: format!("{text} {id}"),
        headings: String::new(),
        subject: None,
        principal: None,
        place: String::new(),
        since: None,
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
