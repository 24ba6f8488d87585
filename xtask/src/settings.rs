//! The table of settings, written for Python, Node and the documents.

use wxpaykit::table::settings::{SETTINGS, Setting, SettingKind};

use crate::text::{File, columns, line};

const README: &str = include_str!("../../README.md");
const START: &str = "<!-- settings: written by `cargo xtask gen` -->\n";
const END: &str = "<!-- end of settings -->\n";

const PYTHON_HEAD: &str = "# Written by `cargo xtask gen` from the table of settings; edit the table instead.\n";

const CONSTRUCTOR: &str = r#""""The constructors of ``WxPay`` and ``AsyncWxPay``."""

from __future__ import annotations

from ._native import Client
from ._settings import checked, environment, hidden, hidden_credential, hidden_in, hidden_store, suggesting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from typing import Literal

    from typing_extensions import Self, Unpack

    from ._native import Event
    from .types import Settings, Store

    _SignType = Literal["MD5", "HMAC-SHA256"]


class Constructor:
    """Makes a client of its settings."""

    def __init__(
        self,
        *,
"#;

const FROM_ENV: &str = r"
    @classmethod
    def from_env(cls, **overrides: Unpack[Settings]) -> Self:
";

const FROM_ENV_BODY: &str = r#"        overrides = hidden_in(overrides)
        pay = cls.__new__(cls)
        pay._bind(Client.from_env(environment(), checked({**overrides})))
        return pay

    def _bind(self, native: Client) -> None:
        raise NotImplementedError


# The name that Python says when an argument is unknown or missing: the class that users know.
Constructor.__init__.__qualname__ = "WxPay"
if not TYPE_CHECKING:
    Constructor.__init__ = suggesting(Constructor.__init__)
"#;

/// What only Python's users have to know.
const PYTHON_NOTES: &[(&str, &str)] = &[
    ("store", " An object has the methods of `wxpaykit.types.Store`."),
    ("on_event", " It runs on a thread that makes calls; what it raises is reported by `sys.unraisablehook`."),
];

const TYPESCRIPT: &str = "\
// Written by `cargo xtask gen` from the table of settings; edit the table instead.

import type { SignType } from '../functions.js'
import type { CallEvent, Store, Warning } from '../hooks.js'

/** Who we are to WeChat, and how to reach it. */
export interface WxPayOptions {
";

const TYPESCRIPT_TABLE: &str = "}

/** What the constructor checks of an option, and its name in core. Numbers are in the option's own unit. */
export interface Setting {
  readonly name: string
  readonly kind: 'text' | 'credential' | 'milliseconds' | 'count' | 'flag' | 'signTypes' | 'store' | 'function'
  readonly variable?: string
  readonly required?: boolean
  readonly least?: number
  readonly most?: number
}

export const SETTINGS: Readonly<Record<string, Setting>> = {
";

/// The files that are made of settings alone.
pub fn files() -> Vec<File> {
    vec![
        ("python/wxpaykit/_setting_names.py", python_names()),
        ("python/wxpaykit/_constructor.py", python_constructor()),
        ("node/ts/generated/settings.ts", typescript()),
        ("README.md", readme()),
    ]
}

/// The README with the table of settings.
fn readme() -> String {
    let (before, rest) = README.split_once(START).unwrap_or((README, ""));
    let after = rest.split_once(END).map_or("", |(_, after)| after);
    format!("{before}{START}{}{END}{after}", markdown())
}

/// The members of Python's `types.Settings`.
pub fn python_members() -> String {
    let mut out = String::new();
    for setting in python() {
        line(&mut out, &format!("    {}: {}", setting.name, python_type(setting).replace("_SignType", SIGN_TYPE)));
    }
    out
}

/// A table of all settings for the documents.
fn markdown() -> String {
    let mut out = String::from("| Rust, Python | Node | environment | |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let variable = setting.variable().map(|variable| format!("`{variable}`")).unwrap_or_default();
        let name = if setting.node_only { String::new() } else { format!("`{}`", setting.name) };
        let text = joined(setting.doc);
        let unit = if setting.kind == SettingKind::Seconds { " In seconds; in Node in milliseconds." } else { "" };
        let default = setting.default.map(|default| format!(" `{default}` when left out.")).unwrap_or_default();
        line(&mut out, &format!("| {name} | `{}` | {variable} | {text}{unit}{default} |", node_name(setting)));
    }
    out
}

const SIGN_TYPE: &str = "Literal[\"MD5\", \"HMAC-SHA256\"]";

/// The settings that Python has.
fn python() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| !setting.node_only)
}

fn python_names() -> String {
    let mut out = format!(
        "{PYTHON_HEAD}\"\"\"The names of the settings, apart from their types, whose import takes longer than all the rest.\"\"\"\n\n"
    );
    let mut names = |name: &str, of: &dyn Fn(&Setting) -> bool| {
        line(&mut out, &format!("{name} = ("));
        for setting in python().filter(|setting| of(setting)) {
            line(&mut out, &format!("    \"{}\",", setting.name));
        }
        line(&mut out, ")");
    };
    names("NAMES", &|_| true);
    names("SECRETS", &|setting| setting.kind == SettingKind::Secret);
    names("CREDENTIALS", &|setting| setting.kind == SettingKind::Credential);
    out
}

fn python_constructor() -> String {
    let mut out = format!("{PYTHON_HEAD}{CONSTRUCTOR}");
    for setting in python() {
        let default = match (setting.required, setting.kind, setting.default) {
            (true, ..) => String::new(),
            (_, SettingKind::SignTypes, _) => " = ()".to_owned(),
            (_, SettingKind::Seconds, Some(default)) => format!(" = {default}.0"),
            (_, SettingKind::Count, Some(default)) => format!(" = {default}"),
            (_, SettingKind::Flag, _) => " = False".to_owned(),
            (_, _, Some(default)) => format!(" = \"{default}\""),
            (_, _, None) => " = None".to_owned(),
        };
        line(&mut out, &format!("        {}: {}{default},", setting.name, python_type(setting)));
    }
    line(&mut out, "    ) -> None:");
    line(&mut out, "        \"\"\"Makes a client of these settings.\n\n        Args:");
    for setting in python() {
        wrap(&mut out, 12, &format!("{}: {}", setting.name, python_doc(setting)));
    }
    line(&mut out, "\n        Raises:");
    line(&mut out, "            ConfigError: A setting is wrong. The message says what to do.");
    line(&mut out, "        \"\"\"");
    let hide = |kind, function: &str| {
        let hidden = python().filter(move |setting| setting.kind == kind);
        hidden.map(|setting| (setting.name, format!("{function}({})", setting.name))).collect::<Vec<_>>()
    };
    let kinds = [
        (SettingKind::Secret, "hidden"),
        (SettingKind::Credential, "hidden_credential"),
        (SettingKind::Store, "hidden_store"),
    ];
    for (name, value) in kinds.into_iter().flat_map(|(kind, function)| hide(kind, function)) {
        line(&mut out, &format!("        {name} = {value}"));
    }
    line(&mut out, "        settings = {");
    for setting in python() {
        line(&mut out, &format!("            \"{0}\": {0},", setting.name));
    }
    line(&mut out, "        }\n        self._bind(Client(checked(settings)))");
    out.push_str(FROM_ENV);
    line(&mut out, "        \"\"\"Makes a client of the settings of the environment.\n");
    let variables: Vec<_> = python().filter_map(Setting::variable).map(|name| format!("``{name}``")).collect();
    let (last, others) = variables.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    wrap_whole(&mut out, 8, &format!("Reads {} and {last}.", others.join(", ")));
    let files = "Each of them with ``_FILE`` at its end names a file whose content is taken. Times are in seconds, lists have commas.";
    wrap_whole(&mut out, 8, files);
    line(&mut out, "\n        Args:\n            overrides: Settings to use instead of the environment's.");
    line(&mut out, "\n        Raises:");
    line(&mut out, "            ConfigError: A setting is missing, unreadable or wrong. The message says what to do.");
    line(&mut out, "            TypeError: There is no setting of that name.");
    line(&mut out, "        \"\"\"");
    out.push_str(FROM_ENV_BODY);
    out
}

fn python_type(setting: &Setting) -> String {
    let kind = match setting.kind {
        SettingKind::Text | SettingKind::Secret => "str",
        SettingKind::Credential => "str | bytes | PathLike[str]",
        SettingKind::Seconds => "float",
        SettingKind::Count => "int",
        SettingKind::Flag => "bool",
        SettingKind::SignType => "_SignType",
        SettingKind::SignTypes => "Sequence[_SignType]",
        SettingKind::Store => "str | Store",
        SettingKind::Listener => "Callable[[Event], object]",
    };
    let always = setting.required || setting.default.is_some() || setting.kind == SettingKind::SignTypes;
    if always { kind.to_owned() } else { format!("{kind} | None") }
}

fn python_doc(setting: &Setting) -> String {
    let unit = if setting.kind == SettingKind::Seconds { " In seconds." } else { "" };
    let note = PYTHON_NOTES.iter().find(|(name, _)| *name == setting.name).map_or("", |(_, note)| note);
    format!("{}{unit}{note}", joined(setting.doc)).replace('`', "``")
}

fn typescript() -> String {
    let mut out = TYPESCRIPT.to_owned();
    for setting in SETTINGS {
        let mut text = joined(setting.doc);
        for other in SETTINGS {
            text = text.replace(&format!("`{}`", other.name), &format!("`{}`", node_name(other)));
        }
        if let Some(default) = setting.default {
            text.push_str(&match setting.kind {
                SettingKind::Seconds => format!(" In milliseconds; {} when left out.", grouped(milliseconds(default))),
                _ => format!(" {default} when left out."),
            });
        }
        wrap_comment(&mut out, &text);
        let (mark, none) = if setting.required { ("", "") } else { ("?", " | undefined") };
        line(&mut out, &format!("  {}{mark}: {}{none}", node_name(setting), typescript_type(setting)));
    }
    out.push_str(TYPESCRIPT_TABLE);
    for setting in SETTINGS {
        let mut row = format!("name: '{}', kind: '{}'", setting.name, typescript_kind(setting.kind));
        if let Some(variable) = setting.variable() {
            row.push_str(&format!(", variable: '{variable}'"));
        }
        if setting.required {
            row.push_str(", required: true");
        }
        let (least, most) = setting.range;
        match setting.kind {
            SettingKind::Seconds => {
                row.push_str(&format!(", least: {}, most: {}", grouped(least * 1000.0), grouped(most * 1000.0)));
            }
            SettingKind::Count => row.push_str(&format!(", least: {}, most: {}", grouped(least), grouped(most))),
            _ => {}
        }
        line(&mut out, &format!("  {}: {{ {row} }},", node_name(setting)));
    }
    line(&mut out, "}");
    out
}

fn typescript_type(setting: &Setting) -> &'static str {
    match (setting.kind, setting.node_only) {
        (SettingKind::Text | SettingKind::Secret, _) => "string",
        (SettingKind::Credential, _) => "string | Uint8Array",
        (SettingKind::Seconds | SettingKind::Count, _) => "number",
        (SettingKind::Flag, _) => "boolean",
        (SettingKind::SignType, _) => "SignType",
        (SettingKind::SignTypes, _) => "readonly SignType[]",
        (SettingKind::Store, _) => "string | Store",
        (SettingKind::Listener, false) => "((event: CallEvent) => void)",
        (SettingKind::Listener, true) => "((warning: Warning) => void)",
    }
}

fn typescript_kind(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Text | SettingKind::Secret | SettingKind::SignType => "text",
        SettingKind::Credential => "credential",
        SettingKind::Seconds => "milliseconds",
        SettingKind::Count => "count",
        SettingKind::Flag => "flag",
        SettingKind::SignTypes => "signTypes",
        SettingKind::Store => "store",
        SettingKind::Listener => "function",
    }
}

/// `max_network_retries` as `maxNetworkRetries`.
fn node_name(setting: &Setting) -> String {
    let mut words = setting.name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (initial, rest) = word.split_at(1);
        format!("{name}{}{rest}", initial.to_ascii_uppercase())
    })
}

fn milliseconds(seconds: &str) -> f64 {
    seconds.parse::<f64>().unwrap_or_default() * 1000.0
}

/// `86400000` as `86_400_000`, as both TypeScript and people read it.
fn grouped(number: f64) -> String {
    let digits = number.round().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('_');
        }
        out.push(digit);
    }
    out
}

fn joined(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of at most 120 characters, the later ones deeper by four.
fn wrap(out: &mut String, indent: usize, text: &str) {
    lines(out, &" ".repeat(indent), &" ".repeat(indent + 4), text);
}

fn wrap_whole(out: &mut String, indent: usize, text: &str) {
    lines(out, &" ".repeat(indent), &" ".repeat(indent), text);
}

fn wrap_comment(out: &mut String, text: &str) {
    if columns(text) <= 108 {
        line(out, &format!("  /** {text} */"));
        return;
    }
    line(out, "  /**");
    lines(out, "   * ", "   * ", text);
    line(out, "   */");
}

fn lines(out: &mut String, first: &str, later: &str, text: &str) {
    let mut current = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && columns(&current) + 1 + columns(word) > 118 {
            line(out, &current);
            current = later.to_owned();
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    line(out, &current);
}
