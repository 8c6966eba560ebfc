//! Whom one can be in the demonstration: staff of every role in each district, and a few
//! residents to whom something happened.

use kangji_core::{
    Day, DivisionPrefix, Moment,
    ids::{HolderId, OfficerId},
};
use kangji_generate::Id;
use kangji_rights::Grant;
use kangji_store::{Actor, Fact, ResidentFact, Store, StoreError, User, new_id};

use super::{
    district::{District, Known},
    people::Invented,
};

/// The password of all staff of the demonstration, which only this machine reaches.
pub(super) const PASSWORD: &str = "demo-Kangji-2026";

/// Somebody one can be.
#[derive(Clone, Debug)]
pub struct Part {
    /// The district or office.
    pub(super) group: &'static str,
    /// Who, in a few words.
    pub(super) title: String,
    /// What to try.
    pub(super) tries: String,
    /// What staff sign in by.
    pub(super) name: Option<String>,
    pub(super) actor: Actor,
}

/// The staff of a district: role, what to try.
const STAFF: [(&str, &str, &str); 9] = [
    ("nurse", "护士", "查找居民，登记一次随访，当场看到得分和依据；核实村里的上报"),
    ("doctor", "家庭医生", "确认或退回等待的效果积分"),
    ("clerk", "兑换点工作人员", "扫取货码交付，给没有手机的人当场兑换，管库存"),
    (
        "cadre",
        "村（社区）干部",
        "用手机上报和核对积分，看本村目标和任务，记登记簿；拟积分池分发名单",
    ),
    ("cadre", "村（社区）干部（第二人）", "核对别人上报的积分；给积分池分发名单签字"),
    ("manager", "机构管理员", "拟兑换目录，看库存、经费和统计"),
    (
        "officer",
        "主管部门工作人员",
        "改积分办法的上限或分值，看检查结果，提交给第二人；审核兑换目录，核验账本",
    ),
    ("officer", "主管部门工作人员（第二人）", "办理需要两个人的事"),
    ("grid-worker", "网格员", "用手机上报新发现的情况，看自己每月的总分"),
];

/// The staff of a partner shop, the cashier first.
const PARTNER_STAFF: [(&str, &str, &str); 2] = [
    (
        "cashier",
        "合作商户收银员",
        "用手机给居民抵扣：输身份证号，老年居民有两张手写券 H-DEMO-0001、H-DEMO-0002",
    ),
    ("shopkeeper", "合作商户负责人", "看当天抵扣和本店协议，核对上月的结算单"),
];

/// Who works for all districts.
const OFFICES: [(&str, &str, &str); 3] = [
    ("auditor", "审计员", "查操作日志，核验账本，从一笔积分追到记录和条款"),
    ("security-admin", "安全管理员", "管理用户和授权"),
    ("system-admin", "系统管理员", "看任务和运行情况"),
];

/// Who is made last: where they are, the demonstration is whole.
pub(super) const LAST: &str = "system-admin";

/// Makes the staff of a district that is not there yet, and tells who they are. Who works at one
/// institution is given `institution`.
///
/// # Errors
/// Where the database fails.
pub(super) fn staff(
    store: &Store,
    district: &District,
    institution: Option<&str>,
    hash: &str,
    now: Moment,
) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for (number, (role, title, tries)) in (1..).zip(STAFF) {
        let letter = district.letter.to_ascii_lowercase();
        let second = if title.contains("第二") { "-2" } else { "" };
        let name = format!("{letter}-{role}{second}");
        let worker = district.code(Id::Doctor(90_000 + number));
        let institution = match role {
            "clerk" | "manager" => institution.map(ToOwned::to_owned),
            _ => None,
        };
        let grant = Grant { role: role.to_owned(), area: district.area(), institution };
        let id = kept(store, (&name, worker), grant, hash, now)?;
        parts.push(part(district.name, title, tries, name, id));
    }
    Ok(parts)
}

/// Makes the staff of a partner shop, as [`staff`].
///
/// # Errors
/// Where the database fails.
pub(super) fn partner_staff(
    store: &Store,
    district: &District,
    shop: &str,
    hash: &str,
    now: Moment,
) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for (role, title, tries) in PARTNER_STAFF {
        let name = format!("{}-{role}", district.letter.to_ascii_lowercase());
        let (role, area, shop) = (role.to_owned(), district.area(), Some(shop.to_owned()));
        let grant = Grant { role, area, institution: shop };
        let id = kept(store, (&name, String::new()), grant, hash, now)?;
        parts.push(part(district.name, title, tries, name, id));
    }
    Ok(parts)
}

/// Makes those who work for all districts, as [`staff`].
///
/// # Errors
/// Where the database fails.
pub(super) fn offices(store: &Store, hash: &str, now: Moment) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for (role, title, tries) in OFFICES {
        let area = DivisionPrefix::EVERYWHERE;
        let everywhere = Grant { role: role.to_owned(), area, institution: None };
        let id = kept(store, (role, String::new()), everywhere, hash, now)?;
        parts.push(part("全市", title, tries, role.to_owned(), id));
    }
    Ok(parts)
}

fn part(group: &'static str, title: &str, tries: &str, name: String, id: OfficerId) -> Part {
    let (title, tries) = (title.to_owned(), tries.to_owned());
    Part { group, title, tries, name: Some(name), actor: Actor::Staff(id) }
}

fn kept(
    store: &Store,
    (name, worker): (&str, String),
    grant: Grant,
    hash: &str,
    now: Moment,
) -> Result<OfficerId, StoreError> {
    if let Some(user) = store.user_named(name)? {
        return Ok(user.id);
    }
    let id = OfficerId::from_bytes(new_id(now));
    let user = User {
        id,
        name: name.to_owned(),
        worker,
        password: hash.to_owned(),
        password_at: now,
        totp: None,
        totp_step: 0,
        subject: String::new(),
        disabled_at: None,
    };
    let _ = store.put_user(user).wait()?;
    store.set_grants(id, vec![grant], id, now).wait()?;
    Ok(id)
}

/// A few residents of a district to whom something happened.
pub(super) fn residents(
    store: &Store,
    district: &District,
    known: &Known,
    today: Day,
) -> Result<Vec<Part>, StoreError> {
    let old = elderly(known, today);
    let guardian = most(known, |fact| age(fact, today) < 7, |kind| kind.starts_with("child."));
    let guardian = guardian.and_then(|(_, child)| {
        let (code, _) = child.guardians.first()?;
        let place = known.residents.iter().position(|fact| fact.code == *code)?;
        Some((place, known.residents.get(place)?))
    });
    let is_helper =
        |fact: &ResidentFact| fact.groups.iter().any(|(group, _)| group == "grid_worker");
    let helper = known.residents.iter().position(is_helper);
    let helper = helper.and_then(|place| Some((place, known.residents.get(place)?)));
    let wanted = [
        (old, "老年居民", "看总积分、可兑换积分和每一笔的原因，去商城换东西"),
        (guardian, "孩子的监护人", "看自己和孩子的积分"),
        (helper, "帮办的网格员", "看帮办得的分，在商城换服务"),
    ];
    let mut parts = Vec::new();
    for (found, title, tries) in wanted {
        let Some((place, fact)) = found else { continue };
        let Some(id) = store.holder(&fact.code)? else { continue };
        let place = u32::try_from(place).unwrap_or_default();
        let Invented { name, card, phone } = Invented::of(district, place, fact);
        let title = format!("{title} {name}（身份证 {card}，电话 {phone}，均为虚构）");
        let actor = Actor::Resident(HolderId::from_bytes(*id.bytes()));
        parts.push(Part {
            group: district.name,
            title,
            tries: tries.to_owned(),
            name: None,
            actor,
        });
    }
    Ok(parts)
}

/// The elderly person to whom the most happened, with their place in the district.
pub(super) fn elderly(known: &Known, today: Day) -> Option<(usize, &ResidentFact)> {
    most(known, |fact| age(fact, today) >= 70, |_| true)
}

fn age(fact: &ResidentFact, today: Day) -> u32 {
    fact.birth_date.and_then(|birth| birth.age_years(today)).unwrap_or(0)
}

/// Who, of some residents, has the most records of some kinds, with their place in the district.
fn most(
    known: &Known,
    who: impl Fn(&ResidentFact) -> bool,
    kinds: impl Fn(&str) -> bool,
) -> Option<(usize, &ResidentFact)> {
    let mut counts: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    for fact in &known.facts {
        if let Fact::Record(record) = fact
            && kinds(&record.kind)
        {
            *counts.entry(&record.resident).or_default() += 1;
        }
    }
    let residents = known.residents.iter().enumerate().filter(|(_, fact)| who(fact));
    residents.max_by_key(|(_, fact)| counts.get(fact.code.as_str()).copied().unwrap_or_default())
}
