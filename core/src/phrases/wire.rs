//! What is wrong with XML, JSON, addresses and signatures of APIv2.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("longer than {} bytes", "超过 {1} 字节"),
    ("not UTF-8", "不是 UTF-8"),
    ("it is not UTF-8", "不是 UTF-8"),
    ("a second byte order mark", "有第二个字节顺序标记（BOM）"),
    ("a processing instruction", "含有处理指令"),
    ("an element inside a field", "字段里还有元素"),
    ("a comment inside a value", "值里有注释"),
    ("no document", "没有内容"),
    ("ends half-way", "XML 不完整，没有写完"),
    ("unexpected text or markup", "有多余的文本或标记"),
    ("declares another encoding than UTF-8", "声明的编码不是 UTF-8"),
    ("the root is not <xml>", "根元素不是 <xml>"),
    ("more than {} fields", "超过 {1} 个字段"),
    ("not a field name", "不是字段名"),
    ("{} occurs twice", "{1} 重复出现"),
    ("occurs twice", "重复出现"),
    ("an attribute", "含有属性"),
    ("a DOCTYPE", "含有 DOCTYPE"),
    ("a control character", "含有控制字符"),
    ("an entity that XML does not define", "含有 XML 没有定义的实体"),
    ("unterminated markup", "标记没有结束"),
    ("tags or references that do not match", "标签或引用不配对"),
    ("not XML", "不是 XML"),
    ("contains a character that XML does not allow", "含有 XML 不允许的字符"),
    ("not a JSON object", "不是 JSON 对象"),
    ("it is not a JSON object", "不是 JSON 对象"),
    ("errcode is not an integer", "errcode 不是整数"),
    ("too many fields", "字段太多"),
    ("it has too many members", "成员太多"),
    ("is damaged: it has control characters, or bytes that are not UTF-8", "已损坏：含有控制字符，或不是 UTF-8 的字节"),
    ("is not text", "不是文本"),
    ("JSON is read by the other APIs", "JSON 由其他 API 读取"),
    ("return_code is neither SUCCESS nor FAIL", "return_code 既不是 SUCCESS 也不是 FAIL"),
    ("result_code is neither SUCCESS nor FAIL", "result_code 既不是 SUCCESS 也不是 FAIL"),
    (
        "is missing: see that the merchant may use Native payment (Native支付), at pay.weixin.qq.com > 产品中心",
        "缺失：请确认商户已开通 Native支付，见 pay.weixin.qq.com > 产品中心",
    ),
    (
        "is missing: see that the merchant may use H5 payment (H5支付), at pay.weixin.qq.com > 产品中心",
        "缺失：请确认商户已开通 H5支付，见 pay.weixin.qq.com > 产品中心",
    ),
    ("the message has no `sign`, so it cannot be authenticated", "验签失败：报文没有 sign，无法确认来自微信"),
    ("`sign` does not match these fields and this API key", "验签失败：sign 与这些字段和这个 API 密钥不符"),
    (
        "the message is signed with {}, which this client does not accept: while orders that were made with {} are open, add it to \
         accept_sign_types (acceptSignTypes)",
        "验签失败：报文用 {1} 签名，而这个客户端不接受：在用 {2} 下的订单结束之前，请把它加到 accept_sign_types（acceptSignTypes）",
    ),
    (
        "has the character {}, which no URL has: give it percent-encoded, as it is sent, because that is what is signed",
        "含有 URL 里不会有的字符 {1}：请按发送时的样子给出百分号编码后的地址，签名用的就是它",
    ),
    ("has a query and no path", "有参数但没有路径"),
    ("must be the whole URL (https://…), or begin with / (/v3/…)", "应为完整的 URL（https://…），或以 / 开头（/v3/…）"),
    // req_info of a refund notification.
    (
        "is a whole document: give the text of its element req_info, such as parse_xml(body)[\"req_info\"]",
        "是整个报文：请给出其中 req_info 元素的文本，例如 parse_xml(body)[\"req_info\"]",
    ),
    (
        "is not Base64: give the text of the element req_info as it came; decryption decodes it itself",
        "不是 Base64：请原样给出 req_info 元素的文本，解密时会自行解码",
    ),
    (
        "does not decrypt with this API key: it must be the APIv2 key (API密钥) of the merchant in mch_id of the same message, and not its APIv3 \
         key or the AppSecret",
        "用这个 API 密钥无法解密：应为同一报文里 mch_id 对应商户的 APIv2 密钥（API密钥），不是 APIv3 密钥或 AppSecret",
    ),
    (
        "decrypts with the API key without the white space around it: remove that white space",
        "去掉 API 密钥首尾的空白字符后可以解密：请去掉这些空白字符",
    ),
    // Mini programs, login and WeCom.
    ("must be 16 bytes in Base64", "应为 Base64 编码的 16 字节"),
    (
        "has {} bytes, which are not whole blocks of 16: it was cut or changed on its way from the mini program",
        "有 {1} 字节，不是 16 的整数倍：从小程序传来的途中被截断或改动过",
    ),
    ("is for the mini program {}, and the appid here is {}", "属于小程序 {1}，而这里的 appid 是 {2}"),
    (
        "must be the signature beside rawData: 40 hexadecimal digits",
        "应为与 rawData 一起得到的 signature：40 位十六进制",
    ),
    (
        "does not have this signature. It has question marks where emoji may have been: it went through a database or a program that cannot hold \
         them. Check it before it is stored",
        "与这个 signature 不符。其中原来是 emoji 的地方可能变成了问号：它经过了不支持 emoji 的数据库或程序。请在保存之前校验",
    ),
    (
        "does not have this signature. It has a question mark: if that was an emoji, it went through a database or a program that cannot hold it, \
         and must be checked before it is stored. Otherwise the session key is another one, because the customer logged in again",
        "与这个 signature 不符。其中有一个问号：如果原来是 emoji，则它经过了不支持 emoji 的数据库或程序，请在保存之前校验；否则 session_key 不是这次登录的，用户已重新登录",
    ),
    (
        "does not have this signature, and is not the JSON text of rawData: give the text as the mini program got it",
        "与这个 signature 不符，也不是 rawData 的 JSON 文本：请原样给出小程序得到的文本",
    ),
    (
        "does not have this signature: the session key is another one, because the customer logged in again, or the text is not the one that the \
         mini program got, because it was parsed and written again",
        "与这个 signature 不符：用户重新登录后 session_key 变了，或文本经过解析后重新生成，不是小程序得到的原文",
    ),
    (
        "must be the session_key of jscode2session: 16 bytes in Base64, 24 characters",
        "应为 jscode2session 返回的 session_key：Base64 编码的 16 字节，24 个字符",
    ),
    ("decrypts, but has no watermark with appid and timestamp", "可以解密，但没有含 appid 和 timestamp 的 watermark"),
    (
        "does not decrypt with this session key: the customer logged in again after it was fetched. Let the mini program call wx.checkSession, and \
         wx.login if the session has ended, before it asks for the data",
        "用这个 session_key 无法解密：取得它之后用户重新登录过。请让小程序在取数据之前调用 wx.checkSession，会话已失效时调用 wx.login",
    ),
    ("is not Base64: give the text as the mini program got it", "不是 Base64：请原样给出小程序得到的文本"),
    ("must be snsapi_base or snsapi_userinfo", "应为 snsapi_base 或 snsapi_userinfo"),
    ("must be snsapi_base or snsapi_privateinfo", "应为 snsapi_base 或 snsapi_privateinfo"),
    ("must be at most 128 ASCII letters and digits", "最长 128 个 ASCII 字母和数字"),
    ("is empty: take it from 企业微信 > 企业支付", "是空的：请到 企业微信 > 企业支付 取得"),
    (
        "has neither mch_billno of a red packet nor partner_trade_no of a payment to a member",
        "既没有红包的 mch_billno，也没有向员工付款的 partner_trade_no",
    ),
    (
        "is missing: workwx_sign is over fixed fields, and this is one of them",
        "缺失：workwx_sign 的签名字段是固定的，这是其中之一",
    ),
    ("no ticket within the time limit", "在时限内没有得到 ticket"),
];
