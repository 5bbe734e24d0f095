//! The right edge of a tree: all that is needed to append and to know the root.

use crate::Error;
use crate::hash::{HASH_BYTES, Hash, empty_root, node_hash};

/// Length of the size field that leads a serialised frontier.
const SIZE_BYTES: usize = 8;

/// The roots of the perfect subtrees that a tree of `size` leaves falls into, largest first.
///
/// There is one for each bit set in the size, so never more than 64.
/// Appending costs one node hash on average, whatever the size.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    // INVARIANT: `nodes.len() == size.count_ones()`, largest subtree first.
    nodes: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a frontier together from its size and nodes, largest subtree first.
    ///
    /// # Errors
    /// [`Error::Frontier`] when the number of nodes does not follow from the size.
    pub fn from_nodes(size: u64, nodes: Vec<Hash>) -> Result<Self, Error> {
        if usize::try_from(size.count_ones()).is_ok_and(|ones| ones == nodes.len()) {
            Ok(Self { size, nodes })
        } else {
            Err(Error::Frontier)
        }
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The subtree roots, largest first.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Appends one leaf, given as its leaf hash.
    ///
    /// # Errors
    /// [`Error::TreeFull`] at 2^63 leaves; the tree is then unchanged.
    pub fn push(&mut self, leaf: Hash) -> Result<(), Error> {
        self.push_with(leaf, |_, _| ())
    }

    /// Appends one leaf and tells each perfect subtree that it completes.
    ///
    /// `completed(level, root)` is called bottom up, first with level 0 and the leaf hash itself.
    ///
    /// # Errors
    /// [`Error::TreeFull`] at 2^63 leaves; the tree is then unchanged.
    pub fn push_with(
        &mut self,
        leaf: Hash,
        mut completed: impl FnMut(u32, &Hash),
    ) -> Result<(), Error> {
        if self.size >= 1 << 63 {
            return Err(Error::TreeFull);
        }
        completed(0, &leaf);
        let mut node = leaf;
        // Adding one to the size carries through its trailing ones: each carry is one merge.
        for level in 1..=self.size.trailing_ones() {
            // INVARIANT: one node for each bit set, so a trailing one has its node.
            let left = self.nodes.pop().ok_or(Error::Frontier)?;
            node = node_hash(&left, &node);
            completed(level, &node);
        }
        self.nodes.push(node);
        self.size += 1;
        Ok(())
    }

    /// Root of the tree (RFC 6962 section 2.1): the subtrees folded from the smallest.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut nodes = self.nodes.iter().rev();
        let Some(smallest) = nodes.next() else {
            return empty_root();
        };
        nodes.fold(*smallest, |right, left| node_hash(left, &right))
    }

    /// Serialises as the size (8 bytes, big-endian) and the nodes, largest first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIZE_BYTES + self.nodes.len() * HASH_BYTES);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        for node in &self.nodes {
            bytes.extend_from_slice(node.as_bytes());
        }
        bytes
    }

    /// Reads a frontier from the start of `bytes`; gives it and what follows.
    ///
    /// # Errors
    /// [`Error::Frontier`] when the bytes are too few for the size they name.
    pub fn from_prefix(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (size, mut rest) = bytes
            .split_first_chunk::<SIZE_BYTES>()
            .ok_or(Error::Frontier)?;
        let size = u64::from_be_bytes(*size);
        let mut nodes = Vec::with_capacity(64);
        for _ in 0..size.count_ones() {
            let (node, after) = rest
                .split_first_chunk::<HASH_BYTES>()
                .ok_or(Error::Frontier)?;
            nodes.push(Hash::new(*node));
            rest = after;
        }
        Ok((Self { size, nodes }, rest))
    }

    /// Reads a frontier that fills `bytes` exactly.
    ///
    /// # Errors
    /// [`Error::Frontier`] when the bytes are too few or too many for the size they name.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        match Self::from_prefix(bytes)? {
            (frontier, []) => Ok(frontier),
            _ => Err(Error::Frontier),
        }
    }
}
