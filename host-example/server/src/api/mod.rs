//! The routes.

mod budget;
mod definitions;
mod dreams;
pub mod entries;
mod erase;
mod history;
pub mod keep;
mod key;
pub mod memories;
mod parts;
pub mod proposals;
mod schedules;
mod sessions;
mod show;
pub mod stores;
mod stream;
mod terms;
mod threads;
mod transfer;
mod versions;
mod webhooks;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::db::definitions::Kind;
use crate::db::versions::Actor;
use crate::db::{self, Database};
use crate::dream::Runner;
use crate::mcp;
use crate::page;
use crate::watch::{self, Figures};
use crate::wire::caller::{self, Caller};
use crate::wire::error::ApiError;

/// How the server behaves where the API leaves a choice.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether a request must name the betas that the hosted API asks for.
    pub strict_betas: bool,
    /// Until a body must have come whole.
    pub body: Duration,
    /// How many requests a key may make in a minute; `None`: any number.
    pub requests: Option<NonZeroU32>,
    /// Whether webhooks may have private addresses.
    pub private_webhooks: bool,
}

impl Default for Options {
    fn default() -> Self {
        // Chosen by us: the largest transcript takes as long on a line of one megabit a second.
        let body = Duration::from_secs(300);
        Self { strict_betas: false, body, requests: None, private_webhooks: false }
    }
}

/// What every route needs.
#[derive(Clone, Debug)]
pub struct App {
    /// Where all is kept.
    pub database: Database,
    /// How to behave.
    pub options: Options,
    /// Who carries out dreams.
    pub runner: Runner,
    /// What is counted.
    pub figures: Figures,
    /// How often keys may ask, by their ids.
    pub limit: Option<Arc<DefaultKeyedRateLimiter<String>>>,
}

/// The server as a service, for any listener.
pub fn app(database: Database, runner: Runner, options: Options, figures: Figures) -> Router {
    let limit =
        options.requests.map(|requests| Arc::new(RateLimiter::keyed(Quota::per_minute(requests))));
    let app = App { database, options, runner, figures, limit };
    let store = "/v1/memory_stores/{store}";
    let below = |rest: &str| format!("{store}/{rest}");
    Router::new()
        .route("/v1/memory_stores", get(stores::list).post(stores::create))
        .route(store, get(stores::retrieve).post(stores::update).delete(stores::delete))
        .route(&below("archive"), post(stores::archive))
        .route(&below("memories"), get(memories::list).post(memories::create))
        .route(
            &below("memories/{memory}"),
            get(memories::retrieve).post(memories::update).delete(memories::delete),
        )
        .route(&below("memory_versions"), get(versions::list))
        .route(&below("memory_versions/{version}"), get(versions::retrieve))
        .route(&below("memory_versions/{version}/redact"), post(versions::redact))
        .route("/v1/dreams", get(dreams::list).post(dreams::create))
        .route("/v1/dreams/{dream}", get(dreams::retrieve))
        .route("/v1/x/dreams/estimate", post(dreams::estimate))
        .route("/v1/dreams/{dream}/cancel", post(dreams::cancel))
        .route("/v1/dreams/{dream}/archive", post(dreams::archive))
        .route("/v1/x/key", get(key::retrieve))
        .route("/v1/x/budget", get(budget::retrieve))
        .route("/v1/x/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/v1/x/webhooks/{webhook}", delete(webhooks::delete))
        .route("/v1/x/dreams/{dream}/plan", get(dreams::plan))
        .route("/v1/x/dreams/{dream}/report", get(dreams::report))
        .route("/v1/x/dreams/{dream}/replay", post(history::replay))
        .route("/v1/x/dreams/{dream}/review", get(keep::review).post(keep::decide))
        .route("/v1/x/memory_stores/{store}/revisions", get(keep::revisions))
        .route("/v1/x/memory_stores/{store}/diff", get(history::diff))
        .route("/v1/x/memory_stores/{store}/verify", get(history::verify))
        .route("/v1/x/memory_stores/{store}/stats", get(history::stats))
        .route("/v1/x/memory_stores/{store}/revert", post(keep::revert))
        .route("/v1/x/memory_stores/import", post(transfer::import))
        .route("/v1/x/memory_stores/{store}/export", get(transfer::export))
        .route("/v1/x/memory_stores/{store}/erase", post(erase::erase))
        .route("/v1/x/memory_stores/{store}/pack", get(keep::pack))
        .route("/v1/x/memory_stores/{store}/entries", get(entries::list))
        .route("/v1/x/memory_stores/{store}/proposals", post(proposals::create))
        .merge(mcp::routes(&app))
        .route(
            "/v1/x/memory_stores/{store}/schedule",
            get(schedules::retrieve).put(schedules::put).delete(schedules::delete),
        )
        .route("/v1/x/sessions/{session}/parts/{name}", put(parts::put))
        .route("/v1/sessions", get(sessions::list).post(sessions::create))
        .route("/v1/sessions/{session}", get(sessions::retrieve).delete(sessions::delete))
        .route("/v1/sessions/{session}/archive", post(sessions::archive))
        .route("/v1/sessions/{session}/events", get(sessions::list_events).post(sessions::send))
        .route("/v1/sessions/{session}/events/stream", get(stream::events))
        .route("/v1/sessions/{session}/threads", get(threads::list))
        .route("/v1/sessions/{session}/threads/{thread}", get(threads::retrieve))
        .route("/v1/sessions/{session}/threads/{thread}/events", get(threads::events))
        .merge(definitions::routes(Kind::Agent))
        .merge(definitions::routes(Kind::Environment))
        .method_not_allowed_fallback(async |request: Request| {
            ApiError::Method(request.method().to_string())
        })
        .fallback(async |request: Request| ApiError::NoRoute(request.uri().path().to_owned()))
        .layer(middleware::from_fn_with_state(app.clone(), caller::known))
        .layer(middleware::from_fn_with_state(app.figures.clone(), watch::counted))
        // Behind the layers, so that whoever opens the page or watches the server needs no key.
        .route("/", get(page::show))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .with_state(app)
}

/// Whether the server can do its work: the database answers, and takes writes.
async fn ready(State(app): State<App>) -> Response {
    let why = match app.database.ping().await {
        Ok(()) if app.database.takes_writes().await => return "ok".into_response(),
        Ok(()) => "the database takes no write",
        Err(error) => {
            db::report(&error);
            "the database does not answer"
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

/// The caller as the one who changes something.
fn actor(caller: &Caller) -> Actor {
    Actor { kind: "api_actor".into(), id: caller.key.clone() }
}
