// SPDX-License-Identifier: GPL-2.0
/* All that ltomap lists: the changed functions, and those that have inlined one of these. */
#include "patch.h"

static struct klp_func vmlinux_funcs[] = { AFFECTED_VMLINUX { } };
static struct klp_func target_funcs[] = { AFFECTED_TARGET { } };

static struct klp_object objs[] = {
	{ .funcs = vmlinux_funcs },
	{ .name = "lto_test_target", .funcs = target_funcs },
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int __init all_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit all_exit(void)
{
}

module_init(all_init);
module_exit(all_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
