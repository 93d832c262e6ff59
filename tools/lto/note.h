/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_NOTE_H
#define LTO_NOTE_H

#include "elf.h"

/*
 * Returns how vmlinux or a module was built, such as "thin-dist; clang version 14.0.6".  Returns
 * NULL if it does not say so: it was built without LTO, or not with this series.  The string
 * belongs to @file.
 */
const char *note__lto_build(const struct elf_file *file);

#endif
