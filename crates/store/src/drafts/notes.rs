//! What the bureau says of how its rules are read (P16): published beside the scheme until they are
//! withdrawn.

use kangji_core::{
    Moment,
    ids::{NoteId, OfficerId},
};

use crate::{
    audit::{DONE, Done, Subject},
    schema::SCHEME_NOTES,
    sql::{Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// An interpretation note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The scheme's id.
    pub scheme: String,
    /// The award it is about; `None` for the scheme as a whole.
    pub award: Option<String>,
    /// What it is about, in a few words.
    pub title: String,
    /// What it says.
    pub content: String,
    /// Who wrote it.
    pub written_by: OfficerId,
    /// When.
    pub written_at: Moment,
    /// Who withdrew it, and when.
    pub withdrawn: Option<(OfficerId, Moment)>,
}

impl Store {
    /// Publishes a note; gives the text of its id, of the first one where the call came before.
    pub fn write_note(&self, note: Note) -> Pending<String> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Note(note.id), result: DONE });
            unit.connection.insert(&SCHEME_NOTES, &values(&note))?;
            Ok(note.id.to_string())
        })
    }

    /// A note.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn note(&self, id: NoteId) -> Result<Option<Note>, StoreError> {
        let mut found = None;
        self.reader()?.fetch(&SCHEME_NOTES, 1, &[Value::from(id.bytes())], Lock::None, |row| {
            found = Some(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The notes of a scheme that stand, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn notes(&self, scheme: &str) -> Result<Vec<Note>, StoreError> {
        let columns: Vec<&str> = SCHEME_NOTES.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM scheme_notes WHERE scheme = $1 AND withdrawn_at IS NULL ORDER BY id",
            columns.join(", ")
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &[Value::Text(scheme)], |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Withdraws a note; `false` where somebody did before.
    pub fn withdraw_note(&self, id: NoteId, by: OfficerId, at: Moment) -> Pending<bool> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Note(id), result: DONE });
            let sql = "UPDATE scheme_notes SET withdrawn_by = $1, withdrawn_at = $2
                WHERE id = $3 AND withdrawn_at IS NULL";
            let values =
                [Value::from(by.bytes()), Value::Int(at.millis()), Value::from(id.bytes())];
            Ok(unit.connection.execute(sql, &values)? > 0)
        })
    }
}

fn values(note: &Note) -> [Value<'_>; 9] {
    let withdrawn = note.withdrawn.as_ref();
    [
        Value::from(note.id.bytes()),
        Value::Text(&note.scheme),
        Value::Text(note.award.as_deref().unwrap_or_default()),
        Value::Text(&note.title),
        Value::Text(&note.content),
        Value::from(note.written_by.bytes()),
        Value::Int(note.written_at.millis()),
        withdrawn.map(|(by, _)| by.bytes()).into(),
        withdrawn.map(|(_, at)| at.millis()).into(),
    ]
}

fn from_row(row: &Row<'_>) -> Result<Note, SqlError> {
    let withdrawn = match row.opt_int(8)? {
        Some(at) => Some((OfficerId::from_bytes(row.array(7)?), Moment::from_millis(at))),
        None => None,
    };
    Ok(Note {
        id: NoteId::from_bytes(row.array(0)?),
        scheme: row.text(1)?.to_owned(),
        award: Some(row.text(2)?).filter(|award| !award.is_empty()).map(str::to_owned),
        title: row.text(3)?.to_owned(),
        content: row.text(4)?.to_owned(),
        written_by: OfficerId::from_bytes(row.array(5)?),
        written_at: Moment::from_millis(row.int(6)?),
        withdrawn,
    })
}
