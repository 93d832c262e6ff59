/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_STATIC_CALL_H
#define _LINUX_LTO_STATIC_CALL_H

/*
 * objtool writes a static call's key into the table of call sites, and takes it from the symbols of the object
 * that has the call.  static_call() sees to it that the key is among them, by a variable of its unit that refers to it.
 * With distributed ThinLTO (__LTO_OWN_OBJECT) another unit may import the function around the call, and no
 * such variable with it.  For an object of vmlinux objtool then ends with "can't find static_call_key symbol"; for one
 * of a module it takes the key for one that is not exported, and the kernel oopses when it loads the module.
 *
 * So the call itself has assembly that makes the key a symbol.  ThinLTO leaves such a function in its unit, if that
 * has local variables for assembly to refer to (llvm.used; the one for the key is one), and else imports the assembly
 * with it.
 */
#if defined(__LTO_OWN_OBJECT) && defined(CONFIG_HAVE_STATIC_CALL_INLINE)
#undef __static_call
#define __static_call(name)						\
({									\
	__STATIC_CALL_ADDRESSABLE(name);				\
	asm volatile(".globl " STATIC_CALL_KEY_STR(name));		\
	__raw_static_call(name);					\
})
#endif

#endif /* _LINUX_LTO_STATIC_CALL_H */
