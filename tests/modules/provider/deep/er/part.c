// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/static_call.h>

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

static int add_two(int x)
{
	return x + 2;
}
DEFINE_STATIC_CALL(lto_test, add_two);

/* Small enough for ThinLTO to import it into another unit. */
int lto_test_static_call(int x);
int lto_test_static_call(int x)
{
	return static_call(lto_test)(x);
}
