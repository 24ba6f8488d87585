//! `jssdk`: the signature of a page for `wx.config`.

use clap::ArgMatches;
use wxpaykit::client::{nonce, now};
use wxpaykit::codes::Api;
use wxpaykit::doctor::Mistake;
use wxpaykit::doctor::config::{Evidence, PageSign, config};
use wxpaykit::platform::jssdk::{self, PageConfig};

use crate::input::{fields, given, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, NO, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    match matches.subcommand() {
        Some(("sign", matches)) => sign(session, matches),
        Some((_, matches)) => explain(session, matches),
        None => Ok(DONE),
    }
}

fn sign(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let url = matches.get_one::<String>("url").cloned().unwrap_or_default();
    let page = PageConfig { url, js_api_list: values(matches, "api"), ..PageConfig::default() };
    let config = match keys::ticket(session, matches)? {
        Some(ticket) => {
            let appid = keys::setting(session, "appid")?.ok_or_else(|| {
                let text = session.pick("appid is not set: set WXPAY_APPID", "没有设置 appid：请设置 WXPAY_APPID");
                Stop::Wrong(text.to_owned())
            })?;
            jssdk::config(&appid, &ticket, &page, now(), &nonce()?)?
        }
        None => {
            let pay = keys::client(session, matches, Api::Platform)?;
            session.wait(async { pay.jssdk().config(&page).await }, None)?
        }
    };
    session.print(&config.to_json());
    Ok(DONE)
}

fn explain(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let fields = fields(session, &given)?;
    let get = |name: &str| fields.filled(name).unwrap_or_default();
    if let Some(name) = ["nonceStr", "timestamp", "signature"].into_iter().find(|name| get(name).is_empty()) {
        let why =
            session.pick("is missing: give what the page gave to wx.config", "缺失：请给出页面传给 wx.config 的参数");
        return Err(Stop::Wrong(format!("{name} {why}")));
    }
    let url = matches.get_one::<String>("url").map(String::as_str).unwrap_or_default();
    let page = PageSign { nonce_str: get("nonceStr"), timestamp: get("timestamp"), signature: get("signature"), url };
    let ticket = keys::ticket(session, matches)?;
    let tickets: Vec<&str> = ticket.as_deref().into_iter().collect();
    let signed_url = matches.get_one::<String>("signed-url").map(String::as_str);
    let found = config(&page, &Evidence { tickets: &tickets, signed_url, ..Evidence::default() });
    let is_right = found.mistake == Mistake::NONE;
    show::explanation(session, &found, is_right);
    Ok(if is_right { DONE } else { NO })
}
