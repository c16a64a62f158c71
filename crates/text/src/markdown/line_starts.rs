//! Where the lines of a text begin.

/// The starts of the lines of a text. `\n`, `\r\n` and a lone `\r` end a line, as in CommonMark.
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// The lines of `text`.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    /// The number of the line that contains `at`, counted from 0.
    pub fn number(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The first byte of the line that contains `at`.
    pub fn start(&self, at: usize) -> usize {
        self.starts.get(self.number(at)).copied().unwrap_or(0)
    }

    /// The byte after the end of the line that contains `at`.
    pub fn end(&self, at: usize) -> usize {
        self.starts.get(self.number(at) + 1).copied().unwrap_or(self.text.len())
    }

    /// Whether the line that contains `at` is blank.
    pub fn is_blank(&self, at: usize) -> bool {
        self.text.get(self.start(at)..self.end(at)).is_none_or(|line| line.trim_ascii().is_empty())
    }

    /// Whether the line that contains `at` is the first, or follows a blank line.
    pub fn blank_before(&self, at: usize) -> bool {
        self.start(at).checked_sub(1).is_none_or(|before| self.is_blank(before))
    }

    /// The end of the blank lines from the line start `at` on; `at` if there are none.
    pub(super) fn skip_blank(&self, mut at: usize) -> usize {
        while at < self.text.len() && self.is_blank(at) {
            at = self.end(at);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_of_commonmark_ends_a_line() {
        let text = "a\r\n\rb\nc";
        let lines = Lines::new(text);
        assert_eq!(lines.starts, [0, 3, 4, 6]);
        assert_eq!((lines.start(5), lines.end(5), lines.number(6)), (4, 6, 3));
        assert_eq!((lines.skip_blank(3), lines.end(7), lines.blank_before(4)), (4, 7, true));
    }
}
