//! What a person met who tried the command for the first time, once more: each time something was in the way that nobody
//! could decide about, pay for or find.

use std::fs;

use crate::projects::ran_in;
use crate::support::fake::{Fake, Reply, Speaks, proposes};
use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, dreamt};

const OWN: &str = "home/.config/dreaming/dreaming.toml";

#[test]
fn a_plan_without_anything_to_decide_blocks_no_dream() {
    let store = Store::new();
    fs::remove_dir_all(store.path("sessions")).unwrap();
    store.put("sessions/keep", "");
    store.run(&[]).expect(0);
    // A person does what was proposed.
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
    // Nor a dream that a person types.
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
    // What it says works: relative to the home folder, as all paths there.
    store.put(OWN, format!("{model}max-cost = 0.5\nprices = \"../prices.json\"\n"));
    let doctor = typed(&store, "my shop", "dreaming doctor --claude-code --json").stdout;
    assert!(doctor.contains("has what it needs to be asked"), "{doctor}");
    let config = typed(&store, "my shop", "dreaming config --claude-code").expect(0).stdout;
    assert!(config.contains("prices = "), "{config}");
    let run = typed(&store, "my shop", &format!("{hook} --json")).expect(0).json();
    assert_eq!(run["model"]["prices"], "mine", "{run}");
    assert!(run["model"]["cost"].as_f64() > Some(0.0) && !fake.seen().is_empty(), "{run}");
    // Without a model nobody needs them, and a folder does not say what things cost.
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
    assert!(!store.path(OWN).exists() && !project.join(".dreaming").exists());
    let done =
        typed(&store, "my shop", &format!("{line} --prices ../prices.json")).expect(0).stdout;
    assert!(!done.contains("needs a key"), "{done}");
    let own = store.read(OWN);
    for said in [&format!("model-url = \"{}\"", fake.url), "prices = \"/", "max-cost = 0.25"] {
        assert!(own.contains(said), "{own}");
    }
    // What comes next works as printed, and so does the hook.
    let next = printed(&done, "run");
    let run = typed(&store, "my shop", &format!("unset OPENAI_API_KEY; {next}")).expect(0).stdout;
    assert!(run.contains("at the prices of mine"), "{run}");
    // Again: nothing changes, the address and the prices stay.
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
    // Of two a person names one.
    store.put("shop/notes/a.md", "- A page.\n- A page.\n");
    typed(&store, "shop", "dreaming run --memory notes --sessions none").expect(0);
    store.put("shop/team/a.md", "- A page.\n- A page.\n");
    typed(&store, "shop", "dreaming run --memory team --sessions none").expect(0);
    let several = typed(&store, "shop", &run).expect(2).stderr;
    assert!(several.contains("which memories?") && several.contains("--memory team"), "{several}");
    let line = printed(&several, "run --memory team --codex");
    typed(&store, "shop", &format!("{line} --replace")).expect(0);
    assert!(!store.path("home/.codex/.dreaming").exists());
}
