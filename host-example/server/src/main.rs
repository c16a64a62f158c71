//! `dreaming-server`: serves memory stores, and makes the keys for them.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use dreaming_server::{Database, Options, app};

/// Serves memory stores over the HTTP API that the official SDKs speak.
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
    },
    /// Makes a key and prints it. It is shown once and kept nowhere.
    NewKey {
        /// The workspace that it opens. Keys of one workspace see the same stores.
        #[arg(long, default_value = "default")]
        workspace: String,
    },
}

const EXAMPLES: &str = "\
Examples:
  dreaming-server new-key
  dreaming-server serve --listen 127.0.0.1:8300
  dreaming-server --database postgres://localhost/dreaming serve";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::open(&cli.database).await?;
    match cli.command {
        Command::NewKey { workspace } => {
            let (id, key) = database.new_key(&workspace).await?;
            eprintln!("{id} of the workspace `{workspace}`; the key is shown once:");
            println!("{key}");
        }
        Command::Serve { listen, strict_betas } => {
            let listener = tokio::net::TcpListener::bind(listen).await?;
            println!("dreaming-server listens on http://{}", listener.local_addr()?);
            let service = app(database, Options { strict_betas });
            axum::serve(listener, service).with_graceful_shutdown(stopped()).await?;
        }
    }
    Ok(())
}

/// Waits until somebody stops the server.
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
