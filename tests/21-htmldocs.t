#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# clang-lto.rst: `make htmldocs` makes a page of it, without a warning that the kernel's own pages
# do not have, and the pages about kbuild and LLVM lead there.
. "$(dirname "$0")/lib/tap.sh"

front/packages check python3-sphinx > "$work/packages.log" 2>&1 ||
	fail "Sphinx is there" "$(cat "$work/packages.log")"
# what it takes of a kernel, by hard links; what is edited is another file afterwards
src=$work/linux
mkdir "$src"
(cd "$(KSRC='' front/fetch | tail -n 1)" &&
	cp -rl --parents Makefile Documentation scripts include arch/x86/Makefile* "$src")
kbuild=$src/Documentation/kbuild

# html NAME: the pages of the kbuild directory as $src has them -> $work/NAME/$pages, and what Sphinx
# says -> $work/NAME.log
pages=Documentation/output/kbuild
html()
{
	mkdir "$work/$1"
	make -C "$src" O="$work/$1" htmldocs SPHINXDIRS=kbuild > "$work/$1.log" 2>&1
}
# warnings NAME
warnings()
{
	grep -E '\.(rst|py|c|h):[0-9]*:? *(WARNING|ERROR|CRITICAL|SEVERE)|^(WARNING|ERROR): ' "$work/$1.log" |
		sort
}
# said_of_it NAME: what Sphinx says of the page
said_of_it()
{
	sed -n 's/.*clang-lto\.rst:[0-9: ]*\(WARNING\|ERROR\): //p' "$work/$1.log" | sort
}
# leads NAME PAGE: to the page of LTO.  Each page has links to its neighbours; that from the text on
# LLVM goes to a label.
leads()
{
	case $2 in
	llvm)	grep -q '<a [^>]*href="clang-lto.html#kbuild-clang-lto"' "$work/$1/$pages/$2.html" ;;
	*)	grep -q '<a [^>]*href="clang-lto.html"' "$work/$1/$pages/$2.html" ;;
	esac
}

ok "make htmldocs" html patched
page=$work/patched/$pages/clang-lto.html
ok "there is a page" grep -q '<title>Link-time optimisation with Clang' "$page"
ok "with all of its sections" test "$(grep -c '<h2>' "$page")" = \
	"$(grep -c '^==*$' Documentation/kbuild/clang-lto.rst | awk '{ print $1 - 2 }')"
ok "and its pictures" grep -q 'index of foo' "$page"
ok "kbuild's index leads there" leads patched index
ok "the page on LLVM leads there" leads patched llvm
is "nothing is said of the page" "$(said_of_it patched)" ""

# the same without the patch
GIT_CEILING_DIRECTORIES=$work git -C "$src" apply --reverse "$top"/patches/5.10/*-Documentation-kbuild-*.patch ||
	fail "the patch can be taken away"
mv "$kbuild/clang-lto.rst" "$work/clang-lto.rst"
ok "make htmldocs without it" html pristine
is "has no such page" "$(ls "$work/pristine/$pages/clang-lto.html" 2>/dev/null)" ""
warnings patched > "$work/patched.warnings"
warnings pristine > "$work/pristine.warnings"
is "the kernel's own pages have the same warnings" \
	"$(diff "$work/pristine.warnings" "$work/patched.warnings")" ""

# a broken page, which nothing leads to
sed 's/^Quick start$/Quick `start/;s/^mode       option of Kconfig /mode option of Kconfig /' \
	"$work/clang-lto.rst" > "$kbuild/clang-lto.rst"
html broken
is "a page in no index, with a wrong title and a wrong table, is found out" \
	"$(said_of_it broken)" "Inline interpreted text or phrase reference start-string without end-string.
Malformed table.
Title underline too short.
document isn't included in any toctree"
ok "nothing leads there" eval '! leads broken index && ! leads broken llvm'

done_testing
