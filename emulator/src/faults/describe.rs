//! The faults that there are, as the control API says them. The panel of the page is made of this.

use serde_json::{Map, Value, json};

use super::catalog::{Form, KINDS, Kind, Parameter, Start};
use super::kinds::{Api, Endpoint, Fault};
use super::parse;
use crate::world::notice_fault::Stage;

/// All faults, and the paths that those of replies may name.
pub(super) fn kinds(endpoints: &[Endpoint]) -> Value {
    let paths = endpoints.iter().map(|endpoint| json!({ "path": endpoint.path, "api": api(endpoint.api) }));
    json!({
        "faults": KINDS.iter().map(kind).collect::<Vec<_>>(),
        "endpoints": paths.collect::<Vec<_>>(),
    })
}

const fn api(api: Api) -> &'static str {
    match api {
        Api::V2 => "v2",
        Api::V3 => "v3",
        Api::Platform => "platform",
    }
}

fn kind(kind: &Kind) -> Value {
    let fault = parse::with_parameters(kind.name, example(kind)).ok().map(|(fault, _)| fault);
    let apis = |fault: &Fault| match fault {
        Fault::Reply(reply) => {
            Some([Api::V2, Api::V3, Api::Platform].into_iter().filter(|each| reply.fits_api(*each)).map(api).collect())
        }
        Fault::Notice(_) => None::<Vec<_>>,
    };
    let paths = |fault: &Fault| match fault {
        Fault::Reply(reply) => reply.paths(),
        Fault::Notice(_) => None,
    };
    json!({
        "fault": kind.name,
        "of": fault.as_ref().map(group),
        "apis": fault.as_ref().and_then(apis),
        "paths": fault.as_ref().and_then(paths),
        "about": kind.about.0,
        "about_zh": kind.about.1,
        "parameters": kind.parameters.iter().map(parameter).collect::<Vec<_>>(),
    })
}

/// The parameters of a fault with their defaults, or with an example where there is none.
fn example(kind: &Kind) -> Map<String, Value> {
    kind.parameters.iter().map(|each| (each.name.to_owned(), value(each))).collect()
}

fn value(parameter: &Parameter) -> Value {
    // The table is our own; a test reads all of it.
    serde_json::from_str(parameter.start.text()).unwrap_or_default()
}

/// What a fault is about.
fn group(fault: &Fault) -> &'static str {
    match fault {
        Fault::Reply(_) => "reply",
        Fault::Notice(fault) => match fault.stage() {
            Stage::Charging | Stage::Reversing => "payment_code",
            Stage::Refunding | Stage::Refunded | Stage::RefundedByV2 => "refund",
            Stage::Sharing => "sharing",
            Stage::Ordered | Stage::Paid | Stage::Sending => "notification",
        },
    }
}

fn parameter(parameter: &Parameter) -> Value {
    let (form, least, most, choices) = match parameter.form {
        Form::Whole(least, most) => ("whole", Some(least), Some(most), None),
        Form::Flag => ("flag", None, None, None),
        Form::Choice(choices) => ("choice", None, None, Some(choices)),
        Form::Text => ("text", None, None, None),
        Form::Coupons => ("coupons", None, None, None),
    };
    let value = value(parameter);
    let is_default = matches!(parameter.start, Start::Default(_));
    json!({
        "name": parameter.name,
        "form": form,
        "least": least,
        "most": most,
        "choices": choices,
        "required": matches!(parameter.start, Start::Required(_)),
        "default": is_default.then_some(&value),
        "example": (!is_default).then_some(&value),
        "about": parameter.about.0,
        "about_zh": parameter.about.1,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn lists_every_fault_that_is_read() {
        let source = include_str!("parse.rs");
        let read = source.split("match name {").nth(1).unwrap().split("other => return Err").next().unwrap();
        // The names stand before an arrow, eight spaces in: those of values stand further in.
        let read: BTreeSet<&str> = read
            .lines()
            .filter_map(|line| line.strip_prefix("        \"")?.split_once("\" => ").map(|(name, _)| name))
            .collect();
        let listed: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(read, listed);
        assert_eq!(listed.len(), KINDS.len(), "each once");
    }

    #[test]
    fn lists_every_parameter_that_is_read() {
        for kind in KINDS {
            let (_, asked) = parse::with_parameters(kind.name, example(kind)).unwrap();
            let listed: BTreeSet<&str> = kind.parameters.iter().map(|each| each.name).collect();
            assert_eq!(asked, listed, "{}", kind.name);
        }
    }

    #[test]
    fn a_default_is_what_happens_without_a_value() {
        for kind in KINDS {
            let mut bare = example(kind);
            let defaults: Vec<_> = kind
                .parameters
                .iter()
                .filter(|each| matches!(each.start, Start::Default(_)))
                .map(|each| each.name)
                .collect();
            for name in &defaults {
                bare.remove(*name);
            }
            let read = |given| parse::with_parameters(kind.name, given).unwrap().0;
            assert_eq!(read(bare), read(example(kind)), "{}", kind.name);
        }
    }

    #[test]
    fn bounds_and_choices_are_those_of_the_reader() {
        for kind in KINDS {
            for parameter in kind.parameters {
                let accepts = |value: Value| {
                    let mut given = example(kind);
                    given.insert(parameter.name.to_owned(), value);
                    parse::with_parameters(kind.name, given).is_ok()
                };
                match parameter.form {
                    Form::Whole(least, most) => {
                        // Of errcode and of status, some values between are refused too; the words say so.
                        for (value, taken) in [(least, true), (most, true), (least - 1, false), (most + 1, false)] {
                            assert_eq!(accepts(value.into()), taken, "{} {} {value}", kind.name, parameter.name);
                        }
                    }
                    Form::Choice(choices) => {
                        assert!(choices.iter().all(|choice| accepts((*choice).into())), "{}", kind.name);
                        assert!(!accepts("other".into()), "{}", kind.name);
                    }
                    Form::Flag => assert!(accepts(true.into()) && !accepts(1.into()), "{}", kind.name),
                    Form::Text => assert!(accepts("X".into()) && !accepts(true.into()), "{}", kind.name),
                    Form::Coupons => assert!(!accepts("x".into()), "{}", kind.name),
                }
            }
        }
    }

    #[test]
    fn the_readme_has_every_fault() {
        let readme = include_str!("../../README.md");
        for kind in KINDS {
            let named = |line: &&str| line.starts_with('|') && line.contains(&format!("`{}`", kind.name));
            let row = readme.lines().find(named).unwrap_or_default();
            assert!(!row.is_empty(), "{} is not in the README", kind.name);
            for parameter in kind.parameters {
                assert!(row.contains(&format!("`{}`", parameter.name)), "{} {}", kind.name, parameter.name);
            }
        }
    }

    #[test]
    fn words_are_in_both_languages() {
        let is_chinese = |text: &str| text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
        let words = KINDS
            .iter()
            .flat_map(|kind| std::iter::once(kind.about).chain(kind.parameters.iter().map(|each| each.about)));
        for (english, chinese) in words {
            assert!(!is_chinese(english), "{english}");
            // One word of JSON may be all there is to say.
            assert!(is_chinese(chinese), "{chinese}");
        }
    }
}
