//! Names that do not exist, with the one that works.

use std::collections::BTreeMap;

use dreaming_records::candidate::Replacement;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::SessionRecord;
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;
use dreaming_shield::attack;

use crate::mine::places::Places;
use crate::mine::{Mined, words};

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut groups: BTreeMap<(&str, &str), Places> = BTreeMap::new();
    for record in records {
        for refutation in &record.notes.refutations {
            let (wrong, right) = (&*refutation.wrong, &*refutation.right);
            if wrong != right && words::is_code(wrong) && words::is_code(right) {
                let places = groups.entry((wrong, right)).or_default();
                for pin in &refutation.pins {
                    places.add(record, pin);
                }
            }
        }
    }
    groups.retain(|_, places| places.sessions() > 0);
    for (&(wrong, right), places) in &groups {
        let sessions = places.sessions();
        if sessions < policy.number(&policy::RECUR_SESSIONS) {
            mined.waiting += 1;
            continue;
        }
        let text = format!("The file is called `{right}`; `{wrong}` does not exist.");
        let strongest = groups
            .iter()
            .filter(|((w, r), _)| (*w == wrong && *r != right) || (*w == right && *r == wrong))
            .map(|(_, rival)| rival.sessions())
            .max();
        let reason = if attack::instructs(wrong) || attack::instructs(right) {
            "instruction-like"
        } else if text.len() > policy.size(&policy::STATEMENT_BYTES) {
            "too-long"
        } else if strongest == Some(sessions) {
            "ambiguous"
        } else if strongest > Some(sessions) {
            "outnumbered"
        } else {
            let mut found =
                places.candidate(Kind::Fact, &text, Trust::Verified, Finder::Miner, policy);
            let (wrong, right) = (wrong.into(), right.into());
            found.replaces = Some(Replacement { wrong, right, shown: true });
            mined.candidates.push(found);
            continue;
        };
        mined.reject(reason, &text, places.kept(policy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, refutation, sessions};

    fn mined(pairs: &[(&str, &str)]) -> Mined {
        mine(
            &sessions(pairs.iter().zip(1i64..).map(|((wrong, right), day)| {
                let mut r = record(&format!("s{day}"), "alice", day);
                r.notes.refutations = vec![refutation(wrong, right, day)];
                r
            })),
            &Policy::default(),
        )
    }

    fn reasons(mined: &Mined) -> Vec<&str> {
        mined.rejected.iter().map(|r| &*r.reason).collect()
    }

    #[test]
    fn a_name_refuted_in_two_sessions_is_a_shown_replacement() {
        let mined = mined(&[("conf.yml", "conf.yaml"), ("conf.yml", "conf.yaml")]);
        let found = &mined.candidates[0];
        assert_eq!(found.text, "The file is called `conf.yaml`; `conf.yml` does not exist.");
        let shown =
            Replacement { wrong: "conf.yml".into(), right: "conf.yaml".into(), shown: true };
        assert_eq!(found.replaces.as_ref(), Some(&shown));
        assert_eq!((found.trust, found.evidence.len()), (Trust::Verified, 4));
    }

    #[test]
    fn one_session_waits() {
        let mined = mined(&[("conf.yml", "conf.yaml")]);
        assert_eq!((mined.candidates.len(), mined.waiting), (0, 1));
    }

    #[test]
    fn two_right_names_with_equal_support_are_ambiguous_and_more_support_wins() {
        let tie =
            [("a.yml", "a.yaml"), ("a.yml", "a.yaml"), ("a.yml", "b.yml"), ("a.yml", "b.yml")];
        let even = mined(&tie);
        assert!(even.candidates.is_empty());
        assert_eq!(reasons(&even), ["ambiguous", "ambiguous"]);
        let mut won = tie.to_vec();
        won.push(("a.yml", "a.yaml"));
        let won = mined(&won);
        assert_eq!(won.candidates[0].replaces.as_ref().unwrap().right, "a.yaml");
        assert_eq!(reasons(&won), ["outnumbered"]);
    }

    #[test]
    fn a_pair_refuted_both_ways_says_nothing() {
        let pairs = [("a", "b"), ("b", "a"), ("a", "b"), ("b", "a")];
        let mined = mined(&pairs);
        assert!(mined.candidates.is_empty());
        assert_eq!(reasons(&mined), ["ambiguous", "ambiguous"]);
    }

    #[test]
    fn a_name_that_would_break_out_of_its_code_span_is_left_out() {
        let hostile = [("a`b", "c"), ("a`b", "c"), ("a\nb", "c"), ("a\nb", "c"), ("", "c")];
        let mined = mined(&hostile);
        assert!(mined.candidates.is_empty() && mined.waiting == 0);
    }
}
