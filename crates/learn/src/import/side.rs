//! What a host writes about a session beside its transcript: `{"format": "dreaming.session/1", …}`,
//! as a part of its own or as a line of a transcript.

use crate::json_value::{Map, Value};

use super::fields::{list_of, text_of};
use super::log::{Became, Log, on_line};
use super::metric;
use dreaming_records::outcome::Metric;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// The format name of such a record.
pub(super) const NAME: &str = "dreaming.session/1";

/// Most metrics of a record. Chosen by us: a session has a handful.
const MAX_METRICS: usize = 32;

/// Whether a record is a side record.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    text_of(record, "format") == Some(NAME)
}

/// Reads a side record. If a metric cannot be read, the record counts as unknown; its other metrics
/// are used.
pub(super) fn read(record: &Map<'_>, line: u64, log: &mut Log) {
    log.header.described(record);
    let said = list_of(record, "outcomes");
    let of = |said: &Value| metric::of(said.as_object()?, "");
    let metrics: Vec<Metric> = said.iter().take(MAX_METRICS).filter_map(of).collect();
    log.count(if metrics.len() == said.len() { Became::Understood } else { Became::Unknown });
    for metric in metrics {
        log.push(Event {
            text: metric.name.clone(),
            kind: EventKind::Outcome(metric),
            provenance: Provenance::ToolResult,
            ..on_line("", line, None)
        });
    }
}
