//! Takes the sessions of databases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Found, Part, Session, add_outcome, skip};
use crate::databases::{self, Listed};
use crate::opencode;

/// Whether the name of a file ends as that of a database.
pub fn is_database(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "db")
}

/// Adds the sessions of the databases, and takes files of the same sessions out of `files`: OpenCode
/// left them when it took them into its database. Returns the sessions of sub-agents, each with the
/// session that started it.
pub fn take_all(
    mut databases: Vec<PathBuf>,
    files: &mut BTreeMap<String, PathBuf>,
    found: &mut Found,
) -> BTreeMap<String, String> {
    // One that is named twice counts once.
    let mut seen = BTreeSet::new();
    databases.retain(|path| seen.insert(path.clone()));
    let parents = databases.iter().flat_map(|path| take(path, found)).collect();
    let taken: BTreeSet<&str> = found.sessions.iter().map(|session| &*session.id).collect();
    files.retain(|id, main| !(taken.contains(&**id) && opencode::is_session(main)));
    parents
}

/// Adds the sessions of a database. Returns those of sub-agents, each with the session that started it.
fn take(path: &Path, found: &mut Found) -> Vec<(String, String)> {
    let listed = databases::list(path);
    let listed = listed.map_err(|error| found.skipped.push(skip(path, error.to_string())));
    let mut parents = Vec::new();
    for Listed { id, parent, bytes } in listed.unwrap_or_default() {
        let main = path.join(&id);
        match bytes {
            Ok(bytes) => {
                let mut parts = vec![Part { name: "main".into(), path: main, bytes, start: 0 }];
                add_outcome(&id, path, &mut parts, &mut found.skipped);
                parents.extend(parent.map(|parent| (id.clone(), parent)));
                found.sessions.push(Session { id, parts });
            }
            Err(why) => found.skipped.push(skip(&main, why)),
        }
    }
    parents
}
