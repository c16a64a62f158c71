//! Addresses of a line that is written anew with another port.

use dreaming_text::unicode::is_word;

use super::copied_values;

/// Digits of a port that a time of day or a ratio does not have: `8080`, and not `17:30`. Chosen by us.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=5;

/// Whether a value stands in the line whose place a statement takes, word after word, but for one port that is another one
/// and stands in `sources`: `curl localhost:8090/healthz` where the line has 8080 and somebody said 8090. In four sources such
/// lines stayed as they were, for nothing else had the whole address.
pub(super) fn has_other_port(value: &str, line: &str, sources: &[String]) -> bool {
    let said: Vec<&str> = value.split_ascii_whitespace().map(bare).collect();
    let words: Vec<&str> = line.split_ascii_whitespace().map(bare).collect();
    let is_part = |part: &[&str]| {
        let mut others = said.iter().zip(part).filter(|(said, stood)| said != stood);
        let other = others.next();
        others.next().is_none() && other.is_some_and(|(said, stood)| is_other(said, stood, sources))
    };
    !said.is_empty() && words.windows(said.len()).any(is_part)
}

/// A word without the marks around it.
fn bare(word: &str) -> &str {
    word.trim_matches(['`', '"', '\'', '(', ')', ',', ';', '.', ':'])
}

/// Whether two words differ in their port alone, and `sources` have the new one.
fn is_other(said: &str, stood: &str, sources: &[String]) -> bool {
    let ports = |word: &'_ str| -> Vec<(usize, usize)> {
        let marks = word.match_indices(':').map(|(at, _)| at + 1);
        let digits = marks.map(|at| {
            let rest = word.get(at..).unwrap_or_default().bytes();
            (at, at + rest.take_while(u8::is_ascii_digit).count())
        });
        digits.filter(|(from, to)| DIGITS.contains(&(to - from))).collect()
    };
    let around = |word: &str, (from, to): (usize, usize)| {
        let (before, rest) = (word.get(..from)?, word.get(to..)?);
        // A host stands before it, and nothing goes on behind it.
        let is_port = before.trim_end_matches(':').ends_with(is_word)
            && !rest.starts_with(|c: char| is_word(c) || matches!(c, '.' | ':'));
        is_port.then(|| (before.to_owned(), rest.to_owned()))
    };
    ports(said).into_iter().any(|new| {
        let port = said.get(new.0..new.1).unwrap_or_default();
        let same = |old: (usize, usize)| around(stood, old) == around(said, new);
        around(said, new).is_some()
            && ports(stood).into_iter().any(same)
            && copied_values::stands(port, sources)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_line_may_have_another_port_that_was_said() {
        let line = "`curl -s http://solr1.depot.example:8983/solr/main?rows=50`, never `rm -rf b-8983`; at 17:30 on http://10.20.30.40:8983.";
        let sources = ["The port is 8985 now, 45 of 12450 did it.".to_owned()];
        let of = |value: &str| has_other_port(value, line, &sources);
        for value in [
            "curl -s http://solr1.depot.example:8985/solr/main?rows=50",
            "http://solr1.depot.example:8985/solr/main?rows=50",
            "http://10.20.30.40:8985",
        ] {
            assert!(of(value), "{value}");
        }
        for value in [
            // A port that nobody said, another host, path, word or order, no port, and a part that the line does not have so.
            "curl -s http://solr1.depot.example:8986/solr/main?rows=50",
            "http://solr2.depot.example:8985/solr/main?rows=50",
            "http://10.20.30.45:8985",
            "http://evil.example:8985/solr/main?rows=50",
            "http://solr1.depot.example:8985/solr/evil?rows=50",
            "curl -s http://solr1.depot.example:8985/solr/main?rows=45",
            "curl http://solr1.depot.example:8985/solr/main?rows=50",
            "rm -rf b-8985",
            "rm -rf http://10.20.30.40:8985",
            "12:45",
            "curl -s",
            "",
        ] {
            assert!(!of(value), "{value}");
        }
        assert!(!has_other_port("http://a:8985", "", &sources));
    }
}
