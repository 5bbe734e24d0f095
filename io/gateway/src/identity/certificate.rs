//! The person of a client certificate.
//!
//! The TLS handshake has verified the chain, the signature and the validity at that moment (see
//! [`crate::tls::server_config`]); this reads who it names. A connection may outlive the
//! certificate: call [`Identity::check`] for each request on it.

use aws_lc_rs::digest::{SHA256, digest};
use event::{PersonId, Purpose, Timestamp};
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use x509_parser::x509::AttributeTypeAndValue;

use super::{AuthenticatedBy, Identity, Rejection, session_of, thumbprint};

/// The part of a certificate that names the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonSource {
    /// The common name of the subject.
    CommonName,
    /// An e-mail address in the alternative names, whose domain must be this one; its local part
    /// is the person.
    Email {
        /// The domain, compared without regard to case.
        domain: String,
    },
    /// The `serialNumber` attribute of the subject (OID 2.5.4.5), not that of the certificate.
    SerialNumber,
    /// A URI in the alternative names that begins with this prefix; the rest is the person.
    Uri {
        /// The prefix, compared byte for byte.
        prefix: String,
    },
}

/// The longest issuer name that is kept, in characters.
const ISSUER_CHARS_MAX: usize = 256;

/// Reads the person out of the chain that a client has shown, its own certificate first.
///
/// A certificate that names nobody, or several persons in the chosen place, is
/// [`Rejection::CertificateSubject`]. The session is derived from the fingerprint.
pub fn identify(
    chain: &[CertificateDer<'_>],
    source: &PersonSource,
    now: Timestamp,
) -> Result<Identity, Rejection> {
    let der = chain.first().ok_or(Rejection::CertificateMissing)?;
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| Rejection::CertificateMalformed)?;
    if !rest.is_empty() {
        return Err(Rejection::CertificateMalformed);
    }
    let (begins, expires) = validity(&certificate);
    if now < begins {
        return Err(Rejection::CertificateNotYetValid);
    }
    if now >= expires {
        return Err(Rejection::CertificateExpired);
    }
    let fingerprint = digest(&SHA256, der);
    let issuer: String = certificate.issuer().to_string();
    Ok(Identity {
        person: person(&certificate, source).ok_or(Rejection::CertificateSubject)?,
        session: session_of(&[b"certificate", fingerprint.as_ref()])
            .ok_or(Rejection::CertificateMalformed)?,
        purpose: Purpose::Treat,
        glass_wish: None,
        issuer: issuer
            .chars()
            .take(ISSUER_CHARS_MAX)
            .collect::<String>()
            .into(),
        expires,
        authenticated_by: AuthenticatedBy::Certificate,
        key: thumbprint(der),
        confirmation: None,
    })
}

/// From when and until when; `notAfter` is the last second that still counts (RFC 5280, section
/// 4.1.2.5). Dates before 1970 count as 1970.
fn validity(certificate: &X509Certificate<'_>) -> (Timestamp, Timestamp) {
    let second = |s: i64| u64::try_from(s).unwrap_or_default();
    let validity = certificate.validity();
    let last = second(validity.not_after.timestamp());
    let begins = Timestamp::from_s(second(validity.not_before.timestamp()));
    (begins, Timestamp::from_s(last.saturating_add(1)))
}

fn person(certificate: &X509Certificate<'_>, source: &PersonSource) -> Option<PersonId> {
    let subject = certificate.subject();
    let name = match source {
        PersonSource::CommonName => only(subject.iter_common_name().map(attribute)),
        PersonSource::SerialNumber => {
            let oid = x509_parser::oid_registry::OID_X509_SERIALNUMBER;
            only(subject.iter_by_oid(&oid).map(attribute))
        }
        PersonSource::Email { domain } => only(alternatives(certificate)?.iter().filter_map(|n| {
            let GeneralName::RFC822Name(address) = n else {
                return None;
            };
            let (local, host) = address.rsplit_once('@')?;
            host.eq_ignore_ascii_case(domain).then_some(Some(local))
        })),
        PersonSource::Uri { prefix } => only(alternatives(certificate)?.iter().filter_map(|n| {
            let GeneralName::URI(uri) = n else {
                return None;
            };
            Some(Some(uri.strip_prefix(prefix.as_str())?))
        })),
    };
    PersonId::new(name?).ok()
}

/// The one name, or nothing when there is none, an unreadable one, or more than one.
fn only<'a>(mut names: impl Iterator<Item = Option<&'a str>>) -> Option<&'a str> {
    let first = names.next()??;
    names.next().is_none().then_some(first)
}

fn attribute<'a>(attribute: &'a AttributeTypeAndValue<'_>) -> Option<&'a str> {
    attribute.as_str().ok()
}

fn alternatives<'a, 'b>(certificate: &'a X509Certificate<'b>) -> Option<&'a Vec<GeneralName<'b>>> {
    let extension = certificate.subject_alternative_name().ok()??;
    Some(&extension.value.general_names)
}
