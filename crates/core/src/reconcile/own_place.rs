//! Statements that name what their headings are about: the allergies of two people are two things, however alike.

use dreaming_text as text;

/// Whether each of two statements has a word of its own place (headings and what it belongs to) that neither text nor
/// place of the other has. Then they are about two things, whatever a model calls them.
pub(crate) fn are_of_own_places(a: (&str, &str), b: (&str, &str)) -> bool {
    let [a, b] = [a, b].map(|(said, place)| (text::tokens(said), text::tokens(place)));
    let names = |(said, place): &(Vec<String>, Vec<String>), other: &(Vec<String>, Vec<String>)| {
        let has = |words: &[String], word: &String| words.binary_search(word).is_ok();
        said.iter().any(|word| has(place, word) && !has(&other.0, word) && !has(&other.1, word))
    };
    names(&a, &b) && names(&b, &a)
}

#[cfg(test)]
mod tests {
    use super::are_of_own_places;

    #[test]
    fn statements_that_name_their_own_headings_are_about_two_things() {
        let (lena, markus) = ("Lena is allergic to nuts.", "Markus is allergic to nuts.");
        assert!(are_of_own_places((lena, "People\nLena (9)"), (markus, "People\nMarkus Koch")));
        assert!(!are_of_own_places((lena, "People"), (markus, "People\nMarkus Koch")));
        assert!(!are_of_own_places((lena, "People\nLena"), ("No nuts for Lena.", "Food\nNuts")));
    }
}
