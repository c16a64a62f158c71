//! `cargo xtask load`: many clients at once against the server, with dreams beside them, on SQLite and on Postgres.

use anyhow::{Context as _, Result, bail};

use crate::servers::{Postgres, Server, empty_folder};
use crate::steps::{cargo, run, step};

/// What is played when nobody says otherwise: clients, seconds, and milliseconds between two requests of a client, which
/// an agent needs to do something with an answer. Chosen by us.
const USUAL: [u64; 3] = [1_000, 60, 1_000];

/// Builds the server with optimisation and plays the load on each database that there is.
///
/// # Errors
/// A request that failed, an unknown option, or a tool that is missing.
pub fn load(words: &[&str]) -> Result<()> {
    let [mut clients, mut seconds, mut pause] = USUAL;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("`{word}` needs a number"))?;
        let value = value.parse().with_context(|| format!("`{word} {value}`: no number"))?;
        match *word {
            "--clients" => clients = value,
            "--seconds" => seconds = value,
            "--pause" => pause = value,
            other => bail!("`{other}` is no option: --clients, --seconds, --pause (milliseconds)"),
        }
    }
    step("the server, optimised", || {
        run(&mut cargo(
            "host-example",
            &["build", "--quiet", "--release", "-p", "dreaming-server", "--bins", "--examples"],
        ))
    })?;
    let play = |database: &str| -> Result<()> {
        let server = Server::start("release", database)?;
        let mut command =
            cargo("host-example", &["run", "--quiet", "--release", "-p", "dreaming-server"]);
        command.args(["--example", "load", "--", &server.url, &server.key]);
        command.args([clients, seconds, pause].map(|number| number.to_string()));
        run(command.arg(server.pid().to_string()))
    };
    let sqlite = format!("sqlite:{}", empty_folder("load-server")?.join("server.db").display());
    let mut failed = step("load on SQLite", || play(&sqlite)).inspect_err(tell).is_err();
    match Postgres::programs() {
        Some(programs) => {
            let postgres = Postgres::start(programs)?;
            failed |= step("load on Postgres", || play(&postgres.database("dreaming")?))
                .inspect_err(tell)
                .is_err();
        }
        None => eprintln!("== no Postgres here: only SQLite was tried"),
    }
    if failed { bail!("some requests failed") } else { Ok(()) }
}

fn tell(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
