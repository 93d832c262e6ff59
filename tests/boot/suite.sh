# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For front/boot with SUITE=1: give the test machine kselftests and the programs that they call, a
# BPF program, a 32-bit program, and disks with file systems.  Uses $root, $tmp and $objdir of
# front/boot.

# suite_programs: put the programs and kselftests into $root
suite_programs()
{
	"$CC" --target="$triplet" --sysroot="$guest/" --ld-path="$(command -v "$LD")" -static -O2 \
		-Wall -Wextra -o "$root/bpf-kprobe" tests/boot/bpf-kprobe.c
	if grep -qx CONFIG_COMPAT=y "$objdir/.config"; then
		case $ARCH in
		x86_64)	compat=i386-linux-gnu ;;
		arm64)	compat=armv7-linux-gnueabi ;;
		esac
		"$CC" --target="$compat" --ld-path="$(command -v "$LD")" -nostdlib -static -O2 \
			-Wall -Wextra -o "$root/compat" tests/boot/compat.c
	fi

	# The kselftests use options that the programs of busybox lack.
	guest_programs bash comm diff mktemp sysctl
	[ -e "$root/bin/bash" ] || ln -s /usr/bin/bash "$root/bin/bash"
	# The kselftests for live patches compare the kernel log.  Hide the lines of initcall_debug.
	cat > "$root/usr/bin/dmesg" <<-'EOF'
		#!/bin/busybox sh
		busybox dmesg | grep -v '^[^]]*\] \(calling\|initcall\) '
	EOF
	chmod +x "$root/usr/bin/dmesg"

	# Leave out kselftests of ftrace that take minutes under emulation, work on histograms, or
	# test ftracetest itself.  Also leave out two kprobe tests: kprobe_args_user probes a
	# function that clang inlines into its only caller, with LTO or without; kprobe_args_string
	# probes a function (tracefs_create_dir) that LTO inlines.
	mkdir "$root/selftests"
	cp -r "$objdir"/source/tools/testing/selftests/{ftrace,livepatch,kmod,static_keys} \
		"$root/selftests/"
	(cd "$root/selftests/ftrace/test.d" &&
		rm -r direct instances preemptirq selftest trigger event/event-pid.tc \
			event/event-no-pid.tc ftrace/func_profiler.tc kprobe/multiple_kprobes.tc \
			kprobe/kprobe_args_user.tc kprobe/kprobe_args_string.tc)
	# basic2 switches to each tracer.  This takes a sixth of all processor time, and the
	# start-up self tests try the tracers, too.
	[ -n "${FULL:-}" ] || rm "$root/selftests/ftrace/test.d/00basic/basic2.tc"
	# kretprobe_maxactive probes inet_csk_accept().
	grep -qx CONFIG_INET=y "$objdir/.config" ||
		rm "$root/selftests/ftrace/test.d/kprobe/kretprobe_maxactive.tc"
}

# suite_disk NAME SYMBOL SIZE MKFS...: if SYMBOL is configured, make a disk of this size with a file
# system, and add it to $disks
suite_disk()
{
	grep -q "^$2=" "$objdir/.config" || return 0
	set -- "$1" "${@:3}"
	truncate -s "$2" "$tmp/$1"
	disks+=(-drive "file=$tmp/$1,format=raw,if=$interface")
	shift 2
	"$@" > "$tmp/mkfs" 2>&1 || {
		cat "$tmp/mkfs"
		die "$1 failed: is it installed? run front/packages check"
	}
}

# suite_disks: add the disks to $disks.  The kernel is older than the tools: turn off features of
# the file systems that it does not know.
suite_disks()
{
	# A configuration for real machines may have no virtio, but it has IDE.
	if grep -q '^CONFIG_VIRTIO_BLK=' "$objdir/.config"; then
		interface=virtio
	else
		interface=ide
	fi
	suite_disk ext4 CONFIG_EXT4_FS 64M mkfs.ext4 -q -L lto-ext4 \
		-O ^orphan_file,^metadata_csum_seed "$tmp/ext4"
	suite_disk xfs CONFIG_XFS_FS 300M mkfs.xfs -q -L lto-xfs \
		-m bigtime=0,inobtcount=0 -i nrext64=0 "$tmp/xfs"
	suite_disk btrfs CONFIG_BTRFS_FS 128M mkfs.btrfs -q -L lto-btrfs "$tmp/btrfs"
}

# suite_fsck_one NAME COMMAND...: if the guest has used this file system, check it and print the
# result
suite_fsck_one()
{
	grep -qx "ok $1 keeps files over a mount" "$objdir/boot.log" || return 0
	_name="$1 is right for fsck"
	shift
	if "$@" > "$tmp/fsck" 2>&1; then
		echo "ok $_name"
	else
		echo "not ok $_name"
		cat "$tmp/fsck" >&2
	fi
}

# suite_fsck: let programs that do not depend on the kernel check the file systems that it wrote
suite_fsck()
{
	suite_fsck_one ext4 e2fsck -fn "$tmp/ext4"
	suite_fsck_one xfs xfs_repair -n "$tmp/xfs"
	suite_fsck_one btrfs btrfs check --readonly "$tmp/btrfs"
}
