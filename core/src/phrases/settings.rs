//! Rules of the settings.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("also not set: {}", "还缺少 {1}"),
    ("{word} (APIv3 alone: {word} or {word})", "{1}（只用 APIv3：{2} 或 {3}）"),
    ("{word} (APIv3 alone: {word} or {word}), {}", "{1}（只用 APIv3：{2} 或 {3}）, {4}"),
    ("{word}, {word} (APIv3 alone: {word} or {word})", "{1}, {2}（只用 APIv3：{3} 或 {4}）"),
    ("{word}, {word} (APIv3 alone: {word} or {word}), {}", "{1}, {2}（只用 APIv3：{3} 或 {4}）, {5}"),
    ("a client of APIv3 alone needs {} or {} instead", "只用 APIv3 的客户端改为设置 {1} 或 {2}"),
    (
        "is not set: set {}, or {}; a client of APIv3 alone needs {} or {} instead",
        "没有设置：请设置 {1} 或 {2}；只用 APIv3 的客户端改为设置 {3} 或 {4}",
    ),
    ("is not set: set {word}, or {word}", "没有设置：请设置 {1} 或 {2}"),
    ("must be between {} and {} seconds", "应在 {1} 到 {2} 秒之间"),
    ("must be between {} and {}", "应在 {1} 到 {2} 之间"),
    ("must be a number of seconds", "应为秒数"),
    ("must be MD5 or HMAC-SHA256", "应为 MD5 或 HMAC-SHA256"),
    ("must be a list, each item MD5 or HMAC-SHA256", "应为列表，每一项是 MD5 或 HMAC-SHA256"),
    ("must contain sign_type: replies are signed as requests are", "必须包含 sign_type：应答与请求用同一种签名方式"),
    ("must be CNY, the code of the yuan in ISO 4217", "应为 CNY，即人民币的 ISO 4217 代码"),
    (
        "is the original id (原始ID) of the account; the appid begins with wx: see mp.weixin.qq.com > 开发 > 基本配置",
        "填成了公众号的原始 ID；appid 以 wx 开头，见 mp.weixin.qq.com > 开发 > 基本配置",
    ),
    ("looks like a merchant's number (商户号); the appid begins with wx", "像是商户号；appid 以 wx 开头"),
    ("looks like an appid; the merchant's number (商户号) has 8 to 10 digits", "像是 appid；商户号是 8 到 10 位数字"),
    (
        "has the merchant's number, and mch_id has the appid: exchange them",
        "填成了商户号，而 mch_id 填成了 appid：请对调",
    ),
    (
        "begins with a byte order mark (BOM), which an editor wrote: save the file as UTF-8 without BOM",
        "开头有编辑器写入的字节顺序标记（BOM）：请把文件保存为不带 BOM 的 UTF-8",
    ),
    (
        "has quotes around it, which docker --env-file and some other tools take as part of the value: remove them",
        "首尾带有引号，docker --env-file 等工具会把引号当作值的一部分：请去掉",
    ),
    (
        "is a certificate or a private key (PEM): that belongs to client_cert, client_key or platform_public_key",
        "填成了证书或私钥（PEM）：请填到 client_cert、client_key 或 platform_public_key",
    ),
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
    (
        "is not set, and red packets and payments to members of WeCom are signed with it (workwx_sign): take it from 企业微信 > 企业支付",
        "没有设置，而企业微信的红包和向员工付款用它签名（workwx_sign）：请到 企业微信 > 企业支付 取得",
    ),
    ("must be the secret of 企业支付, without white space", "应为企业支付的 secret，不含空白字符"),
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
    ("{} is set: did you mean {}?", "设置了 {1}：是不是 {2}？"),
    ("must be an integer", "应为整数"),
    ("must be true or false", "应为 true 或 false"),
];
