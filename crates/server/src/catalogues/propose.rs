//! Proposing a version of a catalogue, and what it would be before it is proposed.

use axum::{Json, extract::State, http::StatusCode};
use kangji_core::{
    Day, DayRange, DivisionPrefix,
    ids::{CatalogueId, OfficerId},
};
use kangji_rights::{Action, Permit};
use kangji_store::{ItemFault, NewCatalogue, NotProposed, Store, Subject, new_id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    before,
    shown::{CatalogueText, ItemChange, ItemText, changes, items, scheme_of, warning},
    told,
};
use crate::{
    app::App,
    input::{Body, Write, WriteHeaders},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
};

/// The most characters of a text.
const CONTENT_MAX: usize = 50_000;
/// So many faults are told in a sentence.
const TOLD_MAX: usize = 5;

/// A version that somebody proposes.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogueWanted {
    /// The scheme whose points it takes.
    #[schema(max_length = 64)]
    pub(crate) scheme: String,
    /// The code of the institution or shop that provides; left out for the scheme's own.
    #[schema(max_length = 64)]
    pub(crate) provider: Option<String>,
    /// Whose residents it is for: the first digits of division codes; all of the scheme's, or of
    /// the provider's, if it is left out.
    #[schema(pattern = "^[0-9]{2,12}$")]
    pub(crate) area: Option<String>,
    /// The first day on which it counts.
    #[schema(format = Date)]
    pub(crate) first_day: String,
    /// The last one; until another version takes its place if it is left out.
    #[schema(format = Date)]
    pub(crate) last_day: Option<String>,
    /// What is offered: `[[item]]` tables in TOML as in scheme documents.
    #[schema(max_length = 50000)]
    pub(crate) content: String,
}

/// Something that is wrong with what is offered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemProblem {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The character in the line, from 1.
    pub(crate) column: usize,
    /// What is wrong.
    pub(crate) message: String,
    /// How to mend it.
    pub(crate) remedy: String,
}

/// What a version would be.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CatalogueChecked {
    /// All that is wrong with what is offered; empty where it can be proposed.
    pub(crate) problems: Vec<ItemProblem>,
    /// What is offered, as residents will read it; empty where something is wrong.
    pub(crate) items: Vec<ItemText>,
    /// That the scheme discourages goods and some are offered, with the article (T3).
    pub(crate) warning: Option<String>,
    /// The version before, if there is one.
    pub(crate) before: Option<String>,
    /// What would be different from it.
    pub(crate) changes: Vec<ItemChange>,
}

/// Check what a version would be; nothing is kept.
#[utoipa::path(
    post, path = "/catalogues/check", tag = "catalogues", request_body = CatalogueWanted,
    responses(
        (status = 200, body = CatalogueChecked),
        ReadProblems,
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    who: Signed,
    Body(wanted): Body<CatalogueWanted>,
) -> Result<Json<CatalogueChecked>, Problem> {
    let by = who.officer()?;
    let read = move |app: &App, permit: &Permit| {
        let new = wanted.read(app, by)?;
        let catalogue = match app.store().check_catalogue(permit, &new)? {
            Ok(catalogue) => catalogue,
            Err(NotProposed::Items(faults)) => {
                let problems = faults.into_iter().map(ItemProblem::from).collect();
                return Ok(Json(CatalogueChecked { problems, ..CatalogueChecked::default() }));
            }
            Err(why) => return Err(refused(why)),
        };
        let scheme = scheme_of(app, &catalogue)?;
        let before = before(app, &catalogue)?;
        let changes = before.as_ref().map(|before| changes(app, before, &catalogue, &scheme));
        Ok(Json(CatalogueChecked {
            problems: Vec::new(),
            items: items(app, &catalogue, &scheme),
            warning: warning(&catalogue, &scheme),
            before: before.map(|before| before.id.to_string()),
            changes: changes.unwrap_or_default(),
        }))
    };
    app.reading(&who, Action::CataloguesPropose, Subject::None, read).await
}

/// Propose a version; it counts only after somebody else reviewed it and it was filed (T4).
#[utoipa::path(
    post, path = "/catalogues", tag = "catalogues", request_body = CatalogueWanted,
    params(WriteHeaders),
    responses(
        (status = 201, body = CatalogueText),
        WriteProblems,
    ),
)]
pub(crate) async fn propose(
    State(app): State<App>,
    who: Signed,
    Write { body, key }: Write<CatalogueWanted>,
) -> Result<(StatusCode, Json<CatalogueText>), Problem> {
    let by = who.officer()?;
    let server = app.clone();
    let write = move |store: &Store, permit: &Permit| {
        let new = body.read(&server, by)?;
        let kept = store.propose_catalogue(permit, new, server.now()).wait()?;
        let id = CatalogueId::from_bytes(kept.map_err(refused)?);
        Ok((StatusCode::CREATED, Json(told(&server, id)?)))
    };
    app.writing(&who, Action::CataloguesPropose, Some(key), write).await
}

impl CatalogueWanted {
    /// The same with its days and area read.
    fn read(&self, app: &App, by: OfficerId) -> Result<NewCatalogue, Problem> {
        let day = |place: &str, text: &str| {
            let wrong = || Problem::invalid(place, "写成一天，例如 2026-07-15");
            text.parse::<Day>().map_err(|_| wrong())
        };
        let area = self.area.as_deref().map(|text| {
            let wrong = || Problem::invalid("area", "区划代码是 2 到 12 位数字");
            DivisionPrefix::parse(text).ok_or_else(wrong)
        });
        if self.content.chars().count() > CONTENT_MAX {
            return Err(Problem::invalid("content", "目录不超过 50000 字，请分成几个提供单位"));
        }
        let from = day("first_day", &self.first_day)?;
        let to = self.last_day.as_deref().map(|text| day("last_day", text)).transpose()?;
        Ok(NewCatalogue {
            id: CatalogueId::from_bytes(new_id(app.now())),
            scheme: self.scheme.clone(),
            provider: self.provider.clone(),
            area: area.transpose()?,
            days: DayRange { from, to: to.unwrap_or(Day::LAST) },
            content: self.content.clone(),
            by,
        })
    }
}

impl From<ItemFault> for ItemProblem {
    fn from(ItemFault { line, column, message, remedy }: ItemFault) -> Self {
        Self { line, column, message, remedy }
    }
}

fn refused(why: NotProposed) -> Problem {
    match why {
        NotProposed::Scheme => Problem::invalid("scheme", "没有公布过这个积分办法，请从列表中选择"),
        NotProposed::Provider => {
            Problem::invalid("provider", "没有登记过这个机构，或已停办；请先在“机构”里登记")
        }
        NotProposed::Days => Problem::invalid("last_day", "最后一天不能早于第一天"),
        NotProposed::Area => Problem::invalid(
            "area",
            "区划不在积分办法施行的范围内；统一目录面向全部范围，不用填区划",
        ),
        NotProposed::OutOfReach => Problem {
            place: Some("provider".to_owned()),
            ..Problem::from(Code::OutOfArea)
                .saying("您的授权不包括这个提供单位或这片区划；统一目录由管全部范围的人员拟定")
        },
        NotProposed::Items(faults) => {
            let told = faults.iter().take(TOLD_MAX).map(|fault| {
                let ItemFault { line, column, message, remedy } = fault;
                format!("第 {line} 行第 {column} 个字符：{message}，{remedy}")
            });
            let told: Vec<String> = told.collect();
            let more = match faults.len() {
                count if count > TOLD_MAX => format!("；共 {count} 处"),
                _ => String::new(),
            };
            Problem::invalid("content", format!("{}{more}", told.join("；")))
        }
    }
}
