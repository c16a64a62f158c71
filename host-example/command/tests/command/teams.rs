//! Runs the commands in docs/teams.md and checks that they do what the page says.

use std::path::Path;

use crate::support::Store;
use crate::support::typed::{home, typed};

/// The code blocks of docs/teams.md in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/teams.md");
    let page = std::fs::read_to_string(page).unwrap();
    let found = page.split("```").skip(1).step_by(2);
    let found = found.filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    found.map(str::to_owned).collect()
}

/// Runs shell lines in the repository until one fails; asserts the exit code and returns stdout.
fn play(store: &Store, lines: &str, code: i32) -> String {
    let told = "set -e
        export GIT_AUTHOR_NAME=ada GIT_AUTHOR_EMAIL=ada@example.org
        export GIT_COMMITTER_NAME=ada GIT_COMMITTER_EMAIL=ada@example.org
        export TMPDIR=\"$HOME\" GIT_CONFIG_NOSYSTEM=1";
    let done = typed(store, "my shop", &format!("{told}\n{lines}")).expect(code);
    done.stdout
}

#[test]
fn a_team_sets_a_memory_up_reviews_it_as_commits_and_checks_it_in_ci() {
    let (store, _) = home();
    let blocks = blocks("sh");
    let [set_up, hook, branch, check] = &blocks[..] else { panic!("{blocks:?}") };
    // A person writes the first memory.
    store.put("my shop/docs/memory/team.md", "# Team\n\n- Releases go out on Tuesday.\n");
    play(&store, &format!("git init -q\n{set_up}"), 0);
    let tracked = "git ls-files";
    assert_eq!(
        play(&store, tracked, 0),
        "docs/.dreaming/.gitignore\ndocs/.dreaming/dreaming.toml\ndocs/memory/team.md\n"
    );

    play(&store, hook, 0);
    let settings = store.read("my shop/.claude/settings.local.json");
    assert!(settings.contains("docs/memory") && settings.contains("--if-due"), "{settings}");

    play(&store, "dreaming run --claude-code --memory docs/memory", 0);
    let decide = "dreaming review --memory docs/memory\n";
    assert!(branch.contains(decide), "{branch}");
    // A reader of the page would answer the review on a terminal; here `apply` decides instead.
    let answered = format!("{decide}dreaming apply --all --memory docs/memory\n");
    play(&store, &branch.replace(decide, &answered), 0);
    let said = play(&store, &format!("git log --format=%s\n{tracked}\ngit status --short docs"), 0);
    assert!(said.starts_with("Memory: what last week taught\nA memory for the team\n"), "{said}");
    assert!(said.contains("docs/memory/learned/"), "{said}");
    // The commit contains neither the history nor a plan, and no changed file is left.
    assert!(said.ends_with("docs/memory/team.md\n") && !said.contains(".sqlite"), "{said}");

    let found = play(&store, check, 0);
    assert!(found.contains("Dry run, nothing is written.") && found.contains("ok    secrets:"));
    let clean = store.read("my shop/docs/memory/team.md");
    let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    for bad in [format!("- The token is {token}.\n"), "- See [there](nowhere.md).\n".into()] {
        store.put("my shop/docs/memory/team.md", format!("{clean}{bad}"));
        play(&store, check, 1);
    }
}

#[test]
fn what_the_guide_writes_into_the_file_of_the_folder_is_taken() {
    let store = Store::new();
    let [file] = &blocks("toml")[..] else { panic!() };
    store.put(".dreaming/dreaming.toml", file);
    let none = Store::new().dreaming(&["config"]).expect(0).stdout;
    assert!(
        none.contains("There is no configuration file. ") && !none.contains("Read: "),
        "{none}"
    );
    let said = store.dreaming(&["config"]).expect(0).stdout;
    let read = said.lines().find(|line| line.starts_with("Read: ")).unwrap_or_default();
    assert!(read.ends_with(".dreaming/dreaming.toml"), "{said}");
    assert!(said.contains("Prices are integers") && said.contains("demo"), "{said}");
}
