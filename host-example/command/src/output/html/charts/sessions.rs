//! Sessions over time.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{Sessions, WIDTH};
use crate::output::{DAY, text};

/// Height of the drawing of sessions.
const HEIGHT: u64 = 120;
/// Most bars of sessions; more days share a bar. Chosen by us: a bar stays wide enough to be seen.
const BARS: i64 = 92;

/// One bar for each day, or for as many days as there is room for.
pub fn chart(days: &BTreeMap<i64, Sessions>) -> Markup {
    let (Some((&first, _)), Some((&last, _))) = (days.first_key_value(), days.last_key_value())
    else {
        return html! { p.sub { "No session with a time." } };
    };
    let per_bar = (last - first) / BARS + 1;
    let mut bars =
        vec![Sessions::default(); usize::try_from((last - first) / per_bar + 1).unwrap_or(1)];
    for (day, sessions) in days {
        let at = usize::try_from((day - first) / per_bar).unwrap_or(0);
        if let Some(bar) = bars.get_mut(at) {
            bar.known += sessions.known;
            bar.new += sessions.new;
        }
    }
    let most = bars.iter().map(|bar| bar.known + bar.new).max().unwrap_or(0).max(1);
    let step = WIDTH / (bars.len() as u64).max(1);
    let thick = (step * 4 / 5).clamp(2, 28);
    let width = step * bars.len() as u64;
    let height = |number: u64| number * (HEIGHT - 4) / most;
    html! {
        svg.days viewBox=(format!("0 0 {width} {HEIGHT}")) role="img" aria-label="Sessions by day" {
            line x1="0" x2=(width) y1=(HEIGHT - 1) y2=(HEIGHT - 1) {}
            @for (at, bar) in bars.iter().enumerate() {
                @let x = at as u64 * step + (step - thick) / 2;
                @let begins = day(first + i64::try_from(at).unwrap_or(0) * per_bar);
                g {
                    title { (begins) ": " (text::count(bar.known + bar.new, "session")) }
                    rect.known x=(x) width=(thick) y=(HEIGHT - 1 - height(bar.known)) height=(height(bar.known)) {}
                    rect.new x=(x) width=(thick) height=(height(bar.new))
                        y=(HEIGHT - 1 - height(bar.known) - height(bar.new)) {}
                }
            }
        }
        div.axis { span { (day(first)) } span { (day(last)) } }
        ul.legend {
            li { i.known {} "in the ledger " b { (days.values().map(|d| d.known).sum::<u64>()) } }
            li { i.new {} "read for this plan " b { (days.values().map(|d| d.new).sum::<u64>()) } }
            li {
                "highest bar: " b { (most) } " in "
                (text::count(u64::try_from(per_bar).unwrap_or(1), "day"))
            }
        }
    }
}

/// A day since 1970 as a date.
fn day(number: i64) -> String {
    let time = text::time(number.saturating_mul(DAY));
    time.split('T').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_sessions_fit_and_none_is_lost() {
        let one = Sessions { known: 1, new: 1 };
        let days: BTreeMap<i64, Sessions> = (0..1_000).map(|day| (19_000 + day, one)).collect();
        let drawn = chart(&days).into_string();
        assert!(drawn.matches("<g>").count() <= 92, "{drawn}");
        assert!(drawn.contains("2022-01-08") && drawn.contains("2024-10-03"), "{drawn}");
        assert!(drawn.contains("in the ledger <b>1000</b>"), "{drawn}");
    }
}
