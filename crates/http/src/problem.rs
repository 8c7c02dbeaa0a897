//! Errors as problem documents (RFC 9457) with a stable `code`, in the client's language.

use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hefu_app::AppError;
pub use hefu_domain::Language;
use hefu_domain::{Message, Place, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Largest request body, bytes. Imports go through the command line, not through here.
pub(crate) const MAX_BODY: usize = 2 << 20;

/// The media type of problem documents.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// A problem document.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI of the problem's kind: `urn:hefu:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, in the client's language.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The stable code to branch on.
    pub code: String,
    /// What was expected and what to do next, in the client's language; never personal data, and never a value that
    /// was sent.
    pub detail: String,
    /// The value of the body that is meant: a JSON pointer (RFC 6901), e.g. `/rooms/0/arrival`; empty for the whole
    /// body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The parameter of the address that is meant, by its name, e.g. `limit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The header that is meant, by its name, e.g. `If-Match`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The present version, when `If-Match` named another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Codes of the properties among which a number is ambiguous.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub properties: Vec<String>,
}

/// What a handler answers instead of its result.
#[derive(Debug)]
pub struct Failure(Box<(StatusCode, Problem)>, i64);

/// The client's language: of `Accept-Language` the first of the two languages in the client's order; Chinese unless
/// English is asked for.
pub fn language_of(headers: &HeaderMap) -> Language {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut ranked: Vec<(f32, &str)> = wanted
        .split(',')
        .map(|part| {
            let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = rest.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
            (weight, tag.trim())
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let known =
        ranked.iter().find_map(|(_, tag)| match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Some(Language::Chinese),
            Some("en") => Some(Language::English),
            _ => None,
        });
    known.unwrap_or(Language::Chinese)
}

/// Every code the API answers, with its titles: code, Chinese, English.
pub const TITLES: &[(&str, &str, &str)] = &[
    ("wrong_state", "当前状态不允许此操作", "Not possible in the current state"),
    ("no_inventory", "已无可售房", "Sold out"),
    ("stop_sell", "已停止销售", "Not for sale"),
    ("closed_to_arrival", "当日不可到店", "Closed to arrival"),
    ("closed_to_departure", "当日不可离店", "Closed to departure"),
    ("minimum_stay", "未达最少入住晚数", "Below the minimum stay"),
    ("maximum_stay", "超过最多入住晚数", "Above the maximum stay"),
    ("plan_restricted", "该房价有预订条件", "The plan is not for everybody"),
    ("room_taken", "房间已被占用", "The room is taken"),
    ("room_not_ready", "房间尚未就绪", "The room is not ready"),
    ("guest_blacklisted", "客人在黑名单上", "The guest is on the blacklist"),
    ("balance_due", "账单未结清", "The bill is not settled"),
    ("bad_amount", "金额不正确", "Invalid amount"),
    ("bad_dates", "日期不正确", "Invalid dates"),
    ("too_many_people", "超过可住人数", "Too many people for the room"),
    ("wrong_currency", "币种不正确", "Wrong currency"),
    ("already_reversed", "该笔已冲销", "Already reversed"),
    ("not_enough_points", "积分不足", "Not enough points"),
    ("credit_exceeded", "超过信用额度", "Credit limit exceeded"),
    ("no_lock_system", "本酒店未接门锁系统", "The property has no lock system"),
    ("lock_system_down", "门锁系统没有响应", "The lock system does not answer"),
    ("import_started", "文件正在导入或已导入", "The file is being imported, or was"),
    ("file_gone", "文件不在服务器上", "The file is not on the server"),
    ("row_decided", "该行已处理", "The row was dealt with"),
    ("invalid", "内容缺失或有误", "A value is missing or wrong"),
    ("already_exists", "已存在", "Already exists"),
    ("not_found", "未找到", "Not found"),
    ("mistyped_number", "号码有误，校验位不符", "The number is mistyped"),
    ("ambiguous_number", "该号码对应多条记录", "The number belongs to several visits"),
    ("stale", "记录已被他人修改", "The record was changed by somebody else"),
    ("idempotency_key_reused", "幂等键已用于其他请求", "The idempotency key was used for another request"),
    ("forbidden", "没有权限", "Not allowed"),
    ("not_signed_in", "尚未登录", "Not signed in"),
    ("sign_in_refused", "登录失败", "The sign-in was refused"),
    ("too_many_streams", "实时更新连接过多", "Too many streams of changes"),
    ("too_many_attempts", "尝试次数过多", "Too many attempts"),
    ("second_factor_required", "需要第二重验证", "The second factor is required"),
    ("unmaskings_spent", "今日解除脱敏的次数已用完", "Today's unmaskings are used up"),
    ("second_factor_enrolment_required", "请先启用第二重验证", "Enrol a second factor first"),
    ("password_change_required", "请先修改密码", "Change the password first"),
    ("conflict", "同时有其他修改，请重试", "Concurrent change; try again"),
    ("storage_full", "存储空间不足或不可写", "The storage is full or not writable"),
    ("storage_unreachable", "存储暂时无法访问，请重试", "The storage does not respond; try again"),
    ("erased", "资料已按要求删除", "The data was erased"),
    ("storage_failed", "存储出错", "Storage error"),
    ("malformed_request", "请求格式有误", "The request is malformed"),
    ("overloaded", "系统繁忙，请稍后重试", "Too busy just now; try again"),
    ("body_too_slow", "请求内容未及时收到", "The request did not come in time"),
    ("timed_out", "处理超时，请用同一幂等键重试", "It took too long; try again with the same key"),
    ("too_large", "请求过大", "The request is too large"),
    ("unsupported_media_type", "正文类型不受支持", "The body is of a type that is not taken here"),
    ("foreign_origin", "不接受其他来源的请求", "Requests from other origins are refused"),
    ("no_such_path", "没有这个地址", "No such path"),
    ("no_such_method", "该地址不支持此方法", "The path does not support this method"),
    ("internal", "内部错误", "Internal error"),
];

fn title(code: &str, language: Language) -> &'static str {
    TITLES.iter().find(|(known, ..)| *known == code).map_or("?", |(_, chinese, english)| match language {
        Language::Chinese => chinese,
        Language::English => english,
    })
}

impl Failure {
    /// A failure with this status and code, said in the client's language.
    pub fn new(language: Language, status: StatusCode, code: &str, message: &Message) -> Self {
        let problem = Box::new((
            status,
            Problem {
                kind: format!("urn:hefu:problem:{code}"),
                title: title(code, language).into(),
                status: status.as_u16(),
                code: code.into(),
                detail: message.text(language),
                pointer: None,
                parameter: None,
                header: None,
                version: None,
                properties: Vec::new(),
            },
        ));
        Self(problem, 1)
    }

    /// The same about a part of the request.
    #[must_use]
    pub fn at(mut self, place: &Place) -> Self {
        let problem = &mut self.0.1;
        match place {
            Place::Request => {}
            Place::Body(pointer) => problem.pointer = Some(pointer.to_string()),
            Place::Parameter(name) => problem.parameter = Some(name.to_string()),
            Place::Header(name) => problem.header = Some((*name).to_owned()),
        }
        self
    }

    /// What a use case answered.
    pub fn of(language: Language, error: &AppError) -> Self {
        let status = match error {
            AppError::Rule(rule) => match rule.rule {
                Rule::Invalid
                | Rule::BadAmount
                | Rule::BadDates
                | Rule::TooManyPeople
                | Rule::WrongCurrency => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::CONFLICT,
            },
            AppError::NotFound { .. } => StatusCode::NOT_FOUND,
            AppError::Mistyped => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Ambiguous { .. } => StatusCode::CONFLICT,
            AppError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            AppError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Forbidden { .. } | AppError::SecondFactorNeeded => StatusCode::FORBIDDEN,
            AppError::NotSignedIn | AppError::SignInRefused => StatusCode::UNAUTHORIZED,
            AppError::TooManyAttempts { .. } | AppError::UnmaskingsSpent { .. } => {
                StatusCode::TOO_MANY_REQUESTS
            }
            AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            AppError::Store(_) => match error.code() {
                "conflict" => StatusCode::CONFLICT,
                "storage_full" => StatusCode::INSUFFICIENT_STORAGE,
                "storage_unreachable" => StatusCode::SERVICE_UNAVAILABLE,
                "erased" => StatusCode::GONE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        };
        if status.is_server_error() {
            tracing::error!(error = ?error, "a request failed");
        }
        let mut failure = Self::new(language, status, error.code(), &error.message()).at(error.place());
        let problem = &mut failure.0.1;
        match error {
            AppError::Stale { now } => problem.version = Some(*now),
            AppError::TooManyAttempts { seconds } | AppError::UnmaskingsSpent { seconds, .. } => {
                failure.1 = *seconds;
            }
            AppError::Ambiguous { properties, .. } => problem.properties.clone_from(properties),
            _ => {}
        }
        failure
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(failure, seconds) = self;
        let (status, problem) = *failure;
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A problem document as it is sent, for answers that are given often.
pub(crate) fn rendered(language: Language, status: StatusCode, code: &str, message: &Message) -> Bytes {
    let Failure(failure, _) = Failure::new(language, status, code, message);
    // Texts and numbers, which all have a form in JSON.
    serde_json::to_vec(&failure.1).unwrap_or_default().into()
}

/// Answers a path that is none.
pub async fn no_such_path(headers: HeaderMap) -> Failure {
    Failure::new(language_of(&headers), StatusCode::NOT_FOUND, "no_such_path", &Message::NoSuchPath)
}

/// Answers a method that a path does not take.
pub async fn no_such_method(headers: HeaderMap) -> Failure {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Failure::new(language_of(&headers), status, "no_such_method", &Message::NoSuchMethod)
}

/// Answers of the layers around the handlers, which know only a status, as problem documents.
pub(crate) async fn of_layers(request: Request, next: Next) -> Response {
    let language = language_of(request.headers());
    let response = next.run(request).await;
    let (code, message) = match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => ("timed_out", Message::TimedOut),
        StatusCode::INTERNAL_SERVER_ERROR => ("internal", Message::Internal),
        _ => return response,
    };
    // What a handler answered is JSON or a problem; layers say nothing but the status.
    let media = response.headers().get(header::CONTENT_TYPE);
    if media.is_some_and(|media| media == PROBLEM || media == "application/json") {
        return response;
    }
    Failure::new(language, response.status(), code, &message).into_response()
}

/// Answers a panic in a handler. The message stays in the log: it could hold anything.
pub(crate) fn handler_panicked(_: Box<dyn std::any::Any + Send>) -> axum::http::Response<Body> {
    tracing::error!("a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Answers a panic outside the handlers, where nobody knows the client's language.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::http::Response<Body> {
    tracing::error!("a layer panicked");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Failure::new(Language::English, status, "internal", &Message::Internal).into_response()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_rule_has_its_titles() {
        for rule in Rule::ALL {
            assert_ne!(title(rule.code(), Language::English), "?", "{rule}");
        }
    }

    #[test]
    fn the_first_known_language_counts() {
        let of = |text: &'static str| {
            language_of(&HeaderMap::from_iter([(
                header::ACCEPT_LANGUAGE,
                HeaderValue::from_bytes(text.as_bytes()).unwrap(),
            )]))
        };
        assert_eq!(of("fr, en;q=0.8, zh;q=0.5"), Language::English);
        assert_eq!(of("en;q=0.2, zh-CN"), Language::Chinese);
        assert_eq!(of("fr"), Language::Chinese);
        assert_eq!(of("ü, e"), Language::Chinese);
    }

    proptest! {
        #[test]
        fn no_language_panics(text in "[ -~]{0,40}", ranked in "((zh|en|fr)(-[A-Z]{2})?(;q=[0-9.]{0,4})?, ?){0,4}") {
            for text in [text, ranked] {
                let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::from_str(&text).unwrap())]);
                language_of(&headers);
            }
        }
    }
}
