//! Standing orders in plain form: `always`, `never`, `from now on`.
//!
//! A model finds what people want in other words. These few forms mean the same whoever uses them
//! and whatever the task is.

use super::sentence_words::Words;
use super::spaceless;
use crate::words::orders::{EARLY, FILLERS, OPENINGS, RULES, RULES_ABOUT, STANDING, TELLERS, TOLD};

/// Whether a sentence is a standing order.
pub(super) fn is_order(sentence: &str) -> bool {
    let words = Words::new(sentence);
    let at = (0..4).find(|at| !FILLERS.contains(&words.at(*at))).unwrap_or(4);
    words.find(0, STANDING).is_some()
        || begins_order(&words, at)
        || is_early(&words, at)
        || is_rule(&words, at)
        || spaceless::is_order(sentence)
}

fn begins_order(words: &Words, at: usize) -> bool {
    let opening = words.any(at, OPENINGS).or_else(|| words.any(at, EARLY));
    let Some(count) = opening else { return false };
    let next = words.at(at + count);
    // Verbs in the third person or in the past describe what happens or happened; they order
    // nothing.
    let tells = next.is_empty()
        || TOLD.contains(&next)
        || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") && !next.ends_with("us")
        || next.len() > 4 && next.ends_with("ed") && !next.ends_with("eed") && next != "embed";
    !tells
}

/// `the snapshot must never be changed`: a rule about a named thing.
fn is_rule(words: &Words, at: usize) -> bool {
    let named =
        |verb: usize| verb > at && (at..verb).all(|place| !RULES_ABOUT.contains(&words.at(place)));
    let rules = |verb: usize| {
        RULES.contains(&words.at(verb)) && ["never", "always"].contains(&words.at(verb + 1))
    };
    (at..words.len()).any(|verb| rules(verb) && named(verb))
}

/// `verwende immer …`: a word for always or never soon after the verb.
fn is_early(words: &Words, at: usize) -> bool {
    let first = words.at(at);
    !first.is_empty()
        && !TELLERS.contains(&first)
        && (at + 1..at + 3)
            .any(|at| EARLY.contains(&words.at(at)) && !TOLD.contains(&words.at(at + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_forms_are_standing_orders() {
        for text in [
            "Always run the formatter first",
            "Please never commit to main",
            "From now on use pnpm",
            "Generated files must never be edited by hand",
            "You should always add a test",
            "Usa sempre pnpm",
            "Gebruik altijd spaties",
            "Vanaf nu korte antwoorden",
            "Всегда отвечай по-русски",
            "Verwende immer Leerzeichen",
            "Ab jetzt bitte kurze Antworten",
            "Utilise toujours des espaces",
            "À partir de maintenant, réponds en français",
            "Usa siempre tabuladores",
        ] {
            assert!(is_order(text), "{text}");
        }
    }

    #[test]
    fn tasks_descriptions_and_likings_are_none() {
        for text in [
            "Make sure this is tested",
            "I'd like you to fix the header",
            "It always lists these under each branch",
            "The hook never fires",
            "Never mind, it works now",
            "Always the same error",
            "I prefer small commits",
            "Values are never shown to users",
            "This causes it to always return 0",
            "Das ist immer so",
            "Il est toujours là",
            "Immer wieder der gleiche Fehler",
            "Don't change the API",
            "and remember to run the linter",
            "This should never happen",
            "I think that should always be true",
            "remember when we met",
            "always",
            "",
        ] {
            assert!(!is_order(text), "{text}");
        }
    }
}
