//! The measurements, printed as ratios.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::dream::Dreamt;
use crate::exact::Exactness;
use crate::transcripts::Reading;
use crate::walk::{Input, Phases, Walk};
use dreaming_testing::clock::{exponent, median};

/// All measurements.
#[derive(Default)]
pub struct Report {
    /// The path, by number of texts.
    pub sizes: Vec<Size>,
    /// The join beside all pairs.
    pub exact: Option<Exactness>,
    /// Whole dreams, by number of texts.
    pub dreams: Vec<(usize, Dreamt)>,
    /// Transcripts that were read.
    pub reading: Option<Reading>,
}

/// Measurements of the path over one number of texts: medians of the rounds.
#[derive(Serialize)]
pub struct Size {
    texts: usize,
    bytes: usize,
    native: Phases,
    /// The component of the world `statements`, which is built for speed.
    component: Phases,
    /// The component of the world `core`, which is built for size.
    core: Phases,
    /// Peak memory of the component of the world `statements`.
    peak_bytes: usize,
    relations: usize,
    kept: usize,
    /// Whether native code, both components and shuffled input agree in every byte.
    equal: bool,
    digest: String,
    /// Seconds of other libraries, by name.
    pub peers: BTreeMap<String, f64>,
}

/// Walks over the same texts, by engine.
#[derive(Default)]
pub struct Walks {
    /// Native code.
    pub native: Vec<Walk>,
    /// The component of the world `statements`.
    pub component: Vec<Walk>,
    /// The component of the world `core`.
    pub core: Vec<Walk>,
}

impl Size {
    /// Made of the walks of all engines, and of one walk of the component over shuffled texts.
    pub fn new(input: &Input, walks: &Walks, shuffled: &Walk) -> Self {
        let Walks { native, component, core } = walks;
        let all = || native.iter().chain(component).chain(core).chain([shuffled]);
        let digest = shuffled.digest.clone();
        Self {
            texts: input.texts.len(),
            bytes: input.bytes(),
            native: medians(native),
            component: medians(component),
            core: medians(core),
            peak_bytes: component.iter().filter_map(|walk| walk.peak).max().unwrap_or(0),
            relations: shuffled.relations,
            kept: shuffled.kept,
            equal: all().all(|walk| walk.digest == digest),
            digest,
            peers: BTreeMap::new(),
        }
    }

    fn nanoseconds(&self, seconds: f64) -> f64 {
        seconds * 1e9 / self.texts as f64
    }
}

fn medians(walks: &[Walk]) -> Phases {
    let of = |phase: fn(&Phases) -> f64| median(walks.iter().map(|w| phase(&w.phases)).collect());
    Phases {
        fill: of(|phases| phases.fill),
        reconcile: of(|phases| phases.reconcile),
        score: of(|phases| phases.score),
        prune: of(|phases| phases.prune),
    }
}

impl Report {
    /// Whether all digests and plans are equal, and the join finds exactly the right pairs.
    pub fn is_right(&self) -> bool {
        self.sizes.iter().all(|size| size.equal)
            && self.reading.iter().all(|reading| reading.equal)
            && self.exact.iter().all(|exact| exact.found == exact.pairs && exact.wrong == 0)
    }

    /// Growth of time from each size to the next, natively and through the component.
    fn growth(&self) -> Vec<(usize, f64, f64)> {
        let between = |pair: &[Size]| match pair {
            [small, large] => {
                let of = |phases: fn(&Size) -> Phases| {
                    exponent(&[
                        (small.texts, phases(small).whole()),
                        (large.texts, phases(large).whole()),
                    ])
                };
                Some((large.texts, of(|size| size.native), of(|size| size.component)))
            }
            _ => None,
        };
        self.sizes.windows(2).filter_map(between).collect()
    }

    /// As JSON, form `dreaming.bench/1`.
    ///
    /// # Errors
    /// Only those of the JSON writer.
    pub fn json(&self) -> Result<String, String> {
        let growth = self.growth().into_iter().map(|(to, native, component)| {
            serde_json::json!({"to": to, "native": native, "component": component})
        });
        let dreams = self
            .dreams
            .iter()
            .map(|(texts, dreamt)| serde_json::json!({"texts": texts, "seconds": dreamt}));
        let whole = serde_json::json!({
            "format": "dreaming.bench/1",
            "sizes": self.sizes,
            "growth": growth.collect::<Vec<_>>(),
            "exact": self.exact,
            "dreams": dreams.collect::<Vec<_>>(),
            "transcripts": self.reading,
        });
        serde_json::to_string_pretty(&whole).map_err(|error| error.to_string())
    }

    /// As tables for people.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "texts -> relations -> scores -> kept ids; ns per text of one processor, medians\n\
             component: world `statements`, built for speed; core: world `core`, built for size\n\
             \n   texts  native  component  wasm ÷ native  core ÷ native  score + prune  memory ÷ input  relations     kept  bytes of results\n",
        );
        for size in &self.sizes {
            let (native, component) = (size.native.whole(), size.component.whole());
            let _ = writeln!(
                out,
                "{:>8} {:>7.0} {:>10.0} {:>14.2} {:>14.2} {:>12.1} % {:>15.1} {:>10} {:>8}  {}",
                size.texts,
                size.nanoseconds(native),
                size.nanoseconds(component),
                component / native,
                size.core.whole() / native,
                size.component.weighing() * 100.0,
                size.peak_bytes as f64 / size.bytes as f64,
                size.relations,
                size.kept,
                if size.equal { "equal" } else { "DIFFERENT" },
            );
        }
        out += "\nparts of the path through the component, ns per text (wasm ÷ native)\n";
        for size in &self.sizes {
            let part = |phase: fn(&Phases) -> f64| {
                let (native, component) = (phase(&size.native), phase(&size.component));
                format!("{:.0} ({:.2})", size.nanoseconds(component), component / native)
            };
            let _ = writeln!(
                out,
                "{:>8}  in {}, reconcile {}, score {}, prune {}",
                size.texts,
                part(|phases| phases.fill),
                part(|phases| phases.reconcile),
                part(|phases| phases.score),
                part(|phases| phases.prune),
            );
        }
        out += "\ngrowth exponent (1 = linear)\n";
        for (to, native, component) in self.growth() {
            let _ = writeln!(
                out,
                "{:>8} -> {to}: native {native:.2}, component {component:.2}",
                to / 10
            );
        }
        out += "\nthe join beside all pairs\n";
        if let Some(exact) = &self.exact {
            let _ = writeln!(
                out,
                "  ≥ .{:03}: {:.6} of {} pairs found, {} wrong",
                exact.permille,
                exact.share(),
                exact.pairs,
                exact.wrong
            );
        }
        for size in self.sizes.iter().filter(|size| !size.peers.is_empty()) {
            let _ = writeln!(
                out,
                "\nother libraries on the same {} texts (texts -> clusters) ÷ the component's whole path",
                size.texts
            );
            for (name, seconds) in &size.peers {
                let _ = writeln!(
                    out,
                    "  {name}: {:.0} ns per text, {:.1} ×",
                    size.nanoseconds(*seconds),
                    seconds / size.component.whole()
                );
            }
        }
        out += "\na whole dream, natively: Markdown, ledger, plan, and everything applied\n";
        for (texts, dreamt) in &self.dreams {
            let path = self.sizes.iter().find(|size| size.texts == *texts);
            let ratio = path.map_or(0.0, |size| dreamt.whole() / size.native.whole());
            let _ = writeln!(
                out,
                "{texts:>8}  {:.0} ns per text, {ratio:.0} × the path ({} changes; plan {:.1} s, apply {:.1} s)",
                dreamt.whole() * 1e9 / *texts as f64,
                dreamt.changes,
                dreamt.plan,
                dreamt.apply,
            );
        }
        for pair in self.dreams.windows(2) {
            if let [(small, before), (large, after)] = pair {
                let grown = exponent(&[(*small, before.whole()), (*large, after.whole())]);
                let _ = writeln!(out, "{small:>8} -> {large}: growth exponent {grown:.2}");
            }
        }
        if let Some(reading) = &self.reading {
            out += &reading.text();
        }
        out + "\nThe texts are generated, and their edits never touch names and values: that favours methods\n\
               that compare words over embeddings, and guards that compare names and values. Peers stop at\n\
               clusters and have no guards. Compare ratios of one run, never times of two.\n"
    }
}
