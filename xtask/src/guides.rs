//! What people read: links lead somewhere, each guide is found, and the README stays short.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::steps::root;

/// Most words of the README. Chosen by us: three minutes at 300 words a minute.
const README_WORDS: usize = 900;

/// All pages of the repository, from its top folder.
fn pages() -> Vec<String> {
    let mut git = std::process::Command::new("git");
    let listed = git.args(["ls-files", "-co", "--exclude-standard", "*.md"]).current_dir(root());
    let listed = String::from_utf8(listed.output().unwrap().stdout).unwrap();
    let is_page = |path: &&str| {
        let top = path.split('/').next().unwrap_or_default();
        // Samples, prompts and memories are data.
        !path.contains("/memory/")
            && !path.contains("/prompts/")
            && !path.contains("/fixtures/")
            && [
                "ARCHITECTURE.md",
                "CONTRIBUTING.md",
                "README.md",
                "bindings",
                "docs",
                "host-example",
                "tests",
            ]
            .contains(&top)
    };
    listed.lines().filter(is_page).map(str::to_owned).collect()
}

/// The text of a page without its code.
fn prose(page: &str) -> String {
    let text = fs::read_to_string(root().join(page)).expect(page);
    let text: String = text.split("```").step_by(2).collect();
    let paragraphs = text.split("\n\n").map(|text| text.split('`').step_by(2).collect::<String>());
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Where the links of a page lead within the repository: file and heading.
fn links(page: &str) -> Vec<(String, Option<String>)> {
    let text = prose(page);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target).filter(|target| !target.contains("://"));
    let targets = targets
        .map(|target| target.split_once('#').map_or((target, None), |(file, to)| (file, Some(to))));
    targets.map(|(file, to)| (file.to_owned(), to.map(str::to_owned))).collect()
}

/// The headings of a page as links name them.
fn headings(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('#'));
    let name = |line: &str| -> String {
        let line = line.trim_start_matches('#').trim().to_lowercase();
        let kept = line.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    lines.map(name).collect()
}

#[test]
fn every_link_leads_to_a_page_and_its_heading() {
    let (mut followed, mut dead) = (0, Vec::new());
    for page in pages() {
        let here = root().join(&page);
        for (file, heading) in links(&page) {
            let there = if file.is_empty() { here.clone() } else { here.with_file_name(&file) };
            let known = |heading: &String| headings(&there).contains(heading);
            if !there.exists() || heading.as_ref().is_some_and(|heading| !known(heading)) {
                dead.push(format!("{page}: {file}#{}", heading.unwrap_or_default()));
            }
            followed += 1;
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
    assert!(followed > 100, "{followed}");
}

#[test]
fn each_guide_stands_in_the_index_and_the_readme_names_the_index() {
    let named = |page: &str| links(page).into_iter().map(|(file, _)| file).collect::<BTreeSet<_>>();
    assert!(named("README.md").contains("docs/README.md"));
    let index = named("docs/README.md");
    let guides = pages();
    let guides: BTreeSet<&str> =
        guides.iter().filter_map(|page| page.strip_prefix("docs/")).collect();
    assert!(guides.len() > 10, "{guides:?}");
    for guide in guides.into_iter().filter(|guide| *guide != "README.md") {
        assert!(index.contains(guide), "docs/README.md does not name {guide}");
    }
}

#[test]
fn the_readme_takes_three_minutes() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    // Bars of tables and marks of lists are no words.
    let is_word = |word: &&str| word.contains(char::is_alphanumeric);
    let count = text.split_whitespace().filter(is_word).count();
    assert!(count <= README_WORDS, "README.md has {count} words, more than {README_WORDS}");
}
