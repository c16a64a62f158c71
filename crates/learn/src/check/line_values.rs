//! Values of a line that is written anew with another number in them.

use dreaming_text::unicode::is_word;

use super::copied_values;

/// Digits of a number that alone shows what is meant, as that of a port. Chosen by us: a single digit stands anywhere.
const DIGITS: usize = 2;

/// Whether each word of a value stands in the line whose place a statement takes, but for numbers that are new there: these
/// stand in `sources` (`curl localhost:8090/healthz` where the line has port 8080, and somebody said 8090). Of three sources such
/// lines stayed as they were, for nothing else had the whole address.
pub(super) fn is_of_line(value: &str, line: &str, sources: &[String]) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().map(bare).collect();
    let is_there = |word: &str| words.iter().any(|known| is_but_for_numbers(word, known, sources));
    let said = || value.split_ascii_whitespace().map(bare);
    // What the line has as it is proves nothing new.
    said().all(is_there) && !said().all(|word| words.contains(&word))
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c| matches!(c, '`' | '"' | '\'' | '(' | ')' | ',' | ';'))
}

/// Whether a word is `known`, or `known` with numbers of `sources` in the place of its own.
fn is_but_for_numbers(word: &str, known: &str, sources: &[String]) -> bool {
    let (said, stood) = (runs(word), runs(known));
    let is_new = |number: &str| {
        let is_digits = number.bytes().all(|b| b.is_ascii_digit());
        is_digits && number.len() >= DIGITS && copied_values::stands(number, sources)
    };
    let is_number = |run: &str| run.starts_with(|c: char| c.is_ascii_digit());
    said.len() == stood.len()
        && said
            .iter()
            .zip(&stood)
            .all(|(said, stood)| said == stood || is_number(stood) && is_new(said))
}

/// The numbers of a word that are no part of a name, and what stands between them.
fn runs(word: &str) -> Vec<&str> {
    let mut runs: Vec<&str> = word.split_inclusive(|c: char| !is_word(c)).collect();
    runs = runs
        .into_iter()
        .flat_map(|run| {
            let name = run.trim_end_matches(|c: char| !is_word(c));
            [name, run.get(name.len()..).unwrap_or_default()]
        })
        .collect();
    runs.retain(|run| !run.is_empty());
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_line_may_have_another_number_that_was_said() {
        let line =
            "`curl -s http://solr1.depot.example:8983/solr/main?rows=50`, then `make run-8983`";
        let sources = ["The port is 8985 now.".to_owned(), "Take 7 of v12.".to_owned()];
        let of = |value: &str| is_of_line(value, line, &sources);
        for value in [
            "curl -s http://solr1.depot.example:8985/solr/main?rows=50",
            "http://solr1.depot.example:8985/solr/main?rows=50",
            "make run-8985",
        ] {
            assert!(of(value), "{value}");
        }
        for value in [
            // A number that nobody said, a name, a digit, a host, another path, words that the line does not have.
            "curl -s http://solr1.depot.example:8986/solr/main?rows=50",
            "http://solr2.depot.example:8985/solr/main?rows=50",
            "curl -s http://solr1.depot.example:7/solr/main?rows=50",
            "http://evil.example:8985/solr/main?rows=50",
            "http://solr1.depot.example:8985/solr/evil?rows=50",
            "make run-8985 --force",
            "sh run-8985",
            "curl -s",
        ] {
            assert!(!of(value), "{value}");
        }
        assert!(!is_of_line("8985", "", &sources));
    }
}
