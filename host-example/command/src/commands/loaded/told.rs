//! What `loaded` says.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::Answer;
use super::here::Here;
use super::orphans::Orphans;
use super::seen::{Load, Seen};
use super::start::Start;
use crate::cli::Common;
use crate::commands::left_out;
use crate::homes::instructions::MARK;
use crate::output::theme::{DIM, HEAD};
use crate::output::{Reply, next, text};

/// Findings of one kind that are told one by one; `--json` has all. Chosen by us: what fits a few lines.
const SHOWN: usize = 5;

/// What there is to say of a folder whose memories are those of another one.
const COPIES: &str =
    "all of it is copies that `dreaming render` wrote, and the memories themselves are elsewhere";

/// The answers of all agents.
pub fn told(answers: &[Answer<'_>], common: &Common, start: &Start, here: &Here) -> Reply {
    let mut out = String::new();
    for answer in answers {
        agent(&mut out, answer, common, start);
        out.push('\n');
    }
    if answers.is_empty() {
        let _ = writeln!(
            out,
            "Nothing is here that an agent of the table loads at its start in {}. {} writes memories into such a file; \
             `dreaming loaded --agent NAME` says what it looked for.",
            text::one_line(&start.folder.to_string_lossy()),
            render("NAME", common, None)
        );
    } else {
        out.push_str("Tokens are an estimate: characters / 4.\n");
    }
    if let Some(why) = &here.trouble {
        let _ = writeln!(
            out,
            "What of the repository is only on this machine is not known: {}.",
            text::one_line(why)
        );
    }
    if !start.is_repository && !answers.is_empty() {
        out.push_str("This is no repository: all of it is only on this machine.\n");
    }
    let agents: Vec<Value> = answers.iter().map(|answer| json_of(answer, common)).collect();
    let json = json!({
        "folder": start.folder, "root": start.root, "is_repository": start.is_repository,
        "tokens_are": "characters / 4", "git_trouble": here.trouble, "agents": agents,
    });
    Reply::new(out, json)
}

/// The command that writes memories into the file of an agent, between backticks.
fn render(name: &str, common: &Common, folder: Option<&Path>) -> String {
    format!("`{}`", bare_render(name, common, folder))
}

/// [`render`] without the backticks.
fn bare_render(name: &str, common: &Common, folder: Option<&Path>) -> String {
    let folder = folder.or(common.memory.as_deref());
    let folder =
        folder.map_or_else(|| "DIR".into(), |folder| next::quoted(&folder.to_string_lossy()));
    format!("dreaming render --for {name} --memory {folder}")
}

fn agent(out: &mut String, answer: &Answer<'_>, common: &Common, start: &Start) {
    let Answer { name, look, total, folders, twice, .. } = answer;
    let agent = look.agent;
    let now: Vec<&Seen> = look.files.iter().filter(|file| file.load.is_now()).collect();
    let _ = writeln!(
        out,
        "{HEAD}{}{HEAD:#} ({name}): {}, {}, {}, about {}",
        agent.title,
        text::count(now.len() as u64, "file"),
        text::count(total.lines, "line"),
        text::count(total.bytes, "byte"),
        text::count(total.tokens(), "token"),
    );
    if look.files.is_empty() {
        let _ = writeln!(
            out,
            "  It looked for {}.",
            shown(look.looked.iter().map(String::as_str), look.looked.len())
        );
    }
    if !now.is_empty() {
        let _ = writeln!(out, "{DIM}  {:>7} {:>9} {:>8}  file{DIM:#}", "lines", "bytes", "tokens");
    }
    for file in &now {
        let size = file.loaded;
        let mut note = String::new();
        if file.load == Load::Part {
            let _ = write!(note, " (of {} lines, {} bytes)", file.size.lines, file.size.bytes);
        }
        if let Some(from) = &file.imported_by {
            let _ = write!(note, " (brought in by {})", text::one_line(from));
        }
        if let Some(to) = &file.link_to {
            let _ = write!(note, " (a link to {})", text::one_line(to));
        }
        let path = text::one_line(&file.shown);
        let _ = writeln!(
            out,
            "  {:>7} {:>9} {:>8}  {path}{DIM}{note}{DIM:#}",
            size.lines,
            size.bytes,
            size.tokens()
        );
    }
    for file in look.files.iter().filter(|file| !file.load.is_now() && file.cut.is_none()) {
        let word = if file.load == Load::Later { "later" } else { "not" };
        let mut said = format!("{}: {}", file.shown, file.why.as_deref().unwrap_or_default());
        if let Some(then) = file.then {
            let _ = write!(said, ". Then: {then}");
        }
        finding(out, word, &said);
    }
    for file in look.files.iter().filter(|file| file.cut.is_some()) {
        finding(out, "cut off", &cut(file, folders));
    }
    for folder in folders {
        orphans(out, name, folder, common);
    }
    for statement in twice.iter().take(SHOWN) {
        let places = statement.places.iter().map(|(file, line)| format!("{file}:{line}"));
        let places = places.collect::<Vec<_>>().join(" and ");
        finding(
            out,
            "twice",
            &format!("`{}` in {places}: one of them will do", excerpt(&statement.text)),
        );
    }
    more(out, twice.len());
    only(out, answer, common);
    for problem in &look.problems {
        finding(out, "look", &format!("{} {}", problem.file, problem.what));
    }
    if start.is_repository && now.is_empty() && !look.files.is_empty() {
        finding(
            out,
            "next",
            &format!("{} writes memories into {}", render(name, common, None), agent.file),
        );
    }
    for unknown in &agent.unknown {
        let _ = writeln!(out, "{DIM}  {:<9} {}{DIM:#}", "unknown", unknown);
    }
}

fn finding(out: &mut String, word: &str, what: &str) {
    let _ = writeln!(out, "  {HEAD}{word:<9}{HEAD:#} {}", text::one_line(what));
}

fn more(out: &mut String, all: usize) {
    if all > SHOWN {
        let _ = writeln!(out, "  {:<9} and {} more (all with --json)", "", all - SHOWN);
    }
}

/// The first names of a list, and how many follow.
fn shown<'a>(names: impl Iterator<Item = &'a str>, all: usize) -> String {
    // More than of other findings: a name is a few letters.
    let most = 2 * SHOWN;
    let first = names.take(most).collect::<Vec<_>>().join(", ");
    if all > most { format!("{first} and {} more", all - most) } else { first }
}

/// The begin of a statement.
fn excerpt(statement: &str) -> String {
    const MOST: usize = 60; // Chosen by us: with two paths behind it, it fits two lines.
    let begin: String = statement.chars().take(MOST).collect();
    if begin.len() < statement.len() { format!("{begin}…") } else { begin }
}

fn cut(file: &Seen, folders: &[Orphans]) -> String {
    let Some(cut) = &file.cut else { return String::new() };
    let statements = super::statements::of(&cut.text).len() as u64;
    let mut said = format!("{}, lines {} to {}", file.shown, cut.from, cut.to);
    let _ = write!(
        said,
        ": {}, {}",
        text::count(cut.size.bytes, "byte"),
        text::count(statements, "statement")
    );
    let beyond = folders.iter().filter(|folder| folder.index.as_ref() == Some(&file.shown));
    let beyond: usize = beyond.map(|folder| folder.beyond.len()).sum();
    if beyond > 0 {
        let count = text::count(beyond as u64, "memory").replace("memorys", "memories");
        let _ = write!(said, ", {count} that no other line names");
    }
    if let Some(why) = &file.why {
        let _ = write!(said, "; {why}");
    }
    if let Some(then) = file.then {
        let _ = write!(said, ". Then: {then}");
    }
    said
}

fn orphans(out: &mut String, name: &str, folder: &Orphans, common: &Common) {
    let all = folder.orphans.len();
    if all == 0 {
        return;
    }
    let names = shown(folder.orphans.iter().map(String::as_str), all);
    let then = match &folder.index {
        _ if folder.is_rendered => format!("nothing; {COPIES}"),
        Some(index) => {
            let lines = folder.orphans.iter().take(SHOWN).map(|path| left_out::index_line(path));
            format!("add to {index}: {}", lines.collect::<Vec<_>>().join(", "))
        }
        None => format!(
            "{} writes the best of them where it is loaded",
            render(name, common, Some(&folder.folder))
        ),
    };
    finding(
        out,
        "orphaned",
        &format!(
            "{all} of {} in {} that nothing it loads names, so that it sees them only when it searches: {names}. Then: {then}",
            text::count(folder.memories as u64, "memory").replace("memorys", "memories"),
            folder.shown
        ),
    );
}

fn only(out: &mut String, answer: &Answer<'_>, common: &Common) {
    let (files, folders) = (&answer.only_here, &answer.folders);
    if files.is_empty() {
        return;
    }
    for (file, why) in files.iter().take(SHOWN) {
        finding(out, "only here", &format!("{file} ({why})"));
    }
    more(out, files.len());
    let own = folders
        .iter()
        .find(|folder| files.iter().any(|(file, _)| folder.index.as_ref() == Some(file)));
    if let Some(copies) = own.filter(|own| own.is_rendered) {
        finding(out, "rendered", &format!("{}: {COPIES}", copies.shown));
    } else if let Some(own) = own
        && !has_block(answer, own)
    {
        let render = render(answer.name, common, Some(&own.folder));
        finding(
            out,
            "to share",
            &format!(
                "{render} writes its memories into the repository, where others have them too; here the agent then loads \
                 them twice"
            ),
        );
    }
}

/// Whether a file beside the folder of the agent's own memories has a block that `render` wrote.
fn has_block(answer: &Answer<'_>, own: &Orphans) -> bool {
    let beside = |path: &Path| !path.starts_with(&own.folder);
    answer.look.files.iter().any(|file| beside(&file.path) && file.text.contains(MARK))
}

fn json_of(answer: &Answer<'_>, common: &Common) -> Value {
    let Answer { name, look, total, folders, twice, only_here } = answer;
    let files: Vec<Value> = look.files.iter().map(|file| file_json(file, only_here)).collect();
    let folders: Vec<Value> = folders
        .iter()
        .map(|folder| {
            json!({
                "folder": folder.folder, "index": folder.index, "memories": folder.memories,
                "orphans": folder.orphans, "beyond": folder.beyond, "rendered": folder.is_rendered,
            })
        })
        .collect();
    let twice: Vec<Value> = twice
        .iter()
        .map(|statement| {
            let place = |(file, line): &(String, u64)| json!({"file": file, "line": line});
            json!({"text": statement.text, "places": statement.places.iter().map(place).collect::<Vec<_>>()})
        })
        .collect();
    let problems: Vec<Value> = look
        .problems
        .iter()
        .map(|problem| json!({"kind": problem.kind, "file": problem.file, "what": problem.what}))
        .collect();
    json!({
        "agent": name, "title": look.agent.title, "source": look.agent.source, "files": files, "total": total.json(),
        "looked_for": look.looked, "memory": folders, "twice": twice, "problems": problems,
        "unknown": look.agent.unknown, "next": bare_render(name, common, None),
    })
}

fn file_json(file: &Seen, only_here: &[(String, &str)]) -> Value {
    let cut = file.cut.as_ref().map(|cut| {
        let mut size = cut.size.json();
        size["from"] = json!(cut.from);
        size["to"] = json!(cut.to);
        size["statements"] = json!(super::statements::of(&cut.text).len());
        size
    });
    let only = only_here.iter().find(|(shown, _)| *shown == file.shown).map(|(_, why)| *why);
    let Seen { path, shown, load, why, then, imported_by, link_to, size, loaded, source, .. } =
        file;
    json!({
        "file": shown, "path": path, "load": load.word(), "why": why, "then": then, "size": size.json(), "loaded": loaded.json(),
        "cut": cut, "imported_by": imported_by, "link_to": link_to, "only_here": only, "source": source,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_next_command_names_a_folder_with_blanks_quotes_and_backticks() {
        let words = ["dreaming", "status", "--memory", "my `best` mate's notes"];
        let common = Cli::try_parse_from(words).unwrap().common;
        assert_eq!(
            bare_render("pi", &common, None),
            "dreaming render --for pi --memory 'my `best` mate'\\''s notes'"
        );
    }
}
