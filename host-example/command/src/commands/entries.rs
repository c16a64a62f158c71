//! Lists the entries of a store in a few large pages.

use dreaming_wasmtime::{Entry, Job, Snapshot};

use crate::component;
use crate::error::Result;

/// Entries of the first page. Chosen by us: those of a thousand files, some 20 MB. The engine reads
/// the whole store for each page. So each page is twice as long as the one before it, which keeps
/// the work from growing with the square of the store.
const FIRST: u32 = 16_384;

/// Gives all entries of `store` to `take`, page after page, in the order of path and line.
///
/// # Errors
/// [`crate::error::Error::Engine`], and those of `take`.
pub fn each(
    job: &mut Job,
    store: &Snapshot,
    mut take: impl FnMut(&mut Job, Vec<Entry>) -> Result<()>,
) -> Result<()> {
    let (mut offset, mut most) = (0, FIRST);
    loop {
        let page = job.entries(store, offset, most).map_err(component::refused)?;
        let length = u32::try_from(page.len()).unwrap_or(u32::MAX);
        take(job, page)?;
        if length < most {
            return Ok(());
        }
        (offset, most) = (offset.saturating_add(length), most.saturating_mul(2));
    }
}

#[cfg(test)]
mod tests {
    use dreaming_wasmtime::{Contents, Memory};

    use super::*;

    #[test]
    fn all_entries_of_a_store_cost_little_more_than_reading_it_once() {
        let memory = |file: usize| {
            let text = (0..20).map(|n| format!("- Lamp {n} of shelf {file} is blue.\n"));
            Memory { path: format!("{file:04}.md"), text: text.collect(), observed_at: None }
        };
        let memories = (0..200).map(memory).collect();
        let contents = Contents { memories, ..Contents::default() };
        let cache = tempfile::tempdir().unwrap();
        let mut job = component::load(cache.path()).unwrap().job().unwrap();
        let store = job.snapshot(&contents).unwrap();
        let mut used = |work: &mut dyn FnMut(&mut Job)| {
            let before = job.fuel_used().unwrap();
            work(&mut job);
            job.fuel_used().unwrap() - before
        };
        let once = used(&mut |job| drop(job.entries(&store, 0, 1)));
        let mut found = Vec::new();
        let all = used(&mut |job| {
            each(job, &store, |_, page| {
                found.extend(page.into_iter().map(|entry| (entry.path, entry.line)));
                Ok(())
            })
            .unwrap();
        });
        assert!(found.len() == 4_000 && found.is_sorted(), "{}", found.len());
        assert!(all < 2 * once, "{all} of {once}");
    }
}
