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
#include "policy/accept.h"
#include "policy/tags.h"

#define PRIORITY_LOW  (-1000)
#define PRIORITY_HIGH 1000

/* Texts may be shared, but not so often that looking at them takes long. */
#define WORK_MAX      (UINT64_C(4) * IMAGE_BYTES_MAX)
#define CPUS_WORK     64                /* a list costs more than its bytes   */

struct check {
	const void *image;
	char       *why;
	size_t      why_size;
	uint8_t    *depth;              /* of each selector                   */
	uint64_t    work;               /* bytes of text looked at            */
	struct interned *sets;          /* for trying lists of CPUs           */
};

const size_t image_element_bytes[IMAGE_PARTS] = {
	[IMAGE_RULES]        = sizeof(struct image_rule),
	[IMAGE_SELECTORS]    = sizeof(struct image_selector),
	[IMAGE_CONDITIONS]   = sizeof(struct image_condition),
	[IMAGE_ALTERNATIVES] = sizeof(struct image_alternative),
	[IMAGE_VALUES]       = sizeof(struct image_value),
	[IMAGE_BOUNDS]       = sizeof(struct image_bound),
	[IMAGE_TAGS]         = sizeof(struct image_text),
	[IMAGE_TEXT]         = 1,
};

static int refuse(struct check *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The sentence names places by number: who sent a wrong image has no names
 * worth believing. */
static int refuse(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(c->why, c->why_size, format, ap);
	va_end(ap);
	return -EINVAL;
}

static uint32_t count(const struct check *c, enum image_part part)
{
	return image_count(c->image, part);
}

/* Nothing but the size is known to be true yet. */
static int check_header(struct check *c, size_t size)
{
	const struct image_header *h = c->image;

	if (size < sizeof(*h) || size > IMAGE_BYTES_MAX)
		return refuse(c, "%zu bytes are no image", size);
	if ((uintptr_t)c->image % _Alignof(struct image_value) != 0)
		return refuse(c, "the image is not aligned");
	if (memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)) != 0)
		return refuse(c, "it does not begin like an image");
	if (h->version != IMAGE_VERSION)
		return refuse(c, "version %u is not ours", h->version);
	if (h->bytes != size)
		return refuse(c, "%u bytes were said and %zu came", h->bytes,
		              size);
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
			return refuse(c, "part %d begins at %u", i, s->at);
		end = s->at + (uint64_t)s->count * image_element_bytes[i];
		if (end > size)
			return refuse(c, "part %d ends past the image", i);
	}
	if (count(c, IMAGE_RULES) > RULES_MAX)
		return refuse(c, "%u rules are too many",
		              count(c, IMAGE_RULES));
	if (count(c, IMAGE_TAGS) > TAGS_MAX)
		return refuse(c, "%u tags are too many", count(c, IMAGE_TAGS));
	return 0;
}

/* It lies within its part and ends where it says, neither before nor after:
 * from here on strlen() and the stored length agree. */
static bool text_is_sound(struct check *c, struct image_text t)
{
	const char *text;

	if (t.bytes >= TEXT_MAX || t.at >= count(c, IMAGE_TEXT) ||
	    t.bytes >= count(c, IMAGE_TEXT) - t.at)
		return false;
	c->work += t.bytes;
	text = image_text_of(c->image, t);
	return c->work < WORK_MAX &&
	       memchr(text, '\0', t.bytes + 1) == text + t.bytes;
}

/* Written so that nothing is added: a sum could wrap. */
static bool span_is_within(const struct check *c, struct image_span s,
                           enum image_part part)
{
	return s.first <= count(c, part) && s.count <= count(c, part) - s.first;
}

static int check_tags(struct check *c)
{
	for (uint32_t i = 0; i < count(c, IMAGE_TAGS); i++)
		if (!text_is_sound(c, *IMAGE_AT(c->image, IMAGE_TAGS,
		                                image_text, i)))
			return refuse(c, "tag %u has no sound name", i);
	return 0;
}

/* A tag has no fact; demanding a zero there keeps one meaning to one image. */
static bool kind_is_known(const struct image_condition *k)
{
	switch (k->kind) {
	case CONDITION_FACT:
		return k->fact < FACT_COUNT;
	case CONDITION_HOST:
		return k->fact < HOST_COUNT;
	default:
		return k->kind == CONDITION_TAG && k->fact == 0;
	}
}

/* Comparing a text as a number, or the reverse, would read a value's other
 * half. */
static bool op_fits(const struct image_condition *k, uint32_t op)
{
	bool fact = k->kind == CONDITION_FACT;
	bool text = fact && fact_rows[k->fact].type != FACT_TYPE_NUMBER;

	switch (op) {
	case OP_ANY:
		return k->kind != CONDITION_TAG;
	case OP_TEXT:
	case OP_GLOB:
		return text;
	case OP_RANGE:
		return k->kind != CONDITION_TAG && !text;
	case OP_PEOPLE:
		return fact && k->fact == FACT_uid;
	default:
		return op == OP_TAG && k->kind == CONDITION_TAG;
	}
}

static const char *alternative_fault(struct check *c,
                                     const struct image_condition *k,
                                     const struct image_alternative *a)
{
	if (!op_fits(k, a->op))
		return "asks for what its field has not";
	if (!text_is_sound(c, a->text))
		return "has no sound text";
	if (a->op == OP_RANGE && a->low > a->high)
		return "ends before it begins";
	if (a->op == OP_TAG &&
	    (a->low < 0 || a->low >= count(c, IMAGE_TAGS)))
		return "names no tag";
	return NULL;
}

/* Also counts on where the next condition's alternatives must begin. */
static int check_condition(struct check *c, uint32_t n, uint32_t *next)
{
	const struct image_condition *k =
		IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition, n);

	if (!kind_is_known(k))
		return refuse(c, "condition %u is about nothing known", n);
	if (k->alternatives.first != *next || k->alternatives.count == 0 ||
	    !span_is_within(c, k->alternatives, IMAGE_ALTERNATIVES))
		return refuse(c, "condition %u has no alternatives of its own",
		              n);
	if (k->kind == CONDITION_TAG && k->alternatives.count > TAGS_MAX)
		return refuse(c, "condition %u names too many tags", n);
	for (uint32_t i = 0; i < k->alternatives.count; i++) {
		const char *fault = alternative_fault(c, k,
			IMAGE_AT(c->image, IMAGE_ALTERNATIVES,
			         image_alternative, *next + i));

		if (fault != NULL)
			return refuse(c, "alternative %u %s", *next + i, fault);
	}
	*next += k->alternatives.count;
	return 0;
}

static int check_conditions(struct check *c)
{
	uint32_t next = 0;
	int      r = 0;

	for (uint32_t i = 0; i < count(c, IMAGE_CONDITIONS) && r == 0; i++)
		r = check_condition(c, i, &next);
	return r;
}

_Static_assert(FACT_COUNT < 64, "a bit is left for tags");

/* One bit for each field that can be asked for. */
static uint64_t field_of(const struct image_condition *k)
{
	return k->kind == CONDITION_TAG ? UINT64_C(1) << 63 :
	       UINT64_C(1) << k->fact;
}

/* At most one condition a field bounds what looking at a selector costs. */
static int check_fields(struct check *c, const struct image_selector *s,
                        uint32_t n)
{
	bool     host = s->kind == SELECT_HOST;
	uint64_t seen = 0;

	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *k =
			IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition,
			         s->conditions.first + i);

		if ((k->kind == CONDITION_HOST) != host)
			return refuse(c, "selector %u mixes host and task", n);
		if ((seen & field_of(k)) != 0)
			return refuse(c, "selector %u asks twice for a field",
			              n);
		seen |= field_of(k);
	}
	return 0;
}

/* A selector inside another one: an earlier one, of processes. */
static int check_inner(struct check *c, uint32_t n, uint32_t inner)
{
	if (inner == IMAGE_NONE)
		return 0;
	if (inner >= n)
		return refuse(c, "selector %u refers forward", n);
	if (IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector,
	             inner)->kind != SELECT_PROCESS)
		return refuse(c, "selector %u refers to no processes", n);
	if (c->depth[inner] >= c->depth[n])
		c->depth[n] = (uint8_t)(c->depth[inner] + 1);
	if (c->depth[n] > SELECTOR_DEPTH)
		return refuse(c, "selector %u is nested too deep", n);
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

	if (s->kind >= SELECTS || !relations_fit(s))
		return refuse(c, "selector %u selects nothing known", n);
	if (s->conditions.first != *next ||
	    !span_is_within(c, s->conditions, IMAGE_CONDITIONS))
		return refuse(c, "selector %u has no conditions of its own", n);
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
	uint32_t n = count(c, IMAGE_SELECTORS), next = 0;
	int      r = 0;

	c->depth = calloc(n + (size_t)1, sizeof(*c->depth));
	if (c->depth == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && r == 0; i++)
		r = check_selector(c, i, &next);
	free(c->depth);
	return r;
}

/* Text of a value or bound; NULL when it is none. */
static const char *setting_text(struct check *c, struct image_text t)
{
	c->work += (t.bytes != 0) * (CPUS_MAX + CPUS_WORK * (uint64_t)t.bytes);
	return text_is_sound(c, t) ? image_text_of(c->image, t) : NULL;
}

static int check_values(struct check *c)
{
	for (uint32_t i = 0; i < count(c, IMAGE_VALUES); i++) {
		const struct image_value *v =
			IMAGE_AT(c->image, IMAGE_VALUES, image_value, i);
		const char *text = setting_text(c, v->text);
		int64_t     value;
		const char *fault = text == NULL ? "has no sound text" :
		                    accept_value(v, text, c->sets, &value);

		if (fault != NULL)
			return refuse(c, "value %u %s", i, fault);
	}
	return 0;
}

static int check_bounds(struct check *c)
{
	for (uint32_t i = 0; i < count(c, IMAGE_BOUNDS); i++) {
		const struct image_bound *b =
			IMAGE_AT(c->image, IMAGE_BOUNDS, image_bound, i);
		const char  *text = setting_text(c, b->text);
		struct bound bound;
		const char  *fault = text == NULL ? "has no sound text" :
		                     accept_bound(b, text, c->sets, &bound);

		if (fault != NULL)
			return refuse(c, "bound %u %s", i, fault);
	}
	return 0;
}

/* Both kinds of elements were checked, so the setting is a known one. */
static uint32_t setting_at(const struct check *c, enum image_part part,
                           uint32_t i)
{
	if (part == IMAGE_VALUES)
		return IMAGE_AT(c->image, part, image_value, i)->setting;
	return IMAGE_AT(c->image, part, image_bound, i)->setting;
}

/* Whether the span is there and has each setting at most once. */
static bool settings_are_sound(const struct check *c, struct image_span s,
                               enum image_part part)
{
	uint64_t seen = 0;

	if (!span_is_within(c, s, part) || s.count > SETTING_COUNT)
		return false;
	for (uint32_t i = 0; i < s.count; i++) {
		uint64_t bit = SETTING_BIT(setting_at(c, part, s.first + i));

		if ((seen & bit) != 0)
			return false;
		seen |= bit;
	}
	return true;
}

/* Whether there is such a selector, of the machine or of tasks. */
static bool selects(const struct check *c, uint32_t selector, bool host)
{
	return selector < count(c, IMAGE_SELECTORS) &&
	       (IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector,
	                 selector)->kind == SELECT_HOST) == host;
}

/* Rules come last: they refer to all the others, which are sound by now. */
static const char *rule_fault(struct check *c, const struct image_rule *r)
{
	if (!text_is_sound(c, r->name) || !text_is_sound(c, r->file))
		return "has no sound name";
	if (r->layer >= LAYERS)
		return "is of no known layer";
	if (r->priority < PRIORITY_LOW || r->priority > PRIORITY_HIGH)
		return "has a priority out of range";
	if (!selects(c, r->match, false))
		return "matches nothing known";
	if (r->except != IMAGE_NONE && !selects(c, r->except, false))
		return "excepts nothing known";
	if (r->when != IMAGE_NONE && !selects(c, r->when, true))
		return "has a 'when' of nothing known";
	if (!settings_are_sound(c, r->want, IMAGE_VALUES))
		return "has no sound want";
	if (!settings_are_sound(c, r->cap, IMAGE_BOUNDS))
		return "has no sound cap";
	if (r->tag != IMAGE_NONE && r->tag >= count(c, IMAGE_TAGS))
		return "gives no known tag";
	return r->is_function > 1 ? "is neither function nor constant" : NULL;
}

/* How many alternatives a selector has: they lie next to each other. */
static uint32_t names_in(const struct check *c, uint32_t selector)
{
	const struct image_selector  *s;
	const struct image_condition *first, *last;

	if (selector == IMAGE_NONE)
		return 0;
	s = IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector, selector);
	if (s->conditions.count == 0)
		return names_in(c, s->of);
	first = IMAGE_AT(c->image, IMAGE_CONDITIONS, image_condition,
	                 s->conditions.first);
	last = first + s->conditions.count - 1;
	return last->alternatives.first + last->alternatives.count -
	       first->alternatives.first + names_in(c, s->of);
}

static int check_rules(struct check *c)
{
	uint64_t names = 0;

	for (uint32_t i = 0; i < count(c, IMAGE_RULES); i++) {
		const struct image_rule *r =
			IMAGE_AT(c->image, IMAGE_RULES, image_rule, i);
		const char *fault = rule_fault(c, r);

		if (fault != NULL)
			return refuse(c, "rule %u %s", i, fault);
		names += names_in(c, r->match);
	}
	return names > IMAGE_NAMES_MAX ?
	       refuse(c, "the rules ask for too many names") : 0;
}

int image_check(const void *bytes, size_t size, char *why, size_t why_size)
{
	static int (*const checks[])(struct check *) = {
		check_tags, check_conditions, check_selectors, check_values,
		check_bounds, check_rules,
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
