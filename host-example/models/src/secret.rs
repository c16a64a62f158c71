//! Keys of services. A key is sent to its service only and never printed.

use std::fmt;
use std::io::{self, Write as _};
use std::panic;
use std::path::Path;
use std::sync::Mutex;
use std::{env, fs};

use crate::{Error, Result};

/// Replaces a key in messages.
const HIDDEN: &str = "[key]";

/// Shortest key that is also cut out of answers, in bytes. Keys of services are longer; servers that want none are given
/// a word in its place (`ollama`, `none`), and an answer without that word has other words and no true quote.
const KEY_OF_A_SERVICE: usize = 16;

/// The keys that this process has read, to cut them out of panic messages.
static KNOWN: Mutex<Vec<Secret>> = Mutex::new(Vec::new());

/// Installs a panic hook that cuts all known keys out of the message. `line` makes of it the line
/// that is printed on standard error.
pub fn guard_panics(line: fn(&str) -> String) {
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        let said = info.payload_as_str().unwrap_or("no reason");
        let message = format!("panicked{}: {said}", place.unwrap_or_default());
        // `try_lock`, because the panicking thread may hold the lock.
        let clean = KNOWN
            .try_lock()
            .map(|known| known.iter().fold(message, |message, key| key.cut_out(&message)));
        let clean = clean.unwrap_or_else(|_| "panicked".into());
        let _ = writeln!(io::stderr(), "{}", line(&clean));
    }));
}

/// A key. It cannot be printed, and it is cut out of messages from outside.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Secret {
    /// The key in a file, without the white space around it.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::Wrong`] for a file that holds no key.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).map_err(Error::io("read the key in", file))?;
        Self::of(&text).ok_or_else(|| Error::Wrong(format!("{} holds no key", file.display())))
    }

    /// The key in a variable of the environment, if there is one.
    ///
    /// # Errors
    /// [`Error::Wrong`] for a value that is no key.
    pub fn variable(name: &str) -> Result<Option<Self>> {
        match env::var(name) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Self::of(&text)
                .map(Some)
                .ok_or_else(|| Error::Wrong(format!("what {name} holds is no key"))),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::Wrong(format!("what {name} holds is no key")))
            }
        }
    }

    /// Makes a key of `text`, if it is one word that a header may hold.
    fn of(text: &str) -> Option<Self> {
        let key = text.trim();
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        let key = is_key.then(|| Self(key.to_owned()))?;
        if let Ok(mut known) = KNOWN.lock() {
            known.push(key.clone());
        }
        Some(key)
    }

    /// The key itself, for a header of a request.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` without the key, because a service or proxy may repeat it.
    pub fn cut_out(&self, text: &str) -> String {
        text.replace(&self.0, HIDDEN)
    }

    /// An answer of a model without the key, unless that is a mere word.
    pub fn cut_out_of_answer(&self, text: &str) -> String {
        if self.0.len() < KEY_OF_A_SERVICE { text.to_owned() } else { self.cut_out(text) }
    }
}

/// Whether an environment variable is set and not empty. Its value is not read further.
pub fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nowhere() {
        let key = Secret::of(" sk-test-123\n").unwrap();
        assert_eq!(key.reveal(), "sk-test-123");
        assert!(!format!("{key:?} {:?}", Some(&key)).contains("123"));
        assert_eq!(key.cut_out("wrong key sk-test-123, sk-test-123"), "wrong key [key], [key]");
    }

    #[test]
    fn a_word_in_the_place_of_a_key_stays_in_answers() {
        let answer = "Start it with `ollama serve`.";
        assert_eq!(Secret::of("ollama").unwrap().cut_out_of_answer(answer), answer);
        let key = Secret::of("sk-test-NEVER-SHOWN-8812").unwrap();
        assert_eq!(key.cut_out_of_answer("it is sk-test-NEVER-SHOWN-8812"), "it is [key]");
    }

    /// The test runs itself in a process of its own, because a process has only one panic hook.
    #[test]
    fn a_panic_never_says_a_key() {
        const PANICS: &str = "DREAMING_TEST_PANICS";
        let word = ["sk-live", "0a1b2c3d"].join("-");
        if env::var_os(PANICS).is_some() {
            guard_panics(str::to_owned);
            let key = Secret::of(&word).unwrap();
            panic!("header {}", key.reveal());
        }
        let name = "secret::tests::a_panic_never_says_a_key";
        let done = std::process::Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(PANICS, "1")
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap();
        let said = [done.stdout, done.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!done.status.success() && said.contains("header [key]"), "{said}");
        assert!(!said.contains(&word), "{said}");
    }

    #[test]
    fn what_no_header_may_hold_is_no_key() {
        for text in ["", " \n", "two words", "line\nline", "schlüssel", "a\u{0}b"] {
            assert!(Secret::of(text).is_none(), "{text:?}");
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        fs::write(&file, "not a key at all").unwrap();
        let error = Secret::read(&file).unwrap_err().to_string();
        assert!(error.contains("holds no key") && !error.contains("not a key"), "{error}");
    }
}
