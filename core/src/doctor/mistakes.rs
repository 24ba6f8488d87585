//! The table of usual mistakes: code, how it is proved, title and advice in English and in Chinese.

use crate::explanation::{Mistake, Proof, Words};

macro_rules! mistakes {
    ($($(#[$doc:meta])* $name:ident $code:literal $proof:ident
        $english:literal $(: $english_advice:literal)?
        $chinese:literal $(: $chinese_advice:literal)?
        $(received $received:literal $received_chinese:literal)?
        $(of_request $request:literal $request_chinese:literal)?
        $(shown $shown:literal $shown_chinese:literal)?;)*) => {
        impl Mistake {
            $($(#[$doc])* pub const $name: Self = Self {
                code: $code,
                proof: Proof::$proof,
                english: Words { title: $english, advice: concat!($($english_advice)?) },
                chinese: Words { title: $chinese, advice: concat!($($chinese_advice)?) },
                received: both!($($received, $received_chinese)?),
                of_request: both!($($request, $request_chinese)?),
                shown: both!($($shown, $shown_chinese)?),
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

macro_rules! both {
    () => {
        None
    };
    ($english:literal, $chinese:literal) => {
        Some([$english, $chinese])
    };
}

// `received` says what happened to a message of WeChat's that shows the same difference: it was right when it was signed. `of_request` is the
// advice for a request of APIv3, where the other advice is for a page. `shown` says what the field of an explanation is, where it is not
// simply the field with the mistake.
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
        "sign has the wrong length": "it is neither MD5 (32 hexadecimal digits) nor HMAC-SHA256 (64); an RSA signature of APIv3 is checked with the merchant's private key or certificate (PEM) as the key"
        "sign 的长度不对": "既不是 MD5 的 32 位，也不是 HMAC-SHA256 的 64 位十六进制；APIv3 的 RSA 签名要用商户私钥或证书（PEM）作为密钥来检查。";
    /// `sign` is in Base64.
    SIGN_ENCODED "sign_encoded" Recomputed
        "sign is written in Base64": "write the digest in hexadecimal, in upper case"
        "sign 写成了 Base64": "签名要写成十六进制的大写字母。";
    /// Half of the digits of an MD5.
    SIGN_HALF "sign_half" Recomputed
        "only 16 of the 32 digits of the MD5 were sent": "send all of them: use the MD5 of 32 digits"
        "sign 只有 MD5 的 16 位": "要发送全部 32 位：请用 32 位的 MD5。";
    /// The first half of an HMAC.
    SIGN_CUT "sign_cut" Recomputed
        "only 32 of the 64 digits of the HMAC-SHA256 are there": "send and keep all of them: a column or a variable of 32 characters cuts it"
        "sign 只有 HMAC-SHA256 的 32 位": "要完整的 64 位：只有 32 个字符的数据库列或变量会把它截断。";
    /// Another hash than MD5.
    SIGN_OTHER_HASH "sign_other_hash" Recomputed
        "hashed with SHA-1, SHA-512 or HMAC-MD5": "APIv2 takes MD5 and HMAC-SHA256 only"
        "用了 SHA-1、SHA-512 或 HMAC-MD5": "APIv2 只接受 MD5 和 HMAC-SHA256。";
    /// The digest was hashed again.
    HASHED_TWICE "hashed_twice" Recomputed
        "the digest was hashed once more": "hash the text once"
        "对摘要又做了一次摘要": "对待签名的字符串只做一次摘要。";
    /// Zeros at the beginning of `sign`, or of its bytes, are missing.
    SIGN_WITHOUT_ZEROS "sign_without_zeros" Recomputed
        "zeros are missing from sign": "write each byte of the digest with two digits: BigInteger.toString(16) and Integer.toHexString leave zeros out"
        "sign 里少了 0": "摘要的每个字节都要写成两位十六进制：BigInteger.toString(16) 和 Integer.toHexString 会省略 0。";
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
        "签名算法与声明的不一致": "不传 sign_type 就表示 MD5；用 HMAC-SHA256 签名时要传 sign_type=HMAC-SHA256。调起支付的 signType 要与下单时一致。"
        shown "made with {}" "实际用的是 {}";
    /// A plain SHA-256 in place of HMAC-SHA256.
    PLAIN_SHA256 "plain_sha256" Recomputed
        "hashed with SHA-256 instead of HMAC-SHA256": "HMAC-SHA256 also needs the API key as the key of the HMAC"
        "用了 SHA-256 而不是 HMAC-SHA256": "HMAC-SHA256 还要以 API 密钥作为 HMAC 的密钥。";
    /// The HMAC was made with another key.
    HMAC_KEY "hmac_key" Recomputed
        "the text is right, and the HMAC was made with another key than the API key": "HMAC-SHA256 takes the API key twice: behind &key= at the end of the text, and as the key of the HMAC"
        "待签名的字符串正确，但 HMAC 用的不是 API 密钥": "HMAC-SHA256 要用两次 API 密钥：字符串末尾的 &key=，以及 HMAC 本身的密钥。";
    /// `sign_type` is a word that WeChat does not know.
    SIGN_TYPE_UNKNOWN "sign_type_unknown" Seen
        "the signature is right, but sign_type (signType) is neither MD5 nor HMAC-SHA256": "write MD5 or HMAC-SHA256 exactly so, in capitals"
        "签名没有问题，但 sign_type（signType）既不是 MD5 也不是 HMAC-SHA256": "要原样写成大写的 MD5 或 HMAC-SHA256。";
    /// `sign` is in lower case.
    SIGN_LOWER_CASE "sign_lower_case" Seen
        "the signature is right, and it is written in lower case": "the documents of WeChat Pay want capitals: convert it"
        "签名没有问题，只是写成了小写": "微信支付的文档要求大写，请转成大写。";
    /// The key is the APIv3 key too.
    KEY_IS_API_V3_KEY "key_is_api_v3_key" Seen
        "the signature is right for this key, but the key is the same as api_v3_key": "the merchant platform has two keys: is this one the API key of APIv2? If both were set to the same text, all is right"
        "按这个密钥签名没有问题，但它与 api_v3_key 相同": "商户平台上有两个密钥：请确认这是 APIv2 的 API 密钥；如果两个密钥确实设置成了同样的内容，就没有问题。";
    /// The key is the AppSecret too.
    KEY_IS_APP_SECRET "key_is_app_secret" Seen
        "the signature is right for this key, but the key is the same as app_secret": "APIv2 signs with the API key of the merchant platform, not with the AppSecret of the appid: WeChat Pay refuses it, unless the API key was set to the same text"
        "按这个密钥签名没有问题，但它与 app_secret 相同": "APIv2 用商户平台设置的 API 密钥签名，不是 appid 的 AppSecret：除非 API 密钥也设置成了同样的内容，否则微信支付会报签名错误。";
    /// The right signature for a key that cannot be an API key.
    KEY_FORM "key_form" Seen
        "the signature is right with this key, but this key cannot be the API key of APIv2": "that key has 32 letters and digits: look how the program reads it. Where the program and this check have the same wrong key, they agree, and WeChat Pay refuses the request all the same"
        "按这个密钥签名没有问题，但它不可能是 APIv2 的 API 密钥": "API 密钥是 32 位字母和数字，请检查程序读取密钥的地方：程序和这里用同一个错的密钥，结果当然一致，微信支付仍会报签名错误。"
        shown "the key {}" "这个密钥{}";
    /// Nothing fits, and the key that was given cannot be an API key.
    KEY_MALFORMED "key_malformed" Likely
        "the key that was given cannot be the API key of APIv2, and no signature fits it": "that key has 32 letters and digits: give the whole key, as it is set at pay.weixin.qq.com (account centre, API security)"
        "传入的密钥不可能是 APIv2 的 API 密钥，用它验不出任何结果": "API 密钥是 32 位字母和数字：请传入商户平台 > 账户中心 > API安全 里设置的完整密钥。"
        shown "the key {}" "这个密钥{}";
    /// A key in PEM that cannot be read.
    KEY_PEM_MALFORMED "key_pem_malformed" Seen
        "the key that was given is PEM that cannot be read": "it was cut or changed: give the whole file, from -----BEGIN to -----END, with its line feeds. Whether the signature is right is not known"
        "传入的密钥是 PEM，但读不出来": "它被截断或改动了：请传入完整的文件，从 -----BEGIN 到 -----END，包括换行。签名是否正确还不知道。";
    /// A key was sent.
    KEY_SENT "key_sent" Recomputed
        "a key or another secret was sent as a field of the message": "take it out, and do not sign it as a field: the API key stands behind &key= at the end of the signed text and is never sent. It has left your server now: set a new one at the platform"
        "密钥（或其他机密）被当成字段发送了": "请去掉这个字段，也不要把它当字段签名：API 密钥只拼在待签名字符串末尾的 &key= 后面，不发送。它已经传出了你的服务器，请到平台重置。";
    /// A key was sent, and the signature is right.
    KEY_SENT_SIGNED "key_sent_signed" Seen
        "the signature is right, but a key or another secret is among the fields": "take it out: a key is never sent, neither to WeChat Pay nor to a page or an app. If it has left your server, set a new one at the platform"
        "签名没有问题，但密钥（或其他机密）也在这些字段里": "请去掉这个字段：密钥不能发送给微信支付，也不能交给页面或 App。如果已经传出你的服务器，请到平台重置。";
    /// An MD5 where the call takes HMAC-SHA256 alone.
    HMAC_NEEDED "hmac_needed" Seen
        "the signature is right for MD5, but its fields are those of a call that takes HMAC-SHA256 only": "sign profit sharing, downloadfundflow and batchquerycomment with HMAC-SHA256, and send sign_type=HMAC-SHA256"
        "按 MD5 签名没有问题，但从字段看这个接口只接受 HMAC-SHA256": "分账、资金账单、订单评价要用 HMAC-SHA256 签名，并传 sign_type=HMAC-SHA256。";
    /// An HMAC where the call takes MD5 alone.
    MD5_NEEDED "md5_needed" Seen
        "the signature is right for HMAC-SHA256, but its fields are those of a call that takes MD5 only": "sign red packets, transfers to a balance or a bank card, and coupons with MD5, and do not send sign_type"
        "按 HMAC-SHA256 签名没有问题，但从字段看这个接口只接受 MD5": "红包、付款到零钱或银行卡、代金券要用 MD5 签名，并且不传 sign_type。";
    /// A field that the call does not take, by its other fields.
    FIELD_NOT_OF_CALL "field_not_of_call" Seen
        "the signature is right, but the fields look like those of a call that does not take one of them": "WeChat Pay then says that the signature is wrong, whatever is signed: leave the field out of the request and of the signature. If it is another call, compare its fields with its document"
        "签名没有问题，但从字段看，这个接口没有其中一个字段": "这时不论怎样签名，微信支付都会返回签名错误：请求和签名里都去掉这个字段。如果是别的接口，请对照它的文档。"
        shown "call and field: {}" "接口和字段：{}";
    /// A request to the sandbox, signed with the key of production.
    SANDBOX_KEY "sandbox_key" Seen
        "the signature is right for this key, but the path is of the sandbox": "the sandbox takes another key than production: fetch it with getsignkey (signed with the API key), and sign with it. To pay for real, leave /sandboxnew or /xdc/apiv2sandbox out of the path"
        "按这个密钥签名没有问题，但路径是沙箱的": "沙箱用的不是正式的 API 密钥：先用 API 密钥签名调用 getsignkey 取得沙箱密钥，再用它签名。要真正支付，请去掉路径里的 /sandboxnew 或 /xdc/apiv2sandbox。";
    /// `sign_type` was sent and not signed.
    SIGN_TYPE_LEFT_OUT "sign_type_left_out" Recomputed
        "sign_type (signType) was sent but not signed": "sign every field that is sent, except sign itself"
        "sign_type 没有参与签名": "发送的字段除 sign 外都要参与签名，sign_type（signType）也一样。"
        received "sign_type was added" "多了 sign_type";
    /// `sign_type` was signed and not sent.
    SIGN_TYPE_NOT_SENT "sign_type_not_sent" Recomputed
        "sign_type was signed but not sent": "send it, or leave it out of the signature too"
        "sign_type 参与了签名却没有发送": "要么一起发送，要么也不参与签名。"
        received "sign_type was removed" "少了 sign_type";
    /// Another `sign_type` was signed than was sent.
    SIGN_TYPE_DIFFERS "sign_type_differs" Recomputed
        "another sign_type was signed than was sent": "set it once, before you sign"
        "签名的 sign_type 与发送的不同": "只设置一次，并且在签名之前设置。"
        received "sign_type was changed" "sign_type 被改了";
    /// Fields with empty values were signed.
    EMPTY_VALUES_SIGNED "empty_values_signed" Recomputed
        "fields with empty values were signed": "leave them out of the signature, and do not write null, None, undefined, nil, [] or {} for them"
        "空值参与了签名": "值为空的字段不参与签名；null、None、undefined、nil、[]、{} 也不要写进去。";
    /// `sign` itself was signed: left empty, or with an earlier signature.
    SIGN_SIGNED "sign_signed" Recomputed
        "sign itself was signed": "leave it out, also when a request is signed again"
        "sign 自己参与了签名": "sign 不参与签名；重签同一请求时先去掉旧的 sign。";
    /// White space stands around the key.
    KEY_WITH_WHITE_SPACE "key_with_white_space" Recomputed
        "the API key has white space around it, or white space stands behind the signed text, which gives the same": "look at the key first: a space, a line end or a byte order mark comes along from a file or a variable; then at what is appended behind the key"
        "API 密钥前后有空白字符，或待签名的字符串末尾多了空白（两者结果相同）": "先看密钥：多半是从文件或环境变量读入时带上了空格、换行或 BOM；再看密钥后面有没有多拼东西。";
    /// Quotation marks stand around the key.
    KEY_QUOTED "key_quoted" Recomputed
        "the API key has quotation marks around it, or b'…'": "they were read from the configuration as a part of the key; b'…' is what Python makes of bytes: decode them first"
        "API 密钥带着引号或 b'…'": "读配置时把引号也当成了密钥的一部分；b'…' 是 Python 把 bytes 直接转成了文字，要先 decode。";
    /// A mark that is no part of the key stands behind it or around it.
    KEY_WITH_MARKS "key_with_marks" Recomputed
        "the API key has a mark behind it or around it, such as ; or < >": "it came along from a line of a program, of a file or of a document (&key=<KEY>): take the 32 letters and digits alone"
        "API 密钥的后面或前后多了符号，例如 ; 或 < >": "多半是从代码、配置文件或文档（&key=<KEY>）里一起复制来的：只取 32 位字母和数字。";
    /// Base64 or hexadecimal digits in place of the key.
    KEY_ENCODED "key_encoded" Recomputed
        "signed with the API key in another encoding than it was given in (Base64 or hexadecimal)": "sign with the 32 letters and digits themselves: a Secret of Kubernetes, for example, has the key in Base64, and it has to be decoded first"
        "签名用的 API 密钥与传入的编码不同（Base64 或十六进制）": "要用 32 位字母和数字本身签名：例如 Kubernetes 的 Secret 里是 Base64，要先解码。";
    /// The key's letters are in the other case.
    KEY_OTHER_CASE "key_other_case" Recomputed
        "the API key was changed to upper or lower case": "use the key as it is: case matters"
        "API 密钥的大小写被改了": "密钥区分大小写，请原样使用。";
    /// Characters at the beginning or at the end of the key are missing.
    KEY_CUT "key_cut" Recomputed
        "signed with a part of the API key: characters are missing at its beginning or its end": "copy the whole key, 32 characters"
        "API 密钥不完整，开头或末尾少了字符": "请复制完整的密钥，共 32 位。";
    /// The signature fits 32 characters of the key that was given, which has more.
    KEY_TOO_LONG "key_too_long" Recomputed
        "signed with 32 characters of the key that was given, which has more": "an API key has 32 letters and digits, so the signature is probably right, and the key that was given has too many: look where it is read or pasted"
        "用传入密钥中的 32 位签的名，而传入的密钥更长": "API 密钥正好 32 位，签名多半没有错，是传入的密钥多了字符：请检查读取或粘贴密钥的地方。";
    /// The key is empty, or a word that stands for nothing.
    KEY_NOT_LOADED "key_not_loaded" Recomputed
        "signed with an empty key, with null or the like, or with a name in place of the key": "the setting with the API key was not loaded: look where it is read"
        "用空的密钥签名了，或把 null、变量名之类的文字当成了密钥": "没有读到 API 密钥的配置：请检查读取配置的代码。";
    /// `&key=` and the key twice.
    KEY_TWICE "key_twice" Recomputed
        "&key= and the API key were appended twice": "append them once: a helper may append them too"
        "&key= 和密钥拼了两次": "只拼一次：调用的函数里可能已经拼过了。";
    /// The key was hashed before it was used.
    KEY_HASHED "key_hashed" Recomputed
        "signed with the MD5 of the API key": "sign with the key itself: only req_info of a refund notification is encrypted with the MD5 of the key"
        "用 API 密钥的 MD5 签名了": "签名要用密钥本身；只有退款通知的 req_info 才用密钥的 MD5 加密。";
    /// The merchant's number was used as the key.
    MCH_ID_AS_KEY "mch_id_as_key" Recomputed
        "signed with mch_id in place of the API key": "mch_id is the password of apiclient_cert.p12; the API key is set at pay.weixin.qq.com (account centre, API security)"
        "用商户号当作 API 密钥签名了": "商户号是 apiclient_cert.p12 的密码；API 密钥在商户平台 > 账户中心 > API安全 设置。";
    /// The appid was used as the key.
    APPID_AS_KEY "appid_as_key" Recomputed
        "signed with the appid in place of the API key": "the API key is set at pay.weixin.qq.com (account centre, API security)"
        "用 appid 当作 API 密钥签名了": "API 密钥在商户平台 > 账户中心 > API安全 设置。";
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
    /// Values were signed in quotation marks, as JSON writes texts.
    VALUES_QUOTED "values_quoted" Recomputed
        "values were signed in quotation marks": "sign the plain text, not what a JSON writer or Python's repr makes of it (b'…' are bytes that were not decoded)"
        "值在签名时带上了引号": "签名用的是原文，不是 JSON 或 Python repr 的写法（b'…' 是没有 decode 的 bytes）。"
        received "quotation marks around values were removed" "值外面的引号被去掉了";
    /// Values were signed plain and sent in quotation marks.
    VALUES_SENT_QUOTED "values_sent_quoted" Recomputed
        "values were put into quotation marks after they were signed": "send the text that was signed"
        "值在签名之后加上了引号": "发送的要与签名的一致。"
        received "values were put into quotation marks" "值外面被加上了引号";
    /// A value that is JSON was written twice, each time as another text.
    VALUES_JSON_REWRITTEN "values_json_rewritten" Recomputed
        "a value in JSON was signed as another text than it was sent as": "write the JSON once, sign that text and send the same"
        "JSON 值签名和发送时的文本不同": "JSON 只序列化一次：签名和发送用同一段文字。"
        received "a value in JSON was parsed and written again as another text" "JSON 值被解析后重新序列化，文本变了";
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
        "values were signed without white space that was sent, or with other white space": "remove it first, then sign and send the same text"
        "值里的空白字符在签名前被去掉或改了": "先去掉空白，再用同一段文字签名和发送。"
        received "white space was added to values" "值里多了空白字符";
    /// White space in values was signed and not sent.
    VALUES_SENT_TRIMMED "values_sent_trimmed" Recomputed
        "values were signed with white space that was not sent": "remove it first, then sign and send the same text"
        "值里的空白字符参与了签名却没有发送": "先去掉空白，再用同一段文字签名和发送。"
        received "white space in values was removed or changed" "值里的空白字符被去掉或改了";
    /// Values were signed with other line ends than they were sent with.
    LINE_ENDS "line_ends" Recomputed
        "values were signed with other line ends than they were sent with": "sign and send the same: XML readers turn CR LF into LF"
        "值里的换行符不一致": "签名和发送要用同样的换行符；XML 解析会把 CR LF 变成 LF。"
        received "line ends in values were changed (CR LF, LF, CR)" "值里的换行符（CR LF、LF、CR）被改了";
    /// CR in a value that XML readers change.
    CARRIAGE_RETURN "carriage_return" Seen
        "the signature is right as it stands, but a value has CR (CR LF), and readers of XML turn a bare CR LF into LF": "remove it before you sign, or write it as &#13; in the XML"
        "按现在的值签名没有问题，但值里有 CR（CR LF），XML 解析会把它变成 LF": "请在签名前去掉，或在 XML 里写成 &#13;。";
    /// HTML tags were sent and not signed.
    TAGS_STRIPPED "tags_stripped" Recomputed
        "values were signed without the HTML tags that were sent": "remove the tags first, then sign and send the same text"
        "签名时去掉了值里的 HTML 标签": "先去掉标签，再用同一段文字签名和发送。"
        received "HTML tags were added to values" "值里多了 HTML 标签";
    /// Values were signed in other letters, large or small, than they were sent in.
    VALUES_OTHER_CASE "values_other_case" Recomputed
        "values were signed in upper or lower case, and sent otherwise": "sign the text as it is sent"
        "签名时改了值的大小写": "签名用的要与发送的完全一样。"
        received "values were changed to upper or lower case" "值的大小写被改了";
    /// The whole text was signed in other letters, large or small.
    TEXT_OTHER_CASE "text_other_case" Recomputed
        "the whole text was changed to upper or lower case before it was hashed: names, values and key": "only the digest is written in capitals"
        "整个待签名的字符串（字段名、值和密钥）在摘要前被改成了大写或小写": "只有摘要结果要转成大写。";
    /// A number was signed as `1.0`, in yuan, or without its zeros.
    NUMBERS_OTHER_FORM "numbers_other_form" Recomputed
        "a number was signed in another form than it was sent in": "sign the text that is sent: 1 and 1.0, 007 and 7, fen and yuan differ"
        "签名时数字的写法不同": "签名用的要与发送的完全一样：1 与 1.0、007 与 7、分与元都不同。"
        received "a number was written in another form" "数字的写法被改了";
    /// A time in another form.
    TIME_OTHER_FORM "time_other_form" Recomputed
        "a time was signed in another form than it was sent in": "sign the text that is sent: seconds and milliseconds, 20260301120000 and 2026-03-01 12:00:00 differ"
        "签名时时间的写法不同": "签名用的要与发送的完全一样：秒与毫秒、20260301120000 与 2026-03-01 12:00:00 都不同。"
        received "a time was written in another form" "时间的写法被改了";
    /// `Y` was signed as `true` and the like.
    BOOLEANS_OTHER_FORM "booleans_other_form" Recomputed
        "a yes or no was signed in another form than it was sent in": "sign the text that is sent: Y, 1 and true differ"
        "布尔值的写法不同": "签名用的要与发送的完全一样：Y、1 与 true 都不同。"
        received "a yes or no was written in another form, such as Y as true" "布尔值的写法被改了，例如 Y 变成了 true";
    /// Hyphens.
    HYPHENS_DIFFER "hyphens_differ" Recomputed
        "a value was signed with hyphens that were not sent, or without those that were": "make the UUID once, and sign and send the same text"
        "值里的连字符不一致": "UUID 只生成一次：签名和发送用同一段文字。"
        received "hyphens were added to a value, or removed" "值里的连字符被加上或去掉了";
    /// An address with another scheme or end.
    ADDRESS_OTHER_FORM "address_other_form" Recomputed
        "an address was signed in another form than it was sent in (http or https, the / at its end)": "sign the address exactly as it is sent"
        "地址（如 notify_url）的写法不同（http 或 https，末尾的 /）": "签名用的地址要与发送的完全一样。"
        received "an address was written in another form (http or https, the / at its end)" "地址的写法被改了（http 或 https，末尾的 /）";
    /// An IP address in another form.
    IP_OTHER_FORM "ip_other_form" Recomputed
        "an IP address was signed in another form than it was sent in (::ffff:203.0.113.9 and 203.0.113.9)": "remove ::ffff: first, and sign and send the same text: a server that listens on IPv6 writes IPv4 addresses so; of a list in X-Forwarded-For take one address"
        "IP 地址的写法不同（::ffff:203.0.113.9 与 203.0.113.9）": "请先去掉 ::ffff:，再用同一段文字签名和发送：监听 IPv6 的服务器会这样写 IPv4 地址；X-Forwarded-For 里有多个地址时只取一个。"
        received "an IP address was written in another form" "IP 地址的写法被改了";
    /// Two values in each other's place.
    VALUES_EXCHANGED "values_exchanged" Recomputed
        "the values of two fields stand in each other's place": "one of the signed text and the XML has them the wrong way round: compare both with the order"
        "两个字段的值写反了": "签名的文本和发送的 XML 中有一处写反了：请都与订单核对。"
        received "the values of two fields were exchanged" "两个字段的值被对调了";
    /// A value was shortened before it was signed.
    VALUE_CUT "value_cut" Recomputed
        "a value was cut before it was signed, and sent whole": "cut it first, and sign and send the same"
        "值在签名前被截短，却完整发送了": "请先截短，再用同一段文字签名和发送。"
        received "text was added to the end of a value" "值的末尾多了文字";
    /// An amount was signed a hundred times as large as it was sent, or as small.
    AMOUNT_HUNDREDFOLD "amount_hundredfold" Recomputed
        "an amount was signed a hundred times as large as it was sent, or as small": "sign and send the same integer of fen, not one of them in yuan"
        "签名与发送的金额相差一百倍": "签名和发送都用同一个以分为单位的整数，不要一处用元。"
        received "the amount was changed, and WeChat signed another one" "金额被改了，微信签名的是另一个金额";
    /// Values were signed in another character set than UTF-8, or sent in one.
    VALUES_OTHER_CHARSET "values_other_charset" Recomputed
        "values were signed in another character set than they were sent in": "sign and send UTF-8, not GBK, ISO-8859-1 or UTF-16"
        "值的字符集不一致": "签名和发送都要用 UTF-8，不要用 GBK、ISO-8859-1 或 UTF-16。"
        received "values were read in another character set than UTF-8" "值没有按 UTF-8 读取";
    /// Characters were replaced by U+FFFD or question marks.
    CHARACTERS_LOST "characters_lost" Likely
        "a value has question marks or U+FFFD in place of characters": "bytes were read in the wrong character set; pass and send the raw UTF-8 bytes"
        "值里有问号或 U+FFFD 代替了原来的文字": "字节被按错误的字符集读取了；请使用原始的 UTF-8 字节。";
    /// A long number as a floating-point number.
    DIGITS_LOST "digits_lost" Likely
        "a long number was read as a floating-point number, and lost its digits": "it has an exponent now, as 4.2E+27 has, or zeros in place of its last digits: read and write numbers such as transaction_id and a long out_trade_no as text"
        "长数字被当作浮点数读取，位数丢失了": "它现在写成了 4.2E+27 这样带指数的形式，或末尾几位变成了 0；transaction_id、很长的 out_trade_no 这样的数字要当作文本读写。";
    /// Numbered fields are missing.
    NUMBERED_FIELDS_LOST "numbered_fields_lost" Likely
        "the message counts entries, and has none of their numbered fields": "all fields that came are signed, coupon_id_0 and coupon_fee_0 too: a class or a form with fixed fields drops them. Pass the raw body"
        "报文里有数量，却没有对应的编号字段": "收到的字段全部参与签名，coupon_id_0、coupon_fee_0 这样的也一样：固定字段的类或表单会把它们丢掉。请传入原始请求体。";
    /// Names were sorted without regard to case.
    NAMES_SORTED_WITHOUT_CASE "names_sorted_without_case" Recomputed
        "names were sorted without regard to case, or in the natural order of a language": "sort by byte value, A-Z before _ before a-z: mch_appid before mchid (.NET: StringComparer.Ordinal, not OrdinalIgnoreCase; PHP: ksort with SORT_STRING)"
        "字段排序时忽略了大小写，或用了自然排序": "按字节（ASCII）排序：大写字母在前，其次下划线，再是小写字母，mch_appid 在 mchid 之前（.NET 用 StringComparer.Ordinal，不用 OrdinalIgnoreCase；PHP 的 ksort 用 SORT_STRING）。";
    /// Fields were signed in the order in which they were sent.
    NAMES_NOT_SORTED "names_not_sorted" Recomputed
        "names were not sorted": "sort by byte value"
        "字段没有排序": "签名前要把字段名按字节（ASCII）从小到大排序。";
    /// Names were signed in other letters than they were sent in, such as `mchId`.
    NAMES_OTHER_CASE "names_other_case" Recomputed
        "names were signed in another spelling than they were sent in": "sign each name exactly as it is sent"
        "签名时字段名的写法不同": "签名里的字段名要与发送的完全一样。"
        received "names were written in another spelling" "字段名的写法被改了";
    /// Names of the same things in other calls.
    NAMES_DIFFER "names_differ" Recomputed
        "fields were signed under other names than they were sent under": "each call, page and app has names of its own (mch_id, mchid, partnerid): sign those that are sent"
        "签名用的字段名与发送的不是同一个": "各接口、页面和 App 的字段名不同（mch_id、mchid、partnerid）：要用发送时的字段名签名。"
        received "fields were renamed" "字段被改了名";
    /// Names as documented were signed, and others sent.
    NAMES_SENT_OTHERWISE "names_sent_otherwise" Recomputed
        "names were sent in another spelling than they were signed in, and the signed ones are those of the documents": "send the documented names (mch_id, nonce_str, out_trade_no): WeChat reads no others, and says that fields are missing"
        "发送的字段名与签名的写法不同，签名的才是文档里的写法": "请按文档的写法发送（mch_id、nonce_str、out_trade_no）：其他写法微信不认识，会返回“缺少参数”。"
        received "names were written in another spelling than WeChat's" "字段名被改成了与微信不同的写法";
    /// XStream writes `_` as `__`.
    NAMES_DOUBLED "names_doubled" Recomputed
        "the names have two underscores (mch__id), as XStream writes them": "give XStream new XmlFriendlyNameCoder(\"_-\", \"_\") (before 1.4: XmlFriendlyReplacer), so that it writes mch_id"
        "字段名里是两个下划线（mch__id），这是 XStream 的写法": "请给 XStream 传 new XmlFriendlyNameCoder(\"_-\", \"_\")（1.4 之前是 XmlFriendlyReplacer），让它写成 mch_id。"
        received "underscores in names were doubled (mch__id)" "字段名里的下划线变成了两个（mch__id）";
    /// An amount that is no whole number of fen.
    AMOUNT_FORM "amount_form" Seen
        "the signature is right, but an amount is not a whole number of fen": "write fen in digits alone: 100 for one yuan, without a point, a sign or a blank"
        "签名没有问题，但金额不是以分为单位的整数": "金额只写数字，单位是分：一元是 100，不带小数点、正负号或空格。";
    /// `&key=` and the key were left out.
    KEY_LEFT_OUT "key_left_out" Recomputed
        "the signed text does not end in &key= and the API key": "append both"
        "末尾没有拼上 &key=密钥": "待签名的字符串末尾要拼上 &key= 和 API 密钥。";
    /// The key was appended without its name, or without the `&` before it.
    KEY_WITHOUT_NAME "key_without_name" Recomputed
        "the API key was appended to the signed text in another form than &key=…": "append &key= and the key"
        "密钥的拼接形式不是 &key=密钥": "末尾应正好是 &key= 加密钥，一个字符也不能多，也不能少。";
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
    /// Two fields were sent and not signed.
    FIELDS_NOT_SIGNED "fields_not_signed" Recomputed
        "two fields were sent but not signed": "sign every field that is sent, except sign itself; do not add fields after signing"
        "有两个字段发送了却没有签名": "多半是签名之后又加了字段；除 sign 外，发送的字段都要参与签名。"
        received "fields were added" "多了字段";
    /// One field was signed and not sent.
    FIELD_NOT_SENT "field_not_sent" Recomputed
        "one field was signed but not sent": "send it, or leave it out of the signature"
        "有一个字段参与了签名却没有发送": "要么发送，要么不参与签名。"
        received "a field was removed" "少了一个字段";
    /// A value was set after it was signed.
    VALUE_NOT_READY "value_not_ready" Recomputed
        "a value was signed as undefined, null or empty, and the message has it": "it was set after signing, or an asynchronous call was not awaited: set every field first, then sign, and send the same"
        "有一个值签名时是 undefined、null 或空的，发送时却有值": "它在签名之后才赋值，或没有等待异步调用的结果：请先填好所有字段再签名，并原样发送。";
    /// A field was signed with the value of another: a provider's for the sub-merchant's.
    VALUE_OF_OTHER_FIELD "value_of_other_field" Recomputed
        "a field was signed with the value of its counterpart: mch_id and sub_mch_id, appid and sub_appid, openid and sub_openid": "set both before you sign: the first is the service provider's, the one with sub_ the sub-merchant's"
        "有一个字段签名时用了另一个字段的值：mch_id 与 sub_mch_id、appid 与 sub_appid、openid 与 sub_openid": "签名之前两个都要填好：不带 sub_ 的是服务商的，带 sub_ 的是子商户的。";
    /// The text was read as HTML.
    TEXT_AS_HTML "text_as_html" Recomputed
        "HTML read the text before it was signed": "&not, &times, &curren and the like became a character, so that &notify_url is ¬ify_url: put the text together in the program, and do not take it from a page"
        "待签名的字符串被当作 HTML 读过": "&not、&times、&curren 之类变成了字符，例如 &notify_url 变成 ¬ify_url：请在程序里拼接字符串，不要从页面上复制。";
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
    /// The text has a character of four bytes (emoji), which neither API takes.
    FOUR_BYTE_CHARACTER "four_byte_character" Likely
        "a value has a character of four bytes, such as an emoji": "WeChat Pay refuses it; remove it from body, description, attach and the like"
        "含有四字节字符（如表情符号）": "微信支付只接受 1–3 字节的 UTF-8 字符，请从 body、description、attach 等字段中去掉。";
    /// A field that every request has is missing.
    MISSING_FIELDS "missing_fields" Likely
        "a field that this request must have is missing": "sign it and send it: WeChat refuses the request without it, whatever the signature is. If it is signed already, sending it is enough"
        "缺少这个请求必须有的字段": "请签名并发送该字段：没有它，不论签名对不对微信都会拒绝。如果它已经参与了签名，发送即可。";
    /// None of these: another key, or another set of fields.
    UNKNOWN "unknown" Likely
        "signed with another key, or over other fields or values than were sent": "no common mistake fits. Most likely the program has another API key: one from before a reset, the APIv3 key, the AppSecret, or a sub-merchant's. If not, fields changed after they were signed, or nonce_str was made twice: compare the text below with the one that the program signs"
        "密钥不对，或签名的字段、值与发送的不同": "常见错误都不符合。最可能是程序里的 API 密钥不对：重置前的旧密钥、APIv3 密钥、AppSecret 或子商户的密钥。否则就是签名之后改过字段，或 nonce_str 生成了两次：请把下面的字符串与程序实际签名的对照。"
        received "the message was changed on its way or is forged, or api_key is not this merchant's: pass the raw body as it came; then compare api_key with the key that other working programs of this merchant use (was it reset? is it the APIv3 key, or the AppSecret?)"
        "报文在途中被改动过或是伪造的，或 api_key 不是该商户的密钥：请先用收到的原始字节验签，再与该商户其他正常运行的程序核对 API 密钥（是否重置过，是否误用了 APIv3 密钥或 AppSecret）。";
    /// As [`Mistake::UNKNOWN`], of what a page or an app is handed.
    PAGE_UNKNOWN "page_unknown" Likely
        "signed with another key, or over other values than were handed over": "no common mistake fits. First look whether appId is the appid whose openid made the order (an app: appid and partnerid): a service provider has appid and sub_appid, and the one that is handed over must be signed. Then, is paySign a copy of sign in the order's reply? Compute it anew over these parameters. If not, the program has another API key (from before a reset, the APIv3 key, the AppSecret), or the nonce or the time was made twice"
        "密钥不对，或签名的值与交给页面、App 的不同": "常见错误都不符合。先看 appId 是不是下单用的 openid 所属的 appid（App 看 appid 和 partnerid）：服务商有 appid 和 sub_appid 两个，签名和传递要用同一个。再看是不是把下单应答里的 sign 当成了 paySign：要用这些参数重新计算。否则就是程序里的 API 密钥不对（重置前的旧密钥、APIv3 密钥、AppSecret），或随机串、时间生成了两次。";
    /// As [`Mistake::V3_UNKNOWN`], of what a page or an app is handed.
    PAGE_V3_UNKNOWN "page_v3_unknown" Likely
        "the key is the right one, and other values were signed than were handed over": "first look whether appId is the appid whose openid made the order (an app: appid): a service provider has sp_appid and sub_appid, and the one that is handed over must be signed. Then compare the text below, line by line, with the one that the program signs: was the nonce or the time made twice?"
        "密钥正确，但签名的值与交给页面、App 的不同": "先看 appId 是不是下单用的 openid 所属的 appid（App 看 appid）：服务商有 sp_appid 和 sub_appid 两个，签名和传递要用同一个。再把下面的文本与程序实际签名的逐行对照：随机串或时间是否生成了两次？";
    /// As [`Mistake::UNKNOWN`], at a client that has verified other messages with the key.
    CHANGED_OR_FORGED "changed_or_forged" Likely
        "the message is forged, or was changed on its way": "this client verified earlier messages with this key; pass the raw body, byte by byte as it came, and if the API key was reset since, set the new one"
        "报文是伪造的，或在途中被改动过": "此前用该密钥验签成功过：请传入收到的原始字节；如果之后重置过密钥，请更新 api_key。";
    /// A notification names another merchant or appid than the client's.
    ADDRESSED_TO_ANOTHER "addressed_to_another" Seen
        "the notification names another mch_id or appid than this client's": "where several merchants or appids share an address, choose the client by dispatch, which reads mch_id and appid"
        "通知里的 mch_id 或 appid 不是这个客户端的": "多个商户或 appid 共用一个地址时，请用 dispatch 按 mch_id 和 appid 选择客户端。";
    /// The message is too long, or too many wrong ones came.
    NOT_SEARCHED "not_searched" Likely
        "the cause was not searched for": "the message is long, or many with a wrong signature came at once; use explain"
        "没有查找原因": "报文太长，或短时间内收到许多签名错误的报文；可以用 explain 查看。";

    // Messages without a signature of APIv2.

    /// A refund notification: it has `req_info` and no signature.
    REFUND_NOTIFICATION "refund_notification" Seen
        "this is a refund notification (it has req_info and no sign)": "give notify.handle a function for refunds (on_refunded, Node onRefunded), or give refunds another notify_url and read them there by parse_refund"
        "这是退款通知（有 req_info，没有 sign）": "请给 notify.handle 传入处理退款的函数（on_refunded，Node 为 onRefunded），或给退款另设 notify_url，并在那里用 parse_refund 读取。";
    /// A refusal of WeChat's.
    REFUSAL_NOT_SIGNED "refusal_not_signed" Seen
        "this is a refusal of WeChat's (return_code FAIL), which has no signature": "there is nothing to verify: read return_msg. If it mentions a signature, it means that of your request: explain the request"
        "这是微信的拒绝应答（return_code 为 FAIL），它不带签名": "不需要验签：请看 return_msg；其中的“签名错误”指的是请求的签名，请检查请求。";
    /// `req_info` was encrypted with another key.
    REQ_INFO_KEY "req_info_key" Seen
        "req_info does not decrypt with this API key": "api_key must be the APIv2 key of this merchant; an APIv3 key, the AppSecret or another merchant's key does not work"
        "req_info 无法用此 API 密钥解密": "api_key 必须是该商户的 APIv2 密钥；APIv3 密钥、AppSecret 或其他商户的密钥都不行。"
        shown "tried: {}" "试过：{}";
    /// A notification of APIv3.
    API_V3_NOTIFICATION "api_v3_notification" Seen
        "this is a notification of APIv3 (JSON with an encrypted resource)": "it needs the settings of APIv3 (api_v3_key, and platform_public_key or client_cert) and the headers of the request; by hand: v3.verify, v3.decrypt"
        "这是 APIv3 的通知（JSON，带加密的 resource）": "需要 APIv3 的配置（api_v3_key，以及 platform_public_key 或 client_cert）和请求头；也可以手动用 v3.verify 验签、v3.decrypt 解密。";
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
        "the body is a form or URL-encoded": "send XML; for a notification, pass the raw body before a form parser reads it"
        "报文是表单或 URL 编码的": "请发送 XML；通知请在表单解析之前取原始请求体。";
    /// JSON, or an object that was printed.
    BODY_PARSED "body_parsed" Seen
        "the body is JSON, or a parsed object that was written out again": "send XML; for a notification, pass the raw body before any parser reads it"
        "报文是 JSON，或解析之后又写出来的对象": "请发送 XML；通知请在任何解析之前取原始请求体。";
    /// A request of APIv2 whose body is JSON.
    BODY_IS_JSON "body_is_json" Seen
        "the body is JSON, and this call of APIv2 takes XML": "write the fields as XML (<xml><appid>…</appid>…</xml>), and sign the fields. JSON belongs to APIv3, whose paths begin with /v3/"
        "请求体是 JSON，而这个接口（APIv2）要 XML": "请把字段写成 XML（<xml><appid>…</appid>…</xml>），签名对字段做。JSON 属于 APIv3，它的路径以 /v3/ 开头。";
    /// Escaped XML.
    BODY_ESCAPED "body_escaped" Seen
        "the whole body is escaped": "pass the raw body, not a text from a log, a page or JSON"
        "整个报文都被转义了": "请使用原始请求体，不要用日志、页面或 JSON 里的文字。";
    /// HTML.
    BODY_HTML "body_html" Seen
        "the body is an HTML page": "a proxy or an error page answered"
        "报文是 HTML 页面": "可能是代理或错误页面。";
    /// XML in another character set than UTF-8.
    XML_ENCODING "xml_encoding" Seen
        "the XML is not UTF-8": "write and send UTF-8, not GBK; for a notification, pass the raw bytes"
        "XML 不是 UTF-8 编码": "请用 UTF-8 书写和发送，不要用 GBK；通知请使用原始字节。";
    /// XML that is not well-formed.
    XML_MALFORMED "xml_malformed" Seen
        "the XML is not well-formed": "escape & and < in values, or put the values into CDATA"
        "XML 写错了": "值里的 & 和 < 要转义，或把值放进 CDATA。";
    /// An element inside a field.
    XML_NESTED "xml_nested" Seen
        "the XML has an element inside a field": "messages of APIv2 are flat: write an object such as detail as JSON text, in CDATA"
        "XML 的字段里还有元素": "APIv2 的报文只有一层：detail 这样的对象要写成 JSON 文本，放进 CDATA。";
    /// A name occurs twice.
    XML_DUPLICATE "xml_duplicate" Seen
        "the XML has a field twice": "send each field once: readers differ in which of the two they take"
        "XML 里有重复的字段": "每个字段只发送一次：不同的解析器取的值不同。";
    /// A DOCTYPE, an attribute and the like.
    XML_FORBIDDEN "xml_forbidden" Seen
        "the XML has what a message never has, such as a DOCTYPE or an attribute": "write elements and texts alone"
        "XML 里有报文不应有的内容，如 DOCTYPE 或属性": "只写元素和文本。";
    /// Another root.
    XML_ROOT "xml_root" Seen
        "the root of the XML is not <xml>": "write <xml> around the fields: WeChat Pay's documents name no other root"
        "XML 的根元素不是 <xml>": "字段外面是 <xml>：微信支付的文档里没有别的根元素。";
    /// The end is missing.
    BODY_CUT "body_cut" Seen
        "the end of the body is missing": "send and read the whole body: Content-Length counts bytes, not characters"
        "报文不完整": "请发送和读取完整的请求体：Content-Length 是字节数，不是字符数。";
    /// NUL bytes behind the document.
    BODY_NULS "body_nuls" Seen
        "NUL bytes stand behind the XML": "a buffer was sent whole: send the bytes that were written alone (C#: MemoryStream.ToArray(), not GetBuffer())"
        "XML 后面有 NUL 字节": "把整个缓冲区都发送了：只发送写入的字节（C# 用 MemoryStream.ToArray()，不要用 GetBuffer()）。";
    /// The declaration of the XML is not at its beginning.
    XML_DECLARATION "xml_declaration" Seen
        "a blank or a line feed stands before <?xml": "the declaration must be the very beginning of the document: remove what is before it, or leave the declaration out"
        "<?xml 前面有空格或换行": "XML 声明必须在文档的最前面：请去掉前面的字符，或不写声明。";
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
    /// `prepay_id` was signed as a field.
    PREPAY_ID_AS_FIELD "prepay_id_as_field" Recomputed
        "prepay_id was signed as a field of its own, in place of package": "the signed field is package, and its value is prepay_id=…"
        "prepay_id 被当成单独的字段签名了，没有 package": "参与签名的字段是 package，值为 prepay_id=…。";
    /// Quotation marks around the `prepay_id`.
    PACKAGE_QUOTED "package_quoted" Recomputed
        "package was signed with quotation marks": "take the value of prepay_id out of the JSON, without its quotation marks"
        "package 带着引号签名了": "请取 JSON 里 prepay_id 的值，不带引号。";
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

    /// There is no `prepay_id`, or a word that stands for nothing.
    PREPAY_ID_MISSING "prepay_id_missing" Seen
        "the signature is right, but there is no prepay_id (it is empty, undefined, null or the like)": "the order call failed, or its reply was not awaited or was read under another name: check the reply before you sign (return_msg and err_code_des; in APIv3 code and message)"
        "签名没有问题，但没有 prepay_id（为空，或是 undefined、null 之类）": "下单没有成功、没有等待应答，或从应答里取错了字段：签名之前请先检查下单的应答（return_msg 和 err_code_des；APIv3 是 code 和 message）。";
    /// A page was given another `package` than the one that was signed.
    PACKAGE_CHANGED "package_changed" Recomputed
        "package was changed after it was signed": "pass the text that was signed: make package once (prepay_id=… for a page, Sign=WXPay for an app), sign it, and hand over that same text"
        "package 在签名之后又改过": "传递的要与签名的一致：package 只生成一次（页面是 prepay_id=…，App 是 Sign=WXPay），签名后原样传出去。";
    /// An app was given another `prepayid` than the one that was signed.
    PREPAYID_CHANGED "prepayid_changed" Recomputed
        "an app's prepayid was changed after it was signed": "pass the text that was signed: take prepay_id of the order's reply once, sign it, and hand over that same text"
        "App 的 prepayid 在签名之后又改过": "传递的要与签名的一致：prepay_id 只从下单的应答里取一次，签名后原样传出去。";
    /// The `prepay_id` has other characters than letters and digits.
    PREPAY_ID_MALFORMED "prepay_id_malformed" Seen
        "the signature is right, but the prepay_id has a blank or another mark in it": "it has letters and digits alone, and nothing stands between prepay_id= and it: take it out of the reply as it is"
        "签名没有问题，但 prepay_id 里有空格或其他符号": "prepay_id 只有字母和数字，prepay_id= 与它之间也没有别的字符：请原样使用应答里的值。";
    /// `appId` is a number of digits.
    APP_ID_FORM "app_id_form" Seen
        "the signature is right, but appId is a number, such as that of a merchant, and no appid": "an appid begins with wx: hand over and sign that of the official account, mini program or app that made the order"
        "签名没有问题，但 appId 是一串数字（例如商户号），不是 appid": "appid 以 wx 开头：请用下单的公众号、小程序或 App 的 appid 签名并传递。";
    /// `package` of a page is not `prepay_id=…`.
    PACKAGE_FORM "package_form" Seen
        "the signature is right, but package is not prepay_id=…": "sign and pass prepay_id= followed by the prepay_id"
        "签名没有问题，但 package 不是 prepay_id=… 的形式": "prepay_id 前面要写上 prepay_id=，签名时也一样。";
    /// `package` of an app is not `Sign=WXPay`.
    APP_PACKAGE "app_package" Seen
        "the signature is right, but an app's package is not Sign=WXPay": "give the app the constant Sign=WXPay; in APIv2 it is signed too"
        "签名没有问题，但 App 的 package 不是 Sign=WXPay": "App 的 package 固定为 Sign=WXPay；APIv2 里它也参与签名。";
    /// The timestamp of a page or an app is in milliseconds.
    PAY_TIME_IN_MILLISECONDS "pay_time_in_milliseconds" Seen
        "the signature is right, but the timestamp is in milliseconds": "sign and pass seconds since 1970, 10 digits"
        "签名没有问题，但时间戳用了毫秒": "签名和传递的都应为 1970 年以来的秒数，10 位数字。";
    /// The timestamp of a page or an app is no whole number.
    PAY_TIME_MALFORMED "pay_time_malformed" Seen
        "the signature is right, but the timestamp is not a whole number of seconds": "sign and pass 10 digits, neither a fraction nor a date: int(time.time()), Math.floor(Date.now() / 1000)"
        "签名没有问题，但时间戳不是整数秒": "签名和传递的都应为 10 位数字，不带小数，也不是日期文字：int(time.time())、Math.floor(Date.now() / 1000)。";
    /// `prepay_id=` stands before a `prepay_id` that has it already.
    PREPAY_ID_FORM "prepay_id_form" Seen
        "the signature is right, but prepay_id= stands there once too often": "a page's package is prepay_id= and the prepay_id, an app's prepayid is the prepay_id alone: a helper added it already"
        "签名没有问题，但多写了一个 prepay_id=": "页面的 package 是 prepay_id= 加 prepay_id，App 的 prepayid 是单独的 prepay_id：可能调用的函数里已经加过了。";
    /// A parameter of a page under a name that WeChat does not read.
    PAGE_NAMES "page_names" Seen
        "a parameter was handed to the page under a name that WeChat does not read": "the names are appId, timeStamp (in chooseWXPay timestamp), nonceStr, package, signType and paySign; the signature is right for its value"
        "页面的参数用了微信不认识的名称": "参数名是 appId、timeStamp（chooseWXPay 为 timestamp）、nonceStr、package、signType、paySign；按它的值看签名没有问题。";
    /// Time and nonce of a page or an app in each other's place.
    PAGE_VALUES_SWAPPED "page_values_swapped" Recomputed
        "the values of timeStamp and nonceStr stand in each other's place": "the time of 10 digits is timeStamp, the random text is nonceStr, in the signed text and in what is handed over"
        "timeStamp 与 nonceStr 的值写反了": "10 位数字的时间是 timeStamp，随机串是 nonceStr，签名和传递都一样。";
    /// `timeStamp` is a number.
    TIME_STAMP_IS_NUMBER "time_stamp_is_number" Seen
        "the signature is right, but timeStamp is a number": "pass it as a text: iOS refuses a number"
        "签名没有问题，但 timeStamp 是数字": "请用字符串：iOS 不接受数字形式的 timeStamp。";
    /// A page of APIv3 whose `signType` is another one.
    SIGN_TYPE_NOT_RSA "sign_type_not_rsa" Seen
        "the signature is right for APIv3, but signType is not RSA": "pass signType RSA with a signature of APIv3"
        "按 APIv3 签名没有问题，但 signType 不是 RSA": "APIv3 的签名要传 signType：RSA。";
    /// An app's `prepayid` was signed as a page's `package`.
    PREPAY_ID_NAMED_IN_APP "prepay_id_named_in_app" Recomputed
        "an app's prepayid was signed as prepay_id=…, as for a page": "the last line of an app's text is the prepayid alone"
        "App 的 prepayid 按页面的写法签成了 prepay_id=…": "App 待签名文本的最后一行是单独的 prepayid。";
    /// An app's `package` was signed in place of its `prepayid`.
    PACKAGE_SIGNED_IN_APP "package_signed_in_app" Recomputed
        "an app's package was signed in place of prepayid": "the last line of an app's text of APIv3 is the prepayid, and Sign=WXPay is not signed"
        "App 签名的是 package，而不是 prepayid": "APIv3 的 App 待签名文本最后一行是 prepayid，Sign=WXPay 不参与签名。";
    /// The text of APIv3 was put together in another way.
    PAGE_LINES "page_lines" Recomputed
        "the text of the signature was put together in another way than APIv3 wants": "these four lines in this order, each with a line feed behind it: appId, timeStamp, nonceStr, package (for an app: prepayid)"
        "待签名文本的拼接方式不对": "APIv3 依次是四行：appId、timeStamp、nonceStr、package（App 为 prepayid），每行后面一个换行。";
    /// `signType` was signed in an app.
    SIGN_TYPE_OF_A_PAGE "sign_type_of_a_page" Recomputed
        "an app's signature was made with signType, as for a page": "leave it out: an app signs appid, noncestr, package, partnerid, prepayid and timestamp"
        "App 的签名里加了页面的 signType": "请去掉：App 参与签名的是 appid、noncestr、package、partnerid、prepayid、timestamp。";
    /// An app's signature over a page's fields.
    PAGE_FIELDS_IN_APP "page_fields_in_app" Recomputed
        "an app's signature was made over the fields of a page": "an app signs appid, noncestr, package (Sign=WXPay), partnerid, prepayid and timestamp"
        "App 的签名用了页面的那组字段": "App 参与签名的是 appid、noncestr、package（Sign=WXPay）、partnerid、prepayid、timestamp。";
    /// Another `signType` was signed.
    PAGE_SIGN_TYPE_DIFFERS "page_sign_type_differs" Recomputed
        "another signType was signed than the page was given": "sign and pass the same: the one of the order"
        "签名的 signType 与传给页面的不同": "签名和传递要用同一个，与下单时一致。";

    // The arguments of wx.config.

    /// No ticket is there to check a page's signature with.
    NO_TICKET "no_ticket" Seen
        "there is no jsapi_ticket to check the signature with": "none was given, or none was fetched yet for this appid. Give the ticket that was signed with (the command: WXPAY_JSAPI_TICKET or --ticket-file). Without one, only the URL that was signed (--signed-url) can be compared with the page's"
        "没有可用来核对签名的 jsapi_ticket": "没有给出，或该 appid 还没有取过。请给出签名时用的 ticket（命令行：WXPAY_JSAPI_TICKET 或 --ticket-file）；没有 ticket 时，只能比较签名用的 URL（--signed-url）与页面的 URL。";
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
        "the url was signed without its query": "sign the whole url of the page: location.href up to the #"
        "url 少了 ? 后面的参数": "要签名页面的整个 url：# 之前的 location.href。"
        of_request "sign path and query exactly as they are sent" "要签名实际发送的路径和参数，一字不差。";
    /// `/v3` at the beginning of the path was not signed.
    URL_WITHOUT_V3 "url_without_v3" Recomputed
        "the path was signed without /v3": "sign the whole path of the request, also the part of it that stands in the base URL of the HTTP client"
        "签名的路径少了 /v3": "要签名请求的完整路径，写在 HTTP 客户端基础地址（base URL）里的 /v3 也要算上。";
    /// `/v3` was signed twice.
    URL_V3_TWICE "url_v3_twice" Recomputed
        "the path was signed with /v3 twice": "sign the path as the request sends it: /v3 stands in the base URL of the HTTP client already"
        "签名的路径里 /v3 写了两次": "要签名实际发送的路径：/v3 已经在 HTTP 客户端的基础地址（base URL）里了。";
    /// The first `/` was not signed.
    URL_WITHOUT_FIRST_SLASH "url_without_first_slash" Recomputed
        "the path was signed without its first /": "sign it from the / on: /v3/…"
        "签名的路径少了开头的 /": "路径要从 / 开始签名：/v3/…。";
    /// The template of the route was signed.
    URL_TEMPLATE "url_template" Recomputed
        "the path was signed with a placeholder in place of the number": "put the number into the path first, then sign the path as it is sent"
        "签名的路径里是占位符，而不是实际的单号": "请先把单号填进路径，再按实际发送的路径签名。";
    /// The path begins with two slashes.
    URL_DOUBLE_SLASH "url_double_slash" Seen
        "the path begins with two slashes (//v3/…)": "the base URL of the HTTP client ends in / and the path begins with one: join them with one /, and sign that path"
        "路径以两个斜杠开头（//v3/…）": "HTTP 客户端的基础地址（base URL）以 / 结尾，路径又以 / 开头：拼接时只留一个 /，并按这个路径签名。";
    /// A `?` or `&` of the URL was signed and not sent, or sent and not signed.
    URL_MARKS "url_marks" Recomputed
        "a ? or & of the url was signed and not sent, or sent and not signed": "sign the url as the address bar shows it"
        "url 里的 ? 或 & 不一致": "签名的 url 要与浏览器地址栏里的完全一样。"
        of_request "sign path and query exactly as they are sent" "签名的路径和参数要与实际发送的完全一样。";
    /// A part of the query was not signed.
    URL_QUERY_CUT "url_query_cut" Recomputed
        "the url was signed without a part of its query": "sign all of it, also what WeChat adds when a page is shared (from=singlemessage)"
        "url 少了一部分参数": "要签名全部参数，包括分享后微信加上的参数（from=singlemessage）。"
        of_request "sign the whole query, as it is sent" "要签名实际发送的全部参数。";
    /// The query is another one.
    URL_QUERY "url_query" Recomputed
        "the url was signed with another query": "sign the query as the address bar shows it, with the parameters in their order"
        "url 的参数不一致": "要签名地址栏显示的参数，顺序也不变。"
        of_request "sign the query as it is sent, with the parameters in their order: do not sort them" "要签名实际发送的参数，顺序不变，不要排序。";
    /// `&amp;` was signed.
    URL_ESCAPED "url_escaped" Recomputed
        "the url was signed with &amp; for &": "it came out of HTML or a template; sign location.href"
        "url 里的 & 写成了 &amp;": "url 来自 HTML 或模板；请签名 location.href。"
        of_request "it came out of HTML or a template: sign it with &, as it is sent" "url 来自 HTML 或模板：请按实际发送的 & 签名。";
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
        "the trailing / of the signed URL differs": "sign it as the address bar shows it"
        "url 末尾的 / 不一致": "要与浏览器地址栏里的一致。"
        of_request "sign the path as it is sent" "要与实际发送的路径一致。";
    /// The url was encoded or decoded before it was signed.
    URL_ENCODING "url_encoding" Recomputed
        "the URL was signed with different percent-encoding than it was sent with": "sign it as location.href gives it, without encoding or decoding it"
        "url 的编码不一致": "签名用 location.href 给出的 url，不要再编码或解码。"
        of_request "sign it as the request sends it: some HTTP clients encode it once more (| as %7C)" "要签名实际发送的 url；有的 HTTP 客户端会再编码一次（| 变成 %7C）。";
    /// The signature is in capitals.
    UPPER_CASE "upper_case" Recomputed
        "the signature is in upper case": "it must be lower-case hexadecimal"
        "signature 要用小写": "JS-SDK 的签名是小写的十六进制。";
    /// The names under the signature were written otherwise.
    CONFIG_NAMES "config_names" Recomputed
        "names were signed in another spelling": "the signed names are jsapi_ticket, noncestr, timestamp and url, all in lower case"
        "签名里的字段名写法不对": "参与签名的是 jsapi_ticket、noncestr、timestamp、url，全部小写。";
    /// The text of the message push's signature.
    CONFIG_VALUES "config_values" Recomputed
        "the values were sorted and joined without their names, as for the messages of an official account (checkSignature)": "wx.config has another text: jsapi_ticket=…&noncestr=…&timestamp=…&url=…, and SHA-1 over it"
        "把值排序后直接拼接了，没有字段名，这是公众号消息（checkSignature）的算法": "wx.config 签名的是另一段文本：jsapi_ticket=…&noncestr=…&timestamp=…&url=…，再做 SHA-1。";
    /// Another hash than SHA-1.
    CONFIG_HASH "config_hash" Recomputed
        "the signature is MD5 or SHA-256, and not SHA-1": "wx.config takes SHA-1, in lower-case hexadecimal"
        "签名用了 MD5 或 SHA-256，不是 SHA-1": "wx.config 的签名用 SHA-1，小写十六进制。";
    /// The signature of `wx.config` has another form.
    CONFIG_SIGNATURE_MALFORMED "config_signature_malformed" Seen
        "the signature does not have 40 hexadecimal digits": "wx.config takes SHA-1 in lower-case hexadecimal: 32 digits are those of MD5, 64 those of SHA-256, and 28 characters with = at the end are Base64"
        "signature 不是 40 位十六进制": "wx.config 的签名是小写十六进制的 SHA-1：32 位是 MD5，64 位是 SHA-256，以 = 结尾的 28 个字符是 Base64。";
    /// A ticket that was not there was signed.
    TICKET_NOT_LOADED "ticket_not_loaded" Recomputed
        "signed with an empty jsapi_ticket, or with undefined, null or the like": "getticket failed, its reply was not awaited, or another member of it was read: check errcode before you sign"
        "用空的 jsapi_ticket 签名了，或把 undefined、null 之类的文字当成了 ticket": "getticket 没有成功、没有等待应答，或从应答里取错了字段：签名之前请先检查 errcode。";
    /// White space around the ticket.
    TICKET_WITH_WHITE_SPACE "ticket_with_white_space" Recomputed
        "the jsapi_ticket was signed with white space, quotation marks or the rest of its JSON around it": "a line end or a quotation mark came along from a file, a cache or JSON: sign the value of ticket alone"
        "jsapi_ticket 带着空白字符、引号或其余的 JSON 签名了": "多半是从文件、缓存或 JSON 读入时带上的：只用 ticket 的值签名。";
    /// None of these.
    OTHER_PAGE_OR_TICKET "other_page_or_ticket" Likely
        "another url, ticket, nonceStr or timestamp was signed": "compare the signed url with location.href up to the #; in a single-page application iOS keeps the url of the page that was opened first"
        "签名用的 url、ticket、nonceStr 或 timestamp 与 wx.config 的不同": "请把签名的 url 与 # 之前的 location.href 对照；单页应用里 iOS 一直用首次打开的页面的 url。";

    // APIv3.

    /// A probe of WeChat Pay's.
    SIGNATURE_PROBE "signature_probe" Seen
        "this is a probe of WeChat Pay's (WECHATPAY/SIGNTEST/)": "refuse it as any wrong signature: answer a notification with 4xx or 5xx, and the right one follows; after a reply, query by your own number"
        "这是微信支付的签名探测（WECHATPAY/SIGNTEST/）": "按验签失败处理：对通知返回 4xx 或 5xx，随后会收到签名正确的通知；若是应答，请用商户单号查询。";
    /// Headers are missing.
    HEADER_MISSING "header_missing" Seen
        "headers of the signature are missing": "Wechatpay-Timestamp, -Nonce, -Signature and -Serial must reach your program: let the proxy, CDN or gateway pass them on, and hand over all headers of the request"
        "缺少签名用的 HTTP 头": "Wechatpay-Timestamp、-Nonce、-Signature、-Serial 都要到达你的程序：请让代理、CDN 或网关原样转发，并传入请求的全部头。";
    /// WeChat Pay's error, which is not signed.
    ERROR_NOT_SIGNED "error_not_signed" Seen
        "this is an error that WeChat Pay answers (code and message), and errors of authentication are not signed": "there is nothing to verify: read code and message; SIGN_ERROR is about the signature of your request: explain that request, with its first line, its headers and its body"
        "这是微信支付返回的错误（code 和 message），认证阶段的错误不带签名": "不需要验签：请看 code 和 message；SIGN_ERROR 指的是请求的签名：请检查该请求（请求行、请求头和请求体）。";
    /// A file, which is not signed.
    FILE_NOT_SIGNED "file_not_signed" Likely
        "there is no header of a signature, and the body is not JSON": "a file that was downloaded, such as a bill, is not signed: compare its hash with hash_value of the signed reply that named it. A notification or another reply has lost its headers on the way: let the proxy, CDN or gateway pass Wechatpay-… on"
        "没有任何签名用的 HTTP 头，报文体也不是 JSON": "下载的文件（如账单）不带签名：请把它的哈希值与返回下载地址的那个应答（已验签）里的 hash_value 核对。如果是通知或其他应答，就是 HTTP 头在途中丢了：请让代理、CDN 或网关原样转发 Wechatpay-…。";
    /// A header cannot be read.
    HEADER_MALFORMED "header_malformed" Seen
        "a header of the signature is malformed": "Wechatpay-Timestamp is seconds since 1970, and nonce and serial number are visible ASCII characters; pass the headers as they came"
        "签名用的 HTTP 头格式不对": "Wechatpay-Timestamp 是 1970 年以来的秒数，随机串和序列号只有可见的 ASCII 字符；请原样传入收到的头。";
    /// A message of APIv2 came to a handler of APIv3.
    V2_MESSAGE "v2_message" Seen
        "this is a message of APIv2 (XML), which has no signature in its headers": "orders and refunds that APIv2 made are notified by APIv2: give it to the APIv2 handler (pay.notify)"
        "这是 APIv2 的报文（XML），签名不在 HTTP 头里": "APIv2 下的单和退款按 APIv2 通知：请交给 APIv2 的处理（pay.notify）。";
    /// Signed with SM2.
    SM2_SIGNATURE "sm2_signature" Seen
        "the signature is of SM2, which is not supported": "choose RSA for the API certificate at pay.weixin.qq.com (account centre, API security)"
        "签名算法是国密 SM2，本程序不支持": "请在商户平台 > 账户中心 > API安全 使用 RSA 证书。";
    /// Too old, or a replay.
    TIMESTAMP_EXPIRED "timestamp_expired" Seen
        "the message is older than 300 seconds": "verify a message when it arrives, not later from a queue; a copy that is sent again is refused here; if neither is so, compare this machine's clock with the real time"
        "报文超过 300 秒": "请在收到时立即验签，不要放进队列后再验；重放的报文也会在这里被拒绝；都不是时请校对本机时钟。";
    /// Local time for UTC.
    CLOCK_TIME_ZONE "clock_time_zone" Likely
        "the clock of this machine and the timestamp differ by whole hours": "probably local time was taken for UTC: timestamps are seconds since 1970 in UTC; take them from the system (time.time(), Date.now() / 1000), and look at clock and time zone. If those are right, the message is old: verify it when it arrives; a copy that is sent again is refused here"
        "本机时钟与时间戳相差整数个小时": "多半是把本地时间当成了 UTC：时间戳是 UTC 1970 年以来的秒数，请用系统函数取得（time.time()、Date.now() / 1000），并检查时钟和时区。如果都正确，就是报文太旧：请在收到时立即验签；重放的报文也会在这里被拒绝。"
        of_request "probably local time was taken for UTC: timestamps are seconds since 1970 in UTC; take them from the system (time.time(), Date.now() / 1000), and look at clock and time zone. If those are right, the request was signed hours before it was sent: sign it again" "多半是把本地时间当成了 UTC：时间戳是 UTC 1970 年以来的秒数，请用系统函数取得（time.time()、Date.now() / 1000），并检查时钟和时区。如果都正确，就是签名几个小时之后才发送：请重新签名。"
        shown "about {} hours" "约 {} 小时";
    /// The clock of this machine.
    CLOCK_SKEW "clock_skew" Seen
        "the clock of this machine differs from WeChat Pay's by more than 300 seconds": "set the clock (NTP); the time zone does not matter, because timestamps are seconds since 1970 in UTC; if the clock is right, the message is forged or replayed"
        "本机时钟与微信支付相差超过 300 秒": "请校准时钟（NTP）；时区没有影响，时间戳是 UTC 1970 年以来的秒数；如果时钟正确，报文就是伪造或重放的。"
        of_request "set the clock (NTP); the time zone does not matter, because timestamps are seconds since 1970 in UTC; if the clock is right, the request was signed long before it was sent: sign it again" "请校准时钟（NTP）；时区没有影响，时间戳是 UTC 1970 年以来的秒数；如果时钟正确，就是签名之后过了很久才发送：请重新签名。";
    /// Milliseconds.
    TIMESTAMP_IN_MILLISECONDS "timestamp_in_milliseconds" Seen
        "the timestamp is in milliseconds": "it has to be seconds since 1970, 10 digits"
        "时间戳用了毫秒": "应为 1970 年以来的秒数，10 位数字。";
    /// The timestamp of a request is no whole number of seconds.
    TIMESTAMP_MALFORMED "timestamp_malformed" Seen
        "the timestamp is not a whole number of seconds": "it has 10 digits and nothing else, neither a fraction nor a date: int(time.time()), Math.floor(Date.now() / 1000)"
        "时间戳不是整数秒": "应为 10 位数字，不带小数，也不是日期文字：int(time.time())、Math.floor(Date.now() / 1000)。";
    /// The key is not known.
    SERIAL_UNKNOWN "serial_unknown" Seen
        "Wechatpay-Serial names a key that is not known": "download the platform certificates again (GET /v3/certificates): a new one is listed before it is used"
        "Wechatpay-Serial 对应的密钥未知": "请重新下载平台证书（GET /v3/certificates）：新证书在启用前就会出现在列表中。";
    /// Signed by the public key, and only certificates are known.
    PUBLIC_KEY_NEEDED "public_key_needed" Seen
        "the message is signed with the WeChat Pay public key, and that key is not known": "download pub_key.pem and its id (PUB_KEY_ID_…) at pay.weixin.qq.com (account centre, API security), and keep the platform certificates too while both are used"
        "报文用微信支付公钥签名，但没有配置该公钥": "请到商户平台 > 账户中心 > API安全 下载公钥 pub_key.pem 及其 ID（PUB_KEY_ID_…）；切换期间平台证书也要保留。";
    /// Signed by a certificate, and only the public key is known.
    CERTIFICATE_NEEDED "certificate_needed" Seen
        "the message is signed with a platform certificate, and only a public key is known": "while a merchant changes from certificates to the public key both sign: download the platform certificates too, and send Wechatpay-Serial with the public key's id in requests"
        "报文用平台证书签名，但只配置了微信支付公钥": "切换期间两者都会使用：请同时下载平台证书，并在请求头 Wechatpay-Serial 中传公钥 ID。";
    /// The id of the public key is another one than the message names.
    PUBLIC_KEY_ID_WRONG "public_key_id_wrong" Seen
        "the id of the WeChat Pay public key is wrong": "platform_public_key_id begins with PUB_KEY_ID_ and has digits behind it: copy it from pay.weixin.qq.com (account centre, API security), together with the key (pub_key.pem)"
        "微信支付公钥的 ID 不对": "platform_public_key_id 以 PUB_KEY_ID_ 开头，后面是数字：请到 pay.weixin.qq.com > 账户中心 > API安全 复制，并与公钥（pub_key.pem）一起取得。"
        shown "platform_public_key_id is {}" "platform_public_key_id 是 {}";
    /// The message names another public key than the one that is set, and nothing shows whose it is.
    PUBLIC_KEY_ID_OTHER "public_key_id_other" Likely
        "the message names another WeChat Pay public key than the one that is set": "compare platform_public_key_id with pay.weixin.qq.com (account centre, API security); if it is the same there, the message is of another merchant, or forged"
        "报文里的微信支付公钥 ID 与设置的不同": "请核对 platform_public_key_id 与 pay.weixin.qq.com > 账户中心 > API安全 里的是否一致；如果一致，这条报文属于其他商户，或是伪造的。"
        shown "platform_public_key_id is {}" "platform_public_key_id 是 {}";
    /// The merchant's certificate in the platform's place.
    SERIAL_IS_MERCHANT_CERT "serial_is_merchant_cert" Seen
        "the merchant certificate was configured instead of WeChat Pay's": "WeChat Pay signs with the platform certificate or the WeChat Pay public key; apiclient_cert.pem is the merchant's, and its serial number belongs in Authorization alone"
        "把商户证书当成了微信支付平台证书": "微信支付用平台证书或微信支付公钥签名；apiclient_cert.pem 是商户自己的，其序列号只用在 Authorization 里。"
        shown "the message names {}" "报文里的序列号是 {}";
    /// The merchant's serial number in the place of the message's.
    SERIAL_OF_MERCHANT "serial_of_merchant" Recomputed
        "the signature is right, but the serial number that was given with it is that of the merchant's own certificate": "take the serial number from the header Wechatpay-Serial of the message"
        "签名没有问题，但传入的序列号是商户自己证书的": "序列号要取报文的 HTTP 头 Wechatpay-Serial。"
        shown "the merchant's: {}" "商户的序列号：{}";
    /// Another key that is known made the signature.
    SIGNED_BY_OTHER_KNOWN_KEY "signed_by_other_known_key" Recomputed
        "another key that is known made the signature": "Wechatpay-Serial and the key that is stored under it do not belong together: check which certificate or public key has which serial number or id"
        "签名是由另一个已知的密钥做出的": "Wechatpay-Serial 与配置在它名下的密钥不配套：请核对证书、公钥与序列号、公钥 ID 的对应关系。";
    /// The serial number of a message in small letters.
    SERIAL_LOWER_CASE "serial_lower_case" Recomputed
        "the signature is right, but Wechatpay-Serial is written in small letters": "WeChat Pay writes it in capitals: something between changed it, such as a function that lowers all headers. Pass the header as it came"
        "签名没有问题，但 Wechatpay-Serial 写成了小写": "微信支付发送的是大写：途中有程序（例如把请求头全部转成小写的函数）改动了它，请原样传入。";
    /// None of the known keys made it.
    SIGNED_BY_UNKNOWN_KEY "signed_by_unknown_key" Likely
        "no key that is known made this signature": "the private key, the public key or the certificate belongs to something else, or the signature was changed"
        "签名不是由任何已知的密钥做出的": "私钥、公钥或证书可能不是对应的那一个，或者签名本身被改动过。"
        received "no key that is known made this signature: compare the WeChat Pay public key or platform certificate that you have with the one at pay.weixin.qq.com (account centre, API security) under the serial number or id that the message names; otherwise the signature was changed, or the message is forged" "签名不是由任何已知的密钥做出的：请把配置的微信支付公钥或平台证书，与商户平台 > 账户中心 > API安全 里报文所指序列号或公钥 ID 对应的那一个核对；如果一致，就是签名被改动过，或报文是伪造的。";
    /// The resource, or what is in it, in place of the body.
    RESOURCE_AS_BODY "resource_as_body" Likely
        "the body is the resource of a notification, or what was decrypted from it, and not the whole notification": "pass the raw body of the request as it came: the signature is over all of it. Of the reply to a query, which looks the same, pass the bytes as they came"
        "传入的是通知里的 resource 或其解密结果，不是完整的通知": "请传入收到的完整原始请求体，签名是对它做的；查询的应答看起来一样，也要用收到的原始字节。";
    /// URL encoding.
    BODY_URL_CODED "body_url_coded" Recomputed
        "the body was signed URL-encoded, and sent as JSON": "sign the bytes that are sent, without URL-encoding them"
        "签名时对报文体做了 URL 编码，发送的却是 JSON": "签名和发送用同样的字节，不做 URL 编码。"
        received "the body was URL-encoded or URL-decoded, such as + into a blank" "报文体被做了 URL 编码或解码，例如 + 变成了空格";
    /// A form was signed.
    BODY_AS_FORM "body_as_form" Recomputed
        "the body was signed as a form (a=1&b=2), and sent as JSON": "write the JSON once, sign that text and send the same bytes"
        "签名的报文体是表单（a=1&b=2），发送的却是 JSON": "只序列化一次 JSON：签名和发送用同一段文字。";
    /// JSON that was parsed and written again.
    BODY_RESERIALISED "body_reserialised" Recomputed
        "the body that was signed is other JSON text than the one that was sent": "write the JSON once, sign that text and send the same bytes"
        "签名的 JSON 与发送的 JSON 文本不同": "只序列化一次：签名和发送用同一段文字。"
        received "the body was parsed and written again as other JSON text" "报文体被解析后重新序列化，JSON 文本变了";
    /// Names of members in another spelling.
    BODY_NAMES "body_names" Recomputed
        "the body was signed with its names in another spelling (outTradeNo, out_trade_no)": "write the JSON once, sign that text and send the same bytes"
        "签名的报文体里字段名的写法不同（outTradeNo、out_trade_no）": "只序列化一次：签名和发送用同一段文字。"
        received "the names in the body were written in another spelling (createTime for create_time)" "报文体里的字段名被改了写法（create_time 变成了 createTime）";
    /// An object as a language prints it.
    BODY_PRINTED "body_printed" Recomputed
        "an object was signed as the language prints it (str, toString), and not its JSON text": "write the JSON once, sign that text and send the same bytes"
        "签名的是对象打印出来的文字（str、toString），不是 JSON 文本": "只序列化一次 JSON：签名和发送用同一段文字。"
        received "the body was parsed and printed again as an object of the language" "报文体被解析后又按语言的对象打印出来";
    /// A member of the body was added after signing.
    MEMBER_NOT_SIGNED "member_not_signed" Recomputed
        "the body was signed without one or two of its members": "add no member after signing: write the whole JSON once, sign that text and send the same bytes"
        "签名的报文体少了一两个字段": "签名之后不要再加字段：整个 JSON 只序列化一次，签名和发送用同一段文字。"
        received "members were added to the body" "报文体里多了字段";
    /// A member of the body was left out after signing.
    MEMBER_NOT_SENT "member_not_sent" Recomputed
        "a member of the body was signed and not sent: it is null or empty, and one of two JSON writers leaves it out": "write the JSON once, sign that text and send the same bytes"
        "报文体里有一个字段签名了却没有发送：它是 null 或空的，两次序列化中有一次没有写它": "只序列化一次 JSON：签名和发送用同一段文字。"
        received "a member that is null or empty was removed from the body" "报文体里为 null 或空的字段被去掉了";
    /// The digest of the body was signed.
    BODY_HASHED "body_hashed" Recomputed
        "the SHA-256 of the body was signed in place of the body": "the fifth line of the text is the body itself, as it is sent"
        "签名的是报文体的 SHA-256 摘要，而不是报文体": "待签名文本的第五行就是报文体本身，与发送的一致。";
    /// The event of a cloud function.
    EVENT_AS_BODY "event_as_body" Recomputed
        "this is the event of a cloud function, and the message of WeChat Pay is its member body": "pass event.body; where isBase64Encoded is true, decode it from Base64 first"
        "传入的是云函数的 event，微信支付的报文在它的 body 里": "请传入 event.body；isBase64Encoded 为 true 时先做 Base64 解码。";
    /// White space around the body.
    BODY_TRIMMED "body_trimmed" Recomputed
        "white space around the body, or its line ends, differ between the signed and the sent text": "sign and send the same bytes"
        "签名和发送的报文体首尾空白或换行符不同": "签名和发送用同样的字节。"
        received "white space around the body, or its line ends, were changed" "报文体首尾的空白或换行符被改动了";
    /// The body in another character set.
    BODY_OTHER_CHARSET "body_other_charset" Recomputed
        "the body was signed in another character set than it was sent in": "sign and send UTF-8"
        "签名和发送的报文体字符集不同": "签名和发送都要用 UTF-8。"
        received "the body was read in another character set than UTF-8" "报文体没有按 UTF-8 读取";
    /// HTML escapes in the body.
    BODY_HTML_ESCAPED "body_html_escaped" Recomputed
        "the body was escaped for HTML or XML": "sign and send the JSON as it is"
        "报文体做了 HTML 转义": "签名和发送原样的 JSON。"
        received "the body was escaped for HTML, such as &quot; for a quotation mark" "报文体被做了 HTML 转义，例如引号变成了 &quot;";
    /// Backslashes before quotation marks.
    BODY_BACKSLASHED "body_backslashed" Recomputed
        "the body was given backslashes before its quotation marks, in the signed text or in the sent one": "sign and send the JSON as it is, without addslashes"
        "报文体的引号前加了反斜杠，签名和发送的文本不同": "签名和发送原样的 JSON，不要用 addslashes。"
        received "backslashes were put before the quotation marks of the body (addslashes)" "报文体的引号前被加上了反斜杠（addslashes）";
    /// The nonce of the resource in the place of the header's.
    NONCE_OF_RESOURCE "nonce_of_resource" Seen
        "the nonce is that of resource in the body": "take the nonce from the header Wechatpay-Nonce"
        "随机串用的是报文体里 resource 的 nonce": "请取 HTTP 头 Wechatpay-Nonce 的值。";
    /// Timestamp and nonce in each other's place.
    HEADERS_SWAPPED "headers_swapped" Seen
        "Wechatpay-Timestamp and Wechatpay-Nonce stand in each other's place": "the timestamp is the one of 10 digits"
        "Wechatpay-Timestamp 与 Wechatpay-Nonce 写反了": "10 位数字的是时间戳。";
    /// A changed body whose resource is right.
    BODY_CHANGED "body_changed" Likely
        "timestamp, nonce or body are not those that were signed; the resource in the body is WeChat Pay's": "pass the headers of the same request as they came, and the raw bytes of the body: middleware that parses JSON cannot give them back"
        "时间戳、随机串或报文体与签名时不同；报文体里的 resource 是微信支付的": "请传入同一个请求的原始 HTTP 头和报文体的原始字节：解析 JSON 的中间件无法还原它们。";
    /// A blank in place of a plus sign.
    SIGNATURE_WITH_BLANKS "signature_with_blanks" Recomputed
        "the signature has blanks in place of +": "pass the header as it came, without URL-decoding it"
        "签名里的 + 变成了空格": "请原样传入 HTTP 头，不要做 URL 解码。";
    /// The URL-safe alphabet.
    SIGNATURE_BASE64URL "signature_base64url" Recomputed
        "the signature is written in the URL-safe alphabet of Base64 (- and _)": "use standard Base64 (+ and /) with its padding"
        "签名用了 URL 安全的 Base64（- 和 _）": "请用标准 Base64（+ 和 /），保留末尾的 =。";
    /// Hexadecimal digits.
    SIGNATURE_HEXADECIMAL "signature_hexadecimal" Recomputed
        "the signature is written in hexadecimal": "write it in Base64"
        "签名写成了十六进制": "请用 Base64。";
    /// Line breaks in the signature.
    SIGNATURE_WRAPPED "signature_wrapped" Recomputed
        "the signature is broken into lines": "write Base64 on one line: a header cannot have line breaks"
        "签名里有换行": "Base64 要写在一行：HTTP 头不能换行。";
    /// URL-encoded.
    SIGNATURE_URL_ENCODED "signature_url_encoded" Recomputed
        "the signature is URL-encoded": "write plain Base64 into the header"
        "签名做了 URL 编码": "HTTP 头里直接写 Base64。";
    /// Base64 twice.
    SIGNATURE_ENCODED_TWICE "signature_encoded_twice" Recomputed
        "the signature is encoded in Base64 twice": "encode it once"
        "签名做了两次 Base64": "只编码一次。";
    /// Hexadecimal digits in Base64.
    SIGNATURE_HEXADECIMAL_IN_BASE64 "signature_hexadecimal_in_base64" Recomputed
        "the hexadecimal digits of the signature were encoded in Base64": "encode the bytes of the signature in Base64, without writing them in hexadecimal first"
        "签名先写成了十六进制，再做了 Base64": "直接把签名的字节做 Base64，不要先写成十六进制。";
    /// The `=` at the end are missing.
    SIGNATURE_WITHOUT_PADDING "signature_without_padding" Recomputed
        "the = at the end of the signature are missing": "use standard Base64 with its padding: 344 characters for a key of 2048 bits"
        "签名末尾少了 =": "请用标准 Base64，保留末尾的 =：2048 位密钥的签名是 344 个字符。";
    /// HMAC in place of RSA.
    HMAC_SIGNATURE "hmac_signature" Recomputed
        "signed with HMAC-SHA256 and a key of the merchant platform": "APIv3 signs with the merchant's private key (SHA256-RSA); the APIv3 key only decrypts"
        "用商户平台的密钥做了 HMAC-SHA256 签名": "APIv3 用商户私钥做 SHA256-RSA 签名；APIv3 密钥只用来解密。";
    /// Not Base64, or of the wrong length.
    SIGNATURE_MALFORMED "signature_malformed" Seen
        "the signature is not Base64, or has the wrong length": "a key of 2048 bits gives 344 characters"
        "签名不是 Base64，或长度不对": "2048 位密钥的签名是 344 个字符。";
    /// A signature of APIv2.
    V2_SIGNATURE "v2_signature" Seen
        "this is a signature of APIv2 (MD5 or HMAC-SHA256)": "APIv3 signs with the merchant's private key (SHA256-RSA)"
        "这是 APIv2 的签名（MD5 或 HMAC-SHA256）": "APIv3 用商户私钥做 SHA256-RSA 签名。";
    /// Another hash.
    OTHER_HASH "other_hash" Recomputed
        "signed with another hash than SHA-256": "APIv3 uses SHA256-RSA (SHA256withRSA, RSA-SHA256)"
        "签名用的不是 SHA-256": "APIv3 用 SHA256-RSA（SHA256withRSA、RSA-SHA256）。";
    /// PSS.
    PSS_PADDING "pss_padding" Recomputed
        "signed with the padding PSS": "APIv3 uses PKCS#1 v1.5"
        "签名用了 PSS 填充": "APIv3 用 PKCS#1 v1.5。";
    /// The bare digest was encrypted.
    DIGEST_WITHOUT_INFO "digest_without_info" Recomputed
        "the digest was signed without the name of its hash (NONEwithRSA)": "use SHA256withRSA (RSA-SHA256): it puts the name of the hash (DigestInfo) in front of the digest"
        "签名里只有摘要，没有摘要算法的标识（NONEwithRSA）": "请用 SHA256withRSA（RSA-SHA256）：它会在摘要前加上算法标识（DigestInfo）。";
    /// The digest was signed in place of the text.
    TEXT_HASHED_TWICE "text_hashed_twice" Recomputed
        "the digest of the text was signed, and not the text": "give the text to the signing function: SHA256-RSA hashes it itself"
        "签名的是文本的摘要，而不是文本": "把文本直接交给签名函数：SHA256-RSA 会自己做摘要。";
    /// The last line feed is missing.
    NO_FINAL_NEWLINE "no_final_newline" Recomputed
        "the text was signed without its last line feed": "each line ends in one, the last too"
        "待签名文本少了最后一个换行": "每一行都以换行结尾，最后一行也一样。";
    /// The last line feed, or the one at the end of the body, is missing.
    NO_NEWLINE_AFTER_BODY "no_newline_after_body" Recomputed
        "one of the two line feeds at the end was not signed": "the body that is sent ends in a line feed, and the text has another one behind it: sign both"
        "末尾的两个换行只签名了一个": "发送的报文体以换行结尾，待签名文本在它后面还有一个换行：两个都要签名。";
    /// One more line feed at the end.
    EXTRA_NEWLINE "extra_newline" Recomputed
        "the text was signed with one more line feed at its end": "end each line with one line feed, and do not sign a line feed of the body that is not sent"
        "待签名文本末尾多了一个换行": "每一行只有一个换行；报文体没有发送的换行也不能签名。";
    /// A byte order mark.
    BYTE_ORDER_MARK "byte_order_mark" Recomputed
        "a byte order mark (U+FEFF) was signed and not sent, or sent and not signed": "write UTF-8 without one"
        "BOM（U+FEFF）只签名没有发送，或只发送没有签名": "请用不带 BOM 的 UTF-8。"
        received "a byte order mark (U+FEFF) was added or removed" "BOM（U+FEFF）被加上或去掉了";
    /// The line of an empty body is missing.
    NO_EMPTY_BODY_LINE "no_empty_body_line" Recomputed
        "the text was signed without the line of the empty body": "a request without a body has an empty fifth line, with its line feed"
        "待签名文本少了空报文体的那一行": "没有报文体时第五行为空，但换行要保留。";
    /// Other line ends.
    CRLF_NEWLINES "crlf_newlines" Recomputed
        "the lines of the text end in CR LF": "they must end in LF alone"
        "待签名文本用了 CRLF 换行": "换行只能用 LF。";
    /// Backslash and n in place of line feeds.
    ESCAPED_NEWLINES "escaped_newlines" Recomputed
        "the text has a backslash and n in place of line feeds": "write real line feeds (0x0A)"
        "待签名文本里的换行写成了 \\n 两个字符": "要用真正的换行符（0x0A）。";
    /// The lines joined otherwise.
    LINES_JOINED_OTHERWISE "lines_joined_otherwise" Recomputed
        "the lines of the text were joined in another way": "method, URL, timestamp, nonce and body in this order, each with a line feed behind it"
        "待签名文本的拼接方式不对": "依次是请求方法、URL、时间戳、随机串、报文体，每个后面一个换行。";
    /// The method in lower case.
    METHOD_LOWER_CASE "method_lower_case" Recomputed
        "the method was not signed in capitals": "sign it in capitals, as it is sent"
        "请求方法没有全部大写": "要用大写，与发送的一致。";
    /// Another method.
    METHOD_DIFFERS "method_differs" Recomputed
        "another method was signed than was sent": "sign the method of the request"
        "签名的请求方法与发送的不同": "要签名实际发送的请求方法。";
    /// Scheme and host.
    URL_WITH_HOST "url_with_host" Recomputed
        "the url was signed with its host": "sign the path with the query alone, such as /v3/certificates"
        "url 带着域名签名了": "只签名路径和参数，例如 /v3/certificates。";
    /// The body was sent and not signed.
    BODY_NOT_SIGNED "body_not_signed" Recomputed
        "the body was sent but not signed": "sign the body as it is sent"
        "报文体发送了却没有签名": "要签名实际发送的报文体。";
    /// The whole body of an upload was signed.
    MULTIPART_SIGNED "multipart_signed" Recomputed
        "the whole body of an upload was signed": "sign the JSON text of its part meta alone"
        "上传文件时签名了整个报文体": "只签名 meta 部分的 JSON 文本。";
    /// A body was signed and not sent.
    BODY_SIGNED_BUT_NOT_SENT "body_signed_but_not_sent" Recomputed
        "a body was signed that was not sent": "the body line of a request without a body is empty, not {}, null or the query"
        "签名了没有发送的报文体": "没有报文体时那一行为空，不是 {}、null 或参数。";
    /// Another timestamp.
    TIMESTAMP_DIFFERS "timestamp_differs" Recomputed
        "another timestamp was signed than was sent": "take the time once, and use the same value in the signed text and in what is sent, or handed to the page or the app"
        "签名的时间戳与发送的不同": "只取一次时间：签名文本和发送（或交给页面、App）的用同一个值。";
    /// Another letter case of the nonce.
    NONCE_DIFFERS "nonce_differs" Recomputed
        "another nonce was signed than was sent": "make it once, and use it in the text and in the header"
        "签名的随机串与发送的不同": "只生成一次，文本和头里用同一个值。";
    /// Serial number and private key.
    SERIAL_DOES_NOT_MATCH_KEY "serial_does_not_match_key" Recomputed
        "serial number and private key do not belong together": "take both from the same download: apiclient_cert.pem has the serial number of apiclient_key.pem; a renewed certificate has a new key"
        "证书序列号与私钥不配套": "两者要来自同一次申请：apiclient_cert.pem 的序列号对应 apiclient_key.pem；更换证书后私钥也换了。"
        shown "the certificate of the key has {}" "与私钥配套的证书是 {}";
    /// Another serial number in Authorization than the one that the program knows.
    SERIAL_DIFFERS "serial_differs" Seen
        "the serial number in Authorization is another one than the serial_no that was given": "WeChat Pay checks the signature by the certificate that Authorization names: write the serial number of the certificate whose private key signed (openssl x509 -in apiclient_cert.pem -noout -serial)"
        "Authorization 里的证书序列号与传入的 serial_no 不同": "微信支付按 Authorization 里的序列号找证书验签：请写签名私钥所属证书的序列号（openssl x509 -in apiclient_cert.pem -noout -serial）。"
        shown "in the header and given: {}" "头里和传入的依次是：{}";
    /// WeChat Pay's signature in place of the request's.
    SIGNATURE_OF_WECHAT_PAY "signature_of_wechat_pay" Recomputed
        "a WeChat Pay key made this signature, not the merchant's": "it belongs to a reply or a notification (Wechatpay-Signature); give the one of the request, which is in Authorization and is made with apiclient_key.pem"
        "这个签名是微信支付的密钥做出的，不是商户的": "它属于应答或通知（Wechatpay-Signature）；请给出请求自己的签名，它在 Authorization 里，用 apiclient_key.pem 做出。";
    /// A serial number in decimal digits.
    SERIAL_IS_DECIMAL "serial_is_decimal" Seen
        "the serial number is written in decimal digits": "write it in hexadecimal: openssl x509 -in apiclient_cert.pem -noout -serial"
        "证书序列号写成了十进制": "应为十六进制：openssl x509 -in apiclient_cert.pem -noout -serial。"
        shown "it should be {}" "应为 {}";
    /// A serial number in another form.
    SERIAL_MALFORMED "serial_malformed" Seen
        "the serial number is malformed": "it has 40 hexadecimal digits in capitals, without colons; zeros at its beginning count"
        "证书序列号格式不对": "应为 40 位大写十六进制，不带冒号；开头的 0 不能省略。"
        shown "it should be {}" "应为 {}";
    /// WeChat Pay's serial number in Authorization.
    SERIAL_OF_PLATFORM "serial_of_platform" Seen
        "the serial number is that of a WeChat Pay key": "Authorization has the serial number of the merchant's certificate (apiclient_cert.pem); that of the platform certificate or the public key's id belongs in Wechatpay-Serial"
        "证书序列号是微信支付的": "Authorization 里是商户证书 apiclient_cert.pem 的序列号；平台证书序列号或公钥 ID 用在 Wechatpay-Serial 头里。";
    /// The certificate is not valid now.
    MERCHANT_CERTIFICATE_EXPIRED "merchant_certificate_expired" Seen
        "the merchant's certificate is not valid at this time": "apply for a new one at pay.weixin.qq.com (account centre, API security), and change certificate, key and serial number together"
        "商户证书不在有效期内": "请到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书、私钥和序列号。";
    /// No Authorization header.
    AUTHORIZATION_MISSING "authorization_missing" Seen
        "the header Authorization is missing": "every request of APIv3 has one, downloads too; some HTTP clients remove it after a redirect"
        "缺少 Authorization 头": "APIv3 的每个请求都要有，下载也一样；有的 HTTP 客户端在重定向后会去掉它。";
    /// An Authorization header that cannot be read.
    AUTHORIZATION_MALFORMED "authorization_malformed" Seen
        "the header Authorization is malformed": "WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",signature=\"…\",timestamp=\"…\",serial_no=\"…\", on one line"
        "Authorization 头格式不对": "应为一行：WECHATPAY2-SHA256-RSA2048 mchid=\"…\",nonce_str=\"…\",signature=\"…\",timestamp=\"…\",serial_no=\"…\"。";
    /// Another merchant number in the header than in the body.
    MCHID_DIFFERS "mchid_differs" Seen
        "the merchant number in Authorization is another one than in the request": "both are the mchid; a service provider uses sp_mchid in both"
        "Authorization 里的商户号与请求里的不同": "两处要是同一个 mchid；服务商两处都用 sp_mchid。"
        shown "in the header and in the request: {}" "头里和请求里依次是：{}";
    /// `mchid` in `Authorization` is no merchant number.
    MCHID_MALFORMED "mchid_malformed" Seen
        "mchid in Authorization is not a merchant number": "it has digits alone, such as 1900000109: look whether serial_no, the appid or an empty setting stands in its place"
        "Authorization 里的 mchid 不是商户号": "商户号只有数字，例如 1900000109：请检查是否把证书序列号、appid 或空的配置写在了这里。";
    /// WeChat Pay's words: no such merchant.
    MERCHANT_UNKNOWN "merchant_unknown" Seen
        "WeChat Pay does not know the merchant number in Authorization": "compare mchid with the number at pay.weixin.qq.com: a digit may be wrong, or the number is of a sandbox"
        "微信支付不认识 Authorization 里的商户号（商户号不存在）": "请与商户平台上的商户号核对：可能写错了数字，或用了测试环境的号。";
    /// WeChat Pay's words: the APIv3 key was not set.
    API_V3_KEY_NOT_SET "api_v3_key_not_set" Seen
        "the merchant in Authorization has not set an APIv3 key": "set one at pay.weixin.qq.com (account centre, API security). The signature does not need it, but WeChat Pay refuses every request until then. If one is set, mchid is another merchant's"
        "Authorization 里的商户没有设置 APIv3 密钥（商户未设置APIv3密钥）": "请到商户平台 > 账户中心 > API安全 设置。签名虽然用不到它，但设置之前所有请求都会被拒绝。如果已经设置，就是 mchid 写成了别的商户号。";
    /// WeChat Pay's words: the certificate was replaced.
    CERTIFICATE_REPLACED "certificate_replaced" Seen
        "the merchant has a newer certificate than the one of this serial number": "take certificate, private key and serial number from the new download, all three together"
        "商户已经更换了证书，这个序列号是旧证书的（已更换证书）": "请改用新证书：证书、私钥、序列号三者一起更换。";
    /// WeChat Pay's words: no certificate was ever applied for.
    CERTIFICATE_NOT_APPLIED "certificate_not_applied" Seen
        "the merchant in Authorization has no API certificate": "apply for it at pay.weixin.qq.com (account centre, API security). If it was applied for, mchid is another merchant's than the certificate"
        "Authorization 里的商户没有申请过 API 证书（商户未申请过证书）": "请到商户平台 > 账户中心 > API安全 申请。如果申请过，就是 mchid 与证书不是同一个商户的。";
    /// The reply says that the serial number is wrong, and certificate, key and serial number belong together.
    CERTIFICATE_OF_OTHER_MERCHANT "certificate_of_other_merchant" Likely
        "the signature is right, and serial number, certificate and private key belong together; WeChat Pay has no such certificate for this merchant number": "compare mchid with the number in the certificate (openssl x509 -in apiclient_cert.pem -noout -subject: CN). If they are the same, the certificate was revoked or replaced at pay.weixin.qq.com"
        "签名没有问题，序列号、证书、私钥也配套，但微信支付在这个商户号下找不到这张证书": "请把 mchid 与证书里的商户号（openssl x509 -in apiclient_cert.pem -noout -subject 的 CN）核对；如果相同，就是证书在商户平台上被作废或更换了。"
        shown "in the header and in the certificate: {}" "头里和证书里依次是：{}";
    /// The certificate that was given belongs neither to the key nor to the request.
    CERTIFICATE_NOT_OF_REQUEST "certificate_not_of_request" Seen
        "the certificate that was given is not of this request: it has neither the private key nor the serial number of it": "the signature is right for the private key. Give apiclient_cert.pem of the same download, not WeChat Pay's certificate and not another merchant's, to check the serial number too"
        "传入的证书不属于这个请求：私钥和序列号都对不上": "按私钥看签名没有问题。要检查序列号，请传入同一次下载的 apiclient_cert.pem，不要用微信支付的证书或其他商户的证书。"
        shown "the certificate has {}" "这张证书的序列号是 {}";
    /// The signature is right, and WeChat Pay says that it is not.
    REFUSED_ALL_THE_SAME "refused_all_the_same" Likely
        "the signature is right for what was given, and WeChat Pay refuses it all the same": "so it checked another request, or by another certificate: compare method, URL and body with those that the server received (sign_information in its reply), and mchid and serial number with the certificate whose key signed"
        "按给出的内容签名没有问题，但微信支付仍然拒绝": "说明它收到的是另一个请求，或用了另一张证书来验：请把请求方法、URL、报文体与服务器收到的（应答里的 sign_information）核对，再核对 mchid、序列号与签名私钥对应的证书。";
    /// The signature is right, and WeChat Pay refuses the request for something else.
    REFUSED_FOR_ANOTHER_REASON "refused_for_another_reason" Seen
        "the signature is right, and WeChat Pay refuses the request for another reason": "read code and message of its reply: the reason is in the fields or in the state of the order"
        "签名没有问题，微信支付是因为别的原因拒绝的": "请看应答里的 code 和 message：原因在字段或订单状态里。";
    /// The nonce is longer than WeChat Pay takes.
    NONCE_TOO_LONG "nonce_too_long" Seen
        "the signature is right, but the nonce has more than 32 characters": "make it of at most 32 letters and digits"
        "签名没有问题，但随机串超过 32 个字符": "随机串最多 32 位字母和数字。";
    /// Members of `Authorization` in each other's place.
    AUTHORIZATION_SWAPPED "authorization_swapped" Recomputed
        "values in Authorization stand in each other's place": "the text was signed in the right order; write each value behind its own name: mchid is the merchant number (digits), serial_no the 40 hexadecimal digits of the certificate, timestamp the time of 10 digits, nonce_str the random text, signature the Base64"
        "Authorization 里有几项的值写反了": "签名的文本顺序是对的；每个值要写在自己的名字后面：mchid 是商户号（数字），serial_no 是证书的 40 位十六进制序列号，timestamp 是 10 位数字的时间，nonce_str 是随机串，signature 是 Base64。"
        shown "these: {}" "写反的是：{}";
    /// A header that the gateway wants.
    ACCEPT_MISSING "accept_missing" Seen
        "the request has no Accept or no User-Agent": "send Accept: application/json and a User-Agent"
        "请求缺少 Accept 或 User-Agent 头": "请发送 Accept: application/json 和 User-Agent。";
    /// Encrypted fields without the name of the key.
    SERIAL_MISSING "serial_missing" Seen
        "the request has encrypted fields and no Wechatpay-Serial": "send the serial number of the platform certificate, or the id of the WeChat Pay public key, that encrypted them"
        "请求加密了敏感字段，却没有 Wechatpay-Serial": "请用它说明加密所用的平台证书序列号或微信支付公钥 ID。";
    /// The server built another text.
    SERVER_TEXT_DIFFERS "server_text_differs" Seen
        "WeChat Pay received another request than was signed": "compare its text (sign_information) with yours: an HTTP client or a proxy changed the request on its way"
        "微信支付收到的请求与签名的不同": "请对照应答里的 sign_information 与自己的文本：HTTP 客户端或代理改动了请求。";
    /// The server received another path or another query.
    SERVER_PATH_DIFFERS "server_path_differs" Seen
        "WeChat Pay received another path or query than was signed": "sign the path as it is sent, with its query: an HTTP client may encode it again, and a proxy may change it"
        "微信支付收到的路径或查询参数与签名的不同": "请签名实际发送的路径和查询参数：HTTP 客户端可能会再次编码，代理也可能改动它。";
    /// The server received another body.
    SERVER_BODY_DIFFERS "server_body_differs" Seen
        "WeChat Pay received another body than was signed": "send the bytes that were signed: an HTTP client that takes an object writes it as JSON again, with other spaces, another order or other escapes"
        "微信支付收到的报文体与签名的不同": "请发送签名时的字节：传入对象时 HTTP 客户端会重新生成 JSON，空格、顺序或转义会不同。";
    /// The server received no body.
    SERVER_BODY_EMPTY "server_body_empty" Seen
        "WeChat Pay received no body": "a body was signed, and the HTTP client did not send it: give it the same bytes, and Content-Type: application/json"
        "微信支付没有收到报文体": "签名了报文体，但 HTTP 客户端没有发送：请发送同样的字节，并设置 Content-Type: application/json。";
    /// The request is of APIv2, or has no path of APIv3.
    V2_REQUEST "v2_request" Seen
        "this is not an APIv3 request": "its path begins with /v3/ and its body is JSON; XML belongs to APIv2"
        "这不是 APIv3 的请求": "APIv3 的路径以 /v3/ 开头，报文体是 JSON；XML 属于 APIv2。";
    /// A request of APIv3 whose body is XML.
    BODY_IS_XML "body_is_xml" Seen
        "the body is XML, and this call of APIv3 takes JSON": "write the members as JSON, with Content-Type: application/json, and sign that text in Authorization. XML belongs to APIv2, whose paths do not begin with /v3/"
        "请求体是 XML，而这个接口（APIv3）要 JSON": "请写成 JSON，带上 Content-Type: application/json，签名放在 Authorization 里。XML 属于 APIv2，它的路径不以 /v3/ 开头。";
    /// A request of APIv3 whose body is a form, or an object as a program prints it.
    BODY_NOT_JSON "body_not_json" Seen
        "the body is a form, or an object as the language prints it, and this call of APIv3 takes JSON": "write it with the language's JSON writer (json.dumps, JSON.stringify, json_encode), sign that text, and send the same bytes with Content-Type: application/json"
        "请求体是表单，或语言直接打印出来的对象，而这个接口（APIv3）要 JSON": "请用语言的 JSON 库生成（json.dumps、JSON.stringify、json_encode），对这段文字签名，并原样发送，带上 Content-Type: application/json。";
    /// The APIv3 key does not open the resource.
    APIV3_KEY_WRONG "apiv3_key_wrong" Likely
        "the signature is right, and the APIv3 key does not open the resource": "it must be the APIv3 key of this merchant, 32 characters, not the APIv2 key; after a change of the key the old one opens nothing new"
        "签名正确，但 APIv3 密钥解不开 resource": "应为该商户的 APIv3 密钥（32 个字符），不是 APIv2 密钥；修改密钥后旧密钥解不开新报文。"
        shown "the key {}" "这个密钥{}";
    /// The resource was cut or changed.
    RESOURCE_MALFORMED "resource_malformed" Seen
        "the resource is not whole": "ciphertext is Base64 of at least 16 bytes, nonce has 12 characters: keep them as they came, in a column without a limit such as 255"
        "resource 不完整": "ciphertext 是至少 16 字节的 Base64，nonce 是 12 个字符：请原样保存，数据库字段不要有 255 之类的长度限制。"
        shown "ciphertext has {} characters" "ciphertext 有 {} 个字符";
    /// A file that is not the one whose hash came in a signed reply.
    FILE_CHANGED "file_changed" Seen
        "the file is not the one whose hash WeChat Pay signed": "it was cut short or changed on its way; download it again"
        "文件与微信支付签名的哈希值不符": "文件在途中被截断或改动过，请重新下载。";
    /// A request without the merchant's certificate and private key.
    KEY_NOT_GIVEN "key_not_given" Likely
        "the signature cannot be checked": "give the merchant's certificate or private key"
        "无法检查签名": "请提供商户证书或私钥。";
    /// The message is longer than those that are searched.
    MESSAGE_TOO_LONG "message_too_long" Likely
        "the message is too long to search for the cause": "compare it with the text that was signed, byte by byte"
        "报文太长，没有查找原因": "请逐字节对照实际签名的内容。";
    /// Nothing of these.
    V3_UNKNOWN "v3_unknown" Likely
        "the key is the right one, and another text was signed than this one": "compare this text with what was signed, byte by byte: was the nonce or the time made twice, or the body changed?"
        "密钥正确，但签名的是另一段文本": "请逐字节对照这段文本与实际签名的内容：随机串或时间是否生成了两次，报文体是否改过？"
        received "the key is the right one, and the text is not the one that was signed: take Wechatpay-Timestamp and Wechatpay-Nonce from the same request, and the raw bytes of its body, before any parser or filter changes them" "密钥正确，但文本不是被签名的那一段：Wechatpay-Timestamp、Wechatpay-Nonce 要取自同一个请求，报文体要用解析和过滤之前的原始字节。";
}

impl Mistake {
    /// Whether it is only worth a look, and perhaps no mistake at all.
    pub fn is_remark(&self) -> bool {
        [Mistake::SIGN_LOWER_CASE, Mistake::KEY_IS_API_V3_KEY, Mistake::KEY_IS_APP_SECRET].contains(self)
    }

    /// Whether the signature is right all the same: the mistake is in what stands beside it.
    pub fn leaves_signature_right(&self) -> bool {
        const BESIDE: [Mistake; 26] = [
            Mistake::NONE,
            Mistake::SIGN_LOWER_CASE,
            Mistake::KEY_IS_API_V3_KEY,
            Mistake::KEY_IS_APP_SECRET,
            Mistake::KEY_FORM,
            Mistake::KEY_SENT_SIGNED,
            Mistake::PREPAY_ID_MISSING,
            Mistake::CARRIAGE_RETURN,
            Mistake::SIGN_TYPE_UNKNOWN,
            Mistake::HMAC_NEEDED,
            Mistake::MD5_NEEDED,
            Mistake::FIELD_NOT_OF_CALL,
            Mistake::SANDBOX_KEY,
            Mistake::PREPAY_ID_MALFORMED,
            Mistake::APP_ID_FORM,
            Mistake::PACKAGE_FORM,
            Mistake::APP_PACKAGE,
            Mistake::PAY_TIME_IN_MILLISECONDS,
            Mistake::TIME_STAMP_IS_NUMBER,
            Mistake::SIGN_TYPE_NOT_RSA,
            Mistake::PAY_TIME_MALFORMED,
            Mistake::PREPAY_ID_FORM,
            Mistake::PAGE_NAMES,
            Mistake::NONCE_TOO_LONG,
            Mistake::AMOUNT_FORM,
            Mistake::REFUSED_FOR_ANOTHER_REASON,
        ];
        BESIDE.contains(self)
    }
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
            // The places of values are the same in both languages.
            let shown = mistake.shown.unwrap_or(["{}", "{}"]).map(|text| text.matches("{}").count());
            assert_eq!(shown, [1, 1], "{mistake:?}");
            let has_places = |text: &str| text.contains(['{', '}']);
            let texts = [mistake.english, mistake.chinese].map(|words| [words.title, words.advice]).concat();
            let of_rest = [mistake.received, mistake.of_request].into_iter().flatten().flatten();
            // `{}` and `[]` are shown as values that programs print.
            let odd = |text: &&str| has_places(&text.replace("{}", ""));
            assert!(!texts.into_iter().chain(of_rest).any(|text| odd(&text)), "{mistake:?}");
        }
        assert_eq!(Mistake::NAMES_NOT_SORTED.to_string(), "names were not sorted: sort by byte value");
        assert_eq!(Mistake::APP_ID_LEFT_OUT.message(Language::Chinese), "appId 没有参与签名");
    }
}
