// SPDX-License-Identifier: GPL-2.0
/*
 * Split a C file into its parts: functions, directives of the preprocessor, and all others.
 *
 * Problem: the debug information has the line where a function begins and the lines of its
 * instructions.  It does not say where the function ends, nor that a line is a comment.
 *
 * Mechanism: count brackets outside comments and strings.  A part ends with its ';', or with the
 * '}' of a function.  All branches of #if are read; each starts from the depth at the #if.  In the
 * kernel's style, a brace in the first column begins or ends a part: there, counting starts anew.
 *
 * Limits: macros are not expanded.  The result is a guess where they have unbalanced brackets.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "source-patch.h"

/* What may have arguments in front of the name of a function, or behind its parameters */
static const char *const attributes[] = {
	"__acquires", "__alias", "__aligned", "__alloc_size", "__assume_aligned", "__attribute",
	"__attribute__", "__cond_lock", "__copy", "__must_hold", "__no_sanitize", "__printf",
	"__releases", "__scanf", "__section", "__typeof__", "_Alignas", "typeof",
};

struct depth {
	uint32_t	braces, parens;
};

struct text_buffer {
	char	*s;
	size_t	nr, room;
	bool	blank;		/* a blank is due before the next character */
};

struct scanner {
	struct items		*l;
	uint32_t		line;
	uint32_t		last_code;	/* the last line with code of the open item */
	struct depth		depth;
	struct depth		*ifs;		/* at each #if that is open */
	uint32_t		nr_ifs, room_ifs;
	bool			comment;	/* in a comment of several lines */
	char			quote;		/* in a string that goes on in the next line */
	bool			directive;	/* in a directive */
	struct text_buffer	directive_code;

	/* the open item */
	bool			open;
	struct item		item;
	struct text_buffer	code;
	bool			assigned;	/* there was a '=' */
	bool			body;		/* in the body of a function */
	bool			macro;		/* its name still lacks the macro's argument */
	bool			after_group;	/* behind (...), which is not of an attribute */
	bool			attribute;	/* in (...) of an attribute */
	char			*word;		/* the last token, if it was an identifier */
};

static void put(struct text_buffer *b, char c)
{
	if (b->blank && b->nr) {
		GROW(b->s, b->nr, b->room);
		b->s[b->nr++] = ' ';
	}
	b->blank = false;
	GROW(b->s, b->nr, b->room);
	b->s[b->nr++] = c;
}

/* Returns the text, to be freed, and empties the buffer. */
static char *taken(struct text_buffer *b)
{
	char *s = xasprintf("%.*s", (int)b->nr, b->nr ? b->s : "");

	b->nr = 0;
	b->blank = false;
	return s;
}

/* --- items ----------------------------------------------------------------------------------- */

static void open_item(struct scanner *s)
{
	s->open = true;
	s->item = (struct item){ .kind = ITEM_OTHER, .first = s->line };
	s->depth = (struct depth){ 0 };
	s->assigned = s->body = s->macro = s->after_group = s->attribute = false;
	free(s->word);
	s->word = NULL;
}

static void close_item(struct scanner *s)
{
	s->item.last = s->last_code;
	s->item.code = taken(&s->code);
	if (!s->item.name)
		s->item.name = xstrdup("");
	GROW(s->l->v, s->l->nr, s->l->room);
	s->l->v[s->l->nr++] = s->item;
	s->open = false;
}

static bool is_attribute(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (!strcmp(word, attributes[i]))
			return true;
	return false;
}

static bool is_upper(const char *word)
{
	for (; *word; word++)
		if (islower((unsigned char)*word))
			return false;
	return true;
}

static bool at_top(const struct scanner *s)
{
	return !s->depth.braces && !s->depth.parens;
}

/* An identifier or a number */
static void scan_word(struct scanner *s, const char *word, size_t n, bool first_column)
{
	/* a call of a macro may have no ';' */
	if (s->open && s->after_group && first_column && at_top(s) && strncmp(word, "__", 2))
		close_item(s);
	if (!s->open)
		open_item(s);
	free(s->word);
	s->word = xasprintf("%.*s", (int)n, word);
	if (s->macro) {
		char *name = xasprintf("%s(%s)", s->item.name, s->word);

		free(s->item.name);
		s->item.name = name;
		s->macro = false;
	}
}

static void scan_punctuation(struct scanner *s, char c, bool first_column)
{
	bool is_end = false;

	if (!s->open) {
		if (c == ';')
			return;
		open_item(s);
	}
	if (first_column && (c == '}' || (c == '{' && !s->body)))
		s->depth = (struct depth){ .braces = c == '}' };
	s->after_group = false;
	switch (c) {
	case '(':
		if (at_top(s)) {
			s->attribute = s->word && is_attribute(s->word);
			if (s->word && !s->attribute && !s->assigned && !s->item.name) {
				s->item.name = xstrdup(s->word);
				s->macro = is_upper(s->word);
			}
		}
		s->depth.parens++;
		break;
	case ')':
		s->depth.parens -= !!s->depth.parens;
		s->macro = false;
		s->after_group = at_top(s) && !s->attribute && !s->assigned;
		break;
	case '{':
		if (at_top(s) && s->item.name && !s->assigned && !s->body) {
			s->body = true;
			s->item.body = s->line;
		}
		s->depth.braces++;
		break;
	case '}':
		s->depth.braces -= !!s->depth.braces;
		is_end = s->body && at_top(s);
		break;
	case '=':
		s->assigned |= at_top(s);
		break;
	case ';':
		is_end = at_top(s);
		break;
	}
	free(s->word);
	s->word = NULL;
	if (!is_end)
		return;
	if (s->body)
		s->item.kind = ITEM_FUNCTION;
	put(&s->code, c);
	s->last_code = s->line;
	close_item(s);
}

/* --- directives ------------------------------------------------------------------------------ */

static void open_directive(struct scanner *s)
{
	s->directive = true;
	GROW(s->l->v, s->l->nr, s->l->room);
	s->l->v[s->l->nr++] = (struct item){
		.kind = ITEM_DIRECTIVE, .first = s->line, .name = xstrdup(""),
	};
}

/* The code of a directive begins with '#', and may have a blank behind it. */
static bool is_directive(const char *code, const char *name)
{
	code += 1 + (code[1] == ' ');
	return !strncmp(code, name, strlen(name));
}

static void close_directive(struct scanner *s)
{
	struct item *d = &s->l->v[s->l->nr - 1];

	/* (no item ends in a directive, so it is still the last one) */
	s->directive = false;
	d->last = s->line;
	d->code = taken(&s->directive_code);
	if (is_directive(d->code, "if")) {
		GROW(s->ifs, s->nr_ifs, s->room_ifs);
		s->ifs[s->nr_ifs++] = s->depth;
	} else if (is_directive(d->code, "el") && s->nr_ifs) {
		s->depth = s->ifs[s->nr_ifs - 1];
	} else if (is_directive(d->code, "endif") && s->nr_ifs) {
		s->nr_ifs--;
	}
}

/* --- lines ----------------------------------------------------------------------------------- */

/* Keep a character that is not in a comment. */
static void keep(struct scanner *s, char c)
{
	s->l->has_code[s->line] = true;
	if (s->directive)
		put(&s->directive_code, c);
	if (s->open) {
		put(&s->code, c);
		s->last_code = s->line;
	}
}

static void keep_blank(struct scanner *s)
{
	s->code.blank = s->directive_code.blank = true;
}

/* Scan a string from behind its quote.  Returns what is behind it. */
static const char *scan_string(struct scanner *s, const char *p)
{
	for (; *p; p++) {
		keep(s, *p);
		if (*p == s->quote) {
			s->quote = '\0';
			return p + 1;
		}
		if (*p == '\\' && p[1])
			keep(s, *++p);
	}
	/* an apostrophe in #error has no end; a string goes on behind a backslash only */
	if (p[-1] != '\\')
		s->quote = '\0';
	return p;
}

static void scan_line(struct scanner *s, const char *start)
{
	bool first = !s->directive && !s->quote;
	const char *p = start;

	keep_blank(s);
	if (s->quote && *p)
		p = scan_string(s, p);
	else
		s->quote = '\0';
	while (*p) {
		size_t n = 1;

		if (s->comment) {
			p = strstr(p, "*/");
			if (!p)
				return;
			s->comment = false;
			p += 2;
			keep_blank(s);
			continue;
		}
		if (p[0] == '/' && p[1] == '*') {
			s->comment = true;
			p += 2;
			continue;
		}
		if (p[0] == '/' && p[1] == '/')
			break;
		if (isspace((unsigned char)*p)) {
			keep_blank(s);
			p++;
			continue;
		}
		if (first && *p == '#')
			open_directive(s);
		first = false;
		if (isalnum((unsigned char)*p) || *p == '_') {
			while (isalnum((unsigned char)p[n]) || p[n] == '_')
				n++;
			if (!s->directive)
				scan_word(s, p, n, p == start);
		} else if (*p == '"' || *p == '\'') {
			if (!s->directive && !s->open)
				open_item(s);
			s->quote = *p;
			keep(s, *p);
			p = scan_string(s, p + 1);
			continue;
		} else if (!s->directive) {
			scan_punctuation(s, *p, p == start);
			/* (the end of an item is in its code already) */
			if (!s->open) {
				s->l->has_code[s->line] = true;
				p++;
				continue;
			}
		}
		for (; n; n--)
			keep(s, *p++);
	}
	if (s->directive && !s->comment && (p == start || p[-1] != '\\'))
		close_directive(s);
}

static int by_first_line(const void *va, const void *vb)
{
	const struct item *a = va, *b = vb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->last < b->last ? -1 : a->last > b->last;
}

void items__scan(struct items *l, const struct strings *lines)
{
	struct scanner s = { .l = l };

	l->has_code = xcalloc(lines->nr + 1, sizeof(*l->has_code));
	for (s.line = 1; s.line <= lines->nr; s.line++)
		scan_line(&s, lines->v[s.line - 1]);
	s.line = lines->nr;
	if (s.directive)
		close_directive(&s);
	if (s.open)
		close_item(&s);
	if (l->nr)
		qsort(l->v, l->nr, sizeof(*l->v), by_first_line);
	free(s.ifs);
	free(s.code.s);
	free(s.directive_code.s);
	free(s.word);
}

void items__free(struct items *l)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++) {
		free(l->v[i].name);
		free(l->v[i].code);
	}
	free(l->v);
	free(l->has_code);
	*l = (struct items){ 0 };
}
