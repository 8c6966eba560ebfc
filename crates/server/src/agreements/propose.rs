//! Drawing up an agreement.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{Day, DayRange, DivisionPrefix, Points, ids::AgreementId};
use kangji_rights::{Action, Permit};
use kangji_store::{NewAgreement, NotAgreed, Store, new_id};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    shown::{AgreementShown, BearsName},
    told,
};
use crate::{
    app::App,
    input::{Whole, Write, WriteHeaders},
    problem::{Code, Problem, WriteProblems},
    signed::Signed,
};

/// An agreement that somebody draws up. Points are in the scheme's smallest unit.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgreementWanted {
    /// The code of the shop.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) shop: String,
    /// The scheme whose points it takes.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
    /// The first day on which it holds.
    #[schema(format = Date)]
    pub(crate) first_day: String,
    /// The last one; until another one begins if it is left out.
    #[schema(format = Date)]
    pub(crate) last_day: Option<String>,
    /// The first digits of the division codes of the residents it serves; those of the shop's own
    /// area if it is left out.
    #[schema(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: Option<String>,
    /// How many points take one yuan off a bill.
    #[schema(value_type = u32, minimum = 1)]
    pub(crate) points_per_yuan: Whole,
    /// The most of a bill that points pay, in percent.
    #[schema(value_type = u8, minimum = 1, maximum = 99)]
    pub(crate) share: Whole,
    /// The most points of one person on one day.
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub(crate) day_limit: Option<Whole>,
    /// The most points of one person in one month.
    #[schema(value_type = Option<u32>, minimum = 1)]
    pub(crate) month_limit: Option<Whole>,
    /// Who bears a forgery.
    pub(crate) bears: BearsName,
}

/// Draw up an agreement, for somebody else to publish.
#[utoipa::path(
    post, path = "/agreements", tag = "agreements", request_body = AgreementWanted,
    params(WriteHeaders),
    responses((status = 201, body = AgreementShown), WriteProblems),
)]
pub(crate) async fn propose(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<AgreementWanted>,
) -> Result<(StatusCode, Json<AgreementShown>), Problem> {
    let server = app.clone();
    let signed = who.clone();
    let write = move |store: &Store, permit: &Permit| {
        let now = server.now();
        let new = NewAgreement {
            by: signed.officer()?,
            ..wanted(&body, AgreementId::from_bytes(new_id(now)))?
        };
        let kept = store.propose_agreement(permit, new, now).wait()?;
        let id = AgreementId::from_bytes(kept.map_err(refused)?);
        Ok((StatusCode::CREATED, Json(told(&server, id)?)))
    };
    app.writing(&who, Action::AgreementsWrite, Some(key), write).await
}

/// What was sent, in the words of the store; nobody has drawn it up yet.
fn wanted(body: &AgreementWanted, id: AgreementId) -> Result<NewAgreement, Problem> {
    let day = |place: &str, text: &str| {
        let day = text.parse::<Day>();
        day.map_err(|_| Problem::invalid(place, "写成一天，例如 2026-07-15"))
    };
    let area = body.area.as_deref().map(|text| {
        let wrong = || Problem::invalid("area", "区划代码是 2 到 12 位数字");
        DivisionPrefix::parse(text).ok_or_else(wrong)
    });
    let last = body.last_day.as_deref().map(|text| day("last_day", text)).transpose()?;
    let points = |points: Whole| Points(i64::from(points.0));
    Ok(NewAgreement {
        id,
        shop: body.shop.clone(),
        scheme: body.scheme.clone(),
        days: DayRange { from: day("first_day", &body.first_day)?, to: last.unwrap_or(Day::LAST) },
        area: area.transpose()?,
        points_per_yuan: points(body.points_per_yuan),
        share: u8::try_from(body.share.0).unwrap_or(u8::MAX),
        day_limit: body.day_limit.map(points),
        month_limit: body.month_limit.map(points),
        bears: body.bears.into(),
        by: kangji_core::ids::OfficerId::from_bytes([0; 16]),
    })
}

fn refused(why: NotAgreed) -> Problem {
    let (place, says) = match why {
        NotAgreed::Scheme => ("scheme", "第一天没有施行这个积分办法，请从列表中选择"),
        NotAgreed::Shop => {
            ("shop", "没有登记过这个商户，或已停办、不在办法施行的地方；请先在“机构”里登记为商户")
        }
        NotAgreed::Days => ("last_day", "最后一天不能早于第一天"),
        NotAgreed::Area => ("area", "区划要在积分办法施行的范围内，并且和商户的区划有重合"),
        NotAgreed::Ratio => ("points_per_yuan", "填一个大于 0 的数，例如 20 分抵 1 元"),
        NotAgreed::Share => ("share", "积分只能抵扣一部分货款：填 1 到 99"),
        NotAgreed::Limit => ("day_limit", "上限要大于 0，每天的上限不能超过每月的上限"),
        NotAgreed::OutOfReach => {
            return Problem {
                place: Some("shop".to_owned()),
                ..Problem::from(Code::OutOfArea).saying("您的授权不包括这个商户或这片区划")
            };
        }
    };
    Problem::invalid(place, says)
}
