/* SPDX-License-Identifier: GPL-2.0 */
/* The kind, length and target of the instruction at an address */
#ifndef LTO_DECODE_H
#define LTO_DECODE_H

#include "elf.h"

enum insn_kind {
	INSN_OTHER,
	INSN_CALL,		/* direct: insn.target */
	INSN_JUMP,		/* direct, maybe conditional: insn.target */
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

/* Returns false if the bytes at @addr cannot be decoded. */
bool decode(const struct elf_file *f, uint64_t addr, struct insn *insn);

/*
 * Does an instruction start at @addr?  This decodes the function from its start.  If there is no
 * function, or it cannot be decoded, the answer is yes.
 */
bool decode__starts_at(const struct elf_file *f, uint64_t addr);

/*
 * Call @fn for each instruction of the functions (symbols with a size) in @sec.  @certain is false
 * behind bytes that could not be decoded.
 */
void decode__each(const struct elf_file *f, const struct elf_section *sec, void *arg,
		  void (*fn)(void *arg, const struct elf_file *f, const struct insn *insn,
			     const struct elf_symbol *func, bool certain));

/*
 * Call @fn for each direct call or jump in @sec to an address that @wanted accepts.  This searches
 * for their bytes, which is quick, and then asks decode__starts_at().
 */
void decode__each_branch_to(const struct elf_file *f, const struct elf_section *sec, void *arg,
			    bool (*wanted)(void *arg, uint64_t target),
			    void (*fn)(void *arg, const struct elf_file *f,
				       const struct insn *insn));

/* x86: is the no-op of five bytes, which kernels patch, at @addr? */
bool decode__is_nop5(const struct elf_file *f, uint64_t addr);

/* x86: returns the address behind the landing pad at @addr, or @addr if there is none. */
uint64_t decode__behind_endbr(const struct elf_file *f, uint64_t addr);

#endif /* LTO_DECODE_H */
