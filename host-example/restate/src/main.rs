//! `dreaming-worker`: carries out the dreams of a `dreaming-server` that hands them over to Restate. `docs/scale.md` says
//! how the three are started.

mod object;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use dreaming_server::{Database, Models, Objects, Runner, engine, to_the_end};
use restate_sdk::prelude::{Endpoint, HttpServer};
use tokio::net::TcpListener;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::object::MemoryStore;

/// Carries out the dreams of a server that hands them over to Restate, which calls this worker.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLE)]
struct Cli {
    /// The database of the server: `postgres://…`.
    #[arg(long, env = "DREAMING_DATABASE")]
    database: String,
    /// Where Restate, or what stands between it and the workers, reaches this one. Whoever reaches it may have dreams carried
    /// out: keep it within a network of your own.
    #[arg(long, default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
    // Chosen by us, as for the server: each takes a thread, and up to 1 GiB in large stores.
    /// Dreams that run at the same time; others wait for their turn.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    dreams: u16,
    /// Where models of Anthropic are served, as for the server. Their key comes from ANTHROPIC_API_KEY or
    /// ANTHROPIC_AUTH_TOKEN [default: https://api.anthropic.com].
    #[arg(long, value_name = "URL")]
    anthropic_url: Option<String>,
    /// Where models of OpenAI, or what speaks like them, are served, as for the server. Their key comes from
    /// OPENAI_API_KEY [default: https://api.openai.com/v1].
    #[arg(long, value_name = "URL")]
    openai_url: Option<String>,
    /// Folder for the compiled engine, so that the next start is quicker. Nobody else may be able to write into it.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Where transcripts lie that came in as files, as for the server [default: the database].
    #[arg(long, value_name = "URL", env = "DREAMING_TRANSCRIPTS")]
    transcripts: Option<String>,
    /// Write what goes wrong as JSON objects, one on each line.
    #[arg(long)]
    log_json: bool,
}

const EXAMPLE: &str = "\
Example:
  dreaming-worker --database postgres://localhost/dreaming --listen 127.0.0.1:9080
  restate deployments register http://127.0.0.1:9080";

fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.log_json);
    to_the_end(run(cli))
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind(cli.listen).await;
    let listener = listener.map_err(|error| format!("{}: {error}", cli.listen))?;
    let objects = cli.transcripts.as_deref().map(Objects::of).transpose()?;
    if let Some(objects) = &objects {
        let why = |error| format!("`--transcripts` cannot be used: {error}");
        objects.check().await.map_err(why)?;
    }
    let database = Database::open_known(&cli.database).await?.with_transcripts(objects);
    let models = Models::new(cli.anthropic_url, cli.openai_url);
    let engine = engine(cli.cache.as_deref())?;
    let runner = Runner::worker(database, engine, models, cli.dreams.into()).await?;
    let endpoint = Endpoint::builder().bind(MemoryStore { runner: runner.clone() }).build();
    println!("dreaming-worker listens on http://{}", listener.local_addr()?);
    let resting = runner.clone();
    let ending = async move {
        stopped().await;
        // What runs ends its stretch, which Restate has another worker go on with.
        resting.rest();
    };
    let served = HttpServer::new(endpoint).serve_with_cancel(listener, ending);
    tokio::join!(served, runner.rested());
    Ok(())
}

/// Writes to standard error which dreams end here, and what goes wrong.
fn log(json: bool) {
    // Others' lines may quote what a client wrote.
    let ours = Targets::new()
        .with_target("dreaming_server", LevelFilter::INFO)
        .with_target("dreaming_worker", LevelFilter::INFO);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let registry = tracing_subscriber::registry();
    match json {
        false => registry.with(layer.with_ansi(false).with_filter(ours)).init(),
        true => registry.with(layer.json().flatten_event(true).with_filter(ours)).init(),
    }
}

/// Waits until somebody stops the worker.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut ended) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = interrupted => {}
            _ = ended.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}
