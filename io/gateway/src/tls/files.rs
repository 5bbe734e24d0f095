//! Certificates and keys on disk: bounded reads, owner-only keys, atomic writes.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsError;

/// The largest certificate or key file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// The most certificates of one file.
const CERTIFICATES_MAX: usize = 1024;
/// The permission bits of group and others.
const OTHERS: u32 = 0o077;

/// The certificates of a PEM file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path)?;
    let read = CertificateDer::pem_slice_iter(&bytes).take(CERTIFICATES_MAX);
    let certificates: Vec<_> = read
        .collect::<Result<_, _>>()
        .map_err(|e| unusable(path, e))?;
    if certificates.is_empty() {
        return Err(nothing(path, "certificate"));
    }
    Ok(certificates)
}

/// The certificates of a PEM file as trust anchors; one that cannot be an anchor is an error, not
/// left out.
pub(super) fn roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|e| unusable(path, e))?;
    }
    Ok(roots)
}

/// The private key of a PEM file that only its owner can read.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = secret(path)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| nothing(path, "private key"))
}

/// The bytes of a file that only its owner can read.
///
/// INVARIANT: the permissions are those of the opened file, not of a name that could since mean
/// another one.
pub(super) fn secret(path: &Path) -> Result<Vec<u8>, TlsError> {
    let file = open(path)?;
    let metadata = file.metadata().map_err(|e| unread(path, e))?;
    if metadata.permissions().mode() & OTHERS != 0 {
        return Err(TlsError::KeyExposed {
            path: path.to_path_buf(),
        });
    }
    drain(path, file)
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    drain(path, open(path)?)
}

/// Writes a file whole or not at all, with these permissions from its first byte on.
///
/// A crash before the renaming leaves the old file and a `.new` one that the next write replaces;
/// a crash after it leaves the new file. The folder is synced, so the renaming is durable on
/// return.
pub(super) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    write_inner(path, bytes, mode).map_err(|source| TlsError::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// Makes a folder, unless it exists. What is secret in it has its own permissions.
pub(super) fn make_folder(path: &Path) -> Result<(), TlsError> {
    let made = fs::create_dir_all(path);
    made.map_err(|source| TlsError::Write {
        path: path.to_path_buf(),
        source,
    })
}

pub(super) fn unusable(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> TlsError {
    TlsError::Unusable {
        path: path.to_path_buf(),
        source: source.into(),
    }
}

pub(super) fn nothing(path: &Path, expected: &'static str) -> TlsError {
    TlsError::NothingInFile {
        path: path.to_path_buf(),
        expected,
    }
}

fn write_inner(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let fresh: PathBuf = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut file = options.open(&fresh)?;
    // The mode of `open` does not change a file that a crash has left behind.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn open(path: &Path) -> Result<File, TlsError> {
    File::open(path).map_err(|e| unread(path, e))
}

fn drain(path: &Path, file: File) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let mut bounded = file.take(FILE_BYTES_MAX + 1);
    bounded
        .read_to_end(&mut bytes)
        .map_err(|e| unread(path, e))?;
    if bounded.limit() == 0 {
        return Err(unread(path, io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(bytes)
}

fn unread(path: &Path, source: io::Error) -> TlsError {
    TlsError::Read {
        path: path.to_path_buf(),
        source,
    }
}
