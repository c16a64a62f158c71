//! What changed on both sides: what is printed about it works as printed.

use super::service::Service;
use super::{mirror, typed};
use crate::support::{Done, Store};

/// A folder and a service in which these memories changed on both sides.
fn conflicts(files: &[&str]) -> (Store, Service) {
    let paths: Vec<String> = files.iter().map(|file| format!("/{file}")).collect();
    let memories: Vec<(&str, &str)> = paths.iter().map(|path| (&**path, "- Old.\n")).collect();
    let (store, service) = mirror(&memories);
    for (file, path) in files.iter().zip(&paths) {
        service.put(path, "- There.\n");
        store.put(&format!("memory/{file}"), "- Here.\n");
    }
    (store, service)
}

/// The printed commands that hold `with`, as the words that a shell makes of them.
fn printed(said: &str, with: &str) -> Vec<Vec<String>> {
    let lines = said.split('`').filter(|text| text.starts_with("dreaming ") && text.contains(with));
    let words = |line: &str| {
        let words = line.split('\'').enumerate().flat_map(|(n, text)| match n % 2 {
            0 => text.split_whitespace().map(str::to_owned).collect(),
            _ => vec![text.to_owned()],
        });
        words.skip(1).collect()
    };
    lines.map(words).collect()
}

/// Types the one printed command that begins so.
fn type_printed(store: &Store, said: &str, begins: &str) -> Done {
    let all = printed(said, begins);
    let [words] = &all[..] else { panic!("{begins}: {all:?} in {said}") };
    typed(store, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn about_one_conflict() {
    for option in ["pull --theirs", "push --ours"] {
        let (store, service) = conflicts(&["my notes/a.md"]);
        let said = typed(&store, &["pull", "memory"]).expect(4).stdout;
        let look = type_printed(&store, &said, "pull --dry-run").expect(0).stdout;
        assert!(look.contains("-   1 - Here.\n+   1 - There.\n"), "{look}");
        let done = type_printed(&store, &said, option).expect(0);
        let (here, there) =
            (store.read("memory/my notes/a.md"), service.contents()["/my notes/a.md"].clone());
        assert_eq!(here, there);
        assert_eq!(here == "- Here.\n", option.starts_with("push"));
        let over = if option.starts_with("push") { "there" } else { "here" };
        let over = format!("in place of what changed {over}");
        assert!(done.stdout.contains(&over), "{done:?}");
    }
}

#[test]
fn about_one_whose_name_begins_as_an_option_does() {
    for option in ["pull --theirs", "push --ours"] {
        let (store, service) = conflicts(&["-todo.md"]);
        let said = typed(&store, &["pull", "memory"]).expect(4).stdout;
        type_printed(&store, &said, "pull --dry-run").expect(0);
        type_printed(&store, &said, option).expect(0);
        assert_eq!(store.read("memory/-todo.md"), service.contents()["/-todo.md"]);
    }
}

#[test]
fn about_several_conflicts_and_what_is_in_none() {
    let fresh = || {
        let (store, service) = conflicts(&["a.md", "b.md", "c.md"]);
        store.put("memory/new.md", "- New.\n");
        let said = typed(&store, &["pull", "memory"]).expect(4).stdout;
        (store, service, said)
    };
    let here = |store: &Store| ["a", "b", "c"].map(|n| store.read(&format!("memory/{n}.md")));
    let there = |service: &Service| {
        let contents = service.contents();
        ["a", "b", "c"].map(|n| contents[&format!("/{n}.md")].clone())
    };
    let (ours, theirs) = ("- Here.\n", "- There.\n");

    let (store, service, said) = fresh();
    let look = type_printed(&store, &said, "pull --dry-run --all-theirs").expect(0).stdout;
    assert_eq!(look.matches("-   1 - Here.\n+   1 - There.\n").count(), 3, "{look}");
    type_printed(&store, &said, "pull --dry-run --theirs").expect(4);
    // What was changed here only is sent, as it is said.
    let line = said.lines().find(|line| line.contains("changed here only")).unwrap();
    type_printed(&store, line, "push").expect(4);
    assert_eq!(service.contents()["/new.md"], "- New.\n");
    assert_eq!(there(&service), [theirs; 3]);
    type_printed(&store, &said, "pull --theirs").expect(4);
    assert_eq!(here(&store), [theirs, ours, ours]);
    let mut words = ["push", "memory", "--except-conflicts", "--ours"].map(str::to_owned).to_vec();
    words.push("b.md".into());
    typed(&store, &words.iter().map(String::as_str).collect::<Vec<_>>()).expect(4);
    assert_eq!(there(&service), [theirs, ours, theirs]);

    let (store, service, said) = fresh();
    type_printed(&store, &said, "push --except-conflicts --ours").expect(4);
    assert_eq!(there(&service), [ours, theirs, theirs]);
    type_printed(&store, &said, "pull --all-theirs").expect(0);
    assert_eq!(here(&store), [ours, theirs, theirs]);

    let (store, service, said) = fresh();
    type_printed(&store, &said, "push --all-ours").expect(0);
    assert_eq!(
        (here(&store), there(&service)),
        ([ours; 3].map(Into::into), [ours; 3].map(Into::into))
    );
    assert_eq!(typed(&store, &["pull", "memory"]).expect(0).stdout, "Both sides are equal.\n");
}

#[test]
fn a_push_that_is_refused_has_a_line_for_each_conflict_and_lines_that_send() {
    let (store, service) = conflicts(&["a.md", "b.md"]);
    store.put("memory/new.md", "- New.\n");
    let refused = typed(&store, &["push", "memory", "--ours", "a.md", "--dry-run"]).expect(4);
    assert!(refused.stderr.starts_with("error: 1 memory changed here and there"), "{refused:?}");
    let refused = typed(&store, &["push", "memory", "--dry-run"]).expect(4).stderr;
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines[0], "error: 2 memories changed here and there, so nothing was sent:");
    assert!(
        lines[1].starts_with("  a.md: here ") && lines[2].starts_with("  b.md: here "),
        "{refused}"
    );
    assert_eq!(lines.len(), 4, "{refused}");
    assert!(service.written().is_empty());
    type_printed(&store, &refused, "pull --dry-run").expect(4);
    type_printed(&store, &refused, "push --except-conflicts").expect(4);
    assert_eq!(service.contents()["/new.md"], "- New.\n");
    type_printed(&store, &refused, "push --all-ours").expect(0);
    assert_eq!(service.contents()["/b.md"], "- Here.\n");
}

#[test]
fn many_are_decided_in_one_line() {
    let names: Vec<String> = (0..49).map(|n| format!("n{n:02}.md")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (store, service) = conflicts(&names);
    typed(&store, &["push", "memory", "--all-ours", "--ours", "n01.md"]).expect(2);
    typed(&store, &["push", "memory", "--all-ours", "--dry-run"]).expect(0);
    assert!(service.written().is_empty());
    let done = typed(&store, &["push", "memory", "--all-ours"]).expect(0);
    assert!(done.stdout.contains("Sent: 49 of 49 changes."), "{done:?}");
    let (store, _service) = conflicts(&names);
    let done = typed(&store, &["pull", "memory", "--all-theirs"]).expect(0);
    assert!(done.stdout.contains("49 files written as they are there."), "{done:?}");
    assert_eq!(store.read("memory/n48.md"), "- There.\n");
}

#[test]
fn a_path_is_as_in_the_list_and_one_that_is_unknown_is_named() {
    let (store, service) = conflicts(&["a.md", "sub/b.md"]);
    store.put("memory/new.md", "- New.\n");
    store.put("memory/big.md", vec![b'x'; 102_401]);
    service.put("/there.md", "- There.\n");
    let refused = |words: &[&str]| {
        let done = typed(&store, &[&words[..1], &["memory"], &words[1..]].concat());
        done.expect(2).stderr
    };
    for path in ["nope.md", "memory/a.md"] {
        let said = refused(&["pull", "--theirs", path]);
        let unknown = format!("--theirs {path}: there is no such memory, here or there");
        assert!(said.contains(&unknown) && said.contains("a.md, sub/b.md"), "{said}");
    }
    let said = refused(&["pull", "--theirs", "new.md"]);
    assert!(said.contains("changed only here") && said.contains("`dreaming push"), "{said}");
    let said = refused(&["push", "--ours", "/there.md"]);
    assert!(said.contains("changed only there") && said.contains("`dreaming pull"), "{said}");
    let said = refused(&["push", "--ours", "big.md"]);
    assert!(said.contains("big.md: it is left alone: 102401 bytes"), "{said}");
    // The path there is one too, and a line that did its work may be typed again.
    for _ in 0..2 {
        typed(&store, &["pull", "memory", "--theirs", "/sub/b.md"]).expect(4);
        assert_eq!(store.read("memory/sub/b.md"), "- There.\n");
    }
    for _ in 0..2 {
        typed(&store, &["push", "memory", "--ours", "/a.md", "a.md"]).expect(0);
        assert_eq!(service.contents()["/a.md"], "- Here.\n");
    }
}
