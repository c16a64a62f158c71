//! Standing instructions: what a sentence asks for beyond the task at hand.
//!
//! Each rule needs a word that generalises. A task ("make sure this is tested") has none, and a
//! description ("it always fails") has one without asking for anything.

use super::occasions::{ASK_FIRST, ASKED, LEAVE, WORKS};
use super::sentence_openings::{FILLERS, ORDERS, POLITE, SUBJECTS};
use super::standing::{ASKING, EARLY, OPENINGS, STANDING, TOLD};
use super::words::Words;
use super::{first_person, spaceless};

/// How somebody tells the reader to do something. It is standing when it names an occasion.
const DEMANDS: &[&str] = &[
    "i want you to",
    "i need you to",
    "i'd like you to",
    "i would like you to",
    "i expect you to",
    "i'd appreciate it if you",
    "i would appreciate it if you",
    "it would help if you",
    "you should",
    "you must",
    "you need to",
    "you can",
    "i want",
    "i'd like",
    "i would like",
    "i expect",
    "i like it",
];

/// Whether a sentence is a standing wish, and if so which part of it to keep.
pub(super) fn wish(sentence: &str) -> Option<&str> {
    let words = Words::new(sentence);
    if is_order(&words) || spaceless::is_wish(sentence) {
        return Some(sentence);
    }
    let at = first_person::wish(&words)?;
    let kept = words.text(sentence, &first_person::own_words(&words, at));
    // A reason or a contrast that makes it a wish may stand where the task goes on.
    Some(if states(kept) { kept } else { sentence })
}

/// The part of a sentence from the clause on that says what somebody wants, whatever stands before.
pub(super) fn clause(sentence: &str) -> Option<&str> {
    let words = Words::new(sentence);
    let at = first_person::wish(&words)?;
    let end = first_person::own_words(&words, at).end;
    Some(words.text(sentence, &(at..end))).filter(|kept| states(kept))
}

/// Whether the words alone are still a wish.
fn states(kept: &str) -> bool {
    first_person::wish(&Words::new(kept)).is_some()
}

/// Whether a sentence that begins with a question is an order in a polite form: "could you always
/// …".
pub(super) fn is_polite_order(words: &Words) -> bool {
    let Some(polite) = words.any(0, POLITE) else { return false };
    let at = after_fillers(words, polite);
    words.find(0, STANDING).is_some() || begins_order(words, at) || EARLY.contains(&words.at(at))
}

/// Whether the words are a standing instruction.
fn is_order(words: &Words) -> bool {
    let polite = words.any(0, POLITE).unwrap_or(0);
    let at = after_fillers(words, polite);
    let first = words.at(at);
    let tells = SUBJECTS.contains(&first);
    let early = || {
        (at + 1..at + 4)
            .any(|at| EARLY.contains(&words.at(at)) && !TOLD.contains(&words.at(at + 1)))
    };
    words.find(0, STANDING).is_some()
        || words.find(0, ASKING).is_some()
        || begins_order(words, at)
        || (!tells && early())
        || is_conditional(words, at)
        || is_ban(words, at)
        || asks_of_you(words, at)
        || (!tells
            && words.find(at, ASKED).is_some_and(|asked| asked > at)
            && ORDERS.contains(&first))
        || (ORDERS.contains(&first) && words.find(at, &["by default"]).is_some())
        || words.any(at, ASK_FIRST).is_some()
        || is_about_works(words, at)
}

/// `I want you to cite sources whenever I ask`, `you should show the units when I ask`.
fn asks_of_you(words: &Words, at: usize) -> bool {
    let you = words.any(at, DEMANDS).map(|count| at + count);
    you.is_some_and(|you| words.find(you, ASKED).is_some())
}

/// The first word that says something, of those from `at` on.
fn after_fillers(words: &Words, at: usize) -> usize {
    (at..at + 3).find(|at| !FILLERS.contains(&words.at(*at))).unwrap_or(at + 3)
}

fn begins_order(words: &Words, at: usize) -> bool {
    let Some(count) = words.any(at, OPENINGS) else { return false };
    let next = words.at(at + count);
    // Verbs in the third person and in the past tell what happens or happened.
    let tells = TOLD.contains(&next)
        || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") && !next.ends_with("us")
        || next.len() > 4 && next.ends_with("ed") && !next.ends_with("eed") && next != "embed";
    let is_bare = matches!(
        words.at(at),
        "always"
            | "never"
            | "immer"
            | "nie"
            | "niemals"
            | "toujours"
            | "jamais"
            | "siempre"
            | "nunca"
            | "sempre"
            | "mai"
            | "altijd"
            | "nooit"
    );
    let describes = count == 1 && is_bare && tells;
    let recalls = words.are(at, "remember") && !keeps_in_mind(next, words.len());
    // Joined to an order before it, "remember to" names one more step of the task.
    let joined = at.checked_sub(1).is_some_and(|before| matches!(words.at(before), "and" | "also"));
    let is_step = words.are(at, "remember to") && joined && words.find(at, STANDING).is_none();
    !describes && !recalls && !is_step
}

/// Whether `remember` asks to keep a thing: with `to`, `that` or an order after it. "Remember when"
/// and "remember also" do not.
fn keeps_in_mind(next: &str, count: usize) -> bool {
    count > 2 && (matches!(next, "to" | "that" | "i") || ORDERS.contains(&next))
}

/// `whenever you change the schema, run the migration`; `if a test fails, never skip it`; `when
/// writing code, add types`.
fn is_conditional(words: &Words, at: usize) -> bool {
    let end = words.next_clause(at);
    let then = after_fillers(words, end);
    let next = words.at(then);
    if end >= words.len() || next.is_empty() {
        return false;
    }
    let orders = !SUBJECTS.contains(&next);
    let is_general = words.are(at, "whenever")
        || words.any(at, &["every time", "each time", "any time"]).is_some()
        || words.any(at, ASKED).is_some();
    let is_condition = matches!(
        words.at(at),
        "when"
            | "if"
            | "before"
            | "after"
            | "for"
            | "while"
            | "wenn"
            | "bevor"
            | "si"
            | "quand"
            | "cuando"
            | "se"
            | "quando"
            | "als"
            | "wanneer"
            | "если"
            | "когда"
    );
    // A doing without a person comes up again: "when writing tests". What points, is at hand.
    let is_doing = words.at(at + 1).ends_with("ing")
        && words.at(at + 1).len() > 4
        && matches!(words.at(at), "when" | "before" | "after" | "while")
        && words.find(at, &["this", "that", "these", "those"]).is_none_or(|points| points >= end);
    (is_general && orders)
        || (is_condition && (EARLY.contains(&next) || matches!(next, "always" | "never")))
        || (is_doing && ORDERS.contains(&next))
}

/// `stop adding comments`, `don't do that again`, `don't push unless I ask`.
fn is_ban(words: &Words, at: usize) -> bool {
    let next = words.at(at + 1);
    let stops = words.are(at, "stop") && next.ends_with("ing") && next.len() > 4;
    let forbids = words.any(at, &["don't", "do not", "ne", "no", "nicht", "non", "não", "niet"]);
    let last = words.len().saturating_sub(1);
    let again = ["again", "anymore"].contains(&words.at(last))
        || words.are(last.saturating_sub(1), "any more");
    let english = forbids.is_some() && matches!(words.at(at), "don't" | "do");
    let leave = words.find(at, LEAVE).is_some() && !SUBJECTS.contains(&words.at(at));
    stops || (english && again) || (leave && (forbids.is_some() || ORDERS.contains(&words.at(at))))
}

/// `keep your answers short`, `use metric units in all examples`.
fn is_about_works(words: &Words, at: usize) -> bool {
    let all = |at: usize| matches!(words.at(at), "your" | "all" | "every" | "each");
    let works = |at: usize| WORKS.contains(&words.at(at));
    let begins = matches!(words.at(at), "keep" | "make") && all(at + 1);
    let named = (at + 1..words.len()).any(|at| {
        all(at)
            && (works(at + 1) || works(at + 2))
            && matches!(words.at(at - 1), "in" | "to" | "of" | "for")
    });
    ORDERS.contains(&words.at(at)) && (named || begins && (works(at + 2) || works(at + 3)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_instruction_generalises_and_asks() {
        for text in [
            "Always run the formatter first",
            "Please never commit to main",
            "From now on use pnpm",
            "ok, remember that I want short answers",
            "Provide code in Python when I ask about an example",
            "When I ask about food, include the price",
            "Confirm the date when I mention a meeting",
            "I'd like you to cite sources whenever I ask about health",
            "You should show the units when I ask about sizes",
            "When writing tests, use table-driven cases",
            "Don’t push unless I ask you to",
            "Could you always answer in German",
            "Keep your answers short",
            "Use metric units in all your examples",
            "Ask me before you delete a branch",
            "Non usare mai le tabulazioni",
            "Usa sempre pnpm",
            "Use sempre o modo escuro",
            "Gebruik altijd spaties",
            "Vanaf nu korte antwoorden",
            "D'ora in poi rispondi in italiano",
            "Всегда отвечай по-русски",
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
            assert!(wish(text).is_some(), "{text}");
        }
    }

    #[test]
    fn tasks_and_descriptions_are_none() {
        for text in [
            "Make sure this is tested",
            "and remember to use an index",
            "I'd like you to fix the header",
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
            "Never mind, it works now",
            "Always the same error",
            "Can you run the tests",
            "When running the tests, I get an error",
            "When fixing this bug, add a test",
            "It was deleted without asking",
            "Immer wieder der gleiche Fehler",
            "remember when we met",
            "",
        ] {
            assert!(wish(text).is_none(), "{text}");
        }
    }
}
