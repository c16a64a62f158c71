//! Installs a schedule.

use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::changes::{self, Change, Fate};
use super::claude_code::{self, Hook};
use super::job::{self, Job, Kind};
use super::record::Record;
use super::remove::{self, Removal};
use super::tools::Call;
use super::{Schedule, codex, cron, known, launchd, plain, systemd, told};
use crate::cli::{Cli, Command, Common, Run};
use crate::commands::Place;
use crate::commands::init::project_places;
use crate::error::{Error, Result};
use crate::homes::all::{self, Kind as Agent};
use crate::interrupt;
use crate::output::{self, Reply, next};
use crate::state::{Access, place};

/// What an installation writes and calls.
#[derive(Debug)]
pub struct Plan {
    /// What is written down.
    pub record: Record,
    /// The texts that change, without the record.
    pub changes: Vec<Change>,
    /// What is called then.
    pub starts: Vec<Call>,
    /// An earlier installation that goes first.
    pub replaces: Option<Removal>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Installs a schedule of this kind for the store that the command line names.
///
/// # Errors
/// As [`super::schedule`].
pub fn install(common: &Common, args: &Schedule, kind: Kind) -> Result<Reply> {
    if kind == Kind::Launchd {
        launchd::check()?;
    }
    interrupt::watch();
    if kind == Kind::ClaudeCode {
        project_of(common)?;
    }
    let run = checked(args)?;
    let folder = Place::open(common, Access::Read)?.folder.root().to_path_buf();
    if !next::knows_sessions() {
        return Err(Error::Usage(format!(
            "nothing says where the sessions of this store are: name an agent, such as --claude-code or --codex PROJECT, or \
             dream once with {}",
            next::run()
        )));
    }
    let options = [store_options(common, args, kind, &folder)?, args.options.clone()].concat();
    let job = Job::new(&folder, options);
    for word in job.words().iter().chain(job.environment.iter().map(|(_, value)| value)) {
        plain(word)?;
    }
    let is_own = |record: &&Record| record.kind == kind && Some(&*record.memory) == folder.to_str();
    let earlier = known()?.iter().find(is_own).cloned();
    let replaces = earlier.map(|record| remove::removal(&record, false)).transpose()?;
    let mut plan = match plan(common, args, kind, &job, replaces)? {
        Ok(plan) => plan,
        Err(path) => return Ok(told::there(&path)),
    };
    plan.notes.extend(notes(common, kind, &run));
    if is_as_before(&plan) {
        if !args.dry_run {
            plan.starts.iter().try_for_each(|call| call.done(None))?;
        }
        return Ok(told::unchanged(&plan));
    }
    if !args.dry_run {
        let writing = interrupt::writing();
        carry_out(&mut plan)?;
        writing.done();
    }
    Ok(told::installed(&plan, args.dry_run))
}

/// The options behind `--`, as `dreaming run` takes them.
///
/// # Errors
/// [`Error::CommandLine`] for those that it does not take, [`Error::Usage`] for those that make no sense in a schedule.
fn checked(args: &Schedule) -> Result<Run> {
    let words = ["dreaming", "run", "--if-due"].into_iter();
    let words = words.chain(args.options.iter().map(String::as_str));
    let cli = Cli::try_parse_from(words).map_err(|error| {
        let error = error.to_string();
        Error::CommandLine(error.strip_prefix("error: ").unwrap_or(&error).trim_end().into())
    })?;
    let Common { memory, state, .. } = &cli.common;
    if memory.is_some() || state.is_some() || cli.common.names_agent() {
        let why = "the store stands before `--`, only other options of `dreaming run` behind it";
        return Err(Error::Usage(why.into()));
    }
    let Command::Run(run) = cli.command else {
        return Err(Error::Usage("behind `--` stand options of `dreaming run`".into()));
    };
    let is_preset = |path: &Path| path.components().count() == 1 && path.extension().is_none();
    let files = [&run.model.model_key_file, &run.model.prices].into_iter().flatten();
    let policy = run.policy.iter().filter(|path| !is_preset(path));
    let relative = files.chain(policy).chain(&run.sessions).find(|path| path.is_relative());
    match relative {
        Some(path) => Err(Error::Usage(format!(
            "{}: a schedule has no current folder: write the whole path",
            path.display()
        ))),
        None => Ok(*run),
    }
}

/// The options that name the store from any folder.
fn store_options(
    common: &Common,
    args: &Schedule,
    kind: Kind,
    memory: &Path,
) -> Result<Vec<String>> {
    let text = |path: &Path| {
        path.to_str().map(str::to_owned).ok_or_else(|| {
            let path = path.display();
            Error::Usage(format!("{path} is no UTF-8, and a schedule is: rename a folder of it"))
        })
    };
    let state = match &common.state {
        Some(state) => vec!["--state".into(), text(&place::resolve(state)?)?],
        None => Vec::new(),
    };
    let mut options = vec!["--memory".into(), text(memory)?];
    if !common.sessions_of.is_empty() {
        options.extend(state);
        return Err(of_current_folder(kind, &options, args)?);
    }
    for (name, project) in common.of_projects() {
        if let Some(project) = project {
            options.extend([format!("--{name}"), text(&place::resolve(project)?)?]);
        }
    }
    let flags = [("--gemini", common.gemini), ("--opencode", common.opencode)];
    options.extend(flags.iter().filter(|(_, given)| *given).map(|(name, _)| (*name).to_owned()));
    options.extend(state);
    Ok(options)
}

/// The error for `--sessions-of`, which means the project of the current folder: a schedule has none.
fn of_current_folder(kind: Kind, store: &[String], args: &Schedule) -> Result<Error> {
    let quoted = |words: &[String]| {
        words.iter().map(|word| format!(" {}", next::quoted(word))).collect::<String>()
    };
    let here = place::resolve(Path::new("."))?;
    let install = format!("dreaming schedule install {}{}", kind.word(), quoted(store));
    let all = next::quoted(&here.to_string_lossy());
    let options = match args.options.is_empty() {
        true => String::new(),
        false => format!(" --{}", quoted(&args.options)),
    };
    Ok(Error::Usage(format!(
        "--sessions-of means the project of the current folder, and a schedule has none: dream once with {}, then \
         `{install}{options}` goes on with the sessions of that dream; or take those of all agents in this project with \
         `{install} --all-agents {all}{options}`",
        next::run()
    )))
}

/// What is to be done; the file with a hook that does the same, if there is one that is not ours.
fn plan(
    common: &Common,
    args: &Schedule,
    kind: Kind,
    job: &Job,
    replaces: Option<Removal>,
) -> Result<std::result::Result<Plan, PathBuf>> {
    let now = |path: &Path| {
        let freed = replaces.iter().flat_map(|removal| &removal.changes);
        match freed.into_iter().find(|change| change.path == path) {
            Some(change) => Ok(change.after.clone()),
            None => changes::read(path),
        }
    };
    let (mut program, mut command) = (job.program.to_string_lossy().into_owned(), job.line());
    let new = |path: PathBuf, after: String| match now(&path)? {
        None => Ok(Change { path, before: None, after: Some(after) }),
        Some(_) => Err(Error::Usage(format!(
            "{} is there already, and `dreaming schedule` did not write it: move it away first",
            path.display()
        ))),
    };
    let changes = match kind {
        Kind::Systemd => {
            let folder = systemd::folder()?;
            let [service, timer] = systemd::names(&job.name).map(|name| folder.join(name));
            vec![new(service, systemd::service(job))?, new(timer, systemd::timer(job))?]
        }
        Kind::Cron => {
            let path = PathBuf::from(cron::TABLE);
            let before = now(&path)?;
            if before.as_ref().is_some_and(|table| table.contains(&format!("# {}:", job.name))) {
                return Err(Error::Usage(format!(
                    "the crontab has lines of {} that `dreaming schedule` does not know: take them out with `crontab -e`",
                    job.name
                )));
            }
            let after = Some(cron::with_block(before.as_deref(), job));
            vec![Change { path, before, after }]
        }
        Kind::Launchd => {
            let path = launchd::place(&job.name)?;
            vec![new(path, launchd::plist(job)?)?]
        }
        Kind::ClaudeCode => {
            let project = project_of(common)?;
            program = job::program();
            command = hook_command(common, args, job, &program);
            let path = claude_code::place(&project);
            claude_code::check(&project)?;
            let before = now(&path)?;
            match claude_code::hook(&project, &command, before.as_deref())? {
                Hook::New(after) => vec![Change { path, before, after: Some(after) }],
                Hook::There(path) => return Ok(Err(path)),
            }
        }
        Kind::Codex => {
            check_agent(common, Agent::Codex)?;
            command = codex::command(&job.line(), idle(args));
            let path = codex::place()?;
            let before = now(&path)?;
            let after = codex::with_notify(before.as_deref().unwrap_or_default(), &command)?;
            vec![Change { path, before, after: Some(after) }]
        }
    };
    let record = Record::new(kind, &job.memory, program, command, &changes);
    let starts = remove::starts(&record);
    Ok(Ok(Plan { record, changes, starts, replaces, notes: Vec::new() }))
}

/// An agent calls when it has just written to the session, so that a dream waits for no pause.
fn idle(args: &Schedule) -> &'static str {
    match args.options.iter().any(|word| word.starts_with("--idle")) {
        true => "",
        false => " --idle 0s",
    }
}

/// Checks that the sessions to read are those of the agent that calls.
fn check_agent(common: &Common, agent: Agent) -> Result<()> {
    let Some(other) = Agent::named(common).filter(|named| *named != agent) else { return Ok(()) };
    Err(Error::Usage(format!(
        "{} calls it, and the sessions to read are those of {}: {} or {} reads them",
        agent.name(),
        other.name(),
        next::command("schedule install systemd"),
        next::command("schedule install cron"),
    )))
}

/// The project whose settings get the hook.
fn project_of(common: &Common) -> Result<PathBuf> {
    check_agent(common, Agent::ClaudeCode)?;
    let named = common.claude_code.as_ref().or(common.all_agents.as_ref());
    let start = named.ok_or_else(|| {
        Error::Usage(
            "it is a hook of Claude Code for one project: add `--claude-code PROJECT`, whose sessions are read then".into(),
        )
    })?;
    let start = start.canonicalize().map_err(Error::io("open the project", start))?;
    Ok(project_places::project(&start))
}

/// The command of the hook of Claude Code.
fn hook_command(common: &Common, args: &Schedule, job: &Job, program: &str) -> String {
    let mut options = String::new();
    let mut add = |words: &[String]| {
        words.iter().for_each(|word| options.push_str(&format!(" {}", next::quoted(word))));
    };
    if common.claude_code.is_some() {
        let start = common.claude_code.as_ref().and_then(|start| start.canonicalize().ok());
        let agent = start.and_then(|start| all::agent(Agent::ClaudeCode, &start).ok());
        let own = agent.and_then(|agent| agent.memory?.canonicalize().ok());
        let memory = Some(&*job.memory).filter(|memory| own.as_deref() != Some(memory));
        if let Some(state) = common.state.as_ref().and_then(|state| place::resolve(state).ok()) {
            add(&["--state".into(), state.to_string_lossy().into_owned()]);
        }
        add(&args.options);
        let hook = claude_code::options(memory);
        let hook = if idle(args).is_empty() { hook.replacen(" --idle 0s", "", 1) } else { hook };
        options = format!("{hook}{options}");
    } else {
        add(&job.options);
        options = format!("{}{options}", idle(args));
    }
    claude_code::command(&next::quoted(program), &options)
}

/// Whether all of it is installed already.
fn is_as_before(plan: &Plan) -> bool {
    let Some(before) = &plan.replaces else { return false };
    let (old, new) = (&before.record, &plan.record);
    let is_there = |fate: &Fate| matches!(fate, Fate::There(_));
    before.fates.iter().all(is_there)
        && (&old.pieces, &old.command, &old.program) == (&new.pieces, &new.command, &new.program)
}

/// What a person should know.
fn notes(common: &Common, kind: Kind, run: &Run) -> Vec<String> {
    let mut notes = Vec::new();
    match kind {
        Kind::Systemd => notes.push(
            "systemd starts it while you are logged in; `loginctl enable-linger` lets it start also when you are not. What it \
             prints is in `journalctl --user`."
                .into(),
        ),
        Kind::Cron => notes.push("What it prints goes to ~/.dreaming.log, which stays.".into()),
        Kind::Launchd => notes.push("What it prints goes to ~/.dreaming.log, which stays.".into()),
        Kind::ClaudeCode => {
            notes.push("Sessions that run already do not know the hook until they begin anew.".into());
        }
        Kind::Codex => notes.push(
            "Codex calls it after each turn, in every project; it dreams over this store only.".into(),
        ),
    }
    let has_key = run.model.no_model || run.model.model_key_file.is_some();
    if let Some(model) = &common.config.model
        && !kind.is_hook()
        && !has_key
    {
        notes.push(format!(
            "Your own file names the model {model}, and the variables of your shell are not known there: where it needs a key, \
             each dream fails until the key is set there too. `-- --model-key-file FILE` names a file with it, `-- --no-model` \
             asks none."
        ));
    }
    notes
}

/// Writes and calls. When that fails, all is as it was: an earlier installation is there, and runs.
fn carry_out(plan: &mut Plan) -> Result<()> {
    let record = plan.record.path()?;
    let files = plan.changes.iter().filter(|change| !change.is_table());
    let files = files.map(|change| change.path.as_path()).chain([record.as_path()]);
    let mut folders: Vec<PathBuf> = files.filter_map(Path::parent).map(Path::to_path_buf).collect();
    if plan.record.kind == Kind::Systemd {
        folders.extend(systemd::folders_of_systemd()?);
    }
    let made = changes::missing(folders.iter().map(PathBuf::as_path));
    // Those that an earlier installation made go with this one.
    let earlier = plan.replaces.iter().flat_map(|removal| removal.record.folders.iter().cloned());
    plan.record.folders = made.iter().cloned().chain(earlier).collect();
    plan.record.folders.sort();
    plan.record.folders.dedup();
    // The record comes first: without it nothing would know what to undo.
    let all = [vec![plan.record.written()?], in_place(plan)].concat();
    if let Some(removal) = &plan.replaces {
        remove::stop(removal, false)?;
    }
    if let Err(error) = changes::make(&all) {
        changes::remove_empty(&made);
        if let Some(earlier) = goes_on(plan) {
            output::note(&earlier);
        }
        return Err(error);
    }
    // Those of another place than before may be empty now.
    plan.replaces.iter().for_each(|earlier| changes::remove_empty(&earlier.record.folders));
    let Some(error) = plan.starts.iter().find_map(|call| call.done(None).err()) else {
        return Ok(());
    };
    let (before, after) = remove::calls(&plan.record)?;
    let undo = |calls: Vec<Call>| {
        calls.into_iter().for_each(|call| drop(call.optional().done(None)));
    };
    undo(before);
    let back: Vec<Change> = all.iter().map(Change::back).collect();
    let is_back = changes::make(&back);
    undo(after);
    changes::remove_empty(&made);
    if let Err(why) = is_back {
        let why = format!("{error}; what was written could not be taken back: {why}");
        return Err(Error::Tool(why));
    }
    let earlier = goes_on(plan).map(|earlier| format!(", {earlier}")).unwrap_or_default();
    Err(Error::Tool(format!(
        "{error}; what was written is taken back{earlier}: {}",
        told::what_helps(plan.record.kind)
    )))
}

/// The texts that change. What takes the place of an earlier installation does so in one step, so that nothing is lost when
/// it cannot be written.
fn in_place(plan: &Plan) -> Vec<Change> {
    let earlier: Vec<&Change> = plan.replaces.iter().flat_map(|removal| &removal.changes).collect();
    let new = plan.changes.iter().map(|change| {
        match earlier.iter().find(|earlier| earlier.path == change.path) {
            Some(earlier) => Change { before: earlier.before.clone(), ..change.clone() },
            None => change.clone(),
        }
    });
    let is_left = |earlier: &&&Change| plan.changes.iter().all(|new| new.path != earlier.path);
    new.chain(earlier.iter().filter(is_left).map(|earlier| (*earlier).clone())).collect()
}

/// Starts an earlier installation again, whose texts are there; says whether it runs.
fn goes_on(plan: &Plan) -> Option<String> {
    let starts = remove::starts(&plan.replaces.as_ref()?.record);
    let failed = starts.iter().find(|call| call.done(None).is_err());
    Some(match failed {
        None => "what was installed before goes on".into(),
        Some(call) => format!(
            "what was installed before is there as it was, but does not run: `{}` starts it",
            call.typed()
        ),
    })
}
