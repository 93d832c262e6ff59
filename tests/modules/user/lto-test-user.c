// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>

int lto_test_provide(int x);

static int __init user_init(void)
{
	return lto_test_provide(1) == 2 + 2 + 7 ? 0 : -EINVAL;
}

static void __exit user_exit(void)
{
}

module_init(user_init);
module_exit(user_exit);
MODULE_LICENSE("GPL");
