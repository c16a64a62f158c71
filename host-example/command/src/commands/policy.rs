//! `dreaming policy`: every setting of the engine, and policy files.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{
    Contents, Engine, EngineError, Error as JobError, Request, SettingDescription, SettingValue,
    memory_path,
};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::settings;
use crate::component;
use crate::document;
use crate::error::{Error, Result};
use crate::output::{Reply, theme};
use crate::standard;

/// Longest policy file in bytes. Chosen by us: the whole table with long lists is a tenth of it.
const MAX_POLICY: u64 = 1 << 20;

/// The name under which a policy names a preset.
const PRESET: &str = "preset";

/// How alike two names must be, from 0 to 1, to suggest one for the other. Chosen by us: it allows
/// one or two wrong letters, or a missing word.
const ALIKE: f64 = 0.8;

/// `dreaming policy`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming policy
  dreaming policy gate.auto-words
  dreaming policy compact
  dreaming policy --policy policy.json --markdown")]
pub struct Policy {
    /// One setting, or a preset [default: all settings].
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Shows the values of this policy file or preset too, after a check.
    #[arg(long, value_name = "FILE|PRESET")]
    pub policy: Option<PathBuf>,
    /// Prints a Markdown table.
    #[arg(long)]
    pub markdown: bool,
}

/// A setting with its value.
struct Row {
    setting: SettingDescription,
    default: Value,
    value: Option<Value>,
}

/// Prints the table.
///
/// # Errors
/// [`Error::Usage`] for an unknown setting and a policy file that cannot be used.
pub fn policy(engine: &Engine, args: &Policy) -> Result<Reply> {
    let given = args.policy.as_deref().map(|given| read(engine, given));
    let given = given.transpose()?.unwrap_or_default();
    check(engine, &given, &|_| false)?;
    let presets = presets(engine)?;
    let asked = presets.iter().find(|preset| Some(&preset.name) == args.name.as_ref());
    let preset = asked.or(named(&given, &presets));
    let mut table = table(engine)?;
    if let Some(asked) = asked {
        table.retain(|setting| asked.settings.contains_key(&setting.name));
    } else if let Some(name) = &args.name {
        if !table.iter().any(|setting| setting.name == *name) {
            return Err(unknown(name, &table));
        }
        table.retain(|setting| setting.name == *name);
    }
    let row = |setting: SettingDescription| {
        let default = document::parse(setting.default.as_bytes(), "default of a setting")?;
        let of_preset = preset.and_then(|preset| preset.settings.get(&setting.name));
        let value = given.get(&setting.name).or(of_preset).cloned();
        Ok(Row { default, value, setting })
    };
    let rows: Vec<Row> = table.into_iter().map(row).collect::<Result<_>>()?;
    let mut text = if args.markdown { markdown(&rows) } else { plain(&rows) };
    if args.name.is_none() && !args.markdown {
        text.insert_str(0, &summary(&presets, preset));
    }
    if let Some(asked) = asked.filter(|_| !args.markdown) {
        text.insert_str(0, &format!("{}\n\n", asked.about));
    }
    let settings: Vec<Value> = rows.iter().map(Row::json).collect();
    let name = preset.map(|preset| &preset.name);
    Ok(Reply::new(text, json!({"preset": name, "presets": presets, "settings": settings})))
}

/// A named list of settings.
#[derive(Debug, Serialize)]
struct Preset {
    name: String,
    about: String,
    settings: Map<String, Value>,
}

/// The presets of the engine.
fn presets(engine: &Engine) -> Result<Vec<Preset>> {
    let mut job = engine.job().map_err(component::refused)?;
    let value = |value: SettingValue| match value {
        SettingValue::Switch(on) => json!(on),
        SettingValue::Integer(number) => json!(number),
        SettingValue::Texts(items) => json!(items),
    };
    let preset = |preset: dreaming_wasmtime::PresetDescription| Preset {
        name: preset.name,
        about: preset.about,
        settings: preset.settings.into_iter().map(|s| (s.name, value(s.value))).collect(),
    };
    Ok(job.presets().map_err(component::refused)?.into_iter().map(preset).collect())
}

/// The preset that a checked policy names, if it names one.
fn named<'p>(policy: &Map<String, Value>, presets: &'p [Preset]) -> Option<&'p Preset> {
    let given = policy.get(PRESET)?;
    let name = given.as_str().or_else(|| given.get(0).and_then(Value::as_str))?;
    presets.iter().find(|preset| preset.name == name)
}

/// The presets in words, with `shown` marked.
fn summary(presets: &[Preset], shown: Option<&Preset>) -> String {
    let (head, dim) = (theme::HEAD, theme::DIM);
    let mut out = String::from("Presets (`--policy NAME`, or \"preset\" in a policy file):\n");
    for Preset { name, about, .. } in presets {
        let mark = if shown.is_some_and(|shown| shown.name == *name) { " (shown)" } else { "" };
        let _ = writeln!(out, "  {head}{name}{head:#}{mark}: {dim}{about}{dim:#}");
    }
    out.push('\n');
    out
}

impl Row {
    fn json(&self) -> Value {
        let SettingDescription { name, takes, reason, .. } = &self.setting;
        let value = self.value.as_ref().unwrap_or(&self.default);
        json!({"name": name, "takes": takes, "default": self.default, "value": value, "reason": reason})
    }
}

fn plain(rows: &[Row]) -> String {
    let (head, dim) = (theme::HEAD, theme::DIM);
    let mut out = String::new();
    for Row { setting, default, value } in rows {
        let SettingDescription { name, takes, reason, .. } = setting;
        let _ = match value {
            Some(value) if value != default => {
                writeln!(out, "{head}{name}{head:#} = {value} {dim}(default {default}){dim:#}")
            }
            _ => writeln!(out, "{head}{name}{head:#} = {default}"),
        };
        let _ = writeln!(out, "    takes {takes}\n    {dim}{reason}{dim:#}");
    }
    out
}

fn markdown(rows: &[Row]) -> String {
    let with_values = rows.iter().any(|row| row.value.is_some());
    let mut out = String::from(if with_values {
        "| setting | takes | default | value | reason |\n|---|---|---|---|---|\n"
    } else {
        "| setting | takes | default | reason |\n|---|---|---|---|\n"
    });
    let cell = |text: &str| text.replace('|', "\\|");
    for Row { setting, default, value } in rows {
        let SettingDescription { name, takes, reason, .. } = setting;
        let _ = write!(out, "| `{name}` | {} | `{}` |", cell(takes), cell(&default.to_string()));
        if with_values {
            let value = value.as_ref().unwrap_or(default).to_string();
            let _ = write!(out, " `{}` |", cell(&value));
        }
        let _ = writeln!(out, " {} |", cell(reason));
    }
    out
}

/// The policy that was given: the name of a preset (a file of that name is `./name`), or a file.
///
/// # Errors
/// [`Error::Usage`], [`Error::Io`].
pub fn read(engine: &Engine, given: &Path) -> Result<Map<String, Value>> {
    let name = given.to_string_lossy();
    if presets(engine)?.iter().any(|preset| *preset.name == *name) {
        return Ok(Map::from_iter([(PRESET.to_owned(), json!(name))]));
    }
    let mut policy = file(given)?;
    // `$schema` is for editors and no setting.
    policy.remove("$schema");
    Ok(policy)
}

/// Reads a policy file: a JSON object of name and value.
fn file(path: &Path) -> Result<Map<String, Value>> {
    let wrong = |why: &str| Error::Usage(format!("the policy {} {why}", path.display()));
    let read = Error::io("read the policy", path);
    if standard::is_meant(path) {
        return parse(path, io::stdin());
    }
    // Check the type before opening: a pipe would wait for ever, a device would never end.
    match path.metadata() {
        Ok(meta) if !meta.is_file() => return Err(wrong("is not a regular file")),
        Ok(_) => {}
        Err(error) => return Err(read(error)),
    }
    parse(path, File::open(path).map_err(read)?)
}

/// Parses a policy from `file`, which `path` names.
fn parse(path: &Path, file: impl io::Read) -> Result<Map<String, Value>> {
    let wrong = |why: &str| Error::Usage(format!("the policy {} {why}", path.display()));
    let mut bytes = Vec::new();
    file.take(MAX_POLICY + 1)
        .read_to_end(&mut bytes)
        .map_err(Error::io("read the policy", path))?;
    if bytes.len() as u64 > MAX_POLICY {
        return Err(wrong("is over 1 MiB"));
    }
    let once: Once = serde_json::from_slice(&bytes)
        .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?;
    Ok(once.0)
}

/// An object in which each name stands once. Of a charter that stands twice, one half would be lost without a word.
struct Once(Map<String, Value>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Once;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of settings")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Once, A::Error> {
                let mut known = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if known.contains_key(&name) {
                        let why = format!("the setting `{name}` occurs twice");
                        return Err(serde::de::Error::custom(why));
                    }
                    known.insert(name, value);
                }
                Ok(Once(known))
            }
        }
        from.deserialize_map(Names)
    }
}

/// Checks a policy as a dream would.
///
/// # Errors
/// [`Error::Usage`] for a setting that is not there or a value that it does not take.
pub fn check(
    engine: &Engine,
    policy: &Map<String, Value>,
    is_memory: &dyn Fn(&str) -> bool,
) -> Result<()> {
    if policy.is_empty() {
        return Ok(());
    }
    let table = table(engine)?;
    let known: BTreeMap<&str, &SettingDescription> =
        table.iter().map(|setting| (setting.name.as_str(), setting)).collect();
    let known = |name: &&String| *name == PRESET || known.contains_key(name.as_str());
    if let Some(name) = policy.keys().find(|name| !known(name)) {
        return Err(unknown(name, &table));
    }
    check_paths(policy, is_memory)?;
    let request = Request {
        policy: settings(policy)?,
        instructions: String::new(),
        now: 0,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    let mut job = engine.job().map_err(component::refused)?;
    let store = job.snapshot(&Contents::default()).map_err(component::refused)?;
    match job.start(&request, &store) {
        Err(JobError::Engine(EngineError::InvalidRequest(invalid))) => {
            let why = match invalid.what.as_str() {
                PRESET => "`dreaming policy` lists all".into(),
                name => format!("`dreaming policy {name}` says why"),
            };
            Err(Error::Usage(format!("policy: {}; {why}", invalid.why)))
        }
        other => other.map(drop).map_err(component::refused),
    }
}

/// Checks that each path of a list can be that of a memory, or of a folder of them: one that cannot protects nothing, and
/// nobody would be told. A name with `*` is taken for a pattern that is not taken there, unless a memory has it.
fn check_paths(policy: &Map<String, Value>, is_memory: &dyn Fn(&str) -> bool) -> Result<()> {
    for (name, takes_patterns) in
        [("charter.paths", true), ("pins.paths", false), ("steer.paths", false)]
    {
        let items = policy.get(name).into_iter().flat_map(|value| match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        });
        for item in items.filter_map(Value::as_str) {
            let why = match (item.contains('*'), item.strip_suffix('/')) {
                (true, _) if takes_patterns => None,
                (true, None) if memory_path::refused(item).is_none() && is_memory(item) => None,
                (true, _) => Some(
                    "no pattern is taken here, as `charter.paths` takes one, and no memory here has this name",
                ),
                // A name stands for all files of the folder.
                (false, Some(folder)) => memory_path::refused(&format!("{folder}/x.md")),
                (false, None) if memory_path::refused(&format!("{item}/x.md")).is_none() => {
                    memory_path::refused(item).map(|_| "a folder is written with `/` at its end")
                }
                (false, None) => memory_path::refused(item),
            };
            if let Some(why) = why {
                return Err(Error::Usage(format!(
                    "policy: {name}: `{item}` is the path of no memory, counted from the memory folder: {why}"
                )));
            }
        }
    }
    Ok(())
}

/// The number of a setting under a checked policy: from the policy itself, else from its preset,
/// else the default.
///
/// # Errors
/// [`Error::Usage`] when there is no such number.
pub fn number(engine: &Engine, policy: &Map<String, Value>, name: &str) -> Result<u64> {
    let presets = presets(engine)?;
    let of_preset = named(policy, &presets).and_then(|preset| preset.settings.get(name));
    let default = || {
        let setting = table(engine).ok()?.into_iter().find(|setting| setting.name == name)?;
        setting.default.parse().ok()
    };
    let set = policy.get(name).or(of_preset).and_then(Value::as_u64);
    set.or_else(default).ok_or_else(|| Error::Usage(format!("policy: {name} has no number")))
}

fn table(engine: &Engine) -> Result<Vec<SettingDescription>> {
    let mut job = engine.job().map_err(component::refused)?;
    job.settings().map_err(component::refused)
}

/// The error for an unknown setting, with the setting that was probably meant.
fn unknown(name: &str, table: &[SettingDescription]) -> Error {
    let alike = |setting: &SettingDescription| strsim::jaro_winkler(name, &setting.name);
    let nearest = table.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let meant = nearest
        .filter(|setting| alike(setting) >= ALIKE)
        .map(|setting| format!("did you mean `{}`? ", setting.name))
        .unwrap_or_default();
    Error::Usage(format!(
        "policy: no setting is named `{name}`; {meant}`dreaming policy` lists all"
    ))
}
