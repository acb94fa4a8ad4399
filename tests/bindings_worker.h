/* bindings_worker.h -- the sealed worker, seen from the other
 * end of its socket. */
#ifndef TESTS_BINDINGS_WORKER_H
#define TESTS_BINDINGS_WORKER_H

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "rule_files.h"
#include "seal.h"

#define WIRE 3

static pid_t worker;
static int   wire;
static char  message[1 << 20];

/* Our end in 'wire'. */
static void worker_start(void)
{
	char *argv[] = { (char[]){ "worker" }, NULL };
	int   ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	worker = fork();
	ck_assert_int_ge(worker, 0);
	if (worker == 0) {
		dup2(ends[1], 10);
		dup2(10, WIRE);
		_exit(command_worker(1, argv));
	}
	close(ends[1]);
	wire = ends[0];
}

/* Its wait status. */
static int worker_end(void)
{
	int status;

	close(wire);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	return status;
}

static void send_bytes(const void *bytes, size_t n)
{
	ck_assert_int_eq(send(wire, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void send_message(const void *bytes, size_t n)
{
	uint32_t length = (uint32_t)n;

	send_bytes(&length, sizeof length);
	send_bytes(bytes, n);
}

static void send_file(const char *path, const char *source)
{
	struct message_file m = { .head.kind = MESSAGE_FILE,
		                  .layer = LAYER_ADMIN,
		                  .path_bytes = (uint32_t)strlen(path) };
	size_t              n = sizeof m;

	memcpy(message, &m, n);
	memcpy(message + n, path, strlen(path) + 1);
	n += strlen(path) + 1;
	memcpy(message + n, source, strlen(source));
	send_message(message, n + strlen(source));
}

static void send_compile(void)
{
	struct message m = { .kind = MESSAGE_COMPILE };

	send_message(&m, sizeof m);
}

/* One whole message; its size, 0 when the worker is gone. */
static size_t take_any(void)
{
	uint32_t n;

	if (recv(wire, &n, sizeof n, MSG_WAITALL) != sizeof n)
		return 0;
	ck_assert_uint_le(n, sizeof message);
	ck_assert_int_eq(recv(wire, message, n, MSG_WAITALL), (ssize_t)n);
	return n;
}

static struct message head(void)
{
	struct message m;

	memcpy(&m, message, sizeof m);
	return m;
}

static uint32_t kind(void)
{
	return head().kind;
}

/* The next one that is not about how far the worker is. */
static size_t take(void)
{
	size_t n;

	do
		n = take_any();
	while (n > 0 && kind() == MESSAGE_READING);
	return n;
}

/* A question that sends no facts. */
static void send_question(uint32_t rule)
{
	struct message_question q = { .head = { MESSAGE_QUESTION, 9 },
		                      .generation = 4, .rule = rule,
		                      .tasks = 1 };

	send_message(&q, sizeof q);
}

static struct answer take_answer(void)
{
	struct interned *sets = interned_new();
	struct answer    a = { 0 };
	uint32_t         id, generation, rule;
	size_t           n = take();

	ck_assert_int_eq(answer_read(message, n, sets, &id, &generation, &rule,
	                             &a, NULL), 0);
	ck_assert_uint_eq(id, 9);
	ck_assert_uint_eq(generation, 4);
	interned_free(sets);
	return a;
}

/* A line of the worker's /proc/PID/status, after its name. */
static const char *status_line(const char *name)
{
	static char line[256];
	char        path[64];
	FILE       *f;
	const char *found = NULL;

	snprintf(path, sizeof path, "/proc/%d/status", (int)worker);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (found == NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			found = line + strlen(name);
	fclose(f);
	ck_assert_ptr_nonnull(found);
	return found;
}

START_TEST(constants_need_no_worker_once_the_image_came)
{
	char why[256];

	worker_start();
	send_file("a.lua", "rule \"a\" { match = process { name = \"x\" }, "
	          "want = { nice = 5 } }");
	send_compile();
	size_t n = take();

	ck_assert_uint_eq(kind(), MESSAGE_IMAGE);
	ck_assert_int_eq(image_check(message + sizeof(struct message),
	                             n - sizeof(struct message), why,
	                             sizeof why), 0);
	ck_assert_uint_eq(take(), 0);
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

static void send_options(uint32_t partial, const char *pairs, size_t n)
{
	struct message m = { .kind = MESSAGE_OPTIONS, .id = partial };

	memcpy(message, &m, sizeof m);
	memcpy(message + sizeof m, pairs, n);
	send_message(message, sizeof m + n);
}

START_TEST(options_that_come_along_are_the_values_of_rules)
{
	static const char pairs[] = "aside\0" "12\0" "aisde\0" "5";

	worker_start();
	send_file("a.lua", "rule \"a\" { match = process { }, want = { nice = "
	          "option (\"aside\", 5) } }");
	send_options(0, pairs, sizeof pairs);
	send_compile();
	message[take()] = '\0';
	ck_assert_uint_eq(kind(), MESSAGE_REFUSED);
	ck_assert_str_eq(message + sizeof(struct message),
	                 "pqs.yaml: no rule has an option 'aisde'; did you mean "
	                 "'aside'?");
	ck_assert_int_eq(worker_end(), 0);
	worker_start();
	send_file("a.lua", "if option (\"aside\", 5) ~= 12 then error \"\" end");
	send_options(1, pairs, sizeof pairs);
	send_compile();
	take();
	ck_assert_uint_eq(kind(), MESSAGE_IMAGE);
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

START_TEST(options_that_are_no_pairs_end_it)
{
	static const char odd[] = "aside", open[] = { 'a', '\0', 'b' };

	worker_start();
	send_options(0, odd, sizeof odd);
	ck_assert_uint_eq(take(), 0);
	ck_assert_int_eq(WEXITSTATUS(worker_end()), EXIT_FAILURE);
	worker_start();
	send_options(0, open, sizeof open);
	ck_assert_uint_eq(take(), 0);
	ck_assert_int_eq(WEXITSTATUS(worker_end()), EXIT_FAILURE);
}
END_TEST

START_TEST(it_says_which_file_it_reads)
{
	worker_start();
	send_file("a.lua", "");
	send_file("b.lua", "while true do end");
	send_compile();
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(take_any(), sizeof(struct message));
		ck_assert_uint_eq(kind(), MESSAGE_READING);
		ck_assert_uint_eq(head().id, i);
	}
	ck_assert_uint_gt(take_any(), 0);
	ck_assert_uint_eq(kind(), MESSAGE_REFUSED);
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

START_TEST(a_mistake_is_refused_with_its_place)
{
	worker_start();
	send_file("rules/a.lua", "\nrule \"a\" { match = process { }, "
	          "want = { ncie = 5 } }");
	send_compile();
	size_t n = take();

	ck_assert_uint_eq(kind(), MESSAGE_REFUSED);
	message[n] = '\0';
	ck_assert_str_eq(message + sizeof(struct message),
	                 "rules/a.lua:2:42: nobody can want 'ncie'; did you mean "
	                 "'nice'?");
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

/* To sort them, the C library wants to know more than a sealed process may. */
START_TEST(a_file_with_many_mistakes_is_refused_all_the_same)
{
	static char text[32768];
	size_t      used = 0;

	for (int i = 0; i < 150; i++)
		used += (size_t)snprintf(text + used, sizeof text - used,
		        "rule \"%d\" { match = process { name = \"x\" }, "
		        "wrong%d = 1 }\n", i, i);
	worker_start();
	send_file("a.lua", text);
	send_compile();
	ck_assert_uint_gt(take(), 150 * strlen("a.lua:1:"));
	ck_assert_uint_eq(kind(), MESSAGE_REFUSED);
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

static void start_functions(void)
{
	worker_start();
	send_file("a.lua", "rule \"a\" { match = process { }, "
	          "want = function (p) return { nice = 7 } end }\n"
	          "rule \"b\" { match = process { }, "
	          "want = function (p) while true do end end }\n"
	          "rule \"c\" { match = process { }, "
	          "want = function (p) return { nice = p.pid } end }");
	send_compile();
	ck_assert_uint_gt(take(), 0);
	ck_assert_uint_eq(kind(), MESSAGE_IMAGE);
}

START_TEST(questions_are_answered_and_a_loop_costs_only_its_own)
{
	start_functions();
	for (int i = 0; i < 3; i++) {
		struct answer a;

		send_question(0);
		a = take_answer();
		ck_assert_int_eq(a.outcome, OUTCOME_WANT);
		ck_assert_int_eq(a.want.value[SETTING_nice], 7);
		send_question(1);
		ck_assert_int_eq(take_answer().outcome, OUTCOME_SPENT);
		send_question(2);
		a = take_answer();
		ck_assert_int_eq(a.outcome, OUTCOME_NEEDS);
		ck_assert_uint_eq(a.read.task, FACT_BIT(FACT_pid));
	}
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

START_TEST(it_is_sealed_before_it_reads_a_file)
{
	char path[64], target[256];
	int  links = 0;

	worker_start();
	while (atoi(status_line("Seccomp:")) != 2)      /* nothing sent yet */
		ck_assert_int_eq(waitpid(worker, NULL, WNOHANG), 0);
	ck_assert_int_eq(atoi(status_line("NoNewPrivs:")), 1);
	for (int fd = 0; fd < 64; fd++) {
		ssize_t n;

		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)worker, fd);
		n = readlink(path, target, sizeof target - 1);
		if (n < 0)
			continue;
		links++;
		target[n] = '\0';
		if (fd < 2)
			ck_assert_str_eq(target, "/dev/null");
		if (fd == WIRE)
			ck_assert_int_eq(strncmp(target, "socket:", 7), 0);
	}
	ck_assert_int_eq(links, 4);
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

START_TEST(nonsense_on_the_wire_ends_it)
{
	static const uint32_t lengths[] = { 0, 7, UINT32_MAX };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		worker_start();
		send_bytes(&lengths[i], sizeof lengths[i]);
		ck_assert_uint_eq(take(), 0);
		ck_assert_int_eq(WEXITSTATUS(worker_end()), EXIT_FAILURE);
	}
	start_functions();
	send_compile();
	ck_assert_uint_eq(take(), 0);
	ck_assert_int_eq(WEXITSTATUS(worker_end()), EXIT_FAILURE);
}
END_TEST

START_TEST(it_leaves_when_the_core_does)
{
	start_functions();
	ck_assert_int_eq(worker_end(), 0);
	worker_start();
	ck_assert_int_eq(worker_end(), 0);
}
END_TEST

START_TEST(without_its_socket_it_says_so)
{
	char *argv[] = { (char[]){ "worker" }, NULL };
	int   status;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		close(WIRE);
		_exit(command_worker(1, argv));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_USAGE);
}
END_TEST

/* What rules that had taken the process over might try. */
static void try_open(void)    { open("/dev/null", O_RDONLY); }
static void try_fork(void)    { fork(); }
static void try_socket(void)  { socket(AF_UNIX, SOCK_STREAM, 0); }
static void try_kill(void)    { kill(getppid(), 0); }
static void try_nice(void)    { setpriority(PRIO_PROCESS, 0, 5); }
static void try_prctl(void)   { prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static void try_write(void)   { _exit(write(STDERR_FILENO, "", 0) != 0); }
static void try_read(void)    { _exit(read(STDIN_FILENO, message, 0) != 0); }

static void try_timer(void)
{
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_PROF, &never, NULL);
}

static void try_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	     0);
}

static void try_file_memory(void)
{
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, WIRE, 0);
}

static void try_nothing(void) { }

START_TEST(what_a_sealed_process_tries_kills_it)
{
	static const struct {
		void (*try)(void);
		bool lives;
	} tries[] = {
		{ try_open, false },  { try_fork, false },
		{ try_socket, false }, { try_kill, false },
		{ try_nice, false },  { try_prctl, false },
		{ try_timer, false }, { try_write, false },
		{ try_read, false },  { try_code, false },
		{ try_file_memory, false }, { try_nothing, true },
	};
	const int outputs[] = { WIRE };

	for (size_t i = 0; i < COUNT(tries); i++) {
		int   status;
		pid_t child = fork();

		if (child == 0) {
			dup2(STDIN_FILENO, WIRE);
			if (seal_prepare(WIRE) != 0 ||
			    seal_close(WIRE, outputs, 1) != 0)
				_exit(1);
			tries[i].try();
			_exit(0);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(tries[i].lives
		              ? WIFEXITED(status) && WEXITSTATUS(status) == 0
		              : WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
		              "try %zu ended in %x", i, (unsigned)status);
	}
}
END_TEST

static TCase *worker_case(void)
{
	TCase *c = tcase_create("worker");

	tcase_add_test(c, constants_need_no_worker_once_the_image_came);
	tcase_add_test(c, options_that_come_along_are_the_values_of_rules);
	tcase_add_test(c, options_that_are_no_pairs_end_it);
	tcase_add_test(c, it_says_which_file_it_reads);
	tcase_add_test(c, a_file_with_many_mistakes_is_refused_all_the_same);
	tcase_add_test(c, a_mistake_is_refused_with_its_place);
	tcase_add_test(c, questions_are_answered_and_a_loop_costs_only_its_own);
	tcase_add_test(c, it_is_sealed_before_it_reads_a_file);
	tcase_add_test(c, nonsense_on_the_wire_ends_it);
	tcase_add_test(c, it_leaves_when_the_core_does);
	tcase_add_test(c, without_its_socket_it_says_so);
	tcase_add_test(c, what_a_sealed_process_tries_kills_it);
	tcase_set_timeout(c, 120);
	return c;
}

#endif
