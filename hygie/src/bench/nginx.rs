//! A plain nginx in front of the same upstream, with the same certificate: what a hospital would
//! have without the door.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::BenchError;
use super::limits::{CONNECTIONS, LOOK_AGAIN};
use super::process::Process;

/// Where nginx is when it is not on the path of the person who measures: Debian keeps it for root.
const PLACES: [&str; 2] = ["nginx", "/usr/sbin/nginx"];

/// The longest wait until it listens.
const READY_MAX: Duration = Duration::from_secs(10);

/// A running nginx.
#[derive(Debug)]
pub(super) struct Nginx {
    address: SocketAddr,
    /// Held for its end.
    _process: Process,
}

impl Nginx {
    /// Starts nginx in a folder of its own; `None` when it is not installed.
    ///
    /// `certificate` and `key` are PEM files, `upstream` is `host:port`.
    pub(super) fn start(
        folder: &Path,
        upstream: &str,
        [certificate, key]: [PathBuf; 2],
    ) -> Result<Option<Self>, BenchError> {
        let Some(program) = PLACES.into_iter().find(|program| is_there(program)) else {
            return Ok(None);
        };
        fs::create_dir(folder).map_err(BenchError::file("make", folder))?;
        for (file, name) in [(&certificate, "server.pem"), (&key, "server.key")] {
            let link = folder.join(name);
            symlink(file, &link).map_err(BenchError::file("make", &link))?;
        }
        let address = free_address().map_err(BenchError::file("find a port for", program))?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, configuration_text(address, upstream))
            .map_err(BenchError::file("write", &configuration))?;
        let mut command = Command::new(program);
        command.arg("-p").arg(folder).arg("-c").arg(&configuration);
        let process = Process::start(command, folder.join("stderr.log"))?;
        until_it_listens(process, address).map(Some)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Names in it are relative to the folder: no foreign path has to be quoted.
fn configuration_text(address: SocketAddr, upstream: &str) -> String {
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
         \x20 fastcgi_temp_path fastcgi;\n\
         \x20 uwsgi_temp_path uwsgi;\n\
         \x20 scgi_temp_path scgi;\n\
         \x20 upstream records {{\n\
         \x20   server {upstream};\n\
         \x20   keepalive {CONNECTIONS};\n\
         \x20   keepalive_requests 1000000000;\n\
         \x20 }}\n\
         \x20 server {{\n\
         \x20   listen {address} ssl;\n\
         \x20   ssl_certificate server.pem;\n\
         \x20   ssl_certificate_key server.key;\n\
         \x20   ssl_protocols TLSv1.2 TLSv1.3;\n\
         \x20   keepalive_requests 1000000000;\n\
         \x20   location / {{\n\
         \x20     proxy_pass http://records;\n\
         \x20     proxy_http_version 1.1;\n\
         \x20     proxy_set_header Connection \"\";\n\
         \x20   }}\n\
         \x20 }}\n\
         }}\n"
    )
}

fn is_there(program: &str) -> bool {
    Command::new(program)
        .arg("-v")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A port that is free now. Another program may take it before nginx does: then nginx says so.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn until_it_listens(mut process: Process, address: SocketAddr) -> Result<Nginx, BenchError> {
    let end = Instant::now() + READY_MAX;
    while TcpStream::connect(address).is_err() {
        if process.has_ended() || Instant::now() > end {
            return Err(process.failed());
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(Nginx {
        address,
        _process: process,
    })
}

#[cfg(test)]
mod tests;
