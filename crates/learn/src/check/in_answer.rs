//! What persons and agents tell beside words from outside: these take nothing from what the others bear.

use std::ops::Range;

use dreaming_records::kind::Kind;
use dreaming_records::proposal::Proposal;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text as text;

use super::quotes::{Found, with_values};
use super::sources::Sources;
use crate::extract::own_words;
use crate::import::{Excerpt, Role};

type Place<'e> = (&'e Excerpt, Range<usize>);

/// Content words that a statement has in common with a person's words on which it rests. Chosen by us: of 16 recorded
/// preferences that cite a person, 15 share three or more.
pub(super) const SHARED: usize = 2;

/// The cited places without words from outside; `None` unless the others bear the statement: what a person answers, or a
/// tool shows besides, makes their words no less theirs. In three of twenty worlds a rule or value that a person gave
/// counted as from outside because what it answers was cited too, and in six a fact that an agent found out. All values
/// must stand in words of persons and agents, and the statement neither repeats these outside words nor turns a sentence
/// that bears it.
pub(super) fn without_outside<'e>(
    said: &Proposal,
    found: &Found<'e>,
    sources: &Sources,
) -> Option<(Proposal, Found<'e>)> {
    let is_outside = |place: &&Place<'_>| {
        place.0.provenance.trust() == Some(Trust::External) || sources.is_pasted(place)
    };
    let outside: Found<'e> = found.iter().filter(is_outside).cloned().collect();
    let words = outside.iter().map(|(event, _)| not_typed(event)).collect::<Vec<_>>().join("\n");
    if outside.is_empty()
        || sources.within().without(&said.text).is_some()
        || sources.is_from_outside(&said.text, &words)
    {
        return None;
    }
    let own: Found<'e> = found.iter().filter(|place| !is_outside(place)).cloned().collect();
    let is_typed = |(event, _): &&Place<'_>| {
        event.provenance == Provenance::User && event.role == Role::Person
    };
    let typed: Vec<&str> = own.iter().filter(is_typed).flat_map(told).collect();
    if bear(&said.text, &typed) {
        return Some((said.clone(), own));
    }
    let by_agent =
        |event: &Excerpt| matches!(event.provenance, Provenance::Agent | Provenance::ToolUse);
    let tells = |place: &Place<'_>| is_typed(&place) || by_agent(place.0);
    let telling = own.into_iter().filter(|place| tells(place) && !told(place).is_empty());
    let telling: Found<'e> = telling.collect();
    // Which value no longer holds, pages do not decide.
    is_found_out(said, &telling, &outside).then(|| (with_values(said.clone(), &telling), telling))
}

/// Whether an agent tells a fact that it found out. It may pass on what it read, so less than half of the words may stand
/// in what is cited from outside, and those in its own as well. What a person pasted is not the agent's to tell.
fn is_found_out(said: &Proposal, telling: &Found<'_>, outside: &Found<'_>) -> bool {
    let own: Vec<&str> = telling.iter().flat_map(told).collect();
    let read = outside.iter().map(|(event, _)| &*event.shown.text).collect::<Vec<_>>().join("\n");
    let [all, heard, read] = [&*said.text, &own.join("\n"), &read].map(text::tokens);
    let passed_on = all.iter().filter(|word| read.binary_search(word).is_ok());
    let is_its_own = passed_on.clone().count() * 2 < all.len()
        && passed_on.clone().all(|word| heard.binary_search(word).is_ok());
    let is_pasted = outside.iter().any(|(event, _)| event.provenance == Provenance::User);
    said.kind == Kind::Fact && !is_pasted && is_its_own && bear(&said.text, &own)
}

/// The sentences of a place that tell something: a question does not.
fn told<'e>((event, range): &Place<'e>) -> Vec<&'e str> {
    let words = event.words(range);
    let sentences = text::sentences(words).into_iter().filter_map(|at| words.get(at));
    sentences.filter(|said| !said.ends_with(['?', '？'])).collect()
}

/// Whether sentences bear a statement: they share words with it, and it turns none of them.
fn bear(statement: &str, told: &[&str]) -> bool {
    let heard = text::tokens(&told.join("\n"));
    let said = text::tokens(statement);
    let shared = said.iter().filter(|token| heard.binary_search(token).is_ok()).count();
    shared >= SHARED && !told.iter().any(|told| is_turned(told, statement))
}

/// The words of an event without those that a person typed.
fn not_typed(event: &Excerpt) -> String {
    let all = &*event.shown.text;
    if event.provenance != Provenance::User {
        return all.to_owned();
    }
    let typed = text::tokens(&own_words::typed(all));
    let mut pasted = text::tokens(all);
    pasted.retain(|word| typed.binary_search(word).is_err());
    pasted.join(" ")
}

/// Whether a statement turns a sentence of a person's words: "Never restart …" is no wish to "Always restart …".
pub(super) fn is_turned(said: &str, statement: &str) -> bool {
    let turns = |at| text::turned(said.get(at).unwrap_or_default(), statement);
    text::sentences(said).into_iter().any(turns)
}
