//! The steps of sessions, in order.

use dreaming_records::notes::{CHANGED_FILES, Step};
use dreaming_records::session_record::SessionRecord;
use dreaming_shield::attack;
use dreaming_text::sort;

use crate::mine::pattern_words;

/// Steps that one thread of a session did one after another.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    pub(super) record: &'a SessionRecord,
    /// Position of the session among all, the oldest first.
    pub(super) session: usize,
    /// The names of the steps. Equal steps in a row count as one.
    pub(super) names: Vec<&'a str>,
    pub(super) steps: Vec<Done<'a>>,
}

/// One occurrence of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Done<'a> {
    pub(super) step: &'a Step,
    /// Whether files were changed between the step before it and this one.
    pub(super) after_change: bool,
}

/// The runs of all sessions, the oldest session first, of equals by origin, so that the order of
/// the input does not matter.
pub(super) fn of<'a>(records: &[&'a SessionRecord]) -> Vec<Run<'a>> {
    let mut sessions: Vec<&SessionRecord> = records.to_vec();
    sort::by_key(&mut sessions, |record| (record.notes.first, record.origin()));
    let sessions: Vec<Vec<Run<'a>>> =
        sessions.into_iter().map(split).filter(|runs| !runs.is_empty()).collect();
    let numbered = sessions.into_iter().enumerate();
    numbered
        .flat_map(|(session, runs)| runs.into_iter().map(move |run| Run { session, ..run }))
        .collect()
}

/// The runs of a session. A run ends where a step was dropped from the record, or where a step's
/// name may not be written.
fn split(record: &SessionRecord) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    for order in record.notes.step_order() {
        let mut steps: Vec<Done<'_>> = Vec::new();
        let mut after_change = false;
        for place in order {
            let step = usize::try_from(place).ok().and_then(|at| record.notes.steps.get(at));
            match step
                .filter(|step| pattern_words::is_code(&step.name) && !attack::instructs(&step.name))
            {
                Some(step) if step.name == CHANGED_FILES => after_change = true,
                Some(step) => {
                    if steps.last().is_none_or(|last| last.step.name != step.name) {
                        steps.push(Done { step, after_change });
                    }
                    after_change = false;
                }
                None => {
                    push(&mut runs, record, std::mem::take(&mut steps));
                    after_change = false;
                }
            }
        }
        push(&mut runs, record, steps);
    }
    runs
}

fn push<'a>(runs: &mut Vec<Run<'a>>, record: &'a SessionRecord, steps: Vec<Done<'a>>) {
    if steps.len() > 1 {
        let names = steps.iter().map(|done| &*done.step.name).collect();
        runs.push(Run { record, session: 0, names, steps });
    }
}
