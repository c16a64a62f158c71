//! Writes docs/policy.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dreaming::policy::{INTEGERS, Integer, PRESETS, SWITCHES, SettingValue, Switch, TEXTS, Texts};

const HEAD: &str = "\
# Policy

What a dream may do is said by its policy: a JSON object of settings. What it does not name has its
default. Every plan records the settings that it was made with, so that a replay needs nothing else.

```json
{
  \"$schema\": \"./policy.schema.json\",
  \"preset\": \"balanced\",
  \"gate.auto-add\": false,
  \"charter.statements\": [\"Prices are integers in cents, never floats.\"]
}
```

`dreaming run --policy policy.json` dreams by it, `dreaming run --policy compact` by a preset alone, and
`dreaming policy --policy policy.json` checks it and prints the table with its values. A host of the
component or of the npm package passes the same names. A list of one may be written without its
brackets. [`policy.schema.json`](policy.schema.json) is a JSON Schema (2020-12) for editors. This page and
the schema are written by `cargo xtask policy` from the table in `crates/records/src/policy/`; a test holds them against
it.

";

/// What the settings with the same first part of their name are about.
const GROUPS: &[(&str, &str)] = &[
    (
        "charter",
        "What no dream may do. A change against it is blocked: nobody can accept it by mistake.",
    ),
    ("check", "What a statement may be."),
    ("notes", "What is kept of a session."),
    ("outcome", "How sessions are graded."),
    ("distil", "What a model writes from all that was found, when all sessions are read."),
    ("compare", "What a model is asked about pairs of statements that are in the memory."),
    ("dream", "The size of a dream."),
    ("evidence", "Which evidence counts no more."),
    ("gate", "What may be applied unattended."),
    ("import", "How transcripts are read."),
    ("learn", "How much dreams may leave in memory."),
    ("ledger", "What is kept of an entry."),
    ("mine", "What is looked for without a model."),
    ("pins", "What stays as it is."),
    ("propose", "What a model is asked."),
    ("prune", "What goes."),
    ("redact", "What is masked in what is read. Secrets always are."),
    ("render", "The index: how long it may be, and whether one is made."),
    (
        "revert",
        "When going back to an earlier revision is proposed, because sessions go worse since.",
    ),
    ("round", "How a dream asks for sessions."),
    ("score", "How much an entry matters."),
    ("scope", "Whose a preference is."),
    ("select", "Which sessions count."),
    ("steer", "What a dream looks for."),
    ("tier", "How established an entry is."),
];

/// The rows of a table, by the name of the setting.
type Rows = BTreeMap<&'static str, String>;

/// The whole page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(&presets());
    let mut groups: BTreeMap<&str, Rows> = BTreeMap::new();
    for (name, row) in rows() {
        let group = name.split_once('.').map_or(name, |(group, _)| group);
        groups.entry(group).or_default().insert(name, row);
    }
    for (group, rows) in groups {
        let about = GROUPS.iter().find(|(name, _)| *name == group).map_or("", |(_, about)| about);
        let _ = write!(page, "\n## {group}\n\n");
        if !about.is_empty() {
            let _ = write!(page, "{about}\n\n");
        }
        page.push_str(
            "| setting | type | default | range | why | source |\n|---|---|---|---|---|---|\n",
        );
        page.extend(rows.into_values());
    }
    page
}

/// The section about presets: the settings in which they differ.
fn presets() -> String {
    let mut out = String::from("## Presets\n\n");
    for preset in PRESETS {
        let _ = writeln!(out, "- `{}`: {}", preset.name, preset.about);
    }
    let settings: Vec<BTreeMap<&str, SettingValue>> =
        PRESETS.iter().map(|preset| preset.settings().into_iter().collect()).collect();
    let names: BTreeMap<&str, String> =
        settings.iter().flat_map(BTreeMap::keys).map(|name| (*name, default(name))).collect();
    let heads = PRESETS.iter().map(|preset| format!(" `{}` |", preset.name)).collect::<String>();
    let _ = write!(out, "\n| setting |{heads}\n|---|{}\n", "---|".repeat(PRESETS.len()));
    for (name, default) in names {
        let _ = write!(out, "| `{name}` |");
        for preset in &settings {
            let _ = write!(out, " {} |", preset.get(name).map_or(default.clone(), shown));
        }
        out.push('\n');
    }
    out
}

fn default(name: &str) -> String {
    let integer =
        INTEGERS.iter().find(|s| s.name == name).map(|s| SettingValue::Integer(s.default));
    let switch = SWITCHES.iter().find(|s| s.name == name).map(|s| SettingValue::Switch(s.default));
    integer.or(switch).as_ref().map_or(String::new(), shown)
}

fn shown(value: &SettingValue) -> String {
    match value {
        SettingValue::Switch(on) => on.to_string(),
        SettingValue::Integer(number) => grouped(*number),
        SettingValue::Texts(items) => items.join(", "),
    }
}

fn rows() -> Rows {
    let integer = |s: &&Integer| {
        let Integer { name, unit, default, min, max, reason, source } = s;
        let range = format!("{} to {} {unit}", grouped(*min), grouped(*max));
        let cells = [format!("`{name}`"), "number".into(), grouped(*default), range];
        (*name, row(cells, reason, source))
    };
    let switch = |s: &&Switch| {
        let Switch { name, default, reason, source } = s;
        let cells = [format!("`{name}`"), "switch".into(), default.to_string(), String::new()];
        (*name, row(cells, reason, source))
    };
    let texts = |s: &&Texts| {
        let Texts { name, reason, .. } = s;
        let cells = [format!("`{name}`"), "list of texts".into(), "empty".into(), s.each()];
        (*name, row(cells, reason, "what each store says"))
    };
    let rows = INTEGERS.iter().map(integer).chain(SWITCHES.iter().map(switch));
    rows.chain(TEXTS.iter().map(texts)).collect()
}

fn row(cells: [String; 4], reason: &str, source: &str) -> String {
    let mut row = String::from("|");
    for cell in cells.iter().map(String::as_str).chain([reason, source]) {
        let _ = write!(row, " {} |", cell.replace('|', "\\|"));
    }
    row.push('\n');
    row
}

/// A number with thousands separators.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_of_the_table_says_what_it_is_about() {
        let said: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        for name in rows().into_keys() {
            let group = name.split_once('.').map_or(name, |(group, _)| group);
            assert!(said.contains(&group), "`{group}` is not in GROUPS");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(["0", "999", "1,000", "1,048,576"], [0, 999, 1000, 1 << 20].map(grouped));
    }
}
