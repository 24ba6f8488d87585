//! The calls of the open platform, a row each.

use super::call::End::{CommaRid, Hint, Rid};
use super::call::Input::{AnyAndToken, Json, JsonAndToken, Query};
use super::call::Row;
use super::call::Rule::{App, Corp, Credentials, Grant, Need};
use super::miniprogram::PHONE_CODE;
use super::{account, component, miniprogram, oauth, wecom};

const ACCESS_TOKEN: super::call::Rule = Need("access_token", 41001, "access_token missing");

const COMPONENT: super::call::Rule = Need("component_appid", 41018, "missing component_appid");
const COMPONENT_TOKEN: super::call::Rule = Need("component_access_token", 41021, "missing component_access_token");

pub(crate) const ROWS: &[Row] = &[
    Row { path: "/cgi-bin/gettoken", input: Query, rules: &[Corp], end: Hint, behaviour: wecom::gettoken },
    Row {
        path: "/cgi-bin/auth/getuserinfo",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("code", 41008, "missing code")],
        end: Hint,
        behaviour: wecom::getuserinfo,
    },
    Row {
        path: "/cgi-bin/user/getuserinfo",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("code", 41008, "missing code")],
        end: Hint,
        behaviour: wecom::old_getuserinfo,
    },
    Row {
        path: "/cgi-bin/user/convert_to_openid",
        input: JsonAndToken,
        rules: &[ACCESS_TOKEN, Need("userid", 40003, "invalid userid")],
        end: Hint,
        behaviour: wecom::convert_to_openid,
    },
    Row {
        path: "/cgi-bin/get_jsapi_ticket",
        input: Query,
        rules: &[ACCESS_TOKEN],
        end: Hint,
        behaviour: wecom::get_jsapi_ticket,
    },
    Row {
        path: "/cgi-bin/ticket/get",
        input: Query,
        rules: &[ACCESS_TOKEN],
        end: Hint,
        behaviour: wecom::agent_ticket,
    },
    Row {
        path: "/sns/jscode2session",
        input: Query,
        rules: &[Credentials, Need("js_code", 41008, "missing code"), Grant("authorization_code")],
        end: CommaRid,
        behaviour: miniprogram::jscode2session,
    },
    Row {
        path: "/sns/component/jscode2session",
        input: Query,
        rules: &[
            Need("appid", 41002, "appid missing"),
            App,
            Need("js_code", 41008, "missing code"),
            Grant("authorization_code"),
            COMPONENT,
            COMPONENT_TOKEN,
        ],
        end: CommaRid,
        behaviour: component::jscode2session,
    },
    Row {
        path: "/wxa/checksession",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid"), Need("signature", 87009, "invalid signature")],
        end: Rid,
        behaviour: miniprogram::checksession,
    },
    Row {
        path: "/wxa/business/getuserphonenumber",
        input: AnyAndToken,
        rules: &[ACCESS_TOKEN, Need("code", 40029, PHONE_CODE)],
        end: Rid,
        behaviour: miniprogram::getuserphonenumber,
    },
    Row {
        path: "/cgi-bin/component/api_component_token",
        input: Json,
        rules: &[COMPONENT],
        end: Rid,
        behaviour: component::api_component_token,
    },
    Row {
        path: "/sns/oauth2/component/access_token",
        input: Query,
        rules: &[
            Need("appid", 41002, "appid missing"),
            App,
            Need("code", 41008, "missing code"),
            Grant("authorization_code"),
            COMPONENT,
            COMPONENT_TOKEN,
        ],
        end: CommaRid,
        behaviour: component::access_token,
    },
    Row {
        path: "/sns/oauth2/component/refresh_token",
        input: Query,
        rules: &[
            Need("appid", 41002, "appid missing"),
            Grant("refresh_token"),
            App,
            Need("refresh_token", 41003, "refresh_token missing"),
            COMPONENT,
            COMPONENT_TOKEN,
        ],
        end: CommaRid,
        behaviour: component::refresh_token,
    },
    Row {
        path: "/sns/oauth2/access_token",
        input: Query,
        rules: &[Credentials, Need("code", 41008, "missing code"), Grant("authorization_code")],
        end: CommaRid,
        behaviour: oauth::access_token,
    },
    Row {
        path: "/sns/oauth2/refresh_token",
        input: Query,
        rules: &[
            Need("appid", 41002, "appid missing"),
            Grant("refresh_token"),
            App,
            Need("refresh_token", 41003, "refresh_token missing"),
        ],
        end: CommaRid,
        behaviour: oauth::refresh_token,
    },
    Row {
        path: "/sns/userinfo",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid")],
        end: CommaRid,
        behaviour: oauth::userinfo,
    },
    Row {
        path: "/sns/auth",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid")],
        end: CommaRid,
        behaviour: oauth::auth,
    },
    Row {
        path: "/cgi-bin/token",
        input: Query,
        rules: &[Grant("client_credential"), Credentials],
        end: Rid,
        behaviour: account::token,
    },
    Row {
        path: "/cgi-bin/stable_token",
        input: Json,
        rules: &[Grant("client_credential"), Credentials],
        end: Rid,
        behaviour: account::stable_token,
    },
    Row {
        path: "/cgi-bin/ticket/getticket",
        input: Query,
        rules: &[ACCESS_TOKEN],
        end: Rid,
        behaviour: account::getticket,
    },
];
