//! Steps that worked: shell commands, and the file changes between them.

use std::cmp::Reverse;

use super::MAX_FOUND;
use super::pin::Place;
use crate::step;
use dreaming_records::evidence::Pin;
use dreaming_records::notes::{SessionNotes, Step};
use dreaming_records::number::count;
use dreaming_text::cut;
use dreaming_text::sort;

/// Steps of a part whose order is kept. Chosen by us: more than a working day holds.
const MAX_ORDER: u64 = 512;

/// Longest quote of a step, in bytes. Chosen by us: many steps are kept, and the beginning of a
/// command identifies it.
const QUOTE: usize = 48;

/// The steps of one thread, as positions in the list of distinct steps.
#[derive(Debug, Default)]
pub(super) struct Run(Vec<usize>);

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Distinct steps with the place of the first run, and how often each ran.
    found: Vec<(Step, u64)>,
    kept: u64,
}

impl Steps {
    /// Notes the commands of a call that worked.
    pub(super) fn ran<'n>(
        &mut self,
        names: impl Iterator<Item = &'n String>,
        place: &Place,
        run: &mut Run,
        notes: &mut SessionNotes,
    ) {
        let steps = names.filter(|name| !step::is_aside(name));
        steps.for_each(|name| self.add(name, place, run, notes));
    }

    /// Notes a call that worked, as the step `name`.
    pub(super) fn add(
        &mut self,
        name: &str,
        call: &Place,
        run: &mut Run,
        notes: &mut SessionNotes,
    ) {
        let known = self.found.iter().position(|(step, _)| step.name == name);
        if known.is_some() && run.0.last().copied() == known {
            return;
        }
        let room = known.is_some() || self.found.len() < MAX_FOUND;
        if !room || self.kept >= MAX_ORDER {
            notes.dropped += 1;
            return;
        }
        self.kept += 1;
        let place = known.unwrap_or_else(|| {
            let quote = cut(call.quote(), QUOTE).into();
            let step = Step { name: name.into(), pin: Pin { quote, ..call.pin() } };
            self.found.push((step, 0));
            self.found.len() - 1
        });
        if let Some((_, times)) = self.found.get_mut(place) {
            *times += 1;
        }
        run.0.push(place);
    }

    /// The distinct steps, most frequent first, because long notes are cut at the end; and for each
    /// thread the order of its steps, as positions in that list.
    pub(super) fn finish<'r>(
        self,
        runs: impl Iterator<Item = &'r Run>,
    ) -> (Vec<Step>, Vec<Vec<u64>>) {
        let mut ranked: Vec<(usize, (Step, u64))> = self.found.into_iter().enumerate().collect();
        sort::by_key(&mut ranked, |(first, (_, count))| (Reverse(*count), *first));
        let moved = |place: &usize| ranked.iter().position(|(first, _)| first == place).map(count);
        let order = runs
            .map(|run| run.0.iter().filter_map(moved).collect())
            .filter(|run: &Vec<u64>| !run.is_empty())
            .collect();
        (ranked.into_iter().map(|(_, (step, _))| step).collect(), order)
    }
}
