//! Orders as people look for them.

use kangji_core::{
    Moment,
    ids::{HolderId, OrderId},
};
use kangji_redemption::{Order, State};

use super::orders::from_row;
use crate::{
    schema::ORDERS,
    sql::{SqlError, Value},
    store::{Store, StoreError},
};

/// The day of an order that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderDate {
    /// When it was ordered.
    Placed,
    /// When it was handed over; what was not is left out.
    HandedOver,
}

/// Which orders of an institution, the newest first.
#[derive(Clone, Debug)]
pub struct OrderQuery {
    /// Where they are handed over.
    pub institution: String,
    /// Only those that stand there.
    pub state: Option<State>,
    /// The day that counts.
    pub date: OrderDate,
    /// Only those from then on.
    pub from: Option<Moment>,
    /// Only those before.
    pub before: Option<Moment>,
    /// Only those before this one.
    pub after: Option<OrderId>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// An order.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn order_by_id(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.orders_where("id = $1", &[Value::from(id.bytes())])?.pop())
    }

    /// Orders of a person, the newest first, those before `after` only.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn orders_of(
        &self,
        person: HolderId,
        after: Option<OrderId>,
        limit: u32,
    ) -> Result<Vec<Order>, StoreError> {
        let after = after.unwrap_or(OrderId::from_bytes([0xff; 16]));
        let limit = Value::Int(i64::from(limit));
        let values = [Value::from(person.bytes()), Value::from(after.bytes()), limit];
        self.orders_where("person = $1 AND id < $2 ORDER BY id DESC LIMIT $3", &values)
    }

    /// The orders that wait at an institution under a pick-up code: one, but for chance.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn orders_waiting(&self, institution: &str, code: &str) -> Result<Vec<Order>, StoreError> {
        let values = [Value::Text(institution), Value::Text(code)];
        let here = "institution = $1 AND code = $2 AND state = 'waiting' ORDER BY id";
        self.orders_where(here, &values)
    }

    /// Orders of an institution, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn orders_at(&self, query: &OrderQuery) -> Result<Vec<Order>, StoreError> {
        let OrderQuery { institution, state, date, from, before, after, limit } = query;
        let at = match date {
            OrderDate::Placed => "placed_at",
            OrderDate::HandedOver => "handed_over_at",
        };
        let millis =
            |moment: &Option<Moment>, or: i64| Value::Int(moment.map_or(or, Moment::millis));
        let after = after.unwrap_or(OrderId::from_bytes([0xff; 16]));
        let mut values = vec![
            Value::Text(institution),
            Value::from(after.bytes()),
            millis(from, i64::MIN),
            millis(before, i64::MAX),
            Value::Int(i64::from(*limit)),
        ];
        let mut only = "";
        if let Some(state) = state {
            values.push(Value::Text(state.word()));
            only = "AND state = $6";
        }
        let sql = format!(
            "institution = $1 AND id < $2 AND {at} >= $3 AND {at} < $4 {only}
            ORDER BY id DESC LIMIT $5"
        );
        self.orders_where(&sql, &values)
    }

    fn orders_where(&self, rest: &str, values: &[Value<'_>]) -> Result<Vec<Order>, StoreError> {
        let columns: Vec<&str> = ORDERS.columns.iter().map(|column| column.name).collect();
        let sql = format!("SELECT {} FROM orders WHERE {rest}", columns.join(", "));
        let mut found: Vec<Order> = Vec::new();
        self.reader()?.query(&sql, values, |row| -> Result<(), SqlError> {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}
