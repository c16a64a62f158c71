//! What must be read in a memory after edits: all that stays as it was, and what is new where it came.

use dreaming_text::markdown::{Form, Piece, pieces};
use dreaming_text::normal;

use crate::index;

/// The pieces of a text that is read as `expected`.
pub(super) fn as_expected(text: &str, expected: &[Expected<'_>]) -> Option<Vec<Piece>> {
    let found = pieces(text);
    let is_one = found.len() == expected.len();
    let all = found.iter().zip(expected).all(|(piece, expected)| expected.is(piece));
    (is_one && all).then_some(found)
}

/// What must be read at the place of a piece after the edits.
pub(super) enum Expected<'a> {
    /// The same piece below the same headings. It may lose items that it held, but gain none.
    Kept(&'a Piece),
    /// A piece of this form with this text in normal form. The flag says whether the piece held
    /// other items before: if not, it must hold none now.
    New(Form, &'a str, bool),
    /// A step with this text in normal form.
    Step(&'a str),
}

impl<'a> Expected<'a> {
    /// A new item with this text in normal form.
    pub(super) const fn item(normal: &'a str) -> Self {
        Self::New(Form::Item, normal, false)
    }

    fn is(&self, piece: &Piece) -> bool {
        let (form, same, held) = match self {
            Self::Kept(before) => {
                // Most texts are equal as they are; only others need to be normalised.
                let same = before.text == piece.text || normal(&before.text) == normal(&piece.text);
                (before.form, same && before.headings == piece.headings, before.holds_others)
            }
            Self::New(form, text, held) => (*form, normal(&piece.text) == *text, *held),
            Self::Step(text) => {
                let is_step = piece.mark.starts_with(|c: char| c.is_ascii_digit());
                (Form::Item, is_step && normal(&piece.text) == *text, false)
            }
        };
        // A line that takes in a file may stand in a list or by itself.
        let fits = form == piece.form || index::takes_in(&piece.text);
        fits && same && (held || !piece.holds_others)
    }
}
