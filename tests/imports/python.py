"""The imports of a Python package, read from its syntax tree.

All imports count: those inside functions and those for type checkers alone too. An `__init__.py` that only re-exports
a name is a signpost: who imports the name from the package takes it from the module that defines it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from . import Tree, Unreadable

Name = tuple[str, ...]


def read(root: Path) -> Tree:
    """Reads all modules of a package, its stubs for native modules included."""
    paths = sorted(file for suffix in ("*.py", "*.pyi") for file in root.rglob(suffix))
    files = {module(root, path): path for path in paths}
    parsed = {path: parse(path) for path in paths}
    tree = Tree(files=set(paths))
    #: What the packages re-export without using it.
    signposts: dict[Name, Name] = {}
    for own, path in files.items():
        if path.stem == "__init__":
            for target, here in imported(path, own, parsed[path]):
                if here and target[: len(own)] == own and here not in used(parsed[path]):
                    signposts[(*own, here)] = target

    def home(name: Name, seen: frozenset[Name] = frozenset()) -> Path:
        if name in files:
            return files[name]
        if name in signposts and name not in seen:
            return home(signposts[name], seen | {name})
        return home(name[:-1], seen)

    for own, path in files.items():
        outside, texts = tree.outside.setdefault(path, set()), tree.texts.setdefault(path, set())
        texts |= literals(parsed[path])
        if path.suffix == ".pyi":
            # Not code. A native module is below the package; its stub names classes that it receives at run time.
            continue
        for target, here in imported(path, own, parsed[path]):
            if target[0] != root.name:
                outside.add(".".join(target))
            elif path.stem != "__init__" or signposts.get((*own, here or "")) != target:
                found = home(target)
                if found != path:
                    tree.arrows.add((path, found))
    return tree


def module(root: Path, path: Path) -> Name:
    parts = (root.name, *path.relative_to(root).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(encoding="utf-8"), path)
    except SyntaxError as error:
        raise Unreadable(path, error.lineno or 1, error.msg) from error


def imported(path: Path, own: Name, tree: ast.Module) -> list[tuple[Name, str | None]]:
    """What a module imports, with full names, and the name it has here."""
    package = own if path.stem == "__init__" else own[:-1]
    found: list[tuple[Name, str | None]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(tuple(alias.name.split(".")), alias.asname) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level > len(package):
                raise Unreadable(path, node.lineno, "an import from above the package")
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple(node.module.split(".")) if node.module else ()
            found += [((*base, alias.name), alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str) or first.value.startswith("."):
                raise Unreadable(path, node.lineno, "an import of a module whose name is computed")
            found.append((tuple(first.value.split(".")), None))
    return found


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def used(tree: ast.Module) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def literals(tree: ast.Module) -> set[str]:
    """String literals that are not documentation."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    }
