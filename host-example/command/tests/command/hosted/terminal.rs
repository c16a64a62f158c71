//! `dreaming push` with a person at a terminal.

use super::mirror;

#[test]
fn a_person_at_a_terminal_sees_what_is_sent_before_it_is() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    store.put("memory/a.md", "- New.\n");
    let answers = |words: &[&str], answer: Option<&str>| {
        let mut command = super::command(&store, words);
        command.env("NO_COLOR", "1").env("TERM", "xterm");
        let mut talk = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
        talk.exp_string("changed  a.md (7 bytes)").unwrap();
        if let Some(answer) = answer {
            talk.exp_string("Send 1 change? [y/N]").unwrap();
            talk.send_line(answer).unwrap();
        }
        talk.exp_eof().unwrap()
    };
    let said = answers(&["push", "memory"], Some(""));
    assert!(said.contains("Nothing was sent."), "{said}");
    assert!(service.written().is_empty());
    let said = answers(&["push", "memory"], Some("y"));
    assert!(said.contains("Sent: 1 of 1 change."), "{said}");
    store.put("memory/a.md", "- Neu.\n");
    let said = answers(&["push", "memory", "--yes"], None);
    assert!(said.contains("Sent: 1 of 1 change."), "{said}");
    assert_eq!(service.contents()["/a.md"], "- Neu.\n");
}

#[test]
fn a_person_at_a_terminal_sees_what_takes_the_place_of_another() {
    let (store, service) = mirror(&[("/a.md", "- Old.\n")]);
    store.put("memory/a.md", "- New.\n");
    service.put("/a.md", "- There.\n");
    let mut command = super::command(&store, &["push", "memory", "--all-ours"]);
    command.env("NO_COLOR", "1").env("TERM", "xterm");
    let mut talk = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
    talk.exp_string("changed  a.md (7 bytes), in place of what changed there").unwrap();
    talk.exp_string("Send 1 change? [y/N]").unwrap();
    talk.send_line("n").unwrap();
    talk.exp_eof().unwrap();
    assert!(service.written().is_empty());
    assert_eq!(service.contents()["/a.md"], "- There.\n");
}
