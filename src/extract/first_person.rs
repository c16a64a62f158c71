//! What somebody says of themselves that they want: "I prefer small commits", "we chose A over B".

use std::ops::Range;

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
    "insist on",
    "stick to",
    "stick with",
    "sticking with",
    "sticking to",
    "inclined to",
    "try to avoid",
    "avoid",
    "a preference for",
    "a strong preference",
];

/// Verbs of liking, with a doing after them: "I like having a copy". A thing after them is praise.
const LIKING: &[&str] = &["like", "enjoy", "love", "hate", "don't like", "tend to avoid"];

/// Verbs of a choice. It holds on when it comes with its purpose, its reason or what it was chosen
/// over.
const CHOOSING: &[&str] =
    &["chose", "chosen", "opted", "prioritize", "prioritise", "prioritized", "prioritised"];

/// Verbs of a decision, which may be about one step of a task only: a purpose is not enough.
const DECIDING: &[&str] = &["decided", "picked", "settled on", "went with"];

/// What gives a reason, or names what was not chosen.
const REASONS: &[&str] =
    &["over", "because", "due", "rather", "instead", "despite", "since", "even"];

/// What gives a purpose.
const PURPOSES: &[&str] = &["for", "to", "so", "as"];

/// What somebody does now. A clause that says it after a wish is about the task.
const DOING: &[&str] = &[
    "i'm",
    "i am",
    "i've been",
    "i've got",
    "i've recently",
    "i was",
    "now i'm",
    "i need",
    "i want to",
    "i'd like to",
    "i would like to",
    "i wanna",
    "we're",
    "we are",
    "we need",
    "i can't",
    "i cannot",
    "i don't know",
    "it's not",
    "ich bin",
    "ich muss",
    "ich möchte",
    "je suis",
    "je dois",
    "estoy",
    "necesito",
    "sto",
    "devo",
    "estou",
    "preciso",
    "ik ben",
    "ik moet",
];

/// Aims at a state that goes on, not at a step: "I'm trying to keep the app small".
const AIMS: &[&str] = &[
    "trying to keep",
    "trying to avoid",
    "trying to stick to",
    "trying to stay",
    "aim to keep",
    "aim to avoid",
    "aiming to keep",
    "want to keep",
    "want to avoid",
    "try to keep",
    "need to keep",
];

/// What fits somebody, told of the thing.
const FITS: &[&str] = &[
    "works best for me",
    "work best for me",
    "works better for me",
    "suits me",
    "is my favorite",
    "is my favourite",
    "are my favorite",
    "are my favourite",
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
    "if",
    "whether",
    "why",
    "what",
    "which",
    "than",
    "how",
    "do",
    "did",
    "should",
    "would",
    "could",
    "can",
    "when",
    "where",
    "unless",
    "until",
    "who",
    "suggested",
    "suggests",
    "suggest",
    "recommended",
    "recommends",
    "recommend",
    "said",
    "says",
    "thinks",
    "wants",
    "asked",
    "wish",
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
    if words.any(at, ELSEWHERE).is_some() || words.any(at, FITS).is_some() {
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
        || words.any(verb, AIMS).is_some()
        || words.any(verb, CHOOSING).is_some_and(|count| {
            has(words, verb + count, REASONS) || has(words, verb + count, PURPOSES)
        })
        || words.any(verb, DECIDING).is_some_and(|count| has(words, verb + count, REASONS))
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

/// Whether one of these comes later. What is chosen stands between, so it is not the next word; the
/// next one may be the doing that was chosen: "chose to keep".
fn has(words: &Words, from: usize, any: &[&str]) -> bool {
    (from + 1..words.len()).any(|at| any.contains(&words.at(at)))
}

/// The words to keep of a wish that stands at `at`. They begin with its own clause when another one
/// stands before it only in time ("I'm writing a test and I prefer …"), at the beginning when what
/// comes before is its reason or is what it points to. They end where the task goes on.
pub(super) fn own_words(words: &Words, at: usize) -> Range<usize> {
    let joined = matches!(
        at.checked_sub(1).map_or("", |before| words.at(before)),
        "and" | "but" | "und" | "aber" | "et" | "mais" | "y" | "pero"
    );
    let points = (at..words.next_clause(at)).any(|at| POINTING.contains(&words.at(at)));
    let alone = (joined && !points) || is_own_preference(words, at);
    let goes_on = |next: &usize| words.begins_clause(*next) && words.any(*next, DOING).is_some();
    let end = (at + 2..words.len()).find(goes_on);
    let end = end.map_or(words.len(), |next| words.before_joining(next));
    (if alone { at } else { 0 })..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(text: &str) -> Option<String> {
        let words = Words::new(text);
        let kept = own_words(&words, wish(&words)?);
        Some(words.text(text, &kept).to_owned())
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
            ("Considering my preference for short names", "my preference for short names"),
            ("our preferred editor is Helix", "our preferred editor is Helix"),
            ("I prefer tabs, but I'm stuck on the last step", "I prefer tabs"),
            ("We decided to use Bazel over Make", "We decided to use Bazel over Make"),
            (
                "I'm trying to keep the app small by avoiding plugins",
                "I'm trying to keep the app small by avoiding plugins",
            ),
            ("The dark theme works best for me", "The dark theme works best for me"),
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
            "I've decided to use the second one for this",
            "My boss suggested I prioritize the second one over the first",
            "I'd rather do the second one today",
            "she said \"I prefer tea\"",
            "",
        ] {
            assert_eq!(clause(text), None, "{text}");
        }
    }
}
