//! A person at a terminal who types something by mistake and takes it back.

use super::{Talk, everything, planned};

#[test]
fn a_none_that_was_not_meant_leaves_the_answers_as_they_were_before_it() {
    let (store, ids) = planned();
    let before = everything(&store);
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "acc");
    talk.answer(&ids[1], "none");
    talk.reply("Is that your decision?", "n");
    talk.session.exp_string(&format!("{} left open again", ids.len() - 1)).unwrap();
    // The command asks whether to go on, and the person quits.
    talk.session.exp_string("And now?").unwrap();
    talk.session.send("quit\r").unwrap();
    talk.session.flush().unwrap();
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("1 answer kept"), "{rest}");
    assert_eq!(everything(&store), before);
    // The next review finishes without rejecting anything.
    let mut talk = Talk::new(&store, &[], None);
    talk.session.exp_string("1 answer of an earlier review").unwrap();
    talk.answer(&ids[1], "finish");
    talk.reply("Is that your decision?", "y");
    let (rest, code) = talk.end();
    assert!(code == 0 && rest.contains("1 change applied, 0 rejected"), "{rest}");
}

#[test]
fn the_keys_of_a_shell_edit_the_words_of_a_change() {
    let (store, ids) = planned();
    let mut talk = Talk::new(&store, &[], None);
    talk.answer(&ids[0], "edit");
    // Keys of the line editor: delete all, delete a word, go to the beginning, go to the end; then
    // delete the next letter, and delete the rest of the line.
    let (all, word, beginning, end) = ("\u{15}", "\u{17}", "\u{1}", "\u{5}");
    let (forward, rest) = ("\u{4}", "\u{b}");
    let keys = format!("{all}xUse tabs never.{word}everywhere{beginning}{forward}{end}.");
    let keys = format!("{keys} not this{}{rest}", "\u{2}".repeat(" not this".len()));
    talk.reply("In your words:", &keys);
    talk.answer(&ids[1], "finish");
    talk.reply("Is that your decision?", "y");
    let (said, code) = talk.end();
    assert!(code == 0 && said.contains("1 change applied"), "{said}");
    let memory = store.tree("memory");
    let has = |text: &str| memory.values().any(|b| String::from_utf8_lossy(b).contains(text));
    assert!(has("- Use tabs everywhere.\n"), "{memory:?}");
}
