//! Figures of redemption for an institution or an area: what was ordered and redeemed, how content
//! people were (P12), what it cost by who paid and what for, and the points that are still out
//! (P11).

use std::collections::BTreeMap;

use kangji_core::{Day, DayRange, Decimals, DivisionPrefix, Fen, Moment, Points};
use kangji_redemption::{
    Movement, State, Taken,
    cost::{Source, Use, of_goods},
};

use super::{catalogues::scheme_on, costs::source_and_use};
use crate::{
    ledger::rows::{natural, number},
    post::rulebook::Rulebook,
    sql::{Connection, Row, SqlError, Value},
    store::{Store, StoreError},
};

mod outstanding;

#[cfg(test)]
mod tests;

pub use outstanding::Outstanding;

/// So many people have to have rated before a rating is told publicly (A1).
pub const PUBLIC_RATERS_MIN: u64 = 10;

/// Which figures.
#[derive(Clone, Debug)]
pub struct FiguresQuery {
    /// Of this institution only.
    pub institution: Option<String>,
    /// Of the institutions in this area, and of the people who live there.
    pub area: DivisionPrefix,
    /// Of these days.
    pub days: DayRange,
    /// Today: points are out as of now.
    pub today: Day,
}

/// What people said of what they got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Satisfaction {
    /// All stars, from 1 to 5 for each rating.
    pub stars: u64,
    /// How many ratings.
    pub ratings: u64,
    /// By how many people.
    pub raters: u64,
}

impl Satisfaction {
    /// The average, in hundredths of a star, half a hundredth up; `None` where nobody rated.
    #[must_use]
    pub fn hundredths(self) -> Option<u64> {
        (self.stars * 200 + self.ratings).checked_div(self.ratings * 2)
    }

    /// Whether it may be told publicly.
    #[must_use]
    pub const fn is_public(self) -> bool {
        self.raters >= PUBLIC_RATERS_MIN
    }
}

/// The figures of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFigures {
    /// Under which scheme.
    pub scheme: String,
    /// The decimal places of its points.
    pub decimals: Decimals,
    /// Who provides it; `None` for the scheme's own catalogue.
    pub provider: Option<String>,
    /// Its id.
    pub item: String,
    /// Its name.
    pub name: String,
    /// How many orders were placed in these days, by where they stand now.
    pub orders: BTreeMap<State, u64>,
    /// How many sets were handed over in these days and not brought back.
    pub sets: u64,
    /// For how many points.
    pub points: Points,
    /// What was said of those handed over in these days.
    pub satisfaction: Satisfaction,
}

/// Money, by who paid and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Who paid.
    pub source: Source,
    /// What for.
    pub used_for: Use,
    /// How much.
    pub amount: Fen,
}

/// Figures of redemption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// By item, those redeemed most often first.
    pub items: Vec<ItemFigures>,
    /// What was said of all that was handed over in these days.
    pub satisfaction: Satisfaction,
    /// What was spent in these days. Goods count with what their batch cost when they are handed
    /// over, and less when they come back to the shelf.
    pub spent: Vec<Spent>,
    /// What the goods cost that were written off in these days.
    pub lost: BTreeMap<Source, Fen>,
    /// The points that are out now, scheme by scheme.
    pub outstanding: Vec<Outstanding>,
}

impl Store {
    /// Figures of redemption.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn figures(&self, query: &FiguresQuery) -> Result<Figures, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let here = Here::of(query);
        let figures = here.figures(&mut connection, &rulebook, query);
        connection.rollback();
        Ok(figures?)
    }
}

/// The institutions and days that figures are about, as parameters of statements.
struct Here {
    low: String,
    high: String,
    only: String,
    begin: i64,
    end: i64,
}

/// The item of an order: scheme, provider, id.
type ItemKey = (String, Option<String>, String);

impl Here {
    fn of(query: &FiguresQuery) -> Self {
        let only = query.institution.clone().unwrap_or_default();
        let area = if only.is_empty() { query.area } else { DivisionPrefix::EVERYWHERE };
        let (low, high) = area.texts();
        let begin = Moment::start_of(query.days.from).millis();
        let end = Moment::start_of(query.days.to.next()).millis();
        Self { low, high, only, begin, end }
    }

    /// The condition that a column names one of the institutions.
    fn is(column: &str) -> String {
        format!(
            "{column} IN (SELECT code FROM institutions
            WHERE area >= $1 AND area < $2 AND ($3 = '' OR code = $3))"
        )
    }

    fn values(&self, [from, to]: [i64; 2]) -> [Value<'_>; 5] {
        let Self { low, high, only, .. } = self;
        let texts = [low, high, only].map(|text| Value::Text(text));
        let [low, high, only] = texts;
        [low, high, only, Value::Int(from), Value::Int(to)]
    }

    fn figures(
        &self,
        connection: &mut Connection,
        rulebook: &Rulebook,
        query: &FiguresQuery,
    ) -> Result<Figures, SqlError> {
        let mut items = BTreeMap::new();
        self.read_orders(connection, &mut items)?;
        let satisfaction = self.satisfaction(connection)?;
        let (spent, lost) = self.spent(connection, query.days)?;
        let mut items: Vec<ItemFigures> = items.into_values().collect();
        for item in &mut items {
            let scheme = scheme_on(rulebook, &item.scheme, query.today);
            item.decimals = scheme.map(|scheme| scheme.decimals).unwrap_or_default();
        }
        items.sort_by(|one, other| other.sets.cmp(&one.sets).then(one.name.cmp(&other.name)));
        let outstanding = outstanding::read(connection, rulebook, query)?;
        Ok(Figures { items, satisfaction, spent, lost, outstanding })
    }

    fn read_orders(
        &self,
        connection: &mut Connection,
        items: &mut BTreeMap<ItemKey, ItemFigures>,
    ) -> Result<(), SqlError> {
        let (here, values) = (Self::is("institution"), self.values([self.begin, self.end]));
        let mut read = |what: &str, when: &str, by: &str, each: &EachItem<'_>| {
            let sql = format!(
                "SELECT scheme, provider, item, MAX(name), {what} FROM orders
                WHERE {here} AND {when} GROUP BY scheme, provider, item{by}"
            );
            connection.query(&sql, &values, |row| each(item_of(&row, items)?, &row))
        };
        let in_days = "handed_over_at >= $4 AND handed_over_at < $5";
        read("state, COUNT(*)", "placed_at >= $4 AND placed_at < $5", ", state", &|item, row| {
            let state = State::of_word(row.text(4)?);
            let state = state.ok_or_else(|| row.problem(4, "holds no state"))?;
            item.orders.insert(state, natural(row, 5)?);
            Ok(())
        })?;
        read(
            "CAST(SUM(sets) AS BIGINT), CAST(SUM(points) AS BIGINT)",
            &format!("{in_days} AND state = 'handed_over'"),
            "",
            &|item, row| {
                (item.sets, item.points) = (natural(row, 4)?, Points(row.int(5)?));
                Ok(())
            },
        )?;
        read(RATED, &format!("{in_days} AND stars IS NOT NULL"), "", &|item, row| {
            item.satisfaction = rated(row, 4)?;
            Ok(())
        })
    }

    fn satisfaction(&self, connection: &mut Connection) -> Result<Satisfaction, SqlError> {
        let sql = format!(
            "SELECT {RATED} FROM orders WHERE {} AND handed_over_at >= $4 AND handed_over_at < $5
            AND stars IS NOT NULL",
            Self::is("institution")
        );
        let mut found = Satisfaction::default();
        connection.query(&sql, &self.values([self.begin, self.end]), |row| {
            found = rated(&row, 0)?;
            Ok(())
        })?;
        Ok(found)
    }

    /// What was spent, and what was lost with goods that were written off.
    fn spent(
        &self,
        connection: &mut Connection,
        days: DayRange,
    ) -> Result<(Vec<Spent>, BTreeMap<Source, Fen>), SqlError> {
        let mut sums: BTreeMap<(Source, Use), Fen> = BTreeMap::new();
        let [handed_over, back, lost] = self.goods(connection)?;
        for (source, fen) in handed_over {
            let back = back.get(&source).copied().unwrap_or_default();
            sums.insert((source, Use::Goods), Fen(fen.0.saturating_sub(back.0)));
        }
        for (source, fen) in back {
            // What came back may have been handed over before these days.
            sums.entry((source, Use::Goods)).or_insert(Fen(-fen.0));
        }
        let sql = format!(
            "SELECT source, used_for, CAST(SUM(fen) AS BIGINT) FROM costs
            WHERE {} AND day >= $4 AND day <= $5 GROUP BY source, used_for",
            Self::is("institution")
        );
        let days = [number(days.from), number(days.to)];
        connection.query(&sql, &self.values(days), |row| {
            let sum = sums.entry(source_and_use(&row, [0, 1])?).or_default();
            *sum = Fen(sum.0.saturating_add(row.int(2)?));
            Ok(())
        })?;
        let spent =
            sums.into_iter().map(|((source, used_for), amount)| Spent { source, used_for, amount });
        Ok((spent.collect(), lost))
    }

    /// What the goods cost that were handed over, came back, and were written off.
    fn goods(&self, connection: &mut Connection) -> Result<[BTreeMap<Source, Fen>; 3], SqlError> {
        let sql = format!(
            "SELECT moved.kind, moved.batch, batches.piece_fen, batches.source,
            CAST(SUM(moved.pieces) AS BIGINT)
            FROM stock_entries moved JOIN batches ON batches.id = moved.batch
            WHERE {} AND moved.entered_at >= $4 AND moved.entered_at < $5
            AND moved.kind IN ('hand_over', 'return', 'write_off')
            GROUP BY moved.kind, moved.batch, batches.piece_fen, batches.source",
            Self::is("moved.institution")
        );
        let mut moved: BTreeMap<Movement, Vec<Taken>> = BTreeMap::new();
        connection.query(&sql, &self.values([self.begin, self.end]), |row| {
            let movement = Movement::of_word(row.text(0)?);
            let movement = movement.ok_or_else(|| row.problem(0, "holds no movement"))?;
            let source = Source::of_word(row.text(3)?);
            let pieces = u32::try_from(row.int(4)?.unsigned_abs());
            moved.entry(movement).or_default().push(Taken {
                batch: row.array(1)?,
                pieces: pieces.map_err(|_| row.problem(4, "holds too many pieces"))?,
                piece: Fen(row.int(2)?),
                source: source.ok_or_else(|| row.problem(3, "holds no source"))?,
                expires_on: None,
            });
            Ok(())
        })?;
        let cost = |movement| {
            let sums = of_goods(moved.get(&movement).into_iter().flatten());
            sums.ok_or_else(|| SqlError::other("goods cost more than can be counted"))
        };
        Ok([cost(Movement::HandOver)?, cost(Movement::Return)?, cost(Movement::WriteOff)?])
    }
}

/// Puts what a row says into the figures of its item.
type EachItem<'f> = dyn Fn(&mut ItemFigures, &Row<'_>) -> Result<(), SqlError> + 'f;

const RATED: &str = "CAST(COALESCE(SUM(stars), 0) AS BIGINT), COUNT(stars), COUNT(DISTINCT person)";

fn rated(row: &Row<'_>, first: usize) -> Result<Satisfaction, SqlError> {
    let number = |position| natural(row, first + position);
    Ok(Satisfaction { stars: number(0)?, ratings: number(1)?, raters: number(2)? })
}

fn item_of<'i>(
    row: &Row<'_>,
    items: &'i mut BTreeMap<ItemKey, ItemFigures>,
) -> Result<&'i mut ItemFigures, SqlError> {
    let (scheme, item) = (row.text(0)?.to_owned(), row.text(2)?.to_owned());
    let (provider, name) = (row.opt_text(1)?.map(ToOwned::to_owned), row.text(3)?.to_owned());
    let key = (scheme.clone(), provider.clone(), item.clone());
    let new = || ItemFigures { scheme, provider, item, name, ..ItemFigures::default() };
    Ok(items.entry(key).or_insert_with(new))
}
