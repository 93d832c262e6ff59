/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_IRTEXT_H
#define LTO_IRTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ir;

/**
 * ir__read - read a unit's bitcode as text
 * @dis: the command llvm-dis
 * @path: the bitcode
 *
 * Return: NULL, after a warning, if the command fails.  To be freed with ir__free().
 */
struct ir *ir__read(const char *dis, const char *path);
void ir__free(struct ir *ir);

/**
 * ir__same - are some of a unit's functions and variables the same as they were?
 * @old, @new: the unit, before and after a change; results are kept in @old, always compare it with the same
 * @guids: which; they get sorted
 * @nr: how many
 *
 * The same are functions with the same body, variables with the same initialiser, in the same order, if whatever
 * they name is declared alike, type by type and attribute by attribute.  Positions in the source that are
 * there for messages about inline assembly (!srcloc) do not count.
 *
 * Return: false also if one of them is not found.
 */
bool ir__same(struct ir *old, struct ir *new, uint64_t *guids, size_t nr);

#endif
