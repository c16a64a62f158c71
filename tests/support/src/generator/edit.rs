//! Edits that keep what a text says.

use super::templates::{ADVERBS, FILLERS, KINDS, OPENINGS, SMALL, SYNONYMS, Slot};
use super::words::{Words, pick};
use crate::random::Random;

/// A word of a sentence with its punctuation.
#[derive(Clone, Debug)]
pub(super) struct Token {
    text: String,
    /// Whether it belongs to a name or a value, which no edit changes.
    kept: bool,
}

pub(super) type Sentence = Vec<Token>;

fn tokens(text: &str, kept: bool) -> impl Iterator<Item = Token> {
    text.split(' ').map(move |text| Token { text: text.to_owned(), kept })
}

/// The sentence that states a fact.
pub(super) fn head(kind: usize, phrasing: usize, subject: &str, value: &str) -> Sentence {
    let place = |piece: &str| {
        let kept = piece.contains("{s}") || piece.contains("{v}");
        let text = piece.replace("{s}", subject).replace("{v}", value);
        tokens(&text, kept).collect::<Sentence>()
    };
    KINDS[kind].phrasings[phrasing].split(' ').flat_map(place).collect()
}

/// A filler sentence around a fact.
pub(super) fn filler(words: &Words, random: &mut Random) -> Sentence {
    let mut sentence = Sentence::new();
    for piece in pick(&FILLERS, random).split(' ') {
        let place = piece.split_once('{').and_then(|(before, rest)| {
            let (name, after) = rest.split_once('}')?;
            Some((before, Slot::named(name), after))
        });
        match place {
            None => sentence.extend(tokens(piece, false)),
            Some((before, slot, after)) => {
                let text = [before, &words.fill(slot, random), after].concat();
                sentence.extend(tokens(&text, slot != Slot::Word));
            }
        }
    }
    sentence
}

pub(super) fn render(sentences: &[Sentence]) -> String {
    let words: Vec<&str> = sentences.iter().flatten().map(|token| token.text.as_str()).collect();
    words.join(" ")
}

/// Changes 2 to 14 % of the words, but never a name or a value.
pub(super) fn near_edit(
    sentences: &[Sentence],
    words: &Words,
    random: &mut Random,
) -> Vec<Sentence> {
    let mut sentences = sentences.to_vec();
    let total: usize = sentences.iter().map(Vec::len).sum();
    let mut left = (total as f64 * (0.02 + 0.12 * random.unit())).max(1.0).floor();
    while left > 0.0 {
        let which = random.unit();
        let (row, rows) = (random.below(sentences.len()), sentences.len());
        let sentence = &mut sentences[row];
        let at = random.below(sentence.len());
        let Some(token) = sentence.get(at).filter(|token| !token.kept) else {
            left -= 0.2;
            continue;
        };
        let bare = token.text.trim_matches(['.', ',', ';', ':']).to_owned();
        let small = SMALL.contains(&bare.to_lowercase().as_str());
        if which < 0.45 {
            let new = synonym(&bare.to_lowercase()).unwrap_or_else(|| words.any(random));
            let text = token.text.replace(&bare, &new);
            sentence[at] = Token { text, kept: false };
            left -= 1.0;
        } else if which < 0.70 && sentence.len() > 5 && (small || random.chance(0.3)) {
            sentence.remove(at);
            left -= 1.0;
        } else if which < 0.85 {
            let text =
                if random.chance(0.5) { words.any(random) } else { pick(&ADVERBS, random).into() };
            sentence.insert(at, Token { text, kept: false });
            left -= 1.0;
        } else if which < 0.92 && rows > 2 {
            let (a, b) = (1 + random.below(rows - 1), 1 + random.below(rows - 1));
            sentences.swap(a, b);
            left -= 2.0;
        } else if which < 0.96 {
            sentences.insert(0, tokens(pick(&OPENINGS, random), false).collect());
            left -= 2.0;
        } else {
            left -= 0.5;
        }
    }
    sentences
}

fn synonym(word: &str) -> Option<String> {
    let other = |(a, b): &(&str, &str)| match word {
        _ if word == *a => Some((*b).to_owned()),
        _ if word == *b => Some((*a).to_owned()),
        _ => None,
    };
    SYNONYMS.iter().find_map(other)
}

/// The same words in another case, spacing or punctuation.
pub(super) fn format_edit(text: &str, random: &mut Random) -> String {
    match random.unit() {
        which if which < 0.3 => text.to_lowercase(),
        which if which < 0.5 => text.trim_end_matches('.').to_owned(),
        which if which < 0.7 => text.replace(", ", " ").replace(". ", ".  "),
        which if which < 0.85 => format!("- {text}"),
        _ if random.chance(0.3) => text.to_uppercase(),
        _ => format!("  {}\n", text.replacen(' ', "  ", 3)),
    }
}

/// Another sentence for the fact, with two thirds of the filler replaced.
pub(super) fn paraphrase(
    head: Sentence,
    body: &[Sentence],
    words: &Words,
    random: &mut Random,
) -> Vec<Sentence> {
    let mut sentences = vec![head];
    for sentence in body {
        match random.chance(0.35) {
            true => sentences.extend(near_edit(std::slice::from_ref(sentence), words, random)),
            false => sentences.push(filler(words, random)),
        }
    }
    sentences
}
