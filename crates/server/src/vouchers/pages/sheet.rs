//! The sheet of a voucher, A4: the main part for the resident with the public name of the award,
//! and the stub for the institution with the full one, to be cut apart (P4, P5, P7, P9).

use kangji_rights::Action;
use kangji_rules::scheme::{Scheme, Vouchers};
use maud::{Markup, html};
use serde::Deserialize;

use super::{called, last_day, points, schemes};
use crate::{
    input::{At, Search},
    orders::pages::here,
    pages::{
        Page, Visit,
        parts::{self, Tone, qr},
    },
    points::pages::statement::said,
    problem::{Code, Problem},
    vouchers::{
        read,
        told::{StateName, VoucherIssue, VoucherShown},
    },
};

/// So many sheets are printed at once.
const MOST: usize = 50;

/// Which vouchers: their serials, with commas.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    of: Option<String>,
}

/// A voucher with what is printed around it.
struct Sheet {
    voucher: VoucherShown,
    issue: VoucherIssue,
    style: Vouchers,
    place: String,
}

pub(super) async fn show(
    visit: Visit,
    Search(Which { of }): Search<Which>,
) -> Result<Page, Problem> {
    visit.need(Action::VouchersIssue)?;
    let of = of.unwrap_or_default();
    let serials: Vec<&str> = of.split(',').filter(|one| !one.is_empty()).collect();
    if serials.len() > MOST {
        return Err(Problem::from(Code::Invalid).saying("一次最多打印 50 张"));
    }
    let (schemes, names) = (schemes(&visit).await?, here::names(&visit).await?);
    let mut sheets = Vec::with_capacity(serials.len());
    for serial in serials {
        let voucher = read::show(visit.state(), visit.who(), At(serial.to_owned())).await?.0;
        // What is no longer valid is not printed anew.
        let Some(issue) = voucher.issue.clone().filter(|_| voucher.state == StateName::Issued)
        else {
            continue;
        };
        let scheme = schemes.iter().find(|scheme| scheme.id == voucher.scheme);
        let style = scheme.and_then(|scheme: &Scheme| scheme.vouchers.clone());
        let style = style.ok_or_else(|| Problem::from(Code::NotFound))?;
        let code = voucher.institution.as_deref().unwrap_or_default();
        let place = here::name(&names, code).to_owned();
        sheets.push(Sheet { voucher, issue, style, place });
    }
    let address = visit.app().config().server.public_url.trim_end_matches('/').to_owned();
    Ok(visit.page("打印积分券", body(&sheets, &address)))
}

fn body(sheets: &[Sheet], address: &str) -> Markup {
    let Some(first) = sheets.first() else {
        let way = html! { a.button href="/residents" { "查找居民" } };
        return parts::empty("没有可以打印的券：只有已经发放、没有用过的券才能打印。", way);
    };
    let back = format!("/residents/{}", first.issue.person);
    html! {
        @if sheets.iter().any(|sheet| sheet.voucher.code.is_none()) {
            div.no-print {
                (parts::notice(Tone::Warn, "券上的二维码没有签名", html! {
                    p { "系统没有设置签券的密钥，二维码里只有编号，不能离线核验真伪。请告诉系统管理员。" }
                }))
            }
        }
        p.no-print { "已发 " (sheets.len()) " 张。请双方签名、盖章，沿虚线裁开：正券交给居民，副券留存。" }
        p.buttons {
            button.main type="button" data-print autofocus { "打印" }
            a.button href=(back) { "完成" }
        }
        noscript { p.no-print { "没有脚本时请用浏览器的“打印”。" } }
        @for sheet in sheets {
            article.paper.voucher { (main_part(sheet, address)) p.cut { "✂ 沿此线裁开" } (stub(sheet)) }
        }
    }
}

fn main_part(sheet: &Sheet, address: &str) -> Markup {
    let Sheet { voucher, issue, style, place } = sheet;
    html! {
        section.part {
            header.head {
                div {
                    p.scheme { (style.title) }
                    p.serial { "No. " strong { (voucher.serial) } }
                }
                figure.qr {
                    (qr(voucher.code.as_deref().unwrap_or(&voucher.serial)))
                    figcaption { @if voucher.code.is_some() { "扫码验真" } @else { "编号（未签名）" } }
                }
            }
            dl.facts {
                div { dt { "项目" } dd { (issue.title) } }
                div { dt { "分值" } dd.value { (points(voucher)) } }
                div { dt { "有效期" } dd { (last_day(issue.expires_on.as_deref())) } }
                div { dt { "发放" } dd { (said(&issue.date)) "，" (place) } }
            }
            (signatures())
            p.small {
                "请到“积分兑换点”当面兑换，整张使用，可以几张合用，不找零。"
                strong { "不得转让、出售、套现；遗失不补。" }
            }
            p.small {
                @if let Some(supervisor) = &style.supervisor { (supervisor) " 监制　" }
                @if voucher.code.is_some() { "验真：" (address) "/vouchers/check" }
            }
        }
    }
}

fn stub(sheet: &Sheet) -> Markup {
    let Sheet { voucher, issue, style, .. } = sheet;
    let title = issue.full_title.as_deref().unwrap_or(&issue.title);
    html! {
        section.part {
            header.head {
                div {
                    p.scheme { (style.title) "　副券（机构留存）" }
                    p.serial { "No. " strong { (voucher.serial) } }
                }
                figure.qr { (qr(&voucher.serial)) figcaption { "核对时扫" } }
            }
            dl.facts {
                div { dt { "项目" } dd { (title) } }
                div { dt { "分值" } dd.value { (points(voucher)) } }
                div { dt { "领取人" } dd { (called(voucher)) (received(issue)) } }
                div { dt { "发放" } dd { (said(&issue.date)) "，" (issue.authority) } }
                div { dt { "有效期" } dd { (last_day(issue.expires_on.as_deref())) } }
            }
            (signatures())
        }
    }
}

/// Who received it for the person.
fn received(issue: &VoucherIssue) -> String {
    match &issue.proxy {
        Some(proxy) => {
            format!(
                "，由{}（{}，{}）代领",
                proxy.name,
                proxy.relation,
                proxy.authorisation.chinese()
            )
        }
        None if issue.by_proxy => "，他人代领".to_owned(),
        None => String::new(),
    }
}

fn signatures() -> Markup {
    html! {
        div.signing {
            span { "发放人签名：" }
            span { "领取人签名：" }
            span.seal { "（专用章）" }
        }
    }
}
