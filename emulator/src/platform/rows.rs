//! The calls of the open platform, a row each.

use super::call::Input::{Json, JsonAndToken, Query};
use super::call::Row;
use super::call::Rule::{App, Credentials, Grant, Need};
use super::{account, component, miniprogram, oauth};

const ACCESS_TOKEN: super::call::Rule = Need("access_token", 41001, "access_token missing");

const COMPONENT: super::call::Rule = Need("component_appid", 41018, "missing component_appid");
const COMPONENT_TOKEN: super::call::Rule = Need("component_access_token", 41021, "missing component_access_token");

pub(crate) const ROWS: &[Row] = &[
    Row {
        path: "/sns/jscode2session",
        input: Query,
        rules: &[Credentials, Need("js_code", 41008, "missing code"), Grant("authorization_code")],
        comma: true,
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
        comma: true,
        behaviour: component::jscode2session,
    },
    Row {
        path: "/wxa/checksession",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid"), Need("signature", 87009, "invalid signature")],
        comma: false,
        behaviour: miniprogram::checksession,
    },
    Row {
        path: "/wxa/business/getuserphonenumber",
        input: JsonAndToken,
        rules: &[ACCESS_TOKEN, Need("code", 40029, "invalid code")],
        comma: false,
        behaviour: miniprogram::getuserphonenumber,
    },
    Row {
        path: "/cgi-bin/component/api_component_token",
        input: Json,
        rules: &[COMPONENT],
        comma: false,
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
        comma: true,
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
        comma: true,
        behaviour: component::refresh_token,
    },
    Row {
        path: "/sns/oauth2/access_token",
        input: Query,
        rules: &[Credentials, Need("code", 41008, "missing code"), Grant("authorization_code")],
        comma: true,
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
        comma: true,
        behaviour: oauth::refresh_token,
    },
    Row {
        path: "/sns/userinfo",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid")],
        comma: true,
        behaviour: oauth::userinfo,
    },
    Row {
        path: "/sns/auth",
        input: Query,
        rules: &[ACCESS_TOKEN, Need("openid", 41009, "missing openid")],
        comma: true,
        behaviour: oauth::auth,
    },
    Row {
        path: "/cgi-bin/token",
        input: Query,
        rules: &[Grant("client_credential"), Credentials],
        comma: false,
        behaviour: account::token,
    },
    Row {
        path: "/cgi-bin/stable_token",
        input: Json,
        rules: &[Grant("client_credential"), Credentials],
        comma: false,
        behaviour: account::stable_token,
    },
    Row {
        path: "/cgi-bin/ticket/getticket",
        input: Query,
        rules: &[ACCESS_TOKEN],
        comma: false,
        behaviour: account::getticket,
    },
];
