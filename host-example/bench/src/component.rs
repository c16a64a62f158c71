//! A component on wasmtime, measured through the interface `statement-list`. It may be that of the
//! world `statements` or any other that exports this interface, as long as it imports nothing.

use std::path::Path;

use dreaming_testing::clock::timed;
use dreaming_testing::generator::Generated;
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Engine, ResourceLimiter, Store};

use crate::walk::{Input, NOW, Phases, Results, Walk, Walker, pages};

use self::dreaming::engine::types::{Support, Trust};
use exports::dreaming::engine::statement_list::{Outcomes, Statement, Tie};

wasmtime::component::bindgen!({ path: "../../wit", world: "statements" });

/// A component, with a fresh instance for each walk. Memory is limited only by its 32 bits, and no
/// fuel is counted, so that the numbers show the engine and not the limits.
pub struct Component {
    engine: Engine,
    world: StatementsPre<Peak>,
}

impl Component {
    /// Compiles the component in a file.
    ///
    /// # Errors
    /// When the file holds no component.
    pub fn read(file: &Path) -> Result<Self, String> {
        let engine = Engine::default();
        let failed = |error: wasmtime::Error| {
            format!("{}: {error:#}: run `cargo xtask component`", file.display())
        };
        let component = wasmtime::component::Component::from_file(&engine, file).map_err(failed)?;
        let ready: InstancePre<Peak> =
            Linker::new(&engine).instantiate_pre(&component).map_err(failed)?;
        let world = StatementsPre::new(ready).map_err(failed)?;
        Ok(Self { engine, world })
    }

    fn walked(&self, input: &Input) -> wasmtime::Result<Walk> {
        let pages = pages(&input.texts, statement);
        let mut phases = Phases::default();
        let mut store = Store::new(&self.engine, Peak(0));
        store.limiter(|peak| peak);
        let (filled, seconds) = timed(|| {
            let instance = self.world.instantiate(&mut store)?;
            let list = instance.dreaming_engine_statement_list();
            let all = list.statements().call_constructor(&mut store)?;
            for page in &pages {
                list.statements().call_add(&mut store, all, page)??;
            }
            Ok::<_, wasmtime::Error>((instance, all))
        });
        let (instance, all) = filled?;
        let list = instance.dreaming_engine_statement_list();
        phases.fill = seconds;
        let (related, seconds) = timed(|| list.call_reconcile(&mut store, all, &[]));
        let related = related??;
        phases.reconcile = seconds;
        let (scored, seconds) = timed(|| list.call_score(&mut store, all, "", &[], NOW));
        let scored = scored??;
        phases.score = seconds;
        let (kept, seconds) = timed(|| {
            let goes = related.iter().filter(|pair| pair.tie != Tie::Contradicts);
            let without: Vec<String> = goes.map(|pair| pair.older.clone()).collect();
            list.call_prune(&mut store, all, &without, input.budget, "", &[], NOW)
        });
        let kept = kept??;
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
            peak: Some(store.data().0),
        })
    }
}

impl Walker for Component {
    fn name(&self) -> &'static str {
        "component"
    }

    fn walk(&self, input: &Input) -> Result<Walk, String> {
        self.walked(input).map_err(|error| format!("{error:#}"))
    }
}

/// The most bytes that the memory of an instance has had.
struct Peak(usize);

impl ResourceLimiter for Peak {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.0 = self.0.max(desired);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
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
