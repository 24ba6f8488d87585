"""The imports of a Rust crate, read from its tokens.

Macro bodies count as code of the file that defines the macro, and `$crate::` is `crate::`. A file that invokes a macro
imports the file that defines it. A re-export (`pub use`) is a signpost: a file that takes `wire::Fields` takes it from
the file that `wire` re-exports it from. Code under `#[cfg(test)]` does not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from . import Tree, Unreadable

Name = tuple[str, ...]

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<comment>/\*)
  | (?P<text>[bc]?r(?P<hashes>\#*)".*?"(?P=hashes) | [bc]?"(?:[^"\\]|\\.)*")
  | (?P<char>b?'(?:[^'\\\n]|\\x[0-9a-fA-F]{2}|\\u\{[0-9a-fA-F_]+\}|\\.)')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<name>(?:r\#)?[A-Za-z_]\w*)
  | (?P<number>\d\w*)
  | (?P<sign>::|=>|->|[!-/:-@\[-`{-~])
    """,
    re.X | re.S,
)
CLOSE = {"(": ")", "[": "]", "{": "}"}
ITEMS = {"struct", "enum", "union", "trait", "type", "fn", "const", "static", "mod"}


class Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass
class Use:
    """One name that a `use` declaration brings in."""

    place: Name
    public: bool
    path: Name
    #: The name it has here; None for a glob.
    alias: str | None


@dataclass
class File:
    """What one file declares and names, before names are resolved."""

    own: Name
    uses: list[Use] = field(default_factory=list)
    #: Paths in the code: the module they stand in, and their names.
    paths: list[tuple[Name, Name]] = field(default_factory=list)
    #: Names that stand alone.
    alone: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    invoked: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def read(root: Path, externs: set[str]) -> Tree:
    """Reads all files of the crate whose root is in `root`; `externs` are the crates it may name, `_` for `-`."""
    parsed = {file: Parser(file, module(root, file)).parse() for file in sorted(root.rglob("*.rs"))}
    tests = {(*parsed[file].own, child) for file in parsed for child in parsed[file].tests}
    parsed = {file: it for file, it in parsed.items() if not any(it.own[: len(name)] == name for name in tests)}
    return Crate(parsed, externs | {"std", "core", "alloc"}).tree()


def module(root: Path, file: Path) -> Name:
    """`src/v2/sign.rs` is `("v2", "sign")`; `lib.rs`, and `main.rs` of a crate without a library, is `()`."""
    parts = file.relative_to(root).with_suffix("").parts
    if parts == ("main",) and (root / "lib.rs").exists():
        return parts
    return parts[:-1] if parts[-1] == "mod" or parts in (("lib",), ("main",)) else parts


def tokens(file: Path) -> list[Token]:
    text = file.read_text(encoding="utf-8")
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise Unreadable(file, line, f"unexpected {text[at]!r}")
        kind, end = match.lastgroup, match.end()
        if kind == "hashes":
            kind = "text"
        if kind == "comment":
            end = comment_end(file, text, at, line)
        elif kind == "sign" and match[0] in ('"', "'", "\\"):
            raise Unreadable(file, line, f"unexpected {match[0]}")
        elif kind != "space":
            found.append(Token(kind, match[0], line))
        line += text.count("\n", at, end)
        at = end
    return found


def comment_end(file: Path, text: str, start: int, line: int) -> int:
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    raise Unreadable(file, line, "a comment without an end")


class Parser:
    """Walks over the tokens of one file."""

    def __init__(self, path: Path, own: Name) -> None:
        self.path, self.file = path, File(own)
        self.tokens = tokens(path)
        self.ends = self.brackets()
        self.drop_tests()

    def fail(self, at: int, reason: str) -> Unreadable:
        line = self.tokens[min(at, len(self.tokens) - 1)].line if self.tokens else 1
        return Unreadable(self.path, line, reason)

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def brackets(self) -> dict[int, int]:
        """The index of each opening bracket, and of the one that closes it."""
        ends: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.kind != "sign":
                continue
            if token.text in CLOSE:
                opened.append(at)
            elif token.text in CLOSE.values():
                if not opened or CLOSE[self.text(opened[-1])] != token.text:
                    raise self.fail(at, f"unbalanced {token.text}")
                ends[opened.pop()] = at
        if opened:
            raise self.fail(opened[-1], f"unbalanced {self.text(opened[-1])}")
        return ends

    def drop_tests(self) -> None:
        """Takes out items under `#[cfg(test)]`, and refuses attributes and macros that bring in other files."""
        kept: list[Token] = []
        at = 0
        while at < len(self.tokens):
            if self.text(at) == "#" and self.text(at + 1) == "[" and self.kind(at) == "sign":
                end = self.ends[at + 1]
                inside = [token.text for token in self.tokens[at + 2 : end]]
                if inside[:1] == ["path"]:
                    raise self.fail(at, "#[path] hides where a module is")
                if inside[:2] == ["cfg", "("] and "test" in inside and "not" not in inside:
                    at = self.item_end(end + 1)
                    continue
            if self.text(at) == "include" and self.text(at + 1) == "!" and self.kind(at) == "name":
                raise self.fail(at, "include! hides what a file imports")
            kept.append(self.tokens[at])
            at += 1
        self.tokens = kept
        self.ends = self.brackets()

    def item_end(self, at: int) -> int:
        """The index after the item, field or statement that begins at `at`; test modules are noted."""
        while self.text(at) == "#" and self.text(at + 1) == "[":
            at = self.ends[at + 1] + 1
        start = at
        while self.text(at) in ("pub", "unsafe", "async", "extern") or self.kind(at) == "text":
            at += 1
            if self.text(at) == "(" and self.text(at - 1) == "pub":
                at = self.ends[at] + 1
        word = self.text(at)
        if word == "mod" and self.text(at + 2) == ";":
            self.file.tests.add(self.text(at + 1))
        to_semicolon = word in ("use", "static", "type", "let") or (word == "const" and self.text(at + 1) != "fn")
        is_item = word in ITEMS or word in ("impl", "use", "macro_rules", "let", "const")
        while at < len(self.tokens):
            text = self.text(at) if self.kind(at) == "sign" else ""
            if text in CLOSE:
                at = self.ends[at]
                if text == "{" and not to_semicolon:
                    return at + 1
            elif text == ";" or (text == "," and not is_item):
                return at + 1
            elif text in CLOSE.values():
                return at
            at += 1
        raise self.fail(start, "an item without an end")

    def parse(self) -> File:
        places = self.places()
        at = 0
        while at < len(self.tokens):
            at = self.step(at, self.file.own + places[at])
        return self.file

    def places(self) -> list[Name]:
        """For each token the inline modules around it."""
        places: list[Name] = [()] * len(self.tokens)
        for at, token in enumerate(self.tokens):
            if token.text == "mod" and token.kind == "name" and self.text(at + 2) == "{":
                for inside in range(at + 3, self.ends[at + 2]):
                    places[inside] += (self.text(at + 1),)
        return places

    def step(self, at: int, place: Name) -> int:
        token, file = self.tokens[at], self.file
        if token.kind == "text":
            text = token.text[token.text.index('"') :].strip('"#')
            file.texts.add(text)
            if re.fullmatch(r"crate(::\w+)+", text):
                # As in `#[serde(with = "crate::time")]`.
                file.paths.append((place, tuple(text.split("::"))))
        if token.kind != "name":
            if token.text == "::" and self.kind(at - 1) != "name" and self.text(at - 1) != ">":
                return self.take_path(at + 1, place)
            return at + 1
        before, after = self.text(at - 1), self.text(at + 1)
        if token.text == "use" and after != "<":
            return self.take_use(at, place)
        if token.text == "macro_rules" and after == "!":
            file.macros.add(self.text(at + 2))
            return at + 3
        if token.text in ITEMS and self.kind(at + 1) == "name" and before != "*":
            if token.text == "mod":
                if after == "use" or self.text(at + 2) not in (";", "{"):
                    raise self.fail(at, "a module without a body or a semicolon")
                file.children.add(after)
            file.defined.add(after)
            return at + (1 if after in ("fn", "mut", "unsafe", "async", "extern") else 2)
        if before == "." or (before == "$" and token.text != "crate"):
            return at + 1
        return self.take_path(at, place)

    def take_path(self, at: int, place: Name) -> int:
        """Takes the path that begins at `at`: names joined by `::`."""
        path: list[str] = []
        start = at
        while self.kind(at) == "name":
            path.append(self.text(at))
            at += 1
            if self.text(at) != "::" or self.kind(at + 1) != "name":
                break
            at += 1
        if not path:
            return start if start > at else at + 1
        if self.text(at) == "!" and self.text(at + 1) in CLOSE:
            self.file.invoked.add(path[-1])
        if len(path) > 1:
            if self.text(start - 1) != "in" or self.text(start - 3) != "pub":
                self.file.paths.append((place, tuple(path)))
        elif not (self.text(at) == ":" and self.text(start - 1) != "<"):
            # `name: value` is a field or an argument, not the thing of that name.
            self.file.alone.add(path[0])
        return at

    def take_use(self, at: int, place: Name) -> int:
        start = at
        before = at - 1
        if self.text(before) == ")":
            before = next(opened for opened, end in self.ends.items() if end == before) - 1
        public = self.text(before) == "pub"

        def tree(at: int, path: Name) -> int:
            while True:
                text = self.text(at)
                if text == "::":
                    at += 1
                elif text == "$":
                    at += 1
                    if self.kind(at) != "name":
                        raise self.fail(at, "a use declaration that is not understood")
                    if self.text(at) != "crate":
                        path, at = (*path, "$"), at + 1
                        if self.text(at) != "::":
                            # `use $name;` in a macro: the caller of the macro gives the name.
                            return at
                elif text == "{":
                    end, at = self.ends[at], at + 1
                    while at < end:
                        at = tree(at, path)
                        if self.text(at) == ",":
                            at += 1
                        elif at != end:
                            raise self.fail(at, "a use declaration that is not understood")
                    return end + 1
                elif text == "*" and self.kind(at) == "sign":
                    self.file.uses.append(Use(place, public, path, None))
                    return at + 1
                elif self.kind(at) == "name":
                    path, at = ((*path, text) if text != "self" or not path else path), at + 1
                    if self.text(at) == "as":
                        self.file.uses.append(Use(place, public, path, self.text(at + 1)))
                        return at + 2
                    if self.text(at) != "::":
                        self.file.uses.append(Use(place, public, path, path[-1]))
                        return at
                else:
                    raise self.fail(start, "a use declaration that is not understood")

        at = tree(at + 1, ())
        if self.text(at) != ";":
            raise self.fail(at, "a use declaration without a semicolon")
        return at + 1


class Crate:
    """Resolves the names of all files of a crate."""

    def __init__(self, parsed: dict[Path, File], externs: set[str]) -> None:
        self.parsed, self.externs = parsed, externs
        self.files = {it.own: path for path, it in parsed.items()}
        self.macros = {name: path for path, it in parsed.items() for name in it.macros}
        self.aliases = {
            path: [(use, target) for use in it.uses for target in self.absolute(it, use.place, use.path)]
            for path, it in parsed.items()
        }
        #: What each module re-exports, and the modules it re-exports as a whole.
        self.signposts: dict[Name, Name] = {}
        self.globs: dict[Name, list[Name]] = {}
        for found in self.aliases.values():
            for use, target in found:
                if use.public and target[0] == "crate":
                    if use.alias is None:
                        self.globs.setdefault(use.place, []).append(target[1:])
                    elif (*use.place, use.alias) != target[1:]:
                        self.signposts[(*use.place, use.alias)] = target[1:]

    def absolute(self, file: File, place: Name, path: Name, seen: frozenset[str] = frozenset()) -> list[Name]:
        """All that a path may stand for: `("crate", …)`, or the name of another crate and what is taken from it."""
        head, rest = path[0], path[1:]
        if head == "crate":
            return [("crate", *rest)]
        if head in ("self", "super"):
            base = place if head == "self" else place[:-1]
            while rest and rest[0] == "super":
                base, rest = base[:-1], rest[1:]
            return [("crate", *base, *rest)]
        if head in file.children and place == file.own:
            return [("crate", *place, *path)]
        found = [
            target + rest
            for use in file.uses
            if use.alias == head and head not in seen and use.path != path
            for target in self.absolute(file, use.place, use.path, seen | {head})
        ]
        if found:
            return found
        return [path] if head in self.externs else []

    def home(self, path: Name, seen: frozenset[Name] = frozenset()) -> Path:
        """The file that defines what this path names."""
        at = next(n for n in range(len(path), -1, -1) if path[:n] in self.files)
        own, file = path[:at], self.files[path[:at]]
        if at == len(path):
            return file
        key = path[: at + 1]
        if key in seen:
            return file
        if key in self.signposts:
            return self.home(self.signposts[key] + path[at + 1 :], seen | {key})
        if path[at] in self.parsed[file].defined | self.parsed[file].macros:
            return file
        if own == () and path[at] in self.macros:
            # `#[macro_export]` puts a macro into the crate's root.
            return self.macros[path[at]]
        homes = [self.home((*target, *path[at:]), seen | {key}) for target in self.globs.get(own, [])]
        defining = [home for home in homes if path[at] in self.parsed[home].defined]
        if defining or len(homes) == 1:
            return (defining or homes)[0]
        return file

    def tree(self) -> Tree:
        tree = Tree(files=set(self.parsed))
        for path, file in self.parsed.items():
            outside, root = tree.outside.setdefault(path, set()), tree.root.setdefault(path, set())
            tree.texts[path] = file.texts

            def take(target: Name, path: Path = path, file: File = file, outside=outside, root=root) -> None:
                if target[0] != "crate":
                    outside.add("::".join(target))
                    return
                target = target[1:]
                at_root = target == () or target[:1] not in self.files
                if () in self.files and file.own != () and at_root and self.macros.keys().isdisjoint(target[:1]):
                    root.add("::".join(("crate", *target)))
                home = self.home(target)
                if home != path:
                    tree.arrows.add((path, home))

            for use, target in self.aliases[path]:
                own_child = target[0] == "crate" and target[1 : len(file.own) + 1] == file.own
                if use.public and own_child and len(target) > len(file.own) + 1 and use.alias not in file.alone:
                    # A signpost to what is inside the own folder.
                    continue
                take(target)
            for place, names in file.paths:
                for target in self.absolute(file, place, names):
                    take(target)
            for name in (file.invoked & self.macros.keys()) - file.macros:
                tree.arrows.add((path, self.macros[name]))
        return tree
