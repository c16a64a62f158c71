//! `dreaming policy`: every setting of the engine, and policy files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{
    Contents, Engine, EngineError, Error as JobError, Request, SettingDescription,
};
use serde_json::{Map, Value, json};

use super::settings;
use crate::component;
use crate::document;
use crate::error::{Error, Result};
use crate::output::{Reply, theme};

/// Longest policy file in bytes. Chosen by us: the whole table with long lists is a tenth of it.
const MAX_POLICY: u64 = 1 << 20;

/// How alike two names are, from 0 to 1, when one may have been meant by the other. Chosen by us: one
/// or two wrong letters, or a missing word.
const ALIKE: f64 = 0.8;

/// `dreaming policy`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming policy
  dreaming policy gate.auto-words
  dreaming policy --policy policy.json --markdown")]
pub struct Policy {
    /// One setting [default: all].
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Shows the values of this policy file too, after a check.
    #[arg(long, value_name = "FILE")]
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
    let given = args.policy.as_deref().map(read).transpose()?.unwrap_or_default();
    check(engine, &given)?;
    let mut table = table(engine)?;
    if let Some(name) = &args.name {
        if !table.iter().any(|setting| setting.name == *name) {
            return Err(unknown(name, &table));
        }
        table.retain(|setting| setting.name == *name);
    }
    let row = |setting: SettingDescription| {
        let default = document::parse(setting.default.as_bytes(), "default of a setting")?;
        let value = given.get(&setting.name).cloned();
        Ok(Row { default, value, setting })
    };
    let rows: Vec<Row> = table.into_iter().map(row).collect::<Result<_>>()?;
    let text = if args.markdown { markdown(&rows) } else { plain(&rows) };
    let settings: Vec<Value> = rows.iter().map(Row::json).collect();
    Ok(Reply::new(text, json!({"settings": settings})))
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

/// Reads a policy file: a JSON object of name and value.
///
/// # Errors
/// [`Error::Usage`], [`Error::Io`].
pub fn read(path: &Path) -> Result<Map<String, Value>> {
    let wrong = |why: &str| Error::Usage(format!("the policy {} {why}", path.display()));
    let read = Error::io("read the policy", path);
    // Looked at before it is opened: a pipe would wait for ever, a device never end.
    match path.metadata() {
        Ok(meta) if !meta.is_file() => return Err(wrong("is not a regular file")),
        Ok(_) => {}
        Err(error) => return Err(read(error)),
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_POLICY + 1).read_to_end(&mut bytes))
        .map_err(read)?;
    if bytes.len() as u64 > MAX_POLICY {
        return Err(wrong("is over 1 MiB"));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
}

/// Checks a policy as a dream would.
///
/// # Errors
/// [`Error::Usage`] for a setting that is not there or a value that it does not take.
pub fn check(engine: &Engine, policy: &Map<String, Value>) -> Result<()> {
    if policy.is_empty() {
        return Ok(());
    }
    let table = table(engine)?;
    let known: BTreeMap<&str, &SettingDescription> =
        table.iter().map(|setting| (setting.name.as_str(), setting)).collect();
    if let Some(name) = policy.keys().find(|name| !known.contains_key(name.as_str())) {
        return Err(unknown(name, &table));
    }
    let request = Request {
        policy: settings(policy)?,
        instructions: String::new(),
        now: 0,
        sessions: Vec::new(),
    };
    let mut job = engine.job().map_err(component::refused)?;
    let store = job.snapshot(&Contents::default()).map_err(component::refused)?;
    match job.start(&request, &store) {
        Err(JobError::Engine(EngineError::InvalidRequest(invalid))) => {
            let name = &invalid.what;
            Err(Error::Usage(format!("policy: {}; `dreaming policy {name}` says why", invalid.why)))
        }
        other => other.map(drop).map_err(component::refused),
    }
}

fn table(engine: &Engine) -> Result<Vec<SettingDescription>> {
    let mut job = engine.job().map_err(component::refused)?;
    job.settings().map_err(component::refused)
}

/// The error for a setting that is not there, with the one that was meant.
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
