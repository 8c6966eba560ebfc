//! At which counter somebody stands: the only one they have, or the one of the address.

use kangji_redemption::Level;
use kangji_rights::Action;
use kangji_store::Institution;
use maud::html;
use serde::Deserialize;

use crate::{
    pages::{Page, Visit, parts},
    problem::{Code, Problem},
};

/// The counter of an address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct At {
    pub(crate) at: Option<String>,
}

/// The counters of somebody, and the one at which they are.
pub(crate) struct Here {
    all: Vec<Institution>,
    at: Option<String>,
}

impl Here {
    /// Where somebody may do an action.
    ///
    /// # Errors
    /// Where they may not do it anywhere, or not there.
    pub(crate) async fn find(
        visit: &Visit,
        action: Action,
        at: Option<String>,
    ) -> Result<Self, Problem> {
        let permit = visit.who().permit(action, visit.app().roles()).ok_or(Code::Forbidden)?;
        let mut all = visit.app().ask(|store| store.institutions(None)).await?;
        all.retain(|one| one.closed_at.is_none() && one.is_under(&permit));
        let at = at.filter(|at| !at.is_empty());
        if at.as_ref().is_some_and(|at| !all.iter().any(|one| one.code == *at)) {
            return Err(Code::OutOfArea.into());
        }
        Ok(Self { all, at })
    }

    /// Only partner shops.
    pub(crate) fn shops(mut self) -> Self {
        self.all.retain(|one| one.level == Level::Shop);
        self
    }

    /// The counter, if it is clear which.
    pub(crate) fn counter(&self) -> Option<&Institution> {
        match (&self.at, self.all.as_slice()) {
            (Some(at), all) => all.iter().find(|one| one.code == *at),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Whether there is another counter to go to.
    pub(crate) const fn has_others(&self) -> bool {
        self.all.len() > 1
    }

    /// The page that asks for the counter, or says that there is none.
    pub(crate) fn choose(&self, visit: &Visit, path: &str) -> Page {
        let body = html! {
            @if self.all.is_empty() {
                (parts::empty(
                    "您负责的范围里还没有登记兑换点或商户。请让主管部门先登记，再给您授权。",
                    html! { a.button href="/account" { "看我的账号" } },
                ))
            } @else {
                p { "您负责几处，先选现在在哪一处。" }
                ul.links {
                    @for one in &self.all {
                        li { a href=(format!("{path}?at={}", one.code)) { (one.name) } }
                    }
                }
            }
        };
        visit.page("选一处", body)
    }
}

/// The names of institutions by their codes.
pub(crate) async fn names(visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    let all = visit.app().ask(|store| store.institutions(None)).await?;
    Ok(all.into_iter().map(|one| (one.code, one.name)).collect())
}

/// How an institution is called.
pub(crate) fn name<'a>(names: &'a [(String, String)], code: &'a str) -> &'a str {
    names.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name)
}
