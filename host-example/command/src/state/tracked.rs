//! Finds in the index of a repository whether git tracks a file. Whoever pushed last may have
//! written a tracked file.
//!
//! The index is read directly, because a repository may name programs that git would start.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of an entry before the digest of the file: two times and six numbers.
const NUMBERS: usize = 40;
/// Bytes of the flags after the digest.
const FLAGS: usize = 2;
/// The flag of an entry that has two more bytes of flags.
const EXTENDED: u16 = 0x4000;

/// Whether git tracks `file`. An index that cannot be read is taken to track nothing.
pub fn is_tracked(file: &Path) -> bool {
    let Some(root) = file.ancestors().skip(1).find(|folder| folder.join(".git").exists()) else {
        return false;
    };
    let Some(name) = file.strip_prefix(root).ok().and_then(Path::to_str) else { return false };
    let index = fs::read(git_dir(root).join("index")).unwrap_or_default();
    // Try both lengths of digests: 20 bytes, or 32 in few repositories. With the wrong length no
    // name matches.
    [20, 32].into_iter().any(|digest| has(&index, name.as_bytes(), digest).unwrap_or_default())
}

/// The git folder of `root`. In a work tree `.git` is a file that names it.
fn git_dir(root: &Path) -> PathBuf {
    let git = root.join(".git");
    match fs::read_to_string(&git) {
        Ok(text) => root.join(text.trim_start_matches("gitdir:").trim()),
        Err(_) => git,
    }
}

/// Whether an index names `wanted`; `None` for bytes that are no index. See git's `index-format`.
fn has(index: &[u8], wanted: &[u8], digest: usize) -> Option<bool> {
    let number = |at: usize| Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?));
    if index.get(..4)? != b"DIRC" {
        return None;
    }
    let (version, count) = (number(4)?, number(8)?);
    let mut at = 12;
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let flags_at = at + NUMBERS + digest;
        let flags = u16::from_be_bytes(index.get(flags_at..flags_at + FLAGS)?.try_into().ok()?);
        let more = if version >= 3 && flags & EXTENDED != 0 { 2 } else { 0 };
        let mut begin = flags_at + FLAGS + more;
        // From version 4 on, a name shares a prefix with the one before: `drop` bytes of that are
        // cut off.
        if version >= 4 {
            let (drop, length) = varint(index.get(begin..)?)?;
            begin += length;
            name.truncate(name.len().checked_sub(drop)?);
        } else {
            name.clear();
        }
        let rest = index.get(begin..)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        name.extend(&rest[..end]);
        if name == wanted {
            return Some(true);
        }
        let length = begin + end - at;
        // One to eight zeros after the name pad the entry to a multiple of eight bytes.
        at = if version >= 4 { begin + end + 1 } else { at + (length / 8 + 1) * 8 };
    }
    Some(false)
}

/// Reads a number in git's variable-length encoding of offsets; returns it and its length in bytes.
fn varint(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        value = value.checked_shl(7)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
        value = value.checked_add(1)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(dir: &Path, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(args);
        let done = git.current_dir(dir).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn what_git_tracks_is_found_in_every_version_of_the_index() {
        for version in ["2", "3", "4"] {
            for form in ["sha1", "sha256"] {
                let dir = tempfile::tempdir().unwrap();
                let root = dir.path();
                git(root, &["init", "--quiet", &format!("--object-format={form}")]);
                fs::create_dir_all(root.join("a/.dreaming/notes")).unwrap();
                for name in [
                    "a/.dreaming/.gitignore",
                    "a/.dreaming/notes/lock",
                    "z",
                    "a/long-name-of-a-file",
                ] {
                    fs::write(root.join(name), "x").unwrap();
                }
                let file = root.join("a/.dreaming/notes/state.db");
                fs::write(&file, "x").unwrap();
                assert!(!is_tracked(&file));
                git(root, &["add", "a/.dreaming/.gitignore", "a/.dreaming/notes/lock", "z"]);
                git(root, &["add", "--intent-to-add", "a/long-name-of-a-file"]);
                git(root, &["update-index", "--index-version", version]);
                assert!(!is_tracked(&file), "{version} {form}");
                git(root, &["add", "a/.dreaming/notes/state.db"]);
                assert!(is_tracked(&file), "{version} {form}");
                let tree = tempfile::tempdir().unwrap();
                git(root, &["commit", "--quiet", "--message", "x"]);
                let there = tree.path().join("tree");
                git(root, &["worktree", "add", "--quiet", there.to_str().unwrap()]);
                assert!(is_tracked(&there.join("a/.dreaming/notes/state.db")));
                assert!(!is_tracked(&there.join("a/.dreaming/notes/other.db")));
            }
        }
    }

    #[test]
    fn bytes_that_are_no_index_track_nothing() {
        let index =
            [b"DIRC".as_slice(), &2_u32.to_be_bytes(), &9_u32.to_be_bytes(), &[7; 90]].concat();
        for end in 0..index.len() {
            assert_ne!(has(&index[..end], b"x", 20), Some(true));
        }
    }
}
