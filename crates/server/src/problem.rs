//! Why a request is not answered as wished (RFC 9457): a stable code, what is wrong in Chinese,
//! and what to do about it. A problem never repeats what was sent but where that is safe.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kangji_ledger::Refusal;
use kangji_store::{Class, StoreError};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal, $remedy:literal;)*) => {
        /// What kind of problem it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable word for programs.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What is wrong, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What to do about it, for people.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

codes! {
    /// Nobody is signed in, or the session is over.
    NotSignedIn = "not_signed_in", UNAUTHORIZED, "尚未登录，或登录已过期", "请登录后再试";
    /// Name, password or code are not right; which of them is not told.
    SignInFailed = "sign_in_failed", UNAUTHORIZED, "登录信息不正确", "请核对后重试；多次失败后需要等待";
    /// The second factor is still to be shown or set up.
    SecondFactor = "second_factor_needed", UNAUTHORIZED, "还需要动态验证码", "请输入验证器上的六位数字，或一个恢复码";
    /// Too many attempts failed.
    TooManyAttempts = "too_many_attempts", TOO_MANY_REQUESTS, "失败次数过多，暂时不能再试", "请在提示的时间之后再试";
    /// Whoever reports did so as often today as one may.
    TooManyReports = "too_many_reports", TOO_MANY_REQUESTS, "今天上报的次数已到上限", "请明天再报；急事请直接告诉卫生服务中心";
    /// A system calls more often than it may.
    TooManyCalls = "too_many_calls", TOO_MANY_REQUESTS, "调用过于频繁", "请降低频率，在提示的时间之后再试";
    /// The principal may not do this.
    Forbidden = "forbidden", FORBIDDEN, "没有权限", "需要时请向安全管理员申请";
    /// What is asked for lies outside the principal's area or institution.
    OutOfArea = "out_of_area", FORBIDDEN, "不在您的辖区或机构范围内", "请核对区划和机构，或联系当地工作人员";
    /// The token that proves that the page was ours is missing.
    CsrfMissing = "csrf_token_missing", FORBIDDEN, "请求缺少页面凭证", "请刷新页面后重试";
    /// It takes another person to decide.
    SamePerson = "same_person", FORBIDDEN, "提出和批准不能是同一个人", "请由另一位有权限的人员处理";
    /// There is nothing there, or nothing the principal may see.
    NotFound = "not_found", NOT_FOUND, "没有找到", "请核对地址或编号";
    /// The address is right, the method is not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "不支持这种请求方法", "请查阅接口说明";
    /// The request cannot be read.
    Malformed = "malformed", BAD_REQUEST, "请求格式不正确", "请按接口说明改正";
    /// A write came without an idempotency key.
    KeyMissing = "idempotency_key_missing", BAD_REQUEST, "缺少 Idempotency-Key", "请给每次写入一个新的 Idempotency-Key（1 到 128 个可见字符），重试时沿用";
    /// What was sent can be read and is not possible.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "内容不符合要求", "请改正所指的位置后重试";
    /// The key was used for something else.
    KeyUsed = "idempotency_key_used", UNPROCESSABLE_ENTITY, "这个 Idempotency-Key 已用于另一个请求", "内容不同的请求请换一个新的键";
    /// It is not what the caller saw.
    Changed = "changed_meanwhile", PRECONDITION_FAILED, "内容已被他人修改", "请重新读取后再改";
    /// Several things may be in the way of it: they stand in `reasons`.
    Refused = "refused", CONFLICT, "这次没有办成", "请按写明的原因处理以后再办";
    /// It is not possible as things are.
    Conflict = "conflict", CONFLICT, "与现有内容冲突", "请查看现有内容后再试";
    /// Too much was sent.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "内容过大", "请分批发送";
    /// It was sent in a form nobody reads.
    UnsupportedMedia = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "不支持这种内容格式", "请按接口说明设置 Content-Type，不要压缩";
    /// It took too long.
    Timeout = "timeout", REQUEST_TIMEOUT, "请求超时", "请重试；写入请沿用原来的 Idempotency-Key";
    /// The database does not answer now.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "系统暂时不能处理", "请稍后重试；写入请沿用原来的 Idempotency-Key";
    /// The program is wrong.
    Internal = "internal", INTERNAL_SERVER_ERROR, "系统内部错误", "请把跟踪号告诉管理员";
}

/// A problem, on its way to the caller.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind it is.
    pub code: Code,
    /// What it is about, where more can be said than by the code.
    pub detail: Option<String>,
    /// The field, row or header.
    pub place: Option<String>,
    /// After how many seconds to try again.
    pub retry_after: Option<u32>,
    /// All that is in the way, in order of precedence.
    pub reasons: Vec<Reason>,
}

/// One of the things that are in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    /// The stable code.
    pub code: &'static str,
    /// What is in the way and what to do, in Chinese.
    pub says: String,
    /// How many points are missing, in the scheme's smallest unit, if they are what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<i64>,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A name for the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, in Chinese.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// The stable code.
    pub code: String,
    /// What to do about it, in Chinese.
    pub remedy: String,
    /// More about it, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The field, row or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// All that is in the way, in order of precedence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

macro_rules! documented {
    ($($(#[$doc:meta])* $name:ident: $($variant:ident = $status:literal),*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, IntoResponses)]
        #[expect(missing_docs, reason = "named by their status")]
        pub enum $name {
            $(#[response(status = $status, content_type = "application/problem+json")]
            $variant(#[to_schema] ProblemBody),)*
        }
    )*};
}

documented! {
    /// The problems that a reading can end in, for the description of the API.
    ReadProblems: Malformed = 400, NotSignedIn = 401, Forbidden = 403, NotFound = 404,
        Invalid = 422, TooMany = 429, Internal = 500, Unavailable = 503;
    /// The problems that a write can end in.
    WriteProblems: Malformed = 400, NotSignedIn = 401, Forbidden = 403, NotFound = 404,
        Timeout = 408, Conflict = 409, Changed = 412, TooLarge = 413, UnsupportedMedia = 415,
        Invalid = 422, TooMany = 429, Internal = 500, Unavailable = 503;
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, detail: None, place: None, retry_after: None, reasons: Vec::new() }
    }
}

impl Problem {
    /// What was sent is not possible at a place.
    #[must_use]
    pub fn invalid(place: &str, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            place: Some(place.to_owned()),
            ..Self::from(Code::Invalid)
        }
    }

    /// More about it.
    #[must_use]
    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// When to try again.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// All of this is in the way.
    #[must_use]
    pub fn refused(reasons: Vec<Reason>) -> Self {
        let says: Vec<&str> = reasons.iter().map(|reason| reason.says.as_str()).collect();
        Self { reasons: reasons.clone(), ..Self::from(Code::Refused).saying(says.join("；")) }
    }

    /// As it is sent.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:kangji:problem:{}", self.code.word()),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            code: self.code.word().to_owned(),
            remedy: self.code.remedy().to_owned(),
            detail: self.detail.clone(),
            place: self.place.clone(),
            reasons: self.reasons.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.code.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"kangji\"");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        // For what shows it in another form than JSON.
        response.extensions_mut().insert(self);
        response
    }
}

/// What the store could not do. Details of a database are for the log alone.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::KeyUsed => Code::KeyUsed.into(),
            StoreError::Changed => Code::Changed.into(),
            StoreError::Refused(refusal) => refusal.into(),
            _ => {
                tracing::error!(%error, "the store gave no answer");
                match error.class() {
                    Class::Busy | Class::Unavailable | Class::Full | Class::Conflict => {
                        Self::from(Code::Unavailable).after(1)
                    }
                    Class::Shape | Class::Other => Code::Internal.into(),
                }
            }
        }
    }
}

/// What the ledger refused.
impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        Self::from(Code::Conflict).saying(refusal.chinese(|points| points.0.to_string()))
    }
}
