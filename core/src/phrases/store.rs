//! What stores and functions of the merchant's say.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    ("needs the feature `sqlite` of the crate wxpaykit, which is off", "需要 wxpaykit 的 `sqlite` 特性，它没有启用"),
    ("needs the feature `redis` of the crate wxpaykit, which is off", "需要 wxpaykit 的 `redis` 特性，它没有启用"),
    ("the store did not answer in time", "存储没有及时响应"),
    (
        "is not a Redis address: redis://user:password@host:6379/0, or rediss:// for TLS",
        "不是 Redis 地址：redis://user:password@host:6379/0，TLS 用 rediss://",
    ),
    ("addresses of this kind are not supported", "不支持这种地址"),
    ("the Redis store failed: {}", "Redis 存储出错：{1}"),
    ("the reply is larger than 1 MiB", "应答超过 1 MiB"),
    (
        "needs a file: sqlite:///an/absolute/path.db (three slashes), or sqlite:relative.db",
        "需要文件：sqlite:///an/absolute/path.db（三个斜杠），或 sqlite:relative.db",
    ),
    ("the SQLite store's thread ended", "SQLite 存储的线程已经结束"),
    ("the SQLite store {} is a symbolic link; name the file itself", "SQLite 存储 {1} 是符号链接；请写文件本身的路径"),
    ("the SQLite store failed: there is no folder {}", "SQLite 存储出错：没有文件夹 {1}"),
    ("the SQLite store failed: {}", "SQLite 存储出错：{1}"),
    (
        "is not set, and {}. Set store (WXPAY_STORE) to sqlite:///a/file.db for the processes of one machine, to redis://host/0 for several \
         machines, or to memory: when one process alone serves the shop",
        "没有设置，而{1}。请设置 store（WXPAY_STORE）：一台机器上的多个进程用 sqlite:///a/file.db，多台机器用 redis://host/0，只有一个进程时用 memory:",
    ),
    ("the default one, {}, cannot be used: {}", "默认的 {1} 无法使用：{2}"),
    (
        "the default one needs LOCALAPPDATA, and the environment does not have it",
        "默认的存储需要 LOCALAPPDATA，环境变量里没有",
    ),
    (
        "the default one needs XDG_STATE_HOME or HOME, and the environment has neither",
        "默认的存储需要 XDG_STATE_HOME 或 HOME，环境变量里两个都没有",
    ),
    (
        "the default one needs the feature `sqlite` of the crate wxpaykit, which is off",
        "默认的存储需要 wxpaykit 的 `sqlite` 特性，它没有启用",
    ),
    ("the entry {} in the store has a text that this version does not write", "存储里的 {1} 不是这个版本写入的内容"),
    ("the lease of the {} ended before WeChat answered", "微信应答之前，{1} 的租约已经到期"),
    ("the lease of the payment ended before WeChat answered", "微信应答之前，这笔支付的租约已经到期"),
    ("the lease of the refund ended before WeChat answered", "微信应答之前，这笔退款的租约已经到期"),
    ("the lease of the transfer ended before WeChat answered", "微信应答之前，这笔转账的租约已经到期"),
    ("the runtime was shut down before the store had recorded it", "存储还没有记录下来，运行时就关闭了"),
    ("the runtime was shut down before WeChat was asked", "还没有查询微信，运行时就关闭了"),
    ("no random number for the lease", "没有用于租约的随机数"),
    (
        "the store does not give back what it was given, so it cannot keep the ledger of payments",
        "存储返回的不是写入的内容，不能用来记录支付",
    ),
    (
        "the store takes keys that differ by case alone for one, and WeChat's numbers differ by case: compare keys byte by byte (in MySQL: a \
         binary collation)",
        "存储把只有大小写不同的键当成同一个，而微信的单号区分大小写：请按字节比较键（MySQL 用 binary 排序规则）",
    ),
    ("the merchant's function failed; it may be tried again", "商户的函数出错；可以重试"),
    ("the {} failed, and there is no function for failed {}s", "{1} 失败，而没有传入处理 {2} 失败的函数"),
    ("the payment failed, and there is no function for failed payments", "支付失败，而没有传入处理支付失败的函数"),
    ("the refund failed, and there is no function for failed refunds", "退款失败，而没有传入处理退款失败的函数"),
    ("the transfer failed, and there is no function for failed transfers", "转账失败，而没有传入处理转账失败的函数"),
    (
        "there is no function for payments: use amount_of and on_paid",
        "没有传入处理支付的函数：请用 amount_of 和 on_paid",
    ),
];
