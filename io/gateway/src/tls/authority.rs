//! A certificate authority for a first start, a trial or a laboratory.
//!
//! It can issue for the names it was made for and for no other: should its key leak, it is worth
//! nothing against the rest of the hospital (RFC 5280, section 4.2.1.10).

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use event::{PersonId, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{TlsError, files};

/// How long the authority lasts.
const AUTHORITY_LASTS: Duration = Duration::from_secs(3650 * DAY_S);
/// How long a server certificate lasts: browsers refuse more than 398 days.
const SERVER_LASTS: Duration = Duration::from_secs(397 * DAY_S);
/// A server certificate that ends sooner than this is replaced at start.
const SERVER_RENEWED_BEFORE: Duration = Duration::from_secs(30 * DAY_S);
/// How far before the present a certificate begins, for clients whose clock is late.
const BACKDATED_S: u64 = 3600;
const DAY_S: u64 = 24 * 3600;
/// The last second that a certificate can name (RFC 5280, section 4.1.2.5).
const LAST_S: u64 = 253_402_300_799;
/// The names that every server certificate carries.
const OWN_NAMES: &[&str] = &["localhost", "127.0.0.1", "::1"];

/// A certificate authority in a folder: `ca.pem`, which clients trust, `ca.key`, and the door's
/// own `server.pem` and `server.key`.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
pub struct Issued {
    /// The certificate.
    pub cert_pem: String,
    /// The private key: for the person only.
    pub key_pem: String,
}

/// A name that a certificate may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum HostName {
    Address(IpAddr),
    Dns(String),
}

impl Authority {
    /// Opens the authority of a folder, or makes it when the folder has none; then sees that the
    /// server certificate carries `names` besides localhost, and lasts 30 days at least.
    ///
    /// The names that the authority may issue for are settled when it is made: a name added later
    /// is [`TlsError::NameOutside`].
    pub fn open_or_make(folder: &Path, names: &[String], now: Timestamp) -> Result<Self, TlsError> {
        let own = OWN_NAMES.iter().map(|name| (*name).to_owned());
        let names: Vec<_> = own
            .chain(names.iter().cloned())
            .map(|name| HostName::parse(&name))
            .collect::<Result<_, _>>()?;
        files::make_folder(folder)?;
        // The certificate is written last: without it no client can have trusted the key yet, and
        // what a crash has left is made anew.
        if !fs::exists(folder.join("ca.pem")).unwrap_or(true) {
            make(folder, &names, now)?;
        }
        let authority = Self::open(folder)?;
        authority.check_names(&names)?;
        if !authority.server_is_good(&names, now) {
            authority.issue_server(&names, now)?;
        }
        Ok(authority)
    }

    /// The certificate that clients trust.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The door's certificate and key, which accepts client certificates of this authority.
    #[must_use]
    pub fn server_tls(&self) -> super::ServerTls {
        super::ServerTls {
            cert_file: self.folder.join("server.pem"),
            key_file: self.folder.join("server.key"),
            client_ca_file: Some(self.ca_file()),
        }
    }

    /// Issues a client certificate whose common name and `serialNumber` are the person. Nothing is
    /// written.
    pub fn issue_client(
        &self,
        person: &PersonId,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Issued, TlsError> {
        let mut params = leaf(person.as_str(), now, lasts);
        let serial = DnType::from_oid(&[2, 5, 4, 5]);
        params.distinguished_name.push(serial, person.as_str());
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(person.as_str(), &params)
    }

    fn open(folder: &Path) -> Result<Self, TlsError> {
        let (ca, key) = (folder.join("ca.pem"), folder.join("ca.key"));
        let pem = text(&key, files::secret(&key)?)?;
        let pair = KeyPair::from_pem(&pem).map_err(|e| files::unusable(&key, e))?;
        let pem = text(&ca, files::read(&ca)?)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, pair).map_err(|e| files::unusable(&ca, e))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            issuer,
        })
    }

    fn check_names(&self, names: &[HostName]) -> Result<(), TlsError> {
        let path = self.ca_file();
        let der = files::certificates(&path)?;
        let outside = |name: &HostName| TlsError::NameOutside {
            name: name.to_string(),
            path: path.clone(),
        };
        for name in names {
            if !der.first().is_some_and(|der| permits(der, name)) {
                return Err(outside(name));
            }
        }
        Ok(())
    }

    /// Whether the server certificate on disk can serve on: any doubt is answered by a new one.
    fn server_is_good(&self, names: &[HostName], now: Timestamp) -> bool {
        let tls = self.server_tls();
        // A crash between the two files leaves a key that is not the certificate's: this sees it.
        if super::server_config(&tls).is_err() {
            return false;
        }
        let Ok(chain) = files::certificates(&tls.cert_file) else {
            return false;
        };
        chain
            .first()
            .is_some_and(|der| lasts_and_names(der, names, now))
    }

    fn issue_server(&self, names: &[HostName], now: Timestamp) -> Result<(), TlsError> {
        let mut params = leaf("Hygie", now, SERVER_LASTS);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in names {
            params.subject_alt_names.push(name.alternative()?);
        }
        let issued = self.sign("Hygie", &params)?;
        let tls = self.server_tls();
        files::write(&tls.key_file, issued.key_pem.as_bytes(), 0o600)?;
        files::write(&tls.cert_file, issued.cert_pem.as_bytes(), 0o644)
    }

    fn sign(&self, subject: &str, params: &CertificateParams) -> Result<Issued, TlsError> {
        let failed = |source| TlsError::Issue {
            subject: subject.to_owned(),
            source,
        };
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Issued {
            cert_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }
}

impl HostName {
    fn parse(name: &str) -> Result<Self, TlsError> {
        if let Ok(address) = name.parse() {
            return Ok(Self::Address(address));
        }
        // RFC 1123, section 2.1; no wildcard, which would cover names nobody has thought of.
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if name.len() <= 253 && name.split('.').all(is_label) {
            return Ok(Self::Dns(name.to_ascii_lowercase()));
        }
        Err(TlsError::NoHostName {
            name: name.chars().take(253).collect(),
        })
    }

    fn alternative(&self) -> Result<SanType, TlsError> {
        match self {
            Self::Address(address) => Ok(SanType::IpAddress(*address)),
            Self::Dns(name) => {
                let issue = |source| TlsError::Issue {
                    subject: name.clone(),
                    source,
                };
                name.as_str()
                    .try_into()
                    .map(SanType::DnsName)
                    .map_err(issue)
            }
        }
    }

    fn subtree(&self) -> GeneralSubtree {
        match self {
            Self::Address(address) => {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, bits))
            }
            Self::Dns(name) => GeneralSubtree::DnsName(name.clone()),
        }
    }

    /// The address as bytes, or nothing for a name.
    fn address_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Address(IpAddr::V4(address)) => Some(address.octets().to_vec()),
            Self::Address(IpAddr::V6(address)) => Some(address.octets().to_vec()),
            Self::Dns(_) => None,
        }
    }
}

impl std::fmt::Display for HostName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Dns(name) => f.write_str(name),
        }
    }
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key must not reach a log.
        f.debug_struct("Issued")
            .field("cert_pem", &self.cert_pem)
            .finish_non_exhaustive()
    }
}

/// Makes the authority. After the key is durable a crash leaves no authority, and the next start
/// replaces the key; after the certificate is durable it exists.
fn make(folder: &Path, names: &[HostName], now: Timestamp) -> Result<(), TlsError> {
    let failed = |source| TlsError::Issue {
        subject: "the authority".to_owned(),
        source,
    };
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
    let mut params = leaf("Hygie local authority", now, AUTHORITY_LASTS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = false;
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names.iter().map(HostName::subtree).collect(),
        excluded_subtrees: Vec::new(),
    });
    let certificate = params.self_signed(&key).map_err(failed)?;
    files::write(
        &folder.join("ca.key"),
        key.serialize_pem().as_bytes(),
        0o600,
    )?;
    files::write(&folder.join("ca.pem"), certificate.pem().as_bytes(), 0o644)
}

/// A certificate that begins a little before `now`.
fn leaf(common_name: &str, now: Timestamp, lasts: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let begins = now.as_s().saturating_sub(BACKDATED_S);
    let ends = now.as_s().saturating_add(lasts.as_secs()).min(LAST_S);
    params.not_before = epoch + Duration::from_secs(begins);
    params.not_after = epoch + Duration::from_secs(ends);
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params
}

/// Whether an authority's name constraints permit exactly this name.
fn permits(authority: &[u8], name: &HostName) -> bool {
    use x509_parser::extensions::GeneralName;
    let Ok((_, certificate)) = X509Certificate::from_der(authority) else {
        return false;
    };
    let Ok(Some(constraints)) = certificate.name_constraints() else {
        return false;
    };
    let permitted = constraints
        .value
        .permitted_subtrees
        .as_deref()
        .unwrap_or_default();
    permitted.iter().any(|subtree| match (&subtree.base, name) {
        (GeneralName::DNSName(permitted), HostName::Dns(name)) => {
            let above = name.strip_suffix(permitted);
            above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        }
        (GeneralName::IPAddress(subnet), HostName::Address(_)) => {
            // The address and then the mask, which is made for this one address only.
            name.address_bytes()
                .is_some_and(|address| subnet.starts_with(&address))
        }
        _ => false,
    })
}

/// Whether a server certificate has 30 days left and carries all the names.
fn lasts_and_names(der: &[u8], names: &[HostName], now: Timestamp) -> bool {
    use x509_parser::extensions::GeneralName;
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return false;
    };
    let ends = u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or_default();
    if Timestamp::from_s(ends) < now.after(SERVER_RENEWED_BEFORE) {
        return false;
    }
    let Ok(Some(carried)) = certificate.subject_alternative_name() else {
        return false;
    };
    names.iter().all(|name| {
        carried
            .value
            .general_names
            .iter()
            .any(|carried| match (carried, name) {
                (GeneralName::DNSName(carried), HostName::Dns(name)) => carried == name,
                (GeneralName::IPAddress(carried), HostName::Address(_)) => name
                    .address_bytes()
                    .is_some_and(|address| address == *carried),
                _ => false,
            })
    })
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, TlsError> {
    String::from_utf8(bytes).map_err(|e| files::unusable(path, e))
}
