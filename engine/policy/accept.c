/* accept.c -- is what came from outside a value, or a bound, of its setting? */

#include "policy/accept.h"

#include <errno.h>

#include "model/interned.h"
#include "model/qos.h"

/* A deadline has parameters that no bound and no value can state yet. */
#define CLASSES_WANTED ((UINT32_C(1) << SCHED_CLASS_DEADLINE) - 1)
#define CLASSES_KNOWN  ((UINT32_C(1) << SCHED_CLASSES) - 1)
#define QOS_KNOWN      ((UINT32_C(1) << QOS_COUNT) - 1)

static bool is_cpus(uint32_t setting)
{
	return setting_rows[setting].type == SETTING_TYPE_CPUS;
}

/* A list that makes no set is the sender's fault; one set too many is only our
 * own bound, and equally no reason to guess. */
static const char *accept_cpus(const char *list, struct interned *sets,
                               int64_t *ret_id)
{
	int64_t id = interned_read_cpus(sets, list);

	if (id == -ENOMEM)
		return "is one set of CPUs too many";
	if (id < 0)
		return "is not a list of CPUs";
	*ret_id = id;
	return NULL;
}

/* "untouched" is a value of every setting, of CPUs too. */
const char *accept_value(const struct image_value *v, const char *text,
                         struct interned *sets, int64_t *ret_value)
{
	if (v->setting >= SETTING_COUNT)
		return "has no such setting";
	if (setting_rows[v->setting].kind == SETTING_KIND_PART)
		return "is part of another setting";
	if (v->value != VALUE_UNTOUCHED && is_cpus(v->setting))
		return accept_cpus(text, sets, ret_value);
	if (!setting_valid((enum setting)v->setting, v->value))
		return "is outside of what the setting takes";
	*ret_value = v->value;
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
	return b->low == VALUE_UNTOUCHED || !setting_valid(s, b->low) ||
	       !setting_valid(s, b->high) ?
	       "ends outside of what the setting takes" : NULL;
}

static const char *accept_limits(const struct image_bound *b)
{
	switch (setting_rows[b->setting].type) {
	case SETTING_TYPE_SCHED:
		return accept_classes(b->allowed, CLASSES_WANTED,
		                      CLASSES_KNOWN);
	case SETTING_TYPE_QOS:
		return accept_classes(b->allowed, QOS_KNOWN, QOS_KNOWN);
	default:
		return accept_range(b);
	}
}

const char *accept_bound(const struct image_bound *b, const char *text,
                         struct interned *sets, struct bound *ret_bound)
{
	struct bound bound = { b->allowed, b->low, b->high };
	const char  *fault;

	if (b->setting >= SETTING_COUNT)
		return "has no such setting";
	fault = is_cpus(b->setting) ? accept_cpus(text, sets, &bound.low) :
	        accept_limits(b);
	if (fault != NULL)
		return fault;
	/* From here on only what can be wanted is allowed. */
	if (setting_rows[b->setting].type == SETTING_TYPE_SCHED)
		bound.allowed &= CLASSES_WANTED;
	*ret_bound = bound;
	return NULL;
}
