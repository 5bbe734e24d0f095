//! What the section `[lake]` means.

use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;
use serde_spanned::Spanned;

use super::{Config, Fault};
use crate::lake::{
    LakeSettings, MEMORY_MB, MEMORY_MB_MAX, MEMORY_MB_MIN, SEAL_AFTER_HOURS, SEAL_CHECK_S, Store,
};

/// The longest that decisions may stay unsealed, in hours: a year.
const SEAL_AFTER_HOURS_MAX: u64 = 366 * 24;

/// The longest between two looks, in seconds: a day.
const SEAL_CHECK_S_MAX: u64 = 24 * 60 * 60;

impl Config {
    pub(super) fn lake(&self) -> Result<LakeSettings, Fault> {
        let lake = &self.lake;
        let program = match &lake.program {
            None => None,
            Some(at) => {
                let path = self.path(at);
                if !path.is_file() {
                    return Err(self.fault(at, "lake.program", "the file is not there"));
                }
                Some(path)
            }
        };
        let seal_after_hours = self.within(
            &lake.seal_after_hours,
            "lake.seal_after_hours",
            (0, SEAL_AFTER_HOURS_MAX),
        )?;
        let seal_check_s = self.within(
            &lake.seal_check_s,
            "lake.seal_check_s",
            (1, SEAL_CHECK_S_MAX),
        )?;
        let memory_mb = self.within(
            &lake.memory_mb_max,
            "lake.memory_mb_max",
            (MEMORY_MB_MIN, MEMORY_MB_MAX),
        )?;
        let segment_bytes = self.within(
            &lake.segment_bytes,
            "lake.segment_bytes",
            (
                evidence::limits::SEGMENT_BYTES_MIN,
                evidence::limits::SEGMENT_BYTES_MAX,
            ),
        )?;
        Ok(LakeSettings {
            program,
            store: self.store()?,
            memory_mb: memory_mb.unwrap_or(MEMORY_MB),
            seal_after: Duration::from_secs(seal_after_hours.unwrap_or(SEAL_AFTER_HOURS) * 60 * 60),
            seal_check: Duration::from_secs(seal_check_s.unwrap_or(SEAL_CHECK_S)),
            segment_bytes: segment_bytes.unwrap_or(evidence::limits::SEGMENT_BYTES),
        })
    }

    fn store(&self) -> Result<Option<Store>, Fault> {
        let lake = &self.lake;
        let Some(url) = &lake.store_url else {
            let stray = lake.endpoint.as_ref().map(|at| (at, "lake.endpoint"));
            return match stray {
                Some((at, key)) => Err(self.fault(at, key, "it needs `store_url` beside it")),
                None => Ok(None),
            };
        };
        let text = url.get_ref();
        let folder = text
            .strip_prefix("file://")
            .is_some_and(|path| path.starts_with('/'));
        let bucket = text
            .strip_prefix("s3://")
            .is_some_and(|bucket| !bucket.is_empty() && !bucket.starts_with('/'));
        if !folder && !bucket {
            let what = "it is neither `file:///FOLDER/` nor `s3://BUCKET/PREFIX`";
            return Err(self.fault(url, "lake.store_url", what));
        }
        self.check_endpoint()?;
        Ok(Some(Store {
            url: text.clone(),
            endpoint: lake.endpoint.as_ref().map(|at| at.get_ref().clone()),
            region: lake.region.clone(),
            access_key_id_file: self.secret(&lake.access_key_id_file, "lake.access_key_id_file")?,
            secret_access_key_file: self
                .secret(&lake.secret_access_key_file, "lake.secret_access_key_file")?,
            allow_http: lake.allow_http.unwrap_or(false),
        }))
    }

    /// An endpoint in clear is asked for twice, for evidence would pass by whoever listens.
    fn check_endpoint(&self) -> Result<(), Fault> {
        let Some(at) = &self.lake.endpoint else {
            return Ok(());
        };
        let uri: Option<Uri> = at.get_ref().parse().ok();
        match uri.as_ref().and_then(Uri::scheme_str) {
            Some("https") => Ok(()),
            Some("http") if self.lake.allow_http == Some(true) => Ok(()),
            Some("http") => {
                let what = "evidence in clear: use `https`, or say `allow_http = true`";
                Err(self.fault(at, "lake.endpoint", what))
            }
            _ => Err(self.fault(at, "lake.endpoint", "it is not an address")),
        }
    }

    /// The absolute path of a file that must be there: the job is started in another place.
    fn secret(&self, at: &Option<Spanned<PathBuf>>, key: &str) -> Result<Option<PathBuf>, Fault> {
        let Some(at) = at else {
            return Ok(None);
        };
        let path = std::path::absolute(self.path(at))
            .map_err(|error| self.fault(at, key, "its place is unknown").because(error))?;
        if path.is_file() {
            Ok(Some(path))
        } else {
            Err(self.fault(at, key, "the file is not there"))
        }
    }

    fn within(
        &self,
        at: &Option<Spanned<u64>>,
        key: &str,
        (least, most): (u64, u64),
    ) -> Result<Option<u64>, Fault> {
        match at {
            None => Ok(None),
            Some(at) if (least..=most).contains(at.get_ref()) => Ok(Some(*at.get_ref())),
            Some(at) => Err(self.fault(at, key, format!("it is not from {least} to {most}"))),
        }
    }
}
