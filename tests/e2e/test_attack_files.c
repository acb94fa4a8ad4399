/* test_attack_files.c -- each file of tests/attacks in each role that a
 * stranger could give it, beside the rules of somebody else.
 *
 * The worker is the real one, sealed, and the core's side of it too.  After
 * each attack the other file's function answers right, and what was wrong is
 * told with the name of the file that it was in. */

#include "../suite.h"
#include "attack.h"
#include "sealed.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../only_question.h"

#define BATCH 16
#define GOOD  "good.lua"

static const char good_text[] =
	"rule \"good\" { match = process { name = \"cc1plus\" },\n"
	"  want = function (p)\n"
	"    return p.name == \"cc1plus\" and { nice = p.uid - 997 }\n"
	"  end }\n";
static const char good_test[] =
	"test \"good\" (function (sim)\n"
	"  local cc = sim:exec { name = \"cc1plus\", uid = 1000 }\n"
	"  expect (cc) { nice = 3 }\n"
	"end)\n";

/* What is written below an attack, and makes it one; "%s" is its name. */
static const char as_want[] =
	"\nrule \"%s\" { match = process { name = \"x\" }, "
	"want = attack }\n";
static const char as_handler[] =
	"\non \"memory_pressure\" { name = \"%s\", level = \"critical\",\n"
	"  tasks = process { name = \"x\" },\n"
	"  run = function (tasks, host) return attack (tasks[1], host) end }\n";
static const char as_code[] =
	"\nattack ({ pid = 42, name = \"x\" }, { on_battery = true })\n";
static const char as_test[] =
	"\ntest \"%s\" (function (sim)\n"
	"  local x = sim:exec { name = \"x\" }\n"
	"  attack (x, sim)\n"
	"  expect (x) { nice = untouched }\n"
	"end)\n";

static glob_t files;                    /* of all attacks                     */

/* Files of one worker; the first is good.lua. */
struct batch {
	struct rule_source source[BATCH + 1];
	struct attack      attack[BATCH + 1];
	uint32_t            rule[BATCH + 1];    /* index in the image         */
	struct image_rule   image_rule[BATCH + 1];
	size_t              count;
};

static void batch_begin(struct batch *b)
{
	b->count = 1;
	b->source[0] = (struct rule_source){ LAYER_ADMIN, strdup(GOOD),
		strdup(good_text), sizeof good_text - 1, 0 };
}

static void batch_add(struct batch *b, const struct attack *a,
                      const char *below)
{
	struct rule_source *s = &b->source[b->count];
	char                end[256];

	b->attack[b->count++] = *a;
	snprintf(end, sizeof end, below, a->name);
	s->layer = LAYER_USER;
	s->bytes = a->bytes + strlen(end);
	s->text = malloc(s->bytes + 1);
	ck_assert(s->text != NULL &&
	          asprintf(&s->path, "%s.lua", a->name) > 0);
	memcpy(s->text, a->text, a->bytes);
	memcpy(s->text + a->bytes, end, strlen(end) + 1);
}

static void batch_end(struct batch *b)
{
	for (size_t i = 0; i < b->count; i++) {
		free(b->source[i].path);
		free(b->source[i].text);
	}
}

/* The attacks of that turn: those that may be refused, or the others. */
static void batch_fill(struct batch *b, int turn, bool refused,
                       const char *below)
{
	size_t first = (size_t)turn * BATCH;

	batch_begin(b);
	for (size_t i = first; i < files.gl_pathc && i < first + BATCH; i++) {
		struct attack a = attack_read(files.gl_pathv[i]);

		if ((a.ends >> ENDS_REFUSED == 1) == refused)
			batch_add(b, &a, below);
		free(a.text);
	}
}

/* Which rule of the image is whose. */
static void rules_find(struct batch *b, const void *image)
{
	memset(b->rule, 0xff, sizeof b->rule);
	for (uint32_t i = 0; i < image_count(image, IMAGE_RULES); i++) {
		const struct image_rule *r = IMAGE_AT(image, IMAGE_RULES,
		                                      image_rule, i);

		for (size_t k = 0; k < b->count; k++)
			if (r->is_function &&
			    strcmp(image_text_of(image, r->file),
			           b->source[k].path) == 0) {
				b->rule[k] = i;
				b->image_rule[k] = *r;
			}
	}
}

static struct host    host;
static struct subject about;            /* the process that all is asked about */

/* With every fact, so that no second question is needed. */
static int ask(struct sealed *s, const struct batch *b, size_t i)
{
	static char     question[32768];
	static uint32_t id;
	int64_t         n = only_question(&b->image_rule[i], b->rule[i],
	                                  everything, ++id, &about, question,
	                                  sizeof question);

	ck_assert_int_gt(n, 0);
	return worker_ask(s->worker, question, (size_t)n, sealed_now());
}

static void good_answers(struct sealed *s, const struct batch *b)
{
	const struct answer *a;

	ck_assert_int_eq(ask(s, b, 0), 0);
	ck_assert_int_eq(sealed_news(s), WORKER_ANSWER);
	a = &worker_answer(s->worker)->answer;
	ck_assert_int_eq(a->outcome, OUTCOME_WANT);
	ck_assert_int_eq(a->want.value[SETTING_nice], 3);
}

static void rules_come(struct sealed *s, struct batch *b)
{
	enum worker_news news = sealed_news(s);
	size_t           bytes;

	ck_assert_msg(news == WORKER_IMAGE, "%s", worker_why(s->worker));
	rules_find(b, worker_image(s->worker, &bytes));
	good_answers(s, b);
}

static void expect_switched_off(struct sealed *s, const char *path)
{
	ck_assert_int_eq(sealed_news(s), WORKER_SWITCHED_OFF);
	ck_assert_msg(strstr(worker_why(s->worker), path) ==
	              worker_why(s->worker), "%s: %s", path,
	              worker_why(s->worker));
}

/* What a handler returns is of no interest, so it cannot be wrong.  And before
 * a slow machine has filled the memory, the time may be over. */
static unsigned ends_of(const struct batch *b, size_t i)
{
	const unsigned returned = 1u << OUTCOME_WANT | 1u << OUTCOME_ERROR;
	unsigned       ends = b->attack[i].ends;

	if ((ends & 1u << OUTCOME_NOMEM) != 0)
		ends |= 1u << OUTCOME_SPENT;
	if (b->image_rule[i].is_handler && (ends & returned) != 0)
		ends |= 1u << OUTCOME_NOTHING;
	return ends;
}

static enum outcome attack_asked_once(struct sealed *s, const struct batch *b,
                                      size_t i)
{
	const struct worker_answer *a;

	ck_assert_msg(sealed_news(s) == WORKER_ANSWER, "%s: %s",
	              b->attack[i].name, worker_why(s->worker));
	a = worker_answer(s->worker);
	ck_assert_msg((ends_of(b, i) >> a->answer.outcome & 1) != 0,
	              "%s: %s (%s)", b->attack[i].name,
	              attack_ends[a->answer.outcome], a->answer.text);
	return a->answer.outcome;
}

/* Three times: what is kept from one time to the next may matter, and it is
 * enough to be switched off.  The time that it used may be, too, before. */
static void attack_asked(struct sealed *s, const struct batch *b, size_t i)
{
	unsigned costs = 0;
	int      turn, r = 0;

	for (turn = 0; turn < 3 && (r = ask(s, b, i)) == 0; turn++) {
		enum outcome o = attack_asked_once(s, b, i);

		costs += o == OUTCOME_SPENT || o == OUTCOME_NOMEM;
	}
	ck_assert(r == 0 || (r == -EPIPE && turn > 0));
	if (costs == 3 || r == -EPIPE) {
		expect_switched_off(s, b->source[i].path);
		ck_assert_int_eq(ask(s, b, i), -EPIPE);
	}
	good_answers(s, b);
}

static void attacks_asked(int turn, const char *below)
{
	struct batch  b;
	struct sealed s;

	batch_fill(&b, turn, false, below);
	sealed_open(&s, b.source, b.count);
	rules_come(&s, &b);
	for (size_t i = 1; i < b.count; i++)
		attack_asked(&s, &b, i);
	ck_assert_uint_eq(worker_counts(s.worker).lost, 0);
	ck_assert_uint_eq(worker_counts(s.worker).started, 1);
	sealed_close(&s);
	batch_end(&b);
}

START_TEST(an_attack_as_a_want_costs_no_more_than_its_own_answer)
{
	attacks_asked(_i, as_want);
}
END_TEST

START_TEST(an_attack_as_a_handler_costs_no_more_than_its_own_answer)
{
	attacks_asked(_i, as_handler);
}
END_TEST

/* Reads the files into another worker, as for a reload: those that are refused
 * are named, once at least, and good.lua is not. */
static void read_aside(struct batch *b, bool *ret_named)
{
	struct sealed s;
	const char   *why = "";

	sealed_open(&s, b->source, b->count);
	if (sealed_news(&s) == WORKER_REFUSED)
		why = worker_why(s.worker);
	ck_assert_msg(strstr(why, GOOD) == NULL, "%s", why);
	ck_assert_msg(worker_counts(s.worker).lost == 0, "%s",
	              worker_why(s.worker));
	for (size_t i = 0; i < b->count; i++) {
		char line[96];

		snprintf(line, sizeof line, "\n%s:", b->source[i].path);
		ret_named[i] = strstr(why, line) != NULL ||
		               strncmp(why, line + 1, strlen(line + 1)) == 0;
	}
	sealed_close(&s);
}

/* The same without those that were refused. */
static void read_the_others(struct batch *b, const bool *named)
{
	struct batch  others = { .count = 0 };
	struct sealed s;

	for (size_t i = 0; i < b->count; i++)
		if (!named[i]) {
			others.attack[others.count] = b->attack[i];
			others.source[others.count++] = b->source[i];
		}
	sealed_open(&s, others.source, others.count);
	rules_come(&s, &others);
	sealed_close(&s);
}

/* Whatever is in force meanwhile goes on. */
static void expect_named(struct batch *b, unsigned must)
{
	struct batch  force;
	struct sealed s;
	bool          named[BATCH + 1];

	batch_begin(&force);
	sealed_open(&s, force.source, force.count);
	rules_come(&s, &force);
	read_aside(b, named);
	for (size_t i = 1; i < b->count; i++)
		ck_assert_msg(named[i] || (b->attack[i].ends & ~must) != 0,
		              "%s was not refused", b->source[i].path);
	read_the_others(b, named);
	good_answers(&s, &force);
	sealed_close(&s);
	batch_end(&force);
}

START_TEST(a_file_that_is_no_rules_is_refused_by_name)
{
	struct batch b;

	batch_fill(&b, _i, true, as_want);
	expect_named(&b, 1u << ENDS_REFUSED);
	batch_end(&b);
}
END_TEST

START_TEST(an_attack_while_the_file_is_read_refuses_that_file)
{
	struct batch b;

	batch_fill(&b, _i, false, as_code);
	expect_named(&b, 1u << OUTCOME_SPENT | 1u << OUTCOME_NOMEM);
	batch_end(&b);
}
END_TEST

static char folder[] = "/tmp/pqs-attacks-XXXXXX";

static void file_write(const char *name, const char *text, size_t n)
{
	char  path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	*strrchr(path, '/') = '\0';
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

/* What "pqs-rules test" says of the folder, as TAP; its exit status. */
static int tests_run(char *ret_text, size_t size)
{
	int     out[2], status;
	size_t  used = 0;
	ssize_t n;
	pid_t   pid;

	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		execl(PQS_BUILD "/pqs-rules", "pqs-rules", "test", "--format",
		      "tap", folder, (char *)NULL);
		_exit(97);
	}
	close(out[1]);
	while ((n = read(out[0], ret_text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	ret_text[used] = '\0';
	close(out[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The line of TAP with that word in it: whether it begins with "ok". */
static bool passed(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	ck_assert_msg(at != NULL, "%s: nothing is told of it:\n%s", word, text);
	while (at > text && at[-1] != '\n')
		at--;
	return strncmp(at, "ok", 2) == 0;
}

static void attack_tested(const char *text, const struct attack *a)
{
	const unsigned costs = 1u << OUTCOME_SPENT | 1u << OUTCOME_NOMEM;
	char           place[96];

	snprintf(place, sizeof place, "%s/a.test.lua", a->name);
	ck_assert_msg(!passed(text, place) || (a->ends & ~costs) != 0,
	              "%s passed", place);
}

static void folder_remove(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(an_attack_as_a_test_fails_alone)
{
	static char  text[1 << 20];
	struct batch b;
	char         name[96];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	batch_fill(&b, _i, false, as_test);
	for (size_t i = 1; i < b.count; i++) {
		snprintf(name, sizeof name, "%s/a.test.lua", b.attack[i].name);
		file_write(name, b.source[i].text, b.source[i].bytes);
	}
	file_write("zz-good/good.lua", good_text, sizeof good_text - 1);
	file_write("zz-good/good.test.lua", good_test, sizeof good_test - 1);
	ck_assert_int_ge(tests_run(text, sizeof text), 0);
	for (size_t i = 1; i < b.count; i++)
		attack_tested(text, &b.attack[i]);
	ck_assert_msg(passed(text, "zz-good"), "%s", text);
	ck_assert_msg(strstr(text, "ended its process") == NULL, "%s", text);
	batch_end(&b);
	folder_remove();
}
END_TEST

static void set_up(void)
{
	about = (struct subject){ .table = table_new(&only), .host = &host };
	ck_assert_int_eq(table_meet(about.table, only_id, &about.task), 1);
}

static void tear_down(void)
{
	table_free(about.table);
}

int main(void)
{
	TCase *t = tcase_create("roles");
	int    turns;

	turns = (int)((attacks_find(&files) + BATCH - 1) / BATCH);
	if (turns == 0) {
		fputs("there is no " PQS_TREE "/tests/attacks\n", stderr);
		return 1;
	}
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t,
	        an_attack_as_a_want_costs_no_more_than_its_own_answer, 0, turns);
	tcase_add_loop_test(t,
	        an_attack_as_a_handler_costs_no_more_than_its_own_answer, 0,
	        turns);
	tcase_add_loop_test(t, a_file_that_is_no_rules_is_refused_by_name, 0,
	                    turns);
	tcase_add_loop_test(t,
	        an_attack_while_the_file_is_read_refuses_that_file, 0, turns);
	tcase_add_loop_test(t, an_attack_as_a_test_fails_alone, 0, turns);
	return run_case(t, "attack files");
}
