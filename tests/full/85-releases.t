#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Debian's releases of linux-source-5.10, which have Debian's patches: all hooks apply to each one,
# and `tiny` builds and boots with the oldest and the newest.  (It boots on arm64.)  The packages
# stay in the user's cache directory.  APPLY=1: do not build.
. "$(dirname "$0")/../lib/tap.sh"

# A private directory for apt, whose lists have only these suites
apt=$work/apt
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 'Origin: Debian' |
	sort -u | while read -r uri label; do
	for suite in $BASE_SUITES; do
		case $label:$suite in
		Debian-Security:*-security | Debian:bullseye)
			echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" ;;
		esac
	done
done > "$apt/sources.list"
options=(-o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache"
	-o APT::Sandbox::User=root -o Acquire::Languages=none)
ok "lists of packages" apt-get "${options[@]}" update
releases=$(apt-cache "${options[@]}" madison linux-source-5.10 |
	awk -F '[ |]+' '{ print $3 }' | sort -V)
echo "# releases: ${releases//$'\n'/ }"
is "the oldest and the newest" \
	"$(sed -n '1p;$p' <<< "$releases" | sed 's/.*\.\(.*\)-.*/\1/' | tr '\n' ' ')" \
	"$(echo "$BASE_TESTED" | tr ' ' '\n' | sed -n '1p;$p' | tr '\n' ' ')"

# source RELEASE: make $tarball Debian's source of it
source_of()
{
	local deb=$cache/linux-source-5.10_$1_all.deb
	[ -f "$deb" ] || (cd "$apt" && apt-get "${options[@]}" download "linux-source-5.10=$1" &&
		mv "linux-source-5.10_$1_all.deb" "$deb") || return 1
	dpkg-deb --fsys-tarfile "$deb" > "$work/data.tar" &&
		tar -xOf "$work/data.tar" ./usr/src/linux-source-5.10.tar.xz > "$tarball" &&
		rm "$work/data.tar"
}
for release in $releases; do
	tarball=$work/linux-$release.tar.xz tree=$work/tree
	version=${release%-*}
	rm -rf "$tree"
	mkdir "$tree"
	ok "$release: can be had" source_of "$release"
	ok "$release: is unpacked" tar -xJf "$tarball" -C "$tree" --strip-components=1
	ok "$release: the hooks apply" patches/apply "$tree" 
	is "$release: is among the tested releases" \
		"$(grep -wo "${version##*.}" <<< "$BASE_TESTED")" "${version##*.}"
	rm -rf "$tree"
	case $release in
	"$(sed -n 1p <<< "$releases")" | "$(sed -n '$p' <<< "$releases")")
		[ -n "${APPLY:-}" ] || builds "$release" ARCH=arm64 CONFIG=tiny LTO=thin-dist \
			KSRC="$tarball" O="$work/obj"
		rm -rf "$work/obj" build/linux-linux-"$release"-* ;;
	esac
	rm -f "$tarball"
done

done_testing
