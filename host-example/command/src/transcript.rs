//! Reads session files by offset, without holding a whole file in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use crate::databases;
use crate::kiro;
use crate::opencode;
use crate::openhands;
use crate::sessions::Part;

/// Most files that are kept open: enough for rounds of eight sessions with a few parts each.
const MAX_OPEN: usize = 64;

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "gz")
}

/// Opens a regular file. Anything else is refused first, because opening a pipe would wait for
/// ever.
fn open(path: &Path) -> io::Result<File> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    File::open(path)
}

/// The contents of a file from its beginning, decompressed.
///
/// # Errors
/// What the operating system says.
pub fn stream(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(match Source::open(path)? {
        Source::Plain(file) => Box::new(io::BufReader::new(file)),
        Source::Forward(forward) => forward.0,
    })
}

/// The number of bytes that [`Reader`] gives for a file. A `.gz` has to be read for this, because
/// its trailer holds only the length of the last member modulo 2^32. A session in many files has to
/// be read too.
///
/// # Errors
/// What the operating system says; `InvalidData` or `UnexpectedEof` for a damaged `.gz`.
pub fn length(path: &Path) -> io::Result<u64> {
    match Source::open(path)? {
        Source::Plain(file) => Ok(file.metadata()?.len()),
        Source::Forward(mut forward) => io::copy(&mut forward.0, &mut io::sink()),
    }
}

/// When a session file was written last.
///
/// # Errors
/// What the operating system says.
pub fn written(path: &Path) -> io::Result<SystemTime> {
    if databases::is_session(path) {
        return databases::written(path);
    }
    if openhands::is_session(path) {
        return openhands::written(path);
    }
    path.metadata()?.modified()
}

/// The SHA-256 digest of the first `part.bytes` bytes of a part.
///
/// # Errors
/// What the operating system says; `UnexpectedEof` when the file is shorter.
pub fn digest(part: &Part) -> io::Result<String> {
    let mut reader = Reader::default();
    let mut hash = Sha256::new();
    let mut offset = 0;
    while offset < part.bytes {
        let bytes = reader.read(part, offset, 1 << 20)?;
        hash.update(&bytes);
        offset += bytes.len() as u64;
    }
    if part.bytes == 0 {
        written(&part.path)?;
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads session files by offset and keeps them open, read-only.
#[derive(Debug, Default)]
pub struct Reader {
    open: BTreeMap<PathBuf, Handle>,
}

#[derive(Debug)]
struct Handle {
    source: Source,
    at: u64,
}

#[derive(Debug)]
enum Source {
    Plain(File),
    /// A source that can only be read forwards: a compressed file, or a session in many files.
    Forward(Forward),
}

struct Forward(Box<dyn Read + Send>);

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forward")
    }
}

impl Source {
    fn open(path: &Path) -> io::Result<Self> {
        if databases::is_session(path) {
            return Ok(Self::Forward(Forward(databases::stream(path)?)));
        }
        if openhands::is_session(path) {
            return Ok(Self::Forward(Forward(openhands::stream(path)?)));
        }
        let file = open(path)?;
        if opencode::is_session(path) {
            return Ok(Self::Forward(Forward(opencode::stream(path)?)));
        }
        if kiro::is_session(path) {
            return Ok(Self::Forward(Forward(Box::new(kiro::stream(path)?))));
        }
        if is_compressed(path) {
            let unpacked = MultiGzDecoder::new(io::BufReader::new(file));
            return Ok(Self::Forward(Forward(Box::new(unpacked))));
        }
        Ok(Self::Plain(file))
    }
}

impl Handle {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { source: Source::open(path)?, at: 0 })
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        match &mut self.source {
            Source::Plain(file) => self.at = file.seek(SeekFrom::Start(offset))?,
            Source::Forward(forward) => {
                let ahead = offset.saturating_sub(self.at);
                self.at += io::copy(&mut (&mut forward.0).take(ahead), &mut io::sink())?;
            }
        }
        Ok(())
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match &mut self.source {
            Source::Plain(file) => file.take(limit).read_to_end(&mut bytes)?,
            Source::Forward(forward) => (&mut forward.0).take(limit).read_to_end(&mut bytes)?,
        };
        self.at += bytes.len() as u64;
        Ok(bytes)
    }
}

impl Reader {
    /// The bytes of `part` from `offset`, at most `limit` and never beyond the length that the
    /// part had when it was found: transcripts grow while they are read.
    ///
    /// # Errors
    /// What the operating system says; `UnexpectedEof` when the file became shorter.
    pub fn read(&mut self, part: &Part, offset: u64, limit: u64) -> io::Result<Vec<u8>> {
        let limit = limit.min(part.bytes.saturating_sub(offset));
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (offset, end) = (part.start + offset, part.start + part.bytes);
        let handle = self.open.remove(&part.path);
        let mut handle = match handle {
            // A source that can only be read forwards and is already past `offset` has to be opened
            // again.
            Some(handle) if offset >= handle.at || matches!(handle.source, Source::Plain(_)) => {
                handle
            }
            _ => Handle::open(&part.path)?,
        };
        if handle.at != offset {
            handle.seek(offset)?;
        }
        let bytes = handle.read(limit)?;
        if bytes.is_empty() {
            let why = "the file became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        if handle.at < end {
            if self.open.len() >= MAX_OPEN {
                self.open.pop_first();
            }
            self.open.insert(part.path.clone(), handle);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::sessions::find;
    use crate::sessions::tests::{gzip, write};

    #[test]
    fn any_offsets_give_the_bytes_of_the_file_also_when_it_is_compressed_or_grows() {
        let dir = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        write(dir.path(), "plain.jsonl", &bytes);
        // A `.gz` with two members, as of a log that was compressed in two steps.
        let (head, tail) = bytes.split_at(1000);
        write(dir.path(), "packed.jsonl.gz", &[gzip(head), gzip(tail)].concat());
        let found = find(&[dir.path().to_path_buf()]).unwrap();
        write(dir.path(), "plain.jsonl", &[&bytes[..], b"more"].concat());
        let mut reader = Reader::default();
        for session in &found.sessions {
            let part = &session.parts[0];
            assert_eq!(part.bytes, 400_000);
            for (offset, limit) in [(0, 10), (10, 70_000), (399_990, 1 << 20), (5, 7), (400_000, 9)]
            {
                let got = reader.read(part, offset, limit).unwrap();
                let start = usize::try_from(offset).unwrap();
                let end = (offset + limit).min(400_000);
                assert_eq!(got, &bytes[start..usize::try_from(end).unwrap()], "{offset}");
            }
        }
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = write(dir.path(), "a.jsonl", b"123456");
        let found = find(std::slice::from_ref(&file)).unwrap();
        fs::write(&file, "123").unwrap();
        let error = Reader::default().read(&found.sessions[0].parts[0], 3, 10).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
