//! Standing orders in plain form: `always`, `never`, `from now on`.
//!
//! What people want without saying it in such words is for a model to find. These few forms are those
//! that mean the same whoever says them and whatever the task is.

use super::spaceless;
use super::words::Words;

/// Phrases that make a sentence a standing order, wherever they stand in it.
const STANDING: &[&str] = &[
    "from now on",
    "from here on",
    "from this point on",
    "going forward",
    "ab jetzt",
    "ab sofort",
    "von nun an",
    "désormais",
    "dorénavant",
    "à partir de maintenant",
    "a partir de ahora",
    "de ahora en adelante",
    "d'ora in poi",
    "d'ora in avanti",
    "a partir de agora",
    "de agora em diante",
    "vanaf nu",
    "voortaan",
    "впредь",
    "отныне",
];

/// How a standing order begins, beside the words of [`EARLY`].
const OPENINGS: &[&str] = &[
    "always",
    "never",
    "remember to",
    "don't ever",
    "do not ever",
    "make sure to always",
    "make sure to never",
    "make sure you always",
    "make sure you never",
    "you should always",
    "you should never",
    "you must always",
    "you must never",
    "zawsze",
    "nigdy",
    "alltid",
    "aldrig",
    "altid",
];

/// Words for always and never that begin an order, or stand second or third in it: `verwende immer`.
const EARLY: &[&str] = &[
    "immer",
    "nie",
    "niemals",
    "toujours",
    "jamais",
    "siempre",
    "nunca",
    "sempre",
    "mai",
    "altijd",
    "nooit",
    "всегда",
    "никогда",
];

/// Words that come before an order and say nothing.
const FILLERS: &[&str] = &[
    "please",
    "and",
    "but",
    "so",
    "also",
    "ok",
    "okay",
    "yes",
    "no",
    "bitte",
    "und",
    "por",
    "favor",
    "s'il",
    "te",
    "vous",
    "plaît",
    "per",
    "favore",
    "alsjeblieft",
    "пожалуйста",
];

/// What tells instead of asking after `always` and its like: `never mind`, `always the same`.
const TOLD: &[&str] = &[
    "mind", "seen", "heard", "had", "been", "was", "got", "knew", "thought", "a", "an", "the",
    "this", "that", "it", "is", "are", "wieder", "noch", "pas", "rien", "he", "she", "they", "i",
    "we", "good", "nice", "fun", "great", "too", "so",
];

/// Who or what a sentence tells about when it begins with one of these: no order.
const TELLERS: &[&str] = &[
    "i", "i'm", "i've", "it", "it's", "he", "she", "they", "this", "that", "the", "a", "an",
    "there", "we", "my", "our", "ich", "wir", "er", "sie", "es", "das", "der", "die", "je", "nous",
    "il", "elle", "ça", "yo", "el", "la", "los", "las", "io", "noi", "lo", "eu", "nós", "o", "ik",
    "wij", "het", "de", "я", "мы", "он", "она", "это",
];

/// Whether a sentence is a standing order.
pub(super) fn is_order(sentence: &str) -> bool {
    let words = Words::new(sentence);
    let at = (0..4).find(|at| !FILLERS.contains(&words.at(*at))).unwrap_or(4);
    words.find(0, STANDING).is_some()
        || begins_order(&words, at)
        || is_early(&words, at)
        || spaceless::is_order(sentence)
}

fn begins_order(words: &Words, at: usize) -> bool {
    let opening = words.any(at, OPENINGS).or_else(|| words.any(at, EARLY));
    let Some(count) = opening else { return false };
    let next = words.at(at + count);
    // Verbs in the third person and in the past tell what happens or happened.
    let tells = next.is_empty()
        || TOLD.contains(&next)
        || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") && !next.ends_with("us")
        || next.len() > 4 && next.ends_with("ed") && !next.ends_with("eed") && next != "embed";
    !tells
}

/// `verwende immer …`: a word for always or never close behind the verb.
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
            "ok, remember to run the linter",
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
            "remember when we met",
            "always",
            "",
        ] {
            assert!(!is_order(text), "{text}");
        }
    }
}
