#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the messages of a failed LTO link or back end, and a remedy if one is known.
#
#   explain.sh LOG UNIT...
#
# LOG has its stderr.  LD and LDFLAGS are in the environment.
#
# Problem: LLVM cannot link some units with each other.  Its messages do not help users: they come
# with a stack dump, and often do not name the units.
#
# Mechanism: patterns find the known messages in LOG, and one line says what to do.  After any other
# failure, LOG is printed as it is.
#
# Limits: units that define the same label are found only if it is in their top-level assembly.

set -eu
log=$1
shift

# advice UNIT WORDS...: prints one line
advice()
{
	_unit=$1
	shift
	echo >&2 "$_unit: error: lto: $*"
}

# opt_out UNIT: prints the line for a Makefile that makes it native
opt_out()
{
	echo "LTO_$(basename "$1") := n"
}

# without_dump PATTERN: prints LOG up to a message PATTERN that has a stack dump behind it
without_dump()
{
	if grep -q '^PLEASE submit a bug report' "$log"; then
		sed "/$1/,\$d" "$log" >&2
	else
		cat "$log" >&2
	fi
}

flags="linking module flags '\([^']*\)': IDs have conflicting values in '\([^']*\)' and '\([^']*\)'"
found=$(sed -n "s/.*$flags.*/\1,\2,\3/p" "$log" | sed 1q)
if [ "$found" ]; then
	without_dump 'linking module flags'
	flag=${found%%,*}
	unit=${found#*,}
	other=${unit##*,}
	unit=${unit%,*}
	if [ "$other" = ld-temp.o ]; then	# the units merged so far
		advice "$unit" "its options differ from those of the units before it, which" \
			"LTO cannot link (module flag '$flag'); $(opt_out "$unit") makes it native"
	else
		advice "$unit" "its options differ from those of $other, which LTO cannot link" \
			"(module flag '$flag'); $(opt_out "$unit") or $(opt_out "$other")" \
			"makes one native"
	fi
	exit
fi

if grep -q 'Never resolved function from blockaddress' "$log"; then
	cat "$log" >&2
	for unit; do
		# shellcheck disable=SC2086
		if $LD $LDFLAGS -r --plugin-opt=emit-llvm -o "$log".one "$unit" 2>&1 |
		   grep -q 'Never resolved function'; then
			advice "$unit" "a function gets the address of another's label, which" \
				"LLVM before version 15 cannot link;" \
				"$(opt_out "$unit") makes the unit native"
		fi
	done
	rm -f "$log".one
	exit
fi

twice="<inline asm>.*: \(macro\|symbol\) '\([^']*\)' is already defined"
found=$(sed -n "s/.*$twice.*/\2/p" "$log" | sed 1q)
if [ "$found" ]; then
	cat "$log" >&2
	units=$(scripts/lto/asm-names --defining="$found" "$@" | tr '\n' ' ')
	if [ "$units" ]; then
		advice "${units%% *}" "units that are linked by LTO define '$found' in" \
			"top-level assembly (${units% });" \
			"$(opt_out "${units%% *}") makes one native"
	else
		echo >&2 "error: lto: more than one unit defines '$found' in the assembly of" \
			"a function; LTO_foo.o := n makes foo.o native"
	fi
	exit
fi

cat "$log" >&2
