//! Standing instructions: what a sentence asks for beyond the task at hand.
//!
//! Each rule needs a word that generalises. A task ("make sure this is tested") has none, and a
//! description ("it always fails") has one without asking for anything.

use super::phrases::{find, words};

/// Words that say nothing and come before what is asked.
const FILLERS: &[&str] = &[
    "please", "and", "but", "so", "also", "ok", "okay", "yes", "no", "just", "then", "again",
    "note", "bitte", "und", "aber", "auch", "s'il", "te", "vous", "plaît", "por", "favor", "y",
    "pero", "et", "mais",
];

/// Phrases that make any sentence standing, wherever they are.
const STANDING: &[&str] = &[
    "from now on",
    "from here on",
    "going forward",
    "for future reference",
    "ab jetzt",
    "ab sofort",
    "von nun an",
    "désormais",
    "dorénavant",
    "à partir de maintenant",
    "a partir de ahora",
    "de ahora en adelante",
];

/// How a sentence begins that asks to keep something in mind or says what is preferred.
const OPENINGS: &[&str] = &[
    "always",
    "never",
    "remember to",
    "remember that",
    "remember:",
    "prefer",
    "i prefer",
    "we prefer",
    "i'd prefer",
    "i would prefer",
    "in future",
    "in the future",
    "don't ever",
    "do not ever",
    "don't forget that",
    "i always want",
    "i always prefer",
    "i always use",
    "i always like",
    "i never want",
    "i never use",
    "we always",
    "we never",
    "make sure to always",
    "make sure you always",
    "make sure to never",
    "be sure to always",
    "you should always",
    "you should never",
    "you must always",
    "you must never",
    "as a rule",
    "merk dir",
    "merke dir",
    "denk daran",
    "in zukunft",
    "künftig",
    "zukünftig",
    "bevorzuge",
    "ich bevorzuge",
    "immer",
    "niemals",
    "n'oublie pas",
    "n'oubliez pas",
    "souviens-toi",
    "rappelle-toi",
    "je préfère",
    "à l'avenir",
    "toujours",
    "jamais",
    "siempre",
    "nunca",
    "recuerda",
    "prefiero",
    "acuérdate",
    "en el futuro",
];

/// What asks of the reader right before `always` or `never`.
const ASKING: &[&str] = &[
    "should always",
    "should never",
    "must always",
    "must never",
    "have to always",
    "need to always",
    "want you to always",
    "want you to never",
    "like you to always",
    "like you to never",
    "make sure to always",
];

/// Words that may stand second or third: `verwende immer`, `utilise toujours`.
const EARLY: &[&str] = &["immer", "nie", "niemals", "toujours", "jamais", "siempre", "nunca"];

/// Subjects: a sentence that begins with one describes something and asks for nothing.
const SUBJECTS: &[&str] = &[
    "the",
    "it",
    "i",
    "this",
    "that",
    "there",
    "he",
    "she",
    "they",
    "its",
    "my",
    "our",
    "a",
    "an",
    "nothing",
    "everything",
    "something",
    "some",
    "all",
    "we",
    "es",
    "er",
    "sie",
    "das",
    "der",
    "die",
    "ein",
    "eine",
    "ich",
    "wir",
    "noch",
    "il",
    "elle",
    "c'est",
    "ça",
    "le",
    "la",
    "les",
    "je",
    "on",
    "nous",
    "tu",
    "el",
    "los",
    "las",
    "eso",
    "esto",
    "yo",
    "nosotros",
    "casi",
];

/// Verbs that make `by default` an instruction.
const DEFAULTING: &[&str] =
    &["use", "run", "assume", "prefer", "treat", "reply", "answer", "write"];

/// Whether a lower-case sentence is a standing instruction.
pub(super) fn is_preference(sentence: &str) -> bool {
    let words = words(sentence);
    let skip = words.iter().take(3).take_while(|word| FILLERS.contains(word)).count();
    let asked = words.get(skip..).unwrap_or_default();
    let Some(first) = asked.first() else { return false };
    let rest = asked.join(" ");
    let opens = |phrase: &&str| find(&rest, phrase.trim_end_matches(':')) == Some(0);
    let colon = |phrase: &&str| !phrase.ends_with(':') || sentence.contains(*phrase);
    let early =
        !SUBJECTS.contains(first) && asked.iter().take(4).skip(1).any(|word| EARLY.contains(word));
    STANDING.iter().any(|phrase| find(sentence, phrase).is_some())
        || OPENINGS.iter().any(|phrase| opens(phrase) && colon(phrase))
        || ASKING.iter().any(|phrase| find(sentence, phrase).is_some())
        || early
        || is_conditional(sentence, first)
        || is_ban(&rest, asked)
        || (DEFAULTING.contains(first) && find(&rest, "by default").is_some())
}

/// `whenever you change the schema, run the migration`; `if a test fails, never skip it`.
fn is_conditional(sentence: &str, first: &str) -> bool {
    let Some((condition, rest)) = sentence.split_once(", ") else { return false };
    let then = words(rest);
    let Some(next) = then.first() else { return false };
    let general = matches!(first, "whenever")
        || ["every time", "each time", "jedes mal wenn", "chaque fois que", "cada vez que"]
            .iter()
            .any(|phrase| find(condition, phrase).is_some_and(|at| at < 8));
    let conditional = matches!(
        first,
        "when" | "if" | "before" | "after" | "for" | "wenn" | "bevor" | "si" | "quand" | "cuando"
    );
    (general && !SUBJECTS.contains(next))
        || (conditional
            && matches!(
                *next,
                "always" | "never" | "immer" | "nie" | "toujours" | "siempre" | "nunca"
            ))
}

/// `stop adding comments`, `don't do that again`.
fn is_ban(rest: &str, asked: &[&str]) -> bool {
    let stops = asked.first() == Some(&"stop")
        && asked.get(1).is_some_and(|w| w.ends_with("ing") && w.len() > 4);
    let forbids = ["don't", "do not", "don’t"].iter().any(|phrase| rest.starts_with(phrase))
        && ["again", "anymore", "any more"].iter().any(|word| rest.ends_with(word));
    stops || forbids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::phrases::lower;

    #[test]
    fn a_standing_instruction_generalises_and_asks() {
        for text in [
            "Always run the formatter first",
            "Please never commit to main",
            "From now on use pnpm",
            "ok, remember that the API is versioned",
            "I prefer small commits",
            "In future, ask before deleting",
            "You should always add a test",
            "Whenever you change the schema, run the migration",
            "If there is an error, always exit with 1",
            "Stop adding comments to the code",
            "Don't do that again",
            "Use UTC by default",
            "Verwende immer Leerzeichen",
            "Ab jetzt bitte kurze Antworten",
            "Utilise toujours des espaces",
            "À partir de maintenant, réponds en français",
            "Usa siempre tabuladores",
            "tests must always pass before a push",
        ] {
            assert!(is_preference(&lower(text)), "{text}");
        }
    }

    #[test]
    fn tasks_and_descriptions_are_none() {
        for text in [
            "Make sure this is tested",
            "It always lists these under each branch",
            "The hook never fires",
            "3, but enabled by default",
            "I don't remember the error",
            "Every time I run it, the test fails",
            "Values are never shown to users",
            "stop for a second",
            "This causes it to always return 0",
            "Don't change the API",
            "Das ist immer so",
            "Il est toujours là",
            "we should remember this for later",
            "remember also you have tools",
            "",
        ] {
            assert!(!is_preference(&lower(text)), "{text}");
        }
    }
}
