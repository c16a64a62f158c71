mod marks;

use std::collections::BTreeMap;

use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::snapshot::Snapshot;
use proptest::prelude::*;

use super::*;
use crate::redact;

pub(super) fn store(memories: &[(&str, &str)]) -> Snapshot {
    let memories = memories.iter().map(|(path, text)| {
        let memory = Memory::new(*path, (*text).to_owned(), None).unwrap();
        (memory.path.clone(), memory.into())
    });
    Snapshot { memories: memories.collect(), ..Snapshot::default() }
}

pub(super) fn shop() -> Snapshot {
    store(&[
        ("deploy.md", "# Deploy\n\n- Staging is blue.\n- Deploy with `make ship`.\n"),
        ("style.md", "- Use tabs.\n"),
    ])
}

fn rendered_into(store: &Snapshot, before: &str, room: Room) -> Rendering {
    Packer::new(store, redact).render(before, room, None).unwrap()
}

fn block_of(store: &Snapshot) -> String {
    rendered_into(store, "", Room::default()).text
}

fn edits_of(store: &Snapshot, file: &str) -> Edits {
    read_back(store, file, redact).unwrap()
}

pub(super) fn after(store: &Snapshot, edits: &Edits) -> BTreeMap<MemoryPath, String> {
    let mut texts: BTreeMap<MemoryPath, String> =
        store.memories.iter().map(|(path, memory)| (path.clone(), memory.text.clone())).collect();
    texts.extend(edits.memories.iter().cloned());
    texts
}

#[test]
fn a_file_gets_the_entries_under_their_headings_and_keeps_its_own_text() {
    let before = "# Shop\n\nBe kind.\n";
    let made = rendered_into(&shop(), before, Room::default());
    assert_eq!((made.entries, made.left_out), (3, 0));
    let lines: Vec<&str> = made.text.lines().collect();
    assert!(made.text.starts_with("# Shop\n\nBe kind.\n\n<!-- dreaming: from"), "{}", made.text);
    assert_eq!(lines[5..7], ["", "- Use tabs."], "{}", made.text);
    assert!(made.text.contains("\n### Deploy\n\n- "), "{}", made.text);
    assert!(lines.last().unwrap().starts_with("<!-- dreaming: end "));
    // Rendered again it is the same, and without it the file is as it was.
    assert_eq!(rendered_into(&shop(), &made.text, Room::default()), made);
    assert_eq!(without(&made.text).unwrap(), before);
    assert_eq!(edits_of(&shop(), &made.text), Edits::default());
}

#[test]
fn what_the_agent_would_cut_off_is_left_out() {
    let room = Room { lines: Some(8), bytes: None };
    let made = rendered_into(&shop(), "", room);
    assert!(lines(&made.text) <= 8 && made.entries >= 1 && made.left_out >= 1, "{made:?}");
    let room = Room { bytes: Some(300), lines: None };
    let made = rendered_into(&shop(), "", room);
    assert!(made.text.len() <= 300 && made.entries >= 1 && made.left_out >= 1, "{made:?}");
    let none = rendered_into(&shop(), "Mine.\n", Room { bytes: Some(20), lines: None });
    assert_eq!((&*none.text, none.entries, none.left_out), ("Mine.\n", 0, 3));
}

#[test]
fn a_changed_a_new_and_a_removed_line_reach_the_memories() {
    let file = block_of(&shop());
    let file = file.replace("Staging is blue.", "Staging is green.");
    let file = file.replace("- Use tabs.\n", "* Use tabs.\n* Wrap at 100.\n");
    let file = file.replace("- Deploy with `make ship`.\n", "");
    let edits = edits_of(&shop(), &file);
    let texts = after(&shop(), &edits);
    let text = |path: &str| &*texts[&MemoryPath::new(path).unwrap()];
    assert_eq!(text("deploy.md"), "# Deploy\n\n- Staging is green.\n");
    assert_eq!(text("style.md"), "- Use tabs.\n- Wrap at 100.\n");
    assert_eq!((edits.edited.len(), edits.stuck.len()), (3, 0), "{edits:?}");
    // Taken in, nothing is left to take in, also when the file was not written since.
    let now: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), &**text)).collect();
    let again = edits_of(&store(&now), &file);
    assert_eq!((again.memories.len(), again.stuck.len()), (0, 0), "{again:?}");
}

#[test]
fn a_line_below_a_changed_one_goes_into_the_memory_of_that_one() {
    let file = block_of(&shop());
    for (line, changed, path) in [
        ("- Staging is blue.\n", "- Staging is green.\n- Ask Jo first.\n", "deploy.md"),
        ("- Use tabs.\n", "- Always use tabs.\n- Ask Jo first.\n", "style.md"),
    ] {
        assert!(file.contains(line), "{file}");
        let texts = after(&shop(), &edits_of(&shop(), &file.replace(line, changed)));
        let with_it = texts.iter().filter(|(_, text)| text.contains("Ask Jo"));
        let with_it: Vec<&str> = with_it.map(|(path, _)| path.as_str()).collect();
        assert_eq!(with_it, [path]);
    }
}

#[test]
fn a_store_that_moved_on_takes_nothing_from_a_block_that_nobody_touched() {
    let file = block_of(&shop());
    let moved = store(&[("deploy.md", "- Staging is red.\n")]);
    assert_eq!(edits_of(&moved, &file), Edits::default());
    // A line that both changed is left to a person.
    let file = file.replace("Staging is blue.", "Staging is green.");
    let edits = edits_of(&moved, &file);
    assert_eq!(edits.stuck, ["Staging is green."], "{edits:?}");
    assert!(edits.memories.is_empty());
}

#[test]
fn what_both_changed_is_left_to_a_person_also_when_lines_went_or_moved() {
    let shop = store(&[("d.md", "- Deploy from main.\n- Staging is blue.\n- Use tabs.\n")]);
    let moved = store(&[("d.md", "- Deploy from main.\n- Staging is red.\n- Use tabs.\n")]);
    let block = block_of(&shop);
    let (staging, deploy) = ("- Staging is blue.\n", "- Deploy from main.\n");
    let (green, tabs) = ("- Staging is green.\n", "- Use tabs.\n");
    for (from, to) in [
        ([deploy, staging].concat(), green.to_owned()),
        ([deploy, staging].concat(), [green, deploy].concat()),
        ([deploy, staging, tabs].concat(), [tabs, green].concat()),
    ] {
        assert!(block.contains(&from), "{block}");
        let edits = edits_of(&moved, &block.replace(&from, &to));
        assert_eq!(edits.stuck, ["Staging is green."], "{to}: {edits:?}");
    }
    // What the memory has in other words by then may leave the block.
    let edits = edits_of(&moved, &block.replace(staging, ""));
    assert_eq!((edits.memories.len(), edits.stuck.len()), (0, 0), "{edits:?}");
}

#[test]
fn another_mark_another_order_and_other_line_ends_are_no_edits() {
    let file = block_of(&shop());
    let two = "- Staging is blue.\n- Deploy with `make ship`.\n";
    for (from, to) in [
        ("- ", "* "),
        ("\n", "\r\n"),
        ("Deploy with", "Deploy\n  with"),
        (two, "- Deploy with `make ship`.\n- Staging is blue.\n"),
    ] {
        let changed = file.replace(from, to);
        assert_ne!(changed, file, "{from:?}");
        let edits = edits_of(&shop(), &changed);
        assert_eq!((edits.memories.len(), edits.stuck.len()), (0, 0), "{from:?} {edits:?}");
    }
}

#[test]
fn what_is_no_statement_is_told_and_not_taken_in() {
    let file = block_of(&shop()).replace("- Use tabs.\n", "- Use tabs.\n\n```\nmake\n```\n");
    assert_eq!(edits_of(&shop(), &file).stuck, ["```", "make", "```"]);
    let table = "| a | b |\n|---|---|\n| 1 | 2 |";
    let file = file.replace("```\nmake\n```", table);
    assert_eq!(edits_of(&shop(), &file).stuck, table.lines().collect::<Vec<_>>());
}

#[test]
fn a_heading_that_was_changed_or_added_is_told_and_one_that_went_with_its_lines_is_not() {
    let file = block_of(&shop());
    for (from, to, stuck) in [
        ("### Deploy", "### How we deploy", "### How we deploy"),
        ("- Use tabs.\n", "### Style\n\n- Use tabs.\n", "### Style"),
        ("- Use tabs.\n", "- Use tabs.\n\nStyle\n-----\n", "Style"),
    ] {
        let edits = edits_of(&shop(), &file.replace(from, to));
        assert_eq!(edits.stuck.first().map(String::as_str), Some(stuck), "{edits:?}");
    }
    let (head, tail) = file.split_once("### Deploy").unwrap();
    let (_, end) = tail.split_once("<!--").unwrap();
    let gone = format!("{head}<!--{end}");
    let edits = edits_of(&shop(), &gone);
    assert_eq!((edits.edited.len(), edits.stuck.len()), (2, 0), "{edits:?}");
    // A block from before headings had codes says nothing of them.
    let old = file.lines().map(|line| line.split_once(" # ").map_or(line, |(codes, _)| codes));
    let old: Vec<String> = old
        .map(|line| match line.starts_with("<!-- dreaming: end") {
            true => format!("{} -->", line.trim_end_matches(" -->")),
            false => line.to_owned(),
        })
        .collect();
    let old = old.join("\n");
    assert_eq!(edits_of(&shop(), &old), Edits::default(), "{old}");
    assert_eq!(edits_of(&shop(), &old.replace("### Deploy", "### Other")), Edits::default());
}

#[test]
fn a_new_line_goes_into_its_section_and_is_no_step_of_a_numbered_list() {
    let shop = store(&[
        (
            "a.md",
            "# Deploy\n\n1. Build the image.\n2. Ship with `make ship`.\n\n# Style\n\n* Use tabs.\n",
        ),
        ("b.md", "# Tests\n\n- Run `make test`.\n"),
    ]);
    let file = block_of(&shop);
    let ship = "2. Ship with `make ship`.\n";
    for (from, to, path, expected) in [
        (
            ship,
            format!("{ship}- Ask Jo first.\n"),
            "a.md",
            "2. Ship with `make ship`.\n\n- Ask Jo first.\n\n# Style\n\n* Use tabs.\n",
        ),
        (
            "- Use tabs.\n",
            "- Use tabs.\n- Wrap at 100.\n".into(),
            "a.md",
            "# Style\n\n* Use tabs.\n* Wrap at 100.\n",
        ),
        (
            "### Tests\n\n",
            "### Tests\n\n- Ask Jo first.\n".into(),
            "b.md",
            "- Run `make test`.\n- Ask Jo first.\n",
        ),
        // A step in other words stays where it was.
        (
            ship,
            "- Ask Jo first.\n".into(),
            "a.md",
            "1. Build the image.\n2. Ask Jo first.\n\n# Style\n\n* Use tabs.\n",
        ),
    ] {
        let changed = file.replace(from, &to);
        assert_ne!(changed, file);
        let edits = edits_of(&shop, &changed);
        assert!(edits.stuck.is_empty(), "{edits:?}");
        let text = &after(&shop, &edits)[&MemoryPath::new(path).unwrap()];
        assert!(text.ends_with(expected), "{text}");
    }
}

/// What a statement stands below may turn its sense around.
#[test]
fn a_block_has_the_order_of_the_store_and_what_its_lines_stand_below() {
    let rules = "# Rules\n\nNever do **any** of these on production:\n\n- Run `make reset`.\n- Push to `main`.\n\n\
                 Before June the API ran on 8080, and since then:\n\n- The API runs on 9090.\n";
    let deploy = "# Deploy\n\n- Staging:\n  - Run `make stage`.\n- Production is Ana's.\n  - Run `make prod`.\n    \
                  - Twice.\n\n1. Tag it.\n2. Push it.\n3. Announce it.\n";
    let shop = store(&[("a.md", rules), ("b.md", deploy)]);
    let file = block_of(&shop);
    let body = file.split_once("-->\n\n").unwrap().1.split_once("\n<!--").unwrap().0;
    assert_eq!(
        body,
        "### Rules › Never do any of these on production:\n\n- Run `make reset`.\n- Push to `main`.\n\n\
         ### Rules › Before June the API ran on 8080, and since then:\n\n- The API runs on 9090.\n\n\
         ### Deploy › Staging:\n\n- Run `make stage`.\n\n\
         ### Deploy\n\n- Production is Ana's.\n  - Run `make prod`.\n    - Twice.\n1. Tag it.\n2. Push it.\n3. Announce it.\n"
    );
    assert_eq!(edits_of(&shop, &file), Edits::default());
    // An edit of a line inside others goes into its memory, and a new one there is left to people.
    let edited = file.replace("- Run `make prod`.", "- Run `make production`.");
    let texts = after(&shop, &edits_of(&shop, &edited));
    let path = MemoryPath::new("b.md").unwrap();
    assert_eq!(texts[&path], deploy.replace("make prod`", "make production`"));
    let added =
        file.replace("  - Run `make prod`.\n", "  - Run `make prod`.\n  - But not on Fridays.\n");
    let edits = edits_of(&shop, &added);
    assert_eq!((edits.memories.len(), &*edits.stuck), (0, &["But not on Fridays.".to_owned()][..]));
    // Without room for what it stands in, a line has it above.
    let room = Room { lines: Some(lines(&file) - 6), bytes: None };
    let made = rendered_into(&shop, "", room);
    assert!(made.left_out > 0 && edits_of(&shop, &made.text) == Edits::default(), "{}", made.text);
}

#[test]
fn a_secret_is_not_taken_in_and_not_told() {
    let redact = |text: &str| text.replace("hunter2", "[REDACTED:password]");
    let shop = shop();
    let file =
        block_of(&shop).replace("- Use tabs.\n", "- Use tabs.\n- The password is hunter2.\n");
    let edits = read_back(&shop, &file, redact).unwrap();
    assert_eq!(
        (edits.memories.len(), &*edits.stuck),
        (0, &["The password is [REDACTED:password].".to_owned()][..])
    );
}

#[test]
fn a_line_goes_with_those_below_it() {
    let text =
        "- Deploy with care.\n  - Build the image.\n    - Tag it.\n  - Ship it.\n- Use tabs.\n";
    let shop = store(&[("a.md", text)]);
    let file = block_of(&shop);
    let without = |lines: &[&str]| {
        lines.iter().fold(file.clone(), |file, gone| {
            assert!(file.contains(gone), "{file}");
            let stays = |line: &&str| line.trim_ascii_start() != *gone;
            file.split_inclusive('\n').filter(stays).collect()
        })
    };
    let all = ["- Deploy with care.\n", "- Build the image.\n", "- Tag it.\n", "- Ship it.\n"];
    for (lines, expected) in [
        (&all[..], "- Use tabs.\n"),
        (&all[1..3], "- Deploy with care.\n  - Ship it.\n- Use tabs.\n"),
        (&all[1..], "- Deploy with care.\n- Use tabs.\n"),
    ] {
        let edits = edits_of(&shop, &without(lines));
        assert!(edits.stuck.is_empty(), "{edits:?}");
        assert_eq!(after(&shop, &edits)[&MemoryPath::new("a.md").unwrap()], expected);
    }
    // Another line in its place would stand above lines that have nothing to do with it.
    let edits = edits_of(&shop, &file.replace("Deploy with care.", "Invoices are due in May."));
    assert_eq!((edits.memories.len(), edits.stuck.len()), (0, 2), "{edits:?}");
    // What stays would be lost with it.
    let edits = edits_of(&shop, &without(&all[..2]));
    assert!(edits.memories.is_empty() && edits.stuck.len() > 1, "{edits:?}");
}

#[test]
fn marks_behind_a_byte_order_mark_or_spaces_are_found() {
    let file = block_of(&shop());
    let bom = format!("\u{feff}{file}");
    let indented = file.replace("<!-- dreaming", "  <!-- dreaming");
    for (text, left) in [(&bom, "\u{feff}"), (&indented, "")] {
        assert_eq!(edits_of(&shop(), text), Edits::default(), "{text}");
        assert_eq!(without(text).unwrap(), left);
        let again = rendered_into(&shop(), text, Room::default()).text;
        assert_eq!(again, format!("{left}{file}"));
    }
}

#[test]
fn damaged_marks_are_told() {
    let file = block_of(&shop());
    let end = file.lines().last().unwrap().to_owned();
    let conflict = "<<<<<<< HEAD\n- Use tabs.\n=======\n- Use spaces.\n>>>>>>> other\n";
    for (text, damage) in [
        (file.replace(&end, ""), Damage::Half),
        (end.clone(), Damage::Half),
        (format!("{file}{file}"), Damage::Several),
        (file.replace(&end, "<!-- dreaming: end -->"), Damage::End),
        (file.replace(&end, "<!-- dreaming: end 12345678 zz -->"), Damage::End),
        (file.replace("- Use tabs.\n", conflict), Damage::Conflict),
        (
            file.replace(&end, &format!("<<<<<<< HEAD\n{end}\n=======\n{end}\n>>>>>>> other\n")),
            Damage::Conflict,
        ),
    ] {
        assert_eq!(read_back(&shop(), &text, redact), Err(damage), "{text}");
        if !matches!(damage, Damage::End | Damage::Conflict) {
            assert_eq!(without(&text), Err(damage));
            let made = Packer::new(&shop(), redact).render(&text, Room::default(), None);
            assert_eq!(made, Err(damage));
        }
    }
}

#[test]
fn a_text_that_would_end_the_block_is_left_out() {
    let store = store(&[("a.md", "- Ends with <!-- dreaming: end 12345678 -->\n- Use tabs.\n")]);
    let made = rendered_into(&store, "", Room::default());
    assert_eq!((made.entries, made.left_out), (1, 1), "{}", made.text);
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "- [a-e]{1,3} [a-e]{1,3}",
        "# [a-c]{1,3}",
        "[a-e`*]{1,4} [a-e.]{1,4}",
        Just(String::new()),
        Just("```".to_owned()),
        "[0-9]\\. [a-e]{1,4}",
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

pub(super) fn stores() -> impl Strategy<Value = Snapshot> {
    let paths = proptest::sample::subsequence(vec!["a.md", "b/c.md", "d.md"], 0..=3);
    (paths, proptest::collection::vec(text(), 3)).prop_map(|(paths, texts)| {
        let memories: Vec<_> = paths.into_iter().zip(texts.iter().map(String::as_str)).collect();
        store(&memories)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn rendering_and_taking_in_change_no_memory(
        store in stores(), before in text(), lines in proptest::option::of(0..40_u64),
    ) {
        let room = Room { lines, bytes: None };
        let made = rendered_into(&store, &before, room);
        prop_assert_eq!(edits_of(&store, &made.text), Edits::default());
        prop_assert_eq!(&rendered_into(&store, &made.text, room).text, &made.text);
        let left = without(&made.text).unwrap();
        prop_assert_eq!(left.trim_end_matches('\n'), before.trim_end_matches('\n'));
        if let (Some(most), 1..) = (lines, made.entries) {
            prop_assert!(super::lines(&made.text) <= most);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_new_line_is_in_the_memories_and_in_what_is_rendered_then(store in stores(), at in 0..20_usize) {
        let made = rendered_into(&store, "", Room::default());
        prop_assume!(made.entries > 0);
        let is_item = |line: &str| line.starts_with("- ") || line.starts_with(|c: char| c.is_ascii_digit());
        let mut lines: Vec<&str> = made.text.lines().collect();
        let items: Vec<usize> = (0..lines.len()).filter(|at| is_item(lines[*at])).collect();
        lines.insert(items[at % items.len()], "- zzz yyy.");
        let edits = edits_of(&store, &lines.join("\n"));
        prop_assume!(edits.stuck.is_empty());
        prop_assert_eq!(edits.edited.len(), 1, "{:?}", edits);
        let texts = after(&store, &edits);
        let now: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), &**text)).collect();
        let again = rendered_into(&self::store(&now), &lines.join("\n"), Room::default());
        prop_assert!(again.text.contains("- zzz yyy.\n"), "{}", again.text);
        prop_assert_eq!(again.entries, made.entries + 1);
    }
}
