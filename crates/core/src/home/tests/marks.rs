use super::*;

#[test]
fn steps_keep_their_numbers_and_tasks_their_boxes() {
    let text = "# Release\n\n1. Tag it.\n   - With a key.\n2. Push the tag.\n\n## Open\n\n- [x] Renew the key.\n- [ ] Ask for another one.\n";
    let store = store(&[("notes.md", text)]);
    let made = rendered_into(&store, "", Room::default());
    let lines: Vec<&str> = made.text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines[1..8],
        [
            "### Release",
            "1. Tag it.",
            "   - With a key.",
            "2. Push the tag.",
            "### Release › Open",
            "- [x] Renew the key.",
            "- [ ] Ask for another one.",
        ]
    );
    let back = |file: &str| edits_of(&store, file);
    assert_eq!(back(&made.text), Edits::default());
    // Another number changes nothing, a box only in its memory: that is said.
    assert_eq!(back(&made.text.replace("2. Push", "7. Push")), Edits::default());
    let ticked = back(&made.text.replace("[ ] Ask", "[x] Ask"));
    assert_eq!(
        (ticked.edited.len(), &*ticked.stuck),
        (0, &["[x] Ask for another one.".into()][..])
    );
    let reworded = back(&made.text.replace("[ ] Ask for", "[ ] Order"));
    assert!(reworded.stuck.is_empty(), "{reworded:?}");
    assert!(reworded.memories[0].1.contains("- [ ] Order another one.\n"), "{reworded:?}");
    let new = back(&made.text.replace("- [ ] Ask", "- [ ] Water it.\n- [ ] Ask"));
    assert_eq!((new.edited.len(), &*new.stuck), (0, &["[ ] Water it.".into()][..]));
}

#[test]
fn a_pack_says_the_number_of_a_step_and_the_box_of_a_task() {
    let text =
        "1. Tag the release.\n2. Push it.\n3. Wait for the release.\n\n* [x] Renew the key.\n";
    let store = store(&[("notes.md", text)]);
    let said = |query: &str| -> Vec<(String, u64)> {
        let packed = Packer::new(&store, redact).pack(query, 100, None);
        packed.iter().map(|entry| (entry.said(), entry.score)).collect()
    };
    let release = said("release");
    let words: Vec<&str> = release.iter().map(|(words, _)| &**words).collect();
    assert_eq!(words, ["1. Tag the release.", "3. Wait for the release."]);
    assert_eq!(said("renewing keys")[0].0, "[x] Renew the key.");
    // Where nothing has a word of the query, all that holds is there, and says by its score that it does not fit.
    let other = said("weather");
    assert_eq!((other.len(), other.iter().map(|(_, score)| score).sum::<u64>()), (4, 0));
}

#[test]
fn what_would_say_something_else_at_its_new_place_is_told_and_not_taken_in() {
    let text = "# Ops\n\nRestore:\n\n1. Stop it.\n2. Load it.\n\nNever do this:\n\n- Wipe it.\n\n## Old\n\n- Spin it.\n";
    let store = store(&[("ops.md", text)]);
    let file = block_of(&store);
    let stuck = |file: &str| {
        let edits = edits_of(&store, file);
        assert!(edits.edited.is_empty(), "{edits:?}");
        edits.stuck
    };
    // The section ends with what must never be done.
    assert_eq!(stuck(&file.replace("2. Load it.", "2. Load it.\n3. Check it.")), ["Check it."]);
    let moved =
        file.replace("2. Load it.\n", "").replace("- Spin it.\n", "- Spin it.\n- Load it.\n");
    assert_eq!(stuck(&moved), ["Load it."]);
    // In its list it says the same.
    let turned = file.replace("1. Stop it.\n2. Load it.", "2. Load it.\n1. Stop it.");
    assert!(stuck(&turned).is_empty());
}
