use proptest::prelude::*;

use dreaming_text::markdown::{Form, Piece, cells};

use super::*;

mod after_a_line;

fn add(markdown: &str, texts: &[&str]) -> Option<String> {
    let edits: Vec<Edit> = texts.iter().map(|t| Edit::Append { text: (*t).into() }).collect();
    edit(markdown, &Opening::titled("Title"), &edits)
}

fn replace(piece: &Piece, text: &str) -> Edit {
    Edit::Replace { range: piece.text_range.clone(), text: text.into() }
}

fn remove(piece: &Piece) -> Edit {
    Edit::Remove { range: piece.range.clone() }
}

#[test]
fn a_new_memory_gets_its_title_and_a_list() {
    assert_eq!(add("", &["one", "two"]).unwrap(), "# Title\n\n- one\n- two\n");
    assert_eq!(add("\u{feff}", &["one"]).unwrap(), "\u{feff}# Title\n\n- one\n");
}

#[test]
fn the_list_at_the_end_goes_on_in_its_own_way() {
    for (before, after) in [
        ("- a\n", "- a\n- x\n- y\n"),
        ("- a", "- a\n- x\n- y\n"),
        ("* a\r\n\r\n\r\n", "* a\r\n* x\r\n* y\r\n\r\n\r\n"),
        (" +  a\n +  b\n    - c\n", " +  a\n +  b\n    - c\n +  x\n +  y\n"),
        ("8. a\n9. b\n", "8. a\n9. b\n\n- x\n- y\n"),
        ("1) a\n1) b", "1) a\n1) b\n\n- x\n- y\n"),
        ("- a\n\n- b\n", "- a\n\n- b\n\n- x\n\n- y\n"),
        ("- a\n\n  more\n", "- a\n\n  more\n- x\n- y\n"),
        ("- [ ] a\n", "- [ ] a\n- x\n- y\n"),
        ("- a\nlazy\n", "- a\nlazy\n- x\n- y\n"),
        ("# H\n", "# H\n\n- x\n- y\n"),
        ("# H\n\n- a\n\n## Old\n\n* b\n", "# H\n\n- a\n- x\n- y\n\n## Old\n\n* b\n"),
        (
            "# H\n\nIntro.\n\n## L\n\n- a\n\n## M\n",
            "# H\n\nIntro.\n\n## L\n\n- a\n- x\n- y\n\n## M\n",
        ),
        ("# H\n\n## Old\n\n* b\n## C\n", "# H\n\n## Old\n\n* b\n* x\n* y\n\n## C\n"),
        ("# H\n\nText", "# H\n\nText\n\n- x\n- y\n"),
        ("> - a\n", "> - a\n\n- x\n- y\n"),
        ("---\na: b\n---\n", "---\na: b\n---\n\n- x\n- y\n"),
        ("```\n- a\n```\n", "```\n- a\n```\n\n- x\n- y\n"),
        ("- a\n\n[d]: /u\n", "- a\n\n[d]: /u\n\n- x\n- y\n"),
    ] {
        assert_eq!(add(before, &["x", "y"]).as_deref(), Some(after), "{before:?}");
    }
}

#[test]
fn a_line_that_takes_in_a_file_belongs_to_no_list_of_a_later_section() {
    for (before, after) in [
        ("# H\n\nIntro.\n\n## Never\n\n- a\n", "# H\n\nIntro.\n\n- @x.md\n\n## Never\n\n- a\n"),
        ("# H\n\n- a\n\n## L\n\n- b\n", "# H\n\n- a\n- @x.md\n\n## L\n\n- b\n"),
        ("# H\n\n## L\n\n- b\n\n## M\n", "# H\n\n## L\n\n- b\n- @x.md\n\n## M\n"),
        ("# H\n", "# H\n\n- @x.md\n"),
    ] {
        assert_eq!(add(before, &["@x.md"]).as_deref(), Some(after), "{before:?}");
    }
}

#[test]
fn a_memory_that_ends_inside_an_open_block_is_not_written() {
    for open in ["```\n- a\n", "~~~", "<!-- a\n", "<script>\n", "- a\n\n  ```\n  code\n"] {
        let closed = open.starts_with('-');
        let result = add(open, &["x"]);
        if closed {
            assert_eq!(result.unwrap(), format!("{open}- x\n"), "{open:?}");
        } else {
            assert_eq!(result, None, "{open:?}");
        }
    }
    assert_eq!(add("# H\n", &[" \n "]), None);
}

#[test]
fn a_text_that_would_begin_another_block_is_escaped() {
    for (text, expected) in [
        ("plain `code` *x*", "plain `code` *x*"),
        ("two\n\nlines\u{0} \u{feff}of it", "two lines of it"),
        ("# no heading", "\\# no heading"),
        ("- no item", "\\- no item"),
        ("---", "\\---"),
        ("1. no number", "1\\. no number"),
        ("> no quote", "\\> no quote"),
        ("```sh", "\\```sh"),
        ("~~~", "\\~~~"),
        ("[ ] no task", "\\[ ] no task"),
        ("[a]: /no-definition", "\\[a]: /no-definition"),
        ("[^1]: no note", "\\[^1]: no note"),
        ("<div>", "\\<div>"),
        ("<!-- no comment", "\\<!-- no comment"),
        ("![no](image)", "\\![no](image)"),
        ("-v is a flag", "-v is a flag"),
        ("#hash and 3.5", "#hash and 3.5"),
    ] {
        assert_eq!(rendered(text), expected);
        let written = add("", &[text]).unwrap();
        assert_eq!(written, format!("# Title\n\n- {expected}\n"));
    }
}

#[test]
fn edits_keep_every_other_byte() {
    let markdown = "\u{feff}# H\r\n\r\n1.  one\r\n    more\r\n2.  two\r\n    - in\r\n\r\nText\r\nhere\r\n\r\n\r\nEnd";
    let found = pieces(markdown);
    let edits = [
        replace(&found[0], "uno\ndue"),
        replace(&found[1], "# dos"),
        remove(&found[3]),
        replace(&found[4], "Fin."),
    ];
    let expected = "\u{feff}# H\r\n\r\n1.  uno due\r\n2.  \\# dos\r\n    - in\r\n\r\nFin.";
    assert_eq!(edit(markdown, &Opening::default(), &edits).as_deref(), Some(expected));
    let mut shuffled = edits.to_vec();
    shuffled.reverse();
    assert_eq!(edit(markdown, &Opening::default(), &shuffled).as_deref(), Some(expected));
    assert_eq!(edit(markdown, &Opening::default(), &[]).as_deref(), Some(markdown));
}

#[test]
fn an_item_is_inserted_at_the_end_of_a_section() {
    let markdown = "---\nname: a\n---\n# A\n\n- one\n\n```\n# no heading\n```\n\nSub\n---\n\nText\n\n\n## C\n* last\n";
    let found = pieces(markdown);
    let insert = |at: usize, text: &str| Edit::Insert {
        beside: found[at].text_range.clone(),
        text: text.into(),
    };
    let with = |edits: &[Edit]| edit(markdown, &Opening::default(), edits).unwrap();
    let edits = [insert(0, "x"), insert(3, "z"), insert(2, "y"), insert(1, "x2")];
    let expected = "---\nname: a\n---\n# A\n\n- one\n\n```\n# no heading\n```\n\n- x\n- x2\n\nSub\n---\n\nText\n\n- y\n\n## C\n* last\n* z\n";
    assert_eq!(with(&edits), expected);
    // Also when what stood there goes or becomes longer.
    let edits = [replace(&found[0], "a longer one"), remove(&found[2]), insert(2, "y")];
    let expected = "---\nname: a\n---\n# A\n\n- a longer one\n\n```\n# no heading\n```\n\nSub\n---\n\n- y\n\n## C\n* last\n";
    assert_eq!(with(&edits), expected);
}

#[test]
fn an_edit_that_fits_nothing_or_takes_others_along_is_refused() {
    let markdown = "- a\n  - b\n\npara\n\n---\n\ntext: x\n---\n";
    let found = pieces(markdown);
    let with = |edits: &[Edit]| edit(markdown, &Opening::default(), edits);
    assert_eq!(with(&[Edit::Remove { range: 0..3 }]), None);
    assert_eq!(with(&[Edit::Remove { range: 0..9999 }]), None);
    // The first statement holds the second, so it cannot be removed.
    assert_eq!(with(&[remove(&found[0])]), None);
    assert!(with(&[remove(&found[1])]).is_some());
    assert_eq!(with(&[remove(&found[1]), remove(&found[1])]), None);
    assert_eq!(with(&[remove(&found[1]), replace(&found[1], "c")]), None);
}

#[test]
fn a_long_list_goes_with_its_parent_at_once() {
    let inner: String = (0..3_000).map(|at| format!("  - the part {at}\n")).collect();
    let markdown = format!("- all\n{inner}- last\n");
    let found = pieces(&markdown);
    let all: Vec<Edit> = found.iter().take(3_001).map(remove).collect();
    assert_eq!(edit(&markdown, &Opening::default(), &all).as_deref(), Some("- last\n"));
}

#[test]
fn a_removal_on_which_other_blocks_hang_is_refused() {
    // Without the paragraph between them, the indented code would become text of the item.
    let markdown = "- a\n\nbetween\n\n    code\n";
    let found = pieces(markdown);
    assert_eq!(edit(markdown, &Opening::default(), &[remove(&found[1])]), None);
    // Without the item, the heading would become front matter.
    let markdown = "- two\n\n---\n## H\n---\n\n- three\n";
    let found = pieces(markdown);
    assert_eq!(edit(markdown, &Opening::default(), &[remove(&found[0])]), None);
    // Without the first paragraph, the part between the rules would become front matter.
    let markdown = "first\n\n---\nkey: x\n- item\n---\n";
    let found = pieces(markdown);
    assert_eq!(edit(markdown, &Opening::default(), &[remove(&found[0])]), None);
}

/// Random text in which characters with a meaning in Markdown are frequent.
const HOSTILE: &str = "([-*#>|`~!<:+. \t\n\r0-9a\u{feff}é漢\\\\=_x]|\\[|\\]|\\(|\\)|- |\n\n|\n  |```|\\[ \\] |---\n|<!--|[a-z]{1,8} ){0,24}";

proptest! {
    #[test]
    fn what_is_written_is_read_back_as_rendered(markdown in HOSTILE, text in HOSTILE, pick in 0_usize..8) {
        let line = rendered(&text);
        prop_assert_eq!(rendered(&line), line.clone());
        let before = pieces(&markdown);
        let mut edits = vec![Edit::Append { text: text.clone() }];
        if let Some(piece) = before.get(pick) {
            edits.push(replace(piece, &text));
            edits.push(Edit::Insert { beside: piece.text_range.clone(), text: text.clone() });
            edits.push(Edit::After { before: piece.text_range.clone(), text: text.clone() });
            edits.push(Edit::Step { before: piece.text_range.clone(), text: text.clone() });
        }
        for one in edits {
            if let Some(written) = edit(&markdown, &Opening::titled("Title"), std::slice::from_ref(&one)) {
                let after = pieces(&written);
                prop_assert!(after.iter().any(|p| normal(&p.text) == normal(&line)));
                prop_assert_eq!(after.len(), before.len() + usize::from(!matches!(one, Edit::Replace { .. })));
            }
        }
    }

    #[test]
    fn a_new_row_changes_no_other_piece(markdown in HOSTILE, cells in 1_usize..4, pick in 0_usize..8) {
        let row = ["| new ".repeat(cells), "|".into()].concat();
        let before = pieces(&markdown);
        let after = before.get(pick).map(|piece| Edit::After {
            before: piece.text_range.clone(),
            text: row.clone(),
        });
        let written = after.and_then(|after| edit(&markdown, &Opening::default(), &[after]));
        if let Some(written) = written {
            let shown = |all: &[Piece]| -> Vec<(Form, String, Vec<String>)> {
                let old = all.iter().filter(|piece| piece.text != row);
                old.map(|piece| (piece.form, normal(&piece.text), piece.headings.clone())).collect()
            };
            prop_assert_eq!(shown(&pieces(&written)), shown(&before));
        }
    }

    #[test]
    fn what_comes_after_statements_changes_no_other_line(markdown in HOSTILE, picks in prop::collection::vec(0_usize..8, 1..5)) {
        let before = pieces(&markdown);
        let marked = picks.iter().filter_map(|at| before.get(*at)).map(|piece| Edit::After {
            before: piece.text_range.clone(),
            text: "a marker of its own".into(),
        });
        let edits: Vec<Edit> = marked.collect();
        if let Some(written) = edit(&markdown, &Opening::default(), &edits) {
            let shown = |text: &str| -> Vec<String> {
                let lines = text.split(['\n', '\r']).filter(|line| !line.contains("a marker of its own"));
                lines.filter(|line| !line.trim_ascii().is_empty()).map(str::to_owned).collect()
            };
            prop_assert_eq!(shown(&written), shown(&markdown));
            prop_assert_eq!(pieces(&written).len(), before.len() + edits.len());
        }
    }

    #[test]
    fn any_text_that_shows_something_can_be_appended_to_plain_notes(text in HOSTILE) {
        let shows = text.chars().any(|c| c.is_ascii_alphanumeric());
        if shows {
            let line = rendered(&text);
            prop_assert_eq!(add("# H\n\n- a\n", &[&text]), Some(format!("# H\n\n- a\n- {line}\n")));
        }
    }

    #[test]
    fn a_removal_leaves_the_other_bytes_in_order(markdown in HOSTILE) {
        for piece in pieces(&markdown) {
            if let Some(text) = edit(&markdown, &Opening::default(), &[remove(&piece)]) {
                let mut expected = markdown.clone();
                expected.replace_range(piece.range, "");
                prop_assert_eq!(text, expected);
            }
        }
    }
}

/// Every Markdown file below `folder`, by path.
#[expect(clippy::disallowed_methods, reason = "a test reads shared data")]
fn markdown_files(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            markdown_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "md")
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            found.push((path.display().to_string(), text));
        }
    }
    found.sort();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told where the shared data are")]
fn real_memories_can_be_edited_piece_by_piece() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned();
    let folder = std::env::var("DREAMING_DATA").unwrap_or(default);
    let mut files = Vec::new();
    markdown_files(std::path::Path::new(&folder), &mut files);
    if files.is_empty() {
        println!("skipped: no Markdown below {folder}");
        return;
    }
    let (mut all, mut free, mut refused) = (0, 0, 0);
    for (path, markdown) in files {
        let found = pieces(&markdown);
        all += found.len();
        let appended = add(&markdown, &["One more statement."]);
        assert!(appended.is_some(), "{path}");
        for piece in &found {
            let replaced = |text: &str| {
                edit(&markdown, &Opening::default(), &[replace(piece, text)]).is_some()
            };
            let row = cells(&piece.text).map(|cells| format!("|{}", " one |".repeat(cells)));
            let is_row = piece.form == Form::Row;
            assert_eq!(replaced("Another statement."), !piece.form.is_part(), "{path}: {piece:?}");
            assert!(piece.form != Form::Code || replaced("`one --more`"), "{path}: {piece:?}");
            if let Some(row) = row.filter(|_| is_row) {
                assert!(replaced(&row) && !replaced(&format!("{row} two |")), "{path}: {piece:?}");
            }
            if !piece.holds_others {
                free += 1;
                if edit(&markdown, &Opening::default(), &[remove(piece)]).is_none() {
                    refused += 1;
                }
            }
        }
    }
    println!("{all} pieces, {free} removable, {refused} refused");
    assert!(refused * 100 <= free, "{refused} of {free} removals are refused");
}

#[test]
fn a_line_that_takes_in_a_file_stays_out_of_a_list_that_a_line_introduces() {
    let append = |text: &str| Edit::Append { text: text.into() };
    let led = "# A\n\nNever open these files:\n\n- a.env\n- b.sql\n\n## Rest\n\n- One.\n";
    let both = [append("@learned/a.md"), append("@learned/b.md")];
    assert_eq!(
        edit(led, &Opening::default(), &both).unwrap(),
        led.replace("b.sql\n", "b.sql\n\n@learned/a.md\n\n@learned/b.md\n")
    );
    let plain = "# A\n\n- One.\n\n## Rest\n\n- Two.\n";
    assert_eq!(
        edit(plain, &Opening::default(), &both[..1]).unwrap(),
        plain.replace("One.\n", "One.\n- @learned/a.md\n")
    );
}
