//! The published versions of all schemes, read and checked once.

use std::{collections::BTreeMap, sync::Arc};

use kangji_core::{
    Day, Moment,
    vocabulary::{KindId, Vocabulary},
};
use kangji_ledger::Hash;
use kangji_rules::{
    document,
    scheme::{Award, Occasion, Scheme},
    score::Program,
};

use crate::{
    ledger::rows::{day, number},
    schema::{SCHEME_VERSIONS, SCHEMES},
    sql::{Connection, Lock, SqlError, Value},
};

/// Why a document is not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The document has problems; `scheme check` names them.
    #[error("the document has `{problems}` problems")]
    Document {
        /// How many.
        problems: usize,
    },
    /// A version that is published never changes.
    #[error("`{scheme}` already has another version from `{first_day}` on")]
    Published {
        /// The scheme.
        scheme: String,
        /// Its first day of force.
        first_day: Day,
    },
    /// The version does not go with those before it.
    #[error("the version does not go with the others: {0}")]
    Versions(String),
}

impl PublishError {
    /// The sentence for people.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Document { problems } => {
                format!("办法文件有 {problems} 处问题，请先用 kangji scheme check 查看并改正")
            }
            Self::Published { scheme, first_day } => format!(
                "办法 {scheme} 自 {first_day} 起施行的版本已经公布且内容不同；已公布的版本不能修改，请另定施行日期"
            ),
            Self::Versions(why) => format!("与已公布的版本不能衔接：{why}"),
        }
    }
}

/// All schemes of a database.
#[derive(Debug)]
pub(crate) struct Rulebook {
    pub(crate) words: Vocabulary,
    pub(crate) programs: Vec<Program>,
    print: Vec<(String, Day, Hash)>,
}

/// Which versions there are: enough to see whether a rulebook is still the database's.
fn print_of(connection: &mut Connection) -> Result<Vec<(String, Day, Hash)>, SqlError> {
    let mut print = Vec::new();
    let all = "SELECT scheme, first_day, hash FROM scheme_versions ORDER BY scheme, first_day";
    connection.query(all, &[], |row| {
        let hash = Hash::from_bytes(row.array(2)?);
        print.push((row.text(0)?.to_owned(), day(&row, 1)?, hash));
        Ok(())
    })?;
    Ok(print)
}

impl Rulebook {
    /// An empty rulebook, never the database's own.
    pub(crate) fn new(words: Vocabulary) -> Self {
        let print = vec![(String::new(), Day::FIRST, Hash::NONE)];
        Self { words, programs: Vec::new(), print }
    }

    /// `known` if it is still what the database says, otherwise a new one.
    pub(crate) fn current(
        known: &Arc<Self>,
        connection: &mut Connection,
    ) -> Result<Arc<Self>, SqlError> {
        let print = print_of(connection)?;
        if print == known.print {
            return Ok(Arc::clone(known));
        }
        let mut schemes: BTreeMap<String, Vec<Scheme>> = BTreeMap::new();
        let mut problem = None;
        let all = "SELECT document FROM scheme_versions ORDER BY scheme, first_day";
        connection.query(all, &[], |row| {
            match document::read(row.text(0)?, &known.words).scheme {
                Some(scheme) => schemes.entry(scheme.id.clone()).or_default().push(scheme),
                None => problem = Some("a published document has problems".to_owned()),
            }
            Ok(())
        })?;
        let programs = schemes.into_values().map(Program::new).collect::<Result<Vec<_>, _>>();
        let programs = programs.map_err(|error| SqlError::shape(error.to_string()))?;
        match problem {
            Some(text) => Err(SqlError::shape(text)),
            None => Ok(Arc::new(Self { words: known.words.clone(), programs, print })),
        }
    }

    /// The program of a scheme.
    pub(crate) fn program(&self, scheme: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.scheme_id() == scheme)
    }

    /// Whether records of a kind name an illness: awards that are sensitive rest on them, and no
    /// other award does.
    pub(crate) fn is_secret(&self, kind: &str) -> bool {
        let Some(kind) = self.words.kind(kind) else { return false };
        let awards = self.programs.iter().flat_map(Program::versions).flat_map(|s| &s.awards);
        let mut resting = awards.filter(|award| rests_on(award, kind)).peekable();
        resting.peek().is_some() && resting.all(|award| award.public_name.is_some())
    }

    /// The record kinds that some award wants confirmed, a bit each.
    pub(crate) fn confirmed(&self) -> u64 {
        let schemes = self.programs.iter().flat_map(Program::versions);
        let awards = schemes.flat_map(|scheme| &scheme.awards);
        let kinds = awards.filter(|award| award.confirm.is_some()).filter_map(|award| match &award
            .occasion
        {
            Occasion::Record(kinds) => Some(kinds),
            Occasion::Period(_) => None,
        });
        kinds.flatten().fold(0, |bits, kind| bits | 1 << kind.0)
    }
}

/// Whether an award looks at records of a kind.
pub(crate) fn rests_on(award: &Award, kind: KindId) -> bool {
    let required = || award.requires.iter().chain(&award.requires_any);
    let occasion = match &award.occasion {
        Occasion::Record(kinds) => kinds.contains(&kind),
        Occasion::Period(_) => false,
    };
    occasion || required().any(|asked| asked.on.contains(&kind))
}

/// What a document would be published as.
pub(crate) struct Version {
    scheme: Scheme,
    text: String,
}

impl Version {
    /// A document without problems.
    pub(crate) fn read(text: &str, words: &Vocabulary) -> Result<Self, PublishError> {
        let document = document::read(text, words);
        let problems = document.problems.len();
        let scheme = document.scheme.ok_or(PublishError::Document { problems })?;
        Ok(Self { scheme, text: text.to_owned() })
    }

    /// Whether it can be published; `false` where it was published before.
    pub(crate) fn check(
        &self,
        connection: &mut Connection,
        rulebook: &Rulebook,
    ) -> Result<Result<bool, PublishError>, SqlError> {
        let first_day = self.scheme.in_force.from;
        let mut stored = None;
        connection.fetch(&SCHEME_VERSIONS, 2, &self.key(), Lock::None, |row| {
            stored = Some(Hash::from_bytes(row.array(3)?));
            Ok(())
        })?;
        match stored {
            Some(known) if known == Hash::from_bytes(self.scheme.digest) => return Ok(Ok(false)),
            Some(_) => {
                let scheme = self.scheme.id.clone();
                return Ok(Err(PublishError::Published { scheme, first_day }));
            }
            None => {}
        }
        let others = rulebook.program(&self.scheme.id).map(Program::versions).unwrap_or_default();
        let all = others.iter().cloned().chain([self.scheme.clone()]).collect();
        let fits = Program::new(all).map(|_| true);
        Ok(fits.map_err(|error| PublishError::Versions(error.to_string())))
    }

    fn key(&self) -> [Value<'_>; 2] {
        [Value::Text(&self.scheme.id), Value::Int(number(self.scheme.in_force.from))]
    }

    /// Publishes it; `false` where it was published before.
    pub(crate) fn publish(
        &self,
        connection: &mut Connection,
        rulebook: &Rulebook,
        now: Moment,
    ) -> Result<Result<bool, PublishError>, SqlError> {
        let checked = self.check(connection, rulebook)?;
        if checked != Ok(true) {
            return Ok(checked);
        }
        let key = self.key();
        let adjustments = i64::from(self.scheme.adjustments);
        let mut closed_through = Value::Null;
        connection.fetch(&SCHEMES, 1, &key[..1], Lock::Rows, |row| {
            closed_through = row.opt_int(2)?.map_or(Value::Null, Value::Int);
            Ok(())
        })?;
        let row = [Value::Text(&self.scheme.id), Value::Int(adjustments), closed_through];
        connection.upsert(&SCHEMES, &row)?;
        let rest =
            [Value::Text(&self.text), Value::from(&self.scheme.digest), Value::Int(now.millis())];
        let row: Vec<Value<'_>> = key.into_iter().chain(rest).collect();
        connection.insert(&SCHEME_VERSIONS, &row)?;
        Ok(Ok(true))
    }
}
