//! `doctor`: whether a client can work with the settings of this environment.

use clap::ArgMatches;
use serde_json::{Value, json};
use wxpaykit::binding::{display, setting};
use wxpaykit::client::{CheckReport, Finding, Reached, State, is_path, text_in};
use wxpaykit::codes::Api;
use wxpaykit::doctor::Language;
use wxpaykit::table::settings::{SETTINGS, Setting, SettingKind};

use crate::columns::width_of;
use crate::keys;
use crate::session::{Colour, Session};
use crate::show;
use crate::status::{DONE, NO, Stop};

/// A setting, what may be shown of it, and where it comes from.
struct Found {
    name: &'static str,
    shown: String,
    origin: String,
}

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let settings = settings(session, matches);
    let language = session.language;
    let tested = keys::client(session, matches, Api::V2)
        .and_then(|pay| session.wait(async { Ok(tokio::join!(pay.check_in(language), pay.reach())) }, None));
    let (report, hosts) = match tested {
        Ok(tested) => tested,
        Err(stop @ Stop::Interrupted(_)) => return Err(stop),
        // The settings that were found are worth seeing although a client cannot be made of them.
        Err(stop) => {
            if session.json {
                session.print_json(&json!({ "ok": false, "settings": settings_json(&settings) }));
            } else {
                print_settings(session, &settings);
            }
            return Err(stop);
        }
    };
    let is_ok = report.is_ok() && hosts.iter().all(|host| host.problem.is_none());
    if session.json {
        let findings: Vec<Value> = report
            .findings()
            .iter()
            .map(|it| json!({ "part": it.part.as_str(), "state": it.state.as_str(), "message": it.message, "remedy": it.remedy }))
            .collect();
        let hosts: Vec<Value> = hosts
            .iter()
            .map(|it| json!({ "host": it.host, "backup": it.backup, "ms": it.elapsed.as_millis() as u64, "problem": it.problem }))
            .collect();
        session.print_json(
            &json!({ "ok": is_ok, "settings": settings_json(&settings), "findings": findings, "hosts": hosts }),
        );
    } else {
        print_settings(session, &settings);
        print_findings(session, &settings, &report);
        print_hosts(session, &hosts);
    }
    Ok(if is_ok { DONE } else { NO })
}

/// The settings of the environment. Those that are not set and not needed are left out.
fn settings(session: &Session<'_>, matches: &ArgMatches) -> Vec<Found> {
    let mut found = Vec::new();
    for setting in SETTINGS {
        let Some(variable) = setting.variable() else { continue };
        let file = matches.get_one::<String>("key-file").filter(|_| setting.name == "api_key");
        let (shown, origin) = match (file, text_in(session.io.environment, setting.name, setting.kind, &variable)) {
            (Some(path), _) => (session.pick("set", "已设置").to_owned(), key_file(path)),
            (None, Ok(Some((text, None)))) => (shown(session, setting, &text), variable),
            (None, Ok(Some((text, Some(path))))) => {
                let origin =
                    if is_path(&path) { format!("{variable}_FILE: {path}") } else { format!("{variable}_FILE") };
                (shown(session, setting, &text), origin)
            }
            (None, Ok(None)) if setting.required => {
                (session.pick("not set", "未设置").to_owned(), format!("{variable}, {variable}_FILE"))
            }
            (None, Ok(None)) => continue,
            (None, Err(error)) => {
                (session.pick("cannot be read", "无法读取").to_owned(), error.text_in(session.language))
            }
        };
        found.push(Found {
            name: setting.name,
            shown: display::clean(&shown).into_owned(),
            origin: display::clean(&origin).into_owned(),
        });
    }
    found
}

/// The option that names the file of the key.
fn key_file(path: &str) -> String {
    if is_path(path) { format!("--key-file {path}") } else { "--key-file".to_owned() }
}

/// What may be shown of a setting. A secret may stand in any.
fn shown(session: &Session<'_>, setting: &Setting, text: &str) -> String {
    if let Some(shown) = setting::shown(setting, text) {
        return shown.into_owned();
    }
    let length = text.chars().count();
    match (setting.kind, session.language) {
        // The text of a file, of which the length says nothing.
        (SettingKind::Credential, _) => session.pick("set", "已设置").to_owned(),
        (_, Language::English) => format!("set, {length} characters"),
        (_, Language::Chinese) => format!("已设置，{length} 个字符"),
    }
}

fn settings_json(settings: &[Found]) -> Vec<Value> {
    settings.iter().map(|it| json!({ "name": it.name, "value": it.shown, "origin": it.origin })).collect()
}

fn print_settings(session: &mut Session<'_>, settings: &[Found]) {
    heading(session, "settings", "配置");
    let widest = settings.iter().map(|it| width_of(&it.shown)).filter(|width| *width <= 48).max().unwrap_or_default();
    let rows: Vec<_> = settings
        .iter()
        .map(|it| {
            let gap = " ".repeat(widest.saturating_sub(width_of(&it.shown)) + 2);
            (format!("  {}", it.name), format!("{}{gap}{}", it.shown, session.paint(Colour::Dim, &it.origin)))
        })
        .collect();
    show::table(session, &rows);
}

fn print_findings(session: &mut Session<'_>, settings: &[Found], report: &CheckReport) {
    heading(session, "checks", "检查");
    let rows: Vec<_> = report.findings().iter().map(|it| (it, label(session, settings, it))).collect();
    let widest = rows.iter().map(|(_, (_, label))| width_of(label)).max().unwrap_or_default();
    let widest = widest.max(width_of(session.pick("FAILED ", "未设置")));
    for (finding, (colour, label)) in rows {
        let gap = " ".repeat(widest.saturating_sub(width_of(label)));
        let label = session.paint(colour, label);
        let part = finding.part.as_str();
        session.print(&format!("  {label}{gap}  {part:<13}  {}", display::clean(&finding.message)));
        if let Some(remedy) = &finding.remedy {
            session.print(&format!("{}-> {}", " ".repeat(widest + 4), display::clean(remedy)));
        }
    }
}

/// The state of a part, for people. A part whose setting is there, and that could not be checked, is not one that is not set.
fn label(session: &Session<'_>, settings: &[Found], finding: &Finding) -> (Colour, &'static str) {
    let part = finding.part.as_str();
    let is_left_out = SETTINGS.iter().any(|it| it.name == part) && !settings.iter().any(|it| it.name == part);
    match finding.state {
        State::Ok => (Colour::Green, session.pick("ok", "正常")),
        State::Attention => (Colour::Yellow, session.pick("attention", "注意")),
        State::Failed => (Colour::Red, session.pick("FAILED", "失败")),
        State::NotSet if is_left_out => (Colour::Yellow, session.pick("not set", "未设置")),
        State::NotSet => (Colour::Yellow, session.pick("not checked", "未检查")),
    }
}

fn print_hosts(session: &mut Session<'_>, hosts: &[Reached]) {
    heading(session, "hosts", "域名");
    for host in hosts {
        let backup = if host.backup { session.pick(" (backup)", "（备用）") } else { "" };
        let (colour, label, text) = match &host.problem {
            None => (Colour::Green, session.pick("ok     ", "正常  "), format!("{} ms", host.elapsed.as_millis())),
            Some(problem) => (Colour::Red, session.pick("FAILED ", "失败  "), display::clean(problem).into_owned()),
        };
        let label = session.paint(colour, label);
        session.print(&format!("  {label}  {}{backup}  {text}", host.host));
    }
}

fn heading(session: &mut Session<'_>, english: &'static str, chinese: &'static str) {
    let text = session.pick(english, chinese);
    let text = session.paint(Colour::Bold, text);
    session.print(&text);
}
