//! The public key with which anybody checks the square code of a voucher, for everybody.

use axum::{extract::State, http::header, response::IntoResponse};

use crate::{
    app::App,
    problem::{Code, Problem, ReadProblems},
};

/// Show the public key of vouchers: the PEM text of an SM2 key.
#[utoipa::path(
    get, path = "/vouchers/key", tag = "vouchers", security(()),
    responses(
        (status = 200, body = String, content_type = "application/x-pem-file"),
        ReadProblems,
    ),
)]
pub(crate) async fn show(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let none = || Problem::from(Code::NotFound).saying("这个系统没有设置签券的密钥");
    let key = app.voucher_key().ok_or_else(none)?.public_key();
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], key.to_pem()))
}
