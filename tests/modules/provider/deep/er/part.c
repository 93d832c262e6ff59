// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

int lto_test_part(int x);

static noinline int helper(int x)
{
	return 2 * x;
}

int lto_test_part(int x)
{
	return helper(x);
}
EXPORT_SYMBOL_GPL(lto_test_part);
