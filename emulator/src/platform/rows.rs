//! The calls of the open platform, a row each.

use super::call::Input::{Json, Query};
use super::call::Row;
use super::call::Rule::{App, Credentials, Grant, Need};
use super::{account, oauth};

const ACCESS_TOKEN: super::call::Rule = Need("access_token", 41001, "access_token missing");

pub(crate) const ROWS: &[Row] = &[
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
