//! Which files each agent of the table loads, in which order.

use super::{Home, file, files, now};

/// Each file that an agent of the table could load, with its own path as its text.
fn everything() -> Home {
    let home = Home::with(&[]);
    let marked = format!("{}\n", home.path("work/shop").display());
    for path in [
        ".claude/CLAUDE.md",
        ".claude/rules/b.md",
        ".claude/rules/deep/a.md",
        ".codex/AGENTS.md",
        ".codex/memories/memory_summary.md",
        ".config/opencode/AGENTS.md",
        ".copilot/copilot-instructions.md",
        ".copilot/instructions/own.instructions.md",
        ".gemini/GEMINI.md",
        ".gemini/tmp/shop/memory/MEMORY.md",
        ".qwen/AGENTS.md",
        ".qwen/QWEN.md",
        ".codeium/windsurf/memories/global_rules.md",
        "MEMORY/MEMORY.md",
        "work/CLAUDE.md",
        "work/AGENTS.md",
        "work/GEMINI.md",
        "work/shop/.claude/CLAUDE.md",
        "work/shop/.claude/rules/style.md",
        "work/shop/.cursor/rules/plain.md",
        "work/shop/.cursorrules",
        "work/shop/.github/copilot-instructions.md",
        "work/shop/.github/instructions/all.instructions.md",
        "work/shop/.qwen/QWEN.local.md",
        "work/shop/.windsurfrules",
        "work/shop/AGENTS.md",
        "work/shop/CLAUDE.md",
        "work/shop/CLAUDE.local.md",
        "work/shop/GEMINI.md",
        "work/shop/QWEN.md",
        "work/shop/api/.github/copilot-instructions.md",
        "work/shop/api/.github/instructions/api.instructions.md",
        "work/shop/api/AGENTS.md",
        "work/shop/api/CLAUDE.md",
        "work/shop/api/GEMINI.md",
        "work/shop/api/QWEN.md",
        "work/shop/api/v1/AGENTS.md",
        "work/shop/api/v1/deep/AGENTS.md",
    ] {
        home.put(path, format!("{path}\n"));
    }
    home.put(".gemini/tmp/shop/.project_root", &marked);
    home.put("work/shop/.cursor/rules/a.mdc", "---\nalwaysApply: true\n---\na\n");
    home.put("work/shop/.windsurf/rules/a.md", "---\ntrigger: always_on\n---\na\n");
    home
}

#[test]
fn each_agent_loads_its_own_files_in_its_own_order() {
    let home = everything();
    let memory = format!("~/{}/MEMORY.md", home.memory());
    let expected: [(&str, &[&str]); 9] = [
        ("agents", &["AGENTS.md", "api/AGENTS.md", "api/v1/AGENTS.md"]),
        (
            "claude-code",
            &[
                "~/.claude/CLAUDE.md",
                "~/.claude/rules/b.md",
                "~/.claude/rules/deep/a.md",
                "~/work/CLAUDE.md",
                "CLAUDE.md",
                ".claude/CLAUDE.md",
                ".claude/rules/style.md",
                "CLAUDE.local.md",
                "api/CLAUDE.md",
                &memory,
            ],
        ),
        (
            "codex",
            &[
                "~/.codex/AGENTS.md",
                "AGENTS.md",
                "api/AGENTS.md",
                "api/v1/AGENTS.md",
                "~/.codex/memories/memory_summary.md",
            ],
        ),
        (
            "copilot",
            &[
                "~/.copilot/copilot-instructions.md",
                "~/.copilot/instructions/own.instructions.md",
                ".github/copilot-instructions.md",
                "api/.github/copilot-instructions.md",
                // Not those of the folder between the root and the start.
                ".github/instructions/all.instructions.md",
                "AGENTS.md",
                "CLAUDE.md",
                ".claude/CLAUDE.md",
                "GEMINI.md",
                "api/AGENTS.md",
                "api/CLAUDE.md",
                "api/GEMINI.md",
                "api/v1/AGENTS.md",
            ],
        ),
        (
            "cursor",
            &[
                ".cursor/rules/a.mdc",
                ".cursorrules",
                "AGENTS.md",
                "api/AGENTS.md",
                "api/v1/AGENTS.md",
            ],
        ),
        (
            "gemini",
            &[
                "~/.gemini/GEMINI.md",
                "~/.gemini/tmp/shop/memory/MEMORY.md",
                "GEMINI.md",
                "api/GEMINI.md",
            ],
        ),
        // The nearest first, and of the person only one.
        (
            "opencode",
            &["api/v1/AGENTS.md", "api/AGENTS.md", "AGENTS.md", "~/.config/opencode/AGENTS.md"],
        ),
        (
            "qwen",
            &[
                "~/.qwen/QWEN.md",
                "QWEN.md",
                "api/QWEN.md",
                "~/.qwen/AGENTS.md",
                "AGENTS.md",
                "api/AGENTS.md",
                "api/v1/AGENTS.md",
                ".qwen/QWEN.local.md",
            ],
        ),
        (
            "windsurf",
            &[
                "~/.codeium/windsurf/memories/global_rules.md",
                ".windsurf/rules/a.md",
                ".windsurfrules",
                "AGENTS.md",
            ],
        ),
    ];
    for (agent, files) in expected {
        let answer = home.of("work/shop/api/v1", agent);
        assert_eq!(now(&answer), files, "{agent}");
        // Each file has its own path as its text, so that its size is known.
        let mut tokens = 0;
        for name in
            files.iter().filter(|name| name.ends_with("AGENTS.md") && !name.starts_with('~'))
        {
            let text = format!("work/shop/{name}\n");
            let (bytes, loaded) = (text.len() as u64, &file(&answer, name)["loaded"]);
            assert_eq!(
                (&loaded["lines"], &loaded["bytes"]),
                (&1.into(), &bytes.into()),
                "{agent} {name}"
            );
            assert_eq!(loaded["tokens"], bytes / 4, "{agent} {name}");
            tokens += bytes / 4;
        }
        assert!(answer["total"]["tokens"].as_u64().unwrap() >= tokens, "{agent}");
    }
    let answer = home.of("work/shop/api/v1", "agents");
    let bytes: usize = now(&answer).iter().map(|name| format!("work/shop/{name}\n").len()).sum();
    assert_eq!(answer["total"]["lines"], 3);
    assert_eq!(answer["total"]["bytes"], bytes);
    assert_eq!(answer["total"]["tokens"], bytes / 4);
}

#[test]
fn one_file_stands_for_another_where_the_agent_says_so() {
    let home = Home::with(&[
        ("work/shop/AGENTS.md", "a\n"),
        (".claude/CLAUDE.md", "c\n"),
        (".claude/rules/a.md", "r\n"),
    ]);
    // Only CLAUDE.md of the project or of a folder above takes the place of AGENTS.md.
    assert_eq!(
        now(&home.here("claude-code")),
        ["~/.claude/CLAUDE.md", "~/.claude/rules/a.md", "AGENTS.md"]
    );
    home.put("work/CLAUDE.local.md", "l\n");
    let answer = home.here("claude-code");
    assert!(!now(&answer).contains(&"AGENTS.md".to_owned()), "{answer}");
    let why = file(&answer, "AGENTS.md")["why"].as_str().unwrap();
    assert_eq!(why, "Claude Code reads ~/work/CLAUDE.local.md in its place");
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(said.contains("Then: a line `@AGENTS.md` in the CLAUDE.md beside it"), "{said}");
    // OpenCode falls back on CLAUDE.md, in the project and in the home.
    assert_eq!(now(&home.here("opencode")), ["AGENTS.md", "~/.claude/CLAUDE.md"]);
    home.put(".config/opencode/AGENTS.md", "o\n");
    assert_eq!(now(&home.here("opencode")), ["AGENTS.md", "~/.config/opencode/AGENTS.md"]);
    std::fs::remove_file(home.path("work/shop/AGENTS.md")).unwrap();
    home.put("work/shop/CLAUDE.md", "c\n");
    assert_eq!(now(&home.here("opencode")), ["CLAUDE.md", "~/.config/opencode/AGENTS.md"]);
}

#[test]
fn codex_takes_one_file_of_each_folder() {
    let home = Home::with(&[
        (".codex/AGENTS.override.md", " \n"),
        (".codex/AGENTS.md", "mine\n"),
        ("work/shop/AGENTS.override.md", "over\n"),
        ("work/shop/AGENTS.md", "under\n"),
        ("work/shop/api/AGENTS.override.md", "\n"),
        ("work/shop/api/AGENTS.md", "api\n"),
    ]);
    // In the home the first that says something, in the project the first that is there.
    let answer = home.of("work/shop/api", "codex");
    assert_eq!(now(&answer), ["~/.codex/AGENTS.md", "AGENTS.override.md"]);
    // Outside a repository nothing above the folder counts.
    std::fs::remove_dir(home.path("work/shop/.git")).unwrap();
    home.put("work/shop/api/AGENTS.override.md", "here\n");
    let answer = home.of("work/shop/api", "codex");
    assert_eq!(now(&answer), ["~/.codex/AGENTS.md", "AGENTS.override.md"]);
    assert!(file(&answer, "AGENTS.override.md")["path"].as_str().unwrap().contains("/api/"));
}

#[test]
fn the_front_matter_says_what_is_loaded_later() {
    let rule = |head: &str| format!("---\n{head}\n---\n- Use tabs.\n");
    let home = Home::with(&[
        ("work/shop/.claude/rules/a.md", &rule("paths: src/**")),
        ("work/shop/.claude/rules/b.md", &rule("paths:\n  - \"src/**\"")),
        ("work/shop/.claude/rules/c.md", &rule("paths:")),
        ("work/shop/.claude/rules/d.md", &rule("title: paths are for others")),
        ("work/shop/.claude/rules/e.md", "paths: src/**\n"),
        ("work/shop/.cursor/rules/a.mdc", &rule("alwaysApply: true")),
        ("work/shop/.cursor/rules/b.mdc", &rule("alwaysApply: \"true\"")),
        (
            "work/shop/.cursor/rules/c.mdc",
            &rule("description: style\nglobs: *.rs\nalwaysApply: false"),
        ),
        ("work/shop/.cursor/rules/d.mdc", "- No front matter.\n"),
        ("work/shop/.windsurf/rules/a.md", &rule("trigger: always_on")),
        ("work/shop/.windsurf/rules/b.md", &rule("trigger: model_decision")),
        ("work/shop/.github/instructions/a.instructions.md", &rule("applyTo: \"**\"")),
        ("work/shop/.github/instructions/b.instructions.md", "- For all.\n"),
    ]);
    let loads = |agent| -> String {
        files(&home.here(agent)).iter().map(|(_, load)| load.chars().next().unwrap()).collect()
    };
    assert_eq!(loads("claude-code"), "llwww");
    assert_eq!(loads("cursor"), "wlll");
    assert_eq!(loads("windsurf"), "wl");
    assert_eq!(loads("copilot"), "lw");
    let answer = home.here("cursor");
    let why = file(&answer, ".cursor/rules/c.mdc")["why"].as_str().unwrap();
    assert!(why.starts_with("Cursor decides by itself"), "{why}");
    // What comes later does not count for the start.
    let first = &file(&answer, ".cursor/rules/a.mdc")["loaded"];
    assert_eq!(&answer["total"], first);
}

#[test]
fn other_homes_and_memory_folders_are_found_by_their_variables_and_settings() {
    let home = Home::with(&[
        ("else/claude/CLAUDE.md", "c\n"),
        ("else/codex/AGENTS.md", "a\n"),
        ("else/gemini/.gemini/GEMINI.md", "g\n"),
        ("else/config/opencode/AGENTS.md", "o\n"),
        ("notes/MEMORY.md", "- [a](a.md)\n"),
    ]);
    home.put("else/claude/settings.json", r#"{"autoMemoryDirectory": "~/notes"}"#);
    let answer = |agent: &str, variable: &str, folder: &str| {
        let mut command = home.command("work/shop", &["--agent", agent, "--json"]);
        let done = crate::support::done(command.env(variable, home.path(folder))).expect(0);
        now(&done.json()["agents"][0])
    };
    assert_eq!(
        answer("claude-code", "CLAUDE_CONFIG_DIR", "else/claude"),
        ["~/else/claude/CLAUDE.md", "~/notes/MEMORY.md"]
    );
    assert_eq!(answer("codex", "CODEX_HOME", "else/codex"), ["~/else/codex/AGENTS.md"]);
    assert_eq!(
        answer("gemini", "GEMINI_CLI_HOME", "else/gemini"),
        ["~/else/gemini/.gemini/GEMINI.md"]
    );
    assert_eq!(
        answer("opencode", "XDG_CONFIG_HOME", "else/config"),
        ["~/else/config/opencode/AGENTS.md"]
    );
}
