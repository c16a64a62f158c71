//! Reads the configuration: the folder's file, `dreaming.toml` in `.dreaming` beside the memories,
//! and the user's own file. The command line comes before the folder's file, and this before the
//! user's; charters and pins of all are added up. The folder's file may be a stranger's, see
//! [`strangers`].

use std::env;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Path, PathBuf};

use dreaming_models::name::Name;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::strangers::Strangers;
use crate::cli::{Cli, Command, Common};
use crate::error::{Error, Result};
use crate::homes;
use crate::state::place;

pub mod known;
mod strangers;

/// The name of a configuration file.
pub const FILE: &str = "dreaming.toml";

/// The environment variable that names the memory folder.
pub const MEMORY: &str = "DREAMING_MEMORY";

/// The setting that makes dreams write an index where there is none.
const INDEX: &str = "render.index-create";

/// The setting with the texts of instruction files that agents read beside the memories.
pub const KNOWN: &str = "steer.known";

/// The prefix of settings that only add protection.
const PINS: &str = "pins.";

/// Longest configuration file in bytes. Chosen by us: the same limit as for policies.
const MAX_BYTES: u64 = 1 << 20;

/// What a configuration file may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    memory: Option<PathBuf>,
    #[serde(default)]
    sessions: Vec<PathBuf>,
    policy: Option<PathBuf>,
    model: Option<String>,
    model_url: Option<String>,
    max_cost: Option<f64>,
    prices: Option<PathBuf>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    charter: Charter,
}

/// The charter: what no dream may change, see docs/policy.md.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Charter {
    #[serde(default)]
    statements: Vec<String>,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    phrases: Vec<String>,
}

/// A value of the configuration, with its source.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its name, as in the file.
    pub name: String,
    /// The value that is in force.
    pub value: Value,
    /// The file, option or variable that sets it.
    pub from: String,
}

/// Settings that follow from the agent that the command line names.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// Whether it reads its memories through `MEMORY.md`.
    pub reads_index: bool,
    /// The instruction files that the agent also reads, with their texts.
    pub known: Vec<(PathBuf, String)>,
}

/// The merged configuration, with the source of each value.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Settings that follow from the agent. Files and the command line override them.
    pub agent: Agent,
    /// Settings that hold unless the command line says otherwise.
    pub settings: Map<String, Value>,
    /// The policy that a file names: a file, or the name of a preset. A run has it among its own options.
    pub policy: Option<PathBuf>,
    /// Lists that are added to those of the policy: charter and pins.
    pub added: Map<String, Value>,
    /// The model that a file names, whether this command asks it or not.
    pub model: Option<Name>,
    /// The address of `model`, if a file names one. It holds for no other model.
    pub model_url: Option<String>,
    /// A table of prices.
    pub prices: Option<PathBuf>,
    /// Every value in force, with its source.
    pub held: Vec<Held>,
    /// The files that were read, the folder's before the user's.
    pub files: Vec<String>,
}

impl Config {
    fn hold(&mut self, name: &str, value: Value, from: &str) {
        self.held.push(Held { name: name.into(), value, from: from.into() });
    }

    /// Adds items to a list that collects the items of all files.
    fn add(&mut self, name: String, list: Vec<Value>) {
        let known = self.added.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(known) = known {
            known.extend(list);
        }
    }

    /// Fills in settings that `policy` leaves open, and appends the added lists to its own.
    pub fn put(&self, policy: &mut Map<String, Value>) {
        for (name, value) in &self.settings {
            policy.entry(name.as_str()).or_insert_with(|| value.clone());
        }
        // A list of one may stand without its brackets; who adds to it finds a list.
        for (_, value) in policy.iter_mut().filter(|(name, _)| *name != "preset") {
            *value = if value.is_string() { json!([value.take()]) } else { value.take() };
        }
        for (name, value) in &self.added {
            let known = policy.entry(name.as_str()).or_insert_with(|| json!([]));
            let mut both = list(known.take());
            let more = list(value.clone()).into_iter();
            let new: Vec<Value> = more.filter(|v| !both.contains(v)).collect();
            both.extend(new);
            *known = Value::Array(both);
        }
        if self.agent.reads_index {
            policy.entry(INDEX).or_insert(json!(true));
        }
        if !self.agent.known.is_empty() {
            let known = policy.entry(KNOWN).or_insert_with(|| json!([]));
            if let Value::Array(known) = known {
                known.extend(self.agent.known.iter().map(|(_, text)| json!(text)));
            }
        }
    }

    /// Records as `held` what follows from the agent, unless a file sets it.
    fn hold_agent(&mut self) {
        const FROM: &str = "the agent";
        if self.agent.reads_index && !self.settings.contains_key(INDEX) {
            self.hold(INDEX, json!(true), FROM);
        }
        let files = self.agent.known.iter().map(|(path, _)| path.to_string_lossy());
        let files: Vec<String> = files.map(String::from).collect();
        if !files.is_empty() {
            self.hold(KNOWN, json!(files), FROM);
        }
    }
}

/// Sets the memory folder when the command line names neither a folder nor an agent: from
/// `DREAMING_MEMORY`, the file in `./.dreaming` or the user's file, in this order.
///
/// # Errors
/// [`Error::Usage`] for a file that makes no sense, [`Error::Io`].
pub fn name_memory(common: &mut Common) -> Result<()> {
    let has_own = common.names_agent() && homes::without_memory(common).is_none();
    let config = &mut common.config;
    if let Some(memory) = &common.memory {
        config.hold("memory", json!(memory.to_string_lossy()), "--memory");
        return Ok(());
    }
    if has_own {
        return Ok(());
    }
    if let Some(named) = env::var_os(MEMORY).filter(|value| !value.is_empty()) {
        config.hold("memory", json!(named.to_string_lossy()), MEMORY);
        common.memory = Some(named.into());
        return Ok(());
    }
    for (place, (path, base)) in
        [Some(folders(Path::new("."))?), users()].into_iter().flatten().enumerate()
    {
        if let Some(memory) = read(&path)?.and_then(|file| file.memory) {
            let memory = resolved(&base, &memory);
            if let Some(strangers) = strangers(place, &path, &base) {
                strangers.path("memory", "--memory", &memory)?;
            }
            config.hold("memory", json!(memory.to_string_lossy()), &path.to_string_lossy());
            common.memory = Some(memory);
            break;
        }
    }
    Ok(())
}

/// Whether the file in `./.dreaming` or the user's file names a memory folder.
///
/// # Errors
/// As [`name_memory`].
pub fn names_memory() -> Result<bool> {
    for (path, _) in [Some(folders(Path::new("."))?), users()].into_iter().flatten() {
        if read(&path)?.is_some_and(|file| file.memory.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes from the configuration files every setting, besides the memory folder, that the command
/// line leaves open.
///
/// # Errors
/// As [`name_memory`].
pub fn fill(cli: &mut Cli) -> Result<()> {
    let memory = cli.common.memory().canonicalize();
    let beside = memory.ok().and_then(|memory| memory.parent().map(folders)).transpose()?;
    let places = [beside, users()].into_iter().flatten();
    let mut config = std::mem::take(&mut cli.common.config);
    if config.held.is_empty() {
        let from = if cli.common.memory.is_some() { "the agent" } else { "default" };
        config.hold("memory", json!(cli.common.memory().to_string_lossy()), from);
    }
    for (place, (path, base)) in places.enumerate() {
        let Some(file) = read(&path)? else { continue };
        let from = path.to_string_lossy().into_owned();
        if let Some(strangers) = strangers(place, &path, &base) {
            check(&file, &strangers, &base)?;
        }
        take(cli, &mut config, file, &from, &base)?;
        config.files.push(from);
    }
    config.hold_agent();
    cli.common.config = config;
    if let Command::Run(args) = &mut cli.command {
        let file = users().map(|(path, _)| path.to_string_lossy().into_owned());
        args.model.file = file;
        args.model.check()?;
        // Nobody waits for a hook or a timer.
        args.model.no_wait |= args.due.if_due;
    }
    Ok(())
}

/// The rules for a file that a stranger may have written, if `path` is the folder's file and not
/// the user's own. The paths in that file are relative to `base`.
fn strangers<'p>(place: usize, path: &'p Path, base: &Path) -> Option<Strangers<'p>> {
    let own = users().map(|(own, _)| own);
    let is_folders = place == 0 && own.as_deref() != Some(path);
    is_folders.then(|| Strangers::of(path, base, own, homes::home().as_deref()))
}

/// Checks that the folder's file sets nothing that only the user may set.
fn check(file: &File, strangers: &Strangers<'_>, base: &Path) -> Result<()> {
    if file.model.is_some() {
        return Err(strangers.refused("model", "--model", "a model reads the sessions"));
    }
    if file.model_url.is_some() {
        let why = "what is served there reads the sessions";
        return Err(strangers.refused("model-url", "--model-url", why));
    }
    if file.max_cost.is_some() {
        let why = "what a dream may spend is yours to say";
        return Err(strangers.refused("max-cost", "--max-cost", why));
    }
    if file.prices.is_some() {
        let why = "what a dream may spend is counted by them";
        return Err(strangers.refused("prices", "--prices", why));
    }
    if file.policy.is_some() {
        let why = "a policy takes the place of the user's as a whole; [settings] may stand here";
        return Err(strangers.refused("policy", "--policy", why));
    }
    for path in &file.sessions {
        strangers.path("sessions", "--sessions", &resolved(base, path))?;
    }
    for (name, _) in flat(file.settings.clone()) {
        strangers.setting(&name)?;
    }
    Ok(())
}

/// Takes the values of `file` that nothing earlier has set.
fn take(cli: &mut Cli, config: &mut Config, file: File, from: &str, base: &Path) -> Result<()> {
    let sessions: Vec<PathBuf> = file.sessions.iter().map(|path| resolved(base, path)).collect();
    let wanted = match &mut cli.command {
        Command::Run(args) => Some(&mut args.sessions),
        Command::Status(args) => Some(&mut args.sessions),
        Command::Doctor(args) => Some(&mut args.sessions),
        Command::Keep(args) => Some(&mut args.sessions),
        _ => None,
    };
    let is_open = |config: &Config, name: &str| config.held.iter().all(|held| held.name != name);
    if !sessions.is_empty() && is_open(config, "sessions") {
        let shown: Vec<_> = sessions.iter().map(|path| path.to_string_lossy()).collect();
        config.hold("sessions", json!(shown), from);
        if let Some(wanted) = wanted.filter(|wanted| wanted.is_empty()) {
            *wanted = sessions;
        }
    }
    // A file's policy and settings are taken together: the user's settings would not fit another
    // file's policy.
    let is_settled = !is_open(config, "policy");
    if let Some(policy) = file.policy.filter(|_| is_open(config, "policy")) {
        // A single word without an extension is the name of a preset.
        let is_word = policy.components().count() == 1 && policy.extension().is_none();
        let policy = if is_word { policy } else { resolved(base, &policy) };
        config.hold("policy", json!(policy.to_string_lossy()), from);
        if let Command::Run(args) = &mut cli.command {
            args.policy.get_or_insert(policy.clone());
        }
        config.policy = Some(policy);
    }
    if let Some(model) = file.model.filter(|_| is_open(config, "model")) {
        let name: Name =
            model.parse().map_err(|why| Error::Usage(format!("{from}: model: {why}")))?;
        config.hold("model", json!(name.to_string()), from);
        config.model = Some(name.clone());
        config.model_url.clone_from(&file.model_url);
        if let Some(url) = &file.model_url {
            config.hold("model-url", json!(url), from);
        }
        if let Command::Run(args) = &mut cli.command
            && !args.model.no_model
            && args.model.model.as_ref().is_none_or(|typed| *typed == name)
        {
            args.model.model = Some(name);
            args.model.model_url = args.model.model_url.take().or(file.model_url);
        }
    }
    if let Some(dollars) = file.max_cost.filter(|_| is_open(config, "max-cost")) {
        if !dollars.is_finite() || dollars <= 0.0 {
            let wrong = "an amount of dollars is written like 0.50, and is above 0";
            return Err(Error::Usage(format!("{from}: max-cost: {wrong}")));
        }
        config.hold("max-cost", json!(dollars), from);
        if let Command::Run(args) = &mut cli.command
            && args.model.model.is_some()
        {
            args.model.max_cost.get_or_insert(dollars);
        }
    }
    if let Some(prices) = file.prices.filter(|_| is_open(config, "prices")) {
        let prices = resolved(base, &prices);
        config.hold("prices", json!(prices.to_string_lossy()), from);
        if let Command::Run(args) = &mut cli.command
            && args.model.model.is_some()
        {
            args.model.prices.get_or_insert(prices.clone());
        }
        config.prices = Some(prices);
    }
    for (name, value) in flat(file.settings) {
        if name.starts_with(PINS) {
            config.hold(&name, value.clone(), from);
            config.add(name, list(value));
        } else if !is_settled && !config.settings.contains_key(&name) {
            config.hold(&name, value.clone(), from);
            config.settings.insert(name, value);
        }
    }
    let Charter { statements, kinds, paths, phrases } = file.charter;
    let lists =
        [("statements", statements), ("kinds", kinds), ("paths", paths), ("phrases", phrases)];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let name = format!("charter.{name}");
        config.hold(&name, json!(list), from);
        config.add(name, list.into_iter().map(Value::from).collect());
    }
    Ok(())
}

/// The items of a list. A policy may also give a single item without a list.
fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        one => vec![one],
    }
}

/// Settings under their full names, because TOML reads `a.b = 1` as a table `a` with `b`.
fn flat(settings: Map<String, Value>) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for (name, value) in settings {
        match value {
            Value::Object(inner) => {
                let inner = flat(inner).into_iter();
                out.extend(inner.map(|(below, value)| (format!("{name}.{below}"), value)));
            }
            value => out.push((name, value)),
        }
    }
    out
}

/// The configuration file for memory folders in `parent`, and the folder to which its paths are
/// relative.
fn folders(parent: &Path) -> Result<(PathBuf, PathBuf)> {
    Ok((place::beside(parent)?.join(FILE), parent.to_path_buf()))
}

/// The user's file, and the home folder, to which its paths are relative.
pub fn users() -> Option<(PathBuf, PathBuf)> {
    let home = homes::home();
    let config = env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty());
    let config = config.map(PathBuf::from).or_else(|| Some(home.clone()?.join(".config")))?;
    Some((config.join("dreaming").join(FILE), home.unwrap_or_else(|| config.clone())))
}

fn resolved(base: &Path, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), homes::home()) {
        (Ok(below), Some(home)) => home.join(below),
        _ => base.join(path),
    }
}

/// Reads a configuration file; `None` when there is none.
fn read(path: &Path) -> Result<Option<File>> {
    let wrong = |why: String| Error::Usage(format!("{}: {why}", path.display()));
    // Check the type before opening, because opening a pipe would wait for ever.
    match path.metadata() {
        Ok(meta) if !meta.is_file() => return Err(wrong("is not a regular file".into())),
        Ok(meta) if meta.len() > MAX_BYTES => return Err(wrong("is over 1 MiB".into())),
        Ok(_) => {}
        Err(error) if error.kind() == NotFound && path.is_symlink() => {
            return Err(wrong("is a link that leads nowhere".into()));
        }
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        Err(error) => return Err(Error::io("read the configuration", path)(error)),
    }
    let text = fs::read_to_string(path).map_err(Error::io("read the configuration", path))?;
    toml::from_str(&text).map(Some).map_err(|error| {
        // The display of the error draws the line over several lines; an error here is one line.
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
        wrong(format!("{}{}", line.unwrap_or_default(), error.message().trim_end()))
    })
}
