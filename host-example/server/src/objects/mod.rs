//! Transcripts outside of the database: in a folder, or in an object store of a cloud. An object is written once under a
//! key of its own, read in pages, and deleted.

#[cfg(feature = "clouds")]
mod cloud;
mod folder;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use tokio::task::spawn_blocking;
use url::Url;

/// What `--transcripts` takes.
const FORMS: &str =
    "name file:///FOLDER, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX";

/// Why an object was not written, read or deleted, or the place of objects cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// What `--transcripts` says is no place.
    #[error("`--transcripts` {0}")]
    Address(String),
    /// A place that a build without the feature `clouds` does not reach.
    #[error(
        "this build of the server reaches no `{0}://`: build with --features clouds, or name file:///FOLDER"
    )]
    NoClouds(String),
    /// The place took an object and gave another one back.
    #[error("{0} gives back other bytes than it was given")]
    Broken(Arc<str>),
    /// The place has no such object.
    #[error("it is not in {0} any more (object `{1}`): put the object back, or delete the session")]
    Missing(Arc<str>, String),
    /// The object is shorter than it was.
    #[error("it has fewer bytes in {0} than were stored (object `{1}`)")]
    Short(Arc<str>, String),
    /// The place does not let this server in, and why.
    #[error("{0} refuses this server: {1}")]
    Refused(Arc<str>, String),
    /// The place could not be reached, also not when it was tried again; and why.
    #[error("{0} did not answer: {1}")]
    Unanswered(Arc<str>, String),
    /// The file system failed.
    #[error("{0}: {1}")]
    Io(Arc<str>, std::io::Error),
    /// The object lies in another place than this server writes to.
    #[error("it lies in {0}: start the server with `--transcripts {0}`")]
    Elsewhere(String),
    /// The object was deleted before its row was written, because that took too long.
    #[error("it took too long to store it: send it again")]
    TooLate,
    /// The machine has no random numbers.
    #[error("this machine has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

/// The result of what is done with objects.
pub type Result<T> = std::result::Result<T, ObjectsError>;

/// A place for objects. A clone is the same one.
#[derive(Clone)]
pub struct Objects {
    /// Its address, as rows of the database name it.
    name: Arc<str>,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Folder(Arc<Path>),
    #[cfg(feature = "clouds")]
    Cloud(Arc<dyn object_store::ObjectStore>),
}

impl fmt::Debug for Objects {
    /// Without what the place knows of credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Objects").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Objects {
    /// The place that an address names. Credentials for clouds come from the environment.
    ///
    /// # Errors
    /// [`ObjectsError::Address`], and [`ObjectsError::NoClouds`].
    pub fn of(address: &str) -> Result<Self> {
        let wrong = |why: &str| Err(ObjectsError::Address(why.into()));
        // What cannot be read may hold a password, too, so it is not shown.
        let Ok(url) = Url::parse(address) else { return wrong(&format!("must {FORMS}")) };
        if !url.username().is_empty() || url.password().is_some() {
            return wrong(
                "takes no credentials: put them into the environment (AWS_…, GOOGLE_…, AZURE_…)",
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("takes nothing behind `?` or `#`");
        }
        let name = url.as_str().trim_end_matches('/').into();
        let place = match url.scheme() {
            "file" => match url.to_file_path() {
                Ok(folder) if folder.parent().is_some() => Place::Folder(folder.into()),
                _ => return wrong("must name a folder with its whole path: file:///FOLDER"),
            },
            "s3" | "gs" | "az" if url.host_str().is_none_or(str::is_empty) => {
                return wrong(&format!("names no bucket; it must {FORMS}"));
            }
            #[cfg(feature = "clouds")]
            "s3" | "gs" | "az" => Place::Cloud(cloud::of(&url, &name)?),
            #[cfg(not(feature = "clouds"))]
            scheme @ ("s3" | "gs" | "az") => return Err(ObjectsError::NoClouds(scheme.into())),
            scheme => return wrong(&format!("knows no `{scheme}:`; it must {FORMS}")),
        };
        Ok(Self { name, place })
    }

    /// Its address.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tries whether the place can be used: writes, reads and deletes a tiny object.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn check(&self) -> Result<()> {
        const TRIED: &[u8] = b"dreaming-server tries whether it can write here";
        let key = format!("tried/{}", random()?);
        self.put(&key, Bytes::from_static(TRIED)).await?;
        let end = TRIED.len() as u64;
        let read = self.read(&key, 1..end).await;
        self.delete(&key).await?;
        match read?[..] == TRIED[1..] {
            true => Ok(()),
            false => Err(ObjectsError::Broken(Arc::clone(&self.name))),
        }
    }

    /// Writes an object, all of it or nothing.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, key) = (Arc::clone(folder), key.to_owned());
                self.blocking(move || folder::put(&folder, &key, &bytes)).await?.map_err(self.io())
            }
            #[cfg(feature = "clouds")]
            Place::Cloud(store) => cloud::put(&**store, &self.name, key, bytes).await,
        }
    }

    /// Bytes of an object: all that were asked for.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let wanted = range.end - range.start;
        let read = match &self.place {
            Place::Folder(folder) => {
                let (folder, key) = (Arc::clone(folder), key.to_owned());
                let name = key.clone();
                let read = self.blocking(move || folder::read(&folder, &key, range)).await?;
                let missing = || ObjectsError::Missing(Arc::clone(&self.name), name);
                read.map_err(self.io())?.ok_or_else(missing)?
            }
            #[cfg(feature = "clouds")]
            Place::Cloud(store) => cloud::read(&**store, &self.name, key, range).await?,
        };
        match read.len() as u64 == wanted {
            true => Ok(read),
            false => Err(ObjectsError::Short(Arc::clone(&self.name), key.into())),
        }
    }

    /// Deletes an object, if it is there.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn delete(&self, key: &str) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, key) = (Arc::clone(folder), key.to_owned());
                self.blocking(move || folder::delete(&folder, &key)).await?.map_err(self.io())
            }
            #[cfg(feature = "clouds")]
            Place::Cloud(store) => cloud::delete(&**store, &self.name, key).await,
        }
    }

    fn io(&self) -> impl Fn(std::io::Error) -> ObjectsError {
        move |error| ObjectsError::Io(Arc::clone(&self.name), error)
    }

    /// Works with files off the threads that answer requests.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        spawn_blocking(work).await.map_err(|error| self.io()(std::io::Error::other(error)))
    }
}

/// 32 hexadecimal digits that nobody had before.
///
/// # Errors
/// When the machine has no random numbers.
pub fn random() -> std::result::Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused_and_no_password_is_shown() {
        for (address, says) in [
            ("", "must name file:///FOLDER"),
            ("folder", "must name file:///FOLDER"),
            ("file://folder", "whole path"),
            ("file:///", "whole path"),
            ("ftp://host/folder", "knows no `ftp:`"),
            ("s3:///prefix", "names no bucket"),
            ("s3://name:secret@bucket/prefix", "takes no credentials"),
            ("s3://bucket/prefix?secret=1", "behind `?`"),
        ] {
            let why = Objects::of(address).unwrap_err().to_string();
            assert!(why.contains(says) && !why.contains("secret@"), "{address}: {why}");
        }
        let name = |address: &str| Objects::of(address).unwrap().name().to_owned();
        assert_eq!(name("file:///srv/a/../transcripts/"), "file:///srv/transcripts");
        #[cfg(not(feature = "clouds"))]
        for address in ["s3://bucket/prefix", "gs://bucket", "az://container/prefix"] {
            let why = Objects::of(address).unwrap_err().to_string();
            assert!(why.contains("build with --features clouds"), "{address}: {why}");
        }
    }
}
