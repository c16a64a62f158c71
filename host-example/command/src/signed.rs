//! The options for who decides, why and when, shared by all commands that decide.

use clap::Args;

/// Who decides, and why.
#[derive(Debug, Args)]
pub struct Signed {
    /// Who decides [default: the user that is logged in].
    #[arg(
        long,
        value_name = "NAME",
        env = "USER",
        hide_env = true,
        default_value = "",
        hide_default_value = true
    )]
    pub by: String,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub note: String,
    /// The time of the decision [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub now: Option<i64>,
}

impl Signed {
    /// The decision's author, note and time, as the engine takes them.
    pub fn by_at(&self, now: i64) -> dreaming_wasmtime::By {
        dreaming_wasmtime::By { reviewer: self.by.clone(), note: self.note.clone(), now }
    }
}

/// Milliseconds since 1970 of an RFC 3339 text.
pub fn time(text: &str) -> Result<i64, String> {
    let stamp: jiff::Timestamp =
        text.parse().map_err(|_| "a time is written like 2026-02-20T00:00:00Z".to_owned())?;
    Ok(stamp.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time("2026-02-20T00:00:00Z"), Ok(1_771_545_600_000));
        assert!(time("tomorrow").is_err() && time("2026-02-20").is_err());
    }
}
