"""What the command adds to Python's extension, and the most that it may add.

What is published has no names of functions. So ``dist.py`` links the extension once more, with its names, and the sizes
of what belongs to the command and to its parser of arguments are added up. Constant texts have no names and are not in
the sum.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path

from elftools.elf.elffile import ELFFile

#: In bytes.
MOST = 600_000
#: The crate of the command, and those that it alone brings.
COMMAND = re.compile(r"clap|wxpaykit_cli")


def hold(wheel: Path) -> None:
    """Prints what the command adds to a wheel whose extension has its names, and ends when it is too much."""
    with zipfile.ZipFile(wheel) as files:
        (module,) = (files.read(name) for name in files.namelist() if name.startswith("wxpaykit/_native.abi3"))
    size = added(module)
    print(f"the command adds {size:,} bytes to Python's extension")
    need_little(size)


def added(content: bytes) -> int:
    """The bytes of an ELF file that belong to the command, by the names of its symbols."""
    table = ELFFile(BytesIO(content)).get_section_by_name(".symtab")
    if table is None:
        raise SystemExit("Python's extension has no names of functions")
    # Functions of equal code are one, with a name each.
    sizes = {symbol["st_value"]: symbol["st_size"] for symbol in table.iter_symbols() if COMMAND.search(symbol.name)}
    return sum(sizes.values())


def need_little(size: int) -> None:
    """Ends when the command is larger than what everybody should have to download for it, or was not found."""
    if not 0 < size <= MOST:
        raise SystemExit(f"the command adds {size:,} bytes to Python's extension; it may add {MOST:,}")
