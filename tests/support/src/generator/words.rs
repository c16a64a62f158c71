//! Fills the slots of sentences: with names from short lists, and made-up words whose frequencies
//! fall off as in a natural language.

use super::templates::Slot;
use crate::random::Random;

/// Number of made-up words: two syllables, each of 16 onsets × 8 rhymes.
const WORDS: usize = 16_384;

/// Exponent and offset of the word frequencies, taken from long English texts (Zipf and
/// Mandelbrot).
const ZIPF: (f64, f64) = (0.95, 20.0);

/// Made-up words that are English words and would change the sense of a sentence.
const REAL: [&str; 3] = ["done", "none", "todo"];

#[rustfmt::skip]
pub(super) const FIRST_NAMES: [&str; 60] = [
    "Alice", "Bruno", "Carla", "Deepak", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jamal",
    "Katya", "Luis", "Mei", "Nadia", "Omar", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Umar",
    "Vera", "Wei", "Ximena", "Yusuf", "Zoe", "Anders", "Bianca", "Cyrus", "Dalia", "Emeka", "Fiona",
    "Goran", "Hanna", "Igor", "Jun", "Kofi", "Lena", "Marco", "Nils", "Olga", "Pavel", "Rana",
    "Sofia", "Tomas", "Ulla", "Viktor", "Wanda", "Yara", "Zane", "Arjun", "Beth", "Chidi", "Dora",
    "Ewan", "Freya", "Gita", "Hugo", "Ilse", "Jonas",
];

#[rustfmt::skip]
pub(super) const TOOLS: [&str; 59] = [
    "terraform", "ansible", "pytest", "cargo", "webpack", "vite", "docker", "podman", "kubernetes",
    "helm", "grafana", "prometheus", "redis", "postgres", "mysql", "sqlite", "kafka", "rabbitmq",
    "nginx", "caddy", "eslint", "ruff", "mypy", "black", "prettier", "gradle", "maven", "bazel",
    "cmake", "ninja", "jest", "vitest", "playwright", "cypress", "sentry", "datadog", "airflow",
    "dagster", "dbt", "spark", "duckdb", "polars", "pandas", "numpy", "pytorch", "onnx", "fastapi",
    "django", "flask", "rails", "express", "nextjs", "svelte", "react", "vue", "angular", "tauri", "electron", "wasmtime",
];

#[rustfmt::skip]
pub(super) const LANGUAGES: [&str; 15] = [
    "python", "rust", "typescript", "go", "java", "kotlin", "swift", "ruby", "elixir", "haskell",
    "scala", "clojure", "julia", "zig", "ocaml",
];

#[rustfmt::skip]
pub(super) const CITIES: [&str; 25] = [
    "Lisbon", "Osaka", "Nairobi", "Quito", "Tallinn", "Denver", "Leeds", "Porto", "Hanoi", "Accra",
    "Bergen", "Austin", "Lyon", "Turin", "Krakow", "Perth", "Calgary", "Santiago", "Dublin",
    "Malmo", "Graz", "Basel", "Ghent", "Tampere", "Bilbao",
];

#[rustfmt::skip]
pub(super) const FOODS: [&str; 20] = [
    "ramen", "tacos", "falafel", "sushi", "pizza", "curry", "pho", "risotto", "dumplings", "salad",
    "paella", "burritos", "gnocchi", "kimchi", "goulash", "pierogi", "lasagna", "ceviche",
    "bibimbap", "shakshuka",
];

pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(super) const SERVICES: [&str; 8] =
    ["api", "worker", "gateway", "indexer", "scheduler", "frontend", "ingest", "cache"];

const EXTENSIONS: [&str; 12] =
    ["py", "rs", "ts", "go", "java", "yaml", "toml", "json", "md", "sql", "sh", "tf"];

/// The words of a made-up language.
pub(super) struct Words {
    all: Vec<String>,
    /// For each word, the sum of the frequencies up to it.
    sums: Vec<f64>,
}

impl Words {
    pub(super) fn new() -> Self {
        let all: Vec<String> =
            (0..WORDS).map(word).filter(|word| !REAL.contains(&word.as_str())).collect();
        let mut sum = 0.0;
        let sums = (0..all.len()).map(|rank| {
            sum += 1.0 / (rank as f64 + ZIPF.1).powf(ZIPF.0);
            sum
        });
        Self { sums: sums.collect(), all }
    }

    /// A random word by frequency.
    pub(super) fn any(&self, random: &mut Random) -> String {
        let end = self.sums.last().copied().unwrap_or_default();
        let at = random.unit() * end;
        let rank = self.sums.partition_point(|sum| *sum < at);
        self.all.get(rank).cloned().unwrap_or_default()
    }

    /// One of `count` words from `first` on, all equally likely, used as a name.
    fn name(&self, first: usize, count: usize, random: &mut Random) -> &str {
        self.all.get(first + random.below(count)).map_or("", String::as_str)
    }

    fn noun(&self, random: &mut Random) -> &str {
        self.name(500, 400, random)
    }

    pub(super) fn adjective(&self, random: &mut Random) -> &str {
        self.name(900, 400, random)
    }

    /// A random filling for a slot.
    pub(super) fn fill(&self, slot: Slot, random: &mut Random) -> String {
        match slot {
            Slot::Word => self.any(random),
            Slot::City => pick(&CITIES, random).into(),
            Slot::Day => pick(&DAYS, random).into(),
            Slot::Food => pick(&FOODS, random).into(),
            Slot::Language => pick(&LANGUAGES, random).into(),
            Slot::Tool => pick(&TOOLS, random).into(),
            Slot::Error => format!("E{}-{}", 100 + random.below(8900), self.noun(random)),
            Slot::Number => {
                let end = pick(&[10, 100, 1000, 10_000], random);
                (1 + random.below(end)).to_string()
            }
            Slot::Port => (1024 + random.below(60_000)).to_string(),
            Slot::Version => {
                let (major, minor) = (1 + random.below(9), random.below(30));
                format!("{major}.{minor}.{}", random.below(20))
            }
            Slot::Time => {
                let (hour, quarter) = (7 + random.below(13), random.below(4));
                format!("{hour:02}:{:02}", 15 * quarter)
            }
            Slot::Region => {
                let world = pick(&["us", "eu", "ap", "sa", "af"], random);
                let side = pick(&["east", "west", "north", "south", "central"], random);
                format!("{world}-{side}-{}", 1 + random.below(3))
            }
            Slot::Person => {
                let first = pick(&FIRST_NAMES, random);
                format!("{first} {}", capital(self.name(4000, 400, random)))
            }
            Slot::Project => format!("{}-{}", self.adjective(random), self.noun(random)),
            Slot::Service => format!("{}-{}", self.noun(random), pick(&SERVICES, random)),
            Slot::Team => format!("{} team", self.noun(random)),
            Slot::Path => {
                let (folder, adjective) = (self.noun(random), self.adjective(random));
                let (noun, extension) = (self.noun(random), pick(&EXTENSIONS, random));
                format!("src/{folder}/{adjective}_{noun}.{extension}")
            }
        }
    }
}

/// One random item.
pub(super) fn pick<T: Copy>(from: &[T], random: &mut Random) -> T {
    from[random.below(from.len())]
}

/// The word with a number: two syllables, different for every number.
fn word(number: usize) -> String {
    const ONSETS: [&str; 16] =
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "st"];
    const RHYMES: [&str; 8] = ["a", "e", "i", "o", "u", "an", "ar", "il"];
    // Multiplying by an odd number visits all numbers, so that neighbouring words do not look
    // alike.
    let mixed = number.wrapping_mul(6_007) % WORDS;
    let syllable = |digits: usize| [ONSETS[digits / 8 % 16], RHYMES[digits % 8]].concat();
    syllable(mixed / 128) + &syllable(mixed % 128)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_another_one_and_frequent_ones_are_drawn_more_often() {
        let words = Words::new();
        let distinct: BTreeSet<&String> = words.all.iter().collect();
        assert_eq!(distinct.len(), WORDS - REAL.len());
        let mut random = Random::new(1);
        let drawn: Vec<String> = (0..20_000).map(|_| words.any(&mut random)).collect();
        let often: BTreeSet<&String> = words.all.iter().take(1000).collect();
        let share = drawn.iter().filter(|word| often.contains(word)).count();
        assert!((9_000..13_500).contains(&share), "{share} of 20,000 are the first 1,000 words");
    }
}
