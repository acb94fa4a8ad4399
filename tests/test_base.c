/* test_base.c -- near words, JSON, lists, the heap and the log. */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/json.h"
#include "base/list.h"
#include "base/log.h"
#include "base/nearest.h"
#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(a_mistyped_word_finds_the_one_that_was_meant)
{
	static const char *const words[] = { "nice", "sched", "ionice",
	                                     "memory_pressure", "uid" };
	static const struct {
		const char *word, *meant;
	} cases[] = {
		{ "nice", "nice" },             { "ncie", "nice" },
		{ "NICE", "nice" },             { "sced", "sched" },
		{ "memry_presure", "memory_pressure" },
		{ "memory-pressure", "memory_pressure" },
		{ "uud", "uid" },               { "di", NULL },
		{ "banana", NULL },             { "", NULL },
		{ "onice", "nice" },            { "iionice", "ionice" },
	};
	char huge[300];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = nearest(cases[i].word, words, COUNT(words));

		ck_assert_pstr_eq(got, cases[i].meant);
	}
	memset(huge, 'x', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	ck_assert_ptr_null(nearest(huge, words, COUNT(words)));
	ck_assert_ptr_null(nearest("nice", words, 0));
}
END_TEST

static void write_all_kinds(struct json *j)
{
	json_text(j, "text", "a\"\\\n\xc3\xa4\xff\xed\xa0\x80");
	json_text(j, "none", NULL);
	json_number(j, "number", INT64_MIN);
	json_bool(j, "yes", true);
	json_bool(j, "no", false);
	json_number(j, "last", 1);
}

static const char all_kinds[] =
	"{\"text\":\"a\\\"\\\\\\u000a\xc3\xa4\\ufffd\\ufffd\\ufffd\\ufffd\","
	"\"none\":null,\"number\":-9223372036854775808,\"yes\":true,"
	"\"no\":false,\"last\":1}\n";

START_TEST(a_line_of_json_says_everything)
{
	struct json j;
	char        out[512];

	json_begin(&j, out, sizeof(out));
	write_all_kinds(&j);
	ck_assert_int_eq(json_end(&j), (int64_t)strlen(all_kinds));
	ck_assert_str_eq(out, all_kinds);
}
END_TEST

START_TEST(json_has_lists_of_objects)
{
	struct json j;
	char        out[128];

	json_begin(&j, out, sizeof(out));
	json_list_begin(&j, "none");
	json_list_end(&j);
	json_list_begin(&j, "some");
	for (int i = 1; i <= 2; i++) {
		json_item_begin(&j);
		json_number(&j, "a", i);
		json_bool(&j, "b", false);
		json_item_end(&j);
	}
	json_item_begin(&j);
	json_item_end(&j);
	json_list_end(&j);
	json_number(&j, "last", 3);
	ck_assert_int_gt(json_end(&j), 0);
	ck_assert_str_eq(out, "{\"none\":[],\"some\":[{\"a\":1,\"b\":false},"
	                 "{\"a\":2,\"b\":false},{}],\"last\":3}\n");
}
END_TEST

START_TEST(a_line_that_does_not_fit_says_so_at_every_size)
{
	for (size_t size = 0; size <= sizeof(all_kinds); size++) {
		struct json j;
		char       *out = malloc(size);
		int64_t     n;

		json_begin(&j, out, size);
		write_all_kinds(&j);
		n = json_end(&j);
		ck_assert_int_eq(n, size < sizeof(all_kinds) ?
		                    -E2BIG : (int64_t)size - 1);
		free(out);
	}
}
END_TEST

START_TEST(the_heap_gives_back_by_time)
{
	struct heap      h = { 0 };
	struct heap_item item = { 0, 0 }, last = { 0, 0 };
	uint64_t         seed = 42;

	ck_assert(!heap_first(&h, &item));
	for (uint64_t i = 0; i < 1000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		ck_assert_int_eq(heap_push(&h, seed >> 58, i), 0);
	}
	for (int i = 0; i < 1000; i++) {
		ck_assert(heap_first(&h, &item));
		last = i == 0 ? item : last;
		ck_assert(heap_pop(&h, &item));
		ck_assert(item.when > last.when ||
		          (item.when == last.when && item.what >= last.what));
		last = item;
	}
	ck_assert(!heap_pop(&h, &item));
	ck_assert_int_eq(heap_push(&h, 1, 2), 0);
	heap_clear(&h);
	ck_assert_uint_eq(h.count, 0);
	ck_assert(!heap_first(&h, &item));
}
END_TEST

/* A test that blocks here is ended by Check and has failed. */
static void fill_until_dropped(int fd)
{
	char     line[700];
	uint64_t before = log_dropped();
	bool     taken = true;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	ck_assert(log_write(fd, line, sizeof(line)));
	for (int i = 0; i < 100000 && taken; i++)
		taken = log_write(fd, line, sizeof(line));
	ck_assert(!taken);
	ck_assert_uint_eq(log_dropped(), before + 1);
	ck_assert(!log_write(fd, line, sizeof(line)));
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
}

START_TEST(a_full_pipe_drops_lines_and_does_not_wait)
{
	int           end[2];
	char          byte[4096];
	struct pollfd readable = { .events = POLLIN };

	ck_assert_int_eq(pipe(end), 0);
	readable.fd = end[0];
	fill_until_dropped(end[1]);
	while (poll(&readable, 1, 0) > 0)
		ck_assert(read(end[0], byte, sizeof(byte)) > 0);
	ck_assert(log_write(end[1], "again\n", 6));
	close(end[0]);
	close(end[1]);
}
END_TEST

START_TEST(a_pipe_that_nobody_reads_kills_nobody)
{
	int end[2];

	ck_assert_int_eq(pipe(end), 0);
	close(end[0]);
	ck_assert(!log_write(end[1], "hello\n", 6));
	close(end[1]);
}
END_TEST

START_TEST(a_full_socket_drops_lines_and_does_not_wait)
{
	int end[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, end), 0);
	fill_until_dropped(end[0]);
	close(end[0]);
	close(end[1]);
}
END_TEST

START_TEST(a_stopped_terminal_drops_lines_and_does_not_wait)
{
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	fill_until_dropped(slave);
	close(slave);
	close(master);
}
END_TEST

START_TEST(a_file_takes_every_line)
{
	FILE *f = tmpfile();
	char  back[16] = "";

	ck_assert_ptr_nonnull(f);
	ck_assert(log_write(fileno(f), "one\n", 4));
	ck_assert(log_write(fileno(f), "two\n", 4));
	ck_assert(pread(fileno(f), back, sizeof(back) - 1, 0) == 8);
	ck_assert_str_eq(back, "one\ntwo\n");
	fclose(f);
}
END_TEST

/* What log_say() wrote while standard error was a file of ours. */
static void said(char *ret_text, size_t size)
{
	FILE   *f = tmpfile();
	int     kept = dup(STDERR_FILENO);
	ssize_t n;

	ck_assert_ptr_nonnull(f);
	dup2(fileno(f), STDERR_FILENO);
	log_error("bad \033[1m %d", 5);
	log_note("fine");
	dup2(kept, STDERR_FILENO);
	close(kept);
	n = pread(fileno(f), ret_text, size - 1, 0);
	ret_text[n > 0 ? n : 0] = '\0';
	fclose(f);
}

START_TEST(the_log_names_what_is_more_than_a_note)
{
	char text[512];

	said(text, sizeof(text));
	ck_assert_str_eq(text, "pqs: error: bad ?[1m 5\npqs: fine\n");
}
END_TEST

START_TEST(a_list_doubles_as_it_fills_and_keeps_what_it_has)
{
	int   *list = NULL;
	size_t room = 0;

	for (size_t i = 0; i < 100; i++) {
		list = list_grow(list, i, &room, sizeof *list, 3);
		ck_assert_ptr_nonnull(list);
		ck_assert_uint_gt(room, i);
		ck_assert_uint_eq(room % 3, 0);
		list[i] = (int)i;
	}
	ck_assert_uint_eq(room, 192);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(list[i], i);
	free(list);
}
END_TEST

START_TEST(a_list_that_cannot_be_so_large_stays_as_it_was)
{
	size_t room = 1;
	char  *list = malloc(room);

	list[0] = 'x';
	ck_assert_ptr_null(list_grow(list, 1, &room, SIZE_MAX / 2 + 1, 1));
	ck_assert_uint_eq(room, 1);
	ck_assert_int_eq(list[0], 'x');
	free(list);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_mistyped_word_finds_the_one_that_was_meant,
		a_line_of_json_says_everything,
		json_has_lists_of_objects,
		a_line_that_does_not_fit_says_so_at_every_size,
		the_heap_gives_back_by_time,
		a_list_doubles_as_it_fills_and_keeps_what_it_has,
		a_list_that_cannot_be_so_large_stays_as_it_was,
		a_full_pipe_drops_lines_and_does_not_wait,
		a_pipe_that_nobody_reads_kills_nobody,
		a_full_socket_drops_lines_and_does_not_wait,
		a_stopped_terminal_drops_lines_and_does_not_wait,
		a_file_takes_every_line,
		the_log_names_what_is_more_than_a_note,
	};

	return run_tests("base", tests, sizeof tests / sizeof *tests);
}
