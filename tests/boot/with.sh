# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# What front/boot has to do for the words of BOOT_WITH=.  Uses $root, $tmp, $objdir, $image and
# initrd() of front/boot, and changes $machine, $append, $disks and $firmware.  tests/boot/init does
# the rest: it finds the words in /with.

boot_with()
{
	local word
	for word in $BOOT_WITH; do
		case $word in
		efi)	case $ARCH in
			x86_64)	bios=/usr/share/ovmf/OVMF.fd package=ovmf ;;
			arm64)	bios=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
				package=qemu-efi-aarch64
				# else it has no device tree for us, and the kernel no ACPI
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
		*)	die "BOOT_WITH=$BOOT_WITH: expected efi, sleep, hibernation or kexec" ;;
		esac
		echo "$word" >> "$root/with"
	done
	initrd
	case " $BOOT_WITH " in
	*' kexec '*)	# the next kernel starts with one, which has that of the last
		for _ in next last; do
			mv "$tmp/initrd" "$root/initrd"
			initrd
		done ;;
	esac
}
