//! Names that do not exist, refuted by near ones that do.

use super::{ABSENT, Script};

#[test]
fn a_near_name_that_exists_refutes_the_one_that_does_not() {
    let notes = Script::default()
        .file("Read", "/r/.tool.yml", true, ABSENT)
        .file("Read", "/r/src/.tool.yaml", false, "")
        .file("Read", "/r/.tool.yaml", false, "")
        .notes();
    let [found] = notes.refutations.as_slice() else { panic!("{:?}", notes.refutations) };
    assert_eq!((found.wrong.as_str(), found.right.as_str()), (".tool.yml", ".tool.yaml"));
    let quotes: Vec<_> = found.pins.iter().map(|pin| &*pin.quote).collect();
    assert_eq!(quotes, [ABSENT, "/r/.tool.yml", "/r/.tool.yaml"], "the failure, and both calls");
    let named = "/r/.tool.yml: No such file or directory";
    let notes = Script::default()
        .file("Read", "/r/.tool.yml", true, named)
        .file("Read", "/r/.tool.yaml", false, "")
        .notes();
    let quotes: Vec<_> = notes.refutations[0].pins.iter().map(|pin| &*pin.quote).collect();
    assert_eq!(quotes, [named, "/r/.tool.yaml"], "which says itself what was called");
}

#[test]
fn a_proposed_name_refutes_only_when_it_worked_and_a_cut_name_never() {
    let proposed = "File does not exist. Did you mean totally.txt?";
    let notes = Script::default()
        .file("Read", "/r/other.rs", true, proposed)
        .file("Read", "/r/totally.txt", false, "")
        .notes();
    assert_eq!(notes.refutations.len(), 1);
    assert!(
        Script::default()
            .file("Read", "/r/other.rs", true, proposed)
            .notes()
            .refutations
            .is_empty()
    );
    let cut = Script::default()
        .file("Read", "/r/oth…[cut 4 chars]", true, ABSENT)
        .file("Read", "/r/oth…[cut 5 chars]", false, "")
        .notes();
    assert!(cut.refutations.is_empty());
}
