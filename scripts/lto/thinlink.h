/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_THINLINK_H
#define LTO_THINLINK_H

#include <stdbool.h>
#include <stddef.h>

struct unit {
	char		*name;
	bool		linked;		/* in the last link, too */
	bool		changed;
	/* of one that has changed, when somebody asks what has */
	bool		read;
	struct ir	*old, *new;	/* as the back ends were last told, and now */
};

/**
 * find_unit - the unit of this link with this name, or NULL
 */
struct unit *find_unit(char *name);

/**
 * beside - BELOW/dir/.tmp_foo.oSUFFIX
 * @below: may be ""
 * @unit: dir/foo.o
 *
 * Return: a path, to be freed.
 */
char *beside(const char *below, const char *unit, const char *suffix);

struct content {
	void	*data;
	size_t	size;
};

/**
 * warn_once - say that back ends run more often than they have to
 * @why: what is not known, and of which file
 *
 * Says it once in a build, if the file that LTO_WARNED in the environment names can be made, and
 * else once in a thin link.
 */
void warn_once(const char *file, const char *why);

#endif
