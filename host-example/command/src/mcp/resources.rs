//! The memories as resources: each file of the folder that is a memory, by its path.

use std::path::Path;

use rmcp::model::{ListResourcesResult, ReadResourceResult, Resource, ResourceContents};

use crate::error::{Error, Result};
use crate::folder::{FileMemory, Folder};

/// What stands before the path of a memory in its address.
const SCHEME: &str = "memory:///";

const MARKDOWN: &str = "text/markdown";

/// The address of a memory. Clients read it as a URI, and many write it anew: a blank or a letter beyond ASCII comes back as
/// `%20` and the like (RFC 3986).
fn address(path: &str) -> String {
    let mut address = SCHEME.to_owned();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => address.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => address.push(char::from(byte)),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// All memories of a folder.
///
/// # Errors
/// Those of reading the folder.
pub fn list(memory: &Path) -> Result<ListResourcesResult> {
    let memories = Folder::open(memory)?.read()?.memories.into_iter();
    let resource = |path: &str, text: &str| {
        Resource::new(address(path), path).with_mime_type(MARKDOWN).with_size(text.len() as u64)
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
    let is_meant = |memory: &FileMemory| memory.path == path || address(&memory.path) == uri;
    let found = memories.into_iter().find(is_meant).ok_or_else(none)?;
    let contents = ResourceContents::text(found.text, uri).with_mime_type(MARKDOWN);
    Ok(ReadResourceResult::new(vec![contents]))
}
