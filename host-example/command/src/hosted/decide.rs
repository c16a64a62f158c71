//! What a person decides about memories that changed on both sides.

use super::compare::Comparison;
use super::said;
use super::sides::Sides;
use crate::error::{Error, Result};
use crate::output::{next, text};

/// The side whose text a memory is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This one.
    Ours,
    /// That of the store.
    Theirs,
}

/// Conflicts that a message names. Chosen by us: they fit a line or two.
const NAMED: usize = 5;

/// Takes the conflicts at these paths, or `all`, as changed on one side only. Paths may be those
/// there, with `/` in front. One that is as it was decided counts as decided: the line of an
/// interrupted command may be typed again. Returns the paths of what was in conflict.
///
/// # Errors
/// [`Error::Usage`] for a path about which there is nothing to decide.
pub fn prefer(
    comparison: &mut Comparison,
    sides: &Sides,
    side: Side,
    (paths, all): (&[String], bool),
) -> Result<Vec<String>> {
    let mut decided = Vec::new();
    if all {
        decided.append(&mut comparison.conflicts);
    }
    for typed in paths {
        let path = typed.strip_prefix('/').unwrap_or(typed);
        if let Some(at) = comparison.conflicts.iter().position(|known| known == path) {
            decided.push(comparison.conflicts.remove(at));
        } else if !decided.iter().any(|known| known == path) {
            check(comparison, sides, side, path)?;
        }
    }
    let list = match side {
        Side::Ours => &mut comparison.to_push,
        Side::Theirs => &mut comparison.to_pull,
    };
    list.extend(decided.iter().cloned());
    list.sort();
    Ok(decided)
}

/// Checks a path that is in no conflict.
fn check(comparison: &Comparison, sides: &Sides, side: Side, path: &str) -> Result<()> {
    let is_in = |list: &[String]| list.iter().any(|known| known == path);
    let (option, other, done, undone) = match side {
        Side::Ours => ("--ours", "there", &comparison.to_push, &comparison.to_pull),
        Side::Theirs => ("--theirs", "here", &comparison.to_pull, &comparison.to_push),
    };
    if is_in(&comparison.equal) || is_in(done) {
        return Ok(());
    }
    let shown = text::one_line(path);
    let left = sides.left_alone.iter().find(|left| left.path.trim_start_matches('/') == path);
    let why = if is_in(undone) {
        let command = match side {
            Side::Ours => format!("{} brings it here", next::command("pull")),
            Side::Theirs => format!("{} sends it", next::command("push")),
        };
        format!("it changed only {other}, so there is nothing to decide; {command}")
    } else if let Some(left) = left {
        format!("it is left alone: {}", text::one_line(&left.reason))
    } else {
        format!(
            "there is no such memory, here or there; a path is the one below the folder, as in the \
             list{}",
            named(&comparison.conflicts)
        )
    };
    Err(Error::Usage(format!("{option} {shown}: {why}")))
}

/// A path as it is typed behind `--ours` or `--theirs`: one that begins with `-` would be an option.
pub fn typed(path: &str) -> String {
    let rooted = if path.starts_with('-') { "/" } else { "" };
    next::quoted(&format!("{rooted}{path}"))
}

/// The conflicts that can be meant.
fn named(conflicts: &[String]) -> String {
    let first = conflicts.get(..NAMED).unwrap_or(conflicts);
    let first: Vec<String> = first.iter().map(|path| typed(path)).collect();
    match conflicts.len().saturating_sub(NAMED) {
        _ if conflicts.is_empty() => "; none changed on both sides".into(),
        0 => format!("; changed on both sides: {}", first.join(", ")),
        more => format!(
            "; changed on both sides: {}, and {} more",
            first.join(", "),
            said::memories(more)
        ),
    }
}
