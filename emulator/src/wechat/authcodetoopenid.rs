//! `/tools/authcodetoopenid`: the openid of the customer whose payment code was scanned (protocol §3.11).

use std::sync::Arc;

use wxpaykit::Fields;

use super::micropay::{is_pay_code, refused};
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::world::merchant::openid_of;
use crate::world::pay_codes::PayCodeError;
use crate::world::people::Person;

pub(crate) fn ask(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let code = fields.get("auth_code").unwrap_or_default();
    if !is_pay_code(code) {
        return Ok(Verdict::Fail(BusinessError::new("AUTH_CODE_ERROR", "授权码错误"), Vec::new()));
    }
    let key = match app.state().pay_codes.ask(code, &caller.merchant.mch_id, app.clock.now()) {
        Ok(key) => key,
        Err(PayCodeError::Expired) => {
            return Ok(Verdict::Fail(BusinessError::new("AUTHCODEEXPIRE", "授权码过期"), Vec::new()));
        }
        Err(unfit) => return Ok(refused(unfit)),
    };
    let person = Person::by_key(&app.registry, &key);
    let of = |appid: &str| {
        let known = person.as_ref().and_then(|person| person.openid(&app.registry, appid));
        known.unwrap_or_else(|| openid_of(appid, &key))
    };
    let mut reply: Vec<Field> = vec![("openid".into(), of(fields.get("appid").unwrap_or_default()).into())];
    reply.extend(fields.filled("sub_appid").map(|appid| ("sub_openid".into(), of(appid).into())));
    Ok(Verdict::Success(reply))
}
