//! The table of well-known secrets, each with the cause for its shape.

use super::ahead::Ahead;
use super::commands::{self, Program};
use super::scan::Scan;
use super::value::{base64, begins_ignoring_case, is_placeholder, mixed, run, word, word_dash};
use super::{assigned, headers, known, kubernetes, tokens, told};
use crate::words::secrets::HEADER_NAMES;

/// Words of a list.
pub(super) type Words = fn() -> Vec<&'static str>;

/// Where the scan of a rule may begin. Everywhere else it finds nothing.
pub(super) enum Begins {
    /// Where one of these words stands, not directly behind a letter or digit of ASCII.
    Word(Words),
    /// Where one of these words stands.
    Inside(Words),
    /// So many bytes before one of these words.
    Before(usize, Words),
    /// At the first digit of a number of three digits or more.
    Number,
    /// At one of these, not far behind a name of [`assigned::names`].
    Operator(Words),
}

/// What a rule finds at a place.
pub(super) enum Scanner {
    Anywhere(fn(&[u8], usize) -> Scan),
    /// Far ahead, once for all places.
    Ahead(fn(&[u8], usize, &mut Ahead) -> Scan),
    /// On a line that named a program before.
    Behind(fn(&[u8], usize, Option<Program>) -> Scan),
}

/// One rule.
pub(super) struct Rule {
    /// Name in the replacement: lower case, digits and `-`.
    pub(super) name: &'static str,
    /// The words of `begins` may be written in any case of ASCII.
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

/// All rules. Earlier ones win where two match.
pub(super) const RULES: &[Rule] = &[
    // A PEM block is a key by its own label; without its end line the rest of the text is cut.
    exactly("private-key", &[Begins::Inside(|| vec!["-----BEGIN "])], private_key),
    // Providers give their keys a beginning of their own so that scanners can find them.
    exactly("known", &[Begins::Word(known::prefixes)], known::scan),
    // Azure, Terraform, MaxMind and Facebook mark their secrets in the middle or at the end.
    exactly(
        "marked-secret",
        &[
            Begins::Before(4, || vec!["Q~"]),
            Begins::Before(14, || vec![".atlasv1."]),
            Begins::Before(36, || vec!["_mmk"]),
            Begins::Number,
        ],
        tokens::marked,
    ),
    // Discord's bot tokens are an id, a time and a signature in base64, joined by dots.
    exactly("discord-token", &[Begins::Word(|| vec!["M", "N", "O"])], tokens::discord),
    // Telegram's bot tokens are the number of the bot, a colon and 35 characters.
    exactly("telegram-token", &[Begins::Number], tokens::telegram),
    // Whoever has the signature of a signed address can use it: Azure says `sig`, AWS `Signature`.
    any_case(
        "url-signature",
        &[Begins::Word(|| vec!["sig=", "signature="])],
        tokens::url_signature,
    ),
    // A JSON Web Token is three base64 parts, of which the first is an object: `eyJ` is `{"`.
    exactly("jwt", &[Begins::Word(|| vec!["eyJ"])], jwt),
    // A password before the host of an address; user and host stay.
    exactly("url-password", &[Begins::Inside(|| vec!["://"])], url_password),
    // Credentials of an HTTP request.
    any_case("authorization", &[Begins::Word(|| vec!["bearer ", "basic "])], authorization),
    // A cookie is what a server knows a session by.
    any_case("cookie", &[Begins::Word(|| vec!["cookie:"])], headers::cookie),
    // Headers that carry a key under a name of their own.
    any_case("header-key", &[Begins::Inside(|| HEADER_NAMES.to_vec())], headers::key),
    // Arguments stand in the history of every shell; flags say which of them are secret.
    Rule {
        name: "command-secret",
        any_case: false,
        begins: &[Begins::Word(commands::flags)],
        scan: Scanner::Behind(commands::scan),
    },
    // A `.netrc` file writes the password in clear behind the login.
    exactly("netrc-password", &[Begins::Word(|| vec!["password"])], told::netrc),
    // The data of a Kubernetes secret is encoded, not encrypted.
    exactly("kubernetes-secret", &[Begins::Word(|| vec!["data:\n"])], kubernetes::scan),
    // A value that its own name calls secret, or the name of the provider whose key it is.
    Rule {
        name: "assigned-secret",
        any_case: false,
        begins: &[Begins::Operator(|| vec!["=", ":", ">", ","])],
        scan: Scanner::Ahead(assigned::scan),
    },
    // People tell each other passwords in a sentence, and these are shorter than keys.
    any_case("told-secret", &[Begins::Word(told::names)], told::scan),
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
