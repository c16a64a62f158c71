//! Links of a block that lead nowhere from the file in which it stands.

use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// The targets of links in a block that are there for the memory folder `memory` and not for the folder of `file`, in their
/// order, each once.
pub fn dead(block: &str, file: &Path, memory: &Path) -> Vec<String> {
    let here = file.parent().unwrap_or(Path::new(""));
    let mut dead: Vec<String> = Vec::new();
    for event in Parser::new_ext(block, Options::empty()) {
        let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
        let target = dest_url.split(['#', '?']).next().unwrap_or_default();
        if target.is_empty() || target.contains(':') || target.starts_with('/') {
            continue;
        }
        let is_lost = !here.join(target).exists() && memory.join(target).exists();
        if is_lost && !dead.iter().any(|known| known == target) {
            dead.push(target.to_owned());
        }
    }
    dead
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_link_that_only_the_memory_can_follow_is_dead_and_others_are_none_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        let memory = dir.path().join("notes");
        fs::create_dir_all(memory.join("ops")).unwrap();
        for file in ["ops/r.md", "both.md"] {
            fs::write(memory.join(file), "").unwrap();
        }
        fs::write(dir.path().join("both.md"), "").unwrap();
        let block = "- [here](ops/r.md#top), [again](ops/r.md), [both](both.md), [none](x.md), [web](https://a.example/ops/r.md)\n";
        assert_eq!(dead(block, &dir.path().join("AGENTS.md"), &memory), ["ops/r.md"]);
        assert!(dead(block, &memory.join("AGENTS.md"), &memory).is_empty());
    }
}
