/* lately.c -- what processes had from us a moment ago. */

#include "lately.h"

/* A child has its parent's values long before its birth is told of, and may be
 * kept waiting in between. */
#define BIRTH_NS UINT64_C(1000000000)

/* What is turned on has its origin written.  What has gone back has not any
 * more, but went there. */
static bool origin_of(const struct journal *j, const struct change *c,
                      int64_t *ret_origin)
{
	const struct hold *h = journal_find(j, c->whom, c->setting);

	if (h == NULL && c->rule != RULE_NONE)
		return false;
	*ret_origin = h != NULL ? h->origin : c->wanted;
	return true;
}

void lately_note(struct lately *l, const struct journal *j,
                 const struct change *c, uint64_t now_ns)
{
	struct lately_turn t = {
		.whom = c->whom, .setting = c->setting, .value = c->before,
		.since_ns = c->ours_ns, .until_ns = now_ns,
	};

	if (j == NULL || c->threads == 0 || c->ours_ns == 0 || c->foreign ||
	    !origin_of(j, c, &t.origin) || t.value == t.origin)
		return;
	l->turn[l->turns++ % LATELY_MAX] = t;
}

int lately_each(const struct lately *l, struct task_id whom, uint64_t at_ns,
                int (*each)(void *ctx, const struct lately_turn *t), void *ctx)
{
	uint64_t kept = l->turns < LATELY_MAX ? l->turns : LATELY_MAX;
	int      r = 0;

	for (uint64_t i = 1; i <= kept && r == 0; i++) {
		const struct lately_turn *t =
			&l->turn[(l->turns - i) % LATELY_MAX];

		if (t->until_ns + BIRTH_NS < at_ns)
			break;          /* and so is all before it            */
		if (t->whom.pid == whom.pid && t->whom.born == whom.born)
			r = each(ctx, t);
	}
	return r;
}
