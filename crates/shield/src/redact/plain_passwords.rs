//! Passwords that a sentence or a file states in clear text.

use super::scan::Scan;
use super::value::{Classes, argument, begins_ignoring_case, is_stand_in, run, word};
use crate::words::secrets::{TOLD_KEYS, TOLD_METHODS, TOLD_PASSWORDS, TOLD_PURPOSES, TOLD_VERBS};

/// How a name may announce a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// A colon behind it suffices.
    Password,
    /// Only a sentence counts, because code has this word followed by a colon everywhere.
    Key,
}

/// Least length of a value: shorter ones are plain words and numbers.
const MIN_VALUE: usize = 6;

/// Longest purpose between the name and the verb, in bytes (as in `password for the server is`).
const MAX_PURPOSE: usize = 48;

/// All names.
pub(super) fn names() -> Vec<&'static str> {
    [TOLD_PASSWORDS, TOLD_KEYS].concat()
}

/// Finds the value behind a name that begins at `at`.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    let named = |names: &[&'static str], kind| {
        Some((*names.iter().find(|name| begins_ignoring_case(rest, name))?, kind))
    };
    let found = named(TOLD_PASSWORDS, Name::Password).or_else(|| named(TOLD_KEYS, Name::Key));
    let Some((name, kind)) = found else { return Scan::Nothing };
    // `subtoken` and `nosecret` are other words, but `db_password` and `user-password` count.
    if at > 0 && bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric) {
        return Scan::Nothing;
    }
    let end = at + name.len();
    let Some(from) = verb(bytes, end)
        .or_else(|| {
            let verb_at = purpose(bytes, end)?;
            verb(bytes, verb_at).or_else(|| colon(bytes, verb_at, kind))
        })
        .or_else(|| colon(bytes, end, kind))
    else {
        return Scan::Nothing;
    };
    // Skips the marks of bold text in Markdown.
    value(bytes, run(bytes, from, |b| b == b'*'))
}

/// The password behind the login in a `.netrc` file.
pub(super) fn netrc(bytes: &[u8], at: usize) -> Scan {
    // Longest login that is read; keeps the time linear.
    const LONGEST: usize = 128;
    let rest = bytes.get(at..).unwrap_or_default();
    let before = bytes.get(at.saturating_sub(LONGEST)..at).unwrap_or_default();
    if !rest.strip_prefix(b"password").is_some_and(|r| r.first().is_some_and(|b| blank(*b))) {
        return Scan::Nothing;
    }
    let mut words = before.rsplit(|b| blank(*b)).filter(|w| !w.is_empty());
    let login = words.next().unwrap_or_default();
    // INVARIANT: a replacement is no login. Otherwise a second reading would find something else
    // than the first.
    if before.last().is_none_or(|b| !blank(*b))
        || login.contains(&b'[')
        || words.next() != Some(b"login")
    {
        return Scan::Nothing;
    }
    value(bytes, run(bytes, at + "password".len(), blank))
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The position behind a verb at `at`.
fn verb(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    // From the end of the list, where longer verbs stand behind their own beginnings.
    let verb = TOLD_VERBS.iter().rev().find(|v| begins_ignoring_case(rest, v))?;
    Some(at + verb.len())
}

/// The position behind a colon at `at`.
fn colon(bytes: &[u8], at: usize, kind: Name) -> Option<usize> {
    // Markdown may have marks around the name, JSON quotes; French puts a space before the colon.
    let at = run(bytes, at, |b| matches!(b, b'*' | b'"' | b'\''));
    let at = at + usize::from(bytes.get(at) == Some(&b' '));
    if kind != Name::Password || bytes.get(at) != Some(&b':') {
        return None;
    }
    Some(run(bytes, at + 1, |b| matches!(b, b' ' | b'*')))
}

/// The end of the purpose that begins at `at`: the position of a verb or a colon.
fn purpose(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let head = TOLD_PURPOSES.iter().find(|p| begins_ignoring_case(rest, p))?;
    let from = at + head.len();
    let window = bytes.get(from..bytes.len().min(from + MAX_PURPOSE))?;
    let plain = |b: &u8| word(*b) || matches!(b, b' ' | b'-' | b'.' | b'@' | b'/' | 0x80..);
    let end = window.iter().position(|b| !plain(b)).unwrap_or(window.len());
    // INVARIANT: the purpose contains no token, since it is not scanned again; any token has a
    // longer word than these.
    let words = window.get(..end)?;
    if words.split(|b| *b == b' ').any(|w| w.len() > 18)
        || words.split(|b| !word(*b) && *b != b'-').any(|w| w.len() > 14)
    {
        return None;
    }
    let verb_at = (0..end).find(|i| verb(bytes, from + i).is_some());
    verb_at.or(Some(end)).map(|i| from + i)
}

/// The word at `from` if it looks like a secret.
fn value(bytes: &[u8], from: usize) -> Scan {
    let Some(range) = argument(bytes, from) else { return Scan::Nothing };
    let whole = bytes.get(range.clone()).unwrap_or_default();
    // Punctuation at the end of a sentence or list is no part of the word.
    let ends = |b: &u8| matches!(b, b'.' | b',' | b':' | b'?' | b'*' | b']' | b'}');
    let trimmed = whole.iter().rposition(|b| !ends(b)).map_or(0, |last| last + 1);
    let range = range.start..range.start + trimmed;
    let value = bytes.get(range.clone()).unwrap_or_default();
    if looks_secret(value) { Scan::Found(range) } else { Scan::Nothing }
}

fn looks_secret(value: &[u8]) -> bool {
    // An exclamation mark may end the sentence, so it does not show a password.
    let core = value.strip_suffix(b"!").unwrap_or(value);
    let special = core.iter().any(|b| b"!@#$%^&*+~?=".contains(b));
    let classes = Classes::of(core);
    let letters = classes.lower || classes.upper;
    // Brackets, commas and slashes belong to code and paths.
    let is_code = core.iter().any(|b| b"()[]{}<>;,|/\\\"'`: ".contains(b));
    // `user@host.tld` is an e-mail address.
    let mut halves = core.rsplitn(2, |b| *b == b'@');
    let host = halves.next().unwrap_or_default();
    let is_address = halves.next().is_some()
        && host.contains(&b'.')
        && host.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'-'));
    // `32-byte` and `24hours` are quantities.
    let digits = core.iter().take_while(|b| b.is_ascii_digit()).count();
    let is_measure =
        digits > 0 && core.iter().skip(digits).all(|b| b.is_ascii_lowercase() || *b == b'-');
    value.len() >= MIN_VALUE
        && letters
        && (classes.digit || special)
        && !is_code
        && !is_address
        && !is_measure
        && !core.starts_with(b"#")
        && !TOLD_METHODS.iter().any(|m| begins_ignoring_case(core, m))
        && !is_stand_in(core)
}

#[cfg(test)]
mod tests {
    use crate::redact::redact;

    #[test]
    fn a_password_told_in_a_sentence_is_cut_and_the_sentence_stays() {
        for (text, want) in [
            ("The password is hunter2.", "The password is #."),
            (
                "the password for the staging db is `Tr0ub4dor!`",
                "the password for the staging db is `#`",
            ),
            ("password for admin@db: s3same", "password for admin@db: #"),
            ("Password: \"pa$$w0rd!\"", "Password: \"#\""),
            ("**Password:** hunter2!", "**Password:** #"),
            ("set the password to blue42sky", "set the password to #"),
            ("Das Passwort lautet Grün123!", "Das Passwort lautet #"),
            ("Passwort ist geheim99, danke", "Passwort ist #, danke"),
            ("le mot de passe est : soleil75", "le mot de passe est : #"),
            ("mot de passe : soleil75", "mot de passe : #"),
            ("la contraseña es Verano_24", "la contraseña es #"),
            ("my token is 9f8e7d6c5b", "my token is #"),
        ] {
            assert_eq!(redact(text).text, want.replace('#', "[REDACTED:told-secret]"), "{text}");
        }
    }

    #[test]
    fn talk_about_passwords_stays() {
        for text in [
            "the password is wrong! The password is required. The password is in the vault",
            "password: string; token: req.body.token2",
            "the token is base64-encoded, the secret is 32-byte long, the token is SHA256-hashed",
            "password: ${DB_PW1} password: <pw-1> password is xxxx1 password is changeme1",
            "password for the admin is example1, the token is $TOKEN2",
            "password: hash(input1), password: cfg/pw2.txt, password is me@mail.test",
            "the token is #1234567, the token is 4,096 or 100% of it",
            "tokenizer is v2beta1, subtoken is a1b2c3d4",
            "login form password field is shown",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    #[test]
    fn a_netrc_file_loses_its_passwords() {
        for text in [
            "machine a.b login me password s3cret!",
            "machine a.b\n  login me\n  password s3cret!\n",
        ] {
            assert_eq!(redact(text).text, text.replace("s3cret!", "[REDACTED:netrc-password]"));
        }
    }
}
