/* glob.c -- file-name patterns: matching, the surest literal, and braces. */

#include "base/glob.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#define GROUPS_MAX 64           /* pairs of braces in one pattern             */

/* A '[' that no ']' closes is a plain character, and so is every '[' after it;
 * remembering the first keeps a walk from looking for the ']' again. */
struct walk {
	const char *at;
	const char *plain;
};

/* Past the ']' of the class that begins at p, or NULL.  A ']' that comes first
 * is a member. */
static const char *class_end(const char *p)
{
	p += p[1] == '!' ? 2 : 1;
	for (bool first = true; *p != '\0'; p++, first = false) {
		if (*p == ']' && !first)
			return p + 1;
		if (*p == '\\' && p[1] != '\0')
			p++;
	}
	return NULL;
}

/* Reads one member and steps over it, a backslash before it included. */
static unsigned char class_member(const char **p)
{
	if (**p == '\\')
		(*p)++;
	return (unsigned char)*(*p)++;
}

/* A '-' between two members is a range; first or last it is itself. */
static bool class_has(const char *p, const char *end, unsigned char c)
{
	bool negated = p[1] == '!';
	bool found = false;

	for (p += negated ? 2 : 1; p < end - 1;) {
		unsigned char low = class_member(&p), high = low;

		if (*p == '-' && p + 1 < end - 1) {
			p++;
			high = class_member(&p);
		}
		found |= low <= c && c <= high;
	}
	return found != negated;
}

/* The end of the class at w->at, or NULL when there is none. */
static const char *walk_class(struct walk *w)
{
	const char *end;

	if (*w->at != '[' || (w->plain != NULL && w->at >= w->plain))
		return NULL;
	end = class_end(w->at);
	if (end == NULL)
		w->plain = w->at;
	return end;
}

/* Steps over one element that is not a star; whether it takes c. */
static bool walk_takes(struct walk *w, unsigned char c)
{
	const char *from = w->at;
	const char *end = walk_class(w);

	if (end != NULL) {
		w->at = end;
		return class_has(from, end, c);
	}
	if (*from == '?') {
		w->at++;
		return true;
	}
	if (*from == '\\' && from[1] != '\0')
		from++;
	w->at = from + 1;
	return (unsigned char)*from == c;
}

/* Where each star begins is known when it is met; where it ends, when the next
 * one is or the text is over. */
struct stars {
	struct glob_part *part;
	int               count, max;
};

static void star_begin(struct stars *s, const char *at)
{
	if (s->count < s->max)
		s->part[s->count].at = at;
	s->count++;
}

static void star_end(struct stars *s, const char *at)
{
	if (s->count > 0 && s->count <= s->max)
		s->part[s->count - 1].bytes =
			(size_t)(at - s->part[s->count - 1].at);
}

static bool match(const char *pattern, const char *text, struct stars *stars)
{
	struct walk w = { .at = pattern };
	const char *star = NULL, *from = text;

	/* What a star took is lengthened by one byte after each failure.  Only
	 * the last star is tried again: whatever an earlier one could take
	 * differently, the later one can take as well. */
	while (*text != '\0') {
		if (*w.at == '*') {
			star_end(stars, from);
			star_begin(stars, text);
			star = ++w.at;
			from = text;
			if (*star != '\0')
				continue;
			star_end(stars, text + strlen(text));
			return true;
		} else if (*w.at != '\0' &&
		           walk_takes(&w, (unsigned char)*text)) {
			text++;
		} else if (star != NULL) {
			w.at = star;
			text = ++from;
		} else {
			return false;
		}
	}
	star_end(stars, from);
	for (; *w.at == '*'; w.at++) {
		star_begin(stars, text);
		star_end(stars, text);
	}
	return *w.at == '\0';
}

bool glob_match(const char *pattern, const char *text)
{
	struct stars none = { .max = 0 };

	return match(pattern, text, &none);
}

int glob_capture(const char *pattern, const char *text,
                 struct glob_part *ret_parts, int max)
{
	struct stars stars = { .part = ret_parts, .max = max };

	if (!match(pattern, text, &stars))
		return -ENOENT;
	return stars.count > max ? -E2BIG : stars.count;
}

size_t glob_literal(const char *pattern, size_t *ret_at)
{
	struct walk w = { .at = pattern };
	size_t      best = 0, run = 0;

	while (*w.at != '\0') {
		const char *end = walk_class(&w);

		if (end != NULL || *w.at == '*' || *w.at == '?') {
			w.at = end != NULL ? end : w.at + 1;
			run = 0;
			continue;
		}
		if (*w.at == '\\' && w.at[1] != '\0') {
			w.at++;
			run = 0;
		}
		w.at++;
		if (++run > best) {
			best = run;
			*ret_at = (size_t)(w.at - pattern) - run;
		}
	}
	return best;
}

/* One text under construction.  The braces are a tree that is spelled depth
 * first into one buffer, cut back to a mark for each alternative. */
struct spelling {
	const char *plain;              /* of the whole pattern's walk        */
	char        out[TEXT_MAX];
	size_t      used;
	int         count, max;
	void      (*each)(void *ctx, const char *plain);
	void       *ctx;
};

/* What follows the group that is being spelled. */
struct rest {
	const char        *at, *end;
	const struct rest *next;
};

static void walk_skip(struct walk *w)
{
	const char *end = walk_class(w);

	if (end != NULL)
		w->at = end;
	else
		w->at += *w->at == '\\' && w->at[1] != '\0' ? 2 : 1;
}

/* Walks the whole pattern, so that w knows what is plain in it. */
static int braces_check(struct walk *w)
{
	int depth = 0, groups = 0;

	for (; *w->at != '\0'; walk_skip(w)) {
		if (*w->at == '{') {
			depth++;
			groups++;
		} else if (*w->at == '}' && depth-- == 0) {
			return -EINVAL;
		}
	}
	if (depth != 0)
		return -EINVAL;
	return groups > GROUPS_MAX ? -E2BIG : 0;
}

/* The ',' or '}' that ends the alternative at p. */
static const char *alternative_end(const struct spelling *s, const char *p)
{
	struct walk w = { .at = p, .plain = s->plain };

	for (int depth = 0;; walk_skip(&w)) {
		if (depth == 0 && (*w.at == ',' || *w.at == '}'))
			return w.at;
		depth += (*w.at == '{') - (*w.at == '}');
	}
}

/* The '}' that ends the group whose '{' is at p. */
static const char *group_end(const struct spelling *s, const char *p)
{
	do
		p = alternative_end(s, p + 1);
	while (*p == ',');
	return p;
}

/* Copies up to the next group or the end: where it stopped, or NULL when the
 * text grew too long. */
static const char *spell_plain(struct spelling *s, const char *p,
                               const char *end)
{
	struct walk w = { .at = p, .plain = s->plain };

	while (w.at < end && *w.at != '{')
		walk_skip(&w);
	if ((size_t)(w.at - p) >= sizeof(s->out) - s->used)
		return NULL;
	memcpy(s->out + s->used, p, (size_t)(w.at - p));
	s->used += (size_t)(w.at - p);
	return w.at;
}

static int spell_done(struct spelling *s)
{
	if (s->count == s->max)
		return -E2BIG;
	s->count++;
	s->out[s->used] = '\0';
	if (s->each != NULL)
		s->each(s->ctx, s->out);
	return 0;
}

/* Spells p up to end and whatever comes after it, once for each way to choose
 * among the alternatives.  It goes no deeper than there are groups. */
static int spell(struct spelling *s, const char *p, const char *end,
                 const struct rest *then)
{
	struct rest after;
	size_t      mark;
	int         r = 0;

	p = spell_plain(s, p, end);
	if (p == NULL)
		return -E2BIG;
	if (p == end)
		return then == NULL ? spell_done(s) :
		       spell(s, then->at, then->end, then->next);
	after = (struct rest){ group_end(s, p) + 1, end, then };
	mark = s->used;
	while (r == 0 && p + 1 < after.at) {
		const char *stop = alternative_end(s, p + 1);

		s->used = mark;
		r = spell(s, p + 1, stop, &after);
		p = stop;
	}
	return r;
}

int glob_expand(const char *pattern, int max,
                void (*each)(void *ctx, const char *plain), void *ctx)
{
	struct spelling s = { .max = max, .ctx = ctx };
	struct walk     w = { .at = pattern };
	int             r;

	r = braces_check(&w);
	if (r < 0)
		return r;
	s.plain = w.plain;
	r = spell(&s, pattern, w.at, NULL);     /* counts: all of it or none */
	if (r < 0)
		return r;
	s.count = 0;
	s.used = 0;
	s.each = each;
	r = spell(&s, pattern, w.at, NULL);
	return r < 0 ? r : s.count;
}
