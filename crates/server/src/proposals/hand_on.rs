//! A list by which points of a village's pool are handed on to its helpers (T2): as it is sent,
//! checked, and shown again.

use kangji_core::{
    Day, Decimal, Decimals, DivisionPrefix, Points,
    ids::{AccountId, HolderId},
};
use kangji_rights::Permit;
use kangji_store::{Proposed, Store, helps_in, reaches};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::content::{decimals_of, given};
use crate::problem::{Code, Problem};

/// A list names at most so many.
const LIST_MAX: usize = 200;

/// A list of who receives points of a pool.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOnWanted {
    /// The pool's account.
    #[schema(format = "uuid")]
    pub(crate) pool: String,
    /// Who receives how much: people who live and help in the village.
    #[schema(min_items = 1, max_items = 200)]
    pub(crate) list: Vec<Receiver>,
    /// What for.
    #[schema(max_length = 500, pattern = "\\S")]
    pub(crate) reason: String,
}

/// Somebody who receives points.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receiver {
    /// The resident's id.
    #[schema(format = "uuid")]
    pub(crate) resident: String,
    /// More than zero: a decimal number.
    #[schema(pattern = "^[0-9]{1,9}(\\.[0-9]{1,9})?$")]
    pub(crate) points: String,
}

impl HandOnWanted {
    pub(super) fn checked(
        self,
        store: &Store,
        permit: &Permit,
        today: Day,
    ) -> Result<(DivisionPrefix, Proposed), Problem> {
        let Self { pool: id, list, reason } = self;
        let id: AccountId = id.parse().map_err(|_| Problem::from(Code::NotFound))?;
        let not_a_pool = || {
            let says = "只有村（社区）积分池可以分发，个人之间不能转让";
            Problem::invalid("hand_on.pool", says)
        };
        let Some(pool) = store.pool(id, today)? else {
            // Whose account it is is nobody's business who may not hand it on.
            return Err(not_a_pool());
        };
        let village = DivisionPrefix::parse(&pool.community).ok_or_else(not_a_pool)?;
        if !reaches(permit, village) {
            return Err(Code::NotFound.into());
        }
        let decimals = decimals_of(store, id)?;
        let list = receivers(store, village, decimals, list, today)?;
        let sum = list.iter().try_fold(Points::ZERO, |sum, (_, points)| sum.checked_add(*points));
        if sum.is_none_or(|sum| sum > pool.redeemable) {
            let sum = sum.map_or_else(|| "太多".to_owned(), |sum| decimals.short(sum));
            let there = decimals.short(pool.redeemable);
            let says = format!("合计 {sum} 分，池里只有 {there} 分，请减少");
            return Err(Problem::invalid("hand_on.list", says));
        }
        let reason = given(reason, "hand_on.reason")?;
        Ok((village, Proposed::HandOn { pool: id, list, reason }))
    }

    pub(super) fn of(
        store: &Store,
        pool: AccountId,
        list: &[(HolderId, Points)],
        reason: String,
    ) -> Result<Self, Problem> {
        let decimals = decimals_of(store, pool)?;
        let row = |(holder, points): &(HolderId, Points)| Receiver {
            resident: holder.to_string(),
            points: decimals.text(*points),
        };
        Ok(Self { pool: pool.to_string(), list: list.iter().map(row).collect(), reason })
    }
}

/// Each of a list once, with points, and a helper of the village.
fn receivers(
    store: &Store,
    village: DivisionPrefix,
    decimals: Decimals,
    list: Vec<Receiver>,
    today: Day,
) -> Result<Vec<(HolderId, Points)>, Problem> {
    if list.is_empty() || list.len() > LIST_MAX {
        return Err(Problem::invalid("hand_on.list", "请至少给一位填写积分，一张名单最多 200 位"));
    }
    let mut found: Vec<(HolderId, Points)> = Vec::with_capacity(list.len());
    for (place, one) in list.into_iter().enumerate() {
        let wrong = |field, says: &str| {
            Problem::invalid(&format!("hand_on.list[{place}].{field}"), says.to_owned())
        };
        let outside = || wrong("resident", "这一位今天不是本村（社区）的帮办人员，不能分给");
        let id: HolderId = one.resident.parse().map_err(|_| outside())?;
        let known = store.resident(id)?.filter(|known| helps_in(village, &known.fact, today));
        known.ok_or_else(outside)?;
        if found.iter().any(|(other, _)| *other == id) {
            return Err(wrong("resident", "同一位只能写一次"));
        }
        let number: Option<Decimal> = one.points.parse().ok();
        let points = number.and_then(|number| decimals.exact(number));
        let points = points.filter(|points| *points > Points::ZERO).ok_or_else(|| {
            let places = decimals.places();
            wrong("points", &format!("请填写大于零的积分数，小数至多 {places} 位"))
        })?;
        found.push((id, points));
    }
    Ok(found)
}
