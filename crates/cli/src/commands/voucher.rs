//! `kangji voucher check`: whether the square code of a voucher is genuine, offline.

use kangji_redemption::voucher::{Face, FaceError};

use crate::{
    args::VoucherCheckArgs,
    failure::{Failure, Findings},
    keys,
    output::say,
};

pub(crate) fn run(args: &VoucherCheckArgs) -> Result<Findings, Failure> {
    let key = keys::public(&args.key)?;
    match Face::verified(args.text.trim(), &key) {
        Ok(face) => {
            let points = face.decimals.short(face.points);
            let until = match face.expires_on {
                Some(day) => format!("有效至 {}", day.previous()),
                None => "长期有效".to_owned(),
            };
            let (serial, scheme, issued) = (&face.serial, &face.scheme, face.issued_on);
            say(format_args!(
                "签名属实：{serial}，{points} 分，{until}，{issued} 发放，办法 {scheme}。\
                 是否已经兑换或挂失，要联网查。"
            ));
            Ok(Findings::None)
        }
        Err(FaceError::Form) => {
            say(format_args!("验证不通过：这不是积分券二维码里的文字，可能没有扫完整。"));
            Ok(Findings::Some)
        }
        Err(FaceError::Signature) => {
            say(format_args!("验证不通过：内容被改过，或者不是这把密钥签发的。"));
            Ok(Findings::Some)
        }
    }
}
