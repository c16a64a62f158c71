//! Checks that the table, made from `unicode-normalization`, gives the same result for every
//! character. `BLESS=1 cargo test -p dreaming-text forms` writes it again.
#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a test packs the table and writes its file"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char as theirs;

use super::*;

/// All characters except the syllables that are composed arithmetically.
fn all() -> impl Iterator<Item = char> {
    (super::unicode_table::FIRST..=char::MAX).filter(|c| hangul::decompose(*c).is_none())
}

fn decomposed(c: char, by: fn(char, &mut String)) -> String {
    let mut text = String::new();
    by(c, &mut text);
    if text == c.to_string() { String::new() } else { text }
}

fn canonical(c: char) -> String {
    decomposed(c, |c, text| theirs::decompose_canonical(c, |part| text.push(part)))
}

fn compatible(c: char) -> String {
    decomposed(c, |c, text| theirs::decompose_compatible(c, |part| text.push(part)))
}

/// The characters that can be the first of a pair: composing undoes decomposing, so they are those into which others
/// decompose, and those that decompose themselves.
fn firsts() -> BTreeSet<char> {
    let mut firsts = BTreeSet::new();
    for c in '\0'..=char::MAX {
        let parts = canonical(c);
        firsts.extend((!parts.is_empty()).then_some(c));
        firsts.extend(parts.chars());
    }
    firsts
}

/// The pairs that compose: second, first, whole.
fn pairs() -> BTreeSet<(char, char, char)> {
    let mut seconds = BTreeSet::new();
    for c in all() {
        seconds.extend(canonical(c).chars().skip(1));
    }
    let mut pairs = BTreeSet::new();
    let firsts = firsts();
    for second in seconds {
        for first in firsts.iter().copied() {
            if let Some(whole) = theirs::compose(first, second)
                && hangul::compose(first, second).is_none()
            {
                pairs.insert((second, first, whole));
            }
        }
    }
    pairs
}

/// Whether the character is a vowel or a tail, which may follow in a Korean syllable.
fn is_jamo(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}')
}

/// Transposes rows of `width` bytes: the first byte of each row, then the second of each.
fn columns(rows: &[u8], width: usize) -> Vec<u8> {
    (0..width).flat_map(|at| rows.iter().skip(at).step_by(width).copied()).collect()
}

fn packed() -> Vec<u8> {
    let pairs = pairs();
    let seconds: BTreeSet<char> = pairs.iter().map(|(second, ..)| *second).collect();
    let mut kinds: Vec<[u8; 4]> = Vec::new();
    let mut blocks: BTreeMap<u16, (u16, u16, u64)> = BTreeMap::new();
    let (mut of, mut texts) = (Vec::new(), String::new());
    for c in all() {
        let (canonical, mut compatible) = (canonical(c), compatible(c));
        if compatible == canonical {
            compatible.clear();
        }
        let is_second = seconds.contains(&c) || is_jamo(c);
        let bits = u8::from(theirs::is_combining_mark(c)) | u8::from(is_second) << 1;
        let class = theirs::canonical_combining_class(c);
        let kind = [bits, class, canonical.len() as u8, compatible.len() as u8];
        if kind == [0; 4] {
            continue;
        }
        let at = kinds.iter().position(|known| *known == kind).unwrap_or(kinds.len());
        if at == kinds.len() {
            kinds.push(kind);
        }
        let places = (u16::try_from(of.len()).unwrap(), u16::try_from(texts.len()).unwrap());
        let code = u32::from(c);
        let block = blocks.entry((code >> 6) as u16).or_insert((places.0, places.1, 0));
        block.2 |= 1 << (code & 63);
        of.push(u8::try_from(at).unwrap());
        texts += &canonical;
        texts += &compatible;
    }
    let mut packed_blocks = Vec::new();
    for (number, (kind, text, bits)) in blocks {
        packed_blocks.extend([number, kind, text].iter().flat_map(|number| number.to_le_bytes()));
        packed_blocks.extend(bits.to_le_bytes());
    }
    let mut packed_pairs = Vec::new();
    for (second, first, whole) in pairs {
        for c in [second, first, whole] {
            packed_pairs.extend(u32::from(c).to_le_bytes().iter().take(3));
        }
    }
    let parts = [
        kinds.concat(),
        columns(&packed_blocks, 14),
        of,
        texts.into_bytes(),
        columns(&packed_pairs, 9),
    ];
    let lengths = parts.iter().flat_map(|part| (part.len() as u32).to_le_bytes());
    lengths.chain(parts.concat()).collect()
}

#[test]
fn the_table_is_that_of_the_library() {
    let packed = packed();
    if std::env::var("BLESS").is_ok() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/forms/table.bin"), &packed)
            .unwrap();
        return;
    }
    assert!(packed.len() > 20_000);
    assert!(packed == unicode_table::TABLE, "run BLESS=1 cargo test -p dreaming-text forms");
}

/// Every character of planes 0 to 3, and some of the others.
fn characters() -> impl Iterator<Item = char> {
    ('\0'..='\u{3ffff}').chain(('\u{40000}'..=char::MAX).step_by(101))
}

#[test]
fn every_character_has_the_forms_that_the_library_gives_it() {
    for c in characters() {
        assert_eq!(is_mark(c), theirs::is_combining_mark(c), "{c:?}");
        assert_eq!(
            unicode_table::properties(c).class,
            theirs::canonical_combining_class(c),
            "{c:?}"
        );
        for text in [c.to_string(), format!("a{c}\u{301}"), format!("{c}\u{323}\u{302}")] {
            assert_eq!(nfc(&text), text.nfc().to_string(), "{text:?}");
            assert_eq!(nfkc(&text), text.nfkc().to_string(), "{text:?}");
            assert_eq!(is_nfc(&text), unicode_normalization::is_nfc(&text), "{text:?}");
        }
        let apart: String = c.to_string().nfd().collect();
        assert_eq!(nfc(&apart), apart.nfc().to_string(), "{apart:?}");
    }
}

#[test]
fn every_pair_composes_as_in_the_library() {
    let seconds: BTreeSet<char> = pairs().iter().map(|(second, ..)| *second).collect();
    assert!(seconds.len() > 50);
    let firsts = firsts();
    assert!(firsts.len() > 10_000);
    for second in seconds.into_iter().chain(['\u{1161}', '\u{1175}', '\u{11a7}', '\u{11a8}']) {
        // And some of those that compose with nothing.
        for first in firsts.iter().copied().chain(characters().step_by(97)) {
            assert_eq!(compose_pair(first, second), theirs::compose(first, second));
        }
    }
}

proptest! {
    #[test]
    fn texts_have_the_forms_that_the_library_gives_them(
        text in "(\\PC|[\u{300}-\u{36f}]{1,6}|[a-zA-Z]|[\u{1100}-\u{11ff}\u{ac00}-\u{ac20}]|[\u{590}-\u{6ff}]|[\u{900}-\u{dff}]|[\u{1d150}-\u{1d170}\u{f900}-\u{faff}\u{fb00}-\u{ffff}]){0,30}",
        any in ".{0,20}",
    ) {
        for text in [text, any] {
            prop_assert_eq!(nfc(&text), text.nfc().to_string());
            prop_assert_eq!(nfkc(&text), text.nfkc().to_string());
            prop_assert_eq!(is_nfc(&text), unicode_normalization::is_nfc(&text));
        }
    }
}
