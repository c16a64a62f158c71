//! What a person is told when sessions contradict words that a reviewer gave.

use crate::dates::{DAY_AFTER, SAMPLE, sample};

#[test]
fn a_run_that_finds_only_a_conflict_shows_both_sides_and_what_it_says_settles_it() {
    let store = sample();
    let sessions = format!("{SAMPLE}/sessions");
    let run = ["run", "--sessions", &sessions, "--now", DAY_AFTER];
    store.dreaming(&run).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let (mut edit, mut others) = (String::new(), Vec::new());
    let words = "The staging address is https://staging.teashop.example (VPN only).";
    for change in changes {
        let id = change["id"].as_str().unwrap();
        match change["cause"] == "corrected" {
            true => edit = format!("{id}={words}"),
            false => others.push(id),
        }
    }
    assert!(!edit.is_empty(), "{shown}");
    let decided = [&["review", "--edit", &edit, "--by", "ada", "--accept"][..], &others].concat();
    store.dreaming(&decided).expect(0);
    let printed = store.dreaming(&run).expect(0).stdout;
    let (_, open) = printed.split_once("Which one is right? (1)\n").expect(&printed);
    assert!(open.starts_with(&format!("  1 {words} environments.md:")), "{printed}");
    let other = "The staging URL moved to https://staging.teashop.example.";
    assert!(open.contains(&format!("\n  2 {other}\n")), "{printed}");
    assert!(
        open.contains("Where 2 is right, write it in place of 1 in the file named"),
        "{printed}"
    );
    let open = store.dreaming(&[&run[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(open["open_conflicts"][0]["entry"]["text"], words, "{open}");
    assert_eq!(open["open_conflicts"][0]["text"], other);
    // It stays open when no plan waits, until one side goes.
    let status = store.dreaming(&["status"]).expect(0).stdout;
    let line = "1 contradiction left open, because no dream decides it: `dreaming show --memory memory` prints both sides";
    assert!(status.contains(line), "{status}");
    let shown = store.dreaming(&["show"]).expect(0).stdout;
    assert!(shown.starts_with("No plan is waiting"), "{shown}");
    assert!(shown.contains(&format!("  2 {other}\n")), "{shown}");
    let file = store.read("memory/environments.md");
    assert!(file.contains(words), "{file}");
    store.put("memory/environments.md", file.replace(words, other));
    assert_eq!(store.dreaming(&["status", "--json"]).expect(0).json()["open_contradictions"], 0);
    let settled = store.dreaming(&run).expect(0).stdout;
    assert!(!settled.contains("Which one is right?"), "{settled}");
}
