/* test_users_bounds.c -- users' own rules where the files, or the kernel,
 * do not play along. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "users.h"

/* Mounted by that user, and nobody ever answers.  Its descriptor, or -errno. */
static int mount_silent(const char *at, uid_t uid)
{
	char options[128];
	int  fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,"
	         "group_id=%u,allow_other", fd, (unsigned)uid, (unsigned)uid);
	if (mount("silent", at, "fuse", MS_NOSUID | MS_NODEV, options) == 0)
		return fd;
	close(fd);
	return -errno;
}

START_TEST(a_folder_that_never_answers_holds_up_its_owner_alone)
{
	char  yaml[400], turned[180], silent[180];
	pid_t ann, bob;
	int   fuse;

	begin(NULL);
	write_rules(nothing);
	snprintf(yaml, sizeof yaml, "rules: { users: '%s/{uid}', admin: "
	         "'%s/admin.lua' }\nworker: { load_wall: 2s }\n", homes, homes);
	running_clear(&r);
	running_prepare(&r, NULL, yaml);
	own_file(ANN, "a.lua", nice_rule(7));
	own_file(BOB, "b.lua", nice_rule(8));
	beside(ANN, "silent", silent, sizeof silent);
	beside(ANN, "turned", turned, sizeof turned);
	ck_assert_int_eq(mkdir(silent, 0755), 0);
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	fuse = mount_silent(silent, ANN);
	if (fuse >= 0) {
		ck_assert_int_eq(symlink(silent, turned), 0);
		command("rm -r '%s'/59871%s", "");
		ck_assert_int_eq(rename(turned, home_of(ANN, "")), 0);
		ck_assert(running_says(&r, "user 59871: the rules worker took "
		                       "longer than 2s"));
		bob = start(BOB);
		ck_assert(EVENTUALLY(nice_of(bob) == 8));
		ck_assert_int_eq(nice_of(ann), 7);
		program_end(bob);
		ck_assert(running_says(&r, "the old ones stay: "));
		ck_assert_int_eq(nice_of(ann), 7);
		close(fuse);
		ck_assert_int_eq(umount2(silent, MNT_DETACH), 0);
	}
	end_with(ann);
}
END_TEST

/* Takes what that user may have of inotify, until it is killed. */
static pid_t take_watches(uid_t uid)
{
	int   ends[2];
	char  byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresuid(uid, uid, uid) < 0)
			_exit(99);
		while (inotify_init1(IN_CLOEXEC) >= 0)
			continue;
		if (errno != EMFILE || write(ends[1], "x", 1) != 1)
			_exit(99);
		for (;;)
			pause();
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

START_TEST(who_has_no_watches_left_has_rules_and_is_told_so)
{
	pid_t ann, bob, taker;

	begin(nothing);
	own_file(ANN, "a.lua", nice_rule(7));
	own_file(BOB, "b.lua", nice_rule(8));
	taker = take_watches(ANN);
	running_start(&r, 0);
	ann = start(ANN);
	bob = start(BOB);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	ck_assert(EVENTUALLY(nice_of(bob) == 8));
	ck_assert(status_says("files not watched"));
	own_file(BOB, "b.lua", nice_rule(9));
	ck_assert(EVENTUALLY(nice_of(bob) == 9));
	own_file(ANN, "a.lua", nice_rule(9));
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	end_with(ann);
	program_end(bob);
	program_end(taker);
}
END_TEST

START_TEST(who_has_too_much_to_watch_is_told_so)
{
	pid_t ann = begin_nice(7);
	char  line[200];

	ck_assert(!status_says(" watched"));
	snprintf(line, sizeof line, "cd %s/59871 && for i in $(seq 600); do "
	         "ln -s a.lua l$i; done", homes);
	ck_assert_int_eq(system(line), 0);
	ck_assert(EVENTUALLY(status_says("files not all watched")));
	ck_assert_int_eq(nice_of(ann), 7);
	end_with(ann);
}
END_TEST

START_TEST(without_watching_only_who_asks_has_files_read)
{
	char  yaml[400];
	pid_t ann;

	begin(nothing);
	running_clear(&r);
	snprintf(yaml, sizeof yaml, "rules: { users: '%s/{uid}' }\n"
	         "reload: { watch: false }\n", homes);
	running_prepare(&r, nothing, yaml);
	own_file(ANN, "a.lua", nice_rule(7));
	running_start(&r, 0);
	ann = start(ANN);
	ck_assert(EVENTUALLY(nice_of(ann) == 7));
	own_file(ANN, "a.lua", nice_rule(9));
	ck_assert(status_says("files not watched"));
	ck_assert_int_eq(nice_of(ann), 7);
	ck_assert_int_eq(kill(r.keeper, SIGHUP), 0);
	ck_assert(EVENTUALLY(nice_of(ann) == 9));
	end_with(ann);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *t = users_begin(argc, argv);

	tcase_add_test(t, a_folder_that_never_answers_holds_up_its_owner_alone);
	tcase_add_test(t, who_has_no_watches_left_has_rules_and_is_told_so);
	tcase_add_test(t, who_has_too_much_to_watch_is_told_so);
	tcase_add_test(t, without_watching_only_who_asks_has_files_read);
	return run_case(t, "e2e: users, bounds");
}
