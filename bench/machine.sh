# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# The virtual machine of bench/run and bench/profile.  QEMU counts instructions, and the guest's
# clock shows that count.
#
# Needs front/lib.sh, llvm_select, arch_select, and a directory $tmp, which the caller removes.
# BOOT_TIMEOUT= is in seconds; QEMU_CPU= selects another processor.

: "${BOOT_TIMEOUT:=1800}"

# machine_select: set $qemu and $append for ARCH, and $guest, the directory of the guest's programs
machine_select()
{
	guest=$(tests/boot/guest) || exit 1
	guest=${guest%/}
	case $ARCH in
	x86_64)	# QEMU counts each repetition of a string instruction.  With erms or fsrm, the
		# kernel copies one byte in a repetition.  Without them, it copies eight, about as
		# many as a real processor copies in a cycle.
		qemu=(qemu-system-x86_64 -cpu "${QEMU_CPU:-max,-erms,-fsrm}")
		append="console=ttyS0,115200 tsc_early_khz=1000000" ;;
	arm64)	# With this frequency, a tick of the counter is a nanosecond, so one instruction.
		qemu=(qemu-system-aarch64 -M "virt,gic-version=3"
			-cpu "${QEMU_CPU:-max,pauth-impdef=on,cntfrq=1000000000}")
		append="console=ttyAMA0" ;;
	esac
}

# machine_operations: compile bench/guest/ops.c to $tmp/root/init, and make the files that it needs
machine_operations()
{
	mkdir -p "$tmp/root/dev"
	"$CC" --target="$triplet" --sysroot="$guest/" --ld-path="$(command -v "$LD")" -static -O2 \
		-Wall -Wextra -o "$tmp/root/init" bench/guest/ops.c ||
		die "bench/guest/ops.c cannot be compiled for $ARCH"
	truncate -s 8M "$tmp/root/ext4"
	# -O: the kernel is older than mkfs, and does not know these features.  -U and hash_seed fix
	# what would be random numbers, so that all boots are the same.
	mkfs.ext4 -q -b 1024 -O ^orphan_file,^metadata_csum_seed \
		-U 6c746f00-0000-4000-8000-000000000000 \
		-E hash_seed=6c746f00-0000-4000-8000-000000000001,lazy_itable_init=0 \
		"$tmp/root/ext4" || die "mkfs.ext4 failed"
}

# machine_initrd: pack $tmp/root as $tmp/initrd
machine_initrd()
{
	(cd "$tmp/root" && find . | sort | cpio -o -H newc --quiet --reproducible | gzip -1n) \
		> "$tmp/initrd"
}

# machine_plugin NAME: compile bench/plugin/NAME.c to $tmp/NAME.so
machine_plugin()
{
	"$CC" -O2 -Wall -Wextra -fvisibility=hidden -shared -fPIC -o "$tmp/$1.so" \
		"bench/plugin/$1.c" || die "bench/plugin/$1.c cannot be compiled"
}

# machine_boot WHAT IMAGE CONSOLE WORDS [OPTION OF QEMU...]: boot a kernel with WORDS on its command
# line, and wait until QEMU ends.  The console goes to the file CONSOLE.  WHAT is for messages.
machine_boot()
{
	local what=$1 kernel=$2 console=$3 words=$4 status=0
	shift 4
	# No random addresses, no random devices, a fixed clock: equal kernels give equal counts.
	attend timeout --foreground "$BOOT_TIMEOUT" "${qemu[@]}" -accel tcg \
		-icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm -seed 1 -smp 1 -m 512 \
		-nodefaults -no-reboot -display none -chardev "file,id=console,path=$console" \
		-serial chardev:console "$@" -kernel "$kernel" -initrd "$tmp/initrd" \
		-append "$append nokaslr norandmaps panic=-1 loglevel=4 $words" || status=$?
	[ $status != 124 ] || die "$what: no end after $BOOT_TIMEOUT s, see $console"
	[ $status = 0 ] || die "$what: QEMU ended with status $status"
}
