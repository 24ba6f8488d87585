"""The imports of TypeScript modules, read from their tokens.

A type-only import counts like any other. A re-export (`export … from`) is a signpost: a module that takes `Reply` from
`./index.js` takes it from the module that `index` re-exports it from, and an index that only re-exports uses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from . import Tree, Unreadable

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<name>[#@]?[A-Za-z_$][\w$]*)
  | (?P<number>\d[\w.]*)
  | (?P<sign>=>|\.\.\.|[][!\#%&()*+,./:;<=>?@^{|}~-])
    """,
    re.X | re.S,
)
REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
#: After these a slash begins a regular expression; after anything else it divides.
BEFORE_REGEX = {
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "await",
    "yield",
    "void",
    "delete",
    "=>",
    *"(,=:[!&|?{};+-*%<>~^",
}
SUFFIXES = {".js": ".ts", ".mjs": ".mts"}


class Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass
class File:
    #: Modules that are imported, and the names that are taken; None for all of them.
    imports: list[tuple[str, set[str] | None]] = field(default_factory=list)
    #: The same of `export … from`, with the names they get here.
    exports: list[tuple[str, dict[str, str] | None]] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)


def read(root: Path) -> Tree:
    """Reads all modules of a folder."""
    paths = sorted(file for suffix in ("*.ts", "*.mts") for file in root.rglob(suffix))
    parsed = {path: Parser(path).parse() for path in paths}
    tree = Tree(files=set(parsed))

    def target(path: Path, module: str) -> Path | None:
        """The file of a module; None when it is not one of this tree."""
        if not module.startswith("."):
            return None
        at = (path.parent / module).resolve()
        if root.resolve() not in at.parents:
            return None
        at = root / at.relative_to(root.resolve())
        found = at.with_suffix(SUFFIXES.get(at.suffix, at.suffix))
        if found not in parsed:
            # Types alone, of a module that is not TypeScript.
            found = at.with_suffix(".d.ts")
        if found not in parsed:
            raise Unreadable(path, 1, f"{module} is no file of this tree")
        return found

    def home(path: Path, name: str, seen: frozenset[Path] = frozenset()) -> Path:
        """The module that defines what `path` exports as `name`."""
        stars = []
        for module, names in parsed[path].exports:
            there = target(path, module)
            if there is None or there in seen:
                continue
            if names is None:
                stars.append(there)
            elif name in names.values():
                old = next(old for old, new in names.items() if new == name)
                return home(there, old, seen | {path})
        # With several `export *`, any of them may have the name.
        return home(stars[0], name, seen | {path}) if len(stars) == 1 and is_index(path) else path

    for path, file in parsed.items():
        tree.texts[path] = file.texts
        outside = tree.outside.setdefault(path, set())
        taken: list[tuple[str, set[str] | None]] = list(file.imports)
        for module, names in file.exports:
            if target(path, module) is None or not is_index(path):
                taken.append((module, None if names is None else set(names)))
        for module, wanted in taken:
            there = target(path, module)
            if there is None:
                outside.add(module)
                continue
            homes = {there} if wanted is None else {home(there, name) for name in wanted} or {there}
            tree.arrows |= {(path, found) for found in homes if found != path}
    return tree


def is_index(path: Path) -> bool:
    """Whether a module is an entry point for users: it re-exports, and no module of the package imports it."""
    return path.stem == "index" or path.suffix == ".mts"


class Parser:
    def __init__(self, path: Path) -> None:
        self.path, self.file = path, File()
        self.tokens: list[Token] = []
        self.scan(path.read_text(encoding="utf-8"), 0, 1, None)

    def scan(self, text: str, at: int, line: int, until: str | None) -> int:
        """Reads tokens to the end of the text, or to the `}` that ends a template's `${`."""
        depth = 0
        while at < len(text):
            if text[at] == "`":
                end = self.template(text, at, line)
                self.file.texts.add(text[at + 1 : end - 1])
                line, at = line + text.count("\n", at, end), end
                self.tokens.append(Token("template", "`", line))
                continue
            last = self.tokens[-1] if self.tokens else Token("sign", ";", line)
            match = None
            if text[at] == "/" and (last.kind == "sign" or last.kind == "name") and last.text in BEFORE_REGEX:
                match = REGEX.match(text, at)
            kind = "regex" if match else ""
            match = match or TOKEN.match(text, at)
            if match is None:
                raise Unreadable(self.path, line, f"unexpected {text[at]!r}")
            kind = kind or match.lastgroup or ""
            if until and kind == "sign" and match[0] in "{}":
                depth += 1 if match[0] == "{" else -1
                if depth < 0:
                    return at
            if kind != "space":
                self.tokens.append(Token(kind, match[0], line))
                if kind == "text":
                    self.file.texts.add(match[0][1:-1])
            line += match[0].count("\n")
            at = match.end()
        if until:
            raise Unreadable(self.path, line, "a template without an end")
        return at

    def template(self, text: str, at: int, line: int) -> int:
        at += 1
        while at < len(text):
            if text[at] == "\\":
                at += 2
            elif text[at] == "`":
                return at + 1
            elif text.startswith("${", at):
                at = self.scan(text, at + 2, line, "}") + 1
            else:
                at += 1
        raise Unreadable(self.path, line, "a template without an end")

    def at(self, index: int) -> Token:
        return self.tokens[index] if 0 <= index < len(self.tokens) else Token("end", "", 0)

    def fail(self, index: int, reason: str) -> Unreadable:
        return Unreadable(self.path, self.at(index).line, reason)

    def parse(self) -> File:
        for index, token in enumerate(self.tokens):
            if token.kind != "name" or self.at(index - 1).text == "." or self.at(index + 1).text in (":", "?"):
                continue
            if token.text == "import":
                self.take_import(index)
            elif token.text == "export":
                self.take_export(index)
            elif token.text == "require" and self.at(index + 1).text == "(":
                self.call(index)
        return self.file

    def call(self, index: int) -> None:
        """`import("…")` and `require("…")`."""
        if self.at(index + 2).kind != "text" or self.at(index + 3).text not in (")", ","):
            raise self.fail(index, f"{self.at(index).text}() of what is not one text")
        self.file.imports.append((self.at(index + 2).text[1:-1], None))

    def take_import(self, index: int) -> None:
        after = self.at(index + 1)
        if after.text == ".":
            return None  # import.meta
        if after.text == "(":
            return self.call(index)
        if after.kind == "text":
            self.file.imports.append((after.text[1:-1], None))
            return None
        names: set[str] | None = set()
        at = index + 1
        if after.text == "type" and self.at(index + 2).text != "from":
            at += 1
        while (token := self.at(at)).text != "from" or self.at(at + 1).kind != "text":
            if token.text == "{":
                found, at = self.clause(at)
                names = names if names is None else names | set(found)
            elif token.text == "*" and self.at(at + 1).text == "as":
                names, at = None, at + 3
            elif token.text == "=" and self.at(at + 1).text == "require":
                return None  # Its call is read as any other.
            elif token.kind == "name":
                names, at = (names if names is None else names | {"default"}), at + 1
            elif token.text == ",":
                at += 1
            else:
                raise self.fail(index, "an import that is not understood")
        self.file.imports.append((self.at(at + 1).text[1:-1], names))
        return None

    def take_export(self, index: int) -> None:
        at = index + 1
        if self.at(at).text == "type" and self.at(at + 1).text in ("{", "*"):
            at += 1
        if self.at(at).text == "*":
            at += 1
            whole = self.at(at).text == "as"
            at += 2 if whole else 0
            if self.at(at).text != "from" or self.at(at + 1).kind != "text":
                raise self.fail(index, "an export that is not understood")
            module = self.at(at + 1).text[1:-1]
            if whole:
                self.file.imports.append((module, None))
            else:
                self.file.exports.append((module, None))
        elif self.at(at).text == "{":
            names, at = self.clause(at)
            if self.at(at).text == "from":
                if self.at(at + 1).kind != "text":
                    raise self.fail(index, "an export that is not understood")
                self.file.exports.append((self.at(at + 1).text[1:-1], names))

    def clause(self, at: int) -> tuple[dict[str, str], int]:
        """The names in `{ a, type b as c }`, with what they are called here, and the index after it."""
        names: dict[str, str] = {}
        start, at = at, at + 1
        while self.at(at).text != "}":
            if self.at(at).text == "type" and self.at(at + 1).kind == "name" and self.at(at + 1).text != "as":
                at += 1
            name = here = self.at(at)
            if self.at(at + 1).text == "as":
                here, at = self.at(at + 2), at + 2
            if name.kind not in ("name", "text") or here.kind not in ("name", "text"):
                raise self.fail(start, "a list of names that is not understood")
            names[name.text] = here.text
            at += 1
            if self.at(at).text == ",":
                at += 1
            elif self.at(at).text != "}":
                raise self.fail(start, "a list of names that is not understood")
        return names, at + 1
