//! `dreaming man`.

use std::fs;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;
use serde_json::json;

use crate::cli::Cli;
use crate::error::{Error, Result};
use crate::output::{Reply, text};

/// `dreaming man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming man --out ~/.local/share/man/man1
  dreaming man > dreaming.1")]
pub struct ManPages {
    /// Writes the pages of all commands into this folder, such as `~/.local/share/man/man1`.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints the page of `dreaming`, or writes all pages.
///
/// # Errors
/// [`Error::Io`].
pub fn man(args: &ManPages) -> Result<Reply> {
    let Some(dir) = &args.out else {
        let mut page = Vec::new();
        Man::new(Cli::command())
            .render(&mut page)
            .map_err(Error::io("make the page", "dreaming.1"))?;
        let page = String::from_utf8_lossy(&page).into_owned();
        let json = json!({"page": page});
        return Ok(Reply::new(page, json));
    };
    fs::create_dir_all(dir).map_err(Error::io("make the folder", dir))?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(Error::io("write the pages", dir))?;
    let pages = Cli::command().get_subcommands().count() as u64 + 1;
    let text = format!("{} written to {}.\n", text::count(pages, "page"), dir.display());
    Ok(Reply::new(text, json!({"folder": dir.to_string_lossy(), "pages": pages})))
}
