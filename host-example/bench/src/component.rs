//! The component on wasmtime, through the functions that it exports.

use dreaming_testing::generator::Generated;
use dreaming_wasmtime::{Engine, Error, Job, Limits, Outcomes, Statement, Support, Tie, Trust};

use crate::walk::{Input, NOW, Phases, Results, Walk, Walker};
use dreaming_testing::clock::timed;

/// The component, with a fresh job for each walk.
pub struct Component(Engine);

impl Component {
    /// Compiles a component. Memory is limited only by its 32 bits, and no fuel is counted, so that
    /// the numbers show the engine and not the limits.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(component: &[u8]) -> Result<Self, String> {
        let limits = Limits { memory_bytes: usize::MAX, fuel: None };
        Engine::new(component, limits).map(Self).map_err(|error| error.to_string())
    }
}

impl Component {
    /// A fresh instance.
    ///
    /// # Errors
    /// When none can be made.
    pub fn job(&self) -> Result<Job, Error> {
        self.0.job()
    }
}

impl Walker for Component {
    fn name(&self) -> &'static str {
        "component"
    }

    fn walk(&self, input: &Input) -> Result<Walk, String> {
        let statements: Vec<Statement> = input.texts.iter().map(statement).collect();
        let mut phases = Phases::default();
        let (filled, seconds) = timed(|| {
            let mut job = self.0.job()?;
            let all = job.statements(&statements)?;
            Ok::<_, Error>((job, all))
        });
        let (mut job, all) = filled.map_err(|error| error.to_string())?;
        phases.fill = seconds;
        let (related, seconds) = timed(|| job.reconcile(&all, &[]));
        let related = related.map_err(|error| error.to_string())?;
        phases.reconcile = seconds;
        let (scored, seconds) = timed(|| job.score(&all, "", &[], NOW));
        let scored = scored.map_err(|error| error.to_string())?;
        phases.score = seconds;
        let (kept, seconds) = timed(|| {
            let goes = related.iter().filter(|pair| pair.tie != Tie::Contradicts);
            let without: Vec<String> = goes.map(|pair| pair.older.clone()).collect();
            job.prune(&all, &without, input.budget, "", &[], NOW)
        });
        let kept = kept.map_err(|error| error.to_string())?;
        phases.prune = seconds;
        let mut results = Results::default();
        for pair in &related {
            let tie = match pair.tie {
                Tie::Same => "same",
                Tie::Updates => "updates",
                Tie::Contradicts => "contradicts",
            };
            let ends = (pair.older.as_str(), pair.newer.as_str());
            results.relation(ends, (tie, &pair.reason), pair.similarity.into());
        }
        for scored in &scored {
            let parts = [
                scored.total,
                scored.recency,
                scored.support,
                scored.outcome,
                scored.trust,
                scored.relevance,
            ];
            results.score(&scored.id, parts.map(u64::from));
        }
        kept.iter().for_each(|id| results.keep(id));
        Ok(Walk {
            phases,
            digest: results.digest(),
            relations: results.relations,
            kept: results.kept,
            peak: Some(job.memory_used()),
        })
    }
}

fn statement(text: &Generated) -> Statement {
    Statement {
        id: text.id.clone(),
        text: text.text.clone(),
        headings: Vec::new(),
        subject: None,
        principal: None,
        said: Some(text.ts * 1000),
        trust: Trust::Agent,
        support: Support { sessions: 1, agents: 1, days: 1 },
        outcomes: Outcomes { good: 0, bad: 0 },
        pinned: false,
    }
}
