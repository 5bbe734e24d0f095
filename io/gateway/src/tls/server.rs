//! TLS of the door itself.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::{TlsError, VERSIONS, files, provider};

/// The files of a TLS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTls {
    /// Its certificate chain in PEM, its own certificate first.
    pub cert_file: PathBuf,
    /// Its private key in PEM, readable by its owner only.
    pub key_file: PathBuf,
    /// The authorities whose client certificates are accepted; none are asked for without it.
    pub client_ca_file: Option<PathBuf>,
}

/// A TLS 1.2 and 1.3 server for HTTP/2 and HTTP/1.1, with resumption by tickets.
///
/// With a `client_ca_file` a client may show a certificate: one that does not verify ends the
/// handshake, none at all goes on and is for a bearer token to name. A resumed session carries the
/// certificate of the first handshake, which is not verified again: compare its end with the clock
/// on each request ([`crate::identity::Identity::check`]).
pub fn server_config(tls: &ServerTls) -> Result<ServerConfig, TlsError> {
    let chain = files::certificates(&tls.cert_file)?;
    let key = files::private_key(&tls.key_file)?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(VERSIONS)
        .map_err(TlsError::Setup)?;
    let builder = match client_verifier(tls)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|e| files::unusable(&tls.key_file, e))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = Ticketer::new().map_err(TlsError::Setup)?;
    Ok(config)
}

fn client_verifier(tls: &ServerTls) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let Some(path) = &tls.client_ca_file else {
        return Ok(None);
    };
    let roots = Arc::new(files::roots(path)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
        .allow_unauthenticated()
        .build();
    verifier.map(Some).map_err(|e| files::unusable(path, e))
}
