//! What the limits of the agents cut off.

use serde_json::json;

use super::{Home, file, files, now, problems};

fn index(lines: usize, width: usize) -> String {
    (1..=lines).map(|at| format!("- [m{at}](m{at}.md){}\n", ".".repeat(width))).collect()
}

#[test]
fn claude_code_loads_200_lines_of_its_index_or_25000_bytes_whichever_comes_first() {
    let home = Home::with(&[("MEMORY/MEMORY.md", &index(200, 0))]);
    let name = format!("~/{}/MEMORY.md", home.memory());
    assert_eq!(file(&home.here("claude-code"), &name)["load"], "whole");
    home.put("MEMORY/MEMORY.md", index(210, 0));
    for at in [199, 200, 201, 210] {
        home.put(&format!("MEMORY/m{at}.md"), "- A fact of its own, which nobody else says.\n");
    }
    let answer = home.here("claude-code");
    let seen = file(&answer, &name);
    let kept = index(200, 0);
    assert_eq!(seen["load"], "part");
    assert_eq!(seen["loaded"]["lines"], 200);
    assert_eq!(seen["loaded"]["bytes"], kept.len());
    assert_eq!(seen["loaded"]["tokens"], kept.len() / 4);
    let cut = &seen["cut"];
    assert_eq!([&cut["from"], &cut["to"], &cut["lines"], &cut["statements"]], [201, 210, 10, 10]);
    assert_eq!(cut["bytes"], index(210, 0).len() - kept.len());
    // The memories behind the cut are not orphans, but are not seen either.
    assert_eq!(answer["memory"][0]["beyond"], json!(["m201.md", "m210.md"]));
    assert_eq!(answer["memory"][0]["orphans"], json!([]));
    assert_eq!(answer["memory"][0]["memories"], 4);
    // 150 lines of about 200 bytes: the bytes end first, between two lines.
    home.put("MEMORY/MEMORY.md", index(150, 190));
    let answer = home.here("claude-code");
    let seen = file(&answer, &name);
    let lines = seen["loaded"]["lines"].as_u64().unwrap();
    let kept = index(usize::try_from(lines).unwrap(), 190).len();
    let one_more = index(usize::try_from(lines).unwrap() + 1, 190).len();
    assert_eq!(seen["loaded"]["bytes"], kept);
    assert!(kept <= 25_000 && one_more > 25_000, "{kept} {one_more}");
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(said.contains(&format!("lines {} to 150", lines + 1)), "{said}");
    assert!(said.contains("200 lines or 25000 bytes are loaded"), "{said}");
}

#[test]
fn codex_loads_32_kib_of_the_files_of_a_project_together_and_none_of_its_own_counts() {
    let line = "x".repeat(99) + "\n";
    let home = Home::with(&[
        (".codex/AGENTS.md", &line.repeat(400)),
        ("work/shop/AGENTS.md", &line.repeat(300)),
        ("work/shop/api/AGENTS.md", &line.repeat(100)),
        ("work/shop/api/v1/AGENTS.md", "- The nearest rule.\n"),
    ]);
    let answer = home.of("work/shop/api/v1", "codex");
    let loads = [
        ("~/.codex/AGENTS.md".to_owned(), "whole".to_owned()),
        ("AGENTS.md".to_owned(), "whole".to_owned()),
        ("api/AGENTS.md".to_owned(), "part".to_owned()),
        ("api/v1/AGENTS.md".to_owned(), "not".to_owned()),
    ];
    assert_eq!(files(&answer), loads);
    let seen = file(&answer, "api/AGENTS.md");
    assert_eq!(seen["loaded"]["bytes"], 32_768 - 30_000);
    // The cut is within line 28.
    assert_eq!([&seen["cut"]["from"], &seen["cut"]["to"]], [28, 100]);
    let nearest = file(&answer, "api/v1/AGENTS.md");
    assert_eq!([&nearest["cut"]["from"], &nearest["cut"]["statements"]], [1, 1]);
    assert_eq!(answer["total"]["bytes"], 40_000 + 32_768);
    let mut command = home.command("work/shop/api/v1", &["--agent", "codex"]);
    let said = crate::support::done(&mut command).expect(0).stdout;
    assert!(said.contains("32768 bytes of all these files together are loaded"), "{said}");
    assert!(said.contains("`project_doc_max_bytes`"), "{said}");
}

#[test]
fn a_summary_that_is_too_long_loses_its_middle() {
    let text: String = (0..1200).map(|at| format!("{at:09}\n")).collect();
    let home = Home::with(&[(".codex/memories/memory_summary.md", &text)]);
    let answer = home.here("codex");
    let seen = file(&answer, "~/.codex/memories/memory_summary.md");
    assert_eq!(seen["loaded"]["bytes"], 10_000);
    assert_eq!([&seen["cut"]["from"], &seen["cut"]["to"], &seen["cut"]["lines"]], [501, 700, 200]);
}

#[test]
fn windsurf_and_qwen_count_characters() {
    // Each is two bytes.
    let text = "é".repeat(12_000);
    let rule = format!("---\ntrigger: always_on\n---\n{text}");
    let home = Home::with(&[
        (".codeium/windsurf/memories/global_rules.md", &text),
        ("work/shop/.windsurf/rules/a.md", &rule),
        ("work/shop/AGENTS.md", &text),
    ]);
    let answer = home.here("windsurf");
    let tokens = |name: &str| file(&answer, name)["loaded"]["tokens"].clone();
    assert_eq!(tokens("~/.codeium/windsurf/memories/global_rules.md"), 1500);
    assert_eq!(tokens(".windsurf/rules/a.md"), 3000);
    assert_eq!(file(&answer, "AGENTS.md")["load"], "whole");
    let line = "é".repeat(249) + "\n";
    let slug = home.memory().split('/').nth(2).unwrap().to_owned();
    home.put(&format!(".qwen/projects/{slug}/memory/MEMORY.md"), line.repeat(110));
    let answer = home.here("qwen");
    let seen = file(&answer, &format!("~/.qwen/projects/{slug}/memory/MEMORY.md"));
    assert_eq!([&seen["loaded"]["lines"], &seen["cut"]["from"]], [100, 101]);
}

#[test]
fn what_is_too_large_is_named_and_counted_and_never_printed() {
    let home = Home::with(&[("work/shop/CLAUDE.md", &"secret \n".repeat(524_289))]);
    let answer = home.here("claude-code");
    let seen = file(&answer, "CLAUDE.md");
    assert_eq!([&seen["load"], &seen["size"]["lines"]], [&json!("not"), &json!(524_289)]);
    assert_eq!(seen["why"], "over 4194304 bytes, and then nothing of it is loaded");
    home.put("work/shop/CLAUDE.md", "secret \n".repeat(524_288));
    let answer = home.here("claude-code");
    assert_eq!(file(&answer, "CLAUDE.md")["load"], "whole");
    assert!(
        problems(&answer, "long")[0].ends_with("has 524288 lines; its makers advise 200 at most")
    );
    let said = home.loaded(&["--agent", "claude-code"]).expect(0).stdout;
    assert!(!said.contains("secret"), "{said}");
    home.put("work/shop/GEMINI.md", "x".repeat(17 << 20));
    let answer = home.here("gemini");
    assert_eq!(file(&answer, "GEMINI.md")["loaded"]["bytes"], 17 << 20);
    assert!(problems(&answer, "long")[0].contains("too large to look into"), "{answer}");
}

#[test]
fn imports_are_followed_as_far_as_each_agent_does() {
    let home = Home::with(&[]);
    for (name, top) in [("c", "CLAUDE.md"), ("g", "GEMINI.md"), ("p", "AGENTS.md")] {
        home.put(&format!("work/shop/{top}"), format!("See @docs/{name}1.md\n"));
        for at in 1..=7 {
            let text = format!("{at}\n@{name}{}.md\n", at + 1);
            home.put(&format!("work/shop/docs/{name}{at}.md"), text);
        }
        home.put(&format!("work/shop/docs/{name}8.md"), "8\n");
    }
    let of = |agent: &str, name: &str| -> Vec<String> {
        let answer = home.here(agent);
        let own = now(&answer).into_iter().filter(|file| file.starts_with(&format!("docs/{name}")));
        own.collect()
    };
    assert_eq!(of("claude-code", "c"), ["docs/c1.md", "docs/c2.md", "docs/c3.md", "docs/c4.md"]);
    assert_eq!(of("gemini", "g").len(), 5);
    assert_eq!(of("copilot", "p").len(), 8);
    assert_eq!(of("codex", "p").len(), 0);
    let answer = home.here("claude-code");
    assert_eq!(
        problems(&answer, "import"),
        ["docs/c4.md:2 names c5.md, which is not loaded: Claude Code follows 4 files in a row"]
    );
    assert_eq!(file(&answer, "docs/c2.md")["imported_by"], "docs/c1.md");
}
