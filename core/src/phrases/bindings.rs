//! What the packages for Python and Node say: of values and functions of their languages.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    // Values.
    ("must be a function", "应为函数"),
    ("must be a function, not {}", "应为函数，而不是 {1}"),
    ("must be a function, not a class", "应为函数，而不是类"),
    (
        "must not be a generator function: calling one that has a yield runs nothing",
        "不能是生成器函数：调用带 yield 的函数不会执行任何代码",
    ),
    ("must not be a generator function: a call of one runs nothing of it", "不能是生成器函数：调用它不会执行任何代码"),
    ("must not be a coroutine function: {}", "不能是协程函数：{1}"),
    ("a client that blocks cannot await it", "阻塞的客户端无法 await 它"),
    ("use AsyncWxPay", "请用 AsyncWxPay"),
    ("a Promise: is an await missing?", "Promise：是不是少了 await？"),
    ("the methods of a store run in threads", "存储的方法在线程里运行"),
    ("must take ({}), and takes {} arguments", "应接受参数（{1}），现在接受 {2} 个参数"),
    ("must take ({}), and takes {}", "应接受参数（{1}），现在接受 {2}"),
    ("would never run: it is given without {}", "永远不会执行：没有同时给出 {1}"),
    ("is not an option", "不是选项"),
    ("is not an option; did you mean {}?", "不是选项，是不是 {1}？"),
    ("must be a number of {}", "应为数字，单位是 {1}"),
    ("must be a number of seconds, not {}", "应为秒数，而不是 {1}"),
    ("must be a number of milliseconds", "应为毫秒数"),
    ("must be a number of milliseconds, not {}", "应为毫秒数，而不是 {1}"),
    ("must be a number of bytes", "应为字节数"),
    ("must be a list of texts", "应为文本的列表"),
    ("must be seconds since 1970", "应为自 1970 年起的秒数"),
    ("must be seconds since 1970, not {}", "应为自 1970 年起的秒数，而不是 {1}"),
    ("must be seconds since 1970, an integer", "应为自 1970 年起的秒数，整数"),
    ("must be a Date, not {}", "应为 Date，而不是 {1}"),
    ("must be a valid Date", "应为有效的 Date"),
    ("must be a datetime with a zone: tzinfo=…", "应为带时区的 datetime：tzinfo=…"),
    ("must be an integer of fen", "应为以分为单位的整数"),
    (
        "must be an integer of fen, not {}; yuanToFen('19.99') converts yuan",
        "应为以分为单位的整数，而不是{1}；yuanToFen('19.99') 可以把元换算成分",
    ),
    ("must be text, an int or a Decimal, not {}", "应为文本、int 或 Decimal，而不是 {1}"),
    ("is too large", "太大"),
    ("is larger than a number can hold exactly", "超出 number 能精确表示的范围"),
    ("must not contain an unpaired surrogate", "不能含有不成对的代理字符"),
    ("cannot be written as JSON", "无法写成 JSON"),
    ("cannot be written as JSON: {}", "无法写成 JSON：{1}"),
    (
        "its member {} is a bigint that no number of JavaScript holds exactly: write it as text",
        "其中的成员 {1} 是 JavaScript 的 number 无法精确表示的 bigint：请写成文本",
    ),
    ("must be a dict, or pairs of a name and a value", "应为 dict，或名称和值的对"),
    ("must be an object of fields, or a list of names with their values", "应为字段的对象，或名称和值的列表"),
    ("must be an object of names and values, not {}", "应为名称和值的对象，而不是{1}"),
    ("must be an object of names and values, or pairs of a name and a value", "应为名称和值的对象，或名称和值的对"),
    ("must be an object or a list, not {}", "应为对象或列表，而不是{1}"),
    ("must have text as its names", "名称应为文本"),
    ("must begin with /", "应以 / 开头"),
    ("must be MD5 or HMAC-SHA256, not {}", "应为 MD5 或 HMAC-SHA256，而不是 {1}"),
    ("must be jsapi, chooseWXPay, miniprogram or app", "应为 jsapi、chooseWXPay、miniprogram 或 app"),
    ("could not be read: their items() raised an error", "无法读取：items() 抛出了异常"),
    ("is missing from config", "config 里缺少它"),
    ("there is no {}", "没有 {1}"),
    ("is unknown to the native module", "原生模块里没有它"),
    // Clients, and what is confirmed.
    ("must be one or more WxPay or AsyncWxPay clients", "应为一个或多个 WxPay 或 AsyncWxPay 客户端"),
    ("must be one or more WxPay clients", "应为一个或多个 WxPay 客户端"),
    ("must be an AsyncWxPay client, not {}", "应为 AsyncWxPay 客户端，而不是 {1}"),
    ("must be Koa's context", "应为 Koa 的 context"),
    ("is required: the amount that you recorded for the order", "必填：您为订单记录的金额"),
    ("was already finished or given back", "已经结束或放弃"),
    ("must be {} of ({}, {}, created), not of {}", "应为由（{2}、{3}、created）组成的{1}，而不是由 {4} 项组成的"),
    (
        "must be {}: ({}, {}, created), or dicts or objects with these; there is no {} in a {}",
        "应为{1}：（{2}、{3}、created），或带有这些的 dict 或对象；{5} 里没有 {4}",
    ),
    ("must be {}: objects with {}; there is no {} in {}", "应为{1}：带有 {2} 的对象；{4} 里没有 {3}"),
    ("must be a list, an iterable or an async iterable of {}", "应为{1}的列表、可迭代对象或异步可迭代对象"),
    ("must be {}, in a list or another iterable, not {}", "应为{1}的列表或其他可迭代对象，而不是 {2}"),
    (
        "refund {} of order {} failed: WeChat answers {}; pass on_refund_failed to handle it",
        "订单 {2} 的退款 {1} 失败：微信的状态是 {3}；请传入 on_refund_failed 处理它",
    ),
    (
        "refund {} of order {} failed: WeChat answers {}; onRefundFailed would take it",
        "订单 {2} 的退款 {1} 失败：微信的状态是 {3}；请传入 onRefundFailed 处理它",
    ),
    (
        "transfer {} failed: WeChat answers {}; pass on_transfer_failed to handle it",
        "转账 {1} 失败：微信的状态是 {2}；请传入 on_transfer_failed 处理它",
    ),
    (
        "transfer {} failed: WeChat answers {} ({}); pass on_transfer_failed to handle it",
        "转账 {1} 失败：微信的状态是 {2}（{3}）；请传入 on_transfer_failed 处理它",
    ),
    (
        "transfer {} failed: WeChat answers {}; onTransferFailed would take it",
        "转账 {1} 失败：微信的状态是 {2}；请传入 onTransferFailed 处理它",
    ),
    (
        "transfer {} failed: WeChat answers {} ({}); onTransferFailed would take it",
        "转账 {1} 失败：微信的状态是 {2}（{3}）；请传入 onTransferFailed 处理它",
    ),
    ("the function threw undefined", "函数抛出了 undefined"),
    ("the event loop did not take the payment within a minute", "事件循环在一分钟内没有处理这笔支付"),
    (
        "internal error in the native module; whether WeChat acted on the call is unknown",
        "原生模块内部错误；不知道微信是否已经处理",
    ),
    // Stores.
    ("must be an address, or an object with the methods {}", "应为地址，或带有这些方法的对象：{1}"),
    (
        "must be an address such as redis://host/0, or an object with the methods {}",
        "应为地址（例如 redis://host/0），或带有这些方法的对象：{1}",
    ),
    ("it has no {}", "它没有 {1}"),
    ("its method {} {}", "它的方法 {1} {2}"),
    ("the store's {} failed", "存储的 {1} 出错"),
    ("the store's {} must return {}, not {}", "存储的 {1} 应返回 {2}，而不是 {3}"),
    ("the interpreter is being shut down", "解释器正在关闭"),
    ("the store's thread ended", "存储的线程已经结束"),
    ("the thread that has the store has ended", "存储所在的线程已经结束"),
    // Bodies of requests.
    (
        "must be the raw body as it came: a Buffer, a Uint8Array or a string, not {}",
        "应为收到的原始请求体：Buffer、Uint8Array 或字符串，而不是 {1}",
    ),
    ("the body of the request has not been read", "请求体还没有读取"),
    ("a parsed object: the signature is over the bytes that WeChat sent", "解析后的对象：签名针对的是微信发送的字节"),
    (
        "Keep the bytes: in Express put express.raw({}) before this route, or keep them with the body parser's verify hook; in Koa read \
         ctx.req; in Fastify use addContentTypeParser('*', {}); of a Request give await request.arrayBuffer(). Or let \
         wxpayNotify of wxpaykit/express, wxpaykit/koa, wxpaykit/fastify or wxpaykit/fetch read them",
        "请保留原始字节：Express 在这个路由之前使用 express.raw({1})，或用解析器的 verify 钩子保留；Koa 读取 ctx.req；Fastify 使用 \
         addContentTypeParser('*', {2})；Request 用 await request.arrayBuffer()。或者用 wxpaykit/express、wxpaykit/koa、\
         wxpaykit/fastify、wxpaykit/fetch 的 wxpayNotify 读取",
    ),
    (
        "the body of the request was read by another parser, and the signature is over the bytes",
        "请求体已被其他解析器读取，而签名针对的是原始字节",
    ),
    (
        "has the Content-Encoding {}: let the proxy send the body as WeChat sent it",
        "的 Content-Encoding 是 {1}：请让代理原样转发微信发送的请求体",
    ),
    ("is compressed and cannot be decompressed ({})", "是压缩的，但无法解压（{1}）"),
    ("the request ended before its body", "请求在请求体结束之前就断开了"),
    ("is larger than {} bytes", "超过 {1} 字节"),
    ("must be a stream of bytes", "应为字节流"),
    (
        "must be text, not bytes: give the text of the element req_info as it came, before Base64 is decoded",
        "应为文本，而不是字节：请原样给出 req_info 元素的文本，不要先解码 Base64",
    ),
    (
        "must be the JSON text as the mini program got it, not the object that was parsed from it",
        "应为小程序得到的 JSON 原文，而不是解析后的对象",
    ),
    (
        "must be UTF-8: JSON as it is sent; of an upload the text of its part meta is signed, and not the file",
        "应为 UTF-8：发送的 JSON 原文；上传文件时签名的是 meta 部分的文本，而不是文件",
    ),
    // Bills and files.
    (
        "is read once, and {}: download it again, or save it and read the file",
        "只能读取一次，而{1}：请重新下载，或先保存再读取文件",
    ),
    ("its text is being read", "正在读取它的文本"),
    ("its rows are being read", "正在读取它的明细"),
    ("it was closed", "它已经关闭"),
    ("is a file already", "已经是文件"),
    ("this bill is a file already", "这份账单已经是文件"),
    (
        "was read already: a bill is read once. Keep its rows in a list, or save it and read the file",
        "已经读取过：账单只能读取一次。请把明细保存在列表里，或先保存再读取文件",
    ),
    (
        "was read already: a bill is read once. Keep its rows in an array, or save it and read the file",
        "已经读取过：账单只能读取一次。请把明细保存在数组里，或先保存再读取文件",
    ),
    ("must be the path of a file or its bytes, not {}", "应为文件路径或文件内容的字节，而不是{1}"),
    ("must be a bill, of pay.downloadbill or readBill, not {}", "应为 pay.downloadbill 或 readBill 的账单，而不是{1}"),
    ("a record needs {}, an int of fen", "每条记录需要 {1}，金额是以分为单位的 int"),
    ("a record needs {}, an integer of fen", "每条记录需要 {1}，金额是以分为单位的整数"),
    (
        "was read as text: open it in binary mode, such as open(path, 'rb')",
        "被当作文本读取：请用二进制方式打开，例如 open(path, 'rb')",
    ),
    (
        "must be a path, bytes, or something whose read() returns bytes, not {}",
        "应为路径、字节，或 read() 返回字节的对象，而不是 {1}",
    ),
    ("has a read() that takes no number of bytes: give the bytes", "的 read() 不接受字节数：请直接给出字节"),
    ("must be a path, bytes, a Blob or a stream of bytes, not {}", "应为路径、字节、Blob 或字节流，而不是{1}"),
    (
        "must be a stream of bytes, and has {}: read it without an encoding",
        "应为字节流，其中却有{1}：读取时请不要指定编码",
    ),
    // What Python and Node say of wrong types.
    ("a Date outside the years 1 to 9999", "1 到 9999 年之外的 Date"),
    ("text with an unpaired surrogate", "含有不成对代理字符的文本"),
    ("one of more than 64 bits", "超过 64 位的整数"),
    ("a datetime without a zone (give it one: tzinfo=…)", "没有时区的 datetime（请加上：tzinfo=…）"),
    (
        "must be an int of fen, not {}; yuan_to_fen converts yuan",
        "应为以分为单位的 int，而不是{1}；yuan_to_fen 可以把元换算成分",
    ),
    ("must be a function that takes an event", "应为接受一个事件的函数"),
    ("must be a path, bytes or PEM text, not {}", "应为路径、字节或 PEM 文本，而不是 {1}"),
    ("must be True or False", "应为 True 或 False"),
    ("must be a list, such as [\"MD5\", \"HMAC-SHA256\"]", "应为列表，例如 [\"MD5\", \"HMAC-SHA256\"]"),
    (
        "must be the raw body as it came, not a {}: request.get_data() in Flask, request.body in Django, await request.body() in FastAPI and \
         Starlette, await request.read() in aiohttp",
        "应为收到的原始请求体，而不是 {1}：Flask 用 request.get_data()，Django 用 request.body，FastAPI 和 Starlette 用 await request.body()，aiohttp 用 \
         await request.read()",
    ),
    ("{}, in a list or another iterable", "{1}的列表或其他可迭代对象"),
    (
        "this payment or refund is handled by the process that this one was forked from",
        "这笔支付或退款由本进程 fork 之前的进程处理",
    ),
    ("the handling of this payment or refund has ended already", "这笔支付或退款的处理已经结束"),
    ("this bill is downloaded by the process that this one was forked from", "这份账单由本进程 fork 之前的进程下载"),
    ("this comparison has ended", "这次对账已经结束"),
    ("this call has run already", "这个调用已经执行过"),
    ("the network thread could not be started: {}", "网络线程无法启动：{1}"),
    (
        "the call ended without a result: please report this as a bug of wxpaykit",
        "调用结束了但没有结果：这是 wxpaykit 的缺陷，请报告给我们",
    ),
    (
        "asyncio needs Linux, macOS or another Unix in this version; WxPay works everywhere",
        "这个版本的 asyncio 需要 Linux、macOS 或其他 Unix；WxPay 在任何系统上都可以使用",
    ),
    ("a string, null or undefined", "字符串、null 或 undefined"),
];
