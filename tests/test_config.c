/* test_config.c -- pqs.yaml: defaults, what each key does, and all mistakes. */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "config/config.h"
#include "model/interned.h"
#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MS INT64_C(1000000)

static char             folder[] = "/tmp/pqs-test-XXXXXX";
static char             file[64];
static struct interned *sets;
static struct config    c, before;
static char             why[4096];

static void set_up(void)
{
	strcpy(folder, "/tmp/pqs-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/pqs.yaml", folder);
	sets = interned_new();
	config_defaults(&c, true);
	before = c;
}

static void tear_down(void)
{
	interned_free(sets);
	unlink(file);
	rmdir(folder);
}

static void write_bytes(const char *bytes, size_t n)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static int read_text(const char *text)
{
	write_bytes(text, strlen(text));
	return config_read(file, sets, &c, why, sizeof(why));
}

static void accept(const char *text)
{
	int r = read_text(text);

	ck_assert_msg(r == 0, "%s", why);
	ck_assert_str_eq(why, "");
}

/* The file is refused, says just this (without its own path), and leaves the
 * config as it was. */
static void refuse(const char *text, const char *sentences)
{
	char   plain[sizeof(why)], *out = plain;
	size_t n = strlen(file);

	ck_assert_int_eq(read_text(text), -EINVAL);
	for (char *line = why, *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_msg(strncmp(line, file, n) == 0, "%s", line);
		out += sprintf(out, "%.*s|", (int)(end - line - (long)n - 1),
		               line + n + 1);
	}
	*out = '\0';
	ck_assert_str_eq(plain, sentences);
	ck_assert_mem_eq(&c, &before, sizeof(c));
}

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

START_TEST(a_role_that_is_none_is_refused)
{
	refuse("role:\n  front: {nice: 1}\n", "2: unknown key 'front'|");
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

START_TEST(an_option_is_a_name_with_one_value)
{
	refuse("options: 5\n", "1: 'options' takes keys with values|");
	refuse("options:\n  hog: [ 1, 2 ]\n", "2: 'hog' takes one value|");
	refuse("options:\n  hog: 1\n  hog: 2\n",
	       "3: option 'hog' is given twice|");
	refuse("options:\n  a=b: 1\n",
	       "2: an option has a name, without '='|");
}
END_TEST

START_TEST(more_options_than_fit_are_refused)
{
	char   many[4096] = "options:\n", told[128];
	size_t n = strlen(many);

	for (int i = 0; i <= RULE_OPTIONS_MAX; i++)
		n += (size_t)sprintf(many + n, "  o%d: 1\n", i);
	snprintf(told, sizeof(told), "%d: at most 64 options, with names of 95 "
	         "bytes and values of 127|", RULE_OPTIONS_MAX + 2);
	refuse(many, told);
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

START_TEST(an_unknown_key_is_named_with_its_nearest)
{
	refuse("journal: /j\nmemry_pressure: {warn: 5%}\n",
	       "2: unknown key 'memry_pressure'; "
	       "did you mean 'memory_pressure'?|");
	refuse("events:\n  pol: 1s\n",
	       "2: unknown key 'pol'; did you mean 'poll'?|");
	refuse("banana: [1, {a: b}]\n", "1: unknown key 'banana'|");
	refuse("qos: {utilty: {nice: 1}}\n",
	       "1: unknown key 'utilty'; did you mean 'utility'?|");
	refuse("qos: {utility: {ncie: 1}}\n",
	       "1: unknown key 'ncie'; did you mean 'nice'?|");
	refuse("io: {pasive: {nice: 1}}\n",
	       "1: unknown key 'pasive'; did you mean 'passive'?|");
	refuse("suppress: {qos: utility}\n", "1: unknown key 'qos'|");
	refuse("events.poll: 1s\n", "1: unknown key 'events.poll'|");
	refuse("\"a\\eb\": 1\n", "1: unknown key 'a?b'|");
}
END_TEST

START_TEST(all_mistakes_are_told_at_once)
{
	refuse("observe: yes\nlog: jsn\njournl: /x\nanswer_wait: 2s\n"
	       "allow: [pid1, real_time]\n",
	       "1: 'observe' takes true or false, not 'yes'|"
	       "2: 'log' takes text or json, not 'jsn'; did you mean 'json'?|"
	       "3: unknown key 'journl'; did you mean 'journal'?|"
	       "4: 'answer_wait' takes a time from 0s to 1s, not '2s'|"
	       "5: 'allow' takes pid1, kernel_threads and realtime, not "
	       "'real_time'; did you mean 'realtime'?|");
}
END_TEST

START_TEST(a_value_of_the_wrong_kind_is_refused)
{
	refuse("observe: \"true\"\n",
	       "1: 'observe' takes true or false, without quotes|");
	refuse("worker: {strikes: \"3\"}\n",
	       "1: 'worker.strikes' takes a whole number from 1 to 1000, "
	       "without quotes|");
	refuse("observe: [true]\n", "1: 'observe' takes true or false|");
	refuse("events: 5\n", "1: 'events' takes keys with values|");
	refuse("events: [poll]\n", "1: 'events' takes keys with values|");
	refuse("journal: {a: b}\nlog: json\n",
	       "1: 'journal' takes an absolute path|");
	refuse("rules: {user: [/a, [/b]]}\n",
	       "1: 'rules.user' takes absolute paths|");
	refuse("[a, b]: c\n", "1: a key must be one word|");
	refuse("- a\n- b\n", "1: 'pqs.yaml' takes keys with values|");
	refuse("words\n", "1: 'pqs.yaml' takes keys with values|");
	refuse("qos: {utility: 5}\n", "1: 'utility' takes keys with values|");
}
END_TEST

START_TEST(a_value_out_of_range_is_refused)
{
	refuse("events: {fifo_priority: 100}\n",
	       "1: 'events.fifo_priority' takes a whole number from 0 to 99, "
	       "not '100'|");
	refuse("events:\n  budget: 0.5%\n",
	       "2: 'events.budget' takes a share from 1% to 100%, not '0.5%'|");
	refuse("events: {buffer: 2GiB}\n",
	       "1: 'events.buffer' takes a size from 4KiB to 1GiB, "
	       "not '2GiB'|");
	refuse("events: {poll: 5}\n",
	       "1: 'events.poll' takes a time from 10ms to 1h, not '5'|");
	refuse("qos: {utility: {nice: 40}}\n",
	       "1: 'nice' takes -20 to 19, not '40'|");
	refuse("qos: {utility: {sched: deadline}}\n",
	       "1: 'sched' takes idle, batch, other, rr, fifo, "
	       "not 'deadline'|");
	refuse("memory_pressure:\n  warn: 50%\n",
	       "2: 'memory_pressure.warn' is above "
	       "'memory_pressure.critical'|");
	refuse("io_pressure:\n  period: 1s\n  critical: 20%\n",
	       "3: 'io_pressure.warn' is above 'io_pressure.critical'|");
	refuse("memory_pressure: {left_critical: 6%}\n",
	       "1: 'memory_pressure.left_warn' is below "
	       "'memory_pressure.left_critical'|");
	refuse("memory_pressure:\n  lasts_warn: 1s\n",
	       "2: 'memory_pressure.lasts_warn' is below "
	       "'memory_pressure.lasts_critical'|");
	refuse("memory_pressure: {groups: user.slice}\n",
	       "1: 'memory_pressure.groups' takes absolute paths, "
	       "not 'user.slice'|");
	refuse("worker: {user: \"\"}\n",
	       "1: 'worker.user' takes a user's name, not ''|");
}
END_TEST

START_TEST(a_path_is_absolute_and_fits)
{
	char text[CONFIG_PATH_MAX + 64] = "journal: /";

	refuse("journal: run/pqs\n",
	       "1: 'journal' takes absolute paths, not 'run/pqs'|");
	refuse("rules: {user: ~/rules}\n",
	       "1: 'rules.user' takes absolute paths, not '~/rules'|");
	memset(text + 10, 'x', CONFIG_PATH_MAX - 1);
	ck_assert_int_eq(read_text(text), -EINVAL);
	text[9 + CONFIG_PATH_MAX - 1] = '\0';
	accept(text);
	ck_assert_uint_eq(strlen(c.journal), CONFIG_PATH_MAX - 1);
}
END_TEST

START_TEST(more_folders_than_fit_are_refused)
{
	char text[512] = "rules:\n  user: [/0";

	for (int i = 1; i < CONFIG_FOLDERS_MAX; i++)
		sprintf(text + strlen(text), ", /%d", i);
	strcat(text, "]\n");
	accept(text);
	ck_assert_uint_eq(c.rules[LAYER_USER].count, CONFIG_FOLDERS_MAX);
	before = c;
	strcpy(strchr(text, ']'), ", /over]\n");
	refuse(text, "2: 'rules.user' takes at most 16 folders|");
	strcpy(strchr(text, ']'), ", /and, /over]\n");
	refuse(text, "2: 'rules.user' takes at most 16 folders|");
}
END_TEST

START_TEST(a_key_is_given_once)
{
	refuse("log: text\nobserve: true\nlog: json\n",
	       "3: 'log' is given twice|");
	refuse("events: {poll: 1s}\nevents: {budget: 30%}\n",
	       "2: 'events' is given twice|");
	refuse("qos: {utility: {nice: 1, nice: 2}}\n",
	       "1: 'nice' is given twice|");
}
END_TEST

START_TEST(only_plain_yaml_is_read)
{
	refuse("journal: &a /x\nrules: {user: *a}\n",
	       "1: anchors are not read here|2: aliases are not read here|");
	refuse("events: &a {}\n", "1: anchors are not read here|");
	refuse("log: !!str json\n", "1: tags are not read here|");
	refuse("journal: \"/a\\0b\"\n", "1: a text may not hold a zero byte|");
	refuse("log: text\n---\nlog: json\n",
	       "2: a second document is not read here|");
}
END_TEST

START_TEST(a_file_that_is_not_yaml_is_refused_with_its_line)
{
	ck_assert_int_eq(read_text("log: text\nevents: {poll: 1s\n"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "pqs.yaml:3: "));
	ck_assert_int_eq(read_text("log: \"text\n"), -EINVAL);
	refuse("events:\n\tpoll: 1s\n", "2: a tab stands where YAML takes only "
	       "spaces|");
	write_bytes("log: \xff\xfe\n", 8);
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)),
	                 -EINVAL);
	write_bytes("\0\0\0", 3);
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)),
	                 -EINVAL);
	ck_assert_mem_eq(&c, &before, sizeof(c));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_says_why)
{
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)),
	                 -ENOENT);
	ck_assert_ptr_nonnull(strstr(why,
	                             "pqs.yaml: cannot be read: No such file"));
	ck_assert_int_eq(config_read(folder, sets, &c, why, sizeof(why)),
	                 -EISDIR);
	ck_assert_int_eq(config_read("/dev/null", sets, &c, why, sizeof(why)),
	                 0);
}
END_TEST

/* Nobody waits for what may never be written into it. */
START_TEST(a_pipe_is_no_file)
{
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)),
	                 -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "pqs.yaml: is no file"));
}
END_TEST

START_TEST(a_file_past_the_bound_is_refused)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, '#', CONFIG_FILE_MAX + 1);
	write_bytes(text, CONFIG_FILE_MAX);
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)), 0);
	write_bytes(text, CONFIG_FILE_MAX + 1);
	ck_assert_int_eq(config_read(file, sets, &c, why, sizeof(why)), -EFBIG);
	ck_assert_ptr_nonnull(strstr(why, "pqs.yaml: larger than 256 KiB\n"));
	free(text);
}
END_TEST

START_TEST(mistakes_past_the_room_are_counted)
{
	char text[2048] = "", few[200];
	int  r;

	for (int i = 0; i < 50; i++)
		sprintf(text + strlen(text), "banana%d: 1\n", i);
	write_bytes(text, strlen(text));
	r = config_read(file, sets, &c, few, sizeof(few));
	ck_assert_int_eq(r, -EINVAL);
	ck_assert_ptr_nonnull(strstr(few, "unknown key 'banana0'\n"));
	ck_assert_ptr_nonnull(strstr(few, "\nand 4"));
	ck_assert_str_eq(few + strlen(few) - 14, "more mistakes\n");
	for (size_t size = 0; size < 100; size++) {
		char *exact = malloc(size);

		ck_assert_int_eq(config_read(file, sets, &c, exact, size),
		                 -EINVAL);
		free(exact);
	}
}
END_TEST

START_TEST(deep_nesting_ends_the_reading)
{
	static char text[CONFIG_FILE_MAX];

	memset(text, '[', sizeof(text) - 1);
	memcpy(text, "banana: ", 8);
	refuse(text, "1: unknown key 'banana'|1: nested too deep|");
	memcpy(text, "observe: ", 9);
	refuse(text, "1: 'observe' takes true or false|1: nested too deep|");
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
		a_role_that_is_none_is_refused,
		options_of_rules_are_kept_as_written,
		an_option_is_a_name_with_one_value,
		more_options_than_fit_are_refused,
		an_empty_file_changes_nothing,
		an_unknown_key_is_named_with_its_nearest,
		all_mistakes_are_told_at_once,
		a_value_of_the_wrong_kind_is_refused,
		a_value_out_of_range_is_refused,
		a_path_is_absolute_and_fits,
		more_folders_than_fit_are_refused,
		a_key_is_given_once,
		only_plain_yaml_is_read,
		a_file_that_is_not_yaml_is_refused_with_its_line,
		a_file_that_cannot_be_read_says_why,
		a_pipe_is_no_file,
		a_file_past_the_bound_is_refused,
		mistakes_past_the_room_are_counted,
		deep_nesting_ends_the_reading,
	};

	return run_between("config", tests, sizeof tests / sizeof *tests,
	                   set_up, tear_down);
}
