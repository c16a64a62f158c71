//! The table of known secrets, with a reason for each shape.

use super::ahead::Ahead;
use super::command_secrets::{self, Program};
use super::scan::Scan;
use super::value::{base64, begins_ignoring_case, is_placeholder, mixed, run, word, word_dash};
use super::{assigned, headers, known, kubernetes, plain_passwords, shaped_tokens};
use crate::words::secrets::HEADER_NAMES;

/// Gives a list of words.
pub(super) type Words = fn() -> Vec<&'static str>;

/// Where the scan of a rule may begin; at other places it finds nothing.
pub(super) enum Begins {
    /// At one of these words, unless an ASCII letter or digit precedes it.
    Word(Words),
    /// At one of these words, anywhere.
    Inside(Words),
    /// This number of bytes before one of these words.
    Before(usize, Words),
    /// At the first digit of a number of three digits or more.
    Number,
    /// At one of these operators, soon after a name of [`assigned::names`].
    Operator(Words),
}

/// How a rule scans a place.
pub(super) enum Scanner {
    Anywhere(fn(&[u8], usize) -> Scan),
    /// Reads far ahead and shares what it finds among all places.
    Ahead(fn(&[u8], usize, &mut Ahead) -> Scan),
    /// Needs the program that the line named before.
    Behind(fn(&[u8], usize, Option<Program>) -> Scan),
}

/// A rule.
pub(super) struct Rule {
    /// Name in the replacement: lower case, digits and `-`.
    pub(super) name: &'static str,
    /// Whether the words in `begins` may have any ASCII case.
    pub(super) any_case: bool,
    pub(super) begins: &'static [Begins],
    pub(super) scan: Scanner,
}

type Place = fn(&[u8], usize) -> Scan;

const fn exactly(name: &'static str, begins: &'static [Begins], scan: Place) -> Rule {
    Rule { name, any_case: false, begins, scan: Scanner::Anywhere(scan) }
}

const fn any_case(name: &'static str, begins: &'static [Begins], scan: Place) -> Rule {
    Rule { any_case: true, ..exactly(name, begins, scan) }
}

/// All rules. When several match, the first wins.
pub(super) const RULES: &[Rule] = &[
    // A PEM block says in its label that it is a key. Without an end line, the rest of the text is
    // cut.
    exactly("private-key", &[Begins::Inside(|| vec!["-----BEGIN "])], private_key),
    // Providers give their keys a prefix so that scanners can find them.
    exactly("known", &[Begins::Word(known::prefixes)], known::scan),
    // Azure, Terraform, MaxMind and Facebook put a mark in the middle or at the end of their
    // secrets.
    exactly(
        "marked-secret",
        &[
            Begins::Before(4, || vec!["Q~"]),
            Begins::Before(14, || vec![".atlasv1."]),
            Begins::Before(36, || vec!["_mmk"]),
            Begins::Number,
        ],
        shaped_tokens::marked,
    ),
    // Discord's bot tokens: an id, a time and a signature in base64, joined by dots.
    exactly("discord-token", &[Begins::Word(|| vec!["M", "N", "O"])], shaped_tokens::discord),
    // Telegram's bot tokens: the number of the bot, a colon and 35 characters.
    exactly("telegram-token", &[Begins::Number], shaped_tokens::telegram),
    // A signed URL is usable by anyone who has its signature: `sig` at Azure, `Signature` at AWS.
    any_case(
        "url-signature",
        &[Begins::Word(|| vec!["sig=", "signature="])],
        shaped_tokens::url_signature,
    ),
    // A JSON Web Token: three base64 parts, the first of which is an object (`eyJ` is `{"`).
    exactly("jwt", &[Begins::Word(|| vec!["eyJ"])], jwt),
    // A password before the host of a URL; user and host stay.
    exactly("url-password", &[Begins::Inside(|| vec!["://"])], url_password),
    // Credentials in an HTTP request.
    any_case("authorization", &[Begins::Word(|| vec!["bearer ", "basic "])], authorization),
    // A cookie that identifies a session to a server.
    any_case("cookie", &[Begins::Word(|| vec!["cookie:"])], headers::cookie),
    // Headers with a key under a name of their own.
    any_case("header-key", &[Begins::Inside(|| HEADER_NAMES.to_vec())], headers::key),
    // Secret arguments of commands, which shells keep in their history; flags show which are
    // secret.
    Rule {
        name: "command-secret",
        any_case: false,
        begins: &[Begins::Word(command_secrets::flags)],
        scan: Scanner::Behind(command_secrets::scan),
    },
    // A `.netrc` file has the password in clear text behind the login.
    exactly("netrc-password", &[Begins::Word(|| vec!["password"])], plain_passwords::netrc),
    // The data of a Kubernetes secret is only encoded, not encrypted.
    exactly("kubernetes-secret", &[Begins::Word(|| vec!["data:\n"])], kubernetes::scan),
    // A value whose name calls it secret, or names the provider of the key.
    Rule {
        name: "assigned-secret",
        any_case: false,
        begins: &[Begins::Operator(|| vec!["=", ":", ">", ","])],
        scan: Scanner::Ahead(assigned::scan),
    },
    // Passwords that people state in sentences; they are shorter than keys.
    any_case("told-secret", &[Begins::Word(plain_passwords::names)], plain_passwords::scan),
];

fn private_key(bytes: &[u8], at: usize) -> Scan {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const LABEL: &[u8] = b"PRIVATE KEY";
    const END: &[u8] = b"-----END ";
    // The longest label in use is `ENCRYPTED PRIVATE KEY`, the longest tail ` BLOCK-----`.
    const HEADER: usize = 64;
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(body) = rest.strip_prefix(BEGIN) else { return Scan::Nothing };
    let header = body.get(..body.len().min(HEADER)).unwrap_or_default();
    let header = header
        .split(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' '))
        .next()
        .unwrap_or_default();
    if !header.windows(LABEL.len()).any(|w| w == LABEL) {
        return Scan::Nothing;
    }
    let Some(end) = body.windows(END.len()).position(|w| w == END) else {
        return Scan::Found(at..bytes.len());
    };
    let tail = at + BEGIN.len() + end + END.len();
    // The end line: a label, then dashes.
    let label = run(bytes, tail, |b| b.is_ascii_alphanumeric() || b == b' ');
    Scan::Found(at..run(bytes, label, |b| b == b'-'))
}

fn jwt(bytes: &[u8], at: usize) -> Scan {
    let part = |from| run(bytes, from, word_dash);
    if at > 0 && bytes.get(at - 1).is_some_and(|b| word(*b))
        || !bytes.get(at..).is_some_and(|rest| rest.starts_with(b"eyJ"))
    {
        return Scan::Nothing;
    }
    let header = part(at);
    if bytes.get(header) != Some(&b'.') {
        return Scan::NothingBefore(header);
    }
    let payload = part(header + 1);
    if header - at < 10 || payload - header < 10 {
        return Scan::NothingBefore(header);
    }
    let end = if bytes.get(payload) == Some(&b'.') { part(payload + 1) } else { payload };
    Scan::Found(at..end)
}

fn url_password(bytes: &[u8], at: usize) -> Scan {
    // Longest user and password that are read; keeps the time linear.
    const LONGEST: usize = 512;
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(authority) = rest.strip_prefix(b"://") else { return Scan::Nothing };
    let ends =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>');
    let authority = authority.get(..authority.len().min(LONGEST)).unwrap_or_default();
    let authority = authority.split(ends).next().unwrap_or_default();
    let Some(host) = authority.iter().rposition(|b| *b == b'@') else { return Scan::Nothing };
    let Some(user) = authority.iter().take(host).position(|b| *b == b':') else {
        return Scan::Nothing;
    };
    let password = at + 3 + user + 1..at + 3 + host;
    let words = bytes.get(password.clone()).unwrap_or_default();
    let is_variable = words.first().is_some_and(|b| matches!(b, b'$' | b'{' | b'%' | b'['));
    // A bracket belongs to an IPv6 host or a replacement, never to a user.
    let in_mark = bytes.get(at..password.start).is_some_and(|user| user.contains(&b'['));
    if words.is_empty() || is_variable || in_mark || !words.is_ascii() {
        return Scan::Nothing;
    }
    Scan::Found(password)
}

fn authorization(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    if at > 0 && bytes.get(at - 1).is_some_and(|b| word(*b)) {
        return Scan::Nothing;
    }
    let Some(scheme) = ["bearer ", "basic "].iter().find(|s| begins_ignoring_case(rest, s)) else {
        return Scan::Nothing;
    };
    let from = at + scheme.len();
    let end = run(bytes, from, base64);
    let words = bytes.get(from..end).unwrap_or_default();
    // In prose a plain word follows; credentials mix letters and digits.
    let upper = words.iter().any(u8::is_ascii_uppercase);
    let lower = words.iter().any(u8::is_ascii_lowercase);
    let is_random = mixed(words) || (upper && lower && words.ends_with(b"="));
    if words.len() < 12 || !is_random || is_placeholder(words) {
        return Scan::NothingBefore(end);
    }
    Scan::Found(from..end)
}
