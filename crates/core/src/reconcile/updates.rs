//! Newer values: finds which entry a correction is about, and what becomes of that entry.

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Evidence;
use dreaming_records::ledger::{Finder, Ledger, Origin};
use dreaming_records::time::Time;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_text::markdown::Form;
use dreaming_text::{self as text, Set, unicode};

use super::old_value::{is_meant, is_of_a_day, whole, wrong_value};
use crate::identity::Located;
use crate::precedence::{Precedence, Rank};
use crate::review_reason::Doubt;
use crate::value_places::{find, overlaps, places, speaks_of};

/// What a correction means for one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The entry gets this text. The doubt is the reason for a person's look.
    Supersede(String, Doubt),
    /// Nothing says whether the entry or the correction is newer, for this reason.
    Undecided(&'static str),
    /// The entry is newer than the correction, which is therefore not applied. A person's
    /// correction counts as older only when a session says the entry later.
    Older,
}

/// What `candidate` means for `entry`, or `None` when it is not about that entry.
pub(crate) fn effect_of(candidate: &Candidate, entry: &Located) -> Option<Effect> {
    let shown = candidate.replaces.as_ref()?.shown;
    Some(of_value(candidate, shown, entry, with_right_value(candidate, entry)?))
}

/// The words of `entry` with the right value of a correction, or `None` when it is not about that entry: without the
/// wrong one, or told as what was or must not be.
pub(crate) fn with_right_value(candidate: &Candidate, entry: &Located) -> Option<String> {
    let replacement = candidate.replaces.as_ref()?;
    let text = &entry.record.text;
    // In code a value has no subject: only one that is named is known there.
    if entry.piece.form == Form::Code && replacement.wrong.is_empty() {
        return None;
    }
    let wrong = wrong_value(candidate, replacement, text)?;
    // An entry that already contains the newer value needs no correction.
    if find(text, &replacement.right).is_some_and(|right| !overlaps(&right, &wrong)) {
        return None;
    }
    if !same_scope(candidate, entry) || is_of_a_day(entry) {
        return None;
    }
    // A value that is named is wrong wherever it stands in the entry.
    let everywhere = places(text, &replacement.wrong)
        .filter(|place| !overlaps(place, &wrong) && is_meant(candidate, text, place))
        .filter_map(|place| whole(text, place, &replacement.right));
    let (mut new, mut at) = (String::new(), 0);
    for place in Set::of(everywhere.chain([wrong.clone()]).map(|r| (r.start, r.end))) {
        new.push_str(text.get(at..place.0)?);
        new.push_str(&replacement.right);
        at = place.1;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

/// Whether `entry` already says what a correction asks for: it contains the newer value and not the
/// older one too (`30 %, from seven nights on 50 %`), and it speaks of the subject, or without one replaced an entry with
/// the older value, or was written after the older value was last shown to be wrong.
pub(crate) fn satisfied(candidate: &Candidate, entry: &Located, ledger: &Ledger) -> bool {
    let Some(replacement) = &candidate.replaces else { return false };
    let text = &entry.record.text;
    if find(text, &replacement.right).is_none() || !same_scope(candidate, entry) {
        return false;
    }
    let newer: Vec<_> = places(text, &replacement.right).collect();
    let is_older = |place: &std::ops::Range<usize>| {
        is_meant(candidate, text, place) && !newer.iter().any(|newer| overlaps(newer, place))
    };
    if places(text, &replacement.wrong).any(|place| is_older(&place)) {
        return false;
    }
    let had_wrong = |id| {
        let before = ledger.entries.get(id);
        before.is_some_and(|record| find(&record.text, &replacement.wrong).is_some())
    };
    candidate.subject.is_none() && entry.record.supersedes.iter().any(had_wrong)
        || replacement.shown
            && find(text, &replacement.wrong).is_none()
            && is_since(entry, candidate)
        || candidate.subject.as_deref().is_some_and(|s| speaks_of(text, s))
}

/// Whether the candidate has numbers, and the entry has all of them.
pub(crate) fn has_numbers_of(candidate: &Candidate, entry: &Located) -> bool {
    let text = candidate.words();
    let words = unicode::words(text).filter_map(|range| text.get(range));
    let mut numbers = words.filter(|word| word.bytes().any(|b| b.is_ascii_digit())).peekable();
    numbers.peek().is_some() && numbers.all(|number| find(&entry.record.text, number).is_some())
}

/// Whether the entry was written after the candidate was last seen: a memory that was put right, of
/// which this ledger does not know, because another one did it or the ledger was lost.
fn is_since(entry: &Located, candidate: &Candidate) -> bool {
    candidate.last.is_some() && Rank::of(entry).said > candidate.last
}

/// A candidate's words for an entry: with the person's name only where the entry belongs to a
/// person.
pub(crate) fn new_words(candidate: &Candidate, entry: &Located) -> String {
    match entry.record.principal {
        Some(_) => candidate.text.clone(),
        None => candidate.words().into(),
    }
}

/// Whether candidate and entry belong to the same person, or one of them to everybody.
pub(crate) fn same_scope(candidate: &Candidate, entry: &Located) -> bool {
    match (&candidate.principal, &entry.record.principal) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// What `candidate` means for those of these entries that it is about. A correction that names no old value, and for
/// which statements with different values fit, changes none of them: they may be about different things, and nobody
/// said which is meant.
pub(crate) fn effects_of<'e>(
    candidate: &Candidate,
    entries: &[&'e Located],
) -> Vec<(&'e Located, Effect)> {
    let effects = entries.iter().filter_map(|entry| Some((*entry, effect_of(candidate, entry)?)));
    let mut effects: Vec<(&Located, Effect)> = effects.collect();
    let unnamed = candidate.replaces.as_ref().filter(|replacement| replacement.wrong.is_empty());
    let value = |(entry, _): &(&'e Located, Effect)| {
        let text = &entry.record.text;
        text.get(wrong_value(candidate, unnamed?, text)?)
    };
    if Set::of(effects.iter().filter_map(value)).len() > 1 {
        for (_, effect) in &mut effects {
            if matches!(effect, Effect::Supersede(..)) {
                *effect = Effect::Undecided("other statements speak of it too, with other values");
            }
        }
    }
    effects
}

/// Decides whether the candidate or the entry holds: the one that was said later. A value that
/// tools showed to be wrong is wrong whenever the entry was written. A person's correction is
/// turned down only if a session says the entry later: the time of a memory may be that of another
/// of its lines, of a copy or of the file, so when only that time is later, a person decides.
pub(crate) fn newest(c: &Candidate, shown: bool, entry: &Located, new: String) -> Effect {
    if shown {
        return Effect::Supersede(new, Doubt::ShownWrong);
    }
    let known = Rank::of(entry);
    let said = Rank { said: c.last, trust: c.trust, sessions: c.support.sessions };
    match said.to(&known) {
        Precedence::Later if said.trust < known.trust => {
            Effect::Supersede(new, Doubt::NewerTrustedLess)
        }
        Precedence::Later => Effect::Supersede(new, Doubt::NewerValue),
        Precedence::Earlier if c.trust == Trust::User && !said_after(entry, c.last) => {
            Effect::Supersede(new, Doubt::MemoryIsLater)
        }
        Precedence::Earlier => Effect::Older,
        Precedence::SameTime => Effect::Undecided("both have the same time"),
        _ if known.said.is_none() && c.trust == Trust::User => {
            Effect::Supersede(new, Doubt::UndatedEntry)
        }
        Precedence::Undated => Effect::Undecided("nothing says when the newer statement was made"),
        Precedence::OtherUndated => Effect::Undecided("nothing says when the entry was written"),
    }
}

/// As [`newest`]; what a model took from a person's words is proposed for an entry without a time, too.
pub(crate) fn of_value(c: &Candidate, shown: bool, entry: &Located, new: String) -> Effect {
    let effect = newest(c, shown, entry, new.clone());
    let is_open = c.finder == Finder::Model && matches!(effect, Effect::Undecided(_));
    let doubt = is_open.then(|| of_undated(c, entry)).flatten();
    doubt.map_or(effect, |doubt| Effect::Supersede(new, doubt))
}

/// The effect of a candidate of which only a model says that it is about the same as the entry. The
/// reviewer is then told that a model worded the text, unless times have to be compared: that doubt
/// stays.
pub(crate) fn by_model(c: &Candidate, entry: &Located) -> Effect {
    match newest(c, false, entry, new_words(c, entry)) {
        Effect::Supersede(text, doubt) if doubt != Doubt::MemoryIsLater => {
            Effect::Supersede(text, Doubt::WordedByModel)
        }
        Effect::Undecided(_) if is_written_anew(c, entry) => {
            Effect::Supersede(new_words(c, entry), Doubt::WordedByModel)
        }
        Effect::Undecided(why) => match of_undated(c, entry) {
            Some(doubt) => Effect::Supersede(new_words(c, entry), doubt),
            None => Effect::Undecided(why),
        },
        effect => effect,
    }
}

/// Why a candidate with a time, which is not from outside, may be proposed for an entry without one: a person said some of
/// it, or a model that saw the entry wrote the candidate in its place. Hosts need not say when a memory was written.
fn of_undated(c: &Candidate, entry: &Located) -> Option<Doubt> {
    if Rank::of(entry).said.is_some() || c.last.is_none() || c.trust == Trust::External {
        return None;
    }
    let said = |piece: &Evidence| {
        piece.provenance == Provenance::User && text::shares(&piece.quote, &c.text)
    };
    let is_heard = c.evidence.iter().any(said);
    let is_for_it = || c.worth == Some(true) && c.corrects.as_ref() == Some(&entry.record.id);
    match () {
        () if is_heard => Some(Doubt::UndatedEntry),
        () if c.finder == Finder::Model && is_for_it() => Some(Doubt::UndatedLine),
        () => None,
    }
}

/// Whether a model wrote both, from findings of one age: then they are no two values of that time.
fn is_written_anew(c: &Candidate, entry: &Located) -> bool {
    both_by_model(c, entry) && c.last.is_some() && c.last == Rank::of(entry).said
}

/// Whether a model wrote the entry, and wrote the candidate in its place.
pub(super) fn rewrites(c: &Candidate, entry: &Located) -> bool {
    both_by_model(c, entry) && c.corrects.as_ref() == Some(&entry.record.id)
}

/// Whether a model wrote the entry, and the candidate for later sessions.
fn both_by_model(c: &Candidate, entry: &Located) -> bool {
    let record = &entry.record;
    let of_models = record.origin == Origin::Dream && record.finder == Some(Finder::Model);
    of_models && c.finder == Finder::Model && c.worth == Some(true)
}

/// A sentence with the time of the correction and that of the entry, if the doubt is about these
/// times.
pub(crate) fn both_times(doubt: &Doubt, c: &Candidate, entry: &Located) -> Option<String> {
    let (said, written) = (c.last?, Rank::of(entry).said?);
    let outside = |piece: &Evidence| piece.time == Some(written) && !is_own(piece);
    let what = match entry.record.evidence.iter().any(outside) {
        true => "words from outside repeated the entry",
        false => "the memory was last written",
    };
    let sentence = || format!(" Said at {said}; {what} at {written}.");
    (*doubt == Doubt::MemoryIsLater).then(sentence)
}

fn is_own(piece: &Evidence) -> bool {
    piece.provenance.trust() > Some(Trust::External)
}

/// Whether a session after `time` says what the entry says, in words that are not from outside: a
/// page may repeat for years what a person corrected. What a dream wrote from something later was
/// accepted as such, whoever said it.
fn said_after(entry: &Located, time: Option<Time>) -> bool {
    let record = &entry.record;
    record.origin == Origin::Dream && record.valid_from > time
        || record.evidence.iter().any(|piece| piece.time > time && is_own(piece))
}

#[cfg(test)]
mod tests {
    use dreaming_records::candidate::Replacement;
    use dreaming_records::ids::EntryId;
    use dreaming_records::kind::Kind;
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;

    use super::*;
    use crate::identity::resolve;

    /// The effect of a correction with this trust that was made at time 5. The memory that holds
    /// the entry was last written at 9, and a session said the entry at `session`.
    fn met(trust: Trust, session: Option<i64>) -> Effect {
        let mut store = Snapshot::new("");
        let nine = Some(Time::from_millis(9));
        store.add_memory(Memory::new("a.md", "- The port is 1.\n", nine).unwrap()).unwrap();
        let mut entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
        let found = dreaming_fixtures::candidate(Kind::Fact, "The port is 2.");
        let mut record = EntryRecord::clone(&entry.record);
        record.evidence.extend(session.map(|at| {
            let time = Some(Time::from_millis(at));
            Evidence { time, ..found.evidence[0].clone() }
        }));
        entry.record = record.into();
        let candidate = Candidate { trust, last: Some(Time::from_millis(5)), ..found };
        newest(&candidate, false, &entry, String::new())
    }

    #[test]
    fn only_a_session_turns_down_what_a_person_corrected_earlier() {
        let held = Effect::Supersede(String::new(), Doubt::MemoryIsLater);
        for session in [None, Some(1), Some(5)] {
            assert_eq!(met(Trust::User, session), held, "{session:?}");
        }
        assert_eq!(met(Trust::User, Some(6)), Effect::Older);
        assert_eq!(met(Trust::Agent, None), Effect::Older);
    }

    #[test]
    fn a_line_without_a_time_gives_way_to_what_a_person_said_of_it() {
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("a.md", "- The port is 1.\n", None).unwrap()).unwrap();
        let entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
        let found = dreaming_fixtures::candidate(Kind::Fact, "The port is 2.");
        let effect = |trust, by| {
            let mut c = Candidate { trust, last: Some(Time::from_millis(5)), ..found.clone() };
            for piece in &mut c.evidence {
                (piece.provenance, piece.quote) = (by, "make that 2".into());
            }
            by_model(&c, &entry)
        };
        let undated = Effect::Supersede("The port is 2.".into(), Doubt::UndatedEntry);
        assert_eq!(effect(Trust::Agent, Provenance::User), undated, "an agent put it in full");
        for (trust, by) in [(Trust::Agent, Provenance::Agent), (Trust::External, Provenance::User)]
        {
            assert!(matches!(effect(trust, by), Effect::Undecided(_)), "{trust:?} {by:?}");
        }
    }

    #[test]
    fn a_line_without_a_time_gives_way_to_what_a_model_wrote_in_its_place() {
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("a.md", "- The port is 1.\n", None).unwrap()).unwrap();
        let entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
        let found = Candidate {
            finder: Finder::Model,
            trust: Trust::Agent,
            worth: Some(true),
            corrects: Some(entry.record.id.clone()),
            last: Some(Time::from_millis(5)),
            ..dreaming_fixtures::candidate(Kind::Fact, "The port is 2.")
        };
        let undated = Effect::Supersede("The port is 2.".into(), Doubt::UndatedLine);
        assert_eq!(by_model(&found, &entry), undated);
        let other = Some(EntryId::new("another"));
        for not in [
            Candidate { corrects: other, ..found.clone() },
            Candidate { worth: None, ..found.clone() },
            Candidate { finder: Finder::Miner, ..found.clone() },
            Candidate { last: None, ..found.clone() },
            Candidate { trust: Trust::External, ..found.clone() },
        ] {
            assert!(matches!(by_model(&not, &entry), Effect::Undecided(_)), "{not:?}");
        }
    }

    #[test]
    fn what_a_dream_wrote_later_and_was_accepted_turns_an_earlier_correction_down() {
        let mut store = Snapshot::new("");
        let nine = Some(Time::from_millis(9));
        store.add_memory(Memory::new("a.md", "- The port is 1.\n", nine).unwrap()).unwrap();
        let mut entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
        let found = dreaming_fixtures::candidate(Kind::Fact, "The port is 2.");
        let candidate = Candidate { trust: Trust::User, last: Some(Time::from_millis(5)), ..found };
        for (origin, at, is_older) in
            [(Origin::Dream, 6, true), (Origin::Dream, 5, false), (Origin::Imported, 6, false)]
        {
            let mut record = EntryRecord::clone(&entry.record);
            (record.origin, record.valid_from) = (origin, Some(Time::from_millis(at)));
            entry.record = record.into();
            let effect = newest(&candidate, false, &entry, String::new());
            assert_eq!(effect == Effect::Older, is_older, "{origin:?} {at}");
        }
    }

    #[test]
    fn a_memory_that_has_the_right_name_since_the_last_failure_needs_no_correction() {
        let is_satisfied = |text: &str, written: Option<i64>, failed: Option<i64>, shown: bool| {
            let mut store = Snapshot::new("");
            let text = format!("- {text}\n");
            let memory = Memory::new("a.md", &text, written.map(Time::from_millis));
            store.add_memory(memory.unwrap()).unwrap();
            let entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
            let replaces = Replacement { wrong: "d.yml".into(), right: "d.yaml".into(), shown };
            let candidate = Candidate {
                last: failed.map(Time::from_millis),
                replaces: Some(replaces),
                ..dreaming_fixtures::candidate(Kind::Fact, "The file is called `d.yaml`.")
            };
            satisfied(&candidate, &entry, &Ledger::default())
        };
        assert!(is_satisfied("Settings are in `d.yaml`.", Some(9), Some(5), true));
        // It failed again since, or at no known time.
        assert!(!is_satisfied("Settings are in `d.yaml`.", Some(9), Some(9), true));
        assert!(!is_satisfied("Settings are in `d.yaml`.", Some(9), None, true));
        // The memory does not know better, or only a person said so, perhaps of something else.
        assert!(!is_satisfied("Settings are in `d.yaml` or `d.yml`.", Some(9), Some(5), true));
        assert!(!is_satisfied("Settings are in `e.yaml`.", Some(9), Some(5), true));
        assert!(!is_satisfied("Settings are in `d.yaml`.", Some(9), Some(5), false));
    }

    #[test]
    fn one_change_outdates_every_entry_that_has_the_value_and_of_each_only_the_value() {
        let mut store = Snapshot::new("");
        let text = "- The API listens on port 8080, and bob owns it.\n- Tests call port 8080.\n- Port 9090 is for metrics.\n";
        let one = Some(Time::from_millis(1));
        store.add_memory(Memory::new("a.md", text, one).unwrap()).unwrap();
        let entries = resolve(&store, Time::from_millis(20), crate::redact).entries;
        let found = dreaming_fixtures::candidate(Kind::Fact, "The API listens on port 8443.");
        let replaces =
            Replacement { wrong: "port 8080".into(), right: "port 8443".into(), shown: false };
        let candidate = Candidate {
            trust: Trust::User,
            last: Some(Time::from_millis(5)),
            replaces: Some(replaces),
            ..found
        };
        let texts: Vec<String> = entries
            .iter()
            .filter_map(|entry| match effect_of(&candidate, entry)? {
                Effect::Supersede(text, _) => Some(text),
                Effect::Undecided(_) | Effect::Older => None,
            })
            .collect();
        assert_eq!(
            texts,
            ["The API listens on port 8443, and bob owns it.", "Tests call port 8443."]
        );
    }
}
