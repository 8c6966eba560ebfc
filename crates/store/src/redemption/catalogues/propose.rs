//! A new version of a catalogue: whether it can be proposed, and by whom.

use kangji_core::{
    DayRange, DivisionPrefix, Moment,
    ids::{CatalogueId, OfficerId},
};
use kangji_redemption::{Catalogue, Level};
use kangji_rights::Permit;
use kangji_rules::document::{line_and_column, read_items};
use serde::{Deserialize, Serialize};

use super::{HEADING, scheme_on};
use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::number,
    post::rulebook::Rulebook,
    redemption::institutions,
    schema::CATALOGUES,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What somebody proposes to offer.
#[derive(Clone, Debug)]
pub struct NewCatalogue {
    /// The id it will have.
    pub id: CatalogueId,
    /// The scheme whose points it takes.
    pub scheme: String,
    /// The institution or shop that provides; `None`: the scheme itself.
    pub provider: Option<String>,
    /// Whose residents it is for; `None`: those of the scheme, or of the provider.
    pub area: Option<DivisionPrefix>,
    /// The days on which it is in force.
    pub days: DayRange,
    /// What is offered: `[[item]]` tables as in scheme documents.
    pub content: String,
    /// Who proposes.
    pub by: OfficerId,
}

/// Something that is wrong with what is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemFault {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong, for people.
    pub message: String,
    /// How to mend it, for people.
    pub remedy: String,
}

/// Why a version is not proposed, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotProposed {
    /// There is no such scheme on its first day.
    Scheme,
    /// There is no such institution, or it is closed.
    Provider,
    /// The last day comes before the first one.
    Days,
    /// The scheme's own catalogue is for its whole area, a provider's for some of it.
    Area,
    /// The permit does not cover whom it is for, or who provides.
    OutOfReach,
    /// All that is wrong with the items, in the order of the text.
    Items(Vec<ItemFault>),
}

impl Store {
    /// What a proposed catalogue would be, with nobody's signature yet.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn check_catalogue(
        &self,
        permit: &Permit,
        new: &NewCatalogue,
    ) -> Result<Result<Catalogue, NotProposed>, StoreError> {
        let mut connection = self.reader()?;
        let rulebook = self.rulebook()(&mut connection)?;
        Ok(checked(&mut connection, &rulebook, permit, new)?)
    }

    /// Keeps a version that somebody else will review; gives the bytes of its id, of the first one
    /// where the call came before.
    #[must_use = "it may be refused"]
    pub fn propose_catalogue(
        &self,
        permit: &Permit,
        new: NewCatalogue,
        now: Moment,
    ) -> Pending<Result<[u8; 16], NotProposed>> {
        let (permit, rulebook) = (permit.clone(), self.rulebook());
        self.once(move |unit| {
            let rulebook = rulebook(unit.connection)?;
            let catalogue = match checked(unit.connection, &rulebook, &permit, &new)? {
                Ok(catalogue) => catalogue,
                Err(why) => {
                    unit.done.push(Done { subject: Subject::None, result: "refused" });
                    return Ok(Err(why));
                }
            };
            unit.done.push(Done { subject: Subject::Catalogue(new.id), result: DONE });
            let area = catalogue.area.to_string();
            let mut row = vec![
                Value::from(new.id.bytes()),
                Value::Text(&new.scheme),
                new.provider.as_deref().into(),
                Value::Text(catalogue.level.word()),
                Value::Text(&area),
                Value::Int(number(new.days.from)),
                Value::Int(number(new.days.to)),
                Value::Text(&new.content),
                Value::from(new.by.bytes()),
                Value::Int(now.millis()),
            ];
            row.resize(CATALOGUES.columns.len(), Value::Null);
            unit.connection.insert(&CATALOGUES, &row)?;
            Ok(Ok(*new.id.bytes()))
        })
    }
}

/// The catalogue that a proposal would be.
fn checked(
    connection: &mut Connection,
    rulebook: &Rulebook,
    permit: &Permit,
    new: &NewCatalogue,
) -> Result<Result<Catalogue, NotProposed>, SqlError> {
    let Some(scheme) = scheme_on(rulebook, &new.scheme, new.days.from) else {
        return Ok(Err(NotProposed::Scheme));
    };
    let provider = match &new.provider {
        None => None,
        Some(code) => {
            let known = institutions::read(connection, code, Lock::None)?;
            match known.filter(|one| one.closed_at.is_none()) {
                None => return Ok(Err(NotProposed::Provider)),
                known => known,
            }
        }
    };
    if new.days.is_empty() {
        return Ok(Err(NotProposed::Days));
    }
    let (whole, level) = match &provider {
        None => (scheme.division, level_of(scheme.division)),
        Some(provider) => (provider.area, provider.level),
    };
    let area = new.area.unwrap_or(whole);
    let fits = match &provider {
        None => area == scheme.division,
        Some(_) => scheme.division.includes(area),
    };
    if !fits {
        return Ok(Err(NotProposed::Area));
    }
    let covers = |area| permit.includes(area, new.provider.as_deref());
    if !covers(area) || !provider.iter().all(|provider| covers(provider.area)) {
        return Ok(Err(NotProposed::OutOfReach));
    }
    let (items, problems) = read_items(&new.content, HEADING, scheme, &rulebook.words);
    let mut catalogue = Catalogue {
        id: new.id,
        scheme: new.scheme.clone(),
        provider: new.provider.clone(),
        level,
        area,
        days: new.days,
        items,
        proposed_by: new.by,
        reviewed: None,
        filed: None,
        returned: None,
    };
    let mut faults: Vec<ItemFault> = problems
        .into_iter()
        .map(|problem| {
            let (line, column) = line_and_column(&new.content, problem.range.start);
            ItemFault { line, column, message: problem.message, remedy: problem.remedy }
        })
        .collect();
    if faults.is_empty() {
        faults = wrong_places(connection, &catalogue, &new.content)?;
    }
    if !faults.is_empty() {
        return Ok(Err(NotProposed::Items(faults)));
    }
    super::take_articles(&mut catalogue, scheme);
    Ok(Ok(catalogue))
}

/// A scheme's own catalogue is the city's or, where it governs less, the district's.
fn level_of(area: DivisionPrefix) -> Level {
    if area.to_string().len() <= 4 { Level::City } else { Level::District }
}

/// Items that nobody can hand over, and that there are none.
fn wrong_places(
    connection: &mut Connection,
    catalogue: &Catalogue,
    content: &str,
) -> Result<Vec<ItemFault>, SqlError> {
    let fault = |number: usize, message: String, remedy: &str| {
        let line = line_of_item(content, number);
        ItemFault { line, column: 1, message, remedy: remedy.to_owned() }
    };
    if catalogue.items.is_empty() {
        let remedy = "至少写一个 [[item]]，或从积分办法带入";
        return Ok(vec![fault(0, "目录里没有一个项目".to_owned(), remedy)]);
    }
    let own = catalogue.provider.as_deref();
    let own = own.filter(|_| matches!(catalogue.level, Level::Institution | Level::Shop));
    let mut faults = Vec::new();
    for (number, item) in catalogue.items.iter().enumerate() {
        for code in &item.at {
            if own.is_some_and(|own| own != code) {
                let message = format!("项目 `{}` 写了由 `{code}` 办理", item.id);
                faults.push(fault(number, message, "机构和商户只能拟定自己办理的项目，删去 at"));
            } else if institutions::read(connection, code, Lock::None)?.is_none() {
                let message = format!("项目 `{}` 的 at 里没有登记过机构 `{code}`", item.id);
                faults.push(fault(number, message, "改成已登记机构的代码，或先登记这个机构"));
            }
        }
    }
    Ok(faults)
}

/// The line on which the item of a number begins; the first one where items are written otherwise
/// than one table below the other.
fn line_of_item(content: &str, number: usize) -> usize {
    let heads = content.lines().enumerate().filter(|(_, line)| line.trim() == "[[item]]");
    heads.map(|(line, _)| line + 1).nth(number).unwrap_or(1)
}
