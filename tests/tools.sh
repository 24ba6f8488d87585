#!/usr/bin/env bash
# Says plainly what is missing before anything is built. Its arguments are the languages that are built: python, node.
set -u
missing=0
need() { # command, remedy
  command -v "$1" >/dev/null 2>&1 || { echo "missing: $1. $2" >&2; missing=1; }
}
need cargo 'Install Rust 1.89 or newer: https://rustup.rs'
need cc 'Install a C compiler: apt-get install build-essential'
need "$PYTHON" 'Install Python 3.11 or newer: apt-get install python3 python3-venv'
case " $* " in *' node '*)
  need node 'Install Node 20 or newer: https://nodejs.org'
  need npm 'Install npm, which comes with Node' ;;
esac
[ "$missing" = 0 ] || exit 1
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "too old: $("$PYTHON" --version). Python 3.11 or newer is needed; name it with PYTHON=" >&2; missing=1; }
case " $* " in *' python '*)
  "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null ||
    { echo "missing: Python's venv. apt-get install python3-venv" >&2; missing=1; } ;;
esac
case " $* " in *' node '*)
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
    { echo "too old: node $(node --version). Node 20 or newer is needed" >&2; missing=1; } ;;
esac
exit "$missing"
