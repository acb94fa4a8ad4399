/* birth.c -- what the newborn have from their parents is ours too, whether or
 * not anybody told us of the birth; and who left unseen holds nothing.
 *
 * A value that came down from a parent is known by its being the one that we
 * left there; a child that was found by looking may be older than that.
 */

#include <errno.h>
#include <string.h>

#include "judge.h"

/* The birth of one that left before anybody read when it was born. */
#define BORN_AND_GONE UINT64_MAX
/* Births are counted in clock ticks. */
#define TICK_NS       UINT64_C(20000000)

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

bool judge_hands_nothing_down(const struct engine *en)
{
	return journal_count(en->journal) == 0 && en->lately.turns == 0;
}

struct birth {
	struct engine *en;
	struct task   *child;
	uint64_t       at_ns;
	bool           unread;          /* something could not be read now    */
};

/* Real-time classes hide a slice, which is there again in another: it is
 * believed until the first look that sees one. */
static bool is_hidden(enum setting s, int error)
{
	return s == SETTING_slice && error == -ENODATA;
}

/* What it has now, as the door says; -EAGAIN: it cannot be asked. */
static int read_child(struct engine *en, struct task *child, enum setting s,
                      int64_t *ret_now)
{
	const struct actuator *door = &en->os->actuator;
	bool                   gripped = en->gripped.pid == child->id.pid;
	int                    r = judge_learn_birth(en, child);

	if (r == 0 && !gripped)
		r = door->grip(door->self, child->id);
	if (r != 0)
		return r == -ESRCH ? r : -EAGAIN;
	r = door->read(door->self, child->id, s, ret_now);
	if (!gripped)
		door->let_go(door->self);
	return r;
}

/* Writes down what the child has from its parent, who has it no more. */
static int inherit_late(void *ctx, const struct lately_turn *t)
{
	struct birth  *b = ctx;
	struct engine *en = b->en;
	struct hold    own = {
		.setting = t->setting, .origin = t->origin,
		.wanted = t->value, .applied = t->value,
		.since_ns = now_of(en),
	};
	int64_t        now = 0;
	bool           hidden;
	int            r;

	if (!setting_is_born_with(t->setting) ||
	    b->at_ns + TICK_NS < t->since_ns)
		return 0;
	r = read_child(en, b->child, t->setting, &now);
	own.whom = own.through = b->child->id;
	hidden = is_hidden(t->setting, r);
	if (!hidden && (r < 0 || now != t->value)) {
		/* What its parent had of a single task it can have. */
		b->unread |= r < 0 && r != -ESRCH && r != -ENODATA &&
		             (r != -EOPNOTSUPP ||
		              setting_rows[t->setting].scope !=
		              SETTING_SCOPE_GROUP);
		return 0;
	}
	r = journal_begin(en->journal, &own);
	return r < 0 || hidden ? r : journal_settle(en->journal, own.whom,
	                                            own.setting, now);
}

/* Who left before we heard of its birth has no use for its parent's origins,
 * but its children have: until its exit is heard of it goes by a birth that
 * nobody living has. */
static int learn_newborn(struct engine *en, struct task *child)
{
	struct value v;
	int          r = judge_learn_birth(en, child);

	if (r == 0 || child->id.born != 0 ||
	    table_fact(en->table, child, FACT_ppid, &v) != -ESRCH)
		return r;
	child->id.born = BORN_AND_GONE;
	journal_gone(en->journal, child->id);
	return 0;
}

int judge_forker(struct engine *en, struct task_id *forker, bool *ret_all)
{
	struct task_id process = { forker->pid, forker->pid, forker->born };
	struct task   *row = table_find(en->table, process);
	int            r = row != NULL ? 0 : table_meet(en->table, process,
	                                                &row);

	if (r >= 0 && row->id.born == 0)
		r = judge_learn_birth(en, row);
	if (r < 0 && r != -ESRCH)
		return -EAGAIN;
	if (r < 0 && !journal_process(en->journal, process.pid, &process))
		return 0;
	if (r >= 0) {
		process.born = row->id.born;
		*ret_all = judge_found_above(en, row) && judge_found(en, row);
	}
	forker->born = process.born;
	if (!task_id_is_thread(*forker))
		*forker = task_id_main(*forker);
	return 1;
}

/* Believed only as far as its first judging finds it true: the parent may have
 * been changed after this fork. */
static void take_after(struct engine *en, struct task *child,
                       struct task_id forker)
{
	const struct task *parent = table_find(en->table, (struct task_id){
		forker.pid, forker.pid, forker.born });

	if (parent == NULL)
		return;
	child->in_force = parent->in_force;
	child->for_good = parent->for_good;
	memcpy(child->won, parent->won, sizeof child->won);
}

/* What it has from its parent is written down. */
static int bear(struct engine *en, struct task *child, struct task_id forker,
                struct birth *birth)
{
	struct task_id parent = { forker.pid, forker.pid, forker.born };
	int            r = 0;

	if (journal_holds_within(en->journal, parent) != 0) {
		r = learn_newborn(en, child);
		if (r < 0)
			return r;
		r = journal_fork(en->journal, child->id, forker);
		take_after(en, child, forker);
	}
	return r < 0 ? r : lately_each(&en->lately, parent, birth->at_ns,
	                               inherit_late, birth);
}

/* Its main thread was thought to have that value by itself. */
static int correct_main(struct engine *en, struct task_id child,
                        const struct lately_turn *t)
{
	const struct hold *h = journal_find(en->journal, task_id_main(child),
	                                    t->setting);
	struct hold        own;
	int                r;

	if (h == NULL || h->origin != t->value || h->applied != t->value ||
	    journal_find(en->journal, child, t->setting) == NULL)
		return 0;
	own = *h;
	own.origin = t->origin;
	journal_end(en->journal, own.whom, own.setting);
	r = journal_begin(en->journal, &own);
	return r < 0 ? r : journal_settle(en->journal, own.whom, own.setting,
	                                  own.applied);
}

/* Who was met before this was heard may have gone back by now, and was perhaps
 * thought to be nobody's child: only what it still has is from there. */
static int bear_met(struct engine *en, struct task_id forker,
                    struct birth *birth)
{
	struct task_id process = { forker.pid, forker.pid, forker.born };
	uint64_t       own = journal_holds(en->journal, forker);
	uint64_t       has = journal_holds(en->journal, process) | own;
	int            r = 0;

	while (has != 0 && r == 0) {
		enum setting       s = setting_take(&has);
		bool               is_own = (own & SETTING_BIT(s)) != 0;
		const struct hold *h = journal_find(en->journal,
			                            is_own ? forker : process,
			                            s);
		const struct lately_turn t = {
			.whom = h->whom, .setting = s, .value = h->applied,
			.origin = h->origin, .since_ns = h->since_ns,
		};

		r = inherit_late(birth, &t);
		if (r == 0)
			r = correct_main(en, birth->child->id, &t);
	}
	return r < 0 ? r : 0;
}

int judge_birth(struct engine *en, const struct event *e)
{
	struct task_id forker = e->u.task.parent;
	struct task   *child = table_find(en->table, e->u.task.who);
	struct birth   birth = { en, child, e->at_ns, false };
	bool           all = true, met;
	int            r;

	if (child == NULL || en->journal == NULL)
		return 0;
	met = child->birth_known;
	child->birth_known = true;
	if (judge_hands_nothing_down(en))
		return 0;
	r = judge_forker(en, &forker, &all);
	if (r == 1 && met)
		return bear_met(en, forker, &birth);
	if (r == 1)
		r = bear(en, child, forker, &birth);
	child->birth_missed = birth.unread || !all || r == -EAGAIN;
	child->birth_known = !child->birth_missed;
	en->births_missed += child->birth_missed;
	return r == -EAGAIN || r == -ESRCH || r > 0 ? 0 : r;
}

/* What the child has of it, as long as that is known. */
static bool is_borne(struct engine *en, struct task *child,
                     struct task_id parent)
{
	struct birth birth = { en, child, child->first_seen_ns, false };

	return bear(en, child, task_id_main(parent), &birth) != -EAGAIN &&
	       !birth.unread;
}

void judge_bequeath(struct engine *en, const struct task *parent)
{
	uint32_t     slot = 0;
	struct task *child;

	if (en->journal == NULL || en->births_missed == 0)
		return;
	en->births_missed = 0;
	while ((child = table_next(en->table, &slot)) != NULL &&
	       !task_id_is_thread(child->id)) {
		if (!child->birth_missed || child->birth_known)
			continue;
		if (table_parent(en->table, child) == parent &&
		    is_borne(en, child, parent->id)) {
			child->birth_missed = false;
			child->birth_known = true;
		}
		en->births_missed += child->birth_missed;
	}
}

/* What the parent was given after the child was born is not from there. */
static void disown_later(struct engine *en, struct task *child, uint64_t own)
{
	struct value born;
	uint64_t     ours = journal_holds(en->journal, child->id) & ~own;

	if (table_fact(en->table, child, FACT_start_time, &born) != 1)
		return;
	while (ours != 0) {
		enum setting       s = setting_take(&ours);
		const struct hold *h = journal_find(en->journal, child->id, s);

		if (h != NULL && (uint64_t)born.number + TICK_NS < h->since_ns)
			journal_end(en->journal, child->id, s);
	}
}

/* Asked of the system: the table may not have met the parent yet.  1, 0: there
 * is none, -EAGAIN: it cannot be read now. */
static int parent_read(struct engine *en, struct task *child,
                       struct task_id *ret_parent)
{
	const struct sensor *door = &en->os->sensor;
	struct facts         f = { .known = 0 };
	struct value         v;
	struct task_id       id = { .pid = 0 };
	int                  r = table_fact(en->table, child, FACT_ppid, &v);

	if (r != 1)
		return r == 0 ? -EAGAIN : 0;
	id.pid = id.tid = (pid_t)v.number;
	if (id.pid <= 0)
		return 0;
	r = door->facts(door->self, id, FACT_BIT(FACT_start_time), &f);
	id.born = f.born;
	facts_clear(&f);
	if (r < 0)
		return r == -ESRCH ? 0 : -EAGAIN;
	*ret_parent = id;
	return id.born != 0 && id.born <= child->id.born;
}

/* The parent may have gone back before its child was found. */
static int inherit_unseen(struct engine *en, struct task *who,
                          struct task_id parent)
{
	struct birth birth = { en, who, 0, false };
	uint64_t     own = journal_holds(en->journal, who->id);
	struct value born;
	int          r = journal_fork(en->journal, who->id,
	                              task_id_main(parent));

	if (r < 0 ||
	    table_fact(en->table, who, FACT_start_time, &born) != 1)
		return r;
	disown_later(en, who, own);
	birth.at_ns = (uint64_t)born.number;
	r = lately_each(&en->lately, parent,
	                birth.at_ns < TICK_NS ? 0 : birth.at_ns - TICK_NS,
	                inherit_late, &birth);
	return r == 0 && birth.unread ? -EAGAIN : r;
}

/* Of whoever was found in a group of ours no more is written than that. */
static bool was_known(const struct engine *en, const struct task *who)
{
	return (journal_holds_within(en->journal, who->id) &
	        ~SETTING_BIT(SETTING_pool)) != 0;
}

/* What was found with something of ours was known before.  Of a birth that was
 * heard of it is known whose it was, even if that one has left by now. */
static int find_out(struct engine *en, struct task *who)
{
	const struct task *heard = who->birth_missed
	                           ? table_parent(en->table, who) : NULL;
	struct task_id parent;
	int            r;

	if (heard != NULL && heard->id.born != 0)
		return is_borne(en, who, heard->id) ? 0 : -EAGAIN;
	if (!who->birth_missed && was_known(en, who))
		return 0;
	r = parent_read(en, who, &parent);
	return r == 1 ? inherit_unseen(en, who, parent) : r;
}

/* When it was born is asked for where anybody may have had anything. */
bool judge_found(struct engine *en, struct task *who)
{
	int r;

	if (who->birth_known || en->journal == NULL)
		return true;
	who->birth_known = judge_hands_nothing_down(en);
	if (who->birth_known)
		return true;
	r = judge_learn_birth(en, who);
	if (r == 0) {
		r = find_out(en, who);
		who->birth_known = r != -EAGAIN;
	}
	if (r < 0 && r != -EAGAIN && r != -ESRCH)
		judge_unrecorded(en, r);
	return r != -EAGAIN;
}

/* Whose child it is now, met if need be; NULL: nobody's. */
static struct task *above(struct engine *en, struct task *who)
{
	struct task  *parent = NULL;
	struct task_id id = { .pid = 0 };
	struct value  v;

	if (table_fact(en->table, who, FACT_ppid, &v) != 1 || v.number <= 0)
		return NULL;
	id.pid = id.tid = (pid_t)v.number;
	parent = table_find(en->table, id);
	if (parent == NULL && table_meet(en->table, id, &parent) < 0)
		return NULL;
	return parent;
}

bool judge_found_above(struct engine *en, struct task *who)
{
	struct task *line[LINEAGE_MAX];
	size_t       n = 0;
	bool         found = true;

	if (en->journal == NULL || judge_hands_nothing_down(en))
		return true;
	for (; n < LINEAGE_MAX && who != NULL && !who->birth_known; n++)
		line[n] = who = above(en, who);
	while (n > 0 && found) {
		who = line[--n];
		found = who == NULL || judge_found(en, who);
	}
	return found;
}

/* Who cannot be asked now may live, and is asked again.  A process that has a
 * row was listed, and since then we would have heard. */
static bool lives(void *engine, struct task_id whom)
{
	struct engine       *en = engine;
	struct task_id       process = { whom.pid, whom.pid, whom.born };
	const struct task   *row = table_find(en->table, process);
	const struct sensor *door = &en->os->sensor;
	struct task_id       known = task_id_known(whom);
	struct facts         f = { .known = 0 };
	int                  r;

	if (known.tid == known.pid && row != NULL && whom.born != 0 &&
	    row->id.born == whom.born)
		return true;
	known.born = 0;
	r = door->facts(door->self, known, FACT_BIT(FACT_start_time), &f);
	facts_clear(&f);
	en->unseen |= r < 0 && r != -ESRCH;
	if (r < 0)
		return r != -ESRCH;
	return (f.known & FACT_BIT(FACT_start_time)) == 0 ||
	       f.born == whom.born;
}

int judge_deaths(struct engine *en)
{
	if (en->journal == NULL || !en->unseen)
		return 0;
	en->unseen = false;
	journal_winnow(en->journal, lives, en);
	return en->unseen ? -EAGAIN : 0;
}
