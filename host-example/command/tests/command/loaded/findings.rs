//! What is orphaned, there twice or only on this machine, and what people read.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{Home, file, now, problems};
use crate::support::{done, tree};

#[test]
fn memories_that_nothing_names_are_orphans() {
    let home = Home::with(&[
        (
            "MEMORY/MEMORY.md",
            "- [Deploy](deploy.md)\n- [[Team Style]]\n- [Old](sub/old%20rules.md)\n",
        ),
        ("MEMORY/deploy.md", "- Deploy with `make ship`.\n"),
        ("MEMORY/team_style.md", "- Use tabs, never blanks.\n"),
        ("MEMORY/sub/old rules.md", "- Wrap lines at 100.\n"),
        ("MEMORY/lost.md", "- Staging is blue today.\n"),
        ("MEMORY/re-deploy.md", "- Nobody names this one.\n"),
        ("MEMORY/told.md", "- Ask before you push.\n"),
        ("MEMORY/.hidden.md", "- Hidden.\n"),
        ("MEMORY/data.json", "{}"),
        ("work/shop/CLAUDE.md", "# Rules\n\n* ask before  you PUSH.\n"),
    ]);
    let answer = home.here("claude-code");
    let memory = &answer["memory"][0];
    // `deploy.md` in `re-deploy.md` names another file, and what CLAUDE.md says is seen.
    assert_eq!(memory["orphans"], json!(["lost.md", "re-deploy.md"]));
    assert_eq!(memory["memories"], 6);
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(said.contains("orphaned  2 of 6 memories in ~/.claude/"), "{said}");
    assert!(said.contains("`- [lost.md](lost.md)`, `- [re-deploy.md](re-deploy.md)`"), "{said}");
    home.put("work/shop/CLAUDE.local.md", "Read lost.md too.\n");
    assert_eq!(home.here("claude-code")["memory"][0]["orphans"], json!(["re-deploy.md"]));
    // Without an index nothing of the folder is seen.
    std::fs::remove_file(home.path(&format!("{}/MEMORY.md", home.memory()))).unwrap();
    std::fs::remove_file(home.path("work/shop/CLAUDE.local.md")).unwrap();
    std::fs::remove_file(home.path("work/shop/CLAUDE.md")).unwrap();
    let done = home.loaded(&[]).expect(0);
    assert!(done.stdout.contains("orphaned  6 of 6 memories"), "{done:?}");
    assert!(done.stdout.contains("`dreaming render --for claude-code --memory "), "{done:?}");
    // One that is loaded is one of the folder too.
    home.put("work/shop/CLAUDE.md", format!("@~/{}/lost.md\n", home.memory()));
    let done = home.loaded(&[]).expect(0);
    assert!(done.stdout.contains("orphaned  5 of 6 memories"), "{done:?}");
}

#[test]
fn a_statement_in_two_loaded_files_is_told() {
    let home = Home::with(&[
        (".claude/CLAUDE.md", "- Use tabs, never blanks.\n- Only here in the home.\n"),
        ("work/shop/CLAUDE.md", "# Style\n\n1. Use  tabs,\n   never BLANKS.\n"),
        ("MEMORY/MEMORY.md", "- use tabs, never blanks.\n- [a](a.md)\n"),
        ("MEMORY/a.md", "- Only here in the home.\n"),
        ("work/shop/api/CLAUDE.md", "- Only here in the home.\n"),
    ]);
    let answer = home.here("claude-code");
    let index = format!("~/{}/MEMORY.md", home.memory());
    assert_eq!(
        answer["twice"],
        json!([{"text": "Use tabs, never blanks.", "places": [
            {"file": "~/.claude/CLAUDE.md", "line": 1}, {"file": "CLAUDE.md", "line": 3}, {"file": index, "line": 1}
        ]}])
    );
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(
        said.contains("`Use tabs, never blanks.` in ~/.claude/CLAUDE.md:1 and CLAUDE.md:3 and "),
        "{said}"
    );
}

#[test]
fn what_git_does_not_have_is_only_on_this_machine() {
    let home = Home::with(&[
        (".codex/AGENTS.md", "a\n"),
        (".claude/CLAUDE.md", "a\n"),
        ("work/shop/.gitignore", "CLAUDE.local.md\n"),
        ("work/shop/CLAUDE.md", "a\n"),
        ("work/shop/CLAUDE.local.md", "a\n"),
        ("work/shop/.claude/rules/new.md", "a\n"),
    ]);
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(
        said.contains("What of the repository is only on this machine is not known: `git` says"),
        "{said}"
    );
    std::fs::remove_dir(home.path("work/shop/.git")).unwrap();
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(said.contains("This is no repository: all of it is only on this machine."), "{said}");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        let done = done(
            git.args(arguments).current_dir(home.path("work/shop")).env("HOME", home.path("")),
        );
        assert_eq!(done.code, 0, "{done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "CLAUDE.md", ".gitignore"]);
    let answer = home.here("claude-code");
    for (name, why) in [
        ("~/.claude/CLAUDE.md", json!("outside of the repository")),
        ("CLAUDE.md", json!(null)),
        ("CLAUDE.local.md", json!("ignored by git")),
        (".claude/rules/new.md", json!("not in git yet")),
    ] {
        assert_eq!(file(&answer, name)["only_here"], why, "{name}");
    }
    assert_eq!(
        file(&home.here("codex"), "~/.codex/AGENTS.md")["only_here"],
        "outside of the repository"
    );
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(said.contains("only here CLAUDE.local.md (ignored by git)"), "{said}");
}

#[test]
fn only_agents_for_which_something_is_here_are_told_of_unless_they_are_named() {
    let home = Home::with(&[]);
    let done = home.loaded(&[]).expect(0);
    assert!(done.stdout.contains("Nothing is here that an agent of the table loads"), "{done:?}");
    assert!(done.stdout.contains("`dreaming render --for NAME --memory DIR`"), "{done:?}");
    let said = home.loaded(&["--agent", "codex"]).expect(0).stdout;
    assert!(said.contains("Codex (codex): 0 files, 0 lines, 0 bytes, about 0 tokens"), "{said}");
    assert!(said.contains("It looked for ~/.codex/AGENTS.override.md, ~/.codex/AGENTS.md, AGENTS.override.md, AGENTS.md"));
    home.put("work/shop/GEMINI.md", "a\n");
    home.put("work/shop/QWEN.md", "a\n");
    let names = |arguments: &[&str]| -> Vec<String> {
        let answer = home.loaded(&[arguments, &["--json"]].concat()).expect(0).json();
        let agents = answer["agents"].as_array().unwrap().iter();
        agents.map(|agent| agent["agent"].as_str().unwrap().to_owned()).collect()
    };
    // Copilot reads GEMINI.md too.
    assert_eq!(names(&[]), ["copilot", "gemini", "qwen"]);
    assert_eq!(
        names(&["--agent", "codex", "--agent", "gemini,cursor"]),
        ["codex", "cursor", "gemini"]
    );
    assert_eq!(names(&["--gemini"]), ["gemini"]);
    let refused = home.loaded(&["--agent", "pilot", "--json"]).expect(2);
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("`pilot` is none"),
        "{refused:?}"
    );
    let refused = home.loaded(&["gone"]).expect(1).stderr;
    assert!(refused.contains("gone"), "{refused}");
    let refused = home.loaded(&["GEMINI.md"]).expect(2).stderr;
    assert!(refused.contains("is no folder"), "{refused}");
}

#[test]
fn settings_that_change_what_is_loaded_are_named() {
    let home = Home::with(&[
        (".codex/config.toml", "project_doc_max_bytes = 65536\nmodel = \"x\"\n"),
        ("work/shop/AGENTS.md", "a\n"),
        ("work/shop/opencode.json", "{\"instructions\": [\"docs/*.md\"]}"),
        (".gemini/settings.json", "{\"theme\": \"dark\"}"),
    ]);
    let said = |agent| problems(&home.here(agent), "settings");
    assert_eq!(
        said("codex"),
        [
            "~/.codex/config.toml says `project_doc_max_bytes`, which changes what is loaded and is not followed here"
        ]
    );
    assert!(said("opencode")[0].starts_with("opencode.json says `instructions`"));
    assert_eq!(said("gemini"), [""; 0]);
}

#[test]
fn nothing_is_written_and_what_strangers_chose_is_harmless() {
    let home = Home::with(&[
        ("work/shop/CLAUDE.md", "- Use tabs, never \u{1b}[2Jblanks.\n@docs/\u{1b}[31mx.md\n"),
        ("work/shop/CLAUDE.local.md", "- Use tabs, never \u{1b}[2Jblanks.\n"),
        ("MEMORY/MEMORY.md", "- [a](a.md)\n"),
        ("MEMORY/a\u{1b}[2J.md", "- A fact of its own.\n"),
    ]);
    let before = tree(&home.path(""));
    let said = home.loaded(&[]).expect(0).stdout;
    assert!(said.contains("\\u{1b}[2J") && !said.contains('\u{1b}'), "{said}");
    home.loaded(&["--json"]).expect(0).json();
    assert_eq!(tree(&home.path("")), before);
}

#[test]
fn memories_that_are_rendered_are_seen_and_others_are_orphans() {
    let home = Home::with(&[
        ("work/shop/notes/deploy.md", "- Staging is blue today.\n- Deploy with `make ship`.\n"),
        ("work/shop/notes/style.md", "- Use tabs, never blanks.\n"),
        ("work/shop/AGENTS.md", "# Shop\n\nRead notes/style.md before you start.\n"),
    ]);
    let orphans = || {
        let arguments = ["--agent", "codex", "--memory", "notes", "--json"];
        let answer = home.loaded(&arguments).expect(0).json();
        answer["agents"][0]["memory"][0]["orphans"].clone()
    };
    assert_eq!(orphans(), json!(["deploy.md"]));
    let said = home.loaded(&["--agent", "codex", "--memory", "notes"]).expect(0).stdout;
    assert!(said.contains("`dreaming render --for codex --memory notes`"), "{said}");
    render(&home, "codex");
    assert_eq!(orphans(), json!([]));
    // Who is told of the folder sees all of it.
    home.put("work/shop/AGENTS.md", "Read notes/ before you start.\n");
    assert_eq!(orphans(), json!([]));
    assert_eq!(now(&home.here("codex")), ["AGENTS.md"]);
}

fn render(home: &Home, name: &str) {
    let mut render = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    render.args(["render", "--for", name, "--memory", "notes"]).current_dir(home.path("work/shop"));
    render.env("HOME", home.path("")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    render.env_remove("CLAUDE_CONFIG_DIR");
    done(render.env_remove("XDG_CONFIG_HOME").env_remove("DREAMING_MEMORY")).expect(0);
}

#[test]
fn copies_that_were_rendered_are_named_and_not_to_be_rendered_again() {
    let home = Home::with(&[
        ("work/shop/notes/deploy.md", "- Staging is blue today.\n- Deploy with `make ship`.\n"),
        ("MEMORY/MEMORY.md", "- [Style](style.md)\n"),
        ("MEMORY/style.md", "- Use tabs, never blanks.\n"),
    ]);
    let said = || home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    let advice = "`dreaming render --for claude-code --memory ";
    assert!(said().contains(advice), "{}", said());
    // Beside the copies are memories of the agent itself.
    render(&home, "claude-memory");
    assert!(said().contains(advice), "{}", said());
    fs::remove_file(home.path(&format!("{}/style.md", home.memory()))).unwrap();
    assert!(said().contains("rendered  ~/.claude/projects/"), "{}", said());
    assert!(!said().contains(advice), "{}", said());
    assert_eq!(home.here("claude-code")["memory"][0]["rendered"], json!(true));
}

#[test]
fn the_page_has_the_reply_and_is_written_over_pages_of_its_own_sort_only() {
    let home =
        Home::with(&[("work/shop/CLAUDE.md", "- Use tabs.\n"), ("work/shop/other.html", "older")]);
    let told = home.loaded(&["--html", "loaded.html", "--json"]).expect(0).json();
    assert_eq!((&told["outcome"], &told["agents"]), (&json!("page"), &json!(3)), "{told}");
    let page = fs::read_to_string(home.path("work/shop/loaded.html")).unwrap();
    let given = page.split_once("id=\"given\">").unwrap().1.split_once("</script>").unwrap().0;
    let mut reply = home.loaded(&["--json"]).expect(0).json();
    reply.as_object_mut().unwrap().remove("format");
    assert_eq!(serde_json::from_str::<Value>(given).unwrap(), reply);
    home.loaded(&["--html", "loaded.html"]).expect(0);
    let refused = home.loaded(&["--html", "other.html"]).expect(2);
    assert!(refused.stderr.contains("is no page of `dreaming loaded`"), "{refused:?}");
    assert_eq!(fs::read_to_string(home.path("work/shop/other.html")).unwrap(), "older");
    assert!(home.loaded(&["--html", "-"]).expect(0).stdout.starts_with("<!DOCTYPE html>"));
    for wrong in [&["--html", "nowhere/x.html"][..], &["--html", ".."], &["--html", "-", "--json"]]
    {
        let refused = done(&mut home.command("work/shop", wrong));
        assert_ne!(refused.code, 0, "{wrong:?}");
    }
}
