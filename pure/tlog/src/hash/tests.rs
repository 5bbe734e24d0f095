//! Hashes known from RFC 6962 implementations, and the eight leaves every one of them tests with.

use super::*;
use crate::Frontier;

const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// Roots of the trees of the first one to eight leaves.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(text: &str) -> Vec<u8> {
    let nibble = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    text.as_bytes()
        .chunks(2)
        .map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
        .collect()
}

#[test]
fn the_empty_tree_hashes_nothing() {
    let expected = hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(empty_root().as_bytes().as_slice(), expected);
    assert_eq!(Frontier::new().root(), empty_root());
}

#[test]
fn known_trees_have_known_roots() {
    let mut frontier = Frontier::new();
    for (leaf, root) in LEAVES.iter().zip(ROOTS) {
        frontier.push(leaf_hash(&hex(leaf))).unwrap();
        assert_eq!(frontier.root().as_bytes().as_slice(), hex(root));
    }
}

#[test]
fn base64_has_one_spelling() {
    let hash = leaf_hash(b"x");
    assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    for text in [
        "",
        "AAAA",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
        "!",
    ] {
        assert!(Hash::from_base64(text).is_err(), "{text}");
    }
}

/// The way by blocks against the general one, over every length around the edges of a block.
#[test]
fn hashing_by_blocks_is_hashing() {
    let data: Vec<u8> = (0..200_u8).collect();
    for length in 0..data.len() {
        let leaf = &data[..length];
        let expected: [u8; HASH_BYTES] = Sha256::digest([&[0], leaf].concat()).into();
        assert_eq!(leaf_hash(leaf).as_bytes(), &expected, "{length} bytes");
    }
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    let input = [&[1][..], left.as_bytes(), right.as_bytes()].concat();
    let expected: [u8; HASH_BYTES] = Sha256::digest(input).into();
    assert_eq!(node_hash(&left, &right).as_bytes(), &expected);
}
