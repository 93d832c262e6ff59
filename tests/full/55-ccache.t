#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# From version 4.13 on, ccache caches back ends.  This test takes the ccache of Debian's newest
# suite, from a chroot that stays in the user's cache directory.  The cache must never give an
# object that has an old version of a file that assembly includes.  The test prints what the cache
# gains.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/tiny.sh

front/packages check debootstrap || exit 1

# --- ccache 4.13 or later ------------------------------------------------------------------------

root=$cache/ccache-sid
get_chroot()
{
	local mirror
	[ ! -e "$root.done" ] || return 0
	# the mirror that this machine installs from
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Component: main' | grep -v security | sed 1q)
	rm -rf "$root"
	mkdir -p "$cache"
	debootstrap --variant=minbase --include=ccache sid "$root" "${mirror:?}" &&
		touch "$root.done"
}
ok "a chroot with ccache" get_chroot
# with the libraries of the chroot, and the compilers of this machine
for loader in "$root"/lib64/ld-linux-*.so.* "$root"/lib/ld-linux-*.so.*; do
	[ ! -x "$loader" ] || break
done
cat > "$work/ccache" <<EOF
#!/bin/sh
export CCACHE_DIR="$work/ccache.dir" CCACHE_NODEPEND=1
exec "$loader" --library-path "$(printf '%s:' "$root"/usr/lib/*-linux-gnu)" "$root/usr/bin/ccache" "\$@"
EOF
chmod +x "$work/ccache"
version=$("$work/ccache" --version | sed -n 's/^ccache version //p')
echo "# ccache $version"
is "its version is 4.13 or later" "$(printf '%s\n' "$version" 4.13 | sort -V | sed 1q)" 4.13

# figure NAME: print one of its statistics
figure()
{
	"$work/ccache" --print-stats | sed -n "s/^$1\t//p"
}

# --- one unit ------------------------------------------------------------------------------------

obj=$other src=$other_src
ok "a kernel" tiny_built "$src" "$obj"
rm -f "$obj.id"
mkdir "$work/unit" "$work/unit/index"
printf '%s\n' 'asm(".pushsection .rodata\nblob: .incbin \"blob.bin\"\n.popsection");' \
	'extern char blob[]; char *get(void) { return blob; }' > "$work/unit/blob.c"
# back_end BLOB [FLAG]: print what its object has included; FLAG replaces the flag of
# scripts/lto/flags
back_end()
{
	cd "$work/unit" || return 1
	echo "$1" > blob.bin
	"$CC" -O2 -flto=thin -c -o blob.o blob.c && "$obj/scripts/lto/flags" blob.o -O2 "${@:2}" &&
		"$LD" -r --thinlto-index-only=index/list "--thinlto-prefix-replace=;index/" \
		-o index/out blob.o || return 1
	[ $# = 1 ] || sed -i /frandom-seed/d .tmp_blob.o.flags
	"$work/ccache" "$CC" @.tmp_blob.o.flags -fno-lto -fthinlto-index=index/blob.o.thinlto.bc \
		-c -o native.o -x ir blob.o &&
		grep -aoE 'one|two' native.o
}
is "a file, told by -D" "$(back_end one -DBLOB=1)" one
is "another: this ccache caches back ends, and does not see -D" "$(back_end two -DBLOB=2)" one
is "a file" "$(back_end one)" one
is "another: is seen" "$(back_end two)" two

# --- a kernel ------------------------------------------------------------------------------------

# option -e|-d NAME: switch an option, and build with ccache
option()
{
	"$src/scripts/config" --file "$obj/.config" "$@" && kmake "$src" O="$obj" olddefconfig &&
		tiny_build "$src" "$obj" KBUILD_LTO_LAUNCHER="$work/ccache"
}
has_its_configuration()	# NAME
{
	"$src/scripts/extract-ikconfig" "$obj/vmlinux" > "$work/ikconfig"
	same "$1: the configuration in vmlinux is that of the build" "$obj/.config" "$work/ikconfig"
}
# kernel/configs.c includes it.
ok "an option" option -e LOCALVERSION_AUTO
has_its_configuration "an option"
ok "another" option -d LOCALVERSION_AUTO
has_its_configuration "another"

# clean NAME [ARGS...]: make a clean build, and set $seconds to its CPU time.  Compilations to
# bitcode come from the other cache, the one of tests/lib/tiny.sh.
clean()
{
	cp "$obj/.config" "$work/config"
	rm -rf "$obj"
	mkdir "$obj"
	cp "$work/config" "$obj/.config"
	seconds=$({ TIMEFORMAT='%U %S'; time tiny_build "$src" "$obj" "${@:2}"; } 2>&1 |
		awk '{ print $1 + $2 }')
	ok "$1: builds" test -s "$obj/vmlinux"
}
clean "first"
tiny_sums "$obj" > "$work/clean.sums"
clean "without a cache of back ends"
none=$seconds
"$work/ccache" -C > /dev/null
clean "with an empty one" KBUILD_LTO_LAUNCHER="$work/ccache"
empty=$seconds
"$work/ccache" -z > /dev/null
clean "with a full one" KBUILD_LTO_LAUNCHER="$work/ccache"
full=$seconds
tiny_sums "$obj" > "$work/got.sums"
same "equals a build without" "$work/clean.sums" "$work/got.sums"
number=$(back_ends | wc -w)
is "every back end is a hit" $(($(figure direct_cache_hit) + $(figure preprocessed_cache_hit))) \
	"$number"
ok "they are many" test "$number" -gt 300
echo "# $number back ends; CPU seconds of a build: without a cache of them $none, with an empty one $empty, with a full one $full"
ok "which gains" awk "BEGIN { exit !($full < $none) }"

# a function that is imported from another unit
ok "an edit" tiny_edit "$src/kernel/sched/wait.c" \
	'/^void __wake_up(/,/^}/s/nr_exclusive, 0, key/nr_exclusive | 0x4000, 0, key/'
ok "an edit: build" tiny_build "$src" "$obj" KBUILD_LTO_LAUNCHER="$work/ccache"
tiny_sums "$obj" > "$work/got.sums"
clean "an edit: without a cache of back ends"
tiny_sums "$obj" > "$work/clean.sums"
same "an edit: equals a build without" "$work/clean.sums" "$work/got.sums"

done_testing
