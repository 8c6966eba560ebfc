//! The description of the API: generated from the handlers, with what holds for all of them, and a
//! page to browse it that loads nothing from elsewhere.

mod exact;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};
use kangji_rights::Action;
use utoipa::openapi::{
    InfoBuilder, OpenApi, RefOr, ResponseBuilder,
    security::{
        ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement,
        SecurityScheme,
    },
    server::Server,
    tag::TagBuilder,
};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{app::App, signed::CSRF};

/// Where systems get their tokens.
const TOKENS: &str = "/oauth/token";

/// What the addresses are about.
const TAGS: [(&str, &str); 36] = [
    ("sign-in", "登录和退出"),
    ("me", "本人：账号、二次验证、本人数据、授权同意"),
    ("users", "用户、角色和授权"),
    ("clients", "接入系统"),
    ("imports", "导入"),
    ("residents", "居民和人群分组"),
    ("records", "服务记录"),
    ("points", "积分账户、明细、名次"),
    ("confirmations", "效果积分的确认"),
    ("opinions", "居民对积分的意见和答复"),
    ("metrics", "社区指标"),
    ("drafts", "积分办法的新版本：表单和文本修改、检查、提交"),
    ("orders", "柜台兑换：能换什么、下单、交付、取消、退回"),
    ("mall", "居民用积分兑换：能换什么、下单、取消、评价"),
    ("schemes", "积分办法"),
    ("institutions", "机构和商户"),
    ("catalogues", "兑换目录：拟定、审核、备案和公示"),
    ("proposals", "须两人办理的事：公布办法、处罚、抹除个人信息、调整、核销、积分池分发和社区指标"),
    ("ledger", "账本核验和检查点"),
    ("audit", "审计日志"),
    ("stock", "库存：入库、盘点、报损和台账"),
    ("costs", "经费支出"),
    ("figures", "兑换统计"),
    ("agreements", "合作商户协议：拟定、公布、终止和公示"),
    ("deductions", "积分抵扣：试算、抵扣、撤销和日结；付款码"),
    ("statements", "商户结算单：生成、确认、异议、审核、结算"),
    ("cases", "违规案件：立案和处理"),
    ("pools", "村（社区）积分池"),
    ("vouchers", "纸质积分券：印制、调拨、发放、收回、挂失、副券核对"),
    ("reports", "上报：村（社区）报告新发现的情况，卫生服务中心核实"),
    ("village", "帮办人员：自己每月的积分，本村（社区）的目标"),
    ("targets", "任务数和分解"),
    ("registers", "登记簿：意见建议、宣传、问题协调"),
    ("tasks", "耗时的任务：进度、停止、继续、结果文件"),
    ("sanctions", "不实记录的处理、撤销和作废预览"),
    ("simulations", "办法的模拟：改了办法，积分会有什么不同"),
];

const ABOUT: &str = "居民健康积分平台接口。时刻为 UTC 毫秒，日期为北京时间。\
    每次写入须带 Idempotency-Key，重试时沿用。读取的回答带 ETag，可用 If-None-Match 免去重发。\
    出错时回答 application/problem+json，code 不变，detail 和 remedy 给人看。";

/// Adds what holds for all addresses.
pub(crate) fn described(mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("康积 API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    api.servers = Some(vec![Server::new("/")]);
    let tag = |(name, about)| TagBuilder::new().name(name).description(Some(about)).build();
    api.tags = Some(TAGS.into_iter().map(tag).collect());
    let components = api.components.get_or_insert_default();
    for (name, scheme) in schemes() {
        components.add_security_scheme(name, scheme);
    }
    let none: [&str; 0] = [];
    let person = SecurityRequirement::new("session", none).add("csrf", none);
    api.security = Some(vec![person, SecurityRequirement::new("system", none)]);
    exact::make(&mut api);
    for item in api.paths.paths.values_mut() {
        let Some(get) = &mut item.get else { continue };
        let same = ResponseBuilder::new().description("与 If-None-Match 所指的相同").build();
        get.responses.responses.entry("304".to_owned()).or_insert(RefOr::T(same));
    }
    api
}

/// How callers show who they are.
fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let cookie = ApiKeyValue::with_description(
        "__Host-kangji",
        "人员登录后的 Cookie；不经 https 时名为 kangji",
    );
    let csrf = ApiKeyValue::with_description(CSRF, "用 Cookie 写入时须带，登录时取得");
    let scopes = Action::ALL.iter().map(|action| (action.code(), action.chinese()));
    let flow = Flow::ClientCredentials(ClientCredentials::new(TOKENS, Scopes::from_iter(scopes)));
    [
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
        ("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf))),
        ("system", SecurityScheme::OAuth2(OAuth2::with_description([flow], "接入系统的令牌"))),
    ]
}

/// `/api/openapi.json`, and the page at `/api/docs/`.
pub(crate) fn routes(api: &OpenApi) -> Router<App> {
    // A description of what is compiled in is always written.
    let text = api.to_json().unwrap_or_default();
    let json = move || async move {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (kind, text).into_response()
    };
    let config = Config::from("/api/openapi.json").validator_url("none").doc_expansion("none");
    // Without the bar at the top, which styles itself by what our policy forbids.
    let config = config.use_base_layout();
    Router::new()
        .route("/api/openapi.json", get(json))
        .merge(SwaggerUi::new("/api/docs").config(config))
}
