# SPDX-License-Identifier: GPL-2.0
#
# Sourced by scripts/link-vmlinux.sh.  Without LTO, vmlinux.o is only there for modpost, and vmlinux
# is linked from its parts.  With LTO, vmlinux.o is the kernel: bitcode becomes machine code in its
# link, which must not happen twice.  So the links that follow take vmlinux.o instead of its parts.

# If a link is killed before the tables are sorted, it leaves a vmlinux that is newer than all of
# its parts.  Remove the record of its command, so that the next make links it again.
rm -f .vmlinux.cmd

modpost_link()
{
	${MAKE} -f "${srctree}/scripts/Makefile.build" obj=scripts/lto "${1}"
	KBUILD_VMLINUX_OBJS="${1}"
	KBUILD_VMLINUX_LIBS=
}
