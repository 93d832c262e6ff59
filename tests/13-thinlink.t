#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/lto/thinlink replaces a file that it keeps for the back ends only if its content changes.
. "$(dirname "$0")/lib/tap.sh"

front/packages check || exit 1
ok "thinlink compiles without warnings" "$CC" -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined \
	-fno-sanitize-recover -o "$work/thinlink" scripts/lto/{thinlink,compare,bitstream,irtext}.c
cd "$work" || exit 1
export ASAN_OPTIONS=detect_leaks=0

dis=${llvm_prefix}llvm-dis$llvm_suffix

unit()	# NAME CODE
{
	printf '%s\n' "$2" > "$1.c"
	"$CC" -O2 -flto=thin -c -o "$1.o" "$1.c" && echo "-O2" > ".tmp_$1.o.flags"
}
thinlink()
{
	./thinlink --units=units --dir=kept --llvm-dis="$dis" -- "$LD" -r "$@"
}
# changed NAME FILES COMMAND...: the command must replace these kept files, and no others
changed()
{
	local name=$1 files=$2
	shift 2
	touch -d 2020-01-01 kept/.tmp_*
	ok "$name" "$@"
	is "$name: replaced" "$(find kept -name '.tmp_*' -newermt 2021-01-01 ! -name '*.cmd' \
		-printf '%f\n' | sort | tr '\n' ' ')" "$files"
}

unit user 'int small(int x); int user(int x) { return small(x); }'
unit other 'int other(int x) { return x; }'
unit def 'int small(int x) { return x + 1; }'
printf '"%s"\n' user.o other.o def.o > units
ok "the first time" thinlink
is "all is kept" "$(ls -A kept | sed -n 's/^\.tmp_[a-z]*\.o\.//p' | sort | uniq -c |
	tr -s ' \n' ' ')" " 3 bc 1 cmd 3 flags 3 imports 3 index 1 units "
is "imports are known" "$(cat kept/.tmp_user.o.imports)" def.o

changed "nothing" "" thinlink
touch user.o
changed "a new date" "" thinlink
echo -O1 > .tmp_other.o.flags
changed "other flags" ".tmp_other.o.flags " thinlink
unit other 'int other(int x) { if (x > 3) return 5 * x * x; return x; }'
changed "a unit that nobody imports from, with more blocks" \
	".tmp_other.o.bc .tmp_other.o.flags .tmp_other.o.index " thinlink
unit def 'int small(int x) { return x + 2; }'
changed "a unit that others import from" ".tmp_def.o.bc .tmp_user.o.index " thinlink
unit def 'int small(int x) { return x + 3; }'
cp kept/.tmp_user.o.index before
changed "the same unit once more" ".tmp_def.o.bc .tmp_user.o.index " thinlink
refused "the index has changed" 1 "differ" cmp before kept/.tmp_user.o.index
unit def '__attribute__((noinline)) int small(int x) { return x + 3; }'
changed "a unit that others no longer import from" \
	".tmp_def.o.bc .tmp_def.o.index .tmp_user.o.imports .tmp_user.o.index " thinlink
changed "a linker option" ".tmp_user.o.imports .tmp_user.o.index " thinlink -mllvm \
	-import-instr-limit=1 -mllvm -force-import-all

# def EDIT...: compile def.c, which has functions that are imported and code that is only in the
# same unit.  $1 to $7 are edits: they are inserted at seven places.
def()
{
	unit def "$1
		struct s { int a; ${2:-int b;} };
		int outside(int x) ${3:-};
		static __attribute__((noinline)) int hidden(int x) { ${6:-} return outside(x) * outside(x); }
		extern const int table[2];
		const int table[2] = { 1, ${4:-2} };
		extern const struct v { const struct v *other; char text[9]; } v1, v2;
		const struct v v1 = { &v2, \" alias 1\" }, v2 = { &v1, \" alias 2\" };
		int small(struct s *s)
		{
			${7:-}
			asm volatile(\"# small\");
			return hidden(s->b) + table[s->a] + v1.text[s->a] + v2.text[s->a];
		}
		int other_name(struct s *s) __attribute__((alias(\"small\")));
		__attribute__((noinline)) int large(int x) { ${5:-} return x + 1; }"
}
# edit NAME FILES EDIT...: after the edits of def.c, these indices of user.o must be replaced:
# $again or $same, which is none
edit()
{
	def "${@:3}"
	touch -d 2020-01-01 kept/.tmp_*
	ok "edit: $1" thinlink
	ok "edit: $1: is one" cmp def.o kept/.tmp_def.o.bc
	is "edit: $1: who imports is compiled again" \
		"$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" "$2"
	def ''
	ok "edit: $1: back" thinlink
}
same='' again=kept/.tmp_user.o.index
off="; so back ends run more often than they have to (the kernel is right)"
warnings() { grep warning; }
def ''
unit user 'struct s; int small(struct s *s); int other_name(struct s *s); int user(struct s *s) { return small(s) + other_name(s); }'
ok "imports of a function, an alias and a table" thinlink
is "there are five, and its own function" \
	"$("${llvm_prefix}llvm-bcanalyzer$llvm_suffix" --dump kept/.tmp_user.o.index |
	grep -cE '<COMBINED(_PROFILE|_ALIAS|_GLOBALVAR_INIT_REFS)?[ >]')" 6
edit "another function" "$same" '' '' '' '' 'if (x == 7) return 3; asm("nop");'
edit "functions, types, attributes and strings before it" "$same" \
	'struct t { long l; }; __attribute__((noinline, cold)) char *early(struct t *t) { t->l++; asm volatile("nop"); return "string"; }'
edit "only the position in the file" "$same" '//'
edit "a declaration of something else" "$same" \
	'int unused(void); int early(void) { return unused(); }'
edit "the type of a parameter" "$again" '' 'long c; int b;'
edit "an attribute of what it calls" "$again" '' '' '__attribute__((const))'
edit "a table that it reads" "$again" '' '' '' 3
edit "the body of a function that it calls" "$same" '' '' '' '' '' 'if (x == 7) return 3;'
edit "its own body" "$again" '' '' '' '' '' '' 's->a++;'
edit "assembly of the unit" "$again" 'asm(".globl early; early:");'
dis=false edit "another function, without llvm-dis" "$again" '' '' '' '' 'if (x == 7) return 3;'
dis=false def '' '' '' '' 'if (x == 7) return 3;'
dis=false thinlink > log 2>&1
is "a warning tells that llvm-dis failed" "$(warnings < log)" \
	"def.o: warning: thinlink: false failed$off"

# a name in quotes
unit quoted 'extern int small(int x) __asm__("a$b"); int quoted(int x) { return small(x); }'
quoted_def()	# NUMBER
{
	unit quoteddef 'int small(int x) __asm__("a$b"); int small(int x) { return x + 1; }
		int beside(int x) { return x * '"$1; }"
}
cp units few
printf '"%s"\n' quoted.o quoteddef.o >> units
quoted_def 3
ok "a name in quotes" thinlink
quoted_def 5
touch -d 2020-01-01 kept/.tmp_*
ok "a name in quotes: something beside it" thinlink
is "a name in quotes: who imports is not compiled again" \
	"$(find kept -name .tmp_quoted.o.index -newermt 2021-01-01)" ""
mv few units

# llvm-dis writes text that thinlink does not understand.
not_understood()	# NAME COMMAND REASON
{
	local dis=$2
	def '' '' '' '' 'x *= 3;'
	touch -d 2020-01-01 "$again"
	thinlink > log 2>&1
	is "llvm-dis: $1: status" $? 0
	is "llvm-dis: $1: who imports is compiled again" \
		"$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" "$again"
	is "llvm-dis: $1: which is said" "$(warnings < log)" "$3$off"
	def ''
	thinlink > /dev/null 2>&1
}
missing="def.o: warning: thinlink: llvm-dis does not show all that is taken from it"
def ''
ok "before" thinlink
not_understood "fails" false "def.o: warning: thinlink: false failed"
not_understood "is not there" ./nowhere "def.o: warning: thinlink: ./nowhere failed"
not_understood "writes something else" "echo" "$missing"
not_understood "writes no summary" "sh -c '$dis \"\$@\" | sed /^^/d' dis" "$missing"
not_understood "writes half of it" "sh -c '$dis \"\$@\" | sed /^}/,\\\$d' dis" \
	"def.o: warning: thinlink: what sh -c '$dis \"\$@\" | sed /^}/,\\\$d' dis writes is not understood"
without_dis() { ./thinlink --units=units --dir=kept -- "$LD" -r; }
def '' '' '' '' 'x *= 3;'
without_dis > log 2>&1
is "no llvm-dis" $? 0
is "no llvm-dis: a warning tells that" "$(warnings < log)" \
	"kept: warning: thinlink: there is no llvm-dis$off"
def ''

# --- without the comparison ---------------------------------------------------------------------

ok "thinlink without compare.c compiles without warnings" "$CC" -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover -o plain "$top/scripts/lto/thinlink.c"
indices=".tmp_def.o.index $(basename $again) "
of_linker=".tmp_def.o.bc $indices"
for program in "thinlink --no-compare" plain; do
	# shellcheck disable=SC2086
	without() { ./$program --units=units --dir=kept --llvm-dis="$dis" -- "$LD" -r; }
	rm -rf kept
	def ''
	ok "before" thinlink
	rm kept/.tmp_thinlink.o.cmd
	changed "$program: the comparison has been there before" \
		".tmp_def.o.index .tmp_other.o.index $(basename $again) " without
	changed "$program: nothing" "" without
	def '' '' '' '' 'if (x == 7) return 3;'
	changed "$program: another function" "$of_linker" without
	def '' '' '' '' 'if (x == 7) return 4;'
	without > log 2>&1
	is "$program: says nothing" "$(cat log)" ""
	unit other 'int other(int x) { return 2 * x; }'
	touch -d 2020-01-01 "$again"
	ok "$program: a unit that nobody imports from" without
	is "$program: a unit that nobody imports from: who imports is not compiled again" \
		"$(find $again -newermt 2021-01-01)" ""
	unit other 'int other(int x) { return x; }'
	def ''
	rm -rf kept
	ok "$program: from the start" without
	rm -rf "kept.${program##* }"
	cp -r kept "kept.${program##* }"
done
is "the comparison switched off is the same as none" "$(diff -r kept.--no-compare kept.plain)" ""

# --- indices of unknown formats ------------------------------------------------------------------

# A linker that damages the index of user.o.  $damage is Perl code that changes the bits of the
# index in $_, in the order of the format.  The block of the summary begins at $p; the width of its
# abbreviations is $w; its version is at $v.
cat > damage.pl <<'EOF2'
local $/;
open(my $file, "<:raw", $ARGV[0]) or die;
my $was = $_ = unpack("b*", <$file>);
sub number { my ($width, $n) = @_; return substr(unpack("b8", chr $n), 0, $width); }
my $p = 64;
$p += 32 until $p > length or
	substr($_, $p, 11) eq "100" . number(8, 20) && substr($_, $p + 15, 17) eq "0" x 17;
my $w = oct("0b" . reverse(substr($_, $p + 11, 4)));
my $v = $p + 64 + $w;
substr($_, $v, 12) eq number(6, 10) . number(6, 1) or die "no version\n";
eval($ENV{damage});
die $@ if $@;
$_ ne $was or die "no damage\n";
open($file, ">:raw", $ARGV[0]) or die;
print $file pack("b*", $_);
close($file) or die;
EOF2
cat > ld <<EOF2
#!/bin/sh
set -e
"$LD" "\$@"
perl damage.pl kept.new/user.o.thinlto.bc
cp kept.new/user.o.thinlto.bc linkers
EOF2
chmod +x ld
replaced()
{
	find kept -name '.tmp_*.index' -newermt 2021-01-01 -printf '%f\n' | sort | tr '\n' ' '
}

# unknown NAME DAMAGE REASON: with a damaged index, a back end must run if anything changes in a
# unit from which it imports.  thinlink must print a warning with the reason.
unknown()
{
	export damage=$2
	ok "$1: known before" thinlink
	rm kept/.tmp_thinlink.o.cmd
	LD=./ld ok "$1" thinlink
	touch -d 2020-01-01 kept/.tmp_*
	rm kept/.tmp_thinlink.o.cmd
	LD=./ld ok "$1: nothing changes" thinlink
	is "$1: nothing changes: no back end runs" "$(replaced)" ""
	def '' '' '' '' 'x *= 3;'
	LD=./ld thinlink > log 2>&1
	is "$1: an edit" $? 0
	is "$1: it is said once" "$(warnings < log | sed -E 's/ at bit [0-9]+//')" \
		"user.o: warning: thinlink: its index $3$off"
	ok "$1: the index is as the linker wrote it" cmp linkers $again
	is "$1: what it may reach is compiled again" "$(replaced)" \
		".tmp_def.o.index .tmp_user.o.index "
	def ''
	LD=./ld ok "$1: back" thinlink
	LD=./ld ok "$1: back: is one" cmp linkers $again
	ok "$1: known again" thinlink
}
for version in 1 8 11 13 25; do
	unknown "version $version" "substr(\$_, \$v + 12, 6) = number(6, $version)" \
		"has a summary of version $version, which is not known"
done
unknown "no version" 'substr($_, $v, 6) = number(6, 20)' "has a summary without a version"
unknown "an unknown record" 'substr($_, $v + 18 + $w, 6) = number(6, 25)' \
	"has a record 25 of 1 numbers in a block 20"
unknown "a record with another number of numbers" 'substr($_, $v + 18 + $w, 6) = number(6, 8)' \
	"has a record 8 of 1 numbers in a block 20"
unknown "an unknown block" 'substr($_, $p + 3, 8) = number(8, 21)' \
	"has a block 21 that is not expected there"
unknown "the length of a block" 'substr($_, $p + 32, 1) =~ tr/01/10/' "is cut or damaged"
# The abbreviation has five numbers of 32 bits.  Now the first one has 31.
unknown "an abbreviation" 's/01000000101000(?=(?:01000000101000){4})/01001111110000/' \
	"has a checksum of another width"
unknown "something behind it" '$_ .= "0" x 32' "is cut or damaged"

# A format without checksums: no record tells the content of imported units.
cat > ld <<EOF2
#!/bin/sh
set -e
"$LD" "\$@"
perl damage.pl kept.new/user.o.thinlto.bc
[ -e linkers ] || cp kept.new/user.o.thinlto.bc linkers
cp linkers kept.new/user.o.thinlto.bc
EOF2
rm linkers
unknown "no checksums" 'substr($_, $v + 12, 6) = number(6, 13)' \
	"has a summary of version 13, which is not known"

# The warning comes only once in a build.
export damage='substr($_, $v + 12, 6) = number(6, 13)' LTO_WARNED=$work/warned
rm linkers
builds_twice()
{
	local n
	for n in 1 2; do
		def '' '' '' '' "x *= $1$n;"
		LD=./ld thinlink || return 1
	done
}
for n in 1 2; do
	rm -f warned
	builds_twice $n > log 2>&1
	is "build $n" $? 0
	is "build $n: two links warn once" "$(warnings < log | grep -c .)" 1
done
unset LTO_WARNED damage

# each NAME TRIES PERL [REFUSED]: damage the index in TRIES ways; $n is their number, from 0 on.
# After a change of a function that user.o imports, thinlink must refuse the damaged index (REFUSED
# times), or the back end of user.o must run.
each()
{
	local wrong='' refused=0 n status
	for ((n = 0; n < $2; n++)); do
		rm -rf kept
		cp -a kept.before kept
		perl -e 'open($f, "<:raw", "linkers") or die; local $/; $_ = <$f>; $n = $ARGV[1]; eval($ARGV[0]);
			open($f, ">:raw", "written/user.o.thinlto.bc") or die; print $f $_' "$3" $n
		LD=./ld thinlink > log 2>&1
		status=$?
		if [ $status = 1 ]; then
			refused=$((refused + 1))
			grep -q 'the linker has written an index that is cut, or no bitcode$' log &&
				[ ! -e kept/.tmp_thinlink.o.cmd ] && continue
		fi
		[ $status = 0 ] && [[ " $(replaced)" == *" .tmp_user.o.index "* ]] ||
			wrong="$wrong $n"
	done
	is "$1: $2 times" "$wrong" ""
	[ $# = 3 ] || is "$1: $4 of them are refused" $refused "$4"
}
def ''
ok "before" thinlink
touch -d 2020-01-01 kept/.tmp_*
cp -a kept kept.before
def '' '' '' '' '' '' 's->a++;'
printf '#!/bin/sh\ncp -r kept.new written\n"%s" "$@" && cp -r kept.new/. written/\n' "$LD" > ld
LD=./ld ok "what the linker writes" thinlink
cp written/user.o.thinlto.bc linkers
printf '#!/bin/sh\nmkdir -p kept.new && cp written/* kept.new/\n' > ld
size=$(stat -c %s linkers)
# At one multiple of 4, only the string table is missing, which is a separate block: not refused.
each "cut to multiples of 4" $((size / 4)) 'substr($_, 4 * $n) = ""' $((size / 4 - 1))
each "cut by 1, 2 or 3" 3 'substr($_, -1 - $n) = ""' 3
each "a flipped bit" $((size * 8 / 29)) 'vec($_, 29 * $n, 1) ^= 1'

# many NUMBER CONSTANT: change this number of units at once.  def is one of them, but the function
# that user imports from it does not change.
many()
{
	local i
	for ((i = 1; i < $1; i++)); do
		unit "u$i" "int u$i(int x) { return x + $2; }"
	done
	def '' '' '' '' "if (x == $2) return 3;"
	touch -d 2020-01-01 "$again"
	thinlink
}
cp units few
printf '"u%d.o"\n' $(seq 64) >> units
ok "64 more units" many 65 1
ok "64 units change" many 64 2
is "64 changed units are compared" "$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" ""
ok "65 units change" many 65 3
is "65 changed units are not compared" "$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" \
	"$again"
cp few units

# big CHARACTER CONSTANT: change def and a unit of more than 8 MiB
big()
{
	unit big "const char big[] = \"$(head -c 16000000 /dev/zero | tr '\0' "$1")\";"
	def '' '' '' '' "if (x == $2) return 3;"
	touch -d 2020-01-01 "$again"
	thinlink
}
echo '"big.o"' >> units
ok "a large unit" big x 1
ok "it changes" big y 2
is "a large unit is not compared" "$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" \
	"$again"
mv few units

# A unit leaves the link and comes back.  In the meantime, something that it imports has changed.
leaves_and_returns()
{
	cp units all && printf '"%s"\n' other.o def.o > units && thinlink && def '' '' '' 7 &&
		thinlink && mv all units &&
		touch -d 2020-01-01 "$again" && thinlink
}
def ''
ok "a unit that leaves the link" thinlink
ok "a unit that comes back to the link" leaves_and_returns
is "a unit that comes back is compiled again" \
	"$(find kept -name .tmp_user.o.index -newermt 2021-01-01)" "$again"

# ThinLTO promotes a static function.  Its new name must not change when its unit changes.
def '' '' '' '' 'if (x == 8) return 3;'
back_end() { "$CC" -O2 -fthinlto-index="kept/.tmp_$1.o.index" -c -o "$1.native" -x ir "$1.o"; }
ok "link" thinlink
ok "back end" back_end user
ok "uses a static function of the other" grep -q 'hidden\.llvm\.' \
	<("${llvm_prefix}llvm-nm$llvm_suffix" user.native)
def '' '' '' '' 'if (x == 9) return 3;'
ok "an edit" thinlink
ok "the other's back end" back_end def
"$LD" -r -o both.o user.native def.native
is "the other unit still has that function" \
	"$("${llvm_prefix}llvm-nm$llvm_suffix" -u both.o | tr -s ' \n' ' ')" \
	" U outside "

# A unit is written in place, with the same inode.
unit def 'int small(int x) { return x + 1; }'
unit user 'int small(int x); int user(int x) { return small(x); }'
ok "other units" thinlink
unit tmp 'int small(int x) { return x + 4; }'
cat tmp.o > def.o
touch -r kept/.tmp_def.o.bc def.o
ok "written in place" thinlink
ok "a unit that is written in place is noticed" cmp def.o kept/.tmp_def.o.bc

# --- a whole program: there are native objects among the inputs ---------------------------------

native()	# CODE
{
	echo "$1" > native.c
	"$CC" -O2 -c -o native.o native.c
}
program()
{
	./thinlink --units=units --inputs=inputs --dir=kept --llvm-dis="$dis" -- "$LD" --entry=0 \
		--unresolved-symbols=ignore-all @roots
}
# left UNIT: run its back end, and print the global functions in the object
left()
{
	"$CC" -O2 -fthinlto-index="kept/.tmp_$1.o.index" -c -o "$1.native" -x ir "$1.o"
	"${llvm_prefix}llvm-nm$llvm_suffix" --defined-only "$1.native" | sed -n 's/.* [TW] //p' |
		tr '\n' ' '
}
unit user '__attribute__((noinline)) int user(int x) { return x * 3; } int rooted(int x) { return x; }'
unit other 'int user(int x); int other(int x) { return user(x); } int dead(int x) { return user(x) * 2; }'
unit def '__attribute__((weak)) int weak(int x) { return x * 7; }'
native 'int other(int x); int native(int x) { return other(x); }'
printf '"%s"\n' user.o other.o def.o > units
printf '%s\n' '"user.o"' '"other.o"' --start-lib '"def.o"' '"native.o"' --end-lib > inputs
echo --undefined=native > roots
ok "a program" program
is "what native code uses is left" "$(left user), $(left other), $(left def)" "user , other , "
changed "nothing" "" program
touch native.o
changed "a new date of native code" "" program
echo --undefined=rooted >> roots
changed "another root" ".tmp_user.o.index " program
is "the other root is left, too" "$(left user)" "rooted user "
native 'int dead(int x); int weak(int x); int native(int x) { return dead(x) + weak(x); }'
changed "native code that uses something else" ".tmp_def.o.index .tmp_other.o.index " program
is "only what native code uses now is left" "$(left user), $(left other), $(left def)" \
	"rooted user , dead , weak "
native 'int dead(int x); int weak(int x) { return x; } int native(int x) { return dead(x) + weak(x); }'
changed "native code that has its own" ".tmp_def.o.index " program
is "the weak function is gone" "$(left def)" ""
rm native.o
refused "lost native code" 1 "native.o: No such file" program
unit def 'int small(int x) { return x + 1; }'
unit user 'int small(int x); int user(int x) { return small(x); }'
unit other 'int other(int x) { return x; }'
ok "no program again" thinlink

# --- broken -------------------------------------------------------------------------------------

truncate -s 50 kept/.tmp_other.o.index
rm kept/.tmp_thinlink.o.cmd
ok "a short index" thinlink
ok "a short index is replaced" test "$(stat -c %s kept/.tmp_other.o.index)" -gt 50
# an array with a huge number of elements of zero bits
printf '\102\103\300\336\121\014\000\000\010\000\000\000\032\003\054\000\377\377\377\377\377\377\000\000' > kept/.tmp_other.o.index
rm kept/.tmp_thinlink.o.cmd
ASAN_OPTIONS=$ASAN_OPTIONS:max_allocation_size_mb=16 ok "an index with a damaged length" thinlink
ok "an index with a damaged length is replaced" test "$(stat -c %s kept/.tmp_other.o.index)" -gt 50
rm kept/.tmp_other.o.index
# a linker that writes junk
printf '#!/bin/sh\n%s "$@" && echo junk > kept.new/user.o.thinlto.bc\n' "$LD" > ld
chmod +x ld
LD=./ld refused "an index that is no bitcode" 1 \
	"error: kept.new/user.o.thinlto.bc: the linker has written an index that is cut, or no bitcode" thinlink
refused "is not taken for done" 1 "No such file" cat kept/.tmp_thinlink.o.cmd
ok "a lost index" thinlink
ok "a lost index is made again" test -s kept/.tmp_other.o.index
truncate -s 100 def.o
refused "broken bitcode" 1 "thinlink: error: .* failed with status 1" thinlink
refused "is not taken for done" 1 "No such file" cat kept/.tmp_thinlink.o.cmd
rm def.o
refused "a lost unit" 1 "def.o: No such file" thinlink
unit def 'int small(int x) { return x + 1; }'
rm .tmp_def.o.flags
refused "no flags" 1 ".tmp_def.o.flags: No such file; remove the object" thinlink
refused "no list" 3 "nowhere: No such file" ./thinlink --units=nowhere --dir=kept -- "$LD" -r
refused "no linker" 2 "^usage: thinlink" ./thinlink --units=units --dir=kept
echo 'user.o' > units
refused "a list of another program" 3 "not a list that scripts/lto/sort-inputs wrote" thinlink

done_testing
