//! `core/src/client/calls.rs`: the client's methods, one a call.

use std::collections::BTreeSet;

use wxpaykit::registry;
use wxpaykit::table::Endpoint;

use crate::text::{File, line};

const HEAD: &str = "\
//! A method for each call of the payment API, named as the last segment of its path.

// Written by `cargo xtask gen` from the table of calls; edit the table instead.

";

pub fn files() -> Vec<File> {
    let mut out = HEAD.to_owned();
    for import in imports() {
        line(&mut out, &format!("use {import};"));
    }
    line(&mut out, "\nimpl WxPay {");
    for (number, call) in registry::all().enumerate() {
        if number > 0 {
            line(&mut out, "");
        }
        method(&mut out, call);
    }
    line(&mut out, "}");
    vec![("core/src/client/calls.rs", out)]
}

/// In the order in which rustfmt has them.
fn imports() -> Vec<String> {
    let types = registry::all().flat_map(|call| {
        let module = call.module.trim_start_matches("wxpaykit::");
        [call.request_type, call.reply.name].map(|name| format!("{module}::{name}"))
    });
    let types: BTreeSet<_> = types.chain(["error::Error".to_owned()]).collect();
    let types = types.into_iter().map(|path| format!("crate::{path}"));
    ["super::inner::WxPay".to_owned()].into_iter().chain(types).collect()
}

fn method(out: &mut String, call: &Endpoint) {
    for text in call.doc.lines() {
        line(out, &format!("    /// {}", text.trim()));
    }
    line(out, "    ///\n    /// # Errors\n    /// Every [`Kind`](crate::error::Kind) but `OAuth`.");
    let (name, reply) = (call.name, call.reply.name);
    line(out, &signature(name, call.request_type, reply));
    line(out, "        self.send(request).await\n    }");
}

/// On one line where rustfmt would leave it there.
fn signature(name: &str, request: &str, reply: &str) -> String {
    let short = format!("    pub async fn {name}(&self, request: {request}) -> Result<{reply}, Error> {{");
    if short.len() <= WIDTH {
        return short;
    }
    format!("    pub async fn {name}(\n        &self,\n        request: {request},\n    ) -> Result<{reply}, Error> {{")
}

/// `max_width` of rustfmt.toml.
const WIDTH: usize = 120;
