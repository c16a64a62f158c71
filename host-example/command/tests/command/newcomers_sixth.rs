//! What a sixth newcomer stumbled over.

use crate::support::typed::{printed, typed};
use crate::support::{Store, session};

#[test]
fn a_query_that_nothing_fits_gets_what_is_best_established() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Ask before you push.\n- Money is kept in cents.\n");
    let pack = |more: &[&str]| store.dreaming(&[&["pack"][..], more].concat()).expect(0);
    let other = pack(&["--query", "add a chart component"]).stdout;
    assert!(other.starts_with("No statement of the memory has a word of the query."), "{other}");
    assert!(other.contains("- Ask before you push."), "{other}");
    let json = |query| pack(&["--json", "--query", query]).json();
    assert_eq!(json("add a chart component")["fits_query"], false);
    let fitting = json("how is money kept");
    assert_eq!(
        (&fitting["fits_query"], fitting["entries"].as_array().unwrap().len()),
        (&true.into(), 1)
    );
    // Nothing is promised of a memory that says nothing.
    store.put("memory/notes.md", "");
    assert_eq!(pack(&["--query", "add a chart component"]).stdout, "");
}

#[cfg(unix)]
#[test]
fn what_a_model_proposed_and_the_check_turned_down_is_said_and_shown() {
    let store = Store::new();
    let answer = r#"{"summary": "x", "proposals": [{"kind": "fact", "text": "The port of the shop is 9090.", "evidence": [{"event": 1, "quote": "the port is 9090"}]}]}"#;
    store.put("answer.json", answer);
    let run = store.run(&["--model", "exec:cat > /dev/null; cat answer.json"]).expect(0);
    assert!(run.stdout.contains("nothing that it said passed the check"), "{run:?}");
    assert!(run.stdout.contains("its quote does not stand in the session"), "{run:?}");
    let shown = typed(&store, ".", &printed(&run.stdout, "show")).expect(0).stdout;
    assert!(shown.contains("x The port of the shop is 9090."), "{shown}");
}

#[test]
fn what_was_rejected_and_comes_back_says_so() {
    let store = Store::empty();
    store.put("memory/notes.md", "- Money is kept in cents.\n");
    store.put("sessions/a.jsonl", session("a", 2));
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let wish = changes.iter().find(|c| c["text"].to_string().contains("formatter")).unwrap();
    let id = wish["id"].as_str().unwrap();
    store.dreaming(&["apply", "--reject", id]).expect(0);
    store.put("sessions/b.jsonl", session("b", 3));
    store.run(&["--replace"]).expect(0);
    let review = store.dreaming(&["review"]).expect(0).stdout;
    assert!(review.contains("You rejected, reverted or reworded it before."), "{review}");
}
