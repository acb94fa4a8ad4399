/* image.c -- believing nothing of an image until every field was looked at.
 *
 * Parts are checked in an order that lets each rely on the ones before.  Spans
 * that must follow each other without a gap make each element belong to one
 * owner, so the whole check costs no more than reading the image once.
 */

#include "policy/image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/interned.h"
#include "model/facts.h"
#include "model/host.h"
#include "model/setting.h"
#include "policy/checking.h"
#include "policy/tags.h"

const size_t image_element_bytes[IMAGE_PARTS] = {
	[IMAGE_RULES]        = sizeof(struct image_rule),
	[IMAGE_SELECTORS]    = sizeof(struct image_selector),
	[IMAGE_CONDITIONS]   = sizeof(struct image_condition),
	[IMAGE_ALTERNATIVES] = sizeof(struct image_alternative),
	[IMAGE_VALUES]       = sizeof(struct image_value),
	[IMAGE_BOUNDS]       = sizeof(struct image_bound),
	[IMAGE_TAGS]         = sizeof(struct image_text),
	[IMAGE_POOLS]        = sizeof(struct image_pool),
	[IMAGE_STATES]       = sizeof(struct image_state),
	[IMAGE_TERMS]        = sizeof(struct image_terms),
	[IMAGE_TEXT]         = 1,
};

/* The sentence names places by number: who sent a wrong image has no names
 * worth believing. */
int check_refuse(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->why, c->why_size, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* Nothing but the size is known to be true yet. */
static int check_header(struct check *c, size_t size)
{
	const struct image_header *h = c->image;

	if (size < sizeof(*h) || size > IMAGE_BYTES_MAX)
		return check_refuse(c, "%zu bytes are no image", size);
	if ((uintptr_t)c->image % _Alignof(struct image_value) != 0)
		return check_refuse(c, "the image is not aligned");
	if (memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0)
		return check_refuse(c, "it does not begin like an image");
	if (h->version != IMAGE_VERSION)
		return check_refuse(c, "version %u is not ours", h->version);
	if (h->bytes != size)
		return check_refuse(c, "%u bytes were said and %zu came",
		                    h->bytes, size);
	return 0;
}

/* Parts come in order and do not overlap; sums are of 64 bits, so no count
 * wraps. */
static int check_parts(struct check *c, size_t size)
{
	const struct image_header *h = c->image;
	uint64_t                   end = sizeof(*h);

	for (int i = 0; i < IMAGE_PARTS; i++) {
		const struct image_section *s = &h->part[i];

		if (s->at % 8 != 0 || s->at < end)
			return check_refuse(c, "part %d begins at %u", i,
			                    s->at);
		end = s->at + (uint64_t)s->count * image_element_bytes[i];
		if (end > size)
			return check_refuse(c, "part %d ends past the image",
			                    i);
	}
	if (check_count(c, IMAGE_RULES) > RULES_MAX)
		return check_refuse(c, "%u rules are too many",
		              check_count(c, IMAGE_RULES));
	if (check_count(c, IMAGE_TAGS) > TAGS_MAX)
		return check_refuse(c, "%u tags are too many",
		                    check_count(c, IMAGE_TAGS));
	return 0;
}

bool check_text(struct check *c, struct image_text t)
{
	const char *text;

	if (t.bytes >= TEXT_MAX || t.at >= check_count(c, IMAGE_TEXT) ||
	    t.bytes >= check_count(c, IMAGE_TEXT) - t.at)
		return false;
	c->work += t.bytes;
	text = image_text_of(c->image, t);
	return c->work < WORK_MAX &&
	       memchr(text, '\0', t.bytes + 1) == text + t.bytes;
}

/* Written so that nothing is added: a sum could wrap. */
bool check_span(const struct check *c, struct image_span s,
                enum image_part part)
{
	uint32_t count = check_count(c, part);

	return s.first <= count && s.count <= count - s.first;
}

static int check_tags(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_TAGS); i++)
		if (!check_text(c, *IMAGE_AT(c->image, IMAGE_TAGS,
		                                image_text, i)))
			return check_refuse(c, "tag %u has no sound name", i);
	return 0;
}

/* A tag has no fact; demanding a zero there keeps one meaning to one image. */
static bool kind_is_known(struct check *c, const struct image_condition *k)
{
	if (k->kind != CONDITION_ENV && k->name.bytes != 0)
		return false;
	switch (k->kind) {
	case CONDITION_FACT:
		return k->fact < FACT_COUNT;
	case CONDITION_HOST:
		return k->fact < HOST_COUNT;
	case CONDITION_SETTING:
		return k->fact < SETTING_COUNT;
	case CONDITION_ENV:
		return k->fact == 0 && k->name.bytes != 0 &&
		       check_text(c, k->name);
	default:
		return k->kind == CONDITION_TAG && k->fact == 0;
	}
}

static bool is_text(const struct image_condition *k)
{
	return k->kind == CONDITION_ENV ||
	       (k->kind == CONDITION_FACT &&
	        (fact_rows[k->fact].type == FACT_TYPE_TEXT ||
	         fact_rows[k->fact].type == FACT_TYPE_LIST));
}

/* A set of CPUs or a name is known by a number that says nothing of it. */
static bool is_number(const struct image_condition *k)
{
	switch (k->kind) {
	case CONDITION_FACT:
		return !is_text(k);
	case CONDITION_HOST:
		return host_rows[k->fact].type != HOST_TYPE_LIST;
	case CONDITION_SETTING:
		return !setting_is_interned((enum setting)k->fact);
	default:
		return false;
	}
}

static bool is_tags(const struct image_condition *k)
{
	return k->kind == CONDITION_TAG ||
	       (k->kind == CONDITION_HOST &&
	        host_rows[k->fact].type == HOST_TYPE_LIST);
}

/* Comparing a text as a number, or the reverse, would read a value's other
 * half. */
static bool op_fits(const struct image_condition *k, uint32_t op)
{
	switch (op) {
	case OP_ANY:
		return k->kind != CONDITION_TAG;
	case OP_TEXT:
	case OP_GLOB:
	case OP_REGEX:
		return is_text(k);
	case OP_RANGE:
		return is_number(k);
	case OP_PEOPLE:
		return k->kind == CONDITION_FACT && k->fact == FACT_uid;
	default:
		return op == OP_TAG && is_tags(k);
	}
}

/* Only a time of day goes on at the other end. */
static bool wraps(const struct image_condition *k,
                  const struct image_alternative *a)
{
	return k->kind == CONDITION_HOST &&
	       host_rows[k->fact].unit == HOST_UNIT_MINUTES &&
	       a->high >= 0 && a->low < HOST_DAY_MINUTES;
}

static const char *alternative_fault(struct check *c,
                                     const struct image_condition *k,
                                     const struct image_alternative *a)
{
	if (!op_fits(k, a->op))
		return "asks for what its field has not";
	if (!check_text(c, a->text))
		return "has no sound text";
	if (a->op == OP_RANGE && a->low > a->high && !wraps(k, a))
		return "ends before it begins";
	if (a->op == OP_TAG &&
	    (a->low < 0 || a->low >= check_count(c, IMAGE_TAGS)))
		return "names no tag";
	return NULL;
}

/* Also counts on where the next condition's alternatives must begin. */
static int check_condition(struct check *c, uint32_t n, uint32_t *next)
{
	const struct image_condition *k =
		IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition, n);

	if (!kind_is_known(c, k))
		return check_refuse(c, "condition %u is about nothing known",
		                    n);
	if (k->alternatives.first != *next || k->alternatives.count == 0 ||
	    !check_span(c, k->alternatives, IMAGE_ALTERNATIVES))
		return check_refuse(c, "condition %u has no alternatives of "
		                    "its own", n);
	if (is_tags(k) && k->alternatives.count > TAGS_MAX)
		return check_refuse(c, "condition %u names too many tags", n);
	for (uint32_t i = 0; i < k->alternatives.count; i++) {
		const char *fault = alternative_fault(c, k,
			IMAGE_AT(c->image, IMAGE_ALTERNATIVES,
			         image_alternative, *next + i));

		if (fault != NULL)
			return check_refuse(c, "alternative %u %s", *next + i,
			                    fault);
	}
	*next += k->alternatives.count;
	return 0;
}

static int check_conditions(struct check *c)
{
	uint32_t next = 0;
	int      r = 0;

	for (uint32_t i = 0; i < check_count(c, IMAGE_CONDITIONS) && r == 0; i++)
		r = check_condition(c, i, &next);
	return r;
}

/* One bit for each field that can be asked for, of the kinds
 * that have a fact. */
struct fields_seen {
	uint64_t kind[CONDITION_KINDS];
	unsigned env;
};

/* Whether the field is a new one; of the environment, one more of a few. */
static bool field_is_new(struct fields_seen *seen,
                         const struct image_condition *k)
{
	uint64_t bit = UINT64_C(1) << k->fact;

	if (k->kind == CONDITION_ENV)
		return ++seen->env <= ENV_PER_SELECTOR;
	if ((seen->kind[k->kind] & bit) != 0)
		return false;
	seen->kind[k->kind] |= bit;
	return true;
}

/* At most one condition a field bounds what looking at a selector costs. */
static int check_fields(struct check *c, const struct image_selector *s,
                        uint32_t n)
{
	bool               host = s->kind == SELECT_HOST;
	struct fields_seen seen = { .env = 0 };

	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *k =
			IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i);

		if ((k->kind == CONDITION_HOST) != host)
			return check_refuse(c, "selector %u mixes host and "
			                    "task", n);
		if (!field_is_new(&seen, k))
			return check_refuse(c, "selector %u asks too often "
			                    "for a field", n);
	}
	return 0;
}

/* A selector inside another one: an earlier one, of processes. */
static int check_inner(struct check *c, uint32_t n, uint32_t inner)
{
	if (inner == IMAGE_NONE)
		return 0;
	if (inner >= n)
		return check_refuse(c, "selector %u refers forward", n);
	if (IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector,
	             inner)->kind != SELECT_PROCESS)
		return check_refuse(c, "selector %u refers to no processes", n);
	if (c->depth[inner] >= c->depth[n])
		c->depth[n] = (uint8_t)(c->depth[inner] + 1);
	if (c->depth[n] > SELECTOR_DEPTH)
		return check_refuse(c, "selector %u is nested too deep", n);
	return 0;
}

/* The machine has no lineage, and only a thread is of a process. */
static bool relations_fit(const struct image_selector *s)
{
	if (s->kind == SELECT_HOST)
		return s->of == IMAGE_NONE && s->under == IMAGE_NONE &&
		       s->parent == IMAGE_NONE;
	return s->of == IMAGE_NONE || s->kind == SELECT_THREAD;
}

/* Earlier selectors have their depth by now, so this one's is known. */
static int check_selector(struct check *c, uint32_t n, uint32_t *next)
{
	const struct image_selector *s =
		IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector, n);
	int r;

	if (s->kind >= SELECTS || s->lasting_ns > SPAN_NS_MAX ||
	    !relations_fit(s))
		return check_refuse(c, "selector %u selects nothing known", n);
	if (s->conditions.first != *next ||
	    !check_span(c, s->conditions, IMAGE_CONDITIONS))
		return check_refuse(c, "selector %u has no conditions of its "
		                    "own", n);
	*next += s->conditions.count;
	c->depth[n] = 1;
	r = check_fields(c, s, n);
	if (r == 0)
		r = check_inner(c, n, s->of);
	if (r == 0)
		r = check_inner(c, n, s->under);
	return r == 0 ? check_inner(c, n, s->parent) : r;
}

static int check_selectors(struct check *c)
{
	uint32_t n = check_count(c, IMAGE_SELECTORS), next = 0;
	int      r = 0;

	c->depth = calloc(n + (size_t)1, sizeof(*c->depth));
	if (c->depth == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && r == 0; i++)
		r = check_selector(c, i, &next);
	free(c->depth);
	return r;
}

int image_check(const void *bytes, size_t size, char *why, size_t why_size)
{
	static int (*const checks[])(struct check *) = {
		check_tags, check_conditions, check_patterns, check_env,
		check_selectors, check_values, check_bounds, check_pools,
		check_states, check_terms, check_rules,
	};
	struct check c = { .image = bytes, .why = why, .why_size = why_size };
	int          r = check_header(&c, size);

	if (r == 0)
		r = check_parts(&c, size);
	if (r < 0)
		return r;
	c.sets = interned_new();
	if (c.sets == NULL)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < sizeof(checks) / sizeof(*checks); i++)
		r = checks[i](&c);
	interned_free(c.sets);
	/* Only now can the rules be walked without looking where one steps. */
	if (r == 0)
		r = tags_order(bytes, NULL, why, why_size);
	return r == -ELOOP ? -EINVAL : r;
}
