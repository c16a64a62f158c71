//! Identifiers: strings, so that no host has to hold a 64-bit integer.

use serde::Serialize;

/// Declares a string newtype. Two ids of different meaning must not be comparable.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps `text`.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A SHA-256 digest as 64 lower-case hexadecimal digits.
    Digest
}
id! {
    /// An entry: `e` and 20 hexadecimal digits, minted at first sight and kept in the ledger.
    EntryId
}
id! {
    /// A change of a plan: `c` and 20 hexadecimal digits of its content, so that the same change
    /// has the same id in every dream and a decision about it can be remembered.
    ChangeId
}
id! {
    /// A session, as the host names it. Ties between sessions are broken by this id.
    SessionId
}
id! {
    /// A model call: `m` and 20 hexadecimal digits of session, chunk and prompt.
    CallId
}
id! {
    /// A revision: the digest of its record. Empty text never names a revision.
    RevisionId
}

impl Digest {
    /// Wraps the bytes of a finished hash.
    pub(crate) fn from_hash(bytes: &[u8]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digit = |n: u8| char::from(*HEX.get(usize::from(n)).unwrap_or(&b'0'));
        Self(bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect())
    }

    /// The first 20 digits (80 bits): short enough to type, and the chance that two of a billion
    /// ids are equal is below 10^-6. Chosen by us.
    pub fn short(&self) -> &str {
        self.0.get(..20).unwrap_or(&self.0)
    }
}

/// Ids made of a letter and the first digits of a digest.
macro_rules! minted {
    ($($name:ident $letter:literal),*) => {$(
        impl $name {
            /// The id made of the letter and the first digits of `digest`.
            pub fn from_digest(digest: &Digest) -> Self {
                Self(format!(concat!($letter, "{}"), digest.short()))
            }
        }
    )*};
}

minted!(EntryId "e", ChangeId "c", CallId "m");
