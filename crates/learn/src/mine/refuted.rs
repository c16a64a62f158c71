//! File names and values that do not exist, with those that work instead.

use dreaming_records::candidate::Replacement;
use dreaming_records::evidence::{Evidence, Pin};
use dreaming_records::kind::Kind;
use dreaming_records::notes::Refutation;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::{Groups, Set, sort};

use crate::mine::pattern_places::Places;
use crate::mine::span::Span;
use crate::mine::{Mined, pattern_words};

/// Share of the sessions, in percent, in which a wrong value must have been replaced by the same
/// right one. Chosen by us: below it, the next call just tried something else.
const AGREED: u64 = 75;

/// Most values that one statement names. Chosen by us: three show what is meant.
const MOST_NAMED: usize = 3;

/// The places that refute one file name or value.
struct Refuted<'a> {
    /// The values that failed.
    wrong: Set<&'a str>,
    /// The fields, settings or options that had these values.
    given_as: Set<&'a str>,
    places: Places<'a>,
    /// The places that show the failed calls.
    failures: Places<'a>,
}

impl<'a> Refuted<'a> {
    fn of(found: impl Iterator<Item = &'a (&'a SessionRecord, &'a Refutation)> + Clone) -> Self {
        let places = |(record, found): &(&'a SessionRecord, &'a Refutation)| {
            let record = *record;
            found.pins.iter().map(move |pin| (record, pin))
        };
        Self {
            wrong: Set::of(found.clone().map(|(_, found)| &*found.wrong)),
            given_as: Set::of(found.clone().map(|(_, found)| &*found.given_as)),
            places: Places::of(found.clone().flat_map(places)),
            failures: Places::of(
                found.filter_map(|(record, found)| Some((*record, found.pins.first()?))),
            ),
        }
    }

    /// The evidence that the policy lets an entry keep, failures first.
    fn kept(&self, policy: &Policy) -> Vec<Evidence> {
        let mut kept = self.failures.kept(policy);
        for piece in self.places.kept(policy) {
            if kept.len() < policy.size(&policy::MAX_EVIDENCE) && !kept.contains(&piece) {
                kept.push(piece);
            }
        }
        sort::all(&mut kept);
        kept
    }
}

/// Where a wrong value was replaced, by the tool or step and the value.
type Failed<'a> = Groups<(&'a str, &'a str), (&'a SessionRecord, &'a Pin)>;

/// What a refutation is about. All refutations of one sort become one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort<'a> {
    /// A file name: the wrong one, the right one.
    File(&'a str, &'a str),
    /// A value: the tool or step, the value that worked, and the value that failed. The last is
    /// empty when a field, setting or option is named, because the values that failed there are all
    /// guesses at one thing.
    Value(&'a str, &'a str, &'a str),
}

impl<'a> Sort<'a> {
    fn of(found: &'a Refutation) -> Self {
        let Refutation { given_to, given_as, wrong, right, .. } = found;
        if given_to.is_empty() {
            Self::File(wrong, right)
        } else {
            Self::Value(given_to, right, if given_as.is_empty() { wrong } else { "" })
        }
    }
}

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let mut all = Vec::new();
    let mut failed = Vec::new();
    for record in records {
        for found in &record.notes.refutations {
            let Refutation { given_to, wrong, right, pins, .. } = found;
            let is_said = |word: &str| pattern_words::is_code(word) && !attack::instructs(word);
            if wrong == right || !is_said(wrong) || !(right.is_empty() || is_said(right)) {
                continue;
            }
            all.push((Sort::of(found), (*record, found)));
            failed.extend(pins.iter().map(|pin| ((&**given_to, &**wrong), (*record, pin))));
        }
    }
    let span = Span::of(records);
    let (all, failed) = (Groups::of(all), Failed::of(failed));
    for (sort, found) in all.iter() {
        let refuted = &Refuted::of(found);
        let sessions = refuted.places.sessions();
        // A refuted file name stays true even when nobody gets it wrong any more.
        let is_over = !matches!(sort, Sort::File(..)) && span.is_over(&refuted.places.origins());
        if sessions < policy.number(&policy::RECUR_SESSIONS) || is_over {
            mined.waiting += u64::from(sessions > 0);
            continue;
        }
        let Some(text) = sentence(*sort, refuted) else { continue };
        if !is_agreed(*sort, refuted, &failed)
            && text.len() <= policy.size(&policy::STATEMENT_BYTES)
        {
            mined.reject("ambiguous", &text, refuted.places.kept(policy));
            continue;
        }
        let (kind, replaces) = match *sort {
            Sort::File(wrong, right) => {
                let (wrong, right) = (wrong.into(), right.into());
                (Kind::Fact, Some(Replacement { wrong, right, shown: true }))
            }
            _ => (Kind::Mistake, None),
        };
        let mut found = refuted.places.candidate(kind, &text, policy);
        (found.replaces, found.trust) = (replaces, Trust::Verified);
        found.evidence = refuted.kept(policy);
        mined.take(found, policy.size(&policy::STATEMENT_BYTES));
    }
}

/// Whether most sessions agree on what replaces the wrong values, and none says the opposite.
fn is_agreed(sort: Sort<'_>, refuted: &Refuted<'_>, failed: &Failed<'_>) -> bool {
    let (given_to, right) = match sort {
        Sort::File(_, right) => ("", right),
        Sort::Value(given_to, right, _) => (given_to, right),
    };
    let values = refuted.wrong.iter().chain([&right]);
    let all = Places::of(values.flat_map(|wrong| failed.get(&(given_to, *wrong)).copied()));
    refuted.places.sessions() * 100 >= all.sessions() * AGREED
}

/// The statement for these places.
fn sentence(sort: Sort<'_>, refuted: &Refuted<'_>) -> Option<String> {
    let tool = |name: &str| pattern_words::tool(name).filter(|tool| !attack::instructs(tool));
    let wrong = listed(&refuted.wrong);
    Some(match sort {
        Sort::File(wrong, right) => {
            format!("The file is called `{right}`; `{wrong}` does not exist.")
        }
        Sort::Value(given_to, right, _) => {
            let tool = tool(given_to)?;
            let program = tool.split(' ').next().unwrap_or(&tool);
            let place = if refuted.wrong.len() == 1 { "its" } else { "their" };
            match (refuted.wrong.iter().all(|wrong| *wrong == program), right.is_empty()) {
                (true, true) => {
                    format!("There is no program {wrong} here; the calls worked without it.")
                }
                (true, false) => {
                    format!("There is no program {wrong} here; `{right}` worked in its place.")
                }
                (false, true) => return None,
                (false, false) => {
                    let mut given_as = refuted.given_as.iter();
                    let only = given_as.next().filter(|_| given_as.next().is_none());
                    let known = only
                        .filter(|name| pattern_words::is_code(name) && !attack::instructs(name));
                    let known = known.map_or_else(String::new, |name| format!(" as `{name}`"));
                    format!(
                        "`{tool}` does not know {wrong}{known}; `{right}` worked in {place} place."
                    )
                }
            }
        }
    })
}

/// The first values of a list, as words.
fn listed(values: &Set<&str>) -> String {
    let named: Vec<String> = values.iter().take(MOST_NAMED).map(|v| format!("`{v}`")).collect();
    match named.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => named.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, refutation, sessions};
    use dreaming_records::trust::Provenance;

    fn found(given_to: &str, pairs: &[(&str, &str)]) -> Mined {
        mine(
            &sessions(pairs.iter().zip(1i64..).map(|((wrong, right), day)| {
                let mut r = record(&format!("s{day}"), "alice", day);
                let (given_to, given_as) = (given_to.into(), "owner".into());
                r.notes.refutations =
                    vec![Refutation { given_to, given_as, ..refutation(wrong, right, day) }];
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
    fn the_failures_are_quoted_before_the_calls() {
        for (sessions, failed, calls) in [(2, 2, 4), (6, 6, 2), (9, 8, 0)] {
            let records = (1..=sessions).map(|day| {
                let mut r = record(&format!("s{day}"), "alice", day);
                let mut found = refutation("conf.yml", "conf.yaml", day);
                found.pins.push(Pin { line: 2, ..found.pins[1].clone() });
                r.notes.refutations = vec![found];
                r
            });
            let mined = mine(&dreaming_fixtures::sessions(records), &Policy::default());
            let [found] = &mined.candidates[..] else { panic!("{mined:?}") };
            let quoted = |of| found.evidence.iter().filter(|piece| piece.provenance == of).count();
            let quoted = (quoted(Provenance::ToolResult), quoted(Provenance::ToolUse));
            assert_eq!(quoted, (failed, calls));
            assert!(found.evidence.is_sorted());
        }
    }

    #[test]
    fn a_value_that_a_tool_does_not_know_is_a_mistake_with_its_cure() {
        for (given_to, wrong, right, text) in [
            (
                "Bash gh api",
                "acme",
                "ACME1",
                "`gh api` does not know `acme` as `owner`; `ACME1` worked in its place.",
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
    fn one_right_value_for_several_wrong_ones_is_one_mistake() {
        let mined = found("Bash gh api", &[("acme", "ACME1"), ("acme-shop", "ACME1")]);
        let [found] = &mined.candidates[..] else { panic!("{mined:?}") };
        assert_eq!(
            found.text,
            "`gh api` does not know `acme` and `acme-shop` as `owner`; `ACME1` worked in their place."
        );
    }

    #[test]
    fn what_is_called_next_after_several_wrong_names_is_no_cure_of_them() {
        let records = [("fix-a", 1), ("fix-b", 2)].map(|(wrong, day)| {
            let mut r = record(&format!("s{day}"), "alice", day);
            let given_to = "Bash git checkout".into();
            r.notes.refutations = vec![Refutation { given_to, ..refutation(wrong, "main", day) }];
            r
        });
        let mined = mine(&sessions(records), &Policy::default());
        assert_eq!((mined.candidates.len(), mined.waiting), (0, 2));
    }

    #[test]
    fn what_nobody_gets_wrong_any_more_is_not_said() {
        let of = |first: i64| {
            sessions((0..20).map(|day| {
                let mut r = record(&format!("s{day:02}"), "alice", day);
                if (first..first + 3).contains(&day) {
                    let given_to = "Bash python".into();
                    let found = Refutation { given_to, ..refutation("python", "python3", day) };
                    r.notes.refutations = vec![found];
                }
                r
            }))
        };
        assert_eq!(mine(&of(17), &Policy::default()).candidates.len(), 1);
        let long_ago = mine(&of(0), &Policy::default());
        assert_eq!((long_ago.candidates.len(), long_ago.waiting), (0, 1));
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
