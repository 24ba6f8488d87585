//! The table of usual mistakes: code, how it is proved, title and advice in English and in Chinese.

use crate::explanation::{Mistake, Proof, Words};

macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident $code:literal $proof:ident
        $english:literal $(: $english_advice:literal)?
        $chinese:literal $(: $chinese_advice:literal)?
        $(received $received:literal $received_chinese:literal)?;)*) => {
        impl Mistake {
            $($(#[$doc])* pub const $name: Self = Self {
                code: $code,
                proof: Proof::$proof,
                english: Words { title: $english, advice: concat!($($english_advice)?) },
                chinese: Words { title: $chinese, advice: concat!($($chinese_advice)?) },
                received: received!($($received, $received_chinese)?),
            };)*

            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The row of a code.
            pub fn of(code: &str) -> Option<Self> {
                Self::ALL.iter().find(|mistake| mistake.code() == code).copied()
            }
        }
    };
}

macro_rules! received {
    () => {
        None
    };
    ($english:literal, $chinese:literal) => {
        Some([$english, $chinese])
    };
}

// `received` says what happened to a message of WeChat's that shows the same difference: it was right when it was signed.
mistakes! {
    // Signatures over fields.

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
    /// `sign` is in Base64.
    SIGN_ENCODED "sign_encoded" Recomputed
        "sign is written in Base64": "write the digest in hexadecimal, in upper case"
        "sign 写成了 Base64": "签名要写成十六进制的大写字母。";
    /// White space stands around `sign`.
    SIGN_WITH_WHITE_SPACE "sign_with_white_space" Recomputed
        "sign has white space around it": "send the digits alone"
        "sign 前后有空白字符": "只发送签名的十六进制字符。";
    /// The length of `sign` is that of an algorithm which the client does not accept.
    SIGN_TYPE_NOT_ALLOWED "sign_type_not_allowed" Seen
        "signed with an algorithm that this client does not accept": "add it to accept_sign_types while orders that were made with it are open"
        "这个客户端不接受所用的签名算法": "只要还有用它下的单没有完结，就把它加进 accept_sign_types。";
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
    /// The first or the last character of the key is missing.
    KEY_CUT "key_cut" Recomputed
        "signed with the API key less its first or last character": "copy the whole key"
        "API 密钥少了首字符或尾字符": "请复制完整的密钥。";
    /// Values were XML-escaped, or put into CDATA, before they were signed.
    VALUES_ESCAPED "values_escaped" Recomputed
        "values were XML-escaped or put into CDATA before they were signed": "sign the plain text"
        "值在签名前做了 XML 转义": "签名用的是原文，不是 &lt; 之类的转义，也不带 CDATA。"
        received "XML escapes in values were undone" "值里的 XML 转义被还原了";
    /// Values were signed plain, and XML-escaped or put into CDATA a second time before they were sent.
    VALUES_SENT_ESCAPED "values_sent_escaped" Recomputed
        "values were escaped for XML or HTML after they were signed": "sign and send the same text, and escape it only once, when the XML is written"
        "值在签名之后又做了 XML/HTML 转义": "签名和发送要用同一段文字；只在写 XML 时转义一次。"
        received "values were escaped for XML or HTML, such as &quot; for a quotation mark" "值被做了 XML/HTML 转义，例如引号变成了 &quot;";
    /// Values were signed with backslashes before quotation marks, or as JSON writes them.
    VALUES_BACKSLASHED "values_backslashed" Recomputed
        "values were signed with backslash escapes": "sign the plain text, not what addslashes or a JSON writer makes of it"
        "值在签名前带上了反斜杠转义": "签名用的是原文，不是 addslashes 或 JSON 写法（\\u8336、\\/）。"
        received "backslash escapes in values were undone" "值里的反斜杠转义被还原了";
    /// Values were signed plain and sent with backslashes.
    VALUES_SENT_BACKSLASHED "values_sent_backslashed" Recomputed
        "values were given backslash escapes after they were signed": "send the text that was signed, without addslashes; a line of a web server's log (\\x22) is not the message"
        "值在签名之后加上了反斜杠转义": "发送的要与签名的一致，不要再做 addslashes；日志里的 \\x22 不是原来的报文。"
        received "values were given backslash escapes, such as \\x22 or \\u8336" "值被加上了反斜杠转义，例如 \\x22、\\u8336";
    /// Values were URL-encoded before they were signed.
    VALUES_URL_ENCODED "values_url_encoded" Recomputed
        "values were URL-encoded before they were signed": "sign the plain text"
        "值在签名前做了 URL 编码": "签名用的是原文，不做 URL 编码。"
        received "values were URL-decoded, such as + into a space" "值被做了 URL 解码，例如 + 变成了空格";
    /// Values were signed plain and sent URL-encoded.
    VALUES_SENT_URL_ENCODED "values_sent_url_encoded" Recomputed
        "values were URL-encoded after they were signed": "send the text that was signed, as XML"
        "值在签名之后又做了 URL 编码": "发送的要与签名的一致，以 XML 发送，不做 URL 编码。"
        received "values were URL-encoded, such as a space into +" "值被做了 URL 编码，例如空格变成了 +";
    /// White space around values was removed before they were signed.
    VALUES_TRIMMED "values_trimmed" Recomputed
        "values were signed without the white space around them, but sent with it": "sign what is sent"
        "值在签名前去掉了首尾空白": "发送什么就签名什么：要么两处都去掉，要么都不去。"
        received "white space was added to values" "值里多了空白字符";
    /// White space in values was signed and not sent.
    VALUES_SENT_TRIMMED "values_sent_trimmed" Recomputed
        "values were signed with white space that was not sent": "sign what is sent"
        "值里的空白字符参与了签名却没有发送": "发送什么就签名什么。"
        received "white space in values was removed or changed" "值里的空白字符被去掉或改了";
    /// Values were signed with other line ends than they were sent with.
    LINE_ENDS "line_ends" Recomputed
        "values were signed with other line ends than they were sent with": "sign and send the same: XML readers turn CR LF into LF"
        "值里的换行符不一致": "签名和发送要用同样的换行符；XML 解析会把 CR LF 变成 LF。"
        received "line ends in values were changed (CR LF, LF, CR)" "值里的换行符（CR LF、LF、CR）被改了";
    /// HTML tags were sent and not signed.
    TAGS_STRIPPED "tags_stripped" Recomputed
        "values were signed without the HTML tags that were sent": "sign what is sent"
        "签名时去掉了值里的 HTML 标签": "发送什么就签名什么。"
        received "HTML tags were added to values" "值里多了 HTML 标签";
    /// Values were signed in other letters, large or small, than they were sent in.
    VALUES_OTHER_CASE "values_other_case" Recomputed
        "values were signed in upper or lower case, and sent otherwise": "sign the text as it is sent"
        "签名时改了值的大小写": "签名用的要与发送的完全一样。"
        received "values were changed to upper or lower case" "值的大小写被改了";
    /// A number was signed as `1.0`, in yuan, or without its zeros.
    NUMBERS_OTHER_FORM "numbers_other_form" Recomputed
        "a number was signed in another form than it was sent in": "sign the text that is sent: 1 and 1.0, 007 and 7, fen and yuan differ"
        "签名时数字的写法不同": "签名用的要与发送的完全一样：1 与 1.0、007 与 7、分与元都不同。"
        received "a number was written in another form" "数字的写法被改了";
    /// Values were signed in another character set than UTF-8, or sent in one.
    VALUES_OTHER_CHARSET "values_other_charset" Recomputed
        "values were signed in another character set than they were sent in": "sign and send UTF-8, not GBK or ISO-8859-1"
        "值的字符集不一致": "签名和发送都要用 UTF-8，不要用 GBK 或 ISO-8859-1。"
        received "values were read in another character set than UTF-8" "值没有按 UTF-8 读取";
    /// Characters were replaced by U+FFFD or question marks.
    CHARACTERS_LOST "characters_lost" Likely
        "a value has question marks or U+FFFD in place of characters": "bytes were read in the wrong character set; pass and send the raw UTF-8 bytes"
        "值里有问号或 U+FFFD 代替了原来的文字": "字节被按错误的字符集读取了；请使用原始的 UTF-8 字节。";
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
        "签名时字段名的写法不同": "签名里的字段名要与发送的完全一样：是 mch_id，不是 mchId。"
        received "names were written in another spelling" "字段名的写法被改了";
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
    /// Names and values were joined in another way.
    TEXT_JOINED_OTHERWISE "text_joined_otherwise" Recomputed
        "fields were not joined as name=value&name=value": "sort them by name, and join them with = and &"
        "字段没有按 name=value&name=value 拼接": "按字段名排序后，用 = 和 & 拼接。";
    /// One field was sent and not signed.
    FIELD_NOT_SIGNED "field_not_signed" Recomputed
        "one field was sent but not signed": "sign every field that is sent, except sign itself; do not add fields after signing"
        "有一个字段发送了却没有签名": "多半是签名之后又加了字段；除 sign 外，发送的字段都要参与签名。"
        received "a field was added" "多了一个字段";
    /// One field was signed and not sent.
    FIELD_NOT_SENT "field_not_sent" Recomputed
        "one field was signed but not sent": "send it, or leave it out of the signature"
        "有一个字段参与了签名却没有发送": "要么发送，要么不参与签名。"
        received "a field was removed" "少了一个字段";
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
    /// The message is too long, or too many wrong ones came.
    NOT_SEARCHED "not_searched" Likely
        "the cause was not searched for": "the message is long, or many with a wrong signature came at once; use explain"
        "没有查找原因": "报文太长，或短时间内收到许多签名错误的报文；可以用 explain 查看。";

    // Messages without a signature of APIv2.

    /// A refund notification: it has `req_info` and no signature.
    REFUND_NOTIFICATION "refund_notification" Seen
        "this is a refund notification (it has req_info and no sign)": "give notify.handle a function for refunds (on_refunded, Node onRefunded), or give refunds another notify_url and read them there by parse_refund"
        "这是退款通知（有 req_info，没有 sign）": "请给 notify.handle 传入处理退款的函数（on_refunded，Node 为 onRefunded），或给退款另设 notify_url，并在那里用 parse_refund 读取。";
    /// `req_info` was encrypted with another key.
    REQ_INFO_KEY "req_info_key" Seen
        "req_info does not decrypt with this API key": "api_key must be the APIv2 key of this merchant; an APIv3 key, the AppSecret or another merchant's key does not work"
        "req_info 无法用此 API 密钥解密": "api_key 必须是该商户的 APIv2 密钥；APIv3 密钥、AppSecret 或其他商户的密钥都不行。";
    /// A notification of APIv3.
    API_V3_NOTIFICATION "api_v3_notification" Seen
        "this is a notification of APIv3 (JSON with an encrypted resource)": "its order was made by APIv3, or notify_url belongs to APIv3; it needs api_v3_key"
        "这是 APIv3 的通知（JSON，带加密的 resource）": "订单是用 APIv3 下的，或 notify_url 属于 APIv3；需要 api_v3_key。";
    /// Nothing.
    BODY_EMPTY "body_empty" Seen
        "the body is empty": "another reader took it before, or it was not sent; read the raw body once, before any parser"
        "报文是空的": "可能已被别的代码读走，或没有发送；请在任何解析之前读取原始请求体。";
    /// gzip or zlib.
    BODY_COMPRESSED "body_compressed" Seen
        "the body is compressed (gzip or zlib)": "decompress it, or stop the proxy that compresses requests"
        "报文是压缩的（gzip 或 zlib）": "请先解压，或关闭对请求的压缩。";
    /// Base64.
    BODY_BASE64 "body_base64" Seen
        "the body is in Base64": "decode it first: API gateways and serverless platforms encode bodies (isBase64Encoded)"
        "报文是 Base64 编码的": "请先解码：API 网关和云函数会把请求体做 Base64 编码（isBase64Encoded）。";
    /// UTF-16.
    BODY_UTF_16 "body_utf_16" Seen
        "the body is in UTF-16": "pass the raw bytes, which are UTF-8"
        "报文是 UTF-16 编码的": "请使用原始字节，它们是 UTF-8。";
    /// A form, or a URL-encoded text.
    BODY_FORM "body_form" Seen
        "the body is a form or URL-encoded": "pass the raw body, before a form parser reads it"
        "报文是表单或 URL 编码的": "请在表单解析之前取原始请求体。";
    /// An object that was printed.
    BODY_PARSED "body_parsed" Seen
        "the body is a parsed object that was written out again": "pass the raw body, before any parser reads it"
        "报文是解析之后又写出来的对象": "请在任何解析之前取原始请求体。";
    /// Escaped XML.
    BODY_ESCAPED "body_escaped" Seen
        "the whole body is escaped": "pass the raw body, not a text from a log, a page or JSON"
        "整个报文都被转义了": "请使用原始请求体，不要用日志、页面或 JSON 里的文字。";
    /// HTML.
    BODY_HTML "body_html" Seen
        "the body is an HTML page": "a proxy or an error page answered"
        "报文是 HTML 页面": "可能是代理或错误页面。";
    /// The end is missing.
    BODY_CUT "body_cut" Seen
        "the end of the body is missing": "read the whole body, in bytes as Content-Length says"
        "报文不完整": "请按 Content-Length（字节数）读完整个请求体。";
    /// None of these.
    UNREADABLE "unreadable" Seen
        "the body is not XML of WeChat Pay": "pass the raw body as it came"
        "报文不是微信支付的 XML": "请使用收到的原始请求体。";

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
    /// `chooseWXPay` takes no `appId`.
    APP_ID_NEEDED "app_id_needed" Seen
        "appId is signed and is not among these parameters": "chooseWXPay takes it from wx.config; add appId to explain them"
        "这些参数里没有参与签名的 appId": "chooseWXPay 的 appId 来自 wx.config；要解释签名请补上 appId。";
    /// `signType` was signed, and not given to `chooseWXPay`.
    SIGN_TYPE_NOT_PASSED "sign_type_not_passed" Recomputed
        "chooseWXPay was called without signType": "it assumes SHA1 then; pass the signType that was signed"
        "调用 chooseWXPay 时没有传 signType": "不传时按 SHA1 处理；请传签名时用的 signType。";
    /// `package` was signed as the bare `prepay_id`.
    PACKAGE_WITHOUT_NAME "package_without_name" Recomputed
        "package was signed without prepay_id=": "the signed package is prepay_id=…, not the prepay_id alone"
        "package 少了 prepay_id=": "签名里的 package 是 prepay_id=…，不是单独的 prepay_id。";
    /// `package` was signed as `prepay_id=prepay_id=…`.
    PACKAGE_NAMED_TWICE "package_named_twice" Recomputed
        "package was signed with prepay_id= twice"
        "package 里的 prepay_id= 写了两次";
    /// An app's `package` was signed as a page's.
    PACKAGE_OF_A_PAGE "package_of_a_page" Recomputed
        "an app's package was signed as prepay_id=…": "in an app, package is Sign=WXPay"
        "App 的 package 写成了 prepay_id=…": "App 调起支付时 package 是 Sign=WXPay。";
    /// `package` was not signed.
    PACKAGE_LEFT_OUT "package_left_out" Recomputed
        "package was not signed"
        "package 没有参与签名";

    // The arguments of wx.config.

    /// No ticket was ever fetched.
    NO_TICKET "no_ticket" Seen
        "no jsapi_ticket was ever fetched for this appid"
        "还没有取过 jsapi_ticket";
    /// The ticket that was signed has expired.
    STALE_TICKET "stale_ticket" Recomputed
        "signed with a jsapi_ticket that has expired or was replaced": "share one ticket and renew it in time"
        "jsapi_ticket 已失效": "ticket 要集中缓存，并在过期前更新。";
    /// The access_token was signed.
    ACCESS_TOKEN_AS_TICKET "access_token_as_ticket" Recomputed
        "signed with the access_token": "sign with the jsapi_ticket, which getticket gives for that token"
        "用 access_token 当作 jsapi_ticket 签名了": "要用 getticket 取得的 jsapi_ticket。";
    /// The url was signed with its fragment.
    URL_WITH_HASH "url_with_hash" Recomputed
        "the url was signed with its #": "leave out the # and what follows it"
        "url 带着 # 签名了": "签名用的 url 不含 # 及其后面的部分。";
    /// The url was signed without its query.
    URL_WITHOUT_QUERY "url_without_query" Recomputed
        "the url was signed without its query": "sign location.href up to the #, with all of its query"
        "url 少了 ? 后面的参数": "要签名 # 之前的整个 location.href，包括全部参数。";
    /// A part of the query was not signed.
    URL_QUERY_CUT "url_query_cut" Recomputed
        "the url was signed without a part of its query": "sign all of it, also what WeChat adds when a page is shared (from=singlemessage)"
        "url 少了一部分参数": "要签名全部参数，包括分享后微信加上的（from=singlemessage）。";
    /// The query is another one.
    URL_QUERY "url_query" Recomputed
        "the url was signed with another query": "sign location.href up to the #, with the parameters in its order"
        "url 的参数不一致": "要签名 # 之前的整个 location.href，参数的顺序也不变。";
    /// `&amp;` was signed.
    URL_ESCAPED "url_escaped" Recomputed
        "the url was signed with &amp; for &": "it came out of HTML or a template; sign location.href"
        "url 里的 & 写成了 &amp;": "url 来自 HTML 或模板；请签名 location.href。";
    /// http was signed, and the page is at https.
    URL_SCHEME "url_scheme" Recomputed
        "the url was signed with http, and the page is at https, or the reverse": "behind a proxy that ends TLS the server sees http: trust X-Forwarded-Proto, or let the page send location.href"
        "url 的 http/https 不一致": "在终结 TLS 的代理之后，服务器看到的是 http：请信任 X-Forwarded-Proto，或让页面传 location.href。";
    /// Another port.
    URL_PORT "url_port" Recomputed
        "the url was signed with another port": "browsers leave out :80 and :443, and a proxy hides the server's own port; sign location.href"
        "url 的端口不一致": "浏览器不显示 :80 和 :443，代理也会隐藏服务器自己的端口；请签名 location.href。";
    /// Another host.
    URL_HOST "url_host" Recomputed
        "the url was signed with another host": "behind a proxy the server sees its own name: trust X-Forwarded-Host, or let the page send location.href"
        "url 的域名不一致": "在代理之后，服务器看到的是自己的名字：请信任 X-Forwarded-Host，或让页面传 location.href。";
    /// The host in capitals.
    URL_HOST_CASE "url_host_case" Recomputed
        "the url was signed with capitals in the host": "browsers write hosts in lower case"
        "url 的域名用了大写": "浏览器里的域名是小写。";
    /// No scheme or host.
    URL_WITHOUT_ORIGIN "url_without_origin" Recomputed
        "the url was signed without scheme or host": "sign the absolute url, location.href up to the #"
        "url 少了协议或域名": "要签名完整的 url，即 # 之前的 location.href。";
    /// Another page of the same site.
    URL_OF_OTHER_PAGE "url_of_other_page" Recomputed
        "the url of another page was signed": "in a single-page application, iOS keeps the url of the page that was opened first, other browsers have the current one; sign the url at which wx.config is called"
        "签名的是另一个页面的 url": "单页应用里，iOS 一直用首次打开的页面的 url，其他浏览器用当前的；要签名调用 wx.config 时所在的 url。";
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
        "the signature is in upper case": "it must be lower-case hexadecimal"
        "signature 要用小写": "JS-SDK 的签名是小写的十六进制。";
    /// The names under the signature were written otherwise.
    CONFIG_NAMES "config_names" Recomputed
        "names were signed in another spelling": "the signed names are jsapi_ticket, noncestr, timestamp and url, all in lower case"
        "签名里的字段名写法不对": "参与签名的是 jsapi_ticket、noncestr、timestamp、url，全部小写。";
    /// None of these.
    OTHER_PAGE_OR_TICKET "other_page_or_ticket" Likely
        "another url, ticket, nonceStr or timestamp was signed": "compare the signed url with location.href up to the #; in a single-page application iOS keeps the url of the page that was opened first"
        "签名用的 url、ticket、nonceStr 或 timestamp 与 wx.config 的不同": "请把签名的 url 与 # 之前的 location.href 对照；单页应用里 iOS 一直用首次打开的页面的 url。";
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
            let messages: BTreeSet<_> = Mistake::ALL.iter().map(|mistake| mistake.message(language)).collect();
            assert_eq!(messages.len(), Mistake::ALL.len());
        }
        for mistake in Mistake::ALL {
            let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(mistake.code().chars().all(is_code), "{mistake:?}");
            assert!(!mistake.message(Language::English).contains(is_chinese), "{mistake:?}");
            assert!(mistake.title(Language::Chinese).contains(is_chinese), "{mistake:?}");
        }
        assert_eq!(Mistake::NAMES_NOT_SORTED.to_string(), "names were not sorted: sort by byte value");
        assert_eq!(Mistake::APP_ID_LEFT_OUT.message(Language::Chinese), "appId 没有参与签名");
    }
}
