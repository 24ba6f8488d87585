//! What errors say about refusals and comparisons, and the next step.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("this machine's clock is {} s ahead of WeChat's", "本机时钟比微信快 {1} 秒"),
    ("this machine's clock is {} s behind WeChat's", "本机时钟比微信慢 {1} 秒"),
    ("asked by {}", "查询用的是 {1}"),
    (
        "Repeat {} with the same {} {} and the same fields, or call {}; do not use a new {}",
        "请用同一个 {2} {3} 和相同的字段重新调用 {1}，或调用 {4} 查询；不要换新的 {5}",
    ),
    ("Call {} with {} {} first; do not use a new {}", "请先用 {2} {3} 调用 {1} 查询；不要换新的 {4}"),
    ("WeChat refused the request: {}", "微信拒绝了请求：{1}"),
    ("{} (HTTP {})", "{1}（HTTP {2}）"),
    ("no reason was given", "没有说明原因"),
    ("no reason was given ({})", "没有说明原因（{1}）"),
    ("the reply cannot be read: {}", "应答无法读取：{1}"),
    ("the reply is not signed", "应答没有签名"),
    ("the signature of the reply was not checked", "没有验证应答的签名"),
    ("there is no result yet", "还没有结果"),
    ("there is no such path, or it is not open for this merchant", "没有这个路径，或该商户没有开通"),
    ("the path does not take this HTTP method", "这个路径不支持该 HTTP 方法"),
    ("status {} without a reason", "状态码 {1}，没有说明原因"),
    ("did you mean {}?", "是不是 {1}？"),
    ("this path is for {}, not for {}", "这个路径用于 {1}，而不是 {2}"),
    ("the client has {}", "客户端使用的是 {1}"),
    ("the client has no certificate", "客户端没有设置证书"),
    ("ask for the bill of {} again after {} in Beijing", "请在北京时间 {2} 之后再下载 {1} 的账单"),
    ("is missing", "缺失"),
    ("is malformed", "格式不对"),
    ("is missing or empty", "缺失或为空"),
    ("is larger than the largest amount", "超过了最大金额"),
    ("not an amount in yuan with at most two decimals", "应为以元为单位的金额，最多两位小数"),
    (
        "Take the payment up with resume_pay_by_code and out_trade_no {}; do not use a new out_trade_no",
        "请用 resume_pay_by_code 和 out_trade_no {1} 继续处理这笔支付，不要换新的 out_trade_no",
    ),
    ("must not be negative", "不能为负数"),
    ("its year in Beijing is not between 1 and 9999", "换算成北京时间后，年份不在 1 到 9999 之间"),
    ("must be at most {} digits, letters, and _ - | * @", "最多 {1} 个字符，只能是数字、字母和 _ - | * @"),
    ("must be 1 to 32 digits, letters, and _ - | * @", "应为 1 到 32 个字符，只能是数字、字母和 _ - | * @"),
    // Calls of the client.
    ("is not the download of a bill", "不是下载账单的接口"),
    ("is answered with a bill, which is streamed: use the method {}", "的应答是账单，以流的方式下载：请用方法 {1}"),
    ("is streamed: use the method of its own", "是流式下载：请用它自己的方法"),
    ("is not a call of APIv2", "不是 APIv2 的接口"),
    ("must be a path of the payment API, such as /pay/orderquery", "应为支付接口的路径，例如 /pay/orderquery"),
    ("is a path of APIv3: use pay.v3.call", "是 APIv3 的路径：请用 pay.v3.call"),
    ("is not an HTTP method", "不是 HTTP 方法"),
    ("must be jsapi, choose_wxpay, miniprogram or app", "应为 jsapi、choose_wxpay、miniprogram 或 app"),
    (
        "has a character of four bytes in UTF-8 (an emoji?), which APIv2 does not take",
        "含有 UTF-8 编码为四字节的字符（可能是 emoji），APIv2 不接受",
    ),
    ("is in the future", "晚于现在"),
    ("is of orders only", "只用于订单"),
    (
        "is {}, and wx.config would be of {}: make another client for the page, whose appid is the sub_appid, with the AppSecret of that \
         account and without sub_appid",
        "是 {1}，而 wx.config 会属于 {2}：请为这个页面另建一个客户端，appid 填这个 sub_appid，并使用该账号的 AppSecret，不要设置 sub_appid",
    ),
    (
        "must be given: this client is a service provider's, and this process did not make the order. It is the sub_appid of the order if \
         the order has sub_openid, else the provider's own appid",
        "必须给出：这是服务商的客户端，而订单不是本进程下的。订单有 sub_openid 时填订单的 sub_appid，否则填服务商自己的 appid",
    ),
    (
        "must be given: this client is a service provider's, and this process did not make the order. It is the sub_mch_id of the order; of \
         a combined order it is the provider's own mch_id",
        "必须给出：这是服务商的客户端，而订单不是本进程下的。填订单的 sub_mch_id；合单填服务商自己的 mch_id",
    ),
    (
        "must be {}, the sub_mch_id of the settings: this client is for that sub-merchant alone. For others use a client without this setting",
        "必须是 {1}，即设置中的 sub_mch_id：这个客户端只用于该子商户。其他子商户请用不设它的客户端",
    ),
    (
        "is the corpid {} of WeCom, and this call is for public accounts and mini programs: use pay.wecom, with corp_secret and agent_id, or \
         make another client with the appid of the account",
        "是企业微信的 corpid {1}，而这个接口用于公众号和小程序：请用 pay.wecom，并设置 corp_secret 和 agent_id；或者用该账号的 appid 另建一个客户端",
    ),
    // Payment codes.
    ("must be at most one day", "最长一天"),
    (
        "pay_by_code cancels an order whose result is not known in time, which needs it; with reverse set to false it does without, and may end \
         with an unknown result",
        "pay_by_code 会撤销未能及时得到结果的订单，撤销需要证书；把 reverse 设为 false 就不需要，但结果可能未知",
    ),
    (
        "{} was charged before: resume_pay_by_code takes that payment up; another payment needs a new number",
        "{1} 已经扣过款：请用 resume_pay_by_code 继续那笔支付；另一笔支付请换新的订单号",
    ),
    ("is {} fen, and order {} was charged with {} fen", "是 {1} 分，而订单 {2} 扣款时是 {3} 分"),
    ("is {}, and order {} was charged for {}", "是 {1}，而订单 {2} 是为 {3} 扣款的"),
    (
        "is {}, and fee_type in the settings is {}: a payment in {} would not be confirmed; make another client for it",
        "是 {1}，而配置的 fee_type 是 {2}：{3} 的支付无法确认；请为该币种另建一个客户端",
    ),
    ("is missing, and order {} was charged for {}", "缺失，而订单 {1} 是为 {2} 扣款的"),
    ("is {}, and order {} was charged for no sub-merchant", "是 {1}，而订单 {2} 扣款时没有子商户"),
    ("likely: {}", "可能的原因：{1}"),
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
    ("must be v2 or v3", "应为 v2 或 v3"),
];
