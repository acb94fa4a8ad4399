/* test.h -- rule tests: what becomes of which task, on a simulated machine.
 *
 * The rules of a folder are compiled once.  Each of its tests gets a machine
 * and an engine of its own, and what a test does to the machine has had all its
 * consequences when the call returns.
 */
#ifndef TEST_H
#define TEST_H

#include "bind.h"
#include "rehearsal.h"
#include "rules.h"

#define TEST_NAME_MAX    RULE_NAME_MAX
#define TESTS_MAX        10000          /* in one file                        */
#define TEST_REASONS_MAX 4096
#define TEST_ARGS_MAX    256            /* and entries of an environment      */

struct test {
	char name[TEST_NAME_MAX + 1];
	int  line;
	int  ref;                       /* its function, in Lua's registry    */
	int  case_ref;                  /* LUA_NOREF: it is about no case     */
};

/* test_reach.c: which rules the tests of a folder came to. */
struct reach {
	uint8_t *of;                    /* each rule; NULL: nobody asks       */
	uint32_t rules;
	FILE    *news;
};

/* Tells of all rules.  False: no memory. */
bool reach_open(struct reach *reach, const struct rule_book *rules, FILE *news);
void reach_close(struct reach *reach);
/* What an opinion came of: rules that matched, and those that decided. */
void reach_note(struct reach *reach, const struct ruleset *rules,
                const struct opinion *o);

/* Where one test at a time is played. */
struct stage {
	struct rule_book *rules;        /* compiled                           */
	struct reach      reach;
	struct rehearsal *r;            /* NULL: no test is being played      */
	uint64_t          plays;        /* so far                             */
	int               open_line;    /* of an expect () without its end    */
	const char       *open_what;    /* that it takes                      */
	size_t            expects;      /* that came to an end                */
	char              reasons[TEST_REASONS_MAX];    /* lines              */
	char              trouble[512]; /* the first thing that went wrong    */
};

/* One file's tests; they live as long as its Lua. */
struct test_file {
	struct side  *side;
	struct stage *stage;
	struct test  *test;
	size_t        tests, room;
	struct name  *names;            /* of all of them                     */
};

/* test_words.c: adds "test" and "test.each" to the table on top. */
RAISES void test_words_add(lua_State *L);

/* test_file.c: reads a file of the book and collects its tests.  0, or -EINVAL
 * with "LINE: sentence" told to the book. */
int  test_file_load(struct test_file *f, struct rule_book *files, uint32_t file,
                    struct stage *stage);
/* Ends its Lua, too. */
void test_file_clear(struct test_file *f);
/* That the state belongs to; NULL: it is a rule file's. */
struct test_file *test_file_of(lua_State *L);

/* How a test went. */
struct test_end {
	bool passed;
	int  line;
	char sentence[512];
};

/* On a machine of its own, within a budget of its own. */
void test_file_play(struct test_file *f, const struct test *t,
                    struct test_end *ret_end);

/* test_stage.c: a task as a test holds it, good until its test ends. */
RAISES void    test_handle_new(lua_State *L, struct task_id whom);
/* Raises where there is none, or it is another test's. */
RAISES struct task_id test_handle_of(lua_State *L, int idx);
/* The machine of the test that is played. */
RAISES struct stage *test_stage_of(lua_State *L);
/* Lets happen whatever follows from what was done, and charges for it. */
RAISES void    test_settle(lua_State *L);
/* Lets so much time pass, with all that comes due; in parts, so that the budget
 * can end it. */
RAISES void    test_pass(lua_State *L, uint64_t ns);

/* test_program.c: the fields of the table at 1, which go by these names; no
 * others are taken.  What is absent has slot 0, and is NULL or 0. */
RAISES void test_fields_take(lua_State *L, const char *what,
                             const char *const *names, size_t n, int *slot);
/* The field at idx: text of 1 to 'most' bytes without NUL, or a number; NULL or
 * 0 where idx is 0. */
RAISES const char *test_field_text(lua_State *L, int idx, const char *name,
                                   size_t most);
RAISES uint32_t test_field_number(lua_State *L, int idx, const char *name,
                                  uint32_t least, uint32_t most);
/* The task at idx, which must be no thread. */
RAISES struct task_id test_process_of(lua_State *L, int idx);
/* Ends a call that did something: whom it made, or how it went. */
RAISES int  test_born(lua_State *L, pid_t pid, pid_t tid);
RAISES int  test_done(lua_State *L, int status);
/* Functions of Lua: exec { ... }, and exec_again ({ ... }, process). */
RAISES int  test_exec(lua_State *L);
RAISES int  test_exec_again(lua_State *L);

/* test_set.c: what of a process is a number that changes while it runs. */
#define TEST_USED 3
extern const enum fact test_used[TEST_USED];
/* As the language writes that fact, or a plain number of its unit. */
RAISES int64_t test_used_read(lua_State *L, int idx, enum fact f);
/* A function of Lua: set (task, { ... }). */
RAISES int  test_set(lua_State *L);

/* test_machine.c: pushes what a test gets as its argument. */
RAISES void test_machine_push(lua_State *L);

/* test_expect.c: adds "expect" to the table on top, with what test_opinion.c
 * has for it. */
RAISES void test_expect_add(lua_State *L);
RAISES void test_opinions_add(lua_State *L);
/* Leaves on the stack a function that ends what is expected of the task at 1;
 * 'takes' says what it takes.  Its upvalues: the task and what stands above. */
RAISES int  test_expect_begin(lua_State *L, const char *takes,
                              lua_CFunction end);
/* The task of such a function, which has been called. */
RAISES struct task_id test_expect_end(lua_State *L, struct stage **ret_stage);

/* test_reasons.c: why the settings of that task are as they are. */
void test_reasons(struct stage *stage, struct task_id whom,
                  const struct opinion *o, uint64_t settings);

/* test_folder.c: files of tests, by folder, with the rules that lie there. */
struct test_folder {
	char             *path;
	struct rule_book *rules, *files;
	size_t            count;        /* files of tests                     */
};

struct test_folders {
	struct test_folder *folder;
	size_t              count;
};

/* Reads what the arguments stand for.  0, or -errno, which was told. */
int  test_folders_read(struct test_folders *all, int n, char **arguments);
void test_folders_clear(struct test_folders *all);

/* What a player is asked for, and where it begins. */
struct play_order {
	const char *filter;             /* NULL: all                          */
	bool        covering;           /* tells which rules were reached     */
	uint32_t    file, test;
};

/* test_play.c: plays the tests of a folder, and tells of them (test_news.h). */
void test_folder_play(struct test_folder *folder,
                      const struct play_order *order, FILE *news);

#endif
