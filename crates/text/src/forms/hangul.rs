//! Korean syllables, which are composed arithmetically (section 3.12 of the Unicode Standard).

const SYLLABLE: u32 = 0xac00;
const LEAD: u32 = 0x1100;
const VOWEL: u32 = 0x1161;
/// One before the first tail; index 0 means that a syllable has no tail.
const TAIL: u32 = 0x11a7;
const LEADS: u32 = 19;
const VOWELS: u32 = 21;
const TAILS: u32 = 28;

/// The two or three letters of a syllable; `None` for other characters.
pub(super) fn decompose(c: char) -> Option<[Option<char>; 3]> {
    let at = u32::from(c).checked_sub(SYLLABLE).filter(|at| *at < LEADS * VOWELS * TAILS)?;
    let tail = at % TAILS;
    Some([
        char::from_u32(LEAD + at / (VOWELS * TAILS)),
        char::from_u32(VOWEL + at / TAILS % VOWELS),
        char::from_u32(TAIL + tail).filter(|_| tail > 0),
    ])
}

/// Composes a lead and a vowel, or a syllable without a tail and a tail.
pub(super) fn compose(first: char, second: char) -> Option<char> {
    let within =
        |c: char, from: u32, count: u32| u32::from(c).checked_sub(from).filter(|at| *at < count);
    if let Some(lead) = within(first, LEAD, LEADS) {
        let vowel = within(second, VOWEL, VOWELS)?;
        return char::from_u32(SYLLABLE + (lead * VOWELS + vowel) * TAILS);
    }
    let syllable = within(first, SYLLABLE, LEADS * VOWELS * TAILS)?;
    let tail = within(second, TAIL, TAILS).filter(|tail| *tail > 0)?;
    char::from_u32(u32::from(first) + tail).filter(|_| syllable % TAILS == 0)
}
