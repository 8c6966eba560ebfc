//! Agreements as rows, and which there are.

use kangji_core::{
    Day, DayRange, Moment, Points,
    ids::{AgreementId, OfficerId},
};
use kangji_redemption::{
    Agreement, Signature,
    partner::{self, Bears},
};
use kangji_rights::Permit;

use crate::{
    ledger::rows::{day, natural, opt_day},
    redemption::{catalogues::area, covered},
    schema::AGREEMENTS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Store, StoreError},
};

/// An agreement, and when it was drawn up.
#[derive(Clone, Debug)]
pub struct ProposedAgreement {
    /// What it says.
    pub agreement: Agreement,
    /// When it was drawn up.
    pub proposed_at: Moment,
}

/// Which agreements.
#[derive(Clone, Debug, Default)]
pub struct AgreementQuery {
    /// Only those with shops that one of these covers.
    pub permits: Vec<Permit>,
    /// Only those with this shop.
    pub shop: Option<String>,
    /// Only those before this one.
    pub after: Option<AgreementId>,
    /// At most so many.
    pub limit: u16,
}

impl Store {
    /// An agreement.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn agreement(&self, id: AgreementId) -> Result<Option<ProposedAgreement>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// Agreements, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn agreements(&self, query: &AgreementQuery) -> Result<Vec<ProposedAgreement>, StoreError> {
        let mut texts = Vec::new();
        let covers = query.permits.iter().map(|permit| covered(permit, "shop", &mut texts));
        let covers: Vec<String> = covers.collect();
        if covers.is_empty() {
            return Ok(Vec::new());
        }
        let mut conditions = vec![format!("({})", covers.join(" OR "))];
        if let Some(shop) = &query.shop {
            texts.push(shop.clone());
            conditions.push(format!("shop = ${}", texts.len()));
        }
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(after) = &query.after {
            values.push(Value::from(after.bytes()));
            conditions.push(format!("id < ${}", values.len()));
        }
        let (conditions, limit) = (conditions.join(" AND "), query.limit);
        let which = format!("WHERE {conditions} ORDER BY id DESC LIMIT {limit}");
        Ok(select(&mut *self.reader()?, &which, &values)?)
    }

    /// The agreements in force on a day, by shop and scheme (P1).
    ///
    /// # Errors
    /// Where the database fails.
    pub fn agreements_in_force(&self, today: Day) -> Result<Vec<Agreement>, StoreError> {
        let which = "WHERE published_on IS NOT NULL ORDER BY shop, scheme, id";
        let all = select(&mut *self.reader()?, which, &[])?;
        Ok(holding(all, today))
    }
}

/// The agreements of some shops under which something can be deducted on a day.
pub(crate) fn in_force(
    connection: &mut Connection,
    shops: &[&str],
    today: Day,
) -> Result<Vec<Agreement>, SqlError> {
    let mut found = Vec::new();
    for shop in shops {
        let which = "WHERE shop = $1 AND published_on IS NOT NULL";
        let of_shop = select(connection, which, &[Value::Text(shop)])?;
        found.extend(holding(of_shop, today));
    }
    Ok(found)
}

fn holding(all: Vec<ProposedAgreement>, today: Day) -> Vec<Agreement> {
    let all: Vec<Agreement> = all.into_iter().map(|one| one.agreement).collect();
    partner::in_force(&all, today).cloned().collect()
}

fn select(
    connection: &mut Connection,
    which: &str,
    values: &[Value<'_>],
) -> Result<Vec<ProposedAgreement>, SqlError> {
    let columns: Vec<&str> = AGREEMENTS.columns.iter().map(|column| column.name).collect();
    let sql = format!("SELECT {} FROM agreements {which}", columns.join(", "));
    let mut found = Vec::new();
    connection.query(&sql, values, |row| {
        found.push(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The agreement with an id.
pub(super) fn read(
    connection: &mut Connection,
    id: AgreementId,
    lock: Lock,
) -> Result<Option<ProposedAgreement>, SqlError> {
    let mut found = None;
    connection.fetch(&AGREEMENTS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The row of an agreement; `area` is the text of its area.
pub(super) fn row<'a>(one: &'a Agreement, area: &'a str, at: Moment) -> Vec<Value<'a>> {
    let number = |day: Day| Value::Int(i64::from(day.number()));
    let signed = |signature: Option<&'a Signature>| {
        [
            signature.map(|signed| signed.by.bytes()).into(),
            signature.map(|signed| i64::from(signed.day.number())).into(),
            signature.map(|signed| signed.document.as_str()).into(),
        ]
    };
    let facts = [
        Value::from(one.id.bytes()),
        Value::Text(&one.shop),
        Value::Text(&one.scheme),
        number(one.days.from),
        number(one.days.to),
        Value::Text(area),
        Value::Int(one.points_per_yuan.0),
        Value::Int(i64::from(one.share)),
        one.day_limit.map(|points| points.0).into(),
        one.month_limit.map(|points| points.0).into(),
        Value::Text(one.bears.word()),
        Value::from(one.proposed_by.bytes()),
        Value::Int(at.millis()),
    ];
    let steps = [signed(one.published.as_ref()), signed(one.ended.as_ref())];
    facts.into_iter().chain(steps.into_iter().flatten()).collect()
}

/// The agreement of a row of `AGREEMENTS`.
fn from_row(row: &Row<'_>) -> Result<ProposedAgreement, SqlError> {
    let signed = |by: usize| -> Result<Option<Signature>, SqlError> {
        let Some(on) = opt_day(row, by + 1)? else { return Ok(None) };
        let document = row.text(by + 2)?.to_owned();
        Ok(Some(Signature { by: OfficerId::from_bytes(row.array(by)?), day: on, document }))
    };
    let points = |at| -> Result<Option<Points>, SqlError> { Ok(row.opt_int(at)?.map(Points)) };
    let agreement = Agreement {
        id: AgreementId::from_bytes(row.array(0)?),
        shop: row.text(1)?.to_owned(),
        scheme: row.text(2)?.to_owned(),
        days: DayRange { from: day(row, 3)?, to: day(row, 4)? },
        area: area(row.text(5)?).ok_or_else(|| row.problem(5, "holds no area"))?,
        points_per_yuan: Points(row.int(6)?),
        share: natural(row, 7)?,
        day_limit: points(8)?,
        month_limit: points(9)?,
        bears: Bears::of_word(row.text(10)?)
            .ok_or_else(|| row.problem(10, "says not who bears a forgery"))?,
        proposed_by: OfficerId::from_bytes(row.array(11)?),
        published: signed(13)?,
        ended: signed(16)?,
    };
    Ok(ProposedAgreement { agreement, proposed_at: Moment::from_millis(row.int(12)?) })
}
