//! The grade that a model gives a session beside its proposals, by a rubric of the person who runs
//! the dream. Without a rubric all prompts stay the same to the byte.

use dreaming_records::notes::SessionNotes;
use dreaming_records::outcome::OutcomeSource;
use dreaming_records::policy::{self, Policy};
use dreaming_text as text;

/// The request for a grade, before the rubric.
const ASK: &str = include_str!("../../prompts/grade-1/rubric.txt");

/// Most bytes of the rubric that are shown. Chosen by us: a page, as for the instructions.
const MAX: usize = 4096;

/// The places where the grade is added to the proposals' schema, with the new text.
const FIELDS: [(&str, &str); 2] = [
    (r#""required":["summary","#, r#""required":["summary","grade","#),
    (
        r#""summary":{"type":"string"},"#,
        r#""summary":{"type":"string"},"grade":{"type":["integer","null"]},"#,
    ),
];

/// The request for a grade, shown with the last part of a session. Only when the policy has a
/// rubric and all known outcomes are weak.
pub(super) fn asked(notes: &SessionNotes, policy: &Policy) -> Option<String> {
    let lines = policy.texts(&policy::RUBRIC).join("\n");
    let shown = text::cut(lines.trim_ascii(), MAX);
    let told = |source| source > OutcomeSource::Rubric;
    let known = notes.outcomes.iter().any(|outcome| told(outcome.metric.source));
    (!shown.is_empty() && !known).then(|| format!("{ASK}\n{shown}\n\n"))
}

/// The schema of proposals, with the grade added.
pub(super) fn schema(proposals: &str) -> String {
    FIELDS.iter().fold(proposals.to_owned(), |schema, (at, with)| schema.replacen(at, with, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Excerpt, Role};
    use crate::propose::Series;
    use dreaming_fixtures::{outcome, record};
    use dreaming_records::ids::CallId;
    use dreaming_records::policy::SettingValue;
    use dreaming_records::time::Time;
    use dreaming_records::trust::Provenance;
    use dreaming_shield::redact::redact;

    fn policy(rubric: &[&str]) -> Policy {
        let mut policy = Policy::default();
        policy.set("propose.chunk-bytes", SettingValue::Integer(1024)).unwrap();
        if !rubric.is_empty() {
            let texts = rubric.iter().map(|text| (*text).to_owned()).collect();
            policy.set("outcome.rubric", SettingValue::Texts(texts)).unwrap();
        }
        policy
    }

    fn series(rubric: &[&str], known: Option<OutcomeSource>) -> Series {
        let excerpt = |line: u64| Excerpt {
            part: "main".into(),
            line,
            event: format!("line-{line}"),
            time: Time::parse("2026-02-20T10:00:00Z"),
            provenance: Provenance::Agent,
            role: Role::Agent,
            call: String::new(),
            shown: redact(&format!("{line} lamps. ").repeat(60)),
            mark: None,
            characters: 0,
        };
        let mut session = record("a", "mira", 1);
        session.notes.outcomes =
            known.map(|source| outcome("tests", source, true)).into_iter().collect();
        Series::new(&session, (1..4).map(excerpt).collect(), "", &policy(rubric))
    }

    #[test]
    fn only_the_last_part_is_asked_for_a_grade_and_no_other_byte_changes() {
        let text = ["The basket is right.", "Nothing else changed."];
        let (plain, graded) = (series(&[], None), series(&text, None));
        assert_eq!((graded.len(), plain.len()), (3, 3));
        for part in 1..=3 {
            let (a, b) = (plain.call(part, "").call, graded.call(part, "").call);
            assert_eq!((a == b, graded.grades(part)), (part < 3, part == 3));
        }
        let last = graded.call(3, "").call;
        assert_eq!(last.system, plain.call(3, "").call.system);
        let shown = "tell you the grade.\n\nThe basket is right.\nNothing else changed.\n\nBEGIN ";
        assert!(last.prompt.starts_with("This is the last part") && last.prompt.contains(shown));
        assert_ne!(plain.digest(), graded.digest());
        let schema: serde_json::Value = serde_json::from_str(&last.schema).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["summary", "grade", "proposals"]));
        assert_eq!(schema["properties"]["grade"]["type"][0], "integer");
        assert!(!plain.grades(3) && !series(&[" "], None).grades(3));
    }

    #[test]
    fn what_was_measured_or_graded_is_not_graded_again_and_weak_outcomes_do_not_count() {
        use OutcomeSource::{Graded, Measured, Weak};
        let grades = |source| series(&["It works."], Some(source)).grades(3);
        assert_eq!(
            [Weak, OutcomeSource::Rubric, Graded, Measured].map(grades),
            [true, true, false, false]
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let long = "so ".repeat(4096);
        let call = series(&[&long], None).call(3, "").call;
        let wishes = call.prompt.split("BEGIN ").next().unwrap();
        assert!(wishes.len() < MAX + ASK.len() + 8, "{}", wishes.len());
        assert_ne!(call.id, CallId::default());
    }
}
