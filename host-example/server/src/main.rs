//! `dreaming-server`: serves memory stores, dreams over them, and makes the keys for both.

use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::{Parser, Subcommand, ValueEnum};
use dreaming_server::doctor::{self, Grade};
use dreaming_server::watch::{self, Figures};
use dreaming_server::webhook::{self, Sender};
use dreaming_server::{
    Database, Day, DayBudget, Ingress, Limits, Models, Objects, Options, Right, Runner, app,
    deletions, engine, schedule, serve,
};
use tokio::net::TcpListener;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Serves memory stores, and dreams over them, over the HTTP API that the official SDKs speak.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    /// The database: `sqlite:FILE`, which is made when it is missing, or `postgres://…`.
    #[arg(
        long,
        env = "DREAMING_DATABASE",
        default_value = "sqlite:dreaming-server.db",
        global = true
    )]
    database: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers requests until it is stopped (Ctrl-C, or SIGTERM).
    Serve {
        /// Where to listen. An address that other machines reach needs a proxy in front that speaks TLS.
        #[arg(long, default_value = "127.0.0.1:8300")]
        listen: SocketAddr,
        /// Refuse requests without the beta headers that the hosted API asks for.
        #[arg(long)]
        strict_betas: bool,
        // Chosen by us: each takes a thread, and up to 1 GiB in large stores.
        /// Dreams that run at the same time; others wait for their turn.
        #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
        dreams: u16,
        /// Connections at the same time; others wait until one is closed. Each needs a file handle (`ulimit -n`).
        #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = clap::value_parser!(u16).range(1..))]
        connections: u16,
        /// Requests that a key may make in a minute, all at once or spread; more are a 429 that says how long to wait
        /// [default: any number].
        #[arg(long, value_name = "N")]
        requests_per_minute: Option<NonZeroU32>,
        /// Form of the lines on standard error.
        #[arg(long, value_enum, default_value_t = Log::Text)]
        log: Log,
        /// A line for each request, too: its id, method, route, status, milliseconds and key, and nothing that a client
        /// wrote.
        #[arg(long)]
        log_requests: bool,
        /// Send webhooks to private addresses too: of this machine and its network.
        #[arg(long)]
        private_webhooks: bool,
        /// Where figures for Prometheus are told, at `/metrics`, without a key.
        #[arg(long, value_name = "ADDRESS")]
        metrics: Option<SocketAddr>,
        /// Where models of Anthropic are served: what stands before `/v1/messages`. Their key comes from
        /// ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN [default: https://api.anthropic.com].
        #[arg(long, value_name = "URL")]
        anthropic_url: Option<String>,
        /// Where models of OpenAI, or what speaks like them, are served: what stands before `/chat/completions`. Their
        /// key comes from OPENAI_API_KEY [default: https://api.openai.com/v1].
        #[arg(long, value_name = "URL")]
        openai_url: Option<String>,
        /// Table of prices that comes before the listed ones, in the form that docs/command.md has. Budgets in dollars
        /// need a price.
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Folder for the compiled engine, so that the next start is quicker. Nobody else may be able to write into it.
        #[arg(long, value_name = "FOLDER")]
        cache: Option<PathBuf>,
        /// Where transcripts go that come in as files: file:///FOLDER, and with the feature `clouds` s3://BUCKET/PREFIX,
        /// gs://BUCKET/PREFIX or az://CONTAINER/PREFIX. Credentials come from the environment (AWS_…, GOOGLE_…, AZURE_…)
        /// [default: the database].
        #[arg(long, value_name = "URL", env = "DREAMING_TRANSCRIPTS")]
        transcripts: Option<String>,
        /// Hand dreams over to Restate, at its ingress such as http://127.0.0.1:8080, in place of carrying them out here;
        /// see docs/scale.md. Needs Postgres.
        #[arg(long, value_name = "URL")]
        restate: Option<String>,
    },
    /// Makes a key and prints it. It is shown once and kept nowhere.
    NewKey {
        /// The workspace that it opens. Keys of one workspace see the same stores.
        #[arg(long, default_value = "default", value_parser = NonEmptyStringValueParser::new())]
        workspace: String,
        /// What it may do; each may also do what those before it may.
        #[arg(long, value_enum, default_value_t = Right::Decide)]
        may: Right,
        /// The only memory store that it opens: its memories, versions, revisions and pack. Such a key does not dream.
        #[arg(long, value_name = "ID")]
        store: Option<String>,
        /// What to call it, such as whose it is: `keys` shows it.
        #[arg(long, default_value = "", hide_default_value = true, value_parser = key_name)]
        name: String,
    },
    /// Lists the keys: id, workspace, what it may do, its store, when it was made, whether it was revoked, its name.
    Keys,
    /// Says what the models of all dreams of a workspace may take in a day (UTC), over all servers of the database, and took
    /// today; with a limit it sets that first, and leaves the other one. Running servers go by it at once.
    Budget {
        /// The workspace.
        #[arg(long, default_value = "default", value_parser = NonEmptyStringValueParser::new())]
        workspace: String,
        /// The most tokens a day, read and written.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=i64::MAX.unsigned_abs()))]
        tokens_a_day: Option<u64>,
        /// The most dollars a day.
        #[arg(long, value_name = "X", value_parser = dollars)]
        dollars_a_day: Option<f64>,
        /// Take both limits away.
        #[arg(long, conflicts_with_all = ["tokens_a_day", "dollars_a_day"])]
        none: bool,
    },
    /// Copies a SQLite database into a new file, also while a server works with it. Start a server over the copy to
    /// restore it. A copy of Postgres is made with its own `pg_dump`.
    Backup {
        /// The file, which must not be there.
        file: PathBuf,
    },
    /// Looks at database, engine, keys, transcripts, models, dreams and webhooks, and says what to do. Makes or changes the
    /// tables as this version needs them, as `serve` does, and else changes nothing. Fails when a server would not do its
    /// work.
    Doctor {
        /// Folder for the compiled engine, as for `serve`.
        #[arg(long, value_name = "FOLDER")]
        cache: Option<PathBuf>,
        /// Where transcripts go, as for `serve`. A tiny object is written there, read and deleted.
        #[arg(long, value_name = "URL", env = "DREAMING_TRANSCRIPTS")]
        transcripts: Option<String>,
    },
    /// Lets a key open nothing from now on.
    RevokeKey {
        /// The id of the key, as `new-key` and `keys` print it.
        id: String,
    },
}

/// The form of a log.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    /// A line of words.
    Text,
    /// A JSON object on each line.
    Json,
}

impl Log {
    /// Writes what goes wrong to standard error, and with `requests` what is asked.
    fn begin(self, requests: bool) {
        let level = if requests { LevelFilter::INFO } else { LevelFilter::WARN };
        // Others' lines may quote what a client wrote.
        let ours = Targets::new().with_target("dreaming_server", level);
        let layer =
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
        let registry = tracing_subscriber::registry();
        match self {
            Self::Text => registry.with(layer.with_ansi(false).with_filter(ours)).init(),
            Self::Json => {
                let layer = layer.json().flatten_event(true).with_span_list(false);
                registry.with(layer.with_filter(ours)).init();
            }
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  dreaming-server new-key
  dreaming-server serve --listen 127.0.0.1:8300
  dreaming-server --database postgres://localhost/dreaming serve";

fn main() -> ExitCode {
    let cli = Cli::parse();
    dreaming_server::to_the_end(run(cli))
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    // What only looks at a database makes none.
    let known = async || Database::open_known(&cli.database).await;
    match cli.command {
        Command::NewKey { workspace, may, store, name } => {
            let database = Database::open(&cli.database).await?;
            let (id, key) = database.new_key(&workspace, may, store.as_deref(), &name).await?;
            eprintln!("{id} of the workspace `{workspace}`; the key is shown once:");
            println!("{key}");
        }
        Command::Keys => {
            for key in known().await?.keys().await? {
                let time = jiff::Timestamp::from_microsecond(key.created_at)?;
                let store = key.store.as_deref().unwrap_or("all stores");
                let revoked = if key.revoked_at.is_some() { "revoked" } else { "" };
                let may = key.may.name();
                println!(
                    "{}",
                    [
                        &*key.id,
                        &key.workspace,
                        may,
                        store,
                        &format!("{time:.0}"),
                        revoked,
                        &key.name
                    ]
                    .join("\t")
                    .trim_end()
                );
            }
        }
        Command::Budget { workspace, tokens_a_day, dollars_a_day, none } => {
            let database = known().await?;
            let old = if none { DayBudget::default() } else { database.budget(&workspace).await? };
            let budget = DayBudget {
                tokens: tokens_a_day.or(old.tokens),
                dollars: dollars_a_day.or(old.dollars),
            };
            let is_new = none || tokens_a_day.is_some() || dollars_a_day.is_some();
            let is_known = match is_new {
                true => database.set_budget(&workspace, budget).await?,
                false => database.is_workspace(&workspace).await?,
            };
            if !is_known {
                return Err(format!(
                    "there is no workspace `{workspace}`: `dreaming-server keys` lists them with their keys"
                )
                .into());
            }
            let today = Day::today();
            let (took, budget) =
                (database.spending(&workspace, today).await?, database.budget(&workspace).await?);
            let tokens = budget.tokens.map_or("no limit".into(), |most| format!("of {most}"));
            let dollars = budget.dollars.map_or("no limit".into(), |most| format!("of {most}"));
            println!(
                "{workspace}\t{today}\t{} tokens, {tokens}\t{:.6} dollars, {dollars}",
                took.tokens, took.dollars
            );
        }
        Command::Backup { file } => {
            if file.exists() {
                return Err(
                    format!("{} is there already: name another file", file.display()).into()
                );
            }
            known().await?.backup(&file).await?;
            eprintln!(
                "{} is a copy as of now. To restore it: `dreaming-server --database sqlite:{} serve`",
                file.display(),
                file.display()
            );
        }
        Command::Doctor { cache, transcripts } => {
            let objects = transcripts.as_deref().map(Objects::of).transpose()?;
            let database = known().await?.with_transcripts(objects);
            let findings = doctor::examine(&database, cache.as_deref()).await?;
            findings.iter().for_each(|finding| println!("{finding}"));
            if findings.iter().any(|finding| finding.grade == Grade::Fail) {
                return Err("a server would not do its work".into());
            }
        }
        Command::RevokeKey { id } => {
            if !known().await?.revoke_key(&id).await? {
                return Err(format!(
                    "there is no key `{id}` that opens something: `dreaming-server keys` lists them"
                )
                .into());
            }
            eprintln!("{id} opens nothing from now on.");
        }
        Command::Serve {
            listen,
            strict_betas,
            dreams,
            connections,
            requests_per_minute,
            log,
            log_requests,
            private_webhooks,
            metrics,
            anthropic_url,
            openai_url,
            prices,
            cache,
            transcripts,
            restate,
        } => {
            log.begin(log_requests);
            let listener = bind(listen).await?;
            let database = Database::open(&cli.database).await?;
            let database = with_transcripts(database, transcripts.as_deref()).await?;
            let models = Models::new(anthropic_url, openai_url).with_prices(prices)?;
            let engine = engine(cache.as_deref())?;
            let shared = database.clone();
            let runner = match restate.as_deref().map(Ingress::new) {
                Some(ingress) => Runner::handing_over(shared, engine, models, ingress).await?,
                None => Runner::start(shared, engine, models, dreams.into()).await?,
            };
            tokio::spawn(webhook::keep(database.clone(), Sender::new(private_webhooks)));
            tokio::spawn(deletions::keep(database.clone()));
            tokio::spawn(schedule::keep(database.clone(), runner.clone()));
            let figures = Figures::default();
            if let Some(metrics) = metrics {
                let listener = bind(metrics).await?;
                println!("figures for Prometheus: http://{}/metrics", listener.local_addr()?);
                let service = watch::figures(database.clone(), figures.clone());
                tokio::spawn(serve(listener, service, Limits::default(), std::future::pending()));
            }
            // Whoever reads that it listens may stop it.
            let stopped = stopped()?;
            let address = listener.local_addr()?;
            if !address.ip().is_loopback() {
                tracing::warn!(
                    "other machines may reach http://{address}, over which keys and memories go in clear: let only a \
                     proxy that speaks TLS reach it, or listen on 127.0.0.1"
                );
            }
            println!("dreaming-server listens on http://{address}");
            let options = Options {
                strict_betas,
                requests: requests_per_minute,
                private_webhooks,
                ..Options::default()
            };
            let service = app(database.clone(), runner.clone(), options, figures);
            let resting = runner.clone();
            let ending = async move {
                stopped.await;
                resting.rest();
            };
            let limits = Limits { connections, ..Limits::default() };
            tokio::join!(serve(listener, service, limits, ending), runner.rested());
            database.close().await;
            // Whoever read its output may be gone before it.
            let _ = writeln!(
                std::io::stdout(),
                "dreaming-server has ended; its dreams go on when it is started again"
            );
        }
    }
    Ok(())
}

/// The name of a key: one line without tabs, as `keys` prints it.
fn key_name(text: &str) -> Result<String, String> {
    /// Characters, at most. Chosen by us, as for the names of agents.
    const MOST: usize = 128;
    let is_line = text.chars().count() <= MOST && !text.chars().any(char::is_control);
    is_line
        .then(|| text.to_owned())
        .ok_or_else(|| format!("must have at most {MOST} characters, and no tabs or ends of lines"))
}

/// Dollars of a limit.
fn dollars(text: &str) -> Result<f64, String> {
    // What is counted is a millionth of one.
    let known = 0.000_001..=1e12;
    let dollars = text.parse().ok().filter(|dollars| known.contains(dollars));
    dollars.ok_or_else(|| "must be a number from 0.000001 to 1000000000000".into())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))
}

/// The database with the place of transcripts that was named, which was tried. Says so when transcripts lie elsewhere.
async fn with_transcripts(
    database: Database,
    named: Option<&str>,
) -> Result<Database, Box<dyn std::error::Error>> {
    let objects = named.map(Objects::of).transpose()?;
    if let Some(objects) = &objects {
        let why = |error| format!("`--transcripts` cannot be used: {error}");
        objects.check().await.map_err(why)?;
    }
    let name = objects.as_ref().map_or("", Objects::name).to_owned();
    for (place, count) in database.standing().await?.outside {
        if place != name {
            tracing::warn!(
                "{count} transcripts lie in {place}, and are neither read nor deleted without \
                 `--transcripts {place}`"
            );
        }
    }
    Ok(database.with_transcripts(objects))
}

/// Waits until somebody stops the server, from now on.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut ended) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = ended.recv() => {}
        }
    })
}

/// Waits until somebody stops the server.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
