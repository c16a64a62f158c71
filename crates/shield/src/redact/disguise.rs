//! Signs of a secret that are written in another way: with characters that nobody sees between them, in full
//! width, as percent escapes of an address.

use std::ops::Range;

use dreaming_text::unicode::hidden;

/// How many bytes an escape has: a sign and two digits. No other sign is longer where it stands for one of ASCII.
const ESCAPE: usize = 3;

/// A piece of a text.
enum Piece<'a> {
    /// As it is written.
    Plain(&'a str),
    /// Another sign stands there, in so many bytes.
    Sign(char, usize),
    /// Nobody sees so many bytes.
    Nothing(usize),
}

/// The pieces of a text, in its order.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let text = self.0;
        let found = text.char_indices().find_map(|(at, _)| Some((at, here(text.get(at..)?)?)));
        let (piece, length) = match found {
            Some((0, (Some(sign), length))) => (Piece::Sign(sign, length), length),
            Some((0, (None, length))) => (Piece::Nothing(length), length),
            Some((at, _)) => (Piece::Plain(text.get(..at)?), at),
            None if text.is_empty() => return None,
            None => (Piece::Plain(text), text.len()),
        };
        self.0 = text.get(length..)?;
        Some(piece)
    }
}

/// The sign that `rest` begins with in another form, or none for what nobody sees; and how many bytes that has.
fn here(rest: &str) -> Option<(Option<char>, usize)> {
    let first = rest.chars().next()?;
    match first {
        '%' => {
            let mut digits = rest.chars().skip(1).map(|c| c.to_digit(16));
            let code = digits.next()?? << 4 | digits.next()??;
            let sign = char::from_u32(code).filter(|c| *c == ' ' || c.is_ascii_graphic())?;
            Some((Some(sign), ESCAPE))
        }
        // Full width: letters, digits and the signs that names have. The others belong to texts.
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '－' | '．' | '＿' => {
            let code = u32::from(first).checked_sub(u32::from('！') - u32::from('!'))?;
            Some((char::from_u32(code), first.len_utf8()))
        }
        _ => hidden(first).then_some((None, first.len_utf8())),
    }
}

/// Whether a sign in another form stands at `at`, where a secret may be.
pub(super) fn stands(bytes: &[u8], at: usize) -> bool {
    /// As long as a character or an escape may be; keeps the time linear.
    const LONGEST: usize = 4;
    let rest = bytes.get(at..bytes.len().min(at + LONGEST)).unwrap_or_default();
    let Some(first) = rest.utf8_chunks().next().map(|chunk| chunk.valid()) else { return false };
    match here(first) {
        Some((Some(_), _)) => true,
        // What joins the parts of an emoji, or the letters of a script, is no disguise.
        Some((None, _)) => at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii),
        None => false,
    }
}

/// A text with the signs that are meant.
pub(super) fn undisguised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in Pieces(text) {
        match piece {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Sign(sign, _) => out.push(sign),
            Piece::Nothing(_) => {}
        }
    }
    out
}

/// Where ranges of [`undisguised`] are in the text, in whole characters. The ranges are in order, not empty, and do not
/// overlap.
pub(super) fn originals(text: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::with_capacity(ranges.len());
    let mut start = None;
    let mut wanted = ranges.iter();
    let mut next = wanted.next();
    let (mut original, mut shown) = (0, 0);
    for piece in Pieces(text) {
        let (length, bytes) = match piece {
            Piece::Plain(plain) => (plain.len(), plain.len()),
            Piece::Sign(sign, bytes) => (sign.len_utf8(), bytes),
            Piece::Nothing(bytes) => (0, bytes),
        };
        // Of a sign the end is the end of all its bytes.
        let end_of = |place: usize| match place - shown {
            all if all == length => original + bytes,
            part => original + part,
        };
        while let Some(range) = next.filter(|_| length > 0) {
            if start.is_none() && range.start < shown + length {
                start = Some(original + range.start - shown);
            }
            let Some(from) = start.filter(|_| range.end <= shown + length) else { break };
            found.push(from..end_of(range.end));
            (start, next) = (None, wanted.next());
        }
        (original, shown) = (original + bytes, shown + length);
    }
    found
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
