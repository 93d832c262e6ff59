#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds are killed, run out of disk, or find a broken object.  The next build must give the same
# result as a clean build in another directory, or an error must tell what to do.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

ok "a clean build" tiny_built "$src" "$pristine"
tiny_sums "$pristine" > "$work/clean.sums"
src=$other_src obj=$other
unmount_below "$obj"
rm -rf "$obj" "$obj.id" "$obj.saved"
tiny_source "$src"
mkdir -p "$obj"

# End all processes of a build at once, as a power cut would, or an out-of-memory killer in a
# container.
start_build()
{
	# Empty the log here: setsid starts later than the process that looks for lines in the log.
	: > "$obj.log"
	# setsid: a session that can be killed as a whole
	setsid bash -c '. ./front/lib.sh; llvm_select; kmake "$@"' build "$src" O="$obj" \
		"${fixed[@]}" -j"$J" \
		vmlinux modules > "$obj.log" 2>&1 &
	build=$!
}
kill_build()
{
	kill -9 -- "-$build"
	wait "$build" 2>/dev/null
	build=
}

# End the build also if this test is killed.
build=
trap '[ -z "$build" ] || kill_build; unmount_below "$obj"; unmount_below "$src"' EXIT

resumes()	# NAME
{
	local name=$1
	ok "$name: the next build" tiny_build "$src" "$obj"
	tiny_sums "$obj" > "$work/got.sums"
	same "$name: equals a clean build" "$work/clean.sums" "$work/got.sums"
}

# The disk is full at several moments, and the sources cannot be written.
if mount -t tmpfs -o size=16m lto-test "$obj" 2>/dev/null; then
	cp "$pristine/.config" "$obj/"
	mount --bind "$src" "$src" && mount -o remount,ro,bind "$src"
	refused "the sources are read-only" 1 "Read-only" touch "$src/Makefile"
	for size in 16m 40m 60m; do
		mount -o "remount,size=$size" "$obj"
		refused "a disk of $size" 2 "No space left" kmake "$src" O="$obj" "${fixed[@]}" \
			-j"$J" vmlinux modules
	done
	umount "$src"
	# Put the object tree on the small disk, with its dates.
	cp -a "$obj" "$obj.saved"
	umount "$obj"
	rmdir "$obj"
	mv "$obj.saved" "$obj"
else
	cp "$pristine/.config" "$obj/"
	skip "a full disk" "no right to mount"
fi

# From that build on, kill one build after another, each after some seconds.
n=0
for seconds in 3 7 11 2 13 5 17 8; do
	start_build
	sleep "$seconds"
	kill -0 "$build" 2>/dev/null && n=$((n + 1))
	kill_build
done
ok "builds were killed ($n of 8)" test "$n" -ge 1
resumes "out of disk, and killed again and again"

# Kill builds at moments of the link: when the log shows it, and a little later.
killed_at()	# REGEX SECONDS
{
	tiny_touch "$src/fs/file_table.c"
	tiny_touch "$src/fs/minix/itree_v1.c"
	start_build
	while kill -0 "$build" 2>/dev/null && ! grep -qE "$1" "$obj.log"; do
		sleep 0.05
	done
	sleep "$2"
	if kill -0 "$build" 2>/dev/null; then
		pass "killed $2 s after $1"
	else
		fail "killed $2 s after $1" "the build had ended"
	fi
	kill_build
}
killed_at '^  LTO +vmlinux.o' 0.3
rm -rf "$obj/.lto/vmlinux/fs"
killed_at '^  LTO +vmlinux.o' 0.1
killed_at '^  LTO +\.lto/vmlinux/fs/' 1
rm -rf "$obj/.lto/vmlinux/lib"
killed_at '^  LTO +\.lto/vmlinux/lib/' 0
killed_at '^  KSYMS? ' 0.1
killed_at '^  (LD|SORTTAB) +vmlinux$' 0.1
resumes "killed while vmlinux was linked"

# Kill between the compiler and objtool.  The object exists and is new, but must not pass for done.
# Try native code of vmlinux (assembly), and a module of one object.
for o in arch/x86/lib/getuser.o drivers/block/loop.o; do
	rm "$obj/$o"
	objtool_is 'case "$*" in *'$o') kill -9 "-$(ps -o pgid= -p $$ | tr -d " ")";; esac
exec "$0.real" "$@"'
	start_build
	wait "$build" 2>/dev/null
	is "objtool killed the build at $o" $? 137
	build=
	objtool_is_back
	ok "$o is there" test -f "$obj/$o"
done
resumes "killed before objtool saw them"

# Kill objtool on vmlinux.o when it finds an error.
objtool_is 'case "$*" in
*--vmlinux*--fatal-errors*) echo "objtool has failed" >&2; exit 255 ;;
*--vmlinux*) exit 0 ;;
esac
exec "$0.real" "$@"'
rm "$obj/vmlinux"
refused "objtool fails at vmlinux.o" 2 "objtool has failed" \
	kmake "$src" O="$obj" "${fixed[@]}" vmlinux
objtool_is_back
is "there is no vmlinux" "$(ls "$obj/vmlinux" 2>/dev/null)" ""

# The versions of exports come from a preprocessor.  Kill it in the middle: for bitcode, and for
# assembly the first and the second one.
cat > "$work/cpp" <<EOF
#!/bin/sh
case " \$* " in
*" \$dies "*) $CC -E "\$@" | head -n 100; echo "the preprocessor died" >&2; exit 1 ;;
esac
exec $CC -E "\$@"
EOF
chmod +x "$work/cpp"
versions_of()	# OBJECT OPTION-OF-THE-PREPROCESSOR-THAT-DIES
{
	rm -f "$obj/$1"
	dies=$2 refused "no versions for $1" 2 "the preprocessor died" kmake "$src" O="$obj" \
		"${fixed[@]}" CPP="$work/cpp" "$1"
	is "$1 is not there" "$(ls "$obj/$1" 2>/dev/null)" ""
}
versions_of kernel/irq/handle.o -D__GENKSYMS__
versions_of arch/x86/entry/entry_64.o -D__GENKSYMS__
versions_of arch/x86/entry/entry_64.o "$src/arch/x86/entry/entry_64.S"
resumes "without versions"
printf 'int f(void);\n__GENKSYMS_EXPORT_SYMBOL(f);\n' > "$work/exports"
is "genksyms gives a version" "$("$obj/scripts/genksyms/genksyms" < "$work/exports" |
	grep -c '^__crc_f = 0x')" 1
refused "and not on a full disk" 1 \
	"genksyms: error: the versions cannot be written: No space left" \
	sh -c '"$1" < "$2" > /dev/full' sh "$obj/scripts/genksyms/genksyms" "$work/exports"
echo "x.o: $work/exports" > "$work/x.d"
refused "fixdep on a full disk" 1 \
	"fixdep: error: the dependencies cannot be written: No space left" \
	sh -c '"$1" "$2" x.o true > /dev/full' sh "$obj/scripts/basic/fixdep" "$work/x.d"

# An object was cut short, and has a new date.
truncate -s 1000 "$obj/fs/file_table.o"
refused "a broken object" 2 "file_table.o" kmake "$src" O="$obj" "${fixed[@]}" vmlinux
rm "$obj/fs/file_table.o"
truncate -s 1000 "$obj/fs/minix/itree_v1.o"
refused "a broken object of a module" 2 "minix/.tmp_back-ends: error: lto: the thin link failed" \
	kmake "$src" O="$obj" "${fixed[@]}" modules
rm "$obj/fs/minix/itree_v1.o"
resumes "the broken objects removed"

# for those that edit it; as clean as one gets
[ $tap_failed != 0 ] || tiny_built_id > "$obj.id"

done_testing
