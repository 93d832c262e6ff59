/* SPDX-License-Identifier: GPL-2.0 */
/* What kind of instruction is at an address, how long is it, and where does it go? */
#ifndef LTO_DECODE_H
#define LTO_DECODE_H

#include "elf.h"

enum insn_kind {
	INSN_OTHER,
	INSN_CALL,		/* direct: insn.target */
	INSN_JUMP,		/* direct, also conditional: insn.target */
	INSN_CALL_INDIRECT,
	INSN_JUMP_INDIRECT,
	INSN_RETURN,
	INSN_NOP,
	INSN_TRAP,		/* ud2, brk */
};

struct insn {
	uint64_t		addr;
	const unsigned char	*bytes;
	unsigned int		size;
	enum insn_kind		kind;
	uint64_t		target;
};

/* False if there is no instruction that could be decoded. */
bool decode(const struct elf_file *f, uint64_t addr, struct insn *insn);

/*
 * Does an instruction start at @addr?  Told by decoding the function from its start; where there is
 * no function, or it cannot be decoded, the answer is yes.
 */
bool decode__starts_at(const struct elf_file *f, uint64_t addr);

/*
 * Call @fn for every instruction of the functions (symbols with a size) of @sec.  @certain is false
 * behind something that could not be decoded.
 */
void decode__each(const struct elf_file *f, const struct elf_section *sec, void *arg,
		  void (*fn)(void *arg, const struct elf_file *f, const struct insn *insn,
			     const struct elf_symbol *func, bool certain));

/*
 * Call @fn for every direct call or jump of @sec to an address which @wanted knows.  Finds them by
 * their bytes, which is quick, and then asks decode__starts_at().
 */
void decode__each_branch_to(const struct elf_file *f, const struct elf_section *sec, void *arg,
			    bool (*wanted)(void *arg, uint64_t target),
			    void (*fn)(void *arg, const struct elf_file *f, const struct insn *insn));

/* The no-op of five bytes that kernels patch, on x86 */
bool decode__is_nop5(const struct elf_file *f, uint64_t addr);

/* @addr, or behind the landing pad of x86 that is there */
uint64_t decode__behind_endbr(const struct elf_file *f, uint64_t addr);

#endif /* LTO_DECODE_H */
