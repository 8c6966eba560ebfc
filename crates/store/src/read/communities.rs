//! The communities that residents live in, by which forms help to fill in a code of twelve digits.

use kangji_rights::{Cover, Permit};

use crate::{
    facts::residents::COMMUNITY,
    sql::{Connection, SqlError, Value},
    store::{Store, StoreError},
};

/// The first community's code after one and before another.
const NEXT: &str = "SELECT MIN(value) FROM standings WHERE kind = $1 AND value > $2 AND value < $3";

impl Store {
    /// The codes of communities inside a permit's areas in which somebody has lived, in order, up
    /// to a limit. Each is one look into an index, however many live there.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn communities_under(
        &self,
        permit: &Permit,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut reader = self.reader()?;
        let mut found = Vec::new();
        for cover in permit.covers() {
            let Cover::Area { area, .. } = cover else { continue };
            let (mut after, end) = area.texts();
            // A whole code is a community itself, and would not come after itself.
            if after.len() == 12 {
                found.push(after.clone());
            }
            while found.len() < limit
                && let Some(community) = next(&mut reader, &after, &end)?
            {
                found.push(community.clone());
                after = community;
            }
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(limit);
        Ok(found)
    }
}

fn next(reader: &mut Connection, after: &str, end: &str) -> Result<Option<String>, SqlError> {
    let mut found = None;
    let values = [Value::Int(COMMUNITY), Value::Text(after), Value::Text(end)];
    reader.query(NEXT, &values, |row| {
        found = row.opt_text(0)?.map(ToOwned::to_owned);
        Ok(())
    })?;
    Ok(found)
}
