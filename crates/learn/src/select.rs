//! Which sessions a dream learns from, by the settings `select.*`. All are read and kept, so that
//! the cursor advances; sessions left out are neither mined nor shown to a model in this dream.

use dreaming_records::notes::SessionNotes;
use dreaming_records::policy::{self, Policy, Texts};
use dreaming_records::time::Time;
use dreaming_text::unicode::lower;

use crate::outcome::Judge;

/// Whether the policy selects a session. One item of each setting must fit; a setting without items
/// fits every session. A session that lacks an end time, agent, principal or task is left out by a
/// setting about it.
pub fn takes(notes: &SessionNotes, judge: &Judge<'_>, policy: &Policy) -> bool {
    let named = |setting: &Texts, name: Option<&str>| {
        let wanted = policy.texts(setting);
        let fits = |name: &str| wanted.iter().any(|item| lower(item) == lower(name));
        wanted.is_empty() || name.is_some_and(fits)
    };
    // The latest of several times holds.
    let since = policy.texts(&policy::SELECT_SINCE).iter();
    let since = since.filter_map(|text| Time::of_date_or_time(text)).max();
    since.is_none_or(|since| notes.last.is_some_and(|last| last >= since))
        && named(&policy::SELECT_AGENTS, notes.agent.as_deref())
        && named(&policy::SELECT_ROLES, notes.role.as_deref())
        && named(&policy::SELECT_TASKS, notes.task.as_deref())
        && named(&policy::SELECT_OUTCOMES, Some(judge.verdict(notes).0.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures as fixture;
    use dreaming_records::outcome::OutcomeSource;
    use dreaming_records::policy::SettingValue;

    fn policy(name: &str, item: &str) -> Policy {
        let mut policy = Policy::default();
        policy.set(name, SettingValue::Texts(vec![item.into()])).unwrap();
        policy
    }

    #[test]
    fn each_setting_selects_and_what_is_not_known_is_left_out() {
        let judge = Judge::default();
        let mut notes = fixture::record("a", "alice", 3).notes;
        notes.task = Some("Billing".into());
        notes.outcomes = vec![fixture::outcome("m", OutcomeSource::Graded, true)];
        let day = fixture::time(3).to_string();
        let later = fixture::time(4).to_string();
        let cases = [
            ("select.agents", "AGENT", "other"),
            ("select.tasks", "billing", "support"),
            ("select.outcomes", "good", "unknown"),
            ("select.since", &day, &later),
        ];
        for (name, fits, not) in cases {
            assert!(takes(&notes, &judge, &policy(name, fits)), "{name}");
            assert!(!takes(&notes, &judge, &policy(name, not)), "{name}");
            if name != "select.outcomes" {
                assert!(!takes(&SessionNotes::default(), &judge, &policy(name, fits)));
            }
        }
        assert!(!takes(&notes, &judge, &policy("select.roles", "coder")));
        assert!(takes(&SessionNotes::default(), &judge, &Policy::default()));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let mut policy = Policy::default();
        let mut set = |name: &str, item: &str| {
            policy
                .set(name, SettingValue::Texts(vec![item.into()]))
                .map_err(|error| error.to_string())
        };
        let wrong = set("select.outcomes", "great").unwrap_err();
        assert!(wrong.starts_with("setting `select.outcomes` takes no `great`"), "{wrong}");
        assert!(set("select.since", "yesterday").is_err() && set("steer.kinds", "poem").is_err());
        assert!(set("steer.focus", " ").is_err());
        set("select.since", "2026-02-20").unwrap();
        set("steer.kinds", "practice").unwrap();
    }
}
