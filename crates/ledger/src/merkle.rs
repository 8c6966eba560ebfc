//! A Merkle tree over SM3 in the shape of RFC 6962, built from a stream of leaves.
//!
//! A leaf is hashed as SM3(`0x00` ‖ leaf), an inner node as SM3(`0x01` ‖ left ‖ right), so that
//! none can be taken for the other. A tree that is not full splits at the largest power of two
//! below its size; the tree of nothing has the hash of nothing.

use crate::hash::Hash;

const LEAF: u8 = 0;
const NODE: u8 = 1;

/// A Merkle tree that keeps only what its root needs: one hash for each bit of its size.
#[derive(Clone, Debug, Default)]
pub struct Merkle {
    count: u64,
    /// The roots of the full subtrees from left to right, the largest first.
    peaks: Vec<Hash>,
}

impl Merkle {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 0, peaks: Vec::new() }
    }

    /// The hash of a leaf, for whoever adds it to many trees.
    #[must_use]
    pub fn leaf(leaf: &[u8]) -> Hash {
        Hash::of(&[&[LEAF], leaf])
    }

    /// Adds a leaf, of any length, on the right.
    pub fn push(&mut self, leaf: &[u8]) {
        self.push_hashed(Self::leaf(leaf));
    }

    /// Adds a leaf with the hash of [`Merkle::leaf`] on the right.
    pub fn push_hashed(&mut self, mut hash: Hash) {
        // The sizes of the full subtrees are the bits of the count: one more leaf carries through
        // the trailing ones, and every carry joins two subtrees of the same size.
        for _ in 0..self.count.trailing_ones() {
            let left = self.peaks.pop().expect("there is a peak for each bit of the count");
            hash = node(&left, &hash);
        }
        self.peaks.push(hash);
        self.count += 1;
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The root over all leaves so far; more may be pushed afterwards.
    #[must_use]
    pub fn root(&self) -> Hash {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node(&left, &right));
        joined.unwrap_or_else(|| Hash::of(&[]))
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[NODE], left.bytes(), right.bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MTH of RFC 6962, section 2.1, word for word.
    fn naive(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Hash::of(&[]),
            [leaf] => Hash::of(&[&[0x00], leaf]),
            _ => {
                let mut split = 1;
                while split * 2 < leaves.len() {
                    split *= 2;
                }
                let (left, right) = leaves.split_at(split);
                Hash::of(&[&[0x01], naive(left).bytes(), naive(right).bytes()])
            }
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_at_every_size() {
        let mut leaves: Vec<Vec<u8>> = Vec::new();
        let mut tree = Merkle::new();
        for size in 0..=70u8 {
            assert_eq!(tree.count(), u64::from(size));
            assert_eq!(tree.root(), naive(&leaves), "of {size} leaves");
            assert_eq!(tree.peaks.len(), usize::try_from(size.count_ones()).unwrap());
            let leaf = vec![size; usize::from(size % 7)];
            tree.push(&leaf);
            leaves.push(leaf);
        }
    }

    /// SM3 of nothing, as OpenSSL gives it too.
    #[test]
    fn the_empty_tree_has_the_hash_of_nothing() {
        let root = Merkle::default().root().to_string();
        assert_eq!(root, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    }

    #[test]
    fn a_node_given_as_a_leaf_has_another_root() {
        let mut two = Merkle::new();
        two.push(b"a");
        two.push(b"b");
        let hashes = [b"a", b"b"].map(|leaf| Hash::of(&[&[LEAF], leaf]));
        let mut forged = Merkle::new();
        forged.push(&[hashes[0].bytes().as_slice(), hashes[1].bytes()].concat());
        assert_ne!(two.root(), forged.root());
    }

    #[test]
    fn leaves_in_another_order_have_another_root() {
        let root = |leaves: [&[u8]; 3]| {
            let mut tree = Merkle::new();
            leaves.iter().for_each(|leaf| tree.push(leaf));
            tree.root()
        };
        assert_ne!(root([b"a", b"b", b"c"]), root([b"b", b"a", b"c"]));
        assert_ne!(root([b"a", b"b", b"c"]), root([b"a", b"c", b"b"]));
    }
}
