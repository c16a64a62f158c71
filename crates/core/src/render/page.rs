//! A memory on which sets of edits are tried. The memory is read once and each edit is prepared
//! once, however many sets are tried.

use std::ops::Range;

use dreaming_text::markdown::{Form, Piece, pieces};
use dreaming_text::normal;
use dreaming_text::sort;

use super::{Edit, Opening, append, written};
use crate::identity::Located;

/// The text of a memory with its statements.
pub(crate) struct Page<'a> {
    markdown: &'a str,
    before: Vec<&'a Piece>,
}

/// An edit that was prepared: its statement was found in the memory, or it adds one.
#[derive(Clone, Debug)]
pub(crate) enum Ready {
    /// Removes a piece of the memory, or replaces its statement.
    Splice {
        /// The piece, by position.
        piece: usize,
        /// The bytes that are replaced.
        range: Range<usize>,
        /// The new statement; `None` when the piece is removed.
        text: Option<Statement>,
    },
    /// A new item.
    Append(Statement),
}

/// A new statement in the form in which it is written, and in the normal form in which it is
/// compared.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    written: String,
    normal: String,
}

impl Statement {
    fn of(text: &str) -> Option<Self> {
        let written = written(text)?;
        Some(Self { normal: normal(&written), written })
    }
}

/// The least number of bytes that an item takes besides its statement: a mark, a space and a line
/// end.
const ITEM: usize = 3;

impl Ready {
    /// How many bytes the edit removes from the text, and how many it adds at least.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        match self {
            Self::Splice { range, text, .. } => {
                (range.len(), text.as_ref().map_or(0, |text| text.written.len()))
            }
            Self::Append(text) => (0, text.written.len() + ITEM),
        }
    }
}

impl<'a> Page<'a> {
    /// A memory whose statements are already known.
    pub(crate) fn of(markdown: &'a str, entries: &'a [Located]) -> Self {
        Self { markdown, before: entries.iter().map(|entry| &entry.piece).collect() }
    }

    /// A text with its pieces.
    pub(super) fn new(markdown: &'a str, pieces: &'a [Piece]) -> Self {
        Self { markdown, before: pieces.iter().collect() }
    }

    /// The text with these edits, see [`super::edit`].
    pub(crate) fn edited(&self, opening: &Opening, edits: &[Edit]) -> Option<String> {
        let ready = edits.iter().map(|edit| self.ready(edit)).collect::<Option<Vec<_>>>()?;
        self.with(opening, &ready)
    }

    /// Prepares an edit; `None` when the memory does not have its statement or its text cannot be
    /// written.
    pub(crate) fn ready(&self, edit: &Edit) -> Option<Ready> {
        let (range, piece, text) = match edit {
            Edit::Append { text } => return Statement::of(text).map(Ready::Append),
            Edit::Replace { range, text } => (
                range,
                self.position(range, |piece| &piece.text_range)?,
                Some(Statement::of(text)?),
            ),
            Edit::Remove { range } => {
                let piece = self.position(range, |piece| &piece.range)?;
                if self.before.get(piece)?.holds_others {
                    return None;
                }
                (range, piece, None)
            }
        };
        Some(Ready::Splice { piece, range: range.clone(), text })
    }

    /// The position of the piece with this range. `of` gives the range of a piece; pieces are in
    /// the order of either of their ranges.
    fn position(&self, range: &Range<usize>, of: fn(&Piece) -> &Range<usize>) -> Option<usize> {
        let from = self.before.partition_point(|piece| of(piece).start < range.start);
        let here = self.before.iter().enumerate().skip(from);
        let mut here = here.take_while(|(_, piece)| of(piece).start == range.start);
        here.find(|(_, piece)| of(piece) == range).map(|(at, _)| at)
    }

    /// The text with these prepared edits, see [`super::edit`].
    pub(crate) fn with<'r>(
        &self,
        opening: &Opening,
        edits: impl IntoIterator<Item = &'r Ready>,
    ) -> Option<String> {
        let (mut splices, mut added) = (Vec::new(), Vec::new());
        for edit in edits {
            match edit {
                Ready::Splice { piece, range, text } => splices.push((range, *piece, text)),
                Ready::Append(text) => added.push(text),
            }
        }
        sort::by_key(&mut splices, |(range, ..)| range.start);
        let mut expected: Vec<Option<Expected<'_>>> =
            self.before.iter().map(|piece| Some(Expected::Kept(piece))).collect();
        let mut text = self.markdown.to_owned();
        let mut untouched_from = text.len();
        for (range, piece, by) in splices.into_iter().rev() {
            if range.end > untouched_from {
                return None;
            }
            untouched_from = range.start;
            if let (Some(slot), Some(piece)) = (expected.get_mut(piece), self.before.get(piece)) {
                let held = piece.holds_others;
                *slot = by.as_ref().map(|by| Expected::New(piece.form, &by.normal, held));
            }
            text.replace_range(range.clone(), by.as_ref().map_or("", |by| &by.written));
        }
        if !added.is_empty() {
            append(&mut text, opening, added.iter().map(|statement| statement.written.as_str()));
        }
        let new = added.iter().map(|added| Expected::New(Form::Item, &added.normal, false));
        let expected: Vec<Expected<'_>> = expected.into_iter().flatten().chain(new).collect();
        let found = pieces(&text);
        let as_expected = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(piece, expected)| expected.is(piece));
        as_expected.then_some(text)
    }
}

/// What must be read at the place of a piece after the edits.
enum Expected<'a> {
    /// The same piece. It may lose items that it held, but gain none.
    Kept(&'a Piece),
    /// A piece of this form with this text in normal form. The flag says whether the piece held
    /// other items before: if not, it must hold none now.
    New(Form, &'a str, bool),
}

impl Expected<'_> {
    fn is(&self, piece: &Piece) -> bool {
        let (form, same, held) = match self {
            Self::Kept(before) => {
                // Most texts are equal as they are; only others need to be normalised.
                let same = before.text == piece.text || normal(&before.text) == normal(&piece.text);
                (before.form, same, before.holds_others)
            }
            Self::New(form, text, held) => (*form, normal(&piece.text) == *text, *held),
        };
        form == piece.form && same && (held || !piece.holds_others)
    }
}
