//! Suites that nobody here wrote, read from the folder named by `HYGIE_CONFORMANCE_DATA`.
//!
//! Without that folder each suite says what it skipped and passes.
//! `merkle/testdata` holds RFC 6962 proofs, sound and mutated; `tessera/testdata/log` is a small
//! log written by another implementation.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
#![expect(clippy::print_stdout, reason = "a skipped suite is said, not hidden")]
#![expect(clippy::disallowed_methods, reason = "foreign suites lie in files")]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tlog::{
    BundleEntries, Checkpoint, Error, Hash, Tile, TileRead, TileTree, leaf_hash, prove_consistency,
    prove_inclusion, verify_consistency, verify_inclusion,
};

/// Verifier key that the foreign log's build script publishes.
const FOREIGN_KEY: &str =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
}

#[test]
fn inclusion_vectors() {
    check_vectors("merkle/testdata/inclusion", 98, check_inclusion);
}

fn check_inclusion(vector: &Inclusion) -> Result<(), Error> {
    let proof = hashes(vector.proof.as_deref().unwrap_or_default())?;
    let (leaf, root) = (
        Hash::from_base64(&vector.leaf_hash)?,
        Hash::from_base64(&vector.root)?,
    );
    verify_inclusion(&leaf, (vector.leaf_idx, vector.tree_size), &proof, &root)
}

#[test]
fn consistency_vectors() {
    check_vectors("merkle/testdata/consistency", 98, check_consistency);
}

fn check_consistency(vector: &Consistency) -> Result<(), Error> {
    let proof = hashes(vector.proof.as_deref().unwrap_or_default())?;
    let (old, new) = (opaque_root(&vector.root1), opaque_root(&vector.root2));
    verify_consistency((vector.size1, &old), (vector.size2, &new), &proof)
}

/// Some vectors carry words instead of roots where only their equality matters.
fn opaque_root(text: &str) -> Hash {
    Hash::from_base64(text).unwrap_or_else(|_| leaf_hash(text.as_bytes()))
}

/// Vectors about a part of a tree, `start..end`, instead of the whole.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subtree {
    leaf_idx: Option<u64>,
    leaf_hash: Option<String>,
    start: u64,
    end: u64,
    size: Option<u64>,
    root: Option<String>,
    root1: Option<String>,
    root2: Option<String>,
    proof: Option<Vec<String>>,
}

impl Subtree {
    /// Whether a tree has this part: its start is a multiple of the next power of two.
    fn is_part_of_a_tree(&self) -> bool {
        let leaves = self
            .end
            .checked_sub(self.start)
            .filter(|leaves| *leaves > 0);
        let whole = leaves.and_then(u64::checked_next_power_of_two);
        whole.is_some_and(|whole| self.start.is_multiple_of(whole))
    }
}

/// A part of a tree is a tree: our proofs are checked against it with its own numbers.
#[test]
fn subtree_inclusion_vectors() {
    check_vectors(
        "merkle/testdata/subtreeinclusion",
        204,
        check_subtree_inclusion,
    );
}

fn check_subtree_inclusion(vector: &Subtree) -> Result<(), Error> {
    let index = vector.leaf_idx.unwrap_or_default();
    let index = index.checked_sub(vector.start).ok_or(Error::Proof)?;
    if !vector.is_part_of_a_tree() {
        return Err(Error::Proof);
    }
    let proof = hashes(vector.proof.as_deref().unwrap_or_default())?;
    let leaf = Hash::from_base64(vector.leaf_hash.as_deref().unwrap_or_default())?;
    let root = Hash::from_base64(vector.root.as_deref().unwrap_or_default())?;
    verify_inclusion(&leaf, (index, vector.end - vector.start), &proof, &root)
}

/// A part that begins with the first leaf is an earlier tree, so these are consistency proofs;
/// we make and check none about other parts, which is said.
#[test]
fn subtree_consistency_vectors() {
    let Some(folder) = suite("merkle/testdata/subtreeconsistency") else {
        return;
    };
    let (mut checked, mut others) = (0, 0);
    for file in json_files(&folder) {
        let bytes = fs::read(&file).unwrap();
        let vector: Subtree = serde_json::from_slice(&bytes).unwrap();
        // Nothing can be proved about an empty tree, so we refuse what these let pass.
        if vector.start > 0 || vector.end == 0 {
            others += 1;
            continue;
        }
        let consistency = Consistency {
            size1: vector.end,
            size2: vector.size.unwrap_or_default(),
            root1: vector.root1.unwrap_or_default(),
            root2: vector.root2.unwrap_or_default(),
            proof: vector.proof,
        };
        assert_expected(&file, &bytes, &check_consistency(&consistency));
        checked += 1;
    }
    println!("{checked} vectors from the first leaf on, {others} about other parts are not ours");
    assert!(checked >= 30, "only {checked} vectors");
}

#[test]
fn foreign_log() {
    let Some(folder) = suite("tessera/testdata/log") else {
        return;
    };
    let key = FOREIGN_KEY.parse().unwrap();
    let mut newest = None;
    let mut tree = TileTree::new();
    for size in 0..=15_u64 {
        let bytes = fs::read(folder.join(format!("checkpoint.{size}"))).unwrap();
        let checkpoint = Checkpoint::open(&bytes, &key).unwrap();
        assert_eq!(checkpoint.size(), size);
        if size > 0 {
            let path = Tile::entries(0).at_size(size).unwrap();
            let bundle = fs::read(folder.join(path.to_string())).unwrap();
            let entries: Vec<_> = BundleEntries::new(&bundle)
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(entries.len() as u64, size);
            let leaf = leaf_hash(entries.last().unwrap());
            tree.push(leaf, |_, _| Err(Error::Tile)).unwrap();
            for (tile, row) in tree.partials() {
                assert_eq!(
                    fs::read(folder.join(tile.to_string())).unwrap(),
                    row,
                    "{tile}"
                );
            }
        }
        assert_eq!(tree.root(), checkpoint.root(), "size {size}");
        newest = Some(checkpoint);
    }
    check_foreign_proofs(&folder, &newest.unwrap());
}

/// Proofs made from the foreign tiles verify against the foreign signed root.
fn check_foreign_proofs(folder: &Path, head: &Checkpoint) {
    let size = head.size();
    let mut tiles = TileRead::new(size, |tile: Tile| {
        fs::read(folder.join(tile.to_string())).map_err(|_| Error::Tile)
    });
    for index in 0..size {
        let leaf = tiles.node(0, index).unwrap();
        let proof = prove_inclusion(index, size, |level, at| tiles.node(level, at)).unwrap();
        verify_inclusion(&leaf, (index, size), &proof, &head.root()).unwrap();
    }
    for first in 1..size {
        let old = fs::read(folder.join(format!("checkpoint.{first}"))).unwrap();
        let old = Checkpoint::open(&old, &FOREIGN_KEY.parse().unwrap()).unwrap();
        let proof = prove_consistency(first, size, |level, at| tiles.node(level, at)).unwrap();
        verify_consistency((first, &old.root()), (size, &head.root()), &proof).unwrap();
    }
}

/// Folder of a suite, or a word about why it is skipped.
/// What a vector says of itself, whatever it is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    desc: String,
    want_err: bool,
}

/// Checks every vector of a suite: what it calls wrong must fail, and everything else must hold.
fn check_vectors<V: DeserializeOwned>(
    path: &str,
    vectors_min: usize,
    check: fn(&V) -> Result<(), Error>,
) {
    let Some(folder) = suite(path) else {
        return;
    };
    let files = json_files(&folder);
    assert!(
        files.len() >= vectors_min,
        "only {} vectors in {path}",
        files.len()
    );
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let outcome = check(&serde_json::from_slice(&bytes).unwrap());
        assert_expected(&file, &bytes, &outcome);
    }
}

fn assert_expected(file: &Path, vector: &[u8], outcome: &Result<(), Error>) {
    let Expected { desc, want_err } = serde_json::from_slice(vector).unwrap();
    assert_eq!(outcome.is_err(), want_err, "{}: {desc}", file.display());
}

fn suite(path: &str) -> Option<PathBuf> {
    let Some(data) = std::env::var_os("HYGIE_CONFORMANCE_DATA") else {
        println!("skipped: {path}: HYGIE_CONFORMANCE_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(data).join(path);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {path}: no such folder under HYGIE_CONFORMANCE_DATA");
    None
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                files.push(path);
            }
        }
    }
    files
}

fn hashes(texts: &[String]) -> Result<Vec<Hash>, Error> {
    texts
        .iter()
        .map(|text| {
            // An entry of another length than 32 bytes is garbage, never a hash.
            let bytes = STANDARD.decode(text).map_err(|_| Error::Proof)?;
            Hash::from_slice(&bytes).ok_or(Error::Proof)
        })
        .collect()
}
