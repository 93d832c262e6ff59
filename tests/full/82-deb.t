#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make deb, make rpm and make tar make packages of a kernel, all or none.  A failure is one line, and
# leaves no package behind.  Modules are built with the package of headers alone.
. "$(dirname "$0")/../lib/tap.sh"

export CONFIG=tiny LTO=thin-dist
for goal in deb rpm tar; do
	ok "what make $goal needs" front/packages $goal
done
compiler_cache
obj=$top/build/x86_64-tiny-thin-dist
place=$top/build/packages/x86_64-tiny-thin-dist
unmount_below "$top/build/packages"
rm -rf "$place"

# packages: print the names of all that looks like a package, in build/packages and where the
# scripts of the kernel write
packages()
{
	(cd "$top/build" && find packages/x86_64-tiny-thin-dist x86_64-tiny-thin-dist . -maxdepth 2 \
		\( -name '*.deb' -o -name '*.rpm' -o -name '*.tar' -o -name '*.changes' \) \
		-printf '%f\n' | sort -u | sed 's/-[0-9]*_amd64/_amd64/;s/-[0-9]*\.x86/.x86/' | tr '\n' ' ')
}
v=$BASE_VERSION
ok "make deb" make -s deb
is "deb: the packages" "$(packages)" \
	"linux-headers-${v}_${v}_amd64.deb linux-image-${v}_${v}_amd64.deb linux-libc-dev_${v}_amd64.deb "
is "deb: the object tree is as before" "$(ls -d "$obj"/debian "$place"/.[a-z]* 2>/dev/null)" ""
[ "$llvm_prefix" ] || is "deb: headers depend on the tools" \
	"$(dpkg-deb -f "$place"/deb/linux-headers-*.deb Depends)" \
	"$(for t in "$CC" "$LD" "llvm-nm$llvm_suffix"; do
		for f in "$(command -v "$t")" "$(readlink -f "$(command -v "$t")")"; do
			dpkg -S "$f" | sed 's/:.*//'
		done
	done | sort -u | paste -sd , | sed 's/,/, /g')"
is "deb: the image has the kernel and its modules" \
	"$(dpkg-deb -c "$place"/deb/linux-image-*.deb | grep -c '/vmlinuz-\|/loop\.ko$\|/minix\.ko$')" 3
dpkg-deb -x "$place"/deb/linux-headers-*.deb "$work/root"
cp -r tests/modules/provider "$work/ext"
ok "deb: a module" env -u ARCH -u LTO -u CONFIG -u LLVM make \
	-C "$work/root/usr/src/linux-headers-$v" M="$work/ext"
is "deb: its units are bitcode" "$(head -c 2 "$work/ext/main.o")" BC
ok "make rpm" make -s rpm
is "rpm: the packages" "$(rpm -qp --qf '%{NAME} ' "$place"/rpm/*.rpm)" "kernel kernel-headers "
is "rpm: has the kernel and its modules" \
	"$(rpm -qlp "$place"/rpm/kernel-[0-9]*.rpm | grep -c '/vmlinuz-\|/loop\.ko$\|/minix\.ko$')" 3
ok "make tar" make -s tar
is "tar: has the kernel and its modules" \
	"$(tar -tf "$place/tar/linux-$v-x86_64.tar" | grep -c '/vmlinuz-\|/loop\.ko$\|/minix\.ko$')" 3
is "nothing is written elsewhere" "$(packages | wc -w)" "$(find "$place" -type f | wc -l)"

# --- failures --------------------------------------------------------------------------------------

# one_line NAME MESSAGE GOAL VARIABLE...: make must fail with this message, in one line, and leave
# no package of this goal
one_line()
{
	local name=$1 message=$2 goal=$3
	env "${@:4}" front/kernel "$goal" > "$work/stdout" 2> "$work/stderr"
	is "$name: fails" $? 1
	ok "$name: is said" grep -q "^[a-z]*: error: $message" "$work/stderr"
	is "$name: in one line" "$(wc -l < "$work/stderr")" 1
	is "$name: leaves no package" "$(ls -d "$place/$goal" "$place/.$goal" "$obj"/*.tar \
		"$obj"/{debian,tar-install,vmlinux.bz2} 2>/dev/null)" ""
}
one_line "a build that fails" "KSRC=/nonexistent: no such file or directory" deb KSRC=/nonexistent
rm -rf "$place"
mkdir "$place"
if mount -t tmpfs -o size=1m none "$place" 2>/dev/null; then
	for goal in deb rpm; do
		one_line "a full disk ($goal)" \
			"bin$goal-pkg failed: .*No space left on device.*; the full log is $obj" $goal
	done
	one_line "a full disk (tar)" "the package cannot be had: .*No space left on device; " tar
	umount "$place"
else
	skip "a full disk" "no filesystem can be mounted here"
fi

# start: start make deb, and wait until there is a package
start()
{
	rm -rf "$place"
	setsid front/kernel deb > "$work/killed.log" 2>&1 &
	started=$!
	ok "make deb has begun a package" comes_true compgen -G "$place/.deb/*.deb"
}
start
kill "$started"
wait "$started"
is "a signal: leaves nothing" "$(ls -A "$place"; ls -d "$obj/debian" 2>/dev/null)" ""
start
# make has a process group of its own
# shellcheck disable=SC2046
kill -KILL $(ps -o pid= -s "$started")
wait "$started" 2>/dev/null
is "killed: leaves nothing that looks complete" "$(ls "$place")" ""
ok "and the next one makes packages" make -s deb
is "all of them" "$(packages | wc -w)" 3

done_testing
