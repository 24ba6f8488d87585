"""The Chinese pages have the headings, code and tables of the English ones. All links between pages lead somewhere."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Each English page and its Chinese one.
PAGES = {
    "README.md": "README.zh-CN.md",
    "emulator/README.md": "emulator/README.zh-CN.md",
    **{f"docs/{path.name}": f"docs/zh/{path.name}" for path in sorted((ROOT / "docs/zh").glob("*.md"))},
}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def prose(page: str) -> str:
    return FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))


def headings(page: str) -> list[int]:
    """The levels of the headings, in their order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.M)]


def code(page: str) -> list[tuple[str, str]]:
    """Language and code of each block, without comments."""
    blocks = FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
    return [(language, without_comments(language, text)) for language, text in blocks]


def without_comments(language: str, text: str) -> str:
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    if language == "python":
        tree = ast.parse(text)
        for node in ast.walk(tree):
            named = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
            if named and ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        return ast.unparse(tree)
    text = re.sub(r"/\*\*.*?\*/", "", text, flags=re.S)
    if language in ("js", "html", "rust"):
        text = re.sub(r"(^|\s)//.*$", "", text, flags=re.M)
    if language in ("sh", "console", "yaml"):
        text = re.sub(r"(^|\s)#.*$", "", text, flags=re.M)
    if language == "sql":
        text = re.sub(r"(^|\s)-- .*$", "", text, flags=re.M)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("english", PAGES)
def test_a_page_and_its_translation(english):
    chinese = PAGES[english]
    assert headings(chinese) == headings(english)
    ours, theirs = code(english), code(chinese)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert other == one
    assert tables(chinese) == tables(english)


def tables(page: str) -> list[list[set[str]]]:
    """The code in each row of each table: names, values, commands."""
    found: list[list[set[str]]] = []
    was_row = False
    for line in prose(page).splitlines():
        is_row = line.startswith("|")
        if is_row:
            if not was_row:
                found.append([])
            found[-1].append(set(re.findall(r"`+[^`]+`+", line)))
        was_row = is_row
    return found


@pytest.mark.parametrize("english", PAGES)
def test_each_page_leads_to_its_translation(english):
    chinese = PAGES[english]
    for page, other in ((english, chinese), (chinese, english)):
        top = (ROOT / page).read_text(encoding="utf-8")[:300]
        assert (ROOT / other) in {leads_to(page, link) for link, _ in LINK.findall(top)}


@pytest.mark.parametrize("page", PAGES.values())
def test_chinese_pages_lead_to_chinese_pages(page):
    """A link to an English page that has a translation says so: English or 英文页. （英文） marks those without one."""
    text = prose(page)
    translated = {ROOT / english for english in PAGES}
    links = re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", text)
    english = [(label, link) for label, link in links if leads_to(page, link) in translated]
    assert [link for label, link in english if label not in ("English", "英文页")] == []
    marked = re.findall(r"\]\(([^)\s]+)\)[^\[\n]*?（英文）", text)
    assert len(marked) == text.count("（英文）")
    assert [link for link in marked if leads_to(page, link) in {ROOT / chinese for chinese in PAGES.values()}] == []


def leads_to(page: str, link: str) -> Path:
    return ((ROOT / page).parent / link.partition("#")[0]).resolve()


#: Two plain words beside each other, which no list of names has.
WORDS = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
CHINESE = re.compile(r"[\u3000-\u9fff]")
#: Names of blocks, by which the tests find them.
NAMES = {"unit tests"}


def comments(language: str, text: str) -> list[str]:
    """The comments and docstrings of a block; of a console only those of what is typed."""
    if language == "console":
        text = "\n".join(line for line in text.splitlines() if line.startswith("$ "))
    mark = {"js": "//", "ts": "//", "rust": "//", "sql": "--"}.get(language, "#")
    after = re.findall(rf"(?:^|\s){mark} (.*)$", text, re.M)
    return [*after, *(re.findall(r'"""(.*?)"""', text, re.S) if language == "python" else [])]


def pictures(page: str) -> list[Path]:
    """The files of a page's pictures, without the folder of the language."""
    images = ROOT / "docs/images"
    shown = [leads_to(page, link) for link in re.findall(r'<img src="([^"]+)"', prose(page))]
    return [path.relative_to(images) for path in shown if path.is_relative_to(images)]


@pytest.mark.parametrize("english", PAGES)
def test_a_page_shows_the_pictures_in_its_language(english):
    """Those of docs/images/zh are there in both; the others, of the notebooks, in one."""
    both = {path.name for path in (ROOT / "docs/images/zh").iterdir()}
    assert both == {"cashier.png", "demo.png", "explain.png", "orders.png"}
    ours = pictures(english)
    assert [path for path in ours if path.parts[0] == "zh"] == []
    assert pictures(PAGES[english]) == [Path("zh", path) if path.name in both else path for path in ours]


@pytest.mark.parametrize("page", PAGES.values())
def test_comments_in_chinese_pages_are_chinese(page):
    blocks = FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
    said = [comment for language, text in blocks for comment in comments(language, text)]
    assert [one for one in said if WORDS.search(one) and not CHINESE.search(one) and one not in NAMES] == []


def test_the_pages_that_are_translated():
    chinese = {"README.md", "emulator/README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))}
    assert chinese == PAGES.keys()
    for page in PAGES.values():
        letters = prose(page)
        assert len(re.findall(r"[\u4e00-\u9fff]", letters)) > 300, f"{page} is not in Chinese"


def table(page: str, start: str, end: str) -> list[str]:
    """The cells of a table but the last of each row."""
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = text[text.index(start) : text.index(end)].splitlines()
    return [line.rpartition(" | ")[0] for line in lines if line.startswith("|")][2:]


def test_the_settings_are_the_same_in_both_languages():
    english = table("README.md", "<!-- settings:", "<!-- end of settings -->")
    assert len(english) > 25
    assert table("README.zh-CN.md", "## 配置", "## 错误") == english


def test_the_tables_of_fields_have_the_heads_of_wechats_documents():
    lines = (ROOT / "docs/zh/reference.md").read_text(encoding="utf-8").splitlines()
    heads = [line for line in lines if line.startswith("| 字段 |")]
    assert len(heads) > 100
    assert set(heads) == {"| 字段 | 类型 | 必填 | 含义 |"}


def test_comments_do_not_count_and_code_does():
    same = [
        ("python", 'def f():\n    """Says."""\n    return 1  # one\n', "def f():\n    return 1\n"),
        ("js", "// a\nf('http://a') // b\n", "f('http://a')\n"),
        ("sh", "make demo   # a\n", "make demo # b\n"),
        ("sql", "-- a\nSELECT 1\n", "SELECT 1 -- b\n"),
        ("html", "<p><!-- a --></p>\n", "<p><!-- b --></p>\n"),
    ]
    for language, one, other in same:
        assert without_comments(language, one) == without_comments(language, other)
        assert without_comments(language, one) != without_comments(language, other + "x\n")


def slugs(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them."""
    found: set[str] = set()
    for title in re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
        found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def pages() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return sorted(name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).exists())


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page):
    for marked, quoted in LINK.findall(prose(page)):
        link = marked or quoted
        if "://" in link or link.startswith(("mailto:", "/")) or "{" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in slugs(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("page", pages())
def test_what_is_pasted_into_a_shell_has_no_comments(page):
    """An interactive zsh, as macOS has it, takes a `#` and the words behind it for arguments."""
    blocks = re.findall(r"^ *```(\w+)\n(.*?)^ *```$", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
    typed = [line for language, text in blocks if language == "sh" for line in text.splitlines()]
    typed += [
        line for language, text in blocks if language == "console" for line in text.splitlines() if line[:2] == "$ "
    ]
    assert [line for line in typed if re.search(r"(^|\s)#(\s|$)", line)] == []
