//! The rank: one's own, among those of the community who agreed to be ranked (S6).

use axum::{Json, extract::State};
use kangji_rights::{Action, Permit};
use kangji_store::{RANKED_MIN, Ranking, Subject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{own, reading, resident};
use crate::{
    app::App,
    input::{At, Search},
    problem::{Code, Problem, ReadProblems},
    signed::Signed,
};

/// Under which scheme.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The scheme.
    #[param(min_length = 1, max_length = 64)]
    pub(crate) scheme: String,
}

/// A resident's own rank, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rank {
    /// The rank, from 1 on; the same points have the same rank.
    pub(crate) rank: Option<usize>,
    /// Among how many.
    pub(crate) of: Option<usize>,
    /// The band, such as `前10%`.
    pub(crate) band: Option<String>,
    /// Why there is none, in Chinese.
    pub(crate) why: Option<String>,
    /// What to do for it, in Chinese.
    pub(crate) remedy: Option<String>,
}

impl From<Ranking> for Rank {
    fn from(ranking: Ranking) -> Self {
        let none = |why: &str, remedy: &str| Self {
            rank: None,
            of: None,
            band: None,
            why: Some(why.to_owned()),
            remedy: Some(remedy.to_owned()),
        };
        match ranking {
            Ranking::NotAgreed => {
                none("还没有同意参加排名", "想看排名，请先同意参加；随时可以退出，不影响积分")
            }
            Ranking::Minor => none("排名只给成年人", "登记里没有出生日期的，请到建档的机构补登"),
            Ranking::NoCommunity => none("没有登记现在的住址", "请到建档的机构更新住址"),
            Ranking::TooFew => {
                let why = format!("本社区同意参加排名的不到 {RANKED_MIN} 人");
                none(&why, "人数够了就能看到")
            }
            Ranking::Ranked { rank, of } => Self {
                rank: Some(rank),
                of: Some(of),
                band: Some(band(rank, of).to_owned()),
                why: None,
                remedy: None,
            },
        }
    }
}

/// The smallest band that the rank lies in.
fn band(rank: usize, of: usize) -> &'static str {
    let within = |percent: usize| rank.saturating_mul(100) <= of.saturating_mul(percent);
    match rank {
        _ if within(10) => "前10%",
        _ if within(25) => "前25%",
        _ if within(50) => "前50%",
        _ => "后50%",
    }
}

/// Read a resident's rank.
///
/// Who agreed to it reads the own rank among the adults of the community who agreed, if they are
/// fifty or more. Points that rest on illnesses do not count.
#[utoipa::path(
    get, path = "/residents/{id}/rank", tag = "points",
    params(("id" = String, Path, description = "The resident's id, a UUID."), Which),
    responses((status = 200, body = Rank), ReadProblems),
)]
pub(crate) async fn read(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(which): Search<Which>,
) -> Result<Json<Rank>, Problem> {
    let holder = resident(&id)?;
    let own = own(&who);
    let read = move |app: &App, permit: &Permit| {
        let reading = reading(app, permit, None, own);
        let ranking = app.store().ranking(holder, &which.scheme, reading)?;
        Ok(Json(ranking.ok_or(Code::NotFound)?.into()))
    };
    app.reading(&who, Action::PointsRead, Subject::Resident(holder), read).await
}
