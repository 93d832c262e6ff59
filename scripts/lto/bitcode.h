/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_BITCODE_H
#define LTO_BITCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LLVM's numbers of blocks: llvm/Bitcode/LLVMBitCodes.h; of all bitstreams: 0 to 7 */
enum {
	BITCODE_MODULE		= 8,
	BITCODE_CONSTANTS	= 11,
	BITCODE_FUNCTION	= 12,
	BITCODE_STRTAB		= 23,
};

/* What a reader of bitcode is told.  @data is bitcode__read()'s. */
struct bitcode_reader {
	/* Is this block to be read?  Those that are not are skipped by their length. */
	bool (*enter)(void *data, unsigned int block);
	/* A record of a block that is read.  @ops is not there any more after the return. */
	void (*record)(void *data, unsigned int block, uint64_t code, const uint64_t *ops, size_t nr_ops);
};

/**
 * bitcode__read - read a unit that the compiler wrote for LTO
 * @path: the file
 * @reader: whom to tell what is in it
 * @data: given to @reader
 *
 * Ends the program if the file is not bitcode, or is damaged.
 */
void bitcode__read(const char *path, const struct bitcode_reader *reader, void *data);

#endif
