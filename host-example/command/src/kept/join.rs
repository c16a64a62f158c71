//! Puts the sessions of an archive beside the originals that were found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Archive, Kept, records};
use crate::sessions::{Found, OUTCOMES, Session};
use crate::snapshot::{self, Cursor};

impl Archive {
    /// Adds to `found` the sessions that came from `within` and whose originals are gone, and the
    /// parts that are longer here. Of what a dream has read, the original counts wherever it is,
    /// unless it says no more than the beginning of that.
    pub fn join(&self, cursor: &Cursor, within: &[PathBuf], found: &mut Found) {
        found.skipped.extend(self.unusable.iter().cloned());
        let parts = self.paths_of_parts();
        for kept in &self.sessions {
            let is_read = kept.is_read(cursor);
            if !kept.is_below(within) {
                if !is_read {
                    found.kept.elsewhere += 1;
                    found.kept.places.extend(kept.place());
                }
                continue;
            }
            kept.leave_parts(&mut found.sessions);
            // It was kept as a session when the main file of its session was gone.
            if kept.main().is_some_and(|main| parts.contains(&*main.path)) {
                continue;
            }
            let session = kept.session();
            match found.sessions.iter_mut().find(|original| original.id == session.id) {
                // A dream has read more of it than is here.
                None if is_read && snapshot::is_unread(&session, cursor) => {}
                None => {
                    found.kept.archived.insert(session.id.clone());
                    found.sessions.push(session);
                }
                Some(original) => {
                    let was_read = !snapshot::is_unread(original, cursor);
                    let id = session.id.clone();
                    if !is_read && kept.holds(original) {
                        found.kept.safe.insert(id.clone());
                    }
                    // Each dream would find the one unread that the dream before did not read.
                    let is_left = match (is_read, was_read) {
                        (true, true) => true,
                        (false, false) => false,
                        _ => !kept.begins_with(original),
                    };
                    if !is_left && take_longer(original, session) {
                        found.kept.archived.insert(id);
                    }
                }
            }
        }
        found.sessions.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// Takes out the sessions that are parts of those here.
    pub fn leave_parts(&self, sessions: &mut Vec<Session>) {
        self.sessions.iter().for_each(|kept| kept.leave_parts(sessions));
    }

    /// The files from which parts beside the main ones were copied.
    fn paths_of_parts(&self) -> BTreeSet<&str> {
        let parts = self.sessions.iter().flat_map(|kept| &kept.index.parts);
        parts.filter(|part| part.name != "main").map(|part| part.path.as_str()).collect()
    }
}

impl Kept {
    /// Takes out the sessions that are parts of this one: files of sub-agents that are left when
    /// the file of their session is gone look like sessions of their own. They are known by their paths, or by
    /// the ends of these where their folder moved.
    fn leave_parts(&self, sessions: &mut Vec<Session>) {
        let parts = self.index.parts.iter().filter(|part| part.name != "main");
        let parts: Vec<(&str, PathBuf)> =
            parts.map(|part| (&*part.path, Path::new(self.id()).join(&part.name))).collect();
        sessions.retain(|session| {
            let main = session.parts.iter().find(|part| part.name == "main");
            let is_part = main.is_some_and(|main| {
                let path = main.path.to_string_lossy();
                parts.iter().any(|(from, end)| path == *from || main.path.ends_with(end))
            });
            session.id == self.id() || !is_part
        });
    }

    /// Whether it begins with all that `original` says. A file that cannot be read says something else.
    fn begins_with(&self, original: &Session) -> bool {
        let here = self.session();
        original.parts.iter().filter(|part| part.name != OUTCOMES[0]).all(|part| {
            let kept = here.parts.iter().find(|kept| kept.name == part.name);
            kept.is_some_and(|kept| {
                records::begins(part, kept, self.is_redacted()).unwrap_or(false)
            })
        })
    }

    /// Whether it has each part of `original`, none of them shorter.
    fn holds(&self, original: &Session) -> bool {
        original.parts.iter().all(|part| {
            let here = self.index.parts.iter().find(|here| here.name == part.name);
            here.is_some_and(|here| here.bytes >= part.bytes)
        })
    }
}

/// Gives `original` the parts of `kept` that it lacks or has shorter. Returns whether there were any.
/// How a session went is said by its newest file, of whatever length.
fn take_longer(original: &mut Session, kept: Session) -> bool {
    let mut took = false;
    for part in kept.parts {
        match original.parts.iter_mut().find(|here| here.name == part.name) {
            Some(here) if here.bytes >= part.bytes || here.name == OUTCOMES[0] => continue,
            Some(here) => *here = part,
            None => original.parts.push(part),
        }
        took = true;
    }
    original.parts.sort_by(|a, b| a.name.cmp(&b.name));
    took
}
