/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_ENTRY_H
#define _LINUX_LTO_ENTRY_H

/*
 * Entries of linker tables, for objects with link-time optimisation.  This is for tables that refer
 * to functions by a place-relative offset, or whose order matters.
 *
 * Problem: C has no expression for a place-relative address, so such entries are written in
 * assembly.  Without LTO, the entry is top-level assembly that names the function.  The optimiser
 * does not read assembly.  It renames a static function if another unit imports it, or if another
 * merged unit has a function of the same name.  Then the entry refers to nothing, or to the wrong
 * function.
 *
 * Mechanism: here the entry is assembly in the body of a function.  The compiler passes the address
 * of the table's function to it as an operand.  The body never runs: it is a trap in .discard.text,
 * and no link keeps that.
 *
 * Entries that are variables are left alone.  But the linker puts the variables of native objects
 * before the variables of bitcode.  Parameters are tried in order, so __setup() and early_param()
 * make their entries here, too.
 *
 * The optimiser may emit the bodies of merged units in any order.  So each entry has a section of
 * its own, <table>..<counter>.<unit>.  The name of the body is "__lto" <section>.
 * scripts/lto/sort-inputs reads these names, and the linker puts the sections in the order that
 * they have without LTO.  With distributed ThinLTO (__LTO_OWN_OBJECT) this is not necessary: each
 * unit is an object of its own, has its entries in the order of the source, and is linked in the
 * usual order.
 *
 * __LTO_UNIT and __LTO_OWN_OBJECT come from scripts/lto/Makefile.flags.
 */

#include <linux/stringify.h>

/**
 * LTO_ENTRY - put an entry into a linker table
 * @table: name of the table's section, a string
 * @insns: assembly of the entry, a string; %c0 is the address of @fn
 * @fn:    the function
 * @...:   more operands of the assembly, %c1 and so on: "i" (address)
 *
 * Only use this where __LTO_UNIT is defined: in objects of a vmlinux with LTO.
 */
#define LTO_ENTRY(table, insns, fn, ...)					\
	__LTO_ENTRY(__COUNTER__, __LTO_UNIT, table, insns, "i" (fn), ##__VA_ARGS__)

/* two more levels, so that the arguments are expanded before they are pasted */
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

/* an entry of <linux/pci.h>, struct pci_fixup */
#define LTO_PCI_FIXUP(vendor, device, class, class_shift)			\
	".balign 16						\n"		\
	".short " __stringify(vendor) ", " __stringify(device) "\n"		\
	".long " __stringify(class) ", " __stringify(class_shift) "\n"		\
	".long %c0 - ."

/* an entry of <linux/init.h>, struct obs_kernel_param; %c1: the string */
#define LTO_SETUP(early)							\
	".balign 8						\n"		\
	".quad %c1, %c0						\n"		\
	".long " __stringify(early) ", 0"

#endif /* _LINUX_LTO_ENTRY_H */
