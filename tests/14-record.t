#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The record of the long tests (tests/lib/record.sh): which faults belong to LTO_NONE, and which
# kernels are built again.  Neither may look like a pass.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/record.sh

# verdicts MODE FAULTS [REFERENCE [REGEX]]: print the verdict on a stage with these faults
verdicts()
{
	echo "id 1" > "$work/$1.new"
	printf '%s' "$2" | judge "$work/$1" boot "${@:3}"
	mv "$work/$1.new" "$work/$1"
	sed 1d "$work/$1"
}
is "no fault" "$(verdicts none '')" "boot ok"
is "unknown faults of LTO_NONE" "$(verdicts none $'a\nb\n')" \
	"boot FAILED a;b;"
is "a known fault of LTO_NONE" "$(verdicts none $'a\n' '' '^a$')" "boot base a"
is "a known fault and an unknown one" "$(verdicts none $'a\nb\n' '' '^a$')" "boot FAILED b;"
is "with LTO, a fault that LTO_NONE has, too" "$(verdicts thin $'b\n' "$work/none" '^a$')" \
	"boot base b"
is "a line that only contains that fault" "$(verdicts thin $'b\nbb\n' "$work/none" '^a$')" \
	"boot FAILED bb;"
is "a known fault that LTO_NONE does not have" \
	"$(verdicts thin $'a2\n' "$work/none" '^a')" "boot FAILED a2;"
is "no fault, where LTO_NONE has some" "$(verdicts thin '' "$work/none")" "boot ok"
is "a fault, and no LTO_NONE to compare with" "$(verdicts thin $'a\n' "$work/nothing")" \
	"boot FAILED a;"

r=$work/record
printf 'id 1\nbuild ok\nboot base a\n' > "$r"
ok "a kernel that has passed is not built again" passed "$r" 1
refused "with other sources it is built again" 1 "" passed "$r" 2
refused "without a record it is built" 1 "" passed "$work/nothing" 1
refused "an empty record is no pass" 1 "" passed /dev/null ""
(tell kernel "$r") > "$work/told" 2> "$work/told.stderr"
is "a fault of LTO_NONE is no pass" "$(sed 's/ok [0-9]* /ok /' "$work/told")" "ok - kernel: build
not ok - kernel: boot # TODO so has LTO_NONE: a"
is "a fault of LTO_NONE is printed" "$(cat "$work/told.stderr")" \
	"# $me: KNOWN: kernel: boot: so has LTO_NONE: a"
printf 'check FAILED b;\n' >> "$r"
refused "a kernel that has failed is built again" 1 "" passed "$r" 1
failures()
{
	(tap_failed=0; tell kernel "$r"; echo "failed $tap_failed") 2>&1
}
ok "a failed stage is a failed test" grep -qx 'failed 1' <(failures)
printf 'id 1\n' > "$r"
refused "a record without a stage is none" 1 "" passed "$r" 1

printf 'x.c:1:2: error: no\nmake[1]: *** [x.o] Error 1\n' > "$work/log"
is "an error of the compiler" "$(build_errors "$work" "$work/log")" "x.c:1:2: error: no"
echo "make: *** No rule to make target '$work/x'" > "$work/log"
is "an error of make, without the directory" "$(build_errors "$work" "$work/log")" \
	"make: *** No rule to make target 'x'"

# ltocheck_is OUTPUT STATUS: make a stand-in for ltocheck
ltocheck_is()
{
	printf '#!/bin/sh\necho "$@" > %s/args\nprintf '"'%s'"'\nexit %s\n' "$work" "$1" "$2" \
		> "$work/ltocheck"
	chmod +x "$work/ltocheck"
	ltocheck=$work/ltocheck
}
ltocheck_is "FAILED names: 1\n\t$work/vmlinux: error: names: wrong\n\tvmlinux: note: names: odd\n" 1
is "errors of ltocheck" "$(check_faults "$work")" "vmlinux: error: names: wrong"
ltocheck_is "ltocheck: error: no memory\n" 3
is "an error that is no finding" "$(check_faults "$work" "$work/none")" "ltocheck: error: no memory"
is "ltocheck compares with LTO_NONE" "$(cat "$work/args")" "--against $work/none $work"
ltocheck_is "" 139
is "a crash of ltocheck" "$(check_faults "$work")" "ltocheck ended with status 139"
ltocheck_is "ok names: 5\n" 0
is "nothing is found" "$(check_faults "$work")" ""

done_testing
