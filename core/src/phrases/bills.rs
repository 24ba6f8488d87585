//! What is wrong with a bill.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("the bill cannot be read: {}", "账单无法读取：{1}"),
    ("line {}: {}", "第 {1} 行：{2}"),
    ("is longer than any of WeChat's", "比微信的任何一行都长"),
    (
        "the last of the totals has no end: the bill was cut off; download it again",
        "汇总的最后一项不完整：账单被截断，请重新下载",
    ),
    ("the bill is empty: it has not even a header", "账单是空的，连表头都没有"),
    (
        "the bill ends before its totals, after {} whole rows: it was cut off; download it again",
        "账单在 {1} 行完整明细之后就结束了，没有汇总：账单被截断，请重新下载",
    ),
    (
        "the bill has {} rows, and its totals say {}: rows are missing or were added; download it again",
        "账单有 {1} 行明细，而汇总是 {2} 行：明细缺少或多出，请重新下载",
    ),
    ("comes after the totals: are these several bills in one file?", "在汇总之后还有内容：一个文件里有几份账单吗？"),
    ("this is a refusal of WeChat's, not a bill: {}", "这是微信的拒绝应答，不是账单：{1}"),
    ("no reason", "没有说明原因"),
    ("a row comes before the header: the beginning of the bill is missing", "表头之前就有明细：账单缺少开头"),
    ("is not the header of a bill", "不是账单的表头"),
    ("the row is longer than any of WeChat's", "这一行比微信的任何一行都长"),
    (
        "the back quotes before the cells are missing: a program changed this file, probably a spreadsheet, which also rounds long numbers; \
         download the bill again and do not save it with a spreadsheet",
        "单元格前缺少反引号：文件被其他程序改动过，可能是电子表格，它还会把长数字四舍五入；请重新下载账单，不要用电子表格保存",
    ),
    (
        "the totals have {} values for {} names: the bill was cut off; download it again",
        "汇总有 {2} 个名称，却只有 {1} 个值：账单被截断，请重新下载",
    ),
    ("the totals have more values than names", "汇总的值比名称多"),
    ("the row has more cells than the {} of the header", "这一行的单元格比表头的 {1} 列多"),
    (
        "a row has fewer cells than the header, after {} whole rows: the bill was cut off; download it again",
        "{1} 行完整明细之后的一行，单元格比表头少：账单被截断，请重新下载",
    ),
    ("is not UTF-8", "不是 UTF-8"),
    ("{} should be {} and is {}", "{1} 应为 {2}，实际是 {3}"),
    ("a number", "数字"),
    ("a whole number", "整数"),
    ("an amount in yuan with two decimals", "两位小数的金额（元）"),
    ("an amount in yuan with up to five decimals", "最多五位小数的金额（元）"),
    (
        "{} is {}: a spreadsheet rounded it, and its digits are lost; download the bill again",
        "{1} 是 {2}：被电子表格四舍五入，原来的数字已经丢失；请重新下载账单",
    ),
    ("from line {} on it is not UTF-8", "从第 {1} 行起不是 UTF-8"),
    ("the gzip file has no end: it was cut off; download it again", "gzip 文件不完整：被截断，请重新下载"),
    ("the gzip file is broken; download it again", "gzip 文件已损坏，请重新下载"),
    ("a document instead of a bill", "收到的是报文，而不是账单"),
    (
        "WeChat states the SHA-1 {}, and what arrived has {}; download it again",
        "微信给出的 SHA-1 是 {1}，而收到内容的是 {2}；请重新下载",
    ),
    ("has {} twice", "里有两个 {1}"),
    ("cannot be written: {}", "无法写入：{1}"),
    ("is a folder, not a file", "是目录，不是文件"),
    ("give the path of a file in it", "请给出其中一个文件的路径"),
    ("is not a regular file", "不是普通文件"),
    ("must not contain U+0000, which no path can have", "不能含有 U+0000，路径中不能有它"),
    ("give an open stream", "请给出已打开的流"),
    ("the bill is empty", "账单是空的"),
    ("XML instead of text, with {} fields", "收到的是 XML 而不是文本，有 {1} 个字段"),
    ("too many comments", "评价太多"),
    ("a line is not a comment", "有一行不是评价"),
    ("a comment was cut off", "有一条评价不完整"),
    // Of APIv3.
    (
        "the bill has {} files, and the reply lists {}, or not each once",
        "账单有 {1} 个文件，而应答列出 {2} 个，或没有各列一次",
    ),
    ("file {} of the bill: {}", "账单的第 {1} 个文件：{2}"),
    (
        "a file of the bill is a broken gzip file, or the bill has more than {} bytes",
        "账单的一个文件是损坏的 gzip，或账单超过 {1} 字节",
    ),
    ("a file of the bill has more than {} bytes", "账单的一个文件超过 {1} 字节"),
    ("the bill is not downloaded: {}. The file was not requested", "没有下载账单：{1}。没有请求该文件"),
    ("hash_type is {}, and SHA1 is the one that can be checked", "hash_type 是 {1}，而只能校验 SHA1"),
    ("hash_value is {}, which is not a SHA-1", "hash_value 是 {1}，不是 SHA-1"),
    (
        "download_url is not an address that can be signed and sent as it is",
        "download_url 不是能够原样签名和发送的地址",
    ),
    (
        "download_url is at {}, and this client's host is {}: the request for the file has the merchant's signature, and only the client's own \
         host may receive it",
        "download_url 的域名是 {1}，而这个客户端的是 {2}：下载请求带有商户签名，只能发给客户端自己的域名",
    ),
    ("is not an address that can be signed and sent as it is", "不是能够原样签名和发送的地址"),
    (
        "is at {}, and this client's host is {}: the request for the file has the merchant's signature, and only the client's own host may \
         receive it",
        "的域名是 {1}，而这个客户端的是 {2}：下载请求带有商户签名，只能发给客户端自己的域名",
    ),
    (
        "the bill is not the one that WeChat Pay made: the signed reply has the SHA-1 {}, and the file has {}. Do not use its rows; download it \
         again",
        "这不是微信支付生成的账单，请不要使用其中的明细：已验签的应答里 SHA-1 是 {1}，而文件的是 {2}。文件与微信支付签名的哈希值不符：文件在途中被截断或改动过，请重新下载。",
    ),
    (
        "the file is not the one that WeChat Pay made: the signed reply has the {} {}, and the file has {}. Do not use it; download it again",
        "这不是微信支付生成的文件，请不要使用：已验签的应答里 {1} 是 {2}，而文件的是 {3}。文件与微信支付签名的哈希值不符：文件在途中被截断或改动过，请重新下载。",
    ),
    (
        "is not the bill that hash_value belongs to: it was cut short or changed; download it again",
        "与 hash_value 不符：账单被截断或改动过，请重新下载",
    ),
    ("has more than {} bytes", "超过 {1} 字节"),
    ("is {}, and SHA1 and SHA256 are those that can be checked", "是 {1}，而只能校验 SHA1 和 SHA256"),
    ("must be the {} hexadecimal digits of a {}", "应为 {2} 的 {1} 位十六进制"),
    ("is not Base64: give it as it came", "不是 Base64：请原样给出"),
    (
        "does not decrypt with this private key: it was encrypted for another certificate",
        "用这个私钥无法解密：它是用另一张证书加密的",
    ),
    (
        "does not decrypt with encrypt_key and nonce: they belong to another file, or it was cut short or changed",
        "用 encrypt_key 和 nonce 无法解密：它们属于另一个文件，或文件被截断或改动过",
    ),
];
