//! What a dream would take: it is dreamt with a model that only counts. Nothing is asked, and nothing is kept.

use dreaming_models::estimate::Estimate;
use dreaming_wasmtime::{MemoryStore, Mode, RunRequest};
use tokio::runtime::Handle;

use super::Runner;
use super::keep::Denied;
use super::shared::Shared;
use super::store::DreamStore;
use super::trace::{self, Report};
use super::work::{MOST_CALLS, numbers, settings_of};
use crate::db::answers::Whose;
use crate::db::dreams::Asked;
use crate::ids;

/// What a dream would take.
#[derive(Debug)]
pub struct Estimated {
    /// Its calls and their tokens.
    pub estimate: Estimate,
    /// Calls that it would leave to a later dream.
    pub over: u64,
    /// Sessions that it would read.
    pub sessions: u64,
    /// Sessions that were read before, and that it would ask its model about.
    pub again: u64,
}

impl Runner {
    /// Counts what a dream of a workspace would take.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn estimate(&self, workspace: &str, asked: Asked) -> Result<Estimated, Denied> {
        let failed = |error: crate::DatabaseError| Denied::Failed(error.to_string());
        let turn = self.turn().await;
        let loaded = self.database.loaded(workspace, &asked.store).await.map_err(failed)?;
        let loaded = loaded.ok_or(Denied::Moved)?;
        let transcripts = self.database.transcripts(&asked.sessions).await.map_err(failed)?;
        let service = self.models.service(&asked.terms.model).map_err(Denied::Wrong)?;
        let asks = service.is_some();
        let model = service.map(|service| service.identity).unwrap_or_default();
        let whose = Whose { store: asked.store.clone(), model };
        let answers = self.database.answers(&whose).await.map_err(failed)?;
        let (database, handle) = (self.database.clone(), Handle::current());
        self.with_engine(turn, move |engine| {
            let settings = settings_of(&asked.terms, asks, &loaded)
                .ok_or_else(|| Denied::Wrong("the settings cannot be used".into()))?;
            let most = numbers(engine, &settings)?.get(MOST_CALLS).copied().unwrap_or_default();
            let recorded = answers.keys().map(|call| (call.clone(), u32::MAX)).collect();
            let store = DreamStore {
                inner: MemoryStore::of(loaded.contents, loaded.head),
                made: Vec::new(),
                checkpoint: None,
                transcripts,
                cursor: None,
                database,
                handle,
                dream: None,
                shared: Shared::default(),
                unread: None,
            };
            let mut job = engine.job_with(store, Estimate::new(recorded, answers, most))?;
            let outcome = job.run(&RunRequest {
                policy: settings,
                instructions: asked.terms.instructions.unwrap_or_default(),
                now: ids::now() / 1_000,
                mode: Mode::Propose,
            })?;
            if let Some(why) = job.store_mut().unread.take() {
                return Err(Denied::Failed(why));
            }
            let report = Report::of(&outcome.outcome.report);
            let (_, estimate) = job.into_parts();
            let over = report.calls_over_budget + estimate.over;
            let plan = serde_json::from_slice(&outcome.outcome.plan).unwrap_or_default();
            let again = trace::again(&report, &plan);
            Ok(Estimated { estimate, over, sessions: report.sessions_read, again })
        })
        .await
    }
}
