//! Writes lines, and the digest of them at the end.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::{FORMAT, Line, digests};

/// Writes an export, line by line.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    hash: Sha256,
    lines: u64,
    /// The first error; nothing is written after it.
    error: Option<io::Error>,
}

impl<W: Write> Writer<W> {
    /// Begins an export with its first line.
    pub fn new(out: W) -> Self {
        let mut writer = Self { out, hash: Sha256::new(), lines: 0, error: None };
        writer.line(&Line::Export { format: FORMAT.into() });
        writer
    }

    /// Writes a line.
    pub fn line(&mut self, line: &Line) {
        if self.error.is_some() {
            return;
        }
        let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            self.hash.update(&bytes);
            self.out.write_all(&bytes)
        });
        self.lines += 1;
        self.error = written.err();
    }

    /// Writes the last line. Returns the number of lines before it.
    ///
    /// # Errors
    /// The first one of the output.
    pub fn finish(mut self) -> io::Result<u64> {
        let (lines, digest) = (self.lines, digests::hex(self.hash.clone()));
        self.line(&Line::End { lines, digest });
        self.error.map_or(Ok(lines), Err)
    }
}
