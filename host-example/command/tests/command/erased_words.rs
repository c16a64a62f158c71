//! No byte of the database or of an export holds the words of an erased entry, even where they came
//! from sessions.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::fake::{self, Fake, Reply, Seen, Speaks};
use crate::support::{NOW, Store, done, dreamt, session};

const SAID: &str = "Always run the formatter before you commit.";

/// The files that hold `words` in any case, of the memory folder, the state folder and a new
/// export.
fn holding(store: &Store, words: &str) -> Vec<String> {
    store.dreaming(&["export", "all.jsonl", "--force"]).expect(0);
    let mut files = store.tree("memory");
    files.extend(store.tree(".dreaming"));
    files.insert("all.jsonl".into(), store.read("all.jsonl").into());
    let words = words.trim_matches('.').to_lowercase();
    let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase().contains(&words);
    let found = files.into_iter().filter(|(_, bytes)| holds(bytes));
    found.map(|(path, _)| path.display().to_string()).collect()
}

fn entry(store: &Store, words: &str) -> String {
    let json = store.dreaming(&["explain", words, "--json"]).expect(0).json();
    json["entry"].as_str().unwrap().to_owned()
}

fn erase(store: &Store, words: &str) -> Value {
    let id = entry(store, words);
    store.dreaming(&["erase", "--entry", &id, "--yes", "--json"]).expect(0).json()
}

/// Words of a session in which only a model sees something to remember.
const TALK: &str = "By the way, the shop closes at six in winter.";
const PROPOSED: &str = "Winter hours of the shop end at six.";

/// A store after a dream in which a model proposed [`PROPOSED`] from a session that says [`TALK`].
fn asked() -> Store {
    let fake = Fake::start(Speaks::Anthropic, Box::new(|_, seen| Reply::Says(proposes(seen))));
    let store = Store::new().asking_about_each();
    for (id, day) in [("one", 2), ("two", 9)] {
        let text = session(id, day).replace("Always run the formatter before you commit.", TALK);
        store.put(&format!("sessions/{id}.jsonl"), text);
    }
    let arguments = ["run", "--sessions", "sessions", "--now", NOW, "--model", "anthropic:m"];
    let mut command: Command =
        store.command(&[&arguments[..], &["--model-url", &fake.url]].concat());
    command.env("ANTHROPIC_API_KEY", "sk-test-8812");
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    done(&mut command).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let all: Vec<&str> = changes.iter().map(|change| change["id"].as_str().unwrap()).collect();
    store.dreaming(&[&["apply"], &all[..]].concat()).expect(0);
    assert!(holding(&store, PROPOSED).len() >= 3 && holding(&store, TALK).len() >= 2);
    store
}

/// The answer of a model that proposes a fact from [`TALK`].
fn proposes(seen: &Seen) -> String {
    if let Some(written) = fake::writes(seen) {
        return written;
    }
    let prompt = fake::prompt(seen);
    let line = prompt.lines().take_while(|line| !line.contains(TALK));
    let number = |line: &str| line.strip_prefix('[')?.split_once(']')?.0.parse::<u64>().ok();
    let here = prompt.lines().find(|line| line.contains(TALK)).and_then(number);
    let event = here.or(line.filter_map(number).last()).unwrap_or_default();
    json!({"proposals": [{
        "kind": "fact", "text": PROPOSED, "evidence": [{"event": event, "quote": TALK}],
    }]})
    .to_string()
}

#[test]
fn what_was_learned_from_sessions_is_in_no_byte_once_it_is_erased() {
    let store = dreamt();
    assert!(holding(&store, SAID).len() >= 3, "memory, database, export");
    let erased = erase(&store, "run the formatter");
    assert_eq!((&erased["rest"], &erased["swept"]), (&json!([]), &json!(true)), "{erased}");
    assert_eq!(erased["cut"], json!(["session/one", "session/two"]), "{erased}");
    assert_eq!(holding(&store, SAID), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
    // Other statements from the same sessions keep their evidence, and the next run proposes
    // nothing.
    let kept = store.dreaming(&["explain", "no program `python`"]).expect(0).stdout;
    assert!(kept.contains("one.jsonl:3 "), "{kept}");
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(
        (&run["sessions"]["read"], &run["outcome"]),
        (&json!(0), &json!("nothing")),
        "{run}"
    );
    assert_eq!(holding(&store, SAID), Vec::<String>::new());
    // The exported file can be imported and verified.
    let other = Store::empty();
    other.put("all.jsonl", store.read("all.jsonl"));
    other.dreaming(&["import", "all.jsonl"]).expect(0);
    other.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_a_model_proposed_is_in_no_byte_once_it_is_erased() {
    let store = asked();
    let erased = erase(&store, PROPOSED);
    assert_eq!(erased["rest"], json!([]), "{erased}");
    assert_eq!(holding(&store, PROPOSED), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
    assert_eq!(store.run(&["--json"]).expect(0).json()["sessions"]["read"], 0);
}

#[test]
fn the_words_go_from_the_quotes_of_another_entry_that_stays() {
    let store = asked();
    // A person writes the words into a memory that the evidence of the model's entry also quotes.
    store.put("memory/rules.md", format!("# Rules\n\n- {TALK}\n- Another thing.\n"));
    assert_eq!(erase(&store, TALK)["rest"], json!([]));
    assert_eq!(holding(&store, TALK), Vec::<String>::new());
    assert_eq!(store.read("memory/rules.md"), "# Rules\n\n- Another thing.\n");
    let kept = store.dreaming(&["explain", PROPOSED]).expect(0).stdout;
    assert!(kept.contains("support: 2 sessions"), "{kept}");
    store.dreaming(&["verify"]).expect(0);
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(
        (&run["sessions"]["read"], &run["outcome"]),
        (&json!(0), &json!("nothing")),
        "{run}"
    );
}

#[test]
fn what_a_person_said_goes_with_the_name_behind_it_and_without() {
    let store = crate::dates::sample();
    let sessions = format!("{}/sessions", crate::dates::SAMPLE);
    let run = ["run", "--sessions", &sessions, "--now", crate::dates::DAY_AFTER];
    store.dreaming(&run).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let said = "always ask me before you push a tag";
    assert!(store.read("memory/learned/preferences.md").contains(&format!("{said}. (jonas)")));
    assert!(!holding(&store, said).is_empty());
    assert_eq!(erase(&store, said)["rest"], json!([]));
    assert_eq!(holding(&store, said), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
    let again = store.dreaming(&[&run[..], &["--json"]].concat()).expect(0).json();
    assert!(!again.to_string().contains(said), "{again}");
}

#[test]
fn words_that_somebody_changed_since_go_too() {
    let store = dreamt();
    let learned = store.read("memory/learned/preferences.md");
    let reworded = learned.replace("before you commit.", "before you push or commit.");
    assert_ne!(reworded, learned);
    store.put("memory/learned/preferences.md", reworded);
    store.run(&["--json"]).expect(0);
    let erased = erase(&store, "push or commit");
    assert_eq!(erased["rest"], json!([]), "{erased}");
    for words in [SAID, "before you push or commit"] {
        assert_eq!(holding(&store, words), Vec::<String>::new(), "{words}");
    }
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_cannot_go_is_named_with_its_count() {
    let store = dreamt();
    let note = "\"always run the formatter before you commit\" is said often";
    for text in [
        "- Indents are made of tabs.\n- Indents are made of tabs.\n",
        "- Lines are sixty letters long.\n- Lines are sixty letters long.\n",
    ] {
        store.put("memory/more.md", text);
        store.run(&["--replace"]).expect(0);
        store.dreaming(&["apply", "--all", "--note", note]).expect(0);
    }
    let erased = erase(&store, "run the formatter");
    let named = "the notes of 2 revisions say so too, and cannot be erased: 4, 6";
    assert_eq!(erased["rest"], json!([named]));
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn words_that_are_no_entry_go_after_they_were_edited_out() {
    const KEY: &str = "zq-vault-88-1234567890";
    let store = dreamt();
    let notes = store.read("memory/notes.md");
    let with_key = format!("{notes}\n# VAULT is {KEY}\n\n| vault | {KEY} |\n|--|--|\n| a | b |\n");
    store.put("memory/notes.md", with_key);
    store.put("memory/vault.md", format!("<div>\n{KEY}\n</div>\n"));
    store.run(&[]).expect(0);

    // What memories still say is named, and nothing goes.
    let refused = store.dreaming(&["erase", "--words", KEY, "--yes"]).expect(2).stderr;
    assert!(refused.contains("notes.md:"), "{refused}");
    assert!(refused.contains("vault.md:2: edit it first"), "{refused}");
    let dry = store.dreaming(&["erase", "--words", KEY, "--dry-run", "--json"]).expect(0).json();
    assert_eq!(dry["still_in"].as_array().unwrap().len(), 3, "{dry}");

    store.put("memory/notes.md", &notes);
    std::fs::remove_file(store.path("memory/vault.md")).unwrap();
    assert!(!holding(&store, KEY).is_empty(), "the history has them");
    let mut command = store.command(&["erase", "--words", "-", "--yes", "--json"]);
    std::fs::write(store.path("words.txt"), format!("{}\n", KEY.to_uppercase())).unwrap();
    command.stdin(std::fs::File::open(store.path("words.txt")).unwrap());
    let erased = done(&mut command).expect(0).json();
    assert_eq!((&erased["kind"], &erased["erased"]), (&json!("words"), &json!("given")));
    assert_eq!(erased["gone"]["texts"], json!(2), "{erased}");
    assert_eq!(holding(&store, KEY), Vec::<String>::new());
    assert_eq!(store.read("memory/notes.md"), notes);
    let verified = store.dreaming(&["verify"]).expect(0).stdout;
    assert!(verified.contains("words that a person gave"), "{verified}");

    // The history without them can be carried elsewhere.
    let elsewhere = Store::empty();
    elsewhere.put("all.jsonl", store.read("all.jsonl"));
    elsewhere.dreaming(&["import", "all.jsonl"]).expect(0);
    elsewhere.dreaming(&["verify"]).expect(0);

    // Nothing says them any more, and what has no letter is nothing.
    let nothing = store.dreaming(&["erase", "--words", KEY, "--yes"]).expect(2).stderr;
    assert!(nothing.contains("nothing here says these words"), "{nothing}");
    store.dreaming(&["erase", "--words", "---", "--yes"]).expect(2);
}
