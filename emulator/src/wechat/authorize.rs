//! The authorize link of open.weixin.qq.com: checks it, and gives the browser a code (protocol §6.1, §6.2).

use std::borrow::Cow;

use url::Url;
use wxpaykit::wire::form;

use crate::app::App;
use crate::world::clock::Millis;
use crate::world::component::COMPONENT_APPID;
use crate::world::grants::CodeUser;
use crate::world::merchant::{DEMO_USER, is_openid, openid_of};
use crate::world::people::Person;

/// The scope that shows the user's profile. WeChat asks the user to agree to it.
pub(crate) const USERINFO: &str = "snsapi_userinfo";

/// The error that the authorize page shows.
pub(crate) struct LinkError {
    pub(crate) code: Option<u32>,
    pub(crate) text: &'static str,
    pub(crate) detail: String,
    /// The same in Chinese.
    pub(crate) chinese: String,
}

impl LinkError {
    fn new(code: u32, text: &'static str) -> Self {
        Self { code: Some(code), text, detail: text.to_owned(), chinese: text.to_owned() }
    }

    fn unnumbered(text: &'static str, detail: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { code: None, text, detail: detail.into(), chinese: chinese.into() }
    }
}

/// A link that WeChat opens.
pub(crate) struct Link {
    pub(crate) appid: String,
    target: Url,
    pub(crate) scope: Cow<'static, str>,
    state: Option<String>,
    /// The third-party platform that acts for the account; empty for none.
    component: String,
}

impl Link {
    /// The address that the browser goes to: with a code, or without one when the user refused (protocol §6.2).
    pub(crate) fn back(&self, code: Option<&str>) -> String {
        let mut target = self.target.clone();
        // With a third-party platform the address has the appid of the account too.
        let appid = code.filter(|_| !self.component.is_empty()).map(|_| self.appid.as_str());
        let pairs = [("code", code), ("state", self.state.as_deref()), ("appid", appid)];
        let pairs = form::query(pairs.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        let query: Vec<&str> = target.query().into_iter().chain([pairs.as_str()]).filter(|q| !q.is_empty()).collect();
        let query = query.join("&");
        target.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        target.into()
    }
}

pub(crate) fn check(app: &App, query: &str) -> Result<Link, LinkError> {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes()).collect();
    let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
    let given = |wanted: &str| get(wanted).filter(|value| !value.is_empty());

    let appid = given("appid").ok_or(LinkError::new(10012, "appid不能为空"))?;
    let redirect = given("redirect_uri").ok_or(LinkError::new(10011, "redirect_uri不能为空"))?;
    let scope = given("scope").ok_or(LinkError::new(10010, "scope不能为空"))?;
    if get("state") == Some("") {
        return Err(LinkError::new(10013, "state不能为空"));
    }
    let corp = app.registry.by_app(appid).filter(|merchant| merchant.is_corp());
    // WeCom's documents have agentid before and after state.
    let ordered: Vec<_> = pairs.iter().filter(|(name, _)| corp.is_none() || name != "agentid").cloned().collect();
    in_order(&ordered)?;
    if get("response_type") != Some("code") {
        return Err(LinkError::unnumbered("链接无法访问", "response_type must be code", "response_type 必须是 code"));
    }
    let scope: Cow<'static, str> = match scope {
        "snsapi_base" => "snsapi_base".into(),
        USERINFO if corp.is_none() => USERINFO.into(),
        "snsapi_privateinfo" if corp.is_some() && given("agentid").is_some() => "snsapi_privateinfo".into(),
        // Without agentid.
        "snsapi_privateinfo" if corp.is_some() => "snsapi_base".into(),
        _ => return Err(LinkError::new(10005, "此公众号并没有这些scope的权限")),
    };
    let state = get("state");
    // The documents allow letters and digits; other characters work too.
    let strange = |state: &str| app.config.strict_docs && !state.bytes().all(|b| b.is_ascii_alphanumeric());
    if state.is_some_and(|state| state.len() > 128 || strange(state)) {
        let chinese = "state 最长 128 个字母和数字";
        return Err(LinkError::unnumbered("state参数错误", "state is at most 128 letters and digits", chinese));
    }
    let merchant = app.registry.by_app(appid).ok_or_else(|| {
        LinkError::unnumbered("AppID参数错误", "this emulator has no such appid", "模拟器没有这个 appid")
    })?;
    let target =
        Url::parse(redirect).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or_else(
            || mismatch("redirect_uri is not an absolute URL".to_owned(), "redirect_uri 不是完整的 URL".to_owned()),
        )?;
    if let Some(agent) = given("agentid")
        && corp.is_some_and(|corp| corp.agent_id.as_deref() != Some(agent))
    {
        let chinese = "agentid 不是该企业应用的";
        return Err(LinkError::unnumbered(
            "无效的agentid",
            "agentid is not the one of this corp's application",
            chinese,
        ));
    }
    if let Some(domain) = &merchant.oauth_domain
        && target.host_str() != Some(domain.as_str())
    {
        let detail = format!("the host of redirect_uri must be {domain}");
        return Err(mismatch(detail, format!("redirect_uri 的域名应为 {domain}")));
    }

    let component = get("component_appid").unwrap_or_default().to_owned();
    if !component.is_empty() && component != COMPONENT_APPID {
        let detail = format!("component_appid must be {COMPONENT_APPID}, which all accounts have authorised here");
        let chinese = format!("component_appid 应为 {COMPONENT_APPID}，模拟器的全部账号都授权给了它");
        return Err(LinkError {
            detail, chinese, ..LinkError::new(10015, "公众号未授权第三方平台，请检查授权状态")
        });
    }

    Ok(Link { appid: appid.to_owned(), target, scope, state: state.map(str::to_owned), component })
}

/// Issues a code for an openid. Returns the address that the browser goes to.
pub(crate) fn allow(app: &App, link: &Link, openid: String, now: Millis) -> Result<String, LinkError> {
    let code = app.ids.oauth_code();
    let appid = link.appid.as_str();
    let mut state = app.state();
    let owner = app.registry.app_of_user(&openid).or_else(|| state.openids.owner(&openid));
    if !is_openid(&openid) || owner.is_some_and(|owner| owner != appid) {
        let detail = "X-Emulator-OpenId is not a known openid, or belongs to another appid";
        let chinese = "X-Emulator-OpenId 不是已知的 openid，或属于另一个 appid";
        return Err(LinkError::unnumbered("无效的openid", detail, chinese));
    }
    state.issue(openid.clone(), appid);
    let whose = CodeUser { appid, openid, component: &link.component };
    state.grants.issue_code(code.clone(), whose, link.scope.clone(), now);
    drop(state);
    Ok(link.back(Some(&code)))
}

fn mismatch(detail: String, chinese: String) -> LinkError {
    LinkError { detail, chinese, ..LinkError::new(10003, "redirect_uri域名与后台配置不一致") }
}

/// WeChat's own browser recognizes the link by its pattern: these names in this order, other names after them.
fn in_order(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<(), LinkError> {
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
    let wanted = ["appid", "redirect_uri", "response_type", "scope", "state"];
    let wanted =
        if names.contains(&"state") { &wanted[..] } else { wanted.split_last().map_or(&[][..], |(_, rest)| rest) };
    if names.starts_with(wanted) {
        return Ok(());
    }
    let detail = format!("parameters have to be {} in this order, and are {}", wanted.join(", "), names.join(", "));
    let chinese = format!("参数应依次是 {}，实际是 {}", wanted.join("、"), names.join("、"));
    let [detail, chinese] = [detail, chinese].map(|text| text.chars().take(300).collect::<String>());
    Err(LinkError::unnumbered("链接无法访问", detail, chinese))
}

/// The openid of the person who holds the phone, or of the demo user.
pub(crate) fn openid(app: &App, link: &Link, person: Option<Person>) -> String {
    let openid = person.and_then(|person| person.openid(&app.registry, &link.appid));
    openid.unwrap_or_else(|| openid_of(&link.appid, DEMO_USER))
}
