//! Finds the test secrets of a secret scanner, the same secrets in other contexts, and measures
//! false alarms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use anyhow::Context;
use base64::Engine as _;
use dreaming::redact::redact;
use regex::Regex;
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "secrets", about: "fixtures of secret scanners, and real transcripts", run };

/// The baseline: prefixes that every scanner knows.
static PREFIXES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)\b(?:AKIA[A-Z2-7]{16}|gh[pousr]_\w{36}|github_pat_\w{40}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}",
        r"|sk_live_\w{10}|sk-ant-[\w-]{20}|sk-[\w-]{32}|AIza[\w-]{35}|npm_\w{36}|pypi-[\w-]{32}|hf_\w{30}",
        r"|SG\.[\w.-]{30}|dop_v1_\w{30}|shpat_\w{30}|eyJ[\w-]{10,}\.eyJ[\w-]{10})",
    ))
    .expect("a valid expression")
});

/// Contexts for the values, none of which the scanner's own fixtures use.
const CONTEXTS: &[(&str, &str, &str)] = &[
    ("env file", "PORT=8080\nSERVICE_API_TOKEN=", "\nDEBUG=1\n"),
    ("JSON field", "{\"host\":\"a.b\",\"apiKey\":\"", "\",\"port\":1}"),
    ("YAML", "service:\n  client-secret: ", "\n  port: 1\n"),
    ("URL query", "GET https://a.b/v1/items?page=2&access_token=", "&sort=name HTTP/1.1"),
    ("curl header", "curl -s -H \"Authorization: Bearer ", "\" https://a.b/v1/items"),
    ("Python assignment", "import os\nclient_secret = '", "'\nprint(1)\n"),
    (
        "prose, \"the key is …\"",
        "Sure, use the staging account. The API key is ",
        ", it never expires.",
    ),
    ("alone on a line", "Here you are:\n\n", "\n\nTell me when it works."),
];

/// A text of the fixtures.
struct Item {
    rule: String,
    is_secret: bool,
    source: String,
    text: String,
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    match data.lines("secrets/secrets.jsonl")? {
        Some(lines) => {
            let items = lines.iter().map(item).collect::<anyhow::Result<Vec<_>>>()?;
            fixtures(&items, &mut measured);
        }
        None => measured.note("not measured: the data has no secrets/secrets.jsonl"),
    }
    transcripts(data, &mut measured)?;
    memories(data, &mut measured)?;
    Ok(measured)
}

fn item(line: &Value) -> anyhow::Result<Item> {
    let field = |name: &str| line.get(name).and_then(Value::as_str).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(field("text_b64"))
        .with_context(|| format!("text of {}", field("rule")))?;
    Ok(Item {
        rule: field("rule").into(),
        is_secret: line.get("label").and_then(Value::as_u64) == Some(1),
        source: field("src").into(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// Shares by rule: how many were found of how many.
type ByRule<'a> = BTreeMap<&'a str, (usize, usize)>;

fn count<'a>(items: impl Iterator<Item = &'a Item>, found: impl Fn(&Item) -> bool) -> ByRule<'a> {
    let mut by_rule = ByRule::new();
    for item in items {
        let share = by_rule.entry(&item.rule).or_default();
        share.0 += usize::from(found(item));
        share.1 += 1;
    }
    by_rule
}

fn all(by_rule: &ByRule) -> Figure {
    Figure::share(by_rule.values().map(|s| s.0).sum(), by_rule.values().map(|s| s.1).sum())
}

fn average(by_rule: &ByRule, takes: impl Fn(usize) -> bool) -> Figure {
    let shares: Vec<f64> = by_rule
        .values()
        .enumerate()
        .filter(|(index, _)| takes(*index))
        .map(|(_, (found, all))| *found as f64 / *all as f64)
        .collect();
    Figure::Average(shares.iter().sum::<f64>() / shares.len().max(1) as f64)
}

fn fixtures(items: &[Item], measured: &mut Measured) {
    let secrets = || items.iter().filter(|i| i.is_secret);
    let plain = || secrets().filter(|i| !i.source.starts_with("template"));
    let by_prefix = |item: &Item| PREFIXES.is_match(&item.text);
    let by_us = |item: &Item| !redact(&item.text).cuts.is_empty();
    let values = values(items);
    let is_gone = |item: &Item| {
        value_of(item, &values).is_some_and(|value| is_gone(&redact(&item.text).text, value))
    };
    let valued = || secrets().filter(|i| value_of(i, &values).is_some());
    let (theirs, ours) = (count(secrets(), by_prefix), count(secrets(), by_us));
    let gone = count(valued(), is_gone);
    let none = || Some(Figure::share(0, secrets().count()));
    measured.row("found, of all secrets", none(), Some(all(&theirs)), all(&ours), None);
    let least = Some(Demand::AtLeast(0.95));
    let macro_of = |by_rule: &ByRule| average(by_rule, |_| true);
    measured.row(
        "found, average over rules",
        None,
        Some(macro_of(&theirs)),
        macro_of(&ours),
        least,
    );
    for (half, name) in [(0, "… every other rule, from the first"), (1, "… the other ones")] {
        let of = |by_rule: &ByRule| average(by_rule, |index| index % 2 == half);
        measured.row(name, None, Some(of(&theirs)), of(&ours), least);
    }
    measured.row(
        "found, of those in no template",
        None,
        Some(all(&count(plain(), by_prefix))),
        all(&count(plain(), by_us)),
        None,
    );
    measured.row(
        "the value itself is gone, average over rules",
        None,
        None,
        macro_of(&gone),
        least,
    );
    let others = || items.iter().filter(|i| !i.is_secret);
    measured.row(
        "flagged, of texts that are no secret of their rule",
        None,
        Some(all(&count(others(), by_prefix))),
        all(&count(others(), by_us)),
        None,
    );
    in_contexts(&values, measured);
    let missed = |by_rule: &ByRule| {
        let rules = by_rule.iter().filter(|(_, (found, all))| found < all);
        rules.map(|(rule, (found, all))| format!("{rule} {found}/{all}")).collect::<Vec<_>>()
    };
    measured.note("the arm \"exact only\" is a list of 16 well-known prefixes");
    measured.note("a text counts as found when anything in it is cut; a value is gone when no 12 bytes of it in a row are left");
    measured.note(
        "a value is what the Python template of its rule quotes; texts without one are not asked for it",
    );
    measured.note(format!("not all found: {}", missed(&ours).join(", ")));
    measured.note(format!("not all gone: {}", missed(&gone).join(", ")));
}

/// The values of each rule: the texts between the quotes of its templates.
fn values(items: &[Item]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found = BTreeMap::<&str, BTreeSet<&str>>::new();
    for item in items.iter().filter(|i| i.source == "template:python - double quote") {
        if let Some(value) = item.text.split('"').nth(1).filter(|value| value.len() >= 8) {
            found.entry(&item.rule).or_default().insert(value);
        }
    }
    found
}

/// The value in a text, if it is one of its rule's.
fn value_of<'a>(item: &Item, values: &BTreeMap<&str, BTreeSet<&'a str>>) -> Option<&'a str> {
    let known = values.get(&*item.rule).into_iter().flatten().copied();
    known.filter(|value| item.text.contains(value)).max_by_key(|value| value.len())
}

/// Whether no 12 successive bytes of `value` are left in the text (all of its bytes if it is
/// shorter).
fn is_gone(text: &str, value: &str) -> bool {
    let size = value.len().clamp(1, 12);
    !value
        .as_bytes()
        .windows(size)
        .any(|part| text.as_bytes().windows(size).any(|place| place == part))
}

fn in_contexts(values: &BTreeMap<&str, BTreeSet<&str>>, measured: &mut Measured) {
    let mut missed = Vec::new();
    for (name, before, after) in CONTEXTS {
        let (mut theirs, mut ours, mut all) = (0, 0, 0);
        let mut rules = BTreeSet::new();
        for (rule, value) in values.iter().flat_map(|(r, vs)| vs.iter().map(move |v| (r, v))) {
            let text = format!("{before}{value}{after}");
            all += 1;
            theirs += usize::from(PREFIXES.is_match(&text));
            if is_gone(&redact(&text).text, value) {
                ours += 1;
            } else {
                rules.insert(*rule);
            }
        }
        let share = |of| Figure::share(of, all);
        measured.row(
            format!("value gone in: {name}"),
            None,
            Some(share(theirs)),
            share(ours),
            None,
        );
        if !rules.is_empty() {
            missed.push(format!(
                "left in {name}: {}",
                rules.into_iter().collect::<Vec<_>>().join(" ")
            ));
        }
    }
    missed.into_iter().for_each(|line| measured.note(line));
}

fn transcripts(data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    let (mut bytes, mut theirs, mut ours) = (0_usize, 0_usize, 0_usize);
    let mut by_name = BTreeMap::<String, usize>::new();
    for folder in ["entire-lite/sessions", "transcripts-exact"] {
        for parts in data.sessions(folder)?.values() {
            for text in parts.iter().flat_map(|(_, bytes)| texts(bytes)) {
                bytes += text.len();
                theirs += text.lines().filter(|line| PREFIXES.is_match(line)).count();
                let redacted = redact(&text);
                let mut lines = BTreeSet::new();
                for (cut, image) in &redacted.cuts {
                    if lines.insert(line_of(&text, cut.start)) {
                        let name = redacted.text.get(image.clone()).unwrap_or_default();
                        *by_name.entry(name.into()).or_default() += 1;
                    }
                }
                ours += lines.len();
            }
        }
    }
    if bytes == 0 {
        measured.note("not measured: the data has no transcripts");
        return Ok(());
    }
    let rate = |lines: usize| Figure::Amount(lines as f64 * 1e6 / bytes as f64, "/MB");
    let most = Some(Demand::AtMost(6.0));
    measured.row("flagged lines of real transcripts", None, Some(rate(theirs)), rate(ours), most);
    measured.note(format!(
        "{ours} lines of {:.1} MB of decoded texts of messages: prose, arguments and results of tools, line by line",
        bytes as f64 / 1e6
    ));
    let by_name: Vec<_> = by_name.iter().map(|(name, n)| format!("{name} {n}")).collect();
    measured.note(format!("flagged by rule: {}", by_name.join(", ")));
    Ok(())
}

/// False alarms in instruction files and learnings, where they cost most: memories are made of
/// these.
fn memories(data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    for name in ["claude-md-history/versions.jsonl", "learnings/learnings.jsonl"] {
        let Some(lines) = data.lines(name)? else { continue };
        let (mut bytes, mut theirs, mut ours) = (0, 0, BTreeSet::new());
        let fields = |line: &Value| line.as_object().cloned().unwrap_or_default();
        for text in lines.iter().flat_map(|line| fields(line).into_values()) {
            let Value::String(text) = text else { continue };
            bytes += text.len();
            theirs += text.lines().filter(|line| PREFIXES.is_match(line)).count();
            // Versions of a file repeat its lines, so each line counts once.
            let flagged = text.lines().filter(|line| !redact(line).cuts.is_empty());
            ours.extend(flagged.map(str::to_owned));
        }
        let share = |count| Some(Figure::count(count));
        let measure = format!("flagged lines of {name}");
        measured.row(measure, None, share(theirs), Figure::count(ours.len()), None);
        measured.note(format!("{name}: {:.1} MB, different lines only", bytes as f64 / 1e6));
    }
    Ok(())
}

/// The texts of the messages of a transcript, as the engine reads them; arguments are parsed as
/// JSON.
pub fn texts(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
        content(record.pointer("/message/content").unwrap_or(&Value::Null), &mut found);
    }
    found
}

fn content(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(blocks) => blocks.iter().for_each(|block| content(block, found)),
        Value::Object(block) => {
            for name in ["text", "thinking", "content"] {
                block.get(name).into_iter().for_each(|inner| content(inner, found));
            }
            found.extend(block.get("input").map(Value::to_string));
        }
        _ => {}
    }
}

/// The number of the line at a position; escaped line ends in JSON strings count too.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.matches('\n').count() + before.matches("\\n").count()
}
