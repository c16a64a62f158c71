//! Objects as files below a folder. What was written is on the disk before anybody names it, and what was deleted is gone
//! from there before it is forgotten, also when the power fails.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How often a folder is made anew that a deletion took away meanwhile. Chosen by us: it is empty for an instant.
const ANEW: usize = 5;

/// Writes a file under another name, and renames it when it is whole.
pub fn put(folder: &Path, key: &str, bytes: &[u8]) -> io::Result<()> {
    let (path, begun) = (folder.join(key), begun(folder, key));
    let mut file = created(&begun)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(begun, &path)?;
    // The folders may be new, too.
    path.ancestors().skip(1).take_while(|above| above.starts_with(folder)).try_for_each(sync)
}

/// Bytes of a file, fewer if it ends before; `None` when it is not there.
pub fn read(folder: &Path, key: &str, range: Range<u64>) -> io::Result<Option<Vec<u8>>> {
    let mut file = match File::open(folder.join(key)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::new();
    file.take(range.end - range.start).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Deletes a file, what a process that was killed left of it, and its folder if nothing else is there.
pub fn delete(folder: &Path, key: &str) -> io::Result<()> {
    let path = folder.join(key);
    for path in [&path, &begun(folder, key)] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let Some(above) = path.parent() else { return Ok(()) };
    // One that is not empty stays.
    let gone = above != folder && fs::remove_dir(above).is_ok();
    let rest = if gone { above.parent() } else { Some(above) };
    match rest.map_or(Ok(()), sync) {
        // The deletion of another object has taken the folder, and has seen to it that it is gone.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The file under which an object is written until it is whole.
fn begun(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.begun"))
}

/// A new file, in a folder that is made when it is missing.
fn created(path: &Path) -> io::Result<File> {
    let mut tries = 0;
    loop {
        if let Some(above) = path.parent() {
            fs::create_dir_all(above)?;
        }
        match File::create(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && tries < ANEW => tries += 1,
            made => return made,
        }
    }
}

/// Brings what changed in a folder to the disk. Windows has no such call.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there_and_a_deletion_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        put(&folder, "w/s/1", b"0123456789").unwrap();
        assert_eq!(read(&folder, "w/s/1", 2..5).unwrap().unwrap(), b"234");
        assert_eq!(read(&folder, "w/s/1", 8..20).unwrap().unwrap(), b"89");
        assert_eq!(read(&folder, "w/s/2", 0..1).unwrap(), None);
        // Of a process that was killed.
        fs::write(folder.join("w/s/2.begun"), "half").unwrap();
        delete(&folder, "w/s/1").unwrap();
        assert!(folder.join("w/s").exists());
        delete(&folder, "w/s/2").unwrap();
        assert!(!folder.join("w/s").exists());
        delete(&folder, "w/s/2").unwrap();
        delete(&folder, "other/s/2").unwrap();
    }
}
