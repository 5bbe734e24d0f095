//! A capture that is made up, for tests.

/// Frames in which addresses say which interface they stand on (RFC 826).
pub(crate) fn capture(count: u8) -> Vec<u8> {
    let mut bytes = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
    bytes.extend([2, 0, 4, 0]);
    for word in [0, 0, 65_535, 1_u32] {
        bytes.extend(word.to_le_bytes());
    }
    for number in 1..=count {
        let interface = [2, 0, 0, 0, 0, number];
        let arp = [0, 1, 8, 0, 6, 4, 0, 2];
        let frame = [
            &[0xff; 6][..],
            &interface,
            &[8, 6],
            &arp,
            &interface,
            &[10, 0, 0, number],
            &[0xff; 6],
            &[10, 0, 0, 200],
        ]
        .concat();
        let length = u32::try_from(frame.len()).unwrap();
        for word in [1_700_000_000, 5, length, length] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(frame);
    }
    bytes
}
