use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn texts(markdown: &str) -> Vec<String> {
    pieces(markdown).into_iter().map(|p| p.text).collect()
}

fn without(markdown: &str, range: &Range<usize>) -> String {
    format!("{}{}", markdown.get(..range.start).unwrap(), markdown.get(range.end..).unwrap())
}

fn part(markdown: &str, range: &Range<usize>) -> String {
    markdown.get(range.clone()).unwrap().into()
}

#[test]
fn items_and_top_level_paragraphs_are_pieces_and_the_rest_is_opaque() {
    let markdown = "---\nname: x\n---\n# One\n\nA paragraph\n  over two lines.\n\n## Two\n- first\n- [ ] task\n\n```\n- code\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n> quoted\n> - item\n\n<div>\nhtml\n</div>\n\n![only](an.png)\n\n[def]: /url\n\n[^1]: a note\n\nSetext\n===\n\n1. one\n2) two\n***\nEnd";
    let expected = [
        "A paragraph over two lines.",
        "first",
        "task",
        "`- code`",
        "| c | d |",
        "one",
        "two",
        "End",
    ];
    assert_eq!(texts(markdown), expected);
    let pieces = pieces(markdown);
    assert_eq!(pieces[0].headings, ["One"]);
    assert_eq!(pieces[1].headings, ["One", "Two"]);
    assert_eq!(pieces[4].headings, ["One", "Two", "a | b"]);
    assert_eq!(pieces[5].headings, ["Setext"]);
    assert_eq!((pieces[0].line, pieces[0].form), (6, Form::Paragraph));
    assert_eq!((pieces[1].line, pieces[1].form), (10, Form::Item));
}

#[test]
fn the_range_of_an_item_is_its_whole_lines() {
    let markdown = "# T\n\n-   one\n    more\n- two\n  * nested\n  1. [x] deep\n- three";
    let found = pieces(markdown);
    let ranges: Vec<_> = found.iter().map(|p| part(markdown, &p.range)).collect();
    assert_eq!(
        ranges,
        [
            "-   one\n    more\n",
            "- two\n  * nested\n  1. [x] deep\n",
            "  * nested\n",
            "  1. [x] deep\n",
            "- three"
        ]
    );
    let inner: Vec<_> = found.iter().map(|p| part(markdown, &p.text_range)).collect();
    assert_eq!(inner, ["one\n    more", "two", "nested", "deep", "three"]);
    let holds: Vec<_> = found.iter().map(|p| p.holds_others).collect();
    assert_eq!(holds, [false, true, false, false, false]);
}

#[test]
fn the_rows_of_a_table_are_pieces_that_stay_where_they_are() {
    let markdown = "Prices:\n\n| who | price |\n|:--|--:|\n| Astern |  0.34 € |\n| `a \\| b` | |\nno bars | 3\n|  | |\n\n- an item\n\n  | in | it |\n  |---|---|\n  | 1 | 2 |\n";
    let found = pieces(markdown);
    let rows: Vec<&Piece> = found.iter().filter(|piece| piece.form == Form::Row).collect();
    let said: Vec<&str> = rows.iter().map(|row| &*row.text).collect();
    assert_eq!(
        said,
        ["| Astern |  0.34 € |", "| `a \\| b` | |"],
        "with bars around it, and a word"
    );
    assert!(rows.iter().all(|row| row.holds_others && row.headings == ["who | price"]));
    assert_eq!(part(markdown, &rows[0].range), "| Astern |  0.34 € |\n");
    assert_eq!(rows.iter().map(|row| cells(&row.text)).collect::<Vec<_>>(), [Some(2); 2]);
    assert_eq!(texts(markdown).len(), 4, "{found:?}");
    for none in ["", "|", "a | b", "| a", "b |"] {
        assert_eq!(cells(none), None, "{none}");
    }
}

#[test]
fn the_lines_of_fenced_code_are_pieces_that_stay_where_they_are() {
    let markdown = "# Run\n\nAll:\n\n```sh\nmake all\n\n  make one  # of `x`\n\tmake  two # 2\n}\n```\n\n- an item\n  ~~~\n  inside\n  ~~~\n\n      not fenced\n\n> ```\n> quoted\n> ```\n";
    let found = pieces(markdown);
    let code: Vec<&Piece> = found.iter().filter(|piece| piece.form == Form::Code).collect();
    let said: Vec<&str> = code.iter().map(|line| &*line.text).collect();
    assert_eq!(said, ["`make all`", "`make  two # 2`", "`inside`"], "with a word, without a mark");
    assert!(code.iter().all(|line| line.holds_others && line.headings == ["Run"]));
    assert_eq!(part(markdown, &code[1].range), "\tmake  two # 2\n");
    assert_eq!(part(markdown, &code[1].text_range), "make  two # 2");
    assert_eq!(part(markdown, &code[2].range), "  inside\n");
    assert_eq!(code.iter().map(|line| line.line).collect::<Vec<_>>(), [6, 9, 15]);
    let block = |lines: usize| format!("```\n{}```\n- an item\n", "a line\n".repeat(lines));
    assert_eq!((texts(&block(64)).len(), texts(&block(65)).len()), (65, 1), "output, or a file");
    assert_eq!(texts("```\r\na\r\nb\r\n```\r\n"), ["`a`", "`b`"]);
    assert_eq!(drawn_before("│   ├── db/ │ x"), "│├──");
    assert_eq!(drawn_before("make all"), "");
    assert_eq!(line_of_code("`make all`"), Some("make all"));
    for none in [
        "",
        "`",
        "``",
        "`-`",
        "` make`",
        "`make\u{a0}`",
        "make",
        "`make` all",
        "`make` `all`",
        "`a` or `b`",
    ] {
        assert_eq!(line_of_code(none), None, "{none}");
    }
}

#[test]
fn front_matter_is_only_what_the_memory_begins_with() {
    assert_eq!(texts("---\na: b\n\nc\n...\ntext\n"), ["text"]);
    assert_eq!(texts("---\r\na: b\r\n---\r\n\r\n- text\r\n"), ["text"]);
    assert_eq!(texts("text\n\n---\n- a\n- b\n---\nmore\n"), ["text", "a", "b", "more"]);
    assert_eq!(texts("---\n\n- a\n\n---\n"), ["a"]);
    assert_eq!(texts("---\n- never closed\n"), ["never closed"]);
}

#[test]
fn an_indented_list_is_read_like_any_other() {
    let markdown = "  - a\n  - b\n\n   1. c\n\n - [ ] d\n";
    let found = pieces(markdown);
    assert_eq!(texts(markdown), ["a", "b", "c", "d"]);
    assert!(found.iter().all(|piece| !piece.holds_others), "{found:?}");
}

#[test]
fn an_item_of_a_loose_list_takes_the_gap_after_it_along() {
    let markdown = "# T\n\n- a\n\n- b\n\n  more\n\n- c\n\n\nEnd.\n";
    let found = pieces(markdown);
    let ranges: Vec<_> = found.iter().map(|p| part(markdown, &p.range)).collect();
    assert_eq!(ranges, ["- a\n\n", "- b\n\n  more\n\n", "- c\n\n\n", "End.\n"]);
    assert!(found[1].holds_others && !found[0].holds_others && !found[2].holds_others);
}

#[test]
fn what_an_item_holds_beside_its_statement_keeps_it() {
    for markdown in [
        "- a\n  ```\n  --\n  ```\n",
        "- a\n  > q\n",
        "- a\n\n  b\n",
        "- a\n\n  | x |\n  |---|\n",
        "- a\n  # H\n",
        "- a\n\n  [d]: /url\n",
        "- [d]: /url\n  a\n",
        "- - a\n",
    ] {
        let found = pieces(markdown);
        assert_eq!(found.len(), 1, "{markdown:?}: {found:?}");
        assert!(found[0].holds_others && found[0].text == "a", "{markdown:?}: {found:?}");
    }
}

#[test]
fn images_html_and_empty_items_say_nothing() {
    for markdown in ["![a](b)\n", "<b></b>\n", "-\n", "- ![a](b) <br>\n", "- [ ]\n", "&#32;\n", ""]
    {
        assert_eq!(texts(markdown), [""; 0], "{markdown:?}");
    }
    assert_eq!(texts("- see ![a](b)\n- [c](d)\n- <b>e</b>\n").len(), 3);
}

#[test]
fn line_ends_marks_tabs_and_escapes_are_kept_out_or_in() {
    let markdown = "\u{feff}- a\r\n- b  \r\n\tc\r\n- \\# d \\*\r\n-\te\n- *f*\n- `g`\n\\- h";
    let found = pieces(markdown);
    let inner: Vec<_> = found.iter().map(|p| part(markdown, &p.text_range)).collect();
    assert_eq!(inner, ["a", "b  \r\n\tc", "\\# d \\*", "e", "*f*", "`g`\n\\- h"]);
    assert_eq!(found[1].text, "b c");
    assert_eq!(found[0].range, 3..8);
    assert_eq!(texts("\u{feff}---\na: b\n---\n\nText\n"), ["Text"]);
    assert_eq!(texts("\u{feff}Text"), ["Text"]);
    assert_eq!(texts("\\*not\\* this"), ["\\*not\\* this"]);
}

#[test]
fn lazy_lines_belong_to_the_statement_that_they_continue() {
    let markdown = "- a\nlazy\n- b\n  - c\nlazier\n";
    assert_eq!(texts(markdown), ["a lazy", "b", "c lazier"]);
    assert_eq!(part(markdown, &pieces(markdown)[0].range), "- a\nlazy\n");
}

#[test]
fn hostile_repetition_stays_fast() {
    for unit in ["- ", "[", "*", "> ", "`", "a\n", "- a\n", "1. ", "\\", "<", "![", "|", "\t", "_a"]
    {
        let markdown = unit.repeat(100_000 / unit.len());
        let _ = pieces(&markdown);
    }
    let mut nested = String::new();
    for depth in 0..300 {
        let _ = writeln!(nested, "{}- item", "  ".repeat(depth));
    }
    assert_eq!(pieces(&nested).len(), 300);
    let long = format!("# {}\n{}", "h".repeat(50_000), "- a\n".repeat(10_000));
    let found = pieces(&long);
    assert_eq!((found.len(), found[0].headings[0].len()), (10_000, MAX_HEADING));
}

/// Markdown as people and agents write it.
fn document() -> impl Strategy<Value = String> {
    let words = "[a-z]{1,6}( [a-z`*é漢]{1,6}){0,4}";
    let mark = prop_oneof!["- ", "\\* ", "1\\. ", "- \\[ \\] "];
    let item = (0_usize..3, mark, words, any::<bool>());
    // An item is nested at most one level deeper than the previous one.
    let list = proptest::collection::vec(item, 1..6).prop_map(|items| {
        let mut list = String::new();
        let mut deepest = 0;
        for (depth, mark, text, continued) in items {
            let indent = "   ".repeat(depth.min(deepest));
            deepest = depth.min(deepest) + 1;
            let _ = writeln!(list, "{indent}{mark}{text}");
            if continued {
                let _ = writeln!(list, "{indent}  more {text}");
            }
        }
        list + "\n"
    });
    let block = prop_oneof![
        3 => list,
        2 => words.prop_map(|text| format!("{text}\n\n")),
        1 => words.prop_map(|text| format!("{text}\n  second line\n\n\n")),
        1 => words.prop_map(|text| format!("## {text}\n")),
        1 => words.prop_map(|text| format!("```\n- {text}\n```\n\n")),
        1 => words.prop_map(|text| format!("| {text} | b |\n|---|---|\n| c | d |\n\n")),
        1 => words.prop_map(|text| format!("> {text}\n\n")),
        1 => words.prop_map(|text| format!("<!-- {text} -->\n\n")),
    ];
    let ends = (any::<bool>(), any::<bool>(), any::<bool>());
    (proptest::collection::vec(block, 0..6), ends).prop_map(|(blocks, (crlf, bom, bare))| {
        let mut text = blocks.concat();
        if bare {
            text.truncate(text.trim_ascii_end().len());
        }
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom { format!("\u{feff}{text}") } else { text }
    })
}

proptest! {
    #[test]
    fn removing_a_piece_leaves_exactly_the_others(markdown in document()) {
        let before = pieces(&markdown);
        for (at, piece) in before.iter().enumerate().filter(|(_, p)| !p.holds_others) {
            let mut expected = texts(&markdown);
            expected.remove(at);
            prop_assert_eq!(texts(&without(&markdown, &piece.range)), expected, "{:?}", piece);
        }
    }

    #[test]
    fn replacing_a_text_changes_exactly_that_piece(markdown in document()) {
        for (at, piece) in pieces(&markdown).iter().enumerate() {
            let range = &piece.text_range;
            let head = markdown.get(..range.start).unwrap();
            let (new, read) = match piece.form {
                Form::Row => ("| New | words. |", "| New | words. |"),
                Form::Code => ("new --words", "`new --words`"),
                _ => ("New words.", "New words."),
            };
            let changed = format!("{head}{new}{}", markdown.get(range.end..).unwrap());
            let mut expected = texts(&markdown);
            expected[at] = read.into();
            prop_assert_eq!(texts(&changed), expected);
        }
    }

    #[test]
    fn ranges_lie_inside_each_other_or_apart(markdown in "([-*#>|`~\\[\\]()!<: \t\n\r.0-9a\u{feff}é漢\\\\=_x]|- |\n\n|\n  |```|\\[ \\] ){0,40}") {
        let found = pieces(&markdown);
        // Pieces are looked up by either range, so both must be sorted.
        prop_assert!(found.is_sorted_by_key(|piece| piece.range.start));
        prop_assert!(found.is_sorted_by_key(|piece| piece.text_range.start));
        let mut open: Vec<&Piece> = Vec::new();
        for piece in &found {
            prop_assert!(piece.range.start <= piece.text_range.start);
            prop_assert!(piece.text_range.end <= piece.range.end);
            let said = joined(&part(&markdown, &piece.text_range));
            let is_code = piece.form == Form::Code;
            prop_assert_eq!(&piece.text, &if is_code { format!("`{said}`") } else { said });
            open.retain(|outer| outer.range.end > piece.text_range.start);
            for outer in &open {
                prop_assert!(piece.range.end <= outer.range.end && outer.holds_others);
            }
            open.push(piece);
        }
    }

    #[test]
    fn no_text_makes_the_reader_fail(markdown in "\\PC{0,80}|[ -~\n\r\t]{0,120}") {
        for piece in pieces(&markdown) {
            prop_assert!(markdown.get(piece.range).is_some());
        }
    }
}

#[test]
fn what_only_leads_in_is_short_and_ends_with_a_colon() {
    for label in [
        "**Solution:**",
        "**Implementation**:",
        "Expected response:",
        "The registration of a tool runs:",
        "_Before a release:_ ",
        "`make seed`:",
        "注意：",
    ] {
        assert!(is_lead_in(label), "{label}");
    }
    for statement in [
        "**Solution:** restart the queue",
        "Staging listens on port 8080",
        "Most additions are turned down, so before anything is added to the registry look at the rules:",
        "**Port 80**",
        "",
    ] {
        assert!(!is_lead_in(statement), "{statement}");
    }
}
