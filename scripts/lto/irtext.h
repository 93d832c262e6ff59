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
 * @why: gets the reason if it cannot be read; the caller frees it
 *
 * Return: the text, to be freed with ir__free(), or NULL if it cannot be read.
 */
struct ir *ir__read(const char *dis, const char *path, char **why);
void ir__free(struct ir *ir);

/**
 * ir__changed - have some of a unit's functions and variables changed?
 * @old, @new: the unit before and after a change.  @old keeps results: always pass the same @new.
 * @guids: GUIDs of the functions and variables; they get sorted
 * @nr: how many
 *
 * They are unchanged if they come in the same order, functions have the same body, variables the
 * same initialiser, and all that these name has the same declaration, type by type and attribute by
 * attribute.  Places in the source for messages about inline assembly (!srcloc) do not count.
 *
 * Return: YES or NO; DONT_KNOW if one of @guids is not found.
 */
enum answer ir__changed(struct ir *old, struct ir *new, uint64_t *guids, size_t nr);

#endif
