/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_STATIC_CALL_H
#define _LINUX_LTO_STATIC_CALL_H

/*
 * The kernel writes a call or a jump of five bytes where a static call is.  A conditional tail call
 * (jne __SCT__name) has six.  The compiler writes one when it branches to a block that has nothing
 * but a tail call: clang 14 in code that is optimised for size, as cold code is, clang 19 in any
 * code.  So the block gets an asm statement, too.
 *
 * Two kinds remain, and objtool refuses them: an argument may have a branch of its own, which comes
 * between the two; and native units of modules have no macro to tell a kernel with LTO by.
 */
#if defined(CONFIG_HAVE_STATIC_CALL) && (defined(__LTO__) || defined(__LTO_UNIT))
#undef __raw_static_call
#define __raw_static_call(name)	({ asm volatile(""); &STATIC_CALL_TRAMP(name); })
#endif

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
