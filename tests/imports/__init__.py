"""Readers of imports: which file of a tree imports which other file, in Rust, TypeScript and Python.

A reader never guesses. Syntax that it does not understand raises `Unreadable`, so that a check over its result cannot
pass because a file was skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class Unreadable(Exception):
    """A source file that a reader does not understand."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


@dataclass
class Tree:
    """What the files of one crate or package import and name."""

    #: All files that were read.
    files: set[Path] = field(default_factory=set)
    #: `(a, b)`: file a takes something from file b.
    arrows: set[tuple[Path, Path]] = field(default_factory=set)
    #: What a file names from outside the tree: `std::fs::read`, `express`, `flask.Blueprint`.
    outside: dict[Path, set[str]] = field(default_factory=dict)
    #: Paths that a file takes from the crate's root although another file is their home: `crate::Error`.
    root: dict[Path, set[str]] = field(default_factory=dict)
    #: String literals of a file, without documentation.
    texts: dict[Path, set[str]] = field(default_factory=dict)


def circles(arrows: set[tuple[Path, Path]]) -> list[set[Path]]:
    """The groups of more than one file in which each file reaches each other one (Tarjan's algorithm)."""
    targets: dict[Path, set[Path]] = {}
    for source, target in arrows:
        targets.setdefault(source, set()).add(target)
        targets.setdefault(target, set())
    index: dict[Path, int] = {}
    low: dict[Path, int] = {}
    stack: list[Path] = []
    found: list[set[Path]] = []

    def visit(file: Path) -> None:
        index[file] = low[file] = len(index)
        stack.append(file)
        for target in targets[file]:
            if target not in index:
                visit(target)
                low[file] = min(low[file], low[target])
            elif target in stack:
                low[file] = min(low[file], index[target])
        if low[file] == index[file]:
            at = stack.index(file)
            group, stack[at:] = set(stack[at:]), []
            if len(group) > 1:
                found.append(group)

    for file in targets:
        if file not in index:
            visit(file)
    return found
