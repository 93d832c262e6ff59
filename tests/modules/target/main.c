// SPDX-License-Identifier: GPL-2.0
/*
 * Each file of /sys/kernel/lto_test_target is a place that calls a function.  A live patch of the
 * function must change what all these places print:
 *
 *	first second pointer	lto_test_answer(); `pointer` calls it by a pointer
 *	waits			lto_test_wait(), which sleeps until 1 is written to `release`
 *	helper1 helper2		two static functions with the name helper()
 *	mac			sysfs_format_mac() of the kernel
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include "target.h"

static int (*volatile answer)(int x) = lto_test_answer;

static noinline int helper(int x)
{
	return x + 1;
}

static ssize_t first_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", lto_test_answer(attr->attr.mode));
}

static ssize_t pointer_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", answer(attr->attr.mode));
}

static ssize_t helper1_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", helper(attr->attr.mode));
}

static ssize_t waits_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", lto_test_wait(attr->attr.mode));
}

static ssize_t mac_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

	return sysfs_format_mac(buf, mac, ETH_ALEN);
}

static ssize_t release_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			     size_t count)
{
	bool release;
	int err = kstrtobool(buf, &release);

	if (err)
		return err;
	lto_test_release(release);
	return count;
}

static struct kobj_attribute first = __ATTR_RO(first), pointer = __ATTR_RO(pointer),
	helper1 = __ATTR_RO(helper1), waits = __ATTR_RO(waits), mac = __ATTR_RO(mac),
	release = __ATTR_WO(release);

static struct attribute *attrs[] = {
	&first.attr, &lto_test_second.attr, &pointer.attr, &helper1.attr, &lto_test_helper2.attr,
	&waits.attr, &mac.attr, &release.attr, NULL,
};

static const struct attribute_group group = { .attrs = attrs };
static struct kobject *directory;

static int __init target_init(void)
{
	int err;

	directory = kobject_create_and_add("lto_test_target", kernel_kobj);
	if (!directory)
		return -ENOMEM;
	err = sysfs_create_group(directory, &group);
	if (err)
		kobject_put(directory);
	return err;
}

static void __exit target_exit(void)
{
	kobject_put(directory);
}

module_init(target_init);
module_exit(target_exit);
MODULE_LICENSE("GPL");
