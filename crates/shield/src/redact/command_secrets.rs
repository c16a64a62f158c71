//! Secrets among the arguments of a command.

use super::MARK;
use super::scan::Scan;
use super::value::{Classes, argument, base64, is_placeholder, is_stand_in, run, word};
use crate::words::secrets as words;

/// Programs whose short flags take a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// `-u` takes a user and a password.
    Curl,
    /// `-p` takes a password if joined to it; a separate word is the name of a database.
    Mysql,
    /// `-p` takes a password.
    Login,
    /// `-a` takes a password.
    Redis,
}

/// Names of programs, by the meaning of their flags.
const PROGRAMS: [(&[&str], Program); 4] = [
    (words::CURL_PROGRAMS, Program::Curl),
    (words::MYSQL_PROGRAMS, Program::Mysql),
    (words::LOGIN_PROGRAMS, Program::Login),
    (words::REDIS_PROGRAMS, Program::Redis),
];

/// What the word behind a flag is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// A user, a colon and a password.
    Pair,
    /// A password, however plain.
    Password,
    /// A password if it mixes letters and digits, because the flag has other meanings too.
    Mixed,
    /// A key if it has all classes of characters, else a user name.
    User,
    /// A key if it is long and random: `--key` mostly takes the name of a file or field.
    Key,
}

/// Flags; the program, if the flag means something else elsewhere; and the meaning of the word
/// behind.
const FLAGS: [(&[&str], Option<Program>, Value); 6] = [
    (words::CURL_FLAGS, Some(Program::Curl), Value::Pair),
    (words::MYSQL_FLAGS, Some(Program::Mysql), Value::Password),
    (words::LOGIN_FLAGS, Some(Program::Login), Value::Password),
    (words::REDIS_FLAGS, Some(Program::Redis), Value::Password),
    (words::MIXED_FLAGS, None, Value::Mixed),
    (words::KEY_FLAGS, None, Value::Key),
];

/// All programs.
pub(super) fn programs() -> Vec<&'static str> {
    PROGRAMS.iter().flat_map(|(names, _)| *names).copied().collect()
}

/// All flags.
pub(super) fn flags() -> Vec<&'static str> {
    FLAGS.iter().flat_map(|(flags, ..)| *flags).copied().collect()
}

/// The program of the command at `at`, given the one before. A line names its program; a line that
/// ends in a backslash continues on the next.
pub(super) fn program_after(bytes: &[u8], at: usize, program: Option<Program>) -> Option<Program> {
    let before = bytes.get(..at).unwrap_or_default();
    if bytes.get(at) == Some(&b'\n') {
        let line = before.strip_suffix(b"\r").unwrap_or(before);
        return program.filter(|_| line.ends_with(b"\\"));
    }
    // All names of programs begin with a lower-case letter.
    if !bytes.get(at).is_some_and(u8::is_ascii_lowercase) {
        return program;
    }
    // INVARIANT: no program is named right behind `]` or `-`. A replacement ends in `]` where the
    // secret may have ended in `-`, so both must give the same result.
    if before.last().is_some_and(|b| word(*b) || matches!(b, b'-' | b'.' | b']')) {
        return program;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_named = |name: &&str| {
        // Compares one byte first, because this is tried at every word.
        let same = rest.first() == name.as_bytes().first();
        let after = same.then(|| rest.strip_prefix(name.as_bytes())?.first()).flatten();
        after.is_some_and(|b| matches!(b, b' ' | b'\t' | b'\\'))
    };
    let named = PROGRAMS.iter().find(|(names, _)| names.iter().any(is_named));
    named.map(|(_, program)| *program).or(program)
}

/// Finds the secret behind a flag that begins at `at`.
pub(super) fn scan(bytes: &[u8], at: usize, program: Option<Program>) -> Scan {
    let before = at.checked_sub(1).and_then(|i| bytes.get(i));
    if !before.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`')) {
        return Scan::Nothing;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let own = FLAGS.iter().filter(|(_, of, _)| of.is_none_or(|of| program == Some(of)));
    for (flag, of, value) in
        own.flat_map(|(flags, of, value)| flags.iter().map(move |f| (f, of, value)))
    {
        if !rest.starts_with(flag.as_bytes()) {
            continue;
        }
        let end = at + flag.len();
        let (from, is_joined) = match bytes.get(end) {
            Some(b'=') => (end + 1, false),
            Some(b' ' | b'\t') => (run(bytes, end, |b| b == b' ' || b == b'\t'), false),
            Some(_) if !flag.starts_with("--") => (end, true),
            _ => continue,
        };
        // MySQL takes a separate word behind `-p` for the name of a database, but people forget
        // that.
        let is_database = of == &Some(Program::Mysql) && !is_joined;
        let value = if is_database { Value::Mixed } else { *value };
        return secret(bytes, from, value);
    }
    Scan::Nothing
}

fn secret(bytes: &[u8], from: usize, kind: Value) -> Scan {
    let Some(mut range) = argument(bytes, from) else { return Scan::Nothing };
    let mut value = bytes.get(range.clone()).unwrap_or_default();
    // INVARIANT: a replacement is never read again, not even as a user name.
    if value.windows(MARK.len()).any(|w| w == MARK.as_bytes()) {
        return Scan::Nothing;
    }
    let mut kind = kind;
    if kind == Value::Pair {
        let Some(colon) = value.iter().position(|b| *b == b':') else { return Scan::Nothing };
        if colon + 1 == value.len() {
            if matches!(bytes.get(range.end), Some(b'"' | b'\'')) && from == range.start {
                // Only the password part is quoted.
                return secret(bytes, range.end, Value::Password);
            }
            // Some services identify callers by a key, which stands in place of the user.
            range.end -= 1;
            kind = Value::User;
        } else {
            // A user name as long as a token may be a token, and is cut with the password.
            let password = value.get(colon + 1..).unwrap_or_default();
            if colon < 15 || is_stand_in(password) {
                range.start += colon + 1;
            }
            kind = Value::Password;
        }
        value = bytes.get(range.clone()).unwrap_or_default();
    }
    let classes = Classes::of(value);
    let fits = match kind {
        Value::Pair | Value::Password => value.len() >= 3 && !is_stand_in(value),
        Value::Mixed => {
            let is_path = value.contains(&b'/') && !(classes.upper && classes.digit);
            value.len() >= 6
                && (classes.digit || classes.other)
                && classes.count() >= 2
                && !is_path
                && !value.starts_with(b"id=")
                && !is_stand_in(value)
        }
        Value::User => value.len() >= 12 && classes.count() >= 3 && !is_stand_in(value),
        Value::Key => {
            let is_hex = value.iter().all(u8::is_ascii_hexdigit);
            let is_base64 =
                value.iter().all(|b| base64(*b) && *b != b'.') && classes.upper && classes.lower;
            value.len() >= 32 && classes.digit && (is_hex || is_base64) && !is_placeholder(value)
        }
    };
    if fits { Scan::Found(range) } else { Scan::Nothing }
}

#[cfg(test)]
mod tests {
    use crate::redact::redact;

    #[test]
    fn programs_begin_with_a_small_letter() {
        for name in super::PROGRAMS.iter().flat_map(|(names, _)| *names) {
            assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
        }
    }

    #[test]
    fn what_a_flag_calls_secret_is_cut_and_the_command_stays() {
        for (text, want) in [
            ("curl -s -u admin:hunter2 https://a.b", "curl -s -u admin:# https://a.b"),
            (
                "curl \\\n  --user 'me:p w;x' \\\n  https://a.b",
                "curl \\\n  --user 'me:#' \\\n  https://a.b",
            ),
            (
                "{\"command\":\"curl -u \\\"a:hunter2\\\" x\"}",
                "{\"command\":\"curl -u \\\"a:#\\\" x\"}",
            ),
            ("mysql -u root -pgeheim db", "mysql -u root -p# db"),
            ("/usr/bin/mysqldump -p'S3 cret' db", "/usr/bin/mysqldump -p'#' db"),
            ("mongosh -u me -p geheim host", "mongosh -u me -p # host"),
            ("sshpass -p geheim ssh me@host", "sshpass -p # ssh me@host"),
            ("docker login -u me -p geheim", "docker login -u me -p #"),
            ("redis-cli -h x -a geheim ping", "redis-cli -h x -a # ping"),
            ("curl --user kevin:'geheim' -i", "curl --user kevin:'#' -i"),
            ("curl -u 'k3yOfTheHouse:' x", "curl -u '#:' x"),
            ("tool --password=hunter2 --token t0ps3cret", "tool --password=# --token #"),
            ("tool --key 9f8e7d6c5b4a39281706f5e4d3c2b1a0", "tool --key #"),
        ] {
            assert_eq!(redact(text).text, want.replace('#', "[REDACTED:command-secret]"), "{text}");
        }
    }

    #[test]
    fn the_same_flags_elsewhere_and_stand_ins_stay() {
        for text in [
            "docker run -p 8080:80 -u 1000:1000 image",
            "curl -u \"$USER:$PASS\" https://a.b\nsudo -u a:b1c2d3",
            "curl -u test:test -u me: -u kevin:'$PASS' x",
            "curl -u user:password https://a.b",
            "curl -u user:<secret> https://a.b",
            "mysql -u root -p shop",
            "mysql -p$MYSQL_PW --port 3306",
            "mkdir -p build/v2 && redis-cli -h x",
            "tool --password-stdin --token-budget 40000k --token ${T0KEN} --secret id=npm,src=a1",
            "tool --password YOUR_PASSWORD1 --api-key xxxx1234 --password ***",
            "tool --key build/cache-2024-01-01-linux-amd64-release",
            "sort --key 2 --password prompt",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }
}
