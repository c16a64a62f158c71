//! How a session went: outcomes that it states, and those that its calls show.

use super::calls::{Call, Charged};
use super::keep;
use super::pin::Seen;
use crate::step;
use dreaming_records::evidence::Pin;
use dreaming_records::notes::SessionNotes;
use dreaming_records::outcome::{BY_PERSON, Metric, Outcome, OutcomeSource};
use dreaming_text::cut;
use dreaming_text::eight_bytes::holds;

/// Longest quote of a weak outcome, in bytes: enough to see which words or which command.
const QUOTE: usize = 60;

/// What the calls showed so far.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// The last test run, and whether it passed.
    tests: Option<(bool, Pin)>,
    /// The last commit, and whether it was kept.
    commit: Option<(bool, Pin)>,
    /// A call that a person refused; cleared when a later call works.
    refused: Option<Pin>,
}

/// Notes an outcome that the session states.
pub(super) fn metric(metric: &Metric, seen: &Seen<'_>, notes: &mut SessionNotes) {
    let (pin, _) = seen.pin(&(0..seen.event.text.len()), QUOTE);
    let outcome = Outcome { metric: metric.clone(), pin };
    keep(outcome, &mut notes.outcomes, &mut notes.dropped);
}

impl Outcomes {
    /// A person refused a call.
    pub(super) fn refused(&mut self, seen: &Seen<'_>) {
        self.refused = Some(seen.pin(&(0..seen.event.text.len()), QUOTE).0);
    }

    /// A call worked.
    pub(super) fn worked(&mut self, call: &Call) {
        // The person let the agent continue in another way: the refusal concerned that call only.
        self.refused = None;
        let Some(chain) = call.chain() else { return };
        // Only the beginning of the line.
        let line = call.place.quote();
        if chain.parts.iter().any(|part| part.tests && part.worked) {
            self.tests = Some((true, quoted(call.place.pin())));
        }
        if holds(line, "git commit") {
            self.commit = Some((true, quoted(call.place.pin())));
        } else if self.commit.is_some() && step::takes_back(line) {
            self.commit = Some((false, quoted(call.place.pin())));
        }
    }

    /// A call failed.
    pub(super) fn failed(&mut self, charged: &Charged<'_>) {
        if charged.part.as_ref().is_some_and(|part| part.tests) {
            self.tests = Some((false, quoted(charged.call.place.pin())));
        }
    }

    /// Adds what the calls showed after the stated outcomes, at most one of each name.
    pub(super) fn finish(self, notes: &mut SessionNotes) {
        let weak = [
            ("tests", self.tests),
            ("commit", self.commit),
            (BY_PERSON, self.refused.map(|pin| (false, pin))),
        ];
        notes.outcomes.extend(weak.into_iter().filter_map(|(name, found)| {
            let (good, pin) = found?;
            Some(Outcome { metric: Metric::verdict(name, OutcomeSource::Weak, good), pin })
        }));
    }
}

/// The place with a short quote.
fn quoted(pin: Pin) -> Pin {
    Pin { quote: cut(&pin.quote, QUOTE).into(), ..pin }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;

    fn runs_tests(line: &str) -> bool {
        Chain::of(line).parts.iter().any(|part| part.tests)
    }

    #[test]
    fn test_commands_are_known_by_general_words() {
        for line in [
            "cargo test --lib",
            "cd /x && npm run test:unit",
            "python3 -m pytest -q",
            "npx vitest run",
            "make build && ctest",
            "timeout 60 ./gradlew test",
        ] {
            assert!(runs_tests(line), "{line}");
        }
        for line in [
            "test -f x",
            "cargo build --test x",
            "git commit -m 'add a test'",
            "npm install jest",
            "cat tests/a.rs",
            "mkdir test",
            "go get latest",
        ] {
            assert!(!runs_tests(line), "{line}");
        }
    }
}
