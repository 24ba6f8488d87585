//! The table of usual mistakes: code, how it is proved, title and advice in English and in Chinese.

use crate::explanation::{Mistake, Proof, Words};

macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident $code:literal $proof:ident
        $english:literal $(: $english_advice:literal)?
        $chinese:literal $(: $chinese_advice:literal)?;)*) => {
        impl Mistake {
            $($(#[$doc])* pub const $name: Self = Self {
                code: $code,
                proof: Proof::$proof,
                english: Words { title: $english, advice: concat!($($english_advice)?) },
                chinese: Words { title: $chinese, advice: concat!($($chinese_advice)?) },
            };)*

            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

// Signatures over fields.
mistakes! {
    /// Nothing is wrong.
    NONE "none" Recomputed
        "the signature is right"
        "签名没有问题";
    /// There is no `sign`.
    MISSING "sign_missing" Seen
        "there is no sign": "the field sign is missing or empty"
        "没有 sign": "没有 sign 字段，或它是空的。";
    /// `sign` has neither the 32 characters of MD5 nor the 64 of HMAC-SHA256.
    MALFORMED "sign_malformed" Seen
        "sign has the wrong length": "it is neither MD5 (32 hexadecimal digits) nor HMAC-SHA256 (64); RSA signatures of APIv3 do not fit here"
        "sign 的长度不对": "既不是 MD5 的 32 位，也不是 HMAC-SHA256 的 64 位十六进制；APIv3 的 RSA 签名不能用在这里。";
    /// Signed with the other algorithm than the message declares.
    OTHER_ALGORITHM "other_algorithm" Recomputed
        "signed with another algorithm than declared": "without sign_type WeChat assumes MD5; send sign_type=HMAC-SHA256 with an HMAC signature, and give a page the signType of the order"
        "签名算法与声明的不一致": "实际用的是另一种算法：不传 sign_type 就表示 MD5；用 HMAC-SHA256 签名时要传 sign_type=HMAC-SHA256。调起支付的 signType 要与下单时一致。";
    /// A plain SHA-256 in place of HMAC-SHA256.
    PLAIN_SHA256 "plain_sha256" Recomputed
        "hashed with SHA-256 instead of HMAC-SHA256": "HMAC-SHA256 also needs the API key as the key of the HMAC"
        "用了 SHA-256 而不是 HMAC-SHA256": "HMAC-SHA256 还要以 API 密钥作为 HMAC 的密钥。";
    /// `sign_type` was sent and not signed.
    SIGN_TYPE_LEFT_OUT "sign_type_left_out" Recomputed
        "sign_type was sent but not signed": "sign every field that is sent, except sign itself"
        "sign_type 没有参与签名": "发送的字段除 sign 外都要参与签名，sign_type（signType）也一样。";
    /// `sign_type` was signed and not sent.
    SIGN_TYPE_NOT_SENT "sign_type_not_sent" Recomputed
        "sign_type was signed but not sent": "send it, or leave it out of the signature too"
        "sign_type 参与了签名却没有发送": "要么一起发送，要么也不参与签名。";
    /// Fields with empty values were signed.
    EMPTY_VALUES_SIGNED "empty_values_signed" Recomputed
        "fields with empty values were signed": "leave them out of the signature, and do not write null, None or undefined for them"
        "空值参与了签名": "值为空的字段不参与签名；null、None、undefined 也不要写进去。";
    /// `sign` itself was signed: left empty, or with an earlier signature.
    SIGN_SIGNED "sign_signed" Recomputed
        "sign itself was signed": "leave it out, also when a request is signed again"
        "sign 自己参与了签名": "sign 不参与签名；重签同一请求时先去掉旧的 sign。";
    /// White space stands around the key.
    KEY_WITH_WHITE_SPACE "key_with_white_space" Recomputed
        "the API key has white space around it": "a space, a line end or a byte order mark came along from a file or a variable"
        "API 密钥前后有空白字符": "多半是从文件或环境变量读入时带上了空格、换行或 BOM。";
    /// Quotation marks stand around the key.
    KEY_QUOTED "key_quoted" Recomputed
        "the API key has quotation marks around it": "they were read from the configuration as a part of the key"
        "API 密钥带着引号": "读配置时把引号也当成了密钥的一部分。";
    /// The key's letters are in the other case.
    KEY_OTHER_CASE "key_other_case" Recomputed
        "the API key was changed to upper or lower case": "use the key as it is: case matters"
        "API 密钥的大小写被改了": "密钥区分大小写，请原样使用。";
    /// Values were XML-escaped, or put into CDATA, before they were signed.
    VALUES_ESCAPED "values_escaped" Recomputed
        "values were XML-escaped or put into CDATA before they were signed": "sign the plain text"
        "值在签名前做了 XML 转义": "签名用的是原文，不是 &lt; 之类的转义，也不带 CDATA。";
    /// Values were URL-encoded before they were signed.
    VALUES_URL_ENCODED "values_url_encoded" Recomputed
        "values were URL-encoded before they were signed": "sign the plain text"
        "值在签名前做了 URL 编码": "签名用的是原文，不做 URL 编码。";
    /// White space around values was removed before they were signed.
    VALUES_TRIMMED "values_trimmed" Recomputed
        "values were signed without the white space around them, but sent with it": "sign what is sent"
        "值在签名前去掉了首尾空白": "发送什么就签名什么：要么两处都去掉，要么都不去。";
    /// Values were signed in another character set than UTF-8, or sent in one.
    VALUES_OTHER_CHARSET "values_other_charset" Recomputed
        "values were signed in another character set than they were sent in": "sign and send UTF-8, not GBK or ISO-8859-1"
        "值的字符集不一致": "签名和发送都要用 UTF-8，不要用 GBK 或 ISO-8859-1。";
    /// Names were sorted without regard to case.
    NAMES_SORTED_WITHOUT_CASE "names_sorted_without_case" Recomputed
        "names were sorted without regard to case": "sort by byte value, A-Z before _ before a-z"
        "字段排序时忽略了大小写": "按字节（ASCII）排序：大写字母在前，其次下划线，再是小写字母。";
    /// Fields were signed in the order in which they were sent.
    NAMES_NOT_SORTED "names_not_sorted" Recomputed
        "names were not sorted": "sort by byte value"
        "字段没有排序": "签名前要把字段名按字节（ASCII）从小到大排序。";
    /// Names were signed in other letters than they were sent in, such as `mchId`.
    NAMES_OTHER_CASE "names_other_case" Recomputed
        "names were signed in another spelling than they were sent in": "sign mch_id, not mchId or MCH_ID"
        "签名时字段名的写法不同": "签名里的字段名要与发送的完全一样：是 mch_id，不是 mchId。";
    /// `&key=` and the key were left out.
    KEY_LEFT_OUT "key_left_out" Recomputed
        "the signed text does not end in &key= and the API key": "append both"
        "末尾没有拼上 &key=密钥": "待签名的字符串末尾要拼上 &key= 和 API 密钥。";
    /// The key was appended without its name, or without the `&` before it.
    KEY_WITHOUT_NAME "key_without_name" Recomputed
        "the API key was appended to the signed text in another form than &key=…": "append &key= and the key"
        "密钥没有以 &key= 的形式拼上": "末尾应是 &key= 加密钥，一个字符也不能少。";
    /// The key was sorted among the fields.
    KEY_AMONG_FIELDS "key_among_fields" Recomputed
        "the key was sorted among the fields": "&key=… comes after all of them"
        "key 被当成字段一起排序了": "&key=… 要放在所有字段之后。";
    /// One field was sent and not signed.
    FIELD_NOT_SIGNED "field_not_signed" Recomputed
        "one field was sent but not signed": "sign every field that is sent, except sign itself; do not add fields after signing"
        "有一个字段发送了却没有签名": "多半是签名之后又加了字段；除 sign 外，发送的字段都要参与签名。";
    /// Signed with the APIv3 key.
    API_V3_KEY_AS_KEY "api_v3_key_as_key" Recomputed
        "signed with the APIv3 key": "the merchant platform has two keys; APIv2 wants the API key, not the APIv3 key"
        "用 APIv3 密钥当作 API 密钥签名了": "商户平台上有两个密钥：这里要用 APIv2 的 API 密钥，不是 APIv3 密钥。";
    /// Signed with the appid's secret.
    APP_SECRET_AS_KEY "app_secret_as_key" Recomputed
        "signed with the AppSecret": "the payment API wants the merchant's API key"
        "用 AppSecret 当作 API 密钥签名了": "支付接口用商户平台设置的 API 密钥（APIv2），不是公众平台的 AppSecret。";
    /// Signed with another merchant's API key.
    KEY_OF_OTHER_MERCHANT "key_of_other_merchant" Recomputed
        "signed with the API key of another mch_id": "a service provider signs with its own key, not its sub-merchant's"
        "用了另一个商户号的 API 密钥": "服务商模式下用服务商自己的密钥，不用子商户的。";
    /// The text has a character of four bytes (emoji), which APIv2 does not take.
    FOUR_BYTE_CHARACTER "four_byte_character" Likely
        "a value has a character of four bytes, such as an emoji": "APIv2 refuses it; remove it from body, attach and the like"
        "含有四字节字符（如表情符号）": "APIv2 只接受 1–3 字节的 UTF-8 字符，请从 body、attach 等字段中去掉。";
    /// None of these: another key, or another set of fields.
    UNKNOWN "unknown" Likely
        "signed with another key or over other fields than were sent": "was the key reset at the platform? Is it the APIv3 key, the AppSecret or a sub-merchant's key? Did fields change after they were signed?"
        "多半是密钥不对": "常见错误都不符合。密钥可能重置过，可能误用了 APIv3 密钥、AppSecret 或子商户的密钥；也可能签名的字段与发送的不同。";

    // The parameters that a page or an app pays with.

    /// `timeStamp` is missing, or a number.
    TIME_STAMP "time_stamp" Seen
        "timeStamp is missing or not a text": "pass it as a text: iOS refuses a number"
        "timeStamp 缺失，或不是字符串": "iOS 不接受数字形式的 timeStamp，请用字符串。";
    /// `timestamp` was signed.
    TIME_STAMP_LOWER_CASE "time_stamp_lower_case" Recomputed
        "timestamp was signed": "the signed name is timeStamp, even for chooseWXPay, whose parameter is timestamp"
        "签名里写成了 timestamp": "参与签名的是 timeStamp（S 大写），chooseWXPay 也一样，虽然它的参数叫 timestamp。";
    /// `appid` was signed.
    APPID_LOWER_CASE "appid_lower_case" Recomputed
        "appid was signed": "the signed name is appId"
        "签名里写成了 appid": "调起支付的签名里是 appId（I 大写）。";
    /// `appId` was not signed.
    APP_ID_LEFT_OUT "app_id_left_out" Recomputed
        "appId was not signed"
        "appId 没有参与签名";
    /// `signType` was signed, and not given to `chooseWXPay`.
    SIGN_TYPE_NOT_PASSED "sign_type_not_passed" Recomputed
        "chooseWXPay was called without signType": "it assumes SHA1 then; pass the signType that was signed"
        "调用 chooseWXPay 时没有传 signType": "不传时按 SHA1 处理；请传签名时用的 signType。";
    /// `package` was signed as the bare `prepay_id`.
    PACKAGE_WITHOUT_NAME "package_without_name" Recomputed
        "package was signed without prepay_id=": "the signed package is prepay_id=…, not the prepay_id alone"
        "package 少了 prepay_id=": "签名里的 package 是 prepay_id=…，不是单独的 prepay_id。";
    /// `package` was not signed.
    PACKAGE_LEFT_OUT "package_left_out" Recomputed
        "package was not signed"
        "package 没有参与签名";

    // The arguments of wx.config.

    /// No ticket was ever fetched.
    NO_TICKET "no_ticket" Seen
        "no jsapi_ticket was ever fetched for this appid"
        "还没有取过 jsapi_ticket";
    /// The ticket that was signed is over.
    STALE_TICKET "stale_ticket" Recomputed
        "signed with a jsapi_ticket that has expired or was replaced": "share one ticket and renew it in time"
        "jsapi_ticket 已失效": "ticket 要集中缓存，并在过期前更新。";
    /// The url was signed with its fragment.
    URL_WITH_HASH "url_with_hash" Recomputed
        "the url was signed with its #": "leave out the # and what follows it"
        "url 带着 # 签名了": "签名用的 url 不含 # 及其后面的部分。";
    /// The url was signed without its query.
    URL_WITHOUT_QUERY "url_without_query" Recomputed
        "the url was signed without its query": "sign location.href up to the #, with all of its query"
        "url 少了 ? 后面的参数": "要签名 # 之前的整个 location.href，包括全部参数。";
    /// The url was signed with or without a final slash.
    URL_SLASH "url_slash" Recomputed
        "the url was signed with or without a final / that the browser shows otherwise": "sign location.href up to the #"
        "url 末尾的 / 不一致": "要与浏览器地址栏里的一致。";
    /// The url was encoded or decoded before it was signed.
    URL_ENCODING "url_encoding" Recomputed
        "the url was encoded or decoded before it was signed": "sign it as location.href gives it"
        "url 的编码不一致": "签名用 location.href 给出的 url，不再编码或解码。";
    /// The signature is in capitals.
    UPPER_CASE "upper_case" Recomputed
        "the signature is in upper case": "it has to be lower-case hexadecimal"
        "signature 要用小写": "JS-SDK 的签名是小写的十六进制。";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::explanation::Language;

    #[test]
    fn each_has_a_code_and_words_of_its_own_in_both_languages() {
        let codes: BTreeSet<_> = Mistake::ALL.iter().map(Mistake::code).collect();
        assert_eq!(codes.len(), Mistake::ALL.len());
        for language in [Language::English, Language::Chinese] {
            let sentences: BTreeSet<_> = Mistake::ALL.iter().map(|mistake| mistake.sentence(language)).collect();
            assert_eq!(sentences.len(), Mistake::ALL.len());
        }
        for mistake in Mistake::ALL {
            let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(mistake.code().chars().all(is_code), "{mistake:?}");
            assert!(!mistake.sentence(Language::English).contains(is_chinese), "{mistake:?}");
            assert!(mistake.title(Language::Chinese).contains(is_chinese), "{mistake:?}");
        }
        assert_eq!(Mistake::NAMES_NOT_SORTED.to_string(), "names were not sorted: sort by byte value");
        assert_eq!(Mistake::APP_ID_LEFT_OUT.sentence(Language::Chinese), "appId 没有参与签名");
    }
}
