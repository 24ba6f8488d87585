//! The library with streams of a test's own, and the program that `cargo install` gives. python/tests/test_command.py has more: it runs
//! the same code at a terminal and against the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use wxpaykit::{SignType, sign};
use wxpaykit_cli::{Io, Terminals, run, status};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

/// Exit code, standard output, standard error.
fn ran(args: &[&str], mut input: &[u8], variables: &[(&str, &str)], terminals: Terminals) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let io =
        Io { input: &mut input, out: &mut out, err: &mut err, terminals, environment: &lookup, folders: Vec::new() };
    let status = run(args.iter().map(Into::into), io);
    let shown = (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    assert!(!shown.1.contains(KEY) && !shown.2.contains(KEY), "{shown:?}");
    shown
}

fn piped(args: &[&str], input: &str) -> (u8, String, String) {
    ran(args, input.as_bytes(), &[("WXPAY_API_KEY", KEY)], Terminals::default())
}

#[test]
fn results_go_to_standard_output_and_errors_to_standard_error() {
    let signed = sign::sign([("a", "1")], KEY, SignType::Md5);
    assert_eq!(piped(&["sign", "-q", "a=1"], ""), (status::DONE, format!("{signed}\n"), String::new()));
    let message = format!("<xml><a>1</a><sign>{signed}</sign></xml>");
    assert_eq!(piped(&["verify"], &message).0, status::DONE);
    assert_eq!(piped(&["verify", "-"], &message.replace("<a>1", "<a>2")).0, status::NO);
    let (ended, out, err) = piped(&["verify", "/no/such/file"], "");
    assert_eq!((ended, out.as_str(), err.lines().count()), (status::WRONG, "", 1));
    assert!(err.starts_with("wxpaykit: the file cannot be read: /no/such/file: "), "{err}");
}

#[test]
fn colours_are_for_terminals_and_the_language_for_people() {
    let everywhere = Terminals { input: true, out: true, err: false };
    let key = ("WXPAY_API_KEY", KEY);
    let message = "<xml><a>1</a><sign>0</sign></xml>";
    let (_, out, _) = ran(&["verify", message], b"", &[key], everywhere);
    assert!(out.starts_with("\u{1b}[31mthe signature is wrong\u{1b}[0m: "), "{out}");
    for dull in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!ran(&["verify", message], b"", &[key, dull], everywhere).1.contains('\u{1b}'));
    }
    assert!(!ran(&["verify", "--color=never", message], b"", &[key], everywhere).1.contains('\u{1b}'));
    assert!(ran(&["verify", "--color", "always", message], b"", &[key], Terminals::default()).1.contains('\u{1b}'));
    for (variables, args) in [
        (vec![key, ("WXPAYKIT_LANG", "zh")], vec!["verify", message]),
        (vec![key, ("LANG", "zh_CN.UTF-8")], vec!["verify", message]),
        (vec![key, ("WXPAYKIT_LANG", "en")], vec!["--lang", "zh", "verify", message]),
        (vec![key], vec!["verify", "--lang=zh", message]),
    ] {
        assert!(ran(&args, b"", &variables, Terminals::default()).1.starts_with("签名错误: "), "{args:?}");
    }
    // Nobody is asked when there is no terminal for the question.
    let (ended, _, err) = ran(&["verify", message], b"", &[], everywhere);
    assert!(ended == status::WRONG && err.contains("WXPAY_API_KEY_FILE"), "{err}");
}

#[test]
fn every_command_has_help_in_both_languages() {
    let (_, all, _) = piped(&["--help"], "");
    let names: Vec<&str> = all
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() >= 16 && names.contains(&"explain"), "{all}");
    for name in names {
        let (ended, english, _) = piped(&[name, "--help"], "");
        assert_eq!((ended, piped(&["help", name], "").1), (status::DONE, english.clone()), "{name}");
        let (_, chinese, _) = piped(&[name, "--help", "--lang", "zh"], "");
        assert!(english.contains("Usage: wxpaykit ") && chinese.contains("用法：wxpaykit "), "{name}");
        let letters = |text: &str| text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        assert!(letters(&chinese) > 20 && letters(&english) < 30, "{name}: {english}");
        for word in ["Options:", "Arguments:", "Commands:", "Print help"] {
            assert!(!chinese.contains(word), "{name}: {chinese}");
        }
    }
}

/// What takes nothing, as a pipe whose reader ended.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_does_not_change_the_exit_code() {
    for (args, ended) in [(vec!["call"], status::DONE), (vec!["verify", "/no/such/file"], status::WRONG)] {
        let io = Io {
            input: &mut std::io::empty(),
            out: &mut Closed,
            err: &mut Closed,
            terminals: Terminals::default(),
            environment: &|_| None,
            folders: Vec::new(),
        };
        assert_eq!(run(args.iter().map(Into::into), io), ended);
    }
}

#[test]
fn the_program() {
    let program = |args: &[&str], input: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wxpaykit"))
            .args(args)
            .env_clear()
            .env("WXPAY_API_KEY", KEY)
            .env("PATH", "/nowhere")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input has ended by now, perhaps.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let signed = sign::sign([("a", "1")], KEY, SignType::HmacSha256);
    assert_eq!(
        program(&["sign", "-q", "--type", "HMAC-SHA256", "-"], "a=1"),
        (0, format!("{signed}\n"), String::new())
    );
    assert_eq!(program(&["--version"], "").1, format!("wxpaykit {}\n", env!("CARGO_PKG_VERSION")));
    let (ended, out, err) = program(&["explain", "-", "--lang", "zh"], "<xml><a>1</a></xml>");
    assert!(ended == 1 && out.contains("没有 sign") && err.is_empty(), "{out}{err}");
    assert_eq!(program(&["sign", "--key", KEY], "").0, 2);
    // The emulator is beside this program in a development build.
    let (ended, out, _) = program(&["query", "out_trade_no=1"], "");
    assert_eq!((ended, out.as_str()), (2, ""));
}
