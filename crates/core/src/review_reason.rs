//! Why a person has to look at a change. Each stage of planning gives its reasons (doubts) as
//! values; [`crate::gate::decide`] weighs them.

use std::fmt;

use dreaming_records::ledger::RetiredBy;
use dreaming_records::policy::{self, Switch};

/// Declares the doubts. Those without a value of their own have a fixed sentence.
macro_rules! doubts {
    ($($(#[$doc:meta])* $name:ident => $sentence:literal,)*) => {
        /// A reason for which a person has to look at a change. Shown as the second half of a
        /// sentence: "held for review: …".
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Doubt {
            $($(#[$doc])* $name,)*
            /// The same statement was retired before.
            RetiredBefore(RetiredBy),
            /// The change is a line of the index, and the memory that it names waits for a person,
            /// for this reason.
            AsItsMemory(String),
            /// The change may be against a statement of the charter, as the sentence says.
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
    /// The words of the less trusted of the two statements would stay.
    WeakerWordsStay => "the words that stay are trusted less",
    /// The two statements differ only in white space or Unicode form.
    OtherForm => "the white space or the Unicode form differs",
    /// The two statements differ only in marks, case and articles.
    OtherMarks => "marks, case or articles differ",
    /// As [`Doubt::OtherMarks`], and in endings, function words (`to`, `from`) or signs (`≥`), which may turn the sense.
    OtherWords => "endings, function words or signs differ",
    /// A model says that they say the same.
    ComparedByModel => "a model says that both say the same",
    /// Somebody wrote one of the two statements since the last revision.
    WrittenSince => "somebody wrote one of them since the last revision",
    /// The two statements stand in different memories.
    OtherMemory => "it may mean something else in another memory",
    /// The two statements stand below different items.
    OtherParent => "it belongs to another item above it",
    /// The two statements stand in different lists or sections.
    OtherList => "it stands in another list or section of the same memory",
    /// Other items stand between the two statements: a step may be taken twice, and an item may head those below it.
    Apart => "other items stand between the two, and the same step may be needed twice",
    /// A preference of some people would become everybody's.
    BecomesShared => "it becomes everybody's",

    // A newer value takes the place of an older one.
    /// The newer statement gives another value of the same subject.
    NewerValue => "a newer value replaces the statement",
    /// The newer statement is trusted less.
    NewerTrustedLess => "the newer statement is trusted less",
    /// A person wrote the older one.
    PersonWroteIt => "a person wrote the older statement",
    /// A person's correction is older than the last writing of the memory, and no session after it
    /// says what the entry says.
    MemoryIsLater => "the memory was written after a person said it, perhaps elsewhere in it",
    /// A person corrected a statement that has no time.
    UndatedEntry => "a person corrected it; nothing says when the entry was written",
    /// A model wrote something in the place of a statement that has no time.
    UndatedLine => "a model wrote it in the place of a line; nothing says when the line was written",
    /// A name was changed in other lines of the memory, and this one has the old name.
    RenamedBeside => "a name that other lines get anew stands in it",
    /// Commands showed the old value to be wrong.
    ShownWrong => "tools showed the old value to be wrong",
    /// The sessions that an entry comes from show it in other words by now.
    OtherWordsByNow => "its sessions show it in these words by now",
    /// A preference gets the name of its person, since several people work by now.
    GetsName => "several people work here by now; rejected, it stays everybody's",
    /// A model wrote it anew, in the place of what dreams had written before.
    WrittenAnew => "a model wrote it anew",

    // Something is added.
    /// The new statement has words of a page, a file, a tool or a guest.
    FromOutside => "it has words from outside: of a page, a file, a tool or a guest",
    /// A model found the new statement in one session.
    OneSessionByModel => "a model distilled it from one session",
    /// The new statement was said once.
    SaidOnce => "it was said once",
    /// An extractor of the host found the new statement.
    FoundByHost => "an extractor of the host found it",
    /// The new statement is advice to delete, to force or to skip a check.
    Hazardous => "it deletes, forces or skips a check",
    /// A model worded the new statement.
    WordedByModel => "a model worded it",
    /// What the new statement says occurred together with good results, but need not be their
    /// cause.
    NoKnownCause => "what goes along with results need not be their cause",
    /// The change would write words of a transcript into what agents read.
    WordsOfTranscript => "it carries words of a transcript",

    // Something is taken out.
    /// Nothing contradicts what is taken out.
    NothingContradicts => "nothing contradicts it",
    /// A model says that another statement of the store takes the place of what is taken out.
    ReplacedByModel => "a model says that another statement takes its place",
    /// As [`Doubt::NothingContradicts`], but people or agents wrote the statement.
    NoDreamWroteIt => "no dream wrote it, and nothing contradicts it",
    /// Somebody may need the secret where it stands.
    SecretInUse => "a secret may be needed where it stands",
    /// The words of an index line may be the last text about what the line names.
    LastWords => "its words may be all that is left of what it names",
    /// Without the index line, agents no longer learn of the memory from the index.
    LeavesIndex => "agents no longer learn of the memory from the index",

    // A line of the index.
    /// The change makes the index, which agents load in each session.
    MakesIndex => "it makes the index, which agents load in each session",
    /// An earlier dream proposed the line and nobody accepted it.
    LeftOpen => "it was left open before",
    /// The index would be longer than what agents load.
    IndexTooLong => "the index would be longer than what agents load",

    // Any change.
    /// A person decided against the change, which has new evidence since.
    DecidedBefore => "it was rejected, reverted or reworded before, and has new evidence",
    /// The change alters what the store says.
    ChangesStatement => "it changes what the store says",
    /// The policy lets no addition go unattended.
    AddsHeld => "policy: gate.auto-add is off",
    /// The policy lets no merge go unattended.
    MergesHeld => "policy: gate.auto-merge is off",
}

impl Doubt {
    /// The policy switch with which a person waives the doubt for good; `None`: a person looks
    /// every time.
    pub(crate) fn waived_by(&self) -> Option<&'static Switch> {
        match self {
            Self::OtherMarks => Some(&policy::AUTO_NEAR),
            _ => None,
        }
    }
}
