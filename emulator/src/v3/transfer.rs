//! The rows of transfers to customers and of their receipts (protocol v3 §11.1 to §11.3).

use serde_json::{Value, json};

use super::order::RESULT_NOTIFY_URL;
use super::rules::{Row, Success, ValidRequest, row};
use super::schema::{LETTERS, Member, integer, list, object, sealed, text};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::bill_files;
use crate::wechat::receipts;
use crate::wechat::transfers::{self, TransferNumber, TransferRequest};
use crate::wechat::v3_error::V3Error;

const OUT_BILL_NO: Member = text("out_bill_no", "商户单号", 32).form(LETTERS).required();

pub(super) const CREATE: Row = Row {
    body: Some(&[
        text("appid", "商户AppID", 32).required(),
        OUT_BILL_NO,
        text("transfer_scene_id", "转账场景ID", 36).required(),
        text("openid", "收款用户OpenID", 64).required(),
        sealed("user_name", "收款用户姓名"),
        integer("transfer_amount", "转账金额", 1).required(),
        text("transfer_remark", "转账备注", 32).required(),
        RESULT_NOTIFY_URL,
        text("user_recv_perception", "用户收款感知", 65_535),
        list(
            "transfer_scene_report_infos",
            "转账场景报备信息",
            &[text("info_type", "信息类型", 15).required(), text("info_content", "信息内容", 32).required()],
            1,
            10,
        )
        .required(),
        object(
            "user_recv_style",
            "用户收款样式",
            &[text("type", "样式类型", 32).words(&["CONFIRM_PAGE", "RED_PACKET"])],
        ),
    ]),
    own_mch_id: &[],
    ..row("POST", "/v3/fund-app/mch-transfer/transfer-bills", create)
};

pub(super) const QUERY_NUMBER: Row = Row {
    in_path: &[text("out_bill_no", "商户单号", 32)],
    own_mch_id: &[],
    ..row("GET", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}", |app, asked| {
        transfers::query(app, asked.merchant, &TransferNumber::OutBillNo(asked.in_path("out_bill_no")))
            .map(Success::Json)
    })
};

pub(super) const QUERY_ID: Row = Row {
    in_path: &[text("transfer_bill_no", "微信转账单号", 64)],
    own_mch_id: &[],
    ..row("GET", "/v3/fund-app/mch-transfer/transfer-bills/transfer-bill-no/{transfer_bill_no}", |app, asked| {
        transfers::query(app, asked.merchant, &TransferNumber::BillNo(asked.in_path("transfer_bill_no")))
            .map(Success::Json)
    })
};

pub(super) const CANCEL: Row = Row {
    in_path: &[text("out_bill_no", "商户单号", 32)],
    own_mch_id: &[],
    ..row("POST", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/{out_bill_no}/cancel", |app, asked| {
        transfers::cancel(app, asked.merchant, asked.in_path("out_bill_no")).map(Success::Json)
    })
};

const TRANSFER_BILL_NO: Member = text("transfer_bill_no", "微信转账单号", 64).required();

pub(super) const RECEIPT_NUMBER: Row = Row {
    body: Some(&[OUT_BILL_NO]),
    own_mch_id: &[],
    ..row("POST", "/v3/fund-app/mch-transfer/elecsign/out-bill-no", |app, asked| {
        receipts::apply(app, asked.merchant, &TransferNumber::OutBillNo(asked.given("/out_bill_no"))).map(Success::Json)
    })
};

pub(super) const RECEIPT_ID: Row = Row {
    body: Some(&[TRANSFER_BILL_NO]),
    own_mch_id: &[],
    ..row("POST", "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no", |app, asked| {
        receipts::apply(app, asked.merchant, &TransferNumber::BillNo(asked.given("/transfer_bill_no")))
            .map(Success::Json)
    })
};

pub(super) const QUERY_RECEIPT_NUMBER: Row = Row {
    in_path: &[text("out_bill_no", "商户单号", 32)],
    own_mch_id: &[],
    ..row("GET", "/v3/fund-app/mch-transfer/elecsign/out-bill-no/{out_bill_no}", |app, asked| {
        let named = TransferNumber::OutBillNo(asked.in_path("out_bill_no"));
        receipts::query(app, asked.merchant, &named, asked.base_url).map(Success::Json)
    })
};

pub(super) const QUERY_RECEIPT_ID: Row = Row {
    in_path: &[text("transfer_bill_no", "微信转账单号", 64)],
    own_mch_id: &[],
    ..row("GET", "/v3/fund-app/mch-transfer/elecsign/transfer-bill-no/{transfer_bill_no}", |app, asked| {
        let named = TransferNumber::BillNo(asked.in_path("transfer_bill_no"));
        receipts::query(app, asked.merchant, &named, asked.base_url).map(Success::Json)
    })
};

/// It ignores names that it does not know, such as `source`.
pub(super) const DOWNLOAD: Row = Row {
    query: &[text("token", "下载凭证", 2048).required()],
    any_query: true,
    own_mch_id: &[],
    unsigned: true,
    ..row("GET", "/v3/transferdownload/elecvoucherfile", |app, asked| {
        bill_files::download(app, asked.merchant, asked.in_query("token").unwrap_or_default()).map(Success::File)
    })
};

/// The most of a red packet, in fen.
const MOST_OF_RED_PACKET: u64 = 20_000;

/// The items that a scene has to report, each once (protocol v3 §11.1, which has those of two scenes; those of the others are not checked).
const REPORTS: &[(&str, &[&str])] = &[("1000", &["活动名称", "奖励说明"]), ("1005", &["岗位类型", "报酬说明"])];

/// Checks that the scene is opened for the merchant, and that its items are reported.
fn check_scene(asked: &ValidRequest<'_>) -> Result<(), V3Error> {
    let scene = asked.given("/transfer_scene_id");
    if !asked.merchant.transfer_scenes.iter().any(|opened| opened == scene) {
        return Err(V3Error::invalid("你尚未获取该转账场景").because(Explanation::reason(Reason::TRANSFER_SCENE)));
    }
    let Some((_, wanted)) = REPORTS.iter().find(|(known, _)| *known == scene) else { return Ok(()) };
    let infos = asked.body.get("transfer_scene_report_infos").and_then(Value::as_array);
    let types = infos.into_iter().flatten().filter_map(|info| info.get("info_type").and_then(Value::as_str));
    let (mut given, mut wanted): (Vec<&str>, Vec<&str>) = (types.collect(), wanted.to_vec());
    given.sort_unstable();
    wanted.sort_unstable();
    if given == wanted {
        return Ok(());
    }
    let (given, wanted) = (given.join("、"), wanted.join("、"));
    let english = format!("scene {scene} needs each of these info_types once: {wanted}. The request has {given}");
    let chinese = format!("转账场景 {scene} 的 info_type 应为 {wanted}，各一项；收到的是 {given}");
    // As merchants quote it in WeChat's community.
    let refused = V3Error::parameter("未传入完整且对应的转账场景报备信息，请根据接口文档检查");
    Err(refused.because(Explanation::with_values("scene_reports", english, chinese)))
}

fn create(app: &App, asked: &ValidRequest<'_>) -> Result<Success, V3Error> {
    check_scene(asked)?;
    let amount = asked.number("/transfer_amount").unwrap_or_default();
    if asked.text("/user_recv_style/type") == Some("RED_PACKET") && amount > MOST_OF_RED_PACKET {
        let english =
            format!("/body/transfer_amount is {amount} fen, and a red packet has at most {MOST_OF_RED_PACKET}");
        let chinese = format!("/body/transfer_amount 为 {amount} 分，红包样式最多 {MOST_OF_RED_PACKET} 分");
        // not captured
        let refused = V3Error::parameter("红包样式的转账金额不能超过200元");
        let refused = refused.with(json!({ "location": "body", "value": amount }));
        return Err(refused.because(Explanation::with_values("field_format", english, chinese)));
    }
    let given = |pointer: &str| asked.given(pointer).to_owned();
    let transferring = TransferRequest {
        appid: given("/appid"),
        out_bill_no: given("/out_bill_no"),
        openid: given("/openid"),
        user_name: asked.text("/user_name").map(str::to_owned),
        amount,
        remark: given("/transfer_remark"),
        notify_url: asked.text("/notify_url").map(str::to_owned),
        // The name is decrypted by now: its cipher text is another one each time.
        v3: asked.of_v3(),
    };
    transfers::create(app, asked.merchant, transferring).map(Success::Json)
}
