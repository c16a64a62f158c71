//! Who stands behind the words of a session: what a statement may take from whom.
//!
//! - *Own* words: what a person typed, what an agent wrote, and the calls that it made. Only these can tell
//!   an agent what to do.
//! - *Told* words: what tools printed and brought in, and what a person pasted. They say what is so.

use std::ops::Range;

use dreaming_records::trust::Provenance;
use dreaming_shield::attack;
use dreaming_text as text;
use dreaming_text::markdown::unmarked;

use crate::check::values;
use crate::extract::{own_words, reported};
use crate::import::{Excerpt, Role};

/// An advice has at most so many of its content words from told words alone: one of this many. Of 109
/// pieces of advice that a model gave over five projects two were over it, both the rules of a document;
/// of 158 attack strings beside six of those sessions nearly all.
const TOLD_ONLY: usize = 3;

/// An advice repeats less than two of three content words of the told words that it cites. Of the same 109
/// one was over it; attack strings are cited whole.
const REPEATED: (usize, usize) = (2, 3);

/// The words of the events that the calls of a session show.
#[derive(Debug, Default)]
pub struct Sources {
    own: Vec<String>,
    told: Vec<String>,
    /// Facts that were checked, of what tools of the project showed.
    noted: Vec<String>,
    /// The content words of each, sorted.
    own_tokens: Vec<String>,
    told_tokens: Vec<String>,
}

impl Sources {
    /// The words of `events`.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Excerpt>) -> Self {
        let mut sources = Self::default();
        for excerpt in events {
            let shown = &excerpt.shown;
            match excerpt.provenance {
                Provenance::User => {
                    sources.own.push(text::normal(&own_words::typed(&shown.text)));
                    sources.told.push(shown.text.clone());
                }
                Provenance::Agent => sources.own.push(shown.text.clone()),
                // With the name of the tool; as it was run, and as the prompt shows it.
                Provenance::ToolUse => {
                    if let Role::Call(tool) = &excerpt.role {
                        sources.own.push(tool.clone());
                    }
                    sources.own.extend([shown.text.clone(), unescaped(&shown.text)]);
                }
                Provenance::ToolResult | Provenance::External => {
                    sources.told.push(shown.text.clone());
                }
                Provenance::Harness | Provenance::Recalled => {}
            }
        }
        sources.own_tokens = text::tokens(&sources.own.join("\n"));
        sources.told_tokens = text::tokens(&sources.told.join("\n"));
        sources
    }

    /// Whether a quote stands in own words: as one, or line by line without the marks of a list. One without a
    /// letter or digit says nothing and is nobody's.
    pub(super) fn is_own(&self, quote: &str) -> bool {
        if !quote.chars().any(text::unicode::is_word) {
            return false;
        }
        let own = |words: &str| self.own.iter().any(|own| own.contains(&*text::normal(words)));
        own(quote) || quote.lines().map(unmarked).filter(|line| !line.is_empty()).all(own)
    }

    /// Whether a place shows what a person pasted.
    pub(super) fn is_pasted(&self, (event, range): &(&Excerpt, Range<usize>)) -> bool {
        event.provenance == Provenance::User && !self.is_own(event.words(range))
    }

    /// Whether every value stands in own words.
    pub(super) fn own(&self, values: &[&str]) -> bool {
        values.iter().all(|value| values::stands(value, &self.own))
    }

    /// With facts that were checked: what they name may be named, unless somebody could run or open it.
    pub(super) fn noting(self, facts: impl IntoIterator<Item = String>) -> Self {
        Self { noted: facts.into_iter().collect(), ..self }
    }

    /// Whether a name stands in a fact that was checked, and is nothing to run or to open.
    pub(super) fn notes(&self, name: &str) -> bool {
        attack::actions(name).is_empty() && values::stands(name, &self.noted)
    }

    /// Whether every value stands anywhere.
    pub(super) fn any(&self, values: &[&str]) -> bool {
        values
            .iter()
            .all(|value| values::stands(value, &self.own) || values::stands(value, &self.told))
    }

    /// Whether the words of a statement are mostly told ones, which may not become advice, or those that it gives as
    /// the words of somebody else, or it has none that say anything. `cited`: the told words that it cites.
    pub(super) fn is_told(&self, statement: &str, cited: &str) -> bool {
        let cited = text::tokens(cited);
        std::iter::once(statement)
            .chain(reported::reported(statement))
            .any(|words| self.are_told(&text::tokens(words), &cited))
    }

    fn are_told(&self, words: &[String], cited: &[String]) -> bool {
        let among = |word: &&String, known: &[String]| known.binary_search(word).is_ok();
        let alone =
            |word: &&String| among(word, &self.told_tokens) && !among(word, &self.own_tokens);
        let alone = words.iter().filter(alone).count();
        let repeated = words.iter().filter(|word| among(word, cited)).count();
        let (of, all) = REPEATED;
        words.is_empty()
            || alone > 0 && alone * TOLD_ONLY >= words.len()
            || repeated > 0 && repeated * all >= words.len() * of
    }
}

/// The text of a call without the escapes of its JSON; cut text has no end, so it is not parsed.
fn unescaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        out.extend(match c {
            '\\' => chars.next().map(|escaped| match escaped {
                'n' | 'r' => '\n',
                't' => '\t',
                other => other,
            }),
            plain => Some(plain),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_it_was_run() {
        let json = r#"{"command":"grep --include=\"*.go\" x\n\tls C:\\a"}"#;
        assert_eq!(unescaped(json), "{\"command\":\"grep --include=\"*.go\" x\n\tls C:\\a\"}");
        assert_eq!(unescaped("cut \\"), "cut ");
    }
}
