//! Covers secrets in place, so that what else stands in a text stays where it was.

use crate::redact::redact;

/// The text with `*` for each byte of a secret: as long as before, in bytes and in lines of
/// everything else. For copies of transcripts, in which offsets have to stay right.
pub fn conceal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (secret, _) in redact(text).cuts {
        // Passes may cut within what an earlier one cut.
        let begin = secret.start.max(copied);
        out.push_str(text.get(copied..begin).unwrap_or_default());
        out.extend((begin..secret.end).map(|_| '*'));
        copied = secret.end.max(copied);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "ghp_a1B2c3D4a1B2c3D4a1B2c3D4a1B2c3D4a1B2";

    #[test]
    fn a_secret_is_covered_and_the_rest_stays_in_its_place() {
        let text = format!("Größe: {TOKEN}\npassword=hunter2hunter2 and more");
        let got = conceal(&text);
        assert_eq!(got.len(), text.len());
        let (head, tail) = ("Größe: ", " and more");
        assert!(
            got.starts_with(&format!("{head}{}\npassword=*", "*".repeat(TOKEN.len()))),
            "{got}"
        );
        assert!(got.ends_with(tail) && !got.contains("hunter2"), "{got}");
    }

    #[test]
    fn a_text_without_a_secret_stays_as_it_is() {
        for text in ["", "Use tabs.", "[REDACTED:told-secret] was here", "***"] {
            assert_eq!(conceal(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_moves(before in ".{0,40}", after in ".{0,40}") {
            for text in [format!("{before} {TOKEN} {after}"), format!("{before}\ntoken: \"{TOKEN}\"\n{after}")] {
                let got = conceal(&text);
                prop_assert_eq!(got.len(), text.len());
                prop_assert!(!got.contains(TOKEN), "{}", got);
                let redacted = redact(&text);
                let is_cut = |at: usize| redacted.cuts.iter().any(|(cut, _)| cut.contains(&at));
                for (at, (old, new)) in text.bytes().zip(got.bytes()).enumerate() {
                    prop_assert_eq!(new, if is_cut(at) { b'*' } else { old });
                }
            }
        }
    }
}
