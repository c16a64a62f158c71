//! What `dreaming keep` says.

use std::fmt::Write as _;

use indicatif::DecimalBytes;
use serde::Serialize;
use serde_json::json;

use super::Keep;
use crate::folder::Skipped;
use crate::formats;
use crate::output::{Reply, next, text};
use crate::sessions::{Found, Session};

/// Sessions that are listed for people; `--json` has all. Chosen by us: a screen.
const SHOWN: usize = 10;

/// What became of the sessions.
#[derive(Debug, Default)]
pub struct Told {
    /// How many were copied.
    pub kept: u64,
    /// How many of those took the place of an earlier copy.
    pub grown: u64,
    /// The bytes of the copied sessions, and what they take on the disk.
    pub bytes: u64,
    pub size: u64,
    /// How many were there as they are.
    pub there: u64,
    /// How many a dream has read.
    pub read: u64,
    /// How many of those only dreams without a model have read.
    pub unseen: u64,
    /// Sessions whose copies were removed: a dream has read them.
    pub gone: Vec<String>,
    /// How many earlier copies got their secrets covered.
    pub redacted: u64,
    /// How many copies of erased sessions were removed.
    pub erased: u64,
    /// Sessions whose earlier copy stays beside the new one.
    pub both: Vec<String>,
    /// Sessions for which there was no room.
    pub not_kept: Vec<Left>,
    /// Sessions that could not be read.
    pub failed: Vec<Left>,
    /// Files of which not even the length can be told.
    pub unreadable: Vec<Skipped>,
    /// The files of the archive afterwards, and their bytes.
    pub files: u64,
    pub used: u64,
}

/// A session that was not copied.
#[derive(Debug, Serialize)]
pub struct Left {
    session: String,
    path: String,
    bytes: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
}

impl Left {
    pub fn new(session: &Session, reason: String) -> Self {
        let main = session.parts.iter().find(|part| part.name == "main");
        let path = main.map(|main| main.path.display().to_string()).unwrap_or_default();
        let bytes = session.parts.iter().map(|part| part.bytes).sum();
        Self { session: session.id.clone(), path, bytes, reason }
    }

    fn line(&self) -> String {
        let bytes = DecimalBytes(self.bytes);
        let reason = match self.reason.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        format!("{} ({bytes}){reason}", self.path)
    }
}

impl Told {
    /// The reply. `run` is the command that reads sessions.
    pub fn reply(self, args: &Keep, found: &Found, run: &str) -> Reply {
        let mut out = match self.kept {
            0 => "Kept nothing new".to_owned(),
            kept => format!(
                "Kept {}: {} of transcripts, {} on the disk",
                text::count(kept, "session"),
                DecimalBytes(self.bytes),
                DecimalBytes(self.size)
            ),
        };
        let parts = [
            (self.grown, "had grown since"),
            (self.there, "kept already"),
            (self.read, "read by a dream, which need no keeping"),
        ];
        for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
            let _ = write!(out, "; {count} {what}");
        }
        if self.unseen > 0 {
            let unseen = self.unseen;
            let _ = write!(
                out,
                "; no model has seen {unseen} of them, which a dream with one can read only while their files are there: {} keeps \
                 those too",
                next::again_without("--unseen", &["--prune"])
            );
        }
        out.push_str(".\n");
        if !self.gone.is_empty() {
            let went = text::count(self.gone.len() as u64, "copy").replace("copys", "copies");
            let _ = writeln!(out, "{went} went: a dream has read these sessions.");
        }
        if self.redacted > 0 {
            let copies = text::count(self.redacted, "copy").replace("copys", "copies");
            let _ = writeln!(out, "The secrets in {copies} made before are covered now.");
        }
        if self.erased > 0 {
            let _ = writeln!(out, "{} of erased sessions went.", text::count(self.erased, "file"));
        }
        if !self.both.is_empty() {
            let sessions = text::count(self.both.len() as u64, "session");
            let _ = writeln!(
                out,
                "Look: {sessions} lack words of the earlier copy, which stays beside the new one and is not read: {}",
                text::one_line(&self.both.join(", "))
            );
        }
        list(&mut out, "could not be read and is not kept", &self.failed);
        list_all(
            &mut out,
            "session file",
            "cannot be read and stays without a copy (give yourself the right to read it, or put a whole one there)",
            self.unreadable.iter().map(|file| format!("{}: {}", file.path, file.reason)).collect(),
        );
        list(&mut out, "not kept for want of room", &self.not_kept);
        if !self.not_kept.is_empty() {
            let _ = writeln!(out, "A larger --max-size keeps them, and {run} reads sessions now.");
        }
        let unknown = formats::summary(&found.unknown);
        if !unknown.is_empty() {
            let _ = writeln!(out, "Not kept, because no dream reads them: {unknown}.");
        }
        if found.elsewhere > 0 {
            let left = text::count(found.elsewhere, "session");
            let _ = writeln!(out, "{left} of other folders left.");
        }
        let (used, most) = (DecimalBytes(self.used), DecimalBytes(args.max_size));
        let files = text::count(self.files, "file");
        let _ = writeln!(out, "The archive has {files}, {used} of {most}.");
        let is_short = [self.not_kept.len(), self.failed.len(), self.unreadable.len()] != [0; 3];
        let outcome = match (self.kept, is_short) {
            (_, true) => "incomplete",
            (0, _) => "nothing",
            _ => "kept",
        };
        let json = json!({
            "outcome": outcome, "kept": self.kept, "grown": self.grown, "bytes": self.bytes, "size": self.size,
            "there": self.there, "read": self.read, "unseen": self.unseen, "gone": self.gone, "redacted": self.redacted, "erased": self.erased, "both": self.both,
            "not_kept": self.not_kept, "failed": self.failed, "unreadable": self.unreadable,
            "skipped": {"sessions": found.skipped, "unknown": found.unknown}, "elsewhere": found.elsewhere,
            "archive": {"files": self.files, "bytes": self.used, "max_bytes": args.max_size},
        });
        Reply { text: out, json, code: u8::from(is_short) }
    }
}

/// Lists sessions that were left, the first ones.
fn list(out: &mut String, what: &str, left: &[Left]) {
    list_all(out, "session", what, left.iter().map(Left::line).collect());
}

/// Lists so many of `thing`, the first ones.
fn list_all(out: &mut String, thing: &str, what: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "Look: {} {what}:", text::count(lines.len() as u64, thing));
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(out, "  {}", text::one_line(line));
    }
    if lines.len() > SHOWN {
        let _ = writeln!(out, "  and {} more (all with --json)", lines.len() - SHOWN);
    }
}
