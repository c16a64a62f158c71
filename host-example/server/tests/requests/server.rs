//! A server over an empty database.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use dreaming_server::watch::Figures;
use dreaming_server::{Database, Models, Options, Right, Runner, app, engine};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use sqlx::Connection as _;
use tower::ServiceExt as _;

/// What carries out the dreams of a database. All tests share the compiled engine.
async fn runner(database: &Database, models: Models) -> Runner {
    static ENGINE: OnceLock<dreaming_wasmtime::Engine> = OnceLock::new();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine");
    let engine = ENGINE.get_or_init(|| engine(Some(&cache)).unwrap()).clone();
    Runner::start(database.clone(), engine, models, 2).await.unwrap()
}

/// A server over an empty database, and a key for each of two workspaces.
pub struct Server {
    /// The server as a service.
    pub service: Router,
    /// What it counts.
    pub figures: Figures,
    /// Its database.
    pub database: Database,
    /// What carries out its dreams.
    pub runner: Runner,
    /// A key of each workspace.
    pub keys: [String; 2],
    /// Where its database is.
    pub url: String,
    /// A folder of its own; SQLite's file is in it.
    pub folder: tempfile::TempDir,
}

impl Server {
    pub async fn new(url: &str, folder: tempfile::TempDir, options: Options) -> Self {
        let database = Database::open(url).await.unwrap();
        let mut keys = Vec::new();
        for workspace in ["ours", "theirs"] {
            keys.push(database.new_key(workspace, Right::Decide, None).await.unwrap().1);
        }
        let keys = keys.try_into().unwrap();
        let runner = runner(&database, Models::new(None, None)).await;
        let figures = Figures::default();
        let service = app(database.clone(), runner.clone(), options, figures.clone());
        Self { service, figures, database, runner, keys, url: url.into(), folder }
    }

    pub async fn sqlite(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("server.db").display());
        Self::new(&url, folder, options).await
    }

    /// A server on each database that there is here.
    pub async fn each() -> Vec<Self> {
        let mut servers = vec![Self::sqlite(Options::default()).await];
        match std::env::var("DREAMING_TEST_POSTGRES") {
            Ok(url) => servers.push(Self::postgres(&url).await),
            Err(_) => println!("skipped: DREAMING_TEST_POSTGRES names no Postgres"),
        }
        servers
    }

    /// A server on each database, which asks Anthropic's models at `url` and knows what `claude-test` costs.
    pub async fn each_asking(url: &str) -> Vec<Self> {
        let mut servers = Self::each().await;
        for server in &mut servers {
            let (database, figures) = (server.database.clone(), server.figures.clone());
            let prices = server.folder.path().join("prices.json");
            let price = json!({ "input": 10, "output": 100 });
            let table = json!({ "as_of": "2026-11", "models": { "anthropic:claude-test": price } });
            std::fs::write(&prices, table.to_string()).unwrap();
            let models = Models::new(Some(url.into()), None).with_prices(Some(prices)).unwrap();
            server.runner = runner(&database, models).await;
            server.service = app(database, server.runner.clone(), Options::default(), figures);
        }
        servers
    }

    pub async fn postgres(url: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("dreaming_test_{}_{number}", std::process::id());
        sqlx::any::install_default_drivers();
        let mut server = AnyConnection::connect(&format!("{url}/postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut server).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self::new(&format!("{url}/{name}"), folder, Options::default()).await
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

    /// Starts it anew over its database.
    pub async fn start_anew(&mut self) {
        self.runner = runner(&self.database, Models::new(None, None)).await;
    }

    /// A store of the first workspace: its path.
    pub async fn store(&self) -> String {
        let (status, store) = self.post(0, "/v1/memory_stores", json!({ "name": "Shop" })).await;
        assert_eq!(status, 200, "{store}");
        format!("/v1/memory_stores/{}", store["id"].as_str().unwrap())
    }
}

/// The type of an error.
pub fn kind(body: &Value) -> &str {
    body["error"]["type"].as_str().unwrap()
}
