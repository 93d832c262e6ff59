#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All files and make targets that README.md and CONTRIBUTING.md name must exist.
. "$(dirname "$0")/lib/tap.sh"

# paths FILE: print the paths that it has in code and in links
paths()
{
	grep -oE '`[a-zA-Z0-9./_ -]+`' "$1" | tr -d '`' | tr ' ' '\n' |
		grep -E '^(front|patches|tests|tools|scripts|bench|configs|Documentation)/'
	sed -n 's/.*](\([^)]*\)).*/\1/p' "$1"
}
for doc in README.md CONTRIBUTING.md; do
	paths "$doc" | sed 's,/NN-name.t$,/10-docs.t,;s,NAME.c$,names.c,;s,/VERSION$,/5.10,' |
		sort -u > "$work/paths"
	ok "$doc names files" test -s "$work/paths"
	missing=
	while read -r path; do
		compgen -G "$path" > /dev/null || missing="$missing $path"
	done < "$work/paths"
	is "$doc: all of them are there" "$missing" ""
done
for target in $(sed -n 's/.*\<make \([a-z][a-z-]*\).*/\1/p' README.md CONTRIBUTING.md | sort -u); do
	case $target in
	menuconfig) continue ;;
	esac
	ok "make $target" grep -q "^$target:" Makefile
done
is "the pinned release" "$(tr '\n' ' ' < README.md | grep -o '`make kernel` takes 5[0-9.]*[0-9]')" \
	"\`make kernel\` takes $BASE_VERSION"

done_testing
