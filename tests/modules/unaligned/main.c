// SPDX-License-Identifier: GPL-2.0
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include "reads.h"

static int reads(void)
{
	static const struct outer data = {
		.array = { 1, 0x0123456789abcdef },
		.inner[1] = { .half = 0x1234, .word = 0x12345678, .quad = 0xfedcba9876543210 },
	};
	static u8 buffer[sizeof(data) + 32] __aligned(16);
	int offset, bad = 0;

	for (offset = 0; offset < 16; offset++) {
		struct outer *p = (void *)(buffer + offset);

		memcpy(p, &data, sizeof(data));
		bad += read_half(p) != 0x1234;
		bad += read_word(p) != 0x12345678;
		bad += read_quad(p) != 0xfedcba9876543210;
		bad += read_array(p) != 0x0123456789abcdef;
		bad += read_cast(&p->array[1]) != 0x0123456789abcdef;
	}
	return bad;
}

/*
 * Count the alignment faults of reads().  With LTO, READ_ONCE() is LDAR, which always faults if the
 * access crosses a multiple of 16; some of these accesses do.  Without LTO it is LDR, and nothing
 * faults.  The processor must not have LDAPR, as QEMU 7.2 does not let LDAPR fault.
 */
static int counted_reads(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_ALIGNMENT_FAULTS,
		.size = sizeof(attr),
	};
	struct perf_event *event;
	u64 count, enabled, running;
	int bad;

	event = perf_event_create_kernel_counter(&attr, -1, current, NULL, NULL);
	if (IS_ERR(event))
		return -1;
	bad = reads();
	count = perf_event_read_value(event, &enabled, &running);
	perf_event_release_kernel(event);
	return bad + ((count > 0) != IS_ENABLED(CONFIG_LTO_CLANG));
}

/* LDR of a literal whose address is not a multiple of 8.  kprobes simulates this instruction. */
extern u64 literal(void);
extern const u32 literal_ldr[];
asm("	.pushsection .text, \"ax\"	\n"
"	.balign	8			\n"
"	.globl	literal, literal_ldr	\n"
"literal:				\n"
"	hint	#34			\n"
"literal_ldr:				\n"
"	ldr	x0, 1f			\n"
"	ret				\n"
"1:	.word	0x89abcdef, 0x01234567	\n"
"	.popsection			\n");

static int pre(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static int simulated(void)
{
	struct kprobe probe = { .addr = (kprobe_opcode_t *)literal_ldr, .pre_handler = pre };
	u64 value;

	if (register_kprobe(&probe))
		return -1;
	value = literal();
	unregister_kprobe(&probe);
	return value != 0x0123456789abcdef;
}

static int __init unaligned_init(void)
{
	return counted_reads() || simulated() ? -EINVAL : 0;
}

static void __exit unaligned_exit(void)
{
}

module_init(unaligned_init);
module_exit(unaligned_exit);
MODULE_LICENSE("GPL");
