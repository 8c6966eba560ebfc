//! Stubs and the ledger (P4): what a stub says is entered, and where the two differ is listed.

use axum::{Json, extract::State};
use kangji_core::Points;
use kangji_redemption::Voucher;
use kangji_rights::{Action, Permit};
use kangji_store::{Store, Subject, VoucherAct};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    acts::done,
    reached,
    told::{self, VoucherShown},
};
use crate::{
    app::App,
    input::{At, Search, Whole, Write, WriteHeaders, line, page_size},
    orders::counter_at,
    problem::{Problem, ReadProblems, WriteProblems},
    residents::more,
    signed::Signed,
};

/// What a stub says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoucherStub)]
pub(crate) struct StubSeen {
    /// The points on it, in the scheme's smallest unit.
    #[schema(value_type = u32)]
    pub(crate) points: Whole,
}

/// Stubs of an institution.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtInstitution {
    /// The code of the institution that keeps them.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// Those after this serial.
    #[param(min_length = 1, max_length = 40)]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// How a stub and the ledger differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VoucherStubDiffers)]
pub(crate) enum Differs {
    /// The voucher was issued; nobody has looked at the stub yet.
    NotSeen,
    /// The stub says other points than the credit.
    Points,
    /// There is a stub; the voucher was never issued.
    NeverIssued,
}

impl Differs {
    fn of(voucher: &Voucher) -> Self {
        match (&voucher.issue, &voucher.stub) {
            (Some(_), None) => Self::NotSeen,
            (None, _) => Self::NeverIssued,
            (Some(_), Some(_)) => Self::Points,
        }
    }

    /// The same for people.
    pub(super) const fn chinese(self) -> &'static str {
        match self {
            Self::NotSeen => "已发放，副券还没核对",
            Self::Points => "副券分值与账上不同",
            Self::NeverIssued => "有副券，账上没有发放",
        }
    }
}

/// A stub that does not agree with the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherDifference {
    pub(crate) differs: Differs,
    pub(crate) voucher: VoucherShown,
}

/// Stubs that do not agree with the ledger, in the order of their serials.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherDifferences {
    pub(crate) items: Vec<VoucherDifference>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// List the stubs of an institution that do not agree with the ledger.
#[utoipa::path(
    get, path = "/vouchers/differences", tag = "vouchers", params(AtInstitution),
    responses((status = 200, body = VoucherDifferences), ReadProblems),
)]
pub(crate) async fn differences(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<AtInstitution>,
) -> Result<Json<VoucherDifferences>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        line("institution", &which.institution, 64)?;
        let limit = page_size(which.limit)?;
        let place = counter_at(app.store(), permit, &which.institution)?;
        let after = which.after.as_deref();
        let mut found = app.store().stub_differences(&place.code, after, limit + 1)?;
        let next = more(&mut found, limit).map(|last| last.serial.to_string());
        let told = told::vouchers(app, &found)?;
        let items = found.iter().zip(told);
        let items = items.map(|(found, voucher)| {
            let differs = Differs::of(found);
            VoucherDifference { differs, voucher }
        });
        Ok(Json(VoucherDifferences { items: items.collect(), next }))
    };
    app.reading(&who, Action::VouchersCheck, Subject::None, read).await
}

/// Enter what the stub of a voucher says. It is kept as it is; what differs is listed.
#[utoipa::path(
    post, path = "/vouchers/{serial}/stub", tag = "vouchers", request_body = StubSeen,
    params(("serial" = String, Path, description = "The voucher."), WriteHeaders),
    responses((status = 200, body = VoucherShown), WriteProblems),
)]
pub(crate) async fn check(
    State(app): State<App>,
    who: Signed,
    At(serial): At<String>,
    Write { body, key }: Write<StubSeen>,
) -> Result<Json<VoucherShown>, Problem> {
    let (server, signed) = (app.clone(), who.clone());
    let write = move |store: &Store, permit: &Permit| {
        let voucher = reached(store, permit, &serial)?;
        let institution = voucher.institution.clone().unwrap_or_default();
        let act = VoucherAct::Check { institution, points: Points(i64::from(body.points.0)) };
        done(&server, store, &signed, (voucher.serial, &voucher.scheme), act)
    };
    app.writing(&who, Action::VouchersCheck, Some(key), write).await
}
