/* SPDX-License-Identifier: GPL-2.0 */
/*
 * _THIS_IP_ where full LTO cannot merge units that use it
 *
 * Problem: a function passes _THIS_IP_, the address of a label, to a static function.  If all
 * callers pass the same, the compiler puts the address into the function that is called.  LLVM
 * before version 15 cannot merge such a unit: when it comes to the address, it has already moved
 * the function with the label ("Never resolved function from blockaddress").
 *
 * Mechanism: the address goes through an empty assembly statement.  So it is no constant that the
 * compiler could put elsewhere.  The value is the same.
 *
 * Limits: other addresses of labels (&&label) in arguments fail as before; scripts/lto/explain.sh
 * names the unit.  Tables of labels, like the one in the BPF interpreter, build: LLVM reads the
 * functions whose labels are in the initialiser of a variable before it moves any function.
 */
#ifndef _LINUX_LTO_THIS_IP_H
#define _LINUX_LTO_THIS_IP_H

#if defined(__LTO_FULL__) && __clang_major__ < 15
#undef _THIS_IP_
#define _THIS_IP_ ({						\
	__label__ __here;					\
	unsigned long __ip;					\
__here:	__ip = (unsigned long)&&__here;				\
	asm("" : "+r" (__ip));					\
	__ip; })
#endif

#endif
