//! `core/src/client/calls.rs`: the client's methods, one a call.

use std::collections::BTreeSet;

use wxpaykit::codes::Api;
use wxpaykit::registry;
use wxpaykit::table::{Endpoint, Field, FieldKind, Own, ReplyBody};

use crate::text::{File, line};

const HEAD: &str = "\
//! A method for each call of the table, under its own name.

// Written by `cargo xtask gen` from the table of calls; edit the table instead.

";

pub fn files() -> Vec<File> {
    let mut out = HEAD.to_owned();
    for import in imports() {
        line(&mut out, &format!("use {import};"));
    }
    for (group, receiver) in GROUPS {
        let of_group = |call: &&Endpoint| call.name.rsplit_once('.').map_or("", |(group, _)| group) == *group;
        line(&mut out, &format!("\nimpl {receiver} {{"));
        for (number, call) in registry::all().filter(of_group).enumerate() {
            if number > 0 {
                line(&mut out, "");
            }
            method(&mut out, call);
        }
        line(&mut out, "}");
    }
    vec![("core/src/client/calls.rs", out)]
}

/// Where the calls `group.name` become methods.
const GROUPS: &[(&str, &str)] =
    &[("", "WxPay"), ("oauth", "Oauth<'_>"), ("jssdk", "Jssdk<'_>"), ("v3", "V3<'_>"), ("wecom", "Wecom<'_>")];

/// In the order in which rustfmt has them.
fn imports() -> Vec<String> {
    let types = registry::all().flat_map(|call| {
        let is_document = call.reply_body != ReplyBody::Bill && !call.reply.is_acknowledgement();
        let reply = is_document.then_some((call.reply.module, call.reply.name));
        let path = |(module, name): (&str, _)| format!("{}::{name}", module.trim_start_matches("wxpaykit::"));
        [(call.module, call.request_type)].into_iter().chain(reply).map(path)
    });
    let types: BTreeSet<_> = types.chain(["error::Error".to_owned()]).collect();
    let types = types.into_iter().map(|path| format!("crate::{path}"));
    let own = [
        "super::bills::Bill",
        "super::inner::WxPay",
        "super::jssdk::Jssdk",
        "super::oauth::Oauth",
        "super::v3::V3",
        "super::wecom::Wecom",
    ]
    .map(str::to_owned);
    own.into_iter().chain(types).collect()
}

fn method(out: &mut String, call: &Endpoint) {
    for text in call.doc.lines() {
        line(out, &format!("    /// {}", text.trim()));
    }
    line(out, "    ///\n    /// # Errors");
    match call.api {
        Api::V3 => {
            line(out, "    /// Every [`Kind`](crate::error::Kind) but `OAuth`.");
            signature(out, call, &[format!("request: {}", call.request_type)]);
            if call.reply_body == ReplyBody::Bill {
                line(out, "        self.0.download(request).await\n    }");
            } else {
                send(out, call, "request");
            }
        }
        Api::V2 => {
            line(out, "    /// Every [`Kind`](crate::error::Kind) but `OAuth`.");
            signature(out, call, &[format!("request: {}", call.request_type)]);
            let send = if call.reply_body == ReplyBody::Bill { "download" } else { "send" };
            line(out, &format!("        self.{send}(request).await\n    }}"));
        }
        Api::Platform | Api::WeCom => {
            let secret = match () {
                () if call.api == Api::WeCom => "; `Config` without the settings of WeCom",
                () if call.carries(Own::AppSecret) => "; `Config` without an AppSecret",
                () => "",
            };
            line(out, &format!("    /// `OAuth`, `Transport`, `InvalidRequest`{secret}."));
            signature(out, call, &call.request.iter().map(argument).collect::<Vec<_>>());
            request(out, call);
        }
    }
}

/// A method of the open platform takes its fields one by one, in the order of the table.
fn argument(field: &Field) -> String {
    let must = field.required && field.default.is_none();
    let taken = match field.kind {
        FieldKind::Bool => "bool",
        FieldKind::Int | FieldKind::Fen => "i64",
        _ => "&str",
    };
    if must || taken == "bool" {
        format!("{}: {taken}", field.name)
    } else {
        format!("{}: Option<{taken}>", field.name)
    }
}

fn request(out: &mut String, call: &Endpoint) {
    let optional = |field: &&Field| argument(field).contains("Option");
    let mut made = format!("{}::new()", call.request_type);
    for field in call.request.iter().filter(|field| !optional(field)) {
        made.push_str(&format!(".{0}({0})", field.name));
    }
    if !call.request.iter().any(|field| optional(&field)) {
        if format!("        self.0.send({made}).await").len() <= WIDTH {
            send(out, call, &made);
            return;
        }
        // As rustfmt breaks it.
        line(
            out,
            &format!(
                "        let request = {}",
                made.replace("().", "()\n            .").replace(").", ")\n            .")
            ),
        );
        out.truncate(out.trim_end().len());
        line(out, ";");
        send(out, call, "request");
        return;
    }
    line(out, &format!("        let mut request = {made};"));
    for field in call.request.iter().filter(optional) {
        let value = if matches!(field.kind, FieldKind::Enum(_)) { ".into()" } else { "" };
        line(out, &format!("        if let Some({0}) = {0} {{", field.name));
        line(out, &format!("            request = request.{0}({0}{value});\n        }}", field.name));
    }
    send(out, call, "request");
}

fn send(out: &mut String, call: &Endpoint, request: &str) {
    if call.reply.is_acknowledgement() {
        line(out, &format!("        self.0.send({request}).await?;\n        Ok(())\n    }}"));
    } else {
        line(out, &format!("        self.0.send({request}).await\n    }}"));
    }
}

/// On one line where rustfmt would leave it there.
fn signature(out: &mut String, call: &Endpoint, arguments: &[String]) {
    let name = call.name.rsplit('.').next().unwrap_or(call.name);
    let arguments: Vec<_> = ["&self"].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    let reply = match call.reply_body {
        ReplyBody::Bill => "Bill",
        _ if call.reply.is_acknowledgement() => "()",
        _ => call.reply.name,
    };
    let short = format!("    pub async fn {name}({}) -> Result<{reply}, Error> {{", arguments.join(", "));
    if short.len() <= WIDTH {
        line(out, &short);
        return;
    }
    line(out, &format!("    pub async fn {name}("));
    for argument in arguments {
        line(out, &format!("        {argument},"));
    }
    line(out, &format!("    ) -> Result<{reply}, Error> {{"));
}

/// `max_width` of rustfmt.toml.
const WIDTH: usize = 120;
