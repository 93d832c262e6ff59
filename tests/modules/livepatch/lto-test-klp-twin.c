// SPDX-License-Identifier: GPL-2.0
/*
 * A static function with namesakes.  Several files of the kernel have a type_show() that prints what
 * a file of sysfs has.  The parameter `position` says which of them is meant.
 */
#include <linux/livepatch.h>
#include <linux/module.h>

static ulong position;
module_param(position, ulong, 0);

/* For a kobject and for a device: only the buffer is used. */
static ssize_t new_type_show(void *object, void *attr, char *buf)
{
	return sprintf(buf, "new\n");
}

static struct klp_func funcs[] = {
	{ .old_name = "type_show", .new_func = new_type_show },
	{ }
};

static struct klp_object objs[] = { { .funcs = funcs }, { } };

static struct klp_patch patch = { .mod = THIS_MODULE, .objs = objs };

static int __init twin_init(void)
{
	funcs[0].old_sympos = position;
	return klp_enable_patch(&patch);
}

static void __exit twin_exit(void)
{
}

module_init(twin_init);
module_exit(twin_exit);
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
