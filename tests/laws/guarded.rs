//! Law 7 with guards: a host's measure calls two statements alike, or a model calls them the same.
//! The pairs are written down here, so that no guard checks itself.

use dreaming::ledger::{EntryRecord, Support};
use dreaming::outcome::Credit;
use dreaming::pair::{self, Comparison};
use dreaming::plan::Operation;
use dreaming::policy::SettingValue as Setting;
use dreaming::propose::{Answer, ModelCall};
use dreaming::statements::{Similarity, Statement, Statements, Tie, reconcile};
use dreaming::trust::Trust;
use dreaming::{Plan, canonical, markdown};
use dreaming_testing::{Host, NativeHost, Variation, drive};
use proptest::prelude::*;
use serde_json::json;

use crate::CALLS;
use crate::compare::is_compare;
use crate::world::scene;

/// Differences that must keep two statements apart: for each, a kind, a sentence with a gap, and
/// values for the gap that differ in just this way. One row for each way in which a guard can fire.
const APART: [(&str, &str, &[&str]); 18] = [
    ("code", "The linter reads `{}`", &["lintSpec", "ruleBook", "styles"]),
    ("path", "The painter reads {}", &["rules.toml", "style.toml", "docs/paint.md"]),
    ("name", "The keys hang beside the desk of {}", &["Alice", "Bob", "Mira"]),
    (
        "compound",
        "The parcels are packed by the {}",
        &["mail-worker", "mail-sorter", "shop-keeper"],
    ),
    ("date", "The sale of lamps starts on {}", &["2026-06-15", "2026-06-16", "2027-06-15"]),
    ("version", "The build needs the compiler {}", &["18.2.0", "18.3.0", "v17"]),
    ("id", "Green crates are packed by {}", &["mw2", "mw3", "kx3"]),
    ("number", "Keep each function under {} lines", &["40", "60", "6"]),
    ("unit", "The worker waits 10 {}", &["ms", "min", "hours"]),
    ("quoted", "The sign above the door says \"{}\"", &["welcome", "closed", "ring twice"]),
    ("flag", "Run the nightly export with {}", &["--fast", "--force", "-v", "-V", "care"]),
    ("link", "The rules for samples are those of {}", &["[[crates]]", "[[letters]]", "crates"]),
    ("negation", "The invoices are {} sent by hand", &["not", "mostly"]),
    ("sign", "发票{}交给税务顾问", &["不要", "要"]),
    ("modality", "Each letter {} go through the gate", &["must", "may", "should"]),
    ("opposite", "Weigh the crates {} the samples", &["before", "after"]),
    ("turned", "The scales are {} to guests", &["available", "unavailable"]),
    (
        "order",
        "The {} whenever a crate is wet",
        &["baker calls the joiner", "joiner calls the baker"],
    ),
];

/// Endings for the sentences, long enough that the differing value is not that of a short clause.
/// Several rows may share an ending.
const ENDS: [&str; 3] = [
    "wherever the old house beside the quiet river keeps spare lamps, empty jars, brown paper, copper wire, wool and chalk",
    "as long as snow covers the narrow road that leads over seven hills, past the mill, the forge, the orchard and a bridge",
    "since our grandmother taught every cousin how bread, honey, salt, pepper, vinegar, plums and barley get stored over winter",
];

/// Two statements that say the same without a common word: only meaning connects them.
const SAME: [&str; 2] = [
    "Backups run nightly towards the second data centre",
    "After midnight everything gets copied elsewhere, onto site two",
];

/// Two statements of each row, chosen by the numbers.
fn pairs(chosen: &[(usize, usize, usize)]) -> Vec<(&'static str, [String; 2])> {
    type Row = (&'static str, &'static str, &'static [&'static str]);
    let pair = |((kind, sentence, values), (first, step, end)): (&Row, &(usize, usize, usize))| {
        let other = first + 1 + step % (values.len() - 1);
        let of = |at: usize| {
            let said = sentence.replace("{}", values[at % values.len()]);
            format!("{said} {}.", ENDS[end % ENDS.len()])
        };
        (*kind, [of(*first), of(other)])
    };
    APART.iter().zip(chosen).map(pair).collect()
}

fn chosen() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0usize..60, 0usize..60, 0usize..3), APART.len())
}

fn statement(id: String, text: &str) -> Statement {
    Statement {
        id,
        text: text.into(),
        headings: String::new(),
        subject: None,
        principal: None,
        said: None,
        trust: Trust::User,
        support: Support::default(),
        credit: Credit::default(),
        pinned: false,
    }
}

/// The answer to a question about pairs: the pairs given here are the same, all others are
/// independent.
fn said(call: &ModelCall, pairs: &[(&str, [String; 2])]) -> Answer {
    let same = |asked: &str| {
        pairs.iter().any(|(_, [a, b])| {
            let asks = |text: &String| asked.lines().any(|line| line.trim_ascii() == text);
            asks(a) && asks(b)
        })
    };
    let answer = |asked: &str| {
        let number: u64 = asked.lines().next()?.trim_ascii().parse().ok()?;
        let is = if same(asked) { "same" } else { "independent" };
        Some(json!({"pair": number, "is": is, "lost": null}))
    };
    let answers: Vec<_> = call.prompt.split("Pair ").skip(1).filter_map(answer).collect();
    Answer::Text { text: json!({ "answers": answers }).to_string() }
}

proptest! {
    #![proptest_config(crate::cases(8))]

    #[test]
    fn law_07_no_measure_of_a_host_lifts_a_guard(chosen in chosen()) {
        let mut pairs = pairs(&chosen);
        pairs.push(("", SAME.map(str::to_owned)));
        for measured in [false, true] {
            let mut all = Statements::default();
            for (at, (_, texts)) in pairs.iter().enumerate() {
                let ids = [0, 1].map(|side| format!("{at:02}-{side}"));
                let [a, b] = ids.clone();
                let page = ids.into_iter().zip(texts).map(|(id, text)| statement(id, text));
                all.add(page.collect()).unwrap();
                if measured {
                    all.add_similarities(vec![Similarity { a, b, similarity: 990_000 }]).unwrap();
                }
            }
            let ties = reconcile(&all).unwrap();
            let found: Vec<_> = ties
                .iter()
                .map(|pair| (&pairs[pair.older[..2].parse::<usize>().unwrap()], pair.judgement.reason))
                .collect();
            // The one pair without a guard, which shows that hints work and that guards keep the
            // others apart.
            prop_assert_eq!(found.len(), usize::from(measured), "{:#?}", found);
            prop_assert!(found.iter().all(|((kind, _), reason)| kind.is_empty() && *reason == "similar"));
            prop_assert!(ties.iter().all(|pair| pair.tie == Tie::Same));
        }
    }

    #[test]
    fn law_07_no_answer_of_a_model_lifts_a_guard(scene in scene(), chosen in chosen()) {
        let mut pairs = pairs(&chosen);
        // Differences of modality are left to the model, so they are not in this test.
        pairs.retain(|(kind, _)| *kind != "modality");
        pairs.push(("", SAME.map(str::to_owned)));
        let mut store = scene.store();
        let lines: String =
            pairs.iter().flat_map(|(_, texts)| texts).map(|text| format!("- {text}\n")).collect();
        store.write("guarded.md", &lines, None);
        let written: Vec<String> = markdown::pieces(&lines).into_iter().map(|piece| piece.text).collect();
        prop_assert!(pairs.iter().flat_map(|(_, texts)| texts).eq(&written));
        let mut request = scene.request(CALLS);
        request.policy.set("compare.max-calls", Setting::Integer(1000)).unwrap();
        let revision = NativeHost.observe(&store, request.now).unwrap().unwrap();
        store.commit(&revision).unwrap();
        let rows = store.ledger.iter().filter(|row| row.key.starts_with("entry/"));
        let entries: Vec<EntryRecord> =
            rows.map(|row| canonical::from_bytes(&row.value).unwrap()).collect();
        let id = |text: &String| entries.iter().find(|e| e.text == *text).unwrap().id.clone();
        for (_, [a, b]) in &pairs {
            request.similarities.push(pair::Similarity { a: id(a), b: id(b), similarity: 990_000 });
        }
        let model = |call: &ModelCall| match is_compare(call) {
            true => said(call, &pairs),
            false => scene.answer(call),
        };
        let run = drive(&NativeHost, &request, &store, &scene.world(&model), Variation::AS_WRITTEN).unwrap();
        let plan = Plan::from_bytes(&run.plan).unwrap();
        // All pairs were asked about, and all answers recorded.
        let same = plan.compared.iter().filter(|pair| pair.said == Comparison::Same).count();
        prop_assert_eq!(same, pairs.len());
        let merges: Vec<_> = plan
            .changes
            .iter()
            .filter(|change| change.operation == Operation::Merge && change.path.as_str() == "guarded.md")
            .collect();
        prop_assert_eq!(merges.len(), 1, "{:#?}", merges);
        prop_assert!(SAME.contains(&&*merges[0].targets[0].text));
    }
}
