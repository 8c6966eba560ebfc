//! The vouchers of a resident and of the children they look after.

use axum::{Json, extract::State};
use kangji_redemption::Voucher;
use kangji_rights::{Action, Permit};
use kangji_store::{Subject, VoucherQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::told::{StateName, public_title};
use crate::{
    app::App,
    input::{Search, page_size},
    mall::sees,
    problem::{Problem, ReadProblems},
    residents::{more, own::resident},
    schemes::decimals_of,
    signed::Signed,
};

/// Which vouchers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mine {
    /// The child under 14 whose vouchers they are.
    #[param(format = "uuid")]
    pub(crate) person: Option<String>,
    /// Only those that stand there.
    #[param(inline)]
    pub(crate) state: Option<StateName>,
    /// Those after this serial.
    #[param(min_length = 1, max_length = 40)]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// A voucher of one's own. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OwnVoucher {
    /// What stands on it.
    pub(crate) serial: String,
    /// Under which scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// Where it stands.
    pub(crate) state: StateName,
    /// The same in Chinese, with the reason where it is void.
    pub(crate) state_says: String,
    /// What it bears.
    pub(crate) points: i64,
    /// The public name of the award, as it stands on the main part.
    pub(crate) title: String,
    /// The first day it is no longer valid; `null` for never.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
    /// The day on it.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// When it was spent, in milliseconds of UTC.
    pub(crate) spent_at: Option<i64>,
    /// When it ended without being spent.
    pub(crate) ended_at: Option<i64>,
}

/// Vouchers of one's own, in the order of their serials.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OwnVouchers {
    pub(crate) items: Vec<OwnVoucher>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List my vouchers, or those of a child I look after.
#[utoipa::path(
    get, path = "/me/vouchers", tag = "vouchers", params(Mine),
    responses((status = 200, body = OwnVouchers), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Mine>,
) -> Result<Json<OwnVouchers>, Problem> {
    let me = resident(&who)?;
    let read = move |app: &App, _: &Permit| {
        let limit = page_size(which.limit)?;
        let query = VoucherQuery {
            person: Some(sees(app, me, which.person.as_deref())?),
            state: which.state.map(Into::into),
            after: which.after,
            limit: limit + 1,
            ..VoucherQuery::default()
        };
        let mut found = app.store().vouchers(&query)?;
        let next = more(&mut found, limit).map(|last| last.serial.to_string());
        let schemes = app.store().schemes()?;
        let shown = |voucher: &Voucher| {
            let issue = voucher.issue.as_ref()?;
            let state = voucher.state.chinese();
            let why = voucher.void.map(|void| format!("{state}：{}", void.chinese()));
            Some(OwnVoucher {
                serial: voucher.serial.to_string(),
                scheme: voucher.scheme.clone(),
                decimals: decimals_of(&schemes, &voucher.scheme).places(),
                state: voucher.state.into(),
                state_says: why.unwrap_or_else(|| state.to_owned()),
                points: issue.points.0,
                title: public_title(&schemes, &voucher.scheme, &issue.award),
                expires_on: issue.expires_on.map(|day| day.to_string()),
                date: issue.day.to_string(),
                spent_at: voucher.spent.as_ref().map(|spent| spent.step.at.millis()),
                ended_at: voucher.ended.as_ref().map(|step| step.at.millis()),
            })
        };
        Ok(Json(OwnVouchers { items: found.iter().filter_map(shown).collect(), next }))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(me), read).await
}
