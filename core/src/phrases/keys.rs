//! What is wrong with keys and certificates.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    (
        "api_key and api_v3_key have the same text: unless both keys were set to it at pay.weixin.qq.com, one of the two settings has the other's key",
        "api_key 与 api_v3_key 相同：除非在商户平台把两个密钥设成了同样的内容，否则其中一个配置填成了另一个密钥",
    ),
    (
        "is another one, and the merchant's certificate has {}: leave it out",
        "与商户证书的序列号 {1} 不同：请去掉这项配置",
    ),
    ("is {}, and the merchant's certificate has {}: leave it out", "是 {1}，而商户证书的序列号是 {2}：请去掉这项配置"),
    (
        "is not set, and platform_public_key is: the id stands beside the key at pay.weixin.qq.com > 账户中心 > API安全 (PUB_KEY_ID_…)",
        "没有设置，而设置了 platform_public_key：ID（PUB_KEY_ID_…）与公钥在同一页，见 pay.weixin.qq.com > 账户中心 > API安全",
    ),
    (
        "is not set, and platform_public_key_id is: download pub_key.pem at pay.weixin.qq.com > 账户中心 > API安全. A merchant with platform \
         certificates has no such key: remove platform_public_key_id",
        "没有设置，而设置了 platform_public_key_id：请到 pay.weixin.qq.com > 账户中心 > API安全 下载 pub_key.pem。使用平台证书的商户没有这个公钥：请去掉 \
         platform_public_key_id",
    ),
    (
        "is the merchant's own certificate (client_cert): this must be the WeChat Pay public key (pub_key.pem)",
        "填成了商户自己的证书（client_cert）：这里应为微信支付公钥（pub_key.pem）",
    ),
    (
        "is the public half of client_key: this must be the WeChat Pay public key (pub_key.pem)",
        "是 client_key 对应的公钥：这里应为微信支付公钥（pub_key.pem）",
    ),
    // The sentence of the mistake PUBLIC_KEY_ID_WRONG, with what the setting is.
    (
        "the id of the WeChat Pay public key is wrong ({}): platform_public_key_id begins with PUB_KEY_ID_ and has digits behind it: copy it from \
         pay.weixin.qq.com (account centre, API security), together with the key (pub_key.pem)",
        "微信支付公钥的 ID 不对（{1}）：platform_public_key_id 以 PUB_KEY_ID_ 开头，后面是数字：请到 pay.weixin.qq.com > 账户中心 > API安全 复制，\
         并与公钥（pub_key.pem）一起取得。",
    ),
    ("the request named {word}", "请求里用的是 {1}"),
    ("it is {word}", "现在是 {1}"),
    ("it is {word}, and should be {word}", "现在是 {1}，应为 {2}"),
    ("{word} is the serial number of a certificate", "现在是 {1}，这是证书序列号"),
    ("it is the path of a file", "现在是文件路径"),
    ("it has 32 characters, as an API key or an APIv3 key has", "现在有 32 个字符，像是 API 密钥或 APIv3 密钥"),
    ("it has {} characters and does not begin with {}", "现在有 {1} 个字符，开头不是 {2}"),
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
    // Certificates.
    ("the certificate of {} with the serial number {word}", "{1} 的证书（序列号 {2}）"),
    ("is the certificate of {} with the serial number {word}", "是 {1} 的证书（序列号 {2}）"),
    (
        "is {}: this must be the WeChat Pay public key (pub_key.pem). A platform certificate is not set: the client downloads it with \
         api_v3_key",
        "是 {1}：这里应为微信支付公钥（pub_key.pem）。平台证书不需要设置，客户端会用 api_v3_key 下载",
    ),
    (
        "{} was valid from {} and expired on {}; this machine's date is {}",
        "{1}，有效期 {2} 至 {3}，已经过期；本机日期是 {4}",
    ),
    (
        "{} is not valid yet, but from {} until {}; this machine's date is {}",
        "{1}，有效期 {2} 至 {3}，尚未生效；本机日期是 {4}",
    ),
    ("{} is valid from {} and expires on {}, in {} days", "{1}，有效期 {2} 至 {3}，还有 {4} 天到期"),
    (
        "is not set, and this call needs the merchant's certificate; nothing was sent",
        "没有设置，而这个接口需要商户证书；请求没有发出",
    ),
    (
        "Set client_cert and client_key (apiclient_cert.pem and apiclient_key.pem), or client_p12; download them at pay.weixin.qq.com > 账户中心 > \
         API安全",
        "请设置 client_cert 与 client_key（apiclient_cert.pem、apiclient_key.pem），或 client_p12；证书在商户平台 > 账户中心 > API安全 下载",
    ),
    // The remedies of a certificate that is not valid now or will end soon, as a warning has them.
    (
        "Apply for a new certificate at pay.weixin.qq.com > 账户中心 > API安全, and replace certificate and key together.",
        "请到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。",
    ),
    (
        "Check this machine's clock first (NTP). If it is right, apply for a new certificate at pay.weixin.qq.com > 账户中心 > API安全, and \
         replace certificate and key together.",
        "请先核对本机时钟（NTP）；时钟正确时，到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。",
    ),
    (
        "Set this machine's clock first (NTP). If it is right, see whether this is the certificate that you mean. Do not apply for a new one \
         because of this.",
        "请先校准本机时钟（NTP）；时钟正确时，核对是不是拿错了证书。不要因此申请新证书。",
    ),
    ("is a private key, and client_key is a certificate", "是私钥，而 client_key 是证书"),
    ("has no certificate; it has {}", "里没有证书，只有 {1}"),
    ("has no private key; it has {}", "里没有私钥，只有 {1}"),
    ("has {}, and client_cert is {}", "里是 {1}，而 client_cert 是 {2}"),
    ("is not set, and client_key is", "没有设置，而设置了 client_key"),
    ("is not set, and client_cert is", "没有设置，而设置了 client_cert"),
    ("is PEM, not PKCS#12, and has no private key; it has {}", "是 PEM，不是 PKCS#12，里面没有私钥，而是 {1}"),
    ("has a private key that is encrypted with a password", "里的私钥带有密码"),
    ("is a private key that is encrypted with a password", "是带有密码的私钥"),
    ("is PEM, and its last block has no END line", "是 PEM，最后一段没有 END 行"),
    ("is PEM, and its block {} {}", "是 PEM，其中的 {1} 段{2}"),
    ("is PEM with a block {}", "是 PEM，其中有 {1} 段"),
    ("is not Base64", "不是 Base64"),
    ("is not a private key", "不是私钥"),
    ("is not a certificate", "不是证书"),
    ("has a character that is not Base64: {}", "含有 Base64 没有的字符：{1}"),
    ("is not Base64: characters are missing or too many", "不是完整的 Base64：字符缺失或多余"),
    ("cannot be read: it was cut short or changed", "无法读取：被截断或改动过"),
    ("a certificate", "证书"),
    ("a private key", "私钥"),
    ("a private key that is encrypted with a password", "带有密码的私钥"),
    ("a public key", "公钥"),
    ("a certificate request (CSR)", "证书请求文件（CSR）"),
    ("a block {}", "{1} 段"),
    ("neither a certificate nor a key", "既没有证书也没有私钥的内容"),
    ("is empty", "是空的"),
    ("is PEM", "是 PEM"),
    (
        "was read as text: {} of its bytes became the replacement character (EF BF BD)",
        "被当作文本读取过：其中 {1} 处字节变成了替换字符（EF BF BD）",
    ),
    ("is neither PEM nor PKCS#12: {} bytes that begin with {}", "既不是 PEM 也不是 PKCS#12：{1} 字节，以 {2} 开头"),
    ("is cut short: it has {} of {} bytes", "不完整：只有 {1} 字节，应有 {2} 字节"),
    ("is encrypted with an algorithm that is not supported", "用不支持的算法加密"),
    ("is neither a certificate nor PKCS#12: {} bytes", "既不是证书也不是 PKCS#12：{1} 字节"),
    ("is not set, and {} does not open with the mch_id {}", "没有设置，而用 mch_id {2} 打不开 {1}"),
    ("does not open {}", "打不开 {1}"),
    ("{}, and has white space around it", "{1}，首尾有空白字符"),
    ("{}, and is the sub-merchant's number", "{1}，填的是子商户号"),
    ("{}, and looks like an API key or an AppSecret", "{1}，填的像是 API 密钥或 AppSecret"),
    ("is not the key of {}", "与证书不配套：{1}"),
    ("is PKCS#12 (a .p12 file)", "是 PKCS#12（.p12 文件）"),
    ("is a certificate request (CSR)", "是证书请求文件（CSR）"),
    // Keys.
    ("is a public key, and not a private key", "是公钥，不是私钥"),
    ("is a private key of another kind than RSA", "是私钥，但不是 RSA"),
    ("is an RSA private key that cannot be used: {}", "是无法使用的 RSA 私钥：{1}"),
    ("cannot sign: its parts do not belong together", "无法签名：私钥的各部分不一致"),
    ("is a public key of another kind than RSA", "是公钥，但不是 RSA"),
    ("is a private key, and not a public one", "是私钥，不是公钥"),
    ("is an RSA key of {} bits", "是 {1} 位的 RSA 密钥"),
    ("is an RSA key of {} bits, which is too long", "是 {1} 位的 RSA 密钥，太长了"),
    ("has {} bytes, and no key has so many", "有 {1} 字节，没有这么长的密钥"),
    ("has no key", "里没有密钥"),
    ("is the path of a file", "是文件路径"),
    ("is the id of a WeChat Pay public key", "填成了微信支付公钥的 ID"),
    ("is a serial number", "填成了序列号"),
    ("has 32 characters, as an API key or an APIv3 key has", "是 32 个字符，像是 API 密钥或 APIv3 密钥"),
    ("is XML, HTML or JSON", "是 XML、HTML 或 JSON"),
    (
        "is neither PEM nor Base64: it has {}, and no BEGIN line",
        "既不是 PEM 也不是 Base64：含有 {1}，并且没有 BEGIN 行",
    ),
    ("is Base64 of something else, or cut short", "是其他内容的 Base64，或被截断"),
    (
        "has a key without a name: give its serial number or its id (PUB_KEY_ID_…)",
        "里有一个没有名称的公钥：请给出它的序列号或 ID（PUB_KEY_ID_…）",
    ),
    ("{} is given {}: use its own serial number", "{1} 对应的是 {2}：请使用证书自己的序列号"),
    (
        "{} is given {}: that is the merchant's own certificate (apiclient_cert.pem), and not WeChat Pay's; give the platform certificate by its serial number, or the WeChat Pay public key by its id (PUB_KEY_ID_…)",
        "{1} 对应的是 {2}：这是商户自己的证书（apiclient_cert.pem），不是微信支付的；请传入平台证书（以其序列号为名）或微信支付公钥（以公钥 ID 为名，PUB_KEY_ID_…）",
    ),
    (
        "is given {}: that is the merchant's own certificate (apiclient_cert.pem), and not WeChat Pay's; give the platform certificate by its serial number, or the WeChat Pay public key by its id (PUB_KEY_ID_…)",
        "对应的是 {1}：这是商户自己的证书（apiclient_cert.pem），不是微信支付的；请传入平台证书（以其序列号为名）或微信支付公钥（以公钥 ID 为名，PUB_KEY_ID_…）",
    ),
    ("is given {}: use its own serial number", "对应的是 {1}：请使用证书自己的序列号"),
    (
        "is empty: give the WeChat Pay public key by its id (PUB_KEY_ID_…), or platform certificates by their serial numbers",
        "是空的：请按 ID（PUB_KEY_ID_…）给出微信支付公钥，或按序列号给出平台证书",
    ),
    (
        "is a public key, which has no serial number: give apiclient_cert.pem",
        "是公钥，没有序列号：请给出 apiclient_cert.pem",
    ),
    // The APIv3 key.
    ("{}, and the APIv3 key has exactly 32", "{1}，而 APIv3 密钥应为 32 字节"),
    ("has {} bytes: 32, and white space around them", "有 {1} 字节：除 32 字节外，首尾有空白字符"),
    ("has {} bytes: 32, and quotation marks around them", "有 {1} 字节：除 32 字节外，首尾有引号"),
    (
        "has {} bytes, hexadecimal digits: it looks like the serial number of a certificate",
        "有 {1} 字节，都是十六进制数字，像是证书的序列号",
    ),
    (
        "has {} hexadecimal digits: it looks like a key that was written in hexadecimal",
        "有 {1} 位十六进制数字，像是写成了十六进制的密钥",
    ),
    ("has 32 characters, and {} bytes: one is not ASCII", "有 32 个字符、{1} 字节：其中有非 ASCII 字符"),
    ("has {} bytes: it may be the operator's password", "有 {1} 字节，可能是操作密码"),
    ("has {} bytes", "有 {1} 字节"),
    (
        "is not set, and the platform certificates are encrypted with it: set it, or platform_public_key and platform_public_key_id",
        "没有设置，而平台证书用它加密：请设置它，或设置 platform_public_key 和 platform_public_key_id",
    ),
    (
        "is another one: api_key is what decrypts the platform certificates, so the APIv3 key and the APIv2 key were exchanged",
        "不对：能解密平台证书的是 api_key，APIv3 密钥和 APIv2 密钥填反了",
    ),
    (
        "does not decrypt the platform certificates: it is not the APIv3 key of this mch_id, or it was changed (APIv3密钥, at pay.weixin.qq.com > \
         账户中心 > API安全)",
        "无法解密平台证书：不是这个商户号的 APIv3 密钥，或密钥已经修改（APIv3密钥，见 pay.weixin.qq.com > 账户中心 > API安全）",
    ),
    (
        "is not set, and WeChat says that this merchant has no platform certificates (404): it uses the WeChat Pay public key (微信支付公钥). Set \
         platform_public_key (pub_key.pem) and platform_public_key_id (PUB_KEY_ID_…), from pay.weixin.qq.com > 账户中心 > API安全",
        "没有设置，而微信说这个商户没有平台证书（404）：该商户使用微信支付公钥。请设置 platform_public_key（pub_key.pem）和 \
         platform_public_key_id（PUB_KEY_ID_…），见 pay.weixin.qq.com > 账户中心 > API安全",
    ),
    (
        "is not set, and notifications of APIv3 are encrypted with it (APIv3密钥, at pay.weixin.qq.com > 账户中心 > API安全)",
        "没有设置，而 APIv3 的通知用它加密（APIv3密钥，见 pay.weixin.qq.com > 账户中心 > API安全）",
    ),
    ("is not set, and there is no platform certificate to encrypt with", "没有设置，并且没有可用于加密的平台证书"),
    ("names the file {}, which cannot be read: it is not a file", "指向的 {1} 无法读取：不是文件"),
    ("it is not a file", "不是文件"),
    ("it has {} bytes, which is more than any certificate", "有 {1} 字节，比任何证书都大"),
    ("{} is not a certificate or a key", "{1} 不是证书或密钥的配置"),
    ("{}, valid from {} until {}", "{1}，有效期 {2} 至 {3}"),
    ("is {} of an old form, X.509 version 1", "是旧格式（X.509 v1）的证书：{1}"),
    ("is {}, and not a private key", "是 {1}，不是私钥"),
    ("is {}, whose key is of another kind than RSA", "是 {1}，其中的公钥不是 RSA"),
    ("is {}, and mch_id is {}", "是 {1}，而 mch_id 是 {2}"),
    ("{}, the sub-merchant's", "{1}，是子商户的"),
    ("the mch_id does open it", "用 mch_id 可以打开"),
    // What the system says of a file.
    ("No such file or directory (os error 2)", "没有这个文件或目录"),
    ("Permission denied (os error 13)", "没有权限"),
    ("Is a directory (os error 21)", "这是一个目录"),
];
