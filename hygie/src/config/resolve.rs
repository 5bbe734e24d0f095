//! What a configuration means: every file read, every name and address checked.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use event::{ServiceId, Tier};
use gateway::identity::certificate::PersonSource;
use gateway::identity::{Issuer as TrustedIssuer, KeySource, Verifier};
use gateway::{Kind, OWN_PATHS, ServiceTerms};
use hospital::{Directory, DirectoryLimits};
use hyper::Uri;
use hyper::header::HeaderValue;
use locale::Language;
use policy::{Engine, GlassTerms};
use serde_spanned::Spanned;
use sha2::{Digest, Sha256};

use super::{
    Config, Fault, FeedSettings, GuardSettings, InventorySettings, Issuer, LogSettings, Service,
    WatchSettings,
};
use crate::folder::DataFolder;
use crate::lake::LakeSettings;
use crate::rules;

/// How often keys of an issuer are renewed unless it says otherwise.
const REFRESH_S: u64 = 300;
/// The clock difference that is tolerated unless an issuer says otherwise.
const LEEWAY_S: u64 = 30;
/// The longest a review may be owed, in hours: a month.
const REVIEW_HOURS_MAX: u64 = 31 * 24;

/// A configuration in which everything has been read and checked.
#[derive(Debug)]
pub struct Settings {
    /// The language for clients that ask for none.
    pub language: Language,
    /// Where to listen.
    pub address: SocketAddr,
    /// The address by which clients know the door.
    pub public_url: String,
    /// TLS of the door.
    pub tls: rustls::ServerConfig,
    /// Which part of a client certificate names the person.
    pub certificate_person: PersonSource,
    /// The data folder.
    pub data: DataFolder,
    /// Who works where and cares for whom, before feeds tell more.
    pub directory: Directory,
    /// SHA-256 of the directory's file, in hexadecimal.
    pub directory_sha256: String,
    /// The policy.
    pub engine: Engine,
    /// How long a glass opens and when its review is due.
    pub glass_terms: GlassTerms,
    /// Who vouches for persons.
    pub verifier: Arc<Verifier>,
    /// Where and when evidence is sealed.
    pub lake: LakeSettings,
    /// What the hospital's own systems tell about care, and where.
    pub feeds: Vec<FeedSettings>,
    /// The devices behind the guard, where there is one.
    pub guard: Option<GuardSettings>,
    /// What is seen of devices, where an inventory is kept.
    pub inventory: Option<InventorySettings>,
    /// Where the logs of other systems come from.
    pub logs: Vec<LogSettings>,
    /// What the logs are watched with.
    pub watch: WatchSettings,
    /// The services behind the door.
    pub services: Vec<(ServiceTerms, rustls::ClientConfig)>,
}

impl Config {
    /// Checks everything and reads every file that is named; nothing is bound or changed.
    pub fn resolve(&self) -> Result<Settings, Fault> {
        let (directory, directory_sha256) = self.directory()?;
        let guard = self.guard(&directory)?;
        Ok(Settings {
            language: self.language()?,
            address: self.address()?,
            public_url: self.public_url()?,
            tls: self.tls()?,
            certificate_person: self.certificate_person()?,
            data: self.data()?,
            directory,
            directory_sha256,
            engine: self.engine()?,
            glass_terms: self.glass_terms()?,
            verifier: Arc::new(self.verifier()?),
            lake: self.lake()?,
            feeds: self.feeds()?,
            guard,
            inventory: self.inventory()?,
            logs: self.logs()?,
            watch: self.watch()?,
            services: self.services()?,
        })
    }

    fn language(&self) -> Result<Language, Fault> {
        let Some(language) = &self.language else {
            return Ok(Language::En);
        };
        Language::from_code(language.get_ref())
            .ok_or_else(|| self.fault(language, "language", "it is neither `en` nor `fr`"))
    }

    fn address(&self) -> Result<SocketAddr, Fault> {
        let at = &self.listen.address;
        let what = "it is not an address and port such as `0.0.0.0:8443`";
        at.get_ref()
            .parse()
            .map_err(|_| self.fault(at, "listen.address", what))
    }

    fn public_url(&self) -> Result<String, Fault> {
        let at = &self.listen.public_url;
        let url = at.get_ref().trim_end_matches('/');
        let uri: Option<Uri> = url.parse().ok();
        let good = uri.is_some_and(|uri| {
            uri.scheme_str() == Some("https") && uri.path() == "/" && uri.query().is_none()
        });
        let what = "it is not of the form `https://host:port`";
        good.then(|| url.to_owned())
            .ok_or_else(|| self.fault(at, "listen.public_url", what))
    }

    fn tls(&self) -> Result<rustls::ServerConfig, Fault> {
        let tls = gateway::tls::ServerTls {
            cert_file: self.path(&self.tls.cert_file),
            key_file: self.path(&self.tls.key_file),
            client_ca_file: self.tls.client_ca_file.as_ref().map(|at| self.path(at)),
        };
        gateway::tls::server_config(&tls).map_err(|error| {
            let what = "TLS cannot be set up with these files";
            self.fault(&self.tls.cert_file, "tls", what).because(error)
        })
    }

    fn certificate_person(&self) -> Result<PersonSource, Fault> {
        let Some(at) = &self.tls.client_person else {
            return Ok(PersonSource::SerialNumber);
        };
        let text = at.get_ref().as_str();
        match (text, text.split_once(':')) {
            ("serial-number", _) => Ok(PersonSource::SerialNumber),
            ("common-name", _) => Ok(PersonSource::CommonName),
            (_, Some(("email", domain))) if !domain.is_empty() => Ok(PersonSource::Email {
                domain: domain.to_owned(),
            }),
            (_, Some(("uri", prefix))) if !prefix.is_empty() => Ok(PersonSource::Uri {
                prefix: prefix.to_owned(),
            }),
            _ => {
                let what = "it is none of `serial-number`, `common-name`, `email:DOMAIN`, \
                    `uri:PREFIX`";
                Err(self.fault(at, "tls.client_person", what))
            }
        }
    }

    fn data(&self) -> Result<DataFolder, Fault> {
        let data = DataFolder::at(self.path(&self.data.folder));
        let fault = |error| {
            let what = "the data folder cannot be used";
            self.fault(&self.data.folder, "data.folder", what)
                .because(error)
        };
        data.signer().map_err(fault)?;
        data.telemetry_signer().map_err(fault)?;
        data.sealer().map_err(fault)?;
        Ok(data)
    }

    fn directory(&self) -> Result<(Directory, String), Fault> {
        let at = &self.hospital.directory_file;
        let path = self.path(at);
        let fault = |what: &str| self.fault(at, "hospital.directory_file", what);
        let bytes =
            fs::read(&path).map_err(|error| fault("the file cannot be read").because(error))?;
        let directory = Directory::from_json(&bytes, &DirectoryLimits::DEFAULT)
            .map_err(|error| fault("the directory does not hold together").because(error))?;
        Ok((directory, hex::encode(Sha256::digest(&bytes))))
    }

    fn engine(&self) -> Result<Engine, Fault> {
        let folder = self.policy.folder.as_ref().map(|at| self.path(at));
        rules::load(folder.as_deref()).map_err(|error| match &self.policy.folder {
            Some(at) => self
                .fault(at, "policy.folder", "the policies cannot be used")
                .because(error),
            None => Fault::whole(&self.origin.path, "built-in policies".to_owned()).because(error),
        })
    }

    fn glass_terms(&self) -> Result<GlassTerms, Fault> {
        let bounded = |at: &Option<Spanned<u64>>, key, most: u64| match at {
            None => Ok(most),
            Some(at) if (1..=most).contains(at.get_ref()) => Ok(*at.get_ref()),
            Some(at) => Err(self.fault(at, key, format!("it is not from 1 to {most}"))),
        };
        let minutes_max = GlassTerms::OPEN_MAX.as_secs() / 60;
        let section = &self.break_glass;
        let minutes = bounded(
            &section.open_minutes_max,
            "break_glass.open_minutes_max",
            minutes_max,
        )?;
        let hours = match &section.review_hours_max {
            None => 72,
            given => bounded(given, "break_glass.review_hours_max", REVIEW_HOURS_MAX)?,
        };
        Ok(GlassTerms::new(
            Duration::from_secs(minutes * 60),
            Duration::from_secs(hours * 3600),
        ))
    }

    fn verifier(&self) -> Result<Verifier, Fault> {
        let issuers = self
            .identity
            .issuers
            .iter()
            .map(|issuer| self.issuer(issuer))
            .collect::<Result<_, _>>()?;
        Verifier::new(issuers).map_err(|error| {
            let whole = Fault::whole(
                &self.origin.path,
                "`identity.issuers`: not usable".to_owned(),
            );
            match self.identity.issuers.first() {
                Some(first) => self.fault(&first.issuer, "identity.issuers", "they are not usable"),
                None => whole,
            }
            .because(error)
        })
    }

    fn issuer(&self, issuer: &Issuer) -> Result<TrustedIssuer, Fault> {
        let ca_file = issuer.ca_file.as_ref().map(|at| self.path(at));
        let keys = match (&issuer.jwks_url, &issuer.jwks_file) {
            (Some(url), None) => KeySource::Url {
                url: url.get_ref().clone(),
                ca_file,
            },
            (None, Some(file)) => {
                let path = self.path(file);
                if !path.is_file() {
                    let what = "the file is not there";
                    return Err(self.fault(file, "identity.issuers.jwks_file", what));
                }
                KeySource::File(path)
            }
            _ => {
                let what = "it needs either `jwks_url` or `jwks_file`";
                return Err(self.fault(&issuer.issuer, "identity.issuers", what));
            }
        };
        Ok(TrustedIssuer {
            issuer: issuer.issuer.get_ref().clone(),
            audiences: issuer.audiences.clone(),
            keys,
            refresh: Duration::from_secs(issuer.refresh_s.unwrap_or(REFRESH_S)),
            leeway_s: issuer.leeway_s.unwrap_or(LEEWAY_S),
        })
    }

    fn services(&self) -> Result<Vec<(ServiceTerms, rustls::ClientConfig)>, Fault> {
        let written = self.services.get_ref();
        if written.is_empty() {
            return Err(self.fault(&self.services, "services", "there is none"));
        }
        let mut services: Vec<(ServiceTerms, rustls::ClientConfig)> = Vec::new();
        for service in written {
            let settled = self.service(service)?;
            if services
                .iter()
                .any(|(known, _)| known.name == settled.0.name)
            {
                return Err(self.fault(&service.name, "services.name", "two services bear it"));
            }
            services.push(settled);
        }
        Ok(services)
    }

    fn service(&self, service: &Service) -> Result<(ServiceTerms, rustls::ClientConfig), Fault> {
        let name = ServiceId::new(service.name.get_ref())
            .map_err(|error| self.fault(&service.name, "services.name", error.to_string()))?;
        if OWN_PATHS.contains(&name.as_str()) {
            let what = "it is a path of the door itself";
            return Err(self.fault(&service.name, "services.name", what));
        }
        let kind = match service.kind.get_ref().as_str() {
            "fhir" => Kind::Fhir,
            "web" => Kind::Web,
            _ => {
                let what = "it is neither `fhir` nor `web`";
                return Err(self.fault(&service.kind, "services.kind", what));
            }
        };
        let tier: Tier = service.tier.get_ref().parse().map_err(|_| {
            let what = "it is none of `office`, `medical`, `building`";
            self.fault(&service.tier, "services.tier", what)
        })?;
        let terms = ServiceTerms {
            name,
            kind,
            tier,
            url: self.upstream_url(&service.url)?,
            own_urls: service
                .own_urls
                .iter()
                .map(|url| url.get_ref().trim_end_matches('/').to_owned())
                .collect(),
            authorization: self.authorization(service)?,
        };
        let ca_file = service.ca_file.as_ref().map(|at| self.path(at));
        let tls = self.upstream_tls(service, &terms.url, ca_file.as_deref())?;
        Ok((terms, tls))
    }

    /// An address over TLS, or in clear on this machine only.
    fn upstream_url(&self, at: &Spanned<String>) -> Result<String, Fault> {
        let url = at.get_ref().trim_end_matches('/');
        let fault = |what: &str| self.fault(at, "services.url", what);
        let uri: Uri = url.parse().map_err(|_| fault("it is not an address"))?;
        let host = uri.host().unwrap_or_default();
        if uri.query().is_some() || host.is_empty() {
            return Err(fault("it is not of the form `https://host:port/path`"));
        }
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match uri.scheme_str() {
            Some("https") => Ok(url.to_owned()),
            Some("http") if loopback => Ok(url.to_owned()),
            Some("http") => Err(fault(
                "health data in clear: `http` is for this machine only, use `https`",
            )),
            _ => Err(fault("it is neither `https` nor `http`")),
        }
    }

    fn upstream_tls(
        &self,
        service: &Service,
        url: &str,
        ca_file: Option<&Path>,
    ) -> Result<rustls::ClientConfig, Fault> {
        // In clear on this machine no authority is needed, and a system without any still serves.
        let config = if url.starts_with("http:") && ca_file.is_none() {
            gateway::tls::trusting_nobody()
        } else {
            gateway::tls::client_config(ca_file)
        };
        config.map_err(|error| {
            let what = "TLS towards this service cannot be set up";
            self.fault(&service.url, "services.ca_file", what)
                .because(error)
        })
    }

    fn authorization(&self, service: &Service) -> Result<Option<HeaderValue>, Fault> {
        let Some(at) = &service.authorization_file else {
            return Ok(None);
        };
        let fault = |what: &str| self.fault(at, "services.authorization_file", what);
        let text = self.small_file(at, "services.authorization_file")?;
        let mut value = HeaderValue::from_str(text.trim())
            .map_err(|_| fault("its content cannot be a header"))?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}
