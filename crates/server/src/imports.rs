//! Files that staff upload: residents, their groups, service records, figures, divisions,
//! institutions, staff. First every row is judged and shown; what the rows say is done when
//! whoever uploaded them says so. Both are long work ([`crate::tasks`]), and the file is kept as
//! the task's, sealed.

mod desk;
mod fate;
mod figures;
mod groups;
mod pages;
mod places;
mod records;
mod residents;
mod returned;
mod staff;
mod work;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use kangji_core::ids::TaskId;
use kangji_exchange::Form;
use kangji_ledger::Hash;
use kangji_store::{IdempotencyKey, Store, Subject, Task, TaskQuery, TaskState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zeroize::Zeroizing;

use crate::{
    app::App,
    input::{self, At, Order, Search, WriteHeaders, page_size},
    problem::{Code, Problem, ReadProblems, WriteProblems},
    signed::Signed,
    tasks::{Asked, Kind, TaskEntry, ask, opened, own},
};
use work::{ApplyAsked, Done, FATES, FILE, PreviewAsked, action_of};

pub(crate) use fate::{Fate, ImportCounts, ImportRow};
pub(crate) use pages::pages;
pub(crate) use work::{apply as run_apply, preview as run_preview};

/// The largest file, in bytes.
pub(crate) const FILE_MAX: usize = 32 << 20;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(FILE_MAX))
        .routes(routes!(show))
        .routes(routes!(start))
        .routes(routes!(refused))
}

/// What a file holds.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichTable {
    #[param(pattern = "^(residents|groups|records|metrics|divisions|institutions|staff)$")]
    pub(crate) table: String,
}

impl WhichTable {
    fn form(&self) -> Result<Form, Problem> {
        Form::of_word(&self.table).ok_or_else(|| Problem::invalid("table", "请选择要导入的表"))
    }
}

/// A file and the key under which it is taken once.
pub(crate) struct Upload {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) key: IdempotencyKey,
}

impl FromRequest<App> for Upload {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let key = input::key(request.headers())?;
        let query = request.uri().query().unwrap_or_default().to_owned();
        let bytes =
            Bytes::from_request(request, app).await.map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => Code::Malformed.into(),
            })?;
        Ok(Self::new(key, &query, bytes.to_vec()))
    }
}

impl Upload {
    pub(crate) fn new(key: String, about: &str, bytes: Vec<u8>) -> Self {
        let input = Hash::of(&[b"import ", about.as_bytes(), b"\n", &bytes]);
        Self { bytes: Zeroizing::new(bytes), key: IdempotencyKey { key, input } }
    }
}

/// That a file is larger than one may be.
pub(crate) fn too_large() -> Problem {
    let detail = format!("文件超过 {} MB。请按社区或年份分成几个文件导入", FILE_MAX >> 20);
    Problem { place: Some("file".to_owned()), ..Problem::from(Code::TooLarge).saying(detail) }
}

/// Upload a file (XLSX; CSV in UTF-8 or GB18030): every row is judged, nothing is changed yet.
///
/// The answer is the task that judges; `GET /imports/{id}` shows the fate of every row.
#[utoipa::path(
    post, path = "/imports", tag = "imports", params(WhichTable, WriteHeaders),
    request_body(content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "application/octet-stream"),
    )),
    responses((status = 202, body = TaskEntry), WriteProblems),
)]
pub(crate) async fn upload(
    State(app): State<App>,
    who: Signed,
    Search(which): Search<WhichTable>,
    upload: Upload,
) -> Result<(StatusCode, Json<TaskEntry>), Problem> {
    let form = which.form()?;
    let (by, action) = (who.officer()?, action_of(form));
    let Upload { bytes, key } = upload;
    let server = app.clone();
    let write = move |store: &Store, _: &_| {
        let sheet = work::open(&bytes, form, &server)?;
        let unknown = sheet.unknown().into_iter().map(ToOwned::to_owned).collect();
        let asked = Asked {
            kind: Kind::ImportPreview,
            action,
            title: format!("导入预览：{}", form.chinese()),
            input: PreviewAsked { table: form.word().to_owned(), unknown },
            files: vec![(FILE, bytes.to_vec())],
        };
        task_of(store, ask(&server, store, by, asked)?)
    };
    let task = app.writing(&who, action, Some(key), write).await?;
    app.tasks().nudge();
    Ok((StatusCode::ACCEPTED, Json(TaskEntry::of(&task, app.now()))))
}

fn task_of(store: &Store, id: TaskId) -> Result<Task, Problem> {
    store.task(id)?.ok_or_else(|| Code::Internal.into())
}

/// Which rows of an import.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichRows {
    /// Only those with this fate.
    #[param(pattern = "^(new|changed|same|refused)$")]
    pub(crate) fate: Option<String>,
    /// Those after this line: `next` of the answer before.
    #[param(minimum = 0)]
    pub(crate) after: Option<u64>,
    /// How many at most; 50 if it is not said.
    #[param(minimum = 1, maximum = 200)]
    pub(crate) limit: Option<u16>,
}

/// An import: how far it is, and what becomes of its rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportShown {
    pub(crate) task: TaskEntry,
    /// What the file holds.
    pub(crate) table: String,
    /// Whether this is the preview, which changes nothing.
    pub(crate) preview: bool,
    pub(crate) counts: ImportCounts,
    /// Columns of the file that are not read.
    pub(crate) unknown: Vec<String>,
    /// Of a preview that is done: its rows. Of an application: those that were refused so far.
    pub(crate) items: Vec<ImportRow>,
    /// To be sent as `after` for those that follow; `null` at the end.
    pub(crate) next: Option<u64>,
    /// The task in which the file of this preview was applied last.
    pub(crate) applied: Option<String>,
}

/// Show the fate of the rows of a file that one uploaded.
#[utoipa::path(
    get, path = "/imports/{id}", tag = "imports",
    params(("id" = String, Path, format = "uuid", description = "The task's id"), WhichRows),
    responses((status = 200, body = ImportShown), ReadProblems),
)]
pub(crate) async fn show(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Search(which): Search<WhichRows>,
) -> Result<Json<ImportShown>, Problem> {
    let (task, import) = import(&app, &who, &id).await?;
    let limit = usize::from(page_size(which.limit)?);
    let fate = which.fate.as_deref().map(|word| {
        let found = Fate::ALL.into_iter().find(|fate| fate.word() == word);
        found.ok_or_else(|| Problem::invalid("fate", "只有 new、changed、same、refused"))
    });
    let (fate, after, action) = (fate.transpose()?, which.after.unwrap_or(0), task.action);
    let read = move |app: &App, _: &_| {
        let wanted = |row: &ImportRow| row.line > after && fate.is_none_or(|fate| row.fate == fate);
        let mut items = rows(app, &task, &import, limit + 1, &wanted)?;
        let next = (items.len() > limit).then(|| {
            items.truncate(limit);
            items.last().map(|row| row.line)
        });
        let applied = applied(app, &task)?;
        let Done { counts, .. } = Done::of(&task.progress.place);
        Ok(Json(ImportShown {
            task: TaskEntry::of(&task, app.now()),
            table: import.form.word().to_owned(),
            preview: import.is_preview,
            counts,
            unknown: import.unknown,
            items,
            next: next.flatten(),
            applied: applied.map(|id| id.to_string()),
        }))
    };
    app.reading(&who, action, Subject::None, read).await
}

/// What a task imports.
struct Import {
    form: Form,
    is_preview: bool,
    unknown: Vec<String>,
    /// The task that holds the file.
    file: TaskId,
}

/// An import that somebody asked for, as its preview or its application.
async fn import(app: &App, who: &Signed, id: &str) -> Result<(Task, Import), Problem> {
    let task = own(app, who, id).await?;
    let form = |word: &str| Form::of_word(word).ok_or(Problem::from(Code::NotFound));
    let import = match Kind::of_word(&task.kind) {
        Some(Kind::ImportPreview) => {
            let PreviewAsked { table, unknown } = asked(&task)?;
            Import { form: form(&table)?, is_preview: true, unknown, file: task.id }
        }
        Some(Kind::Import) => {
            let ApplyAsked { table, preview } = asked(&task)?;
            let file = preview.parse().map_err(|_| Problem::from(Code::NotFound))?;
            Import { form: form(&table)?, is_preview: false, unknown: Vec::new(), file }
        }
        _ => return Err(Code::NotFound.into()),
    };
    Ok((task, import))
}

fn asked<T: serde::de::DeserializeOwned>(task: &Task) -> Result<T, Problem> {
    serde_json::from_str(&task.input).map_err(|_| Code::Internal.into())
}

/// Up to so many of the rows that are kept of a preview or an application.
fn rows(
    app: &App,
    task: &Task,
    import: &Import,
    most: usize,
    wanted: &dyn Fn(&ImportRow) -> bool,
) -> Result<Vec<ImportRow>, Problem> {
    let names = match import.is_preview {
        true => vec![FATES.to_owned()],
        false => (0..Done::of(&task.progress.place).parts).map(work::refused_part).collect(),
    };
    let mut rows = Vec::new();
    for name in names {
        let Some(bytes) = opened(app, task, &name)? else { continue };
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let row = serde_json::from_slice(line).map_err(|_| Problem::from(Code::Internal))?;
            if wanted(&row) {
                rows.push(row);
            }
            if rows.len() == most {
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}

/// The application of a preview that was asked for last.
fn applied(app: &App, preview: &Task) -> Result<Option<TaskId>, Problem> {
    let query = TaskQuery { asked_by: Some(preview.asked_by), before: None, limit: 200 };
    let own = preview.id.to_string();
    let is = |task: &Task| {
        task.kind == Kind::Import.word()
            && serde_json::from_str(&task.input).is_ok_and(|asked: ApplyAsked| asked.preview == own)
    };
    Ok(app.store().tasks(query)?.into_iter().find(is).map(|task| task.id))
}

/// Do what the rows of a preview say. The same file once more changes nothing.
#[utoipa::path(
    post, path = "/imports/{id}/apply", tag = "imports",
    params(("id" = String, Path, format = "uuid", description = "The preview's id"), WriteHeaders),
    responses((status = 202, body = TaskEntry), WriteProblems),
)]
pub(crate) async fn start(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
    Order(key): Order,
) -> Result<(StatusCode, Json<TaskEntry>), Problem> {
    let (task, import) = import(&app, &who, &id).await?;
    let (by, action, server) = (who.officer()?, task.action, app.clone());
    let write = move |store: &Store, _: &_| {
        if !import.is_preview || task.state != TaskState::Done {
            return Err(Problem::from(Code::Conflict).saying("预览完成后才能导入"));
        }
        let form = import.form;
        let asked = Asked {
            kind: Kind::Import,
            action,
            title: format!("导入：{}", form.chinese()),
            input: ApplyAsked { table: form.word().to_owned(), preview: task.id.to_string() },
            files: Vec::new(),
        };
        task_of(store, ask(&server, store, by, asked)?)
    };
    let task = app.writing(&who, action, Some(key), write).await?;
    app.tasks().nudge();
    Ok((StatusCode::ACCEPTED, Json(TaskEntry::of(&task, app.now()))))
}

/// Download the rows that were refused, with the reason in a column, in the format of the upload.
#[utoipa::path(
    get, path = "/imports/{id}/refused", tag = "imports",
    params(("id" = String, Path, format = "uuid", description = "The task's id")),
    responses(
        (status = 200, content(
            (Vec<u8> = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        ReadProblems,
    ),
)]
pub(crate) async fn refused(
    State(app): State<App>,
    who: Signed,
    At(id): At<String>,
) -> Result<impl IntoResponse, Problem> {
    let (task, import) = import(&app, &who, &id).await?;
    let action = task.action;
    let read = move |app: &App, _: &_| {
        let holder = task_of(app.store(), import.file)?;
        let bytes = opened(app, &holder, FILE)?.ok_or(Code::NotFound)?;
        let sheet = work::open(&bytes, import.form, app)?;
        let is_refused = |row: &ImportRow| row.fate == Fate::Refused;
        let why = rows(app, &task, &import, usize::MAX, &is_refused)?.into_iter();
        let why = why.map(|row| (row.line, row.says));
        let file = returned::file(&sheet, &why.collect())?;
        Ok((import.form, sheet.is_workbook(), file))
    };
    let (form, is_workbook, file) = app.reading(&who, action, Subject::None, read).await?;
    Ok((attachment(&format!("refused-{form}"), is_workbook), file))
}

/// The headers of a table that is downloaded.
pub(crate) fn attachment(name: &str, is_workbook: bool) -> HeaderMap {
    let (end, kind) = match is_workbook {
        true => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        false => ("csv", "text/csv; charset=utf-8"),
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{end}\""));
    headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    headers
}
