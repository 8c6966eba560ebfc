//! Staff from a file: whoever has the name to sign in by is changed, everybody else is added. What
//! somebody is granted already they keep.

use kangji_core::{
    DivisionPrefix,
    identity::{PersonName, mask},
    ids::OfficerId,
};
use kangji_exchange::{Line, cells};
use kangji_rights::Grant;
use kangji_store::{NameTaken, User, new_id};

use super::{
    desk::{Desk, Reader, Rows, said, told},
    fate::{Fate, Judged},
};
use crate::{
    input::line as is_line,
    invitations::{self, administrators},
    problem::Problem,
    staff_seal,
    users::{CODE_MAX, is_name, new_user, reaches, unchanged},
};

/// The rows of staff.
pub(super) struct Staff;

/// What a row says.
struct Said {
    name: String,
    display_name: Option<PersonName>,
    worker: Option<String>,
    grant: Grant,
}

impl Rows for Staff {
    fn key(&self, line: &Line<'_>) -> Option<String> {
        let said = ["name", "role", "area", "institution"];
        Some(said.map(|column| line.text(column).unwrap_or_default()).join("\n"))
    }

    fn about(&self, line: &Line<'_>) -> String {
        let name = line.text("display_name").map(|name| mask::name(&name));
        line.text("name").into_iter().chain(name).collect::<Vec<_>>().join(" ")
    }

    fn take(
        &mut self,
        desk: &Desk<'_>,
        lines: &[Line<'_>],
        apply: bool,
    ) -> Result<Vec<Judged>, Problem> {
        let mut all = Vec::with_capacity(lines.len());
        for line in lines {
            all.push(match read(desk, line) {
                Ok(said) => taken(desk, said, apply)?.unwrap_or_else(Judged::refused),
                Err(why) => Judged::refused(why),
            });
        }
        Ok(all)
    }
}

fn read(desk: &Desk<'_>, line: &Line<'_>) -> Result<Said, String> {
    let mut row = Reader::new(line);
    let name = row.need("name", |cell| {
        let name = cell.to_lowercase();
        let why = "登录名为 2 到 32 个小写字母、数字、点、横线或下划线，以字母或数字开头。";
        if is_name(&name) { Ok(name) } else { Err(why.to_owned()) }
    });
    let display_name = row.get("display_name", |cell| {
        PersonName::parse(cell).map_err(|error| error.chinese().to_owned())
    });
    let text = |cell: &str| {
        is_line("", cell, CODE_MAX).map_err(|problem| said(&problem))?;
        told(cells::code(cell))
    };
    let [worker, institution] = ["worker", "institution"].map(|column| row.get(column, text));
    let roles = desk.app.roles();
    let role = row.need("role", |cell| {
        let role = roles.all().iter().find(|role| role.id == cell || role.name == cell);
        role.map(|role| role.id.clone()).ok_or_else(|| {
            let names: Vec<&str> = roles.all().iter().map(|role| role.name.as_str()).collect();
            format!("没有这个角色。请填：{}。", names.join("、"))
        })
    });
    let area = row.need("area", |cell| match cell {
        "全部" => Ok(DivisionPrefix::EVERYWHERE),
        _ => told(cells::area(cell)),
    });
    let grant = role.zip(area).map(|(role, area)| Grant { role, area, institution });
    let said = name.zip(grant).map(|(name, grant)| Said { name, display_name, worker, grant });
    row.finished(said)
}

fn taken(desk: &Desk<'_>, said: Said, apply: bool) -> Result<Result<Judged, String>, Problem> {
    let outside = || Err("不在您可以管理的范围内。请由安全管理员导入。".to_owned());
    if !desk.permit.includes(said.grant.area, said.grant.institution.as_deref()) {
        return Ok(outside());
    }
    let Some(user) = desk.store.user_named(&said.name)? else { return added(desk, said, apply) };
    if user.id == desk.by {
        return Ok(Err("不能修改自己的授权。请由另一位安全管理员导入。".to_owned()));
    }
    if !reaches(&desk.store, &desk.permit, user.id)? {
        return Ok(outside());
    }
    let mut grants = desk.store.grants(user.id)?;
    let is_new = !grants.contains(&said.grant);
    let worker = said.worker.filter(|worker| *worker != user.worker);
    let what = [("工号", worker.is_some()), ("授权", is_new)];
    let what: Vec<&str> = what.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    if is_new {
        grants.push(said.grant);
        if let Some(why) = apart(desk, &grants) {
            return Ok(Err(why));
        }
    }
    if apply {
        let keepers = administrators(desk.app.roles());
        if let Some(worker) = worker {
            let changed = desk.store.change_user(user.id, keepers.clone(), move |user| {
                user.worker.clone_from(&worker);
            });
            changed.wait()?.map_err(unchanged)?;
        }
        if is_new {
            let changed = desk.store.change_grants(user.id, grants, desk.by, keepers, desk.now);
            changed.wait()?.map_err(unchanged)?;
        }
    }
    Ok(Ok(Judged::changed(&what)))
}

fn added(desk: &Desk<'_>, said: Said, apply: bool) -> Result<Result<Judged, String>, Problem> {
    let judged = Judged {
        fate: Fate::New, says: "登录链接请在“用户”里为其生成".to_owned()
    };
    if !apply {
        return Ok(Ok(judged));
    }
    let id = OfficerId::from_bytes(new_id(desk.now));
    let user =
        User { worker: said.worker.unwrap_or_default(), ..new_user(id, said.name, desk.now) };
    let name = said.display_name.as_ref().map(PersonName::full);
    let person =
        name.map(|name| staff_seal::new(desk.app, id, Some(name), desk.now)).transpose()?;
    let ticket = invitations::ticket(desk.app, id, id.bytes(), false, desk.now)?;
    if let Err(NameTaken) = desk.store.add_user(user, person, ticket).wait()? {
        return Ok(Err("这个登录名刚被别人使用。请换一个。".to_owned()));
    }
    let keepers = administrators(desk.app.roles());
    let granted = desk.store.change_grants(id, vec![said.grant], desk.by, keepers, desk.now);
    granted.wait()?.map_err(unchanged)?;
    Ok(Ok(judged))
}

/// Two roles that nobody holds together.
fn apart(desk: &Desk<'_>, grants: &[Grant]) -> Option<String> {
    let roles = desk.app.roles();
    let held: Vec<&str> = grants.iter().map(|grant| grant.role.as_str()).collect();
    let (alone, other) = roles.conflict(&held)?;
    let name = |id| roles.get(id).map_or(id, |role| role.name.as_str());
    Some(format!("“{}”不能与“{}”由同一人担任。", name(alone), name(other)))
}
