//! Where sealed objects are kept: a folder, or a bucket of an S3 service.
//!
//! An object appears under its name whole or not at all. In a folder it is written aside under
//! the name with `.part`, made durable, and renamed; a bucket shows an upload only when it is
//! complete.

use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, RetryConfig, WriteMultipart,
};
use serde::Deserialize;

use crate::error::Error;
use crate::limits::{
    PART_BYTES, PARTS_IN_FLIGHT_MAX, PUT_BYTES_MAX, RETRIES_MAX, RETRY_TIME_MAX, SECRET_BYTES_MAX,
    STORE_BYTES_MAX,
};

/// What a log's objects are kept in when nothing else is said, beside the log's folder.
const DEFAULT_FOLDER: &str = "lake";

/// What the name of an object that is being written ends with.
const PART: &str = ".part";

/// The store of one log's objects.
#[derive(Clone)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// For people: never holds a secret.
    address: String,
    /// The folder, when it is one.
    root: Option<PathBuf>,
}

/// The argument of `--store`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    url: String,
    endpoint: Option<String>,
    region: Option<String>,
    access_key_id_file: Option<PathBuf>,
    secret_access_key_file: Option<PathBuf>,
    #[serde(default)]
    allow_http: bool,
}

impl Store {
    /// Opens the store that `description` (JSON) names, or the folder beside the log.
    pub(crate) fn open(description: Option<&str>, log: &Path) -> Result<Self, Error> {
        let Some(text) = description else {
            return Self::folder(&log.parent().unwrap_or(log).join(DEFAULT_FOLDER));
        };
        if text.len() > STORE_BYTES_MAX {
            return Err(unusable("its description is too long"));
        }
        let description: Description = serde_json::from_str(text)
            .map_err(|cause| unusable(format!("its description is not as documented: {cause}")))?;
        if let Some(path) = description.url.strip_prefix("file://") {
            let path = Path::new(path);
            if !path.is_absolute() {
                return Err(unusable("give an absolute path, as in `file:///srv/lake/`"));
            }
            return Self::folder(path);
        }
        if description.url.starts_with("s3://") {
            return Self::bucket(&description);
        }
        Err(unusable(
            "give an address that begins with `file://` or `s3://`",
        ))
    }

    /// A folder, which is made when it is not there.
    pub(crate) fn folder(root: &Path) -> Result<Self, Error> {
        make_folder(root)?;
        let root = root.canonicalize().map_err(Error::io("find", root))?;
        let objects =
            LocalFileSystem::new_with_prefix(&root).map_err(|cause| unusable(cause.to_string()))?;
        Ok(Self {
            objects: Arc::new(objects),
            address: format!("file://{}", root.display()),
            root: Some(root),
        })
    }

    fn bucket(description: &Description) -> Result<Self, Error> {
        let place = description.url.trim_start_matches("s3://");
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let retry = RetryConfig {
            max_retries: RETRIES_MAX,
            retry_timeout: RETRY_TIME_MAX,
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_allow_http(description.allow_http)
            .with_retry(retry);
        if let Some(endpoint) = &description.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &description.region {
            builder = builder.with_region(region);
        }
        if let Some(file) = &description.access_key_id_file {
            builder = builder.with_access_key_id(secret(file)?);
        }
        if let Some(file) = &description.secret_access_key_file {
            builder = builder.with_secret_access_key(secret(file)?);
        }
        let objects = builder
            .build()
            .map_err(|cause| unusable(cause.to_string()))?;
        let prefix = object_store::path::Path::parse(prefix.trim_matches('/'))
            .map_err(|cause| unusable(cause.to_string()))?;
        Ok(Self {
            objects: Arc::new(PrefixStore::new(objects, prefix)),
            address: description.url.clone(),
            root: None,
        })
    }

    /// The objects themselves.
    pub(crate) fn objects(&self) -> &Arc<dyn ObjectStore> {
        &self.objects
    }

    /// The path of an object by its name.
    pub(crate) fn path(&self, name: &str) -> Result<object_store::path::Path, Error> {
        object_store::path::Path::parse(name)
            .map_err(|cause| Error::damaged(name, format!("it has no proper name: {cause}")))
    }

    /// Length of an object; `None` when there is none.
    pub(crate) async fn bytes(&self, name: &str) -> Result<Option<u64>, Error> {
        match self.objects.head(&self.path(name)?).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(self.failure("look for", name, cause)),
        }
    }

    /// The folder for what this machine makes of objects: that of the objects, or, when they are in
    /// a bucket, the one beside the log where they would be without it.
    pub(crate) fn folder_of_this_machine(&self, log: &Path) -> PathBuf {
        let beside = || log.parent().unwrap_or(log).join(DEFAULT_FOLDER);
        self.root.clone().unwrap_or_else(beside)
    }

    /// Where the object `name` is first written to, as a file of this machine.
    pub(crate) fn aside(&self, name: &str, log: &Path) -> Result<PathBuf, Error> {
        let Some(root) = &self.root else {
            return Ok(log.join(format!("sealing{PART}")));
        };
        // INVARIANT: only a checked path is joined, so nothing is written outside of the root.
        let path = root.join(format!("{}{PART}", self.path(name)?));
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        Ok(path)
    }

    /// Brings the file that was written aside into the store; gives the name under which it can be
    /// read back there.
    pub(crate) async fn bring(
        &self,
        aside: &Path,
        name: &str,
        replaces: bool,
    ) -> Result<String, Error> {
        if self.root.is_some() {
            return Ok(format!("{name}{PART}"));
        }
        let path = self.path(name)?;
        let length = fs::metadata(aside).map_err(Error::io("read", aside))?.len();
        if length <= PUT_BYTES_MAX {
            let bytes = fs::read(aside).map_err(Error::io("read", aside))?;
            let mode = if replaces {
                PutMode::Overwrite
            } else {
                PutMode::Create
            };
            self.objects
                .put_opts(&path, PutPayload::from(bytes), PutOptions::from(mode))
                .await
                .map_err(|cause| self.refusal("put", name, cause))?;
        } else {
            self.bring_in_parts(aside, name, &path).await?;
        }
        Ok(name.to_owned())
    }

    /// A bucket has no condition for uploads in parts; that nothing is there was asked before, and
    /// one log is sealed by one process.
    async fn bring_in_parts(
        &self,
        aside: &Path,
        name: &str,
        path: &object_store::path::Path,
    ) -> Result<(), Error> {
        let fail = |cause| self.refusal("put", name, cause);
        let mut file = File::open(aside).map_err(Error::io("read", aside))?;
        let upload = self.objects.put_multipart(path).await.map_err(fail)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        loop {
            let mut part = Vec::with_capacity(PART_BYTES);
            let read = (&mut file)
                .take(u64::try_from(PART_BYTES).unwrap_or(u64::MAX))
                .read_to_end(&mut part)
                .map_err(Error::io("read", aside))?;
            if read == 0 {
                break;
            }
            upload
                .wait_for_capacity(PARTS_IN_FLIGHT_MAX)
                .await
                .map_err(fail)?;
            upload.put(Bytes::from(part));
        }
        upload.finish().await.map_err(fail)?;
        Ok(())
    }

    /// Gives the object its final name and makes that durable.
    ///
    /// After this a crash leaves an object that no manifest names yet: the next seal of the range
    /// finds it, reads it back, and takes it as it is.
    pub(crate) fn publish(&self, aside: &Path, name: &str) -> Result<(), Error> {
        let Some(root) = &self.root else {
            return remove(aside);
        };
        let path = root.join(self.path(name)?.as_ref());
        fs::rename(aside, &path).map_err(Error::io("rename to", &path))?;
        sync_folder(path.parent().unwrap_or(root))
    }

    /// Takes away what was written and does not read back.
    pub(crate) async fn withdraw(&self, aside: &Path, name: &str) -> Result<(), Error> {
        remove(aside)?;
        if self.root.is_none() {
            let gone = self.objects.delete(&self.path(name)?).await;
            gone.map_err(|cause| self.refusal("remove", name, cause))?;
        }
        Ok(())
    }

    /// An object that the manifest names and the store does not hold.
    pub(crate) fn vanished(&self, name: &str) -> Error {
        Error::Vanished {
            object: name.to_owned(),
            store: self.address.clone(),
        }
    }

    /// What reading failed with, told apart from an object that is not there.
    pub(crate) fn failure(
        &self,
        act: &'static str,
        name: &str,
        cause: object_store::Error,
    ) -> Error {
        match cause {
            object_store::Error::NotFound { .. } => self.vanished(name),
            cause => self.refusal(act, name, cause),
        }
    }

    /// What the store failed with: where something is written, what is not there is its bucket.
    fn refusal(&self, act: &'static str, name: &str, cause: object_store::Error) -> Error {
        Error::Store {
            act,
            object: name.to_owned(),
            store: self.address.clone(),
            cause: Box::new(cause),
        }
    }

    /// What reading an object as Parquet failed with: the store, or the object itself.
    pub(crate) fn parquet_failure(
        &self,
        act: &'static str,
        name: &str,
        cause: parquet::errors::ParquetError,
    ) -> Error {
        match cause {
            parquet::errors::ParquetError::External(inner) => {
                match inner.downcast::<object_store::Error>() {
                    Ok(cause) => self.failure(act, name, *cause),
                    Err(inner) => Error::damaged(name, inner.to_string()),
                }
            }
            cause => Error::damaged(name, cause.to_string()),
        }
    }
}

impl fmt::Debug for Store {
    /// Without what is inside, which knows the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

fn unusable(what: impl Into<String>) -> Error {
    Error::StoreUnusable { what: what.into() }
}

/// Reads a key from its file, without the line end.
fn secret(path: &Path) -> Result<String, Error> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(SECRET_BYTES_MAX).read_to_string(&mut text))
        .map_err(Error::io("read the access key in", path))?;
    Ok(text.trim().to_owned())
}

/// Makes a folder and all above it that are missing, durably.
fn make_folder(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        make_folder(above)?;
    }
    match fs::create_dir(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => (),
        made => made.map_err(Error::io("create", path))?,
    }
    sync_folder(path.parent().unwrap_or(path))
}

/// Makes the names in a folder durable.
fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("synchronise", path))
}

/// Removes a file, if it is there.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(Error::io("remove", path)),
    }
}

#[cfg(test)]
mod tests;
