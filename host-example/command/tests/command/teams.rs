//! Runs the commands in docs/teams.md and checks that they do what the page says.

use std::path::Path;

use serde_json::{Value, json};

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
    let [file, guests] = &blocks("toml")[..] else { panic!() };
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

    // Who is a member is no matter of a file that anybody may have written.
    store.put(".dreaming/dreaming.toml", guests);
    let said = store.dreaming(&["config"]).expect(2).stderr;
    assert!(said.contains("`scope.members`: this file may be a stranger's"), "{said}");
    store.put(".dreaming/dreaming.toml", file);
    store.put("config/dreaming/dreaming.toml", guests);
    let said = store.dreaming(&["config"]).expect(0).stdout;
    assert!(said.contains("lena") && said.contains("scope.team-principals"), "{said}");
}

/// A session of one message, of the person whose home the folder is in.
fn said(person: &str, day: u32, text: &str) -> String {
    let (id, cwd) = (format!("{person}-{day}"), format!("/home/{person}/shop"));
    let row = json!({
        "type": "user", "uuid": id, "sessionId": id, "cwd": cwd,
        "timestamp": format!("2026-02-{day:02}T10:00:00Z"),
        "message": {"role": "user", "content": text},
    });
    format!("{row}\n")
}

/// A memory with a wish of jonas, which a dream found while only he worked, and one that waits to put his name behind it
/// since mira works too.
fn second_person() -> Store {
    let store = Store::empty();
    let wish = "From now on, never restart an agent while a job is running.";
    for day in [1, 2, 3] {
        store.put(&format!("sessions/j{day}.jsonl"), said("jonas", day, wish));
    }
    store.put("memory/notes.md", "- The shop is open.\n");
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(loaded(&store));
    store.put("sessions/m.jsonl", said("mira", 5, "Please mend the button."));
    store.run(&[]).expect(0);
    store
}

/// Whether an agent of everybody gets the wish.
fn loaded(store: &Store) -> bool {
    store.dreaming(&["pack"]).expect(0).stdout.contains("never restart an agent")
}

/// The id of the change that waits, and the words of the line that it is about.
fn waiting(store: &Store) -> (String, String) {
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let change = &plan["plan"]["changes"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&change["id"]), text(&change["targets"][0]["text"]))
}

#[test]
fn a_rule_that_is_not_to_get_the_name_of_who_said_it_holds_for_everybody() {
    let store = second_person();
    let shown = store.dreaming(&["show"]).expect(0).stdout;
    assert!(
        shown.contains("(jonas)") && shown.contains("rejected, it stays everybody's"),
        "{shown}"
    );
    store.dreaming(&["review", "--reject", &waiting(&store).0]).expect(0);
    assert!(loaded(&store));
    let again = store.run(&["--json"]).expect(0).json();
    assert_eq!(again["outcome"], "nothing", "{again}");

    // Accepted in words without the name, or with a name that somebody takes out later, it holds for everybody too.
    for by_hand in [false, true] {
        let store = second_person();
        let (id, words) = waiting(&store);
        if by_hand {
            store.dreaming(&["review", "--accept", &id]).expect(0);
            assert!(!loaded(&store));
            let learned = store.read("memory/learned/preferences.md");
            store.put("memory/learned/preferences.md", learned.replace(" (jonas)", ""));
            store.run(&[]).expect(0);
        } else {
            store.dreaming(&["review", "--edit", &format!("{id}={words}")]).expect(0);
        }
        assert!(loaded(&store), "{by_hand}");
        let again = store.run(&["--json"]).expect(0).json();
        assert_eq!(again["outcome"], "nothing", "{again}");
    }
}
