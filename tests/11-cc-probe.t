#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/lib/cc-probe remembers whether a compiler takes an option, and nothing else.
. "$(dirname "$0")/lib/tap.sh"

export CC_PROBES=$work/answers
mkdir "$CC_PROBES"
cat > "$work/compiler" <<EOF
#!/bin/sh
echo "\$*" >> "$work/runs"
out=\$(printf '%s\n' "\$@" | grep -xA 1 -e -o | tail -n 1)
echo "an object" > "\$out"
case " \$* " in *' -fnew '*) exit 1 ;; *' -fkilled '*) exit 137 ;; esac
EOF
chmod +x "$work/compiler"

# probe PROCESS OPTION: ask as cc-option of scripts/Kbuild.include does
probe()
{
	mkdir -p "$work/.tmp_$1"
	"$LAUNCHER" "$work/compiler" -Werror "$2" -c -x c /dev/null -o "$work/.tmp_$1/tmp"
}
# process, option, expected status, how often the compiler has run by then
while read -r process option status runs; do
	probe "$process" "$option"
	is "$option, process $process" "$? $(wc -l < "$work/runs")" "$status $runs"
done <<EOF
1 -fnew 1 1
22 -fnew 1 1
1 -fold 0 2
22 -fold 0 2
22 -fnew 1 2
1 -fkilled 137 3
1 -fkilled 137 4
EOF
is "no probe has an output" "$(find "$work" -name tmp)" ""

for n in 1 2; do
	ok "a compilation" "$LAUNCHER" "$work/compiler" -c -o "$work/a.o" a.c
	is "the compiler runs each time: $n" "$(grep -c 'a\.c' "$work/runs")" $n
	ok "a compilation has an output" rm "$work/a.o"
done

# the last word is no source
is "the version of the compiler" \
	"$(CCACHE_DIR=$work/cache/ccache "$LAUNCHER" ccache "$CC" --version | sed 1q)" \
	"$("$CC" --version | sed 1q)"
is "the compiler reads standard input" \
	"$(echo 'int i;' | CCACHE_DIR=$work/cache/ccache "$LAUNCHER" ccache "$CC" -E -P -x c -)" \
	"int i;"

# The user's cache serves what was compiled before, and nothing where it is not to.
# hits COMMAND...: how many more there are after it
hits()
(
	export CCACHE_DIR=$work/cache/ccache
	before=$(ccache --print-stats | awk '/_cache_hit/ { n += $2 } END { print n + 0 }')
	cache=$work/cache
	compiler_cache
	# shellcheck disable=SC2086 # the launchers
	cd "$work" && "$@" $LAUNCHER "$CC" -c -o i.o "$work/plain.c" || echo failed
	ccache --print-stats | awk -v n="$before" '/_cache_hit/ { n -= $2 } END { print -n }'
)
echo 'int i;' > "$work/plain.c"
is "a first compilation" "$(hits env)" 0
is "a second compilation is a hit" "$(hits env)" 1
is "with CCACHE_RECACHE it is no hit" "$(hits env CCACHE_RECACHE=1)" 0
ok "the cache is in the cache directory of the user" test -d "$work/cache/ccache"

# a ccache that says that it runs
mkdir "$work/bin"
printf '#!/bin/sh\n: > %s\nexec "$@"\n' "$work/cached" > "$work/bin/ccache"
chmod +x "$work/bin/ccache"
PATH=$work/bin:$PATH
echo 'asm(".incbin \"blob\"");' > "$work/blob.c"
for source in plain blob; do
	rm -f "$work/cached"
	ok "with ccache: $source" \
		"$LAUNCHER" ccache "$work/compiler" -c -o "$work/a.o" "$work/$source.c"
	is "goes through ccache, unless it has .incbin: $source" \
		"$(ls "$work/cached" 2>/dev/null)" \
		"$([ $source = blob ] || echo "$work/cached")"
done

done_testing
