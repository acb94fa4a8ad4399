/* builder.h -- making an image, one rule at a time.
 *
 * The worker uses it on what Lua read, tests use it directly.  Everything is
 * copied at once, so what a rule was written in can be garbage right after.
 * Every function that can run out of memory remembers that it did; only
 * builder_finish() reports it.
 */
#ifndef POLICY_BUILDER_H
#define POLICY_BUILDER_H

#include "model/facts.h"
#include "model/host.h"
#include "model/want.h"
#include "policy/image.h"

struct builder;

struct builder *builder_new(void);              /* NULL: no memory            */
void builder_free(struct builder *b);           /* NULL is fine               */

/* A selector is begun, given its conditions, and ended; conditions get their
 * alternatives in between, at least one each.  Selectors may be nested, at most
 * SELECTOR_DEPTH of them, by ending the inner one before its number is used in
 * the outer one. */
void builder_selector_begin(struct builder *b, enum select kind);
void builder_condition(struct builder *b, enum subject_kind kind,
                       uint32_t fact);
/* A condition on one variable of the environment. */
void builder_env(struct builder *b, const char *name, size_t bytes);
void builder_any(struct builder *b);
void builder_text(struct builder *b, const char *text, size_t bytes);
/* Expands {a,b}.  0, -EINVAL: unbalanced braces, -E2BIG: too many. */
int  builder_glob(struct builder *b, const char *pattern, size_t bytes);
/* The pattern has been tried with regex_new(). */
void builder_regex(struct builder *b, const char *pattern, size_t bytes);
void builder_range(struct builder *b, int64_t low, int64_t high);
void builder_people(struct builder *b);
void builder_tag(struct builder *b, const char *name);
void builder_of(struct builder *b, uint32_t selector);
void builder_under(struct builder *b, uint32_t selector);
void builder_parent(struct builder *b, uint32_t selector);
void builder_lasting(struct builder *b, uint64_t ns);
uint32_t builder_selector_end(struct builder *b);

struct builder_rule {
	const char *name, *file;
	uint32_t    line;
	enum layer  layer;
	int32_t     priority;
	uint32_t    match;                      /* a handler's may be NONE   */
	uint32_t    except, when, unless;       /* IMAGE_NONE: none          */
	const char *tag;                        /* NULL: none                */
	bool        is_function, is_handler;
	bool        irreversible, insist;
	enum moment moment;
	enum target to;
	uint32_t    level;                      /* see struct image_rule     */
	uint64_t    keep_ns, every_ns;
	uint64_t    knows;                      /* see struct image_terms    */
	const struct want *want;                /* NULL: none                */
	const struct cap  *cap;                 /* NULL: none                */
};

/* All selectors IMAGE_NONE, the rest nothing. */
struct builder_rule builder_rule_empty(void);

/* The rule's index, or -E2BIG past RULES_MAX or TAGS_MAX.  CPU sets in want and
 * cap are written as lists; a rt_priority has been folded into its sched. */
int64_t builder_rule(struct builder *b, const struct builder_rule *r,
                     const struct interned *sets);

struct builder_pool {
	const char   *name, *file;
	uint32_t      line;
	enum layer    layer;
	enum pool_per per;
	const struct want *want;
};

/* 0, or -E2BIG past POOLS_MAX. */
int builder_pool(struct builder *b, const struct builder_pool *p,
                 const struct interned *sets);
/* One more table that functions of that file share; all rules of the file that
 * come later carry them all.  Its number within the file, or -E2BIG past
 * STATES_PER_FILE. */
int builder_state(struct builder *b, const char *name, const char *file);
/* Turns off rules of that name in lower layers, whenever they come; place is
 * "file:line". */
void builder_mask(struct builder *b, const char *name, enum layer layer,
                  const char *place);

/* The finished image, malloc'd, in *ret_image with its size; the builder is
 * empty afterwards.  0, -ENOMEM, -E2BIG (a text past TEXT_MAX, an image past
 * its bound), -EINVAL (a NUL inside a text), -ELOOP (tags depend on each other;
 * why names the rules) or -ENOENT (a tag that no rule gives; why names it). */
int builder_finish(struct builder *b, void **ret_image, size_t *ret_bytes,
                   char *why, size_t why_size);

#endif
