/* image_rules.c -- what rules want and what they are, believed no sooner than
 * what they refer to. */

#include "policy/checking.h"

#include "model/host.h"
#include "model/interned.h"
#include "model/layer.h"
#include "policy/accept.h"

#define PRIORITY_LOW  (-1000)
#define PRIORITY_HIGH 1000
#define CPUS_WORK     64                /* a list costs more than its bytes   */

/* Text of a value or bound; NULL when it is none. */
static const char *setting_text(struct check *c, struct image_text t)
{
	c->work += (t.bytes != 0) * (CPUS_MAX + CPUS_WORK * (uint64_t)t.bytes);
	return check_text(c, t) ? image_text_of(c->image, t) : NULL;
}

int check_values(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_VALUES); i++) {
		const struct image_value *v =
			IMAGE_AT(c->image, IMAGE_VALUES, image_value, i);
		const char *text = setting_text(c, v->text);
		int64_t     value;
		const char *fault = text == NULL ? "has no sound text" :
		                    accept_value(v, text, c->sets, &value);

		if (fault != NULL)
			return check_refuse(c, "value %u %s", i, fault);
	}
	return 0;
}

int check_bounds(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_BOUNDS); i++) {
		const struct image_bound *b =
			IMAGE_AT(c->image, IMAGE_BOUNDS, image_bound, i);
		const char  *text = setting_text(c, b->text);
		struct bound bound;
		const char  *fault = text == NULL ? "has no sound text" :
		                     accept_bound(b, text, c->sets, &bound);

		if (fault != NULL)
			return check_refuse(c, "bound %u %s", i, fault);
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

	if (!check_span(c, s, part) || s.count > SETTING_COUNT)
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
	return selector < check_count(c, IMAGE_SELECTORS) &&
	       (IMAGE_AT(c->image, IMAGE_SELECTORS, image_selector,
	                 selector)->kind == SELECT_HOST) == host;
}

int check_pools(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_POOLS); i++) {
		const struct image_pool *p =
			IMAGE_AT(c->image, IMAGE_POOLS, image_pool, i);

		if (!check_text(c, p->name) || !check_text(c, p->file) ||
		    p->name.bytes == 0)
			return check_refuse(c, "pool %u has no sound name", i);
		if (p->layer >= LAYERS || p->per >= POOL_PERS ||
		    !settings_are_sound(c, p->values, IMAGE_VALUES))
			return check_refuse(c, "pool %u is not sound", i);
	}
	return 0;
}

int check_states(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_STATES); i++) {
		const struct image_state *s =
			IMAGE_AT(c->image, IMAGE_STATES, image_state, i);

		if (!check_text(c, s->name) || !check_text(c, s->file))
			return check_refuse(c, "state %u has no sound name",
			                    i);
	}
	return 0;
}

static const char *terms_fault(struct check *c, const struct image_terms *t)
{
	if (t->irreversible > 1 || t->insist > 1)
		return "are neither this nor that";
	if (t->keep_ns > SPAN_NS_MAX)
		return "keep for too long";
	if (!check_text(c, t->masked_by))
		return "have no sound mask";
	return check_span(c, t->states, IMAGE_STATES) &&
	       t->states.count <= STATES_PER_FILE ? NULL
	                                          : "share no known state";
}

int check_terms(struct check *c)
{
	for (uint32_t i = 0; i < check_count(c, IMAGE_TERMS); i++) {
		const char *fault = terms_fault(c,
			IMAGE_AT(c->image, IMAGE_TERMS, image_terms, i));

		if (fault != NULL)
			return check_refuse(c, "terms %u %s", i, fault);
	}
	return 0;
}

static const char *selectors_fault(const struct check *c,
                                   const struct image_rule *r)
{
	bool nobody = r->is_handler && r->match == IMAGE_NONE;

	if (!nobody && !selects(c, r->match, false))
		return "matches nothing known";
	if (r->except != IMAGE_NONE && !selects(c, r->except, false))
		return "excepts nothing known";
	if (r->when != IMAGE_NONE && !selects(c, r->when, true))
		return "has a 'when' of nothing known";
	if (r->unless != IMAGE_NONE && !selects(c, r->unless, true))
		return "has an 'except' of no known host";
	return NULL;
}

/* A pressure has a level, and a timer may have a minute; nothing else has. */
static bool level_fits(enum moment moment, uint32_t level)
{
	switch (moment) {
	case MOMENT_MEMORY_PRESSURE:
	case MOMENT_CPU_PRESSURE:
	case MOMENT_IO_PRESSURE:
		return level < HOST_LEVELS;
	case MOMENT_TIMER:
		return level < MINUTES_OF_DAY;
	default:
		return level == IMAGE_NONE;
	}
}

static const char *handler_fault(const struct image_rule *r,
                                 const struct image_terms *t)
{
	if (!r->is_function || r->moment < MOMENT_FOCUS)
		return "handles nothing";
	if (r->want.count + r->cap.count != 0 || r->tag != IMAGE_NONE ||
	    r->to != TARGET_SELF)
		return "is a handler and wants something by itself";
	if (r->moment == MOMENT_TIMER && t->level == IMAGE_NONE)
		return t->every_ns < TIMER_NS_MIN || t->every_ns > SPAN_NS_MAX
		       ? "has a timer out of range" : NULL;
	return level_fits((enum moment)r->moment, t->level)
	       ? NULL : "has a level out of range";
}

/* What a rule does when, and how long. */
static const char *moment_fault(const struct image_rule *r,
                                const struct image_terms *t)
{
	if (r->is_function > 1 || r->is_handler > 1)
		return "is neither this nor that";
	if (r->moment >= MOMENTS || r->to >= TARGETS)
		return "is set off by nothing known";
	if (r->is_handler)
		return handler_fault(r, t);
	if (r->moment > MOMENT_POWER)
		return "is set off by what only a handler hears";
	if (r->moment != MOMENT_NONE && r->tag != IMAGE_NONE)
		return "is set off and gives a tag";
	if (r->moment != MOMENT_NONE && r->is_function)
		return "is set off and would have to be asked";
	return r->moment != MOMENT_NONE && t->keep_ns == 0
	       ? "is set off and does not last" : NULL;
}

/* Rules come last: they refer to all the others, which are sound by now. */
static const char *rule_fault(struct check *c, const struct image_rule *r)
{
	const char *fault = selectors_fault(c, r);

	if (!check_text(c, r->name) || !check_text(c, r->file))
		return "has no sound name";
	if (r->layer >= LAYERS)
		return "is of no known layer";
	if (r->priority < PRIORITY_LOW || r->priority > PRIORITY_HIGH)
		return "has a priority out of range";
	if (!settings_are_sound(c, r->want, IMAGE_VALUES))
		return "has no sound want";
	if (!settings_are_sound(c, r->cap, IMAGE_BOUNDS))
		return "has no sound cap";
	if (r->tag != IMAGE_NONE && r->tag >= check_count(c, IMAGE_TAGS))
		return "gives no known tag";
	if (r->terms >= check_count(c, IMAGE_TERMS))
		return "has no terms";
	return fault != NULL ? fault
	                     : moment_fault(r, image_terms_of(c->image, r));
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

int check_rules(struct check *c)
{
	uint64_t names = 0;

	for (uint32_t i = 0; i < check_count(c, IMAGE_RULES); i++) {
		const struct image_rule *r =
			IMAGE_AT(c->image, IMAGE_RULES, image_rule, i);
		const char *fault = rule_fault(c, r);

		if (fault != NULL)
			return check_refuse(c, "rule %u %s", i, fault);
		names += names_in(c, r->match);
	}
	return names > IMAGE_NAMES_MAX ?
	       check_refuse(c, "the rules ask for too many names") : 0;
}

