#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cc-probe remembers what a compiler answered to a question, and nothing else.
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

# A question from a pipe: the answer belongs to the text of it, and to the compiler.
cat > "$work/other" <<EOF
#!/bin/sh
echo "\$*" >> "$work/asked"
wc -c
exit 1
EOF
chmod +x "$work/other"
asked()	# NAME OUTPUT RUNS ARG...
{
	is "$1" "$("$LAUNCHER" "$work/other" "${@:4}") $? $(wc -l < "$work/asked")" "$2 1 $3"
}
: > "$work/asked"
asked "a question" 5 1 -S -x c - <<< "text"
asked "the same again" 5 1 -S -x c - <<< "text"
asked "another text" 6 2 -S -x c - <<< "other"
asked "another option" 5 3 -S -x c -m32 - <<< "text"
asked "a text that includes a file" 21 4 -E -x c - <<< '#include "some_file"'
asked "it may have changed" 21 5 -E -x c - <<< '#include "some_file"'
asked "headers of a tree" 5 6 -Iinclude -E -x c - <<< "text"
asked "they may have changed" 5 7 -Iinclude -E -x c - <<< "text"
asked "a long text" 300000 8 -E -x c - < <(head -c 300000 /dev/zero)
asked "it is not remembered" 300000 9 -E -x c - < <(head -c 300000 /dev/zero)
asked "a file beside the output" 5 10 -Wp,-MMD,d -E -x c - <<< "text"
asked "which is made again" 5 11 -Wp,-MMD,d -E -x c - <<< "text"
touch -d 2001-01-01 "$work/other"
asked "another compiler of this name" 5 12 -S -x c - <<< "text"

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
