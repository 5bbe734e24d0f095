//! Where sealed entries are kept, and the file that tells commands so.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LakeError;
use super::limits::STORE_BYTES_MAX;
use crate::folder::{FolderError, remove_if_there, write_whole};

/// A store of objects: a folder, or a bucket that speaks S3.
///
/// INVARIANT: secrets are named by the path of their file, so that this may be written down and
/// may stand on a command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// `file:///folder/` or `s3://bucket/prefix`.
    pub url: String,
    /// Address of the service, for a bucket.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint: Option<String>,
    /// Region of the bucket.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// The file with the name of the key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub access_key_id_file: Option<PathBuf>,
    /// The file with the key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub secret_access_key_file: Option<PathBuf>,
    /// Whether the endpoint may be spoken to in clear.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub allow_http: bool,
}

impl Store {
    /// As `hygie-lake` and the file take it.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts and truth values: this cannot fail, and an empty text would be refused.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the file; without one, the store is the folder `lake` of the data folder.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, LakeError> {
        let failed = |source| LakeError::File {
            act: "read",
            path: path.to_owned(),
            source,
        };
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        let mut text = String::new();
        file.take(STORE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let store = serde_json::from_str(&text).map_err(|source| LakeError::Settings {
            path: path.to_owned(),
            source,
        })?;
        Ok(Some(store))
    }

    /// Writes the file whole or not at all; removes it when the store is the usual folder.
    pub fn write(store: Option<&Self>, path: &Path) -> Result<(), FolderError> {
        let Some(store) = store else {
            return remove_if_there(path);
        };
        write_whole(path, format!("{}\n", store.to_json()).as_bytes(), 0o600)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_written_down_is_read_back_and_holds_no_secret() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lake.json");
        assert_eq!(Store::read(&path).unwrap(), None);
        let store = Store {
            url: "s3://bucket/evidence".to_owned(),
            endpoint: Some("https://objects.hospital.example".to_owned()),
            region: None,
            access_key_id_file: Some("/run/secrets/id".into()),
            secret_access_key_file: Some("/run/secrets/key".into()),
            allow_http: false,
        };
        Store::write(Some(&store), &path).unwrap();
        assert_eq!(Store::read(&path).unwrap().as_ref(), Some(&store));
        Store::write(None, &path).unwrap();
        Store::write(None, &path).unwrap();
        assert_eq!(Store::read(&path).unwrap(), None);
        fs::write(&path, "{\"url\":\"file:///x/\",\"program\":\"/bin/sh\"}").unwrap();
        assert!(matches!(
            Store::read(&path),
            Err(LakeError::Settings { .. })
        ));
    }
}
