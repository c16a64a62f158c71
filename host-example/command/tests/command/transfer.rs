//! Exports the whole state into one file, and imports it.

use std::fs;

use sha2::{Digest as _, Sha256};

use crate::support::{Done, Store, dreamt, session, state_files};

fn export(store: &Store, name: &str) -> Vec<u8> {
    let file = store.path(name);
    store.dreaming(&["export", file.to_str().unwrap()]).expect(0);
    fs::read(file).unwrap()
}

/// A store whose history has an import, a dream, an edit, an erasure and a waiting plan.
fn eventful() -> Store {
    let store = dreamt();
    store.put(
        "memory/more.md",
        "- Indents are made of tabs.\n- Indents are made of tabs.\n- The vault code is 8812.\n",
    );
    store.run(&["--limit", "1"]).expect(0);
    let found = store.dreaming(&["explain", "vault code", "--json"]).expect(0).json();
    let id = found["entry"].as_str().unwrap();
    store.dreaming(&["erase", "--entry", id, "--yes"]).expect(0);
    store.run(&["--replace"]).expect(0);
    assert!(store.status()["plan"].is_object());
    store
}

fn import(store: &Store, bytes: &[u8], more: &[&str]) -> Done {
    store.put("in.jsonl", bytes);
    store.dreaming(&[&["import", "in.jsonl", "--json"], more].concat())
}

#[test]
fn a_state_comes_back_whole_and_its_export_has_the_same_bytes() {
    let store = eventful();
    let bytes = export(&store, "out.jsonl");
    assert_eq!(export(&store, "again.jsonl"), bytes, "the same state gives the same bytes");
    let other = Store::empty();
    for id in ["one", "two"] {
        let file = format!("sessions/{id}.jsonl");
        other.put(&file, store.read(&file));
    }
    let done = import(&other, &bytes, &["--dry-run"]).expect(0).json();
    assert_eq!(done["outcome"], "dry-run");
    assert!(!other.path("memory").exists() && !other.path(".dreaming").exists());
    let told = Store::empty();
    told.put("in.jsonl", &bytes);
    let told = told.dreaming(&["import", "in.jsonl"]).expect(0).stdout;
    assert!(told.contains(" `dreaming run --sessions PATH…"), "{told}");
    let done = import(&other, &bytes, &[]).expect(0).json();
    assert_eq!((&done["outcome"], &done["revisions"]), (&"imported".into(), &4.into()));
    for (path, text) in store.tree("memory") {
        let path = path.strip_prefix(store.path("")).unwrap().display().to_string();
        assert_eq!(other.read(&path).into_bytes(), text, "{path}");
    }
    assert_eq!(store.tree("memory").len(), other.tree("memory").len());
    assert_eq!(export(&other, "out.jsonl"), bytes);
    let verified = other.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!(
        (&verified["verdict"], &verified["edited"]),
        (&"whole".into(), &serde_json::json!([]))
    );
    assert_eq!(verified["erased"].as_array().unwrap().len(), 1);
    // The imported state works: the waiting plan, a replay and a revert.
    assert_eq!(other.dreaming(&["replay", "2", "--json"]).expect(0).json()["verdict"], "equal");
    other.dreaming(&["apply", "--all"]).expect(0);
    other.dreaming(&["revert"]).expect(0);
    other.dreaming(&["verify"]).expect(0);
}

#[test]
fn memories_that_are_there_are_checked_and_others_stay() {
    let store = dreamt();
    let bytes = export(&store, "out.jsonl");
    let other = Store::empty();
    other.put("memory/team.md", store.read("memory/team.md"));
    other.put("memory/mine.md", "- Mine.\n");
    other.put("memory/notes.md", "- Not those.\n");
    let before = other.tree("memory");
    let error = import(&other, &bytes, &[]).expect(4).json();
    assert_eq!(error["error"]["kind"], "conflict");
    assert!(error["error"]["message"].as_str().unwrap().contains("notes.md"), "{error}");
    assert_eq!(other.tree("memory"), before);
    assert!(!other.path(".dreaming").exists(), "nothing is made");
    fs::remove_file(other.path("memory/notes.md")).unwrap();
    let done = import(&other, &bytes, &[]).expect(0).json();
    assert!(!done["files"].to_string().contains("team.md"), "it is there already: {done}");
    let verified = other.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!(verified["edited"], serde_json::json!(["mine.md"]));
    // An import into a folder with a history is refused, and that history stays.
    let kept = state_files(&other);
    import(&other, &bytes, &[]).expect(2);
    assert_eq!(state_files(&other), kept);
}

#[test]
fn a_damaged_or_shortened_file_is_refused_and_nothing_is_made() {
    let store = eventful();
    let bytes = export(&store, "out.jsonl");
    let text = String::from_utf8(bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |skip: usize| {
        let kept = lines.iter().enumerate().filter(|(n, _)| *n != skip).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n") + "\n"
    };
    let mut broken: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"hello".to_vec(),
        b"{}\n".to_vec(),
        without(0).into_bytes(),
        without(lines.len() - 1).into_bytes(),
        without(lines.len() / 2).into_bytes(),
        text.clone().into_bytes().repeat(2),
        (text.clone() + "{}\n").into_bytes(),
    ];
    broken.extend([1, 10, bytes.len() / 2].map(|cut| bytes[..bytes.len() - cut - 1].to_vec()));
    // Flips one bit at 40 places spread over the file.
    broken.extend((0..40).map(|n| {
        let mut bytes = bytes.clone();
        let at = n * (bytes.len() - 1) / 39;
        bytes[at] ^= if n % 2 == 0 { 1 } else { 0x80 };
        bytes
    }));
    let other = Store::empty();
    for (n, bytes) in broken.iter().enumerate() {
        let error = import(&other, bytes, &[]).expect(1).json();
        assert_eq!(error["error"]["kind"], "export", "{n}: {error}");
        assert!(!other.path("memory").exists() && !other.path(".dreaming").exists(), "{n}");
    }
}

#[test]
fn a_file_whose_digest_was_made_to_fit_is_still_checked_against_the_chain() {
    use sha2::{Digest as _, Sha256};
    let store = dreamt();
    let text = String::from_utf8(export(&store, "out.jsonl")).unwrap();
    let forged = text.replace("The build runs on port 4000.", "The build runs on port 4001.");
    assert_ne!(forged, text);
    let rows: Vec<&str> = forged.lines().collect();
    let body = rows[..rows.len() - 1].join("\n") + "\n";
    let digest: String =
        Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let last =
        format!("{{\"row\":\"end\",\"lines\":{},\"digest\":\"{digest}\"}}\n", rows.len() - 1);
    let other = Store::empty();
    let error = import(&other, (body + &last).as_bytes(), &[]).expect(1).json();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("memory notes.md"), "{message}");
    assert!(!other.path("memory").exists() && !other.path(".dreaming").exists());
}

#[test]
fn a_newer_form_is_refused_by_name() {
    let store = dreamt();
    let text = String::from_utf8(export(&store, "out.jsonl")).unwrap();
    let newer = text.replace("dreaming.export/1", "dreaming.export/2");
    let error = import(&Store::empty(), newer.as_bytes(), &[]).expect(1).json();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("dreaming.export/2") && message.contains("newer"), "{message}");
}

#[test]
fn a_history_whose_plans_a_server_did_not_keep_is_whole_and_goes_on() {
    let store = dreamt();
    let text = String::from_utf8(export(&store, "out.jsonl")).unwrap();
    let is_plan = |line: &&str| line.starts_with("{\"row\":\"plan\"");
    let lines: Vec<&str> = text.lines().filter(|line| !is_plan(line)).collect();
    let without = lines.join("\n") + "\n";
    assert_ne!(without, text);
    let error = import(&Store::empty(), sealed(&without).as_bytes(), &[]).expect(1).json();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("the plan that the record names is not there"), "{message}");
    let said = |number: &str| {
        let line = serde_json::json!({"row": "meta", "key": "no-plans", "value": number});
        sealed(&without.replacen('\n', &format!("\n{line}\n"), 1))
    };
    import(&Store::empty(), said("1").as_bytes(), &[]).expect(1);
    let other = Store::empty();
    import(&other, said("2").as_bytes(), &[]).expect(0);
    other.dreaming(&["verify"]).expect(0);
    for command in [&["show", "2"][..], &["log"], &["explain", "port 4000"], &["stats"]] {
        other.dreaming(command).expect(0);
    }
    other.dreaming(&["replay", "2"]).expect(1);
    other.put("memory/more.md", "- Indents are made of tabs.\n- Indents are made of tabs.\n");
    other.put("sessions/three.jsonl", session("three", 4));
    other.run(&[]).expect(0);
    other.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(other.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
    let bytes = export(&other, "out.jsonl");
    let again = Store::empty();
    import(&again, &bytes, &[]).expect(0);
    again.dreaming(&["verify"]).expect(0);
    // A plan that is made since is looked for.
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !is_plan(line)).collect();
    import(&Store::empty(), sealed(&(lines.join("\n") + "\n")).as_bytes(), &[]).expect(1);
}

#[test]
fn an_export_overwrites_nothing_unless_it_is_told_to() {
    let store = dreamt();
    store.put("out.jsonl", "mine");
    let refused = store.dreaming(&["export", "out.jsonl", "--json"]).expect(1).json();
    assert_eq!(refused["error"]["kind"], "export");
    assert_eq!(store.read("out.jsonl"), "mine");
    store.dreaming(&["export", "out.jsonl", "--force"]).expect(0);
    assert!(store.read("out.jsonl").starts_with("{\"row\":\"export\""));
    store.dreaming(&["export", "not/there.jsonl"]).expect(1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(store.path("out.jsonl")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds what the state holds");
    }
    let files: Vec<_> =
        fs::read_dir(store.path("")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert!(!files.iter().any(|name| name.to_string_lossy().contains(".part")), "{files:?}");
}

#[cfg(unix)]
#[test]
fn an_export_touches_no_other_file_and_not_the_memories() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let store = dreamt();
    store.put("out.jsonl.part", "mine");
    export(&store, "out.jsonl");
    assert_eq!(store.read("out.jsonl.part"), "mine");
    store.put("victim", "precious");
    fs::remove_file(store.path("out.jsonl.part")).unwrap();
    symlink(store.path("victim"), store.path("out.jsonl.part")).unwrap();
    fs::set_permissions(store.path("out.jsonl"), fs::Permissions::from_mode(0o644)).unwrap();
    store.dreaming(&["export", "out.jsonl"]).expect(1);
    store.dreaming(&["export", "out.jsonl", "--force"]).expect(0);
    assert_eq!(store.read("victim"), "precious");
    let mode = fs::metadata(store.path("out.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for its owner only");
    let before = store.tree("memory");
    symlink(store.path("memory"), store.path("way")).unwrap();
    for inside in ["memory/out.jsonl", "way/out.md"] {
        let refused = store.dreaming(&["export", inside, "--force"]).expect(2);
        assert!(refused.stderr.contains("inside the memory folder"), "{refused:?}");
    }
    assert_eq!(store.tree("memory"), before);
}

#[test]
fn an_export_holds_no_path_of_this_machine_and_an_import_finds_what_lies_beside_it() {
    let store = Store::new();
    let outside = Store::empty();
    outside.put("logs/three.jsonl", session("three", 4));
    let logs = outside.path("logs");
    store.run(&["--sessions", logs.to_str().unwrap()]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let bytes = export(&store, "out.jsonl");
    for place in [store.path(""), outside.path("")] {
        for path in [place.canonicalize().unwrap(), place] {
            let path = path.to_str().unwrap().trim_end_matches('/').as_bytes();
            assert!(!bytes.windows(path.len()).any(|part| part == path), "{path:?}");
        }
    }
    // Session files beside the memory folder are found again; files elsewhere are not looked for.
    let other = Store::empty();
    other.put("sessions/one.jsonl", store.read("sessions/one.jsonl"));
    import(&other, &bytes, &[]).expect(0);
    other.dreaming(&["verify"]).expect(0);
    let told = other.dreaming(&["explain", "no program `python`"]).expect(0).stdout;
    assert!(told.contains("\n  sessions/one.jsonl:3 "), "{told}");
    assert!(told.contains("three") && !told.contains("three.jsonl"), "{told}");
    assert_eq!(export(&other, "again.jsonl"), bytes);
}

#[test]
fn an_import_does_not_choose_which_sessions_are_read() {
    let store = dreamt();
    let bytes = String::from_utf8(export(&store, "out.jsonl")).unwrap();
    let outside = Store::empty();
    outside.put("logs/three.jsonl", session("three", 4));
    // A forged export with correct digests.
    let named = serde_json::json!([outside.path("logs")]).to_string();
    let named = serde_json::json!({"row": "meta", "key": "sessions", "value": named}).to_string();
    let is_meant = |line: &&str| line.contains("\"key\":\"sessions\"");
    let line = bytes.lines().find(is_meant).unwrap();
    let forged = bytes.replace(line, &named);
    let other = Store::empty();
    import(&other, sealed(&forged).as_bytes(), &[]).expect(0);
    let run = other.dreaming(&["run"]).expect(2);
    assert!(run.stderr.contains("which sessions?"), "{run:?}");
}

/// Computes the last line of an export again, with the digest of all lines before it.
fn sealed(lines: &str) -> String {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.pop();
    let body: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
    let digest = Sha256::digest(body.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{body}{{\"row\":\"end\",\"lines\":{},\"digest\":\"{digest}\"}}\n", lines.len())
}
