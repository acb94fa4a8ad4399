/* test_config.c -- pqs.yaml: defaults, and what each key does. */

#include "configuring.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS INT64_C(1000000)

static const char *knob(enum qos q, enum setting s)
{
	static char text[VALUE_TEXT_MAX];

	ck_assert(want_has(&c.intents.qos[q], s));
	return setting_print(s, c.intents.qos[q].value[s], sets, text,
	                     sizeof(text));
}

START_TEST(no_file_is_needed)
{
	ck_assert_str_eq(c.journal, "/run/pqs");
	ck_assert_uint_eq(c.rules[LAYER_VENDOR].count, 1);
	ck_assert_str_eq(c.rules[LAYER_VENDOR].path[0], PQS_SHARE "/rules");
	ck_assert_uint_eq(c.rules[LAYER_DISTRO].count, 0);
	ck_assert_str_eq(c.rules[LAYER_ADMIN].path[0], "/etc/pqs/rules");
	ck_assert_uint_eq(c.rules[LAYER_USER].count, 0);
	ck_assert(!c.observe && !c.log_json);
	ck_assert(!c.allow_init && !c.allow_kernel_threads &&
	          !c.allow_realtime);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].warn, 1000);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].critical, 4000);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].period_ns, 100 * MS);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_CPU].warn, 4000);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_IO].critical, 6000);
	ck_assert_int_eq(c.events.fifo_priority, 1);
	ck_assert_int_eq(c.events.budget, 2000);
	ck_assert_int_eq(c.events.window_ns, 100 * MS);
	ck_assert_int_eq(c.events.buffer_bytes, 8 << 20);
	ck_assert_int_eq(c.events.poll_ns, 250 * MS);
	ck_assert_str_eq(c.worker.user, "nobody");
	ck_assert_int_eq(c.worker.question_cpu_ns, 50 * MS);
	ck_assert_int_eq(c.worker.question_wall_ns, 2000 * MS);
	ck_assert_int_eq(c.worker.load_wall_ns, 20000 * MS);
	ck_assert_int_eq(c.worker.back_off_ns, 100 * MS);
	ck_assert_int_eq(c.worker.strikes, 3);
	ck_assert_int_eq(c.answer_wait_ns, 20 * MS);
	ck_assert_str_eq(knob(QOS_BACKGROUND, SETTING_timer_slack), "40ms");
}
END_TEST

START_TEST(a_user_has_places_of_their_own)
{
	char place[64];

	setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
	setenv("XDG_CONFIG_HOME", "/home/x/conf", 1);
	config_defaults(&c, false);
	ck_assert_str_eq(c.journal, "/run/user/7/pqs");
	ck_assert_uint_eq(c.rules[LAYER_USER].count, 1);
	ck_assert_str_eq(c.rules[LAYER_USER].path[0], "/home/x/conf/pqs/rules");

	setenv("XDG_RUNTIME_DIR", "relative", 1);
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "/home/x", 1);
	config_defaults(&c, false);
	snprintf(place, sizeof(place), "/tmp/pqs-%u", (unsigned)getuid());
	ck_assert_str_eq(c.journal, place);
	ck_assert_str_eq(c.rules[LAYER_USER].path[0],
	                 "/home/x/.config/pqs/rules");

	unsetenv("HOME");
	config_defaults(&c, false);
	ck_assert_uint_eq(c.rules[LAYER_USER].count, 0);
}
END_TEST

__attribute__((noinline))
static void scribble_below(int byte)
{
	volatile char below[16 << 10];

	for (size_t i = 0; i < sizeof(below); i++)
		below[i] = (char)byte;
}

/* Whether a key has changed is told by its bytes. */
START_TEST(what_is_read_twice_is_the_same_to_the_byte)
{
	setenv("HOME", "/home/x", 1);
	unsetenv("XDG_STATE_HOME");
	scribble_below('a');
	config_defaults(&before, false);
	scribble_below('b');
	config_defaults(&c, false);
	ck_assert_int_eq(memcmp(&before, &c, sizeof(c)), 0);
}
END_TEST

START_TEST(every_key_reaches_its_field)
{
	accept("rules:\n  vendor: /a\n  distro: [/b, /c]\n  admin: []\n"
	       "  user: [\"/d\"]\n"
	       "journal: /var/j\nobserve: true\nlog: json\n"
	       "allow: [pid1, realtime, kernel_threads]\n"
	       "memory_pressure: {warn: 5%, critical: \"50%\", period: 20ms,\n"
	       "  left_warn: 30%, left_critical: 12%, lasts_warn: 8s,\n"
	       "  lasts_critical: 500ms, groups: [/a.slice, /b]}\n"
	       "cpu_pressure: {warn: 55%, critical: 65%, period: 1s}\n"
	       "io_pressure: {critical: 30%}\n"
	       "events: {fifo_priority: 0, budget: 50%, window: 200ms,\n"
	       "         buffer: 4KiB, poll: 1s}\n"
	       "worker: {user: pqs, question_cpu: 10ms, question_wall: 1s,\n"
	       "         load_wall: 5s, back_off: 1s, strikes: 9}\n"
	       "answer_wait: 0s\n");
	ck_assert_str_eq(c.rules[LAYER_VENDOR].path[0], "/a");
	ck_assert_uint_eq(c.rules[LAYER_VENDOR].count, 1);
	ck_assert_uint_eq(c.rules[LAYER_DISTRO].count, 2);
	ck_assert_str_eq(c.rules[LAYER_DISTRO].path[1], "/c");
	ck_assert_uint_eq(c.rules[LAYER_ADMIN].count, 0);
	ck_assert_str_eq(c.rules[LAYER_USER].path[0], "/d");
	ck_assert_str_eq(c.journal, "/var/j");
	ck_assert(c.observe && c.log_json);
	ck_assert(c.allow_init && c.allow_kernel_threads && c.allow_realtime);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_CPU].warn, 5500);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_CPU].critical, 6500);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_CPU].period_ns, 1000 * MS);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_IO].critical, 3000);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].warn, 500);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].critical, 5000);
	ck_assert_int_eq(c.pressure[HOST_PRESSURE_MEMORY].period_ns, 20 * MS);
	ck_assert_int_eq(c.shortage.left_warn, 3000);
	ck_assert_int_eq(c.shortage.left_critical, 1200);
	ck_assert_int_eq(c.shortage.lasts_warn_ns, 8000 * MS);
	ck_assert_int_eq(c.shortage.lasts_critical_ns, 500 * MS);
	ck_assert_uint_eq(c.memory_groups.count, 2);
	ck_assert_str_eq(c.memory_groups.path[1], "/b");
	ck_assert_int_eq(c.events.fifo_priority, 0);
	ck_assert_int_eq(c.events.budget, 5000);
	ck_assert_int_eq(c.events.window_ns, 200 * MS);
	ck_assert_int_eq(c.events.buffer_bytes, 4096);
	ck_assert_int_eq(c.events.poll_ns, 1000 * MS);
	ck_assert_str_eq(c.worker.user, "pqs");
	ck_assert_int_eq(c.worker.question_cpu_ns, 10 * MS);
	ck_assert_int_eq(c.worker.question_wall_ns, 1000 * MS);
	ck_assert_int_eq(c.worker.load_wall_ns, 5000 * MS);
	ck_assert_int_eq(c.worker.back_off_ns, 1000 * MS);
	ck_assert_int_eq(c.worker.strikes, 9);
	ck_assert_int_eq(c.answer_wait_ns, 0);
}
END_TEST

START_TEST(a_class_may_have_single_knobs_changed)
{
	accept("qos:\n  utility: {nice: 7, sched: fifo:3, affinity: \"0-1\"}\n"
	       "  background: {ionice: best-effort, timer_slack: 1ms}\n");
	ck_assert_str_eq(knob(QOS_UTILITY, SETTING_nice), "7");
	ck_assert_str_eq(knob(QOS_UTILITY, SETTING_sched), "fifo:3");
	ck_assert_str_eq(knob(QOS_UTILITY, SETTING_affinity), "0-1");
	ck_assert_str_eq(knob(QOS_UTILITY, SETTING_ionice), "best-effort:6");
	ck_assert_str_eq(knob(QOS_BACKGROUND, SETTING_ionice), "best-effort:4");
	ck_assert_str_eq(knob(QOS_BACKGROUND, SETTING_nice), "19");
	ck_assert_mem_eq(&c.intents.qos[QOS_DEFAULT],
	                 &before.intents.qos[QOS_DEFAULT],
	                 sizeof(c.intents.qos[0]));
}
END_TEST

START_TEST(what_io_and_suppressing_stand_for_may_be_changed)
{
	accept("io:\n  passive: {ionice: \"best-effort:7\", nice: 3}\n"
	       "suppress: {nice: 19, timer_slack: 100ms}\n");
	ck_assert_int_eq(c.intents.io[IO_PASSIVE].value[SETTING_ionice], 8);
	ck_assert_int_eq(c.intents.io[IO_PASSIVE].value[SETTING_nice], 3);
	ck_assert_int_eq(c.intents.suppress.value[SETTING_nice], 19);
	ck_assert_int_eq(c.intents.suppress.value[SETTING_timer_slack],
	                 100 * MS);
	ck_assert_int_eq(c.intents.suppress.value[SETTING_sched],
	                 SCHED_CLASS_IDLE);
	ck_assert_mem_eq(&c.intents.io[IO_UTILITY],
	                 &before.intents.io[IO_UTILITY],
	                 sizeof(c.intents.io[0]));
}
END_TEST

START_TEST(a_role_may_have_single_knobs_changed)
{
	accept("role:\n  foreground: {nice: -8, autogroup_nice: -8}\n");
	ck_assert_int_eq(c.intents.role[ROLE_FOREGROUND].value[SETTING_nice],
	                 -8);
	ck_assert(want_has(&c.intents.role[ROLE_FOREGROUND],
	                   SETTING_autogroup_nice));
	ck_assert(want_has(&c.intents.role[ROLE_FOREGROUND], SETTING_ionice));
	ck_assert_mem_eq(&c.intents.role[ROLE_DEFAULT],
	                 &before.intents.role[ROLE_DEFAULT],
	                 sizeof(c.intents.role[0]));
}
END_TEST

START_TEST(options_of_rules_are_kept_as_written)
{
	accept("options:\n  hog: 70%\n  games/limit: 4\n"
	       "  slow: true\n  note: \"a: b\"\n");
	ck_assert_uint_eq(c.options.count, 4);
	ck_assert_str_eq(c.options.option[0].name, "hog");
	ck_assert_str_eq(c.options.option[0].value, "70%");
	ck_assert_str_eq(c.options.option[1].name, "games/limit");
	ck_assert_str_eq(c.options.option[1].value, "4");
	ck_assert_str_eq(c.options.option[2].value, "true");
	ck_assert_str_eq(c.options.option[3].value, "a: b");
	ck_assert(!c.options.partial);
}
END_TEST

START_TEST(an_empty_file_changes_nothing)
{
	static const char *const texts[] = {
		"", "# nothing\n", "---\n", "{}\n", "qos: {utility: }\n",
		"qos:\nrules:\nworker: {}\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		accept(texts[i]);
		ck_assert_mem_eq(&c, &before, sizeof(c));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		no_file_is_needed,
		a_user_has_places_of_their_own,
		what_is_read_twice_is_the_same_to_the_byte,
		every_key_reaches_its_field,
		a_class_may_have_single_knobs_changed,
		what_io_and_suppressing_stand_for_may_be_changed,
		a_role_may_have_single_knobs_changed,
		options_of_rules_are_kept_as_written,
		an_empty_file_changes_nothing,
	};

	return run_between("config", tests, sizeof tests / sizeof *tests,
	                   set_up, tear_down);
}
