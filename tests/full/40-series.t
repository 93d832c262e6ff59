#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every commit of the series builds without LTO and, from the commit on at which an architecture
# allows it, with LTO.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/tiny.sh

patches/mkseries "$work/mails" >/dev/null || exit 1
tree=$top/build/series/tree
head=$(git -C "$tree" rev-parse HEAD)
obj=$work/obj
build()		# OPTION
{
	rm -rf "$obj"
	{ small_configure tiny "$tree" "$obj" "$1" >/dev/null || [ "$1" = LTO_NONE ]; } &&
		tiny_build "$tree" "$obj"
}
while read -r commit; do
	git -C "$tree" checkout -q "$commit"
	name=$(git -C "$tree" log -1 --format=%s)
	ok "$name: builds" build LTO_NONE
	if grep -q ARCH_SUPPORTS_LTO_CLANG "$tree/arch/x86/Kconfig"; then
		ok "$name: builds with ThinLTO" build LTO_CLANG_THIN
		ok "$name: that is what it was" grep -qx CONFIG_LTO_CLANG_THIN=y "$obj/.config"
	fi
done < <(git -C "$tree" rev-list --reverse "pinned..$head")
git -C "$tree" reset -q --hard pinned

done_testing
