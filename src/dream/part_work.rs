//! One part of a session while it is read.

use dreaming_learn::import::{PartReader, PartResult};
use dreaming_records::session_record::PartRead;

/// A part of a session while it is read.
#[derive(Debug)]
pub(super) struct PartWork {
    reader: PartReader,
    prefix: Option<Prefix>,
}

/// What is known of the bytes that were read before, to tell a file that grew from one that was
/// rewritten.
#[derive(Debug)]
struct Prefix {
    expected: PartRead,
    /// Whether the file begins with these bytes, as far as it was read.
    holds: bool,
}

impl PartWork {
    /// Begins a part; `before` is what was read of it before.
    pub(super) fn new(reader: PartReader, before: Option<PartRead>) -> Self {
        Self { reader, prefix: before.map(|expected| Prefix { expected, holds: false }) }
    }

    /// Takes the next bytes. No byte is hashed twice: at the end of the known bytes, the reader
    /// gives their digest.
    pub(super) fn push(&mut self, mut chunk: &[u8]) {
        if let Some(prefix) = &mut self.prefix
            && let Some(left) = prefix.expected.bytes.checked_sub(self.reader.bytes())
            && let Ok(left) = usize::try_from(left)
            && let Some((known, new)) = chunk.split_at_checked(left)
        {
            self.reader.push(known);
            prefix.holds = self.reader.digest() == prefix.expected.digest;
            chunk = new;
        }
        self.reader.push(chunk);
    }

    /// Whether it does not begin with the bytes that were read before.
    pub(super) fn is_rewritten(&self) -> bool {
        self.prefix.as_ref().is_some_and(|prefix| !prefix.holds)
    }

    /// Ends the part.
    pub(super) fn finish(self) -> PartResult {
        self.reader.finish()
    }
}

#[cfg(test)]
mod tests {
    use dreaming_records::canonical;
    use dreaming_records::number::count;
    use dreaming_records::policy::Policy;
    use dreaming_records::time::Time;

    use super::*;

    #[test]
    fn a_part_that_grew_begins_as_it_did_and_one_that_was_rewritten_does_not() {
        let holds = |known: &[u8], whole: &[u8], size: usize| {
            let expected = PartRead {
                name: "main".into(),
                bytes: count(known.len()),
                digest: canonical::digest(known),
            };
            let now = Time::from_millis(0);
            let reader = PartReader::new("main", &Policy::default(), now, false);
            let mut part = PartWork::new(reader, Some(expected));
            whole.chunks(size).for_each(|chunk| part.push(chunk));
            part.push(b"");
            let read = part.reader.finish().read;
            assert_eq!((read.bytes, read.digest), (count(whole.len()), canonical::digest(whole)));
            part.prefix.unwrap().holds
        };
        let whole = b"{\"a\":1}\r\n{\"b\":2}\n";
        for size in 1..=whole.len() {
            for known in 0..=whole.len() {
                assert!(holds(&whole[..known], whole, size), "{known} by {size}");
            }
            assert!(!holds(b"{\"a\":2}", whole, size) && !holds(&whole.repeat(2), whole, size));
        }
        assert!(holds(b"", b"", 1) && !holds(b"x", b"", 1));
    }
}
