//! How fast transcripts are read by native code.

use std::collections::BTreeMap;
use std::time::Instant;

use dreaming::import::PartReader;
use dreaming::{Policy, Time};

use super::{damage, read};
use crate::data::Data;
use crate::figure::Figure;
use crate::report::Measured;

/// Megabytes a second by format: each real transcript once, from memory, with all that is extracted.
pub fn speed(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let mut formats: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for path in damage::files(data)? {
        let bytes = read(&path)?;
        let start = Instant::now();
        let now = Time::from_millis(i64::MAX);
        let mut reader = PartReader::new("main", &Policy::default(), now, false);
        reader.push(&bytes);
        let format = reader.finish().notes.format;
        let (size, seconds) = formats.entry(format).or_default();
        *size += bytes.len();
        *seconds += start.elapsed().as_secs_f64();
    }
    for (format, (size, seconds)) in formats {
        let speed = Figure::Amount(size as f64 / 1e6 / seconds, "MB/s");
        measured.row(format!("reading {format}, native"), None, None, speed, None);
    }
    if cfg!(debug_assertions) {
        measured.note("speed: this build checks itself; `cargo xtask bench` measures a release");
    }
    Ok(())
}
