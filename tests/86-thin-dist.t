#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Distributed ThinLTO: back ends on other machines and by launchers; make -k, -n and clean; external
# modules; broken files. 80-incremental.t tests what an edit compiles, and 78-faults.t kills builds.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

obj=$pristine
ok "build" tiny_built "$src" "$obj"
rm -f "$obj.id"
tiny_sums "$obj" > "$work/clean.sums"
is "no more warnings than the compiler's" "$(grep 'warning:' "$obj.log" | grep -v '\[-W')" ""
is "a module of one unit is native code" "$(head -c 4 "$obj/drivers/block/loop.o" | tail -c 3)" ELF
(cd "$obj" && find .lto -name '*.o' ! -name '.*' | sort) > "$work/units"

resumes()	# NAME [ARGS...]
{
	ok "$1: the next build" tiny_build "$src" "$obj" "${@:2}"
	tiny_sums "$obj" > "$work/got.sums"
	same "$1: equals a clean build" "$work/clean.sums" "$work/got.sums"
}

# --- on other machines ------------------------------------------------------------------------

# Run each command in a directory that has only its inputs; without FULL=1, for one unit in four
far=$work/far
mkdir "$far"
every=${FULL:+1}
awk -v n="${every:-4}" 'NR % n == 0' "$work/units" > "$work/far.units"
cat > "$work/far.pl" <<'EOP'
use strict;
use warnings;
use JSON::PP;
use File::Basename;
use File::Path qw(make_path remove_tree);
my ($obj, $far, $units, $first) = @ARGV;
my %wanted;
open(my $wanted, "<", $units) or die;
while (<$wanted>) {
	chomp;
	$wanted{$_} = 1 if ($. % 2 == $first);
}
chdir($obj) or die;
open(my $list, "<", "lto-manifest.jsonl") or die;
while (<$list>) {
	my $job = decode_json($_);
	next unless delete($wanted{$job->{output} =~ s{\.tmp_([^/]*)\.native$}{$1}r});
	my $box = "$far/$.";
	make_path("$box/" . dirname($job->{output}), "$far/out/" . dirname($job->{output}));
	system("cp", "--parents", @{$job->{inputs}}, $box) == 0 or die "line $.: inputs";
	my $pid = fork;
	if (!$pid) {
		chdir($box) or die;
		exec(@{$job->{command}}) or die "exec: $!";
	}
	waitpid($pid, 0);
	die "line $.: status $?" if $?;
	rename("$box/$job->{output}", "$far/out/$job->{output}") or die "line $.: no output";
	remove_tree($box);
}
die "not in the list: " . join(" ", keys(%wanted)) if %wanted;
EOP
(cd "$obj" && xargs rm < "$work/far.units" && rm vmlinux && find .lto -name .tmp_back-ends -delete)
ok "make lto-manifest" kmake "$src" O="$obj" "${fixed[@]}" -j"$J" lto-manifest
is "a line for each back end" "$(wc -l < "$obj/lto-manifest.jsonl")" "$(wc -l < "$work/units")"
is "none of which has run" "$(cd "$obj" && xargs ls < "$work/far.units" 2>/dev/null)" ""
perl "$work/far.pl" "$obj" "$far" "$work/far.units" 0 & pid=$!
ok "elsewhere, with nothing but its inputs: one half" perl "$work/far.pl" "$obj" "$far" \
	"$work/far.units" 1
wait $pid
is "the other half" $? 0
cp -r "$far/out/." "$obj/"
refused "prebuilt.sh by itself" 2 "LTO_INPUTS: prebuilt.sh runs as KBUILD_LTO_LAUNCHER only" \
	env -u LTO_INPUTS sh scripts/lto/prebuilt.sh true
# The command that would compile fails.
resumes "with what was compiled elsewhere" KBUILD_LTO_LAUNCHER="$PWD/scripts/lto/prebuilt.sh false"
is "every back end was taken" "$(back_ends | tr ' ' '\n' | sed -n 's,.,.lto/&,p' | sort)" \
	"$(sort "$work/far.units")"
ok "another launcher" tiny_build "$src" "$obj"
is "is no reason to compile" "$(back_ends)" ""

cat > "$work/launcher" <<EOF2
#!/bin/sh
ls \$LTO_INPUTS > /dev/null || exit 1
"\$@" && test -s "\$LTO_OUTPUT" && echo "\$LTO_OUTPUT" >> "$work/launched"
EOF2
chmod +x "$work/launcher"
tiny_edit "$src/fs/file_table.c" 's/^\tfput_many(file, 1);/\tbarrier();\n&/'
ok "a launcher" tiny_build "$src" "$obj" KBUILD_LTO_LAUNCHER="$work/launcher"
is "has been given what was compiled" \
	"$(sed 's,^\.lto/,,;s,\.tmp_\(.*\)\.native$,\1,' "$work/launched" | sort | tr '\n' ' ')" \
	"$(back_ends)"
ok "which is something" test -s "$work/launched"
tiny_edit "$src/fs/file_table.c" '/^\tbarrier();/d'
refused "a launcher that fails" 2 "vmlinux.o: error: lto: a back end failed" \
	kmake "$src" O="$obj" "${fixed[@]}" KBUILD_LTO_LAUNCHER=false vmlinux
resumes "without it"

# --- make ---------------------------------------------------------------------------------------

tiny_edit "$src/fs/minix/itree_v1.c" 's/^#include "minix.h"/&\nint __used minix_edited = 1;/'
find "$obj/.lto/fs/minix" "$obj/fs/minix/minix.o" -type f -printf '%p %T@\n' |
	sort > "$work/before.list"
ok "make -n" kmake "$src" O="$obj" "${fixed[@]}" -n vmlinux modules
find "$obj/.lto/fs/minix" "$obj/fs/minix/minix.o" -type f -printf '%p %T@\n' |
	sort > "$work/after.list"
same "makes no object of a module" "$work/before.list" "$work/after.list"
tiny_edit "$src/fs/file_table.c" 's/^\tfput_many(file, 1);/\tsyntax error;\n&/'
refused "make -k: an error" 2 "file_table.c:.*error:" kmake "$src" O="$obj" "${fixed[@]}" -k \
	-j"$J" vmlinux modules
ok "does not keep another module from its back ends" "${llvm_prefix}llvm-nm$llvm_suffix" \
	"$obj/fs/minix/minix.o"
ok "with the edit" grep -q minix_edited <("${llvm_prefix}llvm-nm$llvm_suffix" \
	"$obj/fs/minix/minix.o")
tiny_edit "$src/fs/file_table.c" '/syntax error/d'
tiny_edit "$src/fs/minix/itree_v1.c" '/minix_edited/d'
ok "make V=1" tiny_build "$src" "$obj" V=1
ok "shows the back end's command" grep -q 'clang.* -fthinlto-index=\S*/\.tmp_itree_v1\.o\.index ' \
	"$obj.log"
resumes "the edits undone"

ext=$work/ext
mkdir "$ext"
# an empty unit; a unit in two modules
printf '%s\n' 'obj-m := two.o one.o other.o order.o unseen.o' \
	'two-y := a.o sub/b.o empty.o blob.o' 'one-y := c.o' 'other-y := c2.o sub/b.o' \
	'order-y := z.o y.o' 'unseen-y := u.o v.o' 'OBJECT_FILES_NON_STANDARD_u.o := y' \
	'OBJECT_FILES_NON_STANDARD_v.o := y' \
	'LTO_v.o := y' '$(obj)/blob.o: $(src)/blob.bin' \
	'CFLAGS_blob.o := -DBLOB="\"$(src)/blob.bin\""' > "$ext/Makefile"
mkdir "$ext/sub"
cat > "$ext/a.c" <<'EOF3'
#include <linux/module.h>
int lto_test_b(int x);
static int __init two_init(void) { return lto_test_b(1); }
static void __exit two_exit(void) { }
module_init(two_init);
module_exit(two_exit);
MODULE_LICENSE("GPL");
EOF3
printf '%s\n' '#include <linux/module.h>' 'int lto_test_b(int x);' 'static int state = 1;' \
	'int lto_test_b(int x) { return x - state--; }' \
	'int lto_test_beside(void);' 'int lto_test_beside(void) { return 1; }' > "$ext/sub/b.c"
sed 's/lto_test_b(1)/0/;s/two_/one_/g' "$ext/a.c" > "$ext/c.c"
# `state` is promoted.
sed 's/two_/other_/g' "$ext/a.c" > "$ext/c2.c"
: > "$ext/empty.c"
# The first of the weak functions prevails, in the order of the Makefile.
{ cat "$ext/c.c"; echo 'int __weak __used lto_test_weak(void) { return 1; }'; } > "$ext/z.c"
echo 'int __attribute__((weak, used)) lto_test_weak(void) { return 2; }' > "$ext/y.c"
# u.c and v.c: units that objtool must not see.  v.c opts in all the same (LTO_v.o := y).
cp "$ext/c.c" "$ext/u.c"
echo 'int lto_test_v = 1;' > "$ext/v.c"
echo 'asm(".pushsection .rodata\n.incbin \"" BLOB "\"\n.popsection");' > "$ext/blob.c"
echo "LTO test blob 0" > "$ext/blob.bin"
find "$ext" | sort > "$work/before.list"
external()
{
	kmake "$src" O="$obj" M="$ext" "$@" > "$work/ext.log" 2>&1
}
ok "external modules" external modules
ok "have back ends" test -f "$ext/.lto/two/$ext/sub/b.o" -o -f "$ext/.lto/two/sub/b.o"
is "and no names of their own" "$("${llvm_prefix}llvm-nm$llvm_suffix" "$ext/two.ko" |
	grep -c '\.llvm\.')" 0
is "weak functions: the first of them" "$("${llvm_prefix}llvm-objdump$llvm_suffix" \
	-d --no-show-raw-insn \
	--disassemble-symbols=lto_test_weak "$ext/order.ko" |
	grep -o 'movl	.*')" "movl	\$1, %eax"
is "what objtool must not see is native" "$(head -c 4 "$ext/u.o" | tail -c 3)" ELF
is "and bitcode if it opts in" "$(head -c 2 "$ext/v.o")" BC
refused "lto-manifest" 2 "lto-manifest is of the kernel and its own modules" kmake "$src" O="$obj" \
	M="$ext" lto-manifest
ok "a second time" external modules
is "nothing is compiled" "$(grep -cE '^  (CC|LTO|LD)' "$work/ext.log")" 0
mkdir "$work/cached"
for n in 1 2; do
	echo "LTO test blob $n" > "$ext/blob.bin"
	ok "a cache of back ends: blob $n" \
		external modules KBUILD_LTO_LAUNCHER="$PWD/tests/lib/back-end-cache $work/cached"
	is "a cache of back ends: blob $n: is in the module" \
		"$(grep -ao 'LTO test blob .' "$ext/two.ko")" "LTO test blob $n"
done
# Without the comparison: two units import lto_test_b() from b.o, and nothing else.
beside()	# NUMBER
{
	sed -i "s/lto_test_beside(void) { return [0-9]*/lto_test_beside(void) { return $1/" \
		"$ext/sub/b.c"
}
ran()
{
	sed -nE 's,^  LTO *.*/\.lto/two/.*/([a-z]*\.o)$,\1,p' "$work/ext.log" | sort | tr '\n' ' '
}
beside 2
ok "an edit beside what is imported" external modules
is "runs the back end of its unit" "$(ran)" "b.o "
ok "KBUILD_LTO_COMPARE=0" external modules KBUILD_LTO_COMPARE=0
is "is no reason to run a back end" "$(ran)" ""
# The first time, the checksums of all indices become the linker's checksums.
beside 3
ok "without the comparison: the first edit" external modules KBUILD_LTO_COMPARE=0
ok "runs those of the units that import from it" grep -q '^a.o b.o ' <(ran)
beside 4
ok "without the comparison: the next edit" external modules KBUILD_LTO_COMPARE=0
is "runs those and no others" "$(ran)" "a.o b.o "
(cd "$ext" && sha256sum ./*.ko) > "$work/got.sums"
ok "without the comparison: clean" external clean
ok "with it, from the start" external modules
(cd "$ext" && sha256sum ./*.ko) > "$work/with.sums"
same "without the comparison: edits equal a clean build with it" "$work/with.sums" "$work/got.sums"
ok "make M= clean" external clean
find "$ext" | sort > "$work/after.list"
same "leaves nothing" "$work/before.list" "$work/after.list"
ok "by a relative path" kmake "$src" O="$obj" M="$(realpath --relative-to="$obj" "$ext")" modules
ok "have back ends of their own there" test -n "$(find "$ext/.lto/two" -name b.o)"
is "and no names of their own there" "$("${llvm_prefix}llvm-nm$llvm_suffix" "$ext/two.ko" |
	grep -c '\.llvm\.')" 0
ok "make M= clean" kmake "$src" O="$obj" M="$(realpath --relative-to="$obj" "$ext")" clean
find "$ext" | sort > "$work/after.list"
same "leaves nothing of that" "$work/before.list" "$work/after.list"

# --- faults -------------------------------------------------------------------------------------

lost=$obj/.lto/vmlinux/fs/.tmp_file_table.o
truncate -s 100 "$lost.index"
tiny_touch "$src/lib/hexdump.c"
refused "a broken index" 2 "vmlinux.o: error: lto: a back end failed" kmake "$src" O="$obj" \
	"${fixed[@]}" vmlinux
rm "$lost.index"
resumes "a broken index that was removed"
rm "$obj/.lto/vmlinux/lib/hexdump.o" "$obj/lib/.tmp_hexdump.o.flags"
tiny_touch "$src/fs/file_table.c"
refused "no flags" 2 "lib/.tmp_hexdump.o.flags: No such file; remove the object beside it" kmake \
	"$src" O="$obj" "${fixed[@]}" vmlinux
rm "$obj/lib/hexdump.o"
resumes "lost files"

tiny_edit "$src/fs/minix/itree_v1.c" 's/^#include "minix.h"/&\nint __used minix_edited = 1;/'
kmake "$src" O="$obj" "${fixed[@]}" -i KBUILD_LTO_LAUNCHER=false \
	fs/minix/minix.o > "$work/ignored.log" 2>&1
ok "make -i: a back end fails" grep -q 'the back end of fs/minix/itree_v1.o failed' \
	"$work/ignored.log"
ok "the next make" kmake "$src" O="$obj" "${fixed[@]}" fs/minix/minix.o
ok "runs it" grep -q minix_edited <("${llvm_prefix}llvm-nm$llvm_suffix" "$obj/fs/minix/minix.o")
tiny_edit "$src/fs/minix/itree_v1.c" '/minix_edited/d'
# A step after the compiler fails.
ignored=arch/x86/lib/getuser.o
rm "$obj/$ignored"
objtool_is 'exit 1'
ok "make -i: objtool fails" kmake "$src" O="$obj" "${fixed[@]}" -i $ignored
objtool_is_back
is "the object is not noted" "$(cd "$obj" && ls $ignored "$(dirname $ignored)/.$(basename \
	$ignored).cmd" 2>/dev/null)" $ignored
resumes "the edit undone"
# Where packages are built, make has another name.
make() { "$(type -P make)" "$@"; }
ok "make by its path" tiny_build "$src" "$obj"
unset -f make
is "links no module again" "$(linked)" ""

# --- the other kind of ThinLTO ------------------------------------------------------------------

# Compare with in-linker ThinLTO of the same bitcode of vmlinux. objtool moves no code.
in_linker()
{
	local noted=.lto/vmlinux/.tmp_thinlink.o.cmd linker units
	cd "$obj" || return
	mapfile -t linker < <(sed '/\.o$/,$d' "$noted")
	mapfile -t units < <(sed -n '/\.o$/p' "$noted")
	LD=${linker[0]} LDFLAGS='' LTO_LDFLAGS=${linker[*]:1} AR=${llvm_prefix}llvm-ar$llvm_suffix \
		NM=${llvm_prefix}llvm-nm$llvm_suffix \
		OBJCOPY=${llvm_prefix}llvm-objcopy$llvm_suffix OBJTOOL='' srctree=$src \
		sh "$src/scripts/lto/link.sh" "$work/thin.o" "${units[@]}" &&
		"$LD" -r -o "$work/thin-dist.o" "${units[@]/#/.lto/vmlinux/}"
}
for n in 1 2; do
	echo "int f(int x) { return x + $n; }" > "$work/plus.c"
	"$CC" --target=x86_64-linux-gnu -O2 -c -o "$work/plus.o" "$work/plus.c"
	functions "$work/plus.o" > "$work/plus.$n"
done
is "functions that differ are seen" "$(cut -d' ' -f1 "$work"/plus.[12] |
	tr '\n' ' ')$(cmp -s "$work"/plus.[12]; echo $?)" "f f 1"
if [ -n "${FULL:-}" ]; then
	ok "in-linker ThinLTO of the same units" eval '(in_linker)'
	for mode in thin thin-dist; do
		functions "$work/$mode.o" > "$work/functions.$mode"
	done
	same "has the same functions ($(wc -l < "$work/functions.thin"))" \
		"$work/functions.thin-dist" "$work/functions.thin"
	ok "of which there are many" test "$(wc -l < "$work/functions.thin")" -gt 4000
fi

# Switch the mode there and back: the flags of a module change in the meantime.
select_and_build()	# OPTION
{
	lto_select "$src" "$obj" "$1" && kmake "$src" O="$obj" "${fixed[@]}" fs/minix/minix.o
}
functions "$obj/fs/minix/minix.o" > "$work/minix.thin-dist"
ok "in-linker ThinLTO" select_and_build LTO_CLANG_THIN
functions "$obj/fs/minix/minix.o" > "$work/minix.thin"
same "a module has the same functions ($(wc -l < "$work/minix.thin"))" "$work/minix.thin-dist" \
	"$work/minix.thin"
ok "more than ten" test "$(wc -l < "$work/minix.thin")" -gt 10
tiny_edit "$src/fs/minix/Makefile" '$s/$/\nCFLAGS_dir.o := -mllvm -align-all-functions=6/'
# Sections of the kernel have these names, too: .text.startup is freed, .data.once is cleared.
tiny_edit "$src/fs/minix/itree_v1.c" \
	's/^#include "minix.h"/&\nint __used startup(int x) { return x + 1; }\nint __used once = 1;/'
ok "with another flag" select_and_build LTO_CLANG_THIN
is "a function startup and a variable once are in the sections of all others" \
	"$("${llvm_prefix}llvm-objdump$llvm_suffix" -t "$obj/fs/minix/minix.o" |
	sed -nE 's/^.* [FO] (\S*)\t.* (startup|once)$/\2 \1/p' | sort | tr '\n' ' ')" \
	"once .data startup .text "
ok "and distributed again" select_and_build LTO_CLANG_THIN_DIST
is "the flag is there" "$(grep -c align-all "$obj/.lto/fs/minix/minix/fs/minix/.tmp_dir.o.flags")" 1
tiny_edit "$src/fs/minix/Makefile" '$d'
tiny_edit "$src/fs/minix/itree_v1.c" '/^int __used \(startup(\|once =\)/d'
resumes "without the flag and the names"

# Debian's source package lacks directories that make clean goes into.
mkdir -p "$src"/drivers/video/fbdev/{nvidia,riva}
touch "$src"/drivers/video/fbdev/{nvidia,riva}/Makefile
ok "make clean" kmake "$src" O="$obj" clean
is "leaves nothing of ours" "$(find "$obj" -name '*.o' -o -name '.tmp_*' -o -name '*.jsonl' \
	-o -name .lto)" ""

done_testing
