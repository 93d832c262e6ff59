#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sets of options (tests/full/sets): each is built without LTO and in every mode, compared, and
# booted.  SETS=NAME,NAME selects sets.  All selected sets are configured first; CONFIGURE=1 does
# nothing else.  A kernel that has passed is not built again.  The object trees of a set stay in
# build/sets until all its modes have passed.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/record.sh

table=tests/full/sets
place=$top/build/sets
export CCACHE_DIR=$place/ccache
mkdir -p "$place"
ltocheck_build
src=$(KSRC='' front/fetch | tail -n 1)
first_llvm=$LLVM

# --- the table ----------------------------------------------------------------------------------

sets=()
declare -A base arch modes options packages results also env fault
read_table()
{
	local key rest set=
	while read -r key rest; do
		case $key in
		'' | '#'*)
			;;
		set)	set=$rest
			sets+=("$set")
			base[$set]=tiny arch[$set]=x86_64 modes[$set]="none full thin thin-dist" ;;
		base | arch | modes)
			declare -g "${key}[$set]=$rest" ;;
		options | packages | results | also)
			declare -g "${key}[$set]+= $rest" ;;
		env | fault)
			declare -g "${key}[$set]+=$rest"$'\n' ;;
		*)	fail "$table: $key: expected set, base, arch, modes, options, packages, results, also, env or fault"
			done_testing ;;
		esac
	done < "$table"
}
read_table
if [ -n "${SETS:-}" ]; then
	for set in $(tr , ' ' <<< "$SETS"); do
		[[ " ${sets[*]} " == *" $set "* ]] ||
			{ fail "SETS=$set: no such set; there are: ${sets[*]}"; done_testing; }
	done
	read -ra sets < <(tr , ' ' <<< "$SETS")
fi

# select_set NAME: set $set, its directory $dir, and the variables for the front end
select_set()
{
	local line
	set=$1 dir=$place/$1
	export ARCH=${arch[$set]} LLVM=$first_llvm
	# Other tests run on the same processors: give a boot more time.
	variables=(BOOT_TIMEOUT=2400)
	while IFS= read -r line; do
		case $line in
		'')	;;
		LLVM=*)	LLVM=${line#LLVM=} ;;
		*)	variables+=("$line") ;;
		esac
	done <<< "${env[$set]:-}"
	llvm_select
	mkdir -p "$dir"
}

# --- configurations -----------------------------------------------------------------------------

# wanted: print the options of the set, as lines of .config
wanted()
{
	local word value words
	# eval expands $top and removes quotes.
	eval "words=(${options[$set]:-})"
	for word in "${words[@]}"; do
		value=${word#*=}
		case $word in
		*=n)		echo "# CONFIG_${word%=n} is not set" ;;
		*=[ym0-9]*)	echo "CONFIG_$word" ;;
		*=*)		echo "CONFIG_${word%%=*}=\"$value\"" ;;
		*)		echo "CONFIG_$word=y" ;;
		esac
	done
}

# fragments: print the configuration of the set's base and its options, without LTO
fragments()
{
	small_fragments "${base[$set]}" | xargs -d '\n' cat
	[ ! -f "tests/full/sets.d/${base[$set]}-$ARCH.config" ] ||
		cat "tests/full/sets.d/${base[$set]}-$ARCH.config"
	wanted
}

# set_id: identify everything that the kernels of the set are made of
set_id()
{
	{
		cat "$src.id"
		fragments
		echo "${packages[$set]:-}; ${results[$set]:-}; ${also[$set]:-}; ${fault[$set]:-}; ${variables[*]}"
		"$CC" --version
	} | sha256sum | cut -d' ' -f1
}

# unlike WANTED .CONFIG: print the lines of WANTED that .CONFIG has not
unlike()
{
	local line option
	while IFS= read -r line; do
		case $line in
		'# '*)	option=${line#\# } option=${option% is not set}
			! grep "^$option=" "$2" || : ;;
		*)	grep -qxF -- "$line" "$2" || echo "$line is left out" ;;
		esac
	done < "$1"
}

# Make MODE.config of all modes in $dir/config, if they are not there.
configure()
{
	local mode c=$dir/config
	[ "$(cat "$c/id" 2>/dev/null)" != "$id" ] || return 0
	rm -rf "$c"
	mkdir "$c"
	wanted > "$c/wanted"
	fragments > "$c/fragments"
	KCONFIG_ALLCONFIG=$c/fragments kmake "$src" O="$c" allnoconfig > "$c/log" 2>&1 ||
		{ tail "$c/log"; return 1; }
	for mode in ${modes[$set]}; do
		lto_select "$src" "$c" "$(lto_option "$mode")" > "$c/log" 2>&1 ||
			{ echo "LTO=$mode is left out"; return 1; }
		cp "$c/.config" "$c/$mode.config"
		unlike "$c/wanted" "$c/$mode.config" | sed "s/^/$mode: /" | tee -a "$c/faults"
		# LTO must not remove an option, and must not add another.
		diff <(grep -v 'LTO\|FTRACE_MCOUNT_' "$c/none.config") \
			<(grep -v 'LTO\|FTRACE_MCOUNT_' "$c/$mode.config") |
			sed -n "s/^[<>]/$mode: &/p" | tee -a "$c/faults"
	done
	[ ! -s "$c/faults" ] || return 1
	echo "$id" > "$c/id"
}

# --- what sets look at, in $obj; each function prints lines that tell what is wrong ---------------

# Print definitions by their content: their order is the order of the units, and so are the numbers
# in names that exist twice.
types()
{
	bpftool btf dump file "$1/vmlinux" format c | sed 's/___[0-9]\+\>//g' |
		awk '!NF || /^#/ { next } { text = text $0 " " } /^[^ \t].*;$|^}/ { if (text ~ /\{|^typedef/) print text; text = "" }' | sort -u
}
same_types()
{
	types "$obj" > "$dir/$mode.types"
	[ "$(wc -l < "$dir/$mode.types")" -gt 1000 ] || echo "BTF has few types"
	[ ! -f "$dir/none.types" ] || comm -3 "$dir/none.types" "$dir/$mode.types" | cut -c 1-200
}

is_compressed()
{
	"${llvm_prefix}llvm-readelf$llvm_suffix" -SW "$obj/vmlinux" |
		grep -q ' \.debug_info .* C  ' || echo ".debug_info is not compressed"
	[ -n "$(find "$obj/root" -name 'minix.ko.xz')" ] || echo "there is no minix.ko.xz"
	find "$obj/root" -name '*.ko' -printf '%P is not compressed\n'
}

whitelisted()
{
	grep -q '	argv_split	' "$obj/Module.symvers" ||
		echo "argv_split is on the whitelist, and no export"
	! grep '	argv_free	' "$obj/Module.symvers" ||
		echo "argv_free is nobody's, and an export"
}

sums()
{
	(cd "$obj" && sha256sum vmlinux System.map Module.symvers .config &&
		find . -path ./root -prune -o -name '*.ko' -print | sort | xargs sha256sum)
}
minix_is()	# -d or -m
{
	"$src/scripts/config" --file "$obj/.config" "$1" MINIX_FS
	{ kmake "$src" O="$obj" olddefconfig && kmake "$src" O="$obj" -j"$J" all; } \
		> "$dir/$mode.minix.log" 2>&1 || {
		echo "it does not build with minix $1"
		build_errors "$obj" "$dir/$mode.minix.log"
	}
}
off_and_on()
{
	sums > "$dir/$mode.before"
	minix_is -d
	sums > "$dir/$mode.without"
	minix_is -m
	sums > "$dir/$mode.after"
	! cmp -s "$dir/$mode.before" "$dir/$mode.without" ||
		echo "without minix nothing is different"
	comm -13 "$dir/$mode.before" "$dir/$mode.after" |
		sed 's/.* /another after minix was off and on: /'
}

# instructions that only -march= allows
has_bmi2()
{
	local n
	n=$("${llvm_prefix}llvm-objdump$llvm_suffix" -d --no-show-raw-insn "$obj/vmlinux" |
		grep -cE '\<(shlx|shrx|sarx|rorx)[lq]?\>')
	echo "$n" > "$dir/$mode.bmi2"
	[ "$n" -ge 1000 ] && [ "$n" -ge $(($(cat "$dir/none.bmi2") / 2)) ] ||
		echo "vmlinux has only $n instructions of BMI2"
}

by_efi()
{
	MODROOT=$obj/root BOOT_WITH=efi front/boot "$obj" > "$dir/$mode.efi.log" 2>&1
	grep '^not ok' "$obj/boot.log"
	grep -qx 'ok started by EFI' "$obj/boot.log" || tail -n 1 "$dir/$mode.efi.log"
}

# --- one kernel -----------------------------------------------------------------------------------

more_warnings()
{
	local n
	n=$(grep -c 'warning:\|WARNING:' "$none/build.log")
	[ "$(grep -c 'warning:\|WARNING:' "$obj/build.log")" -le "$n" ] ||
		grep 'warning:\|WARNING:' "$obj/build.log" | sed "s/^/none has $n: /"
}

# Print the results of the boot that are not as required.
boot_faults()
{
	local result words
	grep '^not ok' "$obj/boot.log"
	eval "words=(${results[$set]:-})"
	for result in "${words[@]}"; do
		grep -qxF -- "ok $result" "$obj/boot.log" || echo "there is no: ok $result"
	done
	cp "$obj/boot.log" "$dir/$mode.boot.log"
	cp "$obj/initcalls.boot" "$dir/$mode.initcalls"
	[ -n "$none" ] && [ -s "$dir/none.boot.log" ] || return
	diff "$dir/none.boot.log" "$dir/$mode.boot.log" |
		sed -n 's/^[<>] \(ok\|absent\|cannot\) .*/not as in none: &/p'
	cmp -s "$dir/none.initcalls" "$dir/$mode.initcalls" ||
		echo "initcalls ran in another order than in none"
}

# known STAGE: print the faults that LTO_NONE is known to have, as a regular expression
known()
{
	sed -n "s/^$1 //p" <<< "${fault[$set]:-}" | paste -sd '|'
}

kernel()	# MODE
{
	local record=$dir/$mode.result of='' stage start=$SECONDS
	obj=$dir/$mode none=
	[ "$mode" = none ] || none=$dir/none of=$dir/none.result
	rm -rf "$obj" "$record"*
	echo "id $id" > "$record.new"
	mkdir "$obj"
	env "${variables[@]}" CONFIG="$dir/config/$mode.config" LTO="$mode" O="$obj" SUITE= KSRC= \
		V= \
		front/kernel > "$dir/$mode.log" 2>&1
	cp "$obj/build.log" "$dir/$mode.build.log"

	stage() { judge "$record" "$1" "$of" "$(known "$1")"; }
	if [ ! -f "$obj/summary" ]; then
		# The errors of an interrupted build may be others, as jobs are ended.
		{ build_errors "$obj" "$obj/build.log"; tail -n 1 "$dir/$mode.log"; } |
			sed 1q | stage build
	else
		stage build < /dev/null
		if [ -n "$none" ] && [ -f "$none/vmlinux" ]; then
			check_faults "$obj" "$none"
		else
			check_faults "$obj"
		fi | stage check
		[ -z "$none" ] || [ ! -f "$none/vmlinux" ] || more_warnings | stage warnings
		boot_faults | stage boot
		for stage in ${also[$set]:-}; do
			"$stage" | stage "$stage"
		done
	fi
	mv "$record.new" "$record"
	echo $((SECONDS - start)) > "$record.seconds"
}

# --- all of them ----------------------------------------------------------------------------------

right=()
for set in "${sets[@]}"; do
	select_set "$set"
	# shellcheck disable=SC2086
	ok "$set: packages" front/packages check ${packages[$set]:-}
	id=$(set_id)
	ok "$set: configuration" configure
	[ "$(cat "$dir/config/id" 2>/dev/null)" != "$id" ] || right+=("$set")
done
[ -z "${CONFIGURE:-}" ] || done_testing

for set in "${right[@]}"; do
	select_set "$set"
	id=$(set_id)
	todo=
	for mode in ${modes[$set]}; do
		passed "$dir/$mode.result" "$id" || todo="$todo $mode"
	done
	# the others are compared with it
	[ -z "$todo" ] || [ -f "$dir/none/summary" ] || todo="none ${todo/ none/}"
	for mode in ${modes[$set]}; do
		[[ " $todo " != *" $mode "* ]] || kernel "$mode"
		tell "$set, $mode" "$dir/$mode.result"
	done
	todo=
	for mode in ${modes[$set]}; do
		passed "$dir/$mode.result" "$id" || todo="$todo $mode"
	done
	[ -n "$todo" ] || (cd "$dir" && rm -rf ${modes[$set]})
done

{
	echo "| set | mode | build | check | warnings | boot | also | minutes |"
	echo "|---|---|---|---|---|---|---|---|"
	for set in "${right[@]}"; do
		select_set "$set"
		for mode in ${modes[$set]}; do
			r=$dir/$mode.result
			more=
			for stage in ${also[$set]:-}; do
				more="$more $stage: $(verdict "$r" "$stage")"
			done
			echo "| $set | $mode | $(verdict "$r" build) | $(verdict "$r" check) |" \
				"$(verdict "$r" warnings) | $(verdict "$r" boot) |$more |" \
				"$(($(cat "$r.seconds") / 60)) |"
		done
	done
} > "$place/results.md"
sed 's/^/# /' "$place/results.md" >&2

done_testing
