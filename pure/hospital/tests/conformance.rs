//! Dates of support that others publish: every product is readable, and claims are of its cycles.
//!
//! `HYGIE_CONFORMANCE_DATA` names the folder that holds `endoflife/products`; without it nothing is
//! checked, and the test says so.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test reads files, may stop at the first surprise, and says what it skipped"
)]

use std::fs;
use std::path::PathBuf;

use hospital::inventory::{Calendar, Product, Verdict};

/// Claims as systems and programs make them, and what they are at the end of November 2026.
const GOLDEN: [(&str, &str); 28] = [
    ("Windows XP", "windows 5-sp3 Past"),
    ("Windows 7 SP1", "windows 7-sp1 Past"),
    ("Windows 8.1", "windows 8.1 Past"),
    (
        "Windows 10 1507 Enterprise",
        "windows 10-1507-e-lts|10-1507 Past",
    ),
    ("Windows 10 1607 LTSB", "windows 10-1607-e-lts Past"),
    (
        "Windows 10 1809 (build 17763)",
        "windows 10-1809-e-lts|10-1809-e|10-1809-w Unknown",
    ),
    (
        "Windows 10 1809 Enterprise LTSC",
        "windows 10-1809-e-lts Later",
    ),
    (
        "Windows 10 IoT Enterprise LTSC 21H2",
        "windows 10-21h2-iot-lts Later",
    ),
    ("Windows 10 10.0.18362", "windows 10-1903 Past"),
    ("Windows 10 10.0.19045", "windows 10-22h2 Past"),
    ("Windows 11 22H2", "windows 11-22h2-e|11-22h2-w Past"),
    (
        "Windows Server 2003 R2",
        "windows-server 2003-sp2|2003-sp1|2003 Past",
    ),
    ("Windows Server 2008 R2", "windows-server 2008-r2-sp1 Past"),
    (
        "Windows Server 2016 Standard",
        "windows-server 2016 WithinYear",
    ),
    ("Windows Server 2019", "windows-server 2019 Later"),
    (
        "Windows Embedded Standard 7",
        "windows-embedded standard-7-sp1 Past",
    ),
    ("Debian GNU/Linux 9 (stretch)", "debian 9 Past"),
    ("Ubuntu 16.04.7 LTS", "ubuntu 16.04 Past"),
    ("CentOS Linux release 7.9.2009", "centos 7 Past"),
    (
        "Red Hat Enterprise Linux Server release 6.10",
        "rhel 6 Past",
    ),
    ("VMware ESXi 6.7.0 build-17700523", "vmware-esxi 6.7 Past"),
    ("FortiOS v7.0.12", "fortios 7.0 Past"),
    ("Apache/2.2.15 (CentOS)", "apache-http-server 2.2 Past"),
    ("Apache/2.4.6 (CentOS)", "apache-http-server 2.4 Later"),
    ("nginx/1.14.0", "nginx 1.14 Past"),
    ("PHP/5.4.16", "php 5.4 Past"),
    ("OpenSSL/1.0.2k-fips", "openssl 1.0.2 Past"),
    ("OpenSSH_8.2p1 Ubuntu-4ubuntu0.5", ""),
];

/// The products, of which there are some where their folder is.
fn products() -> Option<Vec<(String, String)>> {
    let data = std::env::var_os("HYGIE_CONFORMANCE_DATA").map(PathBuf::from);
    let folder = data.map(|data| data.join("endoflife/products"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        println!("skipped: no `endoflife/products` in the folder of HYGIE_CONFORMANCE_DATA");
        return None;
    };
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let named: Vec<(String, String)> = named.collect();
    assert!(!named.is_empty(), "the folder of products is empty");
    Some(named)
}

#[test]
fn every_product_is_readable() {
    let Some(products) = products() else {
        return;
    };
    let mut cycles = 0;
    for (name, text) in &products {
        let product = Product::read(name, text).unwrap();
        let entries = text
            .lines()
            .filter(|line| line.starts_with("  - releaseCycle:"));
        assert_eq!(product.cycles.len(), entries.count(), "{name}");
        cycles += product.cycles.len();
    }
    println!(
        "products of endoflife.date: {}, cycles: {cycles}",
        products.len()
    );
}

#[test]
fn claims_are_of_cycles() {
    let Some(products) = products() else {
        return;
    };
    let mut calendar = Calendar::new().unwrap();
    for (name, text) in &products {
        calendar.read(name, text).unwrap();
    }
    let now = "2026-11-26".parse().unwrap();
    let mut wrong = Vec::new();
    for (claim, expected) in GOLDEN {
        let told: Vec<String> = calendar.judge(claim, now).iter().map(short).collect();
        if told.join(", ") != expected {
            wrong.push(format!("{claim}: {}", told.join(", ")));
        }
    }
    println!("claims of golden lines: {}", GOLDEN.len());
    assert_eq!(wrong, Vec::<String>::new());
    let build = calendar.judge_build("10.0.17763", now).unwrap();
    assert_eq!(build.candidates.len(), 5, "{build:?}");
}

/// `product cycle-or-candidates state`.
fn short(verdict: &Verdict) -> String {
    let candidates = verdict.candidates.join("|");
    let cycle = verdict.cycle.as_deref().unwrap_or(&candidates);
    format!("{} {cycle} {:?}", verdict.product, verdict.state)
}
