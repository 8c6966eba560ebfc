//! A holder's statement with its reasons, scored anew from the facts.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
};

use kangji_core::ids::HolderId;
use kangji_rules::{
    explain::{Statement, Viewer, statement},
    score::{Facts, Options, Program, score},
};

use super::{Reading, accounts::may_know};
use crate::{
    access::filter::allows,
    facts::{
        holders,
        load::load,
        others::{residents_by, residents_of_workers},
        residents::GUARDIAN,
    },
    post::{rulebook::Rulebook, settle::scope},
    sql::{Connection, SqlError},
    store::{Store, StoreError},
};

/// A statement, and the ids of the people it names by their codes.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What it says.
    pub statement: Statement,
    /// The ids of the holder and their wards, by code.
    pub ids: HashMap<String, HolderId>,
}

impl Store {
    /// The statement of a holder under a scheme, in the words of whoever reads; `None` where the
    /// permit does not reach the holder, or there is no such holder or scheme.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn statement(
        &self,
        holder: HolderId,
        scheme: &str,
        reading: Reading<'_>,
    ) -> Result<Option<Explained>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let Reading { permit, care, own, today } = reading;
        let mut codes = holders::codes(&mut connection, &[holder])?;
        let (Some(code), true) =
            (codes.remove(&holder), allows(&mut connection, permit, holder, None, today)?)
        else {
            return Ok(None);
        };
        let rulebook = self.rulebook()(&mut connection)?;
        let Some(program) = rulebook.program(scheme) else { return Ok(None) };
        let (facts, ids) = facts(&mut connection, &rulebook, program, (holder, &code))?;
        let full = may_know(&mut connection, care, holder, today)?;
        let viewer = match own {
            Some(reader) => {
                let codes = holders::codes(&mut connection, &[reader])?;
                let code = codes.get(&reader);
                code.map_or(Viewer::Public, |code| Viewer::person(code, &facts))
            }
            None if full => Viewer::Staff,
            None => Viewer::Public,
        };
        connection.rollback();
        let options = Options { as_of: today, all: false, threads: NonZeroUsize::MIN };
        let outcomes = score(program, &facts, options).outcomes;
        let words = &rulebook.words;
        let statement = statement(program, &facts, words, &outcomes, &code, today, viewer);
        Ok(Some(Explained { statement, ids }))
    }
}

/// The facts of everybody whose records can earn points for a holder, and their ids by code.
fn facts(
    connection: &mut Connection,
    rulebook: &Rulebook,
    program: &Program,
    (holder, code): (HolderId, &str),
) -> Result<(Facts, HashMap<String, HolderId>), SqlError> {
    let mut touched = HashSet::from([holder]);
    residents_by(connection, GUARDIAN, [code], &mut touched)?;
    residents_of_workers(connection, [code], &mut touched)?;
    let scope = scope(connection, rulebook, program, &touched)?;
    let mut residents: Vec<HolderId> = scope.residents.into_iter().collect();
    residents.sort_unstable();
    let loaded = load(connection, &rulebook.words, rulebook.confirmed(), &residents)?;
    let named = loaded.residents.iter().filter(|(_, id)| touched.contains(id));
    let text = |sym| loaded.tables.symbols.text(sym).to_owned();
    let ids = named.map(|(sym, id)| (text(*sym), *id)).collect();
    Ok((Facts::new(loaded.tables), ids))
}
