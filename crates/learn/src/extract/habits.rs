//! How somebody works, and what they work towards: "I usually start with a test", "I value short
//! answers", "my goal is to keep the app small".

use super::words::Words;

/// How somebody says that they work towards something.
const AIMING: &[&str] = &[
    "trying to",
    "try to",
    "aim to",
    "aiming to",
    "want to",
    "wanted to",
    "strive to",
    "like to",
    "hoping to",
    "committed to",
];

/// Doings that go on. What somebody aims at with them is a state, not a step: "keep the app small".
const LASTING: &[&str] = &[
    "keep",
    "avoid",
    "stay",
    "stick",
    "maintain",
    "minimize",
    "minimise",
    "prioritize",
    "prioritise",
    "preserve",
    "rely",
    "favor",
    "favour",
    "keeping",
    "avoiding",
    "staying",
    "sticking",
    "maintaining",
];

/// Verbs that say what counts for somebody, whatever the task.
const VALUES: &[&str] = &[
    "value",
    "rely on",
    "depend on",
    "care about",
    "care a lot about",
    "believe in",
    "swear by",
    "appreciate",
    "aim for",
    "strive for",
    "stay away from",
    "steer clear of",
    "make a point of",
    "have a habit of",
    "want all",
    "want every",
    "like all",
    "like my",
];

/// Adverbs that make a doing a habit.
const HABITUAL: &[&str] = &[
    "usually",
    "typically",
    "normally",
    "generally",
    "always",
    "never",
    "rarely",
    "mostly",
    "tend to",
];

/// Verbs that tell what happens to somebody, or what they know: with an adverb of habit they are a
/// complaint. Prepositions and articles leave the verb out.
const BEFALLING: &[&str] = &[
    "get", "see", "hear", "have", "had", "forget", "end", "feel", "struggle", "find", "know",
    "think", "wonder", "fail", "run", "lose", "miss", "worry", "was", "am", "are", "been", "did",
    "do", "got", "a", "an", "the", "in", "on", "at", "from", "for", "with", "not", "seem", "mess",
    "confuse", "knew", "thought", "said", "saw", "went", "came", "made", "ran", "be", "were",
];

/// Nouns of what somebody holds to.
const OWN: &[&str] = &[
    "goal",
    "aim",
    "priority",
    "rule",
    "habit",
    "style",
    "approach",
    "policy",
    "principle",
    "routine",
    "convention",
];

/// What may stand before them.
const USUAL: &[&str] = &["general", "usual", "main", "personal", "top", "overall", "working"];

/// What points at the work at hand.
const AT_HAND: &[&str] = &["this", "that", "these", "those", "here", "it", "them"];

/// Of whom or of which the value is one thing: "I value your opinion".
const DEFINITE: &[&str] = &[
    "the", "your", "their", "his", "her", "its", "this", "that", "it", "you", "them", "these",
    "any", "some", "help", "if",
];

/// Whether somebody says, with the first word behind the speaker at `at` and the verb at `verb`, how
/// they work. What points at the work at hand is a task.
pub(super) fn works(words: &Words, at: usize, verb: usize) -> bool {
    let aims = (at..=verb).any(|at| {
        words.any(at, AIMING).is_some_and(|count| {
            LASTING.contains(&words.at(at + count)) && !AT_HAND.contains(&words.at(at + count + 1))
        })
    });
    // "I'd appreciate a hint" asks for something now.
    let wished =
        (at.saturating_sub(1)..verb).any(|at| matches!(words.at(at), "would" | "i'd" | "we'd"));
    let values = !wished
        && words.any(verb, VALUES).is_some_and(|count| !DEFINITE.contains(&words.at(verb + count)));
    aims || ((values && !measures(words, verb)) || is_habit(words, at)) && !points(words, at)
}

/// "I usually start with a test": a doing in the present. The perfect tells what happened so far.
fn is_habit(words: &Words, at: usize) -> bool {
    let Some(count) = words.any(at, HABITUAL) else { return false };
    let speaker = at.checked_sub(1).map_or("", |before| words.at(before));
    let verb = words.at(at + count);
    let is_past = verb.len() > 4 && verb.ends_with("ed") && !verb.ends_with("eed");
    matches!(speaker, "i" | "we")
        && !verb.is_empty()
        && !is_past
        && !BEFALLING.contains(&verb)
        && words.find(0, &["let's"]).is_none()
}

/// "my goal is to keep the app small", "my rule is one change a commit". A goal that is reached is
/// none: it must go on.
pub(super) fn is_own_aim(words: &Words, at: usize) -> bool {
    if !matches!(words.at(at), "my" | "our") {
        return false;
    }
    let noun = at + 1 + usize::from(USUAL.contains(&words.at(at + 1)));
    let is_end = matches!(words.at(noun), "goal" | "aim" | "priority");
    let goes_on = words.are(noun + 2, "to") && LASTING.contains(&words.at(noun + 3))
        || LASTING.contains(&words.at(noun + 2))
        || !words.are(noun + 2, "to")
            && words.find(noun + 3, &["over", "rather than", "instead of"]).is_some();
    OWN.contains(&words.at(noun))
        && words.are(noun + 1, "is")
        && (goes_on
            || !is_end
                && !points(words, noun + 2)
                && !matches!(words.at(noun + 2), "in" | "on" | "at" | "not" | "below" | "the"))
}

/// Whether something at hand is named in the clause.
fn points(words: &Words, at: usize) -> bool {
    (at..words.next_clause(at)).any(|at| AT_HAND.contains(&words.at(at)))
}

/// Whether the clause names a number: what is aimed at is one result.
fn measures(words: &Words, at: usize) -> bool {
    (at..words.next_clause(at)).any(|at| words.at(at).bytes().any(|byte| byte.is_ascii_digit()))
}
