use hospital::InventoryLimits;
use hospital::inventory::Inventory;

use super::made::capture;
use super::*;

/// Gives few bytes at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let few = self.0.len().min(7).min(buffer.len());
        let (now, later) = self.0.split_at(few);
        buffer[..few].copy_from_slice(now);
        self.0 = later;
        Ok(few)
    }
}

fn all(bytes: &[u8]) -> (Vec<Observation>, Observed) {
    let mut told = Vec::new();
    let observed = follow(&mut Slow(bytes), "mirror", &mut |some| {
        told.extend(some);
        ControlFlow::Continue(())
    });
    (told, observed.unwrap())
}

fn source(command: &[&str]) -> LiveSource {
    LiveSource {
        name: "mirror".to_owned(),
        command: command.iter().map(|it| (*it).to_owned()).collect(),
    }
}

#[test]
fn a_capture_in_pieces_tells_what_the_whole_tells() {
    let bytes = capture(5);
    let (told, observed) = all(&bytes);
    assert_eq!((observed.frames, observed.broken), (5, None));
    let mut folded = Inventory::new(InventoryLimits::DEFAULT);
    for one in &told {
        folded.add(one);
    }
    let mut whole = Inventory::new(InventoryLimits::DEFAULT);
    super::super::observe(&bytes, "mirror", &mut whole).unwrap();
    assert_eq!(whole.len(), 5);
    assert_eq!(folded, whole);
}

#[test]
fn what_is_cut_or_no_capture_is_said() {
    let bytes = capture(2);
    let (_, cut) = all(&bytes[..bytes.len() - 1]);
    assert_eq!((cut.frames, cut.broken), (1, Some(Fault::Truncated)));
    let (told, other) = all(b"{\"this\": \"is no capture at all\"}");
    assert_eq!((told.len(), other.broken), (0, Some(Fault::NotACapture)));
}

#[test]
fn a_program_writes_a_capture_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    std::fs::write(&path, capture(3)).unwrap();
    let live = source(&["cat", path.to_str().unwrap()]).start().unwrap();
    let mut told = 0;
    let observed = live.follow(&mut |some| {
        told += some.len();
        ControlFlow::Continue(())
    });
    assert_eq!(observed.unwrap().frames, 3);
    assert!(told > 0);
    assert!(source(&["/no/such/program"]).start().is_err());
    assert!(source(&[]).start().is_err());
}

#[test]
fn a_program_that_goes_on_is_ended_from_outside() {
    let live = source(&["sleep", "1000"]).start().unwrap();
    let ending = live.ending();
    let thread = std::thread::spawn(move || live.follow(&mut |_| ControlFlow::Continue(())));
    ending.end();
    let observed = thread.join().unwrap().unwrap();
    assert_eq!(observed, Observed::default());
}

#[test]
fn whoever_has_enough_breaks_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    std::fs::write(&path, capture(3)).unwrap();
    let script = format!("cat '{}'; exec sleep 1000", path.display());
    let live = source(&["sh", "-c", &script]).start().unwrap();
    let observed = live.follow(&mut |_| ControlFlow::Break(()));
    assert_eq!(observed.unwrap().frames, 1);
}

#[test]
fn an_interface_is_no_argument() {
    let names = ["eth0", "ens5f1.120", "br-mirror", "veth0@if3"];
    for name in names {
        let source = LiveSource::of_interface("m", name).unwrap();
        assert_eq!(source.command.last().map(String::as_str), Some(name));
    }
    for name in [
        "",
        "-w",
        "eth0 -w",
        "eth0;id",
        "a/b",
        "sixteen-bytes-16",
        "\u{e9}th0",
    ] {
        assert_eq!(LiveSource::of_interface("m", name), None, "{name}");
    }
}
