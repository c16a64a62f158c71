//! The subcommands.

use std::path::PathBuf;
use std::time::Duration;

use dreaming_wasmtime::{Setting, SettingValue};
use serde_json::{Map, Value};

use crate::cli::{Cli, Command, Common};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{self, Reply};
use crate::state::{self, Access, State};
use crate::write::{self, AfterEdit};

mod apply;
mod decide;
pub mod diff;
mod discard;
pub mod erase;
pub mod explain;
pub mod export;
pub mod import;
pub mod log;
mod recover;
mod replay;
mod revert;
pub mod review;
mod run;
mod show;
mod status;
mod unattended;
pub mod verify;
pub mod waiting;

/// Does what the command line says.
///
/// # Errors
/// [`Error`], with nothing half written.
pub fn run(cli: Cli) -> Result<Reply> {
    let (common, reads) = (&cli.common, Access::Read);
    match cli.command {
        Command::Run(args) => run::run(Place::open(common, Access::Write)?, &args, common.json),
        Command::Review(args) => review::review(common, &args),
        Command::Apply(args) => apply::apply(Place::open(common, Access::Write)?, &args),
        Command::Discard(args) => discard::discard(Place::open(common, Access::Write)?, &args),
        Command::Revert(args) => revert::revert(Place::open(common, Access::Write)?, &args),
        Command::Recover(args) => recover::recover(common, &args),
        Command::Status(args) => status::status(&Place::open(common, reads)?, &args, common.json),
        Command::Show(args) => show::show(&Place::open(common, reads)?, args.what.as_deref()),
        Command::Replay(args) => {
            replay::replay(&Place::open(common, reads)?, args.revision.as_deref())
        }
        Command::Log(args) => log::log(&Place::open(common, reads)?, &args),
        Command::Diff(args) => diff::diff(&Place::open(common, reads)?, &args),
        Command::Explain(args) => explain::explain(&Place::open(common, reads)?, &args),
        Command::Verify(verify::Verify {}) => verify::verify(&Place::open(common, reads)?),
        Command::Erase(args) => erase::erase(Place::open(common, Access::Write)?, &args),
        Command::Export(args) => export::export(&Place::open(common, reads)?, &args),
        Command::Import(args) => import::import(common, &args),
    }
}

/// A memory folder with its state.
#[derive(Debug)]
pub struct Place {
    folder: Folder,
    state: State,
    /// The state folder.
    dir: PathBuf,
}

impl Place {
    /// Opens it, finishes a write that was interrupted, and removes what one left behind that never
    /// began. A command that only reads goes on when that is not possible.
    fn open(common: &Common, access: Access) -> Result<Self> {
        let mut place = Self::open_as_it_is(common, access)?;
        if place.state.is_writable() {
            match write::finish(&place.state, &place.folder, AfterEdit::Stop) {
                Err(error) if access == Access::Read => output::note(&error.to_string()),
                other => {
                    other?;
                    place.folder.sweep();
                }
            }
        }
        if access == Access::Read {
            // Nobody should have to wait for a reader.
            place.state.release();
        }
        Ok(place)
    }

    fn open_as_it_is(common: &Common, access: Access) -> Result<Self> {
        let folder = Folder::open(&common.memory)?;
        let dir = state::place(&folder, common.state.as_deref())?;
        let state = match common.wait {
            Some(seconds) => {
                let patience = Duration::from_secs(seconds.into());
                State::open_within(&dir, &folder, access, patience)?
            }
            None => State::open(&dir, &folder, access)?,
        };
        Ok(Self { folder, state, dir })
    }
}

/// The time to use when none is given: the clock.
fn clock() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Settings as the engine takes them.
///
/// # Errors
/// [`Error::Usage`] for a value that no setting takes.
fn settings(policy: &Map<String, Value>) -> Result<Vec<Setting>> {
    let value = |name: &str, value: &Value| {
        let text = |item: &Value| item.as_str().map(str::to_owned);
        let taken = match value {
            Value::Bool(on) => Some(SettingValue::Switch(*on)),
            Value::Number(number) => number.as_u64().map(SettingValue::Integer),
            Value::Array(items) => {
                items.iter().map(text).collect::<Option<_>>().map(SettingValue::Texts)
            }
            _ => None,
        };
        let wrong = || Error::Usage(format!("policy: `{name}` takes no value like {value}"));
        taken.ok_or_else(wrong)
    };
    policy
        .iter()
        .map(|(name, given)| Ok(Setting { name: name.clone(), value: value(name, given)? }))
        .collect()
}
