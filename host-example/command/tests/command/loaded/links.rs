//! Imports and links that lead where they should not, and files that cannot be read.

use std::fs;

use super::{Home, file, files, now, problems};

#[test]
fn a_broken_import_a_circle_and_one_that_leaves_the_project_are_named() {
    let home = Home::with(&[
        (
            "work/shop/CLAUDE.md",
            "Ask @ada, and see @docs/gone.md and `@docs/code.md`.\n@docs/a.md\n@../../secret.md\n@~/secret.md\n```\n@docs/code.md\n```\n",
        ),
        ("work/shop/docs/a.md", "@b.md\n"),
        ("work/shop/docs/b.md", "@a.md\n@../CLAUDE.md\n"),
        ("work/shop/docs/code.md", "code\n"),
        ("secret.md", "word of mine\n"),
    ]);
    let answer = home.here("claude-code");
    assert_eq!(now(&answer), ["CLAUDE.md", "docs/a.md", "docs/b.md"]);
    assert_eq!(
        problems(&answer, "import"),
        [
            "CLAUDE.md:1 names docs/gone.md, which is no file",
            "docs/b.md:1 names a.md, which brought this file in: it is loaded once",
            "docs/b.md:2 names ../CLAUDE.md, which brought this file in: it is loaded once",
            "CLAUDE.md:3 names ../../secret.md, which lies outside: Claude Code asks you before it loads it, and it is not read here",
            "CLAUDE.md:4 names ~/secret.md, which lies outside: Claude Code asks you before it loads it, and it is not read here",
        ]
    );
    // Others refuse them, or take no such paths.
    fs::rename(home.path("work/shop/CLAUDE.md"), home.path("work/shop/GEMINI.md")).unwrap();
    let answer = home.here("gemini");
    assert_eq!(now(&answer), ["GEMINI.md", "docs/a.md", "docs/b.md"]);
    assert!(
        problems(&answer, "import")
            .iter()
            .any(|said| said.ends_with("lies outside: Gemini CLI does not load it"))
    );
    fs::rename(home.path("work/shop/GEMINI.md"), home.path("work/shop/AGENTS.md")).unwrap();
    let said = problems(&home.here("copilot"), "import");
    assert!(said.iter().any(|said| said.contains("only paths from the file itself")), "{said:?}");
    // What a person wrote into the own file may lie anywhere.
    home.put(".claude/CLAUDE.md", "@~/secret.md\n");
    let answer = home.here("claude-code");
    assert!(now(&answer).contains(&"~/secret.md".to_owned()), "{answer}");
}

#[test]
#[cfg(unix)]
fn a_link_is_followed_within_the_project_only() {
    let home = Home::with(&[
        ("secret", "word of mine\n"),
        ("work/shop/AGENTS.md", "- Use tabs, never blanks.\n"),
        ("work/shop/docs/rule.md", "rule\n"),
        ("dot/CLAUDE.md", "mine\n"),
        ("rules/r.md", "r\n"),
    ]);
    home.link("AGENTS.md", "work/shop/CLAUDE.md");
    home.link(home.path("secret"), "work/shop/CLAUDE.local.md");
    home.link("nowhere", "work/shop/.claude/CLAUDE.md");
    home.link(home.path("rules"), "work/shop/.claude/rules");
    home.link(home.path("secret"), "work/CLAUDE.md");
    // The home is the person's own.
    home.link(home.path("dot/CLAUDE.md"), ".claude/CLAUDE.md");
    let answer = home.here("claude-code");
    assert_eq!(now(&answer), ["~/.claude/CLAUDE.md", "CLAUDE.md"]);
    assert_eq!(file(&answer, "~/.claude/CLAUDE.md")["link_to"], "~/dot/CLAUDE.md");
    assert_eq!(file(&answer, "CLAUDE.md")["link_to"], "AGENTS.md");
    let said = problems(&answer, "link");
    assert_eq!(said.len(), 4, "{said:?}");
    for (file, why) in [
        ("~/work/CLAUDE.md", "is a link that leads out of the project, to "),
        ("CLAUDE.local.md", "is a link that leads out of the project, to "),
        (".claude/CLAUDE.md", "is a link that leads nowhere"),
        (".claude/rules", "is a link that leads out of the project"),
    ] {
        assert!(
            said.iter().any(|said| said.starts_with(&format!("{file} {why}"))),
            "{file}: {said:?}"
        );
    }
    assert!(!answer.to_string().contains("word of mine"));
    // One file under two names is loaded once.
    let answer = home.here("copilot");
    assert_eq!(now(&answer), ["AGENTS.md"]);
    assert_eq!(file(&answer, "CLAUDE.md")["why"], "the same file as AGENTS.md");
    assert_eq!(answer["twice"].as_array().unwrap().len(), 0);
}

#[test]
#[cfg(unix)]
fn a_link_among_rules_and_one_to_a_folder_are_named() {
    let home = Home::with(&[
        ("secret", "s\n"),
        ("work/shop/.claude/rules/a.md", "a\n"),
        ("work/shop/more/b.md", "b\n"),
    ]);
    home.link(home.path("secret"), "work/shop/.claude/rules/out.md");
    home.link("../../more", "work/shop/.claude/rules/more");
    home.link("../../more/b.md", "work/shop/.claude/rules/b.md");
    let answer = home.here("claude-code");
    assert_eq!(now(&answer), [".claude/rules/a.md", ".claude/rules/b.md"]);
    let said = problems(&answer, "link");
    assert!(
        said.iter().any(|said| said.starts_with(".claude/rules/more is a link to a folder")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|said| said.starts_with(".claude/rules/out.md is a link that leads out")),
        "{said:?}"
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_told() {
    let home = Home::with(&[("work/shop/CLAUDE.local.md", "fine\n")]);
    home.put("work/shop/CLAUDE.md", b"caf\xe9 noir\n");
    fs::create_dir_all(home.path("work/shop/AGENTS.md")).unwrap();
    let answer = home.here("claude-code");
    assert_eq!(now(&answer), ["CLAUDE.md", "CLAUDE.local.md"]);
    assert_eq!(file(&answer, "CLAUDE.md")["size"]["bytes"], 10);
    assert!(problems(&answer, "encoding")[0].starts_with("CLAUDE.md is not UTF-8"), "{answer}");
    let answer = home.here("codex");
    assert_eq!(files(&answer), [("AGENTS.md".to_owned(), "not".to_owned())]);
    assert_eq!(problems(&answer, "unreadable"), ["AGENTS.md is a folder"]);
}

#[test]
#[cfg(unix)]
fn a_pipe_and_a_closed_file_are_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::with(&[("work/shop/AGENTS.md", "a\n")]);
    let pipe = home.path("work/shop/CLAUDE.md");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(problems(&home.here("claude-code"), "unreadable"), ["CLAUDE.md is no file"]);
    let closed = home.path("work/shop/AGENTS.md");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same.
    if fs::read(&closed).is_err() {
        let said = problems(&home.here("codex"), "unreadable");
        assert!(said[0].starts_with("AGENTS.md cannot be read: "), "{said:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_memory_folder_that_lies_elsewhere_is_read_and_told() {
    let home = Home::with(&[
        ("notes/MEMORY.md", "- [a](a.md)\n"),
        ("notes/a.md", "- Staging is blue today.\n"),
        ("notes/b.md", "- Deploy with `make ship`.\n"),
    ]);
    home.link(home.path("notes"), &home.memory());
    home.link(home.path("notes/a.md"), "notes/c.md");
    let answer = home.here("claude-code");
    let index = file(&answer, &format!("~/{}/MEMORY.md", home.memory()));
    assert_eq!(index["link_to"], "~/notes/MEMORY.md");
    // A link among the memories is none, and is named.
    let linked = format!("~/{}/c.md is a link among the memories", home.memory());
    assert!(problems(&answer, "link")[0].starts_with(&linked), "{answer}");
    assert_eq!(answer["memory"][0]["orphans"], serde_json::json!(["b.md"]));
    assert_eq!(answer["memory"][0]["memories"], 2);
}
