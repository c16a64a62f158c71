//! `dreaming review` with a person at a terminal.

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;

use crate::support::Store;

mod kept;
mod slips;

/// How long the test waits for output, in milliseconds. Long, because the first command compiles
/// the component.
const PATIENCE: Option<u64> = Some(120_000);

/// A review on a pseudo-terminal.
struct Talk {
    session: PtySession,
}

impl Talk {
    fn new(store: &Store, more: &[&str], editor: Option<&str>) -> Self {
        let mut command = store.command(&[&["review", "--by", "ada"], more].concat());
        command.env("NO_COLOR", "1").env("TERM", "xterm").env_remove("VISUAL");
        command.env_remove("EDITOR");
        if let Some(editor) = editor {
            command.env("EDITOR", editor);
        }
        Self { session: spawn_command(command, PATIENCE).unwrap() }
    }

    /// Waits for the question about the change `id`, and answers it.
    fn answer(&mut self, id: &str, answer: &str) {
        self.session.exp_string(&id[..8]).unwrap();
        self.reply("This change?", answer);
    }

    fn reply(&mut self, question: &str, answer: &str) {
        self.session.exp_string(question).unwrap();
        // The question is shown, so the command reads keys one by one.
        self.session.send(answer).unwrap();
        self.session.send("\r").unwrap();
        self.session.flush().unwrap();
    }

    /// Waits for the end; returns the rest of the output and the exit code.
    fn end(mut self) -> (String, i32) {
        let rest = self.session.exp_eof().unwrap();
        match self.session.process().wait().unwrap() {
            WaitStatus::Exited(_, code) => (rest, code),
            other => panic!("{other:?} after {rest}"),
        }
    }
}

/// A store with a plan, and the ids of its changes in the order of the questions.
fn planned() -> (Store, Vec<String>) {
    asked(Store::new())
}

fn asked(store: Store) -> (Store, Vec<String>) {
    store.run(&[]).expect(0);
    let review = store.dreaming(&["show"]).expect(0).stdout;
    let ids = review.lines().filter_map(|line| line.split_once("  ")).map(|(id, _)| id);
    let ids: Vec<String> =
        ids.filter(|id| id.starts_with('c') && id.len() == 21).map(str::to_owned).collect();
    assert!(ids.len() >= 3, "{review}");
    (store, ids)
}

fn everything(store: &Store) -> impl PartialEq + std::fmt::Debug {
    let plan = store.dreaming(&["show", "--json"]).expect(0).stdout;
    (store.tree("memory"), store.dreaming(&["log"]).stdout, plan)
}

#[test]
fn one_is_accepted_one_rejected_one_reworded_and_the_rest_stays_open() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &["--note", "at my desk"], None);
    talk.answer(&ids[0], "edit");
    // The line to edit begins with the old words, and the cursor is behind them.
    talk.reply("In your words:", " Then look at it.");
    talk.answer(&ids[1], "acc");
    talk.answer(&ids[2], "rej");
    for id in &ids[3..] {
        talk.answer(id, "skip");
    }
    talk.session.exp_string(&format!("{} left open", ids.len() - 3)).unwrap();
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert_eq!(code, 0, "{rest}");
    assert!(rest.contains("Revision 2: 2 changes applied, 1 rejected"), "{rest}");
    let shown = store.dreaming(&["show", "2", "--json"]).expect(0).json();
    let verdicts = shown["revision"]["verdicts"].as_array().unwrap();
    let of = |id: &str| verdicts.iter().find(|v| v["change"] == *id).unwrap()["accepted"].clone();
    assert_eq!((of(&ids[0]), of(&ids[1]), of(&ids[2])), (true.into(), true.into(), false.into()));
    assert_eq!(verdicts.len(), 3, "{verdicts:?}");
    let (by, note) = (&shown["revision"]["reviewer"], &shown["revision"]["note"]);
    assert_eq!((by, note), (&"ada".into(), &"at my desk".into()));
    let texts: String = store
        .tree("memory")
        .values()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    assert!(texts.contains(" Then look at it.\n"), "{texts}");
}

#[test]
fn quitting_no_and_ctrl_c_decide_nothing_and_keep_the_answers() {
    let (store, ids) = planned();
    let before = everything(&store);

    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "acc");
    talk.answer(&ids[1], "quit");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("Nothing was decided."), "{code} {rest}");
    assert_eq!(everything(&store), before);

    assert!(rest.contains("1 answer kept: `dreaming review --memory memory` goes on"), "{rest}");

    // The next review continues after the answered questions.
    let mut talk = Talk::new(&store, &[], None);
    talk.session.exp_string("1 answer of an earlier review").unwrap();
    talk.answer(&ids[1], "rej");
    talk.session.exp_string(&ids[2][..8]).unwrap();
    talk.session.exp_string("This change?").unwrap();
    talk.session.send_control('c').unwrap();
    let (rest, code) = talk.end();
    assert!(code == 1 && rest.contains("Nothing was decided."), "{code} {rest}");
    assert_eq!(everything(&store), before);

    let mut talk = Talk::new(&store, &[], None);
    talk.session.exp_string("2 answers of an earlier review").unwrap();
    for id in &ids[2..] {
        talk.answer(id, "skip");
    }
    // Enter alone answers no.
    talk.reply("Is that your decision?", "");
    talk.reply("And now?", "quit");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("Nothing was decided."), "{code} {rest}");
    assert_eq!(everything(&store), before);
}

#[test]
fn words_come_from_the_editor_and_are_asked_for_again_when_they_cannot_be_taken() {
    let (store, ids) = planned();
    // An editor that replaces the statement by a secret the first time, and by acceptable words the
    // second time.
    let secret = ["AKIA", "4XW7ZQ2M", "N8PLR0TV"].concat();
    store.put(
        "editor.sh",
        format!(
            "#!/bin/sh\nif [ -e seen ]; then echo 'Tidy up first.' >\"$2\"; else \
             touch seen; echo 'The key is {secret}.' >\"$2\"; fi\n"
        ),
    );
    let editor = format!("sh {} --wait", store.path("editor.sh").display());
    let mut talk = Talk::new(&store, &["--dry-run"], Some(&editor));
    talk.answer(&ids[0], "edit");
    talk.session.exp_string("these words cannot be taken").unwrap();
    talk.reply("Edit again?", "y");
    for id in &ids[1..] {
        talk.answer(id, "skip");
    }
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert_eq!(code, 0, "{rest}");
    assert!(rest.contains("nothing is written.") && rest.contains("Tidy up first."), "{rest}");
    assert!(!store.path("memory/learned").exists(), "a dry run");
}

#[test]
fn one_answer_takes_all_that_are_left_of_a_cause_and_back_goes_back() {
    let store = Store::new();
    store.put("memory/more.md", "# More\n\n- The logs go to syslog.\n- The logs go to syslog.\n");
    let (store, ids) = asked(store);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let cause = |id: &String| changes.iter().find(|c| c["id"] == **id).unwrap()["cause"].clone();
    let at = ids.windows(2).position(|two| cause(&two[0]) == cause(&two[1]));
    let at = at.unwrap_or_else(|| panic!("no cause twice in {changes:?}"));
    let group: Vec<&String> = ids.iter().filter(|id| cause(id) == cause(&ids[at])).collect();
    let mut talk = Talk::new(&store, &[], None);
    for id in &ids[..at] {
        talk.answer(id, "skip");
    }
    talk.answer(&ids[at], "rej");
    talk.answer(&ids[at + 1], "back");
    talk.answer(&ids[at], "all");
    for id in ids.iter().filter(|id| cause(id) != cause(&ids[at])).skip(at) {
        talk.answer(id, "skip");
    }
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    let says = format!("{} changes applied, 0 rejected", group.len());
    assert!(code == 0 && rest.contains(&says), "{says}: {rest}");
}

/// A store whose plan changes lines of the index; then the ids of the changes that the review asks
/// about, and the ids of such a line and of the entry that it follows from.
fn with_lines() -> (Store, Vec<String>, String, String) {
    let store = Store::new();
    store.put(
        "memory/MEMORY.md",
        "# Memory\n\n- [Notes](notes.md): notes\n- [Team](team.md): team\n",
    );
    let (store, ids) = asked(store);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap().clone();
    let id = |change: &Value| change["id"].as_str().unwrap().to_owned();
    let entries = |line: &&Value| -> Vec<String> {
        let text = line["text"].as_str().unwrap();
        let named = |c: &&Value| text.contains(&format!("({})", c["path"].as_str().unwrap()));
        changes.iter().filter(|c| c["operation"] == "add").filter(named).map(id).collect()
    };
    let mut lines = changes.iter().filter(|c| c["cause"] == "index");
    let line = lines.find(|line| entries(line).len() == 1);
    let line = line.unwrap_or_else(|| panic!("{changes:?}"));
    let (line, entry) = (id(line), entries(&line).concat());
    let is_line = |id: &String| changes.iter().any(|c| c["id"] == **id && c["cause"] == "index");
    let asked = ids.into_iter().filter(|id| !is_line(id)).collect();
    (store, asked, entry, line)
}

#[test]
fn an_entry_brings_its_line_of_the_index_and_takes_it_away() {
    for (answer, accepted) in [("acc", true), ("rej", false)] {
        let (store, asked, entry, line) = with_lines();
        let mut talk = Talk::new(&store, &[], None);
        talk.session.exp_string("each decided with its entry").unwrap();
        for (at, id) in asked.iter().enumerate() {
            talk.session.exp_string(&format!("({} of {})", at + 1, asked.len())).unwrap();
            if *id == entry {
                talk.session.exp_string("with its line in MEMORY.md").unwrap();
            }
            talk.reply("This change?", if *id == entry { answer } else { "skip" });
        }
        talk.session.exp_string(&format!("{} left open", asked.len() - 1)).unwrap();
        talk.reply("Is that your decision?", "y");
        let (rest, code) = talk.end();
        assert_eq!(code, 0, "{rest}");
        let shown = store.dreaming(&["show", "2", "--json"]).expect(0).json();
        let verdicts = shown["revision"]["verdicts"].as_array().unwrap().clone();
        let of = |id: &str| {
            verdicts.iter().find(|v| v["change"] == *id).map(|v| v["accepted"] == accepted)
        };
        // That the line was rejected with its entry decides nothing about it.
        let of_line = accepted.then_some(true);
        assert_eq!((of(&entry), of(&line)), (Some(true), of_line));
        assert_eq!(verdicts.len(), if accepted { 2 } else { 1 });
        let named = store.read("memory/MEMORY.md").contains("(learned/");
        assert_eq!(named, accepted, "{rest}");
    }
}

#[test]
fn my_words_are_shown_on_the_way_back_and_stay_until_another_answer_is_given() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "edit");
    talk.reply("In your words:", " Mine now.");
    talk.answer(&ids[1], "back");
    // The question and the line to edit show the words that the person gave before.
    talk.session.exp_string("so far: reword").unwrap();
    talk.session.exp_string("Mine now.").unwrap();
    talk.reply("This change?", "edit");
    talk.reply("In your words:", " Once more.");
    for answer in ["skip", "", "acc"] {
        talk.answer(&ids[1], "back");
        talk.session.exp_string("so far: reword").unwrap();
        talk.session.exp_string("Once more.").unwrap();
        talk.reply("This change?", answer);
    }
    talk.answer(&ids[1], "rej");
    talk.answer(&ids[2], "back");
    talk.session.exp_string("so far: reject").unwrap();
    talk.reply("This change?", "open");
    talk.answer(&ids[2], "finish");
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("1 change applied, 0 rejected"), "{rest}");
    let texts: Vec<String> = store
        .tree("memory")
        .values()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    assert!(texts.concat().contains(" Mine now. Once more.\n"), "{texts:?}");
}

/// The lines of a text without control sequences.
fn shown(text: &str) -> Vec<String> {
    let plain = anstream::adapter::strip_str(text).to_string();
    plain.split(['\n', '\r']).map(str::to_owned).collect()
}

#[test]
fn texts_break_between_words_the_keys_fit_a_line_and_ctrl_c_leaves_no_broken_line() {
    let store = Store::new();
    let long = "the logs of the whole service go to the syslog of the machine on which it runs, and to no file, as \
                extraordinarily-long-documentation says";
    store.put("memory/more.md", format!("# More\n\n- {long}.\n- {long}.\n"));
    let (store, ids) = asked(store);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let of = |id: &String| changes.iter().find(|c| c["id"] == **id).unwrap().to_string();
    let at = ids.iter().position(|id| of(id).contains("whole service")).unwrap();
    let mut talk = Talk::new(&store, &[], None);
    let mut printed = talk.session.exp_string("What matters most").unwrap();
    for id in &ids[..at] {
        talk.answer(id, "skip");
    }
    printed.push_str(&talk.session.exp_string(&format!("({} of ", at + 1)).unwrap());
    printed.push('\n');
    printed.push_str(&talk.session.exp_string("This change?").unwrap());
    printed.push('\n');
    printed.push_str(&talk.session.exp_string(" explains").unwrap());
    let lines = shown(&printed);
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
    let words = lines.iter().any(|line| line.contains("extraordinarily-long-documentation says"));
    assert!(words, "{lines:#?}");
    let keys = lines.iter().find(|line| line.contains("quit (? explains)"));
    let keys = keys.unwrap_or_else(|| panic!("{lines:#?}"));
    for key in ["accept", "reject", "skip", "why", "back", "finish", "none", "quit"] {
        assert!(keys.contains(key), "{key} in {keys}");
    }
    talk.session.send_control('c').unwrap();
    let (rest, code) = talk.end();
    assert_eq!(code, 1, "{rest}");
    let (before, after) = rest.split_once("Nothing was decided.").unwrap();
    assert!(
        before.ends_with("\r\n\u{1b}[J"),
        "a line of its own, and nothing behind it: {before:?}"
    );
    assert!(after.ends_with('\n'), "{after:?}");
}

#[test]
fn the_keys_explain_themselves_and_no_letter_alone_rejects_all() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    for typed in ["?", "n", ""] {
        talk.answer(&ids[0], typed);
        talk.session.exp_string("it comes back only with new evidence").unwrap();
        talk.session.exp_string("(in full: none)").unwrap();
        // After an unknown answer the same question is asked again.
        talk.reply("This change?", "open the door");
        talk.session.exp_string("(in full: none)").unwrap();
        talk.reply("This change?", "skip");
        talk.answer(&ids[1], "back");
    }
    talk.answer(&ids[0], "quit");
    let (rest, code) = talk.end();
    assert!(code == 0 && !rest.contains("kept"), "{rest}");
}

#[test]
fn answers_outlive_an_edit_that_is_made_while_the_review_is_open() {
    let (store, ids) = planned();
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap().clone();
    let text = |id: &String| changes.iter().find(|c| c["id"] == **id).unwrap().to_string();
    let merge = ids.iter().find(|id| text(id).contains("UTC")).unwrap();
    let mut talk = Talk::new(&store, &[], None);
    for id in &ids {
        talk.answer(id, "acc");
    }
    talk.session.exp_string("Is that your decision?").unwrap();
    let edited = store.read("memory/team.md").replacen("kept in UTC", "kept in CET", 1);
    store.put("memory/team.md", &edited);
    talk.session.send("y\r").unwrap();
    talk.session.flush().unwrap();
    talk.session.exp_string(&format!("stale: {merge}: not accepted, team.md was edited")).unwrap();
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    let says = format!("{} changes applied, 0 rejected", ids.len() - 1);
    assert!(code == 0 && rest.contains(&says), "{says}: {rest}");
    assert!(store.read("memory/team.md").contains("CET"));
}

#[test]
fn escape_goes_back_to_the_question_and_the_summary_has_the_new_words() {
    const ESCAPE: &str = "\u{1b}";
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.session.exp_string("This change?").unwrap();
    talk.session.send(ESCAPE).unwrap();
    talk.session.flush().unwrap();
    talk.session.exp_string("<canceled>").unwrap();
    talk.reply("This change?", "edit");
    talk.session.exp_string("In your words:").unwrap();
    talk.session.send(ESCAPE).unwrap();
    talk.session.flush().unwrap();
    talk.session.exp_string("The words are as they were.").unwrap();
    talk.answer(&ids[0], "edit");
    talk.reply("In your words:", " Then look at it.");
    for id in &ids[1..] {
        talk.answer(id, "skip");
    }
    talk.session.exp_string("reword").unwrap();
    talk.session.exp_string(" Then look at it.").unwrap();
    talk.session.exp_string("Is that your decision?").unwrap();
    talk.session.send(ESCAPE).unwrap();
    talk.session.flush().unwrap();
    talk.session.exp_string("<canceled>").unwrap();
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("1 change applied, 0 rejected"), "{rest}");
}

#[test]
fn a_review_can_be_finished_early_the_rest_rejected_and_evidence_is_shown_on_demand() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.session.exp_string("Together they would").unwrap();
    talk.answer(&ids[0], "why");
    let why = talk.session.exp_string("trust: ").unwrap();
    assert!(why.contains("why: ") && !why.contains("score"), "{why}");
    talk.answer(&ids[0], "acc");
    talk.answer(&ids[1], "finish");
    talk.session.exp_string(&format!("{} left open", ids.len() - 1)).unwrap();
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("1 change applied, 0 rejected"), "{rest}");

    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "acc");
    talk.answer(&ids[1], "none");
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    let says = format!("1 change applied, {} rejected", ids.len() - 1);
    assert!(code == 0 && rest.contains(&says), "{says}: {rest}");
    // The review ended with a decision, so no answers are kept for the next one.
    store.run(&["--replace"]).expect(0);
    assert!(!store.dreaming(&["review"]).expect(0).stdout.contains("earlier review"));
}
