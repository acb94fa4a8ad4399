/* test_users_again.c -- users' own rules that change while they are
 * in force, for real. */

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "users.h"

static void own_folder(uid_t uid, const char *name)
{
	ck_assert_int_eq(mkdir(home_of(uid, name), 0700), 0);
	ck_assert_int_eq(chown(home_of(uid, name), uid, uid), 0);
}

static void own_rename(uid_t uid, const char *from, const char *to)
{
	char before[160];

	snprintf(before, sizeof before, "%s", home_of(uid, from));
	ck_assert_int_eq(rename(before, home_of(uid, to)), 0);
}

static unsigned times_said(const char *what)
{
	unsigned n = 0;

	for (const char *at = r.text; (at = strstr(at, what)) != NULL; n++)
		at += strlen(what);
	return n;
}

START_TEST(a_file_that_is_written_in_place_is_read)
{
	pid_t ann = begin_nice(7);

	for (int nice = 8; nice < 11; nice++) {
		own_file(ANN, "a.lua", nice_rule(nice));
		ck_assert(EVENTUALLY(nice_of(ann) == nice));
	}
	end_with(ann);
}
END_TEST

START_TEST(a_file_that_is_renamed_over_is_read)
{
	pid_t ann = begin_nice(7);

	own_file(ANN, "new", nice_rule(9));
	own_rename(ANN, "new", "a.lua");
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	end_with(ann);
}
END_TEST

START_TEST(a_file_that_comes_is_read_and_one_that_leaves_is_not)
{
	pid_t ann = begin_nice(7);

	own_folder(ANN, "sub");
	own_file(ANN, "sub/b.lua", named_rule("b", 9));
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	own_file(ANN, "sub/b.lua", named_rule("b", 10));
	ck_assert(EVENTUALLY(nice_of(ann) == 10));
	ck_assert_int_eq(unlink(home_of(ANN, "sub/b.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert_int_eq(unlink(home_of(ANN, "a.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 0));
	end_with(ann);
}
END_TEST

START_TEST(a_folder_that_is_moved_into_place_is_read)
{
	pid_t ann = begin_nice(7);
	char  old[180], new[180];

	beside(ANN, "old", old, sizeof old);
	beside(ANN, "new", new, sizeof new);
	command("cp -a '%s'/59871 %s", new);
	own_file(ANN, "../59871.new/a.lua", nice_rule(12));
	ck_assert_int_eq(rename(home_of(ANN, ""), old), 0);
	ck_assert_int_eq(rename(new, home_of(ANN, "")), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 12));
	own_file(ANN, "a.lua", nice_rule(13));
	ck_assert(EVENTUALLY(nice_of(ann) == 13));
	end_with(ann);
}
END_TEST

START_TEST(links_that_are_turned_elsewhere_are_followed)
{
	pid_t ann = begin_nice(7);
	char  v1[180], v2[180], turned[180];

	beside(ANN, "v1", v1, sizeof v1);
	beside(ANN, "v2", v2, sizeof v2);
	beside(ANN, "turned", turned, sizeof turned);
	command("cp -a '%s'/59871 %s", v2);
	ck_assert_int_eq(rename(home_of(ANN, ""), v1), 0);
	ck_assert_int_eq(symlink(v1, home_of(ANN, "")), 0);
	own_file(ANN, "../59871.v2/a.lua", nice_rule(12));
	ck_assert_int_eq(symlink(v2, turned), 0);
	ck_assert_int_eq(rename(turned, home_of(ANN, "")), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 12));
	/* And of a single file, which is written to where it leads. */
	own_file(ANN, "../59871.v1/far", named_rule("far", 14));
	command("ln -sf %s/59871.v1/far '%s'/59871/b.lua", homes);
	ck_assert(EVENTUALLY(nice_of(ann) == 14));
	own_file(ANN, "../59871.v1/far", named_rule("far", 15));
	ck_assert(EVENTUALLY(nice_of(ann) == 15));
	end_with(ann);
}
END_TEST

START_TEST(a_folder_that_is_made_later_is_read)
{
	pid_t ann, bob;

	begin(nothing);
	running_start(&r, 0);
	ann = start(ANN);
	bob = start(BOB);
	own_file(ANN, "a.lua", nice_rule(7));
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert_int_eq(nice_of(bob), 0);
	end_with(ann);
	program_end(bob);
}
END_TEST

START_TEST(a_refused_change_leaves_the_old_rules_and_says_so_once)
{
	pid_t ann, second;

	begin(nothing);
	own_file(ANN, "a.lua", function);
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	own_file(ANN, "a.lua", "\nrule \"q\" { wants = 1 }\n");
	ck_assert(running_says(&r, "user 59871: the new rules are refused, the "
	                       "old ones stay: "));
	ck_assert(running_says(&r, "59871/a.lua:2:"));
	ck_assert(status_says("59871/a.lua:2:"));
	second = start(ANN);
	ck_assert(EVENTUALLY(nice_of(second) == 7));    /* it is still asked  */
	ck_assert_int_eq(nice_of(ann), 7);
	own_file(ANN, "a.lua", nice_rule(9));
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	ck_assert(EVENTUALLY(nice_of(second) == 9));
	ck_assert(!status_says("59871/a.lua:2:"));
	ck_assert_uint_eq(times_said("are refused"), 1);
	end_with(ann);
	program_end(second);
}
END_TEST

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Of one length, so that no reader finds half of it. */
static void write_over(int fd, int nice)
{
	const char *text = nice_rule(nice);
	ssize_t     n = (ssize_t)strlen(text);

	ck_assert_int_eq(pwrite(fd, text, (size_t)n, 0), n);
}

START_TEST(a_thousand_writes_in_a_second_are_read_twice_at_most)
{
	pid_t    ann = begin_nice(10);
	uint64_t began = now_ms(), took_ms;
	int      fd = open(home_of(ANN, "a.lua"), O_WRONLY | O_CLOEXEC);

	for (unsigned i = 0; i < 1000; i++) {
		write_over(fd, 11 + (int)i % 8);
		while (now_ms() < began + i)
			usleep(100);
	}
	write_over(fd, 19);
	took_ms = now_ms() - began;             /* more on a busy machine     */
	close(fd);
	ck_assert(EVENTUALLY(nice_of(ann) == 19));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_uint_ge(times_said("59871: 1 rule in force"), 2);
	ck_assert_uint_le(times_said("59871: 1 rule in force"),
	                  3 + (took_ms - 999) / 2000);
	ck_assert_uint_eq(times_said("are refused"), 0);
	clear();
	program_end(ann);
}
END_TEST

/* Writes and writes, in the folder and beside it, and its rules are others all
 * the time. */
static pid_t flood(uid_t uid)
{
	pid_t pid = fork();
	char  path[180], new[180];

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setresuid(uid, uid, uid) < 0)
		_exit(99);
	snprintf(path, sizeof path, "%s", home_of(uid, "a.lua"));
	snprintf(new, sizeof new, "%s", home_of(uid, ".new"));
	for (int i = 0; ; i++) {
		FILE *f = fopen(new, "w");

		if (f == NULL)
			_exit(99);
		fputs(nice_rule(3 + i % 16), f);
		fclose(f);
		rename(new, path);
	}
}

START_TEST(a_flood_of_one_user_is_that_users_alone)
{
	pid_t    ann = begin_nice(7), bob, writer;
	uint64_t began, flooded_ms;

	own_file(BOB, "b.lua", nice_rule(8));
	writer = flood(ANN);
	began = now_ms();
	for (int i = 0; i < 20; i++) {
		bob = start(BOB);
		ck_assert(EVENTUALLY(nice_of(bob) == 8));
		program_end(bob);
		usleep(200000);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	flooded_ms = now_ms() - began;
	own_file(ANN, "a.lua", nice_rule(9));
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	/* Each time with other rules, so each time it says so. */
	ck_assert_uint_ge(times_said("59871: 1 rule in force"), 2);
	ck_assert_uint_le(times_said("59871: 1 rule in force"),
	                  3 + flooded_ms / 2000);
	clear();
	program_end(ann);
}
END_TEST

/* How many descriptors of that process are of inotify. */
static int watches_of(pid_t pid)
{
	char           path[64];
	DIR           *dir;
	struct dirent *e;
	int            n = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		char    link[400], to[64] = "";
		ssize_t bytes;

		snprintf(link, sizeof link, "%s/%s", path, e->d_name);
		bytes = readlink(link, to, sizeof to - 1);
		n += bytes > 0 && strcmp(to, "anon_inode:inotify") == 0;
	}
	closedir(dir);
	return n;
}

/* Others than ours may be logged in, and what is replaced is closed later. */
static int watches_at_rest(pid_t pid)
{
	int n = watches_of(pid);

	for (int same = 0; same < 2000; same++) {
		int now = watches_of(pid);

		same = now == n ? same : 0;
		n = now;
		usleep(1000);
	}
	return n;
}

static const char other[] =
	"rule \"f\" { match = process { name = \"e2eown\" },"
	" want = function (p) return { nice = p.uid == 59871 and 11 or 8 } end }";

START_TEST(who_logs_out_is_watched_no_more_and_read_anew_at_the_next_login)
{
	pid_t ann, core;
	int   before;

	begin(nothing);
	own_file(ANN, "a.lua", function);
	running_start(&r, 0);
	core = running_find_core(&r);
	before = watches_at_rest(core);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert(EVENTUALLY(watches_of(core) == before + 2));
	own_file(ANN, "a.lua", other);  /* by another worker, instead of it   */
	ck_assert(EVENTUALLY(nice_of(ann) == 11));
	ck_assert(EVENTUALLY(watches_of(core) == before + 2));
	program_end(ann);
	ck_assert(EVENTUALLY(watches_of(core) == before));
	ck_assert(EVENTUALLY(worker_of(ANN) == 0));
	ck_assert_int_eq(watches_of(r.keeper), 0);
	own_file(ANN, "a.lua", nice_rule(9));
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	own_file(ANN, "a.lua", nice_rule(10));
	ck_assert(EVENTUALLY(nice_of(ann) == 10));
	end_with(ann);
}
END_TEST

START_TEST(after_its_worker_was_killed_a_change_is_noticed_all_the_same)
{
	pid_t ann, worker;

	begin(nothing);
	own_file(ANN, "a.lua", function);
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	worker = worker_of(ANN);
	kill(worker, SIGKILL);
	ck_assert(running_says(&r, "user 59871: the rules worker died"));
	ck_assert(EVENTUALLY(worker_of(ANN) != 0 && worker_of(ANN) != worker));
	own_file(ANN, "a.lua", nice_rule(9));
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	end_with(ann);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *t = users_begin(argc, argv);

	tcase_add_test(t, a_file_that_is_written_in_place_is_read);
	tcase_add_test(t, a_file_that_is_renamed_over_is_read);
	tcase_add_test(t, a_file_that_comes_is_read_and_one_that_leaves_is_not);
	tcase_add_test(t, a_folder_that_is_moved_into_place_is_read);
	tcase_add_test(t, links_that_are_turned_elsewhere_are_followed);
	tcase_add_test(t, a_folder_that_is_made_later_is_read);
	tcase_add_test(t,
	        a_refused_change_leaves_the_old_rules_and_says_so_once);
	tcase_add_test(t,
	        a_thousand_writes_in_a_second_are_read_twice_at_most);
	tcase_add_test(t, a_flood_of_one_user_is_that_users_alone);
	tcase_add_test(t,
	    who_logs_out_is_watched_no_more_and_read_anew_at_the_next_login);
	tcase_add_test(t,
	        after_its_worker_was_killed_a_change_is_noticed_all_the_same);
	return run_case(t, "e2e: users, again");
}
