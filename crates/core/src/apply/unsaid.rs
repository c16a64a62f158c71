//! Finds and removes the words of an erased entry elsewhere in the ledger: in session records, in
//! quotes of other entries, and in retired entries.

use dreaming_records::canonical;
use dreaming_records::distilled::{self, Distilled};
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::key::key;
use dreaming_records::ledger::Ledger;
use dreaming_records::notes::{CHANGED_FILES, SessionNotes};
use dreaming_records::number::count;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::{normal, sort, unicode};

/// The erased wordings, in the form in which they are searched for.
pub(super) struct Words {
    /// Three forms of each wording: as written, without the escapes of Markdown, and escaped as in
    /// JSON. White space, case and marks at the ends play no part.
    said: Vec<String>,
    /// The keys under which session records note that the words were shown to an agent.
    keys: Vec<String>,
}

impl Words {
    pub(super) fn of(texts: &[String]) -> Self {
        let (mut said, mut keys) = (Vec::new(), Vec::new());
        for text in texts {
            keys.push(key(text));
            for text in [folded(text), folded(&unescaped(text))] {
                let text = text.trim_matches(|c| !unicode::is_word(c));
                if !text.is_empty() {
                    let mut json = Vec::new();
                    canonical::escaped(text, &mut json);
                    said.push(String::from_utf8_lossy(&json).into_owned());
                    said.push(text.to_owned());
                }
            }
        }
        Self { said: sort::set(said), keys }
    }

    fn are_in(&self, text: &str) -> bool {
        let text = folded(text);
        // Whether a place is inside a word: `latest` does not say `test`.
        let is_within = |at: usize| {
            let around = at.checked_sub(1).and_then(|from| text.as_bytes().get(from..=at));
            around.is_some_and(|two| two.iter().all(u8::is_ascii_alphanumeric))
        };
        self.said.iter().any(|said| {
            let mut found = text.match_indices(&**said);
            found.any(|(at, _)| !is_within(at) && !is_within(at + said.len()))
        })
    }

    fn are_in_one(&self, texts: &[Option<&String>]) -> bool {
        texts.iter().flatten().any(|text| self.are_in(text))
    }

    /// Whether a quote says the words, or was cut short while saying them.
    fn are_quoted(&self, quote: &str) -> bool {
        // A quote that was cut short may be up to 3 bytes below the limit, because a character has
        // up to 4 bytes.
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

/// The text without the escapes that a memory needs, see [`crate::render`].
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let next = rest.as_str().as_bytes().first();
        if c != '\\' || !next.is_some_and(u8::is_ascii_punctuation) {
            out.push(c);
        }
    }
    out
}

fn folded(text: &str) -> String {
    unicode::lower(&normal(text))
}

/// The retired entries that say the words.
pub(super) fn retired(ledger: &Ledger, words: &Words) -> Vec<EntryId> {
    let mut found = Vec::new();
    for entry in ledger.entries.values() {
        if entry.retired.is_some() && words.are_in(&entry.text) {
            found.push(entry.id.clone());
        }
    }
    found
}

/// Takes the words out of session records, and out of entries the quotes that say them. The support
/// of those entries stays: it counts more sessions than there are quotes.
pub(super) fn take_out(ledger: &mut Ledger, words: &Words) {
    ledger.distilled.retain(|_, row| !words.are_in(&row.text));
    ledger.distilled.update(|row| {
        let said = row.line.as_ref().is_some_and(|line| words.are_in(line));
        said.then(|| Distilled { line: None, ..row.clone() })
    });
    ledger.sessions.update(|record| {
        let mut without = record.clone();
        of_session(&mut without, words);
        (without != *record).then_some(without)
    });
    // Drops the distilled statements that now rest on nothing. Otherwise the next dream would drop
    // them, and so change a store in which nothing else is to do.
    distilled::retain(&mut ledger.distilled, ledger.sessions.values());
    ledger.entries.update(|entry| {
        let mut without = entry.clone();
        sort::keep(&mut without.evidence, &mut |piece| !words.are_quoted(&piece.quote));
        (without.evidence.len() < entry.evidence.len()).then_some(without)
    });
}

fn of_session(record: &mut SessionRecord, words: &Words) {
    of_notes(&mut record.notes, words);
    sort::keep(&mut record.proposals, &mut |one| {
        let texts = [Some(&one.text), one.subject.as_ref(), one.wrong.as_ref(), one.right.as_ref()];
        let is_left = one.pins.is_empty() || one.pins.iter().any(|pin| !words.are_at(pin));
        is_left && !words.are_in_one(&texts)
    });
    for proposal in &mut record.proposals {
        sort::keep(&mut proposal.pins, &mut |pin| !words.are_at(pin));
    }
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
    for said in [&mut notes.role, &mut notes.task, &mut notes.cwd, &mut notes.branch] {
        said.take_if(|said| words.are_in(said));
    }
    for list in [&mut notes.topic, &mut notes.documented] {
        sort::keep(list, &mut |said| !words.are_in(said));
    }
    sort::keep(&mut notes.recalled, &mut |key| !words.keys.contains(key));
    for counts in [&mut notes.tools, &mut notes.commands] {
        sort::keep(counts, &mut |count| !words.are_in(&count.tool));
    }
    sort::keep(&mut notes.outcomes, &mut |outcome| !words.are_in(&outcome.metric.name));
    for outcome in &mut notes.outcomes {
        // The outcome of the session stays; only the words that showed it go.
        if words.are_at(&outcome.pin) {
            outcome.pin.quote.clear();
            outcome.pin.quote_digest = Digest::default();
        }
    }
    let stays =
        |texts: &[Option<&String>], pin: &Pin| !words.are_in_one(texts) && !words.are_at(pin);
    sort::keep(&mut notes.hand_offs, &mut |work| stays(&[Some(&work.to)], &work.pin));
    let listed = notes.actions.len();
    sort::keep(&mut notes.actions, &mut |action| {
        stays(&[Some(&action.name), Some(&action.arguments)], &action.pin)
    });
    notes.actions_unlisted += count(listed.saturating_sub(notes.actions.len()));
    sort::keep(&mut notes.failures, &mut |failure| {
        stays(&[Some(&failure.tool), Some(&failure.template)], &failure.pin)
    });
    for failure in &mut notes.failures {
        failure.cure.take_if(|cure| !stays(&[Some(&cure.step)], &cure.pin));
    }
    sort::keep(&mut notes.refutations, &mut |found| {
        let texts = [&found.given_to, &found.given_as, &found.wrong, &found.right];
        !words.are_in_one(&texts.map(Some)) && !found.pins.iter().any(|pin| words.are_at(pin))
    });
    sort::keep(&mut notes.statements, &mut |said| {
        let others = [&said.wrong, &said.right, &said.subject].map(Option::as_ref);
        stays(&[Some(&said.text)], &said.pin) && !words.are_in_one(&others)
    });
    sort::keep(&mut notes.quarantined, &mut |found| !words.are_at(&found.pin));
    of_steps(notes, words);
}

/// Takes out the steps that say the words. In the order of steps, they count as steps that were cut
/// off.
fn of_steps(notes: &mut SessionNotes, words: &Words) {
    let before = count(notes.steps.len());
    let mut order = notes.step_order();
    let (mut places, mut kept) = (Vec::new(), 0);
    sort::keep(&mut notes.steps, &mut |step| {
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
        Words::of(&texts.iter().map(|text| (*text).into()).collect::<Vec<_>>())
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
