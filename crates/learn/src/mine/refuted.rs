//! Names and values that do not exist, with the one that works.

use std::collections::BTreeMap;

use dreaming_records::candidate::Replacement;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::{Refutation, SessionRecord};
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;
use dreaming_shield::attack;

use crate::extract::edits;
use crate::mine::places::Places;
use crate::mine::{Mined, words};

/// Of the sessions in which a value failed and another one took its place, this share in percent must agree
/// on which. Chosen by us: else the next try was a look elsewhere, and no cure.
const AGREED: u64 = 75;

/// What failed: what was given the value, and the value. All words that only needed quotes are one.
type Wrong<'a> = (&'a str, &'a str);

/// What is told of every word that a shell took for a pattern of file names.
const PATTERN: &str = "\0pattern";

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut groups: BTreeMap<Wrong<'_>, BTreeMap<&str, Places>> = BTreeMap::new();
    for record in records {
        for found in &record.notes.refutations {
            let Refutation { given_to, wrong, right, pins } = found;
            let is_said = |word: &str| words::is_code(word) && !attack::instructs(word);
            if wrong == right || !is_said(wrong) || !(right.is_empty() || is_said(right)) {
                continue;
            }
            let (wrong, right): (Wrong<'_>, &str) = if edits::only_quotes(wrong, right) {
                ((PATTERN, ""), "")
            } else {
                ((given_to, wrong), right)
            };
            let places = groups.entry(wrong).or_default().entry(right).or_default();
            pins.iter().for_each(|pin| places.add(record, pin));
        }
    }
    let names: Vec<(&str, &str, u64)> = groups
        .iter()
        .filter(|((given_to, _), _)| given_to.is_empty())
        .flat_map(|((_, wrong), rights)| {
            rights.iter().map(|(right, places)| (*wrong, *right, places.sessions()))
        })
        .collect();
    for ((given_to, wrong), rights) in &groups {
        let mut all = Places::default();
        rights.values().for_each(|places| all.extend(places.clone()));
        for (right, places) in rights {
            let sessions = places.sessions();
            if sessions < policy.number(&policy::RECUR_SESSIONS) {
                mined.waiting += u64::from(sessions > 0);
                continue;
            }
            let back = names.iter().filter(|(w, r, _)| w == right && r == wrong);
            let back: u64 = back.filter(|_| given_to.is_empty()).map(|(.., n)| *n).sum();
            let agreed = sessions * 100 >= (all.sessions() + back) * AGREED;
            let Some(text) = sentence((given_to, wrong), right) else { continue };
            let reason = if text.len() > policy.size(&policy::STATEMENT_BYTES) {
                "too-long"
            } else if !agreed {
                "ambiguous"
            } else {
                let kind = if given_to.is_empty() { Kind::Fact } else { Kind::Mistake };
                let trust = Trust::Verified;
                let mut found = places.candidate(kind, &text, trust, Finder::Miner, policy);
                let (wrong, right) = ((*wrong).into(), (*right).into());
                found.replaces = given_to
                    .is_empty()
                    .then_some(Replacement { wrong, right, shown: true });
                mined.candidates.push(found);
                continue;
            };
            mined.reject(reason, &text, places.kept(policy));
        }
    }
}

/// What is to be known.
fn sentence((given_to, wrong): Wrong<'_>, right: &str) -> Option<String> {
    if given_to.is_empty() {
        return Some(format!("The file is called `{right}`; `{wrong}` does not exist."));
    }
    if given_to == PATTERN {
        return Some(
            "Put words with `*`, `?` or `[` in quotes in commands: the shell here fails on those that match no \
             file, and the same calls worked with quotes."
                .into(),
        );
    }
    let tool = words::tool(given_to).filter(|tool| !attack::instructs(tool))?;
    let is_program = tool.split(' ').next() == Some(wrong);
    Some(match (is_program, right.is_empty()) {
        (true, true) => {
            format!("There is no program `{wrong}` here; the calls worked without it.")
        }
        (true, false) => {
            format!("There is no program `{wrong}` here; `{right}` worked in its place.")
        }
        (false, true) => return None,
        (false, false) => {
            format!("`{tool}` does not know `{wrong}`; `{right}` worked in its place.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, refutation, sessions};

    fn found(given_to: &str, pairs: &[(&str, &str)]) -> Mined {
        mine(
            &sessions(pairs.iter().zip(1i64..).map(|((wrong, right), day)| {
                let mut r = record(&format!("s{day}"), "alice", day);
                let given_to = given_to.into();
                r.notes.refutations =
                    vec![Refutation { given_to, ..refutation(wrong, right, day) }];
                r
            })),
            &Policy::default(),
        )
    }

    fn mined(pairs: &[(&str, &str)]) -> Mined {
        found("", pairs)
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
    fn a_value_that_a_tool_does_not_know_is_a_mistake_with_its_cure() {
        for (given_to, wrong, right, text) in [
            (
                "Bash gh api",
                "acme",
                "ACME1",
                "`gh api` does not know `acme`; `ACME1` worked in its place.",
            ),
            (
                "Bash python",
                "python",
                "python3",
                "There is no program `python` here; `python3` worked in its place.",
            ),
            (
                "Bash timeout",
                "timeout",
                "",
                "There is no program `timeout` here; the calls worked without it.",
            ),
        ] {
            let mined = found(given_to, &[(wrong, right), (wrong, right)]);
            let [found] = &mined.candidates[..] else { panic!("{mined:?}") };
            assert_eq!((found.kind, &*found.text, &found.replaces), (Kind::Mistake, text, &None));
        }
    }

    #[test]
    fn all_words_that_needed_quotes_are_one_mistake() {
        let mined = found("Bash ls", &[("app/[a]", "'app/[a]'"), ("*.x", "\"*.x\"")]);
        let [found] = &mined.candidates[..] else { panic!("{mined:?}") };
        assert!(found.text.starts_with("Put words with `*`, `?` or `[` in quotes"));
        assert_eq!(found.support.sessions, 2);
    }

    #[test]
    fn one_session_waits() {
        let mined = mined(&[("conf.yml", "conf.yaml")]);
        assert_eq!((mined.candidates.len(), mined.waiting), (0, 1));
    }

    #[test]
    fn values_on_which_sessions_do_not_agree_are_ambiguous() {
        let tie =
            [("a.yml", "a.yaml"), ("a.yml", "a.yaml"), ("a.yml", "b.yml"), ("a.yml", "b.yml")];
        let even = mined(&tie);
        assert!(even.candidates.is_empty());
        assert_eq!(reasons(&even), ["ambiguous", "ambiguous"]);
        let mut won = tie.to_vec();
        won.extend([("a.yml", "a.yaml"); 4]);
        let won = mined(&won);
        assert_eq!(won.candidates[0].replaces.as_ref().unwrap().right, "a.yaml");
        assert_eq!(reasons(&won), ["ambiguous"]);
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
