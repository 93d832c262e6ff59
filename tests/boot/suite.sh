# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the test machine of front/boot has for the boot suite: kselftests and the programs that they
# call, a BPF program, a 32-bit program, and disks with file systems.  Uses $root, $tmp, $objdir of front/boot.

# into $root
suite_programs()
{
	"$CC" --target="$triplet" --sysroot="$guest/" --ld-path="$(command -v "$LD")" -static -O2 -Wall -Wextra -o "$root/bpf-kprobe" tests/boot/bpf-kprobe.c
	if grep -qx CONFIG_COMPAT=y "$objdir/.config"; then
		case $ARCH in
		x86_64)	compat=i386-linux-gnu ;;
		arm64)	compat=armv7-linux-gnueabi ;;
		esac
		"$CC" --target="$compat" --ld-path="$(command -v "$LD")" -nostdlib -static -O2 \
			-Wall -Wextra -o "$root/compat" tests/boot/compat.c
	fi

	# busybox lacks options of these
	guest_programs bash comm diff mktemp sysctl
	[ -e "$root/bin/bash" ] || ln -s /usr/bin/bash "$root/bin/bash"
	# those for live patches compare the log
	cat > "$root/usr/bin/dmesg" <<-'EOF'
		#!/bin/busybox sh
		busybox dmesg | grep -v '^[^]]*\] \(calling\|initcall\) '
	EOF
	chmod +x "$root/usr/bin/dmesg"

	# Of ftrace's: not what takes minutes under emulation, works on histograms, or tests the
	# tests.  kprobe_args_user probes a function that clang inlines into its file's only caller,
	# LTO or not; kprobe_args_string probes one (tracefs_create_dir) that LTO inlines into others.
	mkdir "$root/selftests"
	cp -r "$objdir"/source/tools/testing/selftests/{ftrace,livepatch,kmod,static_keys} "$root/selftests/"
	(cd "$root/selftests/ftrace/test.d" &&
		rm -r direct instances preemptirq selftest trigger event/event-pid.tc event/event-no-pid.tc \
			ftrace/func_profiler.tc kprobe/multiple_kprobes.tc kprobe/kprobe_args_user.tc kprobe/kprobe_args_string.tc)
	# a sixth of all of the processor time to switch to each tracer; the start-up self tests try them, too
	[ -n "${FULL:-}" ] || rm "$root/selftests/ftrace/test.d/00basic/basic2.tc"
	# it probes inet_csk_accept()
	grep -qx CONFIG_INET=y "$objdir/.config" || rm "$root/selftests/ftrace/test.d/kprobe/kretprobe_maxactive.tc"
}

suite_disk()	# NAME SYMBOL SIZE MKFS...
{
	grep -q "^$2=" "$objdir/.config" || return 0
	set -- "$1" "${@:3}"
	truncate -s "$2" "$tmp/$1"
	disks+=(-drive "file=$tmp/$1,format=raw,if=$interface")
	shift 2
	"$@" > "$tmp/mkfs" 2>&1 || { cat "$tmp/mkfs"; die "$1 failed: is it installed? run front/packages check"; }
}

# into $disks.  The kernel is older than the tools: without what it does not know.
suite_disks()
{
	# a configuration for real machines has IDE
	if grep -q '^CONFIG_VIRTIO_BLK=' "$objdir/.config"; then interface=virtio; else interface=ide; fi
	suite_disk ext4 CONFIG_EXT4_FS 64M mkfs.ext4 -q -L lto-ext4 -O ^orphan_file,^metadata_csum_seed "$tmp/ext4"
	suite_disk xfs CONFIG_XFS_FS 300M mkfs.xfs -q -L lto-xfs -m bigtime=0,inobtcount=0 -i nrext64=0 "$tmp/xfs"
	suite_disk btrfs CONFIG_BTRFS_FS 128M mkfs.btrfs -q -L lto-btrfs "$tmp/btrfs"
}

suite_fsck_one()	# NAME COMMAND...
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

# what the kernel wrote, seen by somebody else
suite_fsck()
{
	suite_fsck_one ext4 e2fsck -fn "$tmp/ext4"
	suite_fsck_one xfs xfs_repair -n "$tmp/xfs"
	suite_fsck_one btrfs btrfs check --readonly "$tmp/btrfs"
}
