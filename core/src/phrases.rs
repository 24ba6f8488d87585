//! The rules of fields and settings in Chinese, by their English texts: one table for every error that says them.

/// A rule in both languages. `{}` stands for what differs, such as a number or the name of a field; Chinese has it as `{1}`, `{2}` …
pub(crate) type Phrase = (&'static str, &'static str);

/// What a type is called in a rule.
const WORDS: &[Phrase] = &[
    ("text", "文本"),
    ("an integer", "整数"),
    ("a boolean", "布尔值"),
    ("a time", "时间"),
    ("a date", "日期"),
    ("an object", "对象"),
    ("a list", "列表"),
    ("a float", "浮点数"),
    ("a decimal", "小数"),
    ("true or false", "true 或 false"),
    ("a time with its zone, or yyyyMMddHHmmss in Beijing time", "带时区的时间，或北京时间 yyyyMMddHHmmss"),
    (
        "a time with its zone, or a text as 2018-06-08T10:34:56+08:00",
        "带时区的时间，或 2018-06-08T10:34:56+08:00 这样的文本",
    ),
    ("a date, or yyyyMMdd or yyyy-MM-dd", "日期，或 yyyyMMdd、yyyy-MM-dd"),
    ("a date, or yyyy-MM-dd, such as 2025-11-27", "日期，或 yyyy-MM-dd，例如 2025-11-27"),
    ("a list of objects", "对象的列表"),
    ("text or an integer", "文本或整数"),
    ("text, an integer or a boolean", "文本、整数或布尔值"),
];

/// The more special ones come first.
const PHRASES: &[Phrase] = &[
    // Fields.
    ("is required", "必填"),
    ("is required when {} is {}", "{1} 为 {2} 时必填"),
    ("is required with {}", "有 {1} 时必填"),
    ("is required, or {}", "必填，或者给出 {1}"),
    ("must not be empty", "不能为空"),
    ("must not be empty; leave it out to do without", "不能为空；不需要时请不要给出"),
    ("is given twice", "重复出现"),
    ("is set by the client", "由客户端填写，不要自己给出"),
    ("is not a field of {}; did you mean {}?", "不是 {1} 的字段，是不是 {2}？"),
    (
        "is not a field of {}; {} sends what this version does not know",
        "不是 {1} 的字段；{2} 可以发送这个版本不认识的字段",
    ),
    ("is not a member of {}; did you mean {}?", "不是 {1} 的成员，是不是 {2}？"),
    ("is not a member of {}", "不是 {1} 的成员"),
    ("must be at least 1 fen, not {}", "至少为 1 分，而不是 {1}"),
    (
        "must be an integer of fen, not {}; yuan_to_fen converts yuan",
        "应为以分为单位的整数，而不是 {1}；yuan_to_fen 可以把元换算成分",
    ),
    ("must be at most {} bytes long in UTF-8, not {}", "UTF-8 编码最长 {1} 字节，现在是 {2} 字节"),
    ("must be at most {} characters long", "最长 {1} 个字符"),
    ("must be a time with its zone, or yyyyMMddHHmmss in Beijing time", "应为带时区的时间，或北京时间 yyyyMMddHHmmss"),
    (
        "must be a time with its zone, such as 2018-06-08T10:34:56+08:00",
        "应为带时区的时间，例如 2018-06-08T10:34:56+08:00",
    ),
    ("must be a date, or yyyyMMdd or yyyy-MM-dd", "应为日期，或 yyyyMMdd、yyyy-MM-dd"),
    ("must be a date, or yyyy-MM-dd, such as 2025-11-27", "应为日期，或 yyyy-MM-dd，例如 2025-11-27"),
    ("must be written as yyyy-MM-dd here: {}, not {}", "这里应写成 yyyy-MM-dd：{1}，而不是 {2}"),
    ("must not contain U+0000, which XML cannot carry", "不能含有 U+0000，XML 无法表示它"),
    ("must not contain white space", "不能含有空白字符"),
    ("must consist of digits and letters", "只能由数字和字母组成"),
    ("must consist of digits, letters, and _ - | * @", "只能由数字、字母和 _ - | * @ 组成"),
    ("must be an IPv4 or IPv6 address", "应为 IPv4 或 IPv6 地址"),
    ("must be an absolute http or https URL without a query", "应为不带参数的完整 http 或 https 地址"),
    ("must be an absolute http or https URL", "应为完整的 http 或 https 地址"),
    ("must be JSON", "应为 JSON"),
    ("contains a text that must be JSON", "其中有一段文本应为 JSON"),
    ("contains {}, which JSON cannot hold", "含有 {1}，JSON 无法表示"),
    ("must be an object", "应为对象"),
    ("must be a list of objects", "应为对象的列表"),
    (
        "is a payment code of Alipay (支付宝): charge it at Alipay, or ask for the code of WeChat",
        "是支付宝的付款码：请用支付宝收款，或请用户出示微信付款码",
    ),
    (
        "is the text of another QR code: scan the payment code that the customer's WeChat shows (收付款)",
        "是其他二维码的内容：请扫用户微信“收付款”里的付款码",
    ),
    (
        "must be a payment code of WeChat: 18 digits that begin with 10 to 15",
        "应为微信付款码：以 10 到 15 开头的 18 位数字",
    ),
    (
        "is a field of v3.codepay, and {} is one of micropay: give the fields of one of them",
        "是 v3.codepay 的字段，而 {1} 是 micropay 的字段：请只用其中一个接口的字段",
    ),
    (
        "is a field of v3.codepay, and api is v2: give the fields of micropay, or leave api out",
        "是 v3.codepay 的字段，而 api 是 v2：请使用 micropay 的字段，或去掉 api",
    ),
    (
        "has no place in v3.codepay, which charges this payment: leave it out, or give the fields of v3.codepay",
        "在 v3.codepay 中没有对应的字段，而这笔支付由它扣款：请去掉，或使用 v3.codepay 的字段",
    ),
    (
        "{} was charged before: resume_pay_by_code takes that payment up; another payment needs a new number",
        "{1} 已扣过款：请用 resume_pay_by_code 继续那笔支付；另一笔支付请换新的单号",
    ),
    ("is {} fen, and order {} was charged with {} fen", "是 {1} 分，而订单 {2} 扣款时是 {3} 分"),
    ("must be v2 or v3", "应为 v2 或 v3"),
    ("must not be . or .., which no path can hold", "不能是 . 或 ..，路径里无法表示"),
    ("must be the prepay_id alone, without prepay_id= before it", "应只填 prepay_id 本身，前面不要带 prepay_id="),
    (
        "is the text of a missing value: was the order created? Take it from the order's reply",
        "是空值的文本：下单成功了吗？请使用下单应答里的值",
    ),
    ("must be the prepay_id of the order's reply", "应为下单应答里的 prepay_id"),
    (
        "must be the package_info of the transfer's reply, which is there only while the customer has to confirm it",
        "应为转账应答里的 package_info，只有等待用户确认时才有",
    ),
    (
        "is for merchants that are not service providers: give sp_openid or sub_openid",
        "只用于普通商户：服务商请给出 sp_openid 或 sub_openid",
    ),
    ("is for merchants that are not service providers: leave it out", "只用于普通商户：请去掉"),
    (
        "is for service providers: give openid; or name the sub-merchant, by sub_mchid or by sub_mch_id in the settings",
        "只用于服务商：请给出 openid；或者用 sub_mchid、配置里的 sub_mch_id 指明子商户",
    ),
    (
        "is for service providers: name the sub-merchant, by sub_mchid or by sub_mch_id in the settings",
        "只用于服务商：请用 sub_mchid 或配置里的 sub_mch_id 指明子商户",
    ),
    ("must not be given with sp_openid: give one of them", "不能与 sp_openid 同时给出：请只给一个"),
    ("must be one of {}", "应为其中之一：{1}"),
    // Calls by path.
    ("must be GET, POST, PUT, PATCH or DELETE", "应为 GET、POST、PUT、PATCH 或 DELETE"),
    (
        "must be a path of APIv3, such as /v3/pay/transactions/jsapi",
        "应为 APIv3 的路径，例如 /v3/pay/transactions/jsapi",
    ),
    ("must not have a query: give it as query", "不能带参数：请用 query 给出"),
    ("is for requests with a body: give a GET its fields as query", "只用于有请求体的请求：GET 的字段请用 query 给出"),
    (
        "has a placeholder in braces: put the value in its place, percent-encoded",
        "含有花括号占位符：请换成百分号编码后的值",
    ),
    ("has null, which WeChat Pay does not take: leave the member out", "含有 null，微信支付不接受：请去掉这个成员"),
    ("there is no setting {}", "没有名为 {1} 的配置"),
    // Settings.
    (
        "is not set: set {}, or {}; a client of APIv3 alone needs {} or {} instead",
        "没有设置：请设置 {1} 或 {2}；只用 APIv3 的客户端改为设置 {3} 或 {4}",
    ),
    ("is not set: set {}, or {}", "没有设置：请设置 {1} 或 {2}"),
    ("must be between {} and {} seconds", "应在 {1} 到 {2} 秒之间"),
    ("must be between {} and {}", "应在 {1} 到 {2} 之间"),
    ("must be a number of seconds", "应为秒数"),
    ("must be MD5 or HMAC-SHA256", "应为 MD5 或 HMAC-SHA256"),
    ("must be a list, each item MD5 or HMAC-SHA256", "应为列表，每一项是 MD5 或 HMAC-SHA256"),
    ("must contain sign_type: replies are signed as requests are", "必须包含 sign_type：应答与请求用同一种签名方式"),
    ("must be a currency of ISO 4217, such as CNY", "应为 ISO 4217 的货币代码，例如 CNY"),
    (
        "must be 18 letters and digits that begin with wx (or ww, a WeCom corpid), without white space",
        "应为以 wx 开头的 18 位字母和数字（企业微信的 corpid 以 ww 开头），不含空白字符",
    ),
    ("must be the merchant's number (商户号), 8 to 10 digits", "应为商户号，8 到 10 位数字"),
    (
        "has white space around it, which becomes part of every signature; remove it",
        "首尾有空白字符，会成为签名的一部分；请去掉",
    ),
    (
        "must be the APIv2 key (API密钥) of 32 bytes and is {} bytes long; set it at pay.weixin.qq.com > 账户中心 > API安全",
        "应为 32 字节的 APIv2 密钥（API密钥），现在是 {1} 字节；请到 pay.weixin.qq.com > 账户中心 > API安全 设置",
    ),
    ("must be 32 letters and digits", "应为 32 位字母和数字"),
    ("must be 32 letters and digits, without white space", "应为 32 位字母和数字，不含空白字符"),
    (
        "is the AppSecret; the API key (API密钥) is another one, set at pay.weixin.qq.com > 账户中心 > API安全",
        "填成了 AppSecret；API 密钥是另一个值，在 pay.weixin.qq.com > 账户中心 > API安全 设置",
    ),
    (
        "is the AppSecret; the APIv3 key (APIv3密钥) is another one, set at pay.weixin.qq.com > 账户中心 > API安全",
        "填成了 AppSecret；APIv3 密钥是另一个值，在 pay.weixin.qq.com > 账户中心 > API安全 设置",
    ),
    (
        "is required: the APIv2 key (API密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. A client of APIv3 alone needs api_v3_key or platform_public_key instead, with client_cert and client_key, or client_p12",
        "必填：32 字节的 APIv2 密钥（API密钥），在 pay.weixin.qq.com > 账户中心 > API安全 设置。只用 APIv3 的客户端改为设置 api_v3_key 或 platform_public_key，以及 client_cert 和 client_key，或 client_p12",
    ),
    (
        "is not set: requests of APIv3 are signed with the merchant's private key (apiclient_key.pem). Set client_cert and client_key, or client_p12; or, for APIv2, api_key",
        "没有设置：APIv3 的请求用商户私钥（apiclient_key.pem）签名。请设置 client_cert 和 client_key，或 client_p12；使用 APIv2 则设置 api_key",
    ),
    (
        "is not set: requests of APIv3 are signed with the merchant's private key (apiclient_key.pem). Set client_cert and client_key, or client_p12",
        "没有设置：APIv3 的请求用商户私钥（apiclient_key.pem）签名。请设置 client_cert 和 client_key，或 client_p12",
    ),
    (
        "is not set, and APIv2 needs it (API密钥, at pay.weixin.qq.com > 账户中心 > API安全); {}",
        "没有设置，而 APIv2 需要它（API密钥，见 pay.weixin.qq.com > 账户中心 > API安全）；只有 APIv3 配置的客户端请用 pay.v3 的接口",
    ),
    (
        "is not set, and APIv3 needs it (APIv3密钥, at pay.weixin.qq.com > 账户中心 > API安全), with client_cert and client_key, or client_p12",
        "没有设置，而 APIv3 需要它（APIv3密钥，见 pay.weixin.qq.com > 账户中心 > API安全），以及 client_cert 和 client_key，或 client_p12",
    ),
    (
        "is needed for WeCom, and so is the agentid: take both from the application's page in the WeCom console (应用管理), and set appid to the corpid",
        "企业微信需要它和 agentid：请到企业微信管理后台的“应用管理”里该应用的页面取得，并把 appid 设为 corpid",
    ),
    (
        "is needed for OAuth, mini programs and the JS-SDK; take it from mp.weixin.qq.com (开发 > 基本配置)",
        "网页授权、小程序和 JS-SDK 需要它；请到 mp.weixin.qq.com（开发 > 基本配置）取得",
    ),
    ("is the path of a file that was not read: give its content", "是没有读取过的文件路径：请给出文件内容"),
    (
        "is missing: each application has an agentid and a secret of its own",
        "没有给出：每个应用都有自己的 agentid 和 secret",
    ),
    ("must be the secret of the application, without white space", "应为该应用的 secret，不含空白字符"),
    ("must be the agentid of the application: digits, such as 1000002", "应为该应用的 agentid：数字，例如 1000002"),
    ("must be the AppSecret of the appid, without white space", "应为该 appid 的 AppSecret，不含空白字符"),
    (
        "must be an absolute http or https URL of at most 256 characters, without a query",
        "应为不带参数的完整 http 或 https 地址，最长 256 个字符",
    ),
    (
        "must be an absolute http or https URL without query or user, such as http://127.0.0.1:8700",
        "应为不带参数和用户名的完整 http 或 https 地址，例如 http://127.0.0.1:8700",
    ),
    (
        "must be an address, or two with a comma between: main and backup",
        "应为一个地址，或用逗号隔开的两个：主用和备用",
    ),
    (
        "is plain http to another machine, where everyone on the way can read the AppSecret and choose openids: use https, or set allow_insecure_endpoints for an emulator in a network of yours",
        "是另一台机器的 http 明文地址，途中任何人都能读到 AppSecret、改变 openid：请用 https；自己网络里的模拟器可以设置 allow_insecure_endpoints",
    ),
    (
        "must be memory:, sqlite:///a/file.db, redis://host/0 or rediss://host/0",
        "应为 memory:、sqlite:///a/file.db、redis://host/0 或 rediss://host/0",
    ),
    ("{}_FILE names {}, which cannot be read: {}", "{1}_FILE 指向的 {2} 无法读取：{3}"),
    ("{}_FILE is not the path of a file: {}", "{1}_FILE 不是文件路径：{2}"),
    ("names the file {}, which cannot be read: {}", "指向的文件 {1} 无法读取：{2}"),
    ("is empty: give a path, bytes, or PEM text", "是空的：请给出路径、字节或 PEM 文本"),
    (
        "is neither the path of a file nor PEM text, which begins with -----BEGIN",
        "既不是文件路径，也不是 PEM 文本（以 -----BEGIN 开头）",
    ),
    // The keys of APIv3.
    ("is {}, and the merchant's certificate has {}: leave it out", "是 {1}，而商户证书的序列号是 {2}：请去掉这项配置"),
    (
        "is not set, and platform_public_key is: the id stands beside the key at pay.weixin.qq.com > 账户中心 > API安全 (PUB_KEY_ID_…)",
        "没有设置，而设置了 platform_public_key：ID（PUB_KEY_ID_…）与公钥在同一页，见 pay.weixin.qq.com > 账户中心 > API安全",
    ),
    (
        "is not set, and platform_public_key_id is: download pub_key.pem at pay.weixin.qq.com > 账户中心 > API安全",
        "没有设置，而设置了 platform_public_key_id：请到 pay.weixin.qq.com > 账户中心 > API安全 下载 pub_key.pem",
    ),
    (
        "is the merchant's own certificate (client_cert): this must be the WeChat Pay public key (pub_key.pem)",
        "填成了商户自己的证书（client_cert）：这里应为微信支付公钥（pub_key.pem）",
    ),
    (
        "is the public half of client_key: this must be the WeChat Pay public key (pub_key.pem)",
        "是 client_key 对应的公钥：这里应为微信支付公钥（pub_key.pem）",
    ),
    ("must begin with {}: {}", "应以 {1} 开头：{2}"),
    (
        "is the serial number of a certificate; the id of the public key begins with {}",
        "填成了证书序列号；公钥 ID 以 {1} 开头",
    ),
    (
        "must be {} and digits, as pay.weixin.qq.com > 账户中心 > API安全 shows it",
        "应为 {1} 加数字，见 pay.weixin.qq.com > 账户中心 > API安全",
    ),
    ("is written in decimal digits; in hexadecimal it is {}", "写成了十进制；十六进制是 {1}"),
    ("is empty: give the serial number of apiclient_cert.pem", "是空的：请填写 apiclient_cert.pem 的序列号"),
    (
        "is the id of WeChat Pay's public key; Authorization has the serial number of apiclient_cert.pem",
        "填成了微信支付公钥的 ID；Authorization 里应为 apiclient_cert.pem 的序列号",
    ),
    (
        "must have 40 hexadecimal digits: openssl x509 -in apiclient_cert.pem -noout -serial",
        "应为 40 位十六进制：openssl x509 -in apiclient_cert.pem -noout -serial",
    ),
];

/// A value of another type, where the type is one of [`WORDS`].
const OTHER_TYPE: Phrase = ("must be {}, not {}", "应为{1}，而不是{2}");
/// At the end of the rule for a setting that is missing.
const MISSPELT: Phrase = ("{} is set: did you mean {}?", "设置了 {1}：是不是 {2}？");

/// A rule in Chinese; `None` when the table does not have it.
pub(crate) fn chinese(english: &str) -> Option<String> {
    if let Some((rule, hint)) = english.rsplit_once("; ")
        && let Some(found) = captures(MISSPELT.0, hint)
    {
        return Some(format!("{}；{}", chinese(rule)?, written(MISSPELT.1, &found)));
    }
    let found = PHRASES.iter().find_map(|(pattern, chinese)| Some(written(chinese, &captures(pattern, english)?)));
    found.or_else(|| {
        let found = captures(OTHER_TYPE.0, english)?;
        found.first().and_then(|wanted| word(wanted)).map(|_| written(OTHER_TYPE.1, &found))
    })
}

/// A type in Chinese, with the number that may stand behind it: `a float (1.5)`.
fn word(english: &str) -> Option<String> {
    if let Some(quoted) = english.strip_prefix("the text ") {
        return Some(format!("文本 {quoted}"));
    }
    let (name, number) = english.split_once(" (").unwrap_or((english, ""));
    let found = WORDS.iter().find(|(word, _)| *word == name || *word == english);
    found.map(|(word, chinese)| match number {
        "" => (*chinese).to_owned(),
        _ if *word == english => (*chinese).to_owned(),
        number => format!("{chinese} ({number}"),
    })
}

/// What stands in the places of a pattern; `None` when the text is another one.
pub(crate) fn captures<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let (captured, after) = match part {
            "" => (rest, ""),
            part if is_last => (rest.strip_suffix(part)?, ""),
            part => rest.split_once(part)?,
        };
        found.push(captured);
        rest = after;
    }
    (rest.is_empty() && !found.iter().any(|captured| captured.is_empty())).then_some(found)
}

/// The Chinese text, with what was captured in its places. Types are translated, and Latin letters have a space before them.
pub(crate) fn written(chinese: &str, captured: &[&str]) -> String {
    let mut text = chinese.to_owned();
    for (at, captured) in captured.iter().enumerate() {
        let Some((before, after)) = text.split_once(&format!("{{{}}}", at + 1)) else { continue };
        let captured = word(captured).unwrap_or_else(|| (*captured).to_owned());
        let is_latin = captured.starts_with(|c: char| c.is_ascii());
        let space = if is_latin && before.ends_with(|c: char| c.is_alphabetic() && !c.is_ascii()) { " " } else { "" };
        let before = if is_latin { before } else { before.trim_end() };
        text = format!("{before}{space}{captured}{after}");
    }
    text
}

/// Fails for a phrase that lacks a place in one of the languages, or is hidden by one before it.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn has_its_places_and_is_found(table: &[Phrase]) {
    for (at, (english, translated)) in table.iter().enumerate() {
        let count = english.matches("{}").count();
        for place in 1..=count {
            let is_there = translated.contains(&format!("{{{place}}}"));
            assert!(is_there || english.contains("APIv2 needs it"), "{english}");
        }
        assert!(!translated.contains(&format!("{{{}}}", count + 1)), "{english}");
        let text = english.replace("{}", "X");
        let first = table.iter().position(|(pattern, _)| captures(pattern, &text).is_some());
        assert_eq!(first, Some(at), "{english} is hidden by {:?}", first.and_then(|first| table.get(first)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stands_in_its_place() {
        for (english, expected) in [
            ("is required", "必填"),
            ("is required when trade_type is JSAPI", "trade_type 为 JSAPI 时必填"),
            ("must be at most 32 characters long", "最长 32 个字符"),
            ("must be text, not an integer", "应为文本，而不是整数"),
            ("must be an integer, not the text '1'", "应为整数，而不是文本 '1'"),
            ("must be text, not a tuple", "应为文本，而不是 a tuple"),
            (
                "must be an integer of fen, not a float (1.5); yuan_to_fen converts yuan",
                "应为以分为单位的整数，而不是浮点数 (1.5)；yuan_to_fen 可以把元换算成分",
            ),
            ("must be between 1 and 65536", "应在 1 到 65536 之间"),
            ("must be between 0.001 and 86400 seconds", "应在 0.001 到 86400 秒之间"),
            (
                "is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; WXPAY_MCHID is set: did you mean WXPAY_MCH_ID?",
                "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；设置了 WXPAY_MCHID：是不是 WXPAY_MCH_ID？",
            ),
        ] {
            assert_eq!(chinese(english).as_deref(), Some(expected));
        }
        for other in ["is something that nobody translated", "must be a thing, not text", ""] {
            assert_eq!(chinese(other), None);
        }
    }

    #[test]
    fn every_phrase_has_its_places_in_both_languages_and_is_found() {
        has_its_places_and_is_found(PHRASES);
    }
}
