/* doubt_grants.c -- privileges that are given for what anyone can say.
 *
 * A program chooses its title, its arguments and its environment, and the
 * names of its threads.  Where one of these alone earns a place before others,
 * anybody can have it.
 */

#include "policy/doubting.h"

#include <string.h>

#include "model/facts.h"

/* What says who a task is and was chosen by the task itself. */
static const uint32_t claimed[] = { FACT_comm, FACT_title, FACT_cmdline,
                                    FACT_args, FACT_script, FACT_app };

static bool is_claimed(const struct image_condition *c, enum select kind)
{
	if (c->kind == CONDITION_ENV)
		return true;
	if (c->kind != CONDITION_FACT)
		return false;
	if (c->fact == FACT_name)
		return kind == SELECT_THREAD;
	for (size_t i = 0; i < sizeof(claimed) / sizeof(*claimed); i++)
		if (claimed[i] == c->fact)
			return true;
	return false;
}

/* Of any person is as good as of anybody; a file of that name must at least be
 * there. */
static bool is_firm(const struct doubting *d, const struct image_condition *c,
                    enum select kind)
{
	if (c->kind == CONDITION_TAG)
		return true;
	if (c->kind != CONDITION_FACT)
		return false;
	switch (c->fact) {
	case FACT_name:
		return kind == SELECT_PROCESS;
	case FACT_uid:
		return doubt_alternative(d, c, 0)->op != OP_PEOPLE;
	case FACT_exe:
	case FACT_user:
	case FACT_gid:
	case FACT_group:
	case FACT_unit:
	case FACT_cgroup:
	case FACT_container:
	case FACT_pid:
	case FACT_parent:
	case FACT_ancestors:
		return true;
	default:
		return false;
	}
}

struct ground {
	const struct image_condition *claim;    /* the first, or NULL         */
	bool                          firm;
};

/* Of whom it descends, or belongs to, counts as firm if it is in itself. */
static void ground_add(const struct doubting *d, uint32_t selector,
                       struct ground *g)
{
	const struct image_selector *s;

	if (selector == IMAGE_NONE)
		return;
	s = doubt_selector(d, selector);
	for (uint32_t i = 0; i < s->conditions.count; i++) {
		const struct image_condition *c = doubt_condition(d, s, i);
		enum select                   kind = (enum select)s->kind;

		g->firm |= is_firm(d, c, kind);
		if (g->claim == NULL && is_claimed(c, kind))
			g->claim = c;
	}
	ground_add(d, s->of, g);
	ground_add(d, s->under, g);
	ground_add(d, s->parent, g);
}

/* Whether the value takes a power that others are not to have for nothing. */
static bool is_privilege(const struct image_value *v)
{
	const struct setting_row *row = &setting_rows[v->setting];

	if (v->value == VALUE_UNTOUCHED)
		return false;
	if (strcmp(row->power, "nice_below_0") == 0)
		return v->setting == SETTING_precedence ? v->value > 0
		                                        : v->value < 0;
	if (strcmp(row->power, "realtime") != 0)
		return false;
	return row->type != SETTING_TYPE_SCHED ||
	       sched_class_of(v->value) > SCHED_CLASS_OTHER;
}

/* The first setting of the want that does, or NULL. */
static const char *privilege_of(const struct doubting *d,
                                const struct image_rule *r)
{
	for (uint32_t i = 0; i < r->want.count; i++) {
		const struct image_value *v =
			IMAGE_AT(d->image, IMAGE_VALUES, image_value,
			         r->want.first + i);

		if (is_privilege(v))
			return setting_rows[v->setting].name;
	}
	return NULL;
}

static void grant_tell(struct doubting *d, uint32_t rule, const char *setting,
                       const struct image_condition *claim)
{
	enum select kind = (enum select)
		doubt_selector(d, doubt_rule(d, rule)->match)->kind;

	if (kind == SELECT_THREAD && claim->kind == CONDITION_FACT &&
	    (claim->fact == FACT_name || claim->fact == FACT_comm))
		doubt(d, rule, setting, "%s is granted by a thread's name "
		      "alone, and anyone can name a thread: add of = process "
		      "{ exe = ... } or a uid", setting);
	else
		doubt(d, rule, setting, "%s is granted by %s alone, which any "
		      "program can choose: add exe or a uid", setting,
		      claim->kind == CONDITION_ENV ? "env"
		      : fact_rows[claim->fact].name);
}

void doubt_grants(struct doubting *d)
{
	for (uint32_t i = 0; i < d->rules; i++) {
		const struct image_rule *r = doubt_rule(d, i);
		const char              *setting = privilege_of(d, r);
		struct ground            g = { 0 };

		if (setting == NULL || d->never[i] || !doubt_stands(d, i))
			continue;
		ground_add(d, r->match, &g);
		if (g.claim != NULL && !g.firm)
			grant_tell(d, i, setting, g.claim);
	}
}
