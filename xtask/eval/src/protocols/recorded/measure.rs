//! Dreams over sessions with a stand-in that gives the recorded proposals, and counts which of them
//! stay.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use dreaming::policy::SettingValue as Setting;
use dreaming::propose::{Answer, ModelCall};
use serde_json::{Value, json};

use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::judged::{Demands, Judged};
use crate::recording::quoted;
use crate::report::Measured;
use crate::text::words;

/// The time of the dream: after all sessions.
pub const NOW: &str = "2026-12-01T00:00:00Z";

/// Tokens that may go to a model for each token of the events.
const READ: f64 = 1.15;

/// The figures of all arms.
pub struct Tally<'a> {
    data: &'a Data,
    pub measured: Measured,
    /// Proposals that were turned down, by the reason.
    reasons: BTreeMap<String, usize>,
    /// The statements that stayed.
    kept: Vec<String>,
}

/// Proposals by project and session.
pub type Recorded = BTreeMap<String, BTreeMap<String, Vec<Value>>>;

/// One set of recorded proposals over sessions of one kind.
pub struct Arm<'a> {
    /// Its name.
    pub what: &'a str,
    /// The least share that must stay, if any is demanded.
    pub least: Option<f64>,
    /// Whether the sessions are transcripts as agents wrote them. Only with these the size of
    /// prompts is measured: bare messages hold nothing else, and all of it a person's words.
    pub whole: bool,
}

impl<'a> Tally<'a> {
    /// Without any figures yet.
    pub fn of(data: &'a Data) -> Self {
        let (measured, reasons) = (Measured::default(), BTreeMap::new());
        Self { data, measured, reasons, kept: Vec::new() }
    }

    /// Adds a row for each project and one for all.
    pub fn arm(
        &mut self,
        arm: Arm<'_>,
        recorded: &Recorded,
        sessions: impl Fn(&str, &BTreeMap<String, Vec<Value>>) -> anyhow::Result<Sessions>,
    ) -> anyhow::Result<()> {
        let Arm { what, least, whole } = arm;
        let (mut kept_all, mut all, mut unasked_all, mut absent) = (0, 0, 0, 0);
        let mut tokens = Tokens::default();
        for (project, by_session) in recorded {
            let (mut kept, mut of) = (0, 0);
            let sessions = sessions(project, by_session)?;
            for (id, parts) in sessions {
                let proposals = by_session.get(&id).cloned().unwrap_or_default();
                let session = Sessions::from([(id, parts)]);
                let (fates, unasked) = fates(&session, proposals, &mut tokens)?;
                let session = words_of(&session);
                for proposal in unasked {
                    let stands = stands(&proposal, &session);
                    unasked_all += usize::from(stands);
                    of += usize::from(stands);
                    absent += usize::from(!stands);
                    self.case(project, if stands { "unasked" } else { "absent" }, &proposal);
                }
                for Fate { proposal, lost } in fates {
                    of += 1;
                    let Some(reason) = lost else {
                        kept += 1;
                        self.kept.push(proposal["text"].as_str().unwrap_or_default().to_owned());
                        self.case(project, "kept", &proposal);
                        continue;
                    };
                    self.case(project, &reason, &proposal);
                    *self.reasons.entry(reason).or_default() += 1;
                }
            }
            kept_all += kept;
            all += of;
            self.row(format!("{what}: {project}"), Figure::share(kept, of), None);
        }
        let demand = least.map(Demand::AtLeast);
        self.row(what.to_owned(), Figure::share(kept_all, all), demand);
        let asked = Figure::share(all - unasked_all, all);
        self.row(format!("{what}: with all quotes in one prompt"), asked, None);
        if absent > 0 {
            let note = format!("{what}: {absent} more have a quote that is not in the session");
            self.measured.note(note);
        }
        if whole {
            let ratio = Figure::Share { of: tokens.prompts, all: tokens.transcript };
            let what = format!("{what}: tokens that a model reads for each of the transcript");
            self.row(what, ratio, Some(Demand::AtMost(READ)));
        }
        Ok(())
    }

    /// Adds the verdicts of readers over all arms, and the reasons why proposals were turned down.
    pub fn finish(mut self) -> anyhow::Result<Measured> {
        let kept = std::mem::take(&mut self.kept);
        let kept = kept.iter().map(String::as_str);
        Judged::read()?.rows(
            "judged, of what was kept",
            kept,
            Demands::default(),
            &mut self.measured,
        );
        let reasons: Vec<_> = self.reasons.iter().map(|(why, n)| format!("{why}: {n}")).collect();
        self.measured.note(format!("lost: {}", reasons.join(", ")));
        Ok(self.measured)
    }

    fn row(&mut self, what: String, figure: Figure, demand: Option<Demand>) {
        self.measured.row(what, None, None, figure, demand);
    }

    fn case(&self, project: &str, how: &str, proposal: &Value) {
        self.data.case(|| format!("{project}\t{how}\t{}\t{proposal}", proposal["kind"]));
    }
}

/// Tokens in prompts and in transcripts, of four characters each.
#[derive(Default)]
struct Tokens {
    prompts: u64,
    transcript: u64,
}

/// A proposal that the stand-in gave, and its end.
struct Fate {
    proposal: Value,
    /// Why it was turned down; `None` when it stayed.
    lost: Option<String>,
}

/// Dreams over one session with its recorded proposals: those that the stand-in gave in a call, and
/// the others, whose quotes no prompt has together.
fn fates(
    sessions: &Sessions,
    proposals: Vec<Value>,
    tokens: &mut Tokens,
) -> anyhow::Result<(Vec<Fate>, Vec<Value>)> {
    let mut dreamer = dreamer()?;
    let left = Rc::new(RefCell::new(proposals));
    let given = Rc::new(RefCell::new(Vec::new()));
    let (from, to) = (Rc::clone(&left), Rc::clone(&given));
    dreamer.model = Rc::new(move |call: &ModelCall| {
        let events = events(&call.prompt);
        let mut answer = Vec::new();
        from.borrow_mut().retain(|proposal| {
            let Some(numbered) = numbered(proposal, &events) else { return true };
            answer.push(numbered);
            to.borrow_mut().push(proposal.clone());
            false
        });
        Answer::Text { text: json!({ "proposals": answer }).to_string() }
    });
    let dreamt = dreamer.dream(sessions, |_| {})?;
    tokens.prompts += dreamt.report.prompt_characters.div_ceil(4);
    tokens.transcript += dreamt.report.transcript_characters.div_ceil(4);
    let rejected = &dreamt.plan.rejected;
    let given = given.take();
    let fates = given
        .into_iter()
        .map(|proposal| {
            let text = proposal["text"].as_str().unwrap_or_default();
            let head = |text: &str| text.chars().take(120).collect::<String>();
            let lost = rejected
                .iter()
                .find(|r| !r.text.is_empty() && head(text).starts_with(&head(&r.text)))
                .map(|r| format!("{:?} {}", r.stage, r.reason));
            Fate { proposal, lost }
        })
        .collect();
    Ok((fates, left.take()))
}

/// A dreamer whose policy allows calls for all recorded answers.
fn dreamer() -> anyhow::Result<Dreamer> {
    let mut dreamer = Dreamer::new(NOW)?;
    dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
    dreamer.policy.set("compare.max-calls", Setting::Integer(0))?;
    dreamer.policy.set("distil.max-calls", Setting::Integer(0))?;
    Ok(dreamer)
}

/// The texts of the events that a prompt shows, in order.
pub fn events(prompt: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for line in prompt.lines() {
        if line.starts_with(&format!("[{}] ", events.len() + 1)) {
            events.push(String::new());
        } else if let Some(event) = events.last_mut() {
            event.push_str(line);
            event.push('\n');
        }
    }
    events
}

/// The proposal with the numbers of the events that have its quotes; `None` when a quote is in
/// none.
pub fn numbered(proposal: &Value, events: &[String]) -> Option<Value> {
    let mut proposal = proposal.clone();
    for piece in proposal["evidence"].as_array_mut()? {
        let (from, to) = (piece["event"].as_u64(), piece["to"].as_u64());
        let all: Vec<(u64, &str)> =
            (1..).zip(events).filter_map(|(n, e)| Some((n, quoted(piece, e)?))).collect();
        // Prefer the cited event: the number is right when this is the prompt that was answered.
        let cited = all.iter().find(|(n, _)| Some(*n) == from);
        let (event, quote) = *cited.or(all.first())?;
        let calls = from.zip(to).and_then(|(from, to)| to.checked_sub(from)).unwrap_or(0);
        *piece = json!({"event": event, "to": event + calls, "quote": quote});
    }
    Some(proposal)
}

/// Every text in a session.
fn words_of(sessions: &Sessions) -> Vec<String> {
    fn collect(value: Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                found.push(words(&text));
                // Arguments of calls are JSON in a string, sometimes in a string within that.
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) =
                    serde_json::from_str(&text)
                {
                    collect(inner, found);
                }
            }
            Value::Array(items) => items.into_iter().for_each(|item| collect(item, found)),
            Value::Object(fields) => {
                fields.into_iter().for_each(|(_, value)| collect(value, found))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    for (_, bytes) in sessions.values().flatten() {
        let text = String::from_utf8_lossy(bytes);
        found.extend(text.lines().map(words));
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .for_each(|line| collect(line, &mut found));
    }
    found
}

/// Whether the texts of a session contain all quotes of a proposal.
fn stands(proposal: &Value, session: &[String]) -> bool {
    let pieces = proposal["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    // Quotes kept by hash only are left out: they were in a prompt when they were recorded.
    let quotes = pieces.iter().filter_map(|piece| piece["quote"].as_str()).map(words);
    quotes.into_iter().all(|quote| session.iter().any(|text| text.contains(&quote)))
}
