//! TLS towards upstreams and OpenID providers.

use std::path::Path;

use rustls::{ClientConfig, RootCertStore};

use super::{TlsError, VERSIONS, files, provider};

/// A TLS 1.2 and 1.3 client that trusts the authorities of `ca_file` and no other, or those of the
/// operating system without it.
///
/// It names no application protocol, for that is the choice of the connector above it.
pub fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let roots = match ca_file {
        Some(path) => files::roots(path)?,
        None => system_roots()?,
    };
    trusting(roots)
}

/// TLS towards a service that is spoken to in clear: it trusts nobody, so it can reach nobody.
pub fn trusting_nobody() -> Result<ClientConfig, TlsError> {
    trusting(RootCertStore::empty())
}

fn trusting(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .map_err(TlsError::Setup)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The system's authorities. Some systems ship one that rustls cannot read: it is left out.
fn system_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(TlsError::NoSystemRoots);
    }
    Ok(roots)
}
