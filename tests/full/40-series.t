#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every commit of the series builds without LTO and, from the commit on at which an architecture
# allows it, with LTO.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/tiny.sh

patches/mkseries "$work/mails" >/dev/null || exit 1
tree=$top/build/series/tree

# checkpatch MAIL: what it reports, but for what patches/checkpatch.conf explains
checkpatch()
(
	# It leaves a file where it runs.
	# shellcheck disable=SC2046 # options
	cd "$work" && perl "$tree/scripts/checkpatch.pl" --root="$tree" --strict --terse --no-summary --show-types \
		$(sed 's/#.*//' "$top/patches/checkpatch.conf") "$1" 2>/dev/null
)
for mail in "$work/mails"/0*[1-9]*-*.patch; do
	is "$(basename "$mail"): checkpatch --strict" "$(checkpatch "$mail")" ""
done
sed 's/^+int main(.*/& /' "$work/mails"/*-kbuild-lto-build-*.patch > "$work/bad.patch"
ok "checkpatch reports a fault" grep -q TRAILING_WHITESPACE <(checkpatch "$work/bad.patch")
head=$(git -C "$tree" rev-parse HEAD)
# Each commit is built in the object tree of the one before, as git bisect does it.
build()		# OPTION
{
	local obj=$work/$1
	{ small_configure tiny "$tree" "$obj" "$1" >/dev/null || [ "$1" = LTO_NONE ]; } &&
		tiny_build "$tree" "$obj"
}
while read -r commit; do
	git -C "$tree" checkout -q "$commit"
	name=$(git -C "$tree" log -1 --format=%s)
	ok "$name: builds" build LTO_NONE
	if grep -q ARCH_SUPPORTS_LTO_CLANG "$tree/arch/x86/Kconfig"; then
		ok "$name: builds with distributed ThinLTO" build LTO_CLANG_THIN_DIST
		ok "$name: has it" grep -qx CONFIG_LTO_CLANG_THIN_DIST=y \
			"$work/LTO_CLANG_THIN_DIST/.config"
	fi
done < <(git -C "$tree" rev-list --reverse "pinned..$head")
git -C "$tree" reset -q --hard pinned

done_testing
