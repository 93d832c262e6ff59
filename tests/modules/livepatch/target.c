// SPDX-License-Identifier: GPL-2.0
/* Functions of the module lto-test-target.  A new function returns a negative number. */
#include "patch.h"

int new_lto_test_answer(int x)
{
	return -x;
}

int new_lto_test_wait(int x)
{
	return -x;
}

int new_helper(int x)
{
	return -x;
}

ssize_t new_first_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", new_lto_test_answer(attr->attr.mode));
}

ssize_t new_second_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", new_lto_test_answer(attr->attr.mode));
}

ssize_t new_waits_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", new_lto_test_wait(attr->attr.mode));
}
