//! The instruction files that an agent reads beside its memories; dreams need not learn what they
//! say.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::folder::MAX_MEMORY_BYTES;

/// How a line begins that marks a block of memories, and how the last one does; see `wit/homes.wit`.
pub const MARK: &str = "<!-- dreaming:";
const END: &str = "<!-- dreaming: end";

/// Whether a line begins or ends a block, as `wit/homes.wit` says: also after a byte order mark or up to three spaces.
pub fn is_mark(line: &str) -> bool {
    begins(line, MARK)
}

fn begins(line: &str, mark: &str) -> bool {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    let rest = line.trim_start_matches(' ');
    line.len() - rest.len() <= 3 && rest.starts_with(mark)
}

/// Names of instruction files below a folder. Claude Code reads the first three
/// (<https://code.claude.com/docs/en/memory>). Most other agents read `AGENTS.md`
/// (<https://agents.md>); Claude Code does so if `CLAUDE.md` includes it.
const NAMES: [&str; 4] = ["CLAUDE.md", "CLAUDE.local.md", ".claude/CLAUDE.md", "AGENTS.md"];

/// The instruction files directly in `folders`, each once, with their texts. A file is left out if
/// it cannot be read, leads out of its folder or is longer than a memory; then a dream may learn
/// again what it says.
pub fn read(folders: &[PathBuf]) -> Vec<(PathBuf, String)> {
    named(folders, &NAMES)
}

/// As [`read`], for files with these names.
pub fn named(folders: &[PathBuf], names: &[&str]) -> Vec<(PathBuf, String)> {
    let own = whole(folders, names).into_iter().map(|(file, text)| (file, apart(&text).0));
    own.filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// The blocks of memories that `dreaming render` wrote into the files with these names directly in `folders`.
pub fn rendered(folders: &[PathBuf], names: &[&str]) -> Vec<String> {
    whole(folders, names).into_iter().map(|(_, text)| apart(&text).1).collect()
}

/// The block of memories in a text, with its marks; empty when there is none.
pub fn block(text: &str) -> String {
    apart(text).1
}

/// Files with all that is in them.
fn whole(folders: &[PathBuf], names: &[&str]) -> Vec<(PathBuf, String)> {
    let mut seen = BTreeSet::new();
    let files =
        folders.iter().flat_map(|folder| names.iter().map(move |name| (folder, folder.join(name))));
    files
        .filter_map(|(folder, file)| {
            let real = file.canonicalize().ok()?;
            // A link in a stranger's repository must not bring in a file of this machine.
            let is_within = real.starts_with(folder.canonicalize().ok()?);
            let text = text(&real).filter(|_| is_within && seen.insert(real))?;
            Some((file, text))
        })
        .collect()
}

/// The text of a file, if it is no longer than a memory.
fn text(file: &Path) -> Option<String> {
    // Check the type before opening, because opening a pipe would wait for ever.
    let meta = fs::metadata(file).ok()?;
    if !meta.is_file() || meta.len() > MAX_MEMORY_BYTES {
        return None;
    }
    let mut text = String::new();
    File::open(file).ok()?.take(MAX_MEMORY_BYTES).read_to_string(&mut text).ok()?;
    (!text.trim().is_empty()).then_some(text)
}

/// A text without the block of memories that `dreaming render` writes, for a dream knows these already, and they are no
/// words of the people who wrote the file; and the block.
fn apart(text: &str) -> (String, String) {
    let (mut own, mut block, mut is_block) = (String::new(), String::new(), false);
    for line in text.split_inclusive('\n') {
        is_block |= is_mark(line);
        let to = if is_block { &mut block } else { &mut own };
        to.push_str(line);
        is_block &= !begins(line, END);
    }
    (own, block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_memories_is_nobodys_instruction() {
        let block = format!("{MARK} from -->\n- Use tabs.\n{END} 12345678 -->\n");
        let all = apart(&format!("Be kind.\n{block}Be quick.\n"));
        assert_eq!(all, ("Be kind.\nBe quick.\n".into(), block.clone()));
        assert_eq!(apart(&block), (String::new(), block.clone()));
        let all = apart(&format!("\u{feff}  {block}Be quick.\n"));
        assert_eq!(all, ("Be quick.\n".into(), format!("\u{feff}  {block}")));
    }

    #[test]
    fn files_of_the_folders_are_read_once_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (shop, web) = (root.join("shop"), root.join("shop/web"));
        fs::create_dir_all(web.join(".claude")).unwrap();
        fs::write(shop.join("AGENTS.md"), "- Use tabs.\n").unwrap();
        fs::write(shop.join("README.md"), "- No instruction.\n").unwrap();
        fs::write(web.join(".claude/CLAUDE.md"), "- Test first.\n").unwrap();
        fs::write(web.join("CLAUDE.md"), "x".repeat(102_401)).unwrap();
        fs::write(web.join("AGENTS.md"), b"caf\xe9").unwrap();
        fs::write(root.join("secret"), "word").unwrap();
        let read_all = || -> Vec<String> {
            read(&[web.clone(), shop.clone()]).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(read_all(), ["- Test first.\n", "- Use tabs.\n"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(shop.join("AGENTS.md"), shop.join("CLAUDE.md")).unwrap();
            symlink(root.join("secret"), shop.join("CLAUDE.local.md")).unwrap();
            assert_eq!(read_all(), ["- Test first.\n", "- Use tabs.\n"]);
        }
    }
}
