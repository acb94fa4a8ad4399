/* doubts.c -- what is not wrong with rules, and yet hardly meant. */

#include "policy/doubting.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void tell(struct doubting *d, struct doubt what, const char *format,
                 va_list args)
{
	char sentence[DOUBT_BYTES];

	vsnprintf(sentence, sizeof(sentence), format, args);
	what.sentence = sentence;
	d->tell(d->ctx, &what);
}

void doubt(struct doubting *d, uint32_t rule, const char *word,
           const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(d, (struct doubt){ .rule = rule, .word = word }, format, args);
	va_end(args);
}

void doubt_little(struct doubting *d, uint32_t rule, const char *word,
                  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(d, (struct doubt){ .rule = rule, .word = word,
	                        .may_be_meant = true }, format, args);
	va_end(args);
}

const struct image_condition *doubt_fact(const struct doubting *d,
                                         const struct image_selector *s,
                                         uint32_t fact)
{
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *c = doubt_condition(d, s, i);

		if (c->kind == CONDITION_FACT && c->fact == fact)
			return c;
	}
	return NULL;
}

static void tags_merge(struct tag_set *into, const void *image,
                       const struct image_condition *c)
{
	for (uint32_t i = 0; i < c->alternatives.count; i++) {
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         c->alternatives.first + i);

		if (a->op == OP_TAG)
			tags_add(into, (uint32_t)a->low);
	}
}

/* A rule of files that are not here may read it, so it is little to say where
 * the rule does something besides. */
static void unread_tell(struct doubting *d, uint32_t rule)
{
	const struct image_rule *r = doubt_rule(d, rule);
	const char *tag = doubt_text(d, *IMAGE_AT(d->image, IMAGE_TAGS,
	                                         image_text, r->tag));

	if (r->want.count + r->cap.count > 0 || r->is_function)
		doubt_little(d, rule, "tag", "no rule here reads the tag "
		             "'%s'", tag);
	else
		doubt(d, rule, "tag", "no rule here reads the tag '%s', and "
		      "rule '%s' does nothing else", tag,
		      doubt_text(d, r->name));
}

/* Each tag once, where it is given first. */
static void doubt_tags(struct doubting *d)
{
	struct tag_set read = { { 0 } };

	for (uint32_t i = 0; i < image_count(d->image, IMAGE_CONDITIONS); i++)
		tags_merge(&read, d->image,
		           IMAGE_AT(d->image, IMAGE_CONDITIONS,
		                    image_condition, i));
	for (uint32_t i = 0; i < d->rules; i++) {
		uint32_t tag = doubt_rule(d, i)->tag;

		if (tag == IMAGE_NONE || d->never[i] || d->twice[i] ||
		    !doubt_stands(d, i) || tags_have(&read, tag))
			continue;
		unread_tell(d, i);
		tags_add(&read, tag);
	}
}

static int find_all(struct doubting *d)
{
	int r;

	doubt_never(d);
	r = doubt_twice(d);
	if (r == 0)
		r = doubt_shadowed(d);
	if (r < 0)
		return r;
	doubt_tags(d);
	doubt_grants(d);
	if (d->machine != NULL)
		doubt_machine(d);
	if (d->steps > DOUBT_STEPS_MAX)
		doubt_little(d, IMAGE_NONE, NULL, "too many rules are alike: "
		             "not all were compared");
	return 0;
}

int doubts_find(const void *image, const struct machine *machine,
                void (*tell_one)(void *ctx, const struct doubt *d), void *ctx)
{
	struct doubting d = { .image = image, .machine = machine,
	                      .tell = tell_one, .ctx = ctx,
	                      .rules = image_count(image, IMAGE_RULES) };
	int             r = -ENOMEM;

	d.never = calloc(d.rules + (size_t)1, 1);
	d.twice = calloc(d.rules + (size_t)1, 1);
	d.sound = calloc(image_count(image, IMAGE_SELECTORS) + (size_t)1, 1);
	if (d.never != NULL && d.twice != NULL && d.sound != NULL)
		r = find_all(&d);
	free(d.never);
	free(d.twice);
	free(d.sound);
	return r;
}
