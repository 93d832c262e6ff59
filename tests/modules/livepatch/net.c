// SPDX-License-Identifier: GPL-2.0
/* Functions of net/ethernet/eth.c and net/core/net-sysfs.c.  A new function prints "new". */
#include <linux/netdevice.h>
#include "patch.h"

ssize_t new_sysfs_format_mac(char *buf, const unsigned char *addr, int len)
{
	return scnprintf(buf, PAGE_SIZE, "new %*phC\n", len, addr);
}

ssize_t new_address_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct net_device *ndev = to_net_dev(dev);
	ssize_t ret = -EINVAL;

	read_lock(&dev_base_lock);
	if (ndev->reg_state <= NETREG_REGISTERED)
		ret = new_sysfs_format_mac(buf, ndev->dev_addr, ndev->addr_len);
	read_unlock(&dev_base_lock);
	return ret;
}

ssize_t new_broadcast_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct net_device *ndev = to_net_dev(dev);

	if (ndev->reg_state <= NETREG_REGISTERED)
		return new_sysfs_format_mac(buf, ndev->broadcast, ndev->addr_len);
	return -EINVAL;
}
