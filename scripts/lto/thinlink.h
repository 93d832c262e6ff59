/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_THINLINK_H
#define LTO_THINLINK_H

#include <stdbool.h>
#include <stddef.h>

struct unit {
	char		*name;
	bool		linked;		/* was in the last link, too */
	bool		changed;	/* since the last link */
	/* the content of a changed unit, read when it is first needed */
	bool		read;
	struct ir	*old, *new;	/* as the back ends last read it, and now */
};

/**
 * find_unit - find the unit of this link with this name
 *
 * Return: the unit, or NULL.
 */
struct unit *find_unit(char *name);

/**
 * beside - make the name of a file that belongs to a unit
 * @below: may be ""
 * @unit: dir/foo.o
 *
 * Return: BELOW/dir/.tmp_foo.oSUFFIX, to be freed.
 */
char *beside(const char *below, const char *unit, const char *suffix);

struct content {
	void	*data;
	size_t	size;
};

/**
 * warn_once - say that back ends run more often than they have to
 * @file: what the message is about
 * @why: the reason
 *
 * Warns once in a build: the file that LTO_WARNED (in the environment) names says that it has.  If
 * that file cannot be made, it warns once in each thin link.
 */
void warn_once(const char *file, const char *why);

#endif
