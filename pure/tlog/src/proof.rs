//! Inclusion and consistency proofs: made as RFC 6962 defines them, verified as RFC 9162 says.

use crate::error::Error;
use crate::hash::{Hash, empty_root, node_hash};

/// Proves that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1).
///
/// `node(level, index)` gives the root of a perfect subtree, for example [`crate::TileRead::node`].
/// The proof lists sibling hashes from the leaf upwards.
///
/// # Errors
/// [`Error::OutOfTree`] when the leaf is not in the tree, and whatever `node` fails with.
pub fn prove_inclusion<E: From<Error>>(
    index: u64,
    size: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(Error::OutOfTree { index, size }.into());
    }
    let mut siblings = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            siblings.push((middle, end));
            end = middle;
        } else {
            siblings.push((start, middle));
            start = middle;
        }
    }
    siblings
        .into_iter()
        .rev()
        .map(|range| range_root(range, &mut node))
        .collect()
}

/// Proves that the tree of `first` leaves is a prefix of that of `second` (RFC 6962 section 2.1.2).
///
/// The proof between equal sizes is empty.
///
/// # Errors
/// [`Error::OutOfTree`] when `first` is zero with a non-empty second tree, or larger than
/// `second`; and whatever `node` fails with.
pub fn prove_consistency<E: From<Error>>(
    first: u64,
    second: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if first == second {
        return Ok(Vec::new());
    }
    if first == 0 || first > second {
        return Err(Error::OutOfTree {
            index: first,
            size: second,
        }
        .into());
    }
    let mut ranges = Vec::new();
    let (mut start, mut end) = (0, second);
    // The old root itself is left out as long as the walk stays on the left edge.
    while first != end {
        let middle = start + split(end - start);
        if first <= middle {
            ranges.push((middle, end));
            end = middle;
        } else {
            ranges.push((start, middle));
            start = middle;
        }
    }
    if start > 0 {
        ranges.push((start, end));
    }
    ranges
        .into_iter()
        .rev()
        .map(|range| range_root(range, &mut node))
        .collect()
}

/// Checks an inclusion proof (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`Error::OutOfTree`] when the leaf cannot be in the tree, [`Error::Proof`] when the proof is
/// too short, too long, or leads to another root.
pub fn verify_inclusion(
    leaf: &Hash,
    (index, size): (u64, u64),
    proof: &[Hash],
    root: &Hash,
) -> Result<(), Error> {
    if index >= size {
        return Err(Error::OutOfTree { index, size });
    }
    let (mut here, mut last) = (index, size - 1);
    let mut node = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(Error::Proof);
        }
        if here & 1 == 1 || here == last {
            node = node_hash(sibling, &node);
            // A last node without right sibling rises unchanged until it is a right child.
            let lone = here.trailing_zeros().min(63);
            here >>= lone;
            last >>= lone;
        } else {
            node = node_hash(&node, sibling);
        }
        here >>= 1;
        last >>= 1;
    }
    if last == 0 && node == *root {
        Ok(())
    } else {
        Err(Error::Proof)
    }
}

/// Checks a consistency proof (RFC 9162 section 2.1.4.2).
///
/// Trees of equal size are consistent when their roots are equal and the proof is empty;
/// the empty tree has only one root.
///
/// # Errors
/// [`Error::OutOfTree`] when no proof can exist between the sizes, [`Error::Proof`] when the
/// proof is too short, too long, or leads to another root.
pub fn verify_consistency(
    (first, first_root): (u64, &Hash),
    (second, second_root): (u64, &Hash),
    proof: &[Hash],
) -> Result<(), Error> {
    if first == second {
        let possible = first > 0 || *first_root == empty_root();
        let same = possible && proof.is_empty() && first_root == second_root;
        return if same { Ok(()) } else { Err(Error::Proof) };
    }
    if first == 0 || first > second {
        return Err(Error::OutOfTree {
            index: first,
            size: second,
        });
    }
    let (seed, path) = if first.is_power_of_two() {
        (first_root, proof)
    } else {
        proof.split_first().ok_or(Error::Proof)?
    };
    if proof.is_empty() {
        return Err(Error::Proof);
    }
    let whole = (first - 1).trailing_ones();
    let (mut here, mut last) = ((first - 1) >> whole, (second - 1) >> whole);
    let (mut old, mut new) = (*seed, *seed);
    for sibling in path {
        if last == 0 {
            return Err(Error::Proof);
        }
        if here & 1 == 1 || here == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            let lone = here.trailing_zeros().min(63);
            here >>= lone;
            last >>= lone;
        } else {
            new = node_hash(&new, sibling);
        }
        here >>= 1;
        last >>= 1;
    }
    let holds = last == 0 && old == *first_root && new == *second_root;
    if holds { Ok(()) } else { Err(Error::Proof) }
}

/// Largest power of two smaller than `leaves`, which is at least two.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// Root of the leaves from `start` to `end`, where `start` is a multiple of a power of two that
/// is no smaller than their number: the perfect subtrees within, folded from the smallest.
fn range_root<E: From<Error>>(
    (start, end): (u64, u64),
    node: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut subtrees = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2();
        subtrees.push(node(level, at >> level)?);
        at += 1 << level;
    }
    let root = subtrees
        .into_iter()
        .rev()
        .reduce(|right, left| node_hash(&left, &right));
    root.ok_or_else(|| Error::Proof.into())
}
