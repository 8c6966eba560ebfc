//! The form of a new award: a template, a heading, a kind of record, and what residents read.

use axum::response::{IntoResponse, Redirect, Response};
use kangji_rules::edit::headings;
use maud::html;

use super::one::{address, back, revision, seen};
use crate::{
    drafts::{
        DraftText, EditWanted, EditsWanted, edit, show as read,
        template::{NewAward, Template},
    },
    input::At,
    pages::{
        Form, Page, Visit,
        parts::{Field, Kind, faults},
    },
    problem::{Code, Problem},
};

/// What stands between the headings of a path.
const BETWEEN: &str = " › ";

pub(super) async fn ask(visit: Visit, At(id): At<String>) -> Result<Page, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    Ok(page(&visit, &draft, &Form::default(), None))
}

fn page(visit: &Visit, draft: &DraftText, form: &Form, problem: Option<&Problem>) -> Page {
    let templates = Template::ALL.map(|(word, says, _)| (word.to_owned(), says.to_owned()));
    let own = headings(&draft.document).into_iter().map(|heading| heading.path.join(BETWEEN));
    let under: Vec<_> = own.map(|path| (path.clone(), path)).collect();
    let kinds = visit.app().store().words().kinds().iter();
    let kinds: Vec<_> = kinds.map(|kind| (kind.id.clone(), kind.label.clone())).collect();
    let field = |name, label, kind| {
        Field::new(name, label, kind).required().value(form.text(name)).fault(problem)
    };
    let body = html! {
        (back(draft))
        p.lead { "选一个样式，写进草案后可以再改上限和条件。" }
        (faults(problem))
        form method="post" action=(format!("{}/awards/new", address(draft))) {
            (visit.seal()) (revision(draft))
            (field("template", "样式", Kind::Choice(&templates)).show())
            (field("kind", "依据哪种服务记录", Kind::Choice(&kinds)).show())
            (field("name", "居民看到的名称", Kind::Line).show())
            (field("id", "编号", Kind::Line)
                .hint("小写字母、数字和连字符，例如 walking-day；公布后不能改").show())
            (field("under", "写在哪个标题下面", Kind::Choice(&under))
                .hint("标题就是依据：第几条、附件几").show())
            div.pair {
                (field("points", "分值", Kind::Number { usual: None }).unit("分").show())
                (field("times", "一年几次", Kind::Digits)
                    .hint("最多得几次；按年的样式是要做满几次").show())
            }
            (field("prose", "写给居民看的话", Kind::Long)
                .hint("怎么做、到哪里做、依据第几条").show())
            button.main type="submit" { "写进草案" }
        }
    };
    visit.page("新增项目", body)
}

pub(super) async fn take(
    visit: Visit,
    At(id): At<String>,
    form: Form,
) -> Result<Response, Problem> {
    let draft = read(visit.state(), visit.who(), At(id)).await?.0;
    match written(&visit, &draft, &form).await {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(problem) if matches!(problem.code, Code::Invalid | Code::Conflict) => {
            let page = page(&visit, &draft, &form, Some(&problem));
            Ok(page.with(problem.code.status()).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn written(visit: &Visit, draft: &DraftText, form: &Form) -> Result<String, Problem> {
    let word = form.need("template")?;
    let template = Template::ALL.into_iter().find(|(known, ..)| *known == word);
    let (.., template) =
        template.ok_or_else(|| Problem::invalid("template", "从列表中选一个样式"))?;
    let id = form.need("id")?.to_owned();
    let new = NewAward {
        template,
        id: id.clone(),
        name: form.need("name")?.to_owned(),
        under: form.need("under")?.split(BETWEEN).map(ToOwned::to_owned).collect(),
        kind: form.need("kind")?.to_owned(),
        points: form.need("points")?.to_owned(),
        times: form.need("times")?.to_owned(),
        prose: form.need("prose")?.replace("\r\n", "\n"),
    };
    let wanted = EditsWanted { revision: seen(form)?, edits: vec![EditWanted::NewAward(new)] };
    let at = At(draft.entry.id.clone());
    let draft = edit(visit.state(), visit.who(), at, form.write(wanted)?).await?.0;
    Ok(format!("{}/awards/{id}", address(&draft)))
}
