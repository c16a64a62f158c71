//! A memory that cannot be read for a while does not count as removed.

use serde_json::Value;

use crate::support::Store;

fn entries(store: &Store) -> u64 {
    store.status()["entries"].as_u64().unwrap()
}

#[test]
fn a_memory_that_cannot_be_read_counts_as_it_was_until_it_is_mended() {
    for harm in [b"\xff".to_vec(), vec![b'x'; 102_401]] {
        let store = Store::new();
        store.put("memory/MEMORY.md", "# Index\n\n- [Notes](notes.md): what is known\n");
        store.run(&[]).expect(0);
        store.dreaming(&["apply", "--all"]).expect(0);
        let (before, whole) = (entries(&store), store.read("memory/notes.md"));
        store.put("memory/notes.md", [whole.as_bytes(), &harm].concat());
        store.put("memory/never.md", b"- Never read \xff.\n");
        store.put("memory/more.md", "- Indents are kept in tabs.\n- Indents are kept in tabs.\n");

        let run = store.run(&[]).expect(0);
        for name in ["notes.md", "never.md"] {
            assert!(run.stderr.contains(&format!("memory {name} is left alone")), "{run:?}");
        }
        assert!(run.stderr.contains("it counts as it was at the newest"), "{run:?}");
        let plan = store.dreaming(&["show", "--json"]).expect(0).json();
        let changes = plan["plan"]["changes"].to_string();
        assert!(changes.contains("more.md") && !changes.contains("notes.md"), "{changes}");
        for command in
            [&["status"][..], &["review"], &["apply", "--all", "--dry-run"], &["apply", "--all"]]
        {
            let done = store.dreaming(command).expect(0);
            let note = "memory notes.md is left alone: ";
            assert!(done.stderr.matches(note).count() == 1, "{done:?}");
            assert!(done.stderr.contains("it counts as it was at the newest"), "{done:?}");
        }
        assert_eq!(store.read("memory/more.md").matches("kept in tabs").count(), 1);
        // A revert that does not write this memory works.
        store.dreaming(&["revert", "--dry-run"]).expect(0);
        store.dreaming(&["revert"]).expect(0);
        let verified = store.dreaming(&["verify", "--json"]).expect(0).json();
        assert_eq!(verified["edited"], serde_json::json!([]), "{verified}");
        let diff = store.dreaming(&["diff", "2", "--json"]).expect(0);
        assert!(!diff.stdout.contains("notes.md"), "{diff:?}");

        store.put("memory/notes.md", &whole);
        std::fs::remove_file(store.path("memory/never.md")).unwrap();
        store.run(&["--replace"]).expect(0);
        assert!(entries(&store) >= before, "{} of {before}", entries(&store));
        let explained = store.dreaming(&["explain", "port 4000", "--json"]).expect(0).json();
        assert_eq!(explained["retired"], Value::Null, "{explained}");
        store.dreaming(&["verify"]).expect(0);
    }
}
