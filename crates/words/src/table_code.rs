//! Writes the Rust code for tables.

use std::fmt::Write as _;

use crate::table_file::{Entry, File, Pack, Table, Value};

/// The code for all files.
pub fn code(files: &[File]) -> String {
    let mut code = String::new();
    let mut digest = Digest(OFFSET);
    for file in files {
        digest.add(&file.name);
        put(
            &mut code,
            format_args!("{}pub(crate) mod {} {{\n", doc(&file.about), name(&file.name)),
        );
        for table in &file.tables {
            digest.add(&table.name);
            put(&mut code, format_args!("{}{}\n", doc(&table.about), constant(table)));
            for (group, entries) in parts(table) {
                digest.add(group);
                for Entry { word, values } in entries {
                    digest.add(&word);
                    for value in &values {
                        digest.add(&literal(value));
                    }
                }
            }
        }
        code.push_str("}\n");
    }
    put(
        &mut code,
        format_args!(
            "/// A number of all words and their values.\npub const DIGEST: u64 = {};\n",
            digest.0
        ),
    );
    code
}

fn put(code: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = code.write_fmt(text);
}

/// A text as doc comments.
fn doc(about: &str) -> String {
    about.lines().map(|line| format!("/// {}\n", line.trim())).collect()
}

/// The words of a table as packed: each class by itself, or all words sorted.
fn parts(table: &Table) -> Vec<(&str, Vec<Entry>)> {
    if matches!(table.pack, Pack::Classes | Pack::Kinds) {
        return table.groups.iter().map(|g| (g.name.as_str(), g.entries.clone())).collect();
    }
    let mut all: Vec<Entry> = table.groups.iter().flat_map(|g| g.entries.clone()).collect();
    all.sort();
    all.dedup();
    vec![("", all)]
}

fn constant(table: &Table) -> String {
    let parts = parts(table);
    let all = || parts.iter().flat_map(|(_, entries)| entries);
    let value = |entry: &Entry| entry.values.iter().map(literal).collect::<Vec<_>>().join(", ");
    let (of, items): (String, Vec<String>) = match table.pack {
        Pack::Match => return matcher(table, &parts),
        Pack::Kinds => return kinds(table, &parts),
        Pack::List => ("&str".into(), all().map(|entry| text(&entry.word)).collect()),
        Pack::Classes => {
            let words = |entries: &[Entry]| {
                entries.iter().map(|entry| text(&entry.word)).collect::<Vec<_>>().join(", ")
            };
            let class = |(name, entries): &(&str, Vec<Entry>)| {
                format!("({}, &[{}])", text(name), words(entries))
            };
            ("(&str, &[&str])".into(), parts.iter().map(class).collect())
        }
        Pack::Numbers => {
            let row = |entry: &Entry| format!("({}, {})", text(&entry.word), value(entry));
            ("(&str, usize)".into(), all().map(row).collect())
        }
        Pack::Lengths => {
            let row = |entry: &Entry| format!("({}, &[{}])", text(&entry.word), value(entry));
            ("(&str, &[usize])".into(), all().map(row).collect())
        }
        Pack::Pairs => {
            let pairs = |entry: &Entry| -> Vec<String> {
                let of = text(&entry.word);
                entry.values.iter().map(|value| format!("({of}, {})", literal(value))).collect()
            };
            ("(&str, &str)".into(), all().flat_map(pairs).collect())
        }
        Pack::Rows => {
            let sort = |value: &Value| match value {
                Value::Number(_) => "usize",
                Value::Text(_) => "&str",
            };
            let first = all().next().map(|entry| entry.values.as_slice()).unwrap_or_default();
            let columns: Vec<&str> = first.iter().map(sort).collect();
            let row = |entry: &Entry| format!("({}, {})", text(&entry.word), value(entry));
            (format!("(&str, {})", columns.join(", ")), all().map(row).collect())
        }
    };
    let name = name(&table.name).to_uppercase();
    format!("pub(crate) const {name}: &[{of}] = &[{}];", items.join(", "))
}

/// Writes the words as a `match` pattern of byte strings. The compiler turns these into a decision
/// tree; for `str` it would compare with each word.
fn pattern(entries: &[Entry]) -> String {
    let bytes = |entry: &Entry| format!("b\"{}\"", entry.word.as_bytes().escape_ascii());
    entries.iter().map(bytes).collect::<Vec<_>>().join(" | ")
}

fn matcher(table: &Table, parts: &[(&str, Vec<Entry>)]) -> String {
    let words: Vec<Entry> = parts.iter().flat_map(|(_, entries)| entries.clone()).collect();
    let (name, pattern) = (name(&table.name), pattern(&words));
    format!("pub(crate) fn {name}(word: &str) -> bool {{ matches!(word.as_bytes(), {pattern}) }}")
}

fn kinds(table: &Table, parts: &[(&str, Vec<Entry>)]) -> String {
    let names: Vec<String> = parts.iter().map(|(name, _)| text(name)).collect();
    let arm = |(at, (_, entries)): (usize, &(&str, Vec<Entry>))| {
        format!("{} => Some({at}), ", pattern(entries))
    };
    let arms: String = parts.iter().enumerate().map(arm).collect();
    let (name, names) = (name(&table.name), names.join(", "));
    format!(
        "pub(crate) const {}: &[&str] = &[{names}];\npub(crate) fn {name}_of(word: &str) -> Option<u8> \
         {{ match word.as_bytes() {{ {arms}_ => None }} }}",
        name.to_uppercase()
    )
}

fn name(of: &str) -> String {
    of.replace('-', "_")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Number(number) => number.clone(),
        Value::Text(word) => text(word),
    }
}

/// A text as a Rust literal.
fn text(word: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{{{:x}}}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", word.chars().map(escaped).collect::<String>())
}

/// The initial value of [`Digest`], and its factor (64-bit FNV-1a).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// A running hash of texts, in order.
struct Digest(u64);

impl Digest {
    fn add(&mut self, text: &str) {
        // 0xff ends the text; it occurs in no UTF-8 text.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::table_file;

    use super::*;

    const HEAD: &str = "about = \"A\"\nfrom = \"B\"\nsources = [\"c\"]\n";

    fn packed(tables: &str) -> String {
        code(&[table_file::file("two-words", &format!("{HEAD}{tables}")).ok().unwrap()])
    }

    #[test]
    fn each_form_becomes_a_constant_or_a_function() {
        for (table, want) in [
            (
                "[a-b]\nabout = \"T\"\nen = [\"x\", \"z\"]\nde = [\"x\", \"y\"]",
                "pub(crate) const A_B: &[&str] = &[\"x\", \"y\", \"z\"];",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"match\"\nen = [\"x\", \"y\"]",
                "pub(crate) fn t(word: &str) -> bool { matches!(word.as_bytes(), b\"x\" | b\"y\") }",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"classes\"\nen = [\"x\"]\nde = [\"y\"]",
                "pub(crate) const T: &[(&str, &[&str])] = &[(\"en\", &[\"x\"]), (\"de\", &[\"y\"])];",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"kinds\"\nb = [\"x\"]\na = [\"ä\"]",
                "fn t_of(word: &str) -> Option<u8> { match word.as_bytes() { b\"x\" => Some(0), b\"\\xc3\\xa4\" => Some(1), _ => None } }",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"numbers\"\nx = 1",
                "pub(crate) const T: &[(&str, usize)] = &[(\"x\", 1)];",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"lengths\"\nx = [1, 2]",
                "pub(crate) const T: &[(&str, &[usize])] = &[(\"x\", &[1, 2])];",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"pairs\"\nx = [\"y\", \"z\"]",
                "pub(crate) const T: &[(&str, &str)] = &[(\"x\", \"y\"), (\"x\", \"z\")];",
            ),
            (
                "[t]\nabout = \"T\"\npack = \"rows\"\nx = [\"y\\\"\", 2]",
                "pub(crate) const T: &[(&str, &str, usize)] = &[(\"x\", \"y\\\"\", 2)];",
            ),
        ] {
            let code = packed(table);
            assert!(code.contains(want), "{code}");
            assert!(code.starts_with("/// A\npub(crate) mod two_words {\n/// T\n"), "{code}");
        }
    }

    #[test]
    fn the_digest_is_of_the_words_alone() {
        let digest = |tables: &str| packed(tables).rsplit_once("DIGEST").map(|(_, n)| n.to_owned());
        let table = |about: &str, words: &str| format!("[t]\nabout = \"{about}\"\nen = {words}");
        let first = digest(&table("T", "[\"x\", \"y\"]"));
        assert!(first.is_some());
        assert_eq!(first, digest(&table("Told otherwise", "[\n  \"x\", # why\n  \"y\",\n]")));
        for other in ["[\"x\"]", "[\"x\", \"y\", \"z\"]", "[\"xy\"]"] {
            assert_ne!(first, digest(&table("T", other)), "{other}");
        }
    }
}
