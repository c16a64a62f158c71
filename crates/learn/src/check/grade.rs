//! The grade of a session, as a model gives it in the answer about the session's last part.

use dreaming_records::outcome::{Better, Metric, Outcome, OutcomeSource, WHOLE};

use crate::check::{answer, quotes};
use crate::propose::{Answer, Asked};

const BEST: i64 = 100;

/// The name under which the session record keeps this outcome.
const NAME: &str = "rubric";

/// The grade of an answer, as an outcome at the last event that the prompt shows; `None` when the
/// answer has no grade from 0 to 100. A grade of at least half of [`BEST`] reaches the goal, as the
/// prompt says.
pub fn grade(asked: &Asked, answer: &Answer) -> Option<Outcome> {
    let Answer::Text { text } = answer else { return None };
    let grade = answer::grade(text).filter(|grade| (0..=BEST).contains(grade))?;
    let last = asked.excerpts.iter().rev().find(|event| event.provenance.trust().is_some())?;
    let end = last.mark.as_ref().map_or(last.shown.text.len(), |mark| mark.start);
    let metric = Metric {
        name: NAME.into(),
        source: OutcomeSource::Rubric,
        value: grade * (WHOLE / BEST),
        goal: Some(WHOLE / 2),
        better: Better::Higher,
        weight: 100,
    };
    Some(Outcome { metric, pin: quotes::pin(last, 0..end) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::bare;
    use crate::import::Excerpt;
    use crate::propose::ModelCall;
    use dreaming_records::ids::CallId;
    use dreaming_records::trust::Provenance;
    use dreaming_shield::redact::redact;

    fn asked() -> Asked {
        let said = |line, provenance, words: &str| Excerpt {
            line,
            shown: redact(words),
            ..bare(provenance, false)
        };
        let call = ModelCall {
            id: CallId::default(),
            system: String::new(),
            prompt: String::new(),
            schema: String::new(),
            max_tokens: 9,
        };
        let excerpts = vec![
            said(3, Provenance::User, "Show the basket."),
            said(4, Provenance::Agent, "It is shown."),
            said(5, Provenance::Harness, "It is late."),
        ];
        Asked { call, own: 0..usize::MAX, excerpts, starts: vec![0], known: Vec::new() }
    }

    fn graded(text: &str) -> Option<Outcome> {
        grade(&asked(), &Answer::Text { text: text.into() })
    }

    #[test]
    fn a_grade_is_an_outcome_at_the_last_event_that_can_be_evidence() {
        for (grade, reached) in [(0, false), (49, false), (50, true), (100, true)] {
            let answer = format!(r#"{{"summary":"","grade":{grade},"proposals":[]}}"#);
            let found = graded(&answer).unwrap();
            assert_eq!((found.pin.line, &*found.pin.quote), (4, "It is shown."));
            assert_eq!(found.metric.source, OutcomeSource::Rubric);
            assert_eq!(
                (found.metric.value, found.metric.reached()),
                (grade * 10_000, Some(reached))
            );
        }
    }

    #[test]
    fn what_is_no_grade_is_none() {
        for grade in ["-1", "101", "90.5", "\"90\"", "null", "[90]", "9999999999999999999999"] {
            let answer = format!(r#"{{"grade":{grade},"proposals":[]}}"#);
            assert_eq!(graded(&answer), None, "{grade}");
        }
        for answer in ["", r#"{"proposals":[]}"#, r#"{"grade":90}"#] {
            assert_eq!(graded(answer), None, "{answer}");
        }
        assert_eq!(grade(&asked(), &Answer::Refused), None);
        assert_eq!(grade(&Asked { excerpts: Vec::new(), ..asked() }, &Answer::Refused), None);
    }
}
