/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_COMPARE_H
#define LTO_COMPARE_H

#include "thinlink.h"

/*
 * The interface between thinlink and the comparison of what units import.  DONT_KNOW is always a
 * correct answer.
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
 * Warns if it cannot.  Call this for all indices of a link first: compare__index() changes how they
 * name static functions, so it must be used for all of them, or for none.
 */
bool compare__knows(const char *unit, const struct content *new);

/**
 * compare__index - does a new index tell the back end of a unit anything new?
 * @dis: the command llvm-dis; NULL: do not look into the units
 * @dir: has copies of the units that the back ends last read
 * @unit: the unit
 * @new: its index, as the linker wrote it.  Checksums in it are changed.
 * @kept: the index that its back end last read, or NULL
 *
 * Return: NO if @kept still says all.  With YES and DONT_KNOW, @new must replace it.
 */
enum answer compare__index(const char *dis, const char *dir, const struct unit *unit,
			   struct content *new, const struct content *kept);

#endif
