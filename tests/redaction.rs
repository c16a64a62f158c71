//! No secret of a transcript occurs in anything derived from it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use dreaming::import::PartReader;
use dreaming::propose::{Answer, ModelCall};
use dreaming::{Decision, Policy, Request, Selection, Time};
use dreaming_testing::{Host, NativeHost, Store, Transcript, Variation, World, drive};
use serde_json::json;

/// Made-up secrets: a text with `#` in place of the secret. They are assembled from pieces so that
/// no scanner reports this file as a leak.
fn planted() -> Vec<(&'static str, String)> {
    let run =
        |n: usize| "a1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuV".chars().cycle().take(n).collect::<String>();
    let hex = |n: usize| "9f8e7d6c5b4a39281706".chars().cycle().take(n).collect::<String>();
    vec![
        ("#", format!("AKIA{}", "Q3EGRIL5XN7TZW2K")),
        ("#", format!("ghp_{}", run(36))),
        ("#", format!("glpat-{}", run(20))),
        ("#", format!("sk-ant-api03-{}", run(40))),
        ("#", format!("xoxb-{}", "2468013579-975318642-aBcZxYq")),
        ("#", format!("npm_{}", run(36))),
        ("#", format!("dop_v1_{}", hex(64))),
        ("#", format!("eyJ{}.eyJ{}.{}", run(20), run(30), run(20))),
        ("#", format!("{}Q~{}", "aB.7", run(34))),
        ("adafruit_io = '#'", run(32)),
        ("HEROKU_KEY=#", "832d2129-a846-4e27-99f4-7004b6ad53ef".into()),
        ("export SHOP_API_TOKEN=#", run(24)),
        ("{\"client_secret\": \"#\"}", hex(40)),
        ("postgres://shop:#@db.local/shop", "Tr0ub4dor-and-3".into()),
        ("curl -H 'Authorization: Bearer #' https://a.b", run(30)),
        ("curl -u shop:# https://a.b", "hunter2-and-more".into()),
        ("Cookie: sid=#; theme=dark", hex(32)),
        ("the password for staging is #", "blue42skyline".into()),
        ("the card is #", "4111 1111 1111 1111".into()),
        ("pay to #", "DE89370400440532013000".into()),
    ]
}

/// Two sessions that contain a secret in every place of a transcript; two, so that it recurs.
fn sessions(text: &str, bare: &str) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
    let session = |id: &str, start: &str| {
        let mut t =
            Transcript::new(id, start).branch(&format!("fix/{bare}")).cwd(&format!("/srv/{bare}"));
        t.user(&format!("Always deploy with mise. Remember: {text}"));
        t.user(&format!("No, use this instead: {text}"));
        t.agent(&format!("I will use {text} from now on."));
        t.shell(&format!("deploy --with \"{text}\""), &format!("deployed: {text}"));
        t.shell_fails(&format!("npm publish {text}"), &format!("error: cannot use {text} here"));
        t.shell("npm publish --tag next", "ok");
        t.call("Read", json!({"file_path": format!("/srv/{bare}.txt"), "why": text}));
        t.fail(&format!("File does not exist: {text}"));
        t.done(&format!("mcp_{bare}"), json!({ "value": text }), text);
        t.raw(
            &json!({"type": "user", "uuid": bare, "sessionId": id, "gitBranch": bare, "cwd": bare,
            "message": {"role": "user", "content": format!("Please never use {text} in tests.")}})
            .to_string(),
        );
        t.raw(&json!({"type": "summary", "summary": text, "leafUuid": bare}).to_string());
        let mut other = Transcript::new(id, start).sidechain(bare);
        other.user(&format!("Review it with {text}")).agent(&format!("Done with {text}"));
        vec![("main".to_owned(), t.bytes()), ("agent".to_owned(), other.bytes())]
    };
    [("s1", "2026-03-02T09:00:00Z"), ("s2", "2026-03-03T09:00:00Z")]
        .map(|(id, start)| (id.to_owned(), session(id, start)))
        .into()
}

#[test]
fn no_secret_of_a_transcript_is_in_anything_derived_from_it() {
    let now = Time::parse("2026-03-05T00:00:00Z").unwrap();
    for (context, secret) in planted() {
        let text = context.replace('#', &secret);
        // Places that take only a name get the bare secret, if the rules recognise it without
        // context.
        let bare = if context == "#" { &*secret } else { "plain" };
        let prompts = RefCell::new(Vec::new());
        let model = |call: &ModelCall| {
            prompts.borrow_mut().push(format!("{}\n{}", call.system, call.prompt));
            let quote = json!({"event": 1, "quote": text});
            let said = if call.schema.contains("findings") {
                let one = |text: &str, findings: [u64; 1]| json!({"kind": "fact", "text": text, "findings": findings, "replaces": null});
                json!({"statements": [one("Deploys slip, all of them.", [1]), one("Deploys slip.", [2])]})
            } else {
                // Each session yields its own proposal; a further call writes from both.
                let first = call.prompt.contains("2026-03-02");
                let slip =
                    if first { "Deploys slip in the morning." } else { "They slip at night." };
                let seen = json!({"event": 1, "quote": "Always deploy with mise."});
                json!({"grade": 50, "proposals": [
                    {"kind": "fact", "text": format!("Deploy: {text}"), "evidence": [quote]},
                    {"kind": "mistake", "text": slip, "evidence": [seen]}]})
            };
            Answer::Text { text: said.to_string() }
        };
        let world = World { sessions: sessions(&text, bare), model: &model };
        let mut policy = Policy::default();
        for name in ["propose.max-calls", "distil.max-calls"] {
            policy.set(name, dreaming::policy::SettingValue::Integer(8)).unwrap();
        }
        let rubric = vec![format!("Well done: {text}")];
        policy.set("outcome.rubric", dreaming::policy::SettingValue::Texts(rubric)).unwrap();
        let request = Request {
            policy: policy.clone(),
            instructions: format!("Mind this: {text}"),
            now,
            sessions: world.descriptors(),
            similarities: Vec::new(),
        };
        let mut store = Store::default();

        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let decision = Decision {
            accept: Selection::All,
            reject: Vec::new(),
            edits: Vec::new(),
            reviewer: "mira".into(),
            note: format!("fine: {text}"),
            now,
        };
        let revision = NativeHost.apply(&store, &run.plan, &decision).unwrap();
        store.commit(&revision).unwrap();
        let asked = |words: &str| prompts.borrow().iter().any(|prompt| prompt.contains(words));
        let all = ["Well done: ", "You write what the memory of an AI agent will say"];
        assert!(all.into_iter().all(asked), "{context}");
        let mut derived = vec![run.plan, run.report, run.last];
        derived.extend(prompts.take().into_iter().map(String::into_bytes));
        derived.extend(store.ledger.iter().map(|row| row.value.clone()));
        derived.extend(store.memories.iter().map(|memory| memory.text.clone().into_bytes()));
        derived.extend(store.chain.iter().cloned());
        for (name, bytes) in world.sessions.values().flatten() {
            let mut reader = PartReader::new(name, &policy, now, false);
            reader.push(bytes);
            derived.push(serde_json::to_vec(&reader.finish().notes).unwrap());
        }
        assert!(derived.len() > 12, "{} documents", derived.len());
        for bytes in derived {
            let document = String::from_utf8_lossy(&bytes);
            let place = document.find(&secret);
            let from = place.unwrap_or_default().saturating_sub(200);
            assert_eq!(
                place,
                None,
                "{context}: {}",
                String::from_utf8_lossy(&bytes[from..]).chars().take(500).collect::<String>()
            );
        }
    }
}
