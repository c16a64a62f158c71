//! Two hundred dreams over one store, with new sessions every day and an occasional edit.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::plan::{Change, Operation};
use dreaming::policy::SettingValue;
use dreaming::propose::Answer;
use dreaming::time::DAY_MS;
use dreaming::{Plan, Policy, Request, Time, render};
use dreaming_testing::{Host, NativeHost, Random, Store, Transcript, Variation, World, drive};

use crate::world::{LINES, Motif, play, time};
use crate::{apply, decision, statements};

/// Sessions of a dream. There is one dream a day.
const SESSIONS: u64 = 3;

/// Lines of people in words that no session uses, so that no change of them has a cause.
const WRITTEN: [&str; 4] = [
    "The lighthouse keeper has the second key.",
    "Tea is at four.",
    "灯台の鍵は二つあります。",
    "Whoever breaks the kettle buys the next one, within 14 days.",
];

/// Lines that people add later, one after the other.
const NOTES: [&str; 9] = [
    "Gulls nest on the northern roof in May.",
    "Mr. Okafor mends nets and knows the tides.",
    "港の鐘は正午に鳴る。",
    "A dinghy without oars belongs to nobody.",
    "Salt ruins violins; keep them inland.",
    "The postman brings bread on Saturdays, never letters.",
    "Whales passed the cape before breakfast once.",
    "Paint for the railings is stored beneath the stairs.",
    "Grandmother's map shows an island that sank.",
];

struct Life {
    store: Store,
    now: Time,
    random: Random,
    policy: Policy,
    /// Everything that people wrote, which must stay in the store for ever.
    written: BTreeSet<String>,
    /// Number of sessions so far, so that each gets an id of its own.
    sessions: u64,
    changes: BTreeMap<&'static str, u64>,
}

impl Life {
    fn new(seed: u64) -> Self {
        let mut store = Store { salt: "salt".into(), ..Store::default() };
        let items = |lines: &[&str]| lines.iter().map(|l| format!("- {l}\n")).collect::<String>();
        store.write("notes.md", &items(&[&WRITTEN[..], &LINES[..4]].concat()), None);
        // A pinned memory with duplicates and a value that sessions correct.
        store.write("pinned/rules.md", &items(&[LINES[2], LINES[0], LINES[0]]), None);
        let mut policy = Policy::default();
        let mut set = |name, value| policy.set(name, SettingValue::Integer(value)).unwrap();
        // Small limits, so that they are reached long before the first check.
        set("ledger.whole-sessions", 30);
        set("ledger.known-sessions", 50);
        set("ledger.whole-retired", 20);
        set("ledger.known-retired", 40);
        set("prune.stale-days", 10);
        policy.set("pins.paths", SettingValue::Texts(vec!["pinned/".into()])).unwrap();
        let written = WRITTEN.iter().map(|line| (*line).to_owned()).collect();
        let now = time("2026-01-05T20:00:00Z");
        let changes = BTreeMap::new();
        Self { store, now, random: Random::new(seed), policy, written, sessions: 0, changes }
    }

    /// Today's sessions, with random content.
    fn today(&mut self) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
        let session = |_| {
            self.sessions += 1;
            let id = format!("session-{:05}", self.sessions);
            let start = Time::from_millis(self.now.millis() - DAY_MS / 2).to_string();
            let people = ["/home/mira/shop", "/home/jonas/shop", "/home/li/shop"];
            let mut t = Transcript::new(&id, &start).cwd(people[self.random.below(3)]);
            for _ in 0..=self.random.below(4) {
                play(&mut t, Self::motif(&mut self.random));
            }
            (id, vec![("main".to_owned(), t.bytes())])
        };
        (0..SESSIONS).map(session).collect()
    }

    fn motif(random: &mut Random) -> Motif {
        let which = u8::try_from(random.below(200)).unwrap();
        match random.below(9) {
            0 => Motif::Mistake,
            1 => Motif::WrongName,
            2 => Motif::Preference(which),
            3 => Motif::MovedUrl(which),
            4 => Motif::Workflow(which % 3),
            5 => Motif::Retry(which),
            6 => Motif::Wording(which),
            7 => Motif::Poison,
            _ => Motif::Noise(which),
        }
    }

    /// A person writes two lines, and sometimes removes one that a dream added.
    fn edit(&mut self, day: u64) {
        let line = NOTES[self.written.len() - WRITTEN.len()];
        // The second line is there already, for a dream to merge.
        let again = WRITTEN[0];
        let text = format!("{}- {line}\n- {again}\n", self.store.text("notes.md").unwrap());
        self.store.write("notes.md", &text, Some(self.now));
        self.written.insert(line.into());
        let learned = self.store.memories.iter().find(|m| m.path.starts_with("learned/"));
        if let Some(memory) = learned.filter(|_| day.is_multiple_of(2)).cloned() {
            let lines: Vec<&str> = memory.text.split_inclusive('\n').collect();
            let kept = lines.iter().enumerate().filter(|(at, _)| at + 1 < lines.len());
            let kept: String = kept.map(|(_, line)| *line).collect();
            self.store.write(&memory.path, &kept, Some(self.now));
        }
        let revision = NativeHost.observe(&self.store, self.now).unwrap().unwrap();
        self.store.commit(&revision).unwrap();
    }

    /// One day: perhaps an edit, then a dream; everything is accepted except what a reviewer
    /// rejects.
    fn day(&mut self, day: u64) {
        self.now = Time::from_millis(self.now.millis() + DAY_MS);
        if day == 1 || day.is_multiple_of(25) {
            self.edit(day);
        }
        let refuses = |_: &_| Answer::Refused;
        let world = World { sessions: self.today(), model: &refuses };
        let request = Request {
            policy: self.policy.clone(),
            instructions: String::new(),
            now: self.now,
            sessions: world.descriptors(),
            similarities: Vec::new(),
        };
        let run = drive(&NativeHost, &request, &self.store, &world, Variation::AS_WRITTEN).unwrap();
        let plan = Plan::from_bytes(&run.plan).unwrap();
        let reject = plan
            .open_changes()
            .skip(usize::try_from(day).unwrap() % 5)
            .step_by(11)
            .map(|c| c.id.clone());
        let reject: Vec<_> = reject.filter(|_| day.is_multiple_of(3)).collect();
        let decision = decision(dreaming::Selection::All, reject, self.now);
        let before = statements(&self.store);
        apply(&mut self.store, &run.plan, &decision);
        let taken: Vec<&Change> = crate::accepted(&plan, &decision);
        for change in &taken {
            *self.changes.entry(change.operation.as_str()).or_default() += 1;
        }
        // The store differs only by the accepted changes.
        let mut expected = before;
        for change in taken {
            for target in &change.targets {
                *expected.entry(target.text.clone()).or_default() -= 1;
            }
            if let (Some(text), true) = (&change.text, change.operation != Operation::Merge) {
                *expected.entry(render::rendered(text)).or_default() += 1;
            }
        }
        expected.retain(|_, count| *count != 0);
        assert_eq!(statements(&self.store), expected, "day {day}");
        for line in &self.written {
            assert!(expected.contains_key(line), "`{line}` is gone on day {day}");
        }
        assert_eq!(self.store.text("pinned/rules.md").unwrap().lines().count(), 3, "day {day}");
    }

    /// Rows of the ledger, and their bytes.
    fn size(&self) -> (usize, usize) {
        let bytes = self.store.ledger.iter().map(|row| row.key.len() + row.value.len()).sum();
        (self.store.ledger.len(), bytes)
    }
}

#[test]
fn two_hundred_dreams_keep_what_people_wrote_and_the_ledger_small() {
    let mut life = Life::new(7);
    let mut sizes = Vec::new();
    for day in 1..=200 {
        life.day(day);
        sizes.push(life.size());
    }
    for operation in ["add", "merge", "supersede", "retire"] {
        assert!(life.changes.contains_key(operation), "{:?}", life.changes);
    }
    // Lines that people added grow the ledger too: by a row of some 400 bytes each.
    let own = life.written.len() - WRITTEN.len();
    let (early, late) = (sizes[19], sizes[199]);
    assert!(late.0 <= early.0 * 2 + own, "{early:?} {late:?}");
    assert!(late.1 <= early.1 * 2 + own * 500, "{early:?} {late:?}");
    // The ledger does not grow slowly either: the last quarter is no larger than the one before.
    let most = |part: &[(usize, usize)]| part.iter().map(|size| size.1).max().unwrap();
    assert!(most(&sizes[150..]) <= most(&sizes[100..150]) * 11 / 10, "{sizes:?}");
}
