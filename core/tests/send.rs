//! What a web framework asks of the crate: futures that run in spawned tasks, and its own types of bodies and headers.

use wxpaykit::client::{BillText, HandlerError};
use wxpaykit::v3::{Call, Download, Headers, Upload};
use wxpaykit::{
    Bill, CodeOptions, ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Downloadbill, Fen, Incoming, Orderquery,
    Pending, PendingRefund, PendingTransfer, V3File, V3Refund, V3Tradebill,
};

/// The compiler refuses a future that is not `Send`, and names other types than those at fault.
fn spawned<T: Send>(future: impl Future<Output = T> + Send) {
    drop(future);
}

struct Shop;

impl Shop {
    async fn paid(&self, _: &ConfirmedPayment) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn refunded(&self, _: &ConfirmedRefund) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn transferred(&self, _: &ConfirmedTransfer) -> Result<(), HandlerError> {
        Ok(())
    }
}

/// What is not made without a reply. Nothing calls it: that it compiles is the test.
#[allow(dead_code)]
fn files(bills: [Bill; 3], files: [V3File; 2], mut text: BillText) {
    let (mut bytes, [saved, compared, mut read]) = (0, bills);
    spawned(saved.save("bill.csv", |read| bytes = read));
    spawned(compared.compare(vec![]));
    spawned(read.next());
    spawned(read.next_batch());
    spawned(text.next());
    let [saved, mut read] = files;
    spawned(saved.save("receipt.pdf", |read| bytes = read));
    spawned(read.next());
}

#[test]
fn calls_run_in_spawned_tasks() {
    super::common::within(async {
        let pay = super::common::client(super::common::options("http://127.0.0.1:9"));
        let (v3, notify, shop) = (pay.v3(), pay.notify(), Shop);
        let (download, call) = (Download::new("https://api.mch.weixin.qq.com/v3/x"), Call::default());
        spawned(v3.download(&download));
        spawned(v3.download_stream(&download));
        spawned(v3.upload(Upload::file("a.png")));
        spawned(v3.call(&call));
        spawned(v3.tradebill(V3Tradebill::new()));
        spawned(v3.refund(V3Refund::new()));
        spawned(pay.downloadbill(Downloadbill::new()));
        spawned(pay.orderquery(Orderquery::new()));
        spawned(pay.check());
        spawned(notify.confirm(b"<xml></xml>"));
        spawned(notify.begin(b"<xml></xml>"));
        spawned(notify.confirm_refund(b"<xml></xml>"));
        spawned(pay.oauth().access_token("code"));
        let (order, refund) = (Pending::new("A1", Fen(88), 0), PendingRefund::new("R1", Fen(8), 0));
        let transfer = PendingTransfer::new("T1", Fen(8), 0);
        spawned(pay.reconcile(&order, async |payment, _| shop.paid(&payment).await));
        let refunded = async |refund: ConfirmedRefund, _| shop.refunded(&refund).await;
        spawned(pay.reconcile_refund(&refund, refunded, refunded));
        let transferred = async |transfer: ConfirmedTransfer, _| shop.transferred(&transfer).await;
        spawned(pay.reconcile_transfer(&transfer, transferred, transferred));
        let options = CodeOptions::default().reverse(false).within(std::time::Duration::from_secs(20));
        assert!(!options.reverse);
        spawned(pay.resume_pay_by_code("A1", Fen(88), None, options));
        let handler =
            notify.handler().amount_of(async |_| Ok(Fen(88))).on_paid(async |payment, _| shop.paid(&payment).await);
        spawned(async { handler.handle(b"<xml></xml>").await.status });
    });
}

#[test]
fn bodies_and_headers_of_frameworks_are_taken() {
    let mut given = http::HeaderMap::new();
    given.insert("Wechatpay-Serial", "PUB_KEY_ID_0119".parse().unwrap());
    given.append("wechatpay-nonce", "first".parse().unwrap());
    given.append("wechatpay-nonce", "second".parse().unwrap());
    given.insert("Wechatpay-Signature", http::HeaderValue::from_bytes(b"\xff").unwrap());
    let headers = Headers::from(&given);
    assert_eq!((headers.serial.as_deref(), headers.nonce.as_deref()), (Some("PUB_KEY_ID_0119"), Some("first")));
    assert_eq!(headers.missing(), ["Wechatpay-Timestamp", "Wechatpay-Signature"]);
    let body = bytes::Bytes::from_static(b"{}");
    assert!(Incoming::from(&body).is_v3());
    assert_eq!(Incoming::new(&body, &headers).body(), b"{}");
}
