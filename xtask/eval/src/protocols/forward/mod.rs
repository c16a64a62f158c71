//! How much of what later sessions of a project paid for again would a memory have spared them?
//!
//! A project is a folder in `forward/` of the data or of this crate; when both have it, their files
//! are joined. `costs.jsonl` (`id`, `size`, `same_as`): costs that readers found in later sessions
//! alone. `statements.jsonl` (`id`, `arm`, `text`, `verdicts`, `twins`): statements of all arms.
//! `matches1.jsonl` and `matches2.jsonl` (`cost`, `full`, `part`, `harm`): which statements would
//! have spared a cost, by two blind readers. Sessions, memory and recorded answers: see
//! [`played`](super::played) and [`days`]. A statement of the present
//! engine that no reader has seen is listed, and counts as sparing nothing.

mod days;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Protocol;
use super::played::{Case, Findings, ours};
use crate::data::{Data, Sessions};
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::words;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "forward",
    about: "what later sessions would have been spared by what dreams leave in memory",
    run,
};

/// Words that statements may have for each word of the plain arm. Demanded: two thirds.
const WORDS: f64 = 2.0 / 3.0;

/// The arm to beat: a memory that a model wrote from its notes on each session.
const PLAIN: &str = "plain";

/// The time of the dreams: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// The names of all projects.
fn names(from: [&Data; 2]) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for data in from {
        for folder in data.folders_with("costs.jsonl")? {
            names.extend(folder.strip_prefix("forward/").map(str::to_owned));
        }
    }
    Ok(names)
}

/// The folder of a project.
fn case<'a>(name: &str, from: [&'a Data; 2]) -> Case<'a> {
    Case { folder: format!("forward/{name}"), from, written: None, now: NOW }
}

/// Of each project its past sessions, and the findings that its dream showed to a model.
pub fn shown(data: &Data) -> anyhow::Result<Vec<(String, Sessions, Findings)>> {
    let ours = ours()?;
    let mut found = Vec::new();
    for name in names([data, &ours])? {
        let case = case(&name, [data, &ours]);
        let (played, sessions) = (case.play(true)?, case.sessions()?);
        found.extend(played.map(|played| (name, sessions, played.findings)));
    }
    Ok(found)
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let ours = ours()?;
    for name in names([data, &ours])? {
        let project = Project::read(case(&name, [data, &ours]))?;
        project.measure(data, &mut measured)?;
    }
    match measured.rows.is_empty() {
        true => Ok(Measured::absent("forward/")),
        false => Ok(measured),
    }
}

/// A project: its costs, and what readers said of statements.
struct Project<'a> {
    case: Case<'a>,
    costs: Vec<Cost>,
    statements: Vec<Statement>,
    /// For each reader, by the id of a statement: the costs that it spares fully, and those that it
    /// increases.
    matches: [BTreeMap<String, Matched>; 2],
}

/// A statement of an arm, with what readers said of it.
type Said<'s> = (&'s str, Option<&'s Statement>);

struct Cost {
    id: String,
    size: u64,
    /// The first of the costs that are the same as this one.
    of: String,
}

struct Statement {
    id: String,
    arm: String,
    text: String,
    verdicts: Vec<String>,
    twins: Vec<Option<String>>,
}

#[derive(Default)]
struct Matched {
    full: BTreeSet<String>,
    harm: BTreeSet<String>,
}

impl<'a> Project<'a> {
    fn read(case: Case<'a>) -> anyhow::Result<Self> {
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let texts = |row: &Value, field: &str| -> Vec<Option<String>> {
            let all = row[field].as_array().into_iter().flatten();
            all.map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let cost = |row: &Value| {
            let id = text(row, "id");
            let of = row["same_as"].as_str().map_or(id.clone(), str::to_owned);
            Cost { id, size: row["size"].as_u64().unwrap_or_default(), of }
        };
        let statement = |row: &Value| Statement {
            id: text(row, "id"),
            arm: text(row, "arm"),
            text: text(row, "text"),
            verdicts: texts(row, "verdicts").into_iter().flatten().collect(),
            twins: texts(row, "twins"),
        };
        let mut matches = [BTreeMap::new(), BTreeMap::new()];
        for (reader, matches) in (1..).zip(&mut matches) {
            for row in case.rows(&format!("matches{reader}.jsonl"))? {
                let cost = text(&row, "cost");
                for id in texts(&row, "full").into_iter().flatten() {
                    matches.entry(id).or_insert_with(Matched::default).full.insert(cost.clone());
                }
                for id in texts(&row, "harm").into_iter().flatten() {
                    matches.entry(id).or_insert_with(Matched::default).harm.insert(cost.clone());
                }
            }
        }
        Ok(Self {
            costs: case.rows("costs.jsonl")?.iter().map(cost).collect(),
            statements: case.rows("statements.jsonl")?.iter().map(statement).collect(),
            matches,
            case,
        })
    }

    /// Adds rows for the recorded arms, and for the statements of the present engine.
    fn measure(&self, data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
        let mut arms: BTreeMap<&str, Vec<Said<'_>>> = BTreeMap::new();
        for statement in &self.statements {
            arms.entry(&statement.arm).or_default().push((&statement.text, Some(statement)));
        }
        let plain = arms.get(PLAIN).cloned().unwrap_or_default();
        let target = (self.weight(&plain), length(&plain));
        for (arm, said) in &arms {
            self.rows(arm, said, None, measured);
        }
        for with_model in [false, true] {
            let Some(played) = self.case.play(with_model)? else { continue };
            let arm = if with_model { "now, with a model" } else { "now, without a model" };
            played
                .notes
                .iter()
                .for_each(|note| measured.note(format!("{}: {note}", self.case.name())));
            let texts = played.texts();
            for text in &texts {
                data.case(|| format!("{}\t{arm}\t{text}", self.case.name()));
            }
            let target = (with_model && target.0 > 0.0).then_some(target);
            let said: Vec<Said<'_>> =
                texts.iter().map(|text| (text.as_str(), self.known(text))).collect();
            self.rows(arm, &said, target, measured);
        }
        if let Some(days) = days::play(&self.case)? {
            days.notes
                .iter()
                .for_each(|note| measured.note(format!("{}: {note}", self.case.name())));
            let anew = ("now, a dream a day, then anew", &days.anew);
            for (arm, texts) in [("now, a dream a day", &days.texts), anew] {
                for text in texts {
                    data.case(|| format!("{}\t{arm}\t{text}", self.case.name()));
                }
                let said: Vec<Said<'_>> =
                    texts.iter().map(|text| (text.as_str(), self.known(text))).collect();
                self.rows(arm, &said, None, measured);
            }
        }
        Ok(())
    }

    fn rows(
        &self,
        arm: &str,
        said: &[Said<'_>],
        target: Option<(f64, usize)>,
        measured: &mut Measured,
    ) {
        let what = |measure: &str| format!("{}, {arm}: {measure}", self.case.name());
        let mut row = |measure: &str, figure: Figure, demand: Option<Demand>| {
            measured.row(what(measure), None, None, figure, demand);
        };
        let words = length(said);
        row("statements", Figure::count(said.len()), None);
        let most = target.map(|(_, plain)| Demand::AtMost(plain as f64 * WORDS));
        row("words", Figure::count(words), most);
        let least = target.map(|(weight, _)| Demand::AtLeast(weight));
        row("weight spared", Figure::Amount(self.weight(said), "by two readers"), least);
        row("costs spared", Figure::Amount(self.spared(said, |_| 1), "of all"), None);
        row("different costs", Figure::Amount(self.different(said), "of all"), None);
        let harm = self.matches.iter().map(|matches| self.of(matches, said, |m| &m.harm).len());
        row("harm", Figure::count(harm.max().unwrap_or(0)), target.map(|_| Demand::AtMost(0.0)));
        let judged: Vec<&Statement> =
            said.iter().filter_map(|(_, s)| *s).filter(|s| !s.verdicts.is_empty()).collect();
        let says = |statement: &&&Statement, verdict: &str| {
            let said = statement.verdicts.iter().filter(|said| *said == verdict).count();
            said * 2 > statement.verdicts.len()
        };
        if !judged.is_empty() {
            for (verdict, demand) in
                [("wanted", Demand::AtLeast(0.8)), ("wrong", Demand::AtMost(0.03))]
            {
                let of = judged.iter().filter(|statement| says(statement, verdict)).count();
                row(verdict, Figure::share(of, judged.len()), target.map(|_| demand));
            }
            let there: BTreeSet<&str> =
                said.iter().filter_map(|(_, s)| Some(s.as_ref()?.id.as_str())).collect();
            let twin = |statement: &&&Statement| {
                let of = statement.twins.iter().flatten().filter(|id| there.contains(id.as_str()));
                of.count() * 2 > statement.twins.len()
            };
            let twins = judged.iter().filter(twin).count();
            row("said twice", Figure::count(twins), target.map(|_| Demand::AtMost(0.0)));
        }
        let unread = said.iter().filter(|(_, known)| known.is_none());
        let unread: Vec<&str> = unread.map(|(text, _)| *text).collect();
        if !unread.is_empty() {
            let list = unread.iter().map(|text| format!("\n      - {text}")).collect::<String>();
            let note = format!("{} statements that no reader has matched:{list}", unread.len());
            measured.note(what(&note));
        }
    }

    /// The newest record of a statement, in any arm.
    fn known(&self, text: &str) -> Option<&Statement> {
        self.statements.iter().rev().find(|statement| words(&statement.text) == words(text))
    }

    /// The costs that one reader links to at least one of the statements, by the set that `says`
    /// takes.
    fn of<'m>(
        &self,
        matches: &'m BTreeMap<String, Matched>,
        said: &[Said<'_>],
        says: impl Fn(&'m Matched) -> &'m BTreeSet<String>,
    ) -> BTreeSet<&'m String> {
        let ids = said.iter().filter_map(|(_, known)| Some(&known.as_ref()?.id));
        ids.filter_map(|id| matches.get(id)).flat_map(says).collect()
    }

    /// The sum over the costs that statements spare, averaged over both readers.
    fn spared(&self, said: &[Said<'_>], counts: impl Fn(&Cost) -> u64) -> f64 {
        let sums = self.matches.iter().map(|matches| {
            let spared = self.of(matches, said, |m| &m.full);
            self.costs.iter().filter(|cost| spared.contains(&cost.id)).map(&counts).sum::<u64>()
        });
        sums.sum::<u64>() as f64 / self.matches.len() as f64
    }

    fn weight(&self, said: &[Said<'_>]) -> f64 {
        self.spared(said, |cost| cost.size)
    }

    /// As [`spared`](Self::spared), counting costs that are the same as one.
    fn different(&self, said: &[Said<'_>]) -> f64 {
        let sums = self.matches.iter().map(|matches| {
            let spared = self.of(matches, said, |m| &m.full);
            let costs = self.costs.iter().filter(|cost| spared.contains(&cost.id));
            costs.map(|cost| &cost.of).collect::<BTreeSet<_>>().len()
        });
        sums.sum::<usize>() as f64 / self.matches.len() as f64
    }
}

/// The number of words of statements.
fn length(said: &[Said<'_>]) -> usize {
    said.iter().map(|(text, _)| text.split_whitespace().count()).sum()
}
