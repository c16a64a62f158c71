//! Statements that a model writes from all findings: no order of answers changes a byte, a
//! statement rests on all findings that it names and goes when they go, findings that it leaves are
//! not proposed, nothing is asked twice, and an unusable answer leaves all findings waiting for the
//! next dream.

use std::collections::BTreeSet;

use dreaming::plan::{Change, Operation, Stage, WAITS_TO_BE_WRITTEN};
use dreaming::policy::SettingValue;
use dreaming::propose::{Answer, ModelCall};
use dreaming::revision::Rewording;
use dreaming::{Plan, Report, Request, canonical};
use dreaming_testing::{Host, NativeHost, Run, Store, Variation, drive};
use proptest::prelude::*;
use serde_json::json;

use crate::world::{Mood, Scene, scene};
use crate::{CALLS, all, apply, cases};

/// A word for each day, so that no two sessions yield the same statement.
const DAYS: [&str; 10] =
    ["grey", "red", "blue", "green", "white", "black", "brown", "amber", "pink", "teal"];

/// The statement written from all findings with `keeps`.
const WRITTEN: &str = "The team keeps it, whatever the colour of the day is.";

/// A statement written from the same findings with a number that none of them has.
const MADE_UP: &str = "The team keeps it on port 9999.";

fn is_distil(call: &ModelCall) -> bool {
    call.schema.contains("\"findings\"")
}

fn request(scene: &Scene) -> Request {
    let mut request = scene.request(CALLS);
    request.policy.set("distil.max-calls", SettingValue::Integer(10)).unwrap();
    request
}

/// Two proposals from what a tool printed in each session: one with `keeps`, one with `leaves`.
fn noticed(call: &ModelCall) -> Answer {
    noticed_in(call, &[("keeps", "rules: strict"), ("leaves", "database is up")])
}

/// A proposal for each of these quotes that the call shows.
fn noticed_in(call: &ModelCall, quotes: &[(&str, &str)]) -> Answer {
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
    for &(kept, quote) in quotes {
        let Some(event) = shown(quote) else { continue };
        let text = format!("On the {word} day the team {kept} it.");
        let evidence = [json!({"event": event, "to": null, "quote": quote})];
        proposals.push(json!({"kind": "fact", "text": text, "evidence": evidence}));
    }
    Answer::Text { text: json!({"summary": "", "proposals": proposals}).to_string() }
}

/// The numbers of the findings that contain `says`.
fn findings(call: &ModelCall, says: &str) -> Vec<u64> {
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse().ok();
    let lines: Vec<&str> = call.prompt.lines().collect();
    let said = lines.windows(2).filter(|pair| pair[1].contains(says));
    said.filter_map(|pair| number(pair[0])).collect()
}

fn written(text: &str, findings: &[u64]) -> Answer {
    let one = json!({"kind": "fact", "text": text, "findings": findings, "replaces": null});
    Answer::Text { text: json!({ "statements": [one] }).to_string() }
}

/// Writes a statement from each finding with `keeps`.
fn writes_each(call: &ModelCall) -> Answer {
    let of = |word: &&str| findings(call, &format!("On the {word} day the team keeps"));
    let said =
        DAYS.iter().map(|word| (word, of(word))).filter(|(_, findings)| !findings.is_empty());
    let statement = |(word, findings): (&&str, Vec<u64>)| {
        let text = format!("The team keeps it on the {word} day.");
        // Some belong to a line of the memory.
        let after = (word.len() % 2 == 0).then_some(1);
        json!({"kind": "fact", "text": text, "findings": findings, "replaces": null, "after": after})
    };
    let all: Vec<serde_json::Value> = said.map(statement).collect();
    Answer::Text { text: json!({ "statements": all }).to_string() }
}

/// The statements in a store that come from a model.
fn lines(store: &Store) -> BTreeSet<String> {
    let lines = store.memories.iter().flat_map(|memory| memory.text.lines());
    let lines = lines.filter_map(|line| line.strip_prefix("- "));
    lines.filter(|line| line.starts_with("The team ")).map(str::to_owned).collect()
}

/// Accepts all that a plan does about statements of a model.
fn accept(store: &mut Store, plan: &[u8], request: &Request) {
    let changes = Plan::from_bytes(plan).unwrap().changes;
    let by_model = changes.iter().filter(|change| {
        let targets = change.targets.iter().map(|target| target.text.as_str());
        targets.chain(change.text.as_deref()).any(|text| text.starts_with("The team "))
    });
    let only = dreaming::Selection::Only(by_model.map(|change| change.id.clone()).collect());
    apply(store, plan, &crate::decision(only, Vec::new(), request.now));
}

/// Writes one statement from all findings with `keeps`.
fn writes(call: &ModelCall) -> Answer {
    written(WRITTEN, &findings(call, "keeps"))
}

fn broken(mood: Mood) -> Answer {
    let text = |text: &str| Answer::Text { text: text.into() };
    match mood {
        Mood::Refuses => Answer::Refused,
        Mood::Fails => Answer::Failed { reason: "503".into() },
        Mood::Garbage | Mood::Hostile | Mood::Good => {
            text(r#"{"statements": [{"kind": "fact", "text": "It is s"#)
        }
    }
}

fn run(
    scene: &Scene,
    (store, request): (&Store, &Request),
    answer: &dyn Fn(&ModelCall) -> Answer,
    variation: Variation,
) -> (Run, Plan) {
    let model = |call: &ModelCall| if is_distil(call) { answer(call) } else { noticed(call) };
    let run = drive(&NativeHost, request, store, &scene.world(&model), variation).unwrap();
    let plan = Plan::from_bytes(&run.plan).unwrap();
    (run, plan)
}

fn calls(run: &Run) -> usize {
    run.calls.values().filter(|(call, _)| is_distil(call)).count()
}

/// The texts in a plan that come from a model.
fn texts(plan: &Plan) -> BTreeSet<String> {
    let by_model = |text: &&str| text.starts_with("On the ") || text.starts_with("The team ");
    let texts = plan.changes.iter().filter_map(|change| change.text.as_deref());
    texts.filter(by_model).map(str::to_owned).collect()
}

fn rejected(plan: &Plan, stage: Stage, why: &str) -> BTreeSet<String> {
    let all = plan.rejected.iter().filter(|r| r.stage == stage && r.reason == why);
    all.map(|r| r.text.clone()).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn law_05_no_order_changes_a_byte_and_what_is_written_stands_on_all_that_it_names(scene in scene()) {
        let (mut store, request) = (scene.store(), request(&scene));
        let (first, plan) = run(&scene, (&store, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!(calls(&first), 1);
        prop_assert_eq!(texts(&plan), BTreeSet::from([WRITTEN.to_owned()]));
        prop_assert_eq!(plan.distilled.len(), 1);
        let named = plan.distilled[0].findings.len();
        let change = plan.changes.iter().find(|change| change.text.as_deref() == Some(WRITTEN)).unwrap();
        prop_assert!(named >= 2 && change.evidence.len() >= 2, "{change:?}");
        let left = rejected(&plan, Stage::Check, "not-worth-keeping");
        prop_assert!(left.len() >= 2 && left.iter().all(|text| text.contains("leaves")), "{left:?}");
        prop_assert_eq!(plan.looked.len(), left.len());
        for variation in Variation::ALL {
            let (again, _) = run(&scene, (&store, &request), &writes, variation);
            prop_assert_eq!(&again.plan, &first.plan, "{}", variation.name);
            prop_assert_eq!(&again.report, &first.report, "{}", variation.name);
            prop_assert_eq!(&again.last, &first.last, "{}", variation.name);
        }
        // A rebase uses the recorded answers, and no model is asked.
        let again = NativeHost.rebase(&store, &first.plan, &request.instructions).unwrap();
        prop_assert_eq!(&again, &first.plan);
        // If nothing is accepted, it is proposed again without another call; once accepted, it is
        // in the store.
        let mut open = store.clone();
        apply(&mut open, &first.plan, &crate::decision(dreaming::Selection::Auto, Vec::new(), request.now));
        let (after, plan) = run(&scene, (&open, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&after), texts(&plan)), (0, BTreeSet::from([WRITTEN.to_owned()])));
        let only = dreaming::Selection::Only(vec![change.id.clone()]);
        apply(&mut store, &first.plan, &crate::decision(only, Vec::new(), request.now));
        prop_assert!(store.memories.iter().any(|memory| memory.text.contains(WRITTEN)));
        let (after, plan) = run(&scene, (&store, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&after), texts(&plan)), (0, BTreeSet::new()));
        // When the sessions behind it are withdrawn, it is no longer proposed.
        let mut without = request.clone();
        let gone = request.sessions.iter().map(|session| session.id.to_string()).collect();
        without.policy.set("evidence.withdrawn", SettingValue::Texts(gone)).unwrap();
        let (_, plan) = run(&scene, (&open, &without), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!(texts(&plan), BTreeSet::new());
    }

    #[test]
    fn what_is_written_does_not_depend_on_room_and_comes_when_there_is_some(scene in scene()) {
        let (mut store, request) = (scene.store(), request(&scene));
        // The quotes are a person's words, so that accepting all includes the changes.
        let said = [("keeps", "Please look at the failing build.")];
        let model = |call: &ModelCall| if is_distil(call) { writes(call) } else { noticed_in(call, &said) };
        let world = scene.world(&model);
        let dream = |store: &Store, request: &Request| {
            let run = drive(&NativeHost, request, store, &world, Variation::AS_WRITTEN).unwrap();
            let plan = Plan::from_bytes(&run.plan).unwrap();
            (run, plan)
        };
        let (free, plan) = dream(&store, &request);
        prop_assert!(plan.changes.iter().any(|change| change.text.as_deref() == Some(WRITTEN) && !change.alone));
        let mut narrow = request.clone();
        narrow.policy.set("learn.tokens", SettingValue::Integer(1)).unwrap();
        let (full, plan) = dream(&store, &narrow);
        prop_assert!(full.calls == free.calls && calls(&full) == 1);
        prop_assert_eq!(texts(&plan), BTreeSet::new());
        prop_assert!(rejected(&plan, Stage::Prune, "no-room").contains(WRITTEN));
        prop_assert_eq!(plan.distilled.len(), 1);
        // The written statements are in the ledger, so nothing is asked when there is room again.
        apply(&mut store, &full.plan, &all(&request));
        let (after, plan) = dream(&store, &narrow);
        prop_assert_eq!((calls(&after), texts(&plan)), (0, BTreeSet::new()));
        prop_assert!(rejected(&plan, Stage::Prune, "no-room").contains(WRITTEN));
        let (after, plan) = dream(&store, &request);
        prop_assert_eq!((calls(&after), texts(&plan)), (0, BTreeSet::from([WRITTEN.to_owned()])));
    }

    #[test]
    fn law_12_what_has_no_clear_answer_waits_for_the_next_dream(scene in scene(), mood in 0usize..3) {
        let mood = [Mood::Garbage, Mood::Refuses, Mood::Fails][mood];
        let (mut store, request) = (scene.store(), request(&scene));
        let answer = |_: &ModelCall| broken(mood);
        let (asked, plan) = run(&scene, (&store, &request), &answer, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&asked), texts(&plan)), (1, BTreeSet::new()));
        let waits = rejected(&plan, Stage::Reconcile, WAITS_TO_BE_WRITTEN);
        prop_assert!(waits.len() >= 4 && plan.looked.is_empty() && plan.distilled.is_empty(), "{waits:?}");
        let report = canonical::from_bytes::<Report>(&asked.report).unwrap();
        prop_assert_eq!(report.calls_unanswered, u64::from(matches!(mood, Mood::Fails)));
        apply(&mut store, &asked.plan, &all(&request));
        let (again, plan) = run(&scene, (&store, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&again), texts(&plan)), (1, BTreeSet::from([WRITTEN.to_owned()])));
        // No session was read, and a rebase gives the same plan.
        prop_assert_eq!(&NativeHost.rebase(&store, &again.plan, &request.instructions).unwrap(), &again.plan);
    }

    #[test]
    fn law_12_what_no_finding_says_is_turned_down_and_the_best_of_its_findings_stands_for_itself(scene in scene()) {
        let (store, request) = (scene.store(), request(&scene));
        let makes_up = |call: &ModelCall| written(MADE_UP, &findings(call, "keeps"));
        let (_, plan) = run(&scene, (&store, &request), &makes_up, Variation::AS_WRITTEN);
        prop_assert_eq!(rejected(&plan, Stage::Check, "unsupported-value"), BTreeSet::from([MADE_UP.to_owned()]));
        let kept = texts(&plan);
        prop_assert!(kept.len() == 1 && kept.iter().all(|text| text.contains("keeps")), "{kept:?}");
        prop_assert!(plan.distilled.is_empty());
        let no_such = |_: &ModelCall| written(WRITTEN, &[u64::MAX]);
        let (_, plan) = run(&scene, (&store, &request), &no_such, Variation::AS_WRITTEN);
        prop_assert_eq!(rejected(&plan, Stage::Check, "no-such-finding"), BTreeSet::from([WRITTEN.to_owned()]));
        prop_assert_eq!(texts(&plan), BTreeSet::new());
    }

    #[test]
    fn what_dreams_in_any_split_wrote_becomes_what_one_dream_writes_when_it_is_written_anew(scene in scene(), at in any::<prop::sample::Index>()) {
        let (mut one, request) = (scene.store(), request(&scene));
        let mut split = one.clone();
        let (dreamt, _) = run(&scene, (&one, &request), &writes, Variation::AS_WRITTEN);
        accept(&mut one, &dreamt.plan, &request);
        prop_assert_eq!(lines(&one), BTreeSet::from([WRITTEN.to_owned()]));
        let (first, second) = request.sessions.split_at(at.index(request.sessions.len()));
        for sessions in [first, second] {
            let part = Request { sessions: sessions.to_vec(), ..request.clone() };
            let (dreamt, _) = run(&scene, (&split, &part), &writes_each, Variation::AS_WRITTEN);
            accept(&mut split, &dreamt.plan, &request);
        }
        prop_assert!(lines(&split).len() >= 2 && !lines(&split).contains(WRITTEN), "{:?}", lines(&split));
        let mut anew = request.clone();
        anew.policy.set("distil.anew", SettingValue::Switch(true)).unwrap();
        let (dreamt, plan) = run(&scene, (&split, &anew), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!(calls(&dreamt), 1);
        for variation in Variation::ALL {
            let (again, _) = run(&scene, (&split, &anew), &writes, variation);
            prop_assert_eq!(&again.plan, &dreamt.plan, "{}", variation.name);
        }
        // Nothing is lost when nothing is accepted, and nothing goes before the statement is there.
        let mut open = split.clone();
        apply(&mut open, &dreamt.plan, &crate::decision(dreaming::Selection::Only(Vec::new()), Vec::new(), request.now));
        prop_assert_eq!(lines(&open), lines(&split));
        let (after, _) = run(&scene, (&open, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!(calls(&after), 0);
        accept(&mut open, &after.plan, &request);
        // What moved into the statement goes only together with it.
        let statement = plan.changes.iter().find(|change| change.text.as_deref() == Some(WRITTEN)).unwrap();
        let moved: Vec<&Change> = plan.changes.iter().filter(|change| !change.needs.is_empty()).collect();
        prop_assert!(!moved.is_empty() && moved.iter().all(|change| change.needs == [statement.id.clone()]));
        for change in &moved {
            let only = crate::decision(dreaming::Selection::Only(vec![change.id.clone()]), Vec::new(), request.now);
            let failure = NativeHost.apply(&split, &dreamt.plan, &only).unwrap_err();
            prop_assert_eq!(failure.case.as_str(), "invalid-request");
        }
        let mut without = split.clone();
        let others = crate::decision(dreaming::Selection::All, vec![statement.id.clone()], request.now);
        apply(&mut without, &dreamt.plan, &others);
        prop_assert_eq!(lines(&without), lines(&split));
        // In words of the reviewer the statement stands for nothing else.
        let mut reworded = crate::decision(dreaming::Selection::All, Vec::new(), request.now);
        reworded.edits = vec![Rewording { change: statement.id.clone(), text: "The team does.".into() }];
        let mut other = split.clone();
        apply(&mut other, &dreamt.plan, &reworded);
        let stay: BTreeSet<String> = moved.iter().flat_map(|change| &change.targets).map(|t| t.text.to_string()).collect();
        prop_assert!(stay.is_subset(&lines(&other)) && lines(&other).contains("The team does."), "{:?}", lines(&other));
        // What the model left goes only with something that it wrote.
        let but_one = |call: &ModelCall| written(WRITTEN, &findings(call, "keeps")[1..]);
        let (left, plan) = run(&scene, (&split, &anew), &but_one, Variation::AS_WRITTEN);
        let statement = plan.changes.iter().find(|change| change.text.as_deref() == Some(WRITTEN)).unwrap();
        prop_assert!(plan.changes.iter().any(|change| change.operation == Operation::Retire && change.needs == [statement.id.clone()]));
        let mut without = split.clone();
        let others = crate::decision(dreaming::Selection::All, vec![statement.id.clone()], request.now);
        apply(&mut without, &left.plan, &others);
        prop_assert_eq!(lines(&without), lines(&split));
        accept(&mut split, &dreamt.plan, &anew);
        prop_assert_eq!(lines(&split), lines(&one));
        prop_assert_eq!(lines(&open), lines(&one));
        let (last, plan) = run(&scene, (&split, &request), &writes, Variation::AS_WRITTEN);
        prop_assert_eq!((calls(&last), texts(&plan)), (0, BTreeSet::new()));
    }
}
