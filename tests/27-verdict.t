#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The verdict of make boot: what fails with LTO_NONE as well, what this machine cannot do, and what
# is wrong.  QEMU is a script here; 50-modules.t has real modules.
. "$(dirname "$0")/lib/tap.sh"

# judged NAME OWN REFERENCE STATUS LINES: compare what tests/boot/judge prints below the numbers
judged()
{
	local out status=0
	printf '%s\n' "$2" > "$work/own"
	printf '%s\n' "$3" > "$work/reference"
	out=$(tests/boot/judge "$work/own" ${3:+"$work/reference"}) || status=$?
	is "$1" "$status $(sed 1d <<< "$out")" "$4 $5"
	numbers=$(sed 1q <<< "$out")
}

judged "all is ok" "ok a
absent b" "" 0 ""
is "the numbers" "$numbers" "1 passed, 0 failed, 0 cannot be done here, 1 not in this config"
judged "nothing is ok" "absent b" "" 1 ""
judged "a failure, and no reference" "ok a
not ok b" "" 1 "FAILED b"
judged "what the machine cannot do" "ok a
cannot b # No such device" "" 0 "cannot b # No such device"
judged "a failure that the reference has, too" "ok a
not ok b" "ok a
not ok b" 0 "as the reference b"
is "is counted" "$numbers" \
	"1 passed, 0 failed, 1 failed as in the reference, 0 cannot be done here, 0 not in this config"
judged "one that it has not" "not ok a
not ok b
ok c" "ok a
not ok b
ok c" 1 "FAILED a, which is ok in the reference
as the reference b"
judged "one that it does not try" "ok a
not ok b" "ok a" 1 "FAILED b"
judged "what the reference can do" "ok a
cannot b # No such device" "ok a
ok b" 1 "FAILED b (cannot # No such device), which is ok in the reference"
judged "what is absent here alone" "ok a
absent b" "ok a
ok b" 1 "FAILED b (absent), which is ok in the reference"
judged "another reason for the same" "ok a
cannot b # No such device" "ok a
cannot b # Operation not supported" 0 "cannot b # No such device"
judged "better than the reference" "ok a" "not ok a" 0 ""
judged "a boot that stops, like the reference" "ok a
not ok the boot went to its end (no end after 900 s)" "ok a
not ok the boot went to its end (no end after 900 s)" 1 \
	"FAILED the boot went to its end (no end after 900 s)"
refused "no boot" 2 "^usage: " tests/boot/judge

# --- make boot ----------------------------------------------------------------------------------

mkdir "$work/bin"
# kernel NAME LINES-OF-THE-CONSOLE: make the tree of a built kernel.  The QEMU of this test prints
# the lines.
kernel()
{
	mkdir -p "$work/$1/root" "$work/$1/$(dirname "$image")"
	: > "$work/$1/vmlinux"
	: > "$work/$1/$image"
	printf 'CONFIG_SMP=y\nCONFIG_LTO_%s=y\n' "$1" > "$work/$1/.config"
	# As Kconfig writes it
	[ "$1" = NONE ] || printf 'CONFIG_%s=y\n' LTO LTO_CLANG FTRACE_MCOUNT_USE_OBJTOOL \
		>> "$work/$1/.config"
	printf '%s\n' "$2" "LTO end" > "$work/$1/says"
}
arch_select
cat > "$work/bin/qemu-system-x86_64" <<'EOF'
#!/bin/sh
for arg; do
	case $arg in
	*path=*) log=${arg#*path=} log=${log%,append*} ;;
	esac
done
exec cat "$(dirname "$log")/says" > "$log"
EOF
chmod +x "$work/bin/qemu-system-x86_64"
boot()	# NAME [VARIABLE=VALUE...]
{
	PATH=$work/bin:$PATH env O="$work/$1" CONFIG="$work/own.config" "${@:2}" make -s boot
}
fails="LTO ok a
LTO not ok module x loads and unloads"
kernel NONE "$fails"
kernel CLANG_THIN "$fails
LTO cannot module y loads and unloads # No such device"
refused "a failure" 2 "^FAILED module x loads" boot NONE
refused "without a reference it is a failure" 2 "^FAILED module x loads" boot CLANG_THIN
refused "without a reference, make boot names a possible one" 2 \
	"^# LTO=none of this configuration (.*) would be" \
	boot CLANG_THIN
refused "with a reference it is no failure" 0 "^as the reference module x loads" \
	boot CLANG_THIN REFERENCE="$work/NONE"
is "the verdict is kept" "$(cat "$work/CLANG_THIN/boot.verdict")" \
	"1 passed, 0 failed, 1 failed as in the reference, 1 cannot be done here, 0 not in this config
as the reference module x loads and unloads
cannot module y loads and unloads # No such device"
is "the results are as they were" "$(sed 1q "$work/CLANG_THIN/boot.log")" "ok a"
refused "a reference that was not booted" 2 "REFERENCE=$work: no kernel has been booted" \
	boot CLANG_THIN REFERENCE="$work"

# make kernel LTO=none leaves a reference.
. front/lib.sh
set +e
CONFIG=$work/own.config LTO=none O=
: > "$CONFIG"
objdir_select
rm -rf "$objdir"
mv "$work/NONE" "$objdir"
refused "LTO=none of the same configuration is found" 0 "^# the reference is $objdir$" \
	boot CLANG_THIN
echo 'CONFIG_MORE=y' >> "$objdir/.config"
refused "not one of another configuration" 2 "^FAILED module x loads" boot CLANG_THIN
rm -r "$objdir"

done_testing
