/* SPDX-License-Identifier: GPL-2.0 */
/*
 * _THIS_IP_ where full LTO cannot merge units that use it
 *
 * Problem: a function passes _THIS_IP_, the address of a label, to a static function.  If all
 * callers pass the same address, the compiler puts it into the called function.  LLVM before
 * version 15 cannot merge such a unit: when it reads the address, it has already moved the function
 * with the label ("Never resolved function from blockaddress").
 *
 * Mechanism: the address goes through an empty assembly statement.  So it is no longer a constant
 * that the compiler can put elsewhere.  The value is the same.
 *
 * Limits: other addresses of labels (&&label) in arguments still fail. scripts/lto/explain.sh names
 * the unit.  Tables of labels, as in the BPF interpreter, do build: before LLVM moves any function,
 * it reads all functions that have a label in the initialiser of a variable.
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
