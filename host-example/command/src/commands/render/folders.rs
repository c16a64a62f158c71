//! The homes that are folders of small files: what they hold, and how they are written.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use dreaming_wasmtime::{Contents, EngineError, Error as JobError, Folder, Form, HomeFile, Job};

use super::Render;
use super::files::{MAX_FILE, real};
use crate::commands::Place;
use crate::commands::init::files as whole;
use crate::component;
use crate::error::{Error, Result};
use crate::homes::forms::{self, SmallFiles};
use crate::homes::instructions::MARK;
use crate::output::{self, text};

/// A folder of small files.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its name, as people type it.
    pub name: &'static str,
    /// What is written there.
    pub title: &'static str,
    /// The folder, with links resolved.
    pub folder: PathBuf,
    /// How it wants its files.
    pub form: Form,
    /// The files that it holds. Those that cannot be ours have no text, but for the index.
    pub there: Vec<HomeFile>,
}

/// What becomes of a home.
#[derive(Clone, Debug)]
pub struct Written {
    /// The home.
    pub home: Home,
    /// What it should hold.
    pub made: Folder,
    /// The files that change.
    pub files: Vec<whole::File>,
    /// The files that go, with their texts.
    pub gone: Vec<(PathBuf, String)>,
}

impl Home {
    /// The error of the engine for this home.
    pub fn refused(&self, error: JobError) -> Error {
        match error {
            JobError::Engine(EngineError::InvalidDocument(invalid)) => {
                let path = self.folder.join(&invalid.what);
                Error::Usage(format!(
                    "{}: {}",
                    text::one_line(&path.display().to_string()),
                    invalid.why
                ))
            }
            other => component::refused(other),
        }
    }

    /// What it should hold; with `form`, in another form.
    pub fn rendered(
        self,
        job: &mut Job,
        contents: &Contents,
        form: &Form,
        args: &Render,
    ) -> Result<Written> {
        let store = job.snapshot(contents).map_err(component::refused)?;
        let made = job.render_files(&store, form, &self.there, args.principal.as_deref());
        let made = made.map_err(|error| self.refused(error))?;
        let before = |path: &str| self.there.iter().find(|file| file.path == path);
        let files = made.files.iter().map(|file| whole::File {
            path: self.folder.join(&file.path),
            before: before(&file.path).map(|file| file.text.clone()),
            after: file.text.clone(),
        });
        let files = files.filter(whole::File::changes).collect();
        let gone = made.remove.iter().filter_map(|path| {
            before(path).map(|file| (self.folder.join(path), file.text.clone()))
        });
        let gone = gone.collect();
        Ok(Written { home: self, made, files, gone })
    }
}

impl Written {
    /// Whether anything changes.
    pub fn changes(&self) -> bool {
        !self.files.is_empty() || !self.gone.is_empty()
    }
}

/// The same form for no files.
pub fn none(form: &Form) -> Form {
    Form { files: Some(0), ..form.clone() }
}

/// The homes that the command line names; when it names none, and no file, those in which this
/// memory has files.
pub fn homes(
    place: &Place,
    root: &Path,
    job: &mut Job,
    contents: &Contents,
    args: &Render,
) -> Result<Vec<Home>> {
    let is_asked = !args.files.is_empty() || !args.agents.is_empty();
    let mut homes = Vec::new();
    for (name, row) in forms::all() {
        if is_asked && !args.agents.contains(name) {
            continue;
        }
        let home = match open(name, row, root, place) {
            Err(error) if !is_asked => {
                if row.place(root).is_ok_and(|folder| folder.symlink_metadata().is_ok()) {
                    output::note(&format!("{name} is left out: {error}"));
                }
                continue;
            }
            home => home?,
        };
        if is_asked {
            homes.push(home);
        } else if home.there.iter().any(|file| file.text.contains(MARK)) {
            let form = none(&home.form);
            match home.clone().rendered(job, contents, &form, args) {
                Ok(written) if written.changes() => homes.push(home),
                Ok(_) => {}
                Err(error) => output::note(&format!("{name} is left out: {error}")),
            }
        }
    }
    Ok(homes)
}

/// A home with the files that it holds.
///
/// # Errors
/// [`Error::Usage`] for one that leads elsewhere or is the memory itself, [`Error::Io`].
pub fn open(
    name: &'static str,
    row: &'static SmallFiles,
    root: &Path,
    place: &Place,
) -> Result<Home> {
    let folder = real(&row.place(root)?)?;
    let shown = text::one_line(&folder.display().to_string());
    if row.is_of_project() && !folder.starts_with(root) {
        let why = "is behind a link that leads out of the project: take the link away";
        return Err(Error::Usage(format!("{shown} {why}")));
    }
    if folder.starts_with(place.folder.root()) {
        return Err(Error::Usage(format!(
            "{name}: {shown} is this memory itself, which its agent reads already, or lies in it; `render` is for a \
             memory that lies elsewhere"
        )));
    }
    let form = row.form(root);
    let parts: Vec<&str> = form.file.split('/').collect();
    let mut there = Vec::new();
    collect(&folder, "", &parts, &mut there)?;
    if let Some(index) = &form.index {
        there.retain(|file| file.path != index.path);
        let path = folder.join(&index.path);
        if path.is_symlink() {
            let shown = text::one_line(&path.display().to_string());
            return Err(Error::Usage(format!("{shown} is a link, and is not followed")));
        }
        let text = whole::read(&path, MAX_FILE)?;
        there.extend(text.map(|text| HomeFile { path: index.path.clone(), text }));
    }
    Ok(Home { name, title: &row.title, folder, form, there })
}

/// The files below a folder whose paths these parts can give. Links are not followed.
fn collect(folder: &Path, above: &str, parts: &[&str], found: &mut Vec<HomeFile>) -> Result<()> {
    let Some((part, rest)) = parts.split_first() else { return Ok(()) };
    let mut names: Vec<String> = match part.contains('{') {
        false => vec![(*part).to_owned()],
        true => match fs::read_dir(folder) {
            // A name that is not UTF-8 is none of ours.
            Ok(all) => all.filter_map(|item| item.ok()?.file_name().into_string().ok()).collect(),
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(());
            }
            Err(error) => return Err(Error::io("read", folder)(error)),
        },
    };
    let end = part.rsplit('}').next().unwrap_or_default();
    names.retain(|name| name.ends_with(end));
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let Ok(meta) = path.symlink_metadata() else { continue };
        let below = format!("{above}{name}");
        if !rest.is_empty() && meta.is_dir() {
            collect(&path, &format!("{below}/"), rest, found)?;
            continue;
        }
        // What is no text has none here: it is not ours, and in the way of a file of that name.
        let is_text = rest.is_empty() && meta.is_file() && meta.len() <= MAX_FILE;
        let text = if is_text { fs::read_to_string(&path).ok() } else { None };
        let text = text.filter(|text| text.contains(MARK)).unwrap_or_default();
        let path = [&[&*below], rest].concat().join("/");
        found.push(HomeFile { path, text });
    }
    Ok(())
}

/// Fails when somebody changed a file that is to go.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Io`].
pub fn check_gone(homes: &[Written]) -> Result<()> {
    for (path, text) in homes.iter().flat_map(|home| &home.gone) {
        if whole::read(path, MAX_FILE)?.as_ref() != Some(text) {
            return Err(Error::Conflict(format!("{} was changed meanwhile", path.display())));
        }
    }
    Ok(())
}

/// Takes the files out that are to go, and the folder of each where it had one of its own.
///
/// # Errors
/// [`Error::Io`].
pub fn take_out(homes: &[Written]) -> Result<()> {
    for home in homes {
        for (path, _) in &home.gone {
            fs::remove_file(path).map_err(Error::io("remove", path))?;
            if let Some(above) = path.parent().filter(|above| *above != home.home.folder) {
                // It stays when somebody has put something else there.
                let _ = fs::remove_dir(above);
            }
        }
    }
    Ok(())
}
