//! A method for each call of the table, under its own name.

// Written by `cargo xtask gen` from the table of calls; edit the table instead.

use super::bills::Bill;
use super::inner::WxPay;
use super::jssdk::Jssdk;
use super::oauth::Oauth;
use super::v3::V3;
use super::wecom::Wecom;
use crate::error::Error;
use crate::platform::jssdk::AccessToken;
use crate::platform::jssdk::JssdkGetticket;
use crate::platform::jssdk::JssdkStableToken;
use crate::platform::jssdk::JssdkToken;
use crate::platform::jssdk::Ticket;
use crate::platform::miniprogram::MiniprogramSession;
use crate::platform::miniprogram::OauthChecksession;
use crate::platform::miniprogram::OauthComponentJscode2session;
use crate::platform::miniprogram::OauthGetuserphonenumber;
use crate::platform::miniprogram::OauthJscode2session;
use crate::platform::miniprogram::PhoneNumber;
use crate::platform::oauth::OauthAccessToken;
use crate::platform::oauth::OauthAuth;
use crate::platform::oauth::OauthComponentAccessToken;
use crate::platform::oauth::OauthComponentRefreshToken;
use crate::platform::oauth::OauthRefreshToken;
use crate::platform::oauth::OauthUserinfo;
use crate::platform::oauth::UserInfo;
use crate::platform::oauth::WebToken;
use crate::platform::wecom::WecomConvertToOpenid;
use crate::platform::wecom::WecomGetAgentTicket;
use crate::platform::wecom::WecomGetJsapiTicket;
use crate::platform::wecom::WecomGettoken;
use crate::platform::wecom::WecomGetuserinfo;
use crate::platform::wecom::WecomOpenid;
use crate::platform::wecom::WecomVisitor;
use crate::v2::bill::Batchquerycomment;
use crate::v2::bill::BatchquerycommentReply;
use crate::v2::bill::Downloadbill;
use crate::v2::bill::Downloadfundflow;
use crate::v2::code::Authcodetoopenid;
use crate::v2::code::AuthcodetoopenidReply;
use crate::v2::code::Micropay;
use crate::v2::code::MicropayReply;
use crate::v2::code::Reverse;
use crate::v2::code::ReverseReply;
use crate::v2::order::Closeorder;
use crate::v2::order::CloseorderReply;
use crate::v2::order::Orderquery;
use crate::v2::order::OrderqueryReply;
use crate::v2::order::Unifiedorder;
use crate::v2::order::UnifiedorderReply;
use crate::v2::refund::Refund;
use crate::v2::refund::RefundReply;
use crate::v2::refund::Refundquery;
use crate::v2::refund::RefundqueryReply;
use crate::v2::tools::Getsignkey;
use crate::v2::tools::GetsignkeyReply;
use crate::v2::tools::Report;
use crate::v2::tools::ReportReply;
use crate::v2::tools::Shorturl;
use crate::v2::tools::ShorturlReply;
use crate::v2::workwx::Paywwsptrans2pocket;
use crate::v2::workwx::Paywwsptrans2pocketReply;
use crate::v2::workwx::Queryworkwxredpack;
use crate::v2::workwx::QueryworkwxredpackReply;
use crate::v2::workwx::Querywwsptrans2pocket;
use crate::v2::workwx::Querywwsptrans2pocketReply;
use crate::v2::workwx::Sendworkwxredpack;
use crate::v2::workwx::SendworkwxredpackReply;
use crate::v3::bill::V3EcommerceFundflowbill;
use crate::v3::bill::V3Fundflowbill;
use crate::v3::bill::V3SubMerchantFundflowbill;
use crate::v3::bill::V3Tradebill;
use crate::v3::code::V3Codepay;
use crate::v3::code::V3CodepayReply;
use crate::v3::code::V3Reverse;
use crate::v3::code::V3ReverseReply;
use crate::v3::combine::V3CombineApp;
use crate::v3::combine::V3CombineClose;
use crate::v3::combine::V3CombineH5;
use crate::v3::combine::V3CombineJsapi;
use crate::v3::combine::V3CombineNative;
use crate::v3::combine::V3CombineOrder;
use crate::v3::combine::V3CombineQuery;
use crate::v3::order::V3App;
use crate::v3::order::V3Close;
use crate::v3::order::V3H5;
use crate::v3::order::V3H5Reply;
use crate::v3::order::V3Jsapi;
use crate::v3::order::V3Native;
use crate::v3::order::V3NativeReply;
use crate::v3::order::V3Order;
use crate::v3::order::V3PrepayReply;
use crate::v3::order::V3Query;
use crate::v3::platform_certificates::V3Certificates;
use crate::v3::platform_certificates::V3CertificatesReply;
use crate::v3::refund::V3ApplyAbnormalRefund;
use crate::v3::refund::V3Refund;
use crate::v3::refund::V3RefundQuery;
use crate::v3::refund::V3RefundReply;
use crate::v3::sharing::V3ProfitsharingAddReceiver;
use crate::v3::sharing::V3ProfitsharingAddReceiverReply;
use crate::v3::sharing::V3ProfitsharingAmounts;
use crate::v3::sharing::V3ProfitsharingAmountsReply;
use crate::v3::sharing::V3ProfitsharingConfig;
use crate::v3::sharing::V3ProfitsharingConfigReply;
use crate::v3::sharing::V3ProfitsharingDeleteReceiver;
use crate::v3::sharing::V3ProfitsharingDeleteReceiverReply;
use crate::v3::sharing::V3ProfitsharingOrder;
use crate::v3::sharing::V3ProfitsharingOrderQuery;
use crate::v3::sharing::V3ProfitsharingOrderReply;
use crate::v3::sharing::V3ProfitsharingReturn;
use crate::v3::sharing::V3ProfitsharingReturnQuery;
use crate::v3::sharing::V3ProfitsharingReturnReply;
use crate::v3::sharing::V3ProfitsharingUnfreeze;
use crate::v3::transfer::V3Transfer;
use crate::v3::transfer::V3TransferBill;
use crate::v3::transfer::V3TransferCancel;
use crate::v3::transfer::V3TransferCancelReply;
use crate::v3::transfer::V3TransferQuery;
use crate::v3::transfer::V3TransferReceipt;
use crate::v3::transfer::V3TransferReceiptFile;
use crate::v3::transfer::V3TransferReceiptQuery;
use crate::v3::transfer::V3TransferReceiptReply;
use crate::v3::transfer::V3TransferReply;

impl WxPay {
    /// Creates an order and returns its `prepay_id` (统一下单).
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn unifiedorder(&self, request: Unifiedorder) -> Result<UnifiedorderReply, Error> {
        self.send(request).await
    }

    /// Queries an order (查询订单). Only this reply proves a payment.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn orderquery(&self, request: Orderquery) -> Result<OrderqueryReply, Error> {
        self.send(request).await
    }

    /// Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after `unifiedorder`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn closeorder(&self, request: Closeorder) -> Result<CloseorderReply, Error> {
        self.send(request).await
    }

    /// Refunds an order, in full or in part (申请退款).
    /// A success means that WeChat accepted it; the result comes by notification, or from `refundquery`.
    /// Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOTENOUGH`, and whenever the outcome
    /// is unknown; take a new number only after `REFUNDCLOSE`.
    /// WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn refund(&self, request: Refund) -> Result<RefundReply, Error> {
        self.send(request).await
    }

    /// Asks for refunds: one, by its number, or those of an order (查询退款).
    /// WeChat sends ten at most. For more give `offset`: how many to skip, less than `total_refund_count`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn refundquery(&self, request: Refundquery) -> Result<RefundqueryReply, Error> {
        self.send(request).await
    }

    /// Downloads the bill of a day: its payments and refunds (下载交易账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn downloadbill(&self, request: Downloadbill) -> Result<Bill, Error> {
        self.download(request).await
    }

    /// Downloads the fund flow of a day: each change of an account's balance (下载资金账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn downloadfundflow(&self, request: Downloadfundflow) -> Result<Bill, Error> {
        self.download(request).await
    }

    /// Gets what customers wrote about their orders, within the last three months (拉取订单评价数据).
    /// WeChat sends 200 at most. For more, ask again with the `offset` of the reply.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn batchquerycomment(&self, request: Batchquerycomment) -> Result<BatchquerycommentReply, Error> {
        self.send(request).await
    }

    /// Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
    /// need to.
    /// A success is a payment only if `trade_state` is `SUCCESS` or missing, and `transaction_id` is there: WeChat may answer SUCCESS while
    /// the customer still has to confirm (`USERPAYING`), or when the payment failed (`PAYERROR`).
    /// After `USERPAYING`, `SYSTEMERROR`, `BANKERROR` or no answer, ask `orderquery` every five seconds, and after about half a minute cancel
    /// the order by `reverse`. WeChat sends no notification.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn micropay(&self, request: Micropay) -> Result<MicropayReply, Error> {
        self.send(request).await
    }

    /// Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
    /// While the reply's `recall` is `Y`, the order is not cancelled yet: call it again. WeChat takes it within seven days, and asks to wait
    /// 15 seconds after `micropay`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn reverse(&self, request: Reverse) -> Result<ReverseReply, Error> {
        self.send(request).await
    }

    /// Tells the openid of the customer whose payment code was scanned (付款码查询openid). From then on only this merchant can charge the
    /// code, until it changes.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn authcodetoopenid(&self, request: Authcodetoopenid) -> Result<AuthcodetoopenidReply, Error> {
        self.send(request).await
    }

    /// Shortens the text of a permanent code (转换短链接), so that its QR code is easier to scan.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn shorturl(&self, request: Shorturl) -> Result<ShorturlReply, Error> {
        self.send(request).await
    }

    /// Reports to WeChat how long a call took and how it ended (交易保障), or a till's payments of an hour as `trades`. WeChat may ask
    /// merchants with payment codes for it. The client does not repeat it.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn report(&self, request: Report) -> Result<ReportReply, Error> {
        self.send(request).await
    }

    /// Historic: the key of the old sandbox (仿真测试系统), which WeChat no longer keeps up. Test against `wxpaykit-emulator`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn getsignkey(&self, request: Getsignkey) -> Result<GetsignkeyReply, Error> {
        self.send(request).await
    }

    /// Sends a red packet to someone who follows the corp (发放企业红包). The client makes both signatures, `workwx_sign` with `corp_pay_secret`.
    /// Give `sender_name` or `agentid`: a person sends it, or an application does.
    /// Repeating it with the same `mch_billno` and the same fields sends one red packet. Do so after `NOTENOUGH`, and whenever the outcome is
    /// unknown; take a new number only when the query says that it failed.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn sendworkwxredpack(&self, request: Sendworkwxredpack) -> Result<SendworkwxredpackReply, Error> {
        self.send(request).await
    }

    /// Queries a red packet of WeCom by its number (查询红包记录), within thirty days.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn queryworkwxredpack(&self, request: Queryworkwxredpack) -> Result<QueryworkwxredpackReply, Error> {
        self.send(request).await
    }

    /// Pays a member of the corp (向员工付款). WeCom has closed it to new merchants. The client makes both signatures, `workwx_sign` with
    /// `corp_pay_secret`.
    /// The reply is not signed. After any failure ask `querywwsptrans2pocket` before anything else; never take a new number while the outcome is
    /// unknown.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn paywwsptrans2pocket(&self, request: Paywwsptrans2pocket) -> Result<Paywwsptrans2pocketReply, Error> {
        self.send(request).await
    }

    /// Queries a payment to a member by its number (查询付款记录), within thirty days.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn querywwsptrans2pocket(
        &self,
        request: Querywwsptrans2pocket,
    ) -> Result<Querywwsptrans2pocketReply, Error> {
        self.send(request).await
    }
}

impl Oauth<'_> {
    /// Exchanges a code for the customer's openid and a web token. A code works once, for five minutes.
    /// WeChat refuses an invalid code with 40029, and a code that was used with 40163.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without an AppSecret.
    pub async fn access_token(&self, code: &str) -> Result<WebToken, Error> {
        self.0.send(OauthAccessToken::new().code(code)).await
    }

    /// As `access_token`, for a third-party platform (第三方平台) that the account has authorised: without the AppSecret of the account.
    /// WeChat refuses an account that has not authorised the platform with 61003.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn component_access_token(
        &self,
        code: &str,
        component_appid: &str,
        component_access_token: &str,
    ) -> Result<WebToken, Error> {
        let request = OauthComponentAccessToken::new()
            .code(code)
            .component_appid(component_appid)
            .component_access_token(component_access_token);
        self.0.send(request).await
    }

    /// As `refresh_token`, for a third-party platform.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn component_refresh_token(
        &self,
        refresh_token: &str,
        component_appid: &str,
        component_access_token: &str,
    ) -> Result<WebToken, Error> {
        let request = OauthComponentRefreshToken::new()
            .refresh_token(refresh_token)
            .component_appid(component_appid)
            .component_access_token(component_access_token);
        self.0.send(request).await
    }

    /// Renews a web token.
    /// WeChat refuses an invalid refresh token with 40030, and an expired one with 42002.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn refresh_token(&self, refresh_token: &str) -> Result<WebToken, Error> {
        self.0.send(OauthRefreshToken::new().refresh_token(refresh_token)).await
    }

    /// Gets the name and the picture of a customer who agreed to `snsapi_userinfo`.
    /// WeChat refuses a token of `snsapi_base` with 48001.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn userinfo(&self, access_token: &str, openid: &str, lang: Option<&str>) -> Result<UserInfo, Error> {
        let mut request = OauthUserinfo::new().access_token(access_token).openid(openid);
        if let Some(lang) = lang {
            request = request.lang(lang.into());
        }
        self.0.send(request).await
    }

    /// Checks that a web token is valid; fails when it is not.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn auth(&self, access_token: &str, openid: &str) -> Result<(), Error> {
        self.0.send(OauthAuth::new().access_token(access_token).openid(openid)).await?;
        Ok(())
    }

    /// Exchanges the code of `wx.login` for openid and session key of a customer (小程序登录).
    /// A code works once, for five minutes.
    /// WeChat refuses an invalid code with 40029, and a code that was used with 40163. With -1 it is busy, and the code still works.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without an AppSecret.
    pub async fn jscode2session(&self, js_code: &str) -> Result<MiniprogramSession, Error> {
        self.0.send(OauthJscode2session::new().js_code(js_code)).await
    }

    /// As `jscode2session`, for a third-party platform (第三方平台) that the mini program has authorised.
    /// It needs no AppSecret of the mini program.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn component_jscode2session(
        &self,
        js_code: &str,
        component_appid: &str,
        component_access_token: &str,
    ) -> Result<MiniprogramSession, Error> {
        let request = OauthComponentJscode2session::new()
            .js_code(js_code)
            .component_appid(component_appid)
            .component_access_token(component_access_token);
        self.0.send(request).await
    }

    /// Checks that a session key is the customer's current one (检验登录态); fails when it is not.
    /// WeChat refuses another session key with 87009: let the mini program call `wx.login` again.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn checksession(&self, openid: &str, session_key: &str, access_token: Option<&str>) -> Result<(), Error> {
        let mut request = OauthChecksession::new().openid(openid).session_key(session_key);
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await?;
        Ok(())
    }

    /// Gets the phone number that a customer of a mini program agreed to give (获取手机号).
    /// A code works once, for five minutes.
    /// WeChat refuses an invalid code, also one of `wx.login`, with 40029.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn getuserphonenumber(
        &self,
        code: &str,
        openid: Option<&str>,
        access_token: Option<&str>,
    ) -> Result<PhoneNumber, Error> {
        let mut request = OauthGetuserphonenumber::new().code(code);
        if let Some(openid) = openid {
            request = request.openid(openid);
        }
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await
    }
}

impl Jssdk<'_> {
    /// Gets a new access_token, which invalidates the previous one. For accounts whose token other software renews in this way.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without an AppSecret.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        self.0.send(JssdkToken::new()).await
    }

    /// Gets the account's access_token: the same one for every caller, until shortly before it expires. The client keeps it.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without an AppSecret.
    pub async fn stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        self.0.send(JssdkStableToken::new().force_refresh(force_refresh)).await
    }

    /// Gets a ticket for the JS-SDK. Its quota is small; `jsapi_ticket` keeps a ticket.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`.
    pub async fn getticket(&self, access_token: &str) -> Result<Ticket, Error> {
        self.0.send(JssdkGetticket::new().access_token(access_token)).await
    }
}

impl V3<'_> {
    /// Creates an order for a page in WeChat or for a mini program (JSAPI下单, 小程序下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn jsapi(&self, request: V3Jsapi) -> Result<V3PrepayReply, Error> {
        self.0.send(request).await
    }

    /// Creates an order for a QR code (Native下单). Make the QR code of its `code_url`, which is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn native(&self, request: V3Native) -> Result<V3NativeReply, Error> {
        self.0.send(request).await
    }

    /// Creates an order for a phone's browser outside WeChat (H5下单). Send the customer to its `h5_url`, which is valid for five minutes.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn h5(&self, request: V3H5) -> Result<V3H5Reply, Error> {
        self.0.send(request).await
    }

    /// Creates an order for an app with the Open SDK (APP下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn app(&self, request: V3App) -> Result<V3PrepayReply, Error> {
        self.0.send(request).await
    }

    /// Queries an order by `out_trade_no` or `transaction_id` (查询订单). Only this reply proves a payment. An unpaid order has no
    /// `transaction_id`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn query(&self, request: V3Query) -> Result<V3Order, Error> {
        self.0.send(request).await
    }

    /// Closes an order that is not paid (关闭订单). Closing a closed order succeeds.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn close(&self, request: V3Close) -> Result<(), Error> {
        self.0.send(request).await?;
        Ok(())
    }

    /// Charges the payment code that a customer shows (付款码支付). `pay_by_code` does all that follows; call this one by hand only if you
    /// need to.
    /// The order is paid only if `trade_state` is `SUCCESS`. `USERPAYING` means that the customer has to confirm: ask `query` every five
    /// seconds, and after about half a minute cancel the order by `reverse`. Do the same when the outcome is unknown. Never charge the
    /// customer again with another number before `reverse` succeeded. WeChat sends no notification.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn codepay(&self, request: V3Codepay) -> Result<V3CodepayReply, Error> {
        self.0.send(request).await
    }

    /// Cancels an order of a payment code (撤销订单): an order that is not paid is closed, and one that is paid is refunded.
    /// While WeChat answers `SYSTEM_ERROR`, the order is not cancelled yet: call it again. WeChat takes it within seven days.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn reverse(&self, request: V3Reverse) -> Result<V3ReverseReply, Error> {
        self.0.send(request).await
    }

    /// Creates one payment of several orders, for a page in WeChat or for a mini program (合单JSAPI下单). Its `prepay_id` is valid for two hours.
    /// Repeating it with the same numbers and the same fields gives the same order; with other fields it is refused.
    /// Its notification tells of all parts: `notify.handle` confirms it by `combine_query`, and hands each part over by `on_paid`. Each part is
    /// refunded by `refund`, with its own `transaction_id`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_jsapi(&self, request: V3CombineJsapi) -> Result<V3PrepayReply, Error> {
        self.0.send(request).await
    }

    /// Creates one payment of several orders for a QR code (合单Native下单). Make the QR code of its `code_url`, which is valid for two hours.
    /// Otherwise as `combine_jsapi`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_native(&self, request: V3CombineNative) -> Result<V3NativeReply, Error> {
        self.0.send(request).await
    }

    /// Creates one payment of several orders for a phone's browser outside WeChat (合单H5下单). Its `h5_url` is valid for five minutes.
    /// Otherwise as `combine_jsapi`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_h5(&self, request: V3CombineH5) -> Result<V3H5Reply, Error> {
        self.0.send(request).await
    }

    /// Creates one payment of several orders for an app with the Open SDK (合单APP下单). Its `prepay_id` is valid for two hours.
    /// Otherwise as `combine_jsapi`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_app(&self, request: V3CombineApp) -> Result<V3PrepayReply, Error> {
        self.0.send(request).await
    }

    /// Queries a combined order (合单查询订单). Only this reply proves a payment: each of `sub_orders` has its own `trade_state`. `query` does not
    /// find the parts.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_query(&self, request: V3CombineQuery) -> Result<V3CombineOrder, Error> {
        self.0.send(request).await
    }

    /// Closes a combined order that is not paid, with all its parts (合单关闭订单). Closing a closed one succeeds.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn combine_close(&self, request: V3CombineClose) -> Result<(), Error> {
        self.0.send(request).await?;
        Ok(())
    }

    /// Refunds an order, in full or in part (申请退款).
    /// A success means that WeChat accepted it; the result comes by notification, or from `refund_query`.
    /// Repeating it with the same `out_refund_no` and the same amounts refunds once. Do so after `NOT_ENOUGH`, and whenever the outcome
    /// is unknown; take a new number only after `CLOSED`.
    /// WeChat takes a refund within one year of the payment, at most 50 for an order, and one a minute for an order.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn refund(&self, request: V3Refund) -> Result<V3RefundReply, Error> {
        self.0.send(request).await
    }

    /// Asks for a refund by the merchant's number (查询单笔退款).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn refund_query(&self, request: V3RefundQuery) -> Result<V3RefundReply, Error> {
        self.0.send(request).await
    }

    /// Sends a refund in the state `ABNORMAL` to another account (发起异常退款): the customer's card did not take it.
    /// A success means that WeChat accepted it: the refund is `PROCESSING` again, and its result comes as that of any refund.
    /// WeChat refuses it in every other state, so ask `refund_query` when the outcome is unknown.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn apply_abnormal_refund(&self, request: V3ApplyAbnormalRefund) -> Result<V3RefundReply, Error> {
        self.0.send(request).await
    }

    /// Transfers money to a customer (商家转账, 发起转账). The money is the client's own merchant's, also where the settings have a sub-merchant.
    /// In the state `WAIT_USER_CONFIRM` the customer has to confirm it within 24 hours: hand `package_info` to the page, by
    /// `transfer_params`.
    /// Repeating it with the same `out_bill_no` and the same fields transfers once. Do so whenever the outcome is unknown, and after
    /// `NOT_ENOUGH`. Take a new number only after `transfer_query` said `FAIL` or `CANCELLED`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn transfer(&self, request: V3Transfer) -> Result<V3TransferReply, Error> {
        self.0.send(request).await
    }

    /// Queries a transfer by `out_bill_no` or `transfer_bill_no` (查询转账单). WeChat finds the transfers of the last 30 days.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn transfer_query(&self, request: V3TransferQuery) -> Result<V3TransferBill, Error> {
        self.0.send(request).await
    }

    /// Cancels a transfer that the customer has not confirmed (撤销转账). The state is `CANCELING` at first: `transfer_query` says whether it
    /// became `CANCELLED`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn transfer_cancel(&self, request: V3TransferCancel) -> Result<V3TransferCancelReply, Error> {
        self.0.send(request).await
    }

    /// Applies for the receipt of a transfer that succeeded, by `out_bill_no` or `transfer_bill_no` (申请电子回单).
    /// WeChat makes it later: `transfer_receipt_query`, by the same number, has its address then. Repeating this call has no
    /// further effect.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn transfer_receipt(&self, request: V3TransferReceipt) -> Result<V3TransferReceiptReply, Error> {
        self.0.send(request).await
    }

    /// Queries the receipt of a transfer, by the number that it was applied for by (查询电子回单).
    /// When the state is `FINISHED`, hand `download_url`, `hash_type` and `hash_value` to `download` within ten minutes; later, query again. The
    /// file is a PDF.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn transfer_receipt_query(
        &self,
        request: V3TransferReceiptQuery,
    ) -> Result<V3TransferReceiptFile, Error> {
        self.0.send(request).await
    }

    /// Shares a paid order with receivers (请求分账). The order must have `settle_info.profit_sharing`, and the receivers must have been added.
    /// WeChat takes it from a minute after the payment, for 30 days, and by default up to 30 % of the order.
    /// A success means that WeChat accepted it: ask `profitsharing_order_query` until `state` is `FINISHED`, and then look at each
    /// receiver's `result`.
    /// Repeating it with the same `out_order_no` and the same fields shares once. Do so whenever the outcome is unknown.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_order(&self, request: V3ProfitsharingOrder) -> Result<V3ProfitsharingOrderReply, Error> {
        self.0.send(request).await
    }

    /// Queries a sharing (查询分账结果).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_order_query(
        &self,
        request: V3ProfitsharingOrderQuery,
    ) -> Result<V3ProfitsharingOrderReply, Error> {
        self.0.send(request).await
    }

    /// Takes back a part from a receiver that is a merchant (请求分账回退), within 180 days. The receiver must have allowed it.
    /// A success means that WeChat accepted it: ask `profitsharing_return_query` until `result` is not `PROCESSING`.
    /// Repeating it with the same `out_return_no` and the same fields returns once. Do so whenever the outcome is unknown.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_return(
        &self,
        request: V3ProfitsharingReturn,
    ) -> Result<V3ProfitsharingReturnReply, Error> {
        self.0.send(request).await
    }

    /// Queries a return (查询分账回退结果).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_return_query(
        &self,
        request: V3ProfitsharingReturnQuery,
    ) -> Result<V3ProfitsharingReturnReply, Error> {
        self.0.send(request).await
    }

    /// Releases what is left of an order to the merchant (解冻剩余资金). The order cannot be shared again.
    /// Repeating it with the same `out_order_no` and the same fields releases once. Do so whenever the outcome is unknown.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_unfreeze(
        &self,
        request: V3ProfitsharingUnfreeze,
    ) -> Result<V3ProfitsharingOrderReply, Error> {
        self.0.send(request).await
    }

    /// Tells how much of an order can still be shared (查询剩余待分金额).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_amounts(
        &self,
        request: V3ProfitsharingAmounts,
    ) -> Result<V3ProfitsharingAmountsReply, Error> {
        self.0.send(request).await
    }

    /// Service providers: tells which part of an order a sub-merchant may share (查询最大分账比例).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_config(
        &self,
        request: V3ProfitsharingConfig,
    ) -> Result<V3ProfitsharingConfigReply, Error> {
        self.0.send(request).await
    }

    /// Adds a receiver (添加分账接收方). Adding one twice succeeds. A merchant may have 20,000.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_add_receiver(
        &self,
        request: V3ProfitsharingAddReceiver,
    ) -> Result<V3ProfitsharingAddReceiverReply, Error> {
        self.0.send(request).await
    }

    /// Deletes a receiver (删除分账接收方).
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn profitsharing_delete_receiver(
        &self,
        request: V3ProfitsharingDeleteReceiver,
    ) -> Result<V3ProfitsharingDeleteReceiverReply, Error> {
        self.0.send(request).await
    }

    /// Downloads the bill of a day: its payments and refunds (申请交易账单, 下载账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00. It keeps bills for three months. A day without business has no bill.
    /// The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn tradebill(&self, request: V3Tradebill) -> Result<Bill, Error> {
        self.0.download(request).await
    }

    /// Downloads the fund flow of a day: each change of an account's balance (申请资金账单, 下载账单).
    /// WeChat makes it after 9:00 of the next day; ask after 10:00.
    /// The SHA-1 of the file is checked at its end: a bill that was cut short or changed is an error.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn fundflowbill(&self, request: V3Fundflowbill) -> Result<Bill, Error> {
        self.0.download(request).await
    }

    /// Service providers: downloads the fund flow of a sub-merchant for a day (申请单个子商户资金账单).
    /// WeChat encrypts it. The client downloads all files of it, decrypts them with `client_key`, checks the SHA-1 of each, and joins them.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn sub_merchant_fundflowbill(&self, request: V3SubMerchantFundflowbill) -> Result<Bill, Error> {
        self.0.download(request).await
    }

    /// Platforms (电商收付通): downloads the fund flow of all sub-merchants for a day (申请二级商户资金账单).
    /// It is encrypted, and read as that of `sub_merchant_fundflowbill`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn ecommerce_fundflowbill(&self, request: V3EcommerceFundflowbill) -> Result<Bill, Error> {
        self.0.download(request).await
    }

    /// Downloads the platform certificates (平台证书), still encrypted. The client does this when it needs them; call it only to inspect
    /// them. WeChat answers 404 to merchants that have only the WeChat Pay public key.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn certificates(&self, request: V3Certificates) -> Result<V3CertificatesReply, Error> {
        self.0.send(request).await
    }
}

impl Wecom<'_> {
    /// Gets a token of the application. The client keeps one; this call is for other programs.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without the settings of WeCom.
    pub async fn gettoken(&self) -> Result<AccessToken, Error> {
        self.0.send(WecomGettoken::new()).await
    }

    /// Gets the visitor's identity from the code of the authorize link: `userid` for a member, `openid` for anyone else.
    /// A code works once, for five minutes. WeCom refuses an invalid code with 40029.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without the settings of WeCom.
    pub async fn getuserinfo(&self, code: &str, access_token: Option<&str>) -> Result<WecomVisitor, Error> {
        let mut request = WecomGetuserinfo::new().code(code);
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await
    }

    /// Gets the openid of a member, with which the member pays.
    /// WeCom refuses a member who has no WeChat with 43004.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without the settings of WeCom.
    pub async fn convert_to_openid(&self, userid: &str, access_token: Option<&str>) -> Result<WecomOpenid, Error> {
        let mut request = WecomConvertToOpenid::new().userid(userid);
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await
    }

    /// Gets the ticket of the corp, for `wx.config`. Its quota is small; `jsapi_ticket` keeps a ticket.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without the settings of WeCom.
    pub async fn get_jsapi_ticket(&self, access_token: Option<&str>) -> Result<Ticket, Error> {
        let mut request = WecomGetJsapiTicket::new();
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await
    }

    /// Gets the ticket of the application, for `wx.agentConfig`. Its quota is small; `agent_ticket` keeps a ticket.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, `InvalidRequest`; `Config` without the settings of WeCom.
    pub async fn get_agent_ticket(&self, access_token: Option<&str>) -> Result<Ticket, Error> {
        let mut request = WecomGetAgentTicket::new();
        if let Some(access_token) = access_token {
            request = request.access_token(access_token);
        }
        self.0.send(request).await
    }
}
