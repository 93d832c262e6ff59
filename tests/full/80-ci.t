#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The jobs of examples/ci, in a fresh copy of the repository and with an empty home: each builds,
# checks and boots a kernel.  The second one takes compilations and the source from the cache that
# the first one has kept.
. "$(dirname "$0")/../lib/tap.sh"

[ "$(id -u)" = 0 ] || {
	skip "the jobs of examples/ci" "they install packages, as root"
	done_testing
}
copy=$work/repo
mkdir "$work/home" "$copy"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$copy"
git -C "$copy" init -q
# Do not fetch what this machine has.
mkdir -p "$copy/.cache/linux-clang-lto"
[ ! -f "$cache/$BASE_TARBALL" ] || cp "$cache/$BASE_TARBALL" "$copy/.cache/linux-clang-lto/"

# hits: print how many compilations ccache has served
hits()
{
	CCACHE_DIR=$copy/.cache/ccache ccache --print-stats |
		awk '/^(direct|preprocessed)_cache_hit\t/ { n += $2 } END { print n + 0 }'
}
for example in examples/ci/*.yml; do
	before=$(hits)
	tests/lib/ci-script "$example" > "$work/script"
	rm -rf "$copy/build"
	ok "$example" env -i HOME="$work/home" PATH="$PATH" \
		sh -c 'cd "$1" && exec bash "$2"' sh "$copy" "$work/script"
	dir=$copy/build/x86_64-boot-thin-dist
	is "$example: the kernel is right" \
		"$(sed -n 's/^\(checks\|boot\)  *\([^ ]*\) .*/\2/p' "$dir/summary" | tr '\n' ' ')" "ok ok "
	# examples/ci/ is in the order of the alphabet, and all jobs compile the same
	[ "$example" = examples/ci/github-actions.yml ] ||
		ok "$example: most compilations come from the cache" \
			test $(($(hits) - before)) -gt "$(($(grep -c '^  CC ' "$dir/build.log") / 2))"
	for path in $(sed -n 's,^ *\(- \)\?\(build/.*\),\2,p' "$example"); do
		ok "$example: there is $path" compgen -G "$copy/$path"
	done
done

done_testing
