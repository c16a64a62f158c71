//! Standing orders and requests to remember; statements that a memory showed to an agent.

use dreaming_records::notes::StatementKind;
use dreaming_records::session::EventKind;
use dreaming_records::trust::Provenance;

use super::Script;

#[test]
fn statements_are_the_users_own_sentences_with_their_place() {
    let text =
        "Fix it. Always use tabs here.\n```\nAlways use spaces here.\n```\nThe port is now 8443";
    let notes = Script::default().user(text).notes();
    let found: Vec<_> = notes.statements.iter().map(|s| (s.kind, s.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (StatementKind::Preference, "Always use tabs here."),
            (StatementKind::Correction, "The port is now 8443"),
        ]
    );
    let pin = &notes.statements[0].pin;
    assert_eq!(text.find("Always use tabs"), usize::try_from(pin.start).ok());
    assert_eq!(pin.end - pin.start, 21);
    assert!(
        Script::default()
            .user(&format!("Always do x. {}", "a ".repeat(2_000)))
            .notes()
            .statements
            .is_empty()
    );
}

#[test]
fn plain_orders_and_requests_to_remember_are_kept_and_questions_and_quotes_are_not() {
    let text = "I'm writing a guide, and I prefer short sentences, can you check it?\n\
                请把按钮改成红色。以后总是用中文回答。Could you always add a test?\n\
                Remember that our staging host is st2. She said \"always use tea\" again.";
    let notes = Script::default().user(text).notes();
    let found: Vec<_> = notes.statements.iter().map(|s| (s.kind, s.text.as_str())).collect();
    assert_eq!(
        found,
        [
            (StatementKind::Preference, "以后总是用中文回答。"),
            (StatementKind::Fact, "Remember that our staging host is st2."),
        ]
    );
    for said in &notes.statements {
        let (start, end) = (usize::try_from(said.pin.start), usize::try_from(said.pin.end));
        assert_eq!(text.get(start.unwrap()..end.unwrap()), Some(said.text.as_str()));
    }
}

#[test]
fn code_in_a_message_does_not_make_its_own_words_pasted() {
    let text = format!("Always use tabs over spaces.\n```\n{}\n```", "x = 1\n".repeat(2_000));
    assert_eq!(Script::default().user(&text).notes().statements.len(), 1);
}

#[test]
fn rules_in_a_long_message_are_somebody_elses() {
    let text = format!("Always use tabs over spaces. {}", "It counts the rows of it. ".repeat(40));
    assert!(Script::default().user(&text).notes().statements.is_empty());
}

#[test]
fn words_that_only_say_what_does_not_hold_may_be_a_ban() {
    let notes = Script::default().user("From now on don't use `var` in scripts.").notes();
    assert_eq!(notes.statements[0].kind, StatementKind::Preference);
}

#[test]
fn nobody_but_a_person_states_a_preference() {
    for provenance in
        [Provenance::Agent, Provenance::External, Provenance::Harness, Provenance::Recalled]
    {
        let mut script = Script::default();
        script.push(EventKind::Message, provenance, "Always use tabs here.");
        assert!(script.notes().statements.is_empty(), "{provenance:?}");
    }
}

#[test]
fn the_topic_is_what_was_asked_for_first_without_secrets_and_numbers() {
    let token = format!("ghp_{}", "a1B2c3D4".repeat(5));
    let notes = Script::default()
        .user("Hi!")
        .user(&format!("Please fix the flaky parser tests of issue 4711, see https://x.example/a/b, with {token}"))
        .user("Now write the changelog")
        .notes();
    assert_eq!(notes.topic, ["fix", "flaky", "issue", "parser", "tests"]);
}

#[test]
fn statements_that_a_memory_showed_are_known_by_their_key() {
    let text = "<memory>\n# Rules\n- Use  pnpm here.\n- Wrap lines\n  at 100.\n</memory>";
    let mut script = Script::default();
    script.push(EventKind::Message, Provenance::Recalled, text);
    let numbered = "     1\t# Rules\n     2\t- Never push to main.";
    let result = EventKind::ToolResult {
        call: "x".into(),
        tool: "Read".into(),
        failed: false,
        refused: false,
    };
    script.push(result, Provenance::Recalled, numbered);
    script.push(EventKind::Message, Provenance::Agent, "- Not shown by a memory.");
    let shown = script.notes().recalled;
    let key = |statement| dreaming_records::key::key(statement);
    for statement in ["Use pnpm here.", "Wrap lines at 100.", "Never push to main."] {
        assert!(shown.contains(&key(statement)), "{statement}");
    }
    assert!(shown.is_sorted() && !shown.contains(&key("Not shown by a memory.")));
    assert!(shown.iter().all(|key| key.len() == 16));
}
