//! The values in a statement that a reader would copy. Each of them must have a source.
//!
//! [`dreaming_text::values`] finds fewer values, because it only has to tell two statements apart.
//! Here, a value that is overlooked could bring something made up into the store.

use dreaming_shield::attack::{self, words};
use dreaming_text::unicode;

use super::dates;

/// Marks that show where a value was shortened.
const ELISIONS: [&str; 2] = ["...", "…"];

/// Whether a value stands in one of `sources`, exactly and as a whole. For a command line that is
/// shortened or put together, each of its words must stand there, and of a word with a placeholder
/// what is around it.
pub(super) fn stands(value: &str, sources: &[String]) -> bool {
    // `~/x` and `/home/name/x` name the same file: the path behind `~` is looked up.
    let occurs = |value: &str| {
        let value = value.strip_prefix('~').filter(|rest| rest.starts_with('/')).unwrap_or(value);
        sources.iter().any(|source| contains(source, value))
    };
    let says_nothing = |value: &str| !value.contains(unicode::is_word);
    let piece = |word: &str| {
        let ends = |c: char| matches!(c, '"' | '\'' | '(' | ')' | ',' | ';');
        let word = word.trim_matches(ends);
        says_nothing(word) || occurs(word)
    };
    let is_member = || member(value).is_some_and(|(of, name)| occurs(of) && occurs(name));
    // A list without spaces looks like a number: ports `80,443`.
    let is_list = || value.contains(',') && numbers(value) && value.split(',').all(occurs);
    // One language writes 0,18 and 1.250 where another one writes 0.18 and 1,250.
    let is_other = || other_marks(value).is_some_and(|other| occurs(&other));
    if says_nothing(value) || occurs(value) || is_member() || is_list() || is_other() {
        return true;
    }
    if is_name(value) {
        let lower = value.to_ascii_lowercase();
        return sources.iter().any(|source| contains(&source.to_ascii_lowercase(), &lower));
    }
    let spaced = without_placeholders(value);
    let spaced = ELISIONS.iter().fold(spaced, |value, sign| value.replace(sign, " "));
    let mut words = spaced.split_ascii_whitespace();
    let is_one = words.clone().nth(1).is_none() && spaced == value;
    !is_one && spaced.contains(unicode::is_word) && words.all(piece)
}

/// A number with its comma for a point, and the other way round; `None` for all that is no number, or has none.
fn other_marks(value: &str) -> Option<String> {
    let digits = value.trim_start_matches(['$', '€', '£', '-']);
    let is_mark = |c: char| matches!(c, ',' | '.');
    let is_number = digits.contains(is_mark)
        && digits
            .split(is_mark)
            .all(|run| !run.is_empty() && run.bytes().all(|b| b.is_ascii_digit()))
        && digits.split(is_mark).count() <= 3;
    is_number.then(|| {
        value
            .chars()
            .map(|c| match c {
                ',' => '.',
                '.' => ',',
                c => c,
            })
            .collect()
    })
}

/// Whether a value has only digits and commas.
fn numbers(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_digit() || b == b',')
}

/// Splits a member from its owner as programs write them: `report.Error()`. Five sources of data
/// have such names. Host and file names rarely look like this: they have no `()`, and few have an
/// ending that begins with a capital.
fn member(value: &str) -> Option<(&str, &str)> {
    let called = value.strip_suffix("()");
    let (of, name) = called.unwrap_or(value).rsplit_once('.')?;
    let is_member = called.is_some() || name.starts_with(|c: char| c.is_ascii_uppercase());
    (is_member && !of.contains('/')).then_some((of, name))
}

/// The values of a word of prose that joins several: `go.mod/go.sum`, `lookup/approve/reject`,
/// `#14-16`, `130-character` (in at least eight sources of data), `401/403`, `~600` (in three). A path
/// stays whole when it stands in code marks or has more than letters and digits; a path of plain
/// words is checked part by part as well.
fn parts(word: &str) -> Vec<&str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic());
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_file = |part: &str| part.contains('.') && part.contains(unicode::is_word);
    let mut listed = word.split('/');
    if word.contains('/') && (listed.clone().all(is_word) || listed.all(is_file)) {
        return word.split('/').collect();
    }
    // About so much, or from one to another: `~600`, `8~10`.
    let is_count =
        |part: &str| part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b','));
    if word.contains('~') && word.split('~').all(is_count) {
        return word.split('~').filter(|part| !part.is_empty()).collect();
    }
    match word.strip_prefix('#').unwrap_or(word).split_once('-') {
        _ if dates::is_month(word) => vec![word],
        Some((first, last)) if is_number(first) && is_number(last) => vec![first, last],
        Some((first, rest)) if is_number(first) && rest.split('-').all(is_plain) => vec![first],
        _ => vec![word],
    }
}

/// A value with a space for each placeholder: `comments/<id>/replies`, `--window "<from>..<to>"`, `<new file>`, found in
/// ten sources of data, inside a word in three. Right behind a word it is a type or a tag: `Option<Duration>`.
fn without_placeholders(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let is_type = before.ends_with(|c: char| c == ':' || c.is_ascii_alphanumeric());
        let name = after.split_once('>').filter(|(name, _)| !is_type && is_name_of_gap(name));
        out.push(if name.is_some() { ' ' } else { '<' });
        rest = name.map_or(after, |(_, after)| after);
    }
    out + rest
}

/// Whether this may stand between the brackets of a placeholder: words of letters.
fn is_name_of_gap(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_' | b' '))
}

/// Whether a value has only letters and digits. Prose writes these in any case: `E2E`, found in
/// three sources of data.
fn is_name(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_alphanumeric())
        && value.bytes().any(|b| b.is_ascii_alphabetic())
        && value.bytes().any(|b| b.is_ascii_digit())
}

/// Fewest words of a code span that may be a message. Chosen by us: a program with its argument has
/// fewer.
const MESSAGE: usize = 3;

/// Whether a code span quotes the message of a tool: several words, nothing to run or to open, and
/// no flag but those that `own` accepts (a tool names the flag that it refuses:
/// `unknown flag: --stat`, `no matches found: --include=*.go`). Models quoted such messages in
/// three projects.
pub(super) fn is_message(span: &str, own: impl Fn(&str) -> bool) -> bool {
    let mut flags = span.split_ascii_whitespace().filter(|word| word.starts_with('-'));
    span.split_ascii_whitespace().nth(MESSAGE - 1).is_some()
        && flags.all(own)
        && attack::actions(span).is_empty()
}

/// The signs that begin a comment in code, with white space around them.
const COMMENTS: [&str; 2] = ["#", "//"];

/// The code spans of a text, whole: what is a comment in one language runs in another.
pub(super) fn spans(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split('`').skip(1).step_by(2);
    inside.map(str::trim_ascii).filter(|span| !span.is_empty())
}

/// A code span, and the comment at its end, whose words need a source only in advice, which is checked as a whole: `make all  # in two minutes`.
fn code_and_comment(span: &str) -> (&str, &str) {
    let is_open = |c: Option<char>| c.is_none_or(|c| c.is_ascii_whitespace());
    let begins = |(at, sign): &(usize, &str)| {
        let (before, after) = (span.get(..*at), span.get(at + sign.len()..));
        is_open(before.and_then(|before| before.chars().next_back()))
            && is_open(after.and_then(|after| after.chars().next()))
    };
    let signs = COMMENTS.iter().flat_map(|sign| span.match_indices(sign));
    let (at, sign) = signs.filter(begins).min().unwrap_or((span.len(), ""));
    let [code, comment] = [span.get(..at), span.get(at + sign.len()..)];
    (code.unwrap_or(span).trim_ascii(), comment.unwrap_or_default())
}

/// Code spans, paths, addresses, numbers, flags, identifiers and commands of a text.
pub(super) fn all(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for (n, part) in text.split('`').enumerate() {
        let inside = n % 2 == 1;
        let (span, prose) = if inside { code_and_comment(part) } else { ("", part) };
        if !span.is_empty() {
            out.push(span);
        }
        // A `/` right after a code span only joins it to the next word.
        let prose = prose.strip_prefix('/').filter(|_| !inside && n > 0).unwrap_or(prose);
        out.extend(words(prose).filter(|word| is_value(word)).flat_map(parts));
    }
    out
}

/// Whether prose joins two plain words: `authors/reviewers`.
fn is_choice(word: &str) -> bool {
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    word.split_once('/').is_some_and(|(one, other)| is_plain(one) && is_plain(other))
}

fn is_value(word: &str) -> bool {
    let bytes = word.as_bytes();
    let letters = |part: &str| part.len() > 1;
    let dotted = word.contains('.') && word.split('.').any(letters); // not `e.g`
    let flag = bytes.first() == Some(&b'-') && bytes.iter().any(u8::is_ascii_alphanumeric);
    bytes.iter().any(u8::is_ascii_digit)
        || word.contains(['\\', '_', '@', '$', '=', '~', '%'])
        || word.contains('/') && !is_choice(word)
        || word.contains("::")
        || word.contains(":/")
        || dotted
        || flag
        || attack::is_command(word)
}

/// Whether a statement names a value, as a whole.
pub(crate) fn names(statement: &str, value: &str) -> bool {
    !value.is_empty() && contains(statement, value)
}

/// Whether `source` has `value` not as a part of a longer word or number.
fn contains(source: &str, value: &str) -> bool {
    source.match_indices(value).any(|(start, _)| {
        let before = source.get(..start).unwrap_or_default();
        let after = source.get(start + value.len()..).unwrap_or_default();
        let first = value.chars().next().unwrap_or(' ');
        let last = value.chars().next_back().unwrap_or(' ');
        let runs_on = goes_on(first, before.chars().rev()) || goes_on(last, after.chars());
        !runs_on
    })
}

/// Whether a source has a name of which `value` is a piece behind or before a low line: variables with `VITE_`, migration
/// `0042`, which begins `0042_sessions`. Statements of three sources named one so, and fell. Other numbers are none.
pub(super) fn is_piece_of_name(value: &str, sources: &[String]) -> bool {
    let is_number = value.len() > 1 && value.starts_with('0');
    let is_word = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_name = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let is_piece = |source: &str, at: usize| {
        let (before, after) = (source.get(..at), source.get(at + value.len()..));
        let before = before.and_then(|text| text.chars().next_back());
        let after = after.and_then(|text| text.chars().next());
        let ends = |edge: Option<char>, next: Option<char>| {
            edge == Some('_')
                || !next.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ','))
        };
        let low = [before, after, value.chars().next(), value.chars().next_back()];
        low.contains(&Some('_'))
            && !(is_number && before == Some('_'))
            && ends(value.chars().next(), before)
            && ends(value.chars().next_back(), after)
    };
    let is_in = |source: &String| source.match_indices(value).any(|(at, _)| is_piece(source, at));
    is_name && (is_number || is_word) && sources.iter().any(is_in)
}

/// Whether the word or number that ends with `edge` continues in `next`; a number also continues
/// behind a point or a comma.
fn goes_on(edge: char, mut next: impl Iterator<Item = char>) -> bool {
    match next.next() {
        Some('.' | ',') => edge.is_ascii_digit() && next.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => joins(edge) && joins(c),
        None => false,
    }
}

fn joins(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supported(text: &str, sources: &[&str]) -> bool {
        let sources: Vec<String> = sources.iter().map(|&source| source.into()).collect();
        all(text).iter().all(|value| stands(value, &sources))
    }

    #[test]
    fn a_piece_of_a_name_stands_beside_a_low_line() {
        let sources =
            ["0042_up.sql VITE_ID mcp__run_code wait_44_s 2.5s v2.3 1,500k 10.05 1_044_000 10_5m id_0 11:06".to_owned()];
        for value in ["0042", "VITE_", "run_code"] {
            assert!(is_piece_of_name(value, &sources), "{value}");
        }
        for value in [
            "44", "004", "VIT", "5s", "v2", "500k", "05", "run code", "044", "000", "5m", "0", "06",
        ] {
            assert!(!is_piece_of_name(value, &sources), "{value}");
        }
    }

    #[test]
    fn values_are_found_with_and_without_code_marks() {
        for (text, found) in [
            (
                "Run `make all` with --fast, then 3.1 of v2.",
                vec!["make all", "--fast", "3.1", "v2"],
            ),
            (
                "See https://a.example/x?y=1 (or a.example).",
                vec!["https://a.example/x?y=1", "a.example"],
            ),
            ("Use src/lib.rs, not lib.rs; e.g. this well-known one.", vec!["src/lib.rs", "lib.rs"]),
            ("部署端口是8080并且", vec!["8080"]),
            ("Pipe it to bash or curl it.", vec!["bash", "curl"]),
            ("Plain words only: nothing - here!", vec![]),
            ("An open `span with x.y", vec!["span with x.y"]),
        ] {
            assert_eq!(all(text), found, "{text}");
        }
    }

    #[test]
    fn a_comment_in_code_is_prose() {
        for (text, found) in [
            ("`make all  # in 2 minutes`", vec!["make all", "2"]),
            ("`\"id\": 1, // of one/x.rs alone`", vec!["\"id\": 1,", "one/x.rs"]),
            ("`# as before`", vec![]),
            ("`a://b #1`", vec!["a://b #1"]),
            ("`make # then curl it`", vec!["make", "curl"]),
        ] {
            assert_eq!(all(text), found, "{text}");
            let inner = text.trim_matches('`');
            assert_eq!(spans(text).collect::<Vec<_>>(), [inner], "what may run is the whole");
        }
    }

    #[test]
    fn a_value_must_stand_as_a_whole() {
        for (text, source, expected) in [
            ("Port 80 is open.", "listening on port 80.", true),
            ("Port 80 is open.", "listening on port 8080", false),
            ("It is 3.1 now.", "version 3.1.4", false),
            ("It is 3.1 now.", "version 3.1.", true),
            ("It is 1 now.", "version 3.1", false),
            ("Use `-v`.", "run it with -V", false),
            ("Use `foo`.", "foobar", false),
            ("端口是8080", "端口是8080并且", true),
            ("An E2E test.", "run the e2e tests", true),
            ("An E2E test.", "run the e2ee tests", false),
            ("It costs $11,500, or 10,000 EUR.", "about $11,500 or 10,000 EUR", true),
            ("It costs $11,500.", "it costs $11,600", false),
            ("It costs $11,500.", "it costs $211,500", false),
            ("It is 1,500.", "it is 11,500", false),
            ("It is 11,500.", "it is 11,500,000", false),
            ("Ports 80,443 are open.", "ports 80 and 443", true),
            ("Ports 80,443 are open.", "ports 80 and 8443", false),
            ("Pay 10,000,or more.", "10,000", true),
        ] {
            assert_eq!(supported(text, &[source]), expected, "{text} | {source}");
        }
    }

    #[test]
    fn each_value_may_have_its_own_source() {
        assert!(supported("From a.rs to b.rs.", &["see a.rs", "see b.rs"]));
        assert!(!supported("From a.rs to b.rs.", &["see a.rs"]));
        assert!(supported("No values at all.", &[]));
    }

    #[test]
    fn what_prose_joins_stands_part_by_part() {
        let seen = &[
            "issues 14 and 16: keySize is 130",
            "type Report has Error, lookup, approve and reject",
        ];
        for (text, expected) in [
            ("A 130-character key.", true),
            ("About ~130 of them.", true),
            ("From 130~14 on.", true),
            ("About ~131 of them.", false),
            ("Both 14/16 hold `Report`/lookup.", true),
            ("Both 14/17 hold it.", false),
            ("It is at `keySize`/14b.", false),
            ("A 131-character key.", false),
            ("Issues #14-16 are open.", true),
            ("Issues #14-17 are open.", false),
            ("The model is key-130.", false),
            ("Either lookup/approve/reject it.", true),
            ("Either lookup/approve/revoke it.", false),
            ("Call `Report.Error()`.", true),
            ("Call `Report.Lookup`.", false),
            ("Open `Report.lookup`.", false),
            ("Ask lookup.approve for it.", false),
            ("See https://Report.Error/lookup.", false),
            ("See `lookup/approve/reject`.", false),
            ("See ./lookup/approve.", false),
            ("See lookup/approve.rs.", false),
        ] {
            assert_eq!(supported(text, seen), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_joined_or_named_stands_as_a_whole() {
        for (text, source, expected) in [
            ("Call `Report.Error`.", "type Report has Error", true),
            ("Call `report.error()`.", "type report has error", true),
            ("A 130-x2 key.", "it is 130", false),
            ("Use x2-beta now.", "x2 is out", false),
            ("Use `Foo`.", "a foo", false),
            ("Use `A-2`.", "the a-2", false),
            ("/etc/passwd is read.", "nothing", false),
            ("Call fs::read here.", "nothing", false),
            ("Open c:/x here.", "nothing", false),
        ] {
            assert_eq!(supported(text, &[source]), expected, "{text} | {source}");
        }
    }

    #[test]
    fn a_message_has_three_words_or_more() {
        assert!(is_message("no such file", |_| false));
        assert!(!is_message("no file", |_| false));
        assert!(!is_message("unknown flag: --stat", |_| false));
    }

    #[test]
    fn a_command_line_may_be_shortened_but_every_word_of_it_was_there() {
        let run = &["git push -u origin fix/a", "gh pr create --title x"];
        for (text, expected) in [
            ("Then `git push -u origin ...` it.", true),
            ("Then `git push && gh pr create --title \"…\"`.", true),
            ("Then `git…` it.", true),
            ("Then `git push --force`.", false),
            ("Then `git push -u <remote>`.", true),
            ("Then `git push --force <remote>`.", false),
            ("Then `git push fix/a_<nr>_<release date>`.", false),
            ("Then `git push fix/a <nr>_<release date>`.", true),
            ("Then `git push <$(evil)>`.", false),
            ("Then `git push -u origin fix/<Topic>`.", true),
            ("Then `git push -u origin <new branch>`.", true),
            ("Then `gh pr create --title \"<from>..<to>\"`.", true),
            ("Then `git push -u origin feat/<topic>`.", false),
            ("Then `git push -u origin <fix/b>`.", false),
            ("Then `git push https://<evil>.example/x`.", false),
            ("Then `<restart it all>`.", false),
            ("Then `git<push>`.", false),
            ("See create.md/pr.md.", false),
            ("It is fix/a, for authors/reviewers.", true),
            ("It is `fix/b`.", false),
            ("It is fix/a/b.", false),
            ("Then `git push https://evil.example/x`.", false),
        ] {
            assert_eq!(supported(text, run), expected, "{text}");
        }
    }
}
