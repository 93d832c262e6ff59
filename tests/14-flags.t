#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 scripts/lto/flags passes the flags to a back end.  A cache of
# back ends must never return an object with old contents of a file that assembly includes.
. "$(dirname "$0")/lib/tap.sh"

front/packages check || exit 1
ok "flags compiles without warnings" "$CC" -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined \
	-fno-sanitize-recover -o "$work/flags" scripts/lto/flags.c
cache=$PWD/tests/lib/back-end-cache
cd "$work" || exit 1

# --- words ---------------------------------------------------------------------------------------

: > plain.c
unit()	# NAME [OPTION...]
{
	"$CC" -O2 -flto=thin "${@:2}" -c -o "$1.o" "$1.c"
}
unit plain
mkdir dir
cp plain.o dir/
ok "flags writes the words" ./flags dir/plain.o -O2 '-DX="a b"' '-DY=c\d' "-DZ='" ''
cat > expected <<'EOF2'
"-O2"
"-DX=\"a b\""
"-DY=c\\d"
"-DZ='"
""
EOF2
same "the file is a response file" expected dir/.tmp_plain.o.flags
"$CC" @dir/.tmp_plain.o.flags '-###' -c -x c /dev/null 2>&1 |
	grep -q -- '"-D" "X=\\"a b\\"" "-D" "Y=c\\\\d" "-D" "Z='\''"'
is "the compiler reads it" $? 0
is "nothing else is left" "$(ls -A dir | tr '\n' ' ')" ".tmp_plain.o.flags plain.o "

refused "no unit" 2 "^usage: flags" ./flags
refused "a unit that is not there" 1 "nowhere.o: No such file" ./flags nowhere.o -O2
mkdir .tmp_plain.o.flags
refused "no place for the file" 3 ".tmp_plain.o.flags: Is a directory" ./flags plain.o -O2
rmdir .tmp_plain.o.flags

# --- files that assembly takes in ----------------------------------------------------------------

echo '.byte 0' > taken.s
printf '%s\n' 'asm(".pushsection .rodata\nblob: .incbin \"blob.bin\"\n.popsection");' \
	'extern char blob[]; char *get(void) { return blob; }' > incbin.c
printf '%s\n' 'asm(".include \"taken.s\"");' > include.c
printf '%s\n' 'static inline void f(int x) { asm volatile("nop\n.pushsection .rodata\n.incbin \"blob.bin\"\n.popsection" : : "r" (x)); }' \
	'void g(int x) { f(x + 1); }' > function.c
# Put the assembly at various offsets: in bitcode, its letters then start at another bit.
for n in 1 2 3 4 5 6 7; do
	printf '%s\n' "asm(\"$(printf '%.*s' $n '#######')\n.incbin \\\"blob.bin\\\"\");" > "at$n.c"
done
printf '%s\n' '#include "plain.c"' 'asm("# incbin include in .c");' \
	'int incbin, include;' > without.c
echo one > blob.bin
for options in "" -g -O0; do
	for name in incbin include function at{1,2,3,4,5,6,7}; do
		# shellcheck disable=SC2086
		ok "$name $options" unit $name $options
		ok "$name $options: flags" ./flags $name.o -O2
		is "$name $options: has a flag that is unlike any other" \
			"$(grep -cE '^"-frandom-seed=[0-9.]+"$' .tmp_$name.o.flags)" 1
		cp .tmp_$name.o.flags before
		ok "$name $options: again" ./flags $name.o -O2
		refused "$name $options: has another flag the next time" 1 "differ" cmp before \
			.tmp_$name.o.flags
	done
	for name in plain without; do
		# shellcheck disable=SC2086
		ok "$name $options" unit $name $options
		ok "$name $options: flags" ./flags $name.o -O2
		is "$name $options: has no other flag" "$(cat .tmp_$name.o.flags)" '"-O2"'
	done
done

# --- a cache -------------------------------------------------------------------------------------

# build: compile incbin.c, get its back end from the cache, and print what the object has included
mkdir cached index
build()
{
	unit incbin && ./flags incbin.o -O2 &&
		"$LD" -r --thinlto-index-only=index/list "--thinlto-prefix-replace=;index/" \
		-o index/out incbin.o &&
		LTO_OUTPUT=native.o "$cache" cached "$CC" @.tmp_incbin.o.flags -Werror -fno-lto \
			-fthinlto-index=index/incbin.o.thinlto.bc -c -o native.o -x ir incbin.o &&
		grep -aoE 'one|two' native.o
}
# untold: the same without the flag that makes it unlike any other
untold()
{
	sed -i '/frandom-seed/d' .tmp_incbin.o.flags
	LTO_OUTPUT=native.o "$cache" cached "$CC" @.tmp_incbin.o.flags \
		-DFILE="$(cksum < blob.bin)" -fno-lto \
		-fthinlto-index=index/incbin.o.thinlto.bc -c -o native.o -x ir incbin.o &&
		grep -aoE 'one|two' native.o
}
is "an object includes the file" "$(build)" one
echo two > blob.bin
is "an object includes the changed file" "$(build)" two
is "with -D only, the cache gives the old object" "$(untold; echo one > blob.bin; untold)" "two
two"
ok "the old object is a hit" grep -qx native.o cached/hits

done_testing
