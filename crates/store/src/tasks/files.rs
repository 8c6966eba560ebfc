//! What a task reads and what it gives: files in parts, which whoever keeps them has sealed.

use kangji_core::ids::TaskId;

use crate::{
    schema::TASK_FILES,
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFile {
    /// The file.
    pub name: String,
    /// Which part, from 0 on.
    pub part: u32,
    /// Its bytes, sealed.
    pub bytes: Vec<u8>,
}

impl Store {
    /// A part of a file, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn task_file(
        &self,
        task: TaskId,
        name: &str,
        part: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let key = [Value::from(task.bytes()), Value::Text(name), Value::Int(part.into())];
        let mut found = None;
        self.reader()?.fetch(&TASK_FILES, 3, &key, Lock::None, |row| {
            found = Some(row.bytes(3)?.to_vec());
            Ok(())
        })?;
        Ok(found)
    }

    /// Keeps parts of files; the same part again takes the place of the one before.
    pub fn put_task_files(&self, task: TaskId, files: Vec<TaskFile>) -> Pending<()> {
        self.work(move |unit| Ok(keep(unit.connection, task, &files)?))
    }
}

pub(super) fn keep(
    connection: &mut Connection,
    task: TaskId,
    files: &[TaskFile],
) -> Result<(), SqlError> {
    for TaskFile { name, part, bytes } in files {
        let part = Value::Int((*part).into());
        let row = [Value::from(task.bytes()), Value::Text(name), part, Value::Bytes(bytes)];
        connection.upsert(&TASK_FILES, &row)?;
    }
    Ok(())
}
