//! Converts paths of session files for an export. Exported paths are relative to the parent of the
//! memory folder; those of files elsewhere are left out, because paths can name people and
//! projects.

use std::path::{Component, Path, PathBuf};

use dreaming_export::digests;
use serde_json::{Value, json};

/// The folder to which exported paths are relative; with `None` all paths stay unchanged.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a>(Option<&'a Path>);

impl<'a> Places<'a> {
    /// Leaves paths unchanged, for data that stays on this machine.
    pub const AS_THEY_ARE: Self = Self(None);

    /// Makes paths relative to the parent of the memory folder `root`.
    pub fn beside(root: &'a Path) -> Self {
        Self(Some(root.parent().unwrap_or(root)))
    }

    /// The exported form of a path; `None` for a path that is left out.
    pub fn out(self, path: &str) -> Option<String> {
        let Some(base) = self.0.filter(|_| Path::new(path).is_absolute()) else {
            return Some(path.into());
        };
        let below = Path::new(path).strip_prefix(base).ok()?;
        let names = below.components().map(|piece| match piece {
            Component::Normal(name) => name.to_str(),
            _ => None,
        });
        Some(names.collect::<Option<Vec<_>>>()?.join("/"))
    }

    /// The path on this machine for an imported one. `None` for a path that leads outside the
    /// parent folder, because the author of the export must not choose which files are read here.
    pub fn back(self, path: &str) -> Option<String> {
        let Some(base) = self.0 else { return Some(path.into()) };
        let is_below = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        is_below.then(|| base.join(path).to_string_lossy().into_owned())
    }

    /// Exports the list of session paths of the last run; `None` when no path is left.
    pub fn list_out(self, list: &str) -> Option<String> {
        self.list(list, &|path| self.out(path))
    }

    /// Imports such a list; `None` when no path is left.
    pub fn list_back(self, list: &str) -> Option<String> {
        self.list(list, &|path| self.back(path))
    }

    fn list(self, list: &str, each: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let Some(paths) = self.0.and_then(|_| serde_json::from_str::<Vec<String>>(list).ok())
        else {
            return Some(list.into());
        };
        let some: Vec<String> = paths.iter().filter_map(|path| each(path)).collect();
        (!some.is_empty() || paths.is_empty()).then(|| json!(some).to_string())
    }

    /// The request of a plan with exported paths, and the plan's new seal. Both stay unchanged if
    /// the old seal does not match, so that an export hides no damage.
    pub fn request_out(self, plan: [&str; 4], seal: String) -> (String, String) {
        let [document, report, request, answers] = plan;
        let sealed = |request: &str| {
            digests::of_parts([document, report, request, answers].map(str::as_bytes))
        };
        let read = serde_json::from_str::<Value>(request).ok();
        let read = read.filter(|_| self.0.is_some() && sealed(request) == seal);
        let Some(mut read) = read else { return (request.into(), seal) };
        let sessions = read.get_mut("sessions").and_then(Value::as_array_mut).into_iter().flatten();
        let parts = sessions.filter_map(|session| session.get_mut("parts")?.as_array_mut());
        for path in parts.flatten().filter_map(|part| part.get_mut("path")) {
            let out = path.as_str().and_then(|path| self.out(path));
            *path = json!(out.unwrap_or_default());
        }
        let request = read.to_string();
        let seal = sealed(&request);
        (request, seal)
    }
}

/// The path of a recorded session part. A relative path, which came with an import, is relative to
/// the parent of `root`.
pub fn found(root: &Path, path: &Path) -> PathBuf {
    root.parent().unwrap_or(root).join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leaves_relative_or_not_at_all_and_comes_back_below_the_new_folder() {
        let (old, new) = (Path::new("/home/ada/shop/notes"), Path::new("/srv/shop/notes"));
        let (old, new) = (Places::beside(old), Places::beside(new));
        assert_eq!(old.out("/home/ada/shop/logs/a.jsonl").unwrap(), "logs/a.jsonl");
        assert_eq!(new.back("logs/a.jsonl").unwrap(), "/srv/shop/logs/a.jsonl");
        for elsewhere in ["/home/ada/.claude/a.jsonl", "/home/ada/shopping/a.jsonl", "/"] {
            assert_eq!(old.out(elsewhere), None, "{elsewhere}");
        }
        for path in ["../a.jsonl", "/etc/passwd", "logs/../../a"] {
            assert_eq!(new.back(path), None, "{path}");
            assert_eq!(Places::AS_THEY_ARE.back(path).unwrap(), path);
        }
        assert_eq!(old.list_out("[\"/home/ada/shop/logs\",\"/srv\"]").unwrap(), "[\"logs\"]");
        assert_eq!((old.list_out("[\"/srv\"]"), old.list_out("[]").as_deref()), (None, Some("[]")));
        assert_eq!(new.list_back("[\"logs\"]").unwrap(), "[\"/srv/shop/logs\"]");
        assert_eq!(Places::AS_THEY_ARE.list_out("[\"/srv\"]").unwrap(), "[\"/srv\"]");
    }
}
