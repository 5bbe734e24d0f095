use super::HashKey;

/// The key and some answers of the reference implementation's table (`vectors_sip64`).
const KEY: HashKey = HashKey {
    low: 0x0706_0504_0302_0100,
    high: 0x0f0e_0d0c_0b0a_0908,
};

#[test]
fn agrees_with_the_published_vectors() {
    let bytes: Vec<u8> = (0..64).collect();
    for (length, expected) in [
        (0_usize, 0x726f_db47_dd0e_0e31_u64),
        (1, 0x74f8_39c5_93dc_67fd),
        (7, 0xab02_00f5_8b01_d137),
        (8, 0x93f5_f579_9a93_2462),
        (15, 0xa129_ca61_49be_45e5),
    ] {
        assert_eq!(KEY.hash(&bytes[..length]), expected, "length {length}");
    }
}

#[test]
fn lists_that_only_join_alike_differ() {
    assert_ne!(KEY.hash_all(["ab", "c"]), KEY.hash_all(["a", "bc"]));
    assert_ne!(KEY.hash_all(["ab"]), KEY.hash_all(["ab", ""]));
}
