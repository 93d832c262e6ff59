# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that build kernels for hours: keep a record of each kernel.  Then an interrupted test
# can go on, and a kernel that has passed is not built again.  A record is a file:
#
#	id STRING		identifies everything that the kernel is made of
#	STAGE VERDICT [WHY]	a line for each stage that was done: ok, FAILED, or base (LTO_NONE
#				has this fault, too)
#
# The record is written as RECORD.new, and renamed when the last stage is done.  Each stage writes
# the faults that it finds to a file beside the record, RECORD.STAGE, a line each.  The lines name
# no directory, so that they can be compared with the faults of other modes.

export LAUNCHER="$LAUNCHER ccache"
# No CCACHE_DEPEND: with other options, the headers differ, but the preprocessed source is mostly
# the same.
unset CCACHE_DEPEND
export KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=lto KBUILD_BUILD_HOST=lto \
	KBUILD_BUILD_VERSION=1

# passed RECORD ID: does the record have this ID, and has nothing failed?
passed()
{
	[ "$(sed -n '1s/^id //p' "$1" 2>/dev/null)" = "$2" ] && [ -n "$2" ] &&
		grep -q '^[a-z_]* \(ok\|base\)' "$1" &&
		! grep -q '^[a-z_]* FAILED' "$1"
}

# judge RECORD STAGE [REFERENCE [REGEX]] < FAULTS: append the verdict to RECORD.new.  REFERENCE is
# the record of LTO_NONE: a fault that is there, too, gives `base`.  For LTO_NONE itself, REFERENCE
# is empty, and a fault that matches REGEX gives `base`.
judge()
{
	local verdict=ok own=$1.$2 base=/dev/null
	[ -z "${3:-}" ] || [ ! -f "$3.$2" ] || base=$3.$2
	sort -u > "$own"
	if [ -s "$own" ]; then
		verdict="base $(sed 1q "$own")"
		# Only LTO_NONE has no reference: it uses the regular expression.
		if [ -n "${3:-}" ]; then
			grep -vxFf "$base" "$own"
		else
			grep -vE -- "${4:-^$}" "$own"
		fi > "$own.new"
		[ ! -s "$own.new" ] || verdict="FAILED $(head -n 5 "$own.new" | tr '\n' ';')"
		rm "$own.new"
	fi
	echo "$2 $verdict" >> "$1.new"
}

# build_errors OBJ LOG: print the errors in the log, without the path of OBJ
build_errors()
{
	{ grep -E 'error:|ERROR:|undefined symbol|No space left' "$2" || grep -F '***' "$2"; } |
		sed "s,$1/,,g"
}

# check_faults OBJ [NONE]: print the errors of ltocheck for OBJ, also compared with the tree NONE
check_faults()
{
	local status=0 errors
	"$ltocheck" ${2:+--against "$2"} "$1" > "$1/ltocheck.log" 2>&1 || status=$?
	errors=$(sed "s,$1/,,g;${2:+s,$2/,,g}" "$1/ltocheck.log" |
		sed -n 's/^[ \t]*\(.*: error: .*\)/\1/p')
	if [ -n "$errors" ]; then
		printf '%s\n' "$errors"
	elif [ $status != 0 ]; then
		echo "ltocheck ended with status $status"
	fi
}

# tell NAME RECORD: report the stages of the record as results of this test
tell()
{
	local stage verdict why
	while read -r stage verdict why; do
		case $verdict in
		ok)	pass "$1: $stage" ;;
		base)	todo "$1: $stage" "so has LTO_NONE: $why" ;;
		*)	fail "$1: $stage" "$why" ;;
		esac
	done < <(sed 1d "$2")
}

# verdict RECORD STAGE: print the verdict of a stage, or "-"; for a table
verdict()
{
	local v
	v=$(sed -n "s/^$2 \([a-zA-Z]*\).*/\1/p" "$1" 2>/dev/null)
	echo "${v:--}"
}
