# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For mutation tests of tools/lto/ltocheck.  Builds the tool with sanitizers.  A test damages $bad,
# a copy of the object tree $good, and expects the complaint.

objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix
good=$work/good bad=$work/bad
ext4=$bad/fs/ext4/ext4.ko

mkdir "$work/tool"
ok "ltocheck compiles without warnings" make -s -C tools/lto OUTPUT="$work/tool/" CC="$CC" \
	CFLAGS="-O1 -g -Werror -fsanitize=address,undefined -fno-sanitize-recover" \
	LDFLAGS=-fsanitize=address,undefined
ltocheck=$work/tool/ltocheck

# good_tree DIR MODULE...: make $good: copies of the files of DIR that ltocheck reads, with these
# modules
good_tree()
{
	local dir=$1 f
	shift
	for f in vmlinux .config Module.symvers modules.builtin modules.builtin.modinfo "$@"; do
		mkdir -p "$good/$(dirname "$f")"
		cp "$dir/$f" "$good/$f"
	done
	printf '%s\n' "$@" > "$good/modules.order"
	# Without debug information: the files are copied often, and it would refer to sections that
	# a test removes.
	for f in vmlinux "$@"; do
		"$objcopy" --strip-debug "$good/$f"
	done
	ok "a good kernel passes" "$ltocheck" "$good"
}
# fresh: make $bad a good tree again
fresh()
{
	rm -rf "$bad"
	cp -r "$good" "$bad"
}
# complains CHECK FILE MESSAGE COMMAND...: after COMMAND has damaged $bad, the check must report
# MESSAGE for the file.  $against may have more options for ltocheck.
complains()
{
	local check=$1 file=$2 message=$3 out
	shift 3
	fresh
	if out=$("$@" 2>&1); then
		# shellcheck disable=SC2086 # options
		refused "$check: $message" 1 "^	$bad/$file: error: $check: .*$message" \
			"$ltocheck" --check "$check" $against "$bad"
	else
		fail "$check: $message" "the damage could not be done: $out"
	fi
}
damage()
{
	tests/lib/damage "$bad/$1" "${@:2}"
}
in_module()
{
	"$objcopy" "$@" "$ext4"
}
replace()
{
	sed -i "$2" "$bad/$1"
}
