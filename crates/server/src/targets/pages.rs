//! The page of targets: what each area is to do, and where the villages' parts do not add up.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kangji_rights::{Action, Cover};
use maud::{Markup, html};
use serde::Deserialize;

use super::{TargetEntry, Targets, UnevenTarget, Which, enter, list};
use crate::{
    input::{Search, Whole},
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
};
use kangji_rules::words::metric_label;

pub(crate) fn pages() -> Pages {
    Pages::default().get("/targets", show).post("/targets", take)
}

/// What is asked for, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    area: String,
    year: String,
}

impl Asked {
    /// The widest area of whoever looks and this year, unless they asked for others.
    fn which(&self, visit: &Visit) -> Result<Which, Problem> {
        let area = Some(self.area.clone()).filter(|area| !area.is_empty());
        let area = area.or_else(|| own_area(visit)).ok_or(Code::Forbidden)?;
        let year = match self.year.as_str() {
            "" => visit.app().now().day().year(),
            year => year.parse().map_err(|_| Problem::invalid("year", "年份写成 2026 这样"))?,
        };
        Ok(Which { area, year })
    }
}

/// The widest area in which somebody reads figures.
pub(crate) fn own_area(visit: &Visit) -> Option<String> {
    let permit = visit.who().permit(Action::MetricsRead, visit.app().roles())?;
    let areas = permit.covers().iter().filter_map(|cover| match cover {
        Cover::Area { area, .. } => Some(area.to_string()),
        Cover::Person(_) => None,
    });
    areas.min_by_key(String::len)
}

async fn show(visit: Visit, Search(asked): Search<Asked>) -> Result<Page, Problem> {
    page(&visit, &asked, &Form::default(), None).await
}

async fn page(
    visit: &Visit,
    asked: &Asked,
    form: &Form,
    problem: Option<&Problem>,
) -> Result<Page, Problem> {
    let which = asked.which(visit);
    let (year, targets) = match which {
        // Everywhere is no area that can be asked for.
        Ok(which) if which.area.is_empty() => (Some(which.year), None),
        Ok(which) => {
            let year = which.year;
            (Some(year), Some(list(visit.state(), visit.who(), Search(which)).await?.0))
        }
        Err(problem) => return Err(problem),
    };
    let year = year.map(|year| year.to_string()).unwrap_or_default();
    let body = html! {
        form.filter method="get" action="/targets" {
            (Field::new("area", "区划代码", Kind::Digits).unmarked().value(Some(&asked.area)).show())
            (Field::new("year", "年份", Kind::Digits).unmarked().value(Some(&year)).show())
            button type="submit" { "查询" }
        }
        @match &targets {
            None => p { "请输入区划代码，例如街道的 9 位代码。" },
            Some(targets) => { (told(&targets.uneven)) (table(targets)) }
        }
        @if visit.may(Action::MetricsWrite) { (sheet(visit, form, &year, problem)) }
    };
    Ok(visit.page("任务数", body))
}

/// Where the parts do not add up.
fn told(uneven: &[UnevenTarget]) -> Markup {
    html! {
        @if !uneven.is_empty() {
            (parts::notice(Tone::Warn, "分解数加起来不等于上级任务数", html! {
                ul {
                    @for one in uneven {
                        li {
                            (one.target.area) " " (metric_label(&one.target.name)) "：任务 "
                            (one.target.number.0) "，下面各处合计 " (one.parts)
                        }
                    }
                }
            }))
        }
    }
}

fn table(targets: &Targets) -> Markup {
    let columns = [Column::Text("任务"), Column::Text("区划"), Column::Number("任务数")];
    let row = |one: &TargetEntry| {
        vec![html! { (metric_label(&one.name)) }, html! { (one.area) }, html! { (one.number.0) }]
    };
    let rows: Vec<_> = targets.items.iter().map(row).collect();
    html! {
        @if rows.is_empty() { (parts::empty("这一年还没有下达任务数。", html! {})) }
        @else { (parts::table("任务数和分解", &columns, &rows)) }
    }
}

fn sheet(visit: &Visit, form: &Form, year: &str, problem: Option<&Problem>) -> Markup {
    let field = |name, label, kind| {
        Field::new(name, label, kind).among("new").required().value(form.text(name)).fault(problem)
    };
    html! {
        h2 { "下达或修改任务数" }
        (faults(problem))
        form method="post" action="/targets" {
            (visit.seal())
            (field("area", "区划代码", Kind::Digits).hint("街道 9 位，村（社区）12 位").show())
            (field("year", "年份", Kind::Digits).value(form.text("year").or(Some(year))).show())
            (field("name", "任务", Kind::Line).hint("例如：两癌筛查人数").show())
            (field("number", "任务数", Kind::Digits).show())
            button.main type="submit" { "保存" }
        }
    }
}

async fn take(visit: Visit, form: Form) -> Result<Response, Problem> {
    visit.need(Action::MetricsWrite)?;
    let entered = match entry(&form) {
        Ok(entry) => enter(visit.state(), visit.who(), form.write(vec![entry])?).await,
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(_) => {
            let asked = Asked {
                year: form.text("year").unwrap_or_default().to_owned(),
                ..Asked::default()
            };
            Ok(page(&visit, &asked, &Form::default(), None).await?.into_response())
        }
        Err(problem) if matches!(problem.code, Code::Invalid | Code::OutOfArea) => {
            let place = problem.place.map(|place| place.trim_start_matches("[0].").to_owned());
            let problem = Problem { place, ..problem };
            let page = page(&visit, &Asked::default(), &form, Some(&problem)).await?;
            let status: StatusCode = problem.code.status();
            Ok(page.with(status).into_response())
        }
        Err(problem) => Err(problem),
    }
}

fn entry(form: &Form) -> Result<TargetEntry, Problem> {
    let whole = |name: &str, says: &str| {
        form.need(name)?.parse().map(Whole).map_err(|_| Problem::invalid(name, says))
    };
    Ok(TargetEntry {
        area: form.need("area")?.to_owned(),
        year: whole("year", "年份写成 2026 这样")?,
        name: form.need("name")?.to_owned(),
        number: whole("number", "请填写整数")?,
    })
}
