//! What is known of a person, in words.

use maud::{Markup, html};

use crate::{
    pages::{Visit, parts},
    points::pages::statement::said,
    residents::{
        Resident,
        facts::{Dated, SexName},
        identity::MaskedDocument,
    },
};

/// Names and numbers as far as they are shown, and where somebody belongs.
pub(super) fn facts(visit: &Visit, resident: &Resident) -> Markup {
    let today = visit.app().now().day().to_string();
    let unknown = || html! { small { "未登记" } };
    let document = |document: &MaskedDocument| {
        let kind = kangji_core::identity::DocumentKind::from(document.kind);
        html! { (kind.chinese()) " " (document.number) }
    };
    let mut rows = vec![
        ("姓名", html! { strong { (super::name(resident)) } }),
        ("证件", resident.document.as_ref().map_or_else(unknown, document)),
        ("电话", resident.phone.as_ref().map_or_else(unknown, |phone| html! { (phone) })),
        (
            "出生日期",
            resident.birth_date.as_deref().map_or_else(unknown, |day| html! { (said(day)) }),
        ),
        ("性别", resident.sex.map_or_else(unknown, |sex| html! { (sex_word(sex)) })),
        ("社区", dated(&resident.communities, &today, ToOwned::to_owned)),
    ];
    if !resident.guardians.is_empty() {
        rows.push(("监护人", dated(&resident.guardians, &today, ToOwned::to_owned)));
    }
    if let Some(groups) = resident.groups.as_ref().filter(|groups| !groups.is_empty()) {
        let label = |id: &str| visit.app().store().words().group_label(id).to_owned();
        rows.push(("人群", dated(groups, &today, label)));
    }
    if let Some(code) = code_of(resident) {
        rows.push(("编号", html! { (code) }));
    }
    parts::facts(&rows)
}

/// What holds today, and what will or did.
fn dated(list: &[Dated], today: &str, label: impl Fn(&str) -> String) -> Markup {
    let (now, other): (Vec<&Dated>, Vec<&Dated>) = list.iter().partition(|one| holds(one, today));
    html! {
        @if now.is_empty() && other.is_empty() { small { "未登记" } }
        @for (place, one) in now.iter().enumerate() { @if place > 0 { "、" } (label(&one.value)) }
        @for one in other {
            br;
            small { (label(&one.value)) "（" (days(one)) "）" }
        }
    }
}

fn days(one: &Dated) -> String {
    let from = one.from.as_deref().map(|day| format!("{}起", said(day)));
    let to = one.to.as_deref().map(|day| format!("到{}", said(day)));
    [from, to].into_iter().flatten().collect::<Vec<_>>().join("")
}

/// Whether a dated fact holds on a day; days are compared as they are written.
pub(super) fn holds(one: &Dated, day: &str) -> bool {
    one.from.as_deref().is_none_or(|from| from <= day)
        && one.to.as_deref().is_none_or(|to| day <= to)
}

/// The communities that are not left yet.
pub(super) fn communities_today(resident: &Resident) -> Vec<&str> {
    let open = resident.communities.iter().filter(|one| one.to.is_none());
    open.map(|one| one.value.as_str()).collect()
}

/// The code, unless it is only the system's own id.
pub(super) fn code_of(resident: &Resident) -> Option<&str> {
    Some(resident.code.as_str()).filter(|code| *code != resident.id)
}

pub(super) const fn sex_word(sex: SexName) -> &'static str {
    match sex {
        SexName::Female => "女",
        SexName::Male => "男",
    }
}
