// SPDX-License-Identifier: GPL-2.0
#include <linux/compiler.h>
#include <linux/module.h>
#include "reads.h"

u16 read_half(const struct outer *p)
{
	return READ_ONCE(p->inner[1].half);
}

u32 read_word(const struct outer *p)
{
	return READ_ONCE(p->inner[1].word);
}

u64 read_quad(const struct outer *p)
{
	return READ_ONCE(p->inner[1].quad);
}

u64 read_array(const struct outer *p)
{
	return READ_ONCE(p->array[1]);
}

u64 read_cast(const void *p)
{
	return READ_ONCE(*(const u64 *)p);
}
