//! Why a person has to look at a change. A stage gives its doubts as values; [`crate::decide`] weighs them.

use std::fmt;

use dreaming_records::ledger::RetiredBy;
use dreaming_records::policy::{self, Switch};

/// A reason for a person's look. Shown as the second half of a sentence: "held for review: …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    // Two statements become one.
    /// Of two statements the words of the less trusted one would stay.
    WeakerWordsStay,
    /// Only white space or Unicode form tell them apart.
    OtherForm,
    /// Only marks, case, endings and function words tell them apart.
    OtherMarks,
    /// A model says that they say the same.
    ComparedByModel,
    /// Somebody wrote one of them since the last revision.
    WrittenSince,
    /// They stand in two memories.
    OtherMemory,
    /// They stand below different items.
    OtherParent,
    /// They stand in different lists or sections.
    OtherList,
    /// A preference of some people would become everybody's.
    BecomesShared,

    // A newer value takes the place of an older one.
    /// One gives another value of one subject, and is newer.
    NewerValue,
    /// The newer statement is trusted less.
    NewerTrustedLess,
    /// A person wrote the older one.
    PersonWroteIt,
    /// A person corrected what has no time.
    UndatedEntry,
    /// Commands showed the old value to be wrong.
    ShownWrong,
    /// The sessions of an entry show it in other words by now.
    OtherWordsByNow,

    // Something is added.
    /// It has the words of a page, a file or a tool.
    FromOutside,
    /// A model found it in one session.
    OneSessionByModel,
    /// It was said once.
    SaidOnce,
    /// The same statement was retired before.
    RetiredBefore(RetiredBy),
    /// An extractor of the host found it.
    FoundByHost,
    /// A model concluded it from several sessions.
    InferredByModel,
    /// A model worded it.
    WordedByModel,
    /// It occurs together with good results, but need not be their cause.
    NoKnownCause,
    /// It carries words of a transcript into what agents read.
    WordsOfTranscript,

    // Something is taken out.
    /// Nothing contradicts what is taken out.
    NothingContradicts,
    /// As [`Doubt::NothingContradicts`], of what people or agents wrote.
    NoDreamWroteIt,
    /// A secret may be needed where it stands.
    SecretInUse,
    /// An index line may be all that is left of what it names.
    LastWords,
    /// Agents no longer learn of a memory from the index.
    LeavesIndex,

    // A line of the index.
    /// It makes the index, which agents load in each session.
    MakesIndex,
    /// The line was left open before.
    LeftOpen,
    /// The index would be longer than what agents load.
    IndexTooLong,
    /// What the line names waits for a person, for this reason.
    AsItsMemory(String),

    // Whatever it is.
    /// It may be against a statement of the charter, as the sentence says.
    Charter(String),
    /// It changes what the store says.
    ChangesStatement,
    /// The policy holds additions.
    AddsHeld,
    /// The policy holds merges.
    MergesHeld,
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

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WeakerWordsStay => "the words that stay are trusted less",
            Self::OtherForm => "the white space or the Unicode form differs",
            Self::OtherMarks => "marks, case, endings or function words differ",
            Self::ComparedByModel => "a model says that both say the same",
            Self::WrittenSince => "somebody wrote one of them since the last revision",
            Self::OtherMemory => "it may mean something else in another memory",
            Self::OtherParent => "it belongs to another item above it",
            Self::OtherList => "it stands in another list or section of the same memory",
            Self::BecomesShared => "it becomes everybody's",
            Self::NewerValue => "a newer value replaces the statement",
            Self::NewerTrustedLess => "the newer statement is trusted less",
            Self::PersonWroteIt => "a person wrote the older statement",
            Self::UndatedEntry => "a person corrected it; nothing says when the entry was written",
            Self::ShownWrong => "tools showed the old value to be wrong",
            Self::OtherWordsByNow => "its sessions show it in these words by now",
            Self::FromOutside => "it has words from outside: of a page, a file or a tool",
            Self::OneSessionByModel => "a model distilled it from one session",
            Self::SaidOnce => "it was said once",
            Self::RetiredBefore(by) => {
                return write!(f, "the same statement was retired before ({})", by.as_str());
            }
            Self::FoundByHost => "an extractor of the host found it",
            Self::InferredByModel => "a model inferred it: no session says it",
            Self::WordedByModel => "a model worded it",
            Self::NoKnownCause => "what goes along with results need not be their cause",
            Self::WordsOfTranscript => "it carries words of a transcript",
            Self::NothingContradicts => "nothing contradicts it",
            Self::NoDreamWroteIt => "no dream wrote it, and nothing contradicts it",
            Self::SecretInUse => "a secret may be needed where it stands",
            Self::LastWords => "its words may be all that is left of what it names",
            Self::LeavesIndex => "agents no longer learn of the memory from the index",
            Self::MakesIndex => "it makes the index, which agents load in each session",
            Self::LeftOpen => "it was left open before",
            Self::IndexTooLong => "the index would be longer than what agents load",
            Self::AsItsMemory(reason) | Self::Charter(reason) => reason,
            Self::ChangesStatement => "it changes what the store says",
            Self::AddsHeld => "policy: gate.auto-add is off",
            Self::MergesHeld => "policy: gate.auto-merge is off",
        })
    }
}
