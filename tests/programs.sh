#!/usr/bin/env bash
# Installs the programs that tests need from Debian's packages, or says which one is missing.
# Each argument is COMMAND or COMMAND:PACKAGE.
set -u
missing=()
for wanted in "$@"; do
  command -v "${wanted%%:*}" >/dev/null 2>&1 || missing+=("${wanted##*:}")
done
[ "${#missing[@]}" = 0 ] && exit 0
remedy="apt-get install ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || { echo "missing for the tests: $remedy" >&2; exit 1; }
  as_root=(sudo -n)
fi
command -v apt-get >/dev/null 2>&1 || { echo "missing for the tests, and there is no apt-get: ${missing[*]}" >&2; exit 1; }
export DEBIAN_FRONTEND=noninteractive
echo "$remedy"
"${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  { echo "missing for the tests: $remedy" >&2; exit 1; }
