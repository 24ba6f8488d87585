"""The example shops have copies of some files, so that each shop can be read by itself. All copies must stay equal."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: The files that shops share: the end of the path, and the shops that have it.
COPIES = {
    "pay.js": ["aiohttp", "django", "express", "fastapi", "fastify", "flask", "koa", "nest"],
    "tea.ts": ["express", "fastify", "koa", "nest"],
    "tsconfig.json": ["express", "fastify", "koa"],
    "templates/bill.html": ["aiohttp", "fastapi", "flask"],
    "templates/order.html": ["aiohttp", "fastapi", "flask"],
    "templates/product.html": ["aiohttp", "fastapi", "flask"],
}


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z", "examples"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [ROOT / name for name in listing.stdout.decode().split("\0") if name]


@pytest.mark.parametrize("end", COPIES)
def test_copies_are_equal(end):
    shops = {f"{shop}_shop": shop for shop in COPIES[end]}
    found = {
        shops[path.relative_to(ROOT / "examples").parts[0]]: path
        for path in tracked()
        if path.as_posix().endswith(f"/{end}") and path.relative_to(ROOT / "examples").parts[0] in shops
    }
    assert sorted(found) == COPIES[end], f"a shop has no {end}"
    first, *others = (found[shop] for shop in COPIES[end])
    for other in others:
        assert other.read_bytes() == first.read_bytes(), f"{other} is not as {first}: change all copies"


def test_every_copy_is_listed():
    contents: dict[bytes, list[Path]] = {}
    for path in tracked():
        if path.is_file() and path.stat().st_size > 200:
            contents.setdefault(path.read_bytes(), []).append(path)
    copies = [path for paths in contents.values() if len(paths) > 1 for path in paths]
    strange = [path for path in copies if not any(path.as_posix().endswith(f"/{end}") for end in COPIES)]
    assert strange == [], "name these copies in COPIES"
