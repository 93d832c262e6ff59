// SPDX-License-Identifier: GPL-2.0
/*
 * A mistake: the changed functions alone are patched.  Where they were inlined, the old code goes
 * on.
 */
#include "patch.h"

static ssize_t mac_alone(char *buf, const unsigned char *addr, int len)
{
	return scnprintf(buf, PAGE_SIZE, "new %*phC\n", len, addr);
}

static int negative(int x)
{
	return -x;
}

#define new_sysfs_format_mac	mac_alone
#define new_lto_test_answer	negative
#define new_lto_test_wait	negative
#define new_helper		negative

static struct klp_func vmlinux_funcs[] = { ALONE_VMLINUX { } };
static struct klp_func target_funcs[] = { ALONE_TARGET { } };

static struct klp_object objs[] = {
	{ .funcs = vmlinux_funcs },
	{ .name = "lto_test_target", .funcs = target_funcs },
	{ }
};

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int __init alone_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit alone_exit(void)
{
}

module_init(alone_init);
module_exit(alone_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
