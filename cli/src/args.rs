//! The command line: what it takes, its help in both languages, and what is wrong with it in a sentence.

use std::borrow::Cow;
use std::ffi::OsString;

use clap::builder::{EnumValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum, value_parser};
use wxpaykit::doctor::Language;
use wxpaykit::registry;

use crate::keys::{is_secret_name, variable_of};
use crate::session::Session;
use crate::status::Stop;

/// The short name of a call that is made most.
pub(crate) struct Short {
    pub(crate) name: &'static str,
    /// The call of APIv2.
    pub(crate) v2: &'static str,
    /// The call of APIv3 that takes the same fields.
    pub(crate) v3: Option<&'static str>,
    /// How a terminal makes the same by APIv3.
    pub(crate) of_v3: &'static str,
}

/// The short names of calls.
pub(crate) const SHORT: &[Short] = &[
    Short {
        name: "order",
        v2: "unifiedorder",
        v3: None,
        of_v3: "wxpaykit call v3.native description=tea out_trade_no=T1 amount.total=100",
    },
    Short { name: "query", v2: "orderquery", v3: Some("v3.query"), of_v3: "wxpaykit call v3.query out_trade_no=T1" },
    Short { name: "close", v2: "closeorder", v3: Some("v3.close"), of_v3: "wxpaykit call v3.close out_trade_no=T1" },
    Short {
        name: "refund",
        v2: "refund",
        v3: None,
        of_v3: "wxpaykit call v3.refund out_trade_no=T1 out_refund_no=R1 amount.refund=30 amount.total=100 amount.currency=CNY",
    },
];
/// The shells of `completion`.
pub(crate) const SHELLS: &[&str] = &["bash", "zsh", "fish"];

/// The kinds of encrypted content that `decrypt` takes: the values of `--kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncryptedKind {
    /// `req_info` of a refund notification.
    Refund,
    /// The resource of a notification of APIv3.
    V3,
    /// `encryptedData` of a mini program.
    Miniprogram,
}

impl ValueEnum for EncryptedKind {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Refund, Self::V3, Self::Miniprogram]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Refund => Some(PossibleValue::new("refund")),
            Self::V3 => Some(PossibleValue::new("v3")),
            Self::Miniprogram => Some(PossibleValue::new("miniprogram")),
        }
    }
}

/// Reads a command line, without the program's name.
///
/// # Errors
/// A sentence about what is wrong; or the help, or the version.
pub(crate) fn matches(args: &[OsString], session: &Session<'_>) -> Result<ArgMatches, Stop> {
    let language = session.language;
    if let Some(name) = secret(args) {
        return Err(Stop::Wrong(refusal(&name, language)));
    }
    if args.is_empty() {
        let mut command = command(language);
        let help = in_words(command.render_help().to_string(), language);
        return Err(if session.io.terminals.out { Stop::Text(help) } else { Stop::Wrong(no_command(language)) });
    }
    let program = [OsString::from("wxpaykit")];
    let whole = program.iter().chain(args);
    command(language)
        .try_get_matches_from(whole)
        .map_err(|error| explained(&error, &named_by(args, language), language))
}

/// All commands.
pub(crate) fn command(language: Language) -> Command {
    let t = |english: &'static str, chinese: &'static str| language.pick(english, chinese);
    let mut all = Command::new("wxpaykit")
        .version(env!("CARGO_PKG_VERSION"))
        .about(t("WeChat Pay at a terminal: signatures explained, calls sent, settings checked.", "微信支付命令行工具：解释签名错误，发送请求，检查配置。"))
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .disable_help_flag(true)
        .subcommand_required(true)
        .arg(version(language))
        .args(globals(language))
        .subcommand_help_heading(t("Commands", "命令"))
        .help_template(template(language, true))
        .after_help(t(
            "Keys come from the environment (WXPAY_API_KEY …), from a file (WXPAY_API_KEY_FILE, --key-file), or from a question at the \
             terminal; never from the command line, which the shell's history and ps show to others.\n\n\
             Exit codes: 0 done; 1 the answer is no (a wrong signature, a refused call, a failed check); 2 the command line, a document or a \
             setting is wrong; 3 nothing was sent; 4 the outcome is unknown (no reply, SYSTEMERROR, USERPAYING …): ask for it first; 130 Ctrl-C.",
            "密钥来自环境变量（WXPAY_API_KEY 等）、文件（WXPAY_API_KEY_FILE、--key-file）或终端提问；不接受命令行参数，因为 shell 历史和 ps \
             会让别人看到。\n\n\
             退出码：0 完成；1 结果是否定的（签名错误、请求被拒绝、检查未通过）；2 命令行、报文或配置有误；3 没有发出请求；4 结果未知（没有应答、SYSTEMERROR、USERPAYING 等），请先查询；\
             130 Ctrl-C。",
        ));
    for command in commands(language) {
        let template = template(language, command.has_subcommands());
        all = all.subcommand(headed(command.disable_help_flag(true).help_template(template), language));
    }
    all
}

/// The headings of clap are English.
fn headed(command: Command, language: Language) -> Command {
    command.mut_args(|arg| {
        let heading = match arg.is_positional() {
            true => language.pick("Arguments", "参数"),
            false => language.pick("Options", "选项"),
        };
        arg.help_heading(heading)
    })
}

fn commands(language: Language) -> Vec<Command> {
    let t = |english: &'static str, chinese: &'static str| language.pick(english, chinese);
    let mut all = vec![
        Command::new("explain")
            .about(t("Say why a signature is refused (签名错误).", "说明签名错误的原因。"))
            .arg(document(language))
            .arg(key_file(language))
            .arg(Arg::new("now").long("now").value_name("SECONDS").value_parser(value_parser!(i64)).help(t(
                "APIv3: the clock when the message came, in seconds since 1970. Without it the time is not checked.",
                "APIv3：收到报文时的时钟，1970 年以来的秒数。不给出就不检查时间。",
            )))
            .after_help(t(
                "Examples:\n  wxpaykit explain request.xml\n  pbpaste | wxpaykit explain -\n  wxpaykit explain '{\"appId\":\"wx…\",\"paySign\":\"…\"}'\n\n\
                 It takes a request, a reply or a notification as XML, what a page or an app pays with as JSON, or name=value lines. \
                 WXPAY_API_V3_KEY and WXPAY_APP_SECRET are tried in place of the key, if they are set.\n\n\
                 APIv3: a whole HTTP message in a file, from POST /v3/… HTTP/1.1 or HTTP/1.1 200 OK on, with its headers, an empty line, and the \
                 body byte for byte. One of APIv2 may be given so too. WXPAY_CLIENT_KEY, WXPAY_CLIENT_CERT, WXPAY_PLATFORM_PUBLIC_KEY with WXPAY_PLATFORM_PUBLIC_KEY_ID, and \
                 WXPAY_MCH_ID are compared with it, as far as they are set.",
                "例子：\n  wxpaykit explain request.xml\n  pbpaste | wxpaykit explain -\n  wxpaykit explain '{\"appId\":\"wx…\",\"paySign\":\"…\"}'\n\n\
                 可以是 XML 格式的请求、应答或通知，页面或 App 调起支付的 JSON 参数，或 name=value 各占一行。如果设置了 WXPAY_API_V3_KEY 和 \
                 WXPAY_APP_SECRET，也会试试是不是误用了它们。\n\n\
                 APIv3：把完整的 HTTP 报文存成文件，从 POST /v3/… HTTP/1.1 或 HTTP/1.1 200 OK 开始，包括全部头、一个空行和逐字节的报文体。APIv2 \
                 的报文也可以这样给出。会与 \
                 WXPAY_CLIENT_KEY、WXPAY_CLIENT_CERT、WXPAY_PLATFORM_PUBLIC_KEY 和 WXPAY_PLATFORM_PUBLIC_KEY_ID、WXPAY_MCH_ID 对照，设置了哪些就\
                 对照哪些。",
            )),
        Command::new("sign")
            .about(t("Sign fields or a document.", "对字段或报文签名。"))
            .arg(document(language))
            .arg(key_file(language))
            .arg(
                Arg::new("type")
                    .long("type")
                    .value_name("MD5|HMAC-SHA256")
                    .value_parser(PossibleValuesParser::new(["MD5", "HMAC-SHA256"]))
                    .hide_possible_values(true)
                    .help(t(
                        "The algorithm. Otherwise the document's sign_type, or MD5, as WeChat takes a message without one. A client of the SDK signs its \
                         requests with HMAC-SHA256 unless WXPAY_SIGN_TYPE says otherwise.",
                        "签名算法。默认用报文里的 sign_type；没有时是 MD5，与微信一致。SDK 的客户端默认用 HMAC-SHA256 签名请求（可用 WXPAY_SIGN_TYPE 更改）。",
                    )),
            )
            .arg(flag("xml", t("Print the whole document with its sign, as XML.", "输出带 sign 的完整 XML。")))
            .arg(quiet(t("Print the sign alone.", "只输出签名。")))
            .after_help(t(
                "Examples:\n  wxpaykit sign appid=wx… mch_id=10000100 body=tea\n  wxpaykit sign --xml --type HMAC-SHA256 fields.json",
                "例子：\n  wxpaykit sign appid=wx… mch_id=10000100 body=tea\n  wxpaykit sign --xml --type HMAC-SHA256 fields.json",
            )),
        Command::new("verify")
            .about(t("Check the signature of a message.", "验证报文的签名。"))
            .arg(document(language))
            .arg(key_file(language))
            .arg(quiet(t("Print nothing: the exit code is the answer.", "什么都不输出：看退出码。")))
            .after_help(t(
                "Examples:\n  wxpaykit verify notification.xml\n  wxpaykit verify -q - < body.xml && echo right\n\n\
                 APIv3: a whole HTTP message in a file, as explain takes it. WXPAY_PLATFORM_PUBLIC_KEY and WXPAY_PLATFORM_PUBLIC_KEY_ID verify a reply \
                 or a notification, and WXPAY_CLIENT_CERT or WXPAY_CLIENT_KEY a request. The time is not checked.",
                "例子：\n  wxpaykit verify notification.xml\n  wxpaykit verify -q - < body.xml && echo right\n\n\
                 APIv3：把完整的 HTTP 报文存成文件，与 explain 相同。应答和通知用 WXPAY_PLATFORM_PUBLIC_KEY 与 WXPAY_PLATFORM_PUBLIC_KEY_ID 验证，请求用 \
                 WXPAY_CLIENT_CERT 或 WXPAY_CLIENT_KEY 验证。不检查时间。",
            )),
        Command::new("xml")
            .about(t("Turn XML into fields, or fields into XML.", "XML 与字段互相转换。"))
            .arg(document(language))
            .after_help(t(
                "Examples:\n  wxpaykit xml reply.xml\n  wxpaykit xml --json reply.xml\n  wxpaykit xml body=tea total_fee=1",
                "例子：\n  wxpaykit xml reply.xml\n  wxpaykit xml --json reply.xml\n  wxpaykit xml body=tea total_fee=1",
            )),
        jssdk(language),
        Command::new("decrypt")
            .about(t(
                "Decrypt what WeChat encrypts: req_info of a refund notification, the resource of a notification of APIv3, encryptedData of a \
                 mini program.",
                "解密微信加密的内容：退款通知的 req_info，APIv3 通知的 resource，小程序的 encryptedData。",
            ))
            .arg(document(language))
            .arg(
                Arg::new("kind")
                    .long("kind")
                    .value_name("KIND")
                    .value_parser(EnumValueParser::<EncryptedKind>::new())
                    .hide_possible_values(true)
                    .help(t(
                        "The kind: refund, v3 or miniprogram. Otherwise it is recognised.",
                        "内容的种类：refund、v3 或 miniprogram；默认自动识别。",
                    )),
            )
            .arg(key_file(language))
            .arg(flag("xml", t("Print the decrypted document as it is.", "原样输出解密后的报文。")))
            .after_help(t(
                "Examples:\n  wxpaykit decrypt notification.xml\n  wxpaykit decrypt req_info.txt\n  wxpaykit decrypt notification.json\n  \
                 wxpaykit decrypt encryptedData=@data.txt iv=r7BX…==\n\n\
                 APIv3 is decrypted with WXPAY_API_V3_KEY. Data of a mini program is decrypted with WXPAY_SESSION_KEY, and has to be \
                 for WXPAY_APPID.",
                "例子：\n  wxpaykit decrypt notification.xml\n  wxpaykit decrypt req_info.txt\n  wxpaykit decrypt notification.json\n  \
                 wxpaykit decrypt encryptedData=@data.txt iv=r7BX…==\n\n\
                 APIv3 用 WXPAY_API_V3_KEY 解密。小程序的数据用 WXPAY_SESSION_KEY 解密，并且必须属于 WXPAY_APPID。",
            )),
        Command::new("call")
            .about(t("Send a call of WeChat's, by its name.", "按名字调用微信的接口。"))
            .arg(
                Arg::new("name").value_name("NAME").value_parser(Names).hide_possible_values(true).help(t(
                    "The call, or the path of one that the SDK does not know (/pay/…). Without it, all calls are listed.",
                    "接口名，或 SDK 不认识的接口的路径（/pay/…）。不写则列出全部接口。",
                )),
            )
            .args(fields_of_a_call(language))
            .after_help(t(
                "Examples:\n  wxpaykit call\n  wxpaykit call refundquery --fields\n  wxpaykit call refundquery out_refund_no=R1\n  \
                 wxpaykit call unifiedorder @order.json total_fee=100\n\n\
                 Amounts are integers of fen. Settings are WXPAY_…: wxpaykit doctor shows them.",
                "例子：\n  wxpaykit call\n  wxpaykit call refundquery --fields\n  wxpaykit call refundquery out_refund_no=R1\n  \
                 wxpaykit call unifiedorder @order.json total_fee=100\n\n\
                 金额是整数，单位为分。配置来自 WXPAY_… 变量：wxpaykit doctor 会列出它们。",
            )),
    ];
    all.extend(SHORT.iter().map(|short| short_call(short, language)));
    all.extend([
        Command::new("bill")
            .about(t("Print the bill of a day.", "输出一天的账单。"))
            .args(fields_of_a_call(language))
            .arg(flag("v3", t(
                "Use APIv3. This is the default when only keys of APIv3 are set.",
                "使用 APIv3。只设置了 APIv3 的密钥时，默认如此。",
            )))
            .arg(flag("fund-flow", t("The fund flow instead of payments and refunds.", "输出资金账单，而不是交易账单。")))
            .arg(Arg::new("format").long("format").value_name("FORMAT").help(t(
                "csv, which is the only one. Python writes Parquet: --format parquet shows how.",
                "只有 csv。Parquet 由 Python 写：--format parquet 会给出写法。",
            )))
            .after_help(t(
                "Examples:\n  wxpaykit bill bill_date=2026-11-27 tar_type=GZIP\n  wxpaykit bill --v3 --fund-flow bill_date=2026-11-27\n  \
                 wxpaykit bill --fields\n\n\
                 It calls downloadbill or downloadfundflow; with --v3, v3.tradebill or v3.fundflowbill. If the bill was cut short or changed, the \
                 command ends with an error and prints no totals; if it was changed, do not use the rows above.",
                "例子：\n  wxpaykit bill bill_date=2026-11-27 tar_type=GZIP\n  wxpaykit bill --v3 --fund-flow bill_date=2026-11-27\n  \
                 wxpaykit bill --fields\n\n\
                 调用 downloadbill 或 downloadfundflow；加 --v3 则调用 v3.tradebill 或 v3.fundflowbill。账单被截断或改动时，命令报错，不输出汇总；\
                 若被改动，已输出的行不可使用。",
            )),
        Command::new("notify")
            .about(t("Post a signed test notification of a payment to a shop.", "向商城发送一个带签名的测试支付通知。"))
            .arg(Arg::new("to").long("to").value_name("URL").help(t(
                "The shop's address for notifications. Without it, the notification is printed.",
                "商城接收通知的地址。不写则只输出通知。",
            )))
            .arg(flag("v3", t("A notification of APIv3.", "发送 APIv3 的通知。")))
            .arg(Arg::new("platform-key-file").long("platform-key-file").requires("v3").value_name("FILE").help(t(
                "APIv3: the private key that signs in WeChat Pay's place. The shop needs its public key as platform_public_key.",
                "APIv3：代替微信支付签名的私钥文件。商城的 platform_public_key 要设为对应的公钥。",
            )))
            .arg(fields(language))
            .arg(key_file(language))
            .after_help(t(
                "Examples:\n  wxpaykit notify --to http://127.0.0.1:8000/wxpay/notify out_trade_no=T1 total_fee=100\n  \
                 wxpaykit notify --v3 --platform-key-file test-key.pem --to http://127.0.0.1:8000/wxpay/notify amount.total=100\n\n\
                 A shop that asks WeChat about the order, as it should, refuses a payment that WeChat does not know: this tests the way to the \
                 shop, its signature and its answer. The emulator sends notifications of payments that it knows.",
                "例子：\n  wxpaykit notify --to http://127.0.0.1:8000/wxpay/notify out_trade_no=T1 total_fee=100\n  \
                 wxpaykit notify --v3 --platform-key-file test-key.pem --to http://127.0.0.1:8000/wxpay/notify amount.total=100\n\n\
                 商城收到通知后应当查单，微信查不到的支付会被拒绝：这里测试的是网络是否通、验签和应答。模拟器会发送它自己有记录的支付的通知。",
            )),
        Command::new("doctor")
            .about(t("Check the settings, the key, the certificate, the clock and the network.", "检查配置、密钥、证书、时钟和网络。"))
            .arg(key_file(language))
            .after_help(t(
                "Examples:\n  wxpaykit doctor\n  wxpaykit doctor --json\n\n\
                 It sends an orderquery for a number that no order has, and asks for a token if there is an AppSecret. Nothing is changed.",
                "例子：\n  wxpaykit doctor\n  wxpaykit doctor --json\n\n\
                 会查询一个不存在的订单；设置了 AppSecret 时还会获取一次 token。不会改变任何东西。",
            )),
        Command::new("emulator")
            .about(t("Start the emulator of WeChat Pay, if it is installed.", "启动微信支付模拟器（需已安装）。"))
            .arg(
                Arg::new("arguments")
                    .value_name("OPTION")
                    .num_args(0..)
                    .trailing_var_arg(true)
                    .allow_hyphen_values(true)
                    .help(t("Options of wxpaykit-emulator, after --.", "wxpaykit-emulator 的选项，写在 -- 之后。")),
            )
            .after_help(t(
                "Examples:\n  wxpaykit emulator\n  wxpaykit emulator -- --port 0\n  wxpaykit emulator -- --help",
                "例子：\n  wxpaykit emulator\n  wxpaykit emulator -- --port 0\n  wxpaykit emulator -- --help",
            )),
        Command::new("completion")
            .about(t("Print the completion of a shell.", "输出 shell 的补全脚本。"))
            .arg(
                Arg::new("shell")
                    .value_name("bash|zsh|fish")
                    .required(true)
                    .value_parser(PossibleValuesParser::new(SHELLS))
                    .hide_possible_values(true)
                    .help(t("The shell.", "哪个 shell。")),
            )
            .after_help(t(
                "Examples:\n  bash:  eval \"$(wxpaykit completion bash)\"\n  zsh:   eval \"$(wxpaykit completion zsh)\"\n  \
                 fish:  wxpaykit completion fish | source",
                "例子：\n  bash:  eval \"$(wxpaykit completion bash)\"\n  zsh:   eval \"$(wxpaykit completion zsh)\"\n  \
                 fish:  wxpaykit completion fish | source",
            )),
        Command::new("help")
            .about(t("Print the help of a command.", "输出某个命令的帮助。"))
            .arg(Arg::new("command").value_name("COMMAND").num_args(0..).help(t("The command.", "命令名。"))),
    ]);
    all
}

fn jssdk(language: Language) -> Command {
    let t = |english: &'static str, chinese: &'static str| language.pick(english, chinese);
    let ticket = || {
        Arg::new("ticket-file").long("ticket-file").value_name("FILE").help(t(
            "A file with the jsapi_ticket. Otherwise WXPAY_JSAPI_TICKET, or one that WeChat gives for appid and AppSecret.",
            "存有 jsapi_ticket 的文件。默认用 WXPAY_JSAPI_TICKET，或用 appid 和 AppSecret 向微信获取。",
        ))
    };
    let sign = Command::new("sign")
        .about(t(
            "Sign the URL of a page: print the argument of wx.config.",
            "对页面 URL 签名：输出 wx.config 的参数。",
        ))
        .arg(Arg::new("url").value_name("URL").required(true).help(t(
            "The page's own URL, with its query (location.href).",
            "页面自己的完整 URL，包括查询参数（location.href）。",
        )))
        .arg(
            Arg::new("api")
                .long("api")
                .value_name("NAME")
                .action(ArgAction::Append)
                .help(t("A name for jsApiList; may be repeated.", "jsApiList 里的接口名，可以重复。")),
        )
        .arg(ticket())
        .after_help(t(
            "Example:\n  wxpaykit jssdk sign 'https://shop.example/tea?id=1' --api chooseWXPay",
            "例子：\n  wxpaykit jssdk sign 'https://shop.example/tea?id=1' --api chooseWXPay",
        ));
    let explain = Command::new("explain")
        .about(t("Say why wx.config fails with invalid signature.", "说明 wx.config 为什么报 invalid signature。"))
        .arg(Arg::new("url").long("url").value_name("URL").required(true).help(t(
            "The URL at which the browser is: location.href.",
            "浏览器实际所在的 URL：location.href。",
        )))
        .arg(
            Arg::new("signed-url")
                .long("signed-url")
                .value_name("URL")
                .help(t("The URL that the server signed, if it is known.", "服务器签名时用的 URL（如果知道）。")),
        )
        .arg(document(language))
        .arg(ticket())
        .after_help(t(
            "Example:\n  wxpaykit jssdk explain --url 'https://shop.example/?from=singlemessage' '{\"nonceStr\":\"…\",\"timestamp\":1,\"signature\":\"…\"}'",
            "例子：\n  wxpaykit jssdk explain --url 'https://shop.example/?from=singlemessage' '{\"nonceStr\":\"…\",\"timestamp\":1,\"signature\":\"…\"}'",
        ));
    let mut all = Command::new("jssdk")
        .about(t("Sign a page for wx.config, or explain why it fails.", "为 wx.config 签名，或说明它为什么失败。"))
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading(t("Commands", "命令"))
        .after_help(t(
            "Example:\n  wxpaykit jssdk sign 'https://shop.example/tea?id=1' --api chooseWXPay",
            "例子：\n  wxpaykit jssdk sign 'https://shop.example/tea?id=1' --api chooseWXPay",
        ));
    for command in [sign, explain] {
        all =
            all.subcommand(headed(command.disable_help_flag(true).help_template(template(language, false)), language));
    }
    all
}

fn short_call(Short { name: short, v2: name, v3, of_v3 }: &'static Short, language: Language) -> Command {
    let about = match (*short, language) {
        ("order", Language::English) => "Create an order: call unifiedorder.",
        ("order", Language::Chinese) => "下单：即 call unifiedorder。",
        ("query", Language::English) => "Ask for an order's state: call orderquery.",
        ("query", Language::Chinese) => "查询订单：即 call orderquery。",
        ("close", Language::English) => "Close an order that is not paid: call closeorder.",
        ("close", Language::Chinese) => "关闭未支付的订单：即 call closeorder。",
        (_, Language::English) => "Refund an order: call refund.",
        (_, Language::Chinese) => "退款：即 call refund。",
    };
    let example = match *short {
        "order" => {
            "body=tea out_trade_no=T1 total_fee=100 spbill_create_ip=203.0.113.9 trade_type=NATIVE product_id=tea"
        }
        "refund" => "out_trade_no=T1 out_refund_no=R1 total_fee=100 refund_fee=30",
        _ => "out_trade_no=T1",
    };
    let examples = language.pick("Examples:", "例子：");
    let alone = match (v3, language) {
        (Some(v3), Language::English) => format!("Where only keys of APIv3 are set, it is {v3}."),
        (Some(v3), Language::Chinese) => format!("只设置了 APIv3 的密钥时，即 call {v3}。"),
        (None, Language::English) => format!("APIv3 takes other fields: {of_v3}"),
        (None, Language::Chinese) => format!("APIv3 的字段不同：{of_v3}"),
    };
    Command::new(*short).about(about).args(fields_of_a_call(language)).after_help(format!(
        "{examples}\n  wxpaykit {short} {example}\n  wxpaykit {short} --fields   ({name})\n\n{alone}"
    ))
}

/// Help with Chinese in place of clap's own words, and Chinese colons after its headings.
pub(crate) fn in_words(help: String, language: Language) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("[OPTIONS]", "[选项]"),
        ("<COMMAND>", "<命令>"),
        ("[COMMAND]", "[命令]"),
        ("\n参数:\n", "\n参数：\n"),
        ("\n选项:\n", "\n选项：\n"),
    ];
    match language {
        Language::English => help,
        Language::Chinese => WORDS.iter().fold(help, |help, (word, chinese)| help.replace(word, chinese)),
    }
}

/// A template: clap's own words are English.
fn template(language: Language, has_commands: bool) -> &'static str {
    match (language, has_commands) {
        (Language::English, true) => {
            "{about}\n\nUsage: {usage}\n\nCommands:\n{subcommands}\n\nOptions:\n{options}{after-help}\n"
        }
        (Language::English, false) => "{about}\n\nUsage: {usage}\n\n{all-args}{after-help}\n",
        (Language::Chinese, true) => {
            "{about}\n\n用法：{usage}\n\n命令：\n{subcommands}\n\n选项：\n{options}{after-help}\n"
        }
        (Language::Chinese, false) => "{about}\n\n用法：{usage}\n\n{all-args}{after-help}\n",
    }
}

/// The options that every command has.
fn globals(language: Language) -> [Arg; 4] {
    let t = |english: &'static str, chinese: &'static str| language.pick(english, chinese);
    let heading = t("Options", "选项");
    let help =
        Arg::new("help").long("help").short('h').action(ArgAction::Help).help(t("Print the help.", "输出帮助。"));
    let all = [
        Arg::new("json").long("json").action(ArgAction::SetTrue).help(t(
            "Print the result as JSON; errors too, on standard error.",
            "以 JSON 输出结果；错误也是 JSON，写到标准错误。",
        )),
        Arg::new("lang")
            .long("lang")
            .value_name("en|zh")
            .value_parser(PossibleValuesParser::new(["en", "zh"]))
            .hide_possible_values(true)
            .help(t(
                "The language. Otherwise WXPAYKIT_LANG, or the locale.",
                "语言。默认取 WXPAYKIT_LANG 或系统语言。",
            )),
        Arg::new("color")
            .long("color")
            .value_name("auto|always|never")
            .value_parser(PossibleValuesParser::new(["auto", "always", "never"]))
            .hide_possible_values(true)
            .help(t(
                "Colours: on a terminal unless NO_COLOR is set.",
                "颜色：默认只在终端上使用；设置 NO_COLOR 则不用。",
            )),
        help,
    ];
    all.map(|arg| arg.global(true).help_heading(heading))
}

fn version(language: Language) -> Arg {
    let (heading, text) = (language.pick("Options", "选项"), language.pick("Print the version.", "输出版本号。"));
    Arg::new("version").long("version").short('V').action(ArgAction::Version).help(text).help_heading(heading)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn quiet(help: &'static str) -> Arg {
    flag("quiet", help).short('q')
}

fn key_file(language: Language) -> Arg {
    Arg::new("key-file").long("key-file").value_name("FILE").help(language.pick(
        "A file with the API key. Otherwise WXPAY_API_KEY or WXPAY_API_KEY_FILE, or a question at the terminal.",
        "存有 API 密钥的文件。默认用 WXPAY_API_KEY 或 WXPAY_API_KEY_FILE，或在终端上提问。",
    ))
}

fn document(language: Language) -> Arg {
    Arg::new("fields").value_name("FILE|-|name=value").num_args(0..).help(language.pick(
        "The document: a file (@FILE too), - for standard input, the text itself, or its fields.",
        "报文：文件名（或 @文件名）、- 表示标准输入、报文本身，或各个字段。",
    ))
}

fn fields(language: Language) -> Arg {
    Arg::new("fields").value_name("name=value").num_args(0..).help(language.pick(
        "Fields by WeChat's names. name=@FILE takes the file's content; @FILE or - is a document with more fields.",
        "字段，用微信的字段名。name=@文件名 取文件内容；@文件名 或 - 是含有更多字段的报文。",
    ))
}

fn fields_of_a_call(language: Language) -> [Arg; 3] {
    let text = language.pick("List the fields of the call.", "列出该接口的字段。");
    [fields(language), key_file(language), flag("fields-of", text).long("fields")]
}

/// The names of all calls, for completion. Any text is taken: it may be a path.
#[derive(Clone)]
struct Names;

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &std::ffi::OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(registry::all().map(|call| PossibleValue::new(call.name))))
    }
}

/// The name of the subcommand: the first argument that is neither an option nor the value of one.
fn command_name<'a>(args: &'a [Cow<'_, str>]) -> Option<&'a str> {
    let mut args = args.iter().map(AsRef::as_ref);
    while let Some(arg) = args.next() {
        match arg {
            "--lang" | "--color" => drop(args.next()),
            _ if arg.starts_with('-') => {}
            _ => return Some(arg),
        }
    }
    None
}

/// The name of a secret that is given on the command line.
fn secret(args: &[OsString]) -> Option<String> {
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let command = command_name(&args);
    if command == Some("emulator") {
        return None;
    }
    let sends_a_call =
        command.is_some_and(|command| command == "call" || SHORT.iter().any(|short| short.name == command));
    args.iter().take_while(|arg| *arg != "--").find_map(|arg| {
        let (name, value) = arg.split_once('=').map_or((arg.as_ref(), None), |(name, value)| (name, Some(value)));
        let is_option = name.starts_with("--");
        // The field of a call may come from a file, as the refusal says.
        let is_in_file =
            sends_a_call && !is_option && value.is_some_and(|value| value.starts_with('@') && !value.starts_with("@@"));
        ((is_option || value.is_some()) && !is_in_file && is_secret_name(name)).then(|| name.to_owned())
    })
}

/// Why a secret is not taken from the command line.
pub(crate) fn refusal(name: &str, language: Language) -> String {
    let Some(variable) = variable_of(name) else {
        // A token is the field of a call, and no setting.
        return match language {
            Language::English => format!(
                "{name}: a secret is not taken from the command line, because the shell's history and ps show it to others: give a file \
                 to the call that sends it ({name}=@FILE)"
            ),
            Language::Chinese => format!(
                "{name}：密钥不能写在命令行上，shell 历史和 ps 会让别人看到：请在发送它的接口里给出文件（{name}=@文件名）"
            ),
        };
    };
    match language {
        Language::English => format!(
            "{name}: a secret is not taken from the command line, because the shell's history and ps show it to others: set its variable \
             ({variable}, {variable}_FILE …), or give a file (--key-file FILE, name=@FILE)"
        ),
        Language::Chinese => format!(
            "{name}：密钥不能写在命令行上，shell 历史和 ps 会让别人看到：请设置环境变量（{variable}、{variable}_FILE 等），或给出文件\
             （--key-file 文件名、name=@文件名）"
        ),
    }
}

fn no_command(language: Language) -> String {
    language.pick("give a command: wxpaykit --help lists them", "请给出命令：wxpaykit --help 会列出全部命令").to_owned()
}

/// The call that the name of a command is: its whole name, or the last part of one of APIv3.
fn call_named(name: &str) -> Option<&'static str> {
    let snake = name.replace('-', "_");
    let is_part = |known: &str| known.rsplit('.').next() == Some(&*snake);
    let names = || registry::all().map(|call| call.name);
    names().find(|known| *known == snake).or_else(|| names().find(|known| is_part(known)))
}

/// What is wrong, in a sentence. Values are not repeated: they may be secrets in the wrong place.
fn explained(error: &clap::Error, command: &str, language: Language) -> Stop {
    let english = language == Language::English;
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(language.pick(", ", "、")),
        _ => String::new(),
    };
    let arg = context(ContextKind::InvalidArg);
    let option = arg.split([' ', '=']).next().unwrap_or_default().to_owned();
    let said = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return Stop::Text(in_words(error.render().to_string(), language));
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand);
            // A longer text is no command that somebody misspelled, and may be a key.
            let name = Some(name).filter(|name| {
                name.len() <= 20
                    && name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b'.' | b'3'))
            });
            let call = name.as_deref().and_then(call_named);
            let similar = match error.get(ContextKind::SuggestedSubcommand) {
                Some(ContextValue::String(name)) => name.as_str(),
                Some(ContextValue::Strings(names)) => names.first().map_or("", String::as_str),
                _ => "",
            };
            match (name, english) {
                (Some(name), true) if call.is_some() => {
                    format!("there is no command {name}: is it wxpaykit call {}?", call.unwrap_or_default())
                }
                (Some(name), false) if call.is_some() => {
                    format!("没有命令 {name}：是不是 wxpaykit call {}？", call.unwrap_or_default())
                }
                (Some(name), true) if !similar.is_empty() => {
                    format!("there is no command {name}: is it {command} {similar}?")
                }
                (Some(name), false) if !similar.is_empty() => format!("没有命令 {name}：是不是 {command} {similar}？"),
                (Some(name), true) => format!("there is no command {name}"),
                (Some(name), false) => format!("没有命令 {name}"),
                (None, true) => "there is no such command".to_owned(),
                (None, false) => "没有这个命令".to_owned(),
            }
        }
        ErrorKind::MissingSubcommand => return Stop::Wrong(no_command(language)),
        ErrorKind::UnknownArgument if !arg.starts_with('-') => {
            language.pick("there are too many arguments", "参数太多").to_owned()
        }
        ErrorKind::UnknownArgument if english => format!("there is no option {option}"),
        ErrorKind::UnknownArgument => format!("没有选项 {option}"),
        ErrorKind::MissingRequiredArgument if english => format!("{arg} is missing"),
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
        ErrorKind::InvalidValue if context(ContextKind::ValidValue).is_empty() && english => {
            format!("{option} needs a value")
        }
        ErrorKind::InvalidValue if context(ContextKind::ValidValue).is_empty() => format!("{option} 需要一个值"),
        ErrorKind::InvalidValue if english => {
            format!("{} must be one of {}", arg_name(&arg), context(ContextKind::ValidValue))
        }
        ErrorKind::InvalidValue => format!("{} 必须是 {} 之一", arg_name(&arg), context(ContextKind::ValidValue)),
        ErrorKind::ArgumentConflict if english => {
            format!("{option} is given twice, or with another option that excludes it")
        }
        ErrorKind::ArgumentConflict => format!("{option} 重复出现，或与别的选项冲突"),
        ErrorKind::InvalidUtf8 => language.pick("an argument is not UTF-8", "有参数不是 UTF-8").to_owned(),
        _ if english => format!("{option} is wrong"),
        _ => format!("{option} 有误"),
    };
    Stop::Wrong(match language {
        // It ends in a question, which is help enough.
        _ if said.ends_with(['?', '？']) => said,
        Language::English => format!("{said}: see {command} --help"),
        Language::Chinese => format!("{said}：请看 {command} --help"),
    })
}

/// The command that a command line names, with the one inside it: `wxpaykit jssdk explain`.
fn named_by(args: &[OsString], language: Language) -> String {
    let (mut at, mut name) = (command(language), "wxpaykit".to_owned());
    for arg in args.iter().filter_map(|arg| arg.to_str()).filter(|arg| !arg.starts_with('-')) {
        let Some(inner) = at.find_subcommand(arg).cloned() else { break };
        name = format!("{name} {}", inner.get_name());
        at = inner;
    }
    name
}

/// `--kind` of `--kind <refund>`; the values of a positional argument.
fn arg_name(arg: &str) -> &str {
    if arg.starts_with('-') { arg.split([' ', '=']).next().unwrap_or(arg) } else { arg }
}
