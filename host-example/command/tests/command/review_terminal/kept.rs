//! Answers that a review kept, and decisions by flags.

use super::{Talk, planned};
use crate::support::typed::typed;

#[test]
fn what_a_review_kept_counts_when_flags_accept_the_rest() {
    for flags in [&["review", "--accept-all"][..], &["apply", "--all"]] {
        let (store, ids) = planned();
        let mut talk = Talk::new(&store, &[], None);
        talk.answer(&ids[0], "edit");
        talk.reply("In your words:", " Mine now.");
        talk.answer(&ids[1], "rej");
        talk.answer(&ids[2], "quit");
        let (rest, code) = talk.end();
        assert!(code == 0 && rest.contains("2 answers kept"), "{rest}");
        let said = store.dreaming(flags).expect(0).stdout;
        assert!(said.contains(", 1 rejected"), "{said}");
        assert!(said.contains("kept counted: 1 in your words, 1 rejected."), "{said}");
        let texts =
            store.tree("memory").into_values().map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(texts.collect::<String>().contains(" Mine now.\n"));
    }
}

#[test]
fn flags_come_before_what_a_review_kept() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "rej");
    talk.answer(&ids[1], "edit");
    talk.reply("In your words:", " Mine now.");
    talk.answer(&ids[2], "quit");
    talk.end();
    let said =
        store.dreaming(&["review", "--accept", &ids[0], "--reject", &ids[1]]).expect(0).stdout;
    assert!(said.contains("1 change applied, 1 rejected") && !said.contains("kept"), "{said}");
}

#[test]
fn what_a_review_kept_about_other_changes_outlives_a_decision() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "edit");
    talk.reply("In your words:", " Mine now.");
    talk.answer(&ids[1], "rej");
    talk.answer(&ids[2], "quit");
    talk.end();
    let said = store.dreaming(&["review", "--accept", &ids[0]]).expect(0).stdout;
    assert!(said.contains("kept counted: 1 in your words, 0 rejected."), "{said}");
    store.run(&[]);
    let said = store.dreaming(&["apply", "--all"]).expect(0).stdout;
    assert!(said.contains("kept counted: 0 in your words, 1 rejected."), "{said}");
}

#[test]
fn answers_that_a_take_over_puts_away_are_named() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "rej");
    talk.answer(&ids[1], "rej");
    talk.answer(&ids[2], "quit");
    talk.end();
    std::fs::rename(store.path("memory"), store.path("notes")).unwrap();
    let line = ["take-over", "--from", ".dreaming/memory", "--memory", "notes"];
    let said = typed(&store, ".", &format!("dreaming {}", line.join(" "))).expect(0).stdout;
    assert!(said.contains("2 answers of a review that was left before its end are gone"), "{said}");
}
