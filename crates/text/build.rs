//! Packs the tables in `words/`.

fn main() {
    dreaming_words::build();
}
