//! The table of well-known secrets, each with the cause for its shape.

use std::ops::Range;

use super::commands::{self, Program};
use super::value::{base64, begins_ignoring_case, is_placeholder, mixed, run, word, word_dash};
use super::{assigned, headers, known, kubernetes, tokens, told};

/// What a rule finds at a place.
pub(super) enum Scan {
    /// Nothing here.
    Nothing,
    /// Nothing here, nor at any place before this one.
    NothingBefore(usize),
    /// A secret.
    Found(Range<usize>),
    /// A secret of a kind with a name of its own.
    Named(&'static str, Range<usize>),
}

/// How a rule recognises a secret.
pub(super) enum Shape {
    /// The table of known beginnings, each with a name of its own.
    Known,
    /// A scanner of its own, tried where one of these bytes stands.
    Scanner { first: &'static [u8], scan: fn(&[u8], usize) -> Scan },
    /// A scanner of flags, which also knows the program that the line named before.
    Flag { scan: fn(&[u8], usize, Option<Program>) -> Scan },
}

/// Whether a rule may find something directly behind a letter or a digit of ASCII, where most
/// places of a text are.
#[derive(Clone, Copy)]
pub(super) enum Inside {
    /// Its scan says [`Scan::Nothing`] there.
    Never,
    /// Its scan says [`Scan::Nothing`] there unless the text holds these bytes in this order.
    With(u8, u8),
    /// It may.
    Always,
}

/// One rule.
pub(super) struct Rule {
    /// Name in the replacement: lower case, digits and `-`.
    pub(super) name: &'static str,
    pub(super) inside: Inside,
    shape: Shape,
}

impl Rule {
    /// Whether a secret of this rule can begin with `byte`.
    pub(super) const fn starts_with(&self, byte: u8) -> bool {
        match self.shape {
            Shape::Known => byte.is_ascii_alphanumeric() || byte == b'_',
            Shape::Scanner { mut first, .. } => {
                while let [one, rest @ ..] = first {
                    if *one == byte {
                        return true;
                    }
                    first = rest;
                }
                false
            }
            Shape::Flag { .. } => byte == b'-',
        }
    }

    /// What this rule finds at `at`, on a line that named `program` before.
    pub(super) fn scan(&self, bytes: &[u8], at: usize, program: Option<Program>) -> Scan {
        match self.shape {
            Shape::Known => known::scan(bytes, at),
            Shape::Scanner { scan, .. } => scan(bytes, at),
            Shape::Flag { scan } => scan(bytes, at, program),
        }
    }
}

/// A rule for what begins with a sign, or at any letter.
const fn scanner(name: &'static str, first: &'static [u8], scan: fn(&[u8], usize) -> Scan) -> Rule {
    Rule { name, inside: Inside::Always, shape: Shape::Scanner { first, scan } }
}

/// A rule for what never begins inside a word.
const fn word_scanner(
    name: &'static str,
    first: &'static [u8],
    scan: fn(&[u8], usize) -> Scan,
) -> Rule {
    Rule { name, inside: Inside::Never, shape: Shape::Scanner { first, scan } }
}

/// What the secrets of [`tokens::marked`] begin with.
const SIGNS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_~.";

/// All rules. Earlier ones win where two match.
pub(super) const RULES: &[Rule] = &[
    // A PEM block is a key by its own label; without its end line the rest of the text is cut.
    scanner("private-key", b"-", private_key),
    // Providers give their keys a beginning of their own so that scanners can find them.
    Rule { name: "known", inside: Inside::Never, shape: Shape::Known },
    // Azure, Terraform, MaxMind and Facebook mark their secrets in the middle or at the end.
    Rule {
        name: "marked-secret",
        inside: Inside::With(b'Q', b'~'),
        shape: Shape::Scanner { first: SIGNS, scan: tokens::marked },
    },
    // Discord's bot tokens are an id, a time and a signature in base64, joined by dots.
    word_scanner("discord-token", b"MNO", tokens::discord),
    // Telegram's bot tokens are the number of the bot, a colon and 35 characters.
    scanner("telegram-token", b"0123456789", tokens::telegram),
    // Whoever has the signature of a signed address can use it: Azure says `sig`, AWS `Signature`.
    word_scanner("url-signature", b"sS", tokens::url_signature),
    // A JSON Web Token is three base64 parts, of which the first is an object: `eyJ` is `{"`.
    word_scanner("jwt", b"e", jwt),
    // A password before the host of an address; user and host stay.
    scanner("url-password", b":", url_password),
    // Credentials of an HTTP request.
    word_scanner("authorization", b"Bb", authorization),
    // A cookie is what a server knows a session by.
    word_scanner("cookie", b"cC", headers::cookie),
    // Headers that carry a key under a name of their own.
    scanner("header-key", b"aAxX", headers::key),
    // Arguments stand in the history of every shell; flags say which of them are secret.
    Rule {
        name: "command-secret",
        inside: Inside::Never,
        shape: Shape::Flag { scan: commands::scan },
    },
    // A `.netrc` file writes the password in clear behind the login.
    word_scanner("netrc-password", b"pP", told::netrc),
    // The data of a Kubernetes secret is encoded, not encrypted.
    word_scanner("kubernetes-secret", b"d", kubernetes::scan),
    // A value that its own name calls secret, or the name of the provider whose key it is.
    scanner("assigned-secret", b"=:>,", assigned::scan),
    // People tell each other passwords in a sentence, and these are shorter than keys.
    word_scanner("told-secret", b"aAcCkKmMpPsStT", told::scan),
];

fn private_key(bytes: &[u8], at: usize) -> Scan {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const LABEL: &[u8] = b"PRIVATE KEY";
    const END: &[u8] = b"-----END ";
    // Longest label in use is `ENCRYPTED PRIVATE KEY`, longest tail ` BLOCK-----`.
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
    // The end line: its label, then dashes.
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
    // Longest user and password that are looked at; keeps the time linear.
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
    // A bracket is an IPv6 host or a replacement: no user has one.
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
    // Prose goes on with a plain word; credentials mix letters and digits.
    let upper = words.iter().any(u8::is_ascii_uppercase);
    let lower = words.iter().any(u8::is_ascii_lowercase);
    let is_random = mixed(words) || (upper && lower && words.ends_with(b"="));
    if words.len() < 12 || !is_random || is_placeholder(words) {
        return Scan::NothingBefore(end);
    }
    Scan::Found(from..end)
}
