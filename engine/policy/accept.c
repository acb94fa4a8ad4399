/* accept.c -- is what came from outside a value, or a bound, of its setting? */

#include "policy/accept.h"

#include <errno.h>

#include "model/interned.h"

/* A deadline has parameters that no class alone can state. */
#define CLASSES_WANTED ((UINT32_C(1) << SCHED_CLASS_DEADLINE) - 1)

/* A list that makes no set is the sender's fault; one set too many is only our
 * own bound, and equally no reason to guess. */
static const char *list_fault(enum setting s, int64_t error)
{
	bool cpus = setting_rows[s].type == SETTING_TYPE_CPUS;

	if (error == -ENOMEM)
		return cpus ? "is one set of CPUs too many"
		            : "is one name too many";
	return cpus ? "is not a list of CPUs" : "is not a name";
}

static const char *accept_list(enum setting s, const char *list,
                               struct interned *sets, int64_t *ret_id)
{
	bool    cpus = setting_rows[s].type == SETTING_TYPE_CPUS;
	int64_t id = cpus ? interned_read_cpus(sets, list)
	                  : interned_read_names(sets, list);

	if (id < 0)
		return list_fault(s, id);
	*ret_id = id;
	return NULL;
}

/* "untouched" is a value of every setting, of an interned one too. */
const char *accept_value(const struct image_value *v, const char *text,
                         struct interned *sets, int64_t *ret_value)
{
	enum setting s = (enum setting)v->setting;
	int64_t      value = v->value;
	int          r = 0;

	if (v->setting >= SETTING_COUNT)
		return "has no such setting";
	if (setting_rows[s].kind == SETTING_KIND_PART)
		return "is part of another setting";
	if (value != VALUE_UNTOUCHED && setting_is_interned(s))
		r = setting_parse(s, text, sets, &value);
	if (r < 0)
		return list_fault(s, r);
	if (!setting_valid(s, value))
		return "is outside of what the setting takes";
	*ret_value = value;
	return NULL;
}

/* A class that cannot be wanted may be allowed, but not alone: then clamping
 * would arrive at it. */
static const char *accept_classes(uint32_t allowed, uint32_t wanted,
                                  uint32_t known)
{
	return (allowed & ~known) != 0 ? "allows classes that are unknown" :
	       (allowed & wanted) == 0 ? "allows nothing" : NULL;
}

/* Both ends become values when something beyond them is wanted. */
static const char *accept_range(const struct image_bound *b)
{
	enum setting s = (enum setting)b->setting;

	if (b->low > b->high)
		return "allows nothing";
	if (b->low == VALUE_UNTOUCHED || !setting_valid(s, b->low) ||
	    !setting_valid(s, b->high))
		return "ends outside of what the setting takes";
	return setting_rows[s].type == SETTING_TYPE_SHARE &&
	       (b->low > SHARE_OF_HOST) != (b->high > SHARE_OF_HOST) ?
	       "ends in shares of two kinds" : NULL;
}

static const char *accept_limits(const struct image_bound *b)
{
	enum setting s = (enum setting)b->setting;

	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
		return accept_classes(b->allowed, CLASSES_WANTED,
		                      bound_classes(s));
	case SETTING_TYPE_WORD:
		return accept_classes(b->allowed, bound_classes(s),
		                      bound_classes(s));
	case SETTING_TYPE_REALTIME:
	case SETTING_TYPE_NAME:
		return b->allowed > 1 ? "is neither all nor nothing" : NULL;
	case SETTING_TYPE_CPUS:
		return NULL;
	default:
		return accept_range(b);
	}
}

const char *accept_bound(const struct image_bound *b, const char *text,
                         struct interned *sets, struct bound *ret_bound)
{
	enum setting s = (enum setting)b->setting;
	struct bound bound = { b->allowed, b->low, b->high };
	const char  *fault;
	bool         none;

	if (b->setting >= SETTING_COUNT)
		return "has no such setting";
	fault = accept_limits(b);
	none = setting_rows[s].type == SETTING_TYPE_NAME && b->allowed == 0;
	if (fault == NULL && none)
		bound.low = INTERNED_ANY;
	else if (fault == NULL && setting_is_interned(s))
		fault = accept_list(s, text, sets, &bound.low);
	if (fault != NULL)
		return fault;
	/* From here on only what can be wanted is allowed. */
	if (setting_rows[s].type == SETTING_TYPE_SCHED)
		bound.allowed &= CLASSES_WANTED;
	*ret_bound = bound;
	return NULL;
}
