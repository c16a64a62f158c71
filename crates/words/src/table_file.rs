//! Reads a file into tables and checks them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::Fault;

/// How a table becomes Rust: `pack = "…"` in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pack {
    /// No `pack`: `const NAME: &[&str]`, the words of all lists, sorted.
    List,
    /// `classes`: `const NAME: &[(&str, &[&str])]`, each list with its name, in the order of the
    /// file.
    Classes,
    /// `fn name_of(word: &str) -> Option<u8>`, the index of the list that has the word.
    Kinds,
    /// `match`: `fn name(word: &str) -> bool`, for tables that are looked up for every word of a
    /// store.
    Match,
    /// `numbers`: `const NAME: &[(&str, usize)]`.
    Numbers,
    /// `lengths`: `const NAME: &[(&str, &[usize])]`.
    Lengths,
    /// `pairs`: `const NAME: &[(&str, &str)]`, a pair for each word of the list behind a word.
    Pairs,
    /// `rows`: `const NAME: &[(&str, …)]`, a text or a number in each column.
    Rows,
}

/// A file.
pub struct File {
    pub name: String,
    pub about: String,
    pub tables: Vec<Table>,
}

/// A table.
pub struct Table {
    pub name: String,
    pub about: String,
    pub pack: Pack,
    pub groups: Vec<Group>,
}

/// A list of a table, or its words with values of one language.
pub struct Group {
    pub name: String,
    pub entries: Vec<Entry>,
}

impl Group {
    fn words(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.word.as_str())
    }
}

/// A word with its values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub word: String,
    pub values: Vec<Value>,
}

/// A value of a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A number, with the digits in the file.
    Number(String),
    /// A text.
    Text(String),
}

type Key<'t> = Spanned<DeString<'t>>;
type Item<'t> = Spanned<DeValue<'t>>;

/// Reads a file.
pub fn file(name: &str, text: &str) -> Result<File, Vec<Fault>> {
    let mut reader = Reader { text, faults: Vec::new() };
    let root = match DeTable::parse(text) {
        Ok(root) => root.into_inner(),
        Err(error) => {
            let line = reader.line(&error.span().unwrap_or_default());
            return Err(vec![Fault { line, why: error.message().to_owned() }]);
        }
    };
    let about = reader.told(&root, "about", &(0..0)).unwrap_or_default();
    let whole = ["from", "sources"].map(|key| (key, root.get(key).is_some()));
    let mut tables = Vec::new();
    for (key, item) in in_order(&root) {
        match item.get_ref() {
            DeValue::Table(table) => tables.extend(reader.table(key, table, &whole)),
            _ if matches!(key.get_ref().as_ref(), "about" | "from" | "sources") => {
                reader.origin(key, item);
            }
            _ => reader.fault(&key.span(), format!("`{}` is no table", key.get_ref())),
        }
    }
    if tables.is_empty() && reader.faults.is_empty() {
        reader.fault(&(0..0), "the file has no table".to_owned());
    }
    let file = File { name: name.to_owned(), about, tables };
    if reader.faults.is_empty() { Ok(file) } else { Err(reader.faults) }
}

/// The items of a table, in the order of the file.
fn in_order<'a, 't>(table: &'a DeTable<'t>) -> Vec<(&'a Key<'t>, &'a Item<'t>)> {
    let mut items: Vec<_> = table.iter().collect();
    items.sort_by_key(|(key, _)| key.span().start);
    items
}

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, at: &Range<usize>) -> usize {
        self.text.bytes().take(at.start).filter(|byte| *byte == b'\n').count() + 1
    }

    fn fault(&mut self, at: &Range<usize>, why: String) {
        let line = self.line(at);
        self.faults.push(Fault { line, why });
    }

    /// A required text.
    fn told(&mut self, table: &DeTable<'_>, key: &str, at: &Range<usize>) -> Option<String> {
        match table.get(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                self.fault(at, format!("`{key}` is missing or empty"));
                None
            }
        }
    }

    /// Checks that `about`, `from` and `sources` are not empty.
    fn origin(&mut self, key: &Key<'_>, item: &Item<'_>) {
        let says = match item.get_ref() {
            DeValue::String(text) => key.get_ref() != "sources" && !text.trim().is_empty(),
            DeValue::Array(list) => key.get_ref() == "sources" && list.iter().next().is_some(),
            _ => false,
        };
        if !says {
            self.fault(&key.span(), format!("`{}` says nothing", key.get_ref()));
        }
    }

    fn table(
        &mut self,
        key: &Key<'_>,
        table: &DeTable<'_>,
        whole: &[(&str, bool)],
    ) -> Option<Table> {
        let at = key.span();
        let name = key.get_ref().to_string();
        let about = self.told(table, "about", &at)?;
        for (origin, of_file) in whole {
            if !of_file && table.get(*origin).is_none() {
                self.fault(&at, format!("neither the file nor `{name}` says `{origin}`"));
            }
        }
        let pack = self.pack(table, &at)?;
        let folds = match table.get("case").map(Spanned::get_ref) {
            None => true,
            Some(DeValue::String(kept)) if kept == "kept" => false,
            Some(_) => {
                self.fault(&at, "`case` can only be \"kept\"".to_owned());
                false
            }
        };
        let mut groups = vec![Group { name: String::new(), entries: Vec::new() }];
        let mut last = 0..0;
        for (key, item) in in_order(table) {
            match (key.get_ref().as_ref(), item.get_ref()) {
                ("about" | "from" | "sources", _) => self.origin(key, item),
                ("case" | "pack", _) => {}
                (_, DeValue::Array(list)) if !pack.has_values() => {
                    groups.push(self.list(key, list.iter(), folds));
                }
                (_, DeValue::Table(inner)) if pack.has_values() => {
                    let name = key.get_ref().to_string();
                    let mut group = Group { name, entries: Vec::new() };
                    for (key, item) in in_order(inner) {
                        self.entry(&mut group, key, item, folds);
                    }
                    groups.push(group);
                }
                (_, _) if pack.has_values() => self.entry(&mut groups[0], key, item, folds),
                _ => self.fault(&key.span(), format!("`{}` is no list", key.get_ref())),
            }
            last = key.span();
        }
        if groups.iter().all(|group| group.name.is_empty() && group.entries.is_empty()) {
            self.fault(&at, format!("`{name}` has no words"));
        }
        groups.retain(|group| !group.entries.is_empty());
        self.agree(&groups, pack, &last);
        Some(Table { name, about, pack, groups })
    }

    fn pack(&mut self, table: &DeTable<'_>, at: &Range<usize>) -> Option<Pack> {
        let found = match table.get("pack").map(Spanned::get_ref) {
            None => Some(Pack::List),
            Some(DeValue::String(name)) => Pack::named(name),
            Some(_) => None,
        };
        if found.is_none() {
            self.fault(at, "no such `pack`".to_owned());
        }
        found
    }

    /// Reads a list of words.
    fn list<'i, 't: 'i>(
        &mut self,
        key: &Key<'_>,
        list: impl Iterator<Item = &'i Item<'t>>,
        folds: bool,
    ) -> Group {
        let name = key.get_ref().to_string();
        let mut group = Group { name, entries: Vec::new() };
        for item in list {
            match item.get_ref() {
                DeValue::String(word) => {
                    self.word(&mut group, word, Vec::new(), &item.span(), folds)
                }
                _ => self.fault(&item.span(), format!("`{}` holds what is no text", group.name)),
            }
        }
        if group.entries.is_empty() {
            self.fault(&key.span(), format!("`{}` is empty", group.name));
        }
        group
    }

    /// Adds a word with its values.
    fn entry(&mut self, group: &mut Group, key: &Key<'_>, item: &Item<'_>, folds: bool) {
        let value = |item: &Item<'_>| match item.get_ref() {
            DeValue::String(text) => Some(Value::Text(text.to_string())),
            DeValue::Integer(number) => Some(Value::Number(number.to_string())),
            _ => None,
        };
        let values: Option<Vec<Value>> = match item.get_ref() {
            DeValue::Array(list) => list.iter().map(value).collect(),
            _ => value(item).map(|value| vec![value]),
        };
        match values.filter(|values| !values.is_empty()) {
            Some(values) => self.word(group, key.get_ref(), values, &key.span(), folds),
            None => self.fault(&key.span(), format!("`{}` has no value", key.get_ref())),
        }
    }

    /// Adds a word; reports it if it is empty, in upper case, repeated or out of order.
    fn word(
        &mut self,
        group: &mut Group,
        word: &str,
        values: Vec<Value>,
        at: &Range<usize>,
        folds: bool,
    ) {
        let list = &group.name;
        let of = if list.is_empty() { String::new() } else { format!(" of `{list}`") };
        if word.trim().is_empty() {
            return self.fault(at, format!("a word{of} is empty"));
        }
        if folds && word.chars().any(char::is_uppercase) {
            self.fault(
                at,
                format!("`{word}`{of} has upper case, and texts are compared in lower case"),
            );
        }
        match group.entries.last().map(|last| last.word.as_str()) {
            Some(last) if last == word => {
                self.fault(at, format!("`{word}`{of} stands there twice"))
            }
            Some(last) if last > word => {
                self.fault(at, format!("`{word}`{of} stands behind `{last}`: sort by bytes"));
            }
            _ => {}
        }
        group.entries.push(Entry { word: word.to_owned(), values });
    }

    /// Reports errors among values: a word with two different ones, rows of different lengths or
    /// types.
    fn agree(&mut self, groups: &[Group], pack: Pack, at: &Range<usize>) {
        let mut entries: Vec<&Entry> = groups.iter().flat_map(|group| &group.entries).collect();
        entries.sort();
        entries.dedup();
        if pack == Pack::Kinds {
            let mut words: Vec<&str> = groups.iter().flat_map(Group::words).collect();
            words.sort_unstable();
            for pair in words.windows(2).filter(|pair| pair[0] == pair[1]) {
                self.fault(at, format!("`{}` is of two kinds", pair[0]));
            }
        }
        for pair in entries.windows(2).filter(|pair| pair[0].word == pair[1].word) {
            self.fault(at, format!("`{}` has two values", pair[0].word));
        }
        let Some(first) = entries.first() else { return };
        for entry in entries.iter().filter(|entry| !pack.fits(entry, first)) {
            self.fault(at, format!("the values of `{}` are of another form", entry.word));
        }
    }
}

impl Pack {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "classes" => Self::Classes,
            "kinds" => Self::Kinds,
            "match" => Self::Match,
            "numbers" => Self::Numbers,
            "lengths" => Self::Lengths,
            "pairs" => Self::Pairs,
            "rows" => Self::Rows,
            _ => return None,
        })
    }

    /// Whether words have values.
    pub fn has_values(self) -> bool {
        matches!(self, Self::Numbers | Self::Lengths | Self::Pairs | Self::Rows)
    }

    fn fits(self, entry: &Entry, first: &Entry) -> bool {
        let is_text = |value: &Value| matches!(value, Value::Text(_));
        match self {
            Self::List | Self::Classes | Self::Kinds | Self::Match => entry.values.is_empty(),
            Self::Numbers => matches!(entry.values.as_slice(), [Value::Number(_)]),
            Self::Lengths => !entry.values.iter().any(is_text),
            Self::Pairs => entry.values.iter().all(is_text),
            Self::Rows => entry.values.iter().map(is_text).eq(first.values.iter().map(is_text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "about = \"A\"\nfrom = \"B\"\nsources = [\"c\"]\n[t]\nabout = \"T\"\n";

    fn faults(rest: &str) -> Vec<(usize, String)> {
        let found = file("f", &format!("{HEAD}{rest}")).err().unwrap_or_default();
        found.into_iter().map(|Fault { line, why }| (line, why)).collect()
    }

    fn one(rest: &str, line: usize, why: &str) {
        assert_eq!(faults(rest), [(line, why.to_owned())], "{rest}");
    }

    #[test]
    fn a_sound_table_passes() {
        assert!(faults("en = [\"a\", \"b c\"]\nde = [\"a\", \"ä\"]\n").is_empty());
        assert!(faults("pack = \"numbers\"\n[t.en]\none = 1\n[t.fr]\nun = 1\n").is_empty());
        assert!(faults("case = \"kept\"\nwords = [\"FAIL\", \"ok\"]\n").is_empty());
    }

    #[test]
    fn a_list_is_sorted_and_holds_a_word_once_in_lower_case() {
        one("en = [\n  \"b\",\n  \"a\",\n]\n", 8, "`a` of `en` stands behind `b`: sort by bytes");
        one("en = [\n  \"a\",\n  \"a\",\n]\n", 8, "`a` of `en` stands there twice");
        one("en = [\"a\",\n  \" \"]\n", 7, "a word of `en` is empty");
        one("en = []\n", 6, "`en` is empty");
        let upper = "`Été` of `fr` has upper case, and texts are compared in lower case";
        one("fr = [\"Été\"]\n", 6, upper);
    }

    #[test]
    fn a_value_has_the_form_of_its_table() {
        one("pack = \"numbers\"\nz = 1\na = 2\n", 8, "`a` stands behind `z`: sort by bytes");
        one("pack = \"numbers\"\na = \"x\"\n", 7, "the values of `a` are of another form");
        one(
            "pack = \"rows\"\na = [\"x\", 1]\nb = [1, \"x\"]\n",
            8,
            "the values of `b` are of another form",
        );
        one("pack = \"numbers\"\n[t.en]\nx = 1\n[t.fr]\nx = 2\n", 9, "`x` has two values");
        one("pack = \"kinds\"\nx = [\"a\"]\ny = [\"a\"]\n", 8, "`a` is of two kinds");
        one("pack = \"lists\"\nen = [\"a\"]\n", 4, "no such `pack`");
    }

    #[test]
    fn a_table_says_what_it_is_and_where_its_words_come_from() {
        let fault = |text: &str| file("f", text).err().unwrap()[0].clone();
        let why = |text: &str| (fault(text).line, fault(text).why);
        let none = "`about` is missing or empty".to_owned();
        assert_eq!(
            why("from = \"B\"\nsources = [\"c\"]\n[t]\nabout = \"T\"\nen = [\"a\"]\n"),
            (1, none)
        );
        let origin = "neither the file nor `t` says `sources`".to_owned();
        assert_eq!(
            why("about = \"A\"\nfrom = \"B\"\n[t]\nabout = \"T\"\nen = [\"a\"]\n"),
            (3, origin)
        );
        let nothing = "`sources` says nothing".to_owned();
        assert_eq!(
            why("about = \"A\"\nfrom = \"B\"\nsources = []\n[t]\nabout = \"T\"\nen = [\"a\"]\n"),
            (3, nothing)
        );
        assert_eq!(
            why("about = \"A\"\nfrom = \"B\"\nsources = [\"c\"]\n").1,
            "the file has no table"
        );
        assert_eq!(fault("about = \"A\"\nfrom = [").line, 2);
    }
}
