//! Any text as a memory: it is read, and edits leave alone what they do not name.

#![no_main]

use dreaming::markdown::pieces;
use dreaming::render::{Edit, Opening, edit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let before = pieces(text);
    for piece in &before {
        assert!(text.get(piece.range.clone()).is_some() && text.get(piece.text_range.clone()).is_some());
    }
    assert_eq!(edit(text, &Opening::default(), &[]).as_deref(), Some(text));
    let step = usize::from(choice % 7) + 1;
    let named: Vec<_> = before.iter().step_by(step).collect();
    let removes = choice & 8 != 0;
    let mut edits: Vec<Edit> = named
        .iter()
        .map(|piece| match removes {
            true => Edit::Remove { range: piece.range.clone() },
            false => Edit::Replace {
                range: piece.text_range.clone(),
                text: "Something new stands here.".into(),
            },
        })
        .collect();
    let appends = choice & 16 != 0;
    if appends {
        edits.push(Edit::Append { text: "Something more stands here.".into() });
    }
    let Some(after) = edit(text, &Opening::default(), &edits) else { return };
    let mut kept = Vec::new();
    let mut from = 0;
    for piece in &named {
        let range = if removes { &piece.range } else { &piece.text_range };
        kept.push(&text[from..range.start]);
        from = range.end;
    }
    kept.push(&text[from..]);
    // An addition stands before the blank lines at the end of its list: then each line stays, whether
    // `\n` ends it or `\r`.
    if appends {
        kept = kept.iter().flat_map(|part| part.split_inclusive(['\n', '\r'])).collect();
    }
    let mut left = after.as_str();
    for part in kept {
        let at = left.find(part).expect("bytes that no edit names stay, in order");
        left = &left[at + part.len()..];
    }
    let expected = before.len() - if removes { named.len() } else { 0 } + usize::from(appends);
    assert_eq!(pieces(&after).len(), expected);
});
