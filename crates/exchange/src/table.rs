//! The five input tables: their names and columns. Knows no row.

use std::fmt;

use kangji_core::vocabulary::Vocabulary;

/// One of the input tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Who takes part, and the dated facts about them.
    Residents,
    /// What was done for them.
    Records,
    /// Published figures of a community and year.
    Metrics,
    /// Decisions about candidates.
    Confirmations,
    /// Days on which a holder earns nothing.
    Sanctions,
}

impl Table {
    /// All tables, in the order in which they are read.
    pub const ALL: [Self; 5] =
        [Self::Residents, Self::Records, Self::Metrics, Self::Confirmations, Self::Sanctions];

    /// The name in the scoring page and in file names, such as `residents`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Residents => "residents",
            Self::Records => "records",
            Self::Metrics => "metrics",
            Self::Confirmations => "confirmations",
            Self::Sanctions => "sanctions",
        }
    }

    /// The Chinese name people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Residents => "居民表",
            Self::Records => "服务记录表",
            Self::Metrics => "指标表",
            Self::Confirmations => "确认表",
            Self::Sanctions => "处罚表",
        }
    }

    /// The columns without which the table cannot be read.
    #[must_use]
    pub const fn required_columns(self) -> &'static [&'static str] {
        match self {
            Self::Residents => &["id", "birth_date", "sex", "community", "guardian", "groups"],
            Self::Records => &["id", "resident", "kind", "date"],
            Self::Metrics => &["community", "year", "name", "value"],
            Self::Confirmations => &["award", "subject", "decision", "by", "date"],
            Self::Sanctions => &["holder", "from", "until"],
        }
    }

    /// Every column that is read: the required ones, then the optional ones.
    pub(crate) fn columns(self, vocabulary: &Vocabulary) -> Vec<&str> {
        let mut columns = self.required_columns().to_vec();
        if self == Self::Records {
            columns.extend(["org", "worker", "status"]);
            columns.extend(vocabulary.attributes().iter().map(|attribute| &*attribute.word.id));
        }
        columns
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
