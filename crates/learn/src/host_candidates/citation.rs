//! A place that a host cites, and what a session record shows of it.

use dreaming_records::canonical::MAX_INTEGER;
use dreaming_records::evidence::{Evidence, Pin};
use dreaming_records::ids::{Digest, SessionId};
use dreaming_records::number::count;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;
use dreaming_shield::redact::redact;
use dreaming_text as text;

use super::{MAX_NAME, MAX_QUOTED};
use crate::check::{self, Quoted};
use crate::import::Excerpt;

/// A place in a session, with the words there, as a host gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation {
    /// The session, as the host names it in requests.
    pub session: SessionId,
    /// The part of the session.
    pub part: String,
    /// Line of the part that holds the event, counted from 1.
    pub line: u64,
    /// Id of the event; may be empty.
    pub event: String,
    /// When it happened.
    pub time: Option<Time>,
    /// Who said the words.
    pub provenance: Provenance,
    /// First byte of the quote in the text of the event.
    pub start: u64,
    /// The quoted words.
    pub quote: String,
}

impl Citation {
    /// Whether it has the form that the interface asks for.
    pub(super) fn well_formed(&self) -> Result<(), &'static str> {
        let names = [self.session.as_str(), &self.part, &self.event];
        if self.session.as_str().is_empty() || self.part.is_empty() {
            return Err("its evidence names no session or no part");
        }
        if names.iter().any(|name| name.len() > MAX_NAME) {
            return Err("its evidence has a name of more than 1,024 bytes");
        }
        if self.quote.len() > MAX_QUOTED {
            return Err("its evidence quotes more than 2,000 bytes");
        }
        let end = self.start.saturating_add(count(MAX_QUOTED));
        if self.line == 0 || self.line > MAX_INTEGER || end > MAX_INTEGER {
            return Err("its evidence is at no line, counted from 1, or at no byte of it");
        }
        match self.provenance.trust() {
            Some(_) => Ok(()),
            None => Err("what a harness or a memory put into a session is no evidence"),
        }
    }

    /// The checked quote and its evidence: the matching place of the session record, or else the
    /// host's claim, marked as claimed. `Err` is the reason why it is no evidence.
    pub(super) fn place(
        &self,
        record: Option<&SessionRecord>,
        now: Time,
        policy: &Policy,
    ) -> Result<(Quoted, Evidence), &'static str> {
        let unseen = |c: char| c.is_control() || text::unicode::hidden(c);
        let names = [self.session.as_str(), &self.part, &self.event];
        if names.iter().any(|name| name.chars().any(unseen)) {
            return Err("hidden-characters");
        }
        let here = |pin: &Pin| pin.part == self.part && pin.line == self.line;
        let counts = |pin: &&Pin| here(pin) && pin.provenance.trust().is_some();
        let mut turned_away = record.into_iter().flat_map(|record| &record.notes.quarantined);
        if turned_away.any(|place| here(&place.pin)) {
            return Err("quarantined");
        }
        let quoted = Quoted::new(self.excerpt(), &self.quote, policy)?;
        let known = record.and_then(|record| {
            let pin = record.pins().filter(counts).find(|pin| {
                pin.quote.contains(quoted.words()) || pin.quote_digest == quoted.pin().quote_digest
            })?;
            Some(record.evidence(pin))
        });
        match known {
            Some(evidence) => {
                let excerpt = Excerpt { provenance: evidence.provenance, ..self.excerpt() };
                // A record keeps the beginning of a quote; when the host's quote reaches further,
                // its words are used.
                let words = match evidence.quote.contains(quoted.words()) {
                    true => &evidence.quote,
                    false => &self.quote,
                };
                Ok((Quoted::new(excerpt, words, policy)?, evidence))
            }
            None => {
                let evidence = self.claimed(quoted.pin(), now);
                Ok((quoted, evidence))
            }
        }
    }

    /// Evidence from the host's claim alone.
    fn claimed(&self, pin: Pin, now: Time) -> Evidence {
        Evidence {
            session: self.session.clone(),
            part: redact(&pin.part).text,
            line: pin.line,
            start: self.start.saturating_add(pin.start),
            end: self.start.saturating_add(pin.end),
            event: redact(&pin.event).text,
            // A time in the future counts as unknown, as in transcripts.
            time: pin.time.filter(|time| *time <= now),
            provenance: pin.provenance,
            part_bytes: 0,
            part_digest: Digest::default(),
            quote: pin.quote,
            quote_digest: pin.quote_digest,
            claimed: true,
        }
    }

    fn excerpt(&self) -> Excerpt {
        // A tool's output may support a mistake if the call failed; here the host says that it did.
        let excerpt = check::bare(self.provenance, true);
        let (part, event) = (self.part.clone(), self.event.clone());
        Excerpt { part, line: self.line, event, time: self.time, ..excerpt }
    }
}
