//! `dreaming push`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::pull::looked_up;
use super::{Place, write};
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::hosted::client::Client;
use crate::hosted::compare::Comparison;
use crate::hosted::decide::{Side, prefer};
use crate::hosted::memories::{Store, There};
use crate::hosted::send::{Came, Change, ordered, send, unfit};
use crate::hosted::sides::Sides;
use crate::hosted::trouble::Trouble;
use crate::hosted::{Asking, said};
use crate::output::{self, Reply, next, text};
use crate::snapshot;
use crate::state::mirror::{Mirror, Seen};

/// `dreaming push`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Push {
    /// The memory folder. The same as --memory.
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Sends what did not change there, and leaves the rest (exit code 4); without it nothing is
    /// sent when a memory changed on both sides.
    #[arg(long)]
    pub except_conflicts: bool,
    /// Sends these memories, which changed here and there, as they are here. As they were there
    /// they stay in the versions there.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub ours: Vec<String>,
    /// Sends all memories that changed here and there as they are here.
    #[arg(long, conflicts_with = "ours")]
    pub all_ours: bool,
    /// Prints what would be sent, and sends nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask on a terminal.
    #[arg(long)]
    pub yes: bool,
    /// How the service is asked.
    #[command(flatten)]
    pub asking: Asking,
}

const AFTER_HELP: &str = "\
Sends what changed here since the last pull or push to the store that the folder mirrors. Before anything is sent, \
all memories are compared with a fresh list; each request then names the content that it expects there, so that \
nothing which somebody wrote meanwhile is overwritten. On a terminal the command shows what it will send and asks; \
elsewhere it sends. A memory that was only moved keeps its id there; one that was moved and changed is made anew. What \
was sent is recorded at once: called again after an interruption, the command sends the rest. The key comes from \
DREAMING_STORE_KEY, see `dreaming pull --help`.

Examples:
  dreaming push notes --dry-run
  dreaming push notes
  dreaming push notes --ours team.md rules.md
  dreaming push notes --all-ours --dry-run
  dreaming push notes --except-conflicts --yes";

/// The exit code when a memory changed on both sides, or there while the others were sent.
const CONFLICT: u8 = 4;

/// Brings there what changed here.
pub fn push(common: &Common, args: &Push) -> Result<Reply> {
    let before = looked_up(common)?.ok_or(Trouble::NoMirror)?;
    let client = Client::new(&before.url, &args.asking)?;
    let store = Store { client: &client, id: &before.store };
    if store.describe()?.is_archived {
        return Err(Trouble::Archived(before.store.clone()).into());
    }
    let listed = store.list(false)?;
    let mut reply = write(common, args.dry_run, |place| {
        // The list is older than the lock: a second pull or push may have worked meanwhile.
        if place.state.mirror()?.as_ref() != Some(&before) {
            return Err(Error::Conflict("another pull or push worked meanwhile".into()));
        }
        bring(&place, &store, listed, &before, (common, args))
    })?;
    if let Value::Object(fields) = &mut reply.json {
        fields.insert("url".into(), before.url.clone().into());
        fields.insert("store".into(), before.store.clone().into());
    }
    Ok(reply)
}

fn bring(
    place: &Place,
    store: &Store<'_>,
    listed: BTreeMap<String, There>,
    before: &Mirror,
    (common, args): (&Common, &Push),
) -> Result<Reply> {
    let (contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    let sides = Sides::new(&place.folder, (&contents, &on_disk), listed, Some(before))?;
    let texts = snapshot::texts(&contents);
    let mut comparison = sides.compare();
    let decided =
        prefer(&mut comparison, &sides, Side::Ours, (args.ours.as_slice(), args.all_ours))?;
    let bytes = |path: &str| texts.get(path).map(|text| text.len() as u64);
    if !comparison.conflicts.is_empty() && !args.except_conflicts {
        let files = comparison.conflicts.iter();
        let files = files.map(|path| sides.differs(path, bytes(path))).collect();
        return Err(Trouble::Conflicts { files, others: line(args, true) }.into());
    }
    let changes = ordered(&sides, &comparison.to_push, &texts);
    let unfit = unfit(&changes);
    if !unfit.is_empty() {
        return Err(Trouble::Unfit(unfit).into());
    }
    let mut shown = Shown {
        sides: &sides,
        comparison: &comparison,
        decided: &decided,
        texts: &texts,
        came: Vec::new(),
        is_listed: false,
    };
    if changes.is_empty() || args.dry_run {
        equal(place, &sides, &comparison, before)?;
        return Ok(shown.reply(&changes, if changes.is_empty() { "nothing" } else { "would-push" }));
    }
    // Where nobody is asked, the list comes with what became of it: of a key that may not write it
    // would promise what does not happen.
    if !common.json && !args.yes && is_asked() {
        output::say(&shown.list(&changes));
        shown.is_listed = true;
        if !agreed(changes.len())? {
            return Ok(shown.reply(&changes, "declined"));
        }
    }
    equal(place, &sides, &comparison, before)?;
    let again = line(args, args.except_conflicts);
    shown.came = send(store, &changes, &again, |change, there| {
        for (path, seen) in change.lands(there) {
            place.state.keep_seen(path, seen.as_ref())?;
        }
        Ok(())
    })?;
    Ok(shown.reply(&changes, "pushed"))
}

/// This command as it sends something: with what was decided, and not as a dry run.
fn line(args: &Push, except_conflicts: bool) -> String {
    let mut words = "push".to_owned();
    if except_conflicts {
        words.push_str(" --except-conflicts");
    }
    if args.all_ours {
        words.push_str(" --all-ours");
    }
    if !args.ours.is_empty() {
        words.push_str(" --ours");
        for path in &args.ours {
            let _ = write!(words, " {}", next::quoted(path));
        }
    }
    next::command(&words)
}

/// Keeps which memories are equal on both sides: what was sent before this was interrupted, say.
fn equal(place: &Place, sides: &Sides, comparison: &Comparison, before: &Mirror) -> Result<()> {
    for path in &comparison.equal {
        let seen = sides
            .there
            .get(path)
            .map(|there| Seen { memory: there.memory.clone(), sha256: there.sha256.clone() });
        if before.seen.get(path) != seen.as_ref() {
            place.state.keep_seen(path, seen.as_ref())?;
        }
    }
    Ok(())
}

/// Whether there is a person to ask. Elsewhere the line that was typed is the order, as for `apply`.
fn is_asked() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether the person at the terminal agrees.
fn agreed(changes: usize) -> Result<bool> {
    output::note(&format!("Send {}? [y/N]", text::count(changes as u64, "change")));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Error::io("read", "the terminal"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What a person is told.
struct Shown<'a> {
    sides: &'a Sides,
    comparison: &'a Comparison,
    /// The paths that changed on both sides and go as they are here.
    decided: &'a [String],
    texts: &'a BTreeMap<String, String>,
    /// What became of each change, when they were sent.
    came: Vec<Came>,
    /// Whether the person has seen the list.
    is_listed: bool,
}

impl Shown<'_> {
    /// The changes as a list.
    fn list(&self, changes: &[Change<'_>]) -> String {
        let mut out = format!("To send: {}.\n", text::count(changes.len() as u64, "change"));
        let line = |change: &Change<'_>| {
            let is_over = self.decided.iter().any(|path| path == change.path());
            let over = if is_over { ", in place of what changed there" } else { "" };
            format!("{}{over}", change.line())
        };
        said::list(&mut out, changes.iter().map(line));
        out
    }

    fn reply(&self, changes: &[Change<'_>], outcome: &str) -> Reply {
        let Comparison { to_pull, conflicts, .. } = self.comparison;
        let of = |came: Came| {
            let all = changes.iter().zip(&self.came).filter(move |(_, c)| c.is_like(&came));
            all.collect::<Vec<_>>()
        };
        let (sent, changed, refused) =
            (of(Came::Sent), of(Came::Conflict(String::new())), of(Came::Refused(String::new())));
        let mut out = match outcome {
            "nothing" => "Nothing to send.\n".to_owned(),
            "would-push" => self.list(changes),
            "declined" => "Nothing was sent.\n".to_owned(),
            _ => {
                let list = if self.is_listed { String::new() } else { self.list(changes) };
                let all = text::count(changes.len() as u64, "change");
                format!("{list}Sent: {} of {all}.\n", sent.len())
            }
        };
        let why =
            |(change, came): &(&Change<'_>, &Came)| format!("{}: {}", change.path(), came.why());
        if !changed.is_empty() {
            let (count, pull) = (said::memories(changed.len()), next::command("pull"));
            let _ = writeln!(
                out,
                "Changed there meanwhile, and not overwritten: {count}; {pull} shows them."
            );
            said::list(&mut out, changed.iter().map(why));
        }
        if !refused.is_empty() {
            let _ = writeln!(out, "Refused by the service: {}.", said::memories(refused.len()));
            said::list(&mut out, refused.iter().map(why));
        }
        if !conflicts.is_empty() {
            let (count, pull) = (said::memories(conflicts.len()), next::command("pull"));
            let _ = writeln!(
                out,
                "Changed here and there, and not sent: {count}; {pull} says what to do."
            );
            let bytes = |path: &str| self.texts.get(path).map(|text| text.len() as u64);
            said::list(&mut out, conflicts.iter().map(|p| self.sides.differs(p, bytes(p))));
        }
        if !to_pull.is_empty() {
            let (count, pull) = (said::memories(to_pull.len()), next::command("pull"));
            let _ = writeln!(out, "Changed there only: {count}; {pull} brings them here.");
            said::list(&mut out, to_pull.iter().cloned());
        }
        self.sides.tell_left_alone(&mut out);
        let json = json!({
            "outcome": outcome,
            "changes": changes.iter().enumerate()
                .map(|(at, change)| change.json(self.came.get(at)))
                .collect::<Vec<_>>(),
            "conflicts": conflicts.iter().map(|path| {
                let bytes = self.texts.get(path).map(|text| text.len() as u64);
                self.sides.difference(path, bytes)
            }).collect::<Vec<_>>(),
            "to_pull": to_pull,
            "left_alone": self.sides.left_alone,
        });
        let code = match (changed.is_empty() && conflicts.is_empty(), refused.is_empty()) {
            (false, _) => CONFLICT,
            (true, false) => 1,
            (true, true) => 0,
        };
        Reply { text: out, json, code }
    }
}
