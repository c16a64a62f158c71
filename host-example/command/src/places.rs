//! Where session files are, as an export says it: relative to the folder in which the memory folder stands, and not
//! at all of what lies elsewhere. Paths of a machine name people and projects.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use crate::digests;

/// A folder by which paths are told.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a>(Option<&'a Path>);

impl<'a> Places<'a> {
    /// Paths as they are: for a file that stays on this machine.
    pub const AS_THEY_ARE: Self = Self(None);

    /// Paths relative to the folder in which the memory folder `root` stands.
    pub fn beside(root: &'a Path) -> Self {
        Self(Some(root.parent().unwrap_or(root)))
    }

    /// The path as it leaves the machine; `None` for one that does not.
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

    /// The path that came, on this machine; `None` for one that leads elsewhere: whoever wrote the file must not choose
    /// what is read here.
    pub fn back(self, path: &str) -> Option<String> {
        let Some(base) = self.0 else { return Some(path.into()) };
        let is_below = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
        is_below.then(|| base.join(path).to_string_lossy().into_owned())
    }

    /// The list of session paths of the last run; `None` when nothing of it leaves the machine.
    pub fn list_out(self, list: &str) -> Option<String> {
        self.list(list, &|path| self.out(path))
    }

    /// The list that came; `None` when nothing of it is here.
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

    /// The request of a plan without paths of this machine, and the seal of the plan with it. As they are when the
    /// seal is not that of the plan, so that an export hides no damage.
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

/// Where a part of a recorded session is, that came with an import or not: the folder in which `root` stands is what
/// its path is relative to.
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
