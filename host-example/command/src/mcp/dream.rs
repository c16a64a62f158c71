//! A dream whose model is the agent at the other end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use clap::Parser as _;
use dreaming_models::name::Name;

use super::NextWanted;
use super::agent::{Agent, Taken};
use crate::cli::{Cli, Command, Common};
use crate::commands::{self, clock};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::model::choice::Given;
use crate::output::Reply;

/// The dream of a server: none, or one that runs on a thread of its own.
#[derive(Clone, Default)]
pub struct Dream(Arc<Mutex<Option<Running>>>);

struct Running {
    agent: Agent,
    thread: JoinHandle<Result<Reply>>,
}

/// What comes next in a dream.
pub enum Step {
    /// A call to answer.
    Call(Taken),
    /// The dream is over: what `dreaming run` says.
    Over(Reply),
}

impl Dream {
    /// Begins a dream whose calls the agent of this name answers; nothing when one runs already.
    ///
    /// # Errors
    /// Those of `options`.
    pub fn begin(
        &self,
        common: &Common,
        name: &str,
        options: impl FnOnce() -> Result<Command>,
    ) -> Result<()> {
        let mut dream = self.lock();
        if dream.is_some() {
            return Ok(());
        }
        let mut command = options()?;
        let agent = Agent::default();
        if let Command::Run(run) = &mut command {
            run.model.model = Some(Name::Agent(name.into()));
            run.model.given = Some(Given(Arc::new(agent.clone())));
        }
        let (cli, ends) = (Cli { common: common.clone(), command }, End(agent.clone()));
        let thread = thread::spawn(move || {
            let _ends = ends;
            commands::run(cli).map_err(|error| match error {
                // The command line of this process is that of the server.
                Error::PlanWaits(_) => Error::PlanWaits("dream_next with `replace`".into()),
                error => error,
            })
        });
        *dream = Some(Running { agent, thread });
        Ok(())
    }

    /// The next call, as soon as there is one, or the end of the dream.
    ///
    /// # Errors
    /// Those of the dream; [`Error::Usage`] when there is none.
    pub fn next(&self) -> Result<Step> {
        let agent = self.agent()?;
        if let Some(taken) = agent.next() {
            return Ok(Step::Call(taken));
        }
        // Another call may have taken its end, and one more have begun a dream since.
        let over = self.lock().take_if(|running| running.agent.is(&agent)).ok_or_else(none)?;
        let over = over.thread.join();
        // A command leaves signals to the end of its process, which is not the end of this one.
        interrupt::heed();
        drop(interrupt::writing());
        over.unwrap_or_else(|_| Err(panicked())).map(Step::Over)
    }

    /// Answers a call.
    ///
    /// # Errors
    /// [`Error::Usage`] when no such call waits.
    pub fn answer(&self, id: &str, text: String) -> Result<()> {
        match self.agent()?.answer(id, text) {
            true => Ok(()),
            false => {
                Err(Error::Usage(format!("no call `{id}` waits: dream_next has the calls that do")))
            }
        }
    }

    fn agent(&self) -> Result<Agent> {
        self.lock().as_ref().map(|running| running.agent.clone()).ok_or_else(none)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the dream is over, also when its thread panics.
struct End(Agent);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The options of the dream, as `dreaming run` takes them. Nothing else is taken from an agent: no other
/// model, no mode that decides, no policy.
///
/// # Errors
/// [`Error::CommandLine`].
pub fn run_options(wanted: &NextWanted) -> Result<Command> {
    let mut words = vec!["dreaming".to_owned(), "run".into()];
    words.extend(wanted.sessions.iter().map(|path| format!("--sessions={path}")));
    words.extend(wanted.replace.then(|| "--replace".to_owned()));
    words.extend(wanted.limit.map(|limit| format!("--limit={limit}")));
    words.extend(wanted.now.iter().map(|now| format!("--now={now}")));
    let parsed = Cli::try_parse_from(words);
    let command = parsed.map_err(|error| Error::CommandLine(error.to_string()))?.command;
    match &command {
        // To a far time all that was learned would be out of date.
        Command::Run(run) if run.now > Some(clock()) => {
            Err(Error::Usage("`now` is ahead of the clock of this machine".into()))
        }
        _ => Ok(command),
    }
}

fn none() -> Error {
    Error::Usage("no dream is under way: dream_next begins one".into())
}

/// The error of a command that panicked.
pub fn panicked() -> Error {
    Error::Usage(
        "this failed inside; nothing is half written (standard error has the reason)".into(),
    )
}
