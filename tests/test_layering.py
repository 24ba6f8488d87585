"""Tests of tests/layering.py: each rule fails for code that it forbids, and passes other code."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import layering
from imports import Unreadable, circles, python, rust, typescript

FOLDERS = [folder for folder in (*layering.FLOORS, *layering.PACKAGES) if (layering.ROOT / folder).exists()]


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".rs":
            manifest = root / Path(name).parts[0] / "Cargo.toml"
            dependencies = ["axum", "http", "hyper", "napi", "napi-sys", "reqwest", "sha2", "tokio"]
            manifest.write_text("[dependencies]\n" + "".join(f'{name} = "1"\n' for name in dependencies))
    return root


def breaches(root: Path, files: dict[str, str]) -> set[str]:
    return set(layering.files(write(root, files)))


def arrows(root: Path, files: dict[str, str]) -> set[str]:
    """`a -> b` for each import between the files of a small crate."""
    tree = rust.read(write(root, {f"core/src/{name}": text for name, text in files.items()}) / "core/src", {"http"})
    source = root / "core/src"
    return {f"{a.relative_to(source)} -> {b.relative_to(source)}" for a, b in tree.arrows}


# The files of the project itself.


@pytest.fixture(params=FOLDERS)
def copy(request, tmp_path):
    """One crate or package of the project, copied."""
    folder = request.param
    shutil.copytree(layering.ROOT / folder, tmp_path / folder)
    if folder in layering.FLOORS:
        shutil.copy(layering.ROOT / folder / "../Cargo.toml", tmp_path / folder / "../Cargo.toml")
    return tmp_path, folder


def importing(folder: str, file: Path, source: Path, beside: Path) -> str:
    """A line that imports `file`, for a file at `beside`."""
    if folder == "node/ts":
        path = os.path.relpath(file.with_suffix(".js"), beside.parent)
        return f"\nimport type {{}} from './{path}'\n"
    if folder == "python/wxpaykit":
        return f"\nfrom {'.'.join(python.module(source, file))} import anything\n"
    return f"\nuse crate::{'::'.join(rust.module(source, file))} as planted;\n"


def test_a_planted_circle_fails(copy):
    root, folder = copy
    before = set(layering.files(root))
    source = root / folder
    suffix = {"node/ts": ".ts", "python/wxpaykit": ".py"}.get(folder, ".rs")
    one, two = source / f"planted_one{suffix}", source / f"planted_two{suffix}"
    one.write_text(importing(folder, two, source, one))
    two.write_text(importing(folder, one, source, two))
    new = set(layering.files(root)) - before
    assert {f"circle {folder}/{file.name}" for file in (one, two)} <= new
    assert {line.split()[0] for line in new} <= {"circle", "unknown"}


def test_an_import_in_the_other_direction_fails(copy):
    root, folder = copy
    source = root / folder
    before = set(layering.files(root))
    tree = layering.trees(root)[folder]
    knotted = {file for circle in circles(tree.arrows) for file in circle}
    top = {"lib.rs", "main.rs", "index.ts", "__init__.py"}
    free = [(a, b) for a, b in sorted(tree.arrows) if b not in knotted and top.isdisjoint((a.name, b.name))]
    a, b = next(arrow for arrow in free if arrow[1].suffix in (".rs", ".ts", ".py"))
    with b.open("a") as file:
        file.write(importing(folder, a, source, b))
    after = set(layering.files(root))
    assert {f"circle {file.relative_to(root).as_posix()}" for file in (a, b)} <= after
    assert f"circle {b.relative_to(root).as_posix()}" in after - before


def test_an_unknown_file_fails(tmp_path):
    files = {"core/src/lib.rs": "", "core/src/misc.rs": "", "core/src/helpers/mod.rs": ""}
    assert breaches(tmp_path, files) == {"unknown core/src/misc.rs", "unknown core/src/helpers/mod.rs"}


# Floors.


@pytest.mark.parametrize("folder", layering.FLOORS)
def test_a_climb_fails(tmp_path, folder):
    low, high = (words.split()[0] for words in layering.FLOORS[folder][:2])
    files = {f"{folder}/{low}.rs": f"use crate::{high}::Thing;", f"{folder}/{high}.rs": "pub struct Thing;"}
    assert breaches(tmp_path, files) == {f"climb {folder}/{low}.rs -> {folder}/{high}.rs"}
    files = {f"{folder}/{low}.rs": "pub struct Thing;", f"{folder}/{high}.rs": f"use crate::{low}::Thing;"}
    assert breaches(tmp_path, files) == set()


def test_a_sibling_folder_fails_but_its_own_folder_and_single_files_do_not(tmp_path):
    files = {
        "core/src/v2/mod.rs": "pub mod sign; pub mod reply;",
        "core/src/v2/sign.rs": "pub fn sign() {}",
        "core/src/v2/reply.rs": "use super::sign::sign; use crate::platform::sign as other;",
        "core/src/platform/mod.rs": "pub mod sign;",
        "core/src/platform/sign.rs": "pub fn sign() {}",
        "core/src/codes.rs": "pub enum Meaning {}",
        "core/src/retry.rs": "use crate::codes::Meaning;",
    }
    assert breaches(tmp_path, files) == {"sibling core/src/v2/reply.rs -> core/src/platform/sign.rs"}


def test_a_sibling_folder_of_the_emulator_fails(tmp_path):
    files = {
        "emulator/src/v2/mod.rs": "pub mod order; pub mod rules;",
        "emulator/src/v2/order.rs": "use super::rules::Rule; use crate::platform::oauth::grant;",
        "emulator/src/v2/rules.rs": "pub struct Rule;",
        "emulator/src/platform/mod.rs": "pub mod oauth;",
        "emulator/src/platform/oauth.rs": "pub fn grant() {}",
        "emulator/src/live.rs": "pub fn now() {}",
        "emulator/src/journal.rs": "use crate::live::now;",
    }
    assert breaches(tmp_path, files) == {"sibling emulator/src/v2/order.rs -> emulator/src/platform/oauth.rs"}


# Rules 2 to 7.


@pytest.mark.parametrize(
    "code",
    [
        "std::env::var(name)",
        "std::fs::read(path)",
        "std::net::TcpStream::connect(host)",
        "std::time::SystemTime::now()",
        "tokio::spawn(job)",
        "http::Method::GET",
        "reqwest::get(url)",
    ],
)
def test_rule_2_effects_in_the_pure_core_fail(tmp_path, code):
    effect = "::".join(code.split("(")[0].split("::")[: 3 if "SystemTime" in code else 2 if "std" in code else 1])
    files = {"core/src/money.rs": f"fn f() {{ {code}; }}", "core/src/transport.rs": f"fn f() {{ {code}; }}"}
    assert breaches(tmp_path, files) == {f"rule2 core/src/money.rs names {effect}"}


@pytest.mark.parametrize(
    "code",
    [
        "use std::{fmt, time::{Duration, SystemTime}}; fn f() { SystemTime::now(); }",
        "use std::time; fn f() { time::SystemTime::now(); }",
        "use std::time as clock; fn f() { clock::SystemTime::now(); }",
        "macro_rules! now { () => { ::std::time::SystemTime::now() }; }",
        "fn f() { <std::time::SystemTime as Default>::default(); }",
    ],
)
def test_rule_2_finds_a_name_in_every_form(tmp_path, code):
    assert breaches(tmp_path, {"core/src/time.rs": code}) == {"rule2 core/src/time.rs names std::time::SystemTime"}


def test_rule_2_ignores_comments_texts_and_tests(tmp_path):
    code = """
        // std::fs::read
        /* tokio::spawn /* nested */ http::Method */
        const A: &str = "std::fs::read \\" tokio::spawn";
        const B: &str = r#"std::env::var "quoted" "#;
        const C: char = '"'; const D: char = '\\''; fn f<'a>(x: &'a str) -> &'a str { x }
        #[cfg(test)]
        mod tests { use std::fs; fn f() { fs::read("x"); } }
        #[cfg(test)] use std::env;
    """
    assert breaches(tmp_path, {"core/src/money.rs": code}) == set()


def test_rule_3_the_world_of_the_emulator_uses_no_http(tmp_path):
    files = {
        "emulator/src/world/clock.rs": "use axum::Router; use hyper::body::Body; use crate::app::App;",
        "emulator/src/app.rs": "pub struct App;",
        "emulator/src/wechat/refund.rs": "use axum::Json; use crate::app::App;",
        "emulator/src/serve/door.rs": "use axum::Router; use hyper::body::Body; use crate::app::App;",
    }
    assert breaches(tmp_path, files) == {
        "climb emulator/src/world/clock.rs -> emulator/src/app.rs",
        "rule3 emulator/src/world/clock.rs names axum",
        "rule3 emulator/src/world/clock.rs names hyper",
        "rule3 emulator/src/world/clock.rs names crate::app",
        "rule3 emulator/src/wechat/refund.rs names axum",
    }


@pytest.mark.parametrize("file", ["v2/answer", "v3/answer", "platform/answer", "faults/mod", "app", "journal"])
def test_rule_3_only_serve_uses_axum(tmp_path, file):
    code = "use axum::Json; use hyper::body::Bytes;"
    files = {f"emulator/src/{file}.rs": code, "emulator/src/serve/v2.rs": code}
    assert breaches(tmp_path, files) == {f"rule3 emulator/src/{file}.rs names axum"}


def test_rule_4_bindings_convert_and_do_nothing_else(tmp_path):
    code = 'use sha2::Sha256; use wxpaykit::retry::RetryClass; const A: &str = "ORDERPAID"; use wxpaykit::Error;'
    files = {
        "python/src/job.rs": code,
        "node/src/job.rs": code,
        "node/ts/calls.ts": "if (error.code === 'ORDERPAID') retry()",
        "python/wxpaykit/_calls.py": '"""ORDERPAID"""\n"ORDERPAID"\nif code == "ORDERPAID": pass',
    }
    table = {"core/src/codes.rs": 'codes! { V2 "ORDERPAID": Final }'}
    assert breaches(tmp_path, files | table) == {
        *(f"rule4 {side}/src/job.rs names {name}" for side in ("python", "node") for name in ("sha2", "RetryClass")),
        *(f"rule4 {file} names the code ORDERPAID" for file in files),
    }


def test_rule_4_reads_the_codes_from_their_table(tmp_path):
    files = {
        "core/src/codes.rs": 'codes! { V2 "MADE_UP_CODE": Final, Platform "49999": Later }',
        "core/src/retry.rs": 'const A: &str = "MADE_UP_CODE";',
        "node/ts/calls.ts": "if (code === 'MADE_UP_CODE') retry()",
    }
    assert breaches(tmp_path, files) == {"rule4 node/ts/calls.ts names the code MADE_UP_CODE"}


def test_rule_4_finds_the_codes_of_the_project():
    assert {"SYSTEMERROR", "ORDERPAID", "NOTENOUGH", "40001", "42001"} <= layering.known_codes(
        layering.ROOT / layering.CODE_TABLE
    )


@pytest.mark.parametrize(
    ("file", "code", "name"),
    [
        ("python/wxpaykit/_calls.py", "import hashlib", "hashlib"),
        ("python/wxpaykit/_calls.py", "from hashlib import md5", "hashlib"),
        ("python/wxpaykit/_calls.py", "def f():\n    import hmac", "hmac"),
        ("python/wxpaykit/_calls.py", "import http.client", "http"),
        ("python/wxpaykit/_calls.py", "from urllib import request", "urllib.request"),
        ("python/wxpaykit/_calls.py", "from urllib.request import urlopen", "urllib.request"),
        ("python/wxpaykit/_calls.py", "import xml.etree.ElementTree as ET", "xml"),
        ("python/wxpaykit/_calls.py", "from lxml import etree", "lxml"),
        ("python/wxpaykit/_calls.py", "import requests", "requests"),
        ("python/wxpaykit/_calls.py", "__import__('httpx')", "httpx"),
        ("python/wxpaykit/testing.py", "import hashlib", "hashlib"),
        ("python/wxpaykit/django/views.py", "from http.client import HTTPConnection", "http"),
        ("node/ts/calls.ts", "import { createHash } from 'node:crypto'", "crypto"),
        ("node/ts/calls.ts", "import { createHash } from 'crypto'", "crypto"),
        ("node/ts/calls.ts", "import http from 'node:http'", "http"),
        ("node/ts/calls.ts", "const https = require('node:https')", "https"),
        ("node/ts/calls.ts", "import { request } from 'undici'", "undici"),
        ("node/ts/calls.ts", "await import('undici/types/client.js')", "undici"),
        ("node/ts/calls.ts", "import { XMLParser } from 'fast-xml-parser'", "fast-xml-parser"),
        ("node/ts/testing.ts", "import { createHash } from 'node:crypto'", "crypto"),
        ("node/ts/frameworks/koa.ts", "import http from 'node:http'", "http"),
    ],
)
def test_rule_4_names_http_xml_and_hash_packages_in_all_languages(tmp_path, file, code, name):
    assert breaches(tmp_path, {file: code}) == {f"rule4 {file} names {name}"}


def test_rule_4_allows_http_where_tests_talk_to_the_emulator_and_what_reads_urls(tmp_path):
    files = {
        "python/wxpaykit/testing.py": "import http.client\nimport urllib.request",
        "python/wxpaykit/_web.py": "from urllib.parse import urlsplit\nimport zlib",
        "python/wxpaykit/django/views.py": "from django.http import HttpRequest",
        "node/ts/testing.ts": "import http from 'node:http'",
        "node/ts/web.ts": "import { gunzip } from 'node:zlib'\nimport { type A } from './http.js'",
        "node/ts/http.ts": "export type A = string",
    }
    assert breaches(tmp_path, files) == set()


@pytest.mark.parametrize(
    ("file", "code", "name"),
    [
        ("python/wxpaykit/_calls.py", 'if error.retry == "query_first": again()', "the retry query_first"),
        ("python/wxpaykit/_calls.py", 'f"{error}"; retry = "never"', "the retry never"),
        ("node/ts/calls.ts", "if (error.retry === 'same_request') again()", "the retry same_request"),
        ("node/ts/calls.ts", "if (error.retry === `same_request`) again()", "the retry same_request"),
        ("node/src/error.rs", 'const A: &str = "query_first";', "the retry query_first"),
        ("python/src/error.rs", "fn f() { wxpaykit::Retry::QueryFirst.as_str(); }", "Retry"),
        ("python/src/error.rs", "use wxpaykit::retry::{self, RetryClass};", "RetryClass"),
    ],
)
def test_rule_4_only_error_classes_name_what_a_retry_is(tmp_path, file, code, name):
    allowed = {
        "python/wxpaykit/errors.py": '_Retry = Literal["never", "same_request", "query_first"]',
        "node/ts/errors.ts": "export type Retry = 'never' | 'same_request' | 'query_first'",
        "python/wxpaykit/client.py": '"""What is safe: ``never`` or ``query_first``."""',
    }
    assert breaches(tmp_path, allowed | {file: code}) == {f"rule4 {file} names {name}"}


def test_rule_5_raw_node_api_stands_in_one_file(tmp_path):
    files = {"node/src/text.rs": "use napi::sys;", "node/src/frame.rs": "use napi::{Env, bindgen_prelude::*};"}
    assert breaches(tmp_path, files) == set()
    files |= {"node/src/queue.rs": "fn f() { napi::sys::napi_create_string_utf16(); }"}
    assert breaches(tmp_path, files) == {"rule5 node/src/queue.rs names napi::sys"}
    del files["node/src/text.rs"]
    assert breaches(tmp_path, files) == {"rule5 node/src/queue.rs names napi::sys"}


@pytest.mark.parametrize("path", ["crate::Error", "crate::{Error, money}", "super::Error", "crate::*"])
def test_rule_5_imports_of_the_crate_root_fail(tmp_path, path):
    files = {
        "core/src/lib.rs": "pub mod error; mod money; mod time; pub use error::Error;",
        "core/src/error.rs": "pub struct Error;",
        "core/src/money.rs": "",
        "core/src/time.rs": f"use {path};",
    }
    named = "crate" if "*" in path else "crate::Error"
    assert {line for line in breaches(tmp_path, files) if line.startswith("rule5")} == {
        f"rule5 core/src/time.rs imports {named}"
    }


def test_rule_6_the_emulator_has_its_own_rules(tmp_path):
    code = "use wxpaykit::{Fields, SignType, wire::xml, doctor, v2::sign}; use wxpaykit::{codes, v2::order, WxPay};"
    assert breaches(tmp_path, {"emulator/src/wechat/refund.rs": code}) == {
        f"rule6 emulator/src/wechat/refund.rs takes {path} from core" for path in ("codes", "v2::order", "WxPay")
    }


def test_rule_7_python_integrations_import_their_framework_alone(tmp_path):
    files = {
        "python/wxpaykit/__init__.py": "",
        "python/wxpaykit/_web.py": "import flask",
        "python/wxpaykit/flask.py": "import json\nfrom flask import Flask\nfrom werkzeug import x\nfrom . import _web",
        "python/wxpaykit/django/__init__.py": "import django.db\nimport starlette",
        "python/wxpaykit/client.py": "def f():\n    from .django import pay",
    }
    assert breaches(tmp_path, files) == {
        "rule7 python/wxpaykit/_web.py imports flask",
        "rule7 python/wxpaykit/django/__init__.py imports starlette",
        "rule7 python/wxpaykit/client.py imports python/wxpaykit/django/__init__.py",
    }


def test_rule_7_node_middleware_imports_no_framework(tmp_path):
    files = {
        "node/ts/index.ts": "export { koa } from './frameworks/koa.js'",
        "node/ts/client.ts": "import { koa } from './frameworks/koa.js'",
        "node/ts/frameworks/koa.ts": "import type { Context } from 'koa'\nimport { once } from 'node:events'",
    }
    assert breaches(tmp_path, files) == {
        "rule7 node/ts/frameworks/koa.ts imports koa",
        "rule7 node/ts/client.ts imports node/ts/frameworks/koa.ts",
    }


# How Rust is read.


def test_a_reexport_is_a_signpost(tmp_path):
    files = {
        "lib.rs": "pub mod wire; mod client; pub use wire::xml::parse;",
        "wire/mod.rs": "mod xml; mod name; pub use self::xml::parse; pub use name::*; pub use xml::deep as shallow;",
        "wire/xml.rs": "use super::Name; pub fn parse() {} pub fn deep() {}",
        "wire/name.rs": "pub struct Name;",
        "client.rs": "use crate::wire::{self, Name}; fn f() { wire::parse(); wire::shallow(); }",
    }
    assert arrows(tmp_path, files) == {
        "wire/xml.rs -> wire/name.rs",
        "client.rs -> wire/mod.rs",
        "client.rs -> wire/name.rs",
        "client.rs -> wire/xml.rs",
    }


def test_a_folder_that_uses_what_it_reexports_uses_its_child(tmp_path):
    files = {
        "client/mod.rs": "mod inner; mod pay; pub use inner::WxPay; impl WxPay { fn f() {} }",
        "client/inner.rs": "pub struct WxPay;",
        "client/pay.rs": "use super::WxPay;",
    }
    assert arrows(tmp_path, files) == {"client/mod.rs -> client/inner.rs", "client/pay.rs -> client/inner.rs"}


def test_a_folder_cannot_both_hold_words_and_use_its_children(tmp_path):
    files = {
        "core/src/v2/mod.rs": "mod sign; pub struct Word; fn f() { sign::sign(); }",
        "core/src/v2/sign.rs": "use super::Word; pub fn sign() {}",
    }
    assert breaches(tmp_path, files) == {"circle core/src/v2/mod.rs", "circle core/src/v2/sign.rs"}


def test_macro_bodies_and_invocations_count(tmp_path):
    files = {
        "lib.rs": "#[macro_use] mod table; mod v2; mod client;",
        "table.rs": "macro_rules! record { () => { impl $crate::client::WxPay { fn f() { $crate::v2::x() } } }; }",
        "client.rs": "pub struct WxPay;",
        "v2.rs": "record!(); pub fn x() {}",
    }
    assert arrows(tmp_path, files) == {"table.rs -> client.rs", "table.rs -> v2.rs", "v2.rs -> table.rs"}


def test_a_macro_may_export_a_name_that_its_caller_chooses(tmp_path):
    files = {
        "lib.rs": "mod table; mod groups; mod order;",
        "table.rs": "macro_rules! group { ($name:ident) => { macro_rules! $name { () => {}; } "
        "pub(crate) use $name; }; } pub(crate) use group;",
        "groups.rs": "use crate::table::group; group! { identity }",
        "order.rs": "use crate::groups::identity; use crate::table::group;",
    }
    assert arrows(tmp_path, files) == {"groups.rs -> table.rs", "order.rs -> groups.rs", "order.rs -> table.rs"}


def test_inline_modules_and_files_of_tests(tmp_path):
    files = {
        "lib.rs": "mod a; mod b;",
        "a.rs": "mod inner { use super::super::b::B; use super::A; } pub struct A; #[cfg(test)] mod tests;",
        "b.rs": "pub struct B; #[cfg(test)] use crate::a::A; pub struct C { #[cfg(test)] a: crate::a::A, d: u8 }",
        "a/tests.rs": "use crate::b::B;",
    }
    assert arrows(tmp_path, files) == {"a.rs -> b.rs"}


@pytest.mark.parametrize(
    "code",
    [
        "fn f() { (] }",
        "fn f() {",
        "/* no end",
        'const A: &str = "no end;',
        "use crate::{a, };;; use crate::%;",
        "use crate::a",
        '#[path = "elsewhere.rs"] mod a;',
        'include!("table.rs");',
        "#[cfg(test)] mod",
    ],
)
def test_rust_that_is_not_understood_fails(tmp_path, code):
    with pytest.raises(Unreadable, match=r"money\.rs:1: "):
        breaches(tmp_path, {"core/src/money.rs": code})


# How TypeScript is read.


def modules(root: Path, files: dict[str, str]) -> set[str]:
    source = write(root, {f"node/ts/{name}": text for name, text in files.items()}) / "node/ts"
    tree = typescript.read(source)
    return {f"{a.relative_to(source)} -> {b.relative_to(source)}" for a, b in tree.arrows}


def test_typescript_imports(tmp_path):
    files = {
        "a.ts": """
            import b, { type B, c as d } from './b.js'
            import * as e from './e.js'
            import type { F } from './f.js'
            import './g.js'
            const text = `${later(`import x from './no.js'`)} from './no.js'`, regex = /['"`]/, half = (1 + 1) / 2
            // import './no.js'
            async function f() { return [await import('./h.js'), import.meta.url, require('./i.js')] }
            export type { J } from './j.js'
            const x: import('./k.js').K = { import: 1, export: 2 }
            export default x
        """,
        **{f"{name}.ts": "export {}" for name in "bcefghijk"},
    }
    assert modules(tmp_path, files) == {f"a.ts -> {name}.ts" for name in "befghijk"}


def test_a_typescript_index_is_a_signpost(tmp_path):
    files = {
        "index.ts": "export { Reply as Answer } from './reply.js'\nexport * from './documents.js'",
        "reply.ts": "export class Reply {}",
        "documents.ts": "export interface Order {}",
        "a.ts": "import { Answer } from './index.js'",
    }
    assert modules(tmp_path, files) == {"a.ts -> reply.ts"}


@pytest.mark.parametrize(
    "code",
    [
        "import { a } from './missing.js'",
        "await import(name)",
        "require(name)",
        "import { a + b } from './a.js'",
        "export * as from './a.js'",
        "const a = `no end",
        "const a = 'no end",
    ],
)
def test_typescript_that_is_not_understood_fails(tmp_path, code):
    with pytest.raises(Unreadable):
        modules(tmp_path, {"a.ts": code})


# How Python is read.


def test_python_imports_and_signposts(tmp_path):
    files = {
        "__init__.py": "from .client import WxPay\nfrom .errors import Error\n__all__ = ['WxPay']\nprint(Error)",
        "client.py": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .errors import Error",
        "errors.py": "def f():\n    from . import WxPay",
        "web/__init__.py": "from .. import client\nimport wxpaykit.errors",
    }
    root = write(tmp_path, {f"wxpaykit/{name}": text for name, text in files.items()}) / "wxpaykit"
    found = {f"{a.relative_to(root)} -> {b.relative_to(root)}" for a, b in python.read(root).arrows}
    assert found == {
        "__init__.py -> errors.py",
        "client.py -> errors.py",
        "errors.py -> client.py",
        "web/__init__.py -> client.py",
        "web/__init__.py -> errors.py",
    }


@pytest.mark.parametrize("code", ["def f(:", "import importlib\nimportlib.import_module(name)", "from ... import x"])
def test_python_that_is_not_understood_fails(tmp_path, code):
    with pytest.raises(Unreadable):
        breaches(tmp_path, {"python/wxpaykit/client.py": code})


# The packages, and the result.


def packages() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = {}
    for package, (crate, _) in layering.PILLARS.items():
        found.setdefault(crate, {})[package] = {}
    return found


NAMED = {
    "core/src": {"md5", "reqwest", "quick_xml", "serde", "sha1", "sha2", "hmac", "tokio"},
    "python/src": {"pyo3"},
    "node/src": {"napi", "napi_derive"},
}


@pytest.mark.parametrize("package", layering.PILLARS)
def test_each_package_of_the_list_is_a_dependency_that_is_used(package):
    crate, code = layering.PILLARS[package]
    pyproject = 'build-backend = "maturin"\n'
    assert not [*layering.pillars(packages(), NAMED, pyproject)]
    without = packages()
    del without[crate][package]
    assert [*layering.pillars(without, NAMED, pyproject)] == [f"package {package} is not a dependency of {crate}"]
    unused = {folder: names - {code} for folder, names in NAMED.items()}
    folder = next(folder for folder, names in NAMED.items() if code in names)
    assert [*layering.pillars(packages(), unused, pyproject)] == [f"package {package} is not used in {folder}"]


def test_maturin_builds_the_package():
    assert [*layering.pillars(packages(), NAMED, "")] == ["package maturin does not build the Python package"]


def test_each_breach_is_printed_and_fails(monkeypatch, capsys):
    monkeypatch.setattr(layering, "files", lambda root: iter(["circle b.rs", "circle a.rs"]))
    monkeypatch.setattr(layering, "dependencies", lambda: iter(["package x is not a dependency of y"]))
    assert layering.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["broken: circle a.rs", "broken: circle b.rs", "broken: package x is not a dependency of y"]


def test_no_breach_passes(monkeypatch, capsys):
    monkeypatch.setattr(layering, "files", lambda root: iter(()))
    monkeypatch.setattr(layering, "dependencies", lambda: iter(()))
    assert layering.main([]) == 0
    assert capsys.readouterr().out == "ok: layering; no breaches\n"
