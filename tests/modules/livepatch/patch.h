/* SPDX-License-Identifier: GPL-2.0 */
/*
 * affected.h has lists of functions: REPLACE(NAME, POSITION) for each line of ltomap --affected.  If
 * a function of a list has no replacement, the patch does not compile.
 *
 *	AFFECTED_VMLINUX, AFFECTED_TARGET	all that must be patched
 *	ALONE_VMLINUX, ALONE_TARGET		the changed functions, without those that have copies
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include "affected.h"

#define REPLACE(name, position) \
	{ .old_name = #name, .new_func = new_##name, .old_sympos = position },

/* kernel */
ssize_t new_sysfs_format_mac(char *buf, const unsigned char *addr, int len);
ssize_t new_address_show(struct device *dev, struct device_attribute *attr, char *buf);
ssize_t new_broadcast_show(struct device *dev, struct device_attribute *attr, char *buf);

/* lto-test-target */
int new_lto_test_answer(int x);
int new_lto_test_wait(int x);
int new_helper(int x);
ssize_t new_first_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
ssize_t new_second_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
ssize_t new_waits_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
