#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 The source of make kernel.  Only a tarball with the pinned
# checksum is unpacked, whoever writes to the cache.  The source does not change while a build uses
# it.  Each configuration has its own object tree.
. "$(dirname "$0")/lib/tap.sh"

# A copy of this repository.  Its release is a small tree: the files that the hooks change, and the
# files that tell the version.  Its scripts/config notes that it runs, and ends when the test lets
# it.
tree=$(KSRC='' front/fetch | tail -n 1)
few=$work/few repo=$work/repo
mkdir "$few" "$repo" "$work/cache" "$work/bin"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$repo"
git -C "$repo" init -q
(cd "$tree" && sed -n 's,^--- a/,,p' "$top"/patches/5.10/*.patch | sort -u |
	xargs cp --parents -t "$few" Kbuild)
for patch in $(tac patches/5.10/series); do
	sed -n '/^diff --git /,/^-- $/p' "patches/5.10/$patch" | sed '/^-- $/d' |
		(cd "$few" && GIT_CEILING_DIRECTORIES=$work git apply -R) || fail "$patch goes back"
done
cat > "$few/scripts/config" <<'EOF'
#!/bin/sh
# Stop after a while, in case the test was killed.
for i in $(seq 3000); do
	[ ! -e "$MAY_GO" ] || exit 1
	: > "$MAY_GO.runs"
	sleep 0.1
done
exit 1
EOF
chmod +x "$few/scripts/config"
tar -C "$work" -cJf "$work/good.tar.xz" few
cp -r "$few" "$work/bad"
echo "# not the release" >> "$work/bad/Kbuild"
tar -C "$work" -cJf "$work/bad.tar.xz" bad
sum()
{
	sha256sum < "$1" | cut -c 1-64
}
pinned=$(sum "$work/good.tar.xz")

export XDG_CACHE_HOME=$work/cache
cache=$XDG_CACHE_HOME/linux-clang-lto
mkdir "$cache"
# A machine without apt. curl serves the files in $work/web, as kernel.org would.
printf '#!/bin/sh\nexit 1\n' > "$work/bin/apt-get"
cat > "$work/bin/curl" <<EOF
#!/bin/sh
for url; do :; done
echo "\$*" >> "$work/curl.log"
exec cat "$work/web/\${url##*/}"
EOF
chmod +x "$work/bin"/*
mkdir "$work/web"
PATH=$work/bin:$PATH

# base NAME=VALUE...: change BASE for the next fetch, and remove the tree
base()
{
	local set
	cp patches/5.10/BASE "$repo/patches/5.10/BASE"
	for set; do
		echo "$set"
	done >> "$repo/patches/5.10/BASE"
	rm -rf "$repo/build"/linux-* "$cache"/*.xz* "$work/curl.log"
}
fetch()
{
	(cd "$repo" && ./front/fetch)
}
kbuild()	# of the tree that was fetched
{
	tail -n 1 "$repo/build/linux-$BASE_VERSION/Kbuild" 2>&1
}
is_release()	# NAME
{
	is "$1" "$(kbuild)" "$(tail -n 1 "$few/Kbuild")"
}
cached=$cache/$BASE_TARBALL

# --- the pinned sum -----------------------------------------------------------------------------

base BASE_SHA256="$pinned"
cp "$work/good.tar.xz" "$cached"
ok "a tarball in the cache" fetch
is "the series is applied" "$(patches/apply --status "$repo/build/linux-$BASE_VERSION")" applied
is "nothing but the tree is left in build" \
	"$(cd "$repo/build" && echo linux-*)" \
	"linux-$BASE_VERSION linux-$BASE_VERSION.id"

base BASE_SHA256="$pinned"
cp "$work/bad.tar.xz" "$cached"
sum "$work/bad.tar.xz" > "$cached.sha256"
refused "a sum beside another tarball" 1 "$BASE_TARBALL is damaged, fetching it again" fetch
is "no tree is made of it" "$(ls -d "$repo/build/linux-$BASE_VERSION" 2>/dev/null)" ""

# Another program changes the file after it was verified.
cat > "$work/bin/sha256sum" <<EOF
#!/bin/sh
sum=\$($(command -v sha256sum) "\$@") || exit
printf '%s\n' "\$sum"
case "\$* \$sum" in
-c* | *$pinned*) cp "$work/bad.tar.xz" "$cached" ;;
esac
EOF
chmod +x "$work/bin/sha256sum"
base BASE_SHA256="$pinned"
cp "$work/good.tar.xz" "$cached"
ok "a tarball that changes after it was verified" fetch
is_release "what was verified is unpacked"
rm "$work/bin/sha256sum"

base BASE_SHA256="$pinned"
cp "$work/good.tar.xz" "$cached"
ok "front/fetch --release" sh -c "cd $repo && front/fetch --release $work/release"
is "front/fetch --release does not apply the series" "$(patches/apply --status "$work/release")" \
	pristine

# --- kernel.org ---------------------------------------------------------------------------------

url=https://example.invalid/linux-few.tar.xz from_url=$cache/linux-few.tar.xz
cp "$work/good.tar.xz" "$work/web/linux-few.tar.xz"
base BASE_SHA256=none BASE_URL=$url BASE_URL_SHA256="$pinned"
ok "kernel.org's tarball, with a pinned sum" fetch
is_release "is unpacked"
is "and kept, without a note" "$(cd "$cache" && echo *.xz*)" linux-few.tar.xz
is "nobody is asked for the sum" "$(wc -l < "$work/curl.log")" 1
rm -r "$repo/build"
ok "from the cache" fetch
is "a tarball of the cache needs no network" "$(wc -l < "$work/curl.log")" 1

base BASE_SHA256=none BASE_URL=$url BASE_URL_SHA256="$(sum "$work/bad.tar.xz")"
refused "another file than the pinned one" 1 "linux-few.tar.xz has a wrong checksum (got $pinned" \
	fetch
is "the other file is not kept" "$(ls "$from_url" 2>/dev/null)" ""

base BASE_SHA256=none BASE_URL=$url
echo "$pinned  linux-few.tar.xz" > "$work/web/sha256sums.asc"
refused "without a pinned sum, that of the list" 0 "no sum of linux-few.tar.xz is pinned" fetch
rm -r "$repo/build"
sum "$work/bad.tar.xz" | sed 's/$/  linux-few.tar.xz/' > "$work/web/sha256sums.asc"
refused "the list is read each time" 1 "linux-few.tar.xz is damaged, fetching it again" fetch
: > "$work/web/sha256sums.asc"
refused "a list without it" 1 "expected one, but kernel.org lists none" fetch
is "the transport is https alone" "$(grep -vc -- "--proto =https " "$work/curl.log")" 0

rm "$work/bin/curl"
base BASE_SHA256=none BASE_URL=http://127.0.0.1:9/linux-few.tar.xz
refused "http" 1 "kernel.org (curl: (1) Protocol" fetch

# --- one source for several builds --------------------------------------------------------------

# kernel NAME [VARIABLE=VALUE...]: start make kernel in the background.  It configures until the
# test lets it end.  Its output goes to $work/NAME.log.
kernel()
{
	local name=$1
	shift
	rm -f "$work/$name.go"*
	env -C "$repo" MAY_GO="$work/$name.go" CONFIG="$work/x.config" O="$work/obj.$name" "$@" \
		make -s kernel > "$work/$name.log" 2>&1 &
}
: > "$work/x.config"
source=scripts/lto/sort-inputs.c
edited()
{
	grep -c 'edited' "$repo/build/linux-$BASE_VERSION/$source"
}
base BASE_SHA256="$pinned"
cp "$work/good.tar.xz" "$cached"

kernel one
ok "a build" comes_true test -e "$work/one.go.runs"
kernel same
ok "another of the same series does not wait" comes_true test -e "$work/same.go.runs"
echo "/* edited */" >> "$repo/$source"
kernel other
ok "one of another series waits, and says for what" \
	comes_true grep -q "^fetch: waiting for a build from build/linux-$BASE_VERSION, before" \
	"$work/other.log"
is "the source is as it was" "$(edited)" 0
: > "$work/same.go"
kernel third
ok "so does what wants the same as that" \
	comes_true grep -q "^fetch: waiting for another make kernel, which prepares" \
	"$work/third.log"
is "while one build runs" "$(edited) $(ls "$work/"*.runs)" "0 $work/one.go.runs
$work/same.go.runs"
: > "$work/one.go"
ok "then it builds" comes_true test -e "$work/other.go.runs"
ok "the other, too" comes_true test -e "$work/third.go.runs"
is "from its series" "$(edited)" 1
is "says it once" "$(grep -c waiting "$work/other.log")" 1
touch "$work/other.go" "$work/third.go"
wait

# The other way round: a build starts while the tree is being patched.
rsync=$(command -v rsync)
cat > "$work/bin/rsync" <<EOF
#!/bin/sh
: > "$work/rsync.runs"
for i in \$(seq 3000); do
	[ ! -e "$work/rsync.go" ] || break
	sleep 0.1
done
exec $rsync "\$@"
EOF
chmod +x "$work/bin/rsync"
echo "/* edited again */" >> "$repo/$source"
fetch > "$work/fetch.log" 2>&1 &
ok "a tree is patched anew" comes_true test -e "$work/rsync.runs"
kernel late
ok "a build waits for that, and says so" \
	comes_true grep -q "^fetch: waiting for another make kernel, which prepares" \
	"$work/late.log"
is "it has not begun" "$(ls "$work/late.go.runs" 2>/dev/null)" ""
: > "$work/rsync.go"
ok "then it builds" comes_true test -e "$work/late.go.runs"
is "from the new series" "$(edited)" 2
: > "$work/late.go"
wait

# --- configurations -----------------------------------------------------------------------------

mkdir "$work/a" "$work/b"
: > "$work/a/mine.config"
: > "$work/b/mine.config"
for d in a b; do
	kernel $d CONFIG="$work/$d/mine.config" O=
	ok "a configuration in $d" comes_true test -e "$work/$d.go.runs"
	: > "$work/$d.go"
	wait
done
is "two of one name have two places" \
	"$(find "$repo/build" -maxdepth 1 -name 'x86_64-mine-[0-9]*-thin' | wc -l)" 2

done_testing
