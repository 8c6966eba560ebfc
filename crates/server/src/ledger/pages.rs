//! The auditor's pages of the ledger: proving it, the checkpoints, and one account from its entries
//! to the records and articles they rest on.

use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use kangji_core::Moment;
use kangji_rights::Action;
use maud::{Markup, html};

use super::{
    Checkpoints, Which,
    accounts::{self, Account, Accounts, WhichEntries},
    verification::{LedgerReport, Outcome, Progress},
};
use crate::{
    input::{At, Search},
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Tone},
    },
    points::entries::Entry,
    problem::Problem,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/ledger", show)
        .post("/ledger/verification", start)
        .get("/ledger/accounts", list)
        .get("/ledger/books", super::books::show)
        .get("/ledger/accounts/{id}", account)
        .get("/ledger/records/{id}", record)
}

async fn show(visit: Visit) -> Result<Response, Problem> {
    let progress = super::progress(visit.state(), visit.who()).await?.0;
    let which = Which { after: None, limit: Some(200) };
    let checkpoints = super::checkpoints(visit.state(), visit.who(), Search(which)).await?.0;
    let body = html! {
        p { "账本由每个账户的分录链、每天的签名检查点互相证明。核验重新计算全部分录，改动、删除、调换都会被发现。" }
        (verification(&progress))
        form.buttons method="post" action="/ledger/verification" {
            (visit.seal())
            button.main type="submit" disabled[progress.running.is_some()] { "开始核验" }
            a.button href="/ledger/books" { "积分总账" }
            @if visit.may(Action::AuditRead) { a.button href="/ledger/accounts" { "抽查账户" } }
        }
        (checkpoint_table(&checkpoints))
    };
    let page = visit.page("账本核验", body);
    // While it runs the page comes again by itself, without script.
    let again = progress.running.is_some().then_some(("refresh", "3"));
    Ok(match again {
        Some(again) => (AppendHeaders([again]), page).into_response(),
        None => page.into_response(),
    })
}

fn verification(progress: &Progress) -> Markup {
    if let Some(running) = &progress.running {
        let says = format!("已核对 {} 笔分录，请稍候，本页会自动更新。", running.entries);
        return parts::notice(Tone::Plain, "正在核验", html! { p { (says) } });
    }
    let Some(last) = &progress.last else {
        return parts::notice(
            Tone::Plain,
            "还没有核验过",
            html! {
                p { "这台服务器启动以来还没有核验过账本。" }
            },
        );
    };
    let (tone, title) = match last.outcome {
        Outcome::Sound => (Tone::Good, "账本完好"),
        Outcome::Broken => (Tone::Bad, "账本有问题"),
        Outcome::Failed => (Tone::Bad, "核验没有做完"),
    };
    parts::notice(
        tone,
        title,
        html! {
            p { "核验开始于 " (Moment::from_millis(last.started_at)) "。" }
            (report(last))
        },
    )
}

fn report(last: &LedgerReport) -> Markup {
    html! {
        @for line in last.text.lines() { p { (line) } }
        @if !last.findings.is_empty() {
            ul {
                @for finding in &last.findings {
                    li {
                        (finding.text)
                        @if let Some(account) = &finding.account {
                            " " a href=(format!("/ledger/accounts/{account}")) { "看账户" }
                        }
                    }
                }
            }
            @if last.more > 0 { p { "另有 " (last.more) " 处没有列出。" } }
        }
    }
}

fn checkpoint_table(checkpoints: &Checkpoints) -> Markup {
    let columns = [
        Column::Number("编号"),
        Column::Text("时间"),
        Column::Number("账户"),
        Column::Text("根指纹"),
    ];
    let newest_first = checkpoints.items.iter().rev();
    let rows: Vec<Vec<Markup>> = newest_first
        .map(|one| {
            vec![
                html! { (one.number) },
                html! { (Moment::from_millis(one.made_at)) },
                html! { (one.accounts) },
                html! { code { (short(&one.root)) } },
            ]
        })
        .collect();
    html! {
        @if rows.is_empty() {
            (parts::empty("还没有检查点；服务器每天做一个。", html! {}))
        } @else {
            (parts::table("检查点（新的在前）", &columns, &rows))
        }
    }
}

/// The beginning of a fingerprint, for the eye.
fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

async fn start(visit: Visit, _: Form) -> Result<Redirect, Problem> {
    let _ = super::start(visit.state(), visit.who()).await?;
    Ok(Redirect::to("/ledger"))
}

async fn list(visit: Visit, which: Search<accounts::Which>) -> Result<Page, Problem> {
    let of_one = which.0.holder.is_some();
    let accounts = accounts::list(visit.state(), visit.who(), which).await?.0;
    let sample = format!("/ledger/accounts?from={}&limit=20", uuid::Uuid::new_v4());
    let body = html! {
        p { "这里只有账户，没有姓名。抽一个账户，从分录追到服务记录和条款。" }
        p.buttons { a.button.main href=(sample) { "随机抽查" } a.button.quiet href="/ledger" { "回到核验" } }
        @if accounts.items.is_empty() {
            (parts::empty(if of_one { "没有这位持有人的账户。" } else { "后面没有账户了。" }, html! {}))
        } @else {
            (account_table(&accounts))
        }
        @if let Some(next) = &accounts.next {
            (parts::more(Some(&format!("/ledger/accounts?from={next}"))))
        }
    };
    Ok(visit.page("抽查账户", body))
}

fn account_table(accounts: &Accounts) -> Markup {
    let columns = [
        Column::Text("账户"),
        Column::Text("办法"),
        Column::Number("分录"),
        Column::Number("总积分"),
        Column::Number("可兑换"),
    ];
    let rows: Vec<Vec<Markup>> = accounts
        .items
        .iter()
        .map(|one| {
            vec![
                html! { a href=(format!("/ledger/accounts/{}", one.id)) { "…" (end(&one.id)) } },
                html! { (one.scheme) },
                html! { (one.entries) },
                html! { (parts::points(one.total, one.decimals)) },
                html! { (parts::points(one.redeemable, one.decimals)) },
            ]
        })
        .collect();
    parts::table("账户", &columns, &rows)
}

fn end(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

async fn account(
    visit: Visit,
    At(id): At<String>,
    which: Search<WhichEntries>,
) -> Result<Page, Problem> {
    let found = accounts::entries(visit.state(), visit.who(), At(id), which).await?.0;
    let account = &found.account;
    let columns = [
        Column::Number("序号"),
        Column::Text("日期"),
        Column::Text("分录"),
        Column::Number("总积分"),
        Column::Number("可兑换"),
        Column::Text("依据"),
    ];
    let rows: Vec<_> = found.items.iter().map(|entry| entry_row(entry, account)).collect();
    let next = found.next.map(|next| format!("/ledger/accounts/{}?after={next}", account.id));
    let body = html! {
        (account_facts(account))
        (parts::table("分录（旧的在前）", &columns, &rows))
        (parts::more(next.as_deref()))
        p { a.button href="/ledger/accounts" { "抽查别的账户" } }
    };
    Ok(visit.page("账户", body))
}

fn account_facts(account: &Account) -> Markup {
    let points = |units| html! { (parts::points(units, account.decimals)) };
    parts::facts(&[
        ("账户", html! { code { (account.id) } }),
        ("办法", html! { a href=(format!("/rules/{}", account.scheme)) { (account.scheme) } }),
        ("总积分", points(account.total)),
        ("可兑换", points(account.redeemable)),
        ("冻结", points(account.held)),
        ("待补", points(account.shortfall)),
        ("分录数", html! { (account.entries) }),
        ("链尾指纹", html! { code { (short(&account.hash)) } }),
    ])
}

fn entry_row(entry: &Entry, account: &Account) -> Vec<Markup> {
    let change = |units| html! { (parts::change(units, account.decimals)) };
    vec![
        html! { (entry.number) },
        html! { (entry.date) },
        html! {
            (entry.label)
            @if let Some(title) = &entry.title { br; (title) }
            @if let Some(refers) = entry.refers { br; small { "针对第 " (refers) " 笔" } }
        },
        change(entry.total),
        change(entry.redeemable),
        html! {
            @if let Some(record) = &entry.record {
                a href=(format!("/ledger/records/{record}")) { "服务记录" }
            } @else if let Some(period) = &entry.period { (period) " 期间" }
            @if let Some(award) = &entry.award {
                " " a href=(format!("/rules/{}#award-{award}", account.scheme)) { "条款" }
            }
            @if let Some(article) = &entry.article { br; (article) }
        },
    ]
}

async fn record(visit: Visit, id: At<String>) -> Result<Page, Problem> {
    let record = accounts::record(visit.state(), visit.who(), id).await?.0;
    let kind = record.kind.as_deref().map(|kind| {
        let words = visit.app().store().words();
        let known = words.kind(kind).and_then(|kind| words.kinds().get(usize::from(kind.0)));
        known.map_or_else(|| kind.to_owned(), |word| word.label.clone())
    });
    let answers = record.attributes.iter().map(|(name, value)| {
        let known = visit.app().store().words().attribute(name);
        let label = known.map_or(name.as_str(), |attribute| attribute.word.label.as_str());
        format!("{label}：{}", if value.as_bool() == Some(true) { "是" } else { "否" })
    });
    let answers: Vec<String> = answers.collect();
    let state = if record.void { (Tone::Bad, "已作废") } else { (Tone::Good, "有效") };
    let body = html! {
        (parts::facts(&[
            ("编号", html! { code { (record.code) } }),
            ("服务", html! { (kind.as_deref().unwrap_or("（涉及病情，不显示）")) }),
            ("日期", html! { (record.date) }),
            ("机构", html! { (record.org) }),
            ("协助人", html! { (record.worker) }),
            ("状态", parts::tag(state.0, state.1)),
            ("写过", html! { (record.version) " 次" }),
            ("登记", html! { (answers.join("；")) }),
        ]))
        p.buttons {
            a.button href=(format!("/ledger/accounts?holder={}", record.resident)) { "这位居民的账户" }
            a.button.quiet href=(format!("/audit?subject=record:{}", record.id)) { "这条记录的日志" }
        }
    };
    Ok(visit.page("服务记录", body))
}
