//! Writes the archive: makes room, copies, and notes what became of each session.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Keep;
use super::covered::Covered;
use super::said::{Left, Told};
use crate::error::{Error, Result};
use crate::kept::{self, Archive, Conceal, Kept, New, Trouble, step};
use crate::sessions::Session;
use crate::state::make_private;

/// The archive while it is written.
pub struct Work {
    /// The folder of the state.
    dir: PathBuf,
    /// The folder of the archive.
    folder: PathBuf,
    owner: String,
    dry_run: bool,
    prune: bool,
    most: u64,
    /// The bytes of all files.
    used: u64,
    /// The files that go for want of room, the first one first.
    spare: VecDeque<Kept>,
    /// Whether the secrets of all sessions are covered.
    redact: bool,
    /// The files that were removed, or would be.
    removed: BTreeSet<PathBuf>,
    conceal: Box<Conceal<'static>>,
    told: Told,
}

/// Counts what is written.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Work {
    pub fn new(
        dir: &Path,
        owner: String,
        args: &Keep,
        used: u64,
        spare: Vec<Kept>,
        conceal: Box<Conceal<'static>>,
        told: Told,
    ) -> Self {
        Self {
            dir: dir.to_path_buf(),
            folder: dir.join(kept::FOLDER),
            owner,
            dry_run: args.dry_run,
            prune: args.prune,
            most: args.max_size,
            used,
            spare: spare.into(),
            redact: args.redact || kept::covers(dir) && !args.no_redact,
            removed: BTreeSet::new(),
            conceal,
            told,
        }
    }

    /// Removes what an interrupted process left, what was `erased`, and with `--prune` what a dream
    /// has read.
    pub fn begin(&mut self, erased: &[PathBuf]) -> Result<()> {
        if !self.dry_run {
            kept::sweep(&self.dir)?;
        }
        for file in erased {
            self.told.erased += 1;
            self.remove(file)?;
        }
        self.spare.retain(|kept| !erased.contains(&kept.file));
        if self.prune {
            self.free(u64::MAX, "")?;
        }
        Ok(())
    }

    /// Covers the secrets of copies that were made without that, if they are to be covered. Returns whether any
    /// was.
    pub fn cover(&mut self, archive: &Archive) -> Result<bool> {
        if !self.dry_run && self.redact != kept::covers(&self.dir) {
            make_private(&self.folder)?;
            kept::set_covers(&self.dir, self.redact)?;
        }
        let all = archive.sessions.iter().chain(&archive.earlier);
        let open: Vec<&Kept> = all
            .filter(|kept| self.redact && !kept.is_redacted() && !self.removed.contains(&kept.file))
            .collect();
        self.told.redacted = open.len() as u64;
        if self.dry_run {
            return Ok(false);
        }
        for kept in &open {
            let session = kept.session();
            let covered = self.covered(&session).and_then(|covered| {
                let new = kept.rewritten(covered.session()).map_err(Trouble::Read)?;
                let (staged, size) = self.staged(&new)?;
                Ok((new, staged, size))
            });
            let Some((new, staged, size)) = self.unless_unreadable(covered, &session)? else {
                continue;
            };
            let is_earlier = archive.earlier.iter().any(|earlier| earlier.file == kept.file);
            let name = if is_earlier { new.name_of_copy() } else { kept::name_of(kept.id()) };
            let target = self.folder.join(name);
            if let Some(staged) = staged {
                kept::persist(staged, session.written(), &target)
                    .map_err(Error::io("write", &target))?;
            }
            self.used = self.used.saturating_add(size);
            match target == kept.file {
                true => self.used = self.used.saturating_sub(kept.size),
                false => self.remove(&kept.file)?,
            }
            for spare in self.spare.iter_mut().filter(|spare| spare.file == kept.file) {
                (spare.file, spare.size) = (target.clone(), size);
            }
        }
        Ok(!open.is_empty())
    }

    /// The session with its secrets covered.
    fn covered(&mut self, session: &Session) -> std::result::Result<Covered, Trouble> {
        // A dry run leaves the archive alone.
        let folder = if self.dry_run { std::env::temp_dir() } else { self.folder.clone() };
        Covered::of(session, &folder, &mut *self.conceal)
    }

    /// What was made of a session; `None`, and a note, when it cannot be read.
    fn unless_unreadable<T>(
        &mut self,
        made: std::result::Result<T, Trouble>,
        session: &Session,
    ) -> Result<Option<T>> {
        match made {
            Ok(made) => Ok(Some(made)),
            Err(Trouble::Read(error)) => {
                self.told.failed.push(Left::new(session, error.to_string()));
                Ok(None)
            }
            Err(Trouble::Write(error)) => Err(Error::io("write", &self.folder)(error)),
        }
    }

    /// Copies a session, unless the archive has it as it is.
    pub fn keep(&mut self, session: &Session, known: Option<&Kept>) -> Result<()> {
        let covers = match known.map(Kept::is_redacted) {
            // A secret that was covered once stays so, whatever is asked of new copies.
            Some(true) => true,
            // A dry run has covered none.
            Some(false) if self.dry_run => false,
            _ => self.redact,
        };
        if !self.dry_run {
            make_private(&self.folder)?;
        }
        let covered = match covers {
            true => {
                let covered = self.covered(session);
                let Some(covered) = self.unless_unreadable(covered, session)? else {
                    return Ok(());
                };
                Some(covered)
            }
            false => None,
        };
        let new = match step(session, covered.as_ref().map(Covered::session), known, &self.owner) {
            Err(error) => {
                self.told.failed.push(Left::new(session, error.to_string()));
                return Ok(());
            }
            Ok(None) => {
                self.told.there += 1;
                return Ok(());
            }
            Ok(Some(new)) => new,
        };
        if !self.told.not_kept.is_empty() {
            self.told.not_kept.push(Left::new(session, String::new()));
            return Ok(());
        }
        let staged = self.staged(&new);
        let Some((staged, size)) = self.unless_unreadable(staged, session)? else {
            return Ok(());
        };
        let target = self.folder.join(kept::name_of(&session.id));
        let is_anothers = known.is_none() && kept::is_anothers(&target, &self.owner);
        let before = match new.aside.is_some() || is_anothers {
            // The present file stays, under another name.
            true => 0,
            false => target.symlink_metadata().map_or(0, |meta| meta.len()),
        };
        let after = self.used.saturating_sub(before).saturating_add(size);
        if !self.free(after.saturating_sub(self.most), &session.id)? {
            self.told.not_kept.push(Left::new(session, String::new()));
            return Ok(());
        }
        self.used = self.used.saturating_sub(before).saturating_add(size);
        if let Some(staged) = staged {
            if is_anothers {
                kept::make_room(&target)?;
            }
            kept::put(staged, &new, &target)?;
        }
        self.told.kept += 1;
        self.told.bytes += new.bytes();
        self.told.size += size;
        self.told.grown += u64::from(known.is_some());
        if new.aside.is_some() {
            self.told.both.push(session.id.clone());
        }
        Ok(())
    }

    pub fn end(mut self) -> Told {
        let number = kept::files(&self.dir).map_or(0, |files| files.len() as u64);
        let first = self.told.kept.saturating_sub(self.told.grown);
        let beside = self.told.both.len() as u64;
        let gone = self.told.gone.len() as u64 + self.told.erased;
        self.told.files = match self.dry_run {
            true => (number + first + beside).saturating_sub(gone),
            false => number,
        };
        self.told.used = self.used;
        self.told
    }

    /// Writes a session under another name. A dry run only counts.
    fn staged(&self, new: &New) -> std::result::Result<(Option<NamedTempFile>, u64), Trouble> {
        if self.dry_run {
            let mut counter = Counter(0);
            new.write(&mut counter)?;
            return Ok((None, counter.0));
        }
        let staged = kept::stage(&self.folder).map_err(Trouble::Write)?;
        let mut out = BufWriter::new(staged.as_file());
        new.write(&mut out)?;
        out.flush().map_err(Trouble::Write)?;
        drop(out);
        let size = staged.as_file().metadata().map_err(Trouble::Write)?.len();
        Ok((Some(staged), size))
    }

    /// Removes files of sessions that a dream has read until `bytes` are free. Returns whether there
    /// are as many, and removes none otherwise. The session `but` stays.
    fn free(&mut self, bytes: u64, but: &str) -> Result<bool> {
        let sizes = self.spare.iter().filter(|kept| kept.id() != but).map(|kept| kept.size);
        if bytes != u64::MAX && sizes.sum::<u64>() < bytes {
            return Ok(false);
        }
        let (mut freed, mut stay) = (0, VecDeque::new());
        while freed < bytes
            && let Some(kept) = self.spare.pop_front()
        {
            if kept.id() == but {
                stay.push_back(kept);
                continue;
            }
            self.remove(&kept.file)?;
            freed += kept.size;
            self.told.gone.push(kept.id().to_owned());
        }
        stay.append(&mut self.spare);
        self.spare = stay;
        Ok(true)
    }

    fn remove(&mut self, file: &Path) -> Result<()> {
        self.removed.insert(file.to_path_buf());
        self.used = self.used.saturating_sub(file.symlink_metadata().map_or(0, |meta| meta.len()));
        if self.dry_run { Ok(()) } else { kept::remove(file) }
    }
}
