//! Who said the words of a session, and what a statement may take from whom.
//!
//! - *Own* words: what a person typed, what an agent wrote, and the calls that it made. Only these can tell
//!   an agent what to do.
//! - *Outside* words: what tools printed and brought in, and what a person pasted. They say what
//!   is so.

use std::ops::Range;

use dreaming_records::trust::Provenance;
use dreaming_shield::attack;
use dreaming_text as text;
use dreaming_text::markdown::unmarked;

use crate::check::{copied_values, dates, line_values};
use crate::extract::{own_words, reported, speaker_label};
use crate::import::{Excerpt, Role};
use crate::propose::Asked;

/// Advice is turned down when at least 1/`OUTSIDE_ONLY` of its content words stand in outside
/// words alone. Of 109 pieces of advice that a model gave over five projects, two exceeded this, both
/// rules copied from a document; of 158 attack strings planted beside six of those sessions, nearly
/// all did.
const OUTSIDE_ONLY: usize = 3;

/// Advice is turned down when this share of its content words, or more, repeats the outside words
/// that it cites. Of the same 109 pieces one exceeded this; attack strings are cited whole.
const REPEATED: (usize, usize) = (2, 3);

/// The words of the events that the calls about a session show.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    own: Vec<String>,
    outside: Vec<String>,
    /// The days of the events, which prompts show, and their years: `2025-09-01` and `2025`.
    days: Vec<String>,
    /// Checked facts from results of the project's tools, or the line of the memory that a statement corrects.
    noted: Vec<String>,
    /// The line whose place a statement takes.
    line: String,
    /// Whether a chat's software names the speaker before each message.
    is_labelled: bool,
    /// The content words of `own` and `outside`, sorted.
    own_tokens: Vec<String>,
    outside_tokens: Vec<String>,
}

impl Sources {
    /// The words of `events`, all of one session.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Excerpt>) -> Self {
        let events: Vec<&Excerpt> = events.into_iter().collect();
        let is_said =
            |event: &&&Excerpt| event.provenance == Provenance::User && event.role == Role::Person;
        let said = events.iter().filter(is_said).map(|event| &*event.shown.text);
        let is_labelled = speaker_label::are_labelled(said);
        Self::with(events, is_labelled)
    }

    /// The words of quotes, which do not tell whether a chat's software names the speakers.
    pub(super) fn of_quotes<'e>(quotes: impl IntoIterator<Item = &'e Excerpt>) -> Self {
        Self::with(quotes, false)
    }

    fn with<'e>(events: impl IntoIterator<Item = &'e Excerpt>, is_labelled: bool) -> Self {
        let mut sources = Self { is_labelled, ..Self::default() };
        for excerpt in events {
            let shown = &excerpt.shown;
            let day = excerpt.time.map(|time| time.to_string()).unwrap_or_default();
            let parts = ["2025-09-01", "2025"].map(|like| text::cut(&day, like.len()).to_owned());
            sources.days.extend(parts);
            match excerpt.provenance {
                Provenance::User => {
                    let said = sources.without_label(&shown.text);
                    let (own, outside) = (text::normal(&own_words::typed(said)), said.to_owned());
                    sources.own.push(own);
                    sources.outside.push(outside);
                }
                Provenance::Agent => sources.own.push(shown.text.clone()),
                // The tool's name, and the arguments as they ran and as the prompt shows them.
                Provenance::ToolUse => {
                    if let Role::Call(tool) = &excerpt.role {
                        sources.own.push(tool.clone());
                    }
                    sources.own.extend([shown.text.clone(), unescaped(&shown.text)]);
                }
                Provenance::ToolResult | Provenance::External => {
                    sources.outside.push(shown.text.clone());
                }
                Provenance::Harness | Provenance::Recalled => {}
            }
        }
        text::sort::all(&mut sources.days);
        sources.days.dedup();
        sources.own_tokens = text::tokens(&sources.own.join("\n"));
        sources.outside_tokens = text::tokens(&sources.outside.join("\n"));
        sources
    }

    /// The same words, for a call that shows other sessions too: whether a statement mostly repeats
    /// outside words is asked of all that the model has read. The words of others support nothing.
    pub fn beside(&self, asked: &Asked) -> Self {
        if asked.starts.len() < 2 {
            return self.clone();
        }
        let ends = asked.starts.iter().skip(1).copied().chain([asked.excerpts.len()]);
        let sessions = asked.starts.iter().zip(ends);
        let all = sessions.map(|(start, end)| asked.excerpts.get(*start..end).unwrap_or_default());
        let all: Vec<Self> = all.map(Self::of).collect();
        let own_tokens = all.iter().flat_map(|one| one.own_tokens.iter().cloned());
        let outside_tokens = all.iter().flat_map(|one| one.outside_tokens.iter().cloned());
        Self {
            own_tokens: text::sort::set(own_tokens.collect()),
            outside_tokens: text::sort::set(outside_tokens.collect()),
            ..self.clone()
        }
    }

    /// The same, without outside words.
    pub(super) fn within(&self) -> Self {
        Self { outside: Vec::new(), outside_tokens: Vec::new(), ..self.clone() }
    }

    /// Whether a quote stands in own words, whole or line by line without list marks. A quote
    /// without a letter or digit counts as nobody's.
    pub(super) fn is_own(&self, quote: &str) -> bool {
        if !quote.chars().any(text::unicode::is_word) {
            return false;
        }
        let quote = self.without_label(quote);
        let own = |words: &str| self.own.iter().any(|own| own.contains(&*text::normal(words)));
        own(quote) || quote.lines().map(unmarked).filter(|line| !line.is_empty()).all(own)
    }

    /// The words of a message without the name that a chat's software writes before them.
    fn without_label<'t>(&self, message: &'t str) -> &'t str {
        let label = speaker_label::split(message).filter(|_| self.is_labelled);
        label.map_or(message, |(_, said)| said)
    }

    /// Whether the words at a place were pasted by a person.
    pub(super) fn is_pasted(&self, (event, range): &(&Excerpt, Range<usize>)) -> bool {
        event.provenance == Provenance::User && !self.is_own(event.words(range))
    }

    /// Whether every value stands in own words.
    pub(super) fn own(&self, values: &[&str]) -> bool {
        values.iter().all(|value| copied_values::stands(value, &self.own))
    }

    /// Adds facts that were checked: a statement may name what they name, but no program and no
    /// address.
    pub(super) fn noting(self, facts: impl IntoIterator<Item = String>) -> Self {
        Self { noted: facts.into_iter().collect(), ..self }
    }

    /// For what takes the place of a line: its words are not new.
    pub(super) fn in_place_of(self, line: &str) -> Self {
        Self { line: line.to_owned(), ..self }
    }

    /// The content words of a statement that are not in the line whose place it takes; `None` when it takes none, or
    /// turns around what the line says.
    pub(super) fn new_words(&self, statement: &str) -> Option<Vec<String>> {
        let line = text::tokens(&self.line);
        let is_turned = text::negated(statement) != text::negated(&self.line)
            || text::reverses(&self.line, statement);
        let mut words = text::tokens(statement);
        words.retain(|word| line.binary_search(word).is_err());
        (!line.is_empty() && !is_turned).then_some(words)
    }

    /// Whether a name stands in a checked fact and is neither a program nor an address.
    pub(super) fn notes(&self, name: &str) -> bool {
        attack::actions(name).is_empty() && copied_values::stands(name, &self.noted)
    }

    /// The first value of a statement that stands in no own or outside words and no checked fact, and is not of the day of
    /// an event: that day or its year, or with the year the number of the day (`18 November 2026`), or a date that
    /// these words tell (see [`dates`]). All other numbers inside a time prove nothing: any event has some.
    pub(super) fn without<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (values, others) = (copied_values::all(text), dates::without_years(text));
        let is_day = |value: &str, day: &str| {
            let (year, number) = (text::cut(day, "2025".len()), day.get("2025-09-".len()..));
            let number = number.map(|number| number.trim_start_matches('0'));
            number == Some(value.trim_start_matches('0')) && values.contains(&year)
        };
        let has = |value: &&&str| {
            copied_values::stands(value, &self.own)
                || copied_values::stands(value, &self.outside)
                || copied_values::is_piece_of_name(value, &self.own)
                || copied_values::is_piece_of_name(value, &self.outside)
                || self.notes(value)
                || line_values::has_other_port(value, &self.line, &self.own)
                || line_values::has_other_port(value, &self.line, &self.outside)
                || self.days.iter().any(|day| day == **value || is_day(value, day))
                || dates::stands(value, &others, &self.days, self.own.iter())
                || is_clock(value, text)
                    && self.own.iter().chain(&self.outside).any(|said| has_late_time(said))
        };
        values.iter().find(|value| !has(value)).copied()
    }

    /// Whether a statement mostly repeats outside words, so that it may not become advice. Passages
    /// that the statement reports as somebody else's words are tested by themselves as well; a text
    /// without content words counts as from outside. `cited`: the outside words that the statement
    /// cites.
    pub(super) fn is_from_outside(&self, statement: &str, cited: &str) -> bool {
        let cited = text::tokens(cited);
        std::iter::once(statement)
            .chain(reported::reported(statement))
            .any(|words| self.are_from_outside(&text::tokens(words), &cited))
    }

    fn are_from_outside(&self, words: &[String], cited: &[String]) -> bool {
        let among = |word: &&String, known: &[String]| known.binary_search(word).is_ok();
        let alone =
            |word: &&String| among(word, &self.outside_tokens) && !among(word, &self.own_tokens);
        let alone = words.iter().filter(alone).count();
        let repeated = words.iter().filter(|word| among(word, cited)).count();
        let (of, all) = REPEATED;
        words.is_empty()
            || alone > 0 && alone * OUTSIDE_ONLY >= words.len()
            || repeated > 0 && repeated * all >= words.len() * of
    }
}

/// Whether a value is the 24 of a clock: "24-hour clock", "the 24 hour form". Statements of three sources say so of times
/// that people wrote (`17:00 not 5pm`), and fell.
fn is_clock(value: &str, text: &str) -> bool {
    const FORMS: [&str; 7] = ["clock", "form", "format", "notation", "style", "time", "times"];
    let mut words =
        text.split(|c: char| !text::unicode::is_word(c)).filter(|word| !word.is_empty());
    let named = |rest: &[&str]| matches!(rest, ["24", "hour", form] if FORMS.contains(form));
    let words: Vec<&str> = words.by_ref().collect();
    value == "24" && words.windows(3).any(named)
}

/// Whether a text has a time of day in the hours that a clock of twelve does not have, as `17:00`.
fn has_late_time(text: &str) -> bool {
    let is_late = |word: &str| {
        let (hour, minute) = word.split_once(':').unwrap_or_default();
        let minute = minute.get(..2).unwrap_or_default();
        ["13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23"].contains(&hour)
            && minute.len() == 2
            && minute.bytes().all(|b| b.is_ascii_digit())
    };
    text.split(|c: char| c != ':' && !c.is_ascii_digit()).any(is_late)
}

/// The arguments of a call without their JSON escapes. The text may be cut, so a JSON parser cannot
/// read it.
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
    use dreaming_records::time::Time;

    #[test]
    fn the_day_of_an_event_is_a_source_and_the_numbers_of_its_time_are_none() {
        let time = Time::parse("2025-09-01T10:42:00Z");
        let event = Excerpt { time, ..crate::check::bare(Provenance::User, false) };
        let sources = Sources::of([&event]);
        for there in ["2025 and 2025-09-01", "2025-09", "1 September", "1.9. (Monday)"] {
            assert_eq!(sources.without(there), None, "{there}");
        }
        for none in ["10", "42", "09", "01", "10:42", "2025-10", "25"] {
            assert_eq!(sources.without(none), Some(none));
        }
    }

    #[test]
    fn the_words_behind_the_label_of_a_speaker_are_typed() {
        let said = |text: &str| Excerpt {
            shown: dreaming_shield::redact::redact(text),
            role: Role::Person,
            ..crate::check::bare(Provenance::User, false)
        };
        let first = said("[Odile, night] three points. no pm");
        let all = [first, said("[Marek] voilà"), said("[Marek] ok")];
        let of = |events: &[Excerpt]| Sources::of(events);
        for own in ["[Odile, night] three points. no pm", "three points. no pm", "voilà"] {
            assert!(of(&all).is_own(own), "{own}");
        }
        assert!(!of(&all).own(&["Odile"]), "a name is no word of theirs");
        // A message alone may be a log.
        assert!(!of(&all[..1]).is_own("three points. no pm"));
        assert!(!Sources::of_quotes(&all).is_own("three points. no pm"));
        let quoted = said("[Ilse] the guest says \"always give me room 3 for nothing at all\"");
        let all = [all, [quoted.clone(), quoted.clone(), quoted]].concat();
        assert!(!of(&all).is_own("always give me room 3"));
    }

    #[test]
    fn a_clock_of_24_hours_is_one_where_times_are_written_so() {
        let said = |text: &str| Excerpt {
            shown: dreaming_shield::redact::redact(text),
            ..crate::check::bare(Provenance::User, false)
        };
        let (late, early) = (said("17:00 not 5pm"), said("9:00 please, 113:00 or 17:0"));
        for (text, known) in [
            ("Write times in the 24-hour form.", true),
            ("Use a 24 hour clock.", true),
            ("Answer within 24 hours.", false),
            ("Give a 24-hour notice.", false),
        ] {
            assert_eq!(Sources::of([&late]).without(text).is_none(), known, "{text}");
            assert_eq!(Sources::of([&early]).without(text), Some("24"), "{text}");
        }
    }

    #[test]
    fn a_call_reads_as_it_was_run() {
        let json = r#"{"command":"grep --include=\"*.go\" x\n\tls C:\\a"}"#;
        assert_eq!(unescaped(json), "{\"command\":\"grep --include=\"*.go\" x\n\tls C:\\a\"}");
        assert_eq!(unescaped("cut \\"), "cut ");
    }
}
