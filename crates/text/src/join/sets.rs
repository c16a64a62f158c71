//! Sets of tokens, stored in one array.

/// The least similarity of a pair: shared tokens divided by all distinct tokens (Jaccard), in parts
/// per thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(u32);

impl Threshold {
    /// `permille`, limited to 1 to 1,000.
    pub const fn permille(permille: u32) -> Self {
        let most = if permille > 1_000 { 1_000 } else { permille };
        Self(if most == 0 { 1 } else { most })
    }

    /// Fewest tokens that two similar sets share when their sizes add up to `total`:
    /// `shared * (1000 + t) >= total * t`.
    pub(super) fn shared(self, total: u32) -> u32 {
        let least = (u64::from(total) * u64::from(self.0)).div_ceil(1_000 + u64::from(self.0));
        u32::try_from(least).unwrap_or(u32::MAX)
    }

    /// Whether two sets whose sizes add up to `total` are similar with `shared` shared tokens. Like
    /// comparing with [`Self::shared`], but without a division.
    pub(super) fn reached(self, shared: u32, total: u32) -> bool {
        u64::from(shared) * (1_000 + u64::from(self.0)) >= u64::from(total) * u64::from(self.0)
    }

    /// Fewest tokens of a set that is similar to one of `size`.
    pub(super) fn shortest(self, size: u32) -> u32 {
        let least = (u64::from(size) * u64::from(self.0)).div_ceil(1_000);
        u32::try_from(least).unwrap_or(u32::MAX)
    }
}

/// Sets of tokens, each sorted and without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets {
    /// Where each set ends.
    ends: Vec<u32>,
    tokens: Vec<u32>,
}

impl Sets {
    /// Adds a set, sorted and without repetitions. Tokens beyond 2^32 in all are dropped.
    pub fn push(&mut self, set: &[u32]) {
        debug_assert!(set.is_sorted_by(|a, b| a < b), "sorted and distinct");
        let room = u32::MAX - self.ends.last().copied().unwrap_or(0);
        self.tokens.extend(set.iter().take(wide(room)));
        self.ends.push(u32::try_from(self.tokens.len()).unwrap_or(u32::MAX));
    }

    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no sets.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The tokens of a set; empty when there is no such set.
    pub fn get(&self, at: u32) -> &[u32] {
        let end = self.ends.get(wide(at)).map_or(0, |end| wide(*end));
        let before = at.checked_sub(1).and_then(|before| self.ends.get(wide(before)));
        self.tokens.get(before.map_or(0, |start| wide(*start))..end).unwrap_or(&[])
    }

    /// All sets, by position.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..).zip(&self.ends).map(|(at, _)| self.get(at))
    }

    /// These sets followed by those of `more`.
    pub(super) fn chain(&self, more: &Self) -> Self {
        let mut both = self.clone();
        more.iter().for_each(|set| both.push(set));
        both
    }
}

/// A position as an index. Wider than 32 bits nowhere that wasm runs.
pub fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
