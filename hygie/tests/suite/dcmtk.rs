//! An archive and clients of DICOM that nobody here wrote (DCMTK): on free ports, ended with a test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

/// Programs of the archive and of its clients.
const PROGRAMS: [&str; 7] = [
    "dcmqrscp", "dump2dcm", "echoscu", "findscu", "getscu", "movescu", "storescu",
];

/// Whether they are there; a test that has to run without them fails.
pub(crate) fn is_there() -> bool {
    let is_there = |name: &&str| Path::new("/usr/bin").join(name).is_file();
    let missing: Vec<_> = PROGRAMS.iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return true;
    }
    let required = std::env::var_os("HYGIE_REQUIRE_FOREIGN").is_some();
    assert!(!required, "{missing:?} are not there");
    println!("skipped: no DCMTK; `cargo xtask test` installs it");
    false
}

/// An archive of images.
#[derive(Debug)]
pub(crate) struct Archive {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) store: PathBuf,
}

impl Archive {
    /// Starts one in a folder, which knows where to send what `VIEWER1` asks for.
    pub(crate) fn start(place: &Path, viewer: SocketAddr) -> Self {
        let store = place.join("archive");
        fs::create_dir(&store).unwrap();
        let address = free_address();
        let config = place.join("dcmqrscp.cfg");
        let text = format!(
            "NetworkTCPPort = {}\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\n\
             viewer = (VIEWER1, localhost, {})\nHostTable END\nVendorTable BEGIN\n\
             VendorTable END\nAETable BEGIN\nARCHIVE {} RW (9, 1024mb) ANY\nAETable END\n",
            address.port(),
            viewer.port(),
            store.display()
        );
        fs::write(&config, text).unwrap();
        let mut child = Command::new("dcmqrscp")
            .arg("-v")
            .arg("-c")
            .arg(&config)
            .arg(address.port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A full pipe would stop it.
        let said = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || said.lines().for_each(drop));
        let said = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || said.lines().for_each(drop));
        while TcpStream::connect(address).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "the archive ended");
            thread::yield_now();
        }
        Self {
            child,
            address,
            store,
        }
    }

    /// How many images it holds.
    pub(crate) fn images(&self) -> usize {
        let files = fs::read_dir(&self.store).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with("index")).count()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address of the loopback that nobody uses now.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// One image of a patient, in a file.
pub(crate) fn image(place: &Path, patient: &str, number: u8) -> PathBuf {
    let study = format!("1.2.826.0.1.3680043.9.7000.{patient}");
    let text = format!(
        "(0002,0010) UI =LittleEndianExplicit\n\
         (0008,0016) UI =SecondaryCaptureImageStorage\n\
         (0008,0018) UI [{study}.1.{number}]\n(0008,0020) DA [20260302]\n\
         (0008,0060) CS [OT]\n(0008,0064) CS [WSD]\n(0010,0010) PN [Essai^{patient}]\n\
         (0010,0020) LO [{patient}]\n(0010,0030) DA [19700101]\n(0020,000d) UI [{study}]\n\
         (0020,000e) UI [{study}.1]\n(0020,0010) SH [S{patient}]\n(0020,0013) IS [{number}]\n\
         (0028,0002) US 1\n(0028,0004) CS [MONOCHROME2]\n(0028,0010) US 2\n(0028,0011) US 2\n\
         (0028,0100) US 8\n(0028,0101) US 8\n(0028,0102) US 7\n(0028,0103) US 0\n\
         (7fe0,0010) OB 00\\01\\02\\03\n"
    );
    let dump = place.join(format!("{patient}-{number}.dump"));
    let file = place.join(format!("{patient}-{number}.dcm"));
    fs::write(&dump, text).unwrap();
    let made = Command::new("dump2dcm")
        .args([&dump, &file])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    file
}

/// Runs a client against an address, in a folder of its own.
pub(crate) fn client(
    program: &str,
    (calling, called): (&str, &str),
    address: SocketAddr,
    (options, files): (&[&str], &[&Path]),
    place: &Path,
) -> Output {
    Command::new(program)
        .current_dir(place)
        .args(["-v", "-aet", calling, "-aec", called])
        .args(options)
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .args(files)
        .output()
        .unwrap()
}
