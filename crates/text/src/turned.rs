//! Whether two texts say the opposite of the same.

use crate::guard::guard;
use crate::polarity::negated;
use crate::tokens::tokens;

/// Words of content in common. Chosen by us: fewer may be about anything.
const SHARED: usize = 2;

/// Words that only one of the two has: `never`, or `never` and `always`. Chosen by us.
const ALONE: usize = 2;

/// Whether two texts differ in one word or one pair of words, and these reverse the sense.
pub fn turned(a: &str, b: &str) -> bool {
    let [one, other] = [a, b].map(tokens);
    let shared = one.iter().filter(|word| other.binary_search(word).is_ok()).count();
    let alone = one.len() + other.len() - 2 * shared;
    let has = |words: &[String], word: &str| words.iter().any(|other| other == word);
    let only_one_has = |word: &str| has(&one, word) != has(&other, word);
    // With as many negations in both, another word that only one has stands behind one of them.
    let is_reversed = |kind: &str| match kind {
        "negation" => negated(a) != negated(b) || ["always", "never"].into_iter().any(only_one_has),
        kind => kind == "opposite",
    };
    shared >= SHARED
        && (1..=ALONE).contains(&alone)
        && guard(a, b).is_some_and(|guard| is_reversed(guard.kind))
}

/// Whether what keeps two texts apart is a negation or a word with the opposite sense.
pub fn reverses(a: &str, b: &str) -> bool {
    guard(a, b).is_some_and(|guard| ["negation", "opposite"].contains(&guard.kind))
}

#[cfg(test)]
mod tests {
    use super::turned;

    #[test]
    fn the_same_words_with_always_and_never_are_opposites() {
        let never = "Never restart an agent while a nightly runs.";
        assert!(turned(never, "Always restart an agent while a nightly runs."));
        assert!(turned(never, "Restart an agent while a nightly runs."));
        assert!(turned(
            "dont restart an agent while a nightly runs",
            "Restart an agent while a nightly runs."
        ));
        let said = "phone numbers don't belong in logs, never more than the last three digits";
        let worded =
            "Phone numbers don't belong in logs: never log more than the last three digits.";
        assert!(!turned(said, worded), "one word more, behind the same negation");
        assert!(turned(
            "Never use tabs, use spaces in code",
            "Never use spaces, always use tabs in code"
        ));
        assert!(!turned("dont grovel in letters", "Do not grovel in letters."));
        for other in [never, "Never restart an agent.", "Always restart the shop on Mondays."] {
            assert!(!turned(never, other), "{other}");
        }
    }
}
