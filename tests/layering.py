"""Who may know whom: the boundaries between the crates, held by what cargo says of their dependencies."""

import subprocess
import sys

HTTP = {"tokio", "hyper"}
BINDINGS = {"pyo3", "napi", "napi-sys"}
RULES = {"quick-xml", "fast-md5", "md-5", "sha1", "sha2", "hmac", "ring"}


def dependencies(package: str, *options: str) -> set[str]:
    """The names in a package's tree of normal dependencies."""
    command = [
        "cargo",
        "tree",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        *options,
    ]
    lines = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    return {line.split()[0] for line in lines if line.strip()}


def main() -> int:
    subprocess.run(["cargo", "check", "--quiet", "--package", "wxpaykit", "--no-default-features"], check=True)
    broken = {
        "the pure core does no I/O": dependencies("wxpaykit", "--no-default-features") & (HTTP | BINDINGS),
        "core knows no binding, and no emulator": dependencies("wxpaykit") & (BINDINGS | {"axum", "wxpaykit-emulator"}),
        "the emulator never uses the client": dependencies("wxpaykit-emulator") & {"hyper-rustls"},
        "python only converts": dependencies("wxpaykit-python", "--depth", "1") & (RULES | {"hyper"}),
        "node only converts": dependencies("wxpaykit-node", "--depth", "1") & (RULES | {"hyper"}),
    }
    for rule, found in broken.items():
        print(f"{'broken' if found else 'ok'}: {rule}{': ' + ', '.join(sorted(found)) if found else ''}")
    return 1 if any(broken.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
