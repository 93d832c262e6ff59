/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/kobject.h>
#include <linux/sysfs.h>

int lto_test_answer(int x);
int lto_test_wait(int x);
void lto_test_release(bool release);

extern struct kobj_attribute lto_test_second, lto_test_helper2;
