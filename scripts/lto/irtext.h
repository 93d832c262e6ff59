/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_IRTEXT_H
#define LTO_IRTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare.h"

struct ir;

/**
 * ir__read - read a unit's bitcode as text
 * @dis: the command llvm-dis
 * @path: the bitcode
 * @why: where to say why it cannot be read: to be freed
 *
 * Return: NULL if it cannot be read.  To be freed with ir__free().
 */
struct ir *ir__read(const char *dis, const char *path, char **why);
void ir__free(struct ir *ir);

/**
 * ir__changed - have some of a unit's functions and variables changed?
 * @old, @new: the unit, before and after a change; results are kept in @old, always compare it with the same
 * @guids: which; they get sorted
 * @nr: how many
 *
 * The same are functions with the same body, variables with the same initialiser, in the same order, if whatever
 * they name is declared alike, type by type and attribute by attribute.  Positions in the source that are
 * there for messages about inline assembly (!srcloc) do not count.
 *
 * Return: DONT_KNOW if one of them is not found.
 */
enum answer ir__changed(struct ir *old, struct ir *new, uint64_t *guids, size_t nr);

#endif
