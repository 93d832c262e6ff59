/* SPDX-License-Identifier: GPL-2.0 */
/* Write JSON to standard output.  The key is NULL in a list, and for the outermost value. */
#ifndef LTO_JSON_H
#define LTO_JSON_H

#include <stdint.h>
#include <stdbool.h>

/* Writes @s in quotes.  Bytes that are not ASCII become \u00XX. */
void json__quote(const char *s);

void json__open(const char *key, char bracket);		/* '{' or '[' */
void json__close(char bracket);				/* '}' or ']' */
void json__string(const char *key, const char *s);	/* NULL: null */
void json__number(const char *key, uint64_t n);
void json__bool(const char *key, bool b);

#endif /* LTO_JSON_H */
