//! What redeeming costs: money by source and use (P11), and what the points that are still out
//! would cost.

use std::collections::BTreeMap;

use kangji_core::{Decimals, Fen, Points};
use serde::{Deserialize, Serialize};

use crate::stock::Taken;

#[cfg(test)]
mod tests;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal, $chinese:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in tables and the API.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The word for people.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese,)* }
            }

            /// The one with this word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Who pays (P11).
    Source {
        /// The subsidy for basic public health services.
        Subsidy = "subsidy", "基本公共卫生服务补助";
        /// Money somebody pledged.
        Pledge = "pledge", "社会认捐";
        /// Goods or money of a sponsor.
        Sponsor = "sponsor", "企业赞助";
        /// The institution itself.
        Institution = "institution", "机构自筹";
    }
}

words! {
    /// What for (P11).
    Use {
        /// Goods that are handed over.
        Goods = "goods", "物品";
        /// Printing.
        Printing = "printing", "印制";
        /// Publicity.
        Publicity = "publicity", "宣传";
        /// Labour.
        Labour = "labour", "劳务";
    }
}

/// What was handed over cost, by who paid; `None` where it is more than can be counted.
#[must_use]
pub fn of_goods<'a>(taken: impl IntoIterator<Item = &'a Taken>) -> Option<BTreeMap<Source, Fen>> {
    let mut sums = BTreeMap::new();
    for one in taken {
        let sum: &mut Fen = sums.entry(one.source).or_default();
        *sum = sum.checked_add(one.piece.checked_mul(one.pieces)?)?;
    }
    Some(sums)
}

/// What outstanding points would cost if a whole point cost `fen_per_point`: an assumption that
/// whoever asks states. Rounded to the nearest fen, half a fen up; `None` where it cannot be
/// counted.
#[must_use]
pub fn value(points: Points, decimals: Decimals, fen_per_point: u32) -> Option<Fen> {
    let units = i128::from(decimals.units_per_point());
    let fen = i128::from(points.0) * i128::from(fen_per_point);
    i64::try_from((2 * fen + units).div_euclid(2 * units)).ok().map(Fen)
}
