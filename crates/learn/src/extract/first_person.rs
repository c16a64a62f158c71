//! What somebody says of themselves that they want: "I prefer small commits", "we chose A over B".

use std::ops::Range;

use super::sentence_openings::ORDERS;
use super::words::Words;
use super::{choices, habits, likings};

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

/// What somebody does now. A clause that says it after a wish is about the task.
const DOING: &[&str] = &[
    "i'm",
    "i am",
    "i've been",
    "i've got",
    "i've recently",
    "i've already",
    "i've also",
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
    "everything",
    "anything",
    "something",
    "things",
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

/// What gives a reason right before the speaker.
const GIVING: &[&str] = &[
    "since",
    "because",
    "as",
    "given",
    "given that",
    "considering",
    "that",
    "especially",
    "though",
    "although",
    "while",
    "keeping",
    "weil",
    "da",
    "parce",
    "car",
    "porque",
    "perché",
    "omdat",
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
        free && (is_wish(words, *at) || likings::is_own_preference(words, *at))
    })
}

fn is_wish(words: &Words, at: usize) -> bool {
    if likings::is_impersonal(words, at) || habits::is_own_aim(words, at) {
        return true;
    }
    if !SPEAKERS.contains(&words.at(at)) {
        return false;
    }
    let adverbs = (at + 1..).take(4).take_while(|at| ADVERBS.contains(&words.at(*at))).count();
    let verb = at + 1 + adverbs;
    likings::likes(words, at + 1, verb)
        || choices::chooses(words, verb)
        || choices::sets_apart(words, at)
        || habits::works(words, at + 1, verb)
}

/// Where, from `from` on, a clause begins that gives a wish as the reason of a question: "which one
/// fits, since I prefer small ones".
pub(super) fn reason(words: &Words, from: usize) -> Option<usize> {
    let gives = |at: &usize| {
        let before = at.checked_sub(1).map_or("", |before| words.at(before));
        GIVING.contains(&before) || (words.begins_clause(*at) && !OPEN.contains(&before))
    };
    let speaks = |at: usize| {
        SPEAKERS.contains(&words.at(at))
            && (likings::likes(words, at + 1, at + 1)
                || choices::chooses(words, at + 1)
                || habits::works(words, at + 1, at + 1))
            || likings::is_own_preference(words, at)
    };
    // One doing and not the other is taken for granted, wherever the question asks how.
    (from.max(1)..words.len())
        .find(|at| gives(at) && speaks(*at) || choices::sets_apart(words, *at))
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
    let alone = (joined && !points) || likings::is_own_preference(words, at);
    // "and also show me" asks for the next thing.
    let asks = |next: usize| words.are(next, "also") && ORDERS.contains(&words.at(next + 1));
    let goes_on = |next: &usize| {
        words.begins_clause(*next) && (words.any(*next, DOING).is_some() || asks(*next))
    };
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
            ("I usually start with a failing test", "I usually start with a failing test"),
            ("We never commit generated files", "We never commit generated files"),
            (
                "I'm writing notes by hand rather than typing them",
                "I'm writing notes by hand rather than typing them",
            ),
            ("I like to plan ahead", "I like to plan ahead"),
            (
                "We agreed to prioritize tests over speed",
                "We agreed to prioritize tests over speed",
            ),
            ("I like short answers", "I like short answers"),
            ("I value short answers", "I value short answers"),
            ("I find diagrams easier to follow", "I find diagrams easier to follow"),
            ("My goal is to keep the app small", "My goal is to keep the app small"),
            ("My rule is one change a commit", "My rule is one change a commit"),
            ("I've switched to pnpm for speed", "I've switched to pnpm for speed"),
            (
                "I want to write tests by hand rather than generate them",
                "I want to write tests by hand rather than generate them",
            ),
            ("I prefer tabs, and also show me the rest", "I prefer tabs"),
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
            "I like the second idea",
            "I want to keep this change small",
            "I switched to the main branch to check",
            "My approach is in the second commit",
            "I'd appreciate a hint on the build",
            "I would also like to see more",
            "I'm getting a 404 instead of being sent on",
            "I've decided to restructure the paper for a journal",
            "I like option 2",
            "I'd love some help",
            "I'd like to see the log",
            "tell me which one I should prefer",
            "I am not sure if I prefer tabs",
            "I chose the second one",
            "I've decided to use the second one for this",
            "My boss suggested I prioritize the second one over the first",
            "I'd rather do the second one today",
            "I always get this error",
            "I've never used Docker before",
            "I'm always looking for more",
            "My goal is to finish the draft",
            "I'm aiming for 95% coverage",
            "I value your opinion",
            "I find this confusing",
            "everything I need to stay afloat",
            "I'd like to see strings instead of bytes",
            "I want to put this in the header instead of the footer",
            "let's do it here as well, we always want a valid id",
            "I've been using Docker to build images",
            "she said \"I prefer tea\"",
            "",
        ] {
            assert_eq!(clause(text), None, "{text}");
        }
    }
}
