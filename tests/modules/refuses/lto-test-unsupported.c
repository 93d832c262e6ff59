// SPDX-License-Identifier: GPL-2.0
#include "refuses.h"

REFUSES(-EOPNOTSUPP);
