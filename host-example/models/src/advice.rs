//! Advice for a person when a service cannot be asked: about its key, its address and the network.

use std::path::PathBuf;

use crate::harmless::one_line;
use crate::settings::Names;

/// Where the key of a service came from. Never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFrom {
    /// A variable of the environment.
    Variable(&'static str),
    /// A file.
    File(PathBuf),
    /// No key was sent; these variables may hold one.
    Nowhere(&'static str),
}

/// What advice about a service depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Where its key came from.
    pub key: KeyFrom,
    /// Whether the model's makers serve it, so that the user chose no address.
    pub is_home: bool,
    /// What the host calls the settings.
    pub names: Names,
}

impl Advice {
    /// Where the refused key came from; follows the message of the service.
    pub fn of_key(&self) -> String {
        match &self.key {
            KeyFrom::Variable(name) => format!(" (the key is from {name})"),
            KeyFrom::File(file) => {
                let file = one_line(&file.to_string_lossy());
                format!(" (the key is from the file `{file}`)")
            }
            KeyFrom::Nowhere(_) => " (no key was sent)".into(),
        }
    }

    /// What to do about a key that was turned down.
    pub fn mend_key(&self) -> String {
        match &self.key {
            KeyFrom::Variable(_) | KeyFrom::File(_) => {
                "put the right key there and run again".into()
            }
            KeyFrom::Nowhere(variables) => {
                format!("set {variables}, or give {}, and run again", self.names.key_file)
            }
        }
    }

    /// What to do about an address where there is no such service or model.
    pub fn mend_name(&self) -> String {
        match self.is_home {
            true => "check the name of the model".into(),
            false => format!("check {} and the name of the model", self.names.url),
        }
    }

    /// What to do about an address where nobody answers.
    pub fn mend_line(&self) -> String {
        match self.is_home {
            true => "check the network and run again".into(),
            false => format!("check {}, and whether the server runs", self.names.url),
        }
    }
}
