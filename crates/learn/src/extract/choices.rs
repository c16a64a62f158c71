//! What somebody chose for good: "we chose A over B", "I use A because it is small".

use std::ops::Range;

use super::words::Words;

/// Verbs of a choice. It holds on when it comes with its purpose, its reason or what it was chosen
/// over.
const CHOOSING: &[&str] = &[
    "chose",
    "chosen",
    "opted",
    "opt",
    "choose",
    "pick",
    "choosing",
    "been choosing",
    "prioritize",
    "prioritise",
    "prioritized",
    "prioritised",
    "prioritizing",
    "prioritising",
    "committed to",
];

/// Verbs of a decision, which may be about one step of a task only: then it points at it.
const DECIDING: &[&str] = &[
    "decided",
    "picked",
    "agreed",
    "settled on",
    "went with",
    "going with",
    "gone with",
    "selected",
    "adopted",
    "switched to",
    "switched from",
    "moved to",
    "moved from",
];

/// Verbs of a doing that a reason makes a choice: "we use A because it is small".
const USING: &[&str] = &[
    "using",
    "use",
    "been using",
    "planning to use",
    "plan to use",
    "been relying on",
    "relying on",
    "been sticking with",
];

/// What gives a reason, or names what was not chosen.
const REASONS: &[&str] =
    &["over", "because", "due", "rather", "instead", "despite", "since", "even"];

/// What gives a purpose.
const PURPOSES: &[&str] = &["for", "to", "so", "as", "by"];

/// Verbs of wanting and of doing. With what is done instead they tell a choice, when somebody says
/// it of their own doing: "I want to write tests by hand rather than generate them".
const WANTING: &[&str] = &[
    "want to",
    "like to",
    "love to",
    "going to",
    "plan to",
    "planning to",
    "try to",
    "aiming to",
    "hoping to",
    "intend to",
    "focusing on",
    "focus on",
];

/// Verbs of a way of working, after "decided to".
const WAYS: &[&str] = &[
    "use",
    "go",
    "keep",
    "stay",
    "stick",
    "avoid",
    "adopt",
    "work",
    "follow",
    "rely",
    "focus",
    "switch",
    "prioritize",
    "prioritise",
    "store",
    "put",
    "limit",
];

/// Doings that pass: what happens, and what is tried or thought of now.
const PASSING: &[&str] = &[
    "getting",
    "seeing",
    "having",
    "receiving",
    "trying",
    "thinking",
    "wondering",
    "considering",
    "hitting",
    "going",
    "finding",
    "ending",
    "debugging",
];

/// What names the thing not done.
const CONTRASTS: &[&str] = &["rather than", "instead of", "as opposed to"];

/// What points at the work at hand: with it a choice is one step of a task.
const AT_HAND: &[&str] = &["this", "that", "these", "those", "here", "one", "it", "them"];

/// After "want to" and its like, what asks to be given something.
const GETTING: &[&str] = &["see", "know", "have", "get", "be", "hear", "make", "change", "replace"];

/// Whether a choice stands at `verb` that holds on.
pub(super) fn chooses(words: &Words, verb: usize) -> bool {
    words.any(verb, CHOOSING).is_some_and(|count| {
        has(words, verb + count, REASONS) || has(words, verb + count, PURPOSES)
    }) || words.any(verb, DECIDING).is_some_and(|count| {
        has(words, verb + count, REASONS)
            || goes_on(words, verb + count)
                && has(words, verb + count, PURPOSES)
                && !points(words, verb..words.next_clause(verb))
    }) || words.any(verb, USING).is_some_and(|count| has(words, verb + count, REASONS))
        || words.any(verb, WANTING).is_some_and(|count| {
            !GETTING.contains(&words.at(verb + count)) && contrasts(words, verb)
        })
}

/// Whether a decision is about a way of working, and not about a step: "decided to use", "switched
/// to" a thing.
fn goes_on(words: &Words, at: usize) -> bool {
    !matches!(words.at(at), "to" | "the") || words.are(at, "to") && WAYS.contains(&words.at(at + 1))
}

/// "I'm writing notes by hand rather than typing them": one doing and not the other.
pub(super) fn sets_apart(words: &Words, at: usize) -> bool {
    let is_doing = |at: usize| words.at(at).len() > 4 && words.at(at).ends_with("ing");
    let apart = || {
        let end = words.find(at + 2, CONTRASTS)?;
        (is_doing(end + 2) && !points(words, at..end)).then_some(end)
    };
    matches!(words.at(at), "i'm" | "we're")
        && is_doing(at + 1)
        && !PASSING.contains(&words.at(at + 1))
        && apart().is_some()
}

/// Whether what is not done is named in the same clause, and nothing at hand before it.
fn contrasts(words: &Words, verb: usize) -> bool {
    words.find(verb + 1, CONTRASTS).is_some_and(|end| !points(words, verb..end))
}

/// Whether one of the words points at the work at hand.
fn points(words: &Words, mut range: Range<usize>) -> bool {
    range.any(|at| AT_HAND.contains(&words.at(at)))
}

/// Whether one of these comes later. What is chosen stands between, so it is not the next word; the
/// next one may be the doing that was chosen: "chose to keep".
fn has(words: &Words, from: usize, any: &[&str]) -> bool {
    (from + 1..words.len()).any(|at| any.contains(&words.at(at)))
}
