//! Why WeChat refuses a request although its signature is right: code, and the reason in English and in Chinese, for the journal. WeChat's
//! own texts say less.

macro_rules! reasons {
    ($($name:ident $code:literal $english:literal $chinese:literal;)*) => {
        impl Reason {
            $(pub(crate) const $name: Self = Self { code: $code, english: $english, chinese: $chinese };)*

            /// The whole table.
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The code of the mistake, in the journal and in the pages.
    pub(crate) code: &'static str,
    pub(crate) english: &'static str,
    pub(crate) chinese: &'static str,
}

reasons! {
    // Orders.

    ORDER_UNKNOWN "order_unknown"
        "this merchant has no order with this number"
        "该商户没有这个订单号的订单";
    ORDER_PAID "order_paid"
        "the order is paid already"
        "订单已支付";
    ORDER_CLOSED "order_closed"
        "the order is closed: make a new one with another out_trade_no"
        "订单已关闭：请换一个 out_trade_no 重新下单";
    ORDER_EXPIRED "order_expired"
        "the time to pay the order (time_expire, else seven days) is over; it stays NOTPAY until it is closed: close it, and make a new one with \
         another out_trade_no"
        "订单已过支付期限（time_expire，没有传则为七天），关闭之前仍是 NOTPAY：请关闭订单，换一个 out_trade_no 重新下单";
    NUMBER_USED "number_used"
        "there is an order with this out_trade_no, and a field of this request differs from its first request: send the same fields, or close \
         the order and take another number"
        "这个 out_trade_no 已经下过单，而这次请求有字段与第一次不同：请发送相同的字段，或关闭原订单并换一个订单号";
    PART_NUMBER_USED "number_used"
        "the out_trade_no of one of sub_orders was used before, in a combined order of this combine_mchid or by its own mchid, or occurs twice in \
         this request: take another number"
        "sub_orders 里有一个 out_trade_no 已经用过（在该 combine_mchid 的合单里，或被它自己的 mchid 用过），或在这次请求里出现了两次：请换一个订单号";
    NUMBER_OF_OTHER_PRODUCT "number_used"
        "the order with this out_trade_no was made by the call of another product, for example by native and not by jsapi: use that call, or close the \
         order and take another number"
        "这个 out_trade_no 的订单是用另一种产品的接口下的（例如 NATIVE，而不是 JSAPI）：请用原来的接口，或关闭原订单并换一个订单号";
    OTHER_OPENID "other_openid"
        "the appid of the order has no customer with this openid"
        "订单的 appid 下没有这个 openid 的用户";
    SYSTEM_ERROR "system_error"
        "a fault of this emulator: the control API asked for it"
        "模拟器按控制接口的要求制造的故障";

    // Fields.

    OPENID_MISSING "missing_fields"
        "JSAPI requires openid, or sub_openid with sub_appid"
        "JSAPI 必须传 openid，或 sub_openid 加 sub_appid";
    SUB_APPID_MISSING "missing_fields"
        "sub_openid was sent without sub_appid"
        "传了 sub_openid，却没有它所属的 sub_appid";
    SUB_MCH_ID_MISSING "missing_fields"
        "a service provider must send sub_mch_id"
        "服务商必须传 sub_mch_id";

    // Payments to members of WeCom.

    WORKWX_SIGN_MISSING "workwx_sign"
        "workwx_sign is missing: it is made first, and is then one of the fields under sign"
        "缺少 workwx_sign：先生成它，它再作为字段之一参与 sign 的签名";
    WORKWX_SIGN_WITH_KEY "workwx_sign"
        "workwx_sign was made with &key=: it ends with &secret= and the secret of WeCom"
        "workwx_sign 用了 &key= 生成：末尾应为 &secret= 加企业微信的 secret";
    WORKWX_SIGN_OF_ALL "workwx_sign"
        "workwx_sign was made over all fields: it is over the fixed ones alone"
        "workwx_sign 对全部字段签名了：它只包含固定的几个字段";
    WORKWX_SIGN_WRONG "workwx_sign"
        "workwx_sign is not what the fixed fields and the secret of WeCom give"
        "workwx_sign 与固定字段和企业微信 secret 算出的值不一致";
    RECEIVER_OF_CORP "other_openid"
        "the openid is not one of the corpid: get it by convert_to_openid"
        "openid 不属于该 corpid：请用 convert_to_openid 取得";

    // APIv3: who signs.

    ACCEPT_MISSING "accept_missing"
        "the request has no Accept or no User-Agent"
        "请求没有 Accept 或 User-Agent";
    AUTHORIZATION_MISSING "authorization_missing"
        "the request has no Authorization"
        "请求没有 Authorization";
    AUTHORIZATION_SCHEME "authorization_malformed"
        "the scheme of Authorization is not WECHATPAY2-SHA256-RSA2048"
        "Authorization 的认证类型不是 WECHATPAY2-SHA256-RSA2048";
    TIMESTAMP_IN_MILLISECONDS "timestamp_in_milliseconds"
        "timestamp is in milliseconds: APIv3 takes seconds"
        "timestamp 的单位是毫秒，而 APIv3 要求秒";
    TIMESTAMP_MALFORMED "timestamp_malformed"
        "timestamp is not a number of seconds"
        "timestamp 不是秒数";
    MERCHANT_CERTIFICATE_EXPIRED "merchant_certificate_expired"
        "the merchant's certificate has expired"
        "商户证书已过期";
    API_V3_KEY_MISSING "api_v3_key_missing"
        "this merchant has no api_v3_key: see --merchant"
        "该商户没有 api_v3_key：见 --merchant";
    PUBLIC_KEY_MERCHANT "public_key_merchant"
        "this merchant has the WeChat Pay public key alone: there are no certificates to download"
        "该商户只有微信支付公钥，没有平台证书可以下载";
    NO_SM2 "certificate_algorithm"
        "this emulator has certificates with RSA keys alone, none with SM2"
        "模拟器只有 RSA 证书，没有国密（SM2）证书";

    // APIv3: what a request says.

    OTHER_METHOD "other_method"
        "this path exists, but not with this method"
        "路径正确，但请求方法不对";
    BODY_ENCODING "body_encoding"
        "the body is not UTF-8: APIv3 takes JSON in UTF-8"
        "请求体不是 UTF-8：APIv3 要求 UTF-8 编码的 JSON";
    BODY_OBJECT "body_format"
        "the body is not a JSON object"
        "请求体不是 JSON 对象";
    SUB_MCHID_MISSING "missing_fields"
        "a service provider must send sub_mchid"
        "服务商必须传 sub_mchid";
    PARTNER_PATHS "relation"
        "a service provider uses the paths of partners: /v3/pay/partner"
        "服务商要使用 /v3/pay/partner 的接口";
    NOT_A_PROVIDER "relation"
        "this merchant is not a service provider: see --merchant"
        "该商户不是服务商：见 --merchant";
    OWN_SUB_MCHID "relation"
        "sub_mchid is the provider's own number"
        "sub_mchid 是服务商自己的商户号";
    OTHER_SUB_MCHID "relation"
        "sub_mchid is not among this provider's sub_mch_ids"
        "sub_mchid 不在该服务商的 sub_mch_ids 里";
    ORDER_OF_OTHER_SUB_MCHID "relation"
        "the order was made with another sub_mchid, or with none"
        "该订单下单时的 sub_mchid 不同，或没有传";
    OTHER_APPID "not_bound"
        "appid is not this merchant's"
        "appid 不属于该商户";
    PAYER_MISSING "missing_fields"
        "payer needs sp_openid or sub_openid"
        "payer 里必须有 sp_openid 或 sub_openid";
    BANK_CARD_MISSING "missing_fields"
        "USER_BANK_CARD needs bank_type, bank_account and real_name"
        "USER_BANK_CARD 必须带 bank_type、bank_account 和 real_name";
    TRANSFER_SCENE "transfer_scene"
        "the merchant has not opened this transfer scene: see transfer_scenes of --merchant"
        "该商户没有开通这个转账场景：见 --merchant 的 transfer_scenes";
    RELATION_OF_PARTNERS "field_format"
        "only service providers may use the relation SERVICE_PROVIDER"
        "SERVICE_PROVIDER 只用于服务商";
    CUSTOM_RELATION_MISSING "missing_fields"
        "CUSTOM needs custom_relation"
        "CUSTOM 必须带 custom_relation";
    BILL_ALGORITHM "algorithm"
        "this emulator encrypts bills with AEAD_AES_256_GCM alone"
        "模拟器只用 AEAD_AES_256_GCM 加密账单";
    RECEIPT_STATE "transfer_state"
        "only a transfer that succeeded has a receipt: ask transfer_query first"
        "只有成功的转账才有电子回单：请先查询转账单";
    RECEIPT_UNKNOWN "receipt_unknown"
        "no receipt of this transfer was applied for"
        "这笔转账还没有申请过电子回单";
    RECEIVER_NAME "missing_fields"
        "user_name is required from 2000 yuan on, and must not be sent below 0.3 yuan"
        "转账金额满 2000 元必须传 user_name，不足 0.3 元不能传";
    RETRY_PERIOD "retry_period"
        "this out_bill_no was sent first longer ago than --transfer-retry-period: query it, and take a new number only when it failed"
        "这个 out_bill_no 首次请求已超过 --transfer-retry-period：请先查询，确认失败后才能换单号";
    RECEIVER_OPENID "other_openid"
        "the appid has no customer with this openid"
        "该 appid 下没有这个 openid 的用户";
    BILL_DATE "field_format"
        "bill_date must be yyyy-MM-dd"
        "bill_date 的格式必须是 yyyy-MM-dd";
    DOWNLOAD_URL "download_url"
        "this download_url was not issued, or is over five minutes old: ask for the bill again"
        "download_url 不是本模拟器给出的，或已超过五分钟：请重新申请账单";

    // The page and the app that open the cashier.


    PAGE_APPID "other_appid"
        "appId is not the one that the order was made with"
        "appId 不是下单时用的那个";
    TIME_STAMP "time_stamp"
        "timeStamp is missing or not a string: iOS refuses a number"
        "timeStamp 缺失或不是字符串：iOS 不接受数字";
    TIMESTAMP_UNDEFINED "time_stamp"
        "chooseWXPay was called without timestamp, which it wants in lower case"
        "调用 chooseWXPay 时没有 timestamp（它要求全小写）";
    PREPAY_EXPIRED "prepay_expired"
        "the prepay_id is over 2 h old"
        "prepay_id 已超过 2 小时";

    // The open platform.

    APPID_UNKNOWN "other_appid"
        "this emulator has no such appid"
        "模拟器没有这个 appid";
    TOKEN_REPLACED "token_replaced"
        "the access_token is unknown, or a newer one has replaced it"
        "access_token 不存在，或已被新的替换";
    GRANT_TYPE "grant_type"
        "grant_type is missing or not the one of this call"
        "grant_type 缺失，或不是这个接口的值";
    OPENID_OF_TOKEN "other_openid"
        "the openid is not the one that the access_token was given for"
        "openid 不是这个 access_token 对应的用户";
    CODE_UNKNOWN "code_unknown"
        "the code was never issued, or was issued for another appid or another call (wx.login, getPhoneNumber, the authorize link), or has \
         expired"
        "code 从未发出，或属于另一个 appid 或另一个接口（wx.login、getPhoneNumber、授权链接），或已过期";
    REFRESH_TOKEN_UNKNOWN "refresh_token_unknown"
        "the refresh_token is unknown, or belongs to another appid"
        "refresh_token 不存在，或属于另一个 appid";
    TICKET_TYPE "ticket_type"
        "type must be jsapi"
        "type 必须是 jsapi";
    OTHER_SECRET "other_secret"
        "secret is not this appid's AppSecret; the merchant's API key is a different key"
        "secret 不是这个 appid 的 AppSecret；它与商户的 API 密钥不是同一个";
    CODE_USED "code_used"
        "the code was used before: each works for one exchange only, also when a page is loaded again"
        "code 已经用过：每个只能换一次，刷新页面时也一样";
    PARAMETER_MISSING "missing_fields"
        "a parameter is missing or empty: errmsg names it"
        "有参数缺失或为空，errmsg 里有它的名字";
    ACCESS_TOKEN_EXPIRED "token_expired"
        "the access_token is over two hours old"
        "access_token 已超过两小时";
    REFRESH_TOKEN_EXPIRED "token_expired"
        "the refresh_token is over thirty days old"
        "refresh_token 已超过三十天";
    CODE_EXPIRED "code_expired"
        "the code is over five minutes old"
        "code 已超过五分钟";
    METHOD "method"
        "this call requires POST"
        "这个接口要求 POST";
    BODY "body"
        "this call requires a JSON object as its body"
        "这个接口的请求体必须是一个 JSON 对象";
    QUOTA "quota"
        "force_refresh was used too often"
        "force_refresh 用得太频繁";
    SCOPE "scope"
        "the user granted snsapi_base only; userinfo requires snsapi_userinfo"
        "用户只授权了 snsapi_base，而 userinfo 需要 snsapi_userinfo";
    COMPONENT "component"
        "component_appid is not this emulator's platform: see GET /_emulator/component"
        "component_appid 不是模拟器的第三方平台：见 GET /_emulator/component";
    COMPONENT_TICKET "component_ticket"
        "component_verify_ticket is not the one of GET /_emulator/component"
        "component_verify_ticket 与 GET /_emulator/component 给出的不一致";
    SIG_METHOD "sig_method"
        "sig_method must be hmac_sha256"
        "sig_method 必须是 hmac_sha256";
    SESSION_KEY "session_key"
        "the signature was not made with the customer's current session key: the customer logged in again, or never"
        "签名用的不是用户当前的 session_key：用户重新登录过，或从未登录";
    CORP_SECRET "other_secret"
        "corpsecret is not the secret of this corp's application"
        "corpsecret 不是该企业应用的 secret";
    USERID "other_userid"
        "the corp has no member with this userid"
        "该企业没有这个 userid 的成员";
    CORPID "other_appid"
        "this emulator has no such corpid: the appid of a public account is not one"
        "模拟器里没有这个 corpid：公众号的 appid 不是 corpid";
    CORP_TOKEN "token_replaced"
        "the access_token is unknown, or is one of a public account"
        "access_token 未知，或属于公众号";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Reason;

    #[test]
    fn every_reason_is_written_in_both_languages() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for Reason { code, english, chinese } in Reason::ALL {
            assert!(!code.is_empty() && english.is_ascii() && is_chinese(chinese), "{code}");
        }
        let texts: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.english).collect();
        assert_eq!(texts.len(), Reason::ALL.len());
    }
}
