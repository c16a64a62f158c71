//! Commands that fail with one message and work when they are called in another way: without what stood in front of
//! them, or without an option. What differs is the pattern, so `x make a` and `x make b` are one.

use dreaming_records::notes::Retry;
use dreaming_shield::attack;
use dreaming_text::Groups;

use super::pattern::{Met, Pattern, sessions};
use crate::mine::words;

/// Sessions in which a command must have worked when it was called in another way. Chosen by us: twice is what a slip
/// comes to, and unlike another command nothing of the project stands behind it.
pub(super) const LEAST: u64 = 3;

/// The patterns among failures by command and cause, with their causes.
pub(super) fn patterns<'a>(
    groups: &Groups<(String, String), Met<'a>>,
) -> Vec<(String, Pattern<'a>)> {
    let by_way = Groups::of(groups.iter().flat_map(|((_, cause), found)| {
        found.filter_map(move |met| {
            let Retry { left_out, put_in, .. } = retry(met)?;
            // No word has a line end.
            Some(((format!("{left_out}\n{put_in}"), cause.clone()), *met))
        })
    }));
    let patterns = by_way.iter().filter_map(|((_, cause), ways)| {
        let cured: Vec<Met<'a>> = ways.copied().collect();
        let tools: Vec<String> =
            cured.iter().filter_map(|(_, failure)| words::tool(&failure.tool)).collect();
        let all = groups.iter().filter(|((tool, of), _)| of == cause && tools.contains(tool));
        let found: Vec<Met<'a>> = all.flat_map(|(_, found)| found.copied()).collect();
        let retries: Vec<&Retry> = cured.iter().filter_map(retry).collect();
        let tool = tools.iter().min()?.clone();
        let said = said(&tool, &retries).filter(|_| sessions(&cured) * 2 > sessions(&found))?;
        Some((cause.clone(), Pattern { tool, said, found, cured }))
    });
    patterns.collect()
}

fn retry<'a>(met: &Met<'a>) -> Option<&'a Retry> {
    met.1.cure.as_ref()?.retry.as_ref()
}

/// The sentence about retries that differ in one thing, in front of the message and behind it. `None` when it cannot
/// be said.
fn said(tool: &str, retries: &[&Retry]) -> Option<(String, String)> {
    let (first, others) = retries.split_first()?;
    let Retry { left_out, put_in, .. } = first;
    let is_front = |retry: &Retry| retry.failed.starts_with(left_out);
    let (failed, cure) = match (&**left_out, &**put_in) {
        ("", front) => {
            (format!("{} …", tool.split(' ').next()?), format!("with `{front}` in front"))
        }
        (front, "") if is_front(first) => {
            let next = |retry: &&Retry| {
                let rest = retry.failed.strip_prefix(front)?;
                rest.split_ascii_whitespace().next().map(str::to_owned)
            };
            let known = next(first)
                .filter(|known| others.iter().all(|retry| next(retry).as_ref() == Some(known)));
            let next = known.map_or_else(String::new, |next| format!("{next} "));
            (format!("{front} {next}…"), format!("without `{front}`"))
        }
        (option, "") => (format!("{tool} … {option}"), format!("without `{option}`")),
        (option, other) => (format!("{tool} … {option}"), format!("with `{other}`")),
    };
    let is_said = |words: &str| words::is_code(words) && !attack::instructs(words);
    let is_tame = is_said(&failed) && [left_out, put_in].iter().all(|w| w.is_empty() || is_said(w));
    is_tame.then(|| (format!("`{failed}` fails with `"), format!("`; the same {cure} works.")))
}
