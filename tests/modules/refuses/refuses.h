/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/module.h>

#define REFUSES(error)			\
static int __init refuse(void)		\
{					\
	return error;			\
}					\
module_init(refuse);			\
MODULE_LICENSE("GPL")
