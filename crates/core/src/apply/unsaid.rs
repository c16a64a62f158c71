//! What else of a ledger says the words of an erased entry: what sessions left behind, quotes of other entries,
//! and retired entries.

use dreaming_records::canonical::{self, CanonicalError};
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::key::key;
use dreaming_records::ledger::{EntryRecord, Ledger};
use dreaming_records::notes::{CHANGED_FILES, SessionNotes};
use dreaming_records::number::count;
use dreaming_records::proposal::Proposal;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::{Set, normal, sort, unicode};

/// Wordings that are erased, in the form in which they are looked for.
pub(super) struct Words {
    /// White space, case, and marks at the ends do not count. As they are, without the escapes of Markdown, and as
    /// JSON has them.
    said: Vec<String>,
    /// By what session records know that they were shown.
    keys: Vec<String>,
}

impl Words {
    /// # Errors
    /// None: a text can always be written.
    pub(super) fn of(texts: &[String]) -> Result<Self, CanonicalError> {
        let mut said = Vec::new();
        for text in texts.iter().flat_map(|text| [folded(text), folded(&unescaped(text))]) {
            let text = text.trim_matches(|c| !unicode::is_word(c));
            let json = canonical::to_bytes(text)?;
            let json = String::from_utf8_lossy(&json);
            said.extend([text, json.trim_matches('"')].map(String::from));
        }
        sort::all(&mut said);
        said.dedup();
        said.retain(|text| !text.is_empty());
        Ok(Self { said, keys: texts.iter().map(|text| key(text)).collect() })
    }

    fn are_in(&self, text: &str) -> bool {
        let text = folded(text);
        self.said.iter().any(|said| {
            text.match_indices(&**said).any(|(at, _)| {
                let (before, after) = (text.get(..at), text.get(at + said.len()..));
                // `test` is not in `latest`.
                let within = |a: Option<char>, b: Option<char>| {
                    let ascii = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                    ascii(a) && ascii(b)
                };
                !within(before.and_then(|t| t.chars().next_back()), said.chars().next())
                    && !within(said.chars().next_back(), after.and_then(|t| t.chars().next()))
            })
        })
    }

    fn are_in_one<'t>(&self, texts: impl IntoIterator<Item = &'t String>) -> bool {
        texts.into_iter().any(|text| self.are_in(text))
    }

    /// Whether a quote says them, also one that was cut short.
    fn are_quoted(&self, quote: &str) -> bool {
        // A character has four bytes at most.
        let is_cut = quote.len() + 4 > MAX_QUOTE;
        let begins = || {
            let quote = folded(quote);
            self.said.iter().any(|said| said.contains(&quote))
        };
        self.are_in(quote) || is_cut && begins()
    }

    fn are_at(&self, pin: &Pin) -> bool {
        self.are_quoted(&pin.quote)
    }
}

/// Without the escapes that a memory needs, see [`crate::render`].
fn unescaped(text: &str) -> String {
    let next = text.chars().skip(1).chain([' ']);
    let pairs = text.chars().zip(next);
    pairs.filter(|(c, next)| *c != '\\' || !next.is_ascii_punctuation()).map(|(c, _)| c).collect()
}

fn folded(text: &str) -> String {
    unicode::lower(&normal(text))
}

/// The retired entries that say the words.
pub(super) fn retired(ledger: &Ledger, words: &Words) -> Set<EntryId> {
    let retired = ledger.entries.values().filter(|entry| entry.retired.is_some());
    Set::of(retired.filter(|entry| words.are_in(&entry.text)).map(|entry| entry.id.clone()))
}

/// Takes the words out of what sessions left behind, and the quotes that say them from entries. How widely an entry
/// is supported stays: it counts beyond the quotes that are kept.
pub(super) fn take_out(ledger: &mut Ledger, words: &Words) {
    ledger.sessions.update(|record| {
        let mut without = record.clone();
        of_session(&mut without, words);
        (without != *record).then_some(without)
    });
    ledger.entries.update(|entry| {
        let mut evidence = entry.evidence.clone();
        evidence.retain(|piece| !words.are_quoted(&piece.quote));
        let lost = evidence.len() < entry.evidence.len();
        lost.then(|| EntryRecord { evidence, ..entry.clone() })
    });
}

fn of_session(record: &mut SessionRecord, words: &Words) {
    of_notes(&mut record.notes, words);
    record.proposals.retain_mut(|proposal| {
        let Proposal { text, subject, wrong, right, pins, .. } = proposal;
        let places = pins.len();
        pins.retain(|pin| !words.are_at(pin));
        let is_left = !pins.is_empty() || places == 0;
        is_left
            && !words
                .are_in_one([&*text].into_iter().chain(&*subject).chain(&*wrong).chain(&*right))
    });
    if let Some(unanswered) = &mut record.unanswered
        && words.are_in(&unanswered.before)
    {
        unanswered.before.clear();
    }
    for history in &mut record.histories {
        of_session(&mut history.record, words);
    }
}

fn of_notes(notes: &mut SessionNotes, words: &Words) {
    let says = |text: &String| words.are_in(text);
    for said in [&mut notes.role, &mut notes.task, &mut notes.cwd, &mut notes.branch] {
        said.take_if(|said| says(said));
    }
    for list in [&mut notes.topic, &mut notes.documented] {
        list.retain(|said| !says(said));
    }
    notes.recalled.retain(|key| !words.keys.contains(key));
    for counts in [&mut notes.tools, &mut notes.commands] {
        counts.retain(|count| !says(&count.tool));
    }
    notes.outcomes.retain(|outcome| !says(&outcome.metric.name));
    for outcome in &mut notes.outcomes {
        // How the session went is known without the words.
        if words.are_at(&outcome.pin) {
            outcome.pin.quote.clear();
            outcome.pin.quote_digest = Digest::default();
        }
    }
    notes.hand_offs.retain(|work| !says(&work.to) && !words.are_at(&work.pin));
    let listed = notes.actions.len();
    notes.actions.retain(|action| {
        !says(&action.name) && !says(&action.arguments) && !words.are_at(&action.pin)
    });
    notes.actions_unlisted += count(listed.saturating_sub(notes.actions.len()));
    notes.failures.retain(|failure| {
        !says(&failure.tool) && !says(&failure.template) && !words.are_at(&failure.pin)
    });
    for failure in &mut notes.failures {
        failure.cure.take_if(|cure| says(&cure.step) || words.are_at(&cure.pin));
    }
    notes.refutations.retain(|found| {
        let texts = [&found.given_to, &found.given_as, &found.wrong, &found.right];
        !words.are_in_one(texts) && !found.pins.iter().any(|pin| words.are_at(pin))
    });
    notes.statements.retain(|said| {
        let texts =
            [&said.text].into_iter().chain(&said.wrong).chain(&said.right).chain(&said.subject);
        !words.are_in_one(texts) && !words.are_at(&said.pin)
    });
    notes.quarantined.retain(|found| !words.are_at(&found.pin));
    of_steps(notes, words);
}

/// Takes steps out. In the order of the others their places are those of steps that were cut off.
fn of_steps(notes: &mut SessionNotes, words: &Words) {
    let before = count(notes.steps.len());
    let mut order = notes.step_order();
    let (mut places, mut kept) = (Vec::new(), 0);
    notes.steps.retain(|step| {
        let says = step.name != CHANGED_FILES && words.are_in(&step.name);
        let stays = !says && !words.are_at(&step.pin);
        places.push(if stays { kept } else { before });
        kept += u64::from(stays);
        stays
    });
    if kept == before {
        return;
    }
    for at in order.iter_mut().flatten() {
        let place = usize::try_from(*at).ok().and_then(|at| places.get(at));
        *at = place.copied().unwrap_or(*at);
    }
    notes.order = order;
    notes.shorten_order();
}

#[cfg(test)]
mod tests {
    use dreaming_records::notes::{HandOff, Step};
    use dreaming_records::time::Time;
    use dreaming_records::trust::Provenance;

    use super::*;

    fn words(texts: &[&str]) -> Words {
        Words::of(&texts.iter().map(|text| (*text).into()).collect::<Vec<_>>()).unwrap()
    }

    fn pin(quote: &str) -> Pin {
        Pin {
            part: "main".into(),
            line: 1,
            start: 0,
            end: 9,
            event: "e".into(),
            time: Some(Time::from_millis(0)),
            provenance: Provenance::Agent,
            quote: quote.into(),
            quote_digest: Digest::default(),
        }
    }

    #[test]
    fn words_are_found_in_any_case_and_form_and_not_inside_others() {
        let words = words(&["Say \"test\" first\\!", "* late."]);
        for text in [
            "say  \"TEST\"\nfirst",
            "{\"line\":\"always say \\\"test\\\" first!\"}",
            "It is late.",
            "late",
        ] {
            assert!(words.are_in(text), "{text}");
        }
        for text in ["say test first", "latest", "translate", "", "lat"] {
            assert!(!words.are_in(text), "{text}");
        }
        assert!(super::tests::words(&["\u{2014}!"]).said.is_empty());
    }

    #[test]
    fn a_quote_that_was_cut_short_within_the_words_says_them() {
        let long = "word ".repeat(100);
        let words = words(&[&long]);
        let cut = |max| dreaming_text::cut(&long, max);
        assert!(words.are_quoted(cut(MAX_QUOTE)) && words.are_quoted(&long));
        assert!(!words.are_quoted(cut(MAX_QUOTE - 9)) && !words.are_quoted("word word"));
    }

    #[test]
    fn places_in_the_order_of_steps_follow_and_what_is_gone_was_cut_off() {
        let step = |name: &str| Step { name: name.into(), pin: pin(name) };
        let mut notes = SessionNotes {
            steps: ["make a", "make b", "make c"].map(step).into(),
            order: vec![vec![2, 1, 0, 7], vec![1]],
            hand_offs: vec![HandOff { to: "b".into(), failed: None, pin: pin("so make B now") }],
            ..SessionNotes::default()
        };
        of_notes(&mut notes, &words(&["make b"]));
        assert_eq!(notes.steps, ["make a", "make c"].map(step));
        assert_eq!(notes.order, [vec![1, 3, 0, 7], vec![3]]);
        assert!(notes.hand_offs.is_empty());
        let same = notes.clone();
        of_notes(&mut notes, &words(&["make d"]));
        assert_eq!(notes, same);
    }
}
