// SPDX-License-Identifier: GPL-2.0
/*
 * icache: how often does kernel code miss the first-level instruction cache?
 *
 * Problem: LTO and profiles change where code lies.  The number of instructions does not show that.
 *
 * Solution: this plugin for QEMU's TCG models an instruction cache.  Each time that execution
 * enters a line, the line is looked up and becomes the most recently used one of its set.  Code of
 * user space uses the cache too, as in a real machine.  Only accesses by kernel code are counted,
 * and only between the markers of bench/guest/ops.c.
 *
 *	-plugin file=icache.so,out=FILE[,size=BYTES][,ways=N][,line=BYTES]	(32768, 8, 64)
 *
 * FILE gets a line for each pair of markers, numbered from 0:
 *	NUMBER INSTRUCTIONS ACCESSES MISSES
 * INSTRUCTIONS is the number of kernel instructions executed, ACCESSES how often kernel code
 * entered a line, and MISSES how often that line was not in the cache.
 *
 * Limits:
 *  - no prefetching, no speculation, one level, one processor
 *  - Lines are identified by virtual address, so the same address in two processes is one line.
 *    For kernel code this makes no difference.  (Virtual and physical address give the same set if
 *    a way is not larger than a page.)
 *  - If an exception leaves a block early, all instructions of the block in that line are counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin.h"

EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct {
	uint64_t size, ways, line;		/* size and line in bytes */
} geometry = { 32768, 8, 64 };

static unsigned int line_shift;
static uint64_t sets;
static uint64_t *tags;	/* the lines of a set are neighbours, the last used one first; 0: no line */
static FILE *out;
static bool started, counting;
static unsigned long number;
static struct {
	uint64_t instructions, accesses, misses;
} total;

/*
 * The argument of a callback is packed into the pointer, so that no memory has to be kept for each
 * block: the number of the line and, in the low bits, how many instructions of the line the block
 * executes.
 */
static void *entry(uint64_t line, unsigned int instructions)
{
	return (void *)(uintptr_t)(line << line_shift | instructions);
}

/* Put the line into the cache; return true if it was there already. */
static bool access_line(uint64_t line)
{
	uint64_t *set = tags + line % sets * geometry.ways;
	uint64_t tag = line + 1;	/* never 0 */
	uint64_t way = 0;
	bool hit;

	while (way < geometry.ways - 1 && set[way] != tag)
		way++;
	hit = set[way] == tag;
	memmove(set + 1, set, way * sizeof(*set));
	set[0] = tag;
	return hit;
}

static void enter_line(unsigned int cpu, void *data)
{
	uint64_t value = (uintptr_t)data;
	bool hit;

	(void)cpu;
	if (!started)
		return;
	hit = access_line(value >> line_shift);
	if (!counting || !kernel_address(value))
		return;
	total.instructions += value & (geometry.line - 1);
	total.accesses++;
	total.misses += !hit;
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	started = counting = true;
	memset(&total, 0, sizeof(total));
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (!counting)
		return;
	counting = false;
	/* Write each line at once: if QEMU is killed, it does not call us again. */
	if (fprintf(out, "%lu %llu %llu %llu\n", number++, (unsigned long long)total.instructions,
		    (unsigned long long)total.accesses, (unsigned long long)total.misses) < 0 ||
	    fflush(out)) {
		fprintf(stderr, "icache: error: the results cannot be written: %s\n",
			strerror(errno));
		exit(3);
	}
}

/* Arrange that enter_line() is called before each instruction with which a block enters a line. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct qemu_plugin_insn *first = NULL;
	uint64_t line = 0;
	unsigned int instructions = 0;
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t at = qemu_plugin_insn_vaddr(insn);
		uint64_t last = (at + qemu_plugin_insn_size(insn) - 1) >> line_shift;

		at >>= line_shift;
		/* entry() has room for line - 1 instructions: start anew after as many. */
		if (!first || at != line || instructions == geometry.line - 1) {
			if (first)
				qemu_plugin_register_vcpu_insn_exec_cb(first, enter_line,
					QEMU_PLUGIN_CB_NO_REGS, entry(line, instructions));
			first = insn;
			line = at;
			instructions = 0;
		}
		instructions++;
		if (last != line) {
			/* The instruction goes on in the next line: the block enters that, too. */
			qemu_plugin_register_vcpu_insn_exec_cb(first, enter_line,
				QEMU_PLUGIN_CB_NO_REGS, entry(line, instructions));
			first = insn;
			line = last;
			instructions = 0;
		}
		call_at_mark(insn, begin, end);
	}
	if (first)
		qemu_plugin_register_vcpu_insn_exec_cb(first, enter_line, QEMU_PLUGIN_CB_NO_REGS,
			entry(line, instructions));
}

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* If this returns -1 (after a message), QEMU ends. */
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			       char **argv)
{
	const char *file = NULL;
	int i;

	if (!info->system_emulation || info->system.smp_vcpus != 1) {
		fprintf(stderr, "icache: error: this models one processor of a machine; "
			"use -smp 1\n");
		return -1;
	}
	for (i = 0; i < argc; i++) {
		const char *value;

		if ((value = value_of(argv[i], "out=")))
			file = value;
		else if (!((value = value_of(argv[i], "size=")) &&
			   number_of(value, &geometry.size)) &&
			 !((value = value_of(argv[i], "ways=")) &&
			   number_of(value, &geometry.ways)) &&
			 !((value = value_of(argv[i], "line=")) &&
			   number_of(value, &geometry.line))) {
			fprintf(stderr, "icache: error: %s: expected out=FILE, size=BYTES, "
				"ways=N or line=BYTES\n", argv[i]);
			return -1;
		}
	}
	if (!power_of_two(geometry.line) || geometry.line < 8 || !geometry.ways ||
	    geometry.size % geometry.line || !geometry.size ||
	    geometry.size / geometry.line % geometry.ways) {
		fprintf(stderr, "icache: error: no cache has %lu bytes in %lu ways "
			"and lines of %lu bytes\n", (unsigned long)geometry.size,
			(unsigned long)geometry.ways, (unsigned long)geometry.line);
		return -1;
	}
	if (!file) {
		fprintf(stderr, "icache: error: no out=FILE\n");
		return -1;
	}
	sets = geometry.size / geometry.line / geometry.ways;
	for (line_shift = 0; 1ul << line_shift < geometry.line; line_shift++)
		;
	tags = calloc(geometry.size / geometry.line, sizeof(*tags));
	out = fopen(file, "w");
	if (!tags || !out) {
		fprintf(stderr, "icache: error: %s: %s\n", file, strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
