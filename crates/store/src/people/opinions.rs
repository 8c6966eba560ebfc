//! What residents say is wrong with their points: cases that somebody answers. The texts are
//! sealed, for they tell what people think and may name illnesses.

use kangji_core::{
    Day, Moment,
    ids::{HolderId, OfficerId, ProposalId, RecordId},
};
use kangji_rights::Permit;

use super::{SealedPerson, done, put_new};
use crate::{
    access::filter::{self, Filter},
    schema::OPINIONS,
    sql::{Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Something that a resident says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Its id.
    pub id: [u8; 16],
    /// About whose points.
    pub person: HolderId,
    /// Who wrote it: the person or the guardian.
    pub written_by: HolderId,
    /// The community that the person lived in then; empty where none was known.
    pub community: String,
    /// The record that it is about, if it names one.
    pub record: Option<RecordId>,
    /// The award that it is about, if it names one.
    pub award: Option<String>,
    /// The sanction that it is an appeal against, if it is one (S11).
    pub sanction: Option<ProposalId>,
    /// What it says, sealed with the key of the person; `None` once they were erased.
    pub content: Option<Vec<u8>>,
    /// When.
    pub written_at: Moment,
    /// What came of it, if it was answered.
    pub answer: Option<OpinionAnswer>,
}

/// What came of an opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpinionAnswer {
    /// Who answered.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
    /// What, sealed with the key of the person; `None` once they were erased.
    pub content: Option<Vec<u8>>,
}

/// Which opinions.
#[derive(Clone, Copy, Debug)]
pub struct OpinionQuery {
    /// Those that were answered, or those that were not.
    pub answered: bool,
    /// Those after this one.
    pub after: Option<[u8; 16]>,
    /// So many at most.
    pub limit: u32,
    /// Today.
    pub today: Day,
}

impl Store {
    /// Keeps an opinion. `person` is kept as well where nothing sealed was known of the resident.
    pub fn give_opinion(
        &self,
        opinion: Opinion,
        person: Option<SealedPerson>,
    ) -> Pending<[u8; 16]> {
        self.once(move |unit| {
            unit.done.push(done(opinion.person));
            if let Some(person) = &person {
                put_new(unit.connection, person)?;
            }
            unit.connection.insert(&OPINIONS, &values(&opinion))?;
            Ok(opinion.id)
        })
    }

    /// An opinion, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn opinion(&self, id: [u8; 16]) -> Result<Option<Opinion>, StoreError> {
        let mut found = None;
        self.reader()?.fetch(&OPINIONS, 1, &[Value::from(&id)], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// All opinions about a person's points, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn opinions_of(&self, person: HolderId) -> Result<Vec<Opinion>, StoreError> {
        let sql = format!("{ALL} WHERE person = $1 ORDER BY id DESC");
        self.opinions_by(&sql, &[Value::from(person.bytes())])
    }

    /// Opinions on residents on whom a permit allows its action, the oldest first; not those of
    /// the erased, of which nothing can be read.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn opinions_under(
        &self,
        permit: &Permit,
        query: OpinionQuery,
    ) -> Result<Vec<Opinion>, StoreError> {
        let filter = Filter::new(permit, "opinions.person", None, query.today, 3);
        let state = if query.answered { "IS NOT NULL" } else { "IS NULL" };
        let sql = format!(
            "{ALL} WHERE id > $1 AND answered_at {state} AND content IS NOT NULL AND {}
            ORDER BY id LIMIT $2",
            filter.sql
        );
        let after = query.after.unwrap_or_default();
        let mut values = vec![Value::from(&after), Value::Int(i64::from(query.limit))];
        values.extend(filter.values());
        self.opinions_by(&sql, &values)
    }

    /// Answers an opinion, as far as a permit reaches; `None` where there is none to be seen,
    /// `false` where it was answered before.
    pub fn answer_opinion(
        &self,
        permit: &Permit,
        id: [u8; 16],
        answer: OpinionAnswer,
    ) -> Pending<Option<bool>> {
        let permit = permit.clone();
        self.once(move |unit| {
            let mut found = None;
            unit.connection.fetch(&OPINIONS, 1, &[Value::from(&id)], Lock::Rows, |row| {
                found = Some(from_row(&row)?);
                Ok(())
            })?;
            let Some(opinion) = found.filter(|one| one.content.is_some()) else { return Ok(None) };
            let (person, today) = (opinion.person, answer.at.day());
            if !filter::allows(unit.connection, &permit, person, None, today)? {
                return Ok(None);
            }
            unit.done.push(done(person));
            if opinion.answer.is_some() {
                return Ok(Some(false));
            }
            let answered = Opinion { answer: Some(answer.clone()), ..opinion };
            unit.connection.update(&OPINIONS, &values(&answered))?;
            Ok(Some(true))
        })
    }

    fn opinions_by(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Opinion>, StoreError> {
        let mut found = Vec::new();
        self.reader()?.query(sql, values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

const ALL: &str = "SELECT id, person, written_by, community, record, award, content, written_at,
    answered_by, answered_at, answer, sanction FROM opinions";

fn values(opinion: &Opinion) -> [Value<'_>; 12] {
    let answer = opinion.answer.as_ref();
    [
        Value::from(&opinion.id),
        Value::from(opinion.person.bytes()),
        Value::from(opinion.written_by.bytes()),
        Value::Text(&opinion.community),
        opinion.record.as_ref().map(RecordId::bytes).into(),
        opinion.award.as_deref().into(),
        opinion.content.as_deref().into(),
        Value::Int(opinion.written_at.millis()),
        answer.map(|answer| answer.by.bytes()).into(),
        answer.map(|answer| answer.at.millis()).into(),
        answer.and_then(|answer| answer.content.as_deref()).into(),
        opinion.sanction.as_ref().map(ProposalId::bytes).into(),
    ]
}

fn from_row(row: &Row<'_>) -> Result<Opinion, SqlError> {
    let answer = match row.opt_int(9)? {
        None => None,
        Some(at) => Some(OpinionAnswer {
            by: OfficerId::from_bytes(row.array(8)?),
            at: Moment::from_millis(at),
            content: row.opt_bytes(10)?.map(<[u8]>::to_vec),
        }),
    };
    Ok(Opinion {
        id: row.array(0)?,
        person: HolderId::from_bytes(row.array(1)?),
        written_by: HolderId::from_bytes(row.array(2)?),
        community: row.text(3)?.to_owned(),
        record: match row.opt_bytes(4)? {
            None => None,
            Some(_) => Some(RecordId::from_bytes(row.array(4)?)),
        },
        award: row.opt_text(5)?.map(ToOwned::to_owned),
        sanction: match row.opt_bytes(11)? {
            None => None,
            Some(_) => Some(ProposalId::from_bytes(row.array(11)?)),
        },
        content: row.opt_bytes(6)?.map(<[u8]>::to_vec),
        written_at: Moment::from_millis(row.int(7)?),
        answer,
    })
}
