/* group_values.c -- what a group must have: the strongest claim of all who are
 * in it, within what all of them may.
 */

#include "campaign.h"

struct claims {
	struct strength best;
	int64_t         value;
	bool            found, equal;   /* two as strong want different values */
	struct bound    bound;
	bool            bounded;
};

static void claim(struct claims *all, struct strength how, int64_t value)
{
	if (value == VALUE_UNTOUCHED)
		return;
	if (all->found && !is_stronger(how, all->best)) {
		all->equal |= !is_stronger(all->best, how) &&
		              value != all->value;
		return;
	}
	*all = (struct claims){ how, value, true, false, all->bound,
		                all->bounded };
}

/* What a pool says of itself is below all that rules of its layer want. */
static const struct strength of_pool = { { LAYER_ADMIN, -1000 } };

/* NONE: nobody can say what it wants. */
static int claim_of(const struct seen *p, enum setting s, struct claims *all)
{
	struct strength how, unused;
	struct seen     t = *p;
	int64_t         value, pool;
	int             r, named;

	t.tid = t.comm[0] = 0;
	r = reference_strongest(p, &t, s, &value, &how);
	named = reference_strongest(p, &t, SETTING_pool, &pool, &unused);
	if (r == NONE || named == NONE)
		return NONE;
	if (named == 1 && pool != VALUE_UNTOUCHED &&
	    want_has(&pool_named(pool)->want, s) &&
	    (r == 0 || is_stronger(of_pool, how))) {
		r = 1;
		how = of_pool;
		value = pool_named(pool)->want.value[s];
	}
	if (r == 1)
		claim(all, how, value);
	return 0;
}

static int bound_by(const struct seen *p, enum setting s, struct claims *all)
{
	struct bound b;
	struct seen  t = *p;
	int          r;

	t.tid = t.comm[0] = 0;
	r = reference_bounds(p, &t, s, false, &b);
	if (r == 1 && bound_intersect(s, &all->bound, &b,
	                              play.stage->sets) < 0)
		return NONE;
	all->bounded |= r == 1;
	return r;
}

/* Whether what it wants is what the reference says of it. */
static bool is_plain_member(pid_t pid, enum setting s)
{
	return !reference_is_realtime(pid) && !watch_doubts(pid, s) &&
	       !watch_doubts(pid, SETTING_pool) &&
	       !sim_is_foreign(play.stage->sim, pid, SETTING_pool);
}

int reference_of_group(const pid_t *pids, size_t n, enum setting s,
                       int64_t *ret_value)
{
	struct claims all = { .bound = bound_open(s) };

	for (size_t i = 0; i < n; i++) {
		struct seen p;

		if (!truth_of(pids[i], pids[i], &p) ||
		    !is_plain_member(pids[i], s) ||
		    claim_of(&p, s, &all) == NONE ||
		    bound_by(&p, s, &all) == NONE)
			return NONE;
	}
	*ret_value = VALUE_UNTOUCHED;
	if (!all.found || all.equal)
		return all.equal ? NONE : 0;
	*ret_value = all.value;
	if (setting_rows[s].type == SETTING_TYPE_CPUS)
		*ret_value = interned_read_cpus(play.stage->sets,
			interned_text(play.words, all.value));
	if (all.bounded && bound_clamp(s, &all.bound, play.stage->sets,
	                               *ret_value, ret_value) < 0)
		return NONE;
	return 1;
}
