#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tests/run tells how the tests went, how long each file took, and that a test has failed.  A signal
# to it ends the tests.
. "$(dirname "$0")/lib/tap.sh"

# A copy of the repository with its own tests, and without tools to build.
repo=$work/repo
mkdir -p "$repo/tests" "$repo/tools/lto" "$repo/patches"
cp -r front "$repo/"
cp -r patches/5.10 "$repo/patches/"
cp -r tests/run tests/lib tests/rules.yml "$repo/tests/"
echo 'all: ;' > "$repo/tools/lto/Makefile"
t()	# NAME COMMAND
{
	printf '#!/bin/sh\n%s\necho 1..1\n' "$2" > "$repo/tests/$1.t"
	chmod +x "$repo/tests/$1.t"
}
run()
{
	env V= "$repo/tests/run" "$@" > "$work/out" 2>&1
}
t 10-short 'echo ok 1 - it'
t 20-long 'sleep 2; echo ok 1 - it'
ok "two tests" run
is "the longest comes first" "$(sed -n 's/^# *[0-9]* *[0-9]*  \(.*t\)$/\1/p' "$work/out" | tr '\n' ' ')" \
	"tests/20-long.t tests/10-short.t "
ok "with its seconds" grep -qE '^# +[2-9] +0  tests/20-long.t$' "$work/out"
t 25-busy 'awk "BEGIN { while (i < 1e8) i++ }"; echo ok 1 - it'
ok "a busy one" run busy
ok "with its CPU seconds" grep -qE '^# +[0-9]+ +[1-9]  tests/25-busy.t$' "$work/out"
rm "$repo/tests/25-busy.t"
t 30-fails 'echo not ok 1 - it; exit 1'
refused "a test that fails" 1 "" run
ok "a test that fails is in the table, too" grep -qE '^# +[0-9]+ +[0-9]+  tests/30-fails.t$' "$work/out"
ok "one by its name" run short
is "only that one runs" "$(grep -c '^#.*\.t$' "$work/out")" 1

t 40-endless "echo \$\$ > $work/endless.pid; sleep 600"
env V= "$repo/tests/run" endless > "$work/out" 2>&1 & started=$!
for ((i = 0; i < 300; i++)); do
	[ ! -s "$work/endless.pid" ] || break
	sleep 0.1
done
kill "$started"
wait "$started"
for ((i = 0; i < 100; i++)); do
	kill -0 "$(cat "$work/endless.pid")" 2>/dev/null || break
	sleep 0.1
done
ok "a signal to tests/run ends its tests" test $i -lt 100

done_testing
