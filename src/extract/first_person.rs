//! What somebody says of themselves that they want: "I prefer small commits", "we chose A over B".

use super::words::Words;

/// Who speaks.
const SPEAKERS: &[&str] = &["i", "we", "i'd", "we'd", "i've", "we've", "i'm", "we're"];

/// Words between the speaker and the verb that change nothing.
const ADVERBS: &[&str] = &[
    "really",
    "much",
    "also",
    "just",
    "generally",
    "usually",
    "always",
    "still",
    "strongly",
    "would",
    "do",
    "personally",
    "typically",
    "normally",
    "definitely",
    "actually",
    "now",
    "so",
    "mostly",
    "often",
    "am",
    "are",
    "have",
    "both",
    "all",
    "tend",
    "to",
    "kinda",
    "clearly",
];

/// Verbs that say what is preferred, in the languages whose verb stands after a subject that may
/// be left out.
const PREFERRING: &[&str] = &[
    "prefer",
    "favor",
    "favour",
    "rather",
    "like it when",
    "like when",
    "like it if",
    "dislike",
    "hate it when",
    "hate when",
    "don't like it when",
    "don't like when",
    "can't stand",
    "work best",
    "work better",
    "learn best",
    "learn better",
    "focus best",
    "think best",
    "understand best",
    "understand better",
    "more comfortable",
    "most comfortable",
    "most productive",
    "most focused",
    "a fan of",
    "a big fan of",
    "not a fan of",
    "partial to",
    "set a preference",
    "a preference for",
    "a strong preference",
];

/// Verbs of liking, with a doing after them: "I like having a copy". A thing after them is praise.
const LIKING: &[&str] = &["like", "enjoy", "love", "hate", "don't like", "tend to avoid"];

/// Verbs of a decision. It holds on when it comes with its reason or with what it is chosen over.
const CHOOSING: &[&str] = &[
    "chose",
    "chosen",
    "decided",
    "opted",
    "prioritize",
    "prioritise",
    "prioritized",
    "prioritised",
    "picked",
    "settled on",
    "went with",
];

/// What gives a reason, or names what was not chosen.
const REASONS: &[&str] = &[
    "over", "because", "due", "rather", "instead", "for", "since", "despite", "so", "as", "to",
    "even",
];

/// Wishes in other languages, verb and subject in one.
const ELSEWHERE: &[&str] = &[
    "ich bevorzuge",
    "wir bevorzugen",
    "ich möchte lieber",
    "ich würde lieber",
    "ich hätte lieber",
    "ich arbeite lieber",
    "ich nutze lieber",
    "ich verwende lieber",
    "ich mag es",
    "mir ist lieber",
    "ist mir lieber",
    "sind mir lieber",
    "je préfère",
    "je préférerais",
    "nous préférons",
    "j'aime mieux",
    "j'aime quand",
    "je n'aime pas quand",
    "prefiero",
    "preferimos",
    "preferiría",
    "me gusta más",
    "me gusta que",
    "no me gusta que",
    "preferisco",
    "preferiamo",
    "preferirei",
    "mi piace quando",
    "non mi piace quando",
    "prefiro",
    "preferimos",
    "preferiria",
    "gosto que",
    "gosto quando",
    "não gosto que",
    "não gosto quando",
    "ik heb liever",
    "ik wil liever",
    "ik geef de voorkeur",
    "wij geven de voorkeur",
    "ik gebruik liever",
    "ik werk liever",
    "я предпочитаю",
    "мы предпочитаем",
    "мне больше нравится",
    "wolę",
    "jag föredrar",
    "jeg foretrækker",
    "jeg foretrekker",
];

/// What before the speaker makes it a question, a condition or a part of another thing.
const OPEN: &[&str] = &[
    "if", "whether", "why", "what", "which", "than", "how", "do", "did", "should", "would",
    "could", "can", "when", "where", "unless", "until", "who",
];

/// What says that it is about today and not about the days to come.
const TODAY: &[&str] = &[
    "this time",
    "just this once",
    "only this once",
    "right now",
    "today",
    "tonight",
    "tomorrow",
    "diesmal",
    "heute",
    "cette fois",
    "aujourd'hui",
    "esta vez",
    "hoy",
    "questa volta",
    "oggi",
    "desta vez",
    "hoje",
    "deze keer",
    "vandaag",
];

/// Words that point back to what an earlier clause names.
const POINTING: &[&str] = &["it", "this", "that", "these", "those", "them", "such", "both", "one"];

/// Where the clause begins in which somebody says what they want.
pub(super) fn wish(words: &Words) -> Option<usize> {
    if words.find(0, TODAY).is_some() {
        return None;
    }
    (0..words.len()).find(|at| {
        let free = at.checked_sub(1).is_none_or(|before| !OPEN.contains(&words.at(before)));
        free && (is_wish(words, *at) || is_own_preference(words, *at))
    })
}

fn is_wish(words: &Words, at: usize) -> bool {
    if words.any(at, ELSEWHERE).is_some() {
        return true;
    }
    if !SPEAKERS.contains(&words.at(at)) {
        return false;
    }
    let adverbs = (at + 1..).take(4).take_while(|at| ADVERBS.contains(&words.at(*at))).count();
    let verb = at + 1 + adverbs;
    let likes = |at: usize| {
        let after = words.any(at, LIKING).map(|count| words.at(at + count));
        // With `would`, liking is asking for something now: "I'd like to see".
        after.is_some_and(|next| next.len() > 4 && next.ends_with("ing"))
    };
    // An adverb may be the first word of the phrase: "do", "to", "a".
    (at + 1..=verb).any(|verb| words.any(verb, PREFERRING).is_some())
        || likes(verb)
        || words.any(verb, CHOOSING).is_some_and(|count| gives_reason(words, verb + count))
}

/// "my preference for tabs", "our preferred editor is".
fn is_own_preference(words: &Words, at: usize) -> bool {
    let noun =
        || (at + 1..at + 4).find(|at| words.any(*at, &["preference", "preferences"]).is_some());
    let preferred = || matches!(words.at(at + 1), "preferred" | "favourite" | "favorite");
    let is = |from: usize, to: usize| words.find(from, &["is", "are"]).is_some_and(|at| at < to);
    matches!(words.at(at), "my" | "our")
        && (noun().is_some_and(|at| matches!(words.at(at + 1), "for" | "is" | "are" | "to"))
            || preferred() && is(at + 2, at + 6))
}

/// Whether a decision goes on with a reason. What is chosen stands between, so the reason is not
/// the next word, but for the doing that was chosen: "chose to keep".
fn gives_reason(words: &Words, from: usize) -> bool {
    (from + 1..words.len()).any(|at| REASONS.contains(&words.at(at)))
}

/// Where to begin to keep a wish that stands at `at`: at its own clause when another one stands
/// before it only in time ("I'm writing a test and I prefer …"), at the beginning when what comes
/// before is its reason or is what it points to.
pub(super) fn own_clause(words: &Words, at: usize) -> usize {
    let joined = matches!(
        at.checked_sub(1).map_or("", |before| words.at(before)),
        "and" | "but" | "und" | "aber" | "et" | "mais" | "y" | "pero"
    );
    let points = (at..words.next_clause(at)).any(|at| POINTING.contains(&words.at(at)));
    if joined && !points { at } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(text: &str) -> Option<String> {
        let words = Words::new(text);
        let at = own_clause(&words, wish(&words)?);
        text.get(words.start(at)..).map(Into::into)
    }

    #[test]
    fn a_wish_is_kept_with_its_reason() {
        for (text, kept) in [
            ("I really prefer tabs", "I really prefer tabs"),
            ("I'm writing a test and I prefer small ones", "I prefer small ones"),
            ("I tried Vim, and I prefer it over Emacs", "I tried Vim, and I prefer it over Emacs"),
            (
                "Builds are slow, so I'd rather use the cache",
                "Builds are slow, so I'd rather use the cache",
            ),
            ("I've chosen SQLite because it is small", "I've chosen SQLite because it is small"),
            (
                "Considering my preference for short names",
                "Considering my preference for short names",
            ),
            ("our preferred editor is Helix", "our preferred editor is Helix"),
            ("I like having a printed copy", "I like having a printed copy"),
            ("Ich arbeite lieber mit kleinen Commits", "Ich arbeite lieber mit kleinen Commits"),
            ("Je préfère des réponses courtes", "Je préfère des réponses courtes"),
        ] {
            assert_eq!(clause(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn praise_questions_and_tasks_are_no_wish() {
        for text in [
            "I like this",
            "I'd like to see the log",
            "tell me which one I should prefer",
            "I am not sure if I prefer tabs",
            "I chose the second one",
            "I'd rather do the second one today",
            "she said \"I prefer tea\"",
            "",
        ] {
            assert_eq!(clause(text), None, "{text}");
        }
    }
}
