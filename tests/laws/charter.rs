//! The charter and the loss cap over random stores: no plan leaves a forbidden change open, and
//! unattended changes stay below the cap.

use dreaming::figures::Figures;
use dreaming::kind::Kind;
use dreaming::plan::{Change, Gate};
use dreaming::policy::SettingValue;
use dreaming::{Plan, Policy, Report, Selection, canonical};
use dreaming_testing::{Host, NativeHost, Store, Variation, drive};
use proptest::prelude::*;

use crate::world::{LINES, Scene, scene};
use crate::{CALLS, apply, decision};

/// A charter over the motifs of the scenes. The statement about the linter is always in it, because
/// a correction in each scene would replace it.
#[derive(Clone, Debug)]
struct Forbidden {
    statements: Vec<&'static str>,
    kinds: Vec<&'static str>,
    paths: Vec<&'static str>,
    phrases: Vec<&'static str>,
}

const KINDS: [(&str, Kind); 3] =
    [("mistake", Kind::Mistake), ("preference", Kind::Preference), ("workflow", Kind::Workflow)];
/// A path of a charter, and whether it fits the path of a memory.
type Fits = (&'static str, fn(&str) -> bool);
const PATHS: [Fits; 3] = [
    ("learned/mistakes.md", |path| path == "learned/mistakes.md"),
    ("shop/", |path| path.starts_with("shop/")),
    ("**/w*.md", |path| path.contains("/w") && path.ends_with(".md")),
];
const PHRASES: [&str; 3] = ["without `tl`", "main branch", "fmt"];

fn forbidden() -> impl Strategy<Value = Forbidden> {
    let some = |count: usize| prop::sample::subsequence((0..count).collect::<Vec<_>>(), 0..count);
    (some(LINES.len()), some(KINDS.len()), some(PATHS.len()), some(PHRASES.len())).prop_map(
        |(statements, kinds, paths, phrases)| Forbidden {
            statements: [2].into_iter().chain(statements).map(|i| LINES[i]).collect(),
            kinds: kinds.into_iter().map(|i| KINDS[i].0).collect(),
            paths: paths.into_iter().map(|i| PATHS[i].0).collect(),
            phrases: phrases.into_iter().map(|i| PHRASES[i]).collect(),
        },
    )
}

impl Forbidden {
    fn put(&self, policy: &mut Policy) {
        let lists = [
            ("charter.statements", &self.statements),
            ("charter.kinds", &self.kinds),
            ("charter.paths", &self.paths),
            ("charter.phrases", &self.phrases),
        ];
        for (name, items) in lists {
            let items = items.iter().map(|item| (*item).to_owned()).collect();
            policy.set(name, SettingValue::Texts(items)).unwrap();
        }
    }

    /// What a change does that is forbidden, determined without the engine's charter.
    fn broken_by(&self, change: &Change) -> Option<String> {
        let path = change.path.as_str();
        let listed =
            |(item, fits): &&(&str, fn(&str) -> bool)| self.paths.contains(item) && fits(path);
        if PATHS.iter().any(|item| listed(&item)) {
            return Some(format!("it writes {path}"));
        }
        let kept = change.survivor.as_ref().map(|target| target.text.as_str());
        for statement in &self.statements {
            let goes = change.targets.iter().any(|target| target.text == *statement);
            if goes && kept.or(change.text.as_deref()) != Some(*statement) {
                return Some(format!("it takes out {statement}"));
            }
        }
        let text = change.text.as_deref()?;
        let of_kind =
            |(name, kind): &&(&str, Kind)| self.kinds.contains(name) && change.kind == Some(*kind);
        if KINDS.iter().any(|kind| of_kind(&kind)) {
            return Some("it writes a forbidden kind".into());
        }
        let says = self.phrases.iter().find(|phrase| text.contains(**phrase));
        says.map(|phrase| format!("it says {phrase}"))
    }
}

/// Observes and dreams under a policy.
fn dream(scene: &Scene, store: &mut Store, set: impl Fn(&mut Policy)) -> (Vec<u8>, Plan, Report) {
    let mut request = scene.request(CALLS);
    set(&mut request.policy);
    if let Some(revision) = NativeHost.observe(store, request.now).unwrap() {
        store.commit(&revision).unwrap();
    }
    let model = |call: &_| scene.answer(call);
    let world = scene.world(&model);
    let run = drive(&NativeHost, &request, store, &world, Variation::AS_WRITTEN).unwrap();
    let plan = Plan::from_bytes(&run.plan).unwrap();
    (run.plan, plan, canonical::from_bytes(&run.report).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_has_an_open_change_against_the_charter(scene in scene(), charter in forbidden()) {
        let mut store = scene.store();
        let before = store.clone();
        let (bytes, plan, _) = dream(&scene, &mut store, |policy| charter.put(policy));
        for change in plan.open_changes() {
            prop_assert_eq!(charter.broken_by(change), None, "{:#?}", change);
        }
        let of_charter = |change: &&Change| change.gate_reason.starts_with("charter.statements");
        let blocked = plan.changes.iter().filter(|change| change.gate == Gate::Blocked);
        prop_assert!(blocked.filter(of_charter).count() > 0, "nothing was forbidden: {:#?}", plan);
        apply(&mut store, &bytes, &decision(Selection::All, Vec::new(), plan.now));
        let stands = |store: &Store, statement: &str| {
            store.memories.iter().any(|memory| memory.text.contains(statement))
        };
        for statement in &charter.statements {
            prop_assert!(!stands(&before, statement) || stands(&store, statement), "{}", statement);
        }
    }

    #[test]
    fn what_goes_unattended_stays_below_the_loss_cap(scene in scene(), cap in 0u64..300_000) {
        let caps = |cap: u64| {
            move |policy: &mut Policy| {
                for (name, value) in [("prune.loss-entries", cap), ("prune.loss-bytes", 1_000_000)] {
                    policy.set(name, SettingValue::Integer(value)).unwrap();
                }
            }
        };
        let mut store = scene.store();
        let twice: String = ["Old orders", "New invoices", "Sold tickets", "Lent books"]
            .iter()
            .map(|what| format!("- {what} are read only.\n").repeat(2))
            .collect();
        store.write("twice.md", &twice, None);
        let gone = |plan: &Plan| {
            let auto = plan.changes.iter().filter(|change| change.gate == Gate::Auto);
            let figures = Figures::of(auto);
            figures.merged + figures.superseded + figures.retired
        };
        let (_, free, _) = dream(&scene, &mut store.clone(), caps(1_000_000));
        prop_assert!(gone(&free) > 1, "nothing would go unattended");
        let (_, plan, report) = dream(&scene, &mut store, caps(cap));
        let may = (report.entries * cap / 1_000_000).max(1);
        prop_assert!(gone(&plan) <= may, "{} of {may}", gone(&plan));
        prop_assert_eq!(gone(&plan) < gone(&free), gone(&free) > may);
    }
}
