//! Where in a statement the value stands that a correction is about.

use std::ops::Range;

use dreaming_records::candidate::{Candidate, Replacement};
use dreaming_text::{self as text, ValueKind, unicode};

use crate::identity::Located;
use crate::value_places::{
    form_of, is_bare, overlaps, path_before, places, speaks_of, spoken, words,
};

/// Where the value that no longer holds stands in `text`: the wrong value of the correction, if it
/// names one; else what `text` says of the subject, or the only value in it that has the form of the right value, if
/// it mentions the subject and no other subject with the same attribute (`the production URL differs
/// from the staging URL`).
pub(super) fn wrong_value(
    c: &Candidate,
    replacement: &Replacement,
    text: &str,
) -> Option<Range<usize>> {
    if !replacement.wrong.is_empty() {
        let found = places(text, &replacement.wrong).find(|place| is_meant(c, text, place))?;
        // When tools showed the value to be wrong, the value is enough to find it. When a person
        // said so and named a subject, the text must mention the subject too, because a value such
        // as `main` may be right elsewhere.
        let fits = replacement.shown
            || c.subject.as_deref().is_none_or(|subject| speaks_of(text, subject));
        return whole(text, found, &replacement.right).filter(|_| fits);
    }
    let subject = c.subject.as_deref()?;
    if !speaks_of(text, subject) {
        return None;
    }
    if names_another(&unicode::lower(text), subject) {
        return None;
    }
    if let Some(value) = said_of(text, subject, &replacement.right) {
        return Some(value);
    }
    // A value with its unit is no value of another unit. And a model that saw the memory named the line that it
    // corrects: others only mention the subject ("the team agreed at standup").
    if replacement.right.contains(unicode::is_space) || c.corrects.is_some() {
        return None;
    }
    let form = form_of(&replacement.right)?;
    let mut values = words(text)
        .filter(|range| text.get(range.clone()).is_some_and(|word| form_of(word) == Some(form)));
    match (values.next(), values.next()) {
        (Some(only), None) => {
            let is_meant = is_bare(text.get(only.clone())?, &replacement.right)
                && text::holds_now(text, &only);
            is_meant.then_some(only)
        }
        _ => None,
    }
}

/// The value that a text gives of this subject and of nothing else, if a newer one can take its place: `The fee is
/// 2 EUR, ask first` gives `2 EUR` of the fee.
fn said_of(text: &str, subject: &str, right: &str) -> Option<Range<usize>> {
    let own: Vec<&str> = spoken(subject).collect();
    let is_own = |range: &Range<usize>| {
        let word = unicode::lower(text.get(range.clone()).unwrap_or_default());
        own.contains(&&*word) || text::tokens(&word).is_empty()
    };
    let all: Vec<Range<usize>> = words(text).collect();
    let (head, from) = all.iter().enumerate().find_map(|(at, range)| {
        let (word, rest) = (text.get(range.clone())?, text.get(range.end..)?);
        // `Quota: 5` and `**Quota:** 5`.
        let behind = rest.strip_prefix(':').map(|rest| rest.trim_start_matches('*'));
        match behind.filter(|behind| behind.starts_with(' ')) {
            _ if at > 0 && text::is_copula(word) => Some((all.get(..at)?, range.end)),
            Some(behind) => Some((all.get(..=at)?, text.len() - behind.len())),
            None => None,
        }
    })?;
    let found = text::given(text, from)?;
    let bounds = || words(text).filter(|range| overlaps(range, &found.scope));
    // Not what the value says of something else: "It is a myth that the port is 80".
    let speaks = |own: &&str| {
        let is = |range: &Range<usize>| {
            text.get(range.clone()).is_some_and(|word| unicode::lower(word) == **own)
        };
        text::tokens(own).is_empty() || head.iter().any(is) || bounds().any(|range| is(&range))
    };
    // `4 GB (4096 MB)` says the value twice.
    let is_explained = text.get(found.value.end..)?.trim_ascii_start().starts_with('(');
    let is_struck = text.contains("~~");
    let is_of_subject = own.iter().all(speaks);
    if is_struck
        || is_explained
        || !is_of_subject
        || !head.iter().all(is_own)
        || !bounds().all(|range| is_own(&range))
    {
        return None;
    }
    let old = text.get(found.value.clone())?;
    let is_number = |value: &str| value.split_ascii_whitespace().any(begins_with_digit);
    let is_marked = text.get(..found.value.start)?.ends_with(['`', '"']);
    let has_sign =
        |value: &str| value.contains(|c: char| matches!(c, '@' | '.' | '_') || c.is_ascii_digit());
    let is_name = |value: &str| is_capital(value) || has_sign(value) || form_of(value).is_some();
    let is_value = if is_number(right) { is_number(old) } else { is_marked || is_name(old) };
    // `30 seconds` keeps its unit when only a number is said, and is no `16 euros per person`.
    let fits = !is_number(right) || are_of_one_kind(old, right);
    (is_value && fits && is_bare(old, right)).then_some(found.value)
}

/// Whether two values with numbers measure one thing: their numbers stand at the same places, and of their other words
/// one differs at most, such as the unit.
fn are_of_one_kind(a: &str, b: &str) -> bool {
    let [a, b] = [a, b].map(|value| value.split_ascii_whitespace().collect::<Vec<&str>>());
    let pairs = || a.iter().zip(&b);
    let alike = pairs().all(|(a, b)| begins_with_digit(a) == begins_with_digit(b));
    let other =
        |(a, b): &(&&str, &&str)| !begins_with_digit(a) && unicode::lower(a) != unicode::lower(b);
    a.len() == b.len() && alike && pairs().filter(other).count() <= 1
}

/// The place of an old value with the words around it that the right value has too: of `030 555 0288` all takes
/// `030 555 0299`, though only `0288` is named. `None` when the right value would stand beside a part of the old one.
pub(super) fn whole(text: &str, place: Range<usize>, right: &str) -> Option<Range<usize>> {
    let new: Vec<&str> = right.split_ascii_whitespace().collect();
    if new.len() < 2 {
        return Some(place);
    }
    let all: Vec<Range<usize>> = words(text).collect();
    let word = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let is_like = |(range, new): (&Range<usize>, &&str)| {
        overlaps(range, &place)
            || begins_with_digit(word(range)) && begins_with_digit(new)
            || unicode::lower(word(range)) == unicode::lower(new)
    };
    let covers = |window: &&[Range<usize>]| {
        window.first().is_some_and(|first| first.start <= place.start)
            && window.last().is_some_and(|last| place.end <= last.end)
            && window.iter().zip(&new).all(is_like)
    };
    if let Some(window) = all.windows(new.len()).find(covers) {
        return Some(window.first()?.start..window.last()?.end);
    }
    let before = all.iter().rfind(|range| range.end <= place.start).map(word);
    let behind = all.iter().find(|range| place.end <= range.start).map(word);
    let touches = |beside: Option<&str>, new: Option<&&str>| {
        let (Some(beside), Some(new)) = (beside, new) else { return false };
        unicode::lower(beside) == unicode::lower(new)
            || begins_with_digit(beside) && begins_with_digit(new)
    };
    (!touches(before, new.first()) && !touches(behind, new.last())).then_some(place)
}

fn is_capital(word: &str) -> bool {
    let first = word.chars().next().map(String::from).unwrap_or_default();
    unicode::lower(&first) != first
}

fn begins_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether the value at a place is the one that a correction is about. It must be told as one of now. `deploy.yml` at
/// the end of a longer path or address is only when a quote of the correction has that path.
pub(super) fn is_meant(c: &Candidate, text: &str, place: &Range<usize>) -> bool {
    let path = path_before(text, place);
    let whole = || text.get(place.start - path.len()..place.end).unwrap_or_default();
    text::holds_now(text, place)
        && (path.is_empty() || c.evidence.iter().any(|piece| piece.quote.contains(whole())))
}

/// Whether an entry tells what happened on a day: it, or a heading above it, begins with a date.
pub(super) fn is_of_a_day(entry: &Located) -> bool {
    let begins = |text: &str| {
        let mut words = text.split(unicode::is_space).map(|word| word.trim_matches(MARKS));
        let first = words.find(|word| !word.is_empty()).unwrap_or("");
        let is_date = |value: &text::Value<'_>| value.kind == ValueKind::Date;
        first.contains(|c: char| c.is_ascii_digit()) && text::values(first).iter().any(is_date)
    };
    begins(&entry.record.text) || entry.piece.headings.iter().any(|heading| begins(heading))
}

/// What may stand around the date with which a text begins.
const MARKS: [char; 8] = ['*', '_', '`', '[', ']', '(', ')', ':'];

/// Whether a text in lower case has the attribute of another subject too: the last word of the
/// subject twice, once after a word that is no article and not of the subject.
fn names_another(text: &str, subject: &str) -> bool {
    let Some(attribute) = subject.rsplit(' ').next() else { return false };
    let word_before = |place: Range<usize>| {
        let before = text.get(..place.start)?.strip_suffix(' ')?.rsplit(' ').next()?;
        Some(before.trim_matches(|c: char| !unicode::is_word(c)))
    };
    let words: Vec<&str> = places(text, attribute).filter_map(word_before).collect();
    let is_another = |word: &&str| {
        !["", "a", "an", "the", "this", "that", "its"].contains(word)
            && subject.split(' ').all(|own| own != *word)
    };
    words.len() > 1 && words.iter().any(is_another)
}

#[cfg(test)]
mod tests {
    use dreaming_records::ids::EntryId;
    use dreaming_records::kind::Kind;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;
    use dreaming_records::trust::Trust;

    use super::*;
    use crate::identity::resolve;
    use crate::reconcile::updates::{Effect, effect_of};

    /// What a line becomes when somebody says a newer value of `subject` at time 5, if anything.
    fn corrected(line: &str, subject: &str, wrong: &str, right: &str) -> Option<String> {
        let mut store = Snapshot::new("");
        let memory = Memory::new("a.md", format!("- {line}\n"), Some(Time::from_millis(1)));
        store.add_memory(memory.unwrap()).unwrap();
        let entry = resolve(&store, Time::from_millis(20), crate::redact).entries.remove(0);
        let replaces = Replacement { wrong: wrong.into(), right: right.into(), shown: false };
        let found = Candidate {
            replaces: Some(replaces),
            subject: Some(subject.into()),
            trust: Trust::User,
            last: Some(Time::from_millis(5)),
            ..dreaming_fixtures::candidate(Kind::Fact, "It is another one.")
        };
        match effect_of(&found, &entry)? {
            Effect::Supersede(text, _) => Some(text),
            _ => None,
        }
    }

    #[test]
    fn a_newer_value_takes_the_place_of_a_whole_value_and_of_nothing_beside_it() {
        let moved = |line: &str| corrected(line, "staging url", "", "https://new.example");
        let plain = "The staging URL is <https://old.example>, see [it](docs/it.md).";
        let newer = plain.replace("old", "new");
        assert_eq!(moved(plain), Some(newer));
        for twice in [
            "The staging URL is https://old.example; ask before the URL is shared.",
            "The staging URL is https://old.example; [ask](https://ask.example).",
        ] {
            assert_eq!(moved(twice), Some(twice.replace("old", "new")));
        }
        for other in [
            "The staging URL is [the shop of Anna](https://old.example), ask her.",
            "The staging URL is `SHOP_HOST=https://old.example`, set it first.",
            "Staging URL:https://old.example, only by VPN.",
            "The staging URL of the health page is https://old.example/health?full=1.",
            "The production URL differs from the staging URL: https://shop.example.",
        ] {
            assert_eq!(moved(other), None, "{other}");
        }
    }

    #[test]
    fn a_line_that_only_mentions_the_subject_keeps_its_value() {
        let line = "Lines may have 120 characters; the team agreed at standup.";
        assert_eq!(corrected(line, "standup", "", "10:00"), None);
        let found = |corrects: Option<&str>| Candidate {
            corrects: corrects.map(EntryId::new),
            subject: Some("standup".into()),
            ..dreaming_fixtures::candidate(Kind::Fact, "The standup takes 15 minutes.")
        };
        let replacement = Replacement { wrong: "".into(), right: "15".into(), shown: false };
        let wrong = |corrects| wrong_value(&found(corrects), &replacement, line);
        assert!(wrong(None).is_some(), "nobody named a line");
        assert_eq!(wrong(Some("e1")), None, "a model named another line");
    }

    #[test]
    fn a_value_goes_with_its_unit_and_stays_where_it_holds_for_something_else() {
        for (line, subject, wrong, right, expected) in [
            ("The timeout is 30 seconds.", "timeout", "", "500 ms", "The timeout is 500 ms."),
            ("The timeout is 30 seconds.", "timeout", "", "500", "The timeout is 500 seconds."),
            (
                "**Quota:** 100 requests per second",
                "quota",
                "",
                "6000 requests per minute",
                "**Quota:** 6000 requests per minute",
            ),
            (
                "The phone number of Lena is 030 555 0177.",
                "phone number of lena",
                "",
                "030 555 0288",
                "The phone number of Lena is 030 555 0288.",
            ),
            (
                "The phone number of Lena is 030 555 0288.",
                "phone number of lena",
                "0288",
                "030 555 0299",
                "The phone number of Lena is 030 555 0299.",
            ),
            (
                "The next checkup is 12 March, at noon.",
                "next checkup",
                "",
                "12 May",
                "The next checkup is 12 May, at noon.",
            ),
            (
                "Shipping takes 5 to 8 days.",
                "shipping",
                "8 days",
                "6 to 10 days",
                "Shipping takes 6 to 10 days.",
            ),
            (
                "The lock table is `a-lock`.",
                "lock table",
                "",
                "a-locks",
                "The lock table is `a-locks`.",
            ),
            (
                "The supplier for gloves is Medika Nord.",
                "supplier for gloves",
                "",
                "Handschutz24",
                "The supplier for gloves is Handschutz24.",
            ),
            (
                "The limit for orders without a signature is 500 €.",
                "limit for orders without a signature",
                "",
                "300 €",
                "The limit for orders without a signature is 300 €.",
            ),
            (
                "The contact is help@a.example.",
                "contact",
                "",
                "care@a.example",
                "The contact is care@a.example.",
            ),
            ("~~The fee is 2 EUR.~~", "fee", "", "3 EUR", ""),
            ("The fee is 2 EUR until June.", "fee", "", "3 EUR", ""),
            (
                "The archive is at Lindenstraße 4.",
                "archive",
                "",
                "Seestraße 12",
                "The archive is at Seestraße 12.",
            ),
            ("The spa is in room 10.", "spa", "", "room 12", "The spa is in room 12."),
            ("It is a myth that the CI timeout is 45 minutes.", "ci timeout", "", "60 minutes", ""),
            ("The CI timeout is never below 45 minutes.", "ci timeout", "", "60 minutes", ""),
            ("The memory limit is 4 GB (4096 MB).", "memory limit", "", "8 GB", ""),
            // A value of another kind.
            ("Breakfast is from 7:00 to 10:00.", "breakfast", "", "16 euros per person", ""),
            ("The pool is 25 metres long.", "pool", "", "28 degrees warm", ""),
            ("Ledger B is in box 4.", "ledger b", "", "3 pages longer", ""),
            // Another scope, another thing, or part of a longer value.
            ("The worker port is 7001 in staging.", "worker port in production", "", "7002", ""),
            ("The fee is 2 EUR for Austria.", "fee", "", "3 EUR", ""),
            ("The cache is 64 MB, the limit of it is 2 GB.", "limit", "", "3 GB", ""),
            ("The port is configured in `a.yml`.", "port", "", "8443", ""),
            ("The port of the shop is 80.", "port", "", "`a b`", ""),
        ] {
            let new = corrected(line, subject, wrong, right);
            assert_eq!(new.as_deref().unwrap_or_default(), expected, "{line}");
        }
    }

    #[test]
    fn a_value_that_is_named_is_replaced_wherever_it_stands() {
        let line = "The deploy file is [`deploy.yml`](deploy.yml); only `deploy.yml` is read.";
        let newer = corrected(line, "deploy file", "deploy.yml", "deploy.yaml");
        assert_eq!(newer, Some(line.replace("deploy.yml", "deploy.yaml")));
    }
}
