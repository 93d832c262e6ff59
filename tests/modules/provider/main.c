// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

int lto_test_part(int x);
int lto_test_asm(void);
int lto_test_static_call(int x);
int lto_test_provide(int x);

static noinline int helper(int x)
{
	return x + 1;
}

int lto_test_provide(int x)
{
	return helper(x) + lto_test_part(x) + lto_test_asm();
}
EXPORT_SYMBOL_GPL(lto_test_provide);

static int level = 3;
module_param(level, int, 0444);

static int __init provider_init(void)
{
	return lto_test_provide(level) == 3 + 1 + 6 + 7 &&
		lto_test_static_call(level) == 5 ? 0 : -EINVAL;
}

static void __exit provider_exit(void)
{
}

module_init(provider_init);
module_exit(provider_exit);
MODULE_LICENSE("GPL");
MODULE_ALIAS("lto-test-alias");
