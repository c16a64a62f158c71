//! Finds memories that dreams add to and that no agent would load: in a plan, and in the folder as
//! it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use dreaming_wasmtime::Contents;

use super::loaded::statements;
use crate::document::{self, Entry, Plan};
use crate::error::Result;
use crate::homes::{instructions, loads};
use crate::output::{next, text};
use crate::snapshot;

/// The index. Agents load what it names, and a plan adds the lines for new memories to it.
pub const INDEX: &str = "MEMORY.md";

/// Files at the top of a memory folder that agents load because of their names. Sources: the
/// documentation of Claude Code, Gemini CLI and Qwen Code, whose files include others by a line
/// `@path`, and of agents.md, Crush and Warp, whose files include nothing (Codex:
/// openai/codex#17401).
pub const ENTRANCES: [&str; 6] =
    ["AGENTS.md", "CLAUDE.md", "CRUSH.md", "GEMINI.md", "QWEN.md", "WARP.md"];

/// The memories to which a plan adds and that no agent would load, with the entrance file that
/// could name them. An empty folder has no such file, and no agent can know the folder yet. `None`
/// when nothing is left out, or when the folder has memories but no entrance file: then agents may
/// load all files.
pub fn unloaded<'a>(
    plan: &'a Plan,
    memories: &BTreeMap<String, String>,
) -> Option<(Option<&'static str>, BTreeSet<&'a str>)> {
    let there = || ENTRANCES.into_iter().filter(|name| memories.contains_key(*name));
    let entrance = there().next().filter(|_| !memories.contains_key(INDEX));
    if entrance.is_none() && !memories.is_empty() {
        return None;
    }
    let lines: Vec<&str> = plan
        .open_changes()
        .filter(|change| change.cause == "index")
        .filter_map(|change| change.text.as_deref())
        .collect();
    let is_named = |path: &str| {
        let says = |name: &str| memories.get(name).is_some_and(|text| text.contains(path));
        there().any(says) || lines.iter().any(|line| line.contains(path))
    };
    let adds = plan.open_changes().filter(|change| change.operation == "add");
    let added = adds.map(|change| change.path.as_str());
    let left: BTreeSet<&str> = added
        .filter(|path| !ENTRANCES.contains(path) && *path != INDEX && !is_named(path))
        .collect();
    (!left.is_empty()).then_some((entrance, left))
}

/// The memories of a store that dreams wrote to and that no agent would load, in the form of
/// [`unloaded`]. A memory also counts as loaded when a file that agents load in the folders around
/// `root` names the memory folder, or has all its statements in a block that `dreaming render` wrote.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn left_out(
    contents: &Contents,
    root: &Path,
) -> Result<Option<(Option<&'static str>, BTreeSet<String>)>> {
    let memories = snapshot::texts(contents);
    let (mut dreamt, mut others) = (BTreeSet::new(), BTreeSet::new());
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("entry/")) {
        let entry: Entry = document::parse(&row.value, "entry record")?;
        if entry.retired.is_none() && memories.contains_key(&entry.path) {
            let set = if entry.origin == "dream" { &mut dreamt } else { &mut others };
            set.insert(entry.path);
        }
    }
    let around = around(root);
    let outside = outside(&around);
    let folder = format!("{}/", root.file_name().unwrap_or_default().to_string_lossy());
    // Where files that agents load lie around the folder and none of them names it, no agent opens
    // the folder by itself, and so not its index.
    let is_passed_by = !outside.is_empty() && !outside.iter().any(|text| text.contains(&folder));
    let doors = [INDEX].into_iter().filter(|_| !is_passed_by).chain(ENTRANCES);
    let doors: Vec<&str> = doors.filter(|name| memories.contains_key(*name)).collect();
    // People wrote here too and there is no entrance file, so agents may load all files. A folder
    // to which only dreams wrote is different: no agent knows it.
    if doors.is_empty() && !others.is_empty() && !is_passed_by && !is_of_claude(root) {
        return Ok(None);
    }
    let is_named = |path: &String| {
        doors.iter().filter_map(|name| memories.get(*name)).any(|text| names(text, path))
            || outside.iter().any(|text| text.contains(&folder))
    };
    let blocks = blocks(&around);
    let said = |text: &String| statements::of(text).into_iter().map(|said| said.folded());
    let rendered: BTreeSet<String> = blocks.iter().flat_map(said).collect();
    let is_rendered = |path: &String| {
        let mut all = said(&memories[path]).peekable();
        all.peek().is_some() && all.all(|statement| rendered.contains(&statement))
    };
    let is_seen = |path: &String| is_named(path) || is_rendered(path);
    dreamt.retain(|path| !doors.contains(&path.as_str()) && !is_seen(path));
    Ok((!dreamt.is_empty()).then(|| (doors.first().copied(), dreamt)))
}

/// Whether a text names a memory: by its path, or by a wiki link with its path or its name.
pub fn names(text: &str, path: &str) -> bool {
    let begins =
        |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let coded = path.replace(' ', "%20");
    if [path, &coded].iter().any(|path| text.match_indices(path).any(|(at, _)| begins(at))) {
        return true;
    }
    // A wiki link goes on with a title or a heading, and is written with blanks and capitals as people like.
    let folded = |name: &str| name.trim().to_lowercase().replace([' ', '_'], "-");
    let whole = path.strip_suffix(".md").unwrap_or(path);
    let known = [whole, whole.rsplit('/').next().unwrap_or(whole)].map(folded);
    text.match_indices("[[").any(|(at, mark)| {
        let link = text[at + mark.len()..].split(['|', '#', ']', '\n']).next().unwrap_or_default();
        known.contains(&folded(link.strip_suffix(".md").unwrap_or(link)))
    })
}

/// The line of an index that names a memory.
pub fn index_line(path: &str) -> String {
    format!("`- [{path}]({path})`")
}

/// The folders above a memory folder, up to the root of its repository. Outside a repository only the parent folder counts.
fn around(root: &Path) -> Vec<PathBuf> {
    let mut above: Vec<PathBuf> = root.ancestors().skip(1).map(Path::to_path_buf).collect();
    let end = above.iter().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    above.truncate(end + 1);
    above
}

/// The blocks that `dreaming render` wrote into files that agents load in these folders.
fn blocks(folders: &[PathBuf]) -> Vec<String> {
    let files: Vec<&str> = loads::all().values().map(|loaded| loaded.file.as_str()).collect();
    instructions::rendered(folders, &files)
}

/// The texts of the files that agents load in these folders.
fn outside(folders: &[PathBuf]) -> Vec<String> {
    instructions::named(folders, &ENTRANCES)
        .into_iter()
        .chain(instructions::read(folders))
        .map(|(_, text)| text)
        .collect()
}

/// A line of text about [`left_out`], with a line end; empty when nothing is left out.
///
/// # Errors
/// As [`left_out`].
pub fn line(contents: &Contents, root: &Path) -> Result<String> {
    Ok(left_out(contents, root)?.map_or_else(String::new, |(entrance, left)| {
        let left = left.iter().map(String::as_str).collect();
        format!("Look: {}\n", text::one_line(&said(entrance, root, &left)))
    }))
}

/// Whether a folder is one in which Claude Code keeps the memories of a project. It loads their index and nothing of
/// the project that names them.
pub fn is_of_claude(folder: &Path) -> bool {
    let names: Vec<Component<'_>> = folder.components().collect();
    let is =
        |at: &[Component<'_>]| at[0].as_os_str() == ".claude" && at[1].as_os_str() == "projects";
    names.windows(2).any(is)
}

/// A sentence (without its full stop) that says which memories no agent loads and what to add.
/// `memory` is the memory folder, as a person names it.
pub fn said(entrance: Option<&str>, memory: &Path, left: &BTreeSet<&str>) -> String {
    let real = memory.canonicalize().unwrap_or_default();
    let is_plain = memory.components().all(|piece| matches!(piece, Component::Normal(_)));
    // An agent starts at the root of a repository, so paths are given from there.
    let repository = real.ancestors().find(|above| above.join(".git").exists());
    let folder = match repository.and_then(|root| real.strip_prefix(root).ok()) {
        Some(within) => within,
        None if is_plain => memory,
        None => Path::new(real.file_name().unwrap_or_default()),
    };
    let of_project = |path: &&str| match entrance {
        Some(_) => (*path).to_owned(),
        None => folder.join(path).to_string_lossy().into_owned(),
    };
    let all: Vec<String> = left.iter().map(of_project).collect();
    let all = match all.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    };
    if entrance.is_none() && is_of_claude(&real) {
        let lines: Vec<String> = left.iter().map(|path| index_line(path)).collect();
        return format!(
            "Claude Code does not load {}: it loads {INDEX}, which does not name it; add there: {}",
            left.iter().copied().collect::<Vec<_>>().join(", "),
            lines.join(", ")
        );
    }
    let Some(entrance) = entrance else {
        if blocks(&around(&real)).iter().any(|block| !block.is_empty()) {
            return format!(
                "the block that `dreaming render` wrote does not have all of {all}: {} writes it anew, after the changes are applied where a plan waits",
                next::command("render")
            );
        }
        return format!(
            "no agent loads {all} by itself, for no file that agents load names it; add to the one that yours loads, such \
             as AGENTS.md of the project: `Read {all} before you start.`"
        );
    };
    format!(
        "no agent loads {all}, for {entrance} does not say so; add there: `Read {all} before you start.`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Change;
    use crate::output::words::tests::{change, plan};

    fn add(path: &str, cause: &str, text: &str) -> Change {
        Change {
            path: path.into(),
            text: Some(text.into()),
            ..change(path, "add", cause, "review")
        }
    }

    #[test]
    fn a_memory_is_named_by_its_path_or_by_a_wiki_link() {
        for (text, is_named) in [
            ("- [Facts](learned/my facts.md)", true),
            ("- [Facts](learned/my%20facts.md): what holds", true),
            ("Read ./learned/my facts.md first.", true),
            ("[[My_Facts]] and [[other]]", true),
            ("[[learned/my-facts.md|Facts]]", true),
            ("[[my facts#money]]", true),
            ("old-learned/my facts.md", false),
            ("[[my facts of old]]", false),
            ("learned/facts.md", false),
        ] {
            assert_eq!(names(text, "learned/my facts.md"), is_named, "{text}");
        }
    }

    #[test]
    fn the_index_is_what_claude_code_loads_of_a_folder_of_its_own() {
        let above = tempfile::tempdir().unwrap();
        let memory = above.path().join(".claude/projects/-shop/memory");
        std::fs::create_dir_all(&memory).unwrap();
        let said = said(None, &memory, &BTreeSet::from(["learned/facts.md"]));
        assert!(said.ends_with("add there: `- [learned/facts.md](learned/facts.md)`"), "{said}");
    }

    #[test]
    fn what_no_file_names_that_agents_load_is_not_loaded() {
        let facts = || vec![add("learned/facts.md", "stated", "Lamps are sold.")];
        let line = |path: &str| add(path, "index", "@learned/facts.md");
        let blocked = || Change { gate: "blocked".into(), ..line("CLAUDE.md") };
        for (memories, changes, loaded) in [
            (&[("AGENTS.md", "")][..], facts(), false),
            (&[("AGENTS.md", "Look into learned/facts.md first.")], facts(), true),
            (&[("AGENTS.md", ""), ("CLAUDE.md", "@learned/facts.md")], facts(), true),
            (&[("CLAUDE.md", "")], [facts(), vec![line("CLAUDE.md")]].concat(), true),
            (&[("CLAUDE.md", "")], [facts(), vec![blocked()]].concat(), false),
            (&[("AGENTS.md", ""), ("MEMORY.md", "")], facts(), true),
            // All files of the folder may be loaded.
            (&[("notes.md", "")], facts(), true),
            // No agent knows an empty folder.
            (&[], facts(), false),
            (
                &[],
                [facts(), vec![add("MEMORY.md", "index", "[a](learned/facts.md)")]].concat(),
                true,
            ),
            (&[("AGENTS.md", "")], vec![add("AGENTS.md", "stated", "Lamps are sold.")], true),
        ] {
            let texts = memories.iter().map(|(path, text)| ((*path).into(), (*text).into()));
            let plan = plan(changes);
            let left = unloaded(&plan, &texts.collect());
            assert_eq!(left.is_none(), loaded, "{memories:?} {left:?}");
        }
    }

    #[test]
    fn what_to_write_is_the_path_from_the_root_of_the_repository() {
        let project = tempfile::tempdir().unwrap();
        let memory = project.path().join("docs/memory");
        std::fs::create_dir_all(&memory).unwrap();
        let said = || said(None, &memory, &BTreeSet::from(["learned/facts.md"]));
        assert!(said().contains("`Read memory/learned/facts.md before"), "{}", said());
        std::fs::create_dir(project.path().join(".git")).unwrap();
        assert!(said().contains("`Read docs/memory/learned/facts.md before"), "{}", said());
    }

    #[test]
    fn what_to_do_names_them_all() {
        let said =
            said(Some("AGENTS.md"), Path::new("notes"), &BTreeSet::from(["a.md", "b.md", "c.md"]));
        assert!(
            said.ends_with("add there: `Read a.md, b.md and c.md before you start.`"),
            "{said}"
        );
    }
}
