/* test_bindings_settings.c -- values and caps from a rule file through an image
 * to what is wanted of a task. */

#include "policy/arbiter.h"
#include "policy/ruleset.h"
#include "rule_files.h"
#include "sets.h"
#include "suite.h"

/* What rules may name. */
#define POOLS "pool \"build\" { weight = 50 }\n" \
              "pool \"games\" { weight = 200 }\n"

/* The rules of a file, as the core has them. */
static struct ruleset *rules_of(const char *source)
{
	struct rule_book *b = book_right(source);
	struct ruleset   *rules;
	size_t            bytes;
	const void       *image = rule_book_image(b, &bytes);
	char              why[200] = "";

	ck_assert_msg(image_check(image, bytes, why, sizeof why) == 0, "%s",
	              why);
	ck_assert_int_eq(ruleset_new(image, bytes, 1, sets, &rules), 0);
	rule_book_free(b);
	return rules;
}

static const char *print(enum setting s, const struct want *w)
{
	static char text[VALUE_TEXT_MAX];

	return want_has(w, s) ? setting_print(s, w->value[s], sets, text,
	                                      sizeof text) : "nothing";
}

static const struct {
	enum setting s;
	const char  *value, *printed;
} values[] = {
	{ SETTING_qos, "\"utility\"", "utility" },
	{ SETTING_role, "\"foreground\"", "foreground" },
	{ SETTING_suppress, "true", "true" },
	{ SETTING_suppress, "false", "false" },
	{ SETTING_io, "\"throttle\"", "throttle" },
	{ SETTING_precedence, "-15", "-15" },
	{ SETTING_realtime, "{ period = \"5ms\", computation = \"1ms\", "
	  "constraint = \"4ms\" }", "5ms/1ms/4ms" },
	{ SETTING_realtime, "\"2s/1us/2s\"", "2s/1us/2s" },
	{ SETTING_pool, "\"build\"", "build" },
	{ SETTING_cpuset, "\"0-3\"", "0-3" },
	{ SETTING_cpuset, "{ \"efficiency\" }", "efficiency" },
	{ SETTING_affinity, "{ 0, 1, 4 }", "0-1,4" },
	{ SETTING_affinity, "{ \"0-1\", 4 }", "0-1,4" },
	{ SETTING_affinity, "\"performance\"", "performance" },
	{ SETTING_affinity, "{ \"llc:1\", \"llc:0\" }", "llc:0,llc:1" },
	{ SETTING_weight, "50", "50" },
	{ SETTING_io_weight, "10000", "10000" },
	{ SETTING_cpu_limit, "\"50%\"", "50%" },
	{ SETTING_cpu_limit, "\"6 cores\"", "6 cores" },
	{ SETTING_cpu_limit, "\"75% of host\"", "75% of host" },
	{ SETTING_memory_low, "\"0B\"", "0B" },
	{ SETTING_memory_high, "\"2GiB\"", "2GiB" },
	{ SETTING_swap, "\"512MiB\"", "512MiB" },
	{ SETTING_slice, "\"3ms\"", "3ms" },
	{ SETTING_uclamp_min, "\"20%\"", "20%" },
	{ SETTING_uclamp_max, "\"100%\"", "100%" },
	{ SETTING_cpu_time, "\"60s\"", "60s" },
	{ SETTING_reclaim, "\"200MiB\"", "200MiB" },
	{ SETTING_freeze, "true", "true" },
	{ SETTING_freeze, "untouched", "untouched" },
	{ SETTING_realtime, "untouched", "untouched" },
	{ SETTING_pool, "untouched", "untouched" },
	{ SETTING_cpu_limit, "untouched", "untouched" },
};

START_TEST(a_value_arrives_as_it_was_written)
{
	enum setting    s = values[_i].s;
	char            source[300];
	struct ruleset *rules;
	struct want     w;

	snprintf(source, sizeof source, POOLS "rule \"r\" { match = thread { "
	         "name = \"x\" }, want = { %s = %s } }",
	         setting_rows[s].name, values[_i].value);
	rules = rules_of(source);
	ruleset_want(rules, 0, &w);
	ck_assert(w.has == SETTING_BIT(s));
	ck_assert_str_eq(print(s, &w), values[_i].printed);
	ruleset_free(rules);
}
END_TEST

static const struct {
	enum setting s;
	const char  *cap, *wanted, *printed;
} caps[] = {
	{ SETTING_io, "at_most \"utility\"", "\"important\"", "utility" },
	{ SETTING_io, "{ \"passive\", \"standard\" }", "\"utility\"",
	  "passive" },
	{ SETTING_role, "\"default\"", "\"foreground\"", "default" },
	{ SETTING_suppress, "false", "true", "false" },
	{ SETTING_freeze, "false", "true", "false" },
	{ SETTING_precedence, "at_most (0)", "9", "0" },
	{ SETTING_realtime, "false", "\"5ms/1ms/4ms\"", "nothing" },
	{ SETTING_pool, "false", "\"build\"", "nothing" },
	{ SETTING_pool, "\"build\"", "\"build\"", "build" },
	{ SETTING_pool, "{ \"lab\", \"build\" }", "\"build\"", "build" },
	{ SETTING_pool, "{ \"lab\", \"build\" }", "\"games\"", "nothing" },
	{ SETTING_cpuset, "\"0-3\"", "\"2-9\"", "2-3" },
	{ SETTING_affinity, "{ \"efficiency\", \"llc:1\" }",
	  "{ \"llc:1\", \"performance\" }", "llc:1" },
	{ SETTING_affinity, "\"efficiency\"", "\"0-3\"", "efficiency" },
	{ SETTING_weight, "between (50, 200)", "1000", "200" },
	{ SETTING_cpu_limit, "at_most \"2 cores\"", "\"6 cores\"", "2 cores" },
	{ SETTING_cpu_limit, "at_most \"2 cores\"", "\"75% of host\"",
	  "2 cores" },
	{ SETTING_cpu_limit, "below \"50% of host\"", "\"75% of host\"",
	  "49% of host" },
	{ SETTING_cpu_limit, "at_least \"50% of host\"", "\"20% of host\"",
	  "50% of host" },
	{ SETTING_cpu_limit, "between (\"50%\", \"2 cores\")", "\"20%\"",
	  "50%" },
	{ SETTING_memory_high, "at_most \"2GiB\"", "\"3GiB\"", "2GiB" },
	{ SETTING_memory_low, "below \"1KiB\"", "\"1KiB\"", "1023B" },
	{ SETTING_swap, "\"0B\"", "\"1GiB\"", "0B" },
	{ SETTING_reclaim, "at_most \"1MiB\"", "\"1GiB\"", "1MiB" },
	{ SETTING_slice, "at_least \"1ms\"", "\"100us\"", "1ms" },
	{ SETTING_uclamp_min, "at_most \"40%\"", "\"80%\"", "40%" },
	{ SETTING_cpu_time, "at_most \"1min\"", "\"1h\"", "60s" },
};

START_TEST(a_cap_holds_what_is_wanted)
{
	enum setting    s = caps[_i].s;
	char            source[400];
	struct intents  intents;
	struct claim    claim = { .rule = 1, .rank = 1 };
	struct ceiling  ceiling = { .rule = 0 };
	struct verdict  v;
	struct ruleset *rules;

	snprintf(source, sizeof source,
	         POOLS
	         "rule \"cap\" { match = process { }, cap = { %s = %s } }\n"
	         "rule \"want\" { match = thread { }, want = { %s = %s } }",
	         setting_rows[s].name, caps[_i].cap, setting_rows[s].name,
	         caps[_i].wanted);
	rules = rules_of(source);
	intents_default(&intents);
	ruleset_want(rules, 1, &claim.want);
	ck_assert(ruleset_cap(rules, 0, &ceiling.cap));
	arbiter_settle(&intents, sets, &claim, 1, &ceiling, 1,
	               VALUE_UNTOUCHED, &v);
	ck_assert_str_eq(print(s, &v.want), caps[_i].printed);
	ruleset_free(rules);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("settings");

	tcase_add_checked_fixture(c, sets_up, sets_down);
	tcase_add_loop_test(c, a_value_arrives_as_it_was_written, 0,
	                    (int)COUNT(values));
	tcase_add_loop_test(c, a_cap_holds_what_is_wanted, 0, (int)COUNT(caps));
	return run_case(c, "bindings_settings");
}
