# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Prepare the test machine of front/boot for the words of BOOT_WITH=.  tests/boot/init finds the
# words in the file /with, and runs the tests.
#
# Uses $root, $tmp, $objdir, $image and initrd() of front/boot; changes $machine, $append, $disks
# and $firmware.

boot_with()
{
	local word
	for word in $BOOT_WITH; do
		case $word in
		efi)	case $ARCH in
			x86_64)	bios=/usr/share/ovmf/OVMF.fd package=ovmf ;;
			arm64)	bios=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
				package=qemu-efi-aarch64
				# With ACPI, the firmware would give the kernel no device
				# tree, and this kernel may be built without ACPI.
				machine=${machine/-M virt/-M virt,acpi=off} ;;
			esac
			[ -f "$bios" ] ||
				die "$bios: no such file: run front/packages check $package"
			firmware=(-bios "$bios") ;;
		sleep)	;;
		hibernation)
			truncate -s 512M "$tmp/swap"
			disks+=(-drive "file=$tmp/swap,format=raw,if=virtio")
			append="$append resume=/dev/vda" ;;
		kexec)	guest_programs kexec
			cp "$objdir/$image" "$root/kernel"
			append="$append crashkernel=256M" ;;
		livepatch)
			[ -d "${LIVEPATCHES:-}" ] || die "LIVEPATCHES=${LIVEPATCHES:-}: no directory"
			cp -r "$LIVEPATCHES" "$root/livepatch"
			cp tests/boot/livepatch "$root/livepatch/run" ;;
		*)	die "BOOT_WITH=$BOOT_WITH: expected efi, sleep, hibernation, kexec or" \
				"livepatch" ;;
		esac
		echo "$word" >> "$root/with"
	done
	initrd
	case " $BOOT_WITH " in
	*' kexec '*)	# Three kernels start in turn.  So nest the initrds: each kernel finds the
			# initrd of the next kernel as /initrd.
		for _ in next last; do
			mv "$tmp/initrd" "$root/initrd"
			initrd
		done ;;
	esac
}
