//! A memory on which sets of edits are tried. The memory is read once and each edit is prepared
//! once, however many sets are tried.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::{Form, Piece, cells, line_of_code};
use dreaming_text::normal;
use dreaming_text::sort;

use super::expected::{Expected, as_expected};
use super::list::{self, ListMark};
use super::section::{is_one_text, section_end};
use super::{Edit, Opening, append, kept_form, line_end, written};
use crate::identity::Located;
use crate::index;

/// The text of a memory with its statements.
pub(crate) struct Page<'a> {
    markdown: &'a str,
    before: Vec<&'a Piece>,
    /// The end of the section of the first item (or piece), see `end_of_section`, when others follow:
    /// there an item is added, for what follows may be about something else, such as what is no longer
    /// true.
    end_of_first: Option<(usize, usize)>,
    /// The same of the first piece, item or not: there a line that takes in a file is added, for it belongs to no list.
    end_of_opening: Option<(usize, usize)>,
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
    /// A new item within the text.
    Insert {
        /// Where the next section begins, or where the list item before it ends.
        at: usize,
        /// The last piece before it, by position.
        after: usize,
        /// What begins the line of the next item or step of that list; `None` at the end of a section.
        mark: Option<ListMark>,
        /// The item.
        text: Statement,
    },
    /// A new item at the end.
    Append(Statement),
}

/// What comes in at one place of the text: the next items of a list, or items at the end of the section.
#[derive(Default)]
struct Inserted<'a> {
    at: usize,
    next: Vec<(&'a ListMark, &'a Statement)>,
    last: Vec<&'a Statement>,
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

    /// Whether it is a row of the table in which another one stands.
    fn is_row_beside(&self, row: &Piece) -> bool {
        let of = cells(&self.written);
        of.is_some() && of == cells(&row.text)
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
            Self::Insert { text, .. } | Self::Append(text) => (0, text.written.len() + ITEM),
        }
    }
}

impl<'a> Page<'a> {
    /// A memory whose statements are already known.
    pub(crate) fn of(markdown: &'a str, entries: &'a [Located]) -> Self {
        Self::with_pieces(markdown, entries.iter().map(|entry| &entry.piece).collect())
    }

    /// A text with its pieces.
    pub(crate) fn new(markdown: &'a str, pieces: &'a [Piece]) -> Self {
        Self::with_pieces(markdown, pieces.iter().collect())
    }

    fn with_pieces(markdown: &'a str, before: Vec<&'a Piece>) -> Self {
        let page = Self { markdown, before, end_of_first: None, end_of_opening: None };
        let first = page.before.iter().position(|piece| piece.form == Form::Item).unwrap_or(0);
        let end = |piece| page.end_of_section(piece).filter(|(at, _)| *at < markdown.len());
        let (end_of_first, end_of_opening) = (end(first), end(0));
        Self { end_of_first, end_of_opening, ..page }
    }

    /// The text with these edits, see [`super::edit`].
    pub(crate) fn edited(&self, opening: &Opening, edits: &[Edit]) -> Option<String> {
        let removed = |edit: &Edit| match edit {
            Edit::Remove { range } => self.position(range, |piece| &piece.range),
            _ => None,
        };
        let whole = self.whole(edits.iter().filter_map(removed).collect());
        let ready = |edit: &Edit| {
            let around = removed(edit).and_then(|piece| self.removed_around(piece, &whole));
            around.or_else(|| self.ready(edit))
        };
        let ready = edits.iter().map(ready).collect::<Option<Vec<_>>>()?;
        self.with(opening, &ready)
    }

    /// Of the pieces that go, the outermost that hold others and of which nothing is left then; in
    /// order.
    fn whole(&self, mut removed: Vec<usize>) -> Vec<&'a Piece> {
        sort::all(&mut removed);
        let removed: Vec<&Piece> =
            removed.iter().filter_map(|at| self.before.get(*at).copied()).collect();
        let mut whole: Vec<&Piece> = Vec::new();
        for (at, piece) in removed.iter().enumerate().filter(|(_, piece)| piece.holds_others) {
            let is_within = whole.last().is_some_and(|last| piece.range.start < last.range.end);
            let inner = removed.iter().skip(at + 1);
            let inner = inner.take_while(|inner| inner.range.start < piece.range.end);
            if !is_within && holds_only(self.markdown, piece, inner.copied()) {
                whole.push(piece);
            }
        }
        whole
    }

    /// The removal of a piece that is one of `whole`, which takes all its bytes along, or within one.
    fn removed_around(&self, piece: usize, whole: &[&Piece]) -> Option<Ready> {
        let here = &self.before.get(piece)?.range;
        let next = whole.partition_point(|around| around.range.start <= here.start);
        let around = &whole.get(next.checked_sub(1)?)?.range;
        let end = if around == here { around.end } else { around.start };
        (here.end <= around.end).then_some(Ready::Splice {
            piece,
            range: around.start..end,
            text: None,
        })
    }

    /// Prepares an edit; `None` when the memory does not have its statement or its text cannot be
    /// written.
    pub(crate) fn ready(&self, edit: &Edit) -> Option<Ready> {
        let (range, piece, text) = match edit {
            Edit::Append { text } => {
                let takes_in = index::takes_in(text);
                let text = Statement::of(text)?;
                let end = if takes_in { self.end_of_opening } else { self.end_of_first };
                return Some(match end {
                    Some((at, after)) => Ready::Insert { at, after, mark: None, text },
                    None => Ready::Append(text),
                });
            }
            Edit::Insert { beside, text } => {
                let beside = self.position(beside, |piece| &piece.text_range)?;
                let (at, after) = self.end_of_section(beside)?;
                return Some(Ready::Insert { at, after, mark: None, text: Statement::of(text)? });
            }
            Edit::After { before, text } => {
                let before = self.position(before, |piece| &piece.text_range)?;
                let text = Statement::of(text)?;
                let piece = self.before.get(before)?;
                if piece.form == Form::Row && cells(&text.written).is_some() {
                    if !text.is_row_beside(piece) {
                        return None;
                    }
                    let (at, mark) = self.next_row(piece)?;
                    return Some(Ready::Insert { at, after: before, mark: Some(mark), text });
                }
                if piece.form != Form::Item || !piece.number_and_box().is_empty() {
                    let (at, after) = self.end_of_section(before)?;
                    let is_one = is_one_text(self.markdown, &(piece.range.end..at));
                    return is_one.then_some(Ready::Insert { at, after, mark: None, text });
                }
                let (at, after, mark) = self.next_item(before, ListMark::after)?;
                return Some(Ready::Insert { at, after, mark: Some(mark), text });
            }
            Edit::Step { before, text } => {
                let step = self.position(before, |piece| &piece.text_range)?;
                let (at, after, mark) = self.next_item(step, ListMark::of_step)?;
                let text = Statement::of(text).filter(|_| self.counts_on(step, at, after))?;
                return Some(Ready::Insert { at, after, mark: Some(mark), text });
            }
            Edit::Replace { range, text } => {
                let piece = self.position(range, |piece| &piece.text_range)?;
                let mut new = Statement::of(text)?;
                let before = self.before.get(piece)?;
                match before.form {
                    Form::Row if !new.is_row_beside(before) => return None,
                    Form::Code => new.written = line_of_code(&new.normal)?.into(),
                    _ => {}
                }
                return Some(self.replacing(piece, range, new));
            }
            Edit::Remove { range } => {
                let piece = self.position(range, |piece| &piece.range)?;
                let before = self.before.get(piece)?;
                if before.holds_others && before.form != Form::Row {
                    return None;
                }
                (range, piece, None)
            }
        };
        Some(Ready::Splice { piece, range: range.clone(), text })
    }

    /// Replaces the statement of a piece. White space that Markdown shows otherwise than one space, such as in code, and
    /// line breaks stay around the words that stay, where that reads back as the same statement.
    fn replacing(&self, piece: usize, range: &Range<usize>, text: Statement) -> Ready {
        let splice = |text| Ready::Splice { piece, range: range.clone(), text: Some(text) };
        let raw = self.markdown.get(range.clone()).unwrap_or_default();
        let is_code = self.before.get(piece).is_some_and(|before| before.form == Form::Code);
        let kept = kept_form::around(raw, &text.written, is_code);
        let kept = kept.filter(|kept| *kept != text.written);
        let kept = kept.map(|written| splice(Statement { written, normal: text.normal.clone() }));
        let reads_back = |ready: &Ready| self.with(&Opening::default(), [ready]).is_some();
        kept.filter(reads_back).unwrap_or_else(|| splice(text))
    }

    /// Where the section of a piece ends: where the next heading begins, or the text ends, or where the rule is
    /// that stands last before that; and the last piece before it.
    fn end_of_section(&self, piece: usize) -> Option<(usize, usize)> {
        let from = self.before.get(piece)?.range.end;
        let at = section_end(self.markdown, from);
        Some((at, self.before.partition_point(|piece| piece.range.start < at).checked_sub(1)?))
    }

    /// Where the item of a piece ends, with all that stands in it, the last piece in it, and how the next item of its
    /// list begins, as `mark` says by the item's own beginning; `None` for what is no item.
    fn next_item(
        &self,
        piece: usize,
        mark: fn(&str, bool) -> Option<ListMark>,
    ) -> Option<(usize, usize, ListMark)> {
        let before = self.before.get(piece).filter(|before| before.form == Form::Item)?;
        let item = self.markdown.get(before.range.clone())?.trim_ascii_end().len();
        let lines = Lines::new(self.markdown);
        let at = lines.end((before.range.start + item).checked_sub(1)?);
        let next = self.before.partition_point(|piece| piece.range.start < at);
        // Whether blank lines stand between the items, the one before or behind it tells.
        let is_apart = |a: Option<&&Piece>, b: Option<&&Piece>| {
            let [Some(a), Some(b)] = [a, b] else { return false };
            let between = self.markdown.get(a.range.end..b.range.start);
            [a.form, b.form] == [Form::Item; 2]
                && between.is_some_and(|between| between.trim_ascii().is_empty())
                && lines.blank_before(b.range.start)
        };
        let one_before = piece.checked_sub(1).and_then(|at| self.before.get(at));
        let loose =
            is_apart(one_before, Some(before)) || is_apart(Some(before), self.before.get(next));
        let start = self.markdown.get(before.range.start..before.text_range.start)?;
        Some((at, next.checked_sub(1)?, mark(start, loose)?))
    }

    /// Whether the step that comes next after the piece `step` may stand at `at`, behind the piece `after`: no block follows
    /// there that belongs to `step`, and where the list ends, no other list of its section goes on counting.
    fn counts_on(&self, step: usize, at: usize, after: usize) -> bool {
        let number = |piece: &Piece| piece.mark.trim_end_matches(['.', ')']).parse::<u64>().ok();
        let Some(before) = self.before.get(step) else { return false };
        let Some(next) = self.before.get(after + 1) else {
            return self.markdown.get(at..).is_some_and(|rest| rest.trim_ascii().is_empty());
        };
        if next.headings != before.headings {
            return true;
        }
        let between = self.markdown.get(at..next.range.start).unwrap_or("x");
        let goes_on = number(before).and_then(|number| number.checked_add(1));
        let mut behind = self.before.iter().skip(after + 1);
        let is_counted = next.form != Form::Item
            && behind.any(|piece| number(piece) == goes_on && piece.headings == before.headings);
        between.trim_ascii().is_empty() && next.form != Form::Code && !is_counted
    }

    /// Where the row of a piece ends, and how the next row of its table begins; `None` for a table in another block.
    fn next_row(&self, row: &Piece) -> Option<(usize, ListMark)> {
        let lines = Lines::new(self.markdown);
        let start = self.markdown.get(lines.start(row.text_range.start)..row.text_range.start)?;
        Some((lines.end(row.text_range.end.checked_sub(1)?), ListMark::of_row(start)?))
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
        // By the piece before it and the place; the end of the section comes behind the lists in it.
        let mut inserted: BTreeMap<(usize, usize), Inserted<'_>> = BTreeMap::new();
        for edit in edits {
            match edit {
                Ready::Splice { piece, range, text } => splices.push((range, *piece, text)),
                Ready::Insert { at, after, mark, text } => {
                    let place = if mark.is_some() { *at } else { usize::MAX };
                    let here = inserted.entry((*after, place)).or_default();
                    here.at = *at;
                    match mark {
                        Some(mark) => here.next.push((mark, text)),
                        None => here.last.push(text),
                    }
                }
                Ready::Append(text) => added.push(text),
            }
        }
        sort::by_key(&mut splices, |(range, ..)| (range.start, range.end));
        let mut expected: Vec<Vec<Expected<'_>>> =
            self.before.iter().map(|piece| vec![Expected::Kept(piece)]).collect();
        let mut text = self.markdown.to_owned();
        let mut untouched_from = text.len();
        for (range, piece, by) in splices.iter().rev() {
            if range.end > untouched_from {
                return None;
            }
            untouched_from = range.start;
            if let (Some(slot), Some(piece)) = (expected.get_mut(*piece), self.before.get(*piece)) {
                let held = piece.holds_others;
                let new = by.as_ref().map(|by| Expected::New(piece.form, &by.normal, held));
                *slot = new.into_iter().collect();
            }
            text.replace_range((*range).clone(), by.as_ref().map_or("", |by| &by.written));
        }
        // Where a place of the text is after the splices: what was replaced before it has another length now.
        let now_at = |at: usize| {
            // With an item the blank lines behind it may go.
            if splices.iter().any(|(range, ..)| range.start < at && at < range.end) {
                return None;
            }
            let before = splices.iter().filter(|(range, ..)| range.end <= at);
            let (out, by): (Vec<usize>, Vec<usize>) = before
                .map(|(range, _, by)| (range.len(), by.as_ref().map_or(0, |by| by.written.len())))
                .unzip();
            (at + by.iter().sum::<usize>()).checked_sub(out.iter().sum())
        };
        let mut behind: BTreeMap<usize, Vec<Expected<'_>>> = BTreeMap::new();
        for ((after, _), Inserted { at, mut next, last }) in inserted.into_iter().rev() {
            let after_it = text.split_off(now_at(at)?);
            // An item of an inner list belongs to the item before it, so it comes first.
            sort::by_key(&mut next, |(mark, _)| Reverse(mark.depth()));
            next.iter().for_each(|(mark, item)| list::push(&mut text, mark, &item.written));
            if !last.is_empty() {
                append(&mut text, &Opening::default(), last.iter().map(|item| &*item.written));
                // Below a list, the first line of a heading without `#` would belong to the last item.
                if !after_it.is_empty() && !ends_with_blank(&text) {
                    text.push_str(line_end(&text));
                }
            }
            text.push_str(&after_it);
            let next = next.into_iter().map(|(mark, item)| match mark {
                mark if mark.is_of_row() => Expected::New(Form::Row, &item.normal, true),
                mark if mark.is_of_step() => Expected::Step(&item.normal),
                _ => Expected::item(&item.normal),
            });
            let items = next.chain(last.into_iter().map(|item| Expected::item(&item.normal)));
            let later = behind.remove(&after).unwrap_or_default();
            behind.insert(after, items.chain(later).collect());
        }
        for (slot, items) in behind {
            expected.get_mut(slot)?.extend(items);
        }
        if !added.is_empty() {
            append(&mut text, opening, added.iter().map(|statement| statement.written.as_str()));
        }
        let new = added.into_iter().map(|statement| Expected::item(&statement.normal));
        let expected: Vec<Expected<'_>> = expected.into_iter().flatten().chain(new).collect();
        let found = as_expected(&text, &expected)?;
        let steps = found.iter().zip(&expected).filter(|(_, new)| matches!(new, Expected::Step(_)));
        let steps: Vec<usize> = steps.map(|(piece, _)| piece.range.start).collect();
        if steps.is_empty() {
            return Some(text);
        }
        // Below a longer number, what stands in a step may stand outside it.
        let text = list::renumbered(&text, &steps)?;
        let counted = as_expected(&text, &expected)?;
        let hold = |all: &[Piece]| all.iter().map(|piece| piece.holds_others).collect::<Vec<_>>();
        (hold(&counted) == hold(&found)).then_some(text)
    }
}

/// Whether the last line is blank.
fn ends_with_blank(text: &str) -> bool {
    text.lines().last().is_none_or(|line| line.trim_ascii().is_empty())
}

/// Whether nothing but a list mark is left of a piece without its statement and these pieces in it,
/// which come in order.
pub(crate) fn holds_only<'p>(
    markdown: &str,
    around: &Piece,
    inner: impl Iterator<Item = &'p Piece>,
) -> bool {
    let (mut left, mut at) = (String::new(), around.range.start);
    for range in std::iter::once(&around.text_range).chain(inner.map(|piece| &piece.range)) {
        left.push_str(markdown.get(at..range.start).unwrap_or_default());
        at = at.max(range.end);
    }
    left.push_str(markdown.get(at..around.range.end).unwrap_or_default());
    left.trim_ascii() == around.mark
}
