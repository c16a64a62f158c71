//! A session that lies in many files or rows, as one stream of lines.

use std::collections::VecDeque;
use std::io::{self, Read};

/// The lines of a session as bytes: `head`, then what `read` gives for each of `keys`, with its line
/// end. One line is in memory at a time.
pub fn lines<K: Send + 'static>(
    head: Vec<u8>,
    keys: impl IntoIterator<Item = K>,
    read: impl FnMut(K) -> io::Result<Vec<u8>> + Send + 'static,
) -> Box<dyn Read + Send> {
    Box::new(Lines { line: io::Cursor::new(head), keys: keys.into_iter().collect(), read })
}

struct Lines<K, R> {
    line: io::Cursor<Vec<u8>>,
    keys: VecDeque<K>,
    read: R,
}

impl<K, R: FnMut(K) -> io::Result<Vec<u8>>> Read for Lines<K, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.line.read(out)?;
            if read > 0 || out.is_empty() {
                return Ok(read);
            }
            let Some(key) = self.keys.pop_front() else { return Ok(0) };
            self.line = io::Cursor::new((self.read)(key)?);
        }
    }
}

/// A JSON document as one line: its strings hold no line ends.
pub fn flat(mut document: Vec<u8>) -> Vec<u8> {
    document.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    document
}
