//! The tables of the folder `words/`, as the build packs them.

include!(concat!(env!("OUT_DIR"), "/words.rs"));
