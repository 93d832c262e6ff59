/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_BITCODE_H
#define LTO_BITCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The format of all LLVM bitstreams, indices included: https://llvm.org/docs/BitCodeFormat.html */
enum {
	/* abbreviation identifiers */
	TOP_LEVEL_WIDTH		= 2,	/* in bits */
	END_BLOCK		= 0,
	ENTER_SUBBLOCK		= 1,
	DEFINE_ABBREV		= 2,
	UNABBREV_RECORD		= 3,
	FIRST_ABBREV		= 4,
	/* encodings of an operand of an abbreviation */
	LITERAL			= 0,
	FIXED			= 1,
	VBR			= 2,
	ARRAY			= 3,
	CHAR6			= 4,
	BLOB			= 5,
};

/* Numbers of blocks in bitcode: llvm/Bitcode/LLVMBitCodes.h (all bitstreams: 0 to 7) */
enum {
	BITCODE_MODULE		= 8,
	BITCODE_CONSTANTS	= 11,
	BITCODE_FUNCTION	= 12,
	BITCODE_STRTAB		= 23,
};

/* Callbacks of bitcode__read().  @data is the argument of bitcode__read(). */
struct bitcode_reader {
	/* Return true to read this block.  Other blocks are skipped by their length. */
	bool (*enter)(void *data, unsigned int block);
	/* Called for each record of a block that is read.  @ops is gone after the return. */
	void (*record)(void *data, unsigned int block, uint64_t code, const uint64_t *ops,
		       size_t nr_ops);
};

/**
 * bitcode__read - read a unit that the compiler wrote for LTO
 * @path: the file
 * @reader: called for blocks and records
 * @data: given to @reader
 *
 * Ends the program if the file is not bitcode, or is damaged.
 */
void bitcode__read(const char *path, const struct bitcode_reader *reader, void *data);

#endif
