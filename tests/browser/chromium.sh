#!/usr/bin/env bash
# Says where Chromium is. With --install, gets it from Debian's packages when it is missing.
# The headless shell is the same browser without what only a screen needs: the tests take three quarters of the time.
set -eu
find_it() {
  for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    command -v "$name" && return
  done
  return 1
}
find_it && exit
if [ "${1-}" = --install ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell; } >&2 && find_it && exit
fi
echo 'missing: Chromium. Install it (apt-get install chromium-headless-shell), or make browser as root' >&2
exit 1
