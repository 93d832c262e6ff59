# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The machine of bench/run and bench/profile: QEMU counts instructions, and the guest's clock is
# made of that count.  Needs front/lib.sh, llvm_select, arch_select, and a directory $tmp, which the
# caller removes.  BOOT_TIMEOUT= is in seconds, QEMU_CPU= another processor.

: "${BOOT_TIMEOUT:=1800}"

machine_select()
{
	guest=$(tests/boot/guest) || exit 1
	guest=${guest%/}
	case $ARCH in
	x86_64)	# A repeated string instruction counts once for each repetition.  Without these two
		# features the kernel copies eight bytes in each, about what a processor does in a
		# cycle.
		qemu=(qemu-system-x86_64 -cpu "${QEMU_CPU:-max,-erms,-fsrm}")
		append="console=ttyS0,115200 tsc_early_khz=1000000" ;;
	arm64)	# the counter counts nanoseconds, as do instructions
		qemu=(qemu-system-aarch64 -M "virt,gic-version=3"
			-cpu "${QEMU_CPU:-max,pauth-impdef=on,cntfrq=1000000000}")
		append="console=ttyAMA0" ;;
	esac
}

# bench/guest/ops.c to $tmp/root/init, and what it needs
machine_operations()
{
	mkdir -p "$tmp/root/dev"
	"$CC" --target="$triplet" --sysroot="$guest/" --ld-path="$(command -v "$LD")" -static -O2 \
		-Wall -Wextra -o "$tmp/root/init" bench/guest/ops.c ||
		die "bench/guest/ops.c cannot be compiled for $ARCH"
	truncate -s 8M "$tmp/root/ext4"
	# the kernel is older than the tools; no random numbers, so that all boots are the same
	mkfs.ext4 -q -b 1024 -O ^orphan_file,^metadata_csum_seed \
		-U 6c746f00-0000-4000-8000-000000000000 \
		-E hash_seed=6c746f00-0000-4000-8000-000000000001,lazy_itable_init=0 \
		"$tmp/root/ext4" || die "mkfs.ext4 failed"
}

# $tmp/root to $tmp/initrd
machine_initrd()
{
	(cd "$tmp/root" && find . | sort | cpio -o -H newc --quiet --reproducible | gzip -1n) \
		> "$tmp/initrd"
}

# machine_plugin NAME: bench/plugin/NAME.c to $tmp/NAME.so
machine_plugin()
{
	"$CC" -O2 -Wall -Wextra -fvisibility=hidden -shared -fPIC -o "$tmp/$1.so" \
		"bench/plugin/$1.c" || die "bench/plugin/$1.c cannot be compiled"
}

# machine_boot WHAT IMAGE CONSOLE WORDS [QEMU'S...]: boot a kernel with WORDS on its command line,
# to its end; its console goes to a file.  WHAT is for messages.
machine_boot()
{
	local what=$1 kernel=$2 console=$3 words=$4 status=0
	shift 4
	# Nothing is random, neither addresses nor devices nor the clock.
	attend timeout --foreground "$BOOT_TIMEOUT" "${qemu[@]}" -accel tcg \
		-icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm -seed 1 -smp 1 -m 512 \
		-nodefaults -no-reboot -display none -chardev "file,id=console,path=$console" \
		-serial chardev:console "$@" -kernel "$kernel" -initrd "$tmp/initrd" \
		-append "$append nokaslr norandmaps panic=-1 loglevel=4 $words" || status=$?
	[ $status != 124 ] || die "$what: no end after $BOOT_TIMEOUT s, see $console"
	[ $status = 0 ] || die "$what: QEMU ended with status $status"
}
