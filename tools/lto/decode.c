// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions; see decode.h.  Capstone tells the length of x86 instructions.  objtool's decoder
 * would hide its own mistakes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <capstone/capstone.h>

#include "decode.h"
#include "ltocheck.h"

#define MAX_INSN 15	/* bytes, x86 */

static csh x86;
static cs_insn *scratch;

static void need_capstone(void)
{
	if (scratch)
		return;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &x86) == CS_ERR_OK)
		scratch = cs_malloc(x86);
	if (!scratch) {
		fprintf(stderr, "ltocheck: error: capstone cannot be used\n");
		exit(EXIT_INTERNAL);
	}
}

static bool is_prefix(unsigned char b)
{
	switch (b) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0x66: case 0x67:
	case 0xf0: case 0xf2: case 0xf3:
		return true;
	default:
		return (b & 0xf0) == 0x40;	/* REX */
	}
}

static void classify_x86(struct insn *i, unsigned int id)
{
	const unsigned char *p = i->bytes, *end = p + i->size;
	uint64_t next = i->addr + i->size;

	while (p < end && is_prefix(*p))
		p++;
	if (p == end)
		return;
	switch (*p) {
	case 0xe8:
		i->kind = INSN_CALL;
		break;
	case 0xe9:
	case 0xeb:
		i->kind = INSN_JUMP;
		break;
	case 0x70 ... 0x7f:
		i->kind = INSN_JUMP;
		break;
	case 0x0f:
		if (end - p > 1 && (p[1] & 0xf0) == 0x80)
			i->kind = INSN_JUMP;
		else if (end - p > 1 && p[1] == 0x0b)
			i->kind = INSN_TRAP;
		break;
	case 0xff:
		if (end - p > 1 && ((p[1] >> 3) & 6) == 2)
			i->kind = INSN_CALL_INDIRECT;
		else if (end - p > 1 && ((p[1] >> 3) & 6) == 4)
			i->kind = INSN_JUMP_INDIRECT;
		break;
	case 0xc2: case 0xc3: case 0xca: case 0xcb:
		i->kind = INSN_RETURN;
		break;
	}
	if (i->kind == INSN_CALL || i->kind == INSN_JUMP)
		i->target = *p == 0xeb || (*p & 0xf0) == 0x70 ? next + (int8_t)end[-1]
							      : next + (int32_t)elf__u32(end - 4);
	if (id == X86_INS_NOP)
		i->kind = INSN_NOP;
}

static bool decode_x86(struct insn *i, size_t room)
{
	const uint8_t *code = i->bytes;
	uint64_t addr = i->addr;

	need_capstone();
	if (!cs_disasm_iter(x86, &code, &room, &addr, scratch))
		return false;
	i->size = scratch->size;
	classify_x86(i, scratch->id);
	return true;
}

/*
 * Arm Architecture Reference Manual, C4.1.66 "Branches, Exception Generating and System
 * instructions"
 */
static bool decode_arm64(struct insn *i)
{
	uint32_t w = elf__u32(i->bytes);

	i->size = 4;
	if ((w & 0x7c000000) == 0x14000000) {
		i->kind = w >> 31 ? INSN_CALL : INSN_JUMP;
		i->target = i->addr + (int64_t)((int32_t)(w << 6) >> 6) * 4;
	} else if ((w & 0xff000010) == 0x54000000) {
		i->kind = INSN_JUMP;
		i->target = i->addr + (int64_t)((int32_t)(w << 8) >> 13) * 4;
	} else if ((w & 0xfffffc1f) == 0xd61f0000) {
		i->kind = INSN_JUMP_INDIRECT;
	} else if ((w & 0xfffffc1f) == 0xd63f0000) {
		i->kind = INSN_CALL_INDIRECT;
	} else if ((w & 0xfffffc1f) == 0xd65f0000) {
		i->kind = INSN_RETURN;
	} else if (w == 0xd503201f) {
		i->kind = INSN_NOP;
	} else if ((w & 0xffe0001f) == 0xd4200000) {
		i->kind = INSN_TRAP;
	}
	return true;
}

bool decode(const struct elf_file *f, uint64_t addr, struct insn *i)
{
	const struct elf_section *s = elf__section_at(f, addr);
	uint64_t room;

	if (!s || !s->data)
		return false;
	room = s->size - (addr - s->addr);
	*i = (struct insn){ .addr = addr, .bytes = s->data + (addr - s->addr) };
	if (f->machine == EM_AARCH64)
		return room >= 4 && !(addr & 3) && decode_arm64(i);
	return decode_x86(i, room < MAX_INSN ? room : MAX_INSN);
}

bool decode__starts_at(const struct elf_file *f, uint64_t addr)
{
	const struct elf_symbol *func = elf__containing(f, addr, false);
	/* Callers ask for one place after another.  Go on from the last known instruction. */
	static struct {
		unsigned long file;
		const struct elf_symbol *func;
		uint64_t at;
	} last;
	struct insn i;
	uint64_t at;

	if (f->machine == EM_AARCH64)
		return !(addr & 3);
	if (!func)
		return true;
	if (last.file != f->id || last.func != func || last.at > addr) {
		last.file = f->id;
		last.func = func;
		last.at = func->addr;
	}
	for (at = last.at; at < addr; at += i.size) {
		if (!decode(f, at, &i))
			return true;
		last.at = at;
	}
	return at == addr;
}

void decode__each(const struct elf_file *f, const struct elf_section *sec, void *arg,
		  void (*fn)(void *arg, const struct elf_file *f, const struct insn *insn,
			     const struct elf_symbol *func, bool certain))
{
	uint64_t done = sec->addr, at;
	unsigned int n;

	for (n = 0; n < f->nr_symbols; n++) {
		const struct elf_symbol *func = &f->symbols[n];
		bool certain = true;
		struct insn i;

		if (func->type != STT_FUNC || func->shndx >= f->nr_sections ||
		    &f->sections[func->shndx] != sec)
			continue;
		/* skip aliases, and functions with several entries */
		if (func->addr + func->size <= done)
			continue;
		for (at = func->addr; at < func->addr + func->size; at += i.size) {
			if (!decode(f, at, &i)) {
				certain = false;
				i.size = f->machine == EM_AARCH64 ? 4 : 1;
			} else if (at >= done) {
				fn(arg, f, &i, func, certain);
			}
		}
		done = at;
	}
}

void decode__each_branch_to(const struct elf_file *f, const struct elf_section *sec, void *arg,
			    bool (*wanted)(void *arg, uint64_t target),
			    void (*fn)(void *arg, const struct elf_file *f,
				       const struct insn *insn))
{
	uint64_t step = f->machine == EM_AARCH64 ? 4 : 1, off;
	/* bytes of a branch, from the first one that is looked at */
	uint64_t len = f->machine == EM_AARCH64 ? 4 : 5;
	struct insn i;

	if (!sec->data)
		return;
	for (off = 0; off + len <= sec->size; off += step) {
		const unsigned char *p = sec->data + off;
		uint64_t addr = sec->addr + off;

		if (f->machine == EM_X86_64) {
			/* call, jmp, or the second byte of jcc (the first is 0f) */
			bool jcc = off && p[-1] == 0x0f && (*p & 0xf0) == 0x80;

			if (*p != 0xe8 && *p != 0xe9 && !jcc)
				continue;
			if (!wanted(arg, elf__prel32(p + 1, addr + 5)))
				continue;
			addr -= jcc;
		}
		if (!decode(f, addr, &i) || (i.kind != INSN_CALL && i.kind != INSN_JUMP) ||
		    !wanted(arg, i.target))
			continue;
		if (decode__starts_at(f, addr))
			fn(arg, f, &i);
	}
}

bool decode__is_nop5(const struct elf_file *f, uint64_t addr)
{
	static const unsigned char nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	const unsigned char *p = elf__at(f, addr, sizeof(nop5));

	return p && !memcmp(p, nop5, sizeof(nop5));
}

uint64_t decode__behind_endbr(const struct elf_file *f, uint64_t addr)
{
	static const unsigned char endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	const unsigned char *p = elf__at(f, addr, sizeof(endbr64));

	return p && !memcmp(p, endbr64, sizeof(endbr64)) ? addr + sizeof(endbr64) : addr;
}
