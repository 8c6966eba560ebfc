//! The tables that staff upload: which columns each has, and by which words its header may name
//! them.

use std::fmt;

/// A table that staff upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Residents with their names and numbers.
    Residents,
    /// Who belongs to which group.
    Groups,
    /// What was done for whom.
    Records,
    /// Figures of communities.
    Metrics,
    /// Codes of divisions with their names.
    Divisions,
    /// Institutions and shops.
    Institutions,
    /// Staff with what they are granted.
    Staff,
}

/// A column that a table has.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its word.
    pub id: &'static str,
    /// What the header may call it; the first is what the template says.
    pub names: &'static [&'static str],
    /// What is written in the template's example.
    pub example: &'static str,
}

const fn column(id: &'static str, names: &'static [&'static str], example: &'static str) -> Column {
    Column { id, names, example }
}

const DOCUMENT: Column = column(
    "document",
    &["证件号码", "身份证号", "身份证号码", "身份证", "证件号", "公民身份号码", "居民身份证号"],
    "示例：18位身份证号，此列设为文本格式",
);
const FROM: Column =
    column("from", &["起始日期", "开始日期", "生效日期", "有效期起", "入住日期"], "2026-01-01");
const TO: Column = column("to", &["终止日期", "结束日期", "失效日期", "有效期止"], "");

const RESIDENTS: &[Column] = &[
    column("name", &["姓名", "居民姓名", "名字"], "示例行，导入前删除"),
    DOCUMENT,
    column("document_kind", &["证件类型", "证件种类"], "居民身份证"),
    column("phone", &["手机", "手机号", "手机号码", "电话", "联系电话", "联系方式"], ""),
    column("birth_date", &["出生日期", "出生年月日", "生日"], ""),
    column("sex", &["性别"], ""),
    column(
        "community",
        &[
            "区划代码",
            "社区",
            "居住社区",
            "社区代码",
            "村社区",
            "村（社区）",
            "社区（村）",
            "所属社区",
            "现住社区",
        ],
        "510403001001",
    ),
    FROM,
    column("groups", &["人群", "重点人群", "人群分类", "人群类别"], ""),
    column("guardian", &["监护人证件号码", "监护人身份证号", "监护人身份证号码"], ""),
    column("code", &["居民编号", "外部编号"], ""),
];

const GROUPS: &[Column] = &[
    DOCUMENT,
    column("group", &["人群", "重点人群", "人群分类", "人群类别"], "高血压患者"),
    FROM,
    TO,
];

const RECORDS: &[Column] = &[
    DOCUMENT,
    column("resident", &["居民编号", "系统编号"], ""),
    column("kind", &["服务项目", "项目", "服务类型", "服务种类", "记录类型"], "参加健康讲座"),
    column("date", &["服务日期", "日期", "活动日期", "办理日期"], "2026-08-27"),
    column("org", &["机构", "机构代码", "服务机构", "机构编号"], ""),
    column("worker", &["人员", "服务人员", "工号", "人员工号", "经办人", "人员编号"], ""),
    column("code", &["记录编号", "编号", "流水号"], ""),
];

const METRICS: &[Column] = &[
    column(
        "community",
        &["区划代码", "社区", "社区代码", "村（社区）", "社区（村）"],
        "510403001001",
    ),
    column("year", &["年份", "年度", "年"], "2026"),
    column("name", &["指标", "指标名称", "指标代码"], ""),
    column("value", &["数值", "指标值", "值", "结果"], "0.9"),
];

const DIVISIONS: &[Column] = &[
    column("code", &["区划代码", "代码", "行政区划代码", "统计用区划代码"], "510403001001"),
    column("name", &["名称", "区划名称", "社区名称", "单位名称"], "示例社区"),
    FROM,
    TO,
    column("successor", &["变更后代码", "新代码", "撤并后代码"], ""),
];

const INSTITUTIONS: &[Column] = &[
    column("code", &["机构代码", "代码", "机构编号"], "ORG-1"),
    column("name", &["机构名称", "名称", "机构"], "示例卫生服务中心"),
    column("level", &["层级", "级别", "机构层级"], "机构"),
    column("area", &["负责的区划", "区划代码", "区划", "所在区划"], "510403"),
    column("address", &["地址"], ""),
    column("phone", &["电话", "联系电话"], ""),
    column("hours", &["办理时间", "服务时间"], ""),
];

const STAFF: &[Column] = &[
    column("name", &["登录名", "用户名", "账号"], "wang.fang"),
    column("display_name", &["姓名"], "示例行，导入前删除"),
    column("worker", &["工号", "人员编号"], ""),
    column("role", &["角色", "岗位"], "护士"),
    column("area", &["区划代码", "区划", "负责的区划", "管辖区划"], "510403"),
    column("institution", &["机构", "机构代码", "机构编号"], ""),
];

impl Form {
    /// Every table.
    pub const ALL: [Self; 7] = [
        Self::Residents,
        Self::Groups,
        Self::Records,
        Self::Metrics,
        Self::Divisions,
        Self::Institutions,
        Self::Staff,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Residents => "residents",
            Self::Groups => "groups",
            Self::Records => "records",
            Self::Metrics => "metrics",
            Self::Divisions => "divisions",
            Self::Institutions => "institutions",
            Self::Staff => "staff",
        }
    }

    /// The table of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.word() == word)
    }

    /// What it is called, for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Residents => "居民",
            Self::Groups => "居民人群",
            Self::Records => "服务记录",
            Self::Metrics => "社区指标",
            Self::Divisions => "区划",
            Self::Institutions => "机构",
            Self::Staff => "工作人员",
        }
    }

    /// Its columns, in the order of the template.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Residents => RESIDENTS,
            Self::Groups => GROUPS,
            Self::Records => RECORDS,
            Self::Metrics => METRICS,
            Self::Divisions => DIVISIONS,
            Self::Institutions => INSTITUTIONS,
            Self::Staff => STAFF,
        }
    }

    /// What a file has to have: of each group of columns one.
    #[must_use]
    pub const fn needs(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Residents => &[&["name"], &["document"]],
            Self::Groups => &[&["document"], &["group"]],
            Self::Records => &[&["document", "resident"], &["kind"], &["date"]],
            Self::Metrics => &[&["community"], &["year"], &["name"], &["value"]],
            Self::Divisions => &[&["code"], &["name"]],
            Self::Institutions => &[&["code"], &["name"], &["level"], &["area"]],
            Self::Staff => &[&["name"], &["role"], &["area"]],
        }
    }

    /// What people call a column.
    #[must_use]
    pub fn label(self, column: &str) -> &'static str {
        let found = self.columns().iter().find(|one| one.id == column);
        found.and_then(|one| one.names.first()).copied().unwrap_or("本行")
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
