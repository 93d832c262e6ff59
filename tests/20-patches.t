#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 The series is complete.  It applies to 5.10.y, and to nothing
# else; it applies all or nothing. make apply and make series give the same tree.
. "$(dirname "$0")/lib/tap.sh"

ok "the series holds together" patches/check

# Damage a copy in each way that patches/check must notice.
copy=$work/repo
mkdir -p "$copy"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$copy"
git -C "$copy" init -q
p=$copy/patches/5.10
first=$(head -n 1 "$p/series") lto=$(grep kbuild-lto-build "$p/series")
# mutant NAME MESSAGE COMMAND...: after the command has run in the copy, patches/check must print
# MESSAGE
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
mutant "a file that two patches claim" "scripts/lto/sort-inputs.c is claimed by 2 patches" \
	"sed -i 's,^Overlay: scripts/lto/sort-inputs.c,&\n&,' patches/5.10/$lto"
mutant "a claim without a file" \
	"scripts/lto/gone.c is claimed by a patch, but there is no such file" \
	"sed -i 's,^Overlay: scripts/lto/sort-inputs.c,&\nOverlay: scripts/lto/gone.c,' patches/5.10/$lto"
mutant "a file without a licence" "scripts/lto/new.c has no SPDX line" "echo x > scripts/lto/new.c"
mutant "a patch that is not in the series" "$first is not in the series file" \
	"sed -i 1d patches/5.10/series"
mutant "a series without its patch" "there is no such patch" \
	"echo 0099-gone.patch >> patches/5.10/series"
mutant "a patch without a date" "$first has no Date: header" \
	"sed -i '/^Date:/d' patches/5.10/$first"
mutant "a patch without a reason" "$first says nothing of why" \
	"sed -i -e '1,/^$/b' -e '/^---$/,\$b' -e '/^[A-Z][a-z-]*: /!d' patches/5.10/$first"
mutant "a patch with a sign-off" "$first is signed off already" \
	"sed -i 's/^---$/Signed-off-by: x <x@localhost>\n&/' patches/5.10/$first"

refused "files that git does not list" 1 "git does not list the files of this repository" env \
	GIT_DIR=/nonexistent "$copy/patches/check"

# A pristine tree, made by git
ok "make series" make -s series O="$work/mails"
base=build/series/tree
is "one mail for each patch, and a cover letter" "$(find "$work/mails" -name '*.patch' | wc -l)" \
	$(($(wc -l < patches/5.10/series) + 1))
ok "the cover letter names its base" grep -q '^base-commit: [0-9a-f]\{40\}$' \
	"$work/mails"/0000-*.patch
ok "and has a subject" grep -q 'Clang LTO for Linux 5.10' "$work/mails"/0000-*.patch
headers()	# REGEX: the different lines of the mails, without the cover letter
{
	grep -hE "$1" "$work/mails"/0*[1-9]*-*.patch | sort -u
}
is "the caller is the author of the mails" "$(headers '^From: ')" "From: Test <test@localhost>"
is "and signs them off" "$(headers '^Signed-off-by: ')" "Signed-off-by: Test <test@localhost>"
is "the trailers for new files are not in them" "$(headers '^Overlay: ')" ""
refused "a caller whom git does not know" 2 "git does not know who you are" \
	env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.useConfigOnly \
	GIT_CONFIG_VALUE_0=true GIT_CONFIG_GLOBAL=/dev/null make -s series O="$work/nobody"
: > $base/.git/index.lock
ok "make series after one that was killed" make -s series O="$work/mails"
mkdir "$work/foreign"
: > "$work/foreign/0001-mine.patch"
refused "a directory with other patches" 2 "has patches of others" make -s series O="$work/foreign"
is "keeps them" "$(ls "$work/foreign")" 0001-mine.patch
git -C "$base" reset -q --hard pinned
ok "git am takes the mails" git -C "$base" -c user.name=x -c user.email=x@localhost am -q \
	--empty=drop \
	"$work/mails"/*.patch
by_am=$(git -C "$base" rev-parse 'HEAD^{tree}')
git -C "$base" reset -q --hard pinned
is "a pristine tree is known as such" "$(patches/apply --status "$base")" pristine
# If git looks for a repository above this tree, it finds ours.
mkdir "$work/few" "$work/links"
(cd "$base" && sed -n 's,^--- a/,,p' "$top"/patches/5.10/*.patch | sort -u |
	xargs cp --parents -t "$work/few" Kbuild)
ln -s "$work/few" "$work/links/few"
# The same tree as KSRC=
tree=$(KSRC=$work/links/few front/fetch 2>/dev/null | tail -n 1)
is "KSRC= through a link: a patched copy" \
	"$(patches/apply --status "$tree") $(patches/apply --status "$work/few")" "applied pristine"
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
is "applies the hooks" "$(patches/apply --status "$work/few") $(grep -c '^include-.*Makefile\.lto' \
	"$work/few/Makefile")" "applied 1"
ok "make apply" make -s apply KDIR="$base"
git -C "$base" add -A -f
is "both ways give the same tree" "$(git -C "$base" write-tree)" "$by_am"
is "a patched tree is known as such" "$(patches/apply --status "$base")" applied
ok "applying it again changes nothing" make -s apply KDIR="$base"
is "not a byte" "$(git -C "$base" status --short --porcelain | grep -c '^.M')" 0

# Trees that make apply must not touch
refused "a half-patched tree" 2 "half patched" sh \
	-c "rm $base/scripts/lto/sort-inputs.c; make -s apply KDIR=$base"
is "is left alone" "$(git -C "$base" status --short | grep -v '^[AM] ')" \
	"AD scripts/lto/sort-inputs.c"
git -C "$base" reset -q --hard pinned
git -C "$base" clean -qfdx

# small_tree: make $small, with the files that the hooks change and the files that tell the release
small=$work/small
small_tree()
{
	rm -rf "$small"
	mkdir "$small"
	# make series leaves the end of the series there
	git -C "$base" reset -q --hard pinned
	(cd "$base" && sed -n 's,^--- a/,,p' "$top"/patches/5.10/*.patch | sort -u |
		xargs cp --parents -t "$small" Kbuild)
}
# content DIR: print names, kinds, permissions, owners and checksums of all files in it
content()
{
	(cd "$1" && find . -printf '%P %y %m %u %l\n' | sort && find . -type f -print0 | sort -z |
		xargs -0 sha256sum)
}
# untouched NAME MESSAGE COMMAND: after the command, make apply must print MESSAGE and leave the
# tree as it is
untouched()
{
	small_tree
	(cd "$small" && eval "$3")
	content "$small" > "$work/before"
	refused "$1" 2 "$2" make -s apply KDIR="$small"
	content "$small" > "$work/after"
	same "$1: nothing is changed" "$work/before" "$work/after"
}
untouched "a tree with changes where the hooks go" \
	"a hook does not apply to $small (0010-kbuild-lto-.*.patch: patch failed: Makefile:" \
	"sed -i 's/^include-.(CONFIG_KCOV).*/# gone/' Makefile"
untouched "another kernel version" "is Linux 5.9.262; the series is for 5.10" \
	"sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 9/' Makefile"
# like a tree of Android, but our hooks would apply
untouched "a tree with other patches for LTO" \
	"$small has other patches for LTO, see init/Kconfig; start from a tree without them" \
	"mkdir -p init; printf 'config LTO_CLANG_THIN\n\tbool\n' > init/Kconfig"
is "is known as such" "$(patches/apply --status "$small")" other
mkdir "$work/elsewhere"
untouched "a link on the way to a new file" "$small/tools/lto is a symbolic link" \
	"ln -s $work/elsewhere tools/lto"
is "nothing is written through it" "$(ls "$work/elsewhere")" ""
untouched "a link in the place of a file with a hook" "$small/arch/Kconfig is a symbolic link" \
	"mv arch/Kconfig $work/Kconfig; ln -s $work/Kconfig arch/Kconfig"
untouched "a file in the place of a directory" "$small/tools/lto is not a directory" ": > tools/lto"
untouched "what a make apply left that was killed" ".lto-new is in the way" "mkdir .lto-new"

# mv fails at the last of the new files, when the others are in place already.
mkdir "$work/bin"
cat > "$work/bin/mv" <<EOF
#!/bin/sh
case \$* in
*/$(patches/mkseries --overlay | tail -n 1)) exit 1 ;;
esac
exec $(command -v mv) "\$@"
EOF
chmod +x "$work/bin/mv"
PATH=$work/bin:$PATH untouched "a file that cannot be put in its place" "cannot be written" true

# full DIR: mount a file system that has room for $small and little more
full()
{
	mount -t tmpfs -o size="$(($(du -sk "$small" | cut -f1) + 100))k" tmpfs "$1"
}
small_tree
mkdir "$work/full"
if full "$work/full" 2>/dev/null; then
	cp -r "$small" "$work/full/tree"
	content "$work/full/tree" > "$work/before"
	refused "a full disk" 2 "No space left" make -s apply KDIR="$work/full/tree"
	content "$work/full/tree" > "$work/after"
	same "a full disk: nothing is changed" "$work/before" "$work/after"
	umount "$work/full"
else
	skip "a full disk" "only root may mount one"
fi

# Trees that make apply accepts
small_tree
# earlier releases have fewer capabilities
sed -i 's/^#define ARM64_NCAPS.*/#define ARM64_NCAPS 62/;/^#define ARM64_WORKAROUND_SPECULATIVE_AT/d' \
	"$small/arch/arm64/include/asm/cpucaps.h"
sed -i 's/^SUBLEVEL = .*/SUBLEVEL = 999/' "$small/Makefile"
refused "a release that we did not test" 0 "^5.10.999: all hooks apply; not tested by us" \
	make -s apply KDIR="$small"
is "has the series" "$(patches/apply --status "$small")" applied
small_tree
ok "a tree by its name from there" sh -c "cd $work && $top/patches/apply small"
is "has the series" "$(patches/apply --status "$small")" applied

# A git tree of the caller's: its HEAD is the base.  (make series on the release, below, must not
# take it for the release.)
small_tree
git -C "$small" init -q
git -C "$small" add -A -f
git -C "$small" commit -q -m "Linux 5.10.262"
ok "make series, on a git tree of the caller's" make -s series O="$work/on-mine" KDIR="$small"
is "names its HEAD" "$(sed -n 's/^base-commit: //p' "$work/on-mine"/0000-*.patch)" \
	"$(git -C "$small" rev-parse HEAD)"
is "leaves the tree alone" "$(git -C "$small" log --oneline | wc -l; git -C "$small" status --short)" 1

mkdir "$work/hooks"
for hook in pre-commit commit-msg applypatch-msg; do
	printf '#!/bin/sh\nexit 1\n' > "$work/hooks/$hook"
	chmod +x "$work/hooks/$hook"
done
cat > "$work/gitconfig" <<EOF
[core]
	autocrlf = true
	hooksPath = $work/hooks
[diff]
	noprefix = true
[apply]
	whitespace = fix
[format]
	attach = true
	signature = mine
[commit]
	gpgSign = true
EOF
small_tree
ok "make apply, with a git configuration of the user's" \
	env GIT_CONFIG_GLOBAL="$work/gitconfig" make -s apply KDIR="$small"
is "has the series" "$(patches/apply --status "$small")" applied
ok "make series, with it" env GIT_CONFIG_GLOBAL="$work/gitconfig" make -s series \
	O="$work/configured"
is "writes the same mails" "$(diff -rq "$work/mails" "$work/configured" 2>&1)" ""

# A tarball of this repository: it has no git, and another user has unpacked it.
tarball=$work/tarball
mkdir "$tarball"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$tarball"
if chown -R nobody "$tarball" 2>/dev/null; then
	small_tree
	ok "make apply, from a tarball that somebody else unpacked" \
		make -s -C "$tarball" apply KDIR="$small"
	is "the new files are the caller's" "$(find "$small" ! -user "$(id -u)")" ""
	is "and those of this repository" "$(patches/apply --status "$small")" applied
else
	skip "a tarball that somebody else unpacked" "only root can imitate one"
fi
ok "the series holds together in a tarball" "$tarball/patches/check"

refused "no kernel at all" 2 "is not a kernel source" make -s apply KDIR="$work"
refused "no KDIR" 2 "usage: make apply" make -s apply
refused "commands in a value" 2 '^apply: error: .*shell touch.* is not a kernel source' \
	make -s apply KDIR="\$(shell touch $work/run)\`touch $work/run\`\"; touch $work/run; \""
is "commands in a value are not run" "$(ls "$work/run" 2>/dev/null)" ""

done_testing
