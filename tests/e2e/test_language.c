/* test_language.c -- what rules look at, on the real kernel.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched. */

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "acted.h"

/* The machine may be busy with other things, so a small share is much. */
START_TEST(a_busy_child_is_one_once_it_lasted_and_a_while_after)
{
	struct actor a;
	double       began;

	running_prepare(&r,
	    "rule \"hog\" { match = process { name = \"e2ehog\",\n"
	    "  cpu = above \"10%\", lasting = \"2s\" },\n"
	    "  want = { nice = 9 }, keep = \"1s\" }\n", "");
	running_start(&r, 0);
	a = act_as("e2ehog");
	began = seconds_now();
	actor_does(&a, "busy");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 9));
	ck_assert(seconds_now() - began >= 2);
	began = seconds_now();
	actor_does(&a, "calm");
	ck_assert(EVENTUALLY(nice_of(a.pid) == 0));
	ck_assert(seconds_now() - began >= 1);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
}
END_TEST

START_TEST(what_drifts_is_followed_up_and_down)
{
	struct actor rss, threads, io, age;

	running_prepare(&r, ONE("e2erss", "rss = above \"64MiB\"", "5")
	                    ONE("e2ethreads", "threads = above(3)", "6")
	                    ONE("e2eio", "io_rate = above \"1MiB/s\"", "7")
	                    ONE("e2eage", "age = between (\"1s\", \"5s\")", "8"),
	                "");
	rss = act_as("e2erss");
	running_start(&r, 0);
	threads = act_as("e2ethreads");
	io = act_as("e2eio");
	age = act_as("e2eage");
	ck_assert(EVENTUALLY(nice_of(age.pid) == 8));
	actor_does(&rss, "grow 80");
	actor_does(&threads, "threads 4");
	ck_assert_int_eq(actor_does(&io, "write %s", r.folder), 0);
	ck_assert(EVENTUALLY(nice_of(rss.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(threads.pid) == 6));
	ck_assert(EVENTUALLY(nice_of(io.pid) == 7));
	actor_does(&rss, "shrink");
	actor_does(&threads, "join");
	actor_does(&io, "rest");
	ck_assert(EVENTUALLY(nice_of(rss.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(threads.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(io.pid) == 0));
	ck_assert(EVENTUALLY(nice_of(age.pid) == 0));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&rss);
	actor_end(&threads);
	actor_end(&io);
	actor_end(&age);
}
END_TEST

START_TEST(what_a_program_was_started_with_is_seen)
{
	const char *env_of[] = { "OTHER=1", "E2E_NAME=x", "E2E_LONG=abc", NULL };
	const char *env_none[] = { "E2E_NAME=xx", NULL };
	const char *quick[] = { "--quick", NULL }, *slow[] = { "--slow", NULL };
	struct actor a, b, c, d, e;

	running_prepare(&r, ONE("e2eenv", "env = { E2E_NAME = \"x\" }", "5")
	                    ONE("e2elong", "env = { E2E_NAME = any,"
	                        " E2E_LONG = regex \"^a.c$\" }", "6")
	                    ONE("e2earg", "args = \"--quick\"", "7"), "");
	running_start(&r, 0);
	a = actor_start(program_make(&r, "e2eenv"),
	                &(struct casting){ .env = env_of });
	b = actor_start(program_make(&r, "e2eenv"),
	                &(struct casting){ .env = env_none });
	c = actor_start(program_make(&r, "e2elong"),
	                &(struct casting){ .env = env_of });
	d = actor_start(program_make(&r, "e2earg"),
	                &(struct casting){ .args = quick });
	e = actor_start(program_make(&r, "e2earg"),
	                &(struct casting){ .args = slow });
	ck_assert(EVENTUALLY(nice_of(a.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(c.pid) == 6));
	ck_assert(EVENTUALLY(nice_of(d.pid) == 7));
	ck_assert_int_eq(nice_of(b.pid), 0);
	ck_assert_int_eq(nice_of(e.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&a);
	actor_end(&b);
	actor_end(&c);
	actor_end(&d);
	actor_end(&e);
}
END_TEST

/* It is looked for up to a second after the start, and what pqs meets at its
 * own start has long written its. */
START_TEST(a_title_is_seen_when_it_was_written)
{
	const char  *room[] = { "room-for-a-title-of-some-length", NULL };
	struct casting how = { .args = room };
	const char  *path;
	struct actor before, after;

	running_prepare(&r, ONE("e2etitle", "title = glob \"*: worker *\"",
	                        "5"), "");
	path = program_make(&r, "e2etitle");
	before = actor_start(path, &how);
	actor_does(&before, "title e2etitle: worker 0");
	running_start(&r, 0);
	after = actor_start(path, &how);
	actor_does(&after, "title e2etitle: worker 1");
	ck_assert(EVENTUALLY(nice_of(before.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(after.pid) == 5));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&before);
	actor_end(&after);
}
END_TEST

static pid_t script_start(const char *interpreter, const char *script)
{
	char        path[160];
	const char *argv[] = { path, "600", NULL };

	snprintf(path, sizeof path, "%s/%s", r.folder, script);
	return interpreter != NULL ? program_start(interpreter, argv, 0) :
	                             program_start(path, argv + 1, 0);
}

START_TEST(a_script_is_known_by_its_own_name)
{
	pid_t sh, perl, other;

	running_prepare(&r,
	    "rule \"sh\" { match = process { script = \"e2eshell.sh\" },"
	    " want = { nice = 5 } }\n"
	    "rule \"perl\" { match = process { name = \"perl\","
	    " script = \"e2eperl.pl\" }, want = { nice = 6 } }\n", "");
	put("e2eshell.sh", "#!/bin/sh\nwhile :; do sleep 0.1; done\n");
	put("e2eother.sh", "#!/bin/sh\nwhile :; do sleep 0.1; done\n");
	put("e2eperl.pl", "sleep 1 while 1;\n");
	running_start(&r, 0);
	sh = script_start(NULL, "e2eshell.sh");
	other = script_start("/bin/sh", "e2eother.sh");
	perl = script_start("/usr/bin/perl", "e2eperl.pl");
	ck_assert(EVENTUALLY(nice_of(sh) == 5));
	ck_assert(EVENTUALLY(nice_of(perl) == 6));
	ck_assert_int_eq(nice_of(other), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	program_end(sh);
	program_end(perl);
	program_end(other);
}
END_TEST

/* What stands at that path here is another file than what runs there. */
START_TEST(a_path_lent_by_a_private_mount_is_nobodys)
{
	char         rules[512], trusted[160], impostor[160];
	struct actor honest, liar;

	running_prepare(&r, "", "");
	strcpy(trusted, program_make(&r, "e2etrusted"));
	strcpy(impostor, program_make(&r, "e2eimpostor"));
	snprintf(rules, sizeof rules,
	         "rule \"exe\" { match = process { exe = \"%s\" },"
	         " want = { nice = 5 } }\n"
	         "rule \"name\" { match = process { name = \"e2etrusted\" },"
	         " want = { timer_slack = \"3ms\" } }\n", trusted);
	put("rules.lua", rules);
	running_start(&r, 0);
	honest = actor_start(trusted, NULL);
	liar = actor_start(trusted, &(struct casting){
	                   .lent = { impostor, trusted } });
	ck_assert(EVENTUALLY(nice_of(honest.pid) == 5));
	ck_assert(EVENTUALLY(slack_of(liar.pid) == 3000000));
	ck_assert_int_eq(nice_of(liar.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&honest);
	actor_end(&liar);
}
END_TEST

START_TEST(units_and_containers_are_told_by_the_control_group)
{
	char        *unit, *box;
	struct actor in_unit, in_box, outside;

	running_prepare(&r, ONE("e2eunit", "unit = glob \"e2e@*.service\"", "5")
	                    ONE("e2ebox", "container = \"docker/0123456789ab\"",
	                        "6"), "");
	unit = group_make("", "e2e.slice/e2e@1.service");
	box = group_make("", "docker/0123456789abcdef0123456789abcdef"
	                 "0123456789abcdef0123456789abcdef");
	running_start(&r, 0);
	outside = act_as("e2eunit");
	in_unit = actor_start(program_make(&r, "e2eunit"),
	                      &(struct casting){ .groups = { unit } });
	in_box = actor_start(program_make(&r, "e2ebox"),
	                     &(struct casting){ .groups = { box } });
	ck_assert(EVENTUALLY(nice_of(in_unit.pid) == 5));
	ck_assert(EVENTUALLY(nice_of(in_box.pid) == 6));
	ck_assert_int_eq(nice_of(outside.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&outside);
	actor_end(&in_unit);
	actor_end(&in_box);
}
END_TEST

START_TEST(users_and_groups_go_by_name)
{
	char         rules[400];
	struct actor one, root;

	ck_assert_ptr_nonnull(getpwuid(1));
	ck_assert_ptr_nonnull(getgrgid(1));
	snprintf(rules, sizeof rules, ONE("e2euser", "user = \"%s\", "
	         "group = { \"e2enone\", \"%s\" }", "5"),
	         getpwuid(1)->pw_name, getgrgid(1)->gr_name);
	running_prepare(&r, rules, "");
	running_start(&r, 0);
	one = actor_start(program_make(&r, "e2euser"),
	                  &(struct casting){ .uid = 1 });
	root = act_as("e2euser");
	ck_assert(EVENTUALLY(nice_of(one.pid) == 5));
	ck_assert_int_eq(nice_of(root.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&one);
	actor_end(&root);
}
END_TEST

static const char *clock_of(time_t when)
{
	static char text[2][8];
	static int  next;
	char       *to = text[next++ % 2];

	strftime(to, sizeof text[0], "%H:%M", localtime(&when));
	return to;
}

START_TEST(rules_hold_while_the_machine_is_so)
{
	time_t       now = time(NULL);
	char         rules[1500];
	struct actor yes, no, work;

	snprintf(rules, sizeof rules,
	    "rule \"so\" { match = process { name = \"e2eso\" }, when = host {\n"
	    "  time = between (\"%s\", \"%s\"), weekday = { \"%s\", \"%s\" },\n"
	    "  cores = at_least(1), os = \"linux\", load = at_least(0),\n"
	    "  cpu = above \"5%%\", memory_stall = at_least \"0%%\",\n"
	    "  cpu_pressure = at_least \"normal\" }, want = { nice = 5 } }\n"
	    "rule \"not\" { match = process { name = \"e2enot\" }, when = {\n"
	    "  host { cores = at_least(1) }, except (host {\n"
	    "  time = between (\"%s\", \"%s\") }) }, want = { nice = 5 } }\n",
	    clock_of(now - 120), clock_of(now + 600),
	    (const char *[]){ "sunday", "monday", "tuesday", "wednesday",
	    "thursday", "friday", "saturday" }[localtime(&now)->tm_wday],
	    (const char *[]){ "monday", "tuesday", "wednesday", "thursday",
	    "friday", "saturday", "sunday" }[localtime(&now)->tm_wday],
	    clock_of(now - 120), clock_of(now + 600));
	running_prepare(&r, rules, "");
	running_start(&r, 0);
	yes = act_as("e2eso");
	no = act_as("e2enot");
	work = act_as("e2ework");
	actor_does(&work, "busy");
	ck_assert(EVENTUALLY(nice_of(yes.pid) == 5));
	ck_assert_int_eq(nice_of(no.pid), 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	actor_end(&yes);
	actor_end(&no);
	actor_end(&work);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = acted_begin(argc, argv);

	tcase_add_test(c, a_busy_child_is_one_once_it_lasted_and_a_while_after);
	tcase_add_test(c, what_drifts_is_followed_up_and_down);
	tcase_add_test(c, what_a_program_was_started_with_is_seen);
	tcase_add_test(c, a_title_is_seen_when_it_was_written);
	tcase_add_test(c, a_script_is_known_by_its_own_name);
	tcase_add_test(c, a_path_lent_by_a_private_mount_is_nobodys);
	tcase_add_test(c, units_and_containers_are_told_by_the_control_group);
	tcase_add_test(c, users_and_groups_go_by_name);
	tcase_add_test(c, rules_hold_while_the_machine_is_so);
	return acted_end(c, "language");
}
