//! The tree, its tiles and its proofs against two others: the definition of RFC 6962 written
//! down naively, and the independent crate `ct-merkle`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at a surprise"
)]
#![expect(clippy::cast_possible_truncation, reason = "sizes here are small")]

use std::collections::BTreeMap;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use tlog::{
    Error, Frontier, Hash, Tile, TileRead, TileTree, empty_root, leaf_hash, node_hash,
    prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};

/// MTH of RFC 6962 section 2.1, word for word.
fn naive_root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let split = split(leaves.len());
            node_hash(&naive_root(&leaves[..split]), &naive_root(&leaves[split..]))
        }
    }
}

/// Largest power of two smaller than a number of leaves.
fn split(leaves: usize) -> usize {
    let mut split = 1;
    while split * 2 < leaves {
        split *= 2;
    }
    split
}

/// PATH of RFC 6962 section 2.1.1, word for word.
fn naive_path(index: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, sibling) = if index < left.len() {
        (naive_path(index, left), right)
    } else {
        (naive_path(index - left.len(), right), left)
    };
    path.push(naive_root(sibling));
    path
}

/// SUBPROOF of RFC 6962 section 2.1.2, word for word.
fn naive_subproof(first: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return (!whole).then(|| naive_root(leaves)).into_iter().collect();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if first <= left.len() {
        (naive_subproof(first, left, whole), right)
    } else {
        (naive_subproof(first - left.len(), right, false), left)
    };
    proof.push(naive_root(sibling));
    proof
}

/// All tiles of a log as static files would hold them.
#[derive(Default)]
struct Tiles {
    tree: TileTree,
    files: BTreeMap<String, Vec<u8>>,
}

impl Tiles {
    fn of(leaves: &[Vec<u8>]) -> Self {
        let mut tiles = Self::default();
        for leaf in leaves {
            tiles.push(leaf);
        }
        tiles.publish_partials();
        tiles
    }

    fn push(&mut self, leaf: &[u8]) {
        let files = &mut self.files;
        self.tree
            .push(leaf_hash(leaf), |tile, bytes| {
                assert!(
                    files.insert(tile.to_string(), bytes.to_vec()).is_none(),
                    "{tile} twice"
                );
                Ok::<_, Error>(())
            })
            .unwrap();
    }

    fn publish_partials(&mut self) {
        for (tile, bytes) in self.tree.partials() {
            self.files.insert(tile.to_string(), bytes.to_vec());
        }
    }

    fn node(&self, size: u64) -> impl FnMut(u32, u64) -> Result<Hash, Error> {
        let mut read = TileRead::new(size, |tile: Tile| {
            self.files
                .get(&tile.to_string())
                .cloned()
                .ok_or(Error::Tile)
        });
        move |level, index| read.node(level, index)
    }
}

fn leaves(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|n| format!("leaf {n}").into_bytes())
        .collect()
}

#[test]
fn roots_agree_for_every_small_size() {
    let all = leaves(600);
    let mut frontier = Frontier::new();
    let mut foreign = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut tiles = Tiles::default();
    for size in 0..=all.len() {
        let expected = naive_root(&all[..size]);
        assert_eq!(frontier.root(), expected, "frontier of {size}");
        assert_eq!(tiles.tree.root(), expected, "tiles of {size}");
        assert_eq!(
            &foreign.root().as_bytes()[..],
            expected.as_bytes(),
            "ct-merkle of {size}"
        );
        assert_eq!(
            Frontier::from_bytes(&frontier.to_bytes()).unwrap(),
            frontier
        );
        if let Some(leaf) = all.get(size) {
            frontier.push(leaf_hash(leaf)).unwrap();
            tiles.push(leaf);
            foreign.push(leaf.clone());
        }
    }
}

#[test]
fn a_tree_restarts_from_its_partial_tiles() {
    for size in [
        0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000,
    ] {
        let all = leaves(size + 300);
        let mut whole = Tiles::of(&all[..size]);
        let mut restarted = TileTree::resume(size as u64, |tile| {
            whole
                .files
                .get(&tile.to_string())
                .cloned()
                .ok_or(Error::Tile)
        })
        .unwrap();
        assert_eq!(restarted.root(), whole.tree.root());
        for leaf in &all[size..] {
            whole.push(leaf);
            let files = &whole.files;
            restarted
                .push(leaf_hash(leaf), |tile, bytes| {
                    assert_eq!(files.get(&tile.to_string()).map(Vec::as_slice), Some(bytes));
                    Ok::<_, Error>(())
                })
                .unwrap();
        }
        assert_eq!(restarted.frontier(), whole.tree.frontier());
        assert!(restarted.partials().eq(whole.tree.partials()));
    }
}

#[test]
fn a_tree_refuses_to_restart_from_tiles_of_another_width() {
    let tiles = Tiles::of(&leaves(300));
    let short: Result<_, Error> = TileTree::resume(300, |tile| {
        let mut bytes = tiles
            .files
            .get(&tile.to_string())
            .cloned()
            .ok_or(Error::Tile)?;
        bytes.pop();
        Ok(bytes)
    });
    assert_eq!(short.unwrap_err(), Error::Tile);
}

#[test]
fn every_proof_of_small_trees_is_that_of_the_foreign_crate_and_verifies() {
    let all = leaves(70);
    for size in 1..=all.len() {
        let tiles = Tiles::of(&all[..size]);
        let root = tiles.tree.root();
        let mut foreign = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        all[..size]
            .iter()
            .for_each(|leaf| foreign.push(leaf.clone()));
        let size = size as u64;
        for index in 0..size {
            let proof = prove_inclusion(index, size, tiles.node(size)).unwrap();
            assert_eq!(
                concat(&proof),
                foreign.prove_inclusion(index as usize).as_bytes()
            );
            assert_eq!(proof, naive_path(index as usize, &all[..size as usize]));
            let leaf = leaf_hash(&all[index as usize]);
            verify_inclusion(&leaf, (index, size), &proof, &root).unwrap();
        }
        for first in 1..size {
            let proof = prove_consistency(first, size, tiles.node(size)).unwrap();
            let additions = usize::try_from(size - first).unwrap();
            assert_eq!(
                concat(&proof),
                foreign.prove_consistency(additions).as_bytes()
            );
            let naive = naive_subproof(first as usize, &all[..size as usize], true);
            assert_eq!(proof, naive);
            let first_root = naive_root(&all[..first as usize]);
            verify_consistency((first, &first_root), (size, &root), &proof).unwrap();
        }
    }
}

fn concat(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

#[test]
fn proofs_outside_the_tree_are_not_made() {
    let tiles = Tiles::of(&leaves(5));
    let outside = |index| Err(Error::OutOfTree { index, size: 5 });
    assert_eq!(prove_inclusion(5, 5, tiles.node(5)), outside(5));
    assert_eq!(prove_consistency(0, 5, tiles.node(5)), outside(0));
    assert_eq!(prove_consistency(6, 5, tiles.node(5)), outside(6));
    assert_eq!(prove_consistency(5, 5, tiles.node(5)), Ok(vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Proofs over several tile levels hold, and no change of one part goes unnoticed.
    #[test]
    fn a_proof_holds_and_any_change_breaks_it(
        size in 1_usize..1500,
        at in any::<prop::sample::Index>(),
        harm in any::<(prop::sample::Index, u8, u8)>(),
    ) {
        let all = leaves(size);
        let tiles = Tiles::of(&all);
        let (root, index, size) = (tiles.tree.root(), at.index(size) as u64, size as u64);
        let leaf = leaf_hash(&all[index as usize]);
        let proof = prove_inclusion(index, size, tiles.node(size)).unwrap();
        prop_assert!(verify_inclusion(&leaf, (index, size), &proof, &root).is_ok());

        let mut longer = proof.clone();
        longer.push(root);
        prop_assert!(verify_inclusion(&leaf, (index, size), &longer, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, (index, size), &proof, &leaf_hash(b"x")).is_err());
        prop_assert!(verify_inclusion(&leaf_hash(b"x"), (index, size), &proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, (size, size), &proof, &root).is_err());
        if let Some((_, shorter)) = proof.split_last() {
            prop_assert!(verify_inclusion(&leaf, (index, size), shorter, &root).is_err());
            prop_assert!(verify_inclusion(&leaf, (index ^ 1, size), &proof, &root).is_err());
            let mut flipped = proof.clone();
            let victim = harm.0.index(flipped.len());
            let mut bytes = *flipped[victim].as_bytes();
            bytes[usize::from(harm.1) % 32] ^= harm.2.max(1);
            flipped[victim] = Hash::new(bytes);
            prop_assert!(verify_inclusion(&leaf, (index, size), &flipped, &root).is_err());
        }
    }

    /// A proof between two sizes holds, and no change of one part goes unnoticed.
    #[test]
    fn a_prefix_is_consistent_and_any_change_breaks_it(
        size in 2_usize..1500,
        at in any::<prop::sample::Index>(),
        harm in any::<(prop::sample::Index, u8, u8)>(),
    ) {
        let all = leaves(size);
        let tiles = Tiles::of(&all);
        let first = 1 + at.index(size - 1);
        let (old, new) = (naive_root(&all[..first]), tiles.tree.root());
        let (first, size) = (first as u64, size as u64);
        let proof = prove_consistency(first, size, tiles.node(size)).unwrap();
        prop_assert!(verify_consistency((first, &old), (size, &new), &proof).is_ok());

        let forged = leaf_hash(b"x");
        prop_assert!(verify_consistency((first, &forged), (size, &new), &proof).is_err());
        prop_assert!(verify_consistency((first, &old), (size, &forged), &proof).is_err());
        prop_assert!(verify_consistency((size, &new), (first, &old), &proof).is_err());
        let mut longer = proof.clone();
        longer.push(new);
        prop_assert!(verify_consistency((first, &old), (size, &new), &longer).is_err());
        let (_, shorter) = proof.split_last().unwrap();
        prop_assert!(verify_consistency((first, &old), (size, &new), shorter).is_err());
        let mut flipped = proof.clone();
        let victim = harm.0.index(flipped.len());
        let mut bytes = *flipped[victim].as_bytes();
        bytes[usize::from(harm.1) % 32] ^= harm.2.max(1);
        flipped[victim] = Hash::new(bytes);
        prop_assert!(verify_consistency((first, &old), (size, &new), &flipped).is_err());
    }

    /// Whatever sizes and hashes a stranger sends, verification ends with a value.
    #[test]
    fn hostile_proofs_are_refused(index: u64, size: u64, count in 0_usize..80) {
        let proof = vec![leaf_hash(b"p"); count];
        let root = leaf_hash(b"r");
        prop_assert!(verify_inclusion(&leaf_hash(b"l"), (index, size), &proof, &root).is_err());
        prop_assert!(verify_consistency((index, &root), (size, &leaf_hash(b"s")), &proof).is_err());
    }

    /// A frontier read from arbitrary bytes is either refused or writes the same bytes again.
    #[test]
    fn frontiers_have_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
