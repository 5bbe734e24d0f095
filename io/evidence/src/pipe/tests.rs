use std::io;

use proptest::prelude::*;

use super::{FrameReader, FrameWriter};
use crate::{Error, Salted};

fn stream(entries: &[Salted]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Vec::new()).unwrap();
    for entry in entries {
        writer.write(entry).unwrap();
    }
    writer.finish().unwrap()
}

/// Everything up to the end mark, or up to the first fault.
fn read_all(bytes: &[u8]) -> (Vec<Salted>, bool) {
    let mut reader = FrameReader::new(bytes);
    let mut entries = Vec::new();
    loop {
        match reader.read() {
            Ok(Some(entry)) => entries.push(Salted {
                index: entry.index,
                time_us: entry.time_us,
                class: entry.class,
                salt: entry.salt,
                payload: entry.payload.to_vec(),
            }),
            Ok(None) => return (entries, true),
            Err(_) => return (entries, false),
        }
    }
}

fn entries() -> impl Strategy<Value = Vec<Salted>> {
    let entry = (any::<u64>(), any::<u64>(), any::<u16>(), any::<[u8; 16]>());
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    let salted = (entry, payload).prop_map(|((index, time_us, class, salt), payload)| Salted {
        index,
        time_us,
        class,
        salt,
        payload,
    });
    prop::collection::vec(salted, 0..6)
}

/// A place that fails once its bytes are read.
struct Failing<'a>(&'a [u8], io::ErrorKind);

impl io::Read for Failing<'_> {
    fn read(&mut self, place: &mut [u8]) -> io::Result<usize> {
        match self.0.read(place)? {
            0 => Err(self.1.into()),
            read => Ok(read),
        }
    }
}

#[test]
fn what_cannot_be_reached_is_not_called_damaged() {
    let entry = Salted {
        index: 6,
        time_us: 1,
        class: 2,
        salt: [3; 16],
        payload: b"entry".to_vec(),
    };
    let bytes = stream(&[entry]);
    let after_one = bytes.len() - 16;
    for (kind, damaged) in [
        (io::ErrorKind::InvalidData, true),
        (io::ErrorKind::Other, false),
        (io::ErrorKind::TimedOut, false),
    ] {
        let mut reader = FrameReader::new(Failing(&bytes[..after_one], kind));
        assert_eq!(reader.read().unwrap().unwrap().index, 6);
        match reader.read() {
            Err(Error::Sealed { from: 7, .. }) => assert!(damaged, "{kind}"),
            Err(Error::SealedUnread { from: 7, cause }) => {
                assert!(!damaged, "{kind}");
                assert_eq!(cause.kind(), kind);
            }
            other => panic!("{kind}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(entries in entries()) {
        prop_assert_eq!(read_all(&stream(&entries)), (entries, true));
    }

    #[test]
    fn a_cut_stream_never_looks_whole(entries in entries(), cut in any::<prop::sample::Index>()) {
        let whole = stream(&entries);
        let (read, ended) = read_all(&whole[..cut.index(whole.len())]);
        prop_assert!(!ended);
        prop_assert!(entries.starts_with(&read));
    }

    #[test]
    fn a_changed_byte_never_changes_an_entry(
        entries in entries(), at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let mut bytes = stream(&entries);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let (read, ended) = read_all(&bytes);
        prop_assert!(!ended);
        prop_assert!(entries.starts_with(&read));
    }
}
