//! Hands dreams over to Restate, an engine for durable execution, which calls workers that carry them out. Only ids go there.

use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use ureq::Agent;

use super::{LONGEST, POLL, Runner, SHORTEST};
use crate::db::DatabaseError;
use crate::db::handover::{Handed, RESTATE};
use crate::ids::Day;

/// The service of the workers and its handler, as `host-example/restate` names them.
const SERVICE: &str = "MemoryStore";
const HANDLER: &str = "dream";

/// Time for one request. Chosen by us: Restate answers once it has written down a few hundred bytes.
const LIMIT: Duration = Duration::from_secs(10);

/// Time between two rounds in which the dreams that wait at Restate are handed over once more: it ignores those that it
/// knows. Chosen by us: only who lost the data of Restate, or killed an invocation there, waits for it.
const AGAIN: Duration = Duration::from_secs(600);

/// The entrance of Restate for requests. A clone shares its connections.
#[derive(Clone, Debug)]
pub struct Ingress {
    agent: Agent,
    url: String,
}

/// Why a dream was not handed over.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    /// Restate did not take it.
    #[error("Restate at {0} took no dream: {1}")]
    Refused(String, String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Ingress {
    /// The entrance at an address such as `http://127.0.0.1:8080`.
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder().timeout_global(Some(LIMIT)).max_redirects(0);
        let agent = config.http_status_as_error(false).build().new_agent();
        Self { agent, url: url.trim_end_matches('/').to_owned() }
    }

    /// Hands a dream over. The second time is ignored as long as Restate knows the first one.
    async fn send(&self, handed: Handed) -> Result<(), Unsent> {
        let ingress = self.clone();
        let sent = spawn_blocking(move || ingress.sent(&handed)).await;
        let sent = sent.unwrap_or_else(|error| Err(error.to_string()));
        sent.map_err(|why| Unsent::Refused(self.url.clone(), why))
    }

    fn sent(&self, Handed { dream, store }: &Handed) -> Result<(), String> {
        // Ids are letters, digits and `_`.
        let url = format!("{}/{SERVICE}/{store}/{HANDLER}/send", self.url);
        let request = self.agent.post(url).header("content-type", "application/json");
        let response = request.header("idempotency-key", dream).send(format!("\"{dream}\""));
        match response.map_err(|error| error.to_string())?.status().as_u16() {
            200..300 => Ok(()),
            404 => Err(format!(
                "it knows no `{SERVICE}`: start `dreaming-worker` and register it there"
            )),
            status => Err(format!("status {status}")),
        }
    }
}

impl Runner {
    /// Hands over one dream after the other that nobody has.
    pub(super) async fn hand_over_dreams(self, ingress: Ingress) {
        let (mut wait, mut last) = (SHORTEST, None);
        while !self.rests() {
            match self.hand_over(&ingress, &mut last).await {
                Ok(()) => {
                    wait = SHORTEST;
                    tokio::select! {
                        () = self.asked.notified() => {}
                        () = sleep(POLL) => {}
                    }
                }
                Err(error) => {
                    tracing::error!("{error}; tried again in {wait:?}");
                    sleep(wait).await;
                    wait = (wait * 2).min(LONGEST);
                }
            }
        }
    }

    /// Hands over the dreams that nobody has, and now and then those that wait at Restate; `last` is when that was.
    async fn hand_over(&self, ingress: &Ingress, last: &mut Option<Instant>) -> Result<(), Unsent> {
        self.database.free_the_dreams_of_gone_servers(RESTATE).await?;
        for handed in self.database.to_hand_over(Day::today()).await? {
            let dream = handed.dream.clone();
            // A server that dies here has sent what the next one sends again, and Restate ignores.
            ingress.send(handed).await?;
            self.database.handed_over(&dream).await?;
        }
        if last.is_none_or(|last| last.elapsed() > AGAIN) {
            for handed in self.database.waiting_at_restate().await? {
                ingress.send(handed).await?;
            }
            *last = Some(Instant::now());
        }
        // No worker looks at a dream that was canceled while its batch is at work.
        Ok(self.call_off_orphans().await?)
    }
}
