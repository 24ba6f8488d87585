//! `docs/signature-errors.md` and `docs/zh/signature-errors.md`: the table of usual mistakes, in both languages.

use wxpaykit::doctor::{Language, Mistake, Proof};

use crate::text::{File, line};

pub fn files() -> Vec<File> {
    vec![
        ("docs/signature-errors.md", page(&ENGLISH, Language::English)),
        ("docs/zh/signature-errors.md", page(&CHINESE, Language::Chinese)),
    ]
}

/// What a page says around the table, in one language.
struct Text {
    /// All that stands before the tables.
    head: &'static str,
    /// The heads of the four columns.
    columns: [&'static str; 4],
    /// How a mistake is proved: recomputed, seen, likely.
    proofs: [&'static str; 3],
    /// The titles of the parts, in the order of [`PARTS`].
    parts: [&'static str; 5],
}

/// The code of the first mistake of each part. The table is in this order.
const PARTS: [&str; 5] = ["sign_missing", "refund_notification", "time_stamp", "no_ticket", "signature_probe"];

const ENGLISH: Text = Text {
    head: "\
# Signature errors (签名错误)

[简体中文](zh/signature-errors.md)

<!-- Written by `cargo xtask gen`; do not edit. -->

WeChat answers 签名错误 (`SIGNERROR`) and does not say why. Three ways to find out, each with the table below:

- **The emulator.** Send the request to `wxpaykit-emulator` instead of WeChat, with any SDK. Its page names the mistake, and shows the text
  that should be signed next to the text that was.
- **`explain`**, for a request, a notification or the parameters of a page, with any key. Nothing is sent.
- **The error.** `SignatureError.explanation` explains a reply or a notification. When WeChat refuses a request, the error has
  `string_to_sign`: the text that was signed, with the key as `***`.

```python
from wxpaykit import WxPay, explain, explain_jssdk, parse_xml, string_to_sign

pay = WxPay.from_env()


def why(message, key):  # a body as bytes or text, or a dict of its fields
    found = explain(message, key, api_v3_key=None, app_secret=None)
    return found.mistake, found.proved, found.field, str(found)


def signed(call, fields):  # what this SDK signs, to compare it with another program
    return string_to_sign(parse_xml(pay.request_body(call, **fields)))


def why_wx_config(config, page_url, signed_url):
    return explain_jssdk(config, page_url, signed_url=signed_url).mistake
```

In Node the functions are `explain(message, key)` and `explainJssdk(config, pageUrl, { signedUrl })`.

## Before anything else

| check | why |
|---|---|
| the API key is the one of APIv2 of this merchant number | the merchant platform has two keys, APIv2 and APIv3; the AppSecret is a third one, of the appid |
| the key was not reset after that | a new key holds at once, for all programs of the merchant |
| a service provider signs with its own key | not with the key of the sub-merchant |
| `sign_type` is sent, signed, and the same in the order, the query and the page's parameters | without it WeChat assumes MD5 |
| the bytes that are verified are the bytes that came | a parser, a proxy or a log changes them |
| the request is in UTF-8 without emoji | APIv2 takes characters of at most three bytes |

WeChat's own checker (微信支付接口签名校验工具) signs one set of fields with one key. Compare its text with `string_to_sign`, character by
character.
",
    columns: ["mistake", "what to do", "`mistake`", "found by"],
    proofs: ["recomputed", "seen", "likely"],
    parts: [
        "Requests and replies of APIv2",
        "Bodies that are not a signed message",
        "Parameters of a page, a mini program or an app (支付验证签名失败)",
        "wx.config (invalid signature)",
        "APIv3",
    ],
};

const CHINESE: Text = Text {
    head: "\
# 签名错误

[English](../signature-errors.md)

<!-- 由 `cargo xtask gen` 生成，请勿修改。 -->

微信只返回“签名错误”（`SIGNERROR`），不说原因。有三种办法查明，用的都是下面的表：

- **模拟器。** 用任何 SDK 把请求发给 `wxpaykit-emulator`，而不是微信。它的页面会指出是哪种错误，并把应当签名的字符串与实际签名的字符串并排显示。
- **`explain`**，用于请求、通知或调起支付的参数，密钥任意。不发送任何内容。
- **异常。** `SignatureError.explanation` 解释应答或通知为什么验签失败；微信拒绝请求时，异常的 `string_to_sign` 是签名原文，密钥显示为 `***`。

```python
from wxpaykit import WxPay, explain, explain_jssdk, parse_xml, string_to_sign

pay = WxPay.from_env()


def why(message, key):  # 报文（bytes 或 str），或字段的 dict
    found = explain(message, key, api_v3_key=None, app_secret=None)
    return found.mistake, found.proved, found.field, str(found)


def signed(call, fields):  # 这个 SDK 的签名原文，用来与别的程序对照
    return string_to_sign(parse_xml(pay.request_body(call, **fields)))


def why_wx_config(config, page_url, signed_url):
    return explain_jssdk(config, page_url, signed_url=signed_url).mistake
```

Node 里的函数是 `explain(message, key)` 和 `explainJssdk(config, pageUrl, { signedUrl })`。

## 先检查这些

| 检查 | 原因 |
|---|---|
| API 密钥是这个商户号的 APIv2 密钥 | 商户平台上有 APIv2 和 APIv3 两个密钥；AppSecret 又是另一个，属于 appid |
| 密钥没有被人重置过 | 新密钥立即生效，对商户的所有程序都一样 |
| 服务商用自己的密钥签名 | 不用子商户的密钥 |
| `sign_type` 发送了，参与了签名，而且下单、查询和调起支付时一致 | 不传时微信按 MD5 处理 |
| 验签用的是收到的原始字节 | 解析器、代理和日志会改变内容 |
| 请求是 UTF-8，没有表情符号 | APIv2 只接受最多三字节的字符 |

微信支付接口签名校验工具可以用一个密钥对一组字段签名；请把它的字符串与 `string_to_sign` 逐字对照。
",
    columns: ["错误", "怎么办", "`mistake`", "依据"],
    proofs: ["重算得出", "报文可见", "只是可能"],
    parts: [
        "APIv2 的请求和应答",
        "不是带签名报文的请求体",
        "调起支付的参数（支付验证签名失败）",
        "wx.config（invalid signature）",
        "APIv3",
    ],
};

fn page(text: &Text, language: Language) -> String {
    let mut out = text.head.to_owned();
    line(&mut out, proof_note(language));
    let mut parts = PARTS.iter().zip(text.parts).peekable();
    for mistake in Mistake::ALL.iter().filter(|mistake| **mistake != Mistake::NONE) {
        if let Some((_, title)) = parts.next_if(|(first, _)| **first == mistake.code()) {
            let [wrong, advice, code, proof] = text.columns;
            line(&mut out, &format!("\n## {title}\n\n| {wrong} | {advice} | {code} | {proof} |\n|---|---|---|---|"));
        }
        let [recomputed, seen, likely] = text.proofs;
        let proof = match mistake.proof() {
            Proof::Recomputed => recomputed,
            Proof::Seen => seen,
            Proof::Likely => likely,
        };
        let of_request = mistake.advice_of_request(language).map(|advice| match language {
            Language::English => format!(". A request of APIv3: {advice}"),
            Language::Chinese => format!("APIv3 的请求：{advice}"),
        });
        let advice = format!("{}{}", mistake.advice(language), of_request.unwrap_or_default());
        let (title, advice) = (cell(mistake.title(language)), cell(&advice));
        line(&mut out, &format!("| {title} | {advice} | `{}` | {proof} |", mistake.code()));
    }
    out
}

fn proof_note(language: Language) -> &'static str {
    match language {
        Language::English => {
            "\nIn the tables, *recomputed* means that a signature made with the mistake equals the one in the message, so the mistake is \
             proved (`proved`); *seen* means that the message itself shows it; *likely* is a guess."
        }
        Language::Chinese => {
            "\n表中“重算得出”表示按这种错误重算的签名与报文里的签名相同，因此得到证明（`proved`）；“报文可见”表示报文本身就能看出；“只是可能”是推测。"
        }
    }
}

/// Text in a table's cell, where markup would be read.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('&', "&amp;").replace('<', "&lt;")
}
