//! Keys of services. A key is shown to its service and to nobody else.

use std::fmt;
use std::path::Path;
use std::{env, fs};

use crate::error::{Error, Result};

/// What stands where a key stood.
const HIDDEN: &str = "[key]";

/// A key. It cannot be printed, and it is cut out of what comes back from outside.
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
    /// [`Error::Io`], and [`Error::Usage`] for a file that holds no key.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).map_err(Error::io("read the key in", file))?;
        Self::of(&text).ok_or_else(|| Error::Usage(format!("{} holds no key", file.display())))
    }

    /// The key in a variable of the environment, if there is one.
    ///
    /// # Errors
    /// [`Error::Usage`] for a value that is no key.
    pub fn variable(name: &str) -> Result<Option<Self>> {
        match env::var(name) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Self::of(&text)
                .map(Some)
                .ok_or_else(|| Error::Usage(format!("what {name} holds is no key"))),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::Usage(format!("what {name} holds is no key")))
            }
        }
    }

    /// A key is one word that a header may hold.
    fn of(text: &str) -> Option<Self> {
        let key = text.trim();
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| Self(key.to_owned()))
    }

    /// The key itself, for a header of a request.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` without the key: services and strangers may say it back.
    pub fn cut_out(&self, text: &str) -> String {
        text.replace(&self.0, HIDDEN)
    }
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
