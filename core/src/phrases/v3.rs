//! Rules of APIv3's functions, and of its files.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    // Combined orders.
    (
        "is required with combine_payer_info.sub_openid, which is for service providers",
        "有 combine_payer_info.sub_openid 时必填，它用于服务商",
    ),
    (
        "is required with combine_payer_info.sub_openid: the customer's openid is of this appid",
        "有 combine_payer_info.sub_openid 时必填：用户的 openid 属于这个 appid",
    ),
    (
        "must be the same in each part with combine_payer_info.sub_openid: an openid is of one appid",
        "有 combine_payer_info.sub_openid 时各子单必须相同：一个 openid 只属于一个 appid",
    ),
    // The list of platform certificates.
    ("the list of platform certificates {}", "平台证书列表{1}"),
    ("must be the body of the reply of GET /v3/certificates, as it came", "应为 GET /v3/certificates 应答的原始内容"),
    ("has no certificate", "里没有证书"),
    (
        "has no certificate that is valid at {}: {} is valid from {} until {}. See that this machine's clock is right, and change over to the \
         WeChat Pay public key at pay.weixin.qq.com > 账户中心 > API安全",
        "里没有在 {1} 有效的证书：{2} 的有效期是 {3} 至 {4}。请确认本机时钟准确，并到 pay.weixin.qq.com > 账户中心 > API安全 改用微信支付公钥",
    ),
    ("has a public key in the place of a certificate", "里应为证书的地方是公钥"),
    ("has the certificate {} under the serial number {}", "里序列号 {2} 对应的是证书 {1}"),
    (
        "says that this merchant has no platform certificates: it uses the WeChat Pay public key (pub_key.pem and its id at pay.weixin.qq.com > \
         账户中心 > API安全)",
        "说明该商户没有平台证书：它使用微信支付公钥（pub_key.pem 及其 ID，见 pay.weixin.qq.com > 账户中心 > API安全）",
    ),
    ("is a refusal: {}", "是拒绝的应答：{1}"),
    (
        "has no member data: give the body of the reply of GET /v3/certificates",
        "没有成员 data：请给出 GET /v3/certificates 应答的内容",
    ),
    // Encrypted values.
    ("{} is not supported: AEAD_AES_256_GCM is", "不支持 {1}：只支持 AEAD_AES_256_GCM"),
    ("is missing: give the member resource of a notification, as it came", "缺失：请原样给出通知的成员 resource"),
    ("is not Base64, or was cut: give it as it came", "不是 Base64，或被截断：请原样给出"),
    ("has {} bytes, and WeChat Pay's have 12: give it as it came", "有 {1} 字节，而微信支付的是 12 字节：请原样给出"),
    (
        "does not decrypt with this APIv3 key: it must be the APIv3 key (not the APIv2 key) of the merchant that was notified, and ciphertext, \
         nonce and associated_data must be as they came",
        "用这个 APIv3 密钥无法解密：应为收到通知的商户的 APIv3 密钥（不是 APIv2 密钥），并且 ciphertext、nonce 和 associated_data 应为原样",
    ),
    (
        "is missing or another one: with {} the key opens ciphertext; give it as it came",
        "缺失或不是原来的值：用 {1} 就能解开 ciphertext；请原样给出",
    ),
    ("has {} bytes, and this key encrypts at most {}", "有 {1} 字节，而这个公钥最多加密 {2} 字节"),
    ("cannot encrypt: the key is damaged", "无法加密：公钥已损坏"),
    ("is not Base64: give the encrypted field as it came", "不是 Base64：请原样给出加密的字段"),
    ("was encrypted with OAEP and SHA-256: WeChat Pay uses SHA-1", "是用 OAEP 和 SHA-256 加密的：微信支付使用 SHA-1"),
    ("a member is encrypted, and client_key does not decrypt it", "有一个成员是加密的，而 client_key 无法解密它"),
    // By hand.
    ("must be the name of an HTTP method, such as GET", "应为 HTTP 方法名，例如 GET"),
    ("must be the merchant's number, such as 1900000109", "应为商户号，例如 1900000109"),
    ("must be a text of letters, digits and signs without blanks", "应为由字母、数字和符号组成的文本，不含空格"),
    (
        "must be prepay_id=… of a page, and the prepay_id alone of an app: that is what is signed",
        "网页应为 prepay_id=…，App 应为 prepay_id 本身：签名用的就是它",
    ),
    ("must be seconds since 1970; these are milliseconds", "应为自 1970 年起的秒数；现在是毫秒"),
    ("must be seconds since 1970, in decimal digits", "应为自 1970 年起的秒数，十进制数字"),
    ("must have 1 to 32 letters and digits", "应为 1 到 32 位字母和数字"),
    ("has {} bytes with its query, and {} are the most that are sent", "连同参数有 {1} 字节，最多发送 {2} 字节"),
    (
        "has {}, which is not the name of a member: write it as name or receivers.name",
        "里的 {1} 不是成员名：请写成 name 或 receivers.name",
    ),
    ("names {} twice", "重复写了 {1}"),
    ("{} is not a text in every item: write it as text", "{1} 不是在每一项里都是文本：请写成文本"),
    ("names {}, which is neither in json nor in query", "写了 {1}，而 json 和 query 里都没有它"),
    ("has characters that must be percent-encoded, or parts like ..", "含有需要百分号编码的字符，或 .. 这样的部分"),
    (
        "has {}, and WeChat Pay takes no character of four bytes in UTF-8, such as an emoji",
        "含有 {1}，而微信支付不接受 UTF-8 编码为四字节的字符，例如 emoji",
    ),
    (
        "is for service providers, who name the sub-merchant, by sub_mchid or by sub_mch_id in the settings",
        "只用于服务商，并用 sub_mchid 或配置里的 sub_mch_id 指明子商户",
    ),
    ("is required from ¥{} ({} fen) on", "{1} 元（{2} 分）及以上必填"),
    ("must be left out below ¥{} ({} fen)", "{1} 元（{2} 分）以下不能给出"),
    // Files.
    ("must not have a query", "不能带参数"),
    ("must have {}: {} needs it", "应有 {1}：{2} 需要它"),
    (
        "is required: WeChat tells by its ending what the file is, such as logo.png",
        "必填：微信用它的后缀判断文件类型，例如 logo.png",
    ),
    ("must be the name of the file, without a folder", "应为文件名，不含文件夹"),
    ("must not have quotes or control characters", "不能含有引号或控制字符"),
    ("is longer than 128 characters", "超过 128 个字符"),
    ("must be a JSON object", "应为 JSON 对象"),
    (
        "must not have filename or sha256: the client makes them of the file",
        "不能有 filename 或 sha256：客户端会根据文件填写",
    ),
    ("has {} bytes, and {} takes at most {} of such a file", "有 {1} 字节，而 {2} 对这种文件最多接受 {3} 字节"),
    ("must end with {}, which is what {} takes", "后缀应为 {1}，{2} 只接受这些"),
    ("cannot be sent", "无法发送"),
    ("there is no file in it", "其中没有文件"),
    ("cannot be read: {}", "无法读取：{1}"),
    ("the thread that read it ended", "读取它的线程已经结束"),
    ("must not be SERVICE_PROVIDER: it {}", "不能是 SERVICE_PROVIDER：它{1}"),
    ("must not be PERSONAL_SUB_OPENID: it {}", "不能是 PERSONAL_SUB_OPENID：它{1}"),
    ("write .jpg for .jpeg", ".jpeg 请写成 .jpg"),
];
