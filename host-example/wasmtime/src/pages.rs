//! Pages: no call carries more than 1 MiB, by the measure of the engine.

use crate::types::{LedgerRow, Memory};

/// Most bytes of one page or chunk, from `wit/`.
pub const MAX_PAGE: usize = 1 << 20;

/// Bytes that a memory takes of a page: path and text.
pub(crate) fn of_memory(memory: &Memory) -> usize {
    memory.path.len() + memory.text.len()
}

/// Bytes that a ledger row takes of a page: key and value.
pub(crate) fn of_row(row: &LedgerRow) -> usize {
    row.key.len() + row.value.len()
}

/// The longest prefix of `items` that fits a page, at least one item. An item that is too large by
/// itself is passed on alone: the engine refuses it by name.
pub(crate) fn first_page<T>(items: &[T], size: impl Fn(&T) -> usize) -> &[T] {
    let mut used = 0_usize;
    let fits = items.iter().take_while(|item| {
        used = used.saturating_add(size(item));
        used <= MAX_PAGE
    });
    let count = fits.count().max(1).min(items.len());
    &items[..count]
}

/// All pages of `items`.
pub(crate) fn pages<T>(items: &[T], size: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let page = first_page(rest, &size);
        rest = &rest[page.len()..];
        (!page.is_empty()).then_some(page)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_every_item_once_and_none_is_over_the_limit_but_a_single_item() {
        let items = [MAX_PAGE / 2, MAX_PAGE / 2, 1, MAX_PAGE + 1, 7, 0];
        let pages: Vec<&[usize]> = pages(&items, |size| *size).collect();
        assert_eq!(pages, [&items[..2], &items[2..3], &items[3..4], &items[4..]]);
        assert_eq!(super::pages(&[] as &[usize], |size| *size).count(), 0);
    }
}
