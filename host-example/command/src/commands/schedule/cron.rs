//! Lines in the user's crontab.

use std::fmt::Write as _;

use super::job::Job;
use super::tools::{self, Call, Said};
use crate::error::{Error, Result};
use crate::output::next::quoted;
use crate::output::text::one_line;

/// How records and messages call the user's table.
pub const TABLE: &str = "crontab";

/// The line that calls the job. A per cent sign would end it, so it is escaped, see crontab(5). The minute is chosen by us:
/// not the full hour, at which most others begin.
pub fn line(job: &Job) -> String {
    let mut command = String::new();
    for (name, value) in &job.environment {
        let _ = write!(command, "{name}={} ", quoted(value));
    }
    command.push_str(&job.line());
    format!("17 * * * *  {} >> \"$HOME/.dreaming.log\" 2>&1\n", command.replace('%', "\\%"))
}

/// The line between two comments that name it.
pub fn block(job: &Job) -> String {
    let (name, store) = (&job.name, job.store());
    format!("# {name}: dreams over {store}, from `dreaming schedule`\n{}# {name}: end\n", line(job))
}

/// The table with the block at its end; all else of it stays.
pub fn with_block(table: Option<&str>, job: &Job) -> String {
    let table = table.unwrap_or_default();
    let end = if table.is_empty() || table.ends_with('\n') { "" } else { "\n" };
    format!("{table}{end}{}", block(job))
}

/// The user's table; `None` when there is none.
///
/// # Errors
/// [`Error::Tool`] when cron cannot be asked.
pub fn read() -> Result<Option<String>> {
    let call = Call::new(&["crontab", "-l"]);
    let Said { is_done, stdout, stderr, is_text, .. } = tools::run(&call.words, None)?;
    if !is_done {
        // cron of Debian, cronie and macOS; busybox.
        let is_none = ["no crontab", "can't open"].iter().any(|words| stderr.contains(words));
        return match is_none {
            true => Ok(None),
            false => Err(Error::Tool(format!(
                "`crontab -l` failed, so the crontab was left alone: {}",
                one_line(stderr.trim())
            ))),
        };
    }
    if !is_text {
        let todo = "add the line by hand (docs/triggers.md)";
        return Err(Error::Tool(format!("the crontab is no UTF-8, so it was left alone: {todo}")));
    }
    Ok(Some(stdout))
}

/// Puts another table in the place of the user's; `None` takes it away.
///
/// # Errors
/// [`Error::Tool`].
pub fn write(table: Option<&str>) -> Result<()> {
    match table {
        Some(table) => Call::new(&["crontab", "-"]).done(Some(table)),
        None => Call::new(&["crontab", "-r"]).done(None),
    }
}

/// How [`write`] is typed.
pub fn typed(table: Option<&str>) -> Call {
    Call::new(&["crontab", if table.is_some() { "-" } else { "-r" }])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_path_stays_one_word_in_a_crontab_and_all_other_bytes_stay() {
        let odd = "/home/ada/100% my \"shop\"/$x";
        let mut job = Job::new(Path::new(odd), vec!["--memory".into(), odd.into()]);
        job.environment = vec![("CODEX_HOME".into(), "/c 5%".into())];
        let line = line(&job);
        assert!(line.starts_with("17 * * * *  CODEX_HOME='/c 5\\%' /"), "{line}");
        assert!(line.contains(" --memory '/home/ada/100\\% my \"shop\"/$x' >> "), "{line}");
        for table in ["", "MAILTO=ada\n\n0 1 * * * x", "# mine\n"] {
            let with = with_block(Some(table), &job);
            assert!(with.starts_with(table) && with.ends_with(": end\n"), "{with}");
            assert!(with.contains(&format!("\n{line}")), "{with}");
        }
    }
}
