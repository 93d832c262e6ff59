// SPDX-License-Identifier: GPL-2.0
#include <linux/completion.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include "../target.h"

static DECLARE_COMPLETION(released);

/* These two are small enough for ThinLTO to import them.  Exported, they are out of line, too. */
int lto_test_answer(int x)
{
	return x + 42;
}
EXPORT_SYMBOL_GPL(lto_test_answer);

/* Killable: a task that stays in a patched function gets a signal from the kernel after 15 s. */
int lto_test_wait(int x)
{
	return wait_for_completion_killable(&released) + x;
}
EXPORT_SYMBOL_GPL(lto_test_wait);

void lto_test_release(bool release)
{
	if (release)
		complete_all(&released);
	else
		reinit_completion(&released);
}

static noinline int helper(int x)
{
	return x + 2;
}

static ssize_t second_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", lto_test_answer(attr->attr.mode));
}

static ssize_t helper2_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", helper(attr->attr.mode));
}

struct kobj_attribute lto_test_second = __ATTR_RO(second);
struct kobj_attribute lto_test_helper2 = __ATTR_RO(helper2);
