//! Figures for whoever watches the server, in the form of OpenMetrics, which Prometheus reads. They hold numbers and names
//! of routes, and no id or text of a client.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::db::{self, Database};

/// Upper bounds of the times that are told apart, in seconds. Chosen by us: reads take milliseconds, work with large
/// stores seconds.
const BOUNDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// A request as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: String,
    /// The route with the names of its parts, never a path.
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: String,
}

/// How long the requests of a route took.
type Seconds = Family<OfRoute, Histogram, fn() -> Histogram>;

/// The figures of a server. A clone counts the same ones.
#[derive(Clone, Debug)]
pub struct Figures {
    registry: Arc<Registry>,
    requests: Family<Asked, Counter>,
    seconds: Seconds,
    dreams: Family<OfStatus, Gauge>,
    messages: Gauge,
    failing: Gauge,
}

impl Default for Figures {
    fn default() -> Self {
        let figures = Self {
            registry: Arc::default(),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
            dreams: Family::default(),
            messages: Gauge::default(),
            failing: Gauge::default(),
        };
        let mut registry = Registry::with_prefix("dreaming");
        registry.register("requests", "Requests that were answered", figures.requests.clone());
        let what = "Time until an answer began";
        registry.register_with_unit("request", what, Unit::Seconds, figures.seconds.clone());
        registry.register("dreams", "Dreams that there are", figures.dreams.clone());
        let what = "Messages of webhooks that wait";
        registry.register("webhook_messages", what, figures.messages.clone());
        let what = "Webhooks at which nothing arrives";
        registry.register("webhooks_failing", what, figures.failing.clone());
        Self { registry: Arc::new(registry), ..figures }
    }
}

impl Figures {
    fn count(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let (method, route) = (method.to_owned(), route.to_owned());
        self.seconds.get_or_create(&OfRoute { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Asked { method, route, status: status.as_u16() }).inc();
    }

    /// All figures as text, those of the database as it is now.
    async fn text(&self, database: &Database) -> db::Result<String> {
        let standing = database.standing().await?;
        for (status, count) in standing.dreams {
            self.dreams.get_or_create(&OfStatus { status }).set(count);
        }
        self.messages.set(standing.messages);
        self.failing.set(standing.failing);
        let mut text = String::new();
        // A string takes whatever is written.
        let _ = encode(&mut text, &self.registry);
        Ok(text)
    }
}

/// Counts a request once its answer begins.
pub async fn counted(State(figures): State<Figures>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let (method, route) = (method(&request), route(&request));
    let response = next.run(request).await;
    figures.count(method, &route, response.status(), begun.elapsed());
    response
}

/// The method of a request. Words of a client are no names of methods.
pub fn method(request: &Request) -> &'static str {
    let known = ["GET", "POST", "PUT", "DELETE", "HEAD"];
    known.into_iter().find(|known| request.method() == known).unwrap_or("other")
}

/// The route of a request with the names of its parts, never a path.
pub fn route(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>();
    route.map_or("none", MatchedPath::as_str).to_owned()
}

/// The route of the figures, for a listener of its own: who reaches it needs no key.
pub fn figures(database: Database, figures: Figures) -> Router {
    let told = async move || match figures.text(&database).await {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            db::report(&error);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    };
    Router::new().route("/metrics", get(told))
}
