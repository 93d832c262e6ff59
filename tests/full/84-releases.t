#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Debian's releases of linux-source-5.10, which have Debian's patches: all hooks apply to each one,
# and `tiny` builds and boots with the oldest and the newest.  (It boots on arm64.)  The packages
# stay in the user's cache directory.  APPLY=1: do not build.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/bullseye.sh

apt=$work/apt
bullseye_apt "$apt"
ok "lists of packages" apt-get "${bullseye[@]}" update

# A mirror may list a release that it has no more.
releases=
for release in $(apt-cache "${bullseye[@]}" madison linux-source-5.10 |
	awk -F ' *[|] *' '{ print $2 }' | sort -uV); do
	deb=linux-source-5.10_${release}_all.deb
	if [ -f "$cache/$deb" ] || {
		(cd "$apt" && apt-get "${bullseye[@]}" download "linux-source-5.10=$release") \
			> "$work/download.log" 2>&1 && mv "$apt/$deb" "$cache/$deb"
	}; then
		releases="$releases $release"
	else
		skip "$release" "$(grep -m 1 '^E: ' "$work/download.log")"
	fi
done
oldest=$(echo "$releases" | awk '{ print $1 }') newest=$(echo "$releases" | awk '{ print $NF }')
ok "there are two at least" test "$oldest" != "$newest"

for release in $releases; do
	tarball=$work/linux-$release.tar.xz tree=$work/tree
	version=${release%-*}
	# Pipes lose the status of the left side.
	ok "$release: is unpacked" bash -o pipefail -ec 'rm -rf "$3"; mkdir "$3"
		dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/src/linux-source-5.10.tar.xz > "$2"
		tar -xJf "$2" -C "$3" --strip-components=1' \
		sh "$cache/linux-source-5.10_${release}_all.deb" "$tarball" "$tree"
	said=$(patches/apply "$tree" 2>&1)
	is "$release: all hooks apply, and it is listed as tested" "$said" \
		"$tree: $(wc -l < "$base_dir/series") patches and $(
			patches/mkseries --overlay | wc -l) new files applied"
	rm -rf "$tree"
	if [ -z "${APPLY:-}" ] && { [ "$release" = "$oldest" ] || [ "$release" = "$newest" ]; }; then
		builds "$version" ARCH=arm64 CONFIG=tiny LTO=thin-dist KSRC="$tarball" \
			O="$work/obj"
		is "$release: is what was built" "$(sed -n 's/^kernel  *//p' "$work/obj/summary")" \
			"$version"
		rm -rf "$work/obj" build/linux-linux-"$release"-*
	fi
	rm -f "$tarball"
done

done_testing
