//! The auditor's pages of the log: who did what on whom, and whether the log is whole.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kangji_core::{Day, Moment};
use kangji_rights::Action;
use maud::{Markup, html};
use serde::Deserialize;

use super::{AuditLine, Which};
use crate::{
    app::App,
    exports,
    input::Search,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone},
    },
    problem::Problem,
};

pub(crate) fn pages() -> Pages {
    Pages::default().get("/audit", list).post("/audit/verification", prove)
}

/// What a page of the log is narrowed to, as it is typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filter {
    action: String,
    actor: String,
    subject: String,
    from: String,
    until: String,
    before: Option<i64>,
    /// The file that is asked for instead of the page.
    format: String,
}

impl Filter {
    fn which(&self) -> Result<Which, Problem> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let start = |place: &str, text: &str, later: i64| {
            let day = given(text).map(|text| text.parse::<Day>());
            let day = day.transpose().map_err(|_| Problem::invalid(place, "写成 2026-07-15"))?;
            Ok::<_, Problem>(day.map(|day| Moment::start_of(day).plus_millis(later).millis()))
        };
        Ok(Which {
            action: given(&self.action),
            actor: given(&self.actor),
            subject: given(&self.subject),
            from: start("from", &self.from, 0)?,
            // The day is part of what is asked for.
            until: start("until", &self.until, 86_400_000)?,
            before: self.before,
            limit: None,
        })
    }

    /// The address of the page with older lines.
    fn before(&self, number: i64) -> String {
        self.address(&number.to_string())
    }

    fn address(&self, before: &str) -> String {
        let Self { action, actor, subject, from, until, .. } = self;
        let fields = [
            ("action", action.clone()),
            ("actor", actor.clone()),
            ("subject", subject.clone()),
            ("from", from.clone()),
            ("until", until.clone()),
            ("before", before.to_owned()),
        ];
        let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
        let query = serde_urlencoded::to_string(fields.collect::<Vec<_>>()).unwrap_or_default();
        format!("/audit?{query}")
    }
}

/// The columns of the log.
const COLUMNS: [&str; 6] = ["时间", "谁", "做了什么", "对象", "结果", "来自"];

/// The lines that the page shows, all pages of them, as a file.
async fn export(visit: Visit, filter: Filter) -> Result<Response, Problem> {
    visit.need(Action::AuditRead)?;
    let kind = exports::FileKind::of_word(&filter.format)?;
    let read = move |before: Option<i64>| {
        let (visit, filter) = (visit.clone(), filter.clone());
        async move {
            let which = Which { before, limit: Some(200), ..filter.which()? };
            let lines = super::list(visit.state(), visit.who(), Search(which)).await?.0;
            let names = staff_names(&visit, &lines.items).await?;
            let rows = lines.items.iter().map(|line| texts(line, &names).into());
            Ok((rows.collect(), lines.next))
        }
    };
    exports::file(kind, "audit", &COLUMNS, None, read).await
}

async fn list(visit: Visit, Search(filter): Search<Filter>) -> Result<Response, Problem> {
    if !filter.format.is_empty() {
        return export(visit, filter).await;
    }
    let found = match filter.which() {
        Ok(which) => super::list(visit.state(), visit.who(), Search(which)).await,
        Err(problem) => Err(problem),
    };
    let (lines, problem) = match found {
        Ok(lines) => (Some(lines.0), None),
        Err(problem) if problem.place.is_some() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    let items = lines.as_ref().map(|lines| &*lines.items).unwrap_or_default();
    let names = staff_names(&visit, items).await?;
    let older = lines.as_ref().and_then(|lines| lines.next).map(|next| filter.before(next));
    let rows: Vec<_> = items.iter().map(|line| row(line, &names)).collect();
    let columns = COLUMNS.map(Column::Text);
    let body = html! {
        p { "每一次登录、查看和修改都在这里，只能查，不能改。" }
        form.buttons method="post" action="/audit/verification" {
            (visit.seal())
            button.main type="submit" { "核验日志是否完整" }
            a.button href="/audit?action=sign-in" { "登录日志" }
            a.button.quiet href="/audit" { "全部" }
        }
        (parts::faults(problem.as_ref()))
        (filter_form(&filter, problem.as_ref()))
        @if rows.is_empty() {
            (parts::empty("没有符合条件的日志。", html! { a.button href="/audit" { "看全部" } }))
        } @else {
            (parts::table("操作日志（新的在前）", &columns, &rows))
            (exports::ways(&filter.address("")))
        }
        (parts::more(older.as_deref()))
    };
    Ok(visit.page("操作日志", body).into_response())
}

fn filter_form(filter: &Filter, problem: Option<&Problem>) -> Markup {
    let actions = Action::ALL.iter().map(|action| (action.code(), action.chinese()));
    let own = SIGN_INS.into_iter().chain(actions);
    let actions: Vec<_> = own.map(|(code, says)| (code.to_owned(), says.to_owned())).collect();
    let chosen = Some(filter.action.as_str()).filter(|action| !action.is_empty());
    html! {
        form.filter method="get" action="/audit" {
            (Field::new("action", "动作", Kind::Choice(&actions)).value(chosen).fault(problem).show())
            (Field::new("from", "从", Kind::Day).value(Some(&filter.from)).fault(problem).show())
            (Field::new("until", "到", Kind::Day).value(Some(&filter.until)).fault(problem).show())
            @for (name, text) in [("actor", &filter.actor), ("subject", &filter.subject)] {
                @if !text.is_empty() { input type="hidden" name=(name) value=(text); }
            }
            button type="submit" { "查询" }
        }
    }
}

/// What happens at sign-in, which takes no right.
const SIGN_INS: [(&str, &str); 4] = [
    ("sign-in", "登录"),
    ("sign-in:totp", "登录（动态验证码）"),
    ("sign-in:resident", "居民登录"),
    ("sign-out", "退出"),
];

/// What a row says.
fn texts(line: &AuditLine, names: &BTreeMap<String, String>) -> [String; 6] {
    let who = names.get(&line.actor).map_or_else(|| kind_of(&line.actor), Clone::clone);
    let known = SIGN_INS.iter().find(|(code, _)| *code == line.action).map(|(_, says)| *says);
    let action = || line.action.parse().map(Action::chinese).ok();
    let what = known.or_else(action).unwrap_or(&line.action);
    let result = if is_done(line) { "成功" } else { line.result.as_str() };
    let subject = Some(&line.subject).filter(|subject| !subject.is_empty());
    [
        Moment::from_millis(line.at).to_string(),
        who,
        what.to_owned(),
        subject.map(|subject| kind_of(subject)).unwrap_or_default(),
        result.to_owned(),
        line.origin.clone(),
    ]
}

fn is_done(line: &AuditLine) -> bool {
    matches!(line.result.as_str(), "done" | "found" | "exported")
}

fn row(line: &AuditLine, names: &BTreeMap<String, String>) -> Vec<Markup> {
    let [at, who, what, _, result, origin] = texts(line, names);
    let tone = if is_done(line) { Tone::Good } else { Tone::Warn };
    vec![
        html! { (at) },
        html! { a href=(about("actor", &line.actor)) { (who) } },
        html! { (what) },
        html! { @if !line.subject.is_empty() { (subject(&line.subject)) } },
        parts::tag(tone, &result),
        html! { (origin) },
    ]
}

/// Whom or what a line is about, with the way to what can be looked at.
fn subject(subject: &str) -> Markup {
    let says = format!("{}（看相关日志）", kind_of(subject));
    let (kind, id) = subject.split_once(':').unwrap_or((subject, ""));
    html! {
        a href=(about("subject", subject)) { (says) }
        @match kind {
            "resident" => { " " a href=(format!("/ledger/accounts?holder={id}")) { "账户" } }
            "account" => { " " a href=(format!("/ledger/accounts/{id}")) { "分录" } }
            "record" => { " " a href=(format!("/ledger/records/{id}")) { "记录" } }
            _ => {}
        }
    }
}

fn about(field: &str, text: &str) -> String {
    let query = serde_urlencoded::to_string([(field, text)]).unwrap_or_default();
    format!("/audit?{query}")
}

/// Somebody or something without its name: the kind and the end of the id.
fn kind_of(text: &str) -> String {
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    let kind = match kind {
        "staff" | "user" => "工作人员",
        "resident" => "居民",
        "client" => "接入系统",
        "program" => "程序",
        "nobody" => "未登录",
        "record" => "服务记录",
        "account" => "积分账户",
        "proposal" => "双人事项",
        "catalogue" => "兑换目录",
        "agreement" => "商户协议",
        "statement" => "结算单",
        "case" => "违规案件",
        "task" => "任务",
        "draft" => "办法草案",
        "note" => "办法说明",
        other => other,
    };
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or_default();
    if end.is_empty() { kind.to_owned() } else { format!("{kind} …{end}") }
}

/// The names by which the staff of some lines sign in.
async fn staff_names(
    visit: &Visit,
    lines: &[AuditLine],
) -> Result<BTreeMap<String, String>, Problem> {
    let actors: Vec<String> = lines.iter().map(|line| line.actor.clone()).collect();
    let State(app): State<App> = visit.state();
    app.ask(move |store| {
        let mut names = BTreeMap::new();
        for actor in actors {
            let id = actor.strip_prefix("staff:").and_then(|id| id.parse().ok());
            let (Some(id), false) = (id, names.contains_key(&actor)) else { continue };
            if let Some(user) = store.user(id)? {
                names.insert(actor, user.name);
            }
        }
        Ok(names)
    })
    .await
}

async fn prove(visit: Visit, _: Form) -> Result<Page, Problem> {
    let proof = super::verify(visit.state(), visit.who()).await?.0;
    let whole = format!("共 {} 行，行行相扣，没有缺、没有改。", proof.lines);
    let broken = proof.broken_at.map(|line| format!("第 {line} 行与写入时不同，或已缺失。"));
    let body = html! {
        @match &broken {
            None => { (parts::notice(Tone::Good, "日志完整", html! { p { (whole) } })) }
            Some(broken) => { (parts::notice(Tone::Bad, "日志不完整", html! {
                p { (broken) }
                p { "请立即保存数据库和库外的检查点文件，并联系系统管理员。" }
            })) }
        }
        (parts::facts(&[("末尾指纹", html! { code { (proof.end) } })]))
        p { "把末尾指纹记在库外，以后可以发现被整段换掉的日志。" }
        p { a.button.main href="/audit" { "回到操作日志" } }
    };
    Ok(visit.page("日志核验", body))
}
