//! A server over an empty database.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use dreaming_server::watch::Figures;
use dreaming_server::{
    Database, DatabaseError, Models, Objects, Options, Right, Runner, app, engine,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use sqlx::Connection as _;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// What carries out the dreams of a database.
async fn runner(database: &Database, models: Models) -> Runner {
    start(database, models).await.unwrap()
}

async fn start(database: &Database, models: Models) -> Result<Runner, DatabaseError> {
    Runner::start(database.clone(), compiled(), models, 2).await
}

/// The engine, which all tests share.
pub fn compiled() -> dreaming_wasmtime::Engine {
    static ENGINE: OnceLock<dreaming_wasmtime::Engine> = OnceLock::new();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
    ENGINE.get_or_init(|| engine(Some(&cache)).unwrap()).clone()
}

/// A server over an empty database, and a key for each of two workspaces.
pub struct Server {
    /// The server as a service.
    pub service: Router,
    /// What it counts.
    pub figures: Figures,
    /// Where its database is.
    pub url: String,
    /// Its database.
    pub database: Database,
    /// What carries out its dreams.
    pub runner: Runner,
    /// A key of each workspace.
    pub keys: [String; 2],
    /// A folder of its own; SQLite's file is in it.
    pub folder: TempDir,
}

impl Server {
    pub async fn new(url: &str, folder: TempDir, options: Options) -> Self {
        Self::over(url, folder, options, Models::new(None, None)).await
    }

    /// A server on each database, and a folder below which its transcripts go.
    pub async fn each_with_transcripts() -> Vec<(Self, TempDir)> {
        let mut servers = Vec::new();
        for server in Self::each().await {
            let folder = tempfile::tempdir().unwrap();
            servers.push((server.with_transcripts(Some(folder.path())).await, folder));
        }
        servers
    }

    /// The server, started anew with its transcripts below this folder, or in the database.
    pub async fn with_transcripts(self, folder: Option<&Path>) -> Self {
        let objects =
            folder.map(|folder| Objects::of(&format!("file://{}", folder.display())).unwrap());
        let database = self.database.clone().with_transcripts(objects);
        Self { database, ..self }.started_anew().await
    }

    async fn over(url: &str, folder: TempDir, options: Options, models: Models) -> Self {
        let database = Database::open(url).await.unwrap();
        let mut keys = Vec::new();
        for workspace in ["ours", "theirs"] {
            keys.push(database.new_key(workspace, Right::Decide, None, "").await.unwrap().1);
        }
        let keys = keys.try_into().unwrap();
        let runner = runner(&database, models).await;
        let figures = Figures::default();
        let service = app(database.clone(), runner.clone(), options, figures.clone());
        Self { url: url.into(), service, figures, database, runner, keys, folder }
    }

    pub async fn sqlite(options: Options) -> Self {
        let (url, folder) = sqlite();
        Self::new(&url, folder, options).await
    }

    /// A server on each database that there is here.
    pub async fn each() -> Vec<Self> {
        let mut servers = Vec::new();
        for (url, folder) in databases().await {
            servers.push(Self::new(&url, folder, Options::default()).await);
        }
        servers
    }

    /// A server on each database whose webhooks may have private addresses.
    pub async fn each_with_private_webhooks() -> Vec<Self> {
        let mut servers = Vec::new();
        for (url, folder) in databases().await {
            let options = Options { private_webhooks: true, ..Options::default() };
            servers.push(Self::new(&url, folder, options).await);
        }
        servers
    }

    /// A server on each database, which asks Anthropic's models at `model` and knows what `claude-test` costs.
    pub async fn each_asking(model: &str) -> Vec<Self> {
        let mut servers = Vec::new();
        for (url, folder) in databases().await {
            let prices = folder.path().join("prices.json");
            let price = json!({ "input": 10, "output": 100 });
            let table = json!({ "as_of": "2026-11", "models": { "anthropic:claude-test": price } });
            std::fs::write(&prices, table.to_string()).unwrap();
            let models = Models::new(Some(model.into()), None).with_prices(Some(prices)).unwrap();
            servers.push(Self::over(&url, folder, Options::default(), models).await);
        }
        servers
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{bytes:?}"));
        assert!(headers["request-id"].to_str().unwrap().starts_with("req_"));
        if !status.is_success() {
            assert_eq!(body["type"], "error");
            assert_eq!(body["request_id"], headers["request-id"].to_str().unwrap());
        }
        (status, headers, body)
    }

    /// Asks with the key of workspace `of`.
    pub async fn ask(
        &self,
        of: usize,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        self.with(&self.keys[of], method, path, body).await
    }

    /// Asks with any key.
    pub async fn with(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: impl Into<Option<Value>>,
    ) -> (u16, Value) {
        let request = Request::builder().method(method).uri(path).header("x-api-key", key);
        let body = body.into().map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let (status, _, body) = self.send(request.body(body).unwrap()).await;
        (status.as_u16(), body)
    }

    pub async fn post(&self, of: usize, path: &str, body: Value) -> (u16, Value) {
        self.ask(of, Method::POST, path, Some(body)).await
    }

    pub async fn get(&self, of: usize, path: &str) -> (u16, Value) {
        self.ask(of, Method::GET, path, None).await
    }

    /// A dream of the first workspace, once it is over.
    pub async fn until_over(&self, dream: &str) -> Value {
        for _ in 0..600 {
            let (_, now) = self.get(0, &format!("/v1/dreams/{dream}")).await;
            if !matches!(now["status"].as_str(), Some("pending" | "running")) {
                return now;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{dream} did not end");
    }

    /// The server, ended and started anew over its database.
    pub async fn started_anew(self) -> Self {
        let Self { service, figures, url, database, runner: ended, keys, folder } = self;
        drop(service);
        ended.rest();
        drop(ended);
        for _ in 0..200 {
            match start(&database, Models::new(None, None)).await {
                Ok(runner) => {
                    let (options, figures) = (Options::default(), figures.clone());
                    let service = app(database.clone(), runner.clone(), options, figures.clone());
                    return Self { service, figures, url, database, runner, keys, folder };
                }
                // Somebody still holds the file.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
        panic!("the server that was ended does not let go of its file");
    }

    /// A store of the first workspace: its path.
    pub async fn store(&self) -> String {
        let (status, store) = self.post(0, "/v1/memory_stores", json!({ "name": "Shop" })).await;
        assert_eq!(status, 200, "{store}");
        format!("/v1/memory_stores/{}", store["id"].as_str().unwrap())
    }
}

/// An empty database on each kind that there is here, and a folder that goes with the test.
async fn databases() -> Vec<(String, TempDir)> {
    let mut databases = vec![sqlite()];
    match std::env::var("DREAMING_TEST_POSTGRES") {
        Ok(url) => databases.push((postgres(&url).await, tempfile::tempdir().unwrap())),
        Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
    }
    databases
}

fn sqlite() -> (String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (format!("sqlite:{}", folder.path().join("server.db").display()), folder)
}

/// A new database on the Postgres at `url`.
pub async fn postgres(url: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("dreaming_test_{}_{number}", std::process::id());
    sqlx::any::install_default_drivers();
    let mut server = AnyConnection::connect(&format!("{url}/postgres")).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut server).await.unwrap();
    format!("{url}/{name}")
}

/// The type of an error.
pub fn kind(body: &Value) -> &str {
    body["error"]["type"].as_str().unwrap()
}
