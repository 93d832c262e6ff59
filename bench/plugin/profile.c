// SPDX-License-Identifier: GPL-2.0
/*
 * profile: make a profile of kernel code for the compiler, without special hardware.
 *
 * Problem: a processor that records its last branches (LBR) shows which code is hot.  Machines that
 * build kernels seldom have LBR, and virtual machines almost never.
 *
 * Solution: this plugin for QEMU's TCG sees every block that is executed.  If a block does not
 * follow the last one in memory, a branch was taken: it ends a range of code without a taken
 * branch, and starts another range.  The plugin counts ranges (first and last instruction) and
 * branches (source and target).  LBR samples add up to the same counts.
 *
 *	-plugin file=profile.so,out=FILE,from=ADDRESS,to=ADDRESS[,base=ADDRESS][,count=user|marks]
 *
 * Only code in [from, to) is counted.  With count=user, counting starts when user space first
 * executes something: what the kernel does at boot would hide the rest.  With count=marks, only
 * code between the markers of bench/guest/ops.c is counted.
 *
 * FILE has the format of llvm-profgen's unsymbolized profile: the number of ranges, a line
 * FIRST-LAST:COUNT for each, the number of branches, and a line SOURCE->TARGET:COUNT for each.
 * Addresses are hexadecimal, minus base.
 *
 * Limits: one processor.  An interrupt looks like a branch, but there are only about a thousand a
 * second.  A branch to the next instruction is not seen.
 */
#include <stdio.h>

#include "plugin.h"

EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

/* A translated block.  It is never freed, as QEMU does not tell when it drops a block. */
struct block {
	uint64_t start, end;
	unsigned int n;
	bool counted;		/* it is in [from, to) */
	uint16_t at[];		/* offsets of its instructions from start */
};

/*
 * How often two addresses met: a hash table with open addressing, at most two thirds full.  A slot
 * with count 0 is free.
 */
struct table {
	struct pair {
		uint64_t a, b, count;
	} *slots;
	size_t size, used;
};

static uint64_t from, to, base;
static bool by_marks, counting;
static const char *file;
static struct table ranges, branches;
static const struct block *last;	/* the block that ran last */
static uint64_t executed;		/* how many of its instructions were executed */
static uint64_t range_start;		/* start of the range that it is in; 0: no range */

static void __attribute__((noreturn)) fatal(const char *what)
{
	fprintf(stderr, "profile: error: %s: %s\n", what, strerror(errno));
	exit(3);
}

static struct pair *slot_of(const struct table *table, uint64_t a, uint64_t b)
{
	size_t i = (a * 0x9e3779b97f4a7c15 ^ b * 0xc2b2ae3d27d4eb4f) >> 20;

	for (i &= table->size - 1; table->slots[i].count; i = (i + 1) & (table->size - 1))
		if (table->slots[i].a == a && table->slots[i].b == b)
			break;
	return &table->slots[i];
}

/* Give the table SIZE slots.  SIZE must be a power of two. */
static void table_resize(struct table *table, size_t size)
{
	struct table old = *table;

	table->size = size;
	table->slots = calloc(size, sizeof(*table->slots));
	if (!table->slots)
		fatal("the counters");
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].count)
			*slot_of(table, old.slots[i].a, old.slots[i].b) = old.slots[i];
	free(old.slots);
}

static void table_count(struct table *table, uint64_t a, uint64_t b)
{
	struct pair *slot = slot_of(table, a, b);

	if (!slot->count) {
		if ((table->used + 1) * 3 > table->size * 2) {
			table_resize(table, table->size * 2);
			slot = slot_of(table, a, b);
		}
		slot->a = a;
		slot->b = b;
		table->used++;
	}
	slot->count++;
}

/* Return the address of the instruction that was executed last. */
static uint64_t last_instruction(void)
{
	return last->start + last->at[executed - 1];
}

static void end_range(void)
{
	if (range_start && executed)
		table_count(&ranges, range_start, last_instruction());
	range_start = 0;
}

static void enter_block(unsigned int cpu, void *data)
{
	const struct block *block = data;

	(void)cpu;
	if (!counting) {
		if (by_marks || kernel_address(block->start))
			return;
		counting = true;
	}
	/*
	 * If the same instruction runs again, no branch was taken: QEMU runs each repetition of a
	 * string instruction as a block, and an instruction that accesses a device starts over in
	 * a block of its own.
	 */
	if (last && executed && (block->start == last_instruction() ||
				 (executed == last->n && block->start == last->end))) {
		/* goes on */
		if (!block->counted)
			end_range();
	} else {
		/* If the last block was left early, that was an exception, and not a branch. */
		if (last && last->counted && block->counted && executed == last->n)
			table_count(&branches, last_instruction(), block->start);
		end_range();
	}
	if (!range_start && block->counted)
		range_start = block->start;
	last = block;
	executed = 0;
}

static void begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	counting = true;
	last = NULL;
	range_start = 0;
}

static void end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (counting && last)
		end_range();
	counting = false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct block *block = malloc(sizeof(*block) + n * sizeof(block->at[0]));

	(void)id;
	if (!block || !n)
		fatal("a block");
	block->n = n;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t at = qemu_plugin_insn_vaddr(insn);

		if (i == 0)
			block->start = at;
		block->at[i] = at - block->start;
		block->end = at + qemu_plugin_insn_size(insn);
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &executed, 1);
		if (!by_marks)
			continue;
		call_at_mark(insn, begin, end);
	}
	block->counted = block->start >= from && block->end <= to;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, enter_block, QEMU_PLUGIN_CB_NO_REGS, block);
}

static int by_address(const void *x, const void *y)
{
	const struct pair *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return p->b < q->b ? -1 : p->b > q->b;
}

/* Sort, so that the same counts give the same file.  The table cannot be used afterwards. */
static void write_table(FILE *out, struct table *table, const char *between)
{
	size_t i, n = 0;

	for (i = 0; i < table->size; i++)
		if (table->slots[i].count)
			table->slots[n++] = table->slots[i];
	qsort(table->slots, n, sizeof(*table->slots), by_address);
	fprintf(out, "%zu\n", n);
	for (i = 0; i < n; i++)
		fprintf(out, "%llx%s%llx:%llu\n", (unsigned long long)(table->slots[i].a - base),
			between, (unsigned long long)(table->slots[i].b - base),
			(unsigned long long)table->slots[i].count);
}

static void ended(qemu_plugin_id_t id, void *data)
{
	FILE *out = fopen(file, "w");

	(void)id;
	(void)data;
	if (!out)
		fatal(file);
	if (counting && last)
		end_range();
	write_table(out, &ranges, "-");
	write_table(out, &branches, "->");
	if (ferror(out) | fclose(out))
		fatal(file);
}

/* If this returns -1 (after a message), QEMU ends. */
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			       char **argv)
{
	FILE *out;

	if (!info->system_emulation || info->system.smp_vcpus != 1) {
		fprintf(stderr, "profile: error: this follows one processor of a machine; "
			"use -smp 1\n");
		return -1;
	}
	for (int i = 0; i < argc; i++) {
		const char *value;

		if ((value = value_of(argv[i], "out=")))
			file = value;
		else if ((value = value_of(argv[i], "count=")) &&
			 (!strcmp(value, "user") || !strcmp(value, "marks")))
			by_marks = *value == 'm';
		else if (!((value = value_of(argv[i], "from=")) && number_of(value, &from)) &&
			 !((value = value_of(argv[i], "to=")) && number_of(value, &to)) &&
			 !((value = value_of(argv[i], "base=")) && number_of(value, &base))) {
			fprintf(stderr, "profile: error: %s: expected out=FILE, from=ADDRESS, "
				"to=ADDRESS, base=ADDRESS, count=user or count=marks\n", argv[i]);
			return -1;
		}
	}
	if (!file || from >= to) {
		fprintf(stderr, "profile: error: out=FILE, or a range from=ADDRESS,to=ADDRESS "
			"is missing\n");
		return -1;
	}
	/* Find out now if the file cannot be written, and not after a run of minutes. */
	out = fopen(file, "w");
	if (!out || fclose(out)) {
		fprintf(stderr, "profile: error: %s: %s\n", file, strerror(errno));
		return -1;
	}
	table_resize(&ranges, 1 << 16);
	table_resize(&branches, 1 << 16);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
