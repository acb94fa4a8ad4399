/* test_os_linux_aside.c -- changes of groups that nobody waits for: how they
 * come back, and in which order. */

#include "grouped.h"
#include "suite.h"

static struct os os;

static const struct host_alarm    calm[HOST_PRESSURES];
static const struct host_shortage plenty;

static void aside_begin(void)
{
	struct linux_options o = { .events = true, .keeper_fd = -1,
	                           .buffer_bytes = 1 << 20,
	                           .poll_ns = 1000000000,
	                           .pressure = calm, .shortage = &plenty,
	                           .groups = own_name };
	char                 why[200] = "";

	snprintf(own_name, sizeof own_name, "pqs-test-%d", (int)getpid());
	o.sets = sets = interned_new();
	ck_assert_msg(linux_open(&o, &os, NULL, NULL, why, sizeof why) == 0,
	              "%s", why);
	door = os.actuator;
	child.pid = child.tid = spawn(true, &second);
	child.born = born_of(child.pid, child.pid);
	ck_assert_int_eq(door.grip(door.self, child), 0);
}

static void aside_end(void)
{
	linux_close(&os);
	interned_free(sets);
	if (child.pid > 0)
		reap(child.pid);
}

static struct landed land(void)
{
	struct event  events[EVENTS_PER_STEP];
	struct landed l;

	while (!door.landed(door.self, &l))
		ck_assert_int_ge(os.sensor.next(os.sensor.self, UINT64_MAX,
		                                events, EVENTS_PER_STEP), 0);
	return l;
}

static bool is_frozen(struct task_id whom)
{
	int64_t value = -1;

	ck_assert_int_eq(door.read(door.self, whom, SETTING_freeze, &value),
	                 0);
	return value != 0;
}

START_TEST(a_change_comes_back_when_it_is_done)
{
	int64_t       origin = place_of(child);
	struct turned t = give("t", SETTING_weight, "50");
	struct landed l;

	ck_assert_int_eq(t.effect, EFFECT_UNDERWAY);
	ck_assert_int_eq(put(child, group_called("t")).effect,
	                 EFFECT_UNDERWAY);
	door.let_go(door.self);
	l = land();
	ck_assert_int_eq(l.whom.pid, 0);
	ck_assert_int_eq(l.group, group_called("t"));
	ck_assert_int_eq(l.setting, SETTING_weight);
	ck_assert_int_eq(l.wanted, 50);
	assert_turned(l.turned, EFFECT_APPLIED, "");
	ck_assert_int_eq(l.turned.now, 50);
	l = land();
	ck_assert(task_id_equal(l.whom, child));
	ck_assert_int_eq(l.setting, SETTING_pool);
	ck_assert_int_eq(l.wanted, group_called("t"));
	ck_assert_int_eq(l.turned.now, group_called("t"));
	assert_turned(l.turned, EFFECT_APPLIED, "");
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPU, "t"));
	ck_assert(!door.landed(door.self, &l));
	ck_assert_int_eq(put(child, origin).effect, EFFECT_UNDERWAY);
	ck_assert_int_eq(land().turned.now, origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(freezing_comes_back_too)
{
	struct landed l;

	ck_assert_int_eq(apply(child, SETTING_freeze, "true").effect,
	                 EFFECT_UNDERWAY);
	l = land();
	ck_assert_int_eq(l.setting, SETTING_freeze);
	ck_assert(task_id_equal(l.whom, child));
	assert_turned(l.turned, EFFECT_APPLIED, "");
	ck_assert_int_eq(l.turned.now, 1);
	ck_assert_ptr_nonnull(strstr(kernel_group(child.pid, -1), "/freeze-"));
	ck_assert_int_eq(apply(child, SETTING_freeze, "false").effect,
	                 EFFECT_UNDERWAY);
	l = land();
	ck_assert_int_eq(l.turned.now, 0);
	ck_assert(!is_frozen(child));
}
END_TEST

START_TEST(who_leaves_on_the_way_is_gone)
{
	struct task_id who = child;
	struct landed  l;

	ck_assert_int_eq(give("t", SETTING_weight, "50").effect,
	                 EFFECT_UNDERWAY);
	reap(child.pid);
	door.apply(door.self, who, SETTING_pool, group_called("t"), &l.turned);
	if (l.turned.effect == EFFECT_UNDERWAY) {
		land();
		l = land();
		ck_assert(task_id_equal(l.whom, who));
	} else {
		land();
	}
	ck_assert_int_eq(l.turned.effect, EFFECT_GONE);
	child.pid = 0;
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(no_more_is_under_way_than_is_bounded)
{
	struct turned t;
	char          name[16];
	int           asked = 0;

	do {
		snprintf(name, sizeof name, "t%d", asked);
		t = give(name, SETTING_weight, "50");
	} while (t.effect == EFFECT_UNDERWAY && ++asked <= UNDER_WAY_MAX);
	ck_assert_int_eq(asked, UNDER_WAY_MAX);
	assert_turned(t, EFFECT_DENIED, "too many are under way already");
	for (int i = 0; i < asked; i++)
		ck_assert_int_eq(land().turned.effect, EFFECT_APPLIED);
	for (int i = 0; i < asked; i++) {
		snprintf(name, sizeof name, "t%d", i);
		ck_assert_int_eq(drop(name), 0);
	}
}
END_TEST

START_TEST(who_hears_of_nothing_any_more_waits_for_all)
{
	int64_t       origin = place_of(child);
	struct landed l;

	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	door.finish(door.self);
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPU, "t"));
	assert_turned(put(child, origin), EFFECT_APPLIED, "");
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(door.landed(door.self, &l));
	ck_assert(door.landed(door.self, &l));
	ck_assert(!door.landed(door.self, &l));
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(an_end_with_changes_under_way_loses_nothing_but_these)
{
	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	linux_close(&os);
	interned_free(sets);
	door_open();
	reap(child.pid);
	child.pid = 0;
	while (drop("t") == -EBUSY)
		usleep(1000);
	door.close(door.self);
	os = (struct os){ 0 };
}
END_TEST

static Suite *aside_suite(void)
{
	Suite *s = suite_create("os/linux aside");
	TCase *aside = tcase_create("aside");

	tcase_add_checked_fixture(aside, aside_begin, aside_end);
	tcase_set_timeout(aside, 60);
	tcase_add_test(aside, a_change_comes_back_when_it_is_done);
	tcase_add_test(aside, freezing_comes_back_too);
	tcase_add_test(aside, who_leaves_on_the_way_is_gone);
	tcase_add_test(aside, no_more_is_under_way_than_is_bounded);
	tcase_add_test(aside, who_hears_of_nothing_any_more_waits_for_all);
	tcase_add_test(aside, an_end_with_changes_under_way_loses_nothing_but_these);
	suite_add_tcase(s, aside);
	return s;
}

int main(void)
{
	return run_suite(aside_suite());
}
