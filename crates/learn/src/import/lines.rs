//! Splits bytes into lines, across chunk boundaries.

use dreaming_text::eight_bytes::{equal, first};

use super::frame::{Each, Frame};

/// Splits bytes into lines. `\n`, `\r\n` and `\r` end a line.
#[derive(Debug)]
pub(super) struct Lines {
    /// The bytes of the line so far.
    open: Vec<u8>,
    max: usize,
    /// Whether the line so far is over the limit.
    too_long: bool,
    /// Whether the last byte was `\r`: a following `\n` belongs to the same line end.
    after_return: bool,
    number: u64,
}

impl Lines {
    /// A splitter for lines of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { open: Vec::new(), max, too_long: false, after_return: false, number: 0 }
    }

    /// Takes the next bytes; calls `each` with the number, counted from 1, of every line that ends.
    pub(super) fn push(&mut self, mut bytes: &[u8], each: &mut Each<'_>) {
        if self.after_return && !bytes.is_empty() {
            self.after_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        let ends = |eight| equal(eight, b'\n') | equal(eight, b'\r');
        while let Some((line, rest)) = bytes.split_at_checked(first(bytes, ends))
            && !rest.is_empty()
        {
            self.end_line(line, each);
            bytes = match rest.strip_prefix(b"\r") {
                Some(rest) => {
                    self.after_return = rest.is_empty();
                    rest.strip_prefix(b"\n").unwrap_or(rest)
                }
                None => rest.strip_prefix(b"\n").unwrap_or(rest),
            };
        }
        self.keep(bytes);
    }

    /// Ends the input; a last line without a line end is a line.
    pub(super) fn finish(&mut self, each: &mut Each<'_>) {
        if self.too_long || !self.open.is_empty() {
            self.end_line(b"", each);
        }
    }

    fn end_line(&mut self, tail: &[u8], each: &mut Each<'_>) {
        self.number += 1;
        if self.open.is_empty() && !self.too_long && tail.len() <= self.max {
            each(self.number, Frame::Record(tail)); // no copy when the line lies in one chunk
            return;
        }
        self.keep(tail);
        each(self.number, if self.too_long { Frame::TooLong } else { Frame::Record(&self.open) });
        self.open.clear();
        self.too_long = false;
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long || self.open.len() + bytes.len() > self.max {
            self.too_long = true;
            self.open = Vec::new();
        } else {
            self.open.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]], max: usize) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut lines = Lines::new(max);
        let mut out = Vec::new();
        let mut each = |number: u64, line: Frame<'_>| {
            out.push((
                number,
                match line {
                    Frame::Record(bytes) => Some(bytes.to_vec()),
                    Frame::Beside(_) | Frame::TooLong => None,
                },
            ));
        };
        for chunk in chunks {
            lines.push(chunk, &mut each);
        }
        lines.finish(&mut each);
        out
    }

    #[test]
    fn every_split_of_the_bytes_gives_the_same_lines() {
        let bytes = b"a\r\nbb\n\r\rccc\n\nthis one is too long\r\n\xff\x00d";
        let whole = split(&[bytes], 8);
        assert_eq!(whole.len(), 8);
        assert_eq!(whole[6], (7, None));
        assert_eq!(whole[7], (8, Some(b"\xff\x00d".to_vec())));
        for at in 0..=bytes.len() {
            let (a, b) = bytes.split_at(at);
            assert_eq!(split(&[a, b], 8), whole, "split at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(split(&single, 8), whole);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_kept_and_a_longer_one_holds_no_memory() {
        assert_eq!(split(&[b"12345678"], 8), [(1, Some(b"12345678".to_vec()))]);
        assert_eq!(split(&[b"1234", b"56789"], 8), [(1, None)]);
        let mut lines = Lines::new(8);
        lines.push(&[b'x'; 4096], &mut |_, _| {});
        assert!(lines.open.capacity() <= 8);
    }
}
