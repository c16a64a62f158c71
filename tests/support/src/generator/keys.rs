//! Finds the subject and attribute of a text, as a model would name them, from its words alone.

use super::templates::{KINDS, Kind, SMALL, Slot};
use super::words::{CITIES, DAYS, FIRST_NAMES, FOODS, LANGUAGES, SERVICES, TOOLS};

/// Least share, in percent, of the words of a phrasing that a sentence must have. Low, because
/// names and values of the right sorts say most, and two edits change half of a short phrasing.
const LEAST: usize = 10;

/// Subject and attribute of the text, such as `ada lovelace home`; `None` when no sentence states a
/// fact. Uses only the text, never its ground truth.
pub fn key(text: &str) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut sentence: Vec<&str> = Vec::new();
    let mut consider = |sentence: &mut Vec<&str>| {
        if let Some((fit, key)) = stated(sentence)
            && best.as_ref().is_none_or(|(least, _)| fit > *least)
        {
            best = Some((fit, key));
        }
        sentence.clear();
    };
    for word in text.split_whitespace() {
        sentence.push(word.trim_matches([',', ';', ':', '.']));
        if word.ends_with('.') {
            consider(&mut sentence);
        }
    }
    consider(&mut sentence);
    best.map(|(_, key)| key)
}

/// The fact that a sentence states best: how well it fits a phrasing, in percent, and its subject
/// with the attribute.
fn stated(sentence: &[&str]) -> Option<(usize, String)> {
    let lower: Vec<String> = sentence.iter().map(|word| word.to_lowercase()).collect();
    let fit = |kind: &Kind| {
        let value = find(sentence, &lower, kind.value, 1)?;
        let subject = find(sentence, &lower, kind.subject, 2)?;
        let fit = kind.phrasings.iter().map(|phrasing| fitting(&lower, phrasing)).max()?;
        (fit >= LEAST && value != subject).then(|| (fit, format!("{subject} {}", kind.attribute)))
    };
    KINDS.iter().filter_map(fit).max_by_key(|(fit, _)| *fit)
}

/// How much of a phrasing a sentence has, in percent; small words weigh a third of others.
fn fitting(lower: &[String], phrasing: &str) -> usize {
    let bare = |word: &str| word.trim_matches([',', ';', ':', '.']).to_lowercase();
    let weight = |word: &String| if SMALL.contains(&word.as_str()) { 1 } else { 3 };
    let words: Vec<String> =
        phrasing.split(' ').map(bare).filter(|word| !word.contains('{')).collect();
    let found: usize = words.iter().filter(|word| lower.contains(word)).map(weight).sum();
    found * 100 / words.iter().map(weight).sum::<usize>().max(1)
}

/// The first words of a sentence that fit a slot, in lower case. The name of a team has `names`
/// words before `team`.
fn find(sentence: &[&str], lower: &[String], slot: Slot, names: usize) -> Option<String> {
    lower.iter().enumerate().find_map(|(at, word)| match slot {
        Slot::Person => {
            let is_name = FIRST_NAMES.iter().any(|name| name.eq_ignore_ascii_case(word));
            is_name.then(|| last_name(sentence, lower, at)).flatten()
        }
        Slot::Team => {
            let first = at.checked_sub(names).filter(|_| word == "team")?;
            Some(lower.get(first..=at)?.join(" "))
        }
        _ => fits(word, slot).then(|| word.clone()),
    })
}

/// The first name at `at` with the last name after it: the next capitalised word, so that an
/// inserted word is skipped. In a sentence without lower-case words, or without a capitalised word
/// nearby, the last name is the next word.
fn last_name(sentence: &[&str], lower: &[String], at: usize) -> Option<String> {
    let is_capital = |word: &&str| word.starts_with(char::is_uppercase);
    let mixed = sentence.iter().any(|word| word.starts_with(char::is_lowercase));
    let next = (at + 1..lower.len().min(at + 4))
        .find(|next| !mixed || sentence.get(*next).is_some_and(is_capital));
    let last = lower.get(next.unwrap_or(at + 1))?;
    Some(format!("{} {last}", lower.get(at)?))
}

fn fits(word: &str, slot: Slot) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let one_of = |list: &[&str]| list.iter().any(|item| item.eq_ignore_ascii_case(word));
    let parts: Vec<&str> = word.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.chars().all(char::is_alphabetic);
    let two_names = parts.len() == 2 && parts.iter().all(letters);
    let is_service = two_names && parts.last().is_some_and(|last| SERVICES.contains(last));
    match slot {
        Slot::City => one_of(&CITIES),
        Slot::Day => one_of(&DAYS),
        Slot::Food => one_of(&FOODS),
        Slot::Language => one_of(&LANGUAGES),
        Slot::Tool => one_of(&TOOLS),
        Slot::Number | Slot::Port => digits(word),
        Slot::Path => word.starts_with("src/"),
        Slot::Service => is_service,
        Slot::Project => two_names && !is_service,
        Slot::Region => parts.len() == 3 && parts.last().is_some_and(|last| digits(last)),
        Slot::Error => {
            word.strip_prefix('e').and_then(|rest| rest.split('-').next()).is_some_and(digits)
        }
        Slot::Time => {
            word.split_once(':').is_some_and(|(hour, minute)| digits(hour) && digits(minute))
        }
        Slot::Version => word.split('.').count() == 3 && word.split('.').all(digits),
        Slot::Person | Slot::Team | Slot::Word => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::generate;
    use super::*;

    #[test]
    fn the_key_of_a_text_names_its_subject_and_no_other() {
        let texts = generate(5_000, 5);
        let mut of_subject: BTreeMap<u64, BTreeSet<Option<String>>> = BTreeMap::new();
        let mut of_key: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for text in &texts {
            let key = key(&text.text);
            of_key.entry(key.clone().unwrap_or_default()).or_default().insert(text.subject);
            of_subject.entry(text.subject).or_default().insert(key);
        }
        let split = of_subject.values().filter(|keys| keys.len() > 1).count();
        let mixed = of_key.values().filter(|subjects| subjects.len() > 1).count();
        // When an edit inserted a word into the name of a team, the name cannot be recognised.
        assert!(split * 1000 <= of_subject.len(), "{split} of {} subjects", of_subject.len());
        assert!(mixed * 1000 <= of_key.len(), "{mixed} of {} keys", of_key.len());
    }

    #[test]
    fn a_text_without_a_fact_has_no_key() {
        assert_eq!(key("It took 3 attempts to find the bana kilo."), None);
        assert_eq!(
            key("HOME BASE OF ADA: LISBON. HOME BASE OF GRACE KILO: LISBON.").as_deref(),
            Some("grace kilo home")
        );
    }
}
