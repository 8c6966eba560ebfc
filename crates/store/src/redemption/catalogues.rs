//! Catalogues: kept as they were proposed, read and checked once.

mod decide;
mod propose;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use kangji_core::{
    Day, DayRange, DivisionPrefix, Moment,
    ids::{CatalogueId, OfficerId},
};
use kangji_redemption::{Catalogue, Level, Signature, catalogue::in_force};
use kangji_rules::{document::read_items, scheme::Scheme};

use crate::{
    ledger::rows::day,
    post::rulebook::Rulebook,
    sql::{Connection, Row, SqlError},
};

pub use decide::{CatalogueQuery, CatalogueState, Step};
pub use propose::{ItemFault, NewCatalogue, NotProposed};

/// What items rest on that are in no scheme's document.
const HEADING: &str = "兑换目录";

/// A catalogue with the text it was proposed as.
#[derive(Clone, Debug)]
pub struct ProposedCatalogue {
    /// What it says.
    pub catalogue: Catalogue,
    /// The text.
    pub content: String,
    /// When it was proposed.
    pub proposed_at: Moment,
}

/// All catalogues of a database.
#[derive(Debug, Default)]
pub(crate) struct Catalogues {
    all: Vec<Catalogue>,
    print: Vec<Print>,
}

/// A catalogue's id and how far it has come: enough to see whether something changed.
type Print = ([u8; 16], [bool; 3]);

/// What is offered for points, read anew only when a catalogue took a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offers(Arc<Mutex<Arc<Catalogues>>>);

impl Offers {
    /// The catalogues as the database has them now.
    pub(crate) fn current(
        &self,
        connection: &mut Connection,
        rulebook: &Rulebook,
    ) -> Result<Arc<Catalogues>, SqlError> {
        let known = Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let print = print_of(connection)?;
        if print == known.print {
            return Ok(known);
        }
        let mut all = Vec::with_capacity(print.len());
        let sql = format!("SELECT {COLUMNS} FROM catalogues ORDER BY id");
        connection.query(&sql, &[], |row| {
            all.push(from_row(&row, rulebook)?.catalogue);
            Ok(())
        })?;
        let current = Arc::new(Catalogues { all, print });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&current);
        Ok(current)
    }
}

impl Catalogues {
    /// Those in force on a day.
    pub(crate) fn in_force(&self, day: Day) -> impl Iterator<Item = &Catalogue> {
        in_force(&self.all, day)
    }
}

fn print_of(connection: &mut Connection) -> Result<Vec<Print>, SqlError> {
    let mut print = Vec::new();
    let all = "SELECT id, reviewed_on, filed_on, returned_on FROM catalogues ORDER BY id";
    connection.query(all, &[], |row| {
        let done = |position| row.opt_int(position).map(|day| day.is_some());
        print.push((row.array(0)?, [done(1)?, done(2)?, done(3)?]));
        Ok(())
    })?;
    Ok(print)
}

const COLUMNS: &str = "id, scheme, provider, level, area, first_day, last_day, content,
    proposed_by, proposed_at, reviewed_by, reviewed_on, reviewed_as, filed_by, filed_on, filed_as,
    returned_by, returned_on, returned_as";

/// The scheme as it is on a day; after its last version ended, as it was last.
pub(crate) fn scheme_on<'r>(rulebook: &'r Rulebook, id: &str, day: Day) -> Option<&'r Scheme> {
    let program = rulebook.program(id)?;
    let on_day = program.version_on(day).and_then(|version| program.version(version));
    on_day.or_else(|| program.versions().last())
}

/// The catalogue of a row of `CATALOGUES`. What was proposed was read then without a problem.
fn from_row(row: &Row<'_>, rulebook: &Rulebook) -> Result<ProposedCatalogue, SqlError> {
    let signature = |by: usize| -> Result<Option<Signature>, SqlError> {
        if row.opt_bytes(by)?.is_none() {
            return Ok(None);
        }
        Ok(Some(Signature {
            by: OfficerId::from_bytes(row.array(by)?),
            day: day(row, by + 1)?,
            document: row.text(by + 2)?.to_owned(),
        }))
    };
    let (scheme, content) = (row.text(1)?.to_owned(), row.text(7)?.to_owned());
    let provider = row.opt_text(2)?.map(ToOwned::to_owned);
    let days = DayRange { from: day(row, 5)?, to: day(row, 6)? };
    let known = scheme_on(rulebook, &scheme, days.from);
    let known = known.ok_or_else(|| row.problem(1, "names no scheme"))?;
    let (items, _) = read_items(&content, HEADING, known, &rulebook.words);
    let mut catalogue = Catalogue {
        id: CatalogueId::from_bytes(row.array(0)?),
        scheme,
        provider,
        level: Level::of_word(row.text(3)?).ok_or_else(|| row.problem(3, "holds no level"))?,
        area: area(row.text(4)?).ok_or_else(|| row.problem(4, "holds no area"))?,
        days,
        items,
        proposed_by: OfficerId::from_bytes(row.array(8)?),
        reviewed: signature(10)?,
        filed: signature(13)?,
        returned: signature(16)?,
    };
    take_articles(&mut catalogue, known);
    Ok(ProposedCatalogue { catalogue, content, proposed_at: Moment::from_millis(row.int(9)?) })
}

/// What the scheme's own catalogue took over from its document rests on the article there.
fn take_articles(catalogue: &mut Catalogue, scheme: &Scheme) {
    for item in catalogue.items.iter_mut().filter(|_| catalogue.provider.is_none()) {
        let same = scheme.items.iter().find(|one| one.id == item.id);
        item.basis = same.map_or_else(|| item.basis.clone(), |same| same.basis.clone());
    }
}

/// The area of a text that holds its digits.
pub(crate) fn area(text: &str) -> Option<DivisionPrefix> {
    if text.is_empty() { Some(DivisionPrefix::EVERYWHERE) } else { DivisionPrefix::parse(text) }
}
