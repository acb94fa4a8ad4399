/* test_claims.c -- what rules want of whom, and which of them is heard, on the
 * real kernel.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched. */

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acted.h"

/* That pqs itself changed it is not what is asked. */
START_TEST(a_setting_in_a_match_is_the_value_without_pqs)
{
	struct actor was, is;

	running_prepare(&r, ONE("e2ewas", "nice = below(0), sched = \"batch\"",
	                        "3")
	                    ONE("e2eis", "nice = below(0)", "3")
	    "rule \"more\" { match = process { name = \"e2ewas\","
	    " nice = above(0) }, priority = 5, want = { nice = 12 } }\n", "");
	was = act_as("e2ewas");
	is = act_as("e2eis");
	ck_assert_int_eq(setpriority(PRIO_PROCESS, (id_t)was.pid, -4), 0);
	ck_assert_int_eq(sched_setscheduler(was.pid, SCHED_BATCH,
	                 &(struct sched_param){ 0 }), 0);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(was.pid) == 3));
	actor_does(&was, "rename again");       /* judged once more           */
	actor_does(&is, "rename again");
	actor_does(&was, "exec %s", program_make(&r, "e2ewas"));
	actor_does(&was, "calm");
	usleep(200000);
	ck_assert_int_eq(nice_of(was.pid), 3);
	ck_assert_int_eq(nice_of(is.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(was.pid), -4);
	actor_end(&was);
	actor_end(&is);
}
END_TEST

static void put_number(const char *file, pid_t pid, int value)
{
	char path[64], text[16];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	snprintf(text, sizeof text, "%d", value);
	put_text(path, text);
}

START_TEST(every_kind_of_setting_can_be_asked_for)
{
	struct actor a;

	running_prepare(&r, ONE("e2eset", "nice = between (2, 4),"
	    " ionice = \"best-effort\", timer_slack = above \"1ms\","
	    " oom_score_adj = 77, sched = at_most \"other\"",
	    "12"), "");
	a = act_as("e2eset");
	actor_does(&a, "nice 3");
	ck_assert_int_eq(syscall(SYS_ioprio_set, 1, a.pid, 2 << 13 | 5), 0);
	put_number("timerslack_ns", a.pid, 2000000);
	put_number("oom_score_adj", a.pid, 77);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 12));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(a.pid), 3);
	actor_end(&a);
}
END_TEST

START_TEST(what_is_untouched_stays_and_what_is_capped_is_held)
{
	struct actor a, b;

	running_prepare(&r,
	    "rule \"all\" { match = process { name = regex \"^e2e(left|held)$\" },"
	    " want = { nice = 12, timer_slack = \"3ms\", sched = \"fifo:5\" } }\n"
	    "rule \"left\" { match = process { name = \"e2eleft\" },"
	    " want = { nice = untouched, sched = untouched } }\n"
	    "rule \"held\" { match = process { name = \"e2eheld\" },"
	    " cap = { nice = at_most(7), sched = at_most \"batch\" } }\n", "");
	running_start(&r, 0);
	a = act_as("e2eleft");
	b = act_as("e2eheld");
	ck_assert(EVENTUALLY(slack_of(a.pid) == 3000000));
	ck_assert(EVENTUALLY(slack_of(b.pid) == 3000000));
	ck_assert(EVENTUALLY(nice_of(b.pid) == 7));
	ck_assert(EVENTUALLY(sched_of(b.pid) == SCHED_BATCH));
	ck_assert_int_eq(nice_of(a.pid), 0);
	ck_assert_int_eq(sched_of(a.pid), SCHED_OTHER);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
	actor_end(&b);
}
END_TEST

static unsigned long long questions_asked(void)
{
	unsigned long long n;
	const char        *at = strstr(r.text, " judgings, ");

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at, " judgings, %llu questions", &n), 1);
	return n;
}

/* Once to learn what it reads, then once for 1 thread and once for 5, whosever
 * they are. */
START_TEST(a_function_is_asked_again_only_when_what_it_reads_changes)
{
	struct actor a, b;

	running_prepare(&r,
	    "rule \"f\" { match = process { name = \"e2eask\" },"
	    " want = function (p)\n"
	    "  return { nice = p.threads > 3 and 8 or 4 } end }\n", "");
	running_start(&r, 0);
	a = act_as("e2eask");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 4));
	b = act_as("e2eask");
	ck_assert(EVENTUALLY(nice_of(b.pid) == 4));
	usleep(2500000);                /* looked at twice meanwhile          */
	actor_does(&a, "threads 4");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 8));
	actor_does(&a, "join");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 4));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_uint_eq(questions_asked(), 3);
	actor_end(&a);
	actor_end(&b);
}
END_TEST

START_TEST(layers_mask_and_options_come_from_the_configuration)
{
	char         yaml[400], path[160];
	struct actor a;

	running_prepare(&r, NULL, "");
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", r.folder,
		         i == 0 ? "vendor" : "admin");
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	put("vendor/base.lua",
	    "rule \"base/nice\" { match = process { name = \"e2elayer\" },"
	    " priority = 100, want = { nice = 9, timer_slack = \"3ms\" } }\n"
	    "rule \"base/sched\" { match = process { name = \"e2elayer\" },"
	    " want = { sched = \"batch\" } }\n");
	put("admin/mine.lua",
	    "mask \"base/sched\"\n"
	    "rule \"mine\" { match = process { name = \"e2elayer\","
	    " age = at_least (option (\"late\", \"0s\")) },"
	    " want = { nice = option (\"step\", 1) } }\n");
	snprintf(yaml, sizeof yaml, "journal: %s/journal\nrules:\n"
	         "  vendor: %s/vendor\n  admin: %s/admin\n"
	         "options: { admin/step: 5, step: 6, late: 1s }\n", r.folder,
	         r.folder, r.folder);
	put("pqs.yaml", yaml);
	running_start(&r, 0);
	a = act_as("e2elayer");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert_int_eq(slack_of(a.pid), 3000000);
	ck_assert_int_eq(sched_of(a.pid), SCHED_OTHER);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = acted_begin(argc, argv);

	tcase_add_test(c, a_setting_in_a_match_is_the_value_without_pqs);
	tcase_add_test(c, every_kind_of_setting_can_be_asked_for);
	tcase_add_test(c, what_is_untouched_stays_and_what_is_capped_is_held);
	tcase_add_test(c, a_function_is_asked_again_only_when_what_it_reads_changes);
	tcase_add_test(c, layers_mask_and_options_come_from_the_configuration);
	return acted_end(c, "claims");
}
