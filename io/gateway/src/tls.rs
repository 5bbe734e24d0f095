//! TLS at the door and towards upstreams, and the small certificate authority of a first start.
//!
//! - [`server_config`] and [`client_config`] build configurations of rustls with the aws-lc-rs
//!   provider named explicitly: no process-wide default is read or set.
//! - [`authority`] makes a certificate authority where a hospital has none yet.
//!
//! Private keys are read from, and written to, files that only their owner can read.

pub mod authority;
mod client;
mod files;
mod server;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;

pub use client::{client_config, trusting_nobody};
pub use server::{ServerTls, server_config};

/// What cannot be set up or kept.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The authority cannot make or sign a certificate.
    #[error("cannot issue a certificate for `{subject}`")]
    Issue {
        /// For whom.
        subject: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The private key can be read by others than its owner.
    #[error("private key `{}` must be readable by its owner only (mode 0600)", path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
    },
    /// The authority may not issue for that name: its certificate says so for ever.
    #[error(
        "`{name}` is outside the names of the authority `{}`: use a new folder, and have clients \
         trust the new authority",
        path.display()
    )]
    NameOutside {
        /// The name.
        name: String,
        /// The authority's certificate.
        path: PathBuf,
    },
    /// A host name that no certificate can carry.
    #[error("`{name}` is no host name or address")]
    NoHostName {
        /// The name.
        name: String,
    },
    /// The file holds nothing of the expected kind.
    #[error("`{}` holds no {expected} in PEM form", path.display())]
    NothingInFile {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system's trusted authorities cannot be found.
    #[error("the operating system has no trusted certificate authorities: name a `ca_file`")]
    NoSystemRoots,
    /// The certificate, or the key that should belong to it, is not usable.
    #[error("cannot use `{}`", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The library cannot set up what was asked for.
    #[error("cannot set up TLS")]
    Setup(#[source] rustls::Error),
    /// The file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The one provider of cryptography, passed to every configuration.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The protocol versions that are spoken, the newer first.
static VERSIONS: &[&rustls::SupportedProtocolVersion] =
    &[&rustls::version::TLS13, &rustls::version::TLS12];
