/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of QEMU's plugin interface that our plugins use, and the code that they share.
 *
 * QEMU 7.2 documents the interface in docs/devel/tcg-plugins.rst and declares it in qemu-plugin.h.
 * Debian does not package that header.  These few functions are the same since QEMU 4.2.  A plugin
 * sets qemu_plugin_version to the version of the interface that it was made for.
 */
#ifndef BENCH_PLUGIN_H
#define BENCH_PLUGIN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The version of the interface; QEMU 7.2 takes 0 and 1. */
#ifndef QEMU_PLUGIN_VERSION
#define QEMU_PLUGIN_VERSION 1
#endif
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;		/* a translated block */
struct qemu_plugin_insn;	/* an instruction of a block, valid while the block is translated */

struct qemu_info_t {
	const char *target_name;
	struct {
		int min, cur;
	} version;
	bool system_emulation;
	union {
		struct {
			int smp_vcpus, max_vcpus;
		} system;
	};
};

enum qemu_plugin_cb_flags {
	QEMU_PLUGIN_CB_NO_REGS,
};

enum qemu_plugin_op {
	QEMU_PLUGIN_INLINE_ADD_U64,
};

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
	void (*translated)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
/* QEMU calls EXECUTED before it executes the instruction; several, in the order of registration. */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
	void (*executed)(unsigned int cpu, void *data), enum qemu_plugin_cb_flags flags,
	void *data);
/* QEMU adds VALUE to *TO before it executes the instruction. */
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
	enum qemu_plugin_op op, void *to, uint64_t value);
/* QEMU calls EXECUTED before it executes the first instruction of the block. */
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
	void (*executed)(unsigned int cpu, void *data), enum qemu_plugin_cb_flags flags,
	void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
	void (*ended)(qemu_plugin_id_t id, void *data), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* Is this an address of the kernel? */
static inline bool kernel_address(uint64_t address)
{
	return address >> 63;
}

/* Return the value of the argument if it starts with NAME (such as "out="), else NULL. */
static inline const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) ? NULL : argument + length;
}

/* Store the number that the text is; return false if the text is no number. */
static inline bool number_of(const char *text, uint64_t *value)
{
	char *rest;

	errno = 0;
	*value = strtoull(text, &rest, 0);
	return *text >= '0' && *text <= '9' && !*rest && !errno;
}

/* The markers of bench/guest/ops.c, in user space. */
enum mark {
	MARK_NONE,
	MARK_BEGIN,
	MARK_END,
};

/* Which marker is the instruction?  For guests with x86_64 and arm64, on a little-endian host. */
static inline enum mark mark_of(const struct qemu_plugin_insn *insn)
{
	static const struct {
		unsigned char size, bytes[7];
		enum mark mark;
	} marks[] = {
		{ 7, { 0x0f, 0x1f, 0x80, 0x01, 0x4f, 0x54, 0x4c }, MARK_BEGIN },
		{ 7, { 0x0f, 0x1f, 0x80, 0x02, 0x4f, 0x54, 0x4c }, MARK_END },
		{ 4, { 0x3f, 0x80, 0x89, 0xd2 }, MARK_BEGIN },	/* movz xzr, #0x4c01 */
		{ 4, { 0x5f, 0x80, 0x89, 0xd2 }, MARK_END },	/* movz xzr, #0x4c02 */
	};
	size_t i, size = qemu_plugin_insn_size(insn);

	if (kernel_address(qemu_plugin_insn_vaddr(insn)))
		return MARK_NONE;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (size == marks[i].size &&
		    !memcmp(qemu_plugin_insn_data(insn), marks[i].bytes, size))
			return marks[i].mark;
	return MARK_NONE;
}

/* If the instruction is a marker, QEMU will call BEGIN or END before it. */
static inline void call_at_mark(struct qemu_plugin_insn *insn,
				void (*begin)(unsigned int cpu, void *data),
				void (*end)(unsigned int cpu, void *data))
{
	enum mark mark = mark_of(insn);

	if (mark != MARK_NONE)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark == MARK_BEGIN ? begin : end,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
}

#endif
