/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_COMPARE_H
#define LTO_COMPARE_H

#include "thinlink.h"

/*
 * What scripts/lto/thinlink asks of the comparison of what units import, and no more.  thinlink is
 * right if the answer always is DONT_KNOW.
 */

enum answer {
	NO,
	YES,
	DONT_KNOW,
};

/**
 * compare__knows - can compare__index() read this index?
 * @unit: the name of the unit
 * @new: its index
 *
 * Warns if not.  All indices of a link have to be asked for, as compare__index() changes how they
 * name static functions.
 */
bool compare__knows(const char *unit, const struct content *new);

/**
 * compare__index - does an index tell the back end of a unit something else than its last one?
 * @dis: the command llvm-dis; NULL if no unit is to be looked into
 * @dir: where the units are as the back ends were last told of them
 * @unit: the unit
 * @new: its index, as the linker wrote it.  Checksums in it are changed.
 * @kept: the one that its back end was last told, or NULL
 *
 * Return: NO if @kept says all; else, and if it is not known, @new has to take its place.
 */
enum answer compare__index(const char *dis, const char *dir, const struct unit *unit,
			   struct content *new, const struct content *kept);

#endif
