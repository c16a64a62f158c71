//! Secrets whose characters are disguised: mixed with invisible characters, in full width, or as
//! percent escapes of a URL.

use std::ops::Range;

use dreaming_text::unicode::hidden;

/// Bytes of a percent escape. No other disguise of an ASCII character is longer.
const ESCAPE: usize = 3;

/// Reads a disguised character at the beginning of `rest`: the character that is meant (none for an
/// invisible one), and the length in bytes.
fn here(rest: &str) -> Option<(Option<char>, usize)> {
    let first = rest.chars().next()?;
    match first {
        '%' => {
            let [high, low] = *rest.as_bytes().get(1..ESCAPE)? else { return None };
            let code = char::from(high).to_digit(16)? << 4 | char::from(low).to_digit(16)?;
            let sign = char::from_u32(code).filter(|c| *c == ' ' || c.is_ascii_graphic())?;
            Some((Some(sign), ESCAPE))
        }
        // Full-width letters, digits and the signs that occur in names. Other full-width characters
        // belong to ordinary text.
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '－' | '．' | '＿' => {
            let code = u32::from(first).checked_sub(u32::from('！') - u32::from('!'))?;
            Some((char::from_u32(code), first.len_utf8()))
        }
        _ => hidden(first).then_some((None, first.len_utf8())),
    }
}

/// Whether a disguised character stands at `at`, next to which a secret may be.
pub(super) fn stands(bytes: &[u8], at: usize) -> bool {
    /// Longest character or escape in bytes; keeps the time linear.
    const LONGEST: usize = 4;
    let rest = bytes.get(at..bytes.len().min(at + LONGEST)).unwrap_or_default();
    let Some(first) = rest.utf8_chunks().next().map(|chunk| chunk.valid()) else { return false };
    match here(first) {
        Some((Some(_), _)) => true,
        // An invisible character between parts of an emoji, or letters of a script, is no disguise.
        Some((None, _)) => at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii),
        None => false,
    }
}

/// A text with disguised characters replaced by those that are meant.
pub(super) struct Undisguised {
    pub(super) text: String,
    /// Positions in the text, each with the number of bytes by which the original is longer from
    /// there on; in order.
    longer: Vec<(usize, usize)>,
}

impl Undisguised {
    pub(super) fn of(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut longer = Vec::new();
        let mut rest = original.chars();
        while let Some(first) = rest.clone().next() {
            let written = here(rest.as_str());
            let (sign, length) = written.unwrap_or((Some(first), first.len_utf8()));
            if let Some(sign) = sign {
                text.push(sign);
            }
            if written.is_some() {
                longer.push((text.len(), length - sign.map_or(0, char::len_utf8)));
            }
            rest = rest.as_str().get(length..).unwrap_or_default().chars();
        }
        Self { text, longer }
    }

    /// The ranges of the original for ranges of the text, in whole characters. The ranges are in
    /// order, not empty, and do not overlap.
    pub(super) fn originals(&self, original: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
        let (mut longer, mut more) = (self.longer.iter().peekable(), 0);
        let mut place = |at: usize| {
            while let Some((_, by)) = longer.next_if(|(from, _)| *from <= at) {
                more += by;
            }
            at + more
        };
        let mut found = Vec::with_capacity(ranges.len());
        for range in ranges {
            let start = place(range.start);
            let last = place(range.end.saturating_sub(1));
            // The range ends with the last byte of the last disguised character.
            let length = original.get(last..).and_then(here).map_or(1, |(_, length)| length);
            found.push(start..last + length);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    const REST: &str = "a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVa1B2";

    fn full(text: &str) -> String {
        text.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect()
    }

    #[test]
    fn a_secret_in_another_form_is_cut_whole_and_what_is_around_it_stays() {
        let token = format!("ghp_{REST}");
        let hidden = token.replace('_', "\u{200b}_\u{2060}").replace("a1", "a\u{ad}1");
        let escaped: String = token.bytes().map(|b| format!("%{b:02x}")).collect();
        for secret in
            [token.replace('_', "%5F"), token.replace('_', "%5f"), hidden, full(&token), escaped]
        {
            for (before, after) in [("see ", " ok"), ("für é ", "é, 日本"), ("\"", "\"\n")] {
                let redacted = redact(&format!("{before}{secret}{after}"));
                assert_eq!(redacted.text, format!("{before}[REDACTED:github-token]{after}"));
                let cut = before.len()..before.len() + secret.len();
                assert_eq!(redacted.cuts[0].0, cut, "{secret}");
            }
        }
        let inside = redact(&format!("https://a.b/c?next=%2Fd%3Ftoken%3D{token} and %41"));
        assert_eq!(
            inside.text,
            "https://a.b/c?next=%2Fd%3Ftoken%3D[REDACTED:assigned-secret] and %41"
        );
        let told = redact("pass\u{200b}word: hunter2\u{200b}!x and %20 ＡＢＣ");
        assert_eq!(told.text, "pass\u{200b}word: [REDACTED:told-secret] and %20 ＡＢＣ");
    }

    #[test]
    fn texts_that_hide_nothing_stay() {
        for text in [
            "100%ab of it, %d%% and %5.2f, %20s, %2B, %zz, %",
            "👩\u{200d}👩\u{200d}👧 ग्\u{200d}ष, ＡＰＩ ２０２４年, 「ＧＨＰ」：よい",
            "\u{feff}# Notes about ghp%5F tokens",
            "https://a.b/c%2Fd%3Fx%3D1%26y%3Dred%20blue",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    #[test]
    fn signs_are_found_where_they_stand() {
        for (text, want) in [
            ("a\u{200b}b", true),
            ("é\u{200b}b", false),
            ("\u{feff}b", false),
            ("b\u{feff}", true),
            ("Ｂ", true),
            ("！", false),
            ("%5F", true),
            ("%0A", false),
            ("%+5", false),
            ("%é", false),
        ] {
            let found = (0..text.len()).any(|at| stands(text.as_bytes(), at));
            assert_eq!(found, want, "{text}");
        }
    }
}
