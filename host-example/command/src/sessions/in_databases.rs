//! Takes the sessions of databases.

use std::path::Path;

use super::{Found, Part, Session, add_outcome, skip};
use crate::databases::{self, Listed};

/// Whether the name of a file ends as that of a database.
pub fn is_database(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "db")
}

/// Adds the sessions of a database. Returns those of sub-agents, each with the session that started it.
pub fn take(path: &Path, found: &mut Found) -> Vec<(String, String)> {
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
