// SPDX-License-Identifier: GPL-2.0
/* This module uses itself.  So does the real one, by its control socket. */
#include <linux/module.h>

static int __init sctp_init(void)
{
	__module_get(THIS_MODULE);
	return 0;
}
module_init(sctp_init);

static void __exit sctp_exit(void)
{
}
module_exit(sctp_exit);

MODULE_LICENSE("GPL");
