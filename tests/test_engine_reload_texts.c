/* test_engine_reload_texts.c -- the files of a generation are given back once
 * it was kept, and nobody misses them. */

#include <ftw.h>
#include <unistd.h>

#include "reloading.h"
#include "reloading_stage.h"
#include "worker/kept.h"

static char     folder[] = "/tmp/pqs-texts-XXXXXX";
static unsigned let_go;
static int      keep_error;
static bool     of_another_version;     /* is all that is kept                */

static int shelf_keep(void *self, const struct kept *k)
{
	(void)self;
	return keep_error != 0 ? -keep_error : kept_write(folder, k);
}

static int shelf_recall(void *self, uint32_t number, struct kept *ret)
{
	int r = kept_read(folder, number, ret);

	(void)self;
	if (r == 0 && of_another_version)
		ret->image = NULL;
	return r;
}

static size_t shelf_kept(void *self, uint32_t ret_numbers[GENERATIONS_KEPT])
{
	(void)self;
	return kept_sound(folder, ret_numbers);
}

static void shelf_let_go(void *self)
{
	(void)self;
	let_go++;
}

static void begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	let_go = 0;
	keep_error = 0;
	of_another_version = false;
	rules_begin();
}

static void curtain_up_kept(void)
{
	rules_end(NULL);
	shelf_offer();
	troupe.reader.keep = shelf_keep;
	troupe.reader.recall = shelf_recall;
	troupe.reader.kept = shelf_kept;
	troupe.reader.let_go = shelf_let_go;
	curtain_up(1, NULL);
	pass(20 * SECOND);
}

static void begin_nice(void)
{
	begin();
	rule_named("x", "x", SETTING_nice, 3);
	curtain_up_kept();
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void end(void)
{
	curtain_down();
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static const char *text_now(void)
{
	return stage->engine.reload->now->source[0].text;
}

/* Those that the engine was opened with are somebody else's to free. */
START_TEST(what_was_kept_is_forgotten)
{
	begin_nice();
	ck_assert_uint_eq(let_go, 1);
	next_nice(9);
	ask_again(1);
	pass(SECOND);
	ck_assert_ptr_nonnull(text_now());
	pass(20 * SECOND);
	ck_assert_ptr_null(text_now());
	ck_assert_uint_eq(let_go, 1);
}
END_TEST

START_TEST(a_forgotten_file_that_was_only_touched_is_left_alone)
{
	begin_nice();
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	ck_assert_ptr_null(text_now());
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_SAME);
	next_nice(4);
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_uint_eq(generation(), 3);
}
END_TEST

/* Its text is on the disk alone. */
START_TEST(one_that_is_gone_back_to_is_the_last_good_one_again)
{
	uint32_t    kept[GENERATIONS_KEPT];
	struct kept k = { 0 };

	begin_nice();
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	next_nice(4);
	ask_again(2);
	of_another_version = true;
	pass(SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 3), 0);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_ptr_null(text_now());
	pass(20 * SECOND);
	ck_assert_uint_eq(kept_list(folder, kept), 2);
	ck_assert_uint_eq(kept[0], 2);
	ck_assert_int_eq(kept_read(folder, 2, &k), 0);
	ck_assert_str_eq(k.sources.source[0].text, "nice 9");
	ck_assert_ptr_nonnull(k.image);
	kept_forget(&k);
}
END_TEST

/* Nobody looks at it until it is asked for. */
START_TEST(one_that_turns_out_to_be_damaged_is_told_of_as_kept_no_more)
{
	struct reload_status now;
	char                 path[64];

	begin_nice();
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	snprintf(path, sizeof path, "%s/generation-1", folder);
	ck_assert_int_eq(truncate(path, 40), 0);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	reload_status(&stage->engine, &now);
	ck_assert_uint_eq(now.kept_count, 1);
	ck_assert_uint_eq(now.kept[0], 2);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 3), -ENOENT);
}
END_TEST

static int (*sim_begin)(void *self, void (*work)(void *ctx), void *ctx);

static void nothing_left(void *ctx)
{
	(void)ctx;
}

/* As a thread does that is faster than the news of it. */
static int begin_and_do(void *self, void (*work)(void *ctx), void *ctx)
{
	struct reload_status before, after;
	int                  r = sim_begin(self, nothing_left, ctx);

	if (r < 0)
		return r;
	reload_status(&stage->engine, &before);
	work(ctx);
	reload_status(&stage->engine, &after);
	ck_assert_uint_eq(after.kept_count, before.kept_count);
	ck_assert_mem_eq(after.kept, before.kept, sizeof after.kept);
	return 0;
}

/* Until then what the workshop touches is nobody else's. */
START_TEST(which_are_kept_is_told_once_the_chore_is_over)
{
	struct reload_status now;

	begin_nice();
	sim_begin = stage->os.workshop.begin;
	stage->os.workshop.begin = begin_and_do;
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	reload_status(&stage->engine, &now);
	ck_assert_uint_eq(now.kept_count, 2);
	ck_assert_uint_eq(now.kept[0], 2);
}
END_TEST

/* Whoever asks to go back wants it, however much it changes: nothing was read
 * that allows any. */
START_TEST(max_changes_does_not_stand_in_the_way_back)
{
	pid_t x;

	begin_nice();
	x = run("x");
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	ck_assert_int_eq(nice_of(x), 9);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x), 3);
}
END_TEST

START_TEST(what_could_not_be_kept_stays_in_memory)
{
	begin_nice();
	keep_error = ENOSPC;
	next_nice(9);
	ask_again(1);
	pass(20 * SECOND);
	ck_assert_str_eq(text_now(), "nice 9");
}
END_TEST

/* A worker that is lost has to be handed them once more. */
START_TEST(where_a_rule_is_a_function_they_stay)
{
	struct builder_rule f;

	begin();
	f = rule_of(select_named(SELECT_PROCESS, "f"));
	f.is_function = true;
	rule_add(f);
	curtain_up_kept();
	ck_assert_uint_eq(let_go, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine: texts of a generation");
	TCase *t = tcase_create("texts");

	tcase_add_checked_fixture(t, NULL, end);
	tcase_add_test(t, what_was_kept_is_forgotten);
	tcase_add_test(t,
	    a_forgotten_file_that_was_only_touched_is_left_alone);
	tcase_add_test(t, one_that_is_gone_back_to_is_the_last_good_one_again);
	tcase_add_test(t,
	               one_that_turns_out_to_be_damaged_is_told_of_as_kept_no_more);
	tcase_add_test(t, which_are_kept_is_told_once_the_chore_is_over);
	tcase_add_test(t, max_changes_does_not_stand_in_the_way_back);
	tcase_add_test(t, what_could_not_be_kept_stays_in_memory);
	tcase_add_test(t, where_a_rule_is_a_function_they_stay);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
