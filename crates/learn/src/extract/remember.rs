//! What somebody explicitly asks to remember: `remember that …`, `for future reference, …`.

use super::sentence_words::Words;
use crate::words::remember::{CALLS, FILLERS, PERSONS, SPACELESS_CALLS, VERB_FINAL};

/// What a person asked to remember.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Remember<'a> {
    /// The words to remember, without the opening phrase where they are a sentence without it.
    pub(crate) text: &'a str,
    /// Whether they are about the speaker and thus hold for no other person.
    pub(crate) personal: bool,
}

/// Fewest words that say something to remember. Chosen by us: a subject, a verb and what is said.
const FEWEST: usize = 3;

/// What a sentence asks to remember, if it begins with an opening phrase such as `remember that`.
pub(crate) fn parse(sentence: &str) -> Option<Remember<'_>> {
    if let Some(call) = SPACELESS_CALLS.iter().find_map(|call| sentence.strip_prefix(call)) {
        let text = call.trim_start_matches(['，', '：', ',', ':', ' ']);
        return (!text.is_empty()).then_some(Remember { text, personal: text.starts_with('我') });
    }
    let words = Words::new(sentence);
    let at = (0..4).find(|at| !FILLERS.contains(&words.at(*at)))?;
    let told = at + words.any(at, CALLS)?;
    // "Merk dir, dass das Lager zu ist": the call stays, for without it the verb stands in the wrong place.
    let is_whole = VERB_FINAL.contains(&words.at(told - 1));
    let text = sentence.get(words.start(if is_whole { at } else { told })..)?;
    let personal = PERSONS.contains(&words.at(told));
    (words.len() >= told + FEWEST).then_some(Remember { text, personal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_call_is_remembered() {
        for (said, text, personal) in [
            (
                "Remember that the API lives at api.example.org",
                "the API lives at api.example.org",
                false,
            ),
            ("ok, for future reference: we deploy on Tuesdays", "we deploy on Tuesdays", false),
            ("Keep in mind that I am in Lisbon", "I am in Lisbon", true),
            ("Bitte merk dir, dass das Lager zu ist", "merk dir, dass das Lager zu ist", false),
            ("Recuerda que el puerto es 8080", "el puerto es 8080", false),
            ("记住：部署在周二", "部署在周二", false),
        ] {
            assert_eq!(parse(said), Some(Remember { text, personal }), "{said}");
        }
    }

    #[test]
    fn what_has_no_call_or_nothing_to_say_is_not() {
        for text in ["I'm a nurse", "My name is Ana", "remember when we met", "Remember that", ""] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
