//! Writes a session into a file of the archive, and decides what is written where one is there.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::{FORMAT, Index, Kept, KeptPart, records};
use crate::project::ran_in;
use crate::sessions::{OUTCOMES, Part, Session};
use crate::transcript::{self, Reader};

/// Bytes that are read at a time. Chosen by us: a megabyte, as the other readers of transcripts do.
const PAGE: u64 = 1 << 20;

/// What is to be written into the archive.
#[derive(Clone, Debug)]
pub struct New {
    session: Session,
    index: Index,
    /// The name under which the present file stays beside it, because it has words that this lacks.
    pub aside: Option<String>,
}

/// Why a file of the archive cannot be written.
#[derive(Debug)]
pub enum Trouble {
    /// The session cannot be read.
    Read(io::Error),
    /// The disk does not take it.
    Write(io::Error),
}

/// How a part of a session relates to its form in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// It holds all that the archive has.
    Newer,
    /// The archive holds all of it, and more.
    Older,
    /// Each has what the other lacks.
    Apart,
}

/// What is to be written of `session`; `None` when the archive has it as it is. `covered` is the same
/// session with its secrets covered, which is written in its place.
///
/// # Errors
/// What the operating system says of the session.
pub fn step(
    session: &Session,
    covered: Option<&Session>,
    known: Option<&Kept>,
    store: &str,
) -> io::Result<Option<New>> {
    let from = session.parts.iter().map(|part| part.path.to_string_lossy().into_owned());
    let main = session.parts.iter().find(|part| part.name == "main");
    // Where no window says it any more, the copy still does.
    let folder = main.and_then(|main| ran_in::of_window(&main.path));
    let folder = folder.or_else(|| known.and_then(|known| known.index.folder.clone()));
    let index = Index {
        format: FORMAT.into(),
        store: store.into(),
        session: session.id.clone(),
        redacted: covered.is_some(),
        folder,
        parts: Vec::new(),
    };
    let new = New::of(covered.unwrap_or(session), from.collect(), index)?;
    match known {
        None => Ok(Some(new)),
        Some(known) => new.beside(known),
    }
}

impl New {
    /// The session `written`, whose parts came from the files `from`, with an index but for its parts.
    pub(super) fn of(written: &Session, from: Vec<String>, index: Index) -> io::Result<Self> {
        let parts = written.parts.iter().zip(from).map(|(part, from)| describe(part, from));
        let parts = parts.collect::<io::Result<Vec<_>>>()?;
        Ok(Self { session: written.clone(), index: Index { parts, ..index }, aside: None })
    }

    /// Takes over from the present file what only it has.
    pub(super) fn beside(mut self, known: &Kept) -> io::Result<Option<Self>> {
        let old = known.session();
        for (old_part, old_known) in old.parts.iter().zip(&known.index.parts) {
            let at = self.session.parts.iter().position(|part| part.name == old_part.name);
            let fit = match at {
                Some(at) => {
                    let is_covered = known.index.redacted && self.index.redacted;
                    let new = (&self.index.parts[at], &self.session.parts[at]);
                    fit((old_known, old_part), new, is_covered)?
                }
                None => Fit::Older,
            };
            match (fit, at) {
                (Fit::Newer, _) => {}
                (Fit::Older, Some(at)) => {
                    self.session.parts[at] = old_part.clone();
                    self.index.parts[at] = old_known.clone();
                }
                (Fit::Older, None) => {
                    self.session.parts.push(old_part.clone());
                    self.index.parts.push(old_known.clone());
                }
                (Fit::Apart, _) => self.aside = Some(known.name_of_copy()),
            }
        }
        self.session.parts.sort_by(|a, b| a.name.cmp(&b.name));
        self.index.parts.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((self.index != known.index).then_some(self))
    }

    /// The name that it has as an earlier copy.
    pub fn name_of_copy(&self) -> String {
        self.index.name_of_copy()
    }

    /// The session as it will be in the archive.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The bytes of the session.
    pub fn bytes(&self) -> u64 {
        self.index.parts.iter().map(|part| part.bytes).sum()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Trouble::Read`] also when a part is not what it was when it was looked at.
    pub fn write(&self, out: &mut impl Write) -> std::result::Result<(), Trouble> {
        let index = serde_json::to_string(&self.index);
        let index = index.map_err(|error| Trouble::Write(error.into()))?;
        let mut packed = GzEncoder::new(&mut *out, Compression::default());
        packed.write_all(format!("{index}\n").as_bytes()).map_err(Trouble::Write)?;
        packed.finish().map_err(Trouble::Write)?;
        for (part, known) in self.session.parts.iter().zip(&self.index.parts) {
            let mut packed = GzEncoder::new(&mut *out, Compression::default());
            let (_, sha256) = pages(part, |page| packed.write_all(page))?;
            if sha256 != known.sha256 {
                let why = "it was changed while it was copied: the next `keep` takes it";
                return Err(Trouble::Read(io::Error::other(why)));
            }
            packed.write_all(b"\n").map_err(Trouble::Write)?;
            packed.finish().map_err(Trouble::Write)?;
        }
        Ok(())
    }
}

/// A part as the index names it.
fn describe(part: &Part, path: String) -> io::Result<KeptPart> {
    let (lines, sha256) = pages(part, |_| Ok(())).map_err(|trouble| match trouble {
        Trouble::Read(error) | Trouble::Write(error) => error,
    })?;
    Ok(KeptPart { name: part.name.clone(), path, bytes: part.bytes, lines, sha256 })
}

/// Reads a part page by page. Returns its line ends and its digest.
fn pages(
    part: &Part,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> std::result::Result<(u64, String), Trouble> {
    let (mut reader, mut hash) = (Reader::default(), Sha256::new());
    let (mut at, mut lines) = (0, 0);
    while at < part.bytes {
        let page = reader.read(part, at, PAGE).map_err(Trouble::Read)?;
        hash.update(&page);
        lines += page.iter().filter(|byte| **byte == b'\n').count() as u64;
        at += page.len() as u64;
        each(&page).map_err(Trouble::Write)?;
    }
    Ok((lines, hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// `is_covered`: in both the secrets are, which may cover a line otherwise that was not whole before.
fn fit(
    (old, old_part): (&KeptPart, &Part),
    (new, new_part): (&KeptPart, &Part),
    is_covered: bool,
) -> io::Result<Fit> {
    let begins = |part: &Part, bytes: u64, sha256: &str| {
        let head = Part { bytes, ..part.clone() };
        Ok::<_, io::Error>(part.bytes > bytes && transcript::digest(&head)? == sha256)
    };
    // A host writes anew how a session went.
    let is_newer = old.sha256 == new.sha256
        || new.name == OUTCOMES[0]
        || begins(new_part, old.bytes, &old.sha256)?;
    Ok(if is_newer {
        Fit::Newer
    } else if begins(old_part, new.bytes, &new.sha256)? {
        Fit::Older
    } else if records::grew(old_part, new_part, is_covered)? {
        Fit::Newer
    } else {
        Fit::Apart
    })
}
