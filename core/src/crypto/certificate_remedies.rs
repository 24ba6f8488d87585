//! What to do about each mistake with a merchant's certificate, in English and Chinese.

use super::remedy;
use crate::codes::Row;

pub(super) static EMPTY: Row = remedy(
    "The file was not copied whole: copy it again, or download it again at pay.weixin.qq.com > 账户中心 > API安全.",
    "文件内容为空，没有完整复制：请重新复制，或到商户平台 > 账户中心 > API安全 重新下载。",
);
pub(super) static MISSING: Row = remedy(
    "Set client_cert and client_key (apiclient_cert.pem and apiclient_key.pem), or client_p12; download them at pay.weixin.qq.com > \
     账户中心 > API安全.",
    "该接口需要商户 API 证书：请设置 client_cert 与 client_key（apiclient_cert.pem、apiclient_key.pem），或 client_p12；证书在商户平台 > 账户中心 > API安全 下载。",
);
pub(super) static CUT: Row = remedy(
    "The file is incomplete: copy it again as a binary file, or download it again at pay.weixin.qq.com > 账户中心 > API安全.",
    "文件不完整：请以二进制方式重新复制，或到商户平台 > 账户中心 > API安全 重新下载。",
);
pub(super) static READ_AS_TEXT: Row = remedy(
    "A p12 is binary: give its path or its bytes, keep build tools and Git from converting it, and copy the original file again.",
    "p12 是二进制文件，被当作文本读写后已损坏：请传入路径或字节，避免构建工具和 Git 转换它，并重新复制原文件。",
);
pub(super) static UNREADABLE: Row = remedy(
    "Give apiclient_cert.pem and apiclient_key.pem as client_cert and client_key, or apiclient_cert.p12 as client_p12: a path, bytes, \
     or PEM text.",
    "请传入 apiclient_cert.pem 与 apiclient_key.pem（client_cert 与 client_key），或 apiclient_cert.p12（client_p12）：路径、字节或 PEM 文本。",
);
pub(super) static DAMAGED: Row = remedy(
    "The file was changed after it was downloaded: copy it again, with its lines.",
    "文件下载后被改动：请连同换行重新复制。",
);
pub(super) static UNSUPPORTED: Row = remedy(
    "Take the file that WeChat gave, or give apiclient_cert.pem and apiclient_key.pem as client_cert and client_key.",
    "请使用微信支付提供的原文件，或改用 apiclient_cert.pem 与 apiclient_key.pem（client_cert 与 client_key）。",
);
pub(super) static WRONG_PASSWORD: Row = remedy(
    "WeChat sets the merchant number (mch_id) as the password of apiclient_cert.p12: leave client_p12_password out unless you changed \
     it, and check mch_id. A service provider uses its own file and number.",
    "微信支付把商户号 mch_id 设为 apiclient_cert.p12 的密码：没有改过密码就不要设置 client_p12_password，并核对 mch_id。服务商使用自己的证书和商户号。",
);
pub(super) static EXCHANGED: Row = remedy(
    "client_cert and client_key are swapped: client_cert is apiclient_cert.pem, client_key is apiclient_key.pem.",
    "client_cert 与 client_key 放反了：client_cert 是 apiclient_cert.pem，client_key 是 apiclient_key.pem。",
);
pub(super) static NO_CERTIFICATE: Row = remedy(
    "Give apiclient_cert.pem, which begins with -----BEGIN CERTIFICATE-----, as client_cert.",
    "client_cert 应为 apiclient_cert.pem，以 -----BEGIN CERTIFICATE----- 开头。",
);
pub(super) static REQUEST: Row = remedy(
    "A certificate request (CSR) is what a certificate is applied for with: give the certificate that WeChat made of it, \
     apiclient_cert.pem.",
    "这是申请证书用的请求文件（CSR）：请使用申请后得到的证书 apiclient_cert.pem。",
);
pub(super) static NO_KEY: Row = remedy(
    "Give apiclient_key.pem, which begins with -----BEGIN PRIVATE KEY-----, as client_key.",
    "client_key 应为 apiclient_key.pem，以 -----BEGIN PRIVATE KEY----- 开头。",
);
pub(super) static ENCRYPTED: Row = remedy(
    "Give the key without a password (openssl pkey -in key.pem -out apiclient_key.pem), or give apiclient_cert.p12 as client_p12.",
    "私钥带有密码：请先解密（openssl pkey -in key.pem -out apiclient_key.pem），或改用 apiclient_cert.p12（client_p12）。",
);
pub(super) static PEM_AS_P12: Row = remedy(
    "Give a PEM certificate as client_cert, with its key as client_key. A file's name does not change what it is.",
    "文件内容是 PEM，不是 PKCS#12：请用 client_cert 与 client_key 传入证书和私钥；改文件名不会改变内容。",
);
pub(super) static TWO: Row = remedy(
    "Give one certificate: client_cert with client_key, or client_p12.",
    "只能设置一个证书：client_cert 与 client_key，或 client_p12。",
);
pub(super) static KEY_MISMATCH: Row = remedy(
    "Certificate and key must be of the same download: when a certificate is renewed, its key is new too.",
    "证书与私钥不配套：两者必须来自同一次申请；更换证书时私钥也要一起更换。",
);
pub(super) static OTHER_MERCHANT: Row = remedy(
    "Use the certificate of mch_id itself. A service provider uses its own certificate for its sub-merchants' orders.",
    "请使用 mch_id 自己的商户 API 证书；服务商为子商户调用时使用服务商自己的证书。",
);
pub(super) static PLATFORM: Row = remedy(
    "That is not a merchant's certificate; perhaps it is WeChat Pay's platform certificate (平台证书), which only verifies replies. \
     Give apiclient_cert.pem.",
    "这不是商户 API 证书，可能是只用于验签的微信支付平台证书：请使用 apiclient_cert.pem。",
);
pub(super) static ENDS_SOON: Row = remedy(
    "Apply for a new certificate at pay.weixin.qq.com > 账户中心 > API安全, and replace certificate and key together.",
    "请到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。",
);
pub(super) static EXPIRED: Row = remedy(
    "Check this machine's clock first (NTP). If it is right, apply for a new certificate at pay.weixin.qq.com > 账户中心 > API安全, and \
     replace certificate and key together.",
    "请先核对本机时钟（NTP）；时钟正确时，到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。",
);
pub(super) static NOT_YET: Row = remedy(
    "Set this machine's clock first (NTP). If it is right, see whether this is the certificate that you mean. Do not apply for a new one \
     because of this.",
    "请先校准本机时钟（NTP）；时钟正确时，核对是不是拿错了证书。不要因此申请新证书。",
);
