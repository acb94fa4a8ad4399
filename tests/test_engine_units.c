/* test_engine_units.c -- from a rule to what a unit has as a whole, and who may
 * speak for it. */

#include "rehearsing.h"
#include "suite.h"

#define KEY (-2147483647)

static struct actuator below;
static int64_t         weight_of[2];    /* of a.service and b.service         */
static unsigned        turns;
static struct change   told[256];
static size_t          tolds;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	if (tolds < sizeof told / sizeof *told)
		told[tolds++] = *c;
}

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

/* The number of its unit; -1: it is in none. */
static int unit_of(struct task_id whom)
{
	struct sensor *door = &stage->os.sensor;
	struct facts   f = { .known = 0 };
	int            n = -1;

	if (door->facts(door->self, whom, FACT_BIT(FACT_unit), &f) == 0 &&
	    strstr(facts_text(&f, FACT_unit), ".service") != NULL)
		n = facts_text(&f, FACT_unit)[0] - 'a';
	facts_clear(&f);
	return n;
}

static int unit_key(void *self, struct task_id whom, enum setting s,
                    struct task_id *ret_key, bool *ret_alone,
                    const char **ret_why)
{
	int n = unit_of(whom);

	(void)self, (void)s;
	*ret_why = "it is in no unit";
	*ret_alone = false;
	*ret_key = (struct task_id){ KEY, KEY, (uint64_t)n + 1 };
	return n < 0 ? -ENODATA : 0;
}

static int read_any(void *self, struct task_id whom, enum setting s,
                    int64_t *ret_value)
{
	if (whom.pid != KEY)
		return s == SETTING_weight
		       ? -EOPNOTSUPP : below.read(self, whom, s, ret_value);
	*ret_value = weight_of[whom.born - 1];
	return 0;
}

static void apply_any(void *self, struct task_id whom, enum setting s,
                      int64_t value, struct turned *ret)
{
	if (whom.pid != KEY) {
		below.apply(self, whom, s, value, ret);
		return;
	}
	turns++;
	weight_of[whom.born - 1] = value;
	*ret = (struct turned){ EFFECT_APPLIED, "", value };
}

static const char *lacks_any(void *self, enum setting s, int64_t value)
{
	if (s == SETTING_weight)
		return NULL;
	return s == SETTING_pool ? "shares unit"
	                         : below.lacks(self, s, value);
}

/* A machine whose groups are all a service manager's. */
static void up(void)
{
	struct actuator *door;

	rules_end(act_never);
	curtain_up(1, on_change);
	door = &stage->os.actuator;
	below = *door;
	door->can |= SETTING_BIT(SETTING_weight);
	door->group_can = 0;
	door->unit_key = unit_key;
	door->read = read_any;
	door->apply = apply_any;
	door->lacks = lacks_any;
	weight_of[0] = weight_of[1] = 100;
	turns = 0;
	tolds = 0;
}

static pid_t start_in(const char *name, const char *unit)
{
	pid_t pid = sim_exec(stage->sim, &(struct sim_program){
		.name = name, .uid = 1000, .unit = unit });

	ck_assert_int_gt(pid, 0);
	settle();
	return pid;
}

static void weighs(const char *of, enum target to)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, of));
	struct want         w = { 0 };

	want_set(&w, SETTING_weight, 30);
	r.want = &w;
	r.to = to;
	rule_add(r);
}

static bool was_told(const char *why)
{
	for (size_t i = 0; i < tolds; i++)
		if (told[i].setting == SETTING_weight &&
		    told[i].effect == EFFECT_UNSUPPORTED &&
		    strcmp(told[i].why, why) == 0)
			return true;
	return false;
}

START_TEST(a_rule_for_the_unit_gives_it_a_weight_once)
{
	pid_t leader;

	rules_begin();
	weighs("leader", TARGET_UNIT);
	up();
	start_in("member", "a.service");
	start_in("member", "b.service");
	ck_assert_uint_eq(turns, 0);
	leader = start_in("leader", "a.service");
	start_in("member", "a.service");
	ck_assert_int_eq(weight_of[0], 30);
	ck_assert_int_eq(weight_of[1], 100);
	ck_assert_uint_eq(turns, 1);
	sim_exit(stage->sim, leader);
	settle();
	ck_assert_int_eq(weight_of[0], 100);
	ck_assert_uint_eq(turns, 2);
	curtain_down();
}
END_TEST

START_TEST(a_rule_for_one_of_several_leaves_the_unit_alone)
{
	rules_begin();
	weighs("x", TARGET_SELF);
	up();
	start_in("x", "a.service");
	ck_assert_uint_eq(turns, 0);
	ck_assert(was_told("shares unit"));
	start_in("x", NULL);
	ck_assert(was_told("it is in no unit"));
	curtain_down();
}
END_TEST

START_TEST(a_pool_for_each_unit_has_the_unit_weighed)
{
	struct want         of_pool = { 0 }, w = { 0 };
	struct builder_pool p = { .name = "p", .file = "test.c", .line = 1,
		                  .layer = LAYER_ADMIN, .per = POOL_PER_UNIT,
		                  .want = &of_pool };
	struct builder_rule r;

	rules_begin();
	want_set(&of_pool, SETTING_weight, 40);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	want_set(&w, SETTING_pool, interned_read_names(building_sets, "p"));
	r.want = &w;
	rule_add(r);
	up();
	start_in("x", "b.service");
	ck_assert_int_eq(weight_of[1], 40);
	ck_assert_int_eq(weight_of[0], 100);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("units");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_rule_for_the_unit_gives_it_a_weight_once);
	tcase_add_test(c, a_rule_for_one_of_several_leaves_the_unit_alone);
	tcase_add_test(c, a_pool_for_each_unit_has_the_unit_weighed);
	return run_case(c, "engine: units");
}
