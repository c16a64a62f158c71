//! What a person said in answer to words from outside: these take nothing from the person's words.

use std::ops::Range;

use dreaming_records::trust::{Provenance, Trust};
use dreaming_text as text;

use super::quotes::Found;
use super::sources::Sources;
use crate::extract::own_words;
use crate::import::{Excerpt, Role};

/// Content words that a statement has in common with a person's words on which it rests. Chosen by us: of 16 recorded
/// preferences that cite a person, 15 share three or more.
pub(super) const SHARED: usize = 2;

/// The cited places without words from outside; `None` unless words of a person or an agent are among them that bear
/// the statement, all values stand in words of persons and agents, and the statement neither repeats these outside words
/// nor turns a sentence of these others: what a person answers, or a tool shows besides, makes their words no less
/// theirs. In three of twenty worlds a rule or value that a person gave counted as from outside because what it answers
/// was cited too. Words of agents bear less: they may pass on what a page says, so less than half of the statement's
/// words may stand there.
pub(super) fn without_outside<'e>(
    text: &str,
    found: &Found<'e>,
    sources: &Sources,
) -> Option<Found<'e>> {
    let is_outside = |place: &(&Excerpt, Range<usize>)| {
        place.0.provenance.trust() == Some(Trust::External) || sources.is_pasted(place)
    };
    let is_typed = |(event, _): &&(&Excerpt, Range<usize>)| {
        event.provenance == Provenance::User && event.role == Role::Person
    };
    // A question tells nothing.
    let told = |(event, range): &(&'e Excerpt, Range<usize>)| {
        let words = event.words(range);
        let sentences = text::sentences(words).into_iter().filter_map(|at| words.get(at));
        sentences.filter(|said| !said.ends_with(['?', '？'])).collect::<Vec<_>>()
    };
    let outside = found.iter().filter(|place| is_outside(place));
    let outside: Vec<String> = outside.map(|(event, _)| not_typed(event)).collect();
    let said = text::tokens(text);
    let cited = text::tokens(&outside.join("\n"));
    let repeated = said.iter().filter(|token| cited.binary_search(token).is_ok()).count();
    let bear = |own: Vec<&str>| {
        let heard = text::tokens(&own.join("\n"));
        let shared = said.iter().filter(|token| heard.binary_search(token).is_ok()).count();
        shared >= SHARED && !own.iter().any(|own| is_turned(own, text))
    };
    let own = || found.iter().filter(|place| !is_outside(place));
    let is_borne = !outside.is_empty()
        && (bear(own().filter(is_typed).flat_map(told).collect())
            || repeated * 2 < said.len() && bear(own().flat_map(told).collect()))
        && sources.within().without(text).is_none()
        && !sources.is_from_outside(text, &outside.join("\n"));
    is_borne.then(|| own().cloned().collect())
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
