/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_STATIC_CALL_H
#define _LINUX_LTO_STATIC_CALL_H

/*
 * Problem: the kernel replaces a static call by a call or a jump of five bytes.  A conditional tail
 * call (jne __SCT__name) has six bytes.  The compiler writes one when it branches to a block that
 * has nothing but a tail call: clang 14 does so in code that is optimised for size (cold code),
 * clang 19 in any code.  So an asm statement goes into the block, too.
 *
 * Limits: two kinds remain, and objtool refuses them.  An argument may have a branch of its own,
 * between the asm statement and the call.  And native units of modules have no macro that tells
 * them that the kernel has LTO.
 */
#if defined(CONFIG_HAVE_STATIC_CALL) && (defined(__LTO__) || defined(__LTO_UNIT))
#undef __raw_static_call
#define __raw_static_call(name)	({ asm volatile(""); &STATIC_CALL_TRAMP(name); })
#endif

/*
 * Problem: objtool writes the key of a static call into the table of call sites.  It finds the key
 * among the symbols of the object with the call.  static_call() puts the key there by a variable of
 * its unit that refers to the key.  With distributed ThinLTO (__LTO_OWN_OBJECT), another unit may
 * import the function with the call, but not the variable.  Then objtool fails for an object of
 * vmlinux ("can't find static_call_key symbol").  For an object of a module it takes the key for
 * one that is not exported, and the kernel oopses when it loads the module.
 *
 * Mechanism: the call itself has assembly that makes the key a symbol.  ThinLTO does not import
 * such a function if its unit has local variables that assembly may refer to (llvm.used).  The
 * variable for the key is one.  If it does import the function, it imports the assembly with it.
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
