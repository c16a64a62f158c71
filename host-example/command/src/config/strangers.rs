//! Limits what the folder's configuration file may set. The folder may be a stranger's, so only the
//! user's own file may set what costs money, sends more to a model, reads outside the folder, or
//! applies changes without a person.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::output::text;

/// The settings that a folder may set: which statements of its own memory are taken up, kept,
/// pinned and listed, and in which order. Chosen by us. Every other setting can do one of these:
/// cost money or show a model more (`*.max-calls`, `dream.*`, `import.*`, `ledger.*`, `notes.*`,
/// `outcome.*`, `propose.*`, `round.*`, `select.*`), leave secrets in (`redact.*`), let more go
/// unattended (`check.*`, `gate.*`, `mine.*`, `prune.loss-*`, `scope.*`), or override
/// what the user said of sessions and instruction files (`evidence.*`, `revert.*`, `steer.known`).
/// A new setting is the user's alone until it is listed here.
const SETTINGS: [&str; 19] = [
    "distil.place",
    "learn.tokens",
    "pins.entries",
    "pins.paths",
    "prune.max-entries",
    "prune.max-tokens",
    "prune.stale-days",
    "prune.stale-days-intermediate",
    "render.index-bytes",
    "render.index-create",
    "render.index-lines",
    "score.half-life-days",
    "steer.focus",
    "steer.ignore",
    "steer.kinds",
    "steer.paths",
    "tier.intermediate-sessions",
    "tier.long-days",
    "tier.long-sessions",
];

/// The rules for the configuration file of a folder.
#[derive(Debug)]
pub struct Strangers<'f> {
    /// The file.
    file: &'f Path,
    /// The user's own file, which may set everything; errors name it.
    own: Option<PathBuf>,
    /// Every path that the file names must lie in this folder.
    bounds: PathBuf,
}

impl<'f> Strangers<'f> {
    /// The rules for `file` of `folder`. Its paths must lie in the repository of the folder, or in
    /// the folder itself if it has none. A repository that holds the home folder does not count.
    pub fn of(file: &'f Path, folder: &Path, own: Option<PathBuf>, home: Option<&Path>) -> Self {
        let folder = real(folder);
        let home = home.map(real);
        let root = folder.ancestors().find(|above| above.join(".git").exists());
        let root = root.filter(|root| home.is_none_or(|home| !home.starts_with(root)));
        let bounds = root.unwrap_or(&folder).to_path_buf();
        Self { file, own, bounds }
    }

    /// Checks that `path` is within bounds.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn path(&self, key: &str, option: &str, path: &Path) -> Result<()> {
        if real(path).starts_with(&self.bounds) {
            return Ok(());
        }
        let (path, bounds) = (path.display(), self.bounds.display());
        let why = format!("{path} lies outside {bounds}, and this file may be a stranger's");
        Err(self.refused(key, option, &why))
    }

    /// Checks that a folder may set `name`.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn setting(&self, name: &str) -> Result<()> {
        if SETTINGS.contains(&name) {
            return Ok(());
        }
        if name.starts_with("charter.") {
            let why = "a charter is only added to: it stands in the table [charter]";
            return Err(self.refused(name, "--policy", why));
        }
        if let Some(meant) =
            SETTINGS.iter().find(|known| known.starts_with(name) || name.starts_with(**known))
        {
            let (file, name) = (self.file.display(), text::one_line(name));
            return Err(Error::Usage(format!(
                "{file}: there is no setting `{name}`: `{meant}` is one"
            )));
        }
        let why = "this file may be a stranger's, and may not say what a model is asked, what is cut out or what \
                   waits for a person";
        Err(self.refused(name, "--policy", why))
    }

    /// The error for a key that only the user's file may set.
    pub fn refused(&self, key: &str, option: &str, why: &str) -> Error {
        let own = self.own.as_ref().map(|own| format!(" ({})", own.display())).unwrap_or_default();
        let file = self.file.display();
        Error::Usage(format!(
            "{file}: `{key}`: {why}; the user's own file{own} and {option} may say it"
        ))
    }
}

/// The target of `path`: links are resolved as far as the path exists, the rest stays as text.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, mut real)) = there else { return path };
    for piece in path.strip_prefix(above).unwrap_or(&path).components() {
        match piece {
            Component::ParentDir => drop(real.pop()),
            Component::Normal(name) => real.push(OsString::from(name)),
            _ => {}
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_is_within_when_all_that_it_leads_through_is() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for folder in ["home/mine", "shop/.git", "shop/web/logs", "shopping"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let file = root.join("shop/web/.dreaming/dreaming.toml");
        let strangers =
            |home: &str| Strangers::of(&file, &root.join("shop/web"), None, Some(&root.join(home)));
        let is_within = |home: &str, path: &str| {
            strangers(home)
                .path("sessions", "--sessions", &root.join("shop/web").join(path))
                .is_ok()
        };
        for path in ["logs", "../logs", "..", "logs/../new/../../x", "new/./deep"] {
            assert!(is_within("home", path), "{path}");
        }
        for path in ["../..", "../../home/mine", "new/../../../x", "../../shopping", "/", "/etc"] {
            assert!(!is_within("home", path), "{path}");
        }
        // A repository around the home folder does not count, because it holds all files of the
        // user.
        assert!(!is_within("shop/web/logs", "..") && is_within("shop/web/logs", "logs"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(root.join("home"), root.join("shop/web/out")).unwrap();
            symlink(root.join("shop"), root.join("shop/web/back")).unwrap();
            assert!(!is_within("home", "out") && !is_within("home", "out/mine/new"));
            assert!(!is_within("home", "back/../shopping") && is_within("home", "back/web"));
        }
    }
}
