//! Why a person has to look at a change. A stage gives its doubts as values; [`crate::decide`] weighs them.

use std::fmt;

use dreaming_records::ledger::RetiredBy;
use dreaming_records::policy::{self, Switch};

/// Declares the doubts: those without anything of their own each with its sentence.
macro_rules! doubts {
    ($($(#[$doc:meta])* $name:ident => $sentence:literal,)*) => {
        /// A reason for a person's look. Shown as the second half of a sentence: "held for review: …".
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Doubt {
            $($(#[$doc])* $name,)*
            /// The same statement was retired before.
            RetiredBefore(RetiredBy),
            /// What the line names waits for a person, for this reason.
            AsItsMemory(String),
            /// It may be against a statement of the charter, as the sentence says.
            Charter(String),
        }

        impl fmt::Display for Doubt {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $sentence,)*
                    Self::RetiredBefore(by) => {
                        let by = by.as_str();
                        return write!(f, "the same statement was retired before ({by})");
                    }
                    Self::AsItsMemory(reason) | Self::Charter(reason) => reason,
                })
            }
        }
    };
}

doubts! {
    // Two statements become one.
    /// Of two statements the words of the less trusted one would stay.
    WeakerWordsStay => "the words that stay are trusted less",
    /// Only white space or Unicode form tell them apart.
    OtherForm => "the white space or the Unicode form differs",
    /// Only marks, case, endings and function words tell them apart.
    OtherMarks => "marks, case, endings or function words differ",
    /// A model says that they say the same.
    ComparedByModel => "a model says that both say the same",
    /// Somebody wrote one of them since the last revision.
    WrittenSince => "somebody wrote one of them since the last revision",
    /// They stand in two memories.
    OtherMemory => "it may mean something else in another memory",
    /// They stand below different items.
    OtherParent => "it belongs to another item above it",
    /// They stand in different lists or sections.
    OtherList => "it stands in another list or section of the same memory",
    /// A preference of some people would become everybody's.
    BecomesShared => "it becomes everybody's",

    // A newer value takes the place of an older one.
    /// One gives another value of one subject, and is newer.
    NewerValue => "a newer value replaces the statement",
    /// The newer statement is trusted less.
    NewerTrustedLess => "the newer statement is trusted less",
    /// A person wrote the older one.
    PersonWroteIt => "a person wrote the older statement",
    /// A person corrected it before its memory was last written, and no session says the entry later.
    MemoryIsLater => "the memory was written after a person said it, perhaps elsewhere in it",
    /// A person corrected what has no time.
    UndatedEntry => "a person corrected it; nothing says when the entry was written",
    /// Commands showed the old value to be wrong.
    ShownWrong => "tools showed the old value to be wrong",
    /// The sessions of an entry show it in other words by now.
    OtherWordsByNow => "its sessions show it in these words by now",

    // Something is added.
    /// It has the words of a page, a file or a tool.
    FromOutside => "it has words from outside: of a page, a file or a tool",
    /// A model found it in one session.
    OneSessionByModel => "a model distilled it from one session",
    /// It was said once.
    SaidOnce => "it was said once",
    /// An extractor of the host found it.
    FoundByHost => "an extractor of the host found it",
    /// It deletes, forces or skips a check.
    Hazardous => "it deletes, forces or skips a check",
    /// A model worded it.
    WordedByModel => "a model worded it",
    /// It occurs together with good results, but need not be their cause.
    NoKnownCause => "what goes along with results need not be their cause",
    /// It carries words of a transcript into what agents read.
    WordsOfTranscript => "it carries words of a transcript",

    // Something is taken out.
    /// Nothing contradicts what is taken out.
    NothingContradicts => "nothing contradicts it",
    /// As [`Doubt::NothingContradicts`], of what people or agents wrote.
    NoDreamWroteIt => "no dream wrote it, and nothing contradicts it",
    /// A secret may be needed where it stands.
    SecretInUse => "a secret may be needed where it stands",
    /// An index line may be all that is left of what it names.
    LastWords => "its words may be all that is left of what it names",
    /// Agents no longer learn of a memory from the index.
    LeavesIndex => "agents no longer learn of the memory from the index",

    // A line of the index.
    /// It makes the index, which agents load in each session.
    MakesIndex => "it makes the index, which agents load in each session",
    /// The line was left open before.
    LeftOpen => "it was left open before",
    /// The index would be longer than what agents load.
    IndexTooLong => "the index would be longer than what agents load",

    // Whatever it is.
    /// It changes what the store says.
    ChangesStatement => "it changes what the store says",
    /// The policy holds additions.
    AddsHeld => "policy: gate.auto-add is off",
    /// The policy holds merges.
    MergesHeld => "policy: gate.auto-merge is off",
}

impl Doubt {
    /// The switch of the policy with which a person waives the doubt once and for all; `None` = it always
    /// takes a look.
    pub(crate) fn waived_by(&self) -> Option<&'static Switch> {
        match self {
            Self::OtherMarks => Some(&policy::AUTO_NEAR),
            _ => None,
        }
    }
}
