//! The pages of imports: choosing a table and a file, the fate of every row, and doing it.

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use kangji_exchange::Form as Sheet;
use kangji_store::IdempotencyKey;
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    FILE_MAX, Fate, ImportRow, ImportShown, Upload, WhichRows, WhichTable, action_of, attachment,
    refused, returned, show, start, upload,
};
use crate::{
    input::{At, Order, Search},
    pages::{
        FileForm, Form, Page, Pages, Visit,
        parts::{self, Column, Field, Kind, Tone, faults},
    },
    problem::{Code, Problem},
    tasks::AGAIN,
};

pub(crate) fn pages() -> Pages {
    Pages::default()
        .get("/imports", ask)
        .post("/imports", take)
        .get("/imports/template/{name}", template)
        .get("/imports/{id}", one)
        .post("/imports/{id}", apply)
        .get("/imports/{id}/refused", refused)
}

/// Which table is chosen.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    table: Option<String>,
}

/// The tables that somebody may import.
fn tables(visit: &Visit) -> Result<Vec<Sheet>, Problem> {
    let all: Vec<Sheet> =
        Sheet::ALL.into_iter().filter(|form| visit.may(action_of(*form))).collect();
    if all.is_empty() { Err(Code::Forbidden.into()) } else { Ok(all) }
}

async fn ask(visit: Visit, Search(chosen): Search<Chosen>) -> Result<Page, Problem> {
    form(&visit, chosen.table.as_deref(), None)
}

fn form(visit: &Visit, table: Option<&str>, problem: Option<&Problem>) -> Result<Page, Problem> {
    let tables = tables(visit)?;
    let choices: Vec<(String, String)> =
        tables.iter().map(|form| (form.word().to_owned(), form.chinese().to_owned())).collect();
    let fault = problem.filter(|problem| problem.place.as_deref() == Some("file"));
    let detail = fault.and_then(|problem| problem.detail.clone());
    let body = html! {
        p.lead { "上传 XLSX 或 CSV 文件。先看每一行会怎样，确认以后才会改动；同一个文件再导入一次不会重复。" }
        (faults(problem))
        form method="post" action="/imports" enctype="multipart/form-data" {
            (visit.seal())
            (Field::new("table", "导入哪张表", Kind::Choice(&choices)).required()
                .value(table).fault(problem).show())
            div.field {
                label for="file" { "文件" }
                p.hint #file-hint {
                    "第一行是列名；不超过 " (FILE_MAX >> 20) " MB。身份证号一列请先设为文本格式，否则表格软件会丢掉末尾的数字。"
                }
                @if let Some(detail) = &detail { p.fault #file-fault { (detail) } }
                input type="file" id="file" name="file" required accept=".xlsx,.csv,.txt"
                    aria-describedby="file-hint" aria-invalid=[detail.as_ref().map(|_| "true")];
            }
            button.main type="submit" { "上传并预览" }
        }
        h2 { "模板" }
        p { "不知道列名怎么写时，下载模板来填；已有的文件列名相近也能认。" }
        ul.templates {
            @for form in &tables {
                li {
                    (form.chinese()) "："
                    a href=(format!("/imports/template/{form}.xlsx")) { "XLSX" } " "
                    a href=(format!("/imports/template/{form}.csv")) { "CSV" }
                }
            }
        }
        p { a href="/tasks" { "以前的导入在“我的任务”里" } }
    };
    Ok(visit.page("导入", body))
}

async fn take(visit: Visit, form: Result<FileForm, Problem>) -> Result<Response, Problem> {
    tables(&visit)?;
    let form = form?;
    let table = form.text("table").unwrap_or_default().to_owned();
    match uploaded(&visit, &table, form).await {
        Ok(id) => Ok(Redirect::to(&format!("/imports/{id}")).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::TooLarge) => {
            let page = self::form(&visit, Some(&table), Some(&problem))?;
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn uploaded(visit: &Visit, table: &str, form: FileForm) -> Result<String, Problem> {
    let key = form.text("key").ok_or(Code::KeyMissing)?.to_owned();
    let bytes = form.file();
    if bytes.is_empty() {
        return Err(Problem::invalid("file", "请选择一个文件"));
    }
    let which = Search(WhichTable { table: table.to_owned() });
    let file = Upload::new(key, table, bytes);
    Ok(upload(visit.state(), visit.who(), which, file).await?.1.0.id)
}

async fn template(visit: Visit, At(name): At<String>) -> Result<(HeaderMap, Vec<u8>), Problem> {
    let (table, end) = name.split_once('.').ok_or(Code::NotFound)?;
    let form = Sheet::of_word(table).ok_or(Code::NotFound)?;
    visit.need(action_of(form))?;
    let is_workbook = match end {
        "xlsx" => true,
        "csv" => false,
        _ => return Err(Code::NotFound.into()),
    };
    let headers = attachment(&format!("template-{form}"), is_workbook);
    Ok((headers, returned::template(form, is_workbook)?))
}

async fn one(
    visit: Visit,
    At(id): At<String>,
    which: Search<WhichRows>,
) -> Result<Response, Problem> {
    let fate = which.0.fate.clone();
    let shown = show(visit.state(), visit.who(), At(id), which).await?.0;
    let is_under_way = matches!(shown.task.state, "waiting" | "running" | "stopping");
    if !shown.preview {
        let to = format!("/tasks/{}", shown.task.id);
        if is_under_way {
            return Ok(Redirect::to(&to).into_response());
        }
    }
    let page = visit.page(&shown.task.title, body(&visit, &shown, fate.as_deref()));
    if is_under_way {
        return Ok(([AGAIN], page).into_response());
    }
    Ok(page.into_response())
}

fn body(visit: &Visit, shown: &ImportShown, fate: Option<&str>) -> Markup {
    let task = &shown.task;
    let address = format!("/imports/{}", task.id);
    html! {
        @match task.state {
            "done" => (finished(visit, shown)),
            "failed" => (parts::notice(Tone::Bad, "没有完成", html! { p { (task.message) } })),
            "stopped" => (parts::notice(Tone::Warn, "已停止", html! {
                p { "到“我的任务”里可以继续。" }
            })),
            _ => {
                p.lead { "正在逐行核对，可以关掉这个页面，稍后从“我的任务”回来看。" }
                (parts::facts(&[("已处理", html! { (task.done) " / " (task.total) })]))
            }
        }
        (counts(shown, &address))
        @if !shown.unknown.is_empty() {
            p { "没有用到的列：" (shown.unknown.join("、")) "。列名写错了的，请改正后重新上传。" }
        }
        @if shown.counts.refused > 0 && task.state == "done" {
            p { a.button href=(format!("{address}/refused")) { "下载退回的行（带原因）" } }
        }
        @if task.state == "done" { (rows(shown, &address, fate)) }
        p.buttons {
            a.button.quiet href=(format!("/imports?table={}", shown.table)) { "上传另一个文件" }
            a.button.quiet href=(format!("/tasks/{}", task.id)) { "任务" }
        }
    }
}

fn finished(visit: &Visit, shown: &ImportShown) -> Markup {
    let counts = &shown.counts;
    let to_do = counts.new + counts.changed;
    if !shown.preview {
        return parts::notice(Tone::Good, "导入完成", html! { p { (shown.task.message) } });
    }
    if let Some(applied) = &shown.applied {
        return parts::notice(
            Tone::Good,
            "这个文件已经确认导入",
            html! {
                p { a href=(format!("/tasks/{applied}")) { "看导入的进度和结果" } }
            },
        );
    }
    if to_do == 0 {
        return parts::notice(
            Tone::Plain,
            "没有要导入的",
            html! {
                p { "没有一行是新的或有变化的。退回的行改正后请重新上传。" }
            },
        );
    }
    html! {
        p.lead { "还没有改动任何资料。请核对后确认。" }
        form method="post" action=(format!("/imports/{}", shown.task.id)) {
            (visit.seal())
            button.main type="submit" { "确认导入 " (to_do) " 行" }
        }
    }
}

fn counts(shown: &ImportShown, address: &str) -> Markup {
    html! {
        ul.tallies {
            @for fate in Fate::ALL {
                li {
                    @let count = shown.counts.of(fate);
                    @if count > 0 && shown.task.state == "done" && (shown.preview || fate == Fate::Refused) {
                        a href=(format!("{address}?fate={}", fate.word())) { (fate.chinese()) " " (count) }
                    } @else { (fate.chinese()) " " (count) }
                }
            }
        }
    }
}

fn rows(shown: &ImportShown, address: &str, fate: Option<&str>) -> Markup {
    let columns =
        [Column::Number("行"), Column::Text("结果"), Column::Text("内容"), Column::Text("说明")];
    let row = |row: &ImportRow| {
        let tone = match row.fate {
            Fate::New | Fate::Changed => Tone::Good,
            Fate::Same => Tone::Plain,
            Fate::Refused => Tone::Bad,
        };
        vec![
            html! { (row.line) },
            parts::tag(tone, row.fate.chinese()),
            html! { (row.about) },
            html! { (row.says) },
        ]
    };
    let filter = fate.map(|fate| format!("fate={fate}&")).unwrap_or_default();
    let next = shown.next.map(|next| format!("{address}?{filter}after={next}"));
    let what = Fate::ALL.into_iter().find(|one| Some(one.word()) == fate);
    let caption = match what {
        Some(one) => format!("{}的行", one.chinese()),
        None if shown.preview => "每一行会怎样".to_owned(),
        None => "退回的行".to_owned(),
    };
    html! {
        @if fate.is_some() { p { a href=(address) { "看全部的行" } } }
        @if !shown.items.is_empty() {
            (parts::table(&caption, &columns, &shown.items.iter().map(row).collect::<Vec<_>>()))
        }
        (parts::more(next.as_deref()))
    }
}

async fn apply(visit: Visit, At(id): At<String>, form: Form) -> Result<Response, Problem> {
    let IdempotencyKey { key, input } = form.key()?;
    let order = Order(IdempotencyKey { key, input });
    let task = start(visit.state(), visit.who(), At(id), order).await?.1.0;
    Ok(Redirect::to(&format!("/tasks/{}", task.id)).into_response())
}
