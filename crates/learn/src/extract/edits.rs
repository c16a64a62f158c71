//! Calls that failed because of one value, and the same calls that worked with another value.
//!
//! The wrong value is the one that the error reports as unknown. The cure is what stands in its
//! place in the call that worked: another value, or none.

use super::calls::{Arguments, Call, Charged};
use super::pin::{Seen, range_in};
use super::refutations;
use crate::words::errors::{NO_FILE, UNKNOWN};
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::notes::{Refutation, SessionNotes};
use dreaming_shield::redact::MARK;
use dreaming_text::eight_bytes::holds;
use dreaming_text::{cut, unicode};

/// Bytes read of an error. Chosen by us: the name that it complains about stands early.
const MAX_ERROR: usize = 4 << 10;

/// Words of a call that are compared. Chosen by us: a longer call carries a document.
const MAX_WORDS: usize = 300;

/// Shortest value, in bytes. Chosen by us: shorter ones stand in any error.
const MIN_VALUE: usize = 3;

/// A call that failed over a value and waits for a retry with another one.
#[derive(Debug)]
pub(super) struct Unknown {
    step: String,
    tool: String,
    given: String,
    /// Values of the call that the error reports as unknown.
    values: Vec<String>,
    pin: Pin,
}

/// The values over which a call failed.
pub(super) fn unknown(charged: &Charged<'_>, seen: &Seen<'_>) -> Option<Unknown> {
    // [`super::refutations`] handles wrong file names.
    let call = charged.call;
    let is_known = call.chain().is_none() || charged.part.is_some();
    let given = given(call).filter(|_| call.path.is_none() && is_known)?;
    let text = cut(&seen.event.text, MAX_ERROR);
    let label = charged.part.as_ref().and_then(|part| part.label.as_deref()).unwrap_or("");
    let mut values = Vec::new();
    let mut told = None;
    for line in text.lines().filter(|line| is_unknown(line)) {
        let Some(range) = range_in(&seen.event.text, line) else { continue };
        let named = unknown_values(given, label, seen.words(&range));
        if !named.is_empty() {
            told = told.or(Some(range));
            values.extend(named);
        }
    }
    let (step, tool) = (charged.step.clone(), call.tool.clone());
    let (pin, _) = seen.pin(&told?, MAX_QUOTE);
    Some(Unknown { step, tool, given: given.into(), values, pin })
}

/// The arguments of a call, if they are short and hold no secret.
fn given(call: &Call) -> Option<&str> {
    let Arguments::Short(given) = &call.arguments else { return None };
    (!holds(given, MARK)).then_some(given)
}

/// A call worked: it may be the retry of an earlier one with another value.
pub(super) fn worked<'a>(
    call: &Call,
    mut before: impl Iterator<Item = &'a mut Option<Unknown>>,
    notes: &mut SessionNotes,
) {
    let Some(given) = given(call) else { return };
    let found = before.find_map(|unknown| {
        let edit = edit(unknown.as_ref().filter(|failed| failed.tool == call.tool)?, given)?;
        unknown.take().zip(Some(edit))
    });
    let Some((failed, (wrong, right))) = found else { return };
    let new = Refutation {
        given_to: failed.step,
        given_as: given_as(&failed.given, &wrong).unwrap_or_default().into(),
        wrong,
        right,
        pins: vec![failed.pin, call.place.pin()],
    };
    refutations::add(new, notes);
}

/// The values of a call that a line of its error names. `label`: program and subcommand, whose
/// words are no values.
fn unknown_values(given: &str, label: &str, line: &str) -> Vec<String> {
    let named = values(line);
    let is_told = |value: &&str| {
        is_value(value)
            && named.contains(value)
            && !label.split(' ').skip(1).any(|word| word == *value)
    };
    values(given).into_iter().filter(is_told).map(str::to_owned).collect()
}

/// The wrong value, and the value that replaced it; empty when the retry left it out.
fn edit(failed: &Unknown, given: &str) -> Option<(String, String)> {
    let (before, after) = (values(&failed.given), values(given));
    let changes = changes(&before, &after)?;
    let mut edits = changes.iter().filter_map(|(wrong, right)| match (&wrong[..], &right[..]) {
        ([wrong], [right]) => Some((*wrong, *right)),
        // A word that the retry left out was the fault only when it was the command: `timeout` in
        // `timeout 5 make`.
        ([wrong, own @ ..], []) if before.first() == Some(wrong) => {
            own.iter().all(|word| !is_value(word)).then_some((*wrong, ""))
        }
        _ => None,
    });
    let is_it = |(wrong, right): &(&str, &str)| {
        failed.values.iter().any(|unknown| unknown == wrong)
            && (right.is_empty() || is_value(right))
    };
    let first = edits.find(is_it)?;
    // When different values took the place of the wrong one, nobody knows which was right.
    let clear = edits.filter(is_it).all(|other| other == first);
    clear.then(|| (first.0.into(), first.1.into()))
}

/// The name of a value: of a field (`owner: "x"`, `"owner":"x"`), a setting (`owner=x`) or an
/// option (`--owner x`).
fn given_as<'a>(given: &'a str, value: &str) -> Option<&'a str> {
    let is_part = |c: char| unicode::is_letter(c) || c.is_ascii_digit() || matches!(c, '_' | '-');
    let whole = |(at, _): &(usize, &str)| {
        let before = given.get(..*at).and_then(|text| text.chars().next_back());
        let after = given.get(at + value.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    };
    let (at, _) = given.match_indices(value).find(whole)?;
    let before = given.get(..at)?;
    let marks = |c: char| matches!(c, '\'' | '"' | '\\') || c.is_ascii_whitespace();
    let bare = before.trim_end_matches(marks);
    let named = bare.strip_suffix([':', '=']).map(|name| name.trim_end_matches(marks));
    let last = |text: &'a str| text.rsplit(|c| !is_part(c)).next().filter(|name| !name.is_empty());
    match named {
        Some(name) => last(name),
        None => last(bare).filter(|name| bare.len() < before.len() && name.starts_with("--")),
    }
}

/// Whether a line reports a name as unknown.
fn is_unknown(line: &str) -> bool {
    let lower = unicode::lower(line).replace('_', " ");
    // After a wrong path an agent looks elsewhere; that is no correction.
    UNKNOWN.iter().any(|words| holds(&lower, words))
        && !NO_FILE.iter().any(|words| holds(&lower, words))
}

/// The words of a text that may be values, without the punctuation around them.
fn values(text: &str) -> Vec<&str> {
    let is_part = |c: char| {
        unicode::is_letter(c)
            || c.is_ascii_digit()
            || matches!(c, '_' | '-' | '.' | '@' | '+' | ':')
    };
    let words = text.split(|c| !is_part(c)).map(|word| word.trim_matches([':', '.']));
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether a word can be a wrong value: a name, but no option or number.
fn is_value(word: &str) -> bool {
    word.len() >= MIN_VALUE && !word.starts_with('-') && word.chars().any(unicode::is_letter)
}

/// The words that one call has at a place, and the words that the other has there.
type Change<'a> = (Vec<&'a str>, Vec<&'a str>);

/// Where two calls differ, if they share at least half of their words. `None` when they are
/// different calls, or equal.
fn changes<'a>(before: &[&'a str], after: &[&'a str]) -> Option<Vec<Change<'a>>> {
    if before.len() > MAX_WORDS || after.len() > MAX_WORDS || before == after {
        return None;
    }
    // Longest common subsequence, filled from the end.
    let width = after.len() + 1;
    let mut common = vec![0_usize; (before.len() + 1) * width];
    let at = |common: &[usize], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in before.iter().enumerate().rev() {
        for (j, b) in after.iter().enumerate().rev() {
            let most = if a == b {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(i * width + j) {
                *place = most;
            }
        }
    }
    if at(&common, 0, 0) * 2 < before.len().max(after.len()) {
        return None;
    }
    let (mut i, mut j) = (0, 0);
    let mut found: Vec<Change<'a>> = Vec::new();
    let mut open: Change<'a> = Change::default();
    while let (Some(a), Some(b)) = (before.get(i), after.get(j)) {
        if a == b {
            found.push(std::mem::take(&mut open));
            (i, j) = (i + 1, j + 1);
        } else if at(&common, i + 1, j) >= at(&common, i, j + 1) {
            open.0.push(a);
            i += 1;
        } else {
            open.1.push(b);
            j += 1;
        }
    }
    open.0.extend(before.iter().skip(i));
    open.1.extend(after.iter().skip(j));
    found.push(open);
    found.retain(|(before, after)| !before.is_empty() || !after.is_empty());
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(label: &str, given: &str, error: &str, then: &str) -> Option<(String, String)> {
        let lines = error.lines().filter(|line| is_unknown(line));
        let values = lines.flat_map(|line| unknown_values(given, label, line)).collect();
        let failed = Unknown {
            step: "Bash x".into(),
            tool: "Bash".into(),
            given: given.into(),
            values,
            pin: dreaming_fixtures::pin(1, 1),
        };
        edit(&failed, then)
    }

    #[test]
    fn what_took_the_place_of_an_unknown_name_is_its_cure() {
        for (given, error, then, wrong, right) in [
            (
                r#"{"skill":"commit"}"#,
                "Unknown skill: commit",
                r#"{"skill":"tools:commit"}"#,
                "commit",
                "tools:commit",
            ),
            (
                "gh api graphql -f query='{ repository(owner: \"acme\", name: \"shop\") { id } }'",
                "{\"errors\":[{\"type\":\"NOT_FOUND\",\"message\":\"no acme/shop\"}]}",
                "gh api graphql -f query='{ repository(owner: \"ACME1\", name: \"shop\") { name } }'",
                "acme",
                "ACME1",
            ),
            ("python x.py", "zsh: command not found: python", "python3 x.py", "python", "python3"),
            ("timeout 9 make a", "bash: timeout: command not found", "make a", "timeout", ""),
            (
                "git checkout main",
                "error: pathspec 'main' did not match any file(s)",
                "git checkout master",
                "main",
                "master",
            ),
        ] {
            let want = Some((wrong.to_owned(), right.to_owned()));
            assert_eq!(edited("", given, error, then), want, "{given}");
        }
    }

    #[test]
    fn what_stands_in_front_of_a_value_says_what_it_is() {
        for (given, name) in [
            ("{ repository(owner: \"acme\", name: \"x\") }", Some("owner")),
            ("{\"skill\":\"acme\"}", Some("skill")),
            ("query='{ a(owner: \\\"acme\\\") }'", Some("owner")),
            ("deploy --region acme", Some("--region")),
            ("deploy --region=acme", Some("--region")),
            ("git checkout acme", None),
            ("a=acme-x owner=acme", Some("owner")),
            ("acme x", None),
        ] {
            assert_eq!(given_as(given, "acme"), name, "{given}");
        }
    }

    #[test]
    fn another_call_an_option_or_another_error_shows_no_cure() {
        for (given, error, then) in [
            ("gh pr diff 8 --stat", "unknown flag: --stat", "gh pr diff 8 --name-only"),
            ("make lint", "[lint] 3 issues", "make test"),
            ("make lint", "lint: not found: x", "make test"),
            ("python x.py", "command not found: python", "cat y z w"),
            ("git checkout main", "did not match: main", "git checkout main"),
            (
                "sed -n 1p a/http.go",
                "sed: a/http.go: No such file or directory",
                "sed -n 1p a/web.go",
            ),
            ("go test | grep FAIL", "grep: unknown FAIL", "go test | grep 'FAIL'"),
            ("gh pr view 12", "pull request 12 not found", "gh pr view 13"),
        ] {
            assert_eq!(edited("make lint", given, error, then), None, "{given}");
        }
    }
}
