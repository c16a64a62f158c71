//! What is kept of a session that was read.

use dreaming_learn::check::{self, Sources};
use dreaming_learn::propose::{Again, Answer, Fallen};
use serde::Serialize;

use dreaming_records::fields;
use dreaming_records::ids::CallId;
use dreaming_records::number::{count, is_zero};
use dreaming_records::plan::Rejected;
use dreaming_records::policy::Policy;
use dreaming_records::proposal::Proposal;
use dreaming_records::session_record::SessionRecord;

use dreaming_text as text;

use super::model_answers::prompt_characters;

/// The record of a session that was read, with counts for the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Read {
    pub record: SessionRecord,
    pub rejected: Vec<Rejected>,
    /// Parts that do not begin with the bytes that were read before, because somebody rewrote them.
    pub rewritten: Vec<String>,
    pub calls: u64,
    pub calls_answered: u64,
    pub calls_failed: u64,
    pub calls_over_budget: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_unanswered: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_characters: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub transcript_characters: u64,
    /// The calls with unusable answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<CallId>,
    /// The parts of the question with unusable answers in this dream, until [`super::unusable`]
    /// counts them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<u64>,
    /// The number of parts of the question that no model is asked about any more.
    #[serde(skip_serializing_if = "is_zero")]
    pub given_up: u64,
    /// Whether the same bytes were read before, so that the session was only taken for a model's
    /// answers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Whether its call is one of another session, which counts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_shared: bool,
    /// What was asked about proposals that were turned down.
    #[serde(skip_serializing_if = "Second::is_none")]
    pub second: Second,
}

/// What a model was asked about proposals that were turned down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Second {
    /// The calls, but one that another session counts.
    pub calls: u64,
    /// Those of them without a usable answer.
    pub failed: u64,
    /// Those without any.
    pub unanswered: u64,
    /// Those with one that nobody can use.
    pub unusable: u64,
    /// The proposals that these show.
    pub fell: u64,
    /// Those of them that were mended.
    pub mended: u64,
}

fields!(Second: calls, failed, unanswered, unusable, fell, mended;);

impl Second {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

impl Read {
    /// Takes up what a model wrote again of the proposals that fell, one for each, and nothing else. What stands by now was
    /// not turned down. `counts`: whether no other session counts the call.
    pub fn mend(
        &mut self,
        again: &Again,
        answer: &Answer,
        counts: bool,
        sources: &Sources,
        policy: &Policy,
    ) {
        let checked = check::check(&again.asked, answer, sources, policy);
        if counts {
            self.second.calls += 1;
            self.second.failed += u64::from(!checked.usable);
            self.second.unanswered += u64::from(matches!(answer, Answer::Failed { .. }));
            self.second.unusable += u64::from(!checked.usable && answer.is_text());
            self.prompt_characters += prompt_characters(&again.asked.call);
        }
        let mut held = checked.held;
        let is_new = |new: &Proposal| {
            let same = |old: &Proposal| (old.kind, &old.text) == (new.kind, &new.text);
            !self.record.all_proposals().any(same)
        };
        held.retain(is_new);
        let mut mends = Vec::new();
        self.second.fell += count(again.fallen.len());
        for fallen in &again.fallen {
            let Some(at) = held.iter().position(|new| is_mended(fallen, new)) else { continue };
            mends.push(held.remove(at));
            self.second.mended += 1;
            self.rejected.retain(|rejected| *rejected != fallen.rejected);
        }
        // Parts that went are told; that something fell once more is told already.
        let is_part = |rejected: &Rejected| rejected.reason == check::PART;
        self.rejected.extend(checked.rejected.into_iter().filter(is_part));
        self.record.add_proposals(mends);
    }
}

/// Whether a proposal is what a fallen one was meant to be: it cites an event with which that was shown, and half of its
/// words or more are of it.
fn is_mended(fallen: &Fallen, new: &Proposal) -> bool {
    let (old, words) = (text::tokens(&fallen.said), text::tokens(&new.text));
    let shared = words.iter().filter(|word| old.binary_search(word).is_ok()).count();
    let is_shown = |(part, line): &(String, u64)| {
        new.pins.iter().any(|pin| (&pin.part, pin.line) == (part, *line))
    };
    shared > 0 && shared * 2 >= words.len() && fallen.places.iter().any(is_shown)
}
