//! Where agents keep their memories and sessions.

pub mod agents;
pub mod all;
pub mod expiry;
pub mod forms;
pub mod instructions;
pub mod loads;
mod one_memory;
pub mod own;
pub mod vs_code;

use std::env;
use std::fs;
use std::io::{ErrorKind, IsTerminal as _, stderr, stdin};
use std::path::{Component, Path, PathBuf};

use inquire::Confirm;

use crate::cli::{Cli, Command, Common};
use crate::config::Agent;
use crate::error::{Error, Result};
use crate::output::{self, next, text};
use crate::project::Project;

/// The folders of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Home {
    /// Its memory folder, even when it does not exist; `None` when the agent keeps no memories in a
    /// folder.
    memory: Option<PathBuf>,
    /// Its sessions.
    sessions: Vec<PathBuf>,
    /// The project whose sessions are meant, if those of all projects lie together; `None` = all.
    project: Option<Project>,
    /// Whether the agent reads its memories through `MEMORY.md`.
    reads_index: bool,
    /// The folders of the project and the user in which the agent looks for instruction files.
    instructions: Vec<PathBuf>,
}

/// Fills in the memory folder and the sessions that `--claude-code`, `--codex`, `--copilot`,
/// `--all-agents`, `--sessions-of`, `--gemini` and `--opencode` stand for. Folders that the command line names come first. docs/transcripts.md has
/// the table of the folders.
///
/// # Errors
/// [`Error::NotYet`] when the agent has no such folders, [`Error::Usage`].
pub fn fill(cli: &mut Cli) -> Result<()> {
    let Some(home) = find(&cli.common)? else { return Ok(()) };
    let common = &mut cli.common;
    // It loads the index of its own folder, and nothing of another one by itself.
    let is_own = common.memory.as_ref().is_none_or(|named| {
        let own = home.memory.as_ref().and_then(|own| own.canonicalize().ok());
        own.is_some() && named.canonicalize().ok() == own
    });
    common.config.agent = Agent {
        reads_index: home.reads_index && is_own,
        known: instructions::read(&home.instructions),
    };
    if common.memory.is_none() {
        let Some(memory) = home.memory else {
            let todo = match home.project {
                Some(_) => one_memory::missing(common),
                None => "this agent keeps no folder of memories: name one with --memory".into(),
            };
            return Err(Error::Usage(todo));
        };
        if !memory.is_dir() && !offered(&memory, &cli.command, common.json)? {
            let folder = memory.display();
            let init = match common.claude_code {
                Some(_) => format!(", or {}, which sets the project up too", next::command("init")),
                None => String::new(),
            };
            return Err(Error::NotYet {
                what: format!("the agent keeps no memories in {folder} yet"),
                todo: format!(
                    "make the folder (`mkdir -p {}`{init}), or name another with --memory",
                    next::quoted(&folder.to_string())
                ),
            });
        }
        common.memory = Some(memory);
    }
    let (sessions, project) = match &mut cli.command {
        Command::Run(args) => (&mut args.sessions, &mut args.project),
        Command::Status(args) => (&mut args.sessions, &mut args.project),
        Command::Doctor(args) => (&mut args.sessions, &mut args.project),
        Command::Keep(args) => (&mut args.sessions, &mut args.project),
        _ => return Ok(()),
    };
    if sessions.is_empty() {
        *sessions = home.sessions;
        *project = home.project;
    }
    Ok(())
}

/// For a dream at a terminal, asks whether to make the agent's missing memory folder. Returns
/// whether it was made.
fn offered(memory: &Path, command: &Command, json: bool) -> Result<bool> {
    let dreams = matches!(command, Command::Run(args)
        if !args.dry_run && !args.due.if_due && !args.model.estimate);
    if !dreams || json || !stdin().is_terminal() || !stderr().is_terminal() {
        return Ok(false);
    }
    let folder = text::one_line(&memory.to_string_lossy());
    output::note(&format!("The agent keeps no memories yet: there is no {folder}."));
    // Leaving the prompt with Esc or Ctrl-C counts as no.
    if !matches!(Confirm::new("Make it?").with_default(false).prompt(), Ok(true)) {
        return Ok(false);
    }
    fs::create_dir_all(memory).map_err(Error::io("make", memory))?;
    Ok(true)
}

/// The project folder that `--codex`, `--copilot`, `--all-agents` or `--sessions-of` means: these agents keep
/// sessions by project, but no memories by project.
pub fn without_memory(common: &Common) -> Option<PathBuf> {
    let named = common.codex.as_ref().or(common.copilot.as_ref()).or(common.all_agents.as_ref());
    let here = PathBuf::from(".");
    let project = named.or((!common.sessions_of.is_empty()).then_some(&here))?;
    let real = project.canonicalize().ok()?;
    Project::of(&real).map(|_| project.clone())
}

fn find(common: &Common) -> Result<Option<Home>> {
    let start = |option: &str, project: &Path| {
        project.canonicalize().map_err(|error| {
            let project = project.display();
            let moved = match option {
                "codex" | "copilot" => {
                    "; of a folder that was moved or deleted, give the whole path that it had"
                }
                _ => "",
            };
            Error::Usage(format!(
                "--{option} takes the folder of a project; {project}: {error}{moved}"
            ))
        })
    };
    if let Some(project) = &common.claude_code {
        let start = start("claude-code", project)?;
        return claude_code(&base("CLAUDE_CONFIG_DIR", ".claude")?, &start).map(Some);
    }
    if let Some(project) = &common.codex {
        let folder = match gone(project) {
            Some(folder) => folder,
            None => start("codex", project)?,
        };
        let project = Project::of(&folder);
        return codex(&base("CODEX_HOME", ".codex")?, project).map(Some);
    }
    if let Some(project) = &common.copilot {
        let folder = match gone(project) {
            Some(folder) => folder,
            None => start("copilot", project)?,
        };
        return copilot(&base("COPILOT_HOME", ".copilot")?, Project::of(&folder)).map(Some);
    }
    if let Some(project) = &common.all_agents {
        return every(&start("all-agents", project)?).map(Some);
    }
    if !common.sessions_of.is_empty() {
        let names: Vec<&str> = common.sessions_of.iter().map(String::as_str).collect();
        return these(&names, &start("sessions-of", Path::new("."))?).map(Some);
    }
    if common.gemini {
        return gemini(&base("GEMINI_CLI_HOME", "")?.join(".gemini")).map(Some);
    }
    if common.opencode {
        return opencode(&base("XDG_DATA_HOME", ".local/share")?.join("opencode")).map(Some);
    }
    Ok(None)
}

/// `project` as it is, if it is the whole path of a folder that is not there any more: sessions still
/// say that they ran in it.
fn gone(project: &Path) -> Option<PathBuf> {
    let is_plain =
        project.is_absolute() && !project.components().any(|part| part == Component::ParentDir);
    let is_gone =
        project.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    (is_plain && is_gone).then(|| project.components().collect())
}

/// The home folder, if the environment names one.
pub fn home() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("HOME").or_else(|| set("USERPROFILE"))
}

/// The folder that `variable` names, or `folder` in the home folder.
///
/// # Errors
/// [`Error::Usage`] when neither is known.
pub fn base(variable: &str, folder: &str) -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set(variable)
        .or_else(|| home().map(|home| home.join(folder)))
        .ok_or_else(|| Error::Usage(format!("no home folder: set HOME or {variable}")))
}

/// Claude Code: sessions in `projects/<working folder>/*.jsonl`, memories in
/// `projects/<git root>/memory` (outside a repository: the working folder), elsewhere when the
/// user's settings have `autoMemoryDirectory`. All work trees of a repository share one memory.
/// Sources: <https://code.claude.com/docs/en/memory>, <https://code.claude.com/docs/en/settings>.
fn claude_code(config: &Path, start: &Path) -> Result<Home> {
    let projects = config.join("projects");
    let folders: Vec<PathBuf> =
        roots(start).iter().map(|folder| projects.join(slug(folder))).collect();
    let there: Vec<PathBuf> = folders.iter().filter(|folder| folder.is_dir()).cloned().collect();
    let Some(nearest) = there.first() else {
        let looked: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        return Err(Error::NotYet {
            what: format!(
                "Claude Code has no sessions of {} yet; there is none of {}",
                start.display(),
                looked.join(", ")
            ),
            todo: "work there with Claude Code first, or name the folder of the project".into(),
        });
    };
    let own = there.iter().map(|folder| folder.join("memory"));
    let memory = memory_setting(config)
        .or_else(|| own.clone().find(|folder| folder.is_dir()))
        .unwrap_or_else(|| nearest.join("memory"));
    // Take the sessions of all folders from the project up to the one that has the memory.
    let end = there.iter().position(|folder| memory.starts_with(folder)).unwrap_or(0);
    // Outside a repository the project is just the start folder, because nothing marks its end.
    let root = start.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(start);
    let within = start.ancestors().filter(|folder| folder.starts_with(root));
    let instructions = [config].into_iter().chain(within).map(Path::to_path_buf).collect();
    let sessions = there.into_iter().take(end + 1).collect();
    Ok(Home { memory: Some(memory), sessions, project: None, reads_index: true, instructions })
}

/// The name of a project's folder: its path with everything but ASCII letters and digits as `-`.
/// The documentation does not say this, but many tools that read these folders agree on it. Each
/// UTF-16 unit counts, as in JavaScript. Claude Code names folders of very long paths in another
/// way, so these are not found.
fn slug(path: &Path) -> String {
    let ascii = |unit: u16| u8::try_from(unit).ok().filter(u8::is_ascii_alphanumeric);
    let path = path.to_string_lossy();
    path.encode_utf16().map(|unit| ascii(unit).map_or('-', char::from)).collect()
}

/// The folders that may be the project: `start` and those above it, up to the root of its
/// repository if there is one; for a linked work tree also the main work tree.
fn roots(start: &Path) -> Vec<PathBuf> {
    let Some(root) = start.ancestors().find(|folder| folder.join(".git").exists()) else {
        return start.ancestors().map(Path::to_path_buf).collect();
    };
    let within = start.ancestors().take_while(|folder| folder.starts_with(root));
    let mut roots: Vec<PathBuf> = within.map(Path::to_path_buf).collect();
    // `gitdir: <main>/.git/worktrees/<name>`, see gitrepository-layout(5).
    let link = fs::read_to_string(root.join(".git")).unwrap_or_default();
    let target = link.trim().strip_prefix("gitdir: ").map(PathBuf::from);
    let main = target.iter().flat_map(|t| t.ancestors()).find(|t| t.ends_with(".git"));
    roots.extend(main.and_then(Path::parent).map(Path::to_path_buf));
    roots
}

/// `autoMemoryDirectory` of the user's settings.
fn memory_setting(config: &Path) -> Option<PathBuf> {
    let settings = all::settings_in(&fs::read_to_string(config.join("settings.json")).ok()?)?;
    let folder = settings.get("autoMemoryDirectory")?.as_str()?;
    match folder.strip_prefix("~/") {
        Some(below) => Some(PathBuf::from(env::var_os("HOME")?).join(below)),
        None => Some(folder.into()),
    }
}

/// Codex: sessions of all projects in `sessions/YYYY/MM/DD/rollout-*.jsonl`, older ones in
/// `archived_sessions`, memories that it makes itself in `memories` (off by default). `AGENTS.md`
/// holds instructions that people write; it is no memory and is left alone. Codex loads these
/// memories in all projects, so those of one `project` have to be named. Source:
/// <https://developers.openai.com/codex/memories>.
fn codex(home: &Path, project: Option<Project>) -> Result<Home> {
    let folders = ["sessions", "archived_sessions"].map(|folder| home.join(folder));
    let sessions: Vec<PathBuf> = folders.iter().filter(|folder| folder.is_dir()).cloned().collect();
    if sessions.is_empty() {
        return Err(Error::NotYet {
            what: format!("Codex has no sessions yet: there is no {}", folders[0].display()),
            todo: "work with Codex first, or set CODEX_HOME to its folder".into(),
        });
    }
    let memory = project.is_none().then(|| home.join("memories"));
    Ok(Home { memory, sessions, project, ..Home::default() })
}

/// GitHub Copilot CLI: sessions of all projects in `session-state/ID/events.jsonl`. It keeps no
/// memories in files of this machine. Source: what it wrote on three machines, and
/// <https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-config-dir-reference>.
fn copilot(home: &Path, project: Option<Project>) -> Result<Home> {
    let sessions = home.join("session-state");
    if !sessions.is_dir() {
        return Err(Error::NotYet {
            what: format!("Copilot CLI has no sessions yet: there is no {}", sessions.display()),
            todo: "work with Copilot CLI first, or set COPILOT_HOME to its folder".into(),
        });
    }
    Ok(Home { sessions: vec![sessions], project, ..Home::default() })
}

/// All agents that have worked here: the sessions of each that say that they ran in the project.
fn every(start: &Path) -> Result<Home> {
    these(&agents::names(), start)
}

/// The agents with these names: the sessions of each that say that they ran in the project.
fn these(names: &[&str], start: &Path) -> Result<Home> {
    let project = Project::of(start).ok_or_else(|| {
        Error::Usage("--all-agents and --sessions-of take a project, not the root of all".into())
    })?;
    let (mut sessions, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match agents::sessions(name, start) {
            Ok(found) => sessions.extend(found),
            Err(Error::NotYet { .. }) => missing.push(*name),
            Err(error) => return Err(error),
        }
    }
    if sessions.is_empty() {
        return Err(Error::NotYet {
            what: format!("there are no sessions here yet of {}", missing.join(", ")),
            todo: "work here with one of them first, or name sessions with --sessions (docs/transcripts.md says where each \
                   agent keeps them)"
                .into(),
        });
    }
    let instructions = vec![start.to_path_buf()];
    Ok(Home { sessions, project: Some(project), instructions, ..Home::default() })
}

/// Gemini CLI: chats of all projects in `tmp/<project>/chats/`. Its memories are in one file,
/// `GEMINI.md`, together with people's text, so the file is left alone. `logs.json` beside the
/// chats repeats the typed input. Source: `packages/core/src/config/storage.ts` of
/// <https://github.com/google-gemini/gemini-cli>.
fn gemini(home: &Path) -> Result<Home> {
    let projects = home.join("tmp");
    let mut sessions: Vec<PathBuf> = fs::read_dir(&projects)
        .into_iter()
        .flatten()
        .filter_map(|item| Some(item.ok()?.path().join("chats")))
        .filter(|folder| folder.is_dir())
        .collect();
    sessions.sort();
    if sessions.is_empty() {
        return Err(Error::NotYet {
            what: format!(
                "Gemini CLI has no sessions yet: there is no {}",
                projects.join("*").join("chats").display()
            ),
            todo:
                "work with Gemini CLI first, or set GEMINI_CLI_HOME to the folder that holds its \
                   .gemini"
                    .into(),
        });
    }
    Ok(Home { sessions, ..Home::default() })
}

/// OpenCode: sessions of all projects in a database, before version 1.2 in `storage/session`, see
/// [`crate::opencode`]. It keeps no memories; `AGENTS.md` holds instructions of people. Source:
/// `packages/opencode/src/storage` of <https://github.com/anomalyco/opencode>.
fn opencode(data: &Path) -> Result<Home> {
    let (database, storage) = (data.join("opencode.db"), data.join("storage").join("session"));
    let mut sessions = Vec::new();
    sessions.extend(Some(database).filter(|database| database.is_file()));
    sessions.extend(Some(storage).filter(|storage| storage.is_dir()));
    if sessions.is_empty() {
        return Err(Error::NotYet {
            what: format!(
                "OpenCode has no sessions yet: there is no {}",
                data.join("opencode.db").display()
            ),
            todo:
                "work with OpenCode first, or set XDG_DATA_HOME to the folder that holds its folder"
                    .into(),
        });
    }
    Ok(Home { sessions, ..Home::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(root: &Path, folders: &[String]) {
        folders.iter().for_each(|folder| fs::create_dir_all(root.join(folder)).unwrap());
    }

    #[test]
    fn a_project_is_looked_for_upwards_and_not_beyond_its_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (config, project) = (root.join("config"), root.join("my.shop"));
        make(&project, &[".git".into(), "src/deep".into()]);
        let folder = |path: &Path| config.join("projects").join(slug(path));
        assert!(folder(&project).ends_with(slug(&root) + "-my-shop"));
        // Claude Code knows only the folder above the repository.
        make(&folder(&root), &["memory".into()]);
        assert!(matches!(claude_code(&config, &project.join("src")), Err(Error::NotYet { .. })));
        make(&folder(&project), &["memory".into()]);
        make(&folder(&project.join("src")), &[]);
        fs::create_dir_all(folder(&project.join("src"))).unwrap();
        let home = claude_code(&config, &project.join("src/deep")).unwrap();
        assert_eq!(home.memory, Some(folder(&project).join("memory")));
        assert_eq!(home.sessions, [folder(&project.join("src")), folder(&project)]);
    }

    #[test]
    fn a_linked_work_tree_has_the_memory_of_the_main_one() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (config, main, tree) = (root.join("config"), root.join("main"), root.join("tree"));
        make(&root, &["main/.git/worktrees/tree".into(), "tree".into()]);
        let link = format!("gitdir: {}\n", main.join(".git/worktrees/tree").display());
        fs::write(tree.join(".git"), link).unwrap();
        let folder = |path: &Path| config.join("projects").join(slug(path));
        make(&folder(&main), &["memory".into()]);
        fs::create_dir_all(folder(&tree)).unwrap();
        let home = claude_code(&config, &tree).unwrap();
        assert_eq!(home.memory, Some(folder(&main).join("memory")));
        assert_eq!(home.sessions, [folder(&tree), folder(&main)]);
    }

    #[test]
    fn the_setting_of_the_user_names_the_memory_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("projects").join(slug(&root))).unwrap();
        let settings = "{\n  // Mine.\n  \"autoMemoryDirectory\": \"/srv/notes\",\n}\n";
        fs::write(root.join("settings.json"), settings).unwrap();
        assert_eq!(claude_code(&root, &root).unwrap().memory, Some("/srv/notes".into()));
    }
}
