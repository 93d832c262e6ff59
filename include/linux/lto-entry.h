/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_ENTRY_H
#define _LINUX_LTO_ENTRY_H

/*
 * Entries of linker tables that refer to functions by a place-relative offset, or whose order
 * matters, for objects that take part in link-time optimisation.
 *
 * C has no expression for a place-relative address, so such entries are written in assembly.
 * Without LTO that is top-level assembly which names the function.  The optimiser does not read
 * it: it renames a static function that another unit imports, or whose name two merged units
 * share, and the entry refers to nothing, or to somebody else's function.  Here the entry is the
 * assembly of a function body instead, to which the compiler hands the function as an operand.
 * The body is never run: it is a trap in .discard.text, which no link keeps.
 *
 * Variables stay what they are, but those of native objects come before those of bitcode.  So
 * __setup() and early_param() make their entries here, too: parameters are tried in order.
 *
 * The optimiser is free to emit the bodies of merged units in any order.  Each entry therefore has a
 * section of its own, <table>..<counter>.<unit>, and the body is called "__lto" <section>;
 * scripts/lto/sort-inputs reads these names and has the linker put the sections in the order which they have
 * without LTO.  With distributed ThinLTO (__LTO_OWN_OBJECT) each unit is an object of its own, with
 * its entries in the order of the source, and objects are linked in the usual order.
 *
 * __LTO_UNIT and __LTO_OWN_OBJECT come from scripts/lto/Makefile.flags.
 */

#include <linux/stringify.h>

/**
 * LTO_ENTRY - put an entry into a linker table
 * @table: name of the table's section, a string
 * @insns: assembly of the entry, a string; %c0 stands for the address of @fn
 * @fn:    the function
 * @...:   more operands of the assembly, from %c1 on: "i" (address)
 *
 * Only where __LTO_UNIT is defined: in the objects of a vmlinux with LTO.
 */
#define LTO_ENTRY(table, insns, fn, ...)					\
	__LTO_ENTRY(__COUNTER__, __LTO_UNIT, table, insns, "i" (fn), ##__VA_ARGS__)

/* two more levels, for the arguments to be expanded before they are pasted */
#define __LTO_ENTRY(n, unit, table, insns, ...)					\
	___LTO_ENTRY(n, table, table ".." __stringify(n) "." __stringify(unit), insns, __VA_ARGS__)

#define ___LTO_ENTRY(n, table, sec, insns, ...)					\
	____LTO_ENTRY(__lto_entry_##n, table, sec, insns, __VA_ARGS__)

#ifdef __LTO_OWN_OBJECT
#define __LTO_NAME(sec)
#define __LTO_SECTION(table, sec)	table
#else
#define __LTO_NAME(sec)			__asm__("__lto" sec)
#define __LTO_SECTION(table, sec)	sec
#endif

#define ____LTO_ENTRY(id, table, sec, insns, ...)				\
	static void id(void) __LTO_NAME(sec);					\
	static void __attribute__((__used__, __noinline__, __noreturn__,	\
				   __no_instrument_function__,			\
				   __section__(".discard.text"))) id(void)	\
	{									\
		__asm__ volatile(".pushsection \"" __LTO_SECTION(table, sec) "\", \"a\"\n" \
				 insns "					\n"	\
				 ".popsection" : : __VA_ARGS__);			\
		__builtin_trap();						\
	}

/* the entry of <linux/pci.h>, struct pci_fixup */
#define LTO_PCI_FIXUP(vendor, device, class, class_shift)			\
	".balign 16						\n"		\
	".short " __stringify(vendor) ", " __stringify(device) "\n"		\
	".long " __stringify(class) ", " __stringify(class_shift) "\n"		\
	".long %c0 - ."

/* the entry of <linux/init.h>, struct obs_kernel_param; %c1: the string */
#define LTO_SETUP(early)							\
	".balign 8						\n"		\
	".quad %c1, %c0						\n"		\
	".long " __stringify(early) ", 0"

#endif /* _LINUX_LTO_ENTRY_H */
