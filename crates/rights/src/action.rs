//! What can be done. An action is also the scope a connected system asks for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A text names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no action")]
pub struct UnknownAction(pub String);

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $chinese:literal;)*) => {
        /// Something that only who holds a grant for it may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in grants, scopes and logs.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The name for people.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese,)* }
            }
        }
    };
}

actions! {
    /// See residents with masked names and numbers.
    ResidentsRead = "residents:read", "查看居民";
    /// Register residents and change what is known of them.
    ResidentsWrite = "residents:write", "登记和修改居民";
    /// See a name or number in full.
    ResidentsReveal = "residents:reveal", "查看完整姓名和号码";
    /// Give a resident the one-time code by which they sign in.
    ResidentsAdmit = "residents:admit", "发放登录码";
    /// Destroy what tells who a resident is; takes two people.
    ResidentsErase = "residents:erase", "抹除个人信息";
    /// See service records.
    RecordsRead = "records:read", "查看服务记录";
    /// Record services, correct and void records.
    RecordsWrite = "records:write", "记录、更正和作废服务";
    /// See balances, statements and reasons, without naming illnesses.
    PointsRead = "points:read", "查看积分和明细";
    /// See points that rest on illnesses under their full names.
    PointsCare = "points:care", "查看涉病积分名称";
    /// Decide on candidates that need confirmation.
    ConfirmationsDecide = "confirmations:decide", "确认效果积分";
    /// Decide on candidates that the village itself checks, without seeing whom they are about
    /// (T6).
    ConfirmationsCheck = "confirmations:check", "核对村（社区）积分";
    /// Report somebody whom the clinic does not know yet (T9, T10).
    ReportsMake = "reports:make", "上报新发现的情况";
    /// Keep the registers of opinions, publicity and issues (T6, T7).
    RegistersKeep = "registers:keep", "登记意见、宣传和问题";
    /// Read what residents say is wrong with their points, and answer it.
    OpinionsAnswer = "opinions:answer", "答复居民意见";
    /// See figures of communities.
    MetricsRead = "metrics:read", "查看社区指标";
    /// Propose a figure of a community with its evidence; takes two people.
    MetricsPropose = "metrics:propose", "拟定社区指标";
    /// Enter figures and targets of communities.
    MetricsWrite = "metrics:write", "录入社区指标和任务数";
    /// Exclude somebody from earning for some days; takes two people.
    SanctionsDecide = "sanctions:decide", "处理违规";
    /// Publish a version of a scheme; takes two people.
    SchemesPublish = "schemes:publish", "发布积分办法";
    /// Keep the institutions and partner shops that hand something over.
    InstitutionsWrite = "institutions:write", "管理机构和商户";
    /// Propose what an institution or the scheme offers for points.
    CataloguesPropose = "catalogues:propose", "拟定兑换目录";
    /// Review, file or return what somebody else proposed (T4).
    CataloguesReview = "catalogues:review", "审核和备案兑换目录";
    /// See orders and what they came to.
    OrdersRead = "orders:read", "查看兑换单";
    /// Order for somebody at the counter, hand over, call off, take back.
    OrdersHandle = "orders:handle", "办理兑换";
    /// See what is in stock and what it cost.
    StockRead = "stock:read", "查看库存和经费";
    /// Receive goods and count them.
    StockWrite = "stock:write", "管理库存";
    /// Enter what was spent besides goods.
    CostsWrite = "costs:write", "登记经费支出";
    /// Have vouchers printed and give them to institutions (P4).
    VouchersPrint = "vouchers:print", "印制和调拨积分券";
    /// Issue vouchers on credited points, take them back, call them lost (P5).
    VouchersIssue = "vouchers:issue", "发放和收回积分券";
    /// See where vouchers stand, check their stubs.
    VouchersCheck = "vouchers:check", "核对积分券副券";
    /// Draw up an agreement with a partner shop; somebody else publishes its ratio (P7).
    AgreementsWrite = "agreements:write", "签订和公布商户协议";
    /// Take points off a bill in a partner shop, call it off on the same day.
    DeductionsMake = "deductions:make", "积分抵扣";
    /// See the deductions of shops and what they come to.
    DeductionsRead = "deductions:read", "查看抵扣记录";
    /// Confirm a shop's statement or object to its lines (P14).
    StatementsAnswer = "statements:answer", "确认结算单";
    /// Draw up, review and settle statements; the last two by different people.
    StatementsSettle = "statements:settle", "审核结算";
    /// Read cases of fraud (P13).
    CasesRead = "cases:read", "查看违规案件";
    /// Open and decide cases of fraud.
    CasesDecide = "cases:decide", "处理违规案件";
    /// Hand points of a village's pool on to its helpers; takes two people (T2).
    PoolsHandOn = "pools:hand-on", "分发村（社区）积分池";
    /// Change a balance by a two-person adjustment or write a shortfall off to an institution.
    LedgerAdjust = "ledger:adjust", "双人调整和核销";
    /// Prove the ledger and see what the proof found.
    LedgerVerify = "ledger:verify", "核验账本";
    /// Search the audit log.
    AuditRead = "audit:read", "查阅审计日志";
    /// Keep staff, their grants and their sign-in.
    UsersManage = "users:manage", "管理用户和授权";
    /// Keep connected systems.
    ClientsManage = "clients:manage", "管理接入系统";
    /// Keep the system running: jobs, keys, parameters.
    SystemManage = "system:manage", "管理系统运行";
}

impl Action {
    /// Whether one person proposes it and another one carries it out.
    #[must_use]
    pub const fn takes_two(self) -> bool {
        matches!(
            self,
            Self::ResidentsErase
                | Self::SanctionsDecide
                | Self::SchemesPublish
                | Self::LedgerAdjust
                | Self::PoolsHandOn
                | Self::MetricsPropose
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        let known = Self::ALL.iter().find(|action| action.code() == text);
        known.copied().ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.code().to_owned()
    }
}

impl TryFrom<String> for Action {
    type Error = UnknownAction;

    fn try_from(text: String) -> Result<Self, UnknownAction> {
        text.parse()
    }
}
