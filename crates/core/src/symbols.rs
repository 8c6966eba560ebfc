//! Interned text: every id and text value of a set of tables once, as a small number.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// An interned text. Means nothing without the [`Symbols`] that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(u32);

impl Sym {
    /// The empty text; stands for "not recorded".
    pub const EMPTY: Self = Self(0);

    /// Whether this is the empty text.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The symbol as an index into tables that hold one place for each symbol.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Every distinct text of a set of tables. Texts lie one after another in one buffer; a hash
/// table of their numbers finds them.
#[derive(Clone, Debug)]
pub struct Symbols {
    text: String,
    ends: Vec<usize>,
    /// Each symbol with its text's hash, so that growing reads no text.
    table: HashTable<(Sym, u32)>,
}

impl Default for Symbols {
    fn default() -> Self {
        Self { text: String::new(), ends: vec![0], table: HashTable::new() }
    }
}

impl Symbols {
    /// How many symbols there are, the empty one included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether only the empty text is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The text of a symbol; empty for a symbol of other [`Symbols`] that is unknown here.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        let Some(before) = sym.index().checked_sub(1) else { return "" };
        let start = self.ends.get(before).copied().unwrap_or(0);
        let end = self.ends.get(sym.index()).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// The symbol of `text`, if it was interned.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Sym> {
        if text.is_empty() {
            return Some(Sym::EMPTY);
        }
        let wanted = hash(text);
        let same = |&(sym, hash): &(Sym, u32)| hash == wanted && self.text(sym) == text;
        self.table.find(spread(wanted), same).map(|(sym, _)| *sym)
    }

    /// The symbol of `text`, made if new.
    ///
    /// # Panics
    /// With more than four thousand million distinct texts.
    pub fn intern(&mut self, text: &str) -> Sym {
        if let Some(sym) = self.get(text) {
            return sym;
        }
        let sym = Sym(u32::try_from(self.ends.len()).expect("fewer than 2^32 distinct texts"));
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let hash = hash(text);
        self.table.insert_unique(spread(hash), (sym, hash), |&(_, hash)| spread(hash));
        sym
    }

    /// For each symbol its place in the order of the texts' UTF-8 bytes; equal to comparing the
    /// texts, and much cheaper when many are compared. The empty text is 0.
    #[must_use]
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).take(self.ends.len()).collect();
        order.sort_unstable_by(|&a, &b| self.text(Sym(a)).cmp(self.text(Sym(b))));
        let mut ranks = vec![0; order.len()];
        for (rank, sym) in (0..).zip(order) {
            if let Some(place) = ranks.get_mut(sym as usize) {
                *place = rank;
            }
        }
        ranks
    }
}

fn hash(text: &str) -> u32 {
    let hash = FxBuildHasher.hash_one(text).to_le_bytes();
    let [_, _, _, _, high @ ..] = hash;
    u32::from_le_bytes(high)
}

/// The table looks at the highest and the lowest bits of 64.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_text_is_the_same_symbol(texts in proptest::collection::vec("[a-c甲]{0,3}", 0..200)) {
            let mut symbols = Symbols::default();
            let syms: Vec<Sym> = texts.iter().map(|text| symbols.intern(text)).collect();
            let ranks = symbols.ranks();
            for (a, text_a) in syms.iter().zip(&texts) {
                prop_assert_eq!(symbols.text(*a), text_a);
                prop_assert_eq!(symbols.get(text_a), Some(*a));
                for (b, text_b) in syms.iter().zip(&texts) {
                    prop_assert_eq!(a == b, text_a == text_b);
                    prop_assert_eq!(ranks[a.index()].cmp(&ranks[b.index()]), text_a.cmp(text_b));
                }
            }
            prop_assert_eq!(symbols.get("never seen"), None);
        }
    }
}
