//! `dreaming review` with a person at a terminal.

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::support::Store;

/// How long an answer may take. Generous: the first one compiles the component.
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
        // Drawn, so the terminal hands on keys as they are typed.
        self.session.send(answer).unwrap();
        self.session.send("\r").unwrap();
        self.session.flush().unwrap();
    }

    /// What is printed until the end, and the exit code.
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
    // The old words stand in the line, and the cursor behind them.
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

    // It goes on behind what was answered.
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
    // Enter alone is a no.
    talk.reply("Is that your decision?", "");
    talk.reply("And now?", "quit");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("Nothing was decided."), "{code} {rest}");
    assert_eq!(everything(&store), before);
}

#[test]
fn words_come_from_the_editor_and_are_asked_for_again_when_they_cannot_be_taken() {
    let (store, ids) = planned();
    // The first time it empties the statement to a secret, the second time to words.
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

#[test]
fn an_index_line_for_a_memory_that_is_not_added_stays_open_and_that_is_said() {
    let store = Store::new();
    store.put("memory/MEMORY.md", "# Memory\n\n- [Notes](notes.md): notes\n");
    let (store, ids) = asked(store);
    let before = everything(&store);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let is_line = |id: &str| {
        changes.iter().any(|c| c["id"] == *id && c["cause"] == "index" && c["path"] == "MEMORY.md")
    };
    let lines: Vec<&String> = ids.iter().filter(|id| is_line(id)).collect();
    assert!(!lines.is_empty(), "{changes:?}");
    let mut talk = Talk::new(&store, &[], None);
    for id in &ids {
        let verdict = if *id == *lines[0] { "acc" } else { "skip" };
        talk.answer(id, verdict);
    }
    talk.session.exp_string(&format!("{} stays open", lines[0])).unwrap();
    talk.session.exp_string("That leaves nothing to apply.").unwrap();
    talk.reply("And now?", "quit");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("Nothing was decided."), "{code} {rest}");
    assert_eq!(everything(&store), before);
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
    talk.session.exp_string("score: ").unwrap();
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
    // A decision was made, so nothing is kept for the next review.
    store.run(&["--replace"]).expect(0);
    assert!(!store.dreaming(&["review"]).expect(0).stdout.contains("earlier review"));
}
