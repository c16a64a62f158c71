//! The last call of a dream: a model writes the proposed statements from all findings.

use std::fs;

use serde_json::{Value, json};

use super::ask;
use crate::support::fake::{self, Fake, Reply, Seen, Speaks, proposes};
use crate::support::{Store, done};

/// A policy with every kind of model call except those about pairs.
const ALL: [&str; 2] = ["--policy", "no-pairs.json"];

/// Mistakes that the model proposes about each session; no person mentioned them.
const FORGOT: &str = "The agent forgot the formatter once.";
const GOES_WRONG: &str = "A commit without the formatter goes wrong.";
const DELETES: &str = "Delete what the formatter left before you commit.";

/// The statement that the model writes in place of [`GOES_WRONG`].
const WRITTEN: &str = "Without the formatter a commit goes wrong: run it first.";

/// The model: about a session it proposes three mistakes. Of all findings it then writes one in
/// other words and one in its own words, and leaves one out.
fn says(seen: &Seen) -> String {
    let findings = fake::findings(seen);
    if findings.is_empty() {
        let proposed: Value = serde_json::from_str(&proposes(seen)).unwrap();
        let one = |text: &str| {
            let mut one = proposed["proposals"][0].clone();
            (one["kind"], one["text"]) = ("mistake".into(), text.into());
            one
        };
        return json!({"proposals": [one(GOES_WRONG), one(FORGOT), one(DELETES)]}).to_string();
    }
    let of = |said: &str, text: &str| {
        let named = findings.iter().filter(|(_, _, words)| words == said);
        let named: Vec<u64> = named.map(|(number, ..)| *number).collect();
        assert!(!named.is_empty(), "{said}: {findings:?}");
        json!({"kind": "mistake", "text": text, "findings": named, "replaces": null})
    };
    json!({"statements": [of(GOES_WRONG, WRITTEN), of(DELETES, DELETES)]}).to_string()
}

fn played(more: &[&str]) -> (Store, Fake, Value) {
    let fake = Fake::start(Speaks::Anthropic, Box::new(|_, seen| Reply::Says(says(seen))));
    let store = Store::new();
    fs::remove_file(store.path("sessions/two.jsonl")).unwrap();
    let run = ask(&store, Speaks::Anthropic, &fake, more).expect(0).json();
    (store, fake, run)
}

#[test]
fn a_model_writes_what_is_proposed_and_what_it_leaves_is_not() {
    let (store, fake, run) = played(&ALL);
    assert_eq!(run["model"]["calls"]["asked"], 2, "{run}");
    let shown = fake.seen().iter().filter(|seen| !fake::findings(seen).is_empty()).count();
    assert_eq!(shown, 1);
    let plan = store.dreaming(&["show"]).expect(0).stdout;
    assert!(plan.contains(WRITTEN) && !plan.contains(GOES_WRONG), "{plan}");
    assert!(plan.contains("Worded by a model from what sessions show"), "{plan}");
    assert!(plan.contains("a model that saw it beside all else left it"), "{plan}");
    // The answer is recorded, so the same dream makes no call again.
    let more = [&ALL[..], &["--replace"]].concat();
    let again = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    assert_eq!((fake.seen().len(), &again["changes"]), (2, &run["changes"]));
}

#[test]
fn without_calls_for_that_a_person_sees_what_each_session_gave() {
    let (store, fake, _) = played(&[]);
    assert_eq!(fake.seen().len(), 1);
    let plan = store.dreaming(&["show"]).expect(0).stdout;
    assert!([GOES_WRONG, FORGOT, DELETES].iter().all(|text| plan.contains(text)), "{plan}");
    assert!(plan.contains("Accepting all leaves it: no more than a model noticed it"), "{plan}");
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(!store.path("memory/learned/mistakes.md").exists());
}

#[test]
fn accepting_all_leaves_what_deletes_and_says_so() {
    let (store, ..) = played(&ALL);
    let why = "Accepting all leaves it: it deletes, forces or skips a check.";
    for said in [&["review"][..], &["show"]] {
        let said = store.dreaming(said).expect(0).stdout;
        let (_, after) = said.rsplit_once(DELETES).unwrap_or_else(|| panic!("{said}"));
        assert!(said.matches(why).count() == 1 && after.contains(why), "{said}");
    }
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["text"] == DELETES).unwrap();
    assert_eq!((&change["alone"], &change["cause"]), (&true.into(), &"distilled".into()));
    let said = store.dreaming(&["review", "--accept-all"]).expect(0).stdout;
    let id = change["id"].as_str().unwrap();
    let line = said.lines().find(|line| line.trim_start().starts_with("open  "));
    let named = line.and_then(|line| line.split_whitespace().nth(1)).unwrap_or_default();
    assert!(!named.is_empty() && id.starts_with(named), "{said}");
    assert!(said.contains(&why.replace("Accepting all", "        Accepting all")), "{said}");
    assert!(said.contains("accepts one by its id."), "{said}");
    let learned = || store.read("memory/learned/mistakes.md");
    assert!(learned().contains(WRITTEN) && !learned().contains(DELETES), "{}", learned());
    // `--accept-all` left this change out; it can be applied by its id.
    store.run(&["--policy", "no-pairs.json"]);
    store.dreaming(&["apply", named]).expect(0);
    assert!(learned().contains(DELETES), "{}", learned());
    // Both at once.
    let (store, ..) = played(&ALL);
    store.dreaming(&["review", "--accept-all", "--accept", id]).expect(0);
    let learned = store.read("memory/learned/mistakes.md");
    assert!(learned.contains(WRITTEN) && learned.contains(DELETES), "{learned}");
}

#[test]
fn the_help_says_what_accepting_all_takes_and_what_it_leaves() {
    let (store, ..) = played(&ALL);
    store.dreaming(&["apply", "--all"]).expect(0);
    let learned = store.read("memory/learned/mistakes.md");
    assert!(learned.contains(WRITTEN) && !learned.contains(DELETES), "{learned}");
    for command in ["apply", "review"] {
        let help = done(
            std::process::Command::new(env!("CARGO_BIN_EXE_dreaming")).args([command, "--help"]),
        );
        let help = help.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in ["also what a model wrote from one session", "deletes, forces or skips a check"]
        {
            assert!(help.contains(said), "{command}: {said}: {help}");
        }
        assert!(!help.contains("what no more than a model speaks for"), "{command}: {help}");
    }
}

#[test]
fn a_model_writes_anew_what_earlier_dreams_wrote_from_all_that_was_found() {
    const ANEW: &str =
        "The agent forgot the formatter once; a commit without it goes wrong: run it first.";
    let (store, ..) = played(&ALL);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(store.read("memory/learned/mistakes.md").contains(WRITTEN));
    let answers = |seen: &Seen| {
        let findings = fake::findings(seen);
        let named = findings.iter().filter(|(_, _, words)| words == GOES_WRONG || words == FORGOT);
        let named: Vec<u64> = named.map(|(number, ..)| *number).collect();
        let words: Vec<&String> = findings.iter().map(|(.., words)| words).collect();
        assert!(words.len() == 3 && named.len() == 2, "{words:?}");
        json!({"statements": [{"kind": "mistake", "text": ANEW, "findings": named, "replaces": null}]}).to_string()
    };
    let fake = Fake::start(Speaks::Anthropic, Box::new(move |_, seen| Reply::Says(answers(seen))));
    let more = [&ALL[..], &["--anew"]].concat();
    let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(0).json();
    assert_eq!((&run["model"]["calls"]["asked"], fake.seen().len()), (&1.into(), 1), "{run}");
    let notes = run["report"]["notes"].to_string();
    assert!(notes.contains("Written in the place of 2 statements of earlier dreams"), "{notes}");
    let put_away = store.dreaming(&["discard"]).expect(0).stdout;
    assert!(
        put_away.contains("`dreaming run --anew --model MODEL --memory memory` with the same"),
        "{put_away}"
    );
    ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    assert_eq!(fake.seen().len(), 1, "the answer is recorded");
    let plan = store.dreaming(&["show"]).expect(0).stdout;
    assert!(plan.contains("1 for review") && plan.contains(ANEW), "{plan}");
    store.dreaming(&["apply", "--all"]).expect(0);
    let learned = store.read("memory/learned/mistakes.md");
    assert!(learned.contains(ANEW) && !learned.contains(WRITTEN), "{learned}");
    let log = store.dreaming(&["log"]).expect(0).stdout;
    let (newest, earlier) = log.split_once('\n').unwrap();
    assert!(newest.contains(", written anew") && !earlier.contains("written anew"), "{log}");
    let shown = store.dreaming(&["show", newest.split_whitespace().next().unwrap()]).expect(0);
    assert!(shown.stdout.starts_with(newest), "{shown:?}");
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    assert_eq!(log["revisions"][0]["written_anew"], true, "{log}");
}

#[test]
fn where_no_answer_is_of_use_nothing_is_written_anew_and_the_exit_code_says_so() {
    let (store, ..) = played(&ALL);
    store.dreaming(&["apply", "--all"]).expect(0);
    let before = store.tree("memory");
    let fake = Fake::start(Speaks::Anthropic, Box::new(|_, _| Reply::Says("I cannot.".into())));
    let more = [&ALL[..], &["--anew"]].concat();
    let run = ask(&store, Speaks::Anthropic, &fake, &more).expect(6).json();
    assert_eq!(run["report"]["calls_failed"], 1, "{run}");
    assert!(run["report"]["notes"].to_string().contains("Nothing was written anew"), "{run}");
    assert_eq!(store.tree("memory"), before);
    // A model that leaves all as it is has answered.
    let answers = |_: usize, _: &Seen| Reply::Says(json!({"statements": []}).to_string());
    let fake = Fake::start(Speaks::Anthropic, Box::new(answers));
    ask(&store, Speaks::Anthropic, &fake, &[&more[..], &["--replace"]].concat()).expect(0);
}

#[test]
fn a_line_that_moves_into_another_statement_goes_only_together_with_it() {
    const MOVED: &str = "The formatter runs before a commit; without it the commit goes wrong.";
    let (store, ..) = played(&ALL);
    store.dreaming(&["apply", "--all"]).expect(0);
    let answers = |seen: &Seen| {
        let findings = fake::findings(seen);
        let named = findings.iter().filter(|(_, _, words)| words == GOES_WRONG || words == FORGOT);
        let named: Vec<u64> = named.map(|(number, ..)| *number).collect();
        json!({"statements": [{"kind": "fact", "text": MOVED, "findings": named, "replaces": null}]}).to_string()
    };
    let fake = Fake::start(Speaks::Anthropic, Box::new(move |_, seen| Reply::Says(answers(seen))));
    let more = [&ALL[..], &["--anew"]].concat();
    ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let moved = changes.iter().find(|change| change["text"] == *MOVED).unwrap();
    let goes = changes.iter().find(|change| change["needs"] == json!([moved["id"]])).unwrap();
    let (moved, goes) = (moved["id"].as_str().unwrap(), goes["id"].as_str().unwrap());
    let said = format!("It goes only together with {moved}.");
    let plan = store.dreaming(&["show"]).expect(0).stdout;
    assert!(plan.contains(&said) && !plan.contains("would be lost"), "{plan}");
    let brief = store.dreaming(&["review"]).expect(0).stdout;
    assert!(brief.contains(&format!("It goes only together with {}.", &moved[..8])), "{brief}");
    let alone = store.dreaming(&["apply", goes]).expect(2);
    let (short, with) = (&goes[..8], &moved[..8]);
    let why = format!(
        "{short} goes only together with {with}: `dreaming apply {short} {with} --memory memory` accepts them together"
    );
    assert!(alone.stderr.contains(&why), "{alone:?}");
    let without = store.dreaming(&["apply", "--all", "--reject", moved]).expect(0).stdout;
    assert!(
        without.contains("1 line stays for now: what it goes together with was rejected"),
        "{without}"
    );
    assert!(store.read("memory/learned/mistakes.md").contains(WRITTEN));
    assert!(!store.path("memory/learned/facts.md").exists());
}

#[test]
fn a_line_that_moves_into_two_statements_goes_and_comes_back_with_both() {
    const RULE: &str = "The agent forgot the formatter once; run it first.";
    const WHY: &str = "A commit without the formatter goes wrong.";
    let (store, ..) = played(&ALL);
    store.dreaming(&["apply", "--all"]).expect(0);
    let answers = |seen: &Seen| {
        let findings = fake::findings(seen);
        let of = |text: &str, all: &[&str]| {
            let named = findings.iter().filter(|(_, _, words)| all.contains(&&**words));
            let named: Vec<u64> = named.map(|(number, ..)| *number).collect();
            json!({"kind": "fact", "text": text, "findings": named, "replaces": null})
        };
        json!({"statements": [of(RULE, &[FORGOT, GOES_WRONG]), of(WHY, &[GOES_WRONG])]}).to_string()
    };
    let fake = Fake::start(Speaks::Anthropic, Box::new(move |_, seen| Reply::Says(answers(seen))));
    let more = [&ALL[..], &["--anew"]].concat();
    ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let with_two = |change: &&Value| change["needs"].as_array().is_some_and(|all| all.len() == 2);
    let goes = changes.iter().find(with_two).unwrap_or_else(|| panic!("{shown}"));
    let needs: Vec<&str> =
        goes["needs"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let goes = goes["id"].as_str().unwrap();
    let short = |id: &str| id[..8].to_owned();
    // Whichever of the two is named, what is printed accepts them together.
    let mut advised = Vec::new();
    for named in [&[goes][..], &[goes, needs[0]], &[goes, needs[1]]] {
        let said = store.dreaming(&[&["apply"], named].concat()).expect(2).stderr;
        let (_, command) = said.split_once("`dreaming ").unwrap();
        let command = command.split_once('`').unwrap().0.to_owned();
        assert!([goes, needs[0], needs[1]].iter().all(|id| command.contains(&short(id))), "{said}");
        advised.push(command);
    }
    let rejects =
        [&["apply", "--all"][..], &["--reject", goes, "--reject", needs[0], "--reject", needs[1]]];
    store.dreaming(&rejects.concat()).expect(0);
    let back =
        store.dreaming(&["review", "--reopen", needs[0], "--reopen", needs[1]]).expect(0).stdout;
    assert!(back.contains("3 rejections taken back"), "{back}");
    ask(&store, Speaks::Anthropic, &fake, &more).expect(0);
    let command: Vec<&str> =
        advised[1].split(' ').filter(|word| !word.starts_with("--") && *word != "memory").collect();
    store.dreaming(&command).expect(0);
    assert!(!store.read("memory/learned/mistakes.md").contains(WRITTEN));
    let facts = store.read("memory/learned/facts.md");
    assert!(facts.contains(RULE) && facts.contains(WHY), "{facts}");
}
