//! Vouchers as people look for them: one, those of an institution or a person, the next of a
//! stock, the credits that can go onto paper, and stubs that do not agree with the ledger (P4).

use kangji_core::{
    Day, Points,
    ids::{HolderId, RecordId},
};
use kangji_ledger::{EntryKind, Lot, Seq, account_of};
use kangji_redemption::{Voucher, VoucherState, voucher::Serial};
use kangji_rules::scheme::Scheme;

use super::rows::select;
use crate::{
    ledger::rows,
    redemption::catalogues::scheme_on,
    schema::{ACCOUNT_ENTRIES, ACCOUNTS},
    sql::{Connection, Lock, SqlError, Value},
    store::{Store, StoreError},
};

/// Comes after every sign of a serial.
const AFTER_ALL: char = '\u{10ffff}';

/// Which vouchers, in the order of their serials. What is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct VoucherQuery {
    /// Under which scheme.
    pub scheme: Option<String>,
    /// The institution that has or had them in stock.
    pub institution: Option<String>,
    /// Whose they are.
    pub person: Option<HolderId>,
    /// Where they stand.
    pub state: Option<VoucherState>,
    /// How their serials begin.
    pub prefix: Option<String>,
    /// Only those after this serial.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A credit of which something is left that can go onto a voucher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperCredit {
    /// Under which scheme.
    pub scheme: String,
    /// The entry of the credit.
    pub lot: Seq,
    /// What is left on the electronic balance.
    pub left: Points,
    /// The award.
    pub award: String,
    /// The record, unless it is for a period.
    pub record: Option<RecordId>,
    /// The day it counts for.
    pub day: Day,
    /// The first day it is no longer valid.
    pub expires_on: Option<Day>,
}

impl Store {
    /// A voucher.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn voucher(&self, serial: &Serial) -> Result<Option<Voucher>, StoreError> {
        Ok(select(&mut *self.reader()?, "serial = $1", &[Value::Text(serial.as_str())])?.pop())
    }

    /// Vouchers in the order of their serials.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn vouchers(&self, query: &VoucherQuery) -> Result<Vec<Voucher>, StoreError> {
        let end = query.prefix.as_ref().map(|prefix| format!("{prefix}{AFTER_ALL}"));
        let asked: [(&str, Value<'_>); 7] = [
            ("scheme =", query.scheme.as_deref().into()),
            ("institution =", query.institution.as_deref().into()),
            ("person =", query.person.as_ref().map(HolderId::bytes).into()),
            ("state =", query.state.map(VoucherState::word).into()),
            ("serial >=", query.prefix.as_deref().into()),
            ("serial <", end.as_deref().into()),
            ("serial >", query.after.as_deref().into()),
        ];
        let asked = asked.into_iter().filter(|(_, value)| *value != Value::Null);
        let (mut conditions, mut values) = (vec!["1 = 1".to_owned()], Vec::new());
        for (condition, value) in asked {
            values.push(value);
            conditions.push(format!("{condition} ${}", values.len()));
        }
        values.push(Value::Int(i64::from(query.limit)));
        let rest = format!("{} ORDER BY serial LIMIT ${}", conditions.join(" AND "), values.len());
        Ok(select(&mut *self.reader()?, &rest, &values)?)
    }

    /// Vouchers of an institution whose stub does not agree with the ledger: it was not looked at,
    /// says other points, or is of a voucher that was never issued. In the order of their serials.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn stub_differences(
        &self,
        institution: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Voucher>, StoreError> {
        let differs = "institution = $1 AND serial > $2
            AND ((issued_at IS NOT NULL AND stub_at IS NULL)
                OR (issued_at IS NULL AND stub_at IS NOT NULL)
                OR stub_points <> points)
            ORDER BY serial LIMIT $3";
        let after = after.unwrap_or_default();
        let limit = Value::Int(i64::from(limit));
        let values = [Value::Text(institution), Value::Text(after), limit];
        Ok(select(&mut *self.reader()?, differs, &values)?)
    }

    /// Credits of a person of which something can go onto a voucher, scheme by scheme, the oldest
    /// first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn paper_credits(
        &self,
        person: HolderId,
        today: Day,
    ) -> Result<Vec<PaperCredit>, StoreError> {
        let mut connection = self.reader()?;
        connection.begin_read()?;
        let rulebook = self.rulebook()(&mut connection)?;
        let mut schemes = Vec::new();
        connection.query("SELECT id FROM schemes ORDER BY id", &[], |row| {
            schemes.push(row.text(0)?.to_owned());
            Ok(())
        })?;
        let mut credits = Vec::new();
        for scheme in &schemes {
            let scheme = scheme_on(&rulebook, scheme, today);
            if let Some(scheme) = scheme.filter(|scheme| scheme.vouchers.is_some()) {
                credits.extend(on_paper(&mut connection, person, scheme, today)?);
            }
        }
        connection.rollback();
        Ok(credits)
    }
}

/// What is left of a person's credits under a scheme.
fn on_paper(
    connection: &mut Connection,
    person: HolderId,
    scheme: &Scheme,
    today: Day,
) -> Result<Vec<PaperCredit>, SqlError> {
    let account = account_of(person, &scheme.id);
    let key = [Value::from(account.bytes())];
    let mut lots: Vec<Lot> = Vec::new();
    connection.fetch(&ACCOUNTS, 1, &key, Lock::None, |row| {
        lots = rows::account(&row)?.account.lots;
        Ok(())
    })?;
    lots.retain(|lot| !lot.has_expired_by(today));
    let mut credits = Vec::new();
    if lots.is_empty() {
        return Ok(credits);
    }
    connection.fetch(&ACCOUNT_ENTRIES, 1, &key, Lock::None, |row| {
        let entry = rows::entry(&row)?;
        let lot = lots.iter().find(|lot| lot.seq == entry.seq);
        let (Some(lot), EntryKind::Credit, Some(source)) = (lot, entry.kind, entry.source) else {
            return Ok(());
        };
        credits.push(PaperCredit {
            scheme: scheme.id.clone(),
            lot: lot.seq,
            left: lot.points,
            award: source.award,
            record: source.record,
            day: entry.day,
            expires_on: entry.expires_on,
        });
        Ok(())
    })?;
    credits.sort_by_key(|credit| (credit.day, credit.lot));
    Ok(credits)
}
