//! The memories as resources: each file of the folder that is a memory, by its path.

use std::path::Path;

use rmcp::model::{ListResourcesResult, ReadResourceResult, Resource, ResourceContents};

use crate::error::{Error, Result};
use crate::folder::Folder;

/// What stands before the path of a memory in its address.
const SCHEME: &str = "memory:///";

const MARKDOWN: &str = "text/markdown";

/// All memories of a folder.
///
/// # Errors
/// Those of reading the folder.
pub fn list(memory: &Path) -> Result<ListResourcesResult> {
    let memories = Folder::open(memory)?.read()?.memories.into_iter();
    let resource = |path: &str, text: &str| {
        Resource::new(format!("{SCHEME}{path}"), path)
            .with_mime_type(MARKDOWN)
            .with_size(text.len() as u64)
    };
    let resources = memories.map(|memory| resource(&memory.path, &memory.text)).collect();
    Ok(ListResourcesResult::with_all_items(resources))
}

/// The text of a memory.
///
/// # Errors
/// [`Error::Usage`] for an address that no memory has; those of reading the folder.
pub fn read(memory: &Path, uri: &str) -> Result<ReadResourceResult> {
    let none = || Error::Usage(format!("no memory has the address {uri}"));
    let path = uri.strip_prefix(SCHEME).ok_or_else(none)?;
    let memories = Folder::open(memory)?.read()?.memories;
    let found = memories.into_iter().find(|memory| memory.path == path).ok_or_else(none)?;
    let contents = ResourceContents::text(found.text, uri).with_mime_type(MARKDOWN);
    Ok(ReadResourceResult::new(vec![contents]))
}
