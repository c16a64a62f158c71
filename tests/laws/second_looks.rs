//! The second look at what a model noticed: no order of answers changes a byte, what it keeps is proposed and what
//! it leaves is not, nothing is asked twice, and a broken answer leaves all waiting for the next dream.

use std::collections::BTreeSet;

use dreaming::plan::{Cause, Stage, WAITS_FOR_A_LOOK};
use dreaming::propose::{Answer, ModelCall};
use dreaming::trust::Trust;
use dreaming::{Plan, Report, Request, canonical};
use dreaming_testing::{Host, NativeHost, Run, Store, Variation, drive};
use proptest::prelude::*;
use serde_json::json;

use crate::world::{Mood, Scene, scene};
use crate::{CALLS, all, apply, cases};

/// A word for each day, so that no two sessions show one statement.
const DAYS: [&str; 10] =
    ["grey", "red", "blue", "green", "white", "black", "brown", "amber", "pink", "teal"];

fn is_look(call: &ModelCall) -> bool {
    call.schema.contains("\"keep\"")
}

/// What a tool printed, noticed twice in each session: in words that are kept and in words that are left.
fn noticed(call: &ModelCall) -> Answer {
    let day = call.prompt.split("2026-03-").nth(1).and_then(|rest| rest.get(..2)?.parse().ok());
    let word = DAYS[day.unwrap_or(0) % DAYS.len()];
    let shown = |quote: &str| {
        let mut lines = call.prompt.lines().collect::<Vec<_>>().into_iter().rev();
        lines.find(|line| *line == quote)?;
        let number: Option<u64> =
            lines.find_map(|line| line.strip_prefix('[')?.split_once(']')?.0.parse().ok());
        number
    };
    let mut proposals = Vec::new();
    for (kept, quote) in [("keeps", "rules: strict"), ("leaves", "database is up")] {
        let Some(event) = shown(quote) else { continue };
        let text = format!("On the {word} day the team {kept} it.");
        let evidence = [json!({"event": event, "to": null, "quote": quote})];
        proposals.push(json!({"kind": "fact", "text": text, "evidence": evidence}));
    }
    Answer::Text { text: json!({"summary": "", "proposals": proposals}).to_string() }
}

/// Keeps what says so.
fn keeps(call: &ModelCall) -> Answer {
    let number = |line: &str| line.strip_prefix("Statement ")?.parse::<u64>().ok();
    let lines: Vec<&str> = call.prompt.lines().collect();
    let said = lines.windows(2).filter_map(|pair| Some((number(pair[0])?, pair[1])));
    let answer =
        |(n, text): (u64, &str)| json!({"statement": n, "why": "", "keep": text.contains("keeps")});
    let answers: Vec<_> = said.map(answer).collect();
    Answer::Text { text: json!({ "answers": answers }).to_string() }
}

fn broken(mood: Mood) -> Answer {
    let text = |text: &str| Answer::Text { text: text.into() };
    match mood {
        Mood::Refuses => Answer::Refused,
        Mood::Fails => Answer::Failed { reason: "503".into() },
        Mood::Garbage => text(r#"{"answers": [{"statement": 1, "ke"#),
        Mood::Hostile | Mood::Good => text(
            r#"{"answers": [{"statement": 0, "keep": true}, {"statement": 18446744073709551615, "keep": true},
             {"statement": 1, "keep": true}, {"statement": 1, "keep": true}, {"statement": 2, "keep": "true"}, 7,
             {"statement": -1, "keep": true}, {"statement": [3], "keep": true}, {"keep": true}]}"#,
        ),
    }
}

fn run(
    scene: &Scene,
    (store, request): (&Store, &Request),
    look: &dyn Fn(&ModelCall) -> Answer,
    variation: Variation,
) -> (Run, Plan) {
    let model = |call: &ModelCall| if is_look(call) { look(call) } else { noticed(call) };
    let run = drive(&NativeHost, request, store, &scene.world(&model), variation).unwrap();
    let plan = Plan::from_bytes(&run.plan).unwrap();
    (run, plan)
}

fn calls(run: &Run) -> usize {
    run.calls.values().filter(|(call, _)| is_look(call)).count()
}

/// What a plan says because a model noticed it.
fn texts(plan: &Plan) -> BTreeSet<String> {
    let day = |text: &&str| text.starts_with("On the ");
    plan.changes.iter().filter_map(|c| c.text.as_deref()).filter(day).map(str::to_owned).collect()
}

fn rejected(plan: &Plan, stage: Stage, why: &str) -> BTreeSet<String> {
    let all = plan.rejected.iter().filter(|r| r.stage == stage && r.reason == why);
    all.map(|r| r.text.clone()).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn law_05_no_order_changes_a_byte_and_only_what_is_kept_is_proposed(scene in scene()) {
        let (mut store, request) = (scene.store(), scene.request(CALLS));
        let (first, plan) = run(&scene, (&store, &request), &keeps, Variation::AS_WRITTEN);
        prop_assert_eq!(calls(&first), 1);
        let (kept, left) = (texts(&plan), rejected(&plan, Stage::Check, "not-worth-keeping"));
        prop_assert!(kept.len() >= 2 && left.len() >= 2, "{kept:?} {left:?}");
        prop_assert!(kept.iter().all(|text| text.contains("keeps")), "{kept:?}");
        prop_assert!(left.iter().all(|text| text.contains("leaves")), "{left:?}");
        prop_assert_eq!(plan.looked.len(), kept.len() + left.len());
        let noticed = plan.changes.iter().filter(|change| change.cause == Cause::Noticed);
        prop_assert!(noticed.clone().all(|change| change.trust == Trust::External));
        let noticed: BTreeSet<String> = noticed.filter_map(|change| change.text.clone()).collect();
        for variation in Variation::ALL {
            let (again, _) = run(&scene, (&store, &request), &keeps, variation);
            prop_assert_eq!(&again.plan, &first.plan, "{}", variation.name);
            prop_assert_eq!(&again.report, &first.report, "{}", variation.name);
            prop_assert_eq!(&again.last, &first.last, "{}", variation.name);
        }
        // Made again, it holds what the model said, and no model is asked.
        let again = NativeHost.rebase(&store, &first.plan, &request.instructions).unwrap();
        prop_assert_eq!(&again, &first.plan);
        // Applied, it is asked no more, and what was left is not proposed. What only a file shows is still open,
        // because accepting all does not take it.
        apply(&mut store, &first.plan, &all(&request));
        let (after, plan) = run(&scene, (&store, &request), &keeps, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&after), texts(&plan)), (0, noticed));
    }

    #[test]
    fn law_12_what_has_no_clear_answer_waits_for_the_next_dream(scene in scene(), mood in 0usize..4) {
        let mood = [Mood::Garbage, Mood::Refuses, Mood::Fails, Mood::Hostile][mood];
        let (mut store, request) = (scene.store(), scene.request(CALLS));
        let answer = |_: &ModelCall| broken(mood);
        let (asked, plan) = run(&scene, (&store, &request), &answer, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&asked), texts(&plan)), (1, BTreeSet::new()));
        let waits = rejected(&plan, Stage::Reconcile, WAITS_FOR_A_LOOK);
        prop_assert!(waits.len() >= 4 && plan.looked.is_empty(), "{waits:?}");
        let report = canonical::from_bytes::<Report>(&asked.report).unwrap();
        prop_assert_eq!(report.calls_unanswered, u64::from(matches!(mood, Mood::Fails)));
        prop_assert!(!report.notes.iter().any(|note| note.contains("looked at again")), "{report:?}");
        let of_no_use = matches!(mood, Mood::Garbage);
        let mut looks = asked.calls.values().map(|(call, _)| call).filter(|call| is_look(call));
        let is_unusable = looks.any(|call| report.unusable.contains(&call.id));
        prop_assert!(matches!(mood, Mood::Hostile) || is_unusable == of_no_use);
        apply(&mut store, &asked.plan, &all(&request));
        let (again, plan) = run(&scene, (&store, &request), &keeps, Variation::AS_WRITTEN);
        prop_assert_eq!(calls(&again), 1);
        // No session was read, and the plan made again is the same.
        prop_assert_eq!(&NativeHost.rebase(&store, &again.plan, &request.instructions).unwrap(), &again.plan);
        let (kept, left) = (texts(&plan), rejected(&plan, Stage::Check, "not-worth-keeping"));
        prop_assert_eq!(kept.union(&left).cloned().collect::<BTreeSet<_>>(), waits);
        prop_assert!(!kept.is_empty() && !left.is_empty());
    }
}
