//! Vouchers of an institution, of a resident, one alone; and the credits that can go onto paper.

use axum::{Json, extract::State};
use kangji_redemption::Voucher;
use kangji_rights::{Action, Permit};
use kangji_rules::scheme::{Award, HolderType};
use kangji_store::{PaperCredit, Subject, VoucherQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    award, looking, may_know, reached,
    told::{self, StateName, VoucherShown},
};
use crate::{
    app::App,
    input::{At, Search, line, page_size},
    orders::counter_at,
    problem::{Problem, ReadProblems},
    residents::{self, holder, more},
    schemes::decimals_of,
    signed::Signed,
};

/// Which vouchers of an institution.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The code of the institution that has or had them in stock.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) institution: String,
    /// Only those that stand there.
    #[param(inline)]
    pub(crate) state: Option<StateName>,
    /// Only those whose serial begins like this.
    #[param(min_length = 1, max_length = 40)]
    pub(crate) prefix: Option<String>,
    /// Those after this serial.
    #[param(min_length = 1, max_length = 40)]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// Which vouchers of a resident.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfPerson {
    /// Those after this serial.
    #[param(min_length = 1, max_length = 40)]
    pub(crate) after: Option<String>,
    /// How many at most; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u32>,
}

/// Some vouchers, in the order of their serials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Vouchers {
    pub(crate) items: Vec<VoucherShown>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<String>,
}

/// A credit that can go onto a voucher. Amounts are in the scheme's smallest unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct VoucherCredit {
    /// Under which scheme.
    pub(crate) scheme: String,
    /// Decimal places of its points.
    #[schema(maximum = 2)]
    pub(crate) decimals: u8,
    /// The entry of the credit in the account.
    pub(crate) lot: u64,
    /// What is left of it on the electronic balance.
    pub(crate) points: i64,
    /// The public name of the award, as it would stand on the main part.
    pub(crate) title: String,
    /// Its full name, as it would stand on the stub; `null` for whoever may not know of illnesses
    /// where it would name one.
    pub(crate) full_title: Option<String>,
    /// The day it counts for.
    #[schema(format = Date)]
    pub(crate) date: String,
    /// The first day it is no longer valid; `null` for never.
    #[schema(format = Date)]
    pub(crate) expires_on: Option<String>,
}

/// Credits that can go onto vouchers, scheme by scheme, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoucherCredits {
    pub(crate) items: Vec<VoucherCredit>,
}

/// List vouchers of an institution.
#[utoipa::path(
    get, path = "/vouchers", tag = "vouchers", params(Which),
    responses((status = 200, body = Vouchers), ReadProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<Which>,
) -> Result<Json<Vouchers>, Problem> {
    let read = move |app: &App, permit: &Permit| {
        line("institution", &which.institution, 64)?;
        let limit = page_size(which.limit)?;
        let found = counter_at(app.store(), permit, &which.institution)?;
        let query = VoucherQuery {
            institution: Some(found.code),
            state: which.state.map(Into::into),
            prefix: which.prefix.map(|prefix| prefix.trim().to_uppercase()),
            after: which.after,
            limit: limit + 1,
            ..VoucherQuery::default()
        };
        listed(app, app.store().vouchers(&query)?, limit)
    };
    let action = looking(&who, &app);
    app.reading(&who, action, Subject::None, read).await
}

/// A page of vouchers.
pub(super) fn listed(
    app: &App,
    mut found: Vec<Voucher>,
    limit: u32,
) -> Result<Json<Vouchers>, Problem> {
    let next = more(&mut found, limit).map(|last| last.serial.to_string());
    Ok(Json(Vouchers { items: told::vouchers(app, &found)?, next }))
}

/// Show a voucher, with what stands on its stub and in its square code.
#[utoipa::path(
    get, path = "/vouchers/{serial}", tag = "vouchers",
    params(("serial" = String, Path, description = "The voucher.")),
    responses((status = 200, body = VoucherShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(serial): At<String>,
) -> Result<Json<VoucherShown>, Problem> {
    let action = looking(&who, &app);
    let deed = who.deed(action.code());
    let care = who.permit(Action::PointsCare, app.roles());
    let read = move |app: &App, permit: &Permit| {
        let voucher = reached(app.store(), permit, &serial)?;
        if let Some(issue) = &voucher.issue {
            drop(app.store().log(deed, Subject::Resident(issue.person), "shown", app.now()));
        }
        told::alone(app, care.as_ref(), &voucher).map(Json)
    };
    app.reading(&who, action, Subject::None, read).await
}

/// List vouchers of a resident, whoever issued them.
#[utoipa::path(
    get, path = "/residents/{id}/vouchers", tag = "vouchers",
    params(("id" = String, Path, format = "uuid", description = "The resident."), OfPerson),
    responses((status = 200, body = Vouchers), ReadProblems),
)]
pub(crate) async fn of_person(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(which): Search<OfPerson>,
) -> Result<Json<Vouchers>, Problem> {
    let person = holder(&id)?;
    let read = move |app: &App, permit: &Permit| {
        let limit = page_size(which.limit)?;
        residents::reached(app.store(), permit, person, app.now().day())?;
        let query = VoucherQuery {
            person: Some(person),
            after: which.after,
            limit: limit + 1,
            ..VoucherQuery::default()
        };
        listed(app, app.store().vouchers(&query)?, limit)
    };
    app.reading(&who, Action::VouchersIssue, Subject::Resident(person), read).await
}

/// List the credits of a resident of which something can go onto a voucher.
///
/// Points for reporting others are left out for whoever may not know of them: a voucher would tell
/// what came of a report.
#[utoipa::path(
    get, path = "/residents/{id}/voucher-credits", tag = "vouchers",
    params(("id" = String, Path, format = "uuid", description = "The resident.")),
    responses((status = 200, body = VoucherCredits), ReadProblems),
)]
pub(crate) async fn credits(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<Json<VoucherCredits>, Problem> {
    let person = holder(&id)?;
    let care = who.permit(Action::PointsCare, app.roles());
    let read = move |app: &App, permit: &Permit| {
        let today = app.now().day();
        residents::reached(app.store(), permit, person, today)?;
        let knows = may_know(app, care.as_ref(), person)?;
        let schemes = app.store().schemes()?;
        let credits = app.store().paper_credits(person, today)?;
        let shown = |credit: PaperCredit| {
            let award = award(&schemes, &credit.scheme, &credit.award);
            let is_helping =
                |award: &Award| matches!(award.to, HolderType::Worker | HolderType::Community);
            let is_open = knows || award.is_some_and(|award| !is_helping(award));
            let full = award.filter(|award| knows || award.public_name.is_none());
            is_open.then(|| VoucherCredit {
                decimals: decimals_of(&schemes, &credit.scheme).places(),
                lot: credit.lot.0,
                points: credit.left.0,
                title: told::public_title(&schemes, &credit.scheme, &credit.award),
                full_title: full.map(|award| award.name.clone()),
                date: credit.day.to_string(),
                expires_on: credit.expires_on.map(|day| day.to_string()),
                scheme: credit.scheme,
            })
        };
        Ok(Json(VoucherCredits { items: credits.into_iter().filter_map(shown).collect() }))
    };
    app.reading(&who, Action::VouchersIssue, Subject::Resident(person), read).await
}
