//! Problems of a person's first five minutes, each played as it would happen.

use std::fs;

use crate::support::typed::{home, printed, typed};
use crate::support::{self, session};

#[test]
fn the_next_command_that_is_printed_works_as_it_is_printed() {
    for (folder, options) in [
        ("my shop", "--claude-code"),
        (".", "--claude-code 'my shop'"),
        (".", "--memory 'my notes' --sessions sessions"),
        (".", "--memory 'my notes' --state 'a state' --sessions sessions"),
    ] {
        let (store, _) = home();
        store.put("my notes/team.md", support::TEAM);
        store.put("sessions/one.jsonl", session("one", 2));
        store.put("sessions/two.jsonl", session("two", 9));
        let run = typed(&store, folder, &format!("dreaming run {options}")).expect(0).stdout;
        let review = typed(&store, folder, &printed(&run, "review")).expect(0).stdout;
        assert!(review.contains("formatter"), "{review}");
        // The second run is refused because a plan waits; the commands that the message suggests
        // work.
        let refused = typed(&store, folder, &format!("dreaming run {options}")).expect(3).stderr;
        let apply = printed(&refused, "apply --all");
        typed(&store, folder, &printed(&refused, "run --replace")).expect(0);
        typed(&store, folder, &apply).expect(0);
        let nothing = typed(&store, folder, &apply).expect(1).stderr;
        typed(&store, folder, &printed(&nothing, "run")).expect(0);
    }
}

#[test]
fn a_revision_behind_claude_code_is_no_project() {
    let (store, _) = home();
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    typed(&store, "my shop", "dreaming apply --all --claude-code").expect(0);
    let diff = typed(&store, "my shop", "dreaming diff --claude-code 1").expect(0).stdout;
    assert!(diff.contains("+++ "), "{diff}");
    assert_eq!(typed(&store, "my shop", "dreaming diff 1 --claude-code").expect(0).stdout, diff);
    assert_eq!(
        typed(&store, ".", "dreaming diff --claude-code 'my shop' 1").expect(0).stdout,
        diff
    );
    assert!(fs::metadata(store.path("my shop")).is_ok());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error_and_a_full_disk_is_one() {
    let (store, _) = home();
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    for command in ["show --claude-code", "show --json --claude-code", "--help", "policy"] {
        // The reader of the pipe ends before the command writes.
        let line = format!(
            "{{ sleep 0.3; dreaming {command}; echo $? >code; }} | true; sleep 2; cat code"
        );
        let quiet = typed(&store, "my shop", &line).expect(0);
        assert_eq!((&*quiet.stdout, &*quiet.stderr), ("0\n", ""), "{command}");
        let full = typed(&store, "my shop", &format!("dreaming {command} >/dev/full"));
        let says = "error: standard output: cannot write: ";
        assert!(full.code == 1 && full.stderr.starts_with(says), "{command}: {full:?}");
    }
}

#[test]
fn a_dash_is_standard_input_or_output() {
    let (store, _) = home();
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    let page = typed(&store, "my shop", "dreaming review --html - --claude-code").expect(0).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    let both = typed(&store, "my shop", "dreaming review --html - --claude-code --json").expect(2);
    assert!(both.stderr.contains("name a file"), "{both:?}");
    typed(&store, "my shop", "dreaming apply --all --claude-code").expect(0);
    let line = "dreaming export - --claude-code | dreaming import - --memory restored";
    typed(&store, "my shop", line).expect(0);
    let team = fs::read_to_string(store.path("my shop/restored/team.md")).unwrap();
    assert_eq!(team.matches("UTC").count(), 1, "{team}");
    let page = typed(&store, "my shop", "dreaming stats --html - --claude-code").expect(0).stdout;
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    let line = "echo '{\"dream.max-sessions\": 1}' | dreaming policy dream.max-sessions --policy -";
    let policy = typed(&store, ".", line).expect(0).stdout;
    assert!(policy.starts_with("dream.max-sessions = 1 (default"), "{policy}");
    assert!(!store.path("my shop/-").exists() && !store.path("-").exists());
}

#[test]
fn json_says_its_form_and_holds_what_is_recorded_of_sessions_only_when_asked() {
    let (store, _) = home();
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    let shown = |more: &str| {
        let line = format!("dreaming show --json --claude-code {more}");
        typed(&store, "my shop", &line).expect(0).json()
    };
    let (short, whole) = (shown(""), shown("--digests"));
    assert_eq!(short["format"], "dreaming.reply/1");
    let session = |shown: &serde_json::Value| shown["plan"]["sessions"][0].clone();
    assert!(session(&whole)["outcome"]["record"].is_object(), "{whole}");
    assert_eq!(session(&short)["outcome"]["record"], serde_json::Value::Null);
    assert_eq!(session(&short)["outcome"]["state"], session(&whole)["outcome"]["state"]);
    assert_eq!(short["plan"]["changes"], whole["plan"]["changes"]);
    let error = typed(&store, "my shop", "dreaming show 999 --json --claude-code").expect(1).json();
    assert_eq!(error["format"], "dreaming.reply/1");
}

#[test]
fn the_state_stays_out_of_a_repository() {
    let (store, _) = home();
    store.put("my shop/notes/team.md", support::TEAM);
    typed(&store, "my shop", "dreaming run --memory notes --sessions ../home").expect(0);
    let ignore = store.read("my shop/.dreaming/.gitignore");
    assert_eq!(ignore, "*\n!.gitignore\n!dreaming.toml\n");
    // A `.gitignore` that a person wrote stays unchanged.
    store.put("my shop/.dreaming/.gitignore", "state.db\n");
    typed(&store, "my shop", "dreaming apply --all --memory notes").expect(0);
    assert_eq!(store.read("my shop/.dreaming/.gitignore"), "state.db\n");
}

#[test]
fn a_variable_or_a_file_names_the_memory_folder() {
    let (store, _) = home();
    store.put("my shop/notes/team.md", support::TEAM);
    store.put("my shop/.dreaming/dreaming.toml", "memory = \"notes\"\n");
    store.put("home/.config/dreaming/dreaming.toml", "sessions = [\"~/.claude\"]\n");
    let run = typed(&store, "my shop", "dreaming run").expect(0).stdout;
    assert!(run.starts_with("Read 2 sessions"), "{run}");
    typed(&store, "my shop", &printed(&run, "review")).expect(0);
    let status = typed(&store, ".", "DREAMING_MEMORY='my shop/notes' dreaming status").expect(0);
    assert!(status.stdout.contains("A plan of "), "{status:?}");
    // The command line overrides the variable and the file.
    let line = "DREAMING_MEMORY=nowhere dreaming status --memory notes";
    assert!(typed(&store, "my shop", line).expect(0).stdout.contains("A plan of "));
    let config = typed(&store, "my shop", "dreaming config").expect(0).stdout;
    assert!(config.contains("memory = ./notes  (./.dreaming/dreaming.toml)"), "{config}");
}

#[test]
fn the_folders_file_wins_over_the_users_and_charters_add_up() {
    let (store, _) = home();
    store.put("notes/team.md", support::TEAM);
    store.put(
        ".dreaming/dreaming.toml",
        "sessions = [\"home\"]\n[settings]\ntier.long-days = 1\n[charter]\nphrases = [\"formatter\"]\n",
    );
    store.put(
        "home/.config/dreaming/dreaming.toml",
        "policy = \"careful\"\n[settings]\n\"tier.long-days\" = 7\ndream.max-sessions = 1\n[charter]\nphrases = [\"UTC\"]\n",
    );
    let config = typed(&store, ".", "dreaming config --memory notes --json").expect(0).json();
    let of = |name: &str| -> Vec<serde_json::Value> {
        let all = config["values"].as_array().unwrap().iter();
        all.filter(|held| held["name"] == name).map(|held| held["value"].clone()).collect()
    };
    assert_eq!((of("tier.long-days"), of("dream.max-sessions")), (vec![1.into()], vec![1.into()]));
    assert_eq!(of("policy"), ["careful"]);
    assert_eq!(of("charter.phrases").len(), 2, "{config}");
    let run = typed(&store, ".", "dreaming run --memory notes").expect(0).stdout;
    assert!(run.starts_with("Read 1 session, 1 pending"), "{run}");
    let plan = typed(&store, ".", "dreaming show --json --memory notes").expect(0).json();
    let policy = plan["plan"]["policy"].to_string();
    assert!(policy.contains("formatter") && policy.contains("UTC"), "{policy}");
    // A charter of the command line is added to those of the files.
    store.put("policy.json", "{\"charter.phrases\": [\"cents\"], \"dream.max-sessions\": 2}");
    let line = "dreaming run --replace --memory notes --policy policy.json";
    assert!(typed(&store, ".", line).expect(0).stdout.starts_with("Read 2 sessions"));
    let plan = typed(&store, ".", "dreaming show --json --memory notes").expect(0).json();
    let policy = plan["plan"]["policy"].to_string();
    assert!(["formatter", "UTC", "cents"].iter().all(|word| policy.contains(word)), "{policy}");
}

#[test]
fn a_configuration_that_makes_no_sense_is_named_and_a_folder_chooses_no_model() {
    let (store, _) = home();
    store.put("notes/team.md", support::TEAM);
    for (file, says) in [
        ("memroy = \"notes\"\n", "memroy"),
        ("[charter]\nwords = []\n", "words"),
        ("model = \"exec:touch hacked\"\n", "user's own file"),
        ("model = \"openai:gpt-5-mini\"\n", "user's own file"),
    ] {
        store.put(".dreaming/dreaming.toml", file);
        let refused = typed(&store, ".", "dreaming run --memory notes --sessions home").expect(2);
        assert!(refused.stderr.contains(says), "{says}: {refused:?}");
    }
    assert!(!store.path("hacked").exists());
    store.put(".dreaming/dreaming.toml", "");
    let own = "[settings]\ndream.max-sesions = 1\n";
    store.put("home/.config/dreaming/dreaming.toml", own);
    let refused = typed(&store, ".", "dreaming run --memory notes --sessions home").expect(2);
    assert!(refused.stderr.contains("did you mean `dream.max-sessions`"), "{refused:?}");
}
