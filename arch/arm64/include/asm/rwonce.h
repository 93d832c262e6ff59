/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_RWONCE_H
#define __ASM_RWONCE_H

/*
 * READ_ONCE() of objects that take part in link-time optimisation.
 *
 * Lockless readers rely on address dependencies: a load through a pointer that READ_ONCE() has
 * returned cannot take place before the load of the pointer.  The processor keeps that order as
 * long as the second address is computed from the first value.  But a compiler that sees the whole
 * kernel may find out which few values the pointer can have.  Then it can compare, and load from an
 * address that it knows:
 *
 *	p = READ_ONCE(shared);			p = READ_ONCE(shared);
 *	return p->value;		=>	return p == &only ? only.value : p->value;
 *
 * A comparison is a control dependency, which does not order loads: only.value may be read before
 * `shared`.  So here the load is an acquire: no later load overtakes it, whatever that depends on.
 * It is LDAPR if all processors have that (FEAT_LRCPC), else LDAR.
 *
 * __LTO__ comes with the flags that make bitcode (scripts/Makefile.lto).  Other objects, the vDSO
 * and the nVHE hypervisor among them, are compiled one by one, and keep the plain load.
 */
#if defined(__LTO__) && !defined(__ASSEMBLY__)

#include <linux/compiler_types.h>
#include <linux/stringify.h>
#include <asm/cpucaps.h>

/* An alternative (struct alt_instr).  <linux/compiler.h> cannot include <asm/alternative.h>. */
#define __LTO_LOAD_ACQUIRE(size, reg)						\
	"661:	ldar" size "	" reg ", %1				\n"	\
	"	.pushsection .altinstructions, \"a\"			\n"	\
	"	.word	661b - ., 662f - .				\n"	\
	"	.hword	" __stringify(ARM64_HAS_LDAPR) "		\n"	\
	"	.byte	4, 4						\n"	\
	"	.popsection						\n"	\
	"	.subsection 1						\n"	\
	"	.arch_extension rcpc					\n"	\
	"662:	ldapr" size "	" reg ", %1				\n"	\
	"	.previous						\n"

/*
 * Both instructions fault if the address is not a multiple of the size.  If the type of an object
 * promises more alignment than the object has, the handler of that fault does the load
 * (mm/lto-unaligned.c).
 */
static __always_inline unsigned long __lto_load_acquire(const volatile void *p, unsigned long size)
{
	unsigned long val;

	switch (size) {
	case 1:
		asm volatile(__LTO_LOAD_ACQUIRE("b", "%w0")
			     : "=r" (val)
			     : "Q" (*(const volatile char *)p)
			     : "memory");
		break;
	case 2:
		asm volatile(__LTO_LOAD_ACQUIRE("h", "%w0")
			     : "=r" (val)
			     : "Q" (*(const volatile short *)p)
			     : "memory");
		break;
	case 4:
		asm volatile(__LTO_LOAD_ACQUIRE("", "%w0")
			     : "=r" (val)
			     : "Q" (*(const volatile int *)p)
			     : "memory");
		break;
	default:
		asm volatile(__LTO_LOAD_ACQUIRE("", "%0")
			     : "=r" (val)
			     : "Q" (*(const volatile long *)p)
			     : "memory");
		break;
	}
	return val;
}

/* the type of x without qualifiers; works for structures as well */
#define __lto_value_type(x)	typeof(((void)0, (x)))

#define __lto_one_load(x)							\
	((sizeof(x) == 1 || sizeof(x) == 2 || sizeof(x) == 4 || sizeof(x) == 8) &&	\
	 __alignof__(x) >= sizeof(x))

#define __lto_read_word(x)							\
({										\
	union { unsigned long word; __lto_value_type(x) val; } __lto_u;		\
										\
	__lto_u.word = __lto_load_acquire(&(x), sizeof(x));			\
	__lto_u.val;								\
})

/* Larger objects, and structures that may be unaligned: a volatile access, as without LTO. */
#define __lto_read_object(x)							\
({										\
	__lto_value_type(x) __lto_val = *(const volatile typeof(x) *)&(x);	\
										\
	asm volatile("dmb ishld" : : : "memory");				\
	__lto_val;								\
})

#define __READ_ONCE(x)								\
	__builtin_choose_expr(__lto_one_load(x), __lto_read_word(x), __lto_read_object(x))

#endif /* __LTO__ && !__ASSEMBLY__ */

#include <asm-generic/rwonce.h>

/*
 * KASAN does not see accesses in assembly, so check them here.  READ_ONCE_NOCHECK() is
 * __READ_ONCE().  The pointer's type gets the alignment of x.  In a packed structure that is less
 * than the alignment of x's type.
 */
#if defined(__LTO__) && !defined(__ASSEMBLY__) && defined(__SANITIZE_ADDRESS__)
#undef READ_ONCE
#define READ_ONCE(x)								\
({										\
	typedef typeof(x) __lto_type __aligned(__alignof__(x));			\
	__lto_type *__lto_p = &(x);						\
										\
	compiletime_assert_rwonce_type(*__lto_p);				\
	kasan_check_read(__lto_p, sizeof(*__lto_p));				\
	__READ_ONCE(*__lto_p);							\
})
#endif

#endif /* __ASM_RWONCE_H */
