//! What somebody likes, and what fits them: "I prefer tabs", "short sessions work best for me".

use super::words::Words;

/// Verbs that say what is preferred, in the languages whose verb stands after a subject that may
/// be left out.
const PREFERRING: &[&str] = &[
    "prefer",
    "preferred",
    "lean towards",
    "lean toward",
    "leaning towards",
    "leaning toward",
    "gravitate towards",
    "gravitate toward",
    "can't work with",
    "never liked",
    "always liked",
    "always loved",
    "always hated",
    "more of a",
    "feel most comfortable",
    "feel more comfortable",
    "most at home",
    "most effective",
    "most efficient",
    "not fond of",
    "fond of",
    "not keen on",
    "keen on",
    "find it easier",
    "find it easiest",
    "find it helpful",
    "find it useful",
    "find it better",
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
    "more interested in",
    "most interested in",
    "a visual learner",
    "a hands-on learner",
    "make it a rule",
    "made it a rule",
    "make it a habit",
    "make it a point",
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

/// What shows that one thing is liked, or that something else is said: "I like it", "I like to".
const ONE: &[&str] = &[
    "the", "this", "that", "these", "those", "it", "them", "your", "his", "her", "their", "its",
    "you", "him", "how", "what", "where", "who", "option", "to", "one", "idea", "so", "here",
    "and",
];

/// What is found when somebody compares ways of working: "I find lists easier to read".
const FOUND: &[&str] = &[
    "easier",
    "easiest",
    "clearer",
    "clearest",
    "better",
    "best",
    "helpful",
    "useful",
    "effective",
    "handier",
    "distracting",
    "annoying",
    "confusing",
];

/// What fits somebody, told of the thing.
const FITS: &[&str] = &[
    "works best for me",
    "work best for me",
    "works better for me",
    "works well for me",
    "work better for me",
    "matters more than",
    "matter more than",
    "more important to me",
    "most important to me",
    "work well for me",
    "works best with me",
    "comes first for me",
    "come first for me",
    "suits me",
    "suit me",
    "fits me better",
    "is easier for me",
    "are easier for me",
    "matters to me",
    "matters most to me",
    "matters more to me",
    "matter more to me",
    "is important to me",
    "are important to me",
    "is a priority for me",
    "helps me focus",
    "helps me concentrate",
    "helps me learn",
    "helps me stay",
    "helps me remember",
    "keeps me focused",
    "keeps me motivated",
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

/// Whether a wish stands at `at`, whoever is its subject.
pub(super) fn is_impersonal(words: &Words, at: usize) -> bool {
    words.any(at, ELSEWHERE).is_some() || words.any(at, FITS).is_some()
}

/// Whether somebody says from `at` on, in one of the words up to `verb`, what they like. An adverb
/// may be the first word of the phrase: "do", "to", "a".
pub(super) fn likes(words: &Words, at: usize, verb: usize) -> bool {
    (at..=verb).any(|verb| words.any(verb, PREFERRING).is_some())
        || likes_doing(words, verb)
        || finds(words, verb)
}

/// With `would`, liking is asking for something now: "I'd like to see". With a doing it is not, nor
/// with a thing of which there are many: "I like short answers", but not "I like the second one".
fn likes_doing(words: &Words, at: usize) -> bool {
    let Some(count) = words.any(at, LIKING) else { return false };
    let next = words.at(at + count);
    let is_doing = next.len() > 4 && next.ends_with("ing");
    let end = words.next_clause(at).min(at + count + 6);
    let is_wished =
        (at.saturating_sub(3)..at).any(|at| matches!(words.at(at), "would" | "i'd" | "we'd"));
    let is_one = (at + count..end).any(|at| {
        ONE.contains(&words.at(at)) || words.at(at).bytes().any(|byte| byte.is_ascii_digit())
    });
    // "I like to plan ahead", of any day.
    let is_way = next == "to" && !matches!(words.at(at + count + 1), "see" | "know" | "hear");
    is_doing
        || is_way && !is_wished && !words.at(at).starts_with("don't")
        || !next.is_empty() && !is_wished && !is_one && at + count + 1 < words.len()
}

/// "I find diagrams clearer": of many things, not of the one at hand ("I find this confusing").
fn finds(words: &Words, at: usize) -> bool {
    let held =
        || words.are(at, "find that") && (at + 4..at + 9).any(|at| FOUND.contains(&words.at(at)));
    held()
        || words.are(at, "find")
            && !matches!(
                words.at(at + 1),
                "it" | "this" | "that" | "the" | "these" | "those" | "out"
            )
            && (at + 2..at + 7).any(|at| FOUND.contains(&words.at(at)))
}

/// "my preference for tabs", "our preferred editor is".
pub(super) fn is_own_preference(words: &Words, at: usize) -> bool {
    let noun =
        || (at + 1..at + 4).find(|at| words.any(*at, &["preference", "preferences"]).is_some());
    let preferred = || matches!(words.at(at + 1), "preferred" | "favourite" | "favorite");
    let is = |from: usize, to: usize| words.find(from, &["is", "are"]).is_some_and(|at| at < to);
    matches!(words.at(at), "my" | "our")
        && (noun().is_some_and(|at| matches!(words.at(at + 1), "for" | "is" | "are" | "to"))
            || preferred() && is(at + 2, at + 6))
}
