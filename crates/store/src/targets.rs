//! What areas are to do in a year (T16): a number from above, which the areas inside share out
//! among them. Where their parts do not add up to it, that is told.

#[cfg(test)]
mod tests;

use kangji_core::{DivisionPrefix, Moment, ids::OfficerId};

use crate::{
    ledger::rows::natural,
    schema::TARGETS,
    sql::{SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// What an area is to do in a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The area.
    pub area: DivisionPrefix,
    /// The year.
    pub year: u32,
    /// What, as a figure is called.
    pub name: String,
    /// How many.
    pub number: u32,
}

/// A target whose parts do not add up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uneven {
    /// The target.
    pub whole: Target,
    /// What its parts come to.
    pub parts: u64,
}

impl Target {
    fn is_inside(&self, other: &Self) -> bool {
        self.name == other.name
            && self.year == other.year
            && self.area != other.area
            && other.area.includes(self.area)
    }

    /// The targets of a list whose parts do not add up to them. The parts of a target are those of
    /// the same name in areas inside it, without the parts of these; one that was not shared out
    /// has none.
    #[must_use]
    pub fn uneven(targets: &[Self]) -> Vec<Uneven> {
        let parts = |whole: &Self| {
            let inside = targets.iter().filter(|part| part.is_inside(whole));
            let inside: Vec<&Self> = inside.collect();
            let is_direct = |part: &&&Self| !inside.iter().any(|between| part.is_inside(between));
            let direct = inside.iter().filter(is_direct);
            direct.map(|part| u64::from(part.number)).reduce(|sum, number| sum + number)
        };
        let uneven = |whole: &Self| {
            let parts = parts(whole).filter(|parts| *parts != u64::from(whole.number))?;
            Some(Uneven { whole: whole.clone(), parts })
        };
        targets.iter().filter_map(uneven).collect()
    }
}

impl Store {
    /// The targets of a year in an area and of all areas around it, by name and area.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn targets(&self, area: DivisionPrefix, year: u32) -> Result<Vec<Target>, StoreError> {
        let mut found = Vec::new();
        let sql = "SELECT area, name, number FROM targets WHERE year = $1 ORDER BY name, area";
        self.reader()?.query(sql, &[Value::Int(i64::from(year))], |row| {
            let own =
                DivisionPrefix::parse(row.text(0)?).ok_or_else(|| row.problem(0, "is no area"))?;
            if area.overlaps(own) {
                let (name, number) = (row.text(1)?.to_owned(), natural(&row, 2)?);
                found.push(Target { area: own, year, name, number });
            }
            Ok::<_, SqlError>(())
        })?;
        Ok(found)
    }

    /// Enters targets in the place of what was entered for the same area, year and name.
    pub fn put_targets(&self, targets: Vec<Target>, by: OfficerId, now: Moment) -> Pending<usize> {
        self.once(move |unit| {
            let areas: Vec<String> = targets.iter().map(|one| one.area.to_string()).collect();
            let mut values = Vec::with_capacity(targets.len() * TARGETS.columns.len());
            for (target, area) in targets.iter().zip(&areas) {
                values.extend([
                    Value::Int(i64::from(target.year)),
                    Value::Text(&target.name),
                    Value::Text(area),
                    Value::Int(i64::from(target.number)),
                    Value::from(by.bytes()),
                    Value::Int(now.millis()),
                ]);
            }
            unit.connection.upsert(&TARGETS, &values)?;
            Ok(targets.len())
        })
    }
}
