//! nginx in front of the same upstream, with the same certificate: what a hospital would have
//! without the door. It is plain at one port; at another it asks a decision service before each
//! request.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::BenchError;
use super::decision_point::ORIGINAL_URI;
use super::limits::{CONNECTIONS, LOOK_AGAIN};
use super::process::Process;

/// Where nginx is when it is not on the path of the person who measures: Debian keeps it for root.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];

/// The longest wait until it listens.
const READY_MAX: Duration = Duration::from_secs(10);

/// What it has to be built with to ask a decision service.
const ASKING_MODULE: &str = "http_auth_request_module";

/// A running nginx.
#[derive(Debug)]
pub(super) struct Nginx {
    plain: SocketAddr,
    asking: Option<SocketAddr>,
    /// Held for its end.
    _process: Process,
}

impl Nginx {
    /// Starts nginx in a folder of its own; `None` when it is not installed.
    ///
    /// `certificate` and `key` are PEM files, `upstream` is `host:port`, `decisions` the decision
    /// service.
    pub(super) fn start(
        folder: &Path,
        upstream: &str,
        decisions: SocketAddr,
        [certificate, key]: [PathBuf; 2],
    ) -> Result<Option<Self>, BenchError> {
        let mut found = PLACES.into_iter();
        let found = found.find_map(|program| Some((program, built_with(program)?)));
        let Some((program, built_with)) = found else {
            return Ok(None);
        };
        fs::create_dir(folder).map_err(BenchError::file("make", folder))?;
        for (file, name) in [(&certificate, "server.pem"), (&key, "server.key")] {
            let link = folder.join(name);
            symlink(file, &link).map_err(BenchError::file("make", &link))?;
        }
        let free = || free_address().map_err(BenchError::file("find a port for", program));
        let can_ask = built_with.contains(ASKING_MODULE);
        let listen = Listen {
            plain: free()?,
            asking: if can_ask {
                Some((free()?, decisions))
            } else {
                None
            },
        };
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, listen.configuration(upstream))
            .map_err(BenchError::file("write", &configuration))?;
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(&configuration);
        let process = Process::start(command, folder.join("stderr.log"))?;
        until_it_listens(process, &listen).map(Some)
    }

    /// Where it is a plain proxy.
    pub(super) fn plain(&self) -> SocketAddr {
        self.plain
    }

    /// Where it asks first; `None` when it was built without that.
    pub(super) fn asking(&self) -> Option<SocketAddr> {
        self.asking
    }
}

/// Where it listens, and where it asks.
struct Listen {
    plain: SocketAddr,
    asking: Option<(SocketAddr, SocketAddr)>,
}

impl Listen {
    /// Names in it are relative to the folder: no foreign path has to be quoted.
    fn configuration(&self, upstream: &str) -> String {
        let mut servers = upstream_text("records", upstream) + &server_text(self.plain, "");
        if let Some((address, decisions)) = self.asking {
            servers += &upstream_text("decisions", &decisions.to_string());
            servers += &server_text(address, ASK);
        }
        format!(
            "daemon off;\n\
             worker_processes 2;\n\
             pid nginx.pid;\n\
             error_log stderr warn;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n\
             \x20 access_log off;\n\
             \x20 client_body_temp_path body;\n\
             \x20 proxy_temp_path proxy;\n\
             \x20 proxy_max_temp_file_size 0;\n\
             \x20 fastcgi_temp_path fastcgi;\n\
             \x20 uwsgi_temp_path uwsgi;\n\
             \x20 scgi_temp_path scgi;\n\
             {servers}\
             }}\n"
        )
    }
}

/// What a location does that asks first.
const ASK: &str = "      auth_request /decision;\n";

fn upstream_text(name: &str, server: &str) -> String {
    format!(
        "\x20 upstream {name} {{\n\
         \x20   server {server};\n\
         \x20   keepalive {CONNECTIONS};\n\
         \x20   keepalive_requests 1000000000;\n\
         \x20 }}\n"
    )
}

fn server_text(address: SocketAddr, ask: &str) -> String {
    let decision = if ask.is_empty() {
        String::new()
    } else {
        format!(
            "\x20   location = /decision {{\n\
             \x20     internal;\n\
             \x20     proxy_pass http://decisions;\n\
             \x20     proxy_http_version 1.1;\n\
             \x20     proxy_set_header Connection \"\";\n\
             \x20     proxy_pass_request_body off;\n\
             \x20     proxy_set_header Content-Length \"\";\n\
             \x20     proxy_set_header {ORIGINAL_URI} $request_uri;\n\
             \x20   }}\n"
        )
    };
    format!(
        "\x20 server {{\n\
         \x20   listen {address} ssl;\n\
         \x20   ssl_certificate server.pem;\n\
         \x20   ssl_certificate_key server.key;\n\
         \x20   ssl_protocols TLSv1.2 TLSv1.3;\n\
         \x20   keepalive_requests 1000000000;\n\
         \x20   location / {{\n\
         {ask}\
         \x20     proxy_pass http://records;\n\
         \x20     proxy_http_version 1.1;\n\
         \x20     proxy_set_header Connection \"\";\n\
         \x20   }}\n\
         {decision}\
         \x20 }}\n"
    )
}

/// What a program was built with, when it is there.
fn built_with(program: &str) -> Option<String> {
    let output = Command::new(program).arg("-V").output().ok()?;
    let is_there = output.status.success();
    // It writes this to its standard error.
    is_there.then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A port that is free now. Another program may take it before nginx does: then nginx says so.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn until_it_listens(mut process: Process, listen: &Listen) -> Result<Nginx, BenchError> {
    let asking = listen.asking.map(|(address, _)| address);
    let end = Instant::now() + READY_MAX;
    for address in std::iter::once(listen.plain).chain(asking) {
        while TcpStream::connect(address).is_err() {
            if process.has_ended() || Instant::now() > end {
                return Err(process.failed());
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
    Ok(Nginx {
        plain: listen.plain,
        asking,
        _process: process,
    })
}

#[cfg(test)]
mod tests;
