//! The engine in native code.

use dreaming::ledger::Support;
use dreaming::outcome::Credit;
use dreaming::score::Score;
use dreaming::statements::{Budget, Statement, Statements, Tie, prune, reconcile, score};
use dreaming::trust::Trust;
use dreaming::{Policy, Time};
use dreaming_testing::generator::Generated;

use crate::walk::{Input, NOW, Phases, Results, Walk, Walker, pages};
use dreaming_testing::clock::timed;

/// Walks the path in the crate itself.
pub struct Native;

impl Walker for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn walk(&self, input: &Input) -> Result<Walk, String> {
        let pages = pages(&input.texts, statement);
        let (policy, now) = (Policy::default(), Time::from_millis(NOW));
        let mut phases = Phases::default();
        let mut all = Statements::default();
        let (filled, seconds) = timed(|| pages.into_iter().try_for_each(|page| all.add(page)));
        filled.map_err(|error| error.to_string())?;
        phases.fill = seconds;
        let (related, seconds) = timed(|| reconcile(&all));
        let related = related.map_err(|error| error.to_string())?;
        phases.reconcile = seconds;
        let (scored, seconds) = timed(|| score(&all, "", now, &policy));
        let scored = scored.map_err(|error| error.to_string())?;
        phases.score = seconds;
        let (kept, seconds) = timed(|| {
            let goes = related.iter().filter(|pair| pair.tie != Tie::Contradicts);
            let without = goes.map(|pair| pair.older.to_owned()).collect();
            prune(&all, &Budget { without, tokens: input.budget.into() }, "", now, &policy)
        });
        let kept = kept.map_err(|error| error.to_string())?;
        phases.prune = seconds;
        let mut results = Results::default();
        for pair in &related {
            let judged = &pair.judgement;
            let why = (pair.tie.as_str(), judged.reason);
            results.relation((pair.older, pair.newer), why, judged.similarity);
        }
        for scored in &scored {
            let Score { total, recency, support, outcome, trust, relevance } = scored.score;
            results.score(scored.id, [total, recency, support, outcome, trust, relevance]);
        }
        kept.iter().for_each(|id| results.keep(id));
        let digest = results.digest();
        Ok(Walk { phases, digest, relations: results.relations, kept: results.kept, peak: None })
    }
}

fn statement(text: &Generated) -> Statement {
    Statement {
        id: text.id.clone(),
        text: text.text.clone(),
        headings: String::new(),
        subject: None,
        principal: None,
        said: Some(Time::from_millis(text.ts * 1000)),
        trust: Trust::Agent,
        support: Support { sessions: 1, agents: 1, days: 1 },
        credit: Credit::default(),
        pinned: false,
    }
}
