//! The call in which a model writes again what a check turned down: a name that another finding has, a command put together
//! from two, a word that nobody said. The check stays as it is; what the model mends is language.

use dreaming_records::distilled::Distilled;
use dreaming_records::policy::{self, Policy};

use crate::check;
use crate::masks;
use crate::propose::{below_headings, fenced};

use super::Asked;
use super::distil_prompt::{self, SCHEMA};
use super::findings::Finding;
use super::memory_lines::Line;

/// The instructions, the same in all calls. When their meaning changes, they get a folder with a new number.
const SYSTEM: &str = include_str!("../../prompts/distil-again-1/system.txt");

/// A statement that was turned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallen {
    /// The statement.
    pub row: Distilled,
    /// Why, as a stable word.
    pub why: &'static str,
}

impl Fallen {
    /// Whether a model may mend it: words or form were at fault, and not what it says. What was given up, is said
    /// already or reads like an order stays down.
    pub fn can_be_mended(&self) -> bool {
        self.reason(None).is_some()
    }

    /// Why it was turned down, as words for a model. `piece`: the words of it that made it fall.
    fn reason(&self, piece: Option<&str>) -> Option<String> {
        check::reason(self.why, piece, "any of its findings")
    }
}

/// What a call shows: each statement with the words that made it fall, the findings and the lines.
pub(super) struct Shown<'a> {
    pub(super) fallen: Vec<(&'a Fallen, Option<&'a str>)>,
    pub(super) findings: Vec<&'a Finding>,
    pub(super) known: Vec<Line>,
}

/// The call about what was turned down.
pub(super) fn ask(shown: Shown<'_>, policy: &Policy) -> Asked {
    let Shown { fallen, findings, known } = shown;
    let line = |text: &str| masks::line(text, policy);
    let mut body = String::new();
    if !known.is_empty() {
        body += "Memory\n";
    }
    let lines: Vec<_> = known.iter().map(|line| (&*line.headings, line.shown())).collect();
    body += &below_headings(lines.iter().map(|(headings, text)| (*headings, &**text)), line);
    for (n, finding) in (1usize..).zip(&findings) {
        body += &distil_prompt::shown(n, finding, &[], policy);
    }
    let number = |is: &dyn Fn(&Line) -> bool| (1usize..).zip(&known).find(|(_, line)| is(line));
    for (n, (Fallen { row, .. }, piece)) in (1usize..).zip(&fallen) {
        let place = number(&|line| line.is_replaced_by(row));
        let after = number(&|line| row.after.is_some() && line.entry == row.after);
        let place = match (place, after) {
            (Some((n, _)), _) => format!(", in the place of line {n}"),
            (None, Some((n, _))) => format!(", after line {n}"),
            (None, None) => String::new(),
        };
        let named = (1usize..).zip(&findings).filter(|(_, finding)| row.rests_on(&finding.id));
        let named: Vec<String> = named.map(|(n, _)| n.to_string()).collect();
        let why = fallen.get(n - 1).and_then(|(fallen, _)| fallen.reason(*piece));
        body += &format!(
            "Turned down {n}{place}, from findings {}\n{}: {}\n- why: {}\n",
            named.join(", "),
            row.kind.word(),
            line(&row.text),
            line(&why.unwrap_or_default()),
        );
    }
    let longest = policy.number(&policy::STATEMENT_BYTES);
    let notes = format!("At most {longest} bytes in one statement.\n\n");
    let call = fenced(&[], &notes, &body, SYSTEM, SCHEMA, policy.number(&policy::ANSWER_TOKENS));
    let findings = findings.iter().map(|finding| finding.id.clone()).collect();
    Asked { call, findings, words: 0, known }
}
