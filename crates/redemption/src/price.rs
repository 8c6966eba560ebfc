//! What a wish costs and what it takes out of stock, in exact sums of a scheme's smallest unit.

use kangji_core::Points;
use kangji_rules::scheme::{Content, Item, Price};
use serde::{Deserialize, Serialize};

/// The most sets of an item, or units of one content, in an order.
pub const UNITS_MAX: u32 = 99;

/// So many units of a content of an item that is priced by content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Chosen {
    /// The content's name.
    pub content: String,
    /// How many.
    pub units: u32,
}

/// A line of a bill: a content that is handed over or performed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The content's name, which is also that of the good.
    pub name: String,
    /// How much of it one unit is, as in `4 组`.
    pub quantity: Option<String>,
    /// How many units.
    pub units: u32,
    /// What they cost; zero where the item has one price as a whole.
    pub points: Points,
    /// How many pieces they take out of stock; none of a service.
    pub pieces: u32,
}

/// What is to be paid and handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The points of all sets together.
    pub points: Points,
    /// What is handed over, in the order of the catalogue.
    pub lines: Vec<Line>,
}

/// Why a wish cannot be priced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WrongChoice {
    /// Nothing was chosen of an item that is priced by content.
    #[error("nothing is chosen")]
    Nothing,
    /// Something was chosen of an item that is had as a whole.
    #[error("the item is had as a whole")]
    Whole,
    /// The item has no such content.
    #[error("there is no content `{0}`")]
    Unknown(String),
    /// A content was named twice.
    #[error("`{0}` is chosen twice")]
    Twice(String),
    /// More units than can be had at once, or none.
    #[error("1 to {max} of `{content}` can be chosen")]
    Units {
        /// Of what.
        content: String,
        /// How many at most.
        max: u32,
    },
    /// More points than can be counted.
    #[error("the sum is too large")]
    TooLarge,
}

impl WrongChoice {
    /// The sentence for people.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Nothing => "还没有选项目，请至少选一项".to_owned(),
            Self::Whole => "这一项整套兑换，不能单选其中几样".to_owned(),
            Self::Unknown(name) => format!("这一项里没有“{name}”，请重新选"),
            Self::Twice(name) => format!("“{name}”选了两次，请合成一次"),
            Self::Units { content, max } => format!("“{content}”一次可选 1 到 {max} 份"),
            Self::TooLarge => "数量太大，请减少".to_owned(),
        }
    }
}

/// The bill of `sets` sets of an item, or of what is chosen of it (T11–T15, P8).
///
/// # Errors
/// The first thing that is wrong with the choice.
pub fn bill(item: &Item, sets: u32, chosen: &[Chosen]) -> Result<Bill, WrongChoice> {
    if !(1..=UNITS_MAX).contains(&sets) {
        return Err(WrongChoice::Units { content: item.name.clone(), max: UNITS_MAX });
    }
    let lines = match item.price {
        Price::ByContent => chosen_lines(item, chosen)?,
        Price::Points(_) | Price::Free if !chosen.is_empty() => return Err(WrongChoice::Whole),
        Price::Points(_) | Price::Free => whole_lines(item),
    };
    let one = match item.price {
        Price::Points(points) => points,
        Price::Free => Points::ZERO,
        Price::ByContent => sum(&lines)?,
    };
    let in_all = |mut line: Line| {
        line.units = line.units.checked_mul(sets)?;
        line.pieces = line.pieces.checked_mul(sets)?;
        line.points = times(line.points, sets)?;
        Some(line)
    };
    let lines: Option<Vec<Line>> = lines.into_iter().map(in_all).collect();
    let points = times(one, sets).ok_or(WrongChoice::TooLarge)?;
    Ok(Bill { points, lines: lines.ok_or(WrongChoice::TooLarge)? })
}

/// Every content once; an item without contents is itself the only good.
fn whole_lines(item: &Item) -> Vec<Line> {
    let line = |name: &str, quantity: Option<String>, pieces| {
        let name = name.to_owned();
        Line { name, quantity, units: 1, points: Points::ZERO, pieces }
    };
    if item.contents.is_empty() {
        return vec![line(&item.name, None, 1)];
    }
    let contents = item.contents.iter();
    contents.map(|one| line(&one.name, one.quantity.clone(), one.pieces)).collect()
}

fn chosen_lines(item: &Item, chosen: &[Chosen]) -> Result<Vec<Line>, WrongChoice> {
    if chosen.is_empty() {
        return Err(WrongChoice::Nothing);
    }
    for (place, one) in chosen.iter().enumerate() {
        if !item.contents.iter().any(|content| content.name == one.content) {
            return Err(WrongChoice::Unknown(one.content.clone()));
        }
        if chosen.iter().take(place).any(|other| other.content == one.content) {
            return Err(WrongChoice::Twice(one.content.clone()));
        }
    }
    let units = |content: &Content| chosen.iter().find(|one| one.content == content.name);
    let wanted = item.contents.iter().filter_map(|content| Some((content, units(content)?.units)));
    wanted.map(|(content, units)| chosen_line(content, units)).collect()
}

/// The price includes some units; each further one has its own price (T15). Without one there is
/// no more to be had than the price includes.
fn chosen_line(content: &Content, units: u32) -> Result<Line, WrongChoice> {
    let max = if content.each_further.is_some() { UNITS_MAX } else { content.includes };
    if !(1..=max).contains(&units) {
        return Err(WrongChoice::Units { content: content.name.clone(), max });
    }
    let further =
        times(content.each_further.unwrap_or_default(), units.saturating_sub(content.includes));
    let points = further.and_then(|more| more.checked_add(content.points.unwrap_or_default()));
    Ok(Line {
        name: content.name.clone(),
        quantity: content.quantity.clone(),
        units,
        points: points.ok_or(WrongChoice::TooLarge)?,
        pieces: content.pieces.checked_mul(units).ok_or(WrongChoice::TooLarge)?,
    })
}

fn times(points: Points, number: u32) -> Option<Points> {
    points.0.checked_mul(i64::from(number)).map(Points)
}

fn sum(lines: &[Line]) -> Result<Points, WrongChoice> {
    let sum = lines.iter().try_fold(Points::ZERO, |sum, line| sum.checked_add(line.points));
    sum.ok_or(WrongChoice::TooLarge)
}
