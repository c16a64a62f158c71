//! What comes after a line: the next item of its list, the next row of its table, or an item at the end of its section.

use super::*;

fn written(markdown: &str, at: usize, texts: &[&str]) -> Option<String> {
    let found = pieces(markdown);
    let before = &found[at].text_range;
    let after = |text: &&str| Edit::After { before: before.clone(), text: (*text).into() };
    edit(markdown, &Opening::default(), &texts.iter().map(after).collect::<Vec<_>>())
}

#[test]
fn an_item_comes_after_another_as_the_next_of_its_list() {
    let with = |markdown: &str, at: usize, texts: &[&str]| written(markdown, at, texts).unwrap();
    let list = "# A\n\n- one\n  * in it\n- two\n\n# B\n\nText.\n";
    assert_eq!(with(list, 0, &["x", "y"]), list.replace("in it\n", "in it\n- x\n- y\n"));
    assert_eq!(with(list, 1, &["x"]), list.replace("in it\n", "in it\n  * x\n"));
    assert_eq!(with(list, 2, &["x"]), list.replace("two\n", "two\n- x\n"));
    assert_eq!(with(list, 3, &["x"]), [list, "\n- x\n"].concat());
    // Blank lines stand between items where they stood, and line ends stay.
    let loose = "- one\r\n\r\n- two\r\n\r\n# B\r\n";
    assert_eq!(with(loose, 0, &["x"]), loose.replace("one\r\n", "one\r\n\r\n- x\r\n"));
    assert_eq!(with(loose, 1, &["x"]), loose.replace("two\r\n", "two\r\n\r\n- x\r\n"));
    let two = "- one\n\n# B\n\n- two\n- three\n";
    assert_eq!(with(two, 1, &["x"]), two.replace("two\n", "two\n- x\n"));
    assert_eq!(with("+   one", 0, &["x"]), "+   one\n+   x\n");
    // A statement that is added is no step, no task and no row: it comes at the end of the section.
    for line in ["1. one", "- [ ] one", "| a | b |\n|---|---|\n| c | d |"] {
        let text = format!("{line}\n\n## B\n\n- two\n");
        let written = with(&text, 0, &["x"]);
        assert_eq!(pieces(&written).len(), pieces(&text).len() + 1, "{written}");
        assert!(written.starts_with(line) && written.contains("\n- x\n\n## B"), "{written}");
    }
    // What comes at the end of the section stands behind the next items of its list.
    let found = pieces(list);
    let edits = [
        Edit::Insert { beside: found[0].text_range.clone(), text: "z".into() },
        Edit::After { before: found[2].text_range.clone(), text: "x".into() },
        Edit::After { before: found[0].text_range.clone(), text: "y".into() },
    ];
    let expected = list.replace("in it\n", "in it\n- y\n").replace("two\n", "two\n- x\n- z\n");
    assert_eq!(edit(list, &Opening::default(), &edits), Some(expected));
    // A rule ends the section.
    let ruled = "# A\n\nText.\n\n---\n\n# B\n\n- two\n";
    assert_eq!(with(ruled, 0, &["x"]), ruled.replace("Text.\n", "Text.\n\n- x\n"));
    // A rule within an item or a quote ends nothing, and an item that begins like this has no next one.
    let within = "# A\n\n-\n  Старая печь.\n- Новая печь.\n\n  ---\n\n# B\n";
    let found = pieces(within);
    let after = |at: usize| Edit::After { before: found[at].text_range.clone(), text: "y".into() };
    assert_eq!(edit(within, &Opening::default(), &[after(0), after(1)]), None);
    assert!(edit(within, &Opening::default(), &[after(1)]).is_some());
    assert!(add(within, &["x"]).is_some());
    let quote = "Text.\n\n> Signed.\n>\n> ---\n\n# B\n";
    assert_eq!(with(quote, 0, &["x"]), quote.replace("> ---\n", "> ---\n\n- x\n"));
    // What a rule or HTML parts from the end of the section is about something else.
    for parted in ["Text.\n\n---\n\nOld notes\n", "Text.\n\n<details>\n\n- old\n\n</details>\n"] {
        let found = pieces(parted);
        let after = Edit::After { before: found[0].text_range.clone(), text: "x".into() };
        assert_eq!(edit(parted, &Opening::default(), &[after]), None, "{parted}");
    }
    // What comes into a list within an item stands before the next item.
    let found = pieces(list);
    let after = |at: usize, text: &str| Edit::After {
        before: found[at].text_range.clone(),
        text: text.into(),
    };
    let expected = list.replace("in it\n", "in it\n  * inner\n- outer\n");
    for edits in [[after(0, "outer"), after(1, "inner")], [after(1, "inner"), after(0, "outer")]] {
        assert_eq!(edit(list, &Opening::default(), &edits).as_deref(), Some(&*expected));
    }
    // What stands in an item behind its inner list stays in it.
    let held = "- one\n  - in it\n\n  of one\n- two\n";
    let found = pieces(held);
    let after = |piece: &Piece, text: &str| Edit::After {
        before: piece.text_range.clone(),
        text: text.into(),
    };
    let inner = found.iter().find(|piece| piece.text == "in it").unwrap();
    let edits = [after(&found[0], "outer"), after(inner, "inner")];
    let expected = "- one\n  - in it\n  - inner\n\n  of one\n- outer\n- two\n";
    assert_eq!(edit(held, &Opening::default(), &edits).as_deref(), Some(expected));
    // What stands before it may go or become longer.
    let found = pieces(list);
    let after = Edit::After { before: found[2].text_range.clone(), text: "x".into() };
    let edits = [replace(&found[0], "a longer one"), remove(&found[1]), after.clone()];
    let expected = "# A\n\n- a longer one\n- two\n- x\n\n# B\n\nText.\n";
    assert_eq!(edit(list, &Opening::default(), &edits).as_deref(), Some(expected));
    let edits = [remove(&found[2]), after];
    let expected = list.replace("two", "x");
    assert_eq!(edit(list, &Opening::default(), &edits), Some(expected));
    // Not where blank lines go with it.
    let alone = "Text.\n\n- one\n\n# Bü\n";
    let found = pieces(alone);
    let after = Edit::After { before: found[1].text_range.clone(), text: "x".into() };
    assert_eq!(edit(alone, &Opening::default(), &[remove(&found[1]), after]), None);
}

#[test]
fn a_row_comes_after_another_one_of_its_table() {
    let with = written;
    let table = "# A\n\n  | a | b |\n  |---|---|\n  | c | d |\n  | e | f |\n\nText.\n";
    let expected = table.replace("  | e", "  | x | y |\n  | z | \\| |\n  | e");
    assert_eq!(with(table, 0, &["| x | y |", "| z | \\| |"]), Some(expected));
    let ended = "| a |\r\n|---|\r\n| c |";
    assert_eq!(with(ended, 0, &["| x |"]), Some([ended, "\r\n| x |\r\n"].concat()));
    assert_eq!(with(table, 0, &["| x |"]), None, "other cells");
    let found = pieces(table);
    let edits = [
        replace(&found[0], "| c | longer |"),
        remove(&found[1]),
        Edit::After { before: found[0].text_range.clone(), text: "| x | y |".into() },
    ];
    let expected = table.replace("c | d", "c | longer").replace("e | f", "x | y");
    assert_eq!(edit(table, &Opening::default(), &edits), Some(expected));
    // In a quote or an item a table is no statement.
    for text in ["> | a |\n> |---|\n> | c |\n", "- one\n\n  | a |\n  |---|\n  | c |\n"] {
        assert!(pieces(text).iter().all(|piece| piece.form != Form::Row), "{text}");
    }
}

#[test]
fn a_step_comes_after_another_one_and_those_behind_it_count_on() {
    let step = |piece: &Piece, text: &str| Edit::Step {
        before: piece.text_range.clone(),
        text: text.into(),
    };
    let with = |text: &str, edits: &[(usize, &str)]| {
        let found = pieces(text);
        let edits: Vec<Edit> = edits.iter().map(|(at, new)| step(&found[*at], new)).collect();
        edit(text, &Opening::default(), &edits)
    };
    let steps = "# A\n\n1. a\n2. b\n   - in it\n3. c\n\nText.\n\n1. other\n";
    let expected = "# A\n\n1. a\n2. x\n3. b\n   - in it\n4. y\n5. z\n6. c\n\nText.\n\n1. other\n";
    assert_eq!(with(steps, &[(0, "x"), (1, "y"), (1, "z")]).as_deref(), Some(expected));
    // What counts from another number, with other signs, line ends and blank lines, or not at all.
    for (text, expected) in [
        ("4) a\r\n5) b\r\n", "4) a\r\n5) x\r\n6) b\r\n"),
        ("1. a\n\n2. b\n", "1. a\n\n2. x\n\n3. b\n"),
        ("1. a\n1. b\n1. c\n", "1. a\n1. x\n1. b\n1. c\n"),
        ("- o\n  1. a\n  2. b\n- p\n", "- o\n- x\n  1. a\n"),
        ("8. a\n9. b", "8. a\n9. x\n10. b"),
    ] {
        let nested = text.starts_with('-');
        let found = with(text, &[(usize::from(nested), "x")]);
        let expected = if nested { "- o\n  1. a\n  2. x\n  3. b\n- p\n" } else { expected };
        assert_eq!(found.as_deref(), Some(expected), "{text}");
    }
    // A longer number would put what stands in a step outside it.
    assert_eq!(with("8. a\n9. b\n   - in it\n", &[(0, "x")]), None);
    for none in [
        "- a\n- b\n",
        "1. [ ] a\n",
        "1. a\n2. b\n2. c\n",
        "01. a\n02. b\n",
        "10. a\n20. b\n",
        "1. a\n\nText\n\n2. c\n",
        "1. a:\n\n```\nls\n```\n\n2. c\n",
        "1. a\n\n<!-- x -->\n\n2. c\n",
    ] {
        assert_eq!(with(none, &[(0, "x")]), None, "{none}");
    }
    // The step before it may go.
    let found = pieces(steps);
    let edits = [remove(&found[3]), step(&found[3], "x")];
    assert_eq!(edit(steps, &Opening::default(), &edits), Some(steps.replace("3. c", "3. x")));
}
