//! Slots: a value of one kind in what a person says of themselves, with the words that say what it is
//! the value of. Two statements that fill one slot with different values are an update. Likeness of
//! the whole does not tell that: two sentences about one topic are alike and both hold.

use std::collections::BTreeSet;

use super::speech::{Sort, Token, spoken, stem};

/// Words on each side of a value that say what it is the value of. Chosen by us: a clause; words
/// further away belong to other things.
const ABOUT: usize = 8;

/// As [`ABOUT`], those next to the value: its noun phrase and its verb.
const NEAR: usize = 4;

/// Tokens on each side of a value among which a word of change counts, and a name. Chosen by us: a
/// clause with its function words.
const CLAUSE: usize = 14;

/// Most values of a statement that are looked at. Chosen by us: a statement with more is a table.
const MAX_SLOTS: usize = 6;

/// Stems that say that a value was another one before. English, as forms of speech.
const CHANGE: &[&str] = &[
    "adjust",
    "boost",
    "bump",
    "chang",
    "cut",
    "decreas",
    "delay",
    "drop",
    "earlier",
    "early",
    "expand",
    "extend",
    "grow",
    "improv",
    "increas",
    "instead",
    "longer",
    "lower",
    "mov",
    "new",
    "now",
    "postpon",
    "push",
    "rais",
    "reach",
    "recently",
    "reduc",
    "reschedul",
    "ris",
    "shorten",
    "switch",
    "updat",
    "upgrad",
];

/// Those of [`CHANGE`] that say that a time was another one: an amount that grew on a day moves no day.
const MOVED: &[&str] = &[
    "adjust",
    "chang",
    "delay",
    "earlier",
    "early",
    "extend",
    "instead",
    "longer",
    "mov",
    "new",
    "now",
    "postpon",
    "push",
    "reschedul",
    "shorten",
    "updat",
];

/// Stems after a share that make it a difference (`a 20 % increase`), which is no value of its own.
const DIFFERENCE: &[&str] = &[
    "boost",
    "decreas",
    "discount",
    "drop",
    "faster",
    "gain",
    "growth",
    "improvement",
    "increas",
    "less",
    "low",
    "lower",
    "more",
    "off",
    "reduc",
    "reduction",
    "slower",
];

/// Words before a number that count places, not things: `the first 10`.
const PLACES: &[&str] = &["every", "first", "last", "next", "top"];

/// Small numbers that people write as words.
const NUMBERS: &[&str] =
    &["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// Months by their first three letters, the form in which they are compared.
const MONTHS: &[&str] =
    &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// How much two slots must share.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Fewest words that both slots have.
    words: usize,
    /// Fewest of them that stand next to both values.
    near: usize,
    /// The least share of the words of the smaller slot that the other has, in percent, when a word
    /// says that the value changed.
    changed: usize,
    /// As `changed`, without such a word.
    silent: usize,
}

/// For a value that takes the place of another. Chosen by us on sentences of people in dialogues: two
/// shared words tie a topic, four a subject and what is asked of it.
pub const SAME_SLOT: Measure = Measure { words: 4, near: 2, changed: 45, silent: 60 };

/// For two values of which the newer is read first, which takes nothing away.
pub const ALIKE_SLOT: Measure = Measure { words: 3, near: 1, changed: 25, silent: 40 };

/// What sort of value a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Money,
    Percent,
    Date,
    Clock,
    Version,
    Ratio,
    /// A number of what the unit names, or in the unit.
    Count,
}

/// What a value is: two are alike when they differ in nothing but `value`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    kind: Kind,
    unit: String,
    value: String,
}

#[derive(Debug)]
struct Slot {
    value: Value,
    about: BTreeSet<String>,
    near: BTreeSet<String>,
    /// What stands between a number and what it counts.
    which: BTreeSet<String>,
    /// The names around it.
    names: BTreeSet<String>,
    changed: bool,
}

/// The slots of a statement, and all values that stand in it.
#[derive(Debug, Default)]
pub struct Slots {
    slots: Vec<Slot>,
    values: BTreeSet<Value>,
}

impl Slots {
    /// Reads a statement; no slots unless a speaker says it of themselves.
    pub fn read(text: &str) -> Self {
        let tokens = spoken(text);
        let found = values(&tokens);
        let taken: BTreeSet<usize> = found.iter().flat_map(|(_, at, end)| *at..*end).collect();
        let slots = found
            .iter()
            .filter(|(value, at, end)| stands_for_itself(&tokens, value, *at, *end))
            .take(MAX_SLOTS)
            .map(|(value, at, _)| slot(&tokens, value, *at, &taken))
            .collect();
        Self { slots, values: found.into_iter().map(|(value, ..)| value).collect() }
    }

    /// The two values, when both statements fill one slot differently. Swapping the statements swaps
    /// them.
    pub fn differ(&self, other: &Self, measure: Measure) -> Option<(String, String)> {
        let pairs = self.slots.iter().flat_map(|a| other.slots.iter().map(move |b| (a, b)));
        pairs
            .filter(|(a, b)| {
                a.value.kind == b.value.kind
                    && a.value.unit == b.value.unit
                    // What the other says too is no other value.
                    && !other.values.contains(&a.value)
                    && !self.values.contains(&b.value)
                    && one_slot(a, b, measure)
            })
            .map(|(a, b)| (a.value.value.clone(), b.value.value.clone()))
            .min_by_key(|(a, b)| (a.min(b).clone(), a.max(b).clone()))
    }

    /// Keys of which two statements have one in common when [`differ`](Self::differ) can find a slot
    /// that both fill.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for Slot { value: Value { kind, unit, .. }, near, .. } in &self.slots {
            for (i, a) in near.iter().enumerate() {
                let pairs = near.iter().skip(i + 1);
                keys.extend(pairs.map(|b| format!("{} {unit} {a} {b}", kind.letter())));
            }
        }
        keys.sort();
        keys.dedup();
        keys
    }
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Self::Money => 'm',
            Self::Percent => 'p',
            Self::Date => 'd',
            Self::Clock => 'c',
            Self::Version => 'v',
            Self::Ratio => 'r',
            Self::Count => 'n',
        }
    }
}

fn one_slot(a: &Slot, b: &Slot, measure: Measure) -> bool {
    let shared = a.about.intersection(&b.about).count();
    let near = a.near.intersection(&b.near).count();
    let changed = a.changed || b.changed;
    // A day or an hour is said of many things that happened; only a word tells that one moved.
    let timed = matches!(a.value.kind, Kind::Date | Kind::Clock);
    let least = if changed { measure.changed } else { measure.silent };
    shared >= measure.words
        && near >= measure.near
        && 100 * shared >= least * a.about.len().min(b.about.len())
        && (changed || !timed)
        && !apart(&a.which, &b.which)
        && !apart(&a.names, &b.names)
}

/// Whether each has what the other has not.
fn apart(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    !a.is_subset(b) && !b.is_subset(a)
}

/// The values of a statement, each with the tokens from and to which it stands.
fn values(tokens: &[Token]) -> Vec<(Value, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let value = value(tokens, at);
        let end = value.as_ref().map_or(at + 1, |(_, end)| *end);
        found.extend(value.map(|(value, end)| (value, at, end)));
        at = end;
    }
    found
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn value(tokens: &[Token], at: usize) -> Option<(Value, usize)> {
    let token = tokens.get(at)?;
    let text = token.text.as_str();
    let next = word(tokens, at + 1);
    let as_kind =
        |kind, end| Some((Value { kind, unit: String::new(), value: text.to_owned() }, end));
    if token.sort == Sort::Word {
        let month = MONTHS.iter().find(|month| token.large && text.starts_with(**month));
        if let Some(month) = month.filter(|_| next.starts_with(|c: char| c.is_ascii_digit())) {
            let year = word(tokens, at + 2) == "," && is_year(word(tokens, at + 3));
            let value =
                Value { kind: Kind::Date, unit: String::new(), value: format!("{month} {next}") };
            return Some((value, if year { at + 4 } else { at + 2 }));
        }
        return NUMBERS.contains(&text).then(|| counted(tokens, at, text, ""))?;
    }
    if token.sort != Sort::Number {
        return None;
    }
    let digits = text.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let parts = |separator: char| number.split(separator).count();
    if text.starts_with(['$', '€', '£']) {
        as_kind(Kind::Money, at + 1)
    } else if unit == "%" || next == "%" || next == "percent" {
        let end = if unit == "%" { at + 1 } else { at + 2 };
        Some((Value { kind: Kind::Percent, unit: String::new(), value: number.into() }, end))
    } else if matches!(next, "am" | "pm") || matches!(unit, "am" | "pm") {
        let half = if unit.is_empty() { next } else { unit };
        let end = if unit.is_empty() { at + 2 } else { at + 1 };
        let value = format!("{number}{half}");
        Some((Value { kind: Kind::Clock, unit: String::new(), value }, end))
    } else if parts(':') == 2 && unit.is_empty() {
        as_kind(Kind::Clock, at + 1)
    } else if parts('-') == 3 && unit.is_empty() {
        as_kind(Kind::Date, at + 1)
    } else if parts('/') == 2 && unit.is_empty() {
        as_kind(Kind::Ratio, at + 1)
    } else if parts('.') > 2 {
        as_kind(Kind::Version, at + 1)
    } else if matches!(unit, "st" | "nd" | "rd" | "th") {
        None
    } else {
        counted(tokens, at, number, unit)
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20"))
}

/// Words that stand between a number and what it counts, with the last of them.
fn phrase(tokens: &[Token], at: usize) -> Vec<String> {
    /// A noun phrase after a number: longer runs without a function word go on to something else.
    const LONGEST: usize = 4;
    tokens.iter().skip(at + 1).map_while(Token::stem).take(LONGEST).collect()
}

fn counted(tokens: &[Token], at: usize, number: &str, unit: &str) -> Option<(Value, usize)> {
    let unit = match unit {
        "" => phrase(tokens, at).pop()?,
        unit => stem(unit),
    };
    Some((Value { kind: Kind::Count, unit, value: number.into() }, at + 1))
}

/// Whether a value is said of something: not part of a formula or of a description (`a 3-hour
/// session`), no difference, no place in an order, not the value from which something changed.
fn stands_for_itself(tokens: &[Token], value: &Value, at: usize, end: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |at| word(tokens, at));
    let (after, then) = (word(tokens, end), tokens.get(end + 1));
    let timed = matches!(value.kind, Kind::Date | Kind::Clock);
    let formula = matches!(after, "^" | "\\" | "{" | "}" | "_" | "$" | "=" | "+");
    let describes = after == "-" && then.is_some_and(|next| next.sort == Sort::Word);
    let difference = !timed && before == "by"
        || value.kind == Kind::Percent && DIFFERENCE.contains(&stem(after).as_str());
    let place = value.kind == Kind::Count && PLACES.contains(&before);
    // `since May 3` and `as of May 3` say how long something holds.
    let held =
        timed && (before == "since" || before == "of" && at > 1 && word(tokens, at - 2) == "as");
    let changes = before == "from" && (end..end + 3).any(|at| word(tokens, at) == "to");
    !formula && !describes && !difference && !place && !held && (timed || !changes)
}

fn slot(tokens: &[Token], value: &Value, at: usize, taken: &BTreeSet<usize>) -> Slot {
    let words = |most: usize| -> BTreeSet<String> {
        let named = |place: usize| tokens.get(place).filter(|_| !taken.contains(&place));
        let open = |place: &usize| !matches!(word(tokens, *place), "." | "!" | "?");
        let stems = |place| named(place).and_then(Token::stem);
        let before = (0..at).rev().take_while(open).filter_map(stems).take(most);
        let after = (at + 1..tokens.len()).take_while(open).filter_map(stems).take(most);
        let unit = Some(value.unit.clone()).filter(|unit| !unit.is_empty());
        before.chain(after).chain(unit).collect()
    };
    let start = at.saturating_sub(CLAUSE);
    let clause = || tokens.iter().enumerate().skip(start).take(at - start + CLAUSE);
    let changes = match value.kind {
        Kind::Date | Kind::Clock => MOVED,
        _ => CHANGE,
    };
    let mut which = match value.kind {
        Kind::Count => phrase(tokens, at),
        _ => Vec::new(),
    };
    which.pop();
    let name = |(place, token): (usize, &Token)| {
        let first = place.checked_sub(1).is_none_or(|b| matches!(word(tokens, b), "." | "!" | "?"));
        if token.large && !first && !taken.contains(&place) { token.stem() } else { None }
    };
    Slot {
        value: value.clone(),
        about: words(ABOUT),
        near: words(NEAR),
        which: which.into_iter().collect(),
        names: clause().filter_map(name).collect(),
        changed: clause().any(|(_, token)| changes.contains(&stem(&token.text).as_str())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn differ(a: &str, b: &str) -> Option<(String, String)> {
        Slots::read(a).differ(&Slots::read(b), SAME_SLOT)
    }

    #[test]
    fn another_value_in_one_slot_is_found_in_other_words() {
        for (a, b, old, new) in [
            (
                "I set a monthly budget of $300 for garden tools and seeds, is that enough?",
                "My monthly budget for garden tools and seeds increased to $350.",
                "$300",
                "$350",
            ),
            (
                "My choir rehearsal with Marta is on Friday at 6 PM, what should I bring?",
                "Can you remind me that my choir rehearsal with Marta was moved to Friday at 7:30 PM?",
                "6pm",
                "7:30pm",
            ),
        ] {
            assert_eq!(differ(a, b), Some((old.into(), new.into())), "{a}");
        }
    }

    #[test]
    fn another_subject_fills_another_slot() {
        for (a, b) in [
            (
                "I paid $140 for the Alder running shoes in town",
                "I paid $250 for the Birch running shoes in town",
            ),
            (
                "I solved 4 algebra exam problems at home today",
                "I solved 6 calculus exam problems at home today",
            ),
            (
                "I met Ana at the spring garden fair on May 3",
                "I met Ana at the spring garden fair on May 9",
            ),
            (
                "I reduced the memory use of my app cache by 20%",
                "I reduced the memory use of my app cache by 15%",
            ),
            (
                "The budget of the team for tools is $300",
                "The budget of the team for tools is $350",
            ),
        ] {
            assert_eq!(differ(a, b), None, "{a}");
        }
    }

    #[test]
    fn what_both_say_is_no_other_value() {
        assert_eq!(
            differ(
                "I now have 40 recipes in my bread notebook, of 50 recipes that I want",
                "I have 50 recipes in my bread notebook that I want",
            ),
            None
        );
    }

    proptest! {
        #[test]
        fn slots_are_symmetric_and_found_by_their_keys(
            a in "(my |I |now |budget |garden |tools |seeds |monthly |\\$30 |\\$40 |5 |6 |% |from |to |May |Ana |\\. ){0,16}",
            b in "(my |I |now |budget |garden |tools |seeds |monthly |\\$30 |\\$40 |5 |6 |% |from |to |May |Ana |\\. ){0,16}",
        ) {
            let (a, b) = (Slots::read(&a), Slots::read(&b));
            let found = a.differ(&b, SAME_SLOT);
            let swapped = b.differ(&a, SAME_SLOT).map(|(x, y)| (y, x));
            prop_assert_eq!(found.is_some(), swapped.is_some());
            if found.is_some() {
                let keys = a.keys();
                prop_assert!(b.keys().iter().any(|key| keys.contains(key)));
            }
            prop_assert_eq!(a.differ(&a, SAME_SLOT), None);
        }
    }
}
