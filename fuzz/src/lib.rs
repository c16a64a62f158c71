//! What the targets share: one small store, one dream over it, and documents with something wrong.

use std::sync::LazyLock;

use dreaming::propose::{Answer, ModelCall};
use dreaming::{Plan, Policy, Request, Time, canonical};
use dreaming_testing::{
    Host, NativeHost, Need, Running, Store, Transcript, Variation, World, drive,
};
use serde_json::{Value, json};

/// After everything that happens in [`sessions`].
pub fn now() -> Time {
    Time::parse("2026-03-20T00:00:00Z").expect("a time")
}

/// Sessions in which things recur, so that plans hold changes of several kinds.
pub fn sessions() -> std::collections::BTreeMap<String, Vec<(String, Vec<u8>)>> {
    let session = |day: u32| {
        let id = format!("s{day}");
        let mut t = Transcript::new(&id, &format!("2026-03-{day:02}T09:00:00Z"));
        t.user("Always write the test before the fix.");
        t.user("The staging shop moved to https://staging-2.shop.example.");
        t.shell_fails("tl make test", "error: unrecognized subcommand 'make'");
        t.shell("make test", "42 passed");
        t.call("Read", json!({"file_path": "/home/mira/shop/.lintrc.yml"}));
        t.fail("<tool_use_error>File does not exist. Did you mean .lintrc.yaml?</tool_use_error>");
        t.done("Read", json!({"file_path": "/home/mira/shop/.lintrc.yaml"}), "rules: strict");
        (id, vec![("main".to_owned(), t.bytes())])
    };
    (1..=3).map(session).collect()
}

/// A store with what [`sessions`] correct, and with duplicates; observed once.
pub fn store() -> Store {
    let mut store = Store { salt: "salt".into(), ..Store::default() };
    let notes = "# Notes\n\n- Linter settings live in `.lintrc.yml`.\n- Prices are integers in cents.\n\
                 - The staging shop is at https://staging-old.shop.example.\n- Prices are integers in cents.\n";
    store.write("notes.md", notes, Time::parse("2026-01-05T08:00:00Z"));
    store.write("MEMORY.md", "- [Notes](notes.md): notes\n", None);
    let revision = NativeHost.observe(&store, now()).expect("observes").expect("is new");
    store.commit(&revision).expect("commits");
    store
}

/// A request over all sessions; `calls` is the budget of model calls.
pub fn request(world: &World<'_>, calls: u64) -> Request {
    let mut policy = Policy::default();
    policy.set("propose.max-calls", dreaming::policy::SettingValue::Integer(calls)).expect("a setting");
    policy.set("round.sessions", dreaming::policy::SettingValue::Integer(2)).expect("a setting");
    Request {
        policy,
        instructions: String::new(),
        now: now(),
        sessions: world.descriptors(),
        similarities: Vec::new(),
    }
}

/// The store, the plan of a dream over it, and the checkpoint after the first round.
pub struct Dreamt {
    /// See [`store`].
    pub store: Store,
    /// Bytes of the plan.
    pub plan: Vec<u8>,
    /// Bytes of the checkpoint.
    pub checkpoint: Vec<u8>,
}

/// One dream, made once.
pub static DREAMT: LazyLock<Dreamt> = LazyLock::new(|| {
    let refuses = |_: &ModelCall| Answer::Refused;
    let world = World { sessions: sessions(), model: &refuses };
    let store = store();
    let request = request(&world, 10);
    let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).expect("dreams");
    Dreamt { store, plan: run.plan, checkpoint: run.checkpoints[0].clone() }
});

/// Brings whatever a running dream asks for, until it is done or fails.
pub fn finish(dream: &mut dyn Running, answer: &Answer) -> Option<Vec<u8>> {
    let sessions = sessions();
    loop {
        match dream.poll().ok()? {
            Need::Done { plan, .. } => return Some(plan),
            Need::Calls(calls) => {
                for call in calls {
                    dream.answer(call.id.as_str(), answer).expect("it asked");
                }
            }
            Need::Sessions(needs) => {
                for (session, names) in needs {
                    for name in names {
                        let parts = sessions.get(&session).into_iter().flatten();
                        let part = parts.into_iter().find(|(part, _)| *part == name);
                        let bytes = part.map_or(&[][..], |(_, bytes)| bytes);
                        dream.feed(&session, &name, bytes, true).expect("it asked");
                    }
                }
            }
        }
    }
}

/// Most values within one that is put in another's place.
const MOST_COPIED: usize = 100;

/// The document with as many faults as `bytes` have groups of three: each takes a value and puts
/// another one of the document, a strange one, or nothing in its place. Then it gets a digest that fits, as one
/// has that somebody forged: else nothing behind the digest would be looked at.
pub fn damaged(document: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(document).expect("a document");
    for fault in bytes.chunks_exact(3).take(8) {
        let [high, low, what] = fault else { continue };
        let mut place = usize::from(*high) << 8 | usize::from(*low);
        let all = count(&value);
        // A small one: the document in itself, eight times over, takes longer than all that is tested.
        let other = nth(&value, &mut (usize::from(*what) * 7 % all));
        let other = other.filter(|other| count(other) <= MOST_COPIED).cloned();
        let new = match what % 12 {
            0 => Some(Value::Null),
            1 => Some(json!(0)),
            2 => Some(json!(-1)),
            3 => Some(json!(9_007_199_254_740_991_u64)),
            4 => Some(json!(18_446_744_073_709_551_615_u64)),
            5 => Some(json!("")),
            6 => Some(json!("a\n\n- b\n```\n# c")),
            7 => Some(json!([])),
            8 => Some(json!("x".repeat(3000))),
            9 => None,
            _ => other,
        };
        place %= all;
        put(&mut value, &mut place, new);
    }
    if let Value::Object(fields) = &mut value {
        fields.remove("digest");
    }
    canonical::to_sealed(&value).unwrap_or_else(|_| serde_json::to_vec(&value).expect("JSON"))
}

/// The plan with the ids that follow from its changes and a digest that fits, when it is one.
pub fn forged(plan: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(plan).ok()?;
    value.as_object_mut()?.remove("digest");
    let mut plan: Plan = canonical::from_bytes(&canonical::to_bytes(&value).ok()?).ok()?;
    for change in &mut plan.changes {
        change.id = change.derived_id();
    }
    plan.to_bytes().ok()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a Value, at: &mut usize) -> Option<&'a Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| nth(item, at)),
        Value::Object(fields) => fields.values().find_map(|field| nth(field, at)),
        _ => None,
    }
}

/// Puts `new` in the place of the value at `at`, counted from the top; `None` takes it out, or
/// doubles it when it is an item of a list.
fn put(value: &mut Value, at: &mut usize, new: Option<Value>) -> bool {
    if *at == 0 {
        *value = new.unwrap_or(Value::Null);
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(items) => {
            for index in 0..items.len() {
                if *at == 0 && new.is_none() {
                    items.insert(index, items[index].clone());
                    return true;
                }
                if put(&mut items[index], at, new.clone()) {
                    return true;
                }
            }
        }
        Value::Object(fields) => {
            for name in fields.keys().cloned().collect::<Vec<_>>() {
                if *at == 0 && new.is_none() {
                    fields.remove(&name);
                    return true;
                }
                if put(&mut fields[&name], at, new.clone()) {
                    return true;
                }
            }
        }
        _ => {}
    }
    false
}
