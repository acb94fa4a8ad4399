/* test_os_linux_gate.c -- the control socket: who comes, what they say, who is
 * turned away. */

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gating.h"
#include "suite.h"

/* The next news of a visitor. */
static uint32_t next_visit(void)
{
	struct event e;
	uint64_t     until = os.sensor.now_ns(os.sensor.self) +
	                     UINT64_C(20000000000);

	do
		ck_assert_int_eq(os.sensor.next(os.sensor.self, until, &e, 1),
		                 1);
	while (e.kind != EVENT_VISIT);
	return e.u.visit;
}

/* No news of anybody, however often all that has happened is looked at. */
static bool is_quiet(void)
{
	struct event e;

	for (int looks = 0; looks < 50;) {
		if (os.sensor.next(os.sensor.self, 0, &e, 1) == 0)
			looks++;
		else if (e.kind == EVENT_VISIT)
			return false;
	}
	return true;
}

/* Somebody who has come and said nothing yet. */
static uint32_t come(int *ret_fd)
{
	const char *line;
	uint32_t    v;

	*ret_fd = connect_to();
	v = next_visit();
	ck_assert_int_eq(os.gate.take(os.gate.self, v, &line), -EAGAIN);
	return v;
}

static void say_to(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
	                 (ssize_t)strlen(text));
}

static void assert_takes(uint32_t visit, const char *expected)
{
	const char *line;
	int64_t     n = os.gate.take(os.gate.self, visit, &line);

	ck_assert_int_eq(n, (int64_t)strlen(expected));
	ck_assert_str_eq(line, expected);
}

static int64_t take_of(uint32_t visit)
{
	const char *line;

	return os.gate.take(os.gate.self, visit, &line);
}

/* News of it until it takes as said. */
static void await_take(uint32_t visit, int64_t result)
{
	while (take_of(visit) != result)
		ck_assert_uint_eq(next_visit(), visit);
}

START_TEST(lines_come_and_answers_go)
{
	char     text[16];
	int      fd;
	uint32_t v;

	open_gate();
	v = come(&fd);
	say_to(fd, "one\n\ntwo\nhalf");
	ck_assert_uint_eq(next_visit(), v);
	assert_takes(v, "one");
	assert_takes(v, "");
	assert_takes(v, "two");
	ck_assert_int_eq(take_of(v), -EAGAIN);
	ck_assert_int_eq(os.gate.send(os.gate.self, v, "answer\n", 7), 0);
	ck_assert_int_eq(recv(fd, text, sizeof text, 0), 7);
	ck_assert_uint_eq(os.gate.room(os.gate.self, v), VISIT_ROOM);
	say_to(fd, " line\n");
	ck_assert_uint_eq(next_visit(), v);
	assert_takes(v, "half line");
	os.gate.dismiss(os.gate.self, v);
	ck_assert_int_eq(recv(fd, text, sizeof text, 0), 0);
	ck_assert_int_eq(take_of(v), -EPIPE);
	close(fd);
}
END_TEST

START_TEST(who_shuts_one_half_still_listens)
{
	char     text[16];
	int      fd;
	uint32_t v;

	open_gate();
	v = come(&fd);
	say_to(fd, "ask\nrest");
	shutdown(fd, SHUT_WR);
	ck_assert_uint_eq(next_visit(), v);
	assert_takes(v, "ask");
	await_take(v, -ENODATA);
	ck_assert_int_eq(os.gate.send(os.gate.self, v, "answer\n", 7), 0);
	ck_assert_int_eq(recv(fd, text, sizeof text, 0), 7);
	close(fd);
	await_take(v, -EPIPE);
	ck_assert_int_eq(os.gate.send(os.gate.self, v, "more\n", 5), -EPIPE);
	ck_assert(is_quiet());
}
END_TEST

START_TEST(who_says_something_and_leaves_was_heard)
{
	int      fd;
	uint32_t v;

	open_gate();
	fd = connect_to();
	say_to(fd, "last words\n");
	close(fd);
	v = next_visit();
	while (os.gate.take(os.gate.self, v, &(const char *){ NULL }) != 10)
		ck_assert_uint_eq(next_visit(), v);
	await_take(v, -EPIPE);
}
END_TEST

START_TEST(who_does_not_read_is_not_written_to_for_ever)
{
	static char bytes[4096], into[65536];
	int         fd, r, sent = 0;
	uint32_t    v;
	ssize_t     n, all = 0;

	open_gate();
	v = come(&fd);
	memset(bytes, 'y', sizeof bytes);
	while ((r = os.gate.send(os.gate.self, v, bytes, sizeof bytes)) == 0)
		ck_assert_int_lt(++sent, 10000);
	ck_assert_int_eq(r, -EAGAIN);
	ck_assert_uint_lt(os.gate.room(os.gate.self, v), sizeof bytes);
	ck_assert(is_quiet());
	while (all < sent * (ssize_t)sizeof bytes) {
		n = recv(fd, into, sizeof into, MSG_DONTWAIT);
		if (n < 0)
			ck_assert_uint_eq(next_visit(), v);
		else
			all += n;
		(void)os.gate.room(os.gate.self, v);
	}
	ck_assert_uint_eq(os.gate.room(os.gate.self, v), VISIT_ROOM);
	close(fd);
}
END_TEST

START_TEST(a_line_without_end_is_not_read_for_ever)
{
	static char bytes[VISIT_LINE_MAX];
	int         fd, sent = 0;
	uint32_t    v;

	open_gate();
	v = come(&fd);
	memset(bytes, 'x', sizeof bytes);
	while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		ck_assert_int_lt(++sent, 10000);
	await_take(v, -EMSGSIZE);
	ck_assert(is_quiet());
	/* what was read made room for as much, and no more is read */
	for (sent = 0; send(fd, bytes, sizeof bytes,
	                    MSG_DONTWAIT | MSG_NOSIGNAL) > 0; sent++)
		ck_assert_int_lt(sent, 3);
	close(fd);
	await_take(v, -EMSGSIZE);
}
END_TEST

START_TEST(the_kernel_says_who_it_is)
{
	struct peer p;
	int         fd, group_fd[2];
	uint32_t    v;
	pid_t       child;

	open_gate();
	v = come(&fd);
	ck_assert_int_eq(os.gate.peer(os.gate.self, v, &p), 0);
	ck_assert_uint_eq(p.uid, geteuid());
	ck_assert_int_eq(p.pid, getpid());
	ck_assert(!p.in_group);
	close(fd);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(pipe(group_fd), 0);
	for (int member = 0; member < 2; member++) {
		gid_t groups[] = { 77, GROUP, 78 };

		child = fork();
		if (child == 0) {
			struct client c;
			char          byte;

			if (setgroups(member ? 3 : 1, groups) < 0 ||
			    setresgid(OTHER_UID, OTHER_UID, OTHER_UID) < 0 ||
			    setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0)
				_exit(9);
			/* whom it asks is root, as it must be */
			if (client_open(&c, path) < 0)
				_exit(8);
			_exit(recv(c.fd, &byte, 1, 0) == 0 ? 0 : 7);
		}
		do {
			v = next_visit();
		} while (os.gate.peer(os.gate.self, v, &p) < 0 ||
		         p.pid != child);
		ck_assert_uint_eq(p.uid, OTHER_UID);
		ck_assert_uint_eq(p.gid, OTHER_UID);
		ck_assert_int_eq(p.in_group, member);
		os.gate.dismiss(os.gate.self, v);
		ck_assert_int_eq(waitpid(child, &(int){ 0 }, 0), child);
	}
	close(group_fd[0]);
	close(group_fd[1]);
}
END_TEST

static int turned_away(int fd)
{
	char    text[16] = "";
	ssize_t n = recv(fd, text, sizeof text, MSG_DONTWAIT);

	return n > 0 && strcmp(text, "too many\n") == 0;
}

/* As another user it is the kernel that says whose they are. */
static void crowd(uid_t uid, int count, int ready)
{
	struct client c;

	if (uid != 0 && (setgroups(0, NULL) < 0 ||
	                 setresgid(uid, uid, uid) < 0 ||
	                 setresuid(uid, uid, uid) < 0))
		_exit(9);
	for (int i = 0; i < count; i++)
		if (client_open(&c, path) < 0)
			_exit(8);
	if (write(ready, "x", 1) != 1)
		_exit(7);
	pause();
	_exit(0);
}

START_TEST(too_many_of_one_and_too_many_in_all_are_turned_away)
{
	pid_t  pids[5];
	int    ready[2], fd;
	char   byte;
	struct gate_counts n;

	if (geteuid() != 0)
		return;
	open_gate();
	ck_assert_int_eq(pipe(ready), 0);
	for (int i = 0; i < 5; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			crowd(OTHER_UID + (uid_t)i, 20, ready[1]);
		ck_assert_int_eq(read(ready[0], &byte, 1), 1);
		while (!is_quiet())
			;
		n = os.gate.counts(os.gate.self);
		ck_assert_uint_eq(n.came, i < 3 ? (unsigned)(i + 1) *
		                  VISITS_OF_UID_MAX :
		                  VISITS_MAX - VISITS_RESERVED);
	}
	ck_assert_uint_eq(n.turned_away, 100 - n.came);
	for (int i = 0; i < VISITS_OF_UID_MAX; i++) {
		fd = connect_to();
		(void)next_visit();
		ck_assert(!turned_away(fd));
	}
	fd = connect_to();
	ck_assert(is_quiet());
	ck_assert(turned_away(fd));
	for (int i = 0; i < 5; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	for (uint32_t v = 0; v < VISITS_MAX; v++)
		os.gate.dismiss(os.gate.self, v);
	(void)come(&fd);
	ck_assert(!turned_away(fd));
	close(ready[0]);
	close(ready[1]);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("socket");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, lines_come_and_answers_go);
	tcase_add_test(c, who_shuts_one_half_still_listens);
	tcase_add_test(c, who_says_something_and_leaves_was_heard);
	tcase_add_test(c, who_does_not_read_is_not_written_to_for_ever);
	tcase_add_test(c, a_line_without_end_is_not_read_for_ever);
	tcase_add_test(c, the_kernel_says_who_it_is);
	tcase_add_test(c, too_many_of_one_and_too_many_in_all_are_turned_away);
	return run_case(c, "os linux gate");
}
