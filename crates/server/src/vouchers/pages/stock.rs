//! Where the vouchers of each scheme stand, and those of one institution (P4).

use kangji_rights::Action;
use kangji_rules::scheme::Scheme;
use maud::{Markup, html};
use serde::Deserialize;

use super::{called, points, schemes, state};
use crate::{
    input::{At, Search},
    orders::pages::here,
    pages::{
        Page, Visit,
        parts::{self, Column, Field, Kind},
    },
    problem::Problem,
    stock::reached,
    vouchers::{
        read::{self, Which},
        stock::{self as counting, OfScheme, VoucherCounts},
        told::{StateName, VoucherShown},
    },
};

/// The states, in the order of a voucher's life.
const STATES: [StateName; 7] = [
    StateName::Printed,
    StateName::Stocked,
    StateName::Issued,
    StateName::Redeemed,
    StateName::Void,
    StateName::Lost,
    StateName::Expired,
];

pub(super) async fn all(visit: Visit) -> Result<Page, Problem> {
    visit.need(Action::VouchersCheck)?;
    let names = here::names(&visit).await?;
    let mut tables = Vec::new();
    for scheme in schemes(&visit).await? {
        let counts = counted(&visit, &scheme).await?;
        if counts.total > 0 {
            tables.push(table(&scheme, &counts, &names));
        }
    }
    let institutions = reached(&visit, Action::VouchersCheck).await?;
    let body = html! {
        p.buttons {
            @if visit.may(Action::VouchersPrint) {
                a.button.main href="/vouchers/print" { "印制和调拨" }
            }
            @if let [only] = institutions.as_slice() {
                a.button href=(format!("/vouchers/at/{}", only.code)) { "本机构的券" }
                a.button href=(format!("/vouchers/at/{}/stubs", only.code)) { "核对副券" }
            }
            a.button.quiet href="/vouchers/check" { "扫码验真" }
        }
        @if tables.is_empty() {
            (parts::empty("还没有积分券。由主管部门印制，再调拨到机构。", html! {
                a.button href="/rules" { "看积分办法" }
            }))
        }
        @for table in tables { (table) }
    };
    Ok(visit.page("积分券", body))
}

async fn counted(visit: &Visit, scheme: &Scheme) -> Result<VoucherCounts, Problem> {
    let which = Search(OfScheme { scheme: scheme.id.clone() });
    Ok(counting::counts(visit.state(), visit.who(), which).await?.0)
}

/// Institutions by states, with what they add up to.
fn table(scheme: &Scheme, counts: &VoucherCounts, names: &[(String, String)]) -> Markup {
    let mut places: Vec<Option<&str>> =
        counts.items.iter().map(|count| count.institution.as_deref()).collect();
    places.dedup();
    let count = |place: Option<Option<&str>>, state: Option<StateName>| -> u64 {
        let fits = |one: &&counting::CountShown| {
            place.is_none_or(|place| one.institution.as_deref() == place)
                && state.is_none_or(|state| one.state == state)
        };
        counts.items.iter().filter(fits).map(|one| one.count).sum()
    };
    let row = |name: Markup, place: Option<Option<&str>>| {
        let mut row = vec![name];
        row.extend(STATES.map(|state| html! { (count(place, Some(state))) }));
        row.push(html! { strong { (count(place, None)) } });
        row
    };
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    for place in places {
        let name = match place {
            Some(code) => {
                html! { a href=(format!("/vouchers/at/{code}")) { (here::name(names, code)) } }
            }
            None => html! { "还没有调拨" },
        };
        rows.push(row(name, Some(place)));
    }
    rows.push(row(html! { strong { "合计" } }, None));
    let columns = [
        Column::Text("机构"),
        Column::Number("已印制"),
        Column::Number("在机构"),
        Column::Number("已发放"),
        Column::Number("已兑换"),
        Column::Number("已作废"),
        Column::Number("已挂失"),
        Column::Number("已过期"),
        Column::Number("合计"),
    ];
    let borne = counts.items.iter().filter(|count| count.state == StateName::Issued);
    let borne = parts::points(borne.map(|count| count.points).sum(), counts.decimals);
    html! {
        h2 { (scheme.title) }
        (parts::table("张数", &columns, &rows))
        p { "在居民手里、还没有兑换的券面共 " strong { (borne) } " 分。" }
    }
}

/// Which vouchers of an institution.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    state: Option<String>,
    prefix: Option<String>,
    after: Option<String>,
}

impl Filter {
    fn state(&self) -> Option<StateName> {
        let word = self.state.as_deref()?;
        STATES
            .into_iter()
            .find(|state| kangji_redemption::VoucherState::from(*state).word() == word)
    }
}

pub(super) async fn show(
    visit: Visit,
    At(code): At<String>,
    Search(filter): Search<Filter>,
) -> Result<Page, Problem> {
    visit.need(Action::VouchersCheck)?;
    let prefix = filter.prefix.clone().filter(|prefix| !prefix.trim().is_empty());
    let which = Which {
        institution: code.clone(),
        state: filter.state(),
        prefix,
        after: filter.after.clone(),
        limit: None,
    };
    let found = read::list(visit.state(), visit.who(), Search(which)).await?.0;
    let names = here::names(&visit).await?;
    let columns = [
        Column::Text("编号"),
        Column::Text("状态"),
        Column::Text("居民"),
        Column::Text("项目"),
        Column::Number("分值"),
        Column::Text("副券"),
    ];
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let here = format!("/vouchers/at/{code}");
    let more = found.next.as_deref().map(|next| {
        let kept = [("state", &filter.state), ("prefix", &filter.prefix)];
        let kept = kept.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query: Vec<_> = kept.chain([("after", next)]).collect();
        format!("{here}?{}", serde_urlencoded::to_string(query).unwrap_or_default())
    });
    let body = html! {
        p.lead { (here::name(&names, &code)) }
        p.buttons {
            a.button.main href=(format!("{here}/stubs")) { "核对副券" }
            a.button.quiet href="/vouchers" { "各状态张数" }
        }
        (filters(&here, &filter))
        @if rows.is_empty() {
            (parts::empty("没有这样的积分券。", html! { a.button href=(here) { "看全部" } }))
        } @else {
            (parts::table("按编号排列", &columns, &rows))
        }
        (parts::more(more.as_deref()))
    };
    Ok(visit.page("本机构的积分券", body))
}

fn filters(here: &str, filter: &Filter) -> Markup {
    let all = [(String::new(), "全部".to_owned())].into_iter();
    let states = STATES.into_iter().skip(1).map(|state| {
        let word = kangji_redemption::VoucherState::from(state).word();
        (word.to_owned(), state.chinese().to_owned())
    });
    let choices: Vec<(String, String)> = all.chain(states).collect();
    html! {
        form.filter method="get" action=(here) {
            (Field::new("prefix", "编号（可只写开头）", Kind::Line).unmarked()
                .value(filter.prefix.as_deref()).show())
            (Field::new("state", "状态", Kind::Choice(&choices)).unmarked()
                .value(filter.state.as_deref()).show())
            button type="submit" { "查找" }
        }
    }
}

fn row(voucher: &VoucherShown) -> Vec<Markup> {
    let issue = voucher.issue.as_ref();
    vec![
        html! { a href=(format!("/vouchers/{}", voucher.serial)) { (voucher.serial) } },
        state(voucher.state),
        html! { @if issue.is_some() { (called(voucher)) } },
        html! { (issue.map_or("", |issue| &issue.title)) },
        html! { @if issue.is_some() { (points(voucher)) } },
        html! {
            @match voucher.stub_points {
                Some(units) => { (parts::points(units, voucher.decimals)) " 分" }
                None => "—",
            }
        },
    ]
}
