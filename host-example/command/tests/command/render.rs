//! The memories as a block in files that agents load, and edits of people there.

use std::fs;
use std::process::Command;

use crate::support::{self, Store};

/// A store within a repository.
fn shop() -> Store {
    let store = Store::empty();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put("memory/deploy.md", "# Deploy\n\n- Staging is blue.\n- Deploy with `make ship`.\n");
    store.put("memory/style.md", "- Use tabs.\n");
    store.put("AGENTS.md", "# Shop\n\nBe kind.\n");
    store
}

#[test]
fn a_block_is_written_into_the_files_of_the_agents_and_taken_out_again() {
    let store = shop();
    let said = store.dreaming(&["render", "--for", "codex,copilot"]).expect(0).stdout;
    assert!(said.contains("AGENTS.md (Codex): written, 3 entries."), "{said}");
    assert!(said.contains("copilot-instructions.md (GitHub Copilot)"), "{said}");
    assert!(said.contains("`dreaming render --remove --for codex,copilot"), "{said}");
    // Copilot loads both.
    let look = "Look: copilot loads ";
    assert!(
        said.contains(look) && said.contains("`dreaming render --remove --for copilot "),
        "{said}"
    );
    let agents = store.read("AGENTS.md");
    assert!(agents.starts_with("# Shop\n\nBe kind.\n\n<!-- dreaming: from"), "{agents}");
    assert!(agents.contains("\n- Use tabs.\n") && agents.contains("\n### Deploy\n"), "{agents}");
    let copilot = store.read(".github/copilot-instructions.md");
    assert!(copilot.starts_with("<!-- dreaming:"), "{copilot}");
    // What was written is found again without naming it, and nothing is left to do.
    let again = store.dreaming(&["render", "--json"]).expect(0).json();
    assert_eq!(again["files"].as_array().unwrap().len(), 2, "{again}");
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["changed"] == false));
    assert_eq!(again["more_than_once"][0]["agent"], "copilot", "{again}");
    store.dreaming(&["render", "--remove", "--for", "copilot"]).expect(0);
    assert!(!store.dreaming(&["render"]).expect(0).stdout.contains("Look:"));
    let said = store.dreaming(&["render", "--remove"]).expect(0).stdout;
    assert!(said.contains("AGENTS.md has no block any more."), "{said}");
    assert_eq!(store.read("AGENTS.md"), "# Shop\n\nBe kind.\n");
    assert_eq!(store.read(".github/copilot-instructions.md"), "");
    let nothing = store.dreaming(&["render"]).expect(2).stderr;
    assert!(nothing.contains("--for"), "{nothing}");
}

#[test]
fn what_people_changed_in_a_block_is_taken_in_or_dropped_as_they_say() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let block = store.read("AGENTS.md");
    let edited = block
        .replace("Staging is blue.", "Staging is green.")
        .replace("- Use tabs.\n", "- Use tabs.\n- Wrap at 100.\n");
    store.put("AGENTS.md", &edited);
    let refused = store.dreaming(&["render"]).expect(4).stderr;
    for words in ["`Staging is blue.` is now `Staging is green.`", "--take-in", "--overwrite"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(store.read("AGENTS.md"), edited, "nothing was written");
    let dry = store.dreaming(&["render", "--take-in", "--dry-run"]).expect(0).stdout;
    assert!(dry.contains("Would take into the memories"), "{dry}");
    assert_eq!(store.read("memory/style.md"), "- Use tabs.\n");
    let taken = store.dreaming(&["render", "--take-in", "--json"]).expect(0).json();
    assert_eq!(taken["taken_in"].as_array().unwrap().len(), 2, "{taken}");
    assert_eq!(store.read("memory/style.md"), "- Use tabs.\n- Wrap at 100.\n");
    assert!(store.read("memory/deploy.md").contains("- Staging is green.\n"));
    assert!(store.read("AGENTS.md").contains("- Staging is green.\n"));
    // It is a revision of its own, which can be taken back.
    store.dreaming(&["verify"]).expect(0);
    store.dreaming(&["revert", "1"]).expect(0);
    assert_eq!(store.read("memory/style.md"), "- Use tabs.\n");
    store.put("AGENTS.md", block.replace("Staging is blue.", "Staging is red."));
    store.dreaming(&["render", "--overwrite"]).expect(0);
    assert_eq!(store.read("AGENTS.md"), block);
    assert_eq!(store.read("memory/deploy.md").matches("blue").count(), 1);
}

#[test]
fn what_cannot_be_taken_in_is_named_with_all_that_overwrite_would_drop() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents,copilot"]).expect(0);
    let agents = store.read("AGENTS.md");
    let edited = agents
        .replace("### Deploy", "### How we deploy")
        .replace("Staging is blue.", "Staging is green.");
    store.put("AGENTS.md", &edited);
    let copilot = store.read(".github/copilot-instructions.md");
    let copilot = copilot.replace("- Use tabs.\n", "- Use tabs.\n- Wrap at 100.\n");
    store.put(".github/copilot-instructions.md", &copilot);
    for options in [&[][..], &["--take-in"], &["--remove"]] {
        let refused = store.dreaming(&[&["render"], options].concat()).expect(4).stderr;
        for words in [
            "AGENTS.md has changes that cannot be taken into the memories (`### How we deploy`) and others",
            "`Staging is blue.` is now `Staging is green.`",
            "copilot-instructions.md was changed by hand (`Wrap at 100.` is new in style.md)",
            "--overwrite",
        ] {
            assert!(refused.contains(words), "{refused}");
        }
        assert_eq!(store.read("AGENTS.md"), edited);
        assert_eq!(store.read("memory/style.md"), "- Use tabs.\n");
    }
    // Without the heading the rest can be taken in.
    store.put("AGENTS.md", edited.replace("### How we deploy", "### Deploy"));
    store.dreaming(&["render", "--take-in"]).expect(0);
    assert_eq!(store.read("memory/style.md"), "- Use tabs.\n- Wrap at 100.\n");
    assert!(store.read("memory/deploy.md").contains("Staging is green."));
}

#[test]
fn what_was_taken_in_is_taken_back_by_the_command_that_is_printed() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let edited = store.read("AGENTS.md").replace("Staging is blue.", "Staging is green.");
    store.put("AGENTS.md", edited);
    let said = store.dreaming(&["render", "--take-in"]).expect(0).stdout;
    let (_, way) = said.split_once("; `dreaming ").unwrap_or_else(|| panic!("{said}"));
    let (way, rest) = way.split_once('`').unwrap();
    assert!(rest.starts_with(" takes back what was taken in."), "{said}");
    let way: Vec<&str> = way.split(' ').take_while(|word| *word != "--memory").collect();
    assert_eq!(way[0], "revert", "{said}");
    store.dreaming(&way).expect(0);
    assert!(store.read("memory/deploy.md").contains("Staging is blue."));
}

#[test]
fn a_file_that_cannot_be_read_is_named_when_no_file_is() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents,copilot"]).expect(0);
    let block = fs::read(store.path("AGENTS.md")).unwrap();
    fs::write(store.path("AGENTS.md"), [&b"caf\xe9\n"[..], &block].concat()).unwrap();
    let said = store.dreaming(&["render"]).expect(0).stderr;
    assert!(said.contains("AGENTS.md is left out: "), "{said}");
    let said = store.dreaming(&["render", "--remove"]).expect(0).stderr;
    assert!(said.contains("AGENTS.md is left out: "), "{said}");
    assert!(fs::read(store.path("AGENTS.md")).unwrap().ends_with(&block));
}

#[test]
fn a_damaged_block_a_link_out_of_the_project_and_a_memory_are_left_alone() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let block = store.read("AGENTS.md");
    let last = block.lines().last().unwrap().to_owned();
    store.put("AGENTS.md", block.replace(&last, ""));
    for option in ["--overwrite", "--remove"] {
        let refused = store.dreaming(&["render", "--for", "agents", option]).expect(2).stderr;
        assert!(refused.contains("one of its two marks is missing"), "{refused}");
    }
    let refused = store.dreaming(&["render", "memory/style.md"]).expect(2).stderr;
    assert!(refused.contains("lies in the memory folder (/"), "{refused}");
    assert!(refused.contains("--memory"), "{refused}");
    let refused = store.dreaming(&["render", "--for", "pilot"]).expect(2).stderr;
    assert!(refused.contains("copilot") && refused.contains("`pilot` is none"), "{refused}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.md", store.path("GEMINI.md")).unwrap();
        let refused = store.dreaming(&["render", "--for", "gemini"]).expect(2).stderr;
        assert!(refused.contains("is a link to something that is not there"), "{refused}");
        assert!(store.path("GEMINI.md").is_symlink());
        fs::remove_file(store.path("GEMINI.md")).unwrap();
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("profile");
        fs::write(&secret, "mine\n").unwrap();
        std::os::unix::fs::symlink(&secret, store.path("GEMINI.md")).unwrap();
        let refused = store.dreaming(&["render", "--for", "gemini"]).expect(2).stderr;
        assert!(refused.contains("leads out of the project"), "{refused}");
        assert_eq!(fs::read_to_string(secret).unwrap(), "mine\n");
    }
}

#[test]
fn a_file_that_was_made_read_only_is_not_written() {
    let store = shop();
    store.put("AGENTS.md", "Ours.\n");
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let before = store.read("AGENTS.md");
    let path = store.path("AGENTS.md");
    let writable = fs::metadata(&path).unwrap().permissions();
    let mut rights = writable.clone();
    rights.set_readonly(true);
    fs::set_permissions(&path, rights.clone()).unwrap();
    // What would not change is no hindrance.
    store.dreaming(&["render"]).expect(0);
    store.put("memory/more.md", "- Lamps are sold by the dozen.\n");
    for options in [&["--for", "agents"][..], &["--dry-run"], &["--remove"], &[]] {
        let refused = store.dreaming(&[&["render"], options].concat()).expect(2);
        assert!(refused.stderr.contains("AGENTS.md is read-only"), "{}", refused.stderr);
    }
    assert_eq!(store.read("AGENTS.md"), before);
    // Nor is anything taken into the memories before that is known.
    fs::set_permissions(&path, writable).unwrap();
    store.put("AGENTS.md", before.replace("Staging is blue.", "Staging is green."));
    fs::set_permissions(&path, rights).unwrap();
    let refused = store.dreaming(&["render", "--take-in"]).expect(2);
    assert!(refused.stderr.contains("AGENTS.md is read-only"), "{}", refused.stderr);
    assert!(store.read("memory/deploy.md").contains("Staging is blue."));
}

#[test]
fn each_agent_of_the_table_gets_its_file_within_its_limits() {
    let store = shop();
    let many: String =
        (0..900).map(|at| format!("- Rule {at} says what is done at {at}.\n")).collect();
    store.put("memory/many.md", many);
    let names = "agents,claude-code,codex,copilot,cursor,gemini,opencode,qwen,windsurf";
    let made = store.dreaming(&["render", "--for", names, "--json"]).expect(0).json();
    let files = made["files"].as_array().unwrap();
    assert!(files.len() >= 6, "{made}");
    for file in files {
        let text = store.read(file["file"].as_str().unwrap());
        assert!(text.contains("<!-- dreaming: end "), "{file}");
        let most = match file["file"].as_str().unwrap() {
            "AGENTS.md" => 32_768,
            ".windsurf/rules/memory.md" => 12_000,
            _ => usize::MAX,
        };
        assert!(text.len() <= most && file["entries"].as_u64().unwrap() > 50, "{file}");
    }
    assert!(store.read("CLAUDE.md").lines().count() <= 200);
    assert!(store.read(".cursor/rules/memory.mdc").starts_with("---\ndescription: "));
    // What a new file began with goes with the block.
    store.dreaming(&["render", "--remove"]).expect(0);
    assert!(!store.read(".cursor/rules/memory.mdc").contains("Rule"));
}

#[test]
fn a_block_that_was_changed_by_hand_is_taken_out_only_when_that_is_dropped() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let edited = store.read("AGENTS.md").replace("Staging is blue.", "Staging is green.");
    store.put("AGENTS.md", &edited);
    for line in [&["render", "--remove"][..], &["render", "--remove", "--dry-run"]] {
        let refused = store.dreaming(line).expect(4).stderr;
        assert!(refused.contains("`Staging is blue.` is now `Staging is green.`"), "{refused}");
        assert!(refused.contains("`dreaming render --take-in"), "{refused}");
        assert_eq!(store.read("AGENTS.md"), edited);
    }
    let said = store.dreaming(&["render", "--take-in"]).expect(0).stdout;
    let back = said.lines().last().unwrap();
    assert!(
        back.starts_with("`dreaming render --remove --memory memory` takes it out again"),
        "{said}"
    );
    assert!(back.contains("`dreaming revert 1 --memory memory`"), "{said}");
    store.put("AGENTS.md", store.read("AGENTS.md").replace("green", "red"));
    store.dreaming(&["render", "--remove", "--overwrite"]).expect(0);
    assert_eq!(store.read("AGENTS.md"), "# Shop\n\nBe kind.\n");
    assert!(store.read("memory/deploy.md").contains("- Staging is green.\n"));
}

#[test]
fn erase_names_the_rendered_copies_and_render_writes_them_anew() {
    let store = shop();
    store.dreaming(&["render", "--for", "agents,skills"]).expect(0);
    let found = store.dreaming(&["explain", "Staging is blue", "--json"]);
    let id = found.expect(0).json()["entry"].as_str().unwrap().to_owned();
    let said = store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0).stdout;
    let named = said.lines().find(|line| line.contains("AGENTS.md was rendered and says so too"));
    assert!(named.is_some_and(|line| line.contains("`dreaming render --memory memory`")), "{said}");
    store.dreaming(&["render"]).expect(0);
    assert!(!store.read("AGENTS.md").contains("Staging"));
}

#[test]
fn a_block_of_another_memory_is_named_when_it_is_replaced() {
    let store = shop();
    store.put("other/rules.md", "- Lamps are sold by the dozen.\n- Ask Jo first.\n");
    store.dreaming(&["render", "--for", "agents"]).expect(0);
    let other = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
        command.args(["render", "--for", "agents", "--memory", "other", "--state", "state"]);
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).current_dir(store.path("."));
        support::done(&mut command).expect(0).stdout
    };
    let said = other();
    let look = "Look: the block of AGENTS.md was replaced, and this memory neither has nor had 3 of its 3 lines (`Use tabs.`)";
    assert!(said.contains(look), "{said}");
    // Its own block is replaced without a word, also when the memory has moved on.
    store.put("other/rules.md", "- Lamps are sold by the score.\n- Ask Jo first.\n");
    assert!(!other().contains("Look:"));
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_said_to_be_two_files_now() {
    let store = shop();
    fs::hard_link(store.path("AGENTS.md"), store.path("CLAUDE.md")).unwrap();
    let said = store.dreaming(&["render", "--for", "codex"]).expect(0).stderr;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("AGENTS.md had 1 other name (hard links)"), "{said}");
    assert!(store.read("AGENTS.md").contains("Use tabs."));
    assert_eq!(store.read("CLAUDE.md"), "# Shop\n\nBe kind.\n");
    store.put("memory/style.md", "- Use blanks.\n");
    let again = store.dreaming(&["render"]).expect(0);
    assert!(!again.stderr.contains("other name"), "{again:?}");
    assert!(store.read("AGENTS.md").contains("Use blanks."));
}
