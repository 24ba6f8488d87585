//! What Django's `manage.py check` and its admin say.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    (
        "openid_required keeps the openid in the session: add SessionMiddleware to MIDDLEWARE",
        "openid_required 把 openid 存在会话里：请在 MIDDLEWARE 里加上 SessionMiddleware",
    ),
    (
        "the openid of this customer is not known: the page before this one needs openid_required too",
        "不知道这位顾客的 openid：前一个页面也需要 openid_required",
    ),
    ("the customer did not agree that the shop gets the openid", "顾客没有同意商店获取 openid"),
    ("WXPAY must be a dict.", "WXPAY 应为 dict。"),
    ("WXPAY: {}.", "WXPAY：{1}。"),
    ("WXPAY: there is no setting {}.", "WXPAY：没有 {1} 这个配置。"),
    ("WXPAY: there is no setting {} (did you mean {}?).", "WXPAY：没有 {1} 这个配置（是不是 {2}？）。"),
    ("WXPAY: {} is not set: payments cannot work.", "WXPAY：没有设置 {1}，无法支付。"),
    ("WXPAY: {} are not set: payments cannot work.", "WXPAY：没有设置 {1}，无法支付。"),
    (
        "WXPAY has the settings of wxpaykit.WxPay by their names; others are read from WXPAY_… in the environment.",
        "WXPAY 里写 wxpaykit.WxPay 的配置，用它们的名称；没有写的从环境变量 WXPAY_… 读取。",
    ),
    (
        "WXPAY: error pages and error mails of Django show the secret in {}.",
        "WXPAY：Django 的出错页面和出错邮件会显示 {1} 里的密钥。",
    ),
    (
        "WXPAY: Django's error page with DEBUG shows the secret in {}.",
        "WXPAY：DEBUG 下 Django 的出错页面会显示 {1} 里的密钥。",
    ),
    (
        "Put the value in a file, and set the path of the file instead: {}. Or hide the name in a subclass of SafeExceptionReporterFilter: \
         DEFAULT_EXCEPTION_REPORTER_FILTER.",
        "请把值放进文件，改为设置该文件的路径：{1}。或用 SafeExceptionReporterFilter 的子类隐藏这个名字（DEFAULT_EXCEPTION_REPORTER_FILTER）。",
    ),
    ("WXPAY: payment_confirmed has no receiver.", "WXPAY：payment_confirmed 没有接收器。"),
    (
        "Connect a receiver of wxpaykit.django.payment_confirmed in your AppConfig.ready().",
        "请在 AppConfig.ready() 里注册 wxpaykit.django.payment_confirmed 的接收器。",
    ),
    ("WXPAY: endpoints is {}, and not WeChat's.", "WXPAY：endpoints 是 {1}，不是微信的地址。"),
    (
        "Leave endpoints and WXPAY_ENDPOINTS out: at an emulator, anyone who reaches it can pay.",
        "请去掉 endpoints 和 WXPAY_ENDPOINTS：能访问模拟器的人都可以付款。",
    ),
    ("WXPAY: api_key is the public one of WeChat's documents.", "WXPAY：api_key 是微信文档里公开的那一个。"),
    (
        "Set the APIv2 key of your merchant: anyone who knows a key can sign notifications.",
        "请设置自己商户的 APIv2 密钥：知道密钥的人都可以给通知签名。",
    ),
    (
        "WXPAY: with memory: each process hands every payment over, once.",
        "WXPAY：store 是 memory: 时，每个进程都会把每笔支付交付一次。",
    ),
    (
        "Leave store and WXPAY_STORE out, for a table of your database, or name a Redis.",
        "请去掉 store 和 WXPAY_STORE（使用数据库里的一张表），或设置一个 Redis。",
    ),
    ("WXPAY['store']: DATABASES has no {}.", "WXPAY['store']：DATABASES 里没有 {1}。"),
    (
        "'django:ALIAS' names one of DATABASES; leave store out for 'django:default'.",
        "'django:ALIAS' 是 DATABASES 里的一个；不写 store 就是 'django:default'。",
    ),
    ("WXPAY['{word}']: {}", "WXPAY['{1}']：{2}"),
    ("WXPAY['amount_of'] is missing.", "缺少 WXPAY['amount_of']。"),
    (
        "A function, or its path: it takes a ConfirmedPayment, and gives the amount in fen, or None.",
        "函数或它的路径：参数是 ConfirmedPayment，返回以分为单位的金额，或 None。",
    ),
    (
        "A function, or its path, that gives the unpaid orders as (out_trade_no, total_fee, created). Run manage.py wxpay_reconcile every minute.",
        "函数或它的路径，返回未支付的订单 (out_trade_no, total_fee, created)。请每分钟运行一次 manage.py wxpay_reconcile。",
    ),
    (
        "WXPAY['pending'] is missing: a payment whose notification is lost is never found.",
        "缺少 WXPAY['pending']：通知丢失的支付就查不到了。",
    ),
    ("WXPAY['{word}'] would never run: there is no WXPAY['{word}'].", "WXPAY['{1}'] 永远不会执行：没有 WXPAY['{2}']。"),
    ("WXPAY['{word}'] {}.", "WXPAY['{1}'] {2}。"),
    (
        "Set notify_url, the address of this project's /wxpay/notify; or give each order its own.",
        "请设置 notify_url，即本项目 /wxpay/notify 的地址；或在每个订单里指定。",
    ),
    ("WXPAY: notify_url is not set, so orders have none.", "WXPAY：没有设置 notify_url，订单就没有通知地址。"),
    (
        "path(\"wxpay/\", include(\"wxpaykit.django.urls\")) makes /wxpay/notify, outside of i18n_patterns.",
        "path(\"wxpay/\", include(\"wxpaykit.django.urls\")) 提供 /wxpay/notify，请写在 i18n_patterns 之外。",
    ),
    ("WXPAY: no notification arrives at {}.", "WXPAY：{1} 不是接收通知的路径，收不到通知。"),
    ("WeChat follows no redirect: give an https notify_url.", "微信不跟随重定向：notify_url 请用 https。"),
    ("WXPAY: SECURE_SSL_REDIRECT redirects notifications.", "WXPAY：SECURE_SSL_REDIRECT 会重定向通知。"),
    (
        "WeChat follows no redirect: begin the host of notify_url with www.",
        "微信不跟随重定向：notify_url 的主机名请以 www. 开头。",
    ),
    ("WXPAY: PREPEND_WWW redirects notifications.", "WXPAY：PREPEND_WWW 会重定向通知。"),
    (
        "WeChat posts from the internet: give a public address, or set endpoints for an emulator.",
        "微信从公网发送通知：请用公网地址；使用模拟器时请设置 endpoints。",
    ),
    ("WXPAY: WeChat cannot reach {}.", "WXPAY：微信访问不到 {1}。"),
    (
        "The emulator of endpoints posts to notify_url: give this project's address on this machine.",
        "endpoints 的模拟器会把通知发到 notify_url：请改成本项目在本机的地址。",
    ),
    ("WXPAY: notifications go to {}.", "WXPAY：通知发往 {1}。"),
    (
        "Django answers 400 to notifications for another host: add {} to ALLOWED_HOSTS.",
        "发往其他主机名的通知，Django 会返回 400：请把 {1} 加入 ALLOWED_HOSTS。",
    ),
    ("WXPAY: ALLOWED_HOSTS lacks {}.", "WXPAY：ALLOWED_HOSTS 缺少 {1}。"),
    (
        "openid_required decorates a view; it takes an address by its name: origin=\"https://shop.example\"",
        "openid_required 用来装饰视图；地址请用名称传入：origin=\"https://shop.example\"",
    ),
    (
        "origin must be the beginning of an address, such as https://shop.example",
        "origin 应为地址的开头，例如 https://shop.example",
    ),
    // The admin.
    ("Refund the selected payments in full", "对所选的支付全额退款"),
    ("Refund in full", "全额退款"),
    (
        "Refund these payments in full? WeChat sends the money back to the customers.",
        "确定对这些支付全额退款吗？微信会把钱退给用户。",
    ),
    ("Send the refunds", "确定退款"),
    ("Back to the payments", "返回"),
    ("Began refund {word} of {word} fen.", "开始退款 {1}，{2} 分。"),
    ("Refund {word}: {}", "退款 {1}：{2}"),
    ("{word}: WeChat accepted the refund of ¥{word}.", "{1}：微信已受理退款 ¥{2}。"),
    ("{word}: was refunded before, by the refund {word}.", "{1}：已经退过款，退款单号 {2}。"),
    ("{word}: its refund {word} is on its way.", "{1}：退款 {2} 正在处理。"),
    (
        "{word}: the customer's card did not take its refund {word}: finish it at pay.weixin.qq.com.",
        "{1}：用户的银行卡收不到退款 {2}：请到商户平台 pay.weixin.qq.com 处理。",
    ),
    ("{word}: its refund {word} has the state {word}.", "{1}：退款 {2} 的状态是 {3}。"),
];
