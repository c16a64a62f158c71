//! Where a sentence stops to tell and begins to ask.
//!
//! People put a wish and a question into one breath: "I prefer the first, can you show me how?".
//! The wish holds longer than the question.

use super::words::Words;

/// How a clause begins that asks.
const OPENINGS: &[&str] = &[
    "what",
    "what's",
    "how",
    "how's",
    "why",
    "so which",
    "so where",
    "so who",
    "any",
    "anyone",
    "wondering",
    "i'm wondering",
    "i was wondering",
    "i need help",
    "i want to know",
    "i'd like to know",
    "i would like to know",
    "help me",
    "please help",
    "please explain",
    "please show",
    "please tell",
    "please suggest",
    "please recommend",
    "let me know",
    "i'm not sure",
    "i am not sure",
    "i'm unsure",
    "tell me",
    "kannst",
    "könntest",
    "könnten",
    "können",
    "wie",
    "was",
    "warum",
    "welche",
    "welcher",
    "welches",
    "peux-tu",
    "pouvez-vous",
    "pourrais-tu",
    "pourriez-vous",
    "est-ce",
    "comment",
    "pourquoi",
    "quel",
    "quelle",
    "puedes",
    "podrías",
    "puede",
    "cómo",
    "qué",
    "cuál",
    "puoi",
    "potresti",
    "come",
    "cosa",
    "quale",
    "você pode",
    "podes",
    "poderia",
    "como",
    "qual",
    "kun",
    "kan",
    "kunt",
    "hoe",
    "wat",
    "welke",
    "waarom",
];

/// Verbs that ask when a subject follows: "can you", "is it".
const ASKING_VERBS: &[&str] = &[
    "can", "could", "would", "will", "should", "shall", "may", "do", "does", "did", "don't",
    "doesn't", "is", "are", "was", "were", "am", "isn't", "aren't", "have", "has", "wouldn't",
];

/// The subjects that follow them.
const SUBJECTS: &[&str] = &[
    "you", "i", "we", "it", "this", "that", "these", "those", "there", "they", "he", "she",
    "someone", "anyone", "somebody", "the", "my", "our", "your", "a", "any",
];

/// What asks wherever it stands: with the verb first it is nothing else.
const ANYWHERE: &[&str] = &["can you", "could you", "can someone", "could someone", "can anyone"];

/// How many of the words tell, before the first clause that asks.
pub(super) fn telling(words: &Words) -> usize {
    let asks = |at: &usize| {
        let at = *at;
        let verb = ASKING_VERBS.contains(&words.at(at)) && SUBJECTS.contains(&words.at(at + 1));
        words.any(at, ANYWHERE).is_some()
            || words.begins_clause(at) && (verb || words.any(at, OPENINGS).is_some())
    };
    (0..words.len()).find(asks).map_or(words.len(), |at| words.before_joining(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_ends_where_the_question_begins() {
        for (text, told) in [
            ("I prefer tabs, can you show me how", "I prefer tabs,"),
            ("I prefer tabs, so how do I set them", "I prefer tabs,"),
            ("I'd rather use pnpm but is it faster", "I'd rather use pnpm"),
            ("Ich mag Tee, kannst du welchen machen", "Ich mag Tee,"),
            ("Always tell me what changed", "Always tell me what changed"),
            ("Can you do it", ""),
        ] {
            let words = Words::new(text);
            let end = text.get(..words.start(telling(&words))).unwrap();
            assert_eq!(end.trim_ascii_end(), told);
        }
    }
}
