//! The archive of a store: sessions that their agents may delete before a dream has read them. Each
//! session is one file in the folder `kept` of the state, which the ordinary reader of transcripts
//! reads:
//!
//!     kept/DIGEST OF THE ID.gz          the session
//!     kept/DIGEST OF THE ID-DIGEST.gz   an earlier copy with words that the later one lacks
//!
//! A file is a gzip member with the index, one line of JSON, and one for each part of the session,
//! with a line end behind it. The bytes of a part are those that the reader gave for the original.

mod cover;
mod join;
mod pack;
mod put;
mod records;
mod strings;
mod texts;
mod vouch;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use flate2::bufread::{GzDecoder, MultiGzDecoder};
use serde::{Deserialize, Serialize};

pub use self::cover::cover;
pub use self::pack::{New, Trouble, step};
pub use self::put::{is_anothers, make_room, persist, put, stage};
pub use self::texts::Conceal;
pub use self::vouch::vouch;
use crate::episodes::Episode;
use crate::error::{Error, Result};
use crate::folder::{Skipped, digest};
use crate::output::next;
use crate::sessions::{Part, Session};
use crate::snapshot::Cursor;

/// The folder of the archive, in the state folder.
pub const FOLDER: &str = "kept";

/// The file whose presence says that all copies are made with their secrets covered.
const COVERED: &str = ".covered";

/// How the names of files begin that are being written.
pub const STAGED: &str = ".keeping-";

/// The format that an index names.
const FORMAT: &str = "dreaming.kept/1";

/// The ending of all files.
const END: &str = ".gz";

/// Hexadecimal digits of the digest of a session id in the name of a file. Chosen by us: 128 bits
/// never meet by chance.
const DIGITS: usize = 32;

/// Those of the digest by which the earlier copies of one session differ. Chosen by us: there are few.
const DIGITS_OF_COPY: usize = 8;

/// Why a file is not used whose name is that of no session, or of another one.
const NAME_OF_ANOTHER: &str = "its name is not that of its session";

/// Longest index in bytes. Chosen by us: a session of 10,000 parts has one of 3 MB.
const MAX_INDEX: u64 = 16 << 20;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    format: String,
    /// The memory folder for which the session was kept, as the state knows it. A state that came
    /// from elsewhere may bring sessions that nobody here had.
    store: String,
    session: String,
    /// Whether its secrets are covered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    redacted: bool,
    /// The folder in which the session ran, when only a file beside the original says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    parts: Vec<KeptPart>,
}

/// A part of a kept session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPart {
    name: String,
    /// The file from which it was copied.
    path: String,
    bytes: u64,
    /// How many line ends it has.
    lines: u64,
    sha256: String,
}

/// A session in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its file.
    pub file: PathBuf,
    /// The length of the file.
    pub size: u64,
    index: Index,
    /// The length of the index, behind which the first part begins.
    start: u64,
}

/// What an archive holds.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// The sessions.
    pub sessions: Vec<Kept>,
    /// Earlier copies of them.
    pub earlier: Vec<Kept>,
    /// Files that cannot be used, with the reason.
    pub unusable: Vec<Skipped>,
    /// The length of all files together.
    pub bytes: u64,
}

/// What became of the sessions of an archive where originals were found too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Sessions that are read from the archive, at least a part of them.
    pub archived: BTreeSet<String>,
    /// Sessions whose originals are there, and that the archive holds too, all of them.
    pub safe: BTreeSet<String>,
    /// How many unread ones came from other places than those that are looked at.
    pub elsewhere: u64,
    /// The folders from which those came.
    pub places: BTreeSet<PathBuf>,
}

/// Reads what the archive in the state folder `dir` holds for the memory folder `store`.
///
/// # Errors
/// [`Error::Linked`] when the folder is a link, [`Error::Io`].
pub fn list(dir: &Path, store: &str) -> Result<Archive> {
    let mut archive = Archive::default();
    for file in files(dir)?.into_iter().filter(|file| !name(file).starts_with(STAGED)) {
        archive.bytes += file.symlink_metadata().map_or(0, |meta| meta.len());
        match open(&file, store) {
            Ok(kept) if kept.is_named_as_newest() => archive.sessions.push(kept),
            Ok(kept) if kept.is_named_as_copy() => archive.earlier.push(kept),
            Ok(_) => archive.unusable.push(skip(&file, NAME_OF_ANOTHER)),
            Err(why) => archive.unusable.push(skip(&file, why)),
        }
    }
    Ok(archive)
}

/// The files in the folder of the archive, by name; none when there is no such folder.
///
/// # Errors
/// [`Error::Linked`], [`Error::Io`].
pub fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let folder = dir.join(FOLDER);
    match folder.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("look at", &folder)(error)),
        Ok(meta) if !meta.is_dir() => return Err(Error::Linked(folder)),
        Ok(_) => {}
    }
    let items = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let items = items.map_err(Error::io("list the folder", &folder))?;
    let mut files: Vec<PathBuf> = items.iter().map(fs::DirEntry::path).collect();
    files.retain(|file| name(file) != COVERED);
    files.sort();
    Ok(files)
}

/// How many files of the archive in the state folder `dir` were kept for another memory folder than `store`.
///
/// # Errors
/// As [`files`].
pub fn others(dir: &Path, store: &str) -> Result<usize> {
    let files = files(dir)?.into_iter().filter(|file| !name(file).starts_with(STAGED));
    Ok(files.filter(|file| open_any(file).is_ok_and(|kept| kept.index.store != store)).count())
}

/// Whether all copies in the archive of the state folder `dir` are made with their secrets covered.
pub fn covers(dir: &Path) -> bool {
    dir.join(FOLDER).join(COVERED).is_file()
}

/// Says that from now on all copies are made with their secrets covered, or that they are not.
///
/// # Errors
/// [`Error::Io`].
pub fn set_covers(dir: &Path, is_wanted: bool) -> Result<()> {
    let file = dir.join(FOLDER).join(COVERED);
    match is_wanted {
        true => fs::write(&file, "").map_err(Error::io("write", &file)),
        false => remove(&file),
    }
}

/// Removes the files that a process left which died while it wrote them.
///
/// # Errors
/// [`Error::Io`].
pub fn sweep(dir: &Path) -> Result<()> {
    let mut left = files(dir)?.into_iter().filter(|file| name(file).starts_with(STAGED));
    left.try_for_each(|file| remove(&file))
}

/// The files of the session `id`, also those that cannot be read.
///
/// # Errors
/// As [`files`].
pub fn of_session(dir: &Path, id: &str) -> Result<Vec<PathBuf>> {
    let mut files = files(dir)?;
    let begins = &digest(id.as_bytes())[..DIGITS];
    files.retain(|file| name(file).starts_with(begins));
    Ok(files)
}

/// Removes a file.
///
/// # Errors
/// [`Error::Io`].
pub fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", file)(error))
        }
        _ => Ok(()),
    }
}

/// The name of the file of the session `id`.
pub fn name_of(id: &str) -> String {
    format!("{}{END}", &digest(id.as_bytes())[..DIGITS])
}

/// Whether a path is that of a file of an archive.
pub fn is_archived(path: &Path) -> bool {
    let is_below = path.parent().is_some_and(|folder| folder.ends_with(FOLDER));
    let stem = name(path).strip_suffix(END).unwrap_or_default();
    let digits = stem.split('-').next().unwrap_or_default();
    is_below && digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Where the part `part` lies in a file of an archive; `None` when it is not there.
pub fn place_of(file: &Path, part: &str) -> Option<Episode> {
    let (index, start) = read_index(file).ok()?;
    let (mut at, mut lines) = (start, 1);
    for known in index.parts {
        if known.name == part {
            return Some(Episode { start: at, bytes: known.bytes, lines });
        }
        at = behind(at, known.bytes);
        lines = lines.saturating_add(known.lines).saturating_add(1);
    }
    None
}

/// The folder in which the session of a file of an archive ran, when that stands in no record of it.
pub fn folder_of(file: &Path) -> Option<PathBuf> {
    if is_archived(file) { read_index(file).ok()?.0.folder } else { None }
}

/// Where the next part begins.
fn behind(start: u64, bytes: u64) -> u64 {
    start.saturating_add(bytes).saturating_add(1)
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn skip(path: &Path, reason: impl Into<String>) -> Skipped {
    Skipped { path: path.display().to_string(), reason: reason.into() }
}

fn open(file: &Path, store: &str) -> std::result::Result<Kept, String> {
    let kept = open_any(file)?;
    if kept.index.store != store {
        let take_over = next::command("take-over --with-copies");
        return Err(format!(
            "it was kept for another memory folder; if that was always in your hands, {take_over} reads it"
        ));
    }
    Ok(kept)
}

/// Opens a file, for whatever memory folder it was kept.
fn open_any(file: &Path) -> std::result::Result<Kept, String> {
    let meta = file.symlink_metadata().map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("a link or no regular file".into());
    }
    let (index, start) = read_index(file).map_err(|error| format!("it is damaged: {error}"))?;
    if index.format != FORMAT {
        return Err("this version does not read its form".into());
    }
    Ok(Kept { file: file.to_path_buf(), size: meta.len(), index, start })
}

/// The index of a file, and its length.
fn read_index(file: &Path) -> io::Result<(Index, u64)> {
    let mut bytes = Vec::new();
    let mut packed = GzDecoder::new(BufReader::new(File::open(file)?)).take(MAX_INDEX);
    packed.read_to_end(&mut bytes)?;
    Ok((serde_json::from_slice(&bytes)?, bytes.len() as u64))
}

impl Index {
    fn name_of_copy(&self) -> String {
        let sums: Vec<&str> = self.parts.iter().map(|part| part.sha256.as_str()).collect();
        let copy = digest(sums.join(" ").as_bytes());
        let (session, copy) = (digest(self.session.as_bytes()), &copy[..DIGITS_OF_COPY]);
        format!("{}-{copy}{END}", &session[..DIGITS])
    }
}

impl Archive {
    /// Moves files whose bytes are not those that were written to the unusable ones. Reads all of
    /// them.
    pub fn leave_damaged(&mut self) {
        let unusable = &mut self.unusable;
        for list in [&mut self.sessions, &mut self.earlier] {
            list.retain(|kept| {
                let checked = kept.check();
                let why = |error| skip(&kept.file, format!("it is damaged: {error}"));
                unusable.extend(checked.as_ref().err().map(why));
                checked.is_ok()
            });
        }
    }

    /// The kept session `id`.
    pub fn get(&self, id: &str) -> Option<&Kept> {
        self.sessions.iter().find(|kept| kept.id() == id)
    }

    /// Whether a session came from the file or folder `path`.
    pub fn came_from(&self, path: &Path) -> bool {
        self.sessions.iter().any(|kept| kept.is_below(&[path.to_path_buf()]))
    }
}

impl Kept {
    /// The id of the session.
    pub fn id(&self) -> &str {
        &self.index.session
    }

    /// The session, with its parts in the file of the archive.
    pub fn session(&self) -> Session {
        let mut start = self.start;
        let parts = self.index.parts.iter().map(|KeptPart { name, bytes, .. }| {
            let part = Part { name: name.clone(), path: self.file.clone(), bytes: *bytes, start };
            start = behind(start, *bytes);
            part
        });
        Session { id: self.id().into(), parts: parts.collect() }
    }

    /// Whether its secrets are covered.
    pub fn is_redacted(&self) -> bool {
        self.index.redacted
    }

    /// The same session in another form, of the parts that `written` has.
    ///
    /// # Errors
    /// What the operating system says of them.
    pub fn rewritten(&self, written: &Session) -> io::Result<New> {
        New::of(written, self.came_from(), Index { redacted: true, ..self.index.clone() })
    }

    /// The files from which its parts were copied.
    fn came_from(&self) -> Vec<String> {
        self.index.parts.iter().map(|part| part.path.clone()).collect()
    }

    /// When the session was written last.
    pub fn written(&self) -> Option<SystemTime> {
        self.file.metadata().ok()?.modified().ok()
    }

    /// Whether a dream has read all of it, or more of the same session.
    pub fn is_read(&self, cursor: &Cursor) -> bool {
        match cursor.get(self.id()) {
            Some(Some(read)) => {
                let has = |part: &KeptPart| read.get(&part.name).is_some_and(|b| *b >= part.bytes);
                self.index.parts.iter().all(has)
            }
            Some(None) => true,
            None => false,
        }
    }

    /// Its main part.
    fn main(&self) -> Option<&KeptPart> {
        self.index.parts.iter().find(|part| part.name == "main")
    }

    /// Whether its main file was one of `paths` or lay below one.
    fn is_below(&self, paths: &[PathBuf]) -> bool {
        let main = self.main();
        main.is_some_and(|main| paths.iter().any(|path| Path::new(&main.path).starts_with(path)))
    }

    /// The folder in which its main file was.
    fn place(&self) -> Option<PathBuf> {
        Some(Path::new(&self.main()?.path).parent()?.to_path_buf())
    }

    /// The name of its file as an earlier copy.
    fn name_of_copy(&self) -> String {
        self.index.name_of_copy()
    }

    fn is_named_as_newest(&self) -> bool {
        name(&self.file) == name_of(self.id())
    }

    fn is_named_as_copy(&self) -> bool {
        name(&self.file) == self.name_of_copy()
    }

    /// Reads the whole file, whose checksums tell whether it is as it was written.
    fn check(&self) -> io::Result<()> {
        let mut packed = MultiGzDecoder::new(BufReader::new(File::open(&self.file)?));
        let found = io::copy(&mut packed, &mut io::sink())?;
        let parts = self.index.parts.iter();
        let told = parts.fold(self.start, |start, part| behind(start, part.bytes));
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it has another length");
        if found == told { Ok(()) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests;
