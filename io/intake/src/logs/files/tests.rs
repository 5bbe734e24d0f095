use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use tempfile::TempDir;

use super::*;
use crate::logs::{Entry, Event, Unread};

/// What was read: the name of the file, and the kind of an event or the code of a fault.
fn told(paths: &[PathBuf], settings: &Settings) -> (Vec<(String, String)>, Progress) {
    let mut told = Vec::new();
    let progress = read(paths, settings, &mut |batch, progress| {
        assert!(!batch.is_empty() && progress.bytes_done <= progress.bytes_total);
        let name = batch.source().rsplit('/').next().unwrap().to_owned();
        for entry in batch.iter() {
            let what = match entry {
                Entry::Event(Event { kind, json, .. }) => {
                    serde_json::from_slice::<serde_json::Value>(json).unwrap();
                    kind.to_owned()
                }
                Entry::Unread(Unread { fault, .. }) => fault.code().to_owned(),
            };
            told.push((name.clone(), what));
        }
        ControlFlow::Continue(())
    });
    assert_eq!(progress.files_done, progress.files_total);
    (told, progress)
}

fn check(folder: &TempDir, meant: &[(&str, &str)]) {
    let (told, progress) = told(&[folder.path().to_owned()], &small());
    let told: Vec<(&str, &str)> = told
        .iter()
        .map(|(name, what)| (name.as_str(), what.as_str()))
        .collect();
    assert_eq!(told, meant);
    assert_eq!(progress.bytes_done, progress.bytes_total);
    let unread = meant.iter().filter(|(_, what)| what.starts_with("log-"));
    assert_eq!(progress.unread, u64::try_from(unread.count()).unwrap());
}

/// Caps that a test can reach.
fn small() -> Settings {
    let caps = Caps {
        expanded_bytes_max: 8 << 20,
        ratio_max: 20,
        ratio_free_bytes: 1 << 20,
        members_max: 3,
    };
    Settings {
        caps,
        ..Settings::default()
    }
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

const ZEEK: &[u8] = b"{\"ts\":1.5,\"uid\":\"C1\"}\n";
const EVE: &[u8] = b"{\"timestamp\":\"x\",\"event_type\":\"alert\"}\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// An archive of members by name, flags, method, packed bytes and checksum.
fn zipped(members: &[(&str, u16, u16, Vec<u8>, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, flags, method, packed, crc) in members {
        let at = u32::try_from(bytes.len()).unwrap();
        let mut shared = Vec::new();
        shared.extend(20_u16.to_le_bytes());
        shared.extend(flags.to_le_bytes());
        shared.extend(method.to_le_bytes());
        shared.extend([0; 4]);
        shared.extend(crc.to_le_bytes());
        shared.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        shared.extend([0; 4]);
        shared.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        shared.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let directory_at = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(directory_at);
    bytes.extend([0; 2]);
    bytes
}

#[test]
fn every_packing_is_known_by_its_first_bytes() {
    let zstd = zstd::encode_all(ZEEK, 3).unwrap();
    let members = [
        ("in/", 0, 0, Vec::new(), 0),
        ("in/http.log", 0, 0, ZEEK.to_vec(), crc32(ZEEK)),
        ("eve.json", 0, 8, deflate(EVE), crc32(EVE)),
    ];
    let two = [gzip(ZEEK), gzip(EVE)].concat();
    let files: [(&str, &[u8]); 7] = [
        ("conn.log", ZEEK),
        ("dns.log", &two),
        ("empty.log", b""),
        ("files.log", &zstd),
        ("ssh.log", &xz(ZEEK)),
        ("sub/ssl.log", ZEEK),
        ("z.bin", &zipped(&members)),
    ];
    check(
        &folder(&files),
        &[
            ("conn.log", "zeek.conn"),
            ("dns.log", "zeek.dns"),
            ("dns.log", "suricata.alert"),
            ("files.log", "zeek.files"),
            ("ssh.log", "zeek.ssh"),
            ("ssl.log", "zeek.ssl"),
            ("http.log", "zeek.http"),
            ("z.bin!eve.json", "suricata.alert"),
        ],
    );
}

#[test]
fn mixed_formats_and_damage_in_one_folder() {
    let syslog = b"<13>Nov 26 08:03:13 ws1 x: y\nnonsense\n{\"a\":\"\xff\"}\n{\"a\":";
    let damaged = gzip(&[ZEEK, ZEEK].concat());
    let cut = &damaged[..damaged.len() - 9];
    let mut flipped = zstd::encode_all(&ZEEK.repeat(50)[..], 3).unwrap();
    flipped.truncate(12);
    let files: [(&str, &[u8]); 5] = [
        ("a.log", syslog),
        ("b.gz", cut),
        ("c.zst", &flipped),
        ("d.evtx", b"ElfFile\0rubbish"),
        ("e.log", ZEEK),
    ];
    check(
        &folder(&files),
        &[
            ("a.log", "syslog"),
            ("a.log", "log-format"),
            ("a.log", "log-utf8"),
            ("a.log", "log-json"),
            ("b.gz", "zeek.other"),
            ("b.gz", "zeek.other"),
            ("b.gz", "log-damaged"),
            ("c.zst", "log-damaged"),
            ("d.evtx", "log-event-damaged"),
            ("e.log", "zeek.other"),
        ],
    );
}

#[test]
fn json_in_another_layout_is_read() {
    let pretty = b"[\n  {\n    \"ts\": 1.5,\n    \"uid\": \"C1\"\n  },\n  {\"x\": 1}\n]\n";
    let files: [(&str, &[u8]); 2] = [("a.json", pretty), ("b.json.gz", &gzip(pretty))];
    check(
        &folder(&files),
        &[
            ("a.json", "zeek.other"),
            ("a.json", "json"),
            ("b.json.gz", "zeek.other"),
            ("b.json.gz", "json"),
        ],
    );
}

#[test]
fn bombs_end_at_the_caps() {
    let zeros = vec![0; 4 << 20];
    let lines = ZEEK.repeat((3 << 20) / ZEEK.len());
    let packed = deflate(&zeros);
    let members = [
        ("one", 0, 8, packed.clone(), crc32(&zeros)),
        ("two", 0, 8, deflate(ZEEK), crc32(ZEEK)),
    ];
    let files: [(&str, &[u8]); 3] = [
        ("a.gz", &gzip(&zeros)),
        ("b.xz", &xz(&zeros)),
        ("c.zip", &zipped(&members)),
    ];
    check(
        &folder(&files),
        &[
            ("a.gz", "log-expands"),
            ("b.xz", "log-expands"),
            ("c.zip!one", "log-expands"),
            ("c.zip!two", "log-expands"),
        ],
    );
    // What came before the cap is told.
    let bomb = folder(&[("a.gz", &gzip(&lines))]);
    let (told, progress) = told(&[bomb.path().to_owned()], &small());
    let most = u64::try_from((1 << 20) / ZEEK.len()).unwrap();
    assert!((most / 2..=most).contains(&progress.events), "{progress:?}");
    assert_eq!(told.last().unwrap().1, "log-expands");
}

#[test]
fn what_an_archive_hides_is_told() {
    let good = |name| (name, 0, 0, ZEEK.to_vec(), crc32(ZEEK));
    let many = zipped(&[good("1"), good("2"), good("3"), good("4")]);
    let odd = zipped(&[
        ("locked", 1, 0, ZEEK.to_vec(), crc32(ZEEK)),
        ("method", 0, 12, ZEEK.to_vec(), crc32(ZEEK)),
        ("wrong", 0, 0, ZEEK.to_vec(), 7),
    ]);
    let cut = zipped(&[good("1")]);
    let cut = &cut[..cut.len() - 10];
    let files: [(&str, &[u8]); 4] = [
        ("a.zip", &many),
        ("b.zip", &odd),
        ("c.zip", cut),
        ("d.zip", b"PK\x05\x06"),
    ];
    check(
        &folder(&files),
        &[
            ("a.zip", "log-files-too-many"),
            ("b.zip!locked", "log-method"),
            ("b.zip!method", "log-method"),
            ("b.zip!wrong", "zeek.other"),
            ("b.zip!wrong", "log-damaged"),
            ("c.zip", "log-damaged"),
            ("d.zip", "log-damaged"),
        ],
    );
}

/// The last line of a file may have no line feed, whatever its length.
#[test]
fn a_last_line_that_is_too_long_is_told() {
    let long = vec![b'x'; crate::limits::LOG_BATCH_BYTES_MAX.max(wire::log::LINE_BYTES_MAX) + 2];
    let folder = folder(&[("a.log", &long)]);
    let (told, progress) = told(&[folder.path().join("a.log")], &small());
    assert_eq!(told.len(), 1, "{}", told.len());
    assert_eq!((progress.lines, progress.unread), (1, 1));
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_entry() {
    let long = [
        b"{\"a\":\"".as_slice(),
        &vec![b'x'; 100 << 20],
        b"\"}\n",
        ZEEK,
    ]
    .concat();
    let folder = folder(&[("a.log", &long)]);
    let mut told = Vec::new();
    read(&[folder.path().to_owned()], &small(), &mut |batch, _| {
        for entry in batch.iter() {
            if let Entry::Unread(unread) = entry {
                told.push((unread.fault.code(), unread.head.len(), unread.line_bytes));
            }
        }
        ControlFlow::Continue(())
    });
    let meant = ("log-line-too-long", 4_096, (100 << 20) + 8);
    assert_eq!(told, [meant]);
}

#[test]
fn whoever_takes_may_stop() {
    let lines = ZEEK.repeat(3 * crate::limits::LOG_BATCH_LINES_MAX);
    let folder = folder(&[("a.log", &lines), ("b.log", ZEEK)]);
    let mut batches = 0;
    let progress = read(&[folder.path().to_owned()], &small(), &mut |batch, _| {
        assert!(batch.len() <= crate::limits::LOG_BATCH_LINES_MAX);
        batches += 1;
        ControlFlow::Break(())
    });
    let Progress {
        files_done,
        files_total,
        ..
    } = progress;
    assert_eq!((batches, files_done, files_total), (1, 0, 2));
    assert!(progress.bytes_done < progress.bytes_total);
}

#[test]
fn what_is_not_there_is_told() {
    let folder = folder(&[("a.log", ZEEK)]);
    let paths = [folder.path().join("gone"), folder.path().join("a.log")];
    let (told, progress) = told(&paths, &small());
    let told: Vec<&str> = told.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(told, ["log-file", "zeek.other"]);
    assert_eq!(
        (progress.files_total, progress.events, progress.unread),
        (1, 1, 1)
    );
}
