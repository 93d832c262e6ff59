/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/types.h>

struct inner {
	u8 first;
	u16 half;
	u32 word;
	u64 quad;
};

struct outer {
	u8 pad;
	u64 array[2];
	struct inner inner[2];
} __packed;

u16 read_half(const struct outer *p);
u32 read_word(const struct outer *p);
u64 read_quad(const struct outer *p);
u64 read_array(const struct outer *p);
u64 read_cast(const void *p);
