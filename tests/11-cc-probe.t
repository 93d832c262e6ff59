#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The launcher of the tests remembers what a compiler said of options, and nothing else.
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

# as cc-option of scripts/Kbuild.include: PROCESS OPTION
probe()
{
	mkdir -p "$work/.tmp_$1"
	"$LAUNCHER" "$work/compiler" -Werror "$2" -c -x c /dev/null -o "$work/.tmp_$1/tmp"
}
# what is asked, its answer, how often the compiler has run by then
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
	is "has run, for the time number $n" "$(grep -c 'a\.c' "$work/runs")" $n
	ok "and has an output" rm "$work/a.o"
done

done_testing
