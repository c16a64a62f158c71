//! Applies the settings `steer.*`, with which a person says what a dream should look for. No model
//! is asked: candidates are ranked or turned down, and no guard is lifted.

use dreaming_records::candidate::Candidate;
use dreaming_records::kind::Kind;
use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Operation, Rejected, Stage};
use dreaming_records::policy::{self, Policy, Texts};
use dreaming_text as text;
use dreaming_text::unicode::{is_cjk, is_word, lower};

/// The candidates that the settings allow, with those that match `steer.focus` first (otherwise the
/// order stays), and those that `steer.ignore` or `steer.kinds` excludes.
pub(crate) fn candidates(
    found: Vec<Candidate>,
    policy: &Policy,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let (kept, excluded): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|candidate| reason(candidate, policy).is_none());
    let (mut first, rest): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|candidate| in_focus(&candidate.text, policy));
    first.extend(rest);
    (first, excluded)
}

/// Whether `steer.ignore` or `steer.kinds` excludes a candidate.
pub fn excludes(candidate: &Candidate, policy: &Policy) -> bool {
    reason(candidate, policy).is_some()
}

/// The record of an excluded candidate as turned down.
pub(crate) fn rejected(excluded: &Candidate, policy: &Policy) -> Option<Rejected> {
    let why = reason(excluded, policy)?;
    Some(Rejected::new(Stage::Steer, why, &excluded.text, excluded.evidence.clone()))
}

fn reason(candidate: &Candidate, policy: &Policy) -> Option<&'static str> {
    if says_one_of(&candidate.text, policy.texts(&policy::STEER_IGNORE)) {
        return Some("ignored");
    }
    let kinds = policy.texts(&policy::STEER_KINDS);
    (!kinds.is_empty() && !names_kind(kinds, candidate.kind)).then_some("other-kind")
}

/// Whether a list of the policy names a kind.
pub(crate) fn names_kind(kinds: &[String], kind: Kind) -> bool {
    kinds.iter().any(|word| Kind::asked_for(word) == Some(kind))
}

/// Turns down an addition to a memory outside `steer.paths`.
pub(crate) fn elsewhere(change: &Change, policy: &Policy) -> Option<Rejected> {
    let allowed = policy.texts(&policy::STEER_PATHS);
    let outside = change.operation == Operation::Add
        && !allowed.is_empty()
        && !allowed.iter().any(|below| covers(below, &change.path));
    let text = change.text.as_deref().unwrap_or(&change.because);
    outside.then(|| Rejected::new(Stage::Steer, "outside-paths", text, change.evidence.clone()))
}

/// Whether `path` is `item` or, when `item` ends in `/`, lies below it.
pub(crate) fn covers(item: &str, path: &MemoryPath) -> bool {
    item == path.as_str() || item.ends_with('/') && path.as_str().starts_with(item)
}

/// Whether a statement contains a phrase of `steer.focus`.
pub(crate) fn in_focus(statement: &str, policy: &Policy) -> bool {
    says_one_of(statement, policy.texts(&policy::STEER_FOCUS))
}

fn says_one_of(statement: &str, phrases: &[String]) -> bool {
    said_of(statement, phrases).is_some()
}

/// The first of the phrases that a statement contains, without regard to case and white space, and
/// to code marks and stars: `npm` `install` says `npm install`.
pub(crate) fn said_of<'p>(statement: &str, phrases: &'p [String]) -> Option<&'p str> {
    if phrases.is_empty() {
        return None;
    }
    let forms = |text: &str| {
        let plain = text.replace(['`', '*'], "");
        [text, &plain].map(|text| lower(&text::normal(text)))
    };
    let [marked, plain] = forms(statement);
    let said = |phrase: &&String| {
        let [as_given, bare] = forms(phrase);
        says(&marked, &as_given) || says(&plain, &bare)
    };
    phrases.iter().find(said).map(String::as_str)
}

/// Whether `phrase` occurs in `text` as whole words; both are in normal form and lower case.
/// Scripts without spaces have no ends of words to check.
fn says(text: &str, phrase: &str) -> bool {
    let goes_on = |inside: Option<char>, outside: Option<char>| {
        let word = |c: Option<char>| c.is_some_and(|c| is_word(c) && !is_cjk(c));
        word(inside) && word(outside)
    };
    !phrase.is_empty()
        && text.match_indices(phrase).any(|(at, found)| {
            let before = text.get(..at).and_then(|head| head.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|tail| tail.chars().next());
            !goes_on(found.chars().next(), before) && !goes_on(found.chars().next_back(), after)
        })
}

/// How the engine understood the settings `steer.*`, as sentences for the report.
pub fn notes(policy: &Policy, redact: fn(&str) -> String) -> Vec<String> {
    let list = |setting: &Texts| {
        let items = policy.texts(setting).iter();
        let items: Vec<String> = items.map(|item| format!("`{}`", redact(item))).collect();
        (!items.is_empty()).then(|| items.join(", "))
    };
    let sentences = [
        (&policy::STEER_FOCUS, "What says one of these comes first:"),
        (&policy::STEER_IGNORE, "What says one of these was turned down:"),
        (&policy::STEER_KINDS, "Only statements of these kinds were taken up:"),
        (&policy::STEER_PATHS, "New entries were taken up only for these memories:"),
    ];
    let said = |(setting, what): (&Texts, &str)| list(setting).map(|all| format!("{what} {all}."));
    sentences.into_iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact;
    use dreaming_fixtures::candidate;
    use dreaming_records::policy::SettingValue;

    fn policy(settings: &[(&str, &str)]) -> Policy {
        let mut policy = Policy::default();
        for (name, item) in settings {
            policy.set(name, SettingValue::Texts(vec![(*item).into()])).unwrap();
        }
        policy
    }

    fn found() -> Vec<Candidate> {
        let said = [
            (Kind::Preference, "Always use pnpm."),
            (Kind::Preference, "Never push to main."),
            (Kind::Mistake, "Make sure that a path exists before reading it."),
        ];
        said.map(|(kind, text)| candidate(kind, text)).into()
    }

    #[test]
    fn phrases_stand_as_whole_words_in_any_case() {
        assert!(says("always use pnpm.", "pnpm") && says("run `cargo test` first", "cargo test"));
        assert!(!says("always use pnpmx", "pnpm") && !says("a remain b", "main"));
        assert!(says("总是用中文回答", "中文"));
        let in_focus = |text: &str, item: &str| in_focus(text, &policy(&[("steer.focus", item)]));
        assert!(in_focus("Use PNPM  here", "use pnpm"));
        for (text, item) in [
            ("Run `npm` `install` first", "npm install"),
            ("Run **npm** install", "npm install"),
            ("Run npm install", "`npm install`"),
            ("Use `**`", "**"),
        ] {
            assert!(in_focus(text, item), "{text}");
        }
        assert!(!in_focus("Use it", "*") && !in_focus("Run `npm`, install", "npm install"));
    }

    #[test]
    fn what_is_ignored_or_of_another_kind_is_turned_down_with_its_reason() {
        let all = found().len();
        let candidates = |policy: &Policy| {
            let (kept, excluded) = candidates(found(), policy);
            (kept, excluded.iter().map(|c| rejected(c, policy).unwrap()).collect::<Vec<_>>())
        };
        let (kept, down) = candidates(&policy(&[("steer.ignore", "PNPM")]));
        assert_eq!((kept.len(), down.len()), (all - 1, 1));
        assert_eq!((down[0].stage, &*down[0].reason), (Stage::Steer, "ignored"));
        assert!(!down[0].evidence.is_empty());
        let (kept, down) = candidates(&policy(&[("steer.kinds", "preference")]));
        assert!(kept.iter().all(|c| c.kind == Kind::Preference) && kept.len() == 2);
        assert!(!down.is_empty() && down.iter().all(|r| r.reason == "other-kind"));
    }

    #[test]
    fn focus_ranks_and_takes_nothing_away() {
        let (kept, down) = candidates(found(), &policy(&[("steer.focus", "main")]));
        assert!(down.is_empty() && kept[0].text.contains("main"));
        let (mut a, mut b) = (kept, found());
        dreaming_text::sort::all(&mut a);
        dreaming_text::sort::all(&mut b);
        assert_eq!(a, b);
    }

    #[test]
    fn no_setting_says_nothing_and_each_is_repeated() {
        assert!(notes(&Policy::default(), redact).is_empty());
        let said = notes(&policy(&[("steer.focus", "tests"), ("steer.paths", "learned/")]), redact);
        assert_eq!(said.len(), 2);
        assert!(said[1].contains("`learned/`"), "{said:?}");
    }
}
