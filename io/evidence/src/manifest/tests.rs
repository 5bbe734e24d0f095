use event::{RowGroupSealed, SegmentSealed};

use super::Manifest;
use crate::segment::Identity;

fn identity() -> Identity {
    Identity {
        log_id: [7; 16],
        origin: "example.org/evidence".into(),
        epoch: 0,
    }
}

fn sealed(first: u64, end: u64) -> SegmentSealed {
    SegmentSealed {
        first,
        end,
        object: format!("log/{first:016x}.parquet"),
        bytes: 100,
        sha256: "a".repeat(64),
        schema: 1,
        row_groups: vec![RowGroupSealed {
            rows: end - first,
            root: "r".into(),
        }],
    }
}

fn two() -> Manifest {
    let one = Manifest::default().with(&identity(), sealed(0, 5)).unwrap();
    one.with(&identity(), sealed(5, 9)).unwrap()
}

#[test]
fn what_is_written_reads_back() {
    assert_eq!(Manifest::parse(&two().to_bytes()), Ok(two()));
    assert_eq!((two().end(), two().origin()), (9, "example.org/evidence"));
}

#[test]
fn no_changed_cut_or_added_byte_passes() {
    let bytes = two().to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(Manifest::parse(&changed).is_err(), "byte {at}");
        assert!(Manifest::parse(&bytes[..at]).is_err(), "cut to {at}");
    }
    assert!(Manifest::parse(&[bytes.as_slice(), b"\n"].concat()).is_err());
    assert!(Manifest::parse(&[bytes.as_slice(), bytes.as_slice()].concat()).is_err());
}

#[test]
fn only_the_range_that_follows_is_taken() {
    for wrong in [sealed(8, 12), sealed(10, 12), sealed(0, 9)] {
        assert_eq!(two().with(&identity(), wrong), None);
    }
    for object in ["", "../escape", "a//b", "/root", "a/../../b"] {
        let object = object.to_owned();
        let outside = SegmentSealed {
            object,
            ..sealed(9, 10)
        };
        assert_eq!(two().with(&identity(), outside), None);
    }
    let miscounted = SegmentSealed {
        end: 11,
        ..sealed(9, 10)
    };
    assert_eq!(two().with(&identity(), miscounted), None);
    let other = Identity {
        log_id: [8; 16],
        ..identity()
    };
    assert_eq!(two().with(&other, sealed(9, 10)), None);
}
