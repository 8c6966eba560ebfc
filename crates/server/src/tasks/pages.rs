//! The pages of long work: one's own tasks, and one of them, which looks again by itself while it
//! is under way.

use axum::{
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{Kind, StepWanted, TaskEntry, TaskStep, Which, file, list, show, step};
use crate::{
    input::{At, Search},
    orders::pages::minute,
    pages::{
        Form, Page, Pages, Visit,
        parts::{self, Column, Tone},
    },
    problem::Problem,
};

/// After so many seconds the browser asks again how far a task is.
pub(crate) const AGAIN: (HeaderName, HeaderValue) =
    (HeaderName::from_static("refresh"), HeaderValue::from_static("2"));

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/tasks", all)
        .get("/tasks/{id}", one)
        .post("/tasks/{id}", take)
        .get("/tasks/{id}/files/{name}", file)
}

async fn all(visit: Visit, which: Search<Which>) -> Result<Page, Problem> {
    let found = list(visit.state(), visit.who(), which).await?.0;
    let columns = [
        Column::Text("任务"),
        Column::Text("提出时间"),
        Column::Text("状态"),
        Column::Number("已处理"),
        Column::Number("退回"),
    ];
    let row = |task: &TaskEntry| {
        vec![
            html! { a href=(format!("/tasks/{}", task.id)) { (task.title) } },
            html! { (minute(task.asked_at)) },
            state(task),
            html! { (task.done) },
            html! { (task.refused) },
        ]
    };
    let rows: Vec<_> = found.items.iter().map(row).collect();
    let next = found.next.map(|next| format!("/tasks?before={next}"));
    let body = html! {
        p.lead { "导入、试算、批量更正等耗时的工作在后台进行，关掉页面也不会停。结束 30 天后清除。" }
        @if rows.is_empty() { (parts::empty("还没有任务。", html! {})) }
        @else { (parts::table("我的任务", &columns, &rows)) }
        (parts::more(next.as_deref()))
    };
    Ok(visit.page("我的任务", body))
}

async fn one(visit: Visit, At(id): At<String>) -> Result<Response, Problem> {
    let task = show(visit.state(), visit.who(), At(id)).await?.0;
    let under_way = matches!(task.state, "waiting" | "running" | "stopping");
    let page = visit.page(&task.title, body(&visit, &task));
    if under_way {
        return Ok(([AGAIN], page).into_response());
    }
    Ok(page.into_response())
}

fn body(visit: &Visit, task: &TaskEntry) -> Markup {
    let kind = Kind::of_word(&task.kind);
    let given = kind.map(Kind::gives).unwrap_or_default();
    let button = |step: &str, label: &str, class: &str| {
        html! {
            form method="post" action=(format!("/tasks/{}", task.id)) {
                (visit.seal())
                button class=(class) type="submit" name="step" value=(step) { (label) }
            }
        }
    };
    html! {
        (told(task))
        (bar(task))
        (parts::facts(&[
            ("状态", state(task)),
            ("提出时间", html! { (minute(task.asked_at)) }),
            ("已处理", html! { (task.done) @if task.total > 0 { " / " (task.total) } }),
            ("退回", html! { (task.refused) }),
            ("预计还需", html! { (task.seconds_left.map_or_else(|| "—".to_owned(), left)) }),
        ]))
        @if !task.files.is_empty() {
            h2 { "结果文件" }
            ul {
                @for file in given.iter().filter(|file| task.files.contains(&file.name)) {
                    li { a href=(format!("/tasks/{}/files/{}", task.id, file.name)) { (file.label) } }
                }
            }
        }
        @match task.state {
            "waiting" | "running" => (button("stop", "停止", "quiet")),
            "stopped" | "failed" => (button("resume", "继续", "button")),
            "done" => {
                @if let Some(page) = kind.and_then(|kind| kind.page(&task.id)) {
                    p { a.button href=(page) { "看结果" } }
                }
            }
            _ => {}
        }
        p { a href="/tasks" { "我的任务" } }
    }
}

/// What it came to.
fn told(task: &TaskEntry) -> Markup {
    let says = html! { @if !task.message.is_empty() { p { (task.message) } } };
    match task.state {
        "done" => parts::notice(Tone::Good, "已完成", says),
        "failed" => parts::notice(Tone::Bad, "没有完成", says),
        "stopped" => {
            parts::notice(Tone::Warn, "已停止", html! { p { "已处理的保留，可以继续。" } })
        }
        _ => html! { p.lead { "正在后台处理，可以关掉这个页面，稍后从“我的任务”回来看。" } },
    }
}

/// How much of it is done, where that is known.
fn bar(task: &TaskEntry) -> Markup {
    let share = task.done.saturating_mul(1000).checked_div(task.total);
    html! {
        @if let Some(share) = share.filter(|_| task.state != "done") {
            svg.progress viewBox="0 0 1000 10" preserveAspectRatio="none" role="img"
                aria-label=(format!("已处理 {}%", share / 10)) {
                rect.track width="1000" height="10" {}
                rect.fill width=(share.min(1000)) height="10" {}
            }
        }
    }
}

fn state(task: &TaskEntry) -> Markup {
    match task.state {
        "waiting" => parts::tag(Tone::Plain, "排队中"),
        "running" => parts::tag(Tone::Plain, "进行中"),
        "stopping" => parts::tag(Tone::Warn, "正在停止"),
        "stopped" => parts::tag(Tone::Warn, "已停止"),
        "done" => parts::tag(Tone::Good, "已完成"),
        _ => parts::tag(Tone::Bad, "没有完成"),
    }
}

fn left(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} 秒"),
        60..3600 => format!("{} 分钟", seconds.div_ceil(60)),
        _ => format!("{} 小时 {} 分钟", seconds / 3600, seconds % 3600 / 60),
    }
}

async fn take(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    visit.who().officer()?;
    let wanted = match form.need("step")? {
        "stop" => TaskStep::Stop,
        "resume" => TaskStep::Resume,
        _ => return Err(Problem::invalid("step", "只能停止或继续")),
    };
    let write = form.write(StepWanted { step: wanted })?;
    let task = step(visit.state(), visit.who(), At(id), write).await?.0;
    Ok(Redirect::to(&format!("/tasks/{}", task.id)).into_response())
}
