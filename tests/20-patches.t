#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The series: whole, applies to the pinned release and to nothing else, the two ways to apply it agree.
. "$(dirname "$0")/tap.sh"

ok "the series holds together" patches/check

# patches/check complains of each thing it is for, in a copy
copy=$work/repo
mkdir -p "$copy"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$copy"
git -C "$copy" init -q
p=$copy/patches/5.10
first=$(head -n 1 "$p/series") lto=$(grep kbuild "$p/series" | head -n 1)
# mutant NAME MESSAGE COMMAND...: after the command, run in the copy, patches/check says so
mutant()
{
	local name=$1 message=$2
	shift 2
	cp -r "$p" "$work/saved"
	(cd "$copy" && eval "$*")
	refused "$name" 1 "$message" "$copy/patches/check"
	rm -rf "$p" "$copy/scripts/lto/new.c"
	mv "$work/saved" "$p"
}
ok "the copy is whole" "$copy/patches/check"
mutant "a file that no patch claims" "scripts/lto/new.c is claimed by 0 patches" \
	"printf '// SPDX-License-Identifier: GPL-2.0\n' > scripts/lto/new.c"
mutant "a file that two patches claim" "scripts/lto/plan.c is claimed by 2 patches" \
	"sed -i 's,^Overlay: scripts/lto/plan.c,&\n&,' patches/5.10/$lto"
mutant "a claim without a file" "scripts/lto/gone.c is claimed by a patch, but there is no such file" \
	"sed -i 's,^Overlay: scripts/lto/plan.c,&\nOverlay: scripts/lto/gone.c,' patches/5.10/$lto"
mutant "a file without a licence" "scripts/lto/new.c has no SPDX line" "echo x > scripts/lto/new.c"
mutant "a patch that is not in the series" "$first is not in the series file" "sed -i 1d patches/5.10/series"
mutant "a series without its patch" "there is no such patch" "echo 0099-gone.patch >> patches/5.10/series"
mutant "a patch without a date" "$first has no Date: header" "sed -i '/^Date:/d' patches/5.10/$first"
mutant "a patch without a reason" "$first says nothing of why" \
	"sed -i -e '1,/^$/b' -e '/^---$/,\$b' -e '/^[A-Z][a-z-]*: /!d' patches/5.10/$first"
mutant "a patch without sign-off" "$first is not signed off" "sed -i '/^Signed-off-by:/d' patches/5.10/$first"

refused "files that git does not list" 1 "git does not list the files of this repository" env GIT_DIR=/nonexistent "$copy/patches/check"

# a pristine tree, as git has it
ok "make series" make -s series O="$work/mails"
base=build/series/tree
is "one mail for each patch, and a cover letter" "$(find "$work/mails" -name '*.patch' | wc -l)" \
	$(($(wc -l < patches/5.10/series) + 1))
ok "the cover letter names its base" grep -q '^base-commit: [0-9a-f]\{40\}$' "$work/mails"/0000-*.patch
ok "and has a subject" grep -q 'Clang LTO for Linux 5.10' "$work/mails"/0000-*.patch
mkdir "$work/foreign"
: > "$work/foreign/0001-mine.patch"
refused "a directory with other patches" 2 "has patches of others" make -s series O="$work/foreign"
is "keeps them" "$(ls "$work/foreign")" 0001-mine.patch
git -C "$base" reset -q --hard pinned
ok "git am takes the mails" git -C "$base" -c user.name=x -c user.email=x@localhost am -q --empty=drop \
	"$work/mails"/*.patch
by_am=$(git -C "$base" rev-parse 'HEAD^{tree}')
git -C "$base" reset -q --hard pinned
is "a pristine tree is known as such" "$(patches/apply --status "$base")" pristine
# what git finds above it is this repository
mkdir "$work/few" "$work/links"
(cd "$base" && sed -n 's,^--- a/,,p' "$top"/patches/5.10/*.patch | sort -u | xargs cp --parents -t "$work/few" Kbuild)
ln -s "$work/few" "$work/links/few"
# as KSRC=
tree=$(KSRC=$work/links/few front/fetch 2>/dev/null | tail -n 1)
is "KSRC= through a link: a patched copy" "$(patches/apply --status "$tree") $(patches/apply --status "$work/few")" "applied pristine"
kbuild()	# KSRC: the last line of the copy's Kbuild
{
	tail -n 1 "$(KSRC=$1 front/fetch 2>/dev/null | tail -n 1)/Kbuild"
}
echo "# edited" >> "$work/few/Kbuild"
is "an edit gets there" "$(kbuild "$work/links/few")" "# edited"
rm -rf "$tree"
is "a copy that was removed is made again" "$(kbuild "$work/links/few")" "# edited"
tar -C "$work" -cJf "$work/few.tar.xz" few
is "KSRC= is a tarball" "$(kbuild "$work/few.tar.xz")" "# edited"
is "each has its place" "$(find build -maxdepth 1 -name 'linux-few-*' -type d | wc -l)" 2
rm -rf build/linux-few-*
ok "make apply through a link" make -s apply KDIR="$work/links/few"
is "applies the hooks" "$(patches/apply --status "$work/few") $(grep -c '^include-.*Makefile\.lto' "$work/few/Makefile")" "applied 1"
ok "make apply" make -s apply KDIR="$base"
git -C "$base" add -A -f
is "both ways give the same tree" "$(git -C "$base" write-tree)" "$by_am"
is "a patched tree is known as such" "$(patches/apply --status "$base")" applied
ok "applying it again changes nothing" make -s apply KDIR="$base"
is "not a byte" "$(git -C "$base" status --short --porcelain | grep -c '^.M')" 0

# trees that it must not touch
refused "a half-patched tree" 2 "half patched" sh -c "rm $base/scripts/lto/plan.c; make -s apply KDIR=$base"
is "is left alone" "$(git -C "$base" status --short | grep -v '^[AM] ')" "AD scripts/lto/plan.c"
git -C "$base" reset -q --hard pinned
git -C "$base" clean -qfdx
refused "a tree with changes where the hooks go" 2 "has changes where the hooks go (.*Makefile" \
	sh -c "sed -i 's/^include-.(CONFIG_KCOV).*/# gone/' $base/Makefile; make -s apply KDIR=$base"
is "is left alone too" "$(git -C "$base" status --short)" " M Makefile"
git -C "$base" reset -q --hard pinned
refused "another kernel version" 2 "is Linux 5.9.262; the series is for 5.10" \
	sh -c "sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 9/' $base/Makefile; make -s apply KDIR=$base"
git -C "$base" reset -q --hard pinned
refused "another release of 5.10" 2 "is Linux 5.10.1; the series is for 5.10" \
	sh -c "sed -i 's/^SUBLEVEL = .*/SUBLEVEL = 1/' $base/Makefile; make -s apply KDIR=$base"
git -C "$base" reset -q --hard pinned
refused "no kernel at all" 2 "is not a kernel source" make -s apply KDIR="$work"
refused "no KDIR" 2 "usage: make apply" make -s apply

done_testing
