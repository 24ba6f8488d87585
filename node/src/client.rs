//! A client, and what it does without I/O.

use std::sync::Arc;

use napi_derive::napi;
use tracing::{Dispatch, dispatcher};
use wxpaykit::binding::part;
use wxpaykit::flow::Item;
use wxpaykit::platform::oauth::{Authorize, Scope};
use wxpaykit::platform::wecom::WecomScope;
use wxpaykit::store::Place;
use wxpaykit::{ConfirmedPayment, ConfirmedRefund, Error, Options, Store, WxPay};

use crate::code_payment::CodePayment;
use crate::error::{Result, thrown};
use crate::frame::Frame;
use crate::handling::fen;
use crate::in_javascript::in_javascript;
use crate::job;
use crate::named::{CodeOrder, CodeTimes, headers_of};
use crate::store::{Hooks, JsStore};
use crate::text::{Body, OneText, Pieces, Text};
use crate::watch::{Watch, warnings};

/// The facade's part of a client.
#[napi]
#[derive(Clone)]
pub struct Client {
    pub(crate) pay: WxPay,
    #[cfg(feature = "probe")]
    pub(crate) store: Arc<dyn Store>,
    /// The subscriber that receives its calls' warnings.
    pub(crate) warnings: Dispatch,
}

/// The parts of a client that may be shown.
#[napi(object, object_from_js = false)]
pub struct Description {
    pub appid: String,
    pub mch_id: String,
}

/// What a part of a client shows: the names of settings, and of keys only whether they are set.
#[napi(object, object_from_js = false)]
pub struct ShownSetting {
    pub name: String,
    pub value: String,
}

/// Which page, app or mini program opens the cashier.
#[napi]
#[derive(Clone, Copy)]
pub enum Page {
    Jsapi,
    ChooseWXPay,
    Miniprogram,
    App,
    Transfer,
}

#[napi]
impl Client {
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Description {
        let merchant = self.pay.merchant();
        Description { appid: merchant.appid().to_owned(), mch_id: merchant.mch_id().to_owned() }
    }

    /// What the client or a part of it shows of itself.
    #[napi(catch_unwind)]
    pub fn shown(&self, part: String) -> Vec<ShownSetting> {
        let found = part::shown(&part, self.pay.merchant()).unwrap_or_default();
        found.into_iter().map(|(name, value)| ShownSetting { name: in_javascript(name, true), value }).collect()
    }

    /// The values of what a page is handed, in core's order.
    #[napi(catch_unwind)]
    pub fn page_params(
        &self,
        kind: Page,
        prepay_id: OneText,
        appid: Option<String>,
        partnerid: Option<String>,
    ) -> Result<Text> {
        let appid = appid.as_deref();
        let params = match kind {
            Page::Jsapi => self.pay.jsapi_params(&prepay_id, appid),
            Page::ChooseWXPay => self.pay.choose_wxpay_params(&prepay_id, appid),
            Page::Miniprogram => self.pay.miniprogram_params(&prepay_id, appid),
            Page::App => self.pay.app_params(&prepay_id, appid, partnerid.as_deref()),
            Page::Transfer => self.pay.v3().transfer_params(&prepay_id),
        };
        params.map(|params| Frame::of_values(params.iter().map(|(_, value)| value)).into()).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn authorize_url(
        &self,
        redirect_uri: String,
        scope: String,
        state: Option<String>,
        force_popup: bool,
        component_appid: Option<String>,
    ) -> Result<String> {
        let (state, component_appid) = (state.as_deref(), component_appid.as_deref());
        let url = scope.parse::<Scope>().and_then(|scope| {
            let visit = Authorize { redirect_uri: &redirect_uri, scope, state, force_popup, component_appid };
            self.pay.oauth().authorize_url_with(&visit)
        });
        url.map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn wecom_authorize_url(&self, redirect_uri: String, scope: String, state: Option<String>) -> Result<String> {
        let scope = scope.parse::<WecomScope>().map_err(thrown)?;
        self.pay.wecom().authorize_url_with(&redirect_uri, scope, state.as_deref()).map_err(thrown)
    }

    /// User data of a mini program: a document.
    #[napi(catch_unwind)]
    pub fn decrypt_user_data(&self, encrypted_data: String, iv: String, session_key: String) -> Result<Text> {
        let data = self.pay.oauth().decrypt_user_data(&encrypted_data, &iv, &session_key).map_err(thrown)?;
        Ok(Frame::of_document(&data).into())
    }

    /// A notification's raw body, and its headers as names and values, one after the other: a document.
    #[napi(catch_unwind)]
    pub fn parse_notification(&self, body: Body, headers: Option<Vec<String>>) -> Result<Text> {
        self.parsed::<ConfirmedPayment>(&body, headers)
    }

    /// The raw body of a refund notification: a document.
    #[napi(catch_unwind)]
    pub fn parse_refund_notification(&self, body: Body, headers: Option<Vec<String>>) -> Result<Text> {
        self.parsed::<ConfirmedRefund>(&body, headers)
    }

    /// The raw body of WeChat's question about a permanent code: a document.
    #[napi(catch_unwind)]
    pub fn parse_native(&self, body: Body) -> Result<Text> {
        let parsed = self.pay.notify().parse_native(&body).map_err(thrown)?;
        Ok(Frame::of_document(&parsed).into())
    }

    #[napi(catch_unwind)]
    pub fn native_code_url(&self, product_id: String) -> Result<String> {
        self.pay.native_code_url(&product_id).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn native_answer(&self, prepay_id: String) -> Result<String> {
        self.pay.native_answer(&prepay_id).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn native_refusal(&self, text: String) -> Result<String> {
        self.pay.native_refusal(&text).map_err(thrown)
    }

    /// A payment by code; `fields` are those of micropay or of v3.codepay.
    #[napi(catch_unwind)]
    pub fn code_payment(&self, fields: Pieces, times: CodeTimes) -> Result<CodePayment> {
        let begun =
            dispatcher::with_default(&self.warnings, || self.pay.begin_code(job::params(&fields, 0), times.into()));
        begun.map(CodePayment).map_err(thrown)
    }

    /// A payment by code that is taken up again.
    #[napi(catch_unwind)]
    pub fn resume_code_payment(&self, order: CodeOrder, times: CodeTimes) -> Result<CodePayment> {
        let CodeOrder { out_trade_no, total_fee, sub_mch_id } = order;
        let resumed = fen("totalFee", &total_fee).and_then(|total_fee| {
            let (sub_mch_id, times) = (sub_mch_id.as_deref(), times.into());
            let begin = || self.pay.begin_resume_pay_by_code(&out_trade_no, total_fee, sub_mch_id, times);
            dispatcher::with_default(&self.warnings, begin)
        });
        resumed.map(CodePayment).map_err(thrown)
    }

    /// How well a notification that is not verified fits this client: the greater, the better.
    #[napi(catch_unwind)]
    pub fn fit(&self, body: Body) -> u8 {
        self.pay.notify().fit(&body)
    }
}

impl Client {
    /// The notification of a thing of one kind, read. The body is not copied.
    fn parsed<T: Item>(&self, body: &[u8], headers: Option<Vec<String>>) -> Result<Text> {
        let headers = headers.map(|texts| headers_of(&texts));
        let parsed = self.pay.notify().parse_item::<T>((body, headers.as_ref()).into()).map_err(thrown)?;
        Ok(Frame::of_document(&parsed).into())
    }
}

/// A client of these settings: the variables of the environment (`WXPAY_APPID` …) with their values, and `language`; with `arguments` where
/// they are options of the constructor, and nothing of the environment.
pub(crate) fn open(
    settings: &Pieces,
    hooks: Hooks,
    has_store: bool,
    has_listener: bool,
) -> std::result::Result<Client, Error> {
    let setting = |wanted: &str| settings.pairs(0).find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    let hooks = Arc::new(hooks);
    let warnings = warnings(Arc::clone(&hooks));
    let names = settings.pairs(0).map(|(name, _)| name);
    let read = || match setting("arguments") {
        Some(_) => Options::from_arguments(setting),
        None => Options::from_variables(names, setting),
    };
    let mut options = dispatcher::with_default(&warnings, read)?;
    options.language = setting("language").unwrap_or_default();
    let is_worker = setting("worker").is_some();
    options.lonely = is_worker && options.store.as_ref().is_some_and(Place::is_memory);
    if has_store {
        let store: Arc<dyn Store> = Arc::new(JsStore(Arc::clone(&hooks)));
        options.store = Some(store.into());
    }
    let pay_store = options.store.take().map(Place::open).transpose()?;
    options.store = pay_store.clone().map(Place::Object);
    options.observer = Some(Arc::new(Watch { hooks, always: has_listener }));
    Ok(Client {
        pay: dispatcher::with_default(&warnings, || WxPay::new(options))?,
        #[cfg(feature = "probe")]
        store: pay_store.unwrap_or_else(|| Arc::new(wxpaykit::MemoryStore::default())),
        warnings,
    })
}
