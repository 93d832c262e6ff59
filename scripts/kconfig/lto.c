// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration that asks for LTO gets LTO, or an error.
 *
 * Problem: Kconfig silently drops an option of a configuration file if its dependencies do not
 * allow it.  With the wrong compiler, assembler or nm, that option would be LTO: another kernel
 * would be built, and nobody would know.
 *
 * Solution: conf fails before it writes anything.  The other configurators let the user see the
 * choices, and warn when they end.  If the user answers the choice, in a configurator or in conf,
 * nothing is lost.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lkc.h"

static struct symbol *choice;
static struct symbol *asked;
static char *asked_by;

/* A configuration file has been read. */
void lto_read(const char *file)
{
	struct symbol *none = sym_find("LTO_NONE");

	asked = NULL;
	if (!none || !sym_is_choice_value(none))
		return;
	choice = prop_get_symbol(sym_get_choice_prop(none));
	asked = choice->def[S_DEF_USER].val;
	if (asked == none)
		asked = NULL;
	free(asked_by);
	asked_by = xstrdup(file);
}

/*
 * Returns true, and says why, if the file asks for a kind of LTO that the configuration does not
 * have.
 */
bool lto_lost(const char *level)
{
	const char *reason = "this architecture does not have it";
	struct symbol *why;

	if (!asked || choice->def[S_DEF_USER].val != asked)
		return false;
	sym_calc_value(asked);
	if (sym_get_tristate_value(asked) != no)
		return false;

	why = sym_find("LTO_CLANG_OBSTACLE");
	if (why) {
		sym_calc_value(why);
		if (*sym_get_string_value(why))
			reason = sym_get_string_value(why);
	}
	fprintf(stderr, "%s: %s: CONFIG_%s cannot be had: %s; mend that, or choose LTO_NONE\n",
		asked_by, level, asked->name, reason);
	return true;
}

static void warn(void)
{
	lto_lost("warning");
}

/* A configuration is written.  Warn at the end: the configurator may still use the screen. */
void lto_write(void)
{
	static bool waiting;

	if (!waiting)
		waiting = !atexit(warn);
}
