//! The command line of the program in Chinese: its help, and what is wrong with an option.

use std::io::ErrorKind as ErrorOfIo;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use wxpaykit_emulator::StartError;

/// Options, and what they do.
const HELP: &[(&str, &str)] = &[
    ("host", "监听的地址"),
    ("port", "监听的端口；0 表示任选一个空闲端口"),
    ("merchant", "JSON 文件，一个商户或商户的列表：appid、mch_id、api_key、app_secret 等（见 README）"),
    ("layout", "支付接口应答的格式"),
    ("strict_docs", "文档与实际抓到的报文不同时，以文档为准"),
    ("renew_prepay_id", "重复下单时，原来的 prepay_id 仍有效也返回新的"),
    ("openids", "哪些 openid 可以支付：any 为任意格式正确的；known 只限这里发放的和商户文件里的"),
    ("keep", "保留多少订单和日志。有 --db 时，较早的订单离开内存，仍在文件里"),
    ("mweb_base", "mweb_url 的协议和域名，代替模拟器自己的；微信的是 https://wx.tenpay.com"),
    ("db", "保存订单、支付、通知、token 和时钟的文件，重启后继续使用"),
    ("seed", "随机种子，使单号、token 和触发的故障可以重现"),
    ("magic_amounts", "按订单金额触发故障（见 README）"),
    (
        "control_token",
        "控制接口要求的 token，用 `Authorization: Bearer` 发送。不填时，只在监听本机以外的地址时生成一个",
    ),
    ("allow_remote_notify", "也向其他机器发送通知"),
    ("frozen_clock", "时钟停住：只有控制接口能让时间前进"),
    ("allow_host", "除本机和微信的域名外，也应答这个域名的请求。可以给出多次"),
    ("tls", "再打开一个 TLS 端口，使用自己的证书颁发机构"),
    ("tls_port", "--tls 的端口；0 表示任选一个空闲端口，--port 为 0 时也是这样"),
    ("tls_dir", "保存证书颁发机构的目录，重启后继续使用：ca.pem 和 ca-key.pem"),
    ("transfer_retry_period", "商家转账的单号可以重试多久，单位为模拟时钟的秒；超过后拒绝"),
    (
        "close_expired_after",
        "APIv3 的未支付订单过了 time_expire 后，多久才由微信关闭，单位为模拟时钟的秒；关闭之前仍是 NOTPAY",
    ),
    ("exit_with_stdin", "标准输入关闭时退出，也就是启动它的进程结束时"),
    ("help", "输出帮助"),
    ("version", "输出版本号"),
];

const TEMPLATE: &str = "{about}\n\n用法：wxpaykit-emulator [选项]\n\n选项：\n{options}\n";

/// The command with its help in Chinese. The words of clap's that have no setting are put in place when it is rendered.
pub(crate) fn command(command: Command) -> Command {
    let mut command = command;
    command.build();
    let command =
        command.about("本机端口上的微信：网页授权、下单、支付和通知，用于开发和测试微信支付").help_template(TEMPLATE);
    command.mut_args(|arg| match HELP.iter().find(|(name, _)| *name == arg.get_id().as_str()) {
        Some((_, help)) => arg.help(*help),
        None => arg,
    })
}

/// Help, or what is wrong, as it is printed.
pub(crate) fn said(error: &Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let option = context(ContextKind::InvalidArg);
    let values = context(ContextKind::ValidValue);
    let why = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // The template of the Chinese help leaves the end of its last line out.
            let help = format!("{}\n", error.render().to_string().trim_end());
            return help.replace("[default: ", "[默认：").replace("[possible values: ", "[可选值：");
        }
        ErrorKind::UnknownArgument if option.starts_with('-') => format!("没有选项 {option}"),
        ErrorKind::UnknownArgument => "参数太多".to_owned(),
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => format!("{option} 需要一个值"),
        ErrorKind::InvalidValue => format!("{option} 必须是 {values} 之一"),
        ErrorKind::MissingRequiredArgument => format!("缺少 {option}"),
        ErrorKind::ArgumentConflict => format!("{option} 重复出现"),
        _ => format!("{option} 的值不正确"),
    };
    format!("wxpaykit-emulator: {why}：请看 wxpaykit-emulator --help\n")
}

/// Why the emulator cannot start; `None` for what other libraries say.
pub(crate) fn of_start(error: &StartError) -> Option<String> {
    match error {
        StartError::Listen { address, error } if error.kind() == ErrorOfIo::AddrInUse => Some(format!(
            "{address} 已被占用：请结束在那里监听的程序，或换一个端口：--port 8701，或用 --port 0 任选一个空闲端口"
        )),
        StartError::Listen { address, error } => Some(format!("无法监听 {address}：{error}")),
        StartError::Merchant(error) => Some(error.in_chinese()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::Options;

    #[test]
    fn every_option_has_its_chinese() {
        let command = command(Options::command());
        let missing: Vec<_> = command
            .get_arguments()
            .filter(|arg| !arg.get_help().unwrap_or_default().to_string().contains(|c: char| c >= '\u{4e00}'))
            .map(|arg| arg.get_id().to_string())
            .collect();
        assert_eq!(missing, Vec::<String>::new());
        assert_eq!(HELP.len(), command.get_arguments().count());
    }

    #[test]
    fn a_port_that_is_in_use_is_said_in_chinese() {
        let error = ErrorOfIo::AddrInUse.into();
        let text = of_start(&StartError::Listen { address: "127.0.0.1:8700".to_owned(), error }).unwrap();
        assert!(text.starts_with("127.0.0.1:8700 已被占用："), "{text}");
    }

    #[test]
    fn help_and_errors_are_chinese() {
        let said = |args: &[&str]| {
            let given = ["wxpaykit-emulator"].iter().chain(args);
            said(&command(Options::command()).try_get_matches_from(given).unwrap_err())
        };
        let help = said(&["--help"]);
        assert!(help.ends_with('\n') && !help.ends_with("\n\n"), "{help:?}");
        assert!(help.contains("监听的端口；0 表示任选一个空闲端口 [默认：8700]"), "{help}");
        for word in ["Usage", "Options:", "default", "possible", "Print"] {
            assert!(!help.contains(word), "{word}: {help}");
        }
        for (args, why) in [
            (&["--nosuch"][..], "没有选项 --nosuch："),
            (&["x"], "参数太多："),
            (&["--port", "x"], "--port <PORT> 的值不正确："),
            (&["--port"], "--port <PORT> 需要一个值："),
            (&["--layout", "x"], "--layout <LAYOUT> 必须是 old、new 之一："),
            (&["--tls-port", "1"], "缺少 --tls："),
            (&["--port", "1", "--port", "2"], "重复出现："),
        ] {
            let text = said(args);
            assert!(text.contains(why) && text.lines().count() == 1, "{args:?}: {text}");
        }
    }
}
