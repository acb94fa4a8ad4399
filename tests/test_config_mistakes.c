/* test_config_mistakes.c -- pqs.yaml: all mistakes are told, each with its
 * line. */

#include <errno.h>
#include <sys/stat.h>

#include "configuring.h"

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

START_TEST(a_role_that_is_none_is_refused)
{
	refuse("role:\n  front: {nice: 1}\n", "2: unknown key 'front'|");
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
		a_role_that_is_none_is_refused,
		an_option_is_a_name_with_one_value,
		more_options_than_fit_are_refused,
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
