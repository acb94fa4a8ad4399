/* doubting.h -- an image that is being doubted; for those who do alone. */
#ifndef POLICY_DOUBTING_H
#define POLICY_DOUBTING_H

#include "policy/doubts.h"
#include "policy/tags.h"

#define DOUBT_BYTES 400         /* of one sentence                            */

struct doubting {
	const void           *image;
	const struct machine *machine;  /* may be NULL                        */
	void                (*tell)(void *ctx, const struct doubt *d);
	void                 *ctx;
	uint64_t              steps;    /* comparisons made                   */
	uint32_t              rules;
	uint8_t              *never;    /* of each rule: it cannot match      */
	uint8_t              *twice;    /* of each rule: another says it too  */
	uint8_t              *sound;    /* of each selector: enum soundness   */
};

/* Tells a doubt about that rule; word (NULL: none) is looked for in its source,
 * for the line and column. */
void doubt(struct doubting *d, uint32_t rule, const char *word,
           const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same of what may well be meant so. */
void doubt_little(struct doubting *d, uint32_t rule, const char *word,
                  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static inline const struct image_rule *doubt_rule(const struct doubting *d,
                                                  uint32_t i)
{
	return IMAGE_AT(d->image, IMAGE_RULES, image_rule, i);
}

static inline const struct image_selector *
doubt_selector(const struct doubting *d, uint32_t i)
{
	return IMAGE_AT(d->image, IMAGE_SELECTORS, image_selector, i);
}

static inline const struct image_condition *
doubt_condition(const struct doubting *d, const struct image_selector *s,
                uint32_t i)
{
	return IMAGE_AT(d->image, IMAGE_CONDITIONS, image_condition,
	                s->conditions.first + i);
}

static inline const struct image_alternative *
doubt_alternative(const struct doubting *d, const struct image_condition *c,
                  uint32_t i)
{
	return IMAGE_AT(d->image, IMAGE_ALTERNATIVES, image_alternative,
	                c->alternatives.first + i);
}

static inline const char *doubt_text(const struct doubting *d,
                                     struct image_text t)
{
	return image_text_of(d->image, t);
}

/* Nobody turned it off. */
static inline bool doubt_stands(const struct doubting *d, uint32_t rule)
{
	return !image_is_masked(d->image, doubt_rule(d, rule));
}

/* The selector's condition on a fact, or NULL. */
const struct image_condition *doubt_fact(const struct doubting *d,
                                         const struct image_selector *s,
                                         uint32_t fact);

/* Each looks for one kind.  0 or -ENOMEM. */
void doubt_never(struct doubting *d);
int  doubt_twice(struct doubting *d);
int  doubt_shadowed(struct doubting *d);
void doubt_grants(struct doubting *d);
void doubt_machine(struct doubting *d);

#endif
