use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Origin, Support};
use dreaming_records::memory::MemoryPath;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use proptest::prelude::*;

use crate::home::block::Damage;
use crate::home::tests::{after, shop, store, stores};
use crate::home::*;
use crate::redact;

/// Form, front matter and index as Claude Code has them.
fn claude() -> Form {
    Form {
        file: "{name}.md".into(),
        head: "---\nname: {name}\ndescription: \"{description}\"\ntype: {type}\n---\n".into(),
        name: 64,
        description: 200,
        index: Some(IndexForm {
            path: "MEMORY.md".into(),
            room: Room { lines: Some(200), bytes: Some(25_000) },
        }),
        ..Form::default()
    }
}

/// Notes with times, and no index.
fn notes() -> Form {
    Form {
        file: "{time}-{name}.md".into(),
        head: "Holds for work in `/srv/shop` only.\n".into(),
        name: 80,
        description: 80,
        ..Form::default()
    }
}

fn skills() -> Form {
    Form {
        file: "{name}/SKILL.md".into(),
        head: "---\nname: {name}\ndescription: \"{description}\"\n---\n".into(),
        name: 64,
        description: 900,
        bytes: Some(20_000),
        files: Some(5),
        proven_workflows: true,
        index: None,
    }
}

fn made(store: &Snapshot, form: &Form, there: &[HomeFile]) -> Folder {
    render_files(store, form, there, None, redact).unwrap()
}

fn edits(store: &Snapshot, form: &Form, there: &[HomeFile]) -> Edits {
    read_files(store, form, there, redact).unwrap()
}

fn file(path: &str, text: &str) -> HomeFile {
    HomeFile { path: path.into(), text: text.into() }
}

/// What is there after a folder was written.
fn written(there: &[HomeFile], folder: &Folder) -> Vec<HomeFile> {
    let is_kept = |file: &&HomeFile| {
        !folder.remove.contains(&file.path) && folder.files.iter().all(|new| new.path != file.path)
    };
    there.iter().filter(is_kept).chain(&folder.files).cloned().collect()
}

/// The store with these memories, with workflows as a dream brings them in.
fn workflows(all: &[(&str, u64, Trust)]) -> Snapshot {
    let lines: String = all.iter().map(|(text, ..)| format!("- {text}\n")).collect();
    let mut snapshot = store(&[("learned/workflows.md", &lines), ("style.md", "- Use tabs.\n")]);
    for (at, (text, sessions, trust)) in all.iter().enumerate() {
        let id = EntryId::new(format!("e{at:020}"));
        let path = MemoryPath::new("learned/workflows.md").unwrap();
        let mut record = EntryRecord::new(id.clone(), path, (*text).into(), Origin::Dream);
        record.kind = Some(Kind::Workflow);
        record.support = Support { sessions: *sessions, agents: 1, days: 1 };
        record.trust = *trust;
        record.valid_from = Time::parse("2026-02-20T10:20:30.5Z");
        snapshot.ledger.entries.insert(id, record);
    }
    snapshot
}

#[test]
fn each_entry_gets_a_file_and_a_line_of_the_index() {
    let mine = file("MEMORY.md", "# Mine\n");
    let folder = made(&shop(), &claude(), std::slice::from_ref(&mine));
    let paths: Vec<&str> = folder.files.iter().map(|file| &*file.path).collect();
    assert_eq!((folder.entries, paths.len(), &folder.remove), (3, 4, &Vec::new()), "{paths:?}");
    for path in ["staging-is-blue.md", "deploy-with-make-ship.md", "use-tabs.md", "MEMORY.md"] {
        assert!(paths.contains(&path), "{paths:?}");
    }
    let tabs = folder.files.iter().find(|file| file.path == "use-tabs.md").unwrap();
    let head =
        "---\nname: use-tabs\ndescription: \"Use tabs.\"\ntype: project\n---\n\n<!-- dreaming: ";
    assert!(tabs.text.starts_with(head), "{}", tabs.text);
    assert!(tabs.text.ends_with(" -->\n\n- Use tabs.\n"), "{}", tabs.text);
    let index = &folder.files[3].text;
    assert!(index.starts_with("# Mine\n\n<!-- dreaming: "), "{index}");
    assert!(index.contains("\n- [Use tabs.](use-tabs.md)\n"), "{index}");
    // Taken out, all is as it was.
    let there = written(std::slice::from_ref(&mine), &folder);
    let none = Form { files: Some(0), ..claude() };
    let gone = made(&shop(), &none, &there);
    assert_eq!(written(&there, &gone), [mine]);
    // An index that nobody else wrote goes too.
    let there = made(&shop(), &claude(), &[]).files;
    assert_eq!(written(&there, &made(&shop(), &none, &there)), []);
}

#[test]
fn files_follow_the_entries_and_what_is_not_ours_stays() {
    let foreign = [
        file("notes.md", "mine\n"),
        file("other.md", "<!-- dreaming: from this project's memory. -->\n"),
        file("third.md", "<!-- dreaming: 00000000 12345678 abcd abcd edit -->\n\n- x\n"),
    ];
    let there = written(&foreign, &made(&shop(), &claude(), &foreign));
    let now = store(&[("deploy.md", "# Deploy\n\n- Staging is green.\n")]);
    let folder = made(&now, &claude(), &there);
    let there = written(&there, &folder);
    let left: Vec<&str> = there.iter().map(|file| &*file.path).collect();
    assert_eq!(left, ["notes.md", "other.md", "third.md", "staging-is-green.md", "MEMORY.md"]);
    assert!(there[3].text.contains("description: \"Staging is green.\"\n"), "{}", there[3].text);
    assert_eq!(there[..3], foreign);
    // In the way, it is an error, and nothing is written.
    for text in ["mine\n", "", &foreign[2].text] {
        let there = [file("staging-is-green.md", text)];
        let refused = render_files(&now, &claude(), &there, None, redact).unwrap_err();
        assert_eq!(refused, Refused::Taken("staging-is-green.md".into()));
    }
    let block = Packer::new(&now, redact).render("", Room::default(), None).unwrap().text;
    let refused = render_files(&now, &claude(), &[file("MEMORY.md", &block)], None, redact);
    assert_eq!(refused, Err(Refused::Taken("MEMORY.md".into())));
}

#[test]
fn another_store_has_other_files() {
    let other = Snapshot { salt: "other".into(), ..shop() };
    let there = made(&other, &notes(), &[]).files;
    let now = store(&[("a.md", "- Wrap at 100.\n")]);
    assert_eq!(made(&now, &notes(), &there).remove, Vec::<String>::new());
    let edited: Vec<HomeFile> =
        there.iter().map(|f| file(&f.path, &f.text.replace("tabs", "spaces"))).collect();
    assert_eq!(edits(&shop(), &notes(), &edited), Edits::default());
    assert_eq!(edits(&other, &notes(), &edited).edited.len(), 1);
}

#[test]
fn what_people_changed_reaches_the_memories() {
    let mut there = made(&shop(), &claude(), &[]).files;
    for file in &mut there {
        // As Claude Code does when it writes a file.
        let text = file.text.replace("type: project\n", "type: project\nmodified: 2026-01-01\n");
        file.text = text.replace("- Staging is blue.", "- Staging is green.\n\nSince May.");
    }
    let found = edits(&shop(), &claude(), &there);
    assert_eq!((found.edited.len(), &found.stuck), (2, &Vec::new()), "{found:?}");
    let texts = after(&shop(), &found);
    let text = &texts[&MemoryPath::new("deploy.md").unwrap()];
    assert_eq!(text, "# Deploy\n\n- Staging is green.\n- Deploy with `make ship`.\n- Since May.\n");
    // An entry that was taken out of its file leaves its memory.
    let mut there = made(&shop(), &claude(), &[]).files;
    for file in &mut there {
        file.text = file.text.replace("- Use tabs.\n", "");
    }
    let texts = after(&shop(), &edits(&shop(), &claude(), &there));
    assert_eq!(texts[&MemoryPath::new("style.md").unwrap()], "");
}

#[test]
fn what_follows_from_the_entries_cannot_be_changed_by_hand() {
    let mut there = made(&shop(), &claude(), &[]).files;
    for file in &mut there {
        file.text = file.text.replace("description: \"Use tabs.\"", "description: Tabs");
        file.text = file.text.replace("(use-tabs.md)\n", "(use-tabs.md)\n- [Mine](mine.md)\n");
    }
    let found = edits(&shop(), &claude(), &there);
    assert!(found.memories.is_empty(), "{found:?}");
    for line in ["description: Tabs", "[Mine](mine.md)"] {
        assert!(found.stuck.iter().any(|stuck| stuck == line), "{found:?}");
    }
    // A heading too, but in a file that was written before headings had codes.
    let mut there = made(&shop(), &claude(), &[]).files;
    let file = there.iter_mut().find(|file| file.text.contains("### Deploy")).unwrap();
    file.text = file.text.replace("### Deploy", "### Ours");
    assert_eq!(edits(&shop(), &claude(), &there).stuck, ["### Ours"]);
    let file = there.iter_mut().find(|file| file.text.contains("### Ours")).unwrap();
    let (before, after) = file.text.split_once(" #").unwrap();
    file.text = format!("{before} {}", after.split_once(' ').unwrap().1);
    assert_eq!(edits(&shop(), &claude(), &there), Edits::default());
}

#[test]
fn damaged_marks_are_told_with_the_file() {
    let good = made(&shop(), &claude(), &[]).files[0].clone();
    let mark = good.text.lines().find(|line| line.starts_with(MARK)).unwrap().to_owned();
    let short: String = mark.split(' ').take(3).collect::<Vec<_>>().join(" ");
    let body = "- Use tabs.\n<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> x\n";
    for (text, damage) in [
        (format!("{}{}", good.text, good.text), Damage::Several),
        (good.text.replace(&mark, &short), Damage::Mark),
        (format!("{}{body}", good.text), Damage::Conflict),
    ] {
        let there = [file(&good.path, &text)];
        let refused = Refused::Damaged(good.path.clone(), damage);
        assert_eq!(read_files(&shop(), &claude(), &there, redact), Err(refused.clone()));
        assert_eq!(render_files(&shop(), &claude(), &there, None, redact), Err(refused));
    }
}

#[test]
fn what_an_index_or_a_folder_has_no_room_for_is_left_out() {
    let lines: String = (0..300).map(|at| format!("- Rule {at} says what is done.\n")).collect();
    let store = store(&[("many.md", &lines)]);
    let before = file("MEMORY.md", &"- Mine.\n".repeat(50));
    let folder = made(&store, &claude(), &[before]);
    let index = &folder.files.last().unwrap().text;
    assert!(index.lines().count() <= 200 && index.len() <= 25_000, "{index}");
    assert!(folder.entries > 100, "{}", folder.entries);
    assert_eq!(folder.entries + count(folder.left_out.len()), 300);
    assert!(folder.left_out.iter().all(|left| left.reason == LeftOutReason::Index));
    // Every line leads to a file.
    let lines = index.lines().filter(|line| line.starts_with("- [")).count();
    assert_eq!(count(lines), folder.entries);
    let few = made(&store, &Form { files: Some(4), ..notes() }, &[]);
    assert_eq!((few.entries, few.left_out.len()), (4, 296));
    assert!(few.left_out.iter().all(|left| left.reason == LeftOutReason::Count));
    let none = made(&store, &Form { bytes: Some(10), ..notes() }, &[]);
    assert!(none.files.is_empty() && none.left_out[0].reason == LeftOutReason::Size);
}

#[test]
fn a_name_has_the_words_of_the_entry_and_is_its_own() {
    let twins = [
        ("a.md", "# A\n\n- Use tabs.\n- Tests!\n- 測試。\n- {type} stays \"so\" \\ here.\n"),
        ("b.md", "# B\n\n- Use tabs.\n"),
    ];
    let folder = made(&store(&twins), &claude(), &[]);
    let paths: Vec<&str> = folder.files.iter().map(|file| &*file.path).collect();
    let starting = |start: &str| paths.iter().filter(|path| path.starts_with(start)).count();
    assert_eq!(folder.files.len(), 6, "{paths:?}");
    assert_eq!(
        (starting("use-tabs-"), starting("tests-"), starting("entry-")),
        (2, 1, 1),
        "{paths:?}"
    );
    for path in &paths {
        let name = path.trim_end_matches(".md");
        assert!(name.len() <= 64 && !name.contains("--") && !name.ends_with('-'), "{name}");
    }
    let odd = folder.files.iter().find(|file| file.path.starts_with("type-stays")).unwrap();
    let description = r#"description: "{type} stays \"so\" \\ here.""#;
    assert!(odd.text.contains(description), "{}", odd.text);
    let long = store(&[("a.md", &format!("- {}\n", "word ".repeat(400).trim_ascii()))]);
    let folder = made(&long, &claude(), &[]);
    let text = &folder.files[0].text;
    let line = text.lines().find(|line| line.starts_with("description: ")).unwrap();
    assert!(line.ends_with("…\"") && line.chars().count() < 220, "{line}");
    assert_eq!(edits(&long, &claude(), &folder.files), Edits::default());
}

#[test]
fn only_proven_workflows_become_skills() {
    let long = "Run it. ".repeat(3_000);
    let store = workflows(&[
        ("`make a`, then `make b`", 3, Trust::Agent),
        ("`make c`, then `make d`", 1, Trust::Agent),
        ("`make e`, then `make f`", 1, Trust::User),
        (long.trim_ascii(), 4, Trust::Agent),
    ]);
    let folder = made(&store, &skills(), &[]);
    let paths: Vec<&str> = folder.files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    for name in ["make-a-then-make-b", "make-e-then-make-f"] {
        assert!(paths.contains(&&*format!("{name}/SKILL.md")), "{paths:?}");
    }
    let left: Vec<_> = folder.left_out.iter().map(|left| left.reason).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&LeftOutReason::Size) && left.contains(&LeftOutReason::Unproven));
    assert_eq!(edits(&store, &skills(), &folder.files), Edits::default());
    let all: Vec<String> = (0..9).map(|at| format!("`make {at}`, then rest")).collect();
    let all: Vec<_> = all.iter().map(|text| (&**text, 2, Trust::Agent)).collect();
    let folder = made(&workflows(&all), &skills(), &[]);
    assert_eq!((folder.entries, folder.left_out.len()), (5, 4));
}

#[test]
fn the_time_in_a_name_is_that_of_the_entry() {
    let store = workflows(&[("`make a`, then `make b`", 3, Trust::Agent)]);
    let paths: Vec<String> =
        made(&store, &notes(), &[]).files.into_iter().map(|file| file.path).collect();
    assert!(paths.contains(&"2026-02-20T10-20-30-make-a-then-make-b.md".into()), "{paths:?}");
    assert!(paths.contains(&"1970-01-01T00-00-00-use-tabs.md".into()), "{paths:?}");
}

#[test]
fn a_form_that_leads_elsewhere_is_refused() {
    let index = |path: &str| Some(IndexForm { path: path.into(), room: Room::default() });
    for form in [
        Form { file: "all.md".into(), ..claude() },
        Form { file: "../{name}.md".into(), ..claude() },
        Form { file: "/{name}.md".into(), ..claude() },
        Form { file: "c:{name}.md".into(), ..claude() },
        Form { name: 31, ..claude() },
        Form { index: index("../MEMORY.md"), ..claude() },
        Form { head: "<!-- dreaming: x -->\n".into(), ..claude() },
    ] {
        let refused = render_files(&shop(), &form, &[], None, redact);
        assert!(matches!(refused, Err(Refused::Form(_))), "{form:?} {refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn rendering_files_and_taking_in_change_no_memory(store in stores(), is_claude: bool) {
        let form = if is_claude { claude() } else { notes() };
        let there = [file("MEMORY.md", "# Mine\n\n- Mine.\n")];
        let folder = made(&store, &form, &there);
        prop_assert!(folder.remove.is_empty());
        let now = written(&there, &folder);
        prop_assert_eq!(edits(&store, &form, &now), Edits::default());
        let again = made(&store, &form, &now);
        prop_assert_eq!(&again, &folder);
        prop_assert_eq!(count(folder.left_out.len()) + folder.entries, {
            count(Packer::new(&store, redact).pack("", u32::MAX, None).len())
        });
        let gone = made(&store, &Form { files: Some(0), ..form }, &now);
        prop_assert_eq!(written(&now, &gone), there);
    }
}
