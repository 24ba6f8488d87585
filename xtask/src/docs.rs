//! `docs/reference.md` and `docs/zh/reference.md`: every call and document of the table, field by field.

use std::io;

use wxpaykit::bill::{CellKind, Column};
use wxpaykit::codes::{self, Api, ErrorCode, Meaning};
use wxpaykit::doctor::Language;
use wxpaykit::registry;
use wxpaykit::retry::{self, Failure, RetryClass};
use wxpaykit::table::{Endpoint, Field, FieldKind, Method, Need, Record, ReplyBody};
use wxpaykit::{Outcome, SignType};

use crate::text::{File, limit, line};

/// The Chinese of what nothing but the reference says: blocks of a name and its text.
const ERRORS: &str = include_str!("chinese/errors.txt");
const COLUMNS: &str = include_str!("chinese/columns.txt");

pub fn files() -> io::Result<Vec<File>> {
    Ok(vec![("docs/reference.md", page(Language::English)?), ("docs/zh/reference.md", page(Language::Chinese)?)])
}

fn page(language: Language) -> io::Result<String> {
    let mut out = language
        .pick(
            "# Reference\n\n[简体中文](zh/reference.md)\n\n<!-- Written by `cargo xtask gen`; do not edit. -->\n\n\
             Names are the wire's own, in Rust, Python and Node alike. Amounts are integers of fen (分); times are Beijing time.\n\n\
             [Calls](#calls) · [Documents](#documents) · [Columns of bills](#columns-of-bills) · [When a call fails](#when-a-call-fails) · [Codes of WeChat](#codes-of-wechat) · \
             [Codes of errors](#codes-of-errors)\n",
            "# 接口和字段\n\n[English](../reference.md)\n\n<!-- 由 `cargo xtask gen` 生成，请不要修改。 -->\n\n\
             字段名与微信的相同，Rust、Python 和 Node 里一样。金额是以分为单位的整数，时间是北京时间。\n\n\
             [接口](#接口) · [报文和对象](#报文和对象) · [账单的列](#账单的列) · [调用失败时](#调用失败时) · [微信的错误码](#微信的错误码) · [异常的错误码](#异常的错误码)\n",
        )
        .to_owned();
    calls(&mut out, language);
    documents(&mut out, language);
    bill_columns(&mut out, language)?;
    failures(&mut out, language);
    codes_of_wechat(&mut out, language);
    codes_of_errors(&mut out, language)?;
    Ok(out)
}

/// The Chinese text of a name, out of one of the files.
fn chinese(file: &'static str, name: &str) -> io::Result<&'static str> {
    let mut blocks = file.trim_end().split("\n\n").filter_map(|block| block.split_once('\n'));
    let found = blocks.find(|(first, _)| *first == name).map(|(_, text)| text);
    found.ok_or_else(|| io::Error::other(format!("xtask/src/chinese has no Chinese of {name}")))
}

fn calls(out: &mut String, language: Language) {
    line(
        out,
        language.pick(
            "\n## Calls\n\n| call | path | certificate | signatures | [class](#when-a-call-fails) |\n|---|---|---|---|---|",
            "\n## 接口\n\n| 接口 | 路径 | 商户证书 | 签名 | [类别](#调用失败时) |\n|---|---|---|---|---|",
        ),
    );
    for call in registry::all() {
        let signs: Vec<_> = match call.api {
            Api::V3 => vec!["RSA"],
            _ => call.sign_types.iter().map(|sign: &SignType| sign.as_str()).collect(),
        };
        let anchor = call.name.replace('.', "");
        let cert = if call.cert { language.pick("yes", "需要") } else { language.pick("no", "不需要") };
        let (name, class) = (call.name, call.retry.as_str());
        line(out, &format!("| [`{name}`](#{anchor}) | `{}` | {cert} | {} | `{class}` |", call.path, signs.join(", ")));
    }
    for call in registry::all() {
        section(out, call, language);
    }
    line(
        out,
        language.pick(
            "\n### Fields of every APIv2 request\n\nThe settings of the client hold where these are left out.\n",
            "\n### 所有 APIv2 请求的字段\n\n不填时用客户端的配置。\n",
        ),
    );
    table(out, registry::of(Api::V2).take(1).flat_map(Endpoint::common), language);
}

fn documents(out: &mut String, language: Language) {
    line(out, language.pick("\n## Documents", "\n## 报文和对象"));
    let objects = registry::objects(Api::V3).into_iter().chain(registry::parts(Api::V3));
    for record in registry::DOCUMENTS.iter().copied().chain(objects) {
        line(out, &format!("\n### {}\n\n{}\n", record.name, flat(record.doc_in(language), language)));
        table(out, record.fields, language);
        lists(out, record, language);
    }
}

fn bill_columns(out: &mut String, language: Language) -> io::Result<()> {
    line(
        out,
        language.pick("\n## Columns of bills\n\nThe cells of a row, and of the totals at the end, under the names that they have in Rust, Python and \
         Node. A column that is not here keeps WeChat's name. See [Bills](bills.md).\n\n\
         | name | holds | WeChat's names | meaning |\n|---|---|---|---|",
            "\n## 账单的列\n\n一行和末尾汇总的各列，在 Rust、Python 和 Node 里用这些名称。不在表里的列保持微信的名称。见[账单](bills.md)。\n\n\
             | 名称 | 类型 | 微信的名称 | 含义 |\n|---|---|---|---|",
        ),
    );
    for column in Column::ALL {
        let holds = match column.kind() {
            CellKind::Time => language.pick("time", "时间"),
            CellKind::Fen => language.pick("fen", "分"),
            CellKind::Fee => language.pick("yuan, five decimals", "元，五位小数"),
            CellKind::Count => language.pick("integer", "整数"),
            CellKind::Id | CellKind::Word => language.pick("text; none for `0`", "文本；`0` 视为没有"),
            CellKind::Text | CellKind::Free => language.pick("text", "文本"),
        };
        let names: Vec<_> = column.headers().iter().chain(column.totals()).copied().collect();
        let (names, doc) = match language {
            Language::English => (names.join(", "), column.doc()),
            Language::Chinese => (names.join("、"), chinese(COLUMNS, column.name())?),
        };
        line(out, &format!("| `{}` | {holds} | {names} | {doc} |", column.name()));
    }
    Ok(())
}

/// For each failure and each class of calls, what is known afterwards: `retry::known`, walked.
fn failures(out: &mut String, language: Language) {
    out.push_str(language.pick(
        "\n## When a call fails\n\nThe client repeats a call by itself, byte for byte, within `timeout` and `max_network_retries`, \
         where that cannot move money twice. An error's `retry` says what is safe afterwards. Both depend on the call's class:\n\n\
         | class | what repeating does | calls |\n|---|---|---|\n",
        "\n## 调用失败时\n\n在不会重复付款或退款的前提下，客户端会在 `timeout` 和 `max_network_retries` 之内自动重发同样的请求。此后怎样做是安全的，见异常的 `retry`。\
         两者都取决于接口的类别：\n\n\
         | 类别 | 重复调用的结果 | 接口 |\n|---|---|---|\n",
    ));
    for class in RetryClass::ALL {
        line(
            out,
            &format!("| `{}` | {} | {} |", class.as_str(), class_text(class, language), members(class, language)),
        );
    }
    let classes = RetryClass::ALL.map(|class| format!("`{}`", class.as_str())).join(" | ");
    line(
        out,
        language.pick(
            "\n`retry` of the error, and * where the client has repeated the call before:\n",
            "\n异常的 `retry`；* 表示客户端在此之前已自动重试：\n",
        ),
    );
    let heads = language.pick("failure | did WeChat act?", "失败 | 微信是否已处理");
    line(out, &format!("| {heads} | {classes} |\n|---|---|---|---|---|---|"));
    for failure in Failure::ALL {
        let cell = |class| {
            let advice = retry::advice(class, failure);
            format!("`{}`{}", advice.retry.as_str(), if advice.repeated { " \\*" } else { "" })
        };
        let cells = RetryClass::ALL.map(cell).join(" | ");
        let acted = match failure.outcome() {
            Outcome::Unknown => language.pick("unknown", "未知"),
            _ => language.pick("no", "没有"),
        };
        line(out, &format!("| {} | {acted} | {cells} |", failure_text(failure, language)));
    }
    out.push_str(language.pick(
        "\nThe first attempt has half of `timeout` for its answer where another may follow, so that a silent host gives way to its \
         backup. After an attempt that may have arrived, a later one that was not sent is `unknown` too.\n",
        "\n后面还可以重试时，第一次请求最多等待 `timeout` 的一半，这样没有响应的域名会换成备用域名。某次请求可能已到达时，即使后一次没有发出，结果也是 `unknown`。\n",
    ));
}

fn class_text(class: RetryClass, language: Language) -> &'static str {
    match class {
        RetryClass::Safe => language.pick("nothing changes", "没有影响"),
        RetryClass::SameRequest => {
            language.pick("the same number with the same fields does the job once", "相同的单号和相同的字段只处理一次")
        }
        RetryClass::QueryFirst => {
            language.pick("it may do the job twice: query the state first", "可能处理两次：请先查询状态")
        }
        RetryClass::Once => language.pick(
            "not safe: the request consumes its argument, and there is nothing to query",
            "不安全：请求会用掉它的参数，也没有可以查询的",
        ),
    }
}

fn members(class: RetryClass, language: Language) -> String {
    let usual = registry::all().filter(|call| call.retry == class).map(|call| format!("`{}`", call.name));
    let with = registry::all().filter_map(|call| match call.retry_with {
        Some((field, value, other)) if other == class => Some(match language {
            Language::English => format!("`{}` with `{field}` {value}", call.name),
            Language::Chinese => format!("`{}`（`{field}` 为 {value}）", call.name),
        }),
        _ => None,
    });
    usual.chain(with).collect::<Vec<_>>().join(language.pick(", ", "、"))
}

fn failure_text(failure: Failure, language: Language) -> &'static str {
    let (english, chinese) = match failure {
        Failure::NotSent => {
            ("no connection (`TransportError`, `not_sent`)", "没有连上（`TransportError`，`not_sent`）")
        }
        Failure::TimedOut => (
            "no answer within the time limit (`TransportError`, `unknown`)",
            "时限内没有应答（`TransportError`，`unknown`）",
        ),
        Failure::NoAnswer => (
            "no usable answer: a broken connection, a gateway's page (`TransportError`, `unknown`)",
            "没有可用的应答：连接中断、网关的页面（`TransportError`，`unknown`）",
        ),
        Failure::NotAuthentic => (
            "an answer that is not authentic, or belongs to another request (`SignatureError`, `PaymentMismatch`)",
            "应答的签名不正确，或属于另一个请求（`SignatureError`、`PaymentMismatch`）",
        ),
        Failure::Trouble => ("WeChat failed: [trouble](#codes-of-wechat)", "微信出错：[系统异常](#微信的错误码)"),
        Failure::TooMany => ("[too many](#codes-of-wechat) requests", "请求[过于频繁](#微信的错误码)"),
        Failure::AskFirst => ("refused: [ask first](#codes-of-wechat)", "被拒绝：[先查询](#微信的错误码)"),
        Failure::Later => ("refused: [later](#codes-of-wechat)", "被拒绝：[稍后重试](#微信的错误码)"),
        Failure::Refused => ("any other refusal", "其他拒绝"),
    };
    language.pick(english, chinese)
}

/// The table of codes, by whose they are.
fn codes_of_wechat(out: &mut String, language: Language) {
    out.push_str(language.pick(
        "\n## Codes of WeChat\n\n`err_code` and `return_msg` of APIv2 (`BusinessError`, `ProtocolError`), `code` of APIv3, `errcode` of the \
         open platform and of WeCom (`OAuthError`). Spellings with and without `_` are equal. A code that is not here is final.\n",
        "\n## 微信的错误码\n\nAPIv2 的 `err_code` 和 `return_msg`（`BusinessError`、`ProtocolError`），APIv3 的 `code`，开放平台和企业微信的 `errcode`（`OAuthError`）。\
         有没有 `_` 都一样。不在表里的错误码视为最终失败。\n",
    ));
    for (api, title) in [
        (Api::V2, "APIv2"),
        (Api::V3, "APIv3"),
        (Api::Platform, language.pick("The open platform: login, tokens, tickets", "开放平台：登录、token、ticket")),
        (Api::WeCom, language.pick("WeCom", "企业微信")),
    ] {
        let heads = language.pick(
            "code | meaning | what to do | 说明 |\n|---|---|---|---|",
            "错误码 | 含义 | 处理办法 |\n|---|---|---|",
        );
        line(out, &format!("\n### {title}\n\n| {heads}"));
        for row in codes::ROWS.iter().filter(|row| row.apis.contains(&api)) {
            let names: Vec<_> = row.names.iter().map(wechat_name).collect();
            let (comma, meaning) = (language.pick(", ", "、"), meaning_text(row.meaning, language));
            let of_api = |call: &&&str| call.starts_with("v3.") == (api == Api::V3);
            let calls: Vec<_> = row.calls.iter().filter(of_api).map(|call| format!("`{call}`")).collect();
            let calls = match calls.is_empty() {
                true => String::new(),
                false => language.pick(format!(" ({})", calls.join(comma)), format!("（{}）", calls.join(comma))),
            };
            let names = names.join(comma) + &calls;
            let english = language.pick(format!("{} | ", cell(row.english)), String::new());
            line(out, &format!("| {names} | {meaning} | {english}{} |", cell(row.chinese)));
        }
    }
}

fn codes_of_errors(out: &mut String, language: Language) -> io::Result<()> {
    out.push_str(language.pick(
        "\n## Codes of errors\n\n`code` of an error, the same in Rust, Python and Node. The codes stay as they are; new ones may be added.\n\n\
         | code | class | meaning |\n|---|---|---|\n",
        "\n## 异常的错误码\n\n异常的 `code`，在 Rust、Python 和 Node 里相同。已有的不会改变，以后可能增加。\n\n\
         | code | 异常类 | 含义 |\n|---|---|---|\n",
    ));
    for code in ErrorCode::ALL {
        let class = if code.class().is_empty() { String::new() } else { format!("`{}`", code.class()) };
        let doc = match language {
            Language::English => code.doc(),
            Language::Chinese => chinese(ERRORS, code.as_str())?,
        };
        line(out, &format!("| `{}` | {class} | {} |", code.as_str(), flat(doc, language)));
    }
    Ok(())
}

fn wechat_name(name: &codes::Name) -> String {
    match (name.code, name.words) {
        ("", words) => words.to_owned(),
        (code, "") => format!("`{code}`"),
        (code, words) => format!("`{code}` {words}"),
    }
}

fn meaning_text(meaning: Meaning, language: Language) -> &'static str {
    let (english, chinese) = match meaning {
        Meaning::Trouble => ("trouble", "系统异常"),
        Meaning::TooMany => ("too many", "过于频繁"),
        Meaning::AskFirst => ("ask first", "先查询"),
        Meaning::Later => ("later", "稍后重试"),
        Meaning::DeadToken => ("token ended", "token 失效"),
        Meaning::NotFound => ("not found", "不存在"),
        Meaning::Final => ("final", "最终失败"),
    };
    language.pick(english, chinese)
}

/// Text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn section(out: &mut String, call: &Endpoint, language: Language) {
    line(out, &format!("\n### {}\n\n{}\n", call.name, flat(call.doc_in(language), language)));
    paths(out, call, language);
    line(out, language.pick("Request:\n", "请求：\n"));
    table(out, call.request, language);
    for need in call.needs {
        line(out, &format!("\n{}", needed(need, language)));
    }
    for own in call.limits {
        line(out, &format!("\n{}", limit(own, "`", language)));
    }
    if call.reply_body == ReplyBody::Bill {
        line(
            out,
            language.pick(
                "\nReply: the rows of a bill, see [Bills](bills.md) and [their columns](#columns-of-bills).",
                "\n应答：账单的各行，见[账单](bills.md)和[账单的列](#账单的列)。",
            ),
        );
        return;
    }
    let reply = call.reply.name;
    line(out, &language.pick(format!("\nReply, `{reply}`:\n"), format!("\n应答，`{reply}`：\n")));
    table(out, call.reply.fields, language);
    for need in merged(call.reply.needs, language) {
        line(out, &format!("\n{need}"));
    }
    lists(out, call.reply, language);
}

/// The paths of a call of APIv3, a line each.
fn paths(out: &mut String, call: &Endpoint, language: Language) {
    if call.api != Api::V3 {
        return;
    }
    let method = if call.method == Method::Get { "GET" } else { "POST" };
    let partner = call.partner.map(|partner| partner.path).filter(|path| *path != call.path);
    let (providers, with, colon) = language.pick(("service providers", "with", ": "), ("服务商", "用", "："));
    line(out, &format!("- `{method} {}`", call.path));
    if let Some((field, [path, _])) = call.by {
        line(out, &format!("- {with} `{field}`{colon}`{method} {path}`"));
    }
    if let Some(path) = partner {
        line(out, &format!("- {providers}{colon}`{method} {path}`"));
    }
    // A call without a form for service providers has no such path.
    if let Some((field, [direct, path])) = call.by
        && call.partner.is_some()
        && path != direct
    {
        let comma = language.pick(", ", "，");
        line(out, &format!("- {providers}{comma}{with} `{field}`{colon}`{method} {path}`"));
    }
    line(out, "");
}

/// What is there when a field of the reply has a value, one sentence for all values that say the same.
fn merged(needs: &[Need], language: Language) -> Vec<String> {
    let mut found: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for need in needs {
        let (Some((name, Some(value))), [field]) = (need.when, need.any) else { continue };
        match found.iter_mut().find(|(same, values, _)| *same == name && *values == [value]) {
            Some((_, _, fields)) => fields.push(field),
            None => found.push((name, vec![value], vec![field])),
        }
    }
    let mut all: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for (name, values, fields) in found {
        match all.iter_mut().find(|(same, _, there)| *same == name && *there == fields) {
            Some((_, more, _)) => more.extend(values),
            None => all.push((name, values, fields)),
        }
    }
    let between = language.pick(", ", "、");
    let code = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(between);
    all.iter()
        .map(|(name, values, fields)| match language {
            Language::English => format!("Always there with `{name}` {}: {}.", values.join(" or "), code(fields)),
            Language::Chinese => format!("`{name}` 为 {} 时一定有：{}。", values.join(" 或 "), code(fields)),
        })
        .collect()
}

fn lists(out: &mut String, record: &Record, language: Language) {
    for list in record.lists {
        let (name, item) = (list.name, list.item.name);
        line(
            out,
            &match language {
                Language::English => format!("\n`{name}`: its numbered fields as a list of `{item}`."),
                Language::Chinese => format!("\n`{name}`：带编号的字段，作为 `{item}` 的列表。"),
            },
        );
    }
}

fn needed(need: &Need, language: Language) -> String {
    let names: Vec<_> = need.any.iter().map(|name| format!("`{name}`")).collect();
    let (and, or) = (names.join(language.pick(" and ", " 和 ")), names.join(language.pick(" or ", " 或 ")));
    let [english, chinese] = match (need.exclusive, need.when) {
        (true, _) => [format!("Exactly one of {and} is needed."), format!("{and} 二选一，必填。")],
        (false, Some((name, Some(value)))) => {
            [format!("With `{name}` {value}, {or} is needed."), format!("`{name}` 为 {value} 时，{or} 必填。")]
        }
        (false, Some((name, None))) => {
            [format!("With `{name}`, {or} is needed."), format!("有 `{name}` 时，{or} 必填。")]
        }
        (false, None) => [format!("{or} is needed."), format!("{or} 必填。")],
    };
    language.pick(english, chinese)
}

fn table(out: &mut String, fields: impl IntoIterator<Item = &'static Field>, language: Language) {
    line(
        out,
        language.pick(
            "| field | holds | present | meaning |\n|---|---|---|---|",
            "| 字段 | 类型 | 必填 | 含义 |\n|---|---|---|---|",
        ),
    );
    for field in fields {
        let presence = match (field.default, field.required) {
            (Some(default), _) => language.pick(format!("`{default}` when left out"), format!("不填为 `{default}`")),
            (None, _) if field.from_merchant => {
                language.pick("the client's setting when left out", "不填时用客户端的配置").to_owned()
            }
            (None, true) => language.pick("always", "是").to_owned(),
            (None, false) => String::new(),
        };
        let doc = flat(field.doc_in(language), language);
        line(out, &format!("| `{}` | {} | {presence} | {doc} |", field.name, holds(field, language)));
    }
}

/// The longest text that fits into the encryption of a platform key of 2048 bits.
const LONGEST_SENSITIVE: usize = 214;

fn holds(field: &Field, language: Language) -> String {
    let (english, chinese) = match field.kind {
        FieldKind::Text => ("text", "文本"),
        FieldKind::Id => ("text without white space", "文本，没有空白字符"),
        FieldKind::OutNo => ("digits, letters, `_ - \\| * @`", "数字、字母、`_ - \\| * @`"),
        FieldKind::TradeNo => ("digits, letters, `_ - \\| *`", "数字、字母、`_ - \\| *`"),
        FieldKind::BillNo => ("digits and letters", "数字和字母"),
        FieldKind::GoodsNo => ("digits, letters, `_ -`", "数字、字母、`_ -`"),
        FieldKind::AuthCode => ("18 digits, the first two 10 to 15", "18 位数字，前两位为 10 到 15"),
        FieldKind::Currency => ("currency, ISO 4217", "币种，ISO 4217"),
        FieldKind::Ip => ("IPv4 or IPv6 address", "IPv4 或 IPv6 地址"),
        FieldKind::Url => ("absolute URL without a query", "完整的地址，不带参数"),
        FieldKind::Int => ("integer", "整数"),
        FieldKind::Fen => ("fen", "分"),
        FieldKind::Time => ("time", "时间"),
        FieldKind::Instant => ("time, `2018-06-08T10:34:56+08:00`", "时间，`2018-06-08T10:34:56+08:00`"),
        FieldKind::Date => ("day, `yyyyMMdd` or `yyyy-MM-dd`", "日期，`yyyyMMdd` 或 `yyyy-MM-dd`"),
        FieldKind::Day => ("day, `yyyy-MM-dd`", "日期，`yyyy-MM-dd`"),
        FieldKind::Bool => ("`true` or `false`", "`true` 或 `false`"),
        FieldKind::Json => ("JSON", "JSON"),
        FieldKind::Record(record) => {
            let most = match (field.max, language) {
                (0, _) => String::new(),
                (max, Language::English) => format!(", at most {max} bytes"),
                (max, Language::Chinese) => format!("，最长 {max} 字节"),
            };
            return format!("{}{}{most}", language.pick("an object, ", "对象，"), record.name);
        }
        FieldKind::List(record) if field.least > 0 || field.max > 0 => {
            let name = record.name;
            let [english, chinese] = match (field.least, field.max) {
                (0, max) => [format!("at most {max} objects"), format!("最多 {max} 个")],
                (1, 0) => ["at least one object".to_owned(), "至少 1 个".to_owned()],
                (least, 0) => [format!("at least {least} objects"), format!("至少 {least} 个")],
                (least, max) => [format!("{least} to {max} objects"), format!("{least} 到 {max} 个")],
            };
            return language.pick(format!("a list of {english}, {name}"), format!("对象的列表，{chinese}，{name}"));
        }
        FieldKind::List(record) => {
            return format!("{}{}", language.pick("a list of objects, ", "对象的列表，"), record.name);
        }
        FieldKind::Enum(values) => {
            let values = values.iter().map(|value| format!("`{value}`"));
            return values.collect::<Vec<_>>().join(language.pick(", ", "、"));
        }
    };
    let encrypted = match (field.sensitive, language) {
        (false, _) => String::new(),
        (true, Language::English) => format!("; encrypted, at most {LONGEST_SENSITIVE} bytes of UTF-8"),
        (true, Language::Chinese) => format!("；加密，UTF-8 编码最长 {LONGEST_SENSITIVE} 字节"),
    };
    let limit = match (field.least, field.max, language) {
        (0, 0, _) => String::new(),
        (0, max, Language::English) => format!(", at most {max}"),
        (0, max, Language::Chinese) => format!("，最长 {max}"),
        (least, max, Language::English) => format!(", {least} to {max}"),
        (least, max, Language::Chinese) => format!("，长 {least} 到 {max}"),
    };
    format!("{}{limit}{encrypted}", language.pick(english, chinese))
}

/// On one line, as a table wants it.
fn flat(doc: &str, language: Language) -> String {
    match language {
        Language::English => doc.split_whitespace().collect::<Vec<_>>().join(" "),
        // Lines of Chinese end with a mark, which needs no blank after it.
        Language::Chinese => doc.lines().map(str::trim).collect(),
    }
}
