//! What the testing modules of the packages for Python and Node say: of the emulator's program, and of an order's history.

/// English and Chinese.
pub(super) const ROWS: &[(&str, &str)] = &[
    (
        "there is no wxpaykit-emulator: pip install 'wxpaykit[emulator]', or name the program in WXPAYKIT_EMULATOR",
        "找不到 wxpaykit-emulator：请 pip install 'wxpaykit[emulator]'，或用 WXPAYKIT_EMULATOR 指明程序",
    ),
    (
        "there is no wxpaykit-emulator: npm install --save-dev wxpaykit-emulator, or name the program in WXPAYKIT_EMULATOR, such as the \
         target/wxpaykit-emulator of a clone",
        "找不到 wxpaykit-emulator：请 npm install --save-dev wxpaykit-emulator，或用 WXPAYKIT_EMULATOR 指明程序，例如克隆的仓库里的 \
         target/wxpaykit-emulator",
    ),
    (
        "wxpaykit-emulator: the package {word} is not installed: install wxpaykit-emulator on the system that it runs on, with its optional \
         dependencies; where there is no build, make one (cargo build --release --package wxpaykit-emulator) and name it in WXPAYKIT_EMULATOR",
        "wxpaykit-emulator：没有安装 {1} 包：请在实际运行的系统上安装 wxpaykit-emulator 及其可选依赖；没有对应的构建时，请自行编译（cargo build \
         --release --package wxpaykit-emulator），并用 WXPAYKIT_EMULATOR 指明程序",
    ),
    ("wxpaykit-emulator: {} is missing; install the package again", "wxpaykit-emulator：缺少 {1}；请重新安装这个包"),
    ("{} cannot be started: {}", "{1} 无法启动：{2}"),
    ("{} did not start within {} s", "{1} 没有在 {2} 秒内启动"),
    ("{} did not start within {} ms", "{1} 没有在 {2} 毫秒内启动"),
    ("{} did not start: it closed its standard output", "{1} 没有启动：它关闭了标准输出"),
    ("{} did not start; {}", "{1} 没有启动；{2}"),
    ("it ended with status {}", "它已退出，状态为 {1}"),
    ("it was stopped", "它已停止"),
    (
        "{} is not a wxpaykit-emulator: its first line is not JSON with {}",
        "{1} 不是 wxpaykit-emulator：它的第一行不是含有 {2} 的 JSON",
    ),
    ("the emulator runs already", "模拟器已在运行"),
    (
        "the emulator does not run: use it in a with block, or call start()",
        "模拟器没有运行：请在 with 语句块里使用，或调用 start()",
    ),
    ("the emulator does not answer: {}", "模拟器没有应答：{1}"),
    ("the emulator has no order {}", "模拟器里没有订单 {1}"),
    ("the merchant has no APIv3 key: give it an api_v3_key", "该商户没有 APIv3 密钥：请给出 api_v3_key"),
    ("the notification of {} is not acknowledged; attempts: {}", "{1} 的通知没有被确认；各次尝试：{2}"),
    (
        "the notification of {} is not acknowledged; attempts: {}; the wait blocked this thread's event loop: if the shop runs in it, await \
         AsyncEmulator's method",
        "{1} 的通知没有被确认；各次尝试：{2}；等待时阻塞了本线程的事件循环：如果商户程序在其中运行，请改用 AsyncEmulator 的方法并 await",
    ),
    // The history of an order, and the emulator in a notebook: words of a table.
    ("order {word}", "订单 {1}"),
    ("shop → WeChat | customer | WeChat → shop", "商户 → 微信 | 用户 | 微信 → 商户"),
    (
        "0 | 15 s | 1 min | 5 min | 30 min | 2 h | 6 h | 1 day",
        "0 | 15 秒 | 1 分钟 | 5 分钟 | 30 分钟 | 2 小时 | 6 小时 | 1 天",
    ),
    ("set | not set", "已设置 | 未设置"),
    ("ok | failed | acknowledged", "成功 | 失败 | 已确认"),
    ("paid | notification | refund notification", "支付 | 支付通知 | 退款通知"),
    ("merchant | last requests", "商户 | 最近的请求"),
];
