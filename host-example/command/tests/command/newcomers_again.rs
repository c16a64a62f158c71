//! Further problems that first users had: each time something blocked them that they could not
//! decide about, pay for or find.

use std::fs;

use crate::projects::ran_in;
use crate::support::fake::{Fake, Reply, Speaks, proposes};
use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, dreamt, session};

const OWN: &str = "home/.config/dreaming/dreaming.toml";

#[test]
fn a_plan_without_anything_to_decide_blocks_no_dream() {
    let store = Store::new();
    fs::remove_dir_all(store.path("sessions")).unwrap();
    store.put("sessions/keep", "");
    store.run(&[]).expect(0);
    // The person makes the proposed change by hand.
    store.put("memory/team.md", "# Team\n\n- Dates are kept in UTC.\n");
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains("Nothing of it is left to decide: `dreaming run "), "{status}");
    let due = ["--if-due", "--min-sessions", "0", "--min-interval", "0s", "--idle", "0s", "--json"];
    let run = store.run(&due).expect(0).json();
    assert_ne!(run["outcome"], "not-due", "{run}");
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains("No plan is waiting"), "{status}");
}

#[test]
fn a_plan_that_a_revert_left_nothing_of_blocks_no_dream_and_one_that_is_open_does() {
    let store = dreamt();
    let learned = store.tree("memory/learned").into_keys().next().unwrap();
    let text = fs::read_to_string(&learned).unwrap();
    let line = text.lines().find(|line| line.starts_with("- ")).unwrap();
    fs::write(&learned, format!("{text}{line}\n")).unwrap();
    store.run(&[]).expect(0);
    let due = ["--if-due", "--min-sessions", "0", "--min-interval", "0s", "--idle", "0s", "--json"];
    let open = store.run(&due).expect(0).json();
    assert_eq!(open["due"]["rule"], "plan-waits", "{open}");
    store.run(&[]).expect(3);
    store.dreaming(&["revert", "--with-edits"]).expect(0);
    assert!(store.dreaming(&["status"]).expect(0).stdout.contains("Nothing of it is left"));
    let run = store.run(&due).expect(0).json();
    assert_ne!(run["outcome"], "not-due", "{run}");
    // A plan with nothing left to decide does not stop a run that a person types either.
    store.run(&[]).expect(0);
}

#[test]
fn a_hook_with_a_server_of_ones_own_keeps_to_a_limit_once_its_price_is_written_down() {
    let (store, _) = home();
    let fake = Fake::start(Speaks::OpenAi, Box::new(|_, seen| Reply::Says(proposes(seen))));
    store.put(
        "prices.json",
        r#"{"as_of": "mine", "models": {"openai:local": {"input": 1, "output": 1}}}"#,
    );
    let model = format!("model = \"openai:local\"\nmodel-url = \"{}\"\n", fake.url);
    store.put(OWN, format!("{model}max-cost = 0.5\n"));
    let hook = "dreaming run --claude-code --if-due --min-sessions 1 --idle 0s";
    let refused = typed(&store, "my shop", hook).expect(2).stderr;
    for todo in
        ["no price of openai:local", "--prices FILE", "`prices = \"FILE\"` in ", OWN, "$0.5"]
    {
        assert!(refused.contains(todo), "{todo}: {refused}");
    }
    // The suggested setting works. Paths in the user's file are relative to the home folder.
    store.put(OWN, format!("{model}max-cost = 0.5\nprices = \"../prices.json\"\n"));
    let doctor = typed(&store, "my shop", "dreaming doctor --claude-code --json").stdout;
    assert!(doctor.contains("has what it needs to be asked"), "{doctor}");
    let config = typed(&store, "my shop", "dreaming config --claude-code").expect(0).stdout;
    assert!(config.contains("prices = "), "{config}");
    let run = typed(&store, "my shop", &format!("{hook} --json")).expect(0).json();
    assert_eq!(run["model"]["prices"], "mine", "{run}");
    assert!(run["model"]["cost"].as_f64() > Some(0.0) && !fake.seen().is_empty(), "{run}");
    // A dream without a model needs no prices, and the folder's file may not set them.
    typed(&store, "my shop", "dreaming run --claude-code --no-model --replace").expect(0);
    store.put("notes/a.md", "- A page.\n");
    store.put(".dreaming/dreaming.toml", "prices = \"prices.json\"\n");
    let refused = typed(&store, ".", "dreaming status --memory notes").expect(2).stderr;
    assert!(refused.contains("prices") && refused.contains("--prices"), "{refused}");
}

#[test]
fn init_writes_down_a_server_of_ones_own_with_its_price() {
    let (store, project) = home();
    let fake = Fake::start(Speaks::OpenAi, Box::new(|_, seen| Reply::Says(proposes(seen))));
    store.put(
        "prices.json",
        r#"{"as_of": "mine", "models": {"openai:local": {"input": 1, "output": 1}}}"#,
    );
    let line = format!(
        "unset OPENAI_API_KEY; dreaming init --yes --claude-code --model openai:local --model-url {} --max-cost 0.25",
        fake.url
    );
    let refused = typed(&store, "my shop", &line).expect(2).stderr;
    assert!(refused.contains("give it with --prices FILE"), "{refused}");
    for wrong in
        ["openai:local --model-url gpu.example", "exec:true --model-url http://localhost:1"]
    {
        let line = format!("dreaming init --yes --claude-code --model {wrong}");
        let refused = typed(&store, "my shop", &line).expect(2).stderr;
        assert!(refused.contains("--model-url: "), "{refused}");
    }
    assert!(!store.path(OWN).exists() && !project.join(".dreaming").exists());
    let done =
        typed(&store, "my shop", &format!("{line} --prices ../prices.json")).expect(0).stdout;
    assert!(!done.contains("needs a key"), "{done}");
    let own = store.read(OWN);
    for said in [&format!("model-url = \"{}\"", fake.url), "prices = \"/", "max-cost = 0.25"] {
        assert!(own.contains(said), "{own}");
    }
    // The suggested next command works, and so does the hook.
    let next = printed(&done, "run");
    let run = typed(&store, "my shop", &format!("unset OPENAI_API_KEY; {next}")).expect(0).stdout;
    assert!(run.contains("at the prices of mine"), "{run}");
    // A second `init` without the address changes nothing: the address and the prices stay.
    let again = line.replace(&format!(" --model-url {}", fake.url), "");
    typed(&store, "my shop", &again).expect(0);
    assert_eq!(store.read(OWN), own);
}

#[test]
fn the_sessions_of_codex_go_to_the_store_of_their_project() {
    let store = Store::empty();
    let shop = store.path("shop");
    store.put("shop/.git/HEAD", "ref: refs/heads/main\n");
    store.put(
        "shop/docs/memory/team.md",
        "- Prices are kept in cents.\n- Prices are kept in cents.\n",
    );
    store.put("shop/web/page.txt", "");
    store.put("shop/none/keep", "");
    for (id, asked) in [("a", "Always use tabs in the shop."), ("b", "Always test with euros.")] {
        let file = format!("home/.codex/sessions/2026/02/02/rollout-{id}.jsonl");
        store.put(&file, ran_in(shop.to_str(), id, asked));
    }
    let begin = "dreaming run --memory docs/memory --sessions none";
    typed(&store, "shop", begin).expect(0);
    let run = format!("dreaming run --codex --replace --now {NOW}");
    for folder in ["shop", "shop/web"] {
        let done = typed(&store, folder, &run).expect(0);
        assert!(done.stdout.starts_with("Read 2 sessions"), "{done:?}");
        assert!(done.stderr.contains("docs/memory, which has its history in "), "{done:?}");
        let shown = typed(&store, folder, &printed(&done.stdout, "review")).expect(0).stdout;
        assert!(shown.contains("tabs"), "{shown}");
    }
    let status = typed(&store, ".", "dreaming status --codex shop").expect(0).stdout;
    assert!(status.contains("A plan of "), "{status}");
    // Where there are two stores, the person has to name one.
    store.put("shop/notes/a.md", "- A page.\n- A page.\n");
    typed(&store, "shop", "dreaming run --memory notes --sessions none").expect(0);
    store.put("shop/team/a.md", "- A page.\n- A page.\n");
    typed(&store, "shop", "dreaming run --memory team --sessions none").expect(0);
    let several = typed(&store, "shop", &run).expect(2).stderr;
    assert!(several.contains("which memories?") && several.contains("--memory team"), "{several}");
    let line = printed(&several, "run --memory team");
    assert!(line.contains(" --replace"), "{line}");
    typed(&store, "shop", &line).expect(0);
    assert!(!store.path("home/.codex/.dreaming").exists());
}

#[test]
fn what_is_printed_over_a_plan_that_waits_is_what_was_typed() {
    let store = Store::new();
    store.put("home/.profile", "");
    let typing = |line: &str| typed(&store, ".", line);
    typing("dreaming run --memory memory --sessions sessions --now 2026-02-20T00:00:00Z").expect(0);
    let refused =
        typing("dreaming run --memory memory --limit 1 --focus 'the queue'").expect(3).stderr;
    let again = printed(&refused, "run --replace");
    assert_eq!(again, "dreaming run --replace --memory memory --limit 1 --focus 'the queue'");
    typing(&again).expect(0);
    let model =
        "ANTHROPIC_API_KEY=k dreaming run --model anthropic:m --max-calls 5 --memory memory";
    let refused = typing(model).expect(3).stderr;
    let again = "`dreaming run --replace --model anthropic:m --max-calls 5 --memory memory`";
    assert!(refused.contains(again), "{refused}");
    // A model command may hold a key, so it is not printed.
    let refused =
        typing("dreaming run --model 'exec:ask --key s3cret' --memory memory").expect(3).stderr;
    assert!(refused.contains("the same line with `--replace`"), "{refused}");
    assert!(!refused.contains("s3cret"), "{refused}");
}

#[test]
fn figures_say_that_sessions_wait_with_a_plan() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let stats = store.dreaming(&["stats"]).expect(0).stdout;
    assert!(stats.contains("No session is known."), "{stats}");
    assert!(
        stats.contains("2 sessions were read for the plan that waits, and count once"),
        "{stats}"
    );
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(!store.dreaming(&["stats"]).expect(0).stdout.contains("plan that waits"));
}

#[test]
fn a_folder_that_was_moved_is_told_how_to_go_on() {
    let (before, elsewhere) = ("memory", "docs/memory");
    let store = dreamt();
    store.put("home/.profile", "");
    fs::create_dir_all(store.path("docs")).unwrap();
    fs::rename(store.path(before), store.path(elsewhere)).unwrap();
    let said = typed(&store, ".", "dreaming status").expect(0).stderr;
    let found = printed(&said, "take-over --from");
    let named = typed(&store, ".", "dreaming status --memory docs/memory").expect(0).stderr;
    assert!(named.contains("take-over --from "), "{named}");
    let run = typed(&store, ".", "dreaming run --memory docs/memory").expect(2).stderr;
    assert!(run.contains("take-over --from "), "{run}");
    typed(&store, ".", &found).expect(0);
    let status = typed(&store, ".", "dreaming status --memory docs/memory").expect(0);
    assert!(status.stdout.starts_with("Revision 2"), "{status:?}");
    assert!(!status.stderr.contains("take-over"), "{status:?}");
}

#[test]
fn who_types_undo_is_told_of_revert() {
    let store = Store::empty();
    store.put("home/.profile", "");
    for word in ["undo", "rollback"] {
        let said = typed(&store, ".", &format!("dreaming {word}")).expect(2).stderr;
        assert!(said.contains("'revert'") && !said.contains("'run'"), "{said}");
    }
    let said = typed(&store, ".", "dreaming reviw").expect(2).stderr;
    assert!(said.contains("'review'"), "{said}");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_named_with_the_folder() {
    let store = Store::new();
    store.put("home/.profile", "");
    for (file, folder) in [("memory/notes.md", "memory"), ("plain.md", ".")] {
        store.put("plain.md", "- A page.\n");
        let line = format!("dreaming run --memory {file} --sessions sessions");
        let said = typed(&store, ".", &line).expect(1).stderr;
        assert!(said.contains("is a file") && !said.contains("os error"), "{said}");
        assert!(said.contains(&format!("`--memory {folder}`")), "{said}");
    }
}

#[test]
fn counts_of_one_run_say_what_they_count() {
    let store = dreamt();
    let plain =
        session("three", 12).replace("Always run the formatter before you commit.", "Go on.");
    store.put("sessions/three.jsonl", plain.replace("python", "perl"));
    let run = store.run(&[]).expect(0).stdout;
    assert!(run.contains("Read 1 session,"), "{run}");
    assert!(run.contains("Counted in all 3 sessions read so far: "), "{run}");
}

#[test]
fn a_dream_that_found_nothing_holds_no_other_one_back() {
    let store = Store::empty();
    let shop = store.path("shop");
    store.put("shop/notes/a.md", "- A page.\n");
    store.put(
        "home/.codex/sessions/2026/02/02/rollout-a.jsonl",
        ran_in(Some("/elsewhere"), "a", "Sing."),
    );
    let run = "dreaming run --codex --memory notes";
    let due = format!("{run} --if-due --min-sessions 1 --idle 0s --json");
    assert!(typed(&store, "shop", run).expect(0).stdout.starts_with("Read 0 sessions"));
    let asked = "Always use tabs in the shop.";
    let file = "home/.codex/sessions/2026/02/02/rollout-b.jsonl";
    store.put(file, ran_in(shop.to_str(), "b", asked));
    let first = typed(&store, "shop", &due).expect(0).json();
    assert_ne!(first["outcome"], "not-due", "{first}");
    // A run that read a session counts for the minimum interval.
    store.put(&file.replace("-b", "-c"), ran_in(shop.to_str(), "c", "Always use euros."));
    let next = typed(&store, "shop", &format!("{due} --replace")).expect(0).json();
    assert_eq!(next["due"]["rule"], "min-interval", "{next}");
}
