# SPDX-License-Identifier: GPL-2.0
#
# Read by scripts/link-vmlinux.sh: with LTO, vmlinux.o is not a by-product for modpost but the
# kernel.  It is linked once, from bitcode to machine code, and the links that follow take it
# instead of its parts.

# A link that is killed before the tables are sorted leaves a vmlinux that is newer than all of its
# parts: let the next make not know its command.
rm -f .vmlinux.cmd

modpost_link()
{
	${MAKE} -f "${srctree}/scripts/Makefile.build" obj=scripts/lto "${1}"
	KBUILD_VMLINUX_OBJS="${1}"
	KBUILD_VMLINUX_LIBS=
}
