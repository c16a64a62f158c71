//! Takes copies that were kept for another memory folder into the archive of this one, because a person said that they are
//! theirs.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::pack::{New, Trouble};
use super::{FOLDER, Index, Kept, NAME_OF_ANOTHER, STAGED, covers, files, name, name_of, open};
use super::{open_any, put, remove, set_covers, skip, stage};
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::state::make_private;

/// What became of copies that were kept for another memory folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouched {
    /// How many are read here now.
    pub taken: u64,
    /// Those that cannot be used, with the reason.
    pub unusable: Vec<Skipped>,
}

/// Takes the copies in the state folder `from`, for whatever memory folder they were kept, into the archive of the state
/// folder `to` of the memory folder `store`. `from` and `to` may be the same; otherwise the files in `from` stay. Copies of
/// sessions that were `erased` are left alone, and what is there already is not taken again.
///
/// # Errors
/// [`Error::Linked`], [`Error::Io`].
pub fn vouch(from: &Path, to: &Path, store: &str, erased: &BTreeSet<String>) -> Result<Vouched> {
    let mut vouched = Vouched::default();
    let (mut newest, mut copies) = (Vec::new(), Vec::new());
    for file in files(from)?.into_iter().filter(|file| !name(file).starts_with(STAGED)) {
        match open_any(&file) {
            Ok(kept) if kept.index.store == store && from == to => {}
            Ok(kept) if erased.contains(kept.id()) => {}
            Ok(kept) if kept.check().is_err() => {
                vouched.unusable.push(skip(&file, "it is damaged"))
            }
            Ok(kept) if kept.is_named_as_newest() => newest.push(kept),
            Ok(kept) if kept.is_named_as_copy() => copies.push(kept),
            Ok(_) => vouched.unusable.push(skip(&file, NAME_OF_ANOTHER)),
            Err(why) => vouched.unusable.push(skip(&file, why)),
        }
    }
    // The newest ones first: an earlier copy stays beside them.
    newest.extend(copies);
    if newest.is_empty() {
        return Ok(vouched);
    }
    make_private(&to.join(FOLDER))?;
    if covers(from) && from != to {
        set_covers(to, true)?;
    }
    for kept in newest {
        vouched.taken += u64::from(take(&kept, to, store)?);
        // In one archive the file stands under another name now, or another one has its words.
        if from == to && open_any(&kept.file).is_ok_and(|left| left.index.store != store) {
            remove(&kept.file)?;
        }
    }
    Ok(vouched)
}

/// Takes one copy. Returns whether it was not there.
fn take(kept: &Kept, to: &Path, store: &str) -> Result<bool> {
    let folder = to.join(FOLDER);
    let failed = Error::io("write", &folder);
    let known = open(&folder.join(name_of(kept.id())), store).ok();
    let mut new = match kept.for_store(store, known.as_ref()) {
        Ok(Some(new)) => new,
        Ok(None) => return Ok(false),
        Err(error) => return Err(Error::io("read", &kept.file)(error)),
    };
    // An earlier copy takes no other's place.
    let is_copy = new.aside.take().is_some();
    let file_name = if is_copy { new.name_of_copy() } else { name_of(kept.id()) };
    if is_copy && open(&folder.join(&file_name), store).is_ok() {
        return Ok(false);
    }
    let staged = stage(&folder).map_err(failed)?;
    let mut out = BufWriter::new(staged.as_file());
    let written = new.write(&mut out).and_then(|()| out.flush().map_err(Trouble::Write));
    drop(out);
    written.map_err(|trouble| match trouble {
        Trouble::Read(error) => Error::io("read", &kept.file)(error),
        Trouble::Write(error) => Error::io("write", &folder)(error),
    })?;
    put(staged, &new, &folder.join(file_name))?;
    Ok(true)
}

impl Kept {
    /// The same session as one of `store`, with what only `known` has, its file there; `None` when that has all of it. With
    /// `aside` when each has words that the other lacks, and then it is this session alone.
    fn for_store(&self, store: &str, known: Option<&Self>) -> io::Result<Option<New>> {
        let index = Index { store: store.into(), ..self.index.clone() };
        let alone = New::of(&self.session(), self.came_from(), index)?;
        let Some(known) = known else { return Ok(Some(alone)) };
        let mut apart = alone.clone();
        apart.aside = Some(known.name_of_copy());
        // Words that are covered in one of them stay apart from those that are not.
        if self.is_redacted() != known.is_redacted() {
            return Ok(Some(apart));
        }
        Ok(alone.beside(known)?.map(|new| if new.aside.is_some() { apart } else { new }))
    }
}
