//! What is brought to neither side is named by both commands, each time.

use super::{mirror, paths, typed};

#[test]
fn a_new_file_that_is_no_memory_is_named() {
    let (store, service) = mirror(&[("/a.md", "- A.\n")]);
    std::fs::create_dir(store.path(".git")).unwrap();
    store.put("memory/big.md", vec![b'x'; 102_401]);
    store.put("memory/latin.md", b"caf\xe9");
    store.put("memory/e\u{301}.md", "- Not composed.\n");
    // What is kept out on purpose is not.
    store.put(".gitignore", "mine.md\n");
    store.put("memory/mine.md", "- Mine.\n");
    store.put("memory/picture.png", "x");
    for words in
        [["push", "memory", "--json"], ["push", "memory", "--json"], ["pull", "memory", "--json"]]
    {
        let done = typed(&store, &words).expect(0);
        assert_eq!(paths(&done, "left_alone"), ["big.md", "e\u{301}.md", "latin.md"], "{done:?}");
    }
    let said = typed(&store, &["push", "memory"]).expect(0).stdout;
    assert!(said.starts_with("Nothing to send.\nLeft alone: 3 memories.\n"), "{said}");
    assert!(said.contains("  big.md: 102401 bytes, at most 102400\n"), "{said}");
    assert!(service.written().is_empty());
}

#[test]
fn a_memory_and_a_folder_of_one_name_are_in_each_others_way() {
    let (store, service) = mirror(&[("/a.md", "- A.\n"), ("/old.md", "- Old.\n")]);
    store.put("memory/clash.md/z.md", "- Here.\n");
    service.put("/clash.md", "- There.\n");
    store.put("memory/other.md", "- Here.\n");
    service.put("/other.md/deep/z.md", "- There.\n");
    // One that only goes here is in nobody's way.
    service.remove("/old.md");
    service.put("/old.md/z.md", "- There.\n");
    typed(&store, &["pull", "memory"]).expect(0);
    for words in [["push", "memory"], ["pull", "memory"]] {
        let done = typed(&store, &words).expect(0);
        assert!(done.stdout.contains("Left alone: 4 memories."), "{done:?}");
        for line in [
            "clash.md: a folder here, which holds `clash.md/z.md`: rename the folder here, or this memory there",
            "clash.md/z.md: a folder of it has the name of the memory `/clash.md` there: rename the folder here, or that memory there",
            "other.md: the name of a folder there, which holds `/other.md/deep/z.md`: rename this memory here, or those there",
            "other.md/deep/z.md: the memory `other.md` has the name of a folder of it",
        ] {
            assert!(done.stdout.contains(line), "{line}: {done:?}");
        }
    }
    assert_eq!(store.read("memory/old.md/z.md"), "- There.\n");
    assert!(service.written().is_empty());
    // As it is said.
    std::fs::rename(store.path("memory/clash.md"), store.path("memory/clash")).unwrap();
    std::fs::rename(store.path("memory/other.md"), store.path("memory/another.md")).unwrap();
    typed(&store, &["pull", "memory"]).expect(0);
    typed(&store, &["push", "memory"]).expect(0);
    assert_eq!(store.read("memory/clash.md"), "- There.\n");
    assert_eq!(store.read("memory/other.md/deep/z.md"), "- There.\n");
    assert_eq!(service.contents()["/clash/z.md"], "- Here.\n");
    assert_eq!(service.contents()["/another.md"], "- Here.\n");
}
