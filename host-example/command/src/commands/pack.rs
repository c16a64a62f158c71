//! `dreaming pack`: what an agent should load, within a budget.

use std::fmt::Write as _;

use clap::Args;
use dreaming_wasmtime::Packed;
use serde_json::{Value, json};

use super::{Place, whose};
use crate::component;
use crate::error::Result;
use crate::output::{self, Reply, text, theme};
use crate::snapshot;

/// `dreaming pack`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming pack --query 'how do we deploy' --budget 800 --memory notes
  dreaming pack --claude-code --budget 2000 --json")]
pub struct Pack {
    /// What the agent is about to do. Without it, or when no statement has a word of it, the most established ones come
    /// first.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub query: String,
    // Chosen by us: a page that an agent reads at the beginning without losing room for its work.
    /// Most tokens, counted as bytes ÷ 4.
    #[arg(long, value_name = "TOKENS", default_value_t = 2000)]
    pub budget: u32,
    /// The person for whom: also what was learned for this one only [default: the only person whom the sessions show].
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
}

/// Prints the best memories that fit, as Markdown.
///
/// # Errors
/// Those of reading the folder and the state.
pub fn pack(place: &Place, args: &Pack, quiet: bool) -> Result<Reply> {
    let (contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let store = job.snapshot(&contents).map_err(component::refused)?;
    let principal = whose::principal(&contents, args.principal.as_deref())?;
    let packed = job
        .pack(&store, &args.query, args.budget, principal.as_deref())
        .map_err(component::refused)?;
    let fits = packed.iter().any(|entry| entry.score > 0);
    let is_other = !args.query.trim().is_empty() && !fits && !packed.is_empty();
    let others = whose::of_others(&contents, principal.as_deref())?;
    let tokens: u64 = packed.iter().map(|entry| entry.tokens).sum();
    if !quiet {
        output::warn_skipped("memory", &on_disk.skipped);
        let count = text::count(packed.len() as u64, "entry").replace("entrys", "entries");
        output::note(&format!("{count}, {tokens} of {} tokens", args.budget));
        if principal.is_none() && !others.is_empty() {
            let (left, names) =
                (others.values().sum(), others.keys().map(|name| text::one_line(name)));
            output::note(&format!(
                "{} left out that hold for one person each ({}): `--principal NAME` adds those of one",
                text::count(left, "statement"),
                names.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    let mut out = String::new();
    if is_other {
        out.push_str(
            "No statement of the memory has a word of the query. What is best established in it:\n\n",
        );
    }
    packed.iter().for_each(|entry| write(&mut out, entry));
    let entries: Vec<Value> = packed.iter().map(json_of).collect();
    let json = json!({
        "budget": args.budget, "tokens": tokens, "entries": entries, "fits_query": fits,
        "principal": principal,
        "of_other_people": others,
    });
    Ok(Reply::new(out, json))
}

/// Writes an entry as a list item with its place and the headings above it, which give its context.
fn write(out: &mut String, entry: &Packed) {
    let dim = theme::DIM;
    let body = text::clean(&entry.text).replace('\n', "\n  ");
    let place = format!("{}:{}", entry.path, entry.line);
    let _ = writeln!(out, "- {body}\n  {dim}({}){dim:#}", text::below(&place, &entry.headings));
}

fn json_of(entry: &Packed) -> Value {
    let Packed { entry, path, line, headings, text, score, tokens } = entry;
    json!({
        "entry": entry, "path": path, "line": line, "headings": headings, "text": text,
        "score": score, "tokens": tokens,
    })
}
