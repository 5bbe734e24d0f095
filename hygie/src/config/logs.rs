//! `[[logs]]`: where the logs of other systems come from.

use std::net::SocketAddr;
use std::path::PathBuf;

use intake::logs::{Settings as Reading, Token};
use intake::{Network, Tls};
use serde::Deserialize;
use serde_spanned::Spanned;
use wire::log::Format;

use super::listener::Listens;
use super::{Config, Fault};

/// The longest name of a source, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The shortest token that is taken, in bytes: nobody guesses it.
const TOKEN_BYTES_MIN: usize = 32;

/// A source of logs as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Logs {
    name: Spanned<String>,
    #[serde(default)]
    follow: Vec<Spanned<PathBuf>>,
    drop: Option<Spanned<PathBuf>>,
    address: Option<Spanned<String>>,
    transport: Option<Spanned<String>>,
    #[serde(default)]
    peers: Vec<Spanned<String>>,
    cert_file: Option<Spanned<PathBuf>>,
    key_file: Option<Spanned<PathBuf>>,
    client_ca_file: Option<Spanned<PathBuf>>,
    token_file: Option<Spanned<PathBuf>>,
    format: Option<Spanned<String>>,
    time_zone: Option<Spanned<String>>,
}

/// A source of logs in which everything has been read and checked.
#[derive(Debug)]
pub struct LogSettings {
    /// What people call it; also the name of the file of its positions.
    pub name: String,
    /// How its lines are read.
    pub reading: Reading,
    /// Where they are.
    pub place: LogPlace,
}

/// A place that logs come from.
#[derive(Debug)]
pub enum LogPlace {
    /// A folder into which files are dropped.
    Drop(PathBuf),
    /// Files that grow.
    Follow(Vec<PathBuf>),
    /// A socket.
    Listen(LogListener),
}

/// A socket that logs come in by.
#[derive(Debug)]
pub struct LogListener {
    /// Where to listen.
    pub address: SocketAddr,
    /// From where they may come.
    pub peers: Vec<Network>,
    /// How they come.
    pub transport: LogTransport,
}

/// How logs come over the network.
#[derive(Debug)]
pub enum LogTransport {
    /// Bodies of requests: TLS if any, and the token that each request shows.
    Http(Option<Tls>, Option<Token>),
    /// Syslog over connections, in TLS if any.
    Tcp(Option<Tls>),
    /// Syslog in datagrams.
    Udp,
}

impl Config {
    pub(super) fn logs(&self) -> Result<Vec<LogSettings>, Fault> {
        let mut sources: Vec<LogSettings> = Vec::new();
        for source in &self.logs {
            let settled = self.log_source(source)?;
            if sources.iter().any(|it| it.name == settled.name) {
                return Err(self.fault(&source.name, "logs.name", "two sources bear it"));
            }
            sources.push(settled);
        }
        Ok(sources)
    }

    fn log_source(&self, source: &Logs) -> Result<LogSettings, Fault> {
        let name = self.plain_name(&source.name, "logs.name")?;
        let mut reading = Reading {
            zone: self.zone(source.time_zone.as_ref(), "logs.time_zone")?,
            ..Reading::default()
        };
        if let Some(at) = &source.format {
            let known = Format::from_code(at.get_ref());
            let what = "there is no such format: see docs/logs.md";
            reading.format = Some(known.ok_or_else(|| self.fault(at, "logs.format", what))?);
        }
        Ok(LogSettings {
            name,
            reading,
            place: self.log_place(source)?,
        })
    }

    /// A name that is a word for people and a part of names of files.
    pub(super) fn plain_name(&self, at: &Spanned<String>, key: &str) -> Result<String, Fault> {
        let name = at.get_ref();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) {
            let what = "it is not made of small letters, digits and `-`";
            return Err(self.fault(at, key, what));
        }
        Ok(name.clone())
    }

    fn log_place(&self, source: &Logs) -> Result<LogPlace, Fault> {
        let is_listener = source.address.is_some();
        let given = [
            !source.follow.is_empty(),
            source.drop.is_some(),
            is_listener,
        ];
        if given.iter().filter(|given| **given).count() != 1 {
            let what = "it needs one of `follow`, `drop` and `address`";
            return Err(self.fault(&source.name, "logs", what));
        }
        if !is_listener {
            let only_listeners = [
                (source.transport.as_ref().map(Spanned::span), "transport"),
                (source.peers.first().map(Spanned::span), "peers"),
                (source.cert_file.as_ref().map(Spanned::span), "cert_file"),
                (source.key_file.as_ref().map(Spanned::span), "key_file"),
                (
                    source.client_ca_file.as_ref().map(Spanned::span),
                    "client_ca_file",
                ),
                (source.token_file.as_ref().map(Spanned::span), "token_file"),
            ];
            let mut stray = only_listeners.into_iter();
            let stray = stray.find_map(|(span, key)| Some((span?.start, key)));
            if let Some((at, key)) = stray {
                let what = "it is for sources with an `address` only".to_owned();
                return Err(Fault::at(&self.origin, at, &format!("logs.{key}"), what));
            }
        }
        if let Some(at) = &source.drop {
            return Ok(LogPlace::Drop(self.path(at)));
        }
        match &source.address {
            Some(at) => Ok(LogPlace::Listen(self.log_listener(source, at)?)),
            None => {
                let paths = source.follow.iter().map(|at| self.path(at));
                Ok(LogPlace::Follow(paths.collect()))
            }
        }
    }

    fn log_listener(&self, source: &Logs, at: &Spanned<String>) -> Result<LogListener, Fault> {
        let address = at.get_ref().parse().map_err(|_| {
            let what = "it is not an address and port such as `0.0.0.0:6514`";
            self.fault(at, "logs.address", what)
        })?;
        let listening = self.listens(&Listens {
            section: "logs",
            name: &source.name,
            peers: &source.peers,
            cert_file: source.cert_file.as_ref(),
            key_file: source.key_file.as_ref(),
            client_ca_file: source.client_ca_file.as_ref(),
        })?;
        let named = source.transport.as_ref();
        let transport = match named.map_or("tcp", |at| at.get_ref().as_str()) {
            "http" => LogTransport::Http(listening.tls, self.log_token(source)?),
            "tcp" => LogTransport::Tcp(listening.tls),
            "udp" if listening.tls.is_none() => LogTransport::Udp,
            "udp" => {
                let what = "datagrams have no TLS: take `tcp`, or leave out the certificate";
                return Err(self.fault(named.unwrap_or(at), "logs.transport", what));
            }
            _ => {
                let what = "it is none of `udp`, `tcp`, `http`";
                return Err(self.fault(named.unwrap_or(at), "logs.transport", what));
            }
        };
        if let (Some(file), LogTransport::Tcp(_) | LogTransport::Udp) =
            (&source.token_file, &transport)
        {
            let what = "only requests over `http` show a token";
            return Err(self.fault(file, "logs.token_file", what));
        }
        Ok(LogListener {
            address,
            peers: listening.peers,
            transport,
        })
    }

    fn log_token(&self, source: &Logs) -> Result<Option<Token>, Fault> {
        let Some(at) = &source.token_file else {
            return Ok(None);
        };
        let fault = |what: &str| self.fault(at, "logs.token_file", what);
        let text = self.small_file(at, "logs.token_file")?;
        let token = text.trim();
        if token.len() < TOKEN_BYTES_MIN {
            return Err(fault("a token has at least 32 bytes"));
        }
        Ok(Some(Token::new(token)))
    }
}
