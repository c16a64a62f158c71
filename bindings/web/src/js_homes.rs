//! Folders of small files, of the interface `homes` of `wit/`.

use dreaming::home;
use dreaming::interface::{self, EngineError};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{self, Crossing, raise};
use crate::js_chain::RawSnapshot;
use crate::results;

/// A store as a folder of small files; `form` is JSON of `Form`, `files` of an array of `HomeFile`.
#[wasm_bindgen(js_name = renderFiles)]
pub fn render_files(
    store: &RawSnapshot,
    form: &[u8],
    files: &[u8],
    principal: Option<Vec<u8>>,
) -> Crossing<JsValue> {
    let (form, files) = folder(form, files)?;
    let principal = principal.as_deref().map(|name| cross::text("principal", name)).transpose()?;
    let made = interface::render_files(&store.0, &form, &files, principal).map_err(raise)?;
    cross::object(&Folder::from(made))
}

/// What people changed in such files.
#[wasm_bindgen(js_name = readFiles)]
pub fn read_files(store: &RawSnapshot, form: &[u8], files: &[u8]) -> Crossing<JsValue> {
    let (form, files) = folder(form, files)?;
    let edits = interface::read_files(&store.0, &form, &files).map_err(raise)?;
    cross::object(&results::Edits::from(edits))
}

fn folder(form: &[u8], files: &[u8]) -> Crossing<(home::Form, Vec<home::HomeFile>)> {
    let form: Form = cross::read("form", form, EngineError::InvalidRequest)?;
    let files: Vec<HomeFile> = cross::read("files", files, EngineError::InvalidRequest)?;
    let file = |HomeFile { path, text }| home::HomeFile { path, text };
    Ok((form.into(), files.into_iter().map(file).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    file: String,
    #[serde(default)]
    head: String,
    name: u64,
    description: u64,
    bytes: Option<u64>,
    files: Option<u64>,
    #[serde(default)]
    proven_workflows: bool,
    index: Option<IndexForm>,
}

#[derive(Deserialize)]
struct IndexForm {
    path: String,
    bytes: Option<u64>,
    lines: Option<u64>,
}

impl From<Form> for home::Form {
    fn from(form: Form) -> Self {
        let Form { file, head, name, description, bytes, files, proven_workflows, index } = form;
        let index = index.map(|IndexForm { path, bytes, lines }| home::IndexForm {
            path,
            room: home::Room { bytes, lines },
        });
        Self { file, head, name, description, bytes, files, proven_workflows, index }
    }
}

#[derive(Serialize, Deserialize)]
struct HomeFile {
    path: String,
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    files: Vec<HomeFile>,
    remove: Vec<String>,
    entries: u64,
    left_out: Vec<LeftOutEntry>,
}

#[derive(Serialize)]
struct LeftOutEntry {
    path: String,
    text: String,
    reason: &'static str,
}

impl From<home::Folder> for Folder {
    fn from(made: home::Folder) -> Self {
        let home::Folder { files, remove, entries, left_out } = made;
        let file = |home::HomeFile { path, text }| HomeFile { path, text };
        let left_out =
            left_out.into_iter().map(|home::LeftOutEntry { path, text, reason }| LeftOutEntry {
                path: path.into(),
                text,
                reason: match reason {
                    home::LeftOutReason::Size => "size",
                    home::LeftOutReason::Count => "count",
                    home::LeftOutReason::Index => "index",
                    home::LeftOutReason::Unproven => "unproven",
                },
            });
        let files = files.into_iter().map(file).collect();
        Self { files, remove, entries, left_out: left_out.collect() }
    }
}
