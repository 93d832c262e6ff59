/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_BITSTREAM_H
#define LTO_BITSTREAM_H

#include <stdbool.h>
#include <stddef.h>

/**
 * index__equal - do two indices of a ThinLTO unit tell its back end the same?
 * @a, @a_size: the file, and its size in bytes
 * @b, @b_size: the other
 *
 * Return: false also if one of them is no bitstream.
 */
bool index__equal(const void *a, size_t a_size, const void *b, size_t b_size);

#endif
