//! Objects in S3, Google Cloud Storage and Azure, and in what speaks like them. Tries again are the crate's.

use std::error::Error as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientConfigKey, Error, ObjectStore, ObjectStoreExt as _, RetryConfig};
use url::Url;

use super::{ObjectsError, Result};

/// Time for one request. Chosen by us: the largest transcript takes as long on a line of three megabits a second.
const LIMIT: &str = "90 seconds";

/// How often a request is made again, and until when. Chosen by us: a store that is busy for some seconds disturbs nobody,
/// and a client that waits for its upload is told soon to send it again.
const RETRIES: usize = 6;
const RETRIED: Duration = Duration::from_secs(60);

/// Letters of a reason, at most. Chosen by us: a line.
const REASON: usize = 200;

/// The store that an address names, with the credentials of the environment.
///
/// # Errors
/// [`ObjectsError::Refused`] when these are missing or cannot be read.
pub fn of(url: &Url, name: &Arc<str>) -> Result<Arc<dyn ObjectStore>> {
    // Whoever chose the cryptography before chose it for all.
    let _ = rustls::crypto::ring::default_provider().install_default();
    opened(url).map_err(|error| ObjectsError::Refused(Arc::clone(name), reason(&error)))
}

fn opened(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    let retry =
        RetryConfig { max_retries: RETRIES, retry_timeout: RETRIED, ..RetryConfig::default() };
    let limit = ClientConfigKey::Timeout;
    let store: Arc<dyn ObjectStore> = match url.scheme() {
        "gs" => {
            let builder = GoogleCloudStorageBuilder::from_env().with_url(url.as_str());
            let builder = builder.with_config(GoogleConfigKey::Client(limit), LIMIT);
            Arc::new(builder.with_retry(retry).build()?)
        }
        "az" => {
            let builder = MicrosoftAzureBuilder::from_env().with_url(url.as_str());
            let builder = builder.with_config(AzureConfigKey::Client(limit), LIMIT);
            Arc::new(builder.with_retry(retry).build()?)
        }
        _ => {
            let builder = AmazonS3Builder::from_env().with_url(url.as_str());
            let builder = builder.with_config(AmazonS3ConfigKey::Client(limit), LIMIT);
            Arc::new(builder.with_retry(retry).build()?)
        }
    };
    let prefix = Path::from_url_path(url.path())?;
    Ok(match prefix.as_ref() {
        "" => store,
        _ => Arc::new(PrefixStore::new(store, prefix)),
    })
}

/// Writes an object with one request, so that nothing is left of a broken one.
pub async fn put(store: &dyn ObjectStore, name: &Arc<str>, key: &str, bytes: Bytes) -> Result<()> {
    let put = store.put(&path(name, key)?, bytes.into()).await;
    put.map(|_| ()).map_err(|error| match error {
        Error::NotFound { .. } => ObjectsError::Refused(Arc::clone(name), reason(&error)),
        error => failed(name, key, &error),
    })
}

/// Bytes of an object.
pub async fn read(
    store: &dyn ObjectStore,
    name: &Arc<str>,
    key: &str,
    range: Range<u64>,
) -> Result<Vec<u8>> {
    let read = store.get_range(&path(name, key)?, range).await;
    read.map(|bytes| bytes.to_vec()).map_err(|error| failed(name, key, &error))
}

/// Deletes an object, if it is there.
pub async fn delete(store: &dyn ObjectStore, name: &Arc<str>, key: &str) -> Result<()> {
    match store.delete(&path(name, key)?).await {
        Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(failed(name, key, &error)),
    }
}

fn path(name: &Arc<str>, key: &str) -> Result<Path> {
    Path::parse(key).map_err(|error| failed(name, key, &error.into()))
}

fn failed(name: &Arc<str>, key: &str, error: &Error) -> ObjectsError {
    let name = Arc::clone(name);
    match error {
        Error::NotFound { .. } => ObjectsError::Missing(name, key.into()),
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            ObjectsError::Refused(name, reason(error))
        }
        error => ObjectsError::Unanswered(name, reason(error)),
    }
}

/// The innermost reason of a failure, or the code that the store gave. Its whole answer may repeat the id of a key, and
/// addresses may be signed.
fn reason(error: &Error) -> String {
    let whole = error.to_string();
    let code = whole.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    if let Some((code, _)) = code {
        return code.chars().take(REASON).collect();
    }
    let mut inner = error.source();
    while let Some(deeper) = inner.and_then(|error| error.source()) {
        inner = Some(deeper);
    }
    let inner = inner.map_or(whole, ToString::to_string);
    inner.chars().take(REASON).collect()
}
