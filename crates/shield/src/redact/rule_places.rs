//! Finds the places of a text where a rule may find something, in one walk over the bytes.
//!
//! Every rule names the words that its secrets begin with, or that stand at a fixed position in
//! them. Most of a text contains none of these words, which three bytes suffice to show.

use std::sync::LazyLock;

use super::command_secrets;
use super::disguise;
use super::rules::{Begins, RULES, Words};
use super::value::begins_ignoring_case;
use super::{MARK, assigned};
use dreaming_text::sort;

/// A set of rules as bits; the first rule is the lowest.
pub(super) type Set = u32;

/// Which words may begin at a place: for each byte value, the groups of words that allow it as the
/// byte before, the first, second and third. For words of less than three bytes, any value is
/// allowed at the missing positions.
static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// A set of bytes for each position of a head.
type Bytes = [fn(u8) -> bool; HEAD];

/// The heads of characters that [`disguise::stands`] may recognise: an escape, a character of
/// three, four or two bytes. Other characters begin like these, too; the fewer, the faster.
const DISGUISES: [Bytes; 5] = [
    [|b| b == b'%', |b| matches!(b, b'2'..=b'7'), |b| b.is_ascii_hexdigit()],
    [|b| b == 0xe2, |b| matches!(b, 0x80 | 0x81), |b| matches!(b, 0x8b..=0x8f | 0xa0..=0xaf)],
    [|b| b == 0xef, |b| matches!(b, 0xbb..=0xbf), |b| b >= 0x80],
    [|b| matches!(b, 0xe1 | 0xe3 | 0xf3), |b| matches!(b, 0x85 | 0x9e | 0xa0), |b| b >= 0x80],
    [|b| matches!(b, 0xc2 | 0xcd | 0xd8), |b| matches!(b, 0x8f | 0x9c | 0xad), |_| true],
];

/// What follows when a word occurs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// These rules may find something that begins so many bytes earlier.
    Begins(Set, usize),
    /// The word may be a name: an operator after it may assign a secret.
    Name,
    /// The word may be a program: from here on the ends of lines matter.
    Program,
    /// A character may be disguised.
    Disguise,
}

/// Words with one meaning, grouped by how they begin.
struct Group {
    meaning: Meaning,
    /// Each with its head, sorted by it.
    words: Vec<(Head, &'static str)>,
    /// Words shorter than a head.
    short: Vec<&'static str>,
    any_case: bool,
}

impl Group {
    /// Whether one of its words begins `rest`, whose head is `here`. True for a group without
    /// words.
    fn begins(&self, here: Head, rest: &[u8]) -> bool {
        let begins = |word: &&'static str| match self.any_case {
            true => begins_ignoring_case(rest, word),
            false => rest.starts_with(word.as_bytes()),
        };
        let alike = sort::run(&self.words, |(head, _)| head.cmp(&here));
        let is_bare = self.words.is_empty() && self.short.is_empty();
        is_bare || alike.iter().map(|(_, word)| word).chain(&self.short).any(begins)
    }
}

/// The first three bytes of a word in lower case. They are looked up before the whole word is
/// compared.
type Head = [u8; HEAD];

/// The number of bytes that the masks of [`Index`] check.
const HEAD: usize = 3;

fn head(bytes: &[u8]) -> Head {
    let mut head = Head::default();
    head.iter_mut().zip(bytes).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    head
}

/// Slots for heads. Chosen by us: far more than there are heads.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 12;

/// The slot of the last three bytes of `last`, ignoring case: the upper bits of a product with an
/// odd number (Knuth's multiplicative hash, 2^32 divided by the golden ratio).
fn slot(last: u32) -> usize {
    /// The bit that makes a letter lower case.
    const LOWER: u32 = 0x2020_2000;
    let product = (last << u8::BITS | LOWER).wrapping_mul(0x9e37_79b1);
    usize::try_from(product >> (u32::BITS - SLOT_BITS)).unwrap_or_default()
}

struct Index {
    masks: [[u64; 4]; 256],
    groups: Vec<Group>,
    /// The groups that have words shorter than a head, or no words.
    headless: u64,
    /// For each slot whether some word has a head there.
    heads: [bool; SLOTS],
    /// The groups that only count after a name (`operators`), and after the name of a program
    /// (`lines`).
    operators: u64,
    lines: u64,
    /// The groups of disguised characters.
    disguises: u64,
}

impl Index {
    fn new() -> Self {
        let mut index = Self {
            masks: [[0; 4]; 256],
            groups: Vec::new(),
            headless: 0,
            heads: [false; SLOTS],
            operators: 0,
            lines: 0,
            disguises: 0,
        };
        let anywhere = |_| true;
        let apart = |b: u8| !b.is_ascii_alphanumeric();
        for (place, rule) in RULES.iter().enumerate() {
            let begins = |back| Meaning::Begins(1 << place, back);
            let any_case = rule.any_case;
            for how in rule.begins {
                match how {
                    Begins::Word(words) => index.add(begins(0), apart, any_case, *words),
                    Begins::Inside(words) => index.add(begins(0), anywhere, any_case, *words),
                    Begins::Before(back, words) => {
                        index.add(begins(*back), anywhere, any_case, *words);
                    }
                    Begins::Number => {
                        let digit = |b: u8| b.is_ascii_digit();
                        let bit = index.group(begins(0), false);
                        index.allow(bit, [|b| !b.is_ascii_digit(), digit, digit, digit]);
                    }
                    Begins::Operator(words) => {
                        let before = index.bits();
                        index.add(begins(0), anywhere, any_case, *words);
                        index.operators = index.bits() & !before;
                    }
                }
            }
        }
        // No rule begins at these words, but a replacement, a program's name or a setting's name
        // does.
        index.add(Meaning::Begins(0, 0), anywhere, false, || vec![MARK]);
        index.add(Meaning::Program, apart, false, command_secrets::programs);
        index.add(Meaning::Name, anywhere, true, assigned::names);
        let before = index.bits();
        index.add(Meaning::Begins(0, 0), anywhere, false, || vec!["\n"]);
        index.lines = index.bits() & !before;
        let before = index.bits();
        for signs in DISGUISES {
            let bit = index.group(Meaning::Disguise, false);
            index.allow(bit, [anywhere, signs[0], signs[1], signs[2]]);
        }
        index.disguises = index.bits() & !before;
        index.note_heads();
        index
    }

    /// The bits of all groups so far.
    fn bits(&self) -> u64 {
        (0..self.groups.len()).fold(0, |all, bit| all | 1 << bit)
    }

    fn group(&mut self, meaning: Meaning, any_case: bool) -> usize {
        self.groups.push(Group { meaning, words: Vec::new(), short: Vec::new(), any_case });
        self.groups.len() - 1
    }

    fn add(&mut self, meaning: Meaning, before: fn(u8) -> bool, any_case: bool, words: Words) {
        /// Splits a list into so many groups, by the last bits of the first byte. Small groups give
        /// fewer false places. Chosen by us.
        const GROUPS: u8 = 8;
        let list = words();
        for rest in 0..GROUPS {
            let same = |word: &&&str| word.bytes().next().is_some_and(|b| b % GROUPS == rest);
            let same: Vec<&str> = list.iter().filter(same).copied().collect();
            if same.is_empty() {
                continue;
            }
            let bit = self.group(meaning, any_case);
            self.allow(bit, [before, |_| false, |_| false, |_| false]);
            for word in &same {
                for place in 0..3 {
                    let byte = word.as_bytes().get(place);
                    for (other, masks) in (0..=u8::MAX).zip(&mut self.masks) {
                        let fits = byte.is_none_or(|b| {
                            *b == other || any_case && b.eq_ignore_ascii_case(&other)
                        });
                        if let Some(mask) = masks.get_mut(place + 1).filter(|_| fits) {
                            *mask |= 1 << bit;
                        }
                    }
                }
            }
            if let Some(group) = self.groups.get_mut(bit) {
                let (long, short): (Vec<&str>, _) =
                    same.into_iter().partition(|word| word.len() >= HEAD);
                group.words = long.into_iter().map(|word| (head(word.as_bytes()), word)).collect();
                sort::all(&mut group.words);
                group.short = short;
            }
        }
    }

    /// The groups that may have a word with the last three bytes of `last` as its head.
    fn knows(&self, last: u32) -> u64 {
        if self.heads.get(slot(last)) == Some(&true) { u64::MAX } else { self.headless }
    }

    /// Fills `heads` and `headless` from all words.
    fn note_heads(&mut self) {
        for (bit, group) in self.groups.iter().enumerate() {
            let is_headless = group.words.is_empty() || !group.short.is_empty();
            self.headless |= u64::from(is_headless) << bit;
            for ([a, b, c], _) in &group.words {
                if let Some(known) = self.heads.get_mut(slot(u32::from_be_bytes([0, *a, *b, *c]))) {
                    *known = true;
                }
            }
        }
    }

    fn allow(&mut self, bit: usize, classes: [fn(u8) -> bool; 4]) {
        for (byte, masks) in (0..=u8::MAX).zip(&mut self.masks) {
            for (mask, class) in masks.iter_mut().zip(classes) {
                *mask |= u64::from(class(byte)) << bit;
            }
        }
    }
}

/// The result of a walk over a text.
#[derive(Debug, PartialEq)]
pub(super) struct Places {
    /// The places in ascending order, each with the rules that may find something there. A place
    /// without rules is where a replacement of an earlier reading begins, a program may be named,
    /// or a line ends.
    pub(super) found: Vec<(usize, Set)>,
    /// Whether a character is disguised: mixed with invisible ones, in full width or escaped.
    pub(super) is_disguised: bool,
}

/// Finds the places of a text.
pub(super) fn places(bytes: &[u8]) -> Places {
    let index = &*INDEX;
    let Index { masks, groups, operators, lines, disguises, .. } = index;
    let mut found = Vec::new();
    let mut is_disguised = false;
    let mut live = !(operators | lines);
    let mut named_until = 0;
    // Groups that match so far: those that allow the last byte before a word (`before`), those
    // whose first byte has matched (`one`), and whose second byte has matched, too (`two`).
    let (mut before, mut one, mut two) = (u64::MAX, 0, 0);
    // The last four bytes, the latest in the lowest bits.
    let mut last = 0_u32;
    let mut next = 0;
    while next < bytes.len() {
        let is_named = next < named_until;
        live = if is_named { live | operators } else { live & !operators };
        let end = if is_named { named_until.min(bytes.len()) } else { bytes.len() };
        let mut hits = 0;
        let mut window = bytes.get(next..end).unwrap_or_default().iter();
        for byte in window.by_ref() {
            let [as_before, as_first, as_second, as_third] =
                masks.get(usize::from(*byte)).copied().unwrap_or_default();
            hits = two & as_third & live;
            (two, one, before) = (one & as_second, before & as_first, as_before);
            last = last << u8::BITS | u32::from(*byte);
            // About one byte in eight seems to end a head.
            if hits != 0 {
                hits &= index.knows(last);
                if hits != 0 {
                    break;
                }
            }
        }
        next = end - window.len();
        let at = next.saturating_sub(HEAD);
        let rest = bytes.get(at..).unwrap_or_default();
        let here = head(rest);
        let (mut rules, mut is_place) = (0, false);
        while hits != 0 {
            let group = usize::try_from(hits.trailing_zeros()).ok().and_then(|g| groups.get(g));
            hits &= hits - 1;
            let Some(group) = group.filter(|group| group.begins(here, rest)) else { continue };
            match group.meaning {
                Meaning::Begins(set, 0) => (rules, is_place) = (rules | set, true),
                Meaning::Begins(set, back) => earlier(&mut found, at.checked_sub(back), set),
                Meaning::Name => named_until = at + assigned::REACH,
                Meaning::Program => (live, is_place) = (live | lines, true),
                // One disguised character is enough.
                Meaning::Disguise if disguise::stands(bytes, at) => {
                    (live, is_disguised) = (live & !disguises, true);
                }
                Meaning::Disguise => {}
            }
        }
        if is_place {
            found.push((at, rules));
        }
    }
    Places { found, is_disguised }
}

/// Inserts a place before the last ones, so that the list stays sorted.
fn earlier(found: &mut Vec<(usize, Set)>, at: Option<usize>, rules: Set) {
    let Some(at) = at else { return };
    let behind = found.iter().rev().take_while(|(place, _)| *place > at).count();
    let index = found.len() - behind;
    match index.checked_sub(1).and_then(|last| found.get_mut(last)).filter(|p| p.0 == at) {
        Some((_, known)) => *known |= rules,
        None => found.insert(index, (at, rules)),
    }
}

/// Every place with every rule. Redacting with these places must give the same result as with
/// [`places`].
pub(super) fn everywhere(bytes: &[u8]) -> Places {
    let found = (0..bytes.len()).map(|at| (at, Set::MAX)).collect();
    let is_disguised = (0..bytes.len()).any(|at| disguise::stands(bytes, at));
    Places { found, is_disguised }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sign_in_another_form_is_passed_over() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let text = format!("a{c}b");
            let bytes = text.as_bytes();
            assert_eq!(places(bytes).is_disguised, disguise::stands(bytes, 1), "{c:?}");
        }
        for byte in 0..=u8::MAX {
            for text in [format!("%{byte:02x}"), format!("%{byte:02X}")] {
                let is_shown = (b' '..=b'~').contains(&byte);
                assert_eq!(places(text.as_bytes()).is_disguised, is_shown, "{text}");
            }
        }
    }

    #[test]
    fn every_group_has_a_bit_and_few_places_of_plain_text_are_looked_at() {
        assert!(INDEX.groups.len() <= 64, "{}", INDEX.groups.len());
        assert!(RULES.iter().all(|rule| !rule.begins.is_empty()));
        let text = "the walk goes over a text as people and tools write it, and stops nowhere\n";
        let nothing = Places { found: Vec::new(), is_disguised: false };
        assert_eq!(places(text.repeat(100).as_bytes()), nothing);
    }
}
