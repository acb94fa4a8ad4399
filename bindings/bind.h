/* bind.h -- the border between C and Lua.
 *
 * Three rules make the border safe.  C lends, Lua never keeps: a view of a
 * process is good for one decision and dead afterwards.  Whoever RAISES holds
 * nothing: a function so marked may leave by longjmp, so it owns no memory and
 * leaves no selector of the builder half written.  And nothing in the sandbox
 * can catch: what was raised ends the file or the decision.
 */
#ifndef BIND_H
#define BIND_H

#include <signal.h>
#include <stdbool.h>
#include <lua.h>

#include "model/facts.h"
#include "model/host.h"
#include "policy/builder.h"
#include "policy/question.h"

#define RAISES          /* may leave by longjmp; see above */

/* It never returns, which its own header does not say. */
_Noreturn int luaL_error(lua_State *L, const char *format, ...);

/* What one file's Lua may use. */
#define STATE_BYTES_MAX   ((size_t)8 << 20)
#define BLOCK_BYTES_MAX   ((size_t)256 << 10)   /* one allocation             */
#define PARSE_BLOCK_MAX   ((size_t)2 << 20)     /* the same for the parser    */
#define TICK_US           5000                  /* of CPU time                */
#define MISTAKES_MAX      400                   /* reported; more are counted */
#define MISTAKES_A_FILE   100                   /* the same, of one file      */
#define SENTENCE_MAX      512                   /* of one mistake             */
#define RULE_NAME_MAX     200
#define TAG_NAME_MAX      64
#define PRIORITY_MAX      1000

struct rule_book;

/* What one evaluation may use. */
struct allowance {
	uint64_t steps;                 /* instructions                       */
	size_t   bytes;                 /* drawn, not held                    */
	int      ticks;                 /* of TICK_US                         */
};

extern const struct allowance load_allowance;   /* reading a file, a test     */
extern const struct allowance ask_allowance;    /* one question               */

/* budget.c: how much one evaluation may cost, and how it is stopped. */
struct budget {
	size_t   live;                  /* held by the whole state            */
	size_t   block_max;
	size_t   drawn, drawn_max;      /* bytes asked for, one evaluation    */
	uint64_t steps, steps_max;      /* instructions, one evaluation       */
	volatile sig_atomic_t ticks;    /* of CPU time left                   */
	volatile sig_atomic_t late;
	bool     spent;
	struct side *outer;             /* whose evaluation led to this one   */
};

/* The question that is being decided. */
struct looking {
	const void  *question;          /* NULL: none is                      */
	size_t       bytes;
	struct reads read;
	uint64_t     states;            /* those that there is a table of     */
	bool         needs;             /* it read what was not sent          */
	struct deeds *deeds;            /* of a handler; NULL: a want is asked
	                                   for                                */
	struct interned *sets;          /* of what is answered                */
};

struct test_file;

/* One file's Lua. */
struct side {
	lua_State        *L;
	struct budget     budget;
	struct rule_book *book;
	uint32_t          file;         /* which one in the book              */
	int               open_line;    /* of a rule "name" so far tableless  */
	const char       *open_what;    /* "a rule has a name"                */
	size_t            open_mistakes;        /* that had been told by then */
	bool              has_functions, has_rules;
	struct looking    at;
	uint64_t          decisions;    /* so far                             */
	struct side      *next;         /* of those that the book keeps       */
	struct test_file *tests;        /* of a file of tests, else NULL      */
	RAISES void     (*words_add)(lua_State *L);     /* what tests say     */
};

/* The side that a Lua belongs to: kept in the space that Lua has for it before
 * each state (LUA_EXTRASPACE). */
static inline struct side *side_of(lua_State *L)
{
	return *(struct side **)lua_getextraspace(L);
}

/* The lua_Alloc of every state; ud is its side.  What it refuses Lua first
 * collects garbage for, and then raises; to give back never fails. */
void *budget_alloc(void *ud, void *block, size_t old_size, size_t new_size);
/* One evaluation, within the budget of that side; one may lead to another, as a
 * test does, and goes on when that has ended. */
void  budget_begin(struct side *s, const struct allowance *a);
void  budget_end(struct side *s);
/* What a loop in C costs, as if it were so many instructions: a loop there is
 * none of Lua's. */
RAISES void budget_charge(lua_State *L, size_t steps);
/* lua_next(), and what it costs to look at the key. */
RAISES int budget_next(lua_State *L, int idx);
const char *budget_why(const struct side *s);   /* NULL: not spent            */

/* side.c: a state from birth to death. */
struct side *side_new(struct rule_book *b, uint32_t file);
void side_free(struct side *s);                 /* NULL is fine               */
/* Runs the file; mistakes go to the book. */
void side_load(struct side *s, const char *source, size_t bytes);
/* Message handler: puts "?:LINE: " of the rule file before what was raised. */
int  side_place(lua_State *L);
/* The rule file's line that is being run; 0 when none is. */
int  side_line(lua_State *L);
/* Splits a message made by side_place(); returns its line or 0. */
int  side_split(const char *message, const char **ret_sentence);
/* syntax.c: tells what the parser's message on top says, and what was meant. */
void syntax_tell(lua_State *L);
/* Calls f with what at points to, which it knows, in a protected call and
 * within a budget.  A status of Lua's; what was raised is on the stack then. */
int  side_call(struct side *s, lua_CFunction f, void *at,
               const struct allowance *a);
/* What a failed call left on the stack: a sentence, and its line or 0. */
int  side_failure(struct side *s, int status, const char **ret_sentence);

/* complaint.c: what is wrong with something, for whoever wants to know. */
struct complaints {
	void (*say)(struct complaints *c, const char *sentence);
	struct side *side;              /* loading: where mistakes go         */
	int          line;
	const char  *word;              /* being read: its place is sought in
	                                   what begins at the line; or NULL   */
	char        *first;             /* answering: keeps the first one     */
	size_t       size;
	size_t       count;
};

/* Mistakes of the book, at the line that now runs; or the first one as text,
 * for an answer that failed. */
struct complaints complaints_to_book(lua_State *L);
struct complaints complaints_to_text(char *first, size_t size);
/* One sentence, without the end of a line; control bytes in it come out as '?',
 * for rule files are foreign text. */
void complain(struct complaints *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "; did you mean 'x'?" or "". */
const char *did_you_mean(const char *word, const char *const *words, size_t n,
                         char *out, size_t size);
/* The same of a word that was found to be near; NULL: "". */
const char *did_you_mean_it(const char *it, char *out, size_t size);
/* belongs.c: "; as a setting it is want = { nice = ... }", of a word that
 * stands in the wrong table, in none, or is sought in Lua's own; NULL: it is
 * none of ours. */
const char *belongs(const char *word, char *out, size_t size);
/* The same of a word that stands for itself, and of one after "string." and the
 * like. */
const char *belongs_global(const char *word, char *out, size_t size);
const char *belongs_library(const char *word, char *out, size_t size);
/* Whether a rule's table may have it. */
bool rule_has_field(const char *word);
/* A value as a message names it: 5, "text", a glob, ... */
const char *value_name(lua_State *L, int idx, char *out, size_t size);

/* word.c: values that only the language makes. */
enum word_kind { WORD_SELECTOR = 1, WORD_GLOB, WORD_REGEX, WORD_RANGE,
                 WORD_ANY, WORD_PEOPLE, WORD_UNTOUCHED, WORD_TARGET, WORD_EXCEPT,
                 WORD_STATE, WORD_UNKNOWN, WORD_PROCESS, WORD_HOST };

struct word {                           /* every userdata begins so           */
	enum word_kind kind;
};

enum limit_type { LIMIT_NONE, LIMIT_NUMBER, LIMIT_TEXT };

struct limit {
	enum limit_type type;
	bool            open;           /* the bound itself is outside        */
	int64_t         number;
	char            text[40];
};

struct word_range {
	struct word  word;
	struct limit low, high;
};

/* Of a glob or a regex. */
struct word_pattern {
	struct word word;
	size_t      bytes;
	char        text[];
};

struct word_selector {
	struct word word;
	const char *name;               /* "process", "exit", ...             */
	enum select select;
	enum moment moment;             /* that it is about, or NONE          */
	uint32_t    number;
	int         depth;              /* of selectors inside each other     */
};

struct word_target {
	struct word word;
	enum target target;
};

/* except (host { }) */
struct word_except {
	struct word word;
	uint32_t    selector;
};

/* How a text stands for a number: "5s", "warn", "batch". */
struct measure {
	int (*read)(int which, const char *text, int64_t *ret_value);
	int which;
};

RAISES void word_open(lua_State *L);    /* adds its words to the table on top */
/* Pushed, and zeroed, so that what a word does not set is absent in it. */
RAISES void *word_new(lua_State *L, size_t size, enum word_kind kind);
void *word_of(lua_State *L, int idx, enum word_kind kind);      /* or NULL    */
/* Tells a mistake and returns an unknown word; in a decision it raises.  What
 * is wrong stands at the word, if that is not NULL. */
RAISES int word_refuse(lua_State *L, const char *word, const char *format, ...);
/* Closed bounds.  0; -EINVAL: a text is no such quantity (*ret_text names it);
 * -ERANGE: nothing lies between. */
int word_range_read(const struct word_range *r, const struct measure *m,
                    int64_t *ret_low, int64_t *ret_high,
                    const char **ret_text);

/* want.c, cap.c: reading tables, and believing none of it.  What is wrong is
 * complained of, and nothing is returned. */
bool want_read(lua_State *L, int idx, struct interned *sets,
               struct complaints *c, struct want *ret_want);
/* One value, for a want or as the bound of a cap; or as text like
 * setting_parse() takes it. */
bool want_value_read(lua_State *L, int idx, enum setting s,
                     struct interned *sets, struct complaints *c,
                     int64_t *ret_value);
bool want_text_read(const char *text, enum setting s, struct interned *sets,
                    struct complaints *c, int64_t *ret_value);
/* The setting that the key at idx names. */
bool want_key_read(lua_State *L, int idx, struct complaints *c,
                   enum setting *ret_setting);
/* Every setting in the table, from wide open to what is written there. */
bool cap_read(lua_State *L, int idx, struct interned *sets,
              struct complaints *c, struct cap *ret_cap);

/* field.c: the fields of a table, in an order of our own. */
#define FIELDS_MAX 96
/* Lays the values of the table at 1 on the stack and their places in slot, one
 * for each name; complains of other keys ('a rule has no field ...'). */
RAISES void fields_lay(lua_State *L, const char *what, const char *const *names,
                       size_t n, struct complaints *c, int *slot);

/* selector.c, host.c, rule.c, library.c, text.c: what a file may say.  Each
 * adds its words to the table on top. */
RAISES void selector_open(lua_State *L);
/* Ends a condition: it has an alternative even if none was right. */
void selector_condition_end(const struct complaints *c);
/* A condition on the tag, or the list of tags, at idx. */
void selector_tags(lua_State *L, int idx, const char *name,
                   enum subject_kind kind, uint32_t fact,
                   struct complaints *c);
/* host.c: what is true of the machine; a slot for each fact.  "lasting" comes
 * behind them. */
extern const char *const selector_host_names[HOST_COUNT + 1];
void selector_host(lua_State *L, const int *slot, struct complaints *c);
/* condition.c: one fact or setting of a task. */
void condition_fact(lua_State *L, int idx, enum fact f, enum select kind,
                    struct complaints *c);
/* The value that the setting has without pqs. */
void condition_setting(lua_State *L, int idx, enum setting s,
                       struct complaints *c);
/* env = { NAME = ... }: a condition for each name. */
void condition_env(lua_State *L, int idx, struct complaints *c);
/* Whether a value without a name needs no sentence of its own any more. */
bool unnamed_was_told(const struct complaints *c);
/* Each element of the list at idx, or the one value there. */
void list_each(lua_State *L, int idx, const char *name, struct complaints *c,
               void (*each)(lua_State *L, int idx, const char *name,
                            struct complaints *c, int which), int which);
/* Each adds the words that it knows to the table on top: rule and handler,
 * option, state, mask, pool. */
RAISES void rule_open(lua_State *L);
RAISES void handler_open(lua_State *L);
/* As the language writes it in "on = ...". */
const char *handler_moment_name(enum moment m);
RAISES void option_open(lua_State *L);
RAISES void state_open(lua_State *L);
RAISES void mask_open(lua_State *L);
RAISES void pools_open(lua_State *L);
/* named.c: what is written as WORD "name" { ... }. */
struct named {
	const char *word, *what;        /* "rule", "a rule"                   */
	const char *first;              /* what comes first: "name"           */
	const char *alone;              /* "a rule has a name"                */
	/* The table is at 1; nothing is returned. */
	RAISES void (*take)(lua_State *L, const char *name,
	                    struct complaints *c);
};
/* words[n->word] = what takes the name and then the table; n is lent for the
 * life of the state. */
RAISES void named_add(lua_State *L, const struct named *n);
/* Tells of one whose table never came. */
void named_left_open(struct side *s);
/* Whether something inside the table that is taken was told of: then what seems
 * to be missing may be what was mistaken. */
bool named_was_blamed(const struct side *s);
/* Texts with a unit, and booleans; false was told. */
bool span_read(lua_State *L, int idx, const char *name, struct complaints *c,
               uint64_t *ret_ns);
bool bool_read(lua_State *L, int idx, const char *name, struct complaints *c,
               bool *ret_value);
/* priority = N, as rules and handlers have it. */
bool priority_read(lua_State *L, int idx, struct complaints *c,
                   int32_t *ret_value);
/* Text of 1 to max bytes that can be printed as it is. */
bool label_is_fine(const char *text, size_t n, size_t max);
/* What of Lua's own a rule file may name, its texts, and then all of it as one
 * environment, which can be pushed. */
RAISES void library_open(lua_State *L);
RAISES void text_open(lua_State *L);
RAISES void sandbox_open(lua_State *L);
RAISES void sandbox_push_env(lua_State *L);
/* The table of words on top becomes one that cannot be changed, and that calls
 * this with itself first; of another word it says "REFUSAL 'word'". */
RAISES void sandbox_lock(lua_State *L, const char *refusal, lua_CFunction call);
/* The names of all words, sorted; they live as long as the state. */
size_t sandbox_words(lua_State *L, const char **ret_words, size_t max);

/* scan.c: complains of names in the functions of the chunk on top that are no
 * words; false: it must not be run.  Raises nothing. */
bool scan_chunk(lua_State *L);
/* The same of fields that no process, and no host, has, in the function on top:
 * function (p, host), or (tasks, host, event). */
void scan_views(lua_State *L, bool task_is_first, struct complaints *c);

/* view.c: what a function sees of a process and of the machine. */
struct view {
	struct word word;
	uint32_t    task;               /* which of those in the question     */
	uint64_t    decision;           /* the one that it was lent for       */
};

RAISES void view_open(lua_State *L);
/* Pushes a new one for each decision: one that was kept stays what it was,
 * dead. */
RAISES void view_new(lua_State *L, enum word_kind kind, uint32_t task);
/* The view of a task at 1, as long as it may be used. */
RAISES struct view *view_of_task(lua_State *L);

/* deed.c: what a handler does to a task.  Adds task:want and task:reclaim to
 * the table on top. */
RAISES void deed_open(lua_State *L);

/* state.c: what a handler left in the states that it looked at is noted as its
 * deed. */
RAISES void states_pack(lua_State *L);

/* pack.c: a plain table as at most size bytes; how many.  Raises what a state
 * cannot hold. */
RAISES size_t pack_table(lua_State *L, int idx, char *out, size_t size);
/* The table on top, from bytes that are not believed; none: an empty one. */
RAISES void unpack_table(lua_State *L, const char *bytes, size_t n);
/* Takes note of the words on top. */
RAISES void pack_open(lua_State *L);

/* decide.c: one question to Lua, one answer back; what a handler does is put
 * into deeds. */
void decide(struct side *s, int ref, const void *question, size_t bytes,
            struct interned *sets, struct answer *ret_answer,
            struct deeds *ret_deeds);

/* source.c: pushes what our own Lua file of that name is as a function; all
 * that it knows is its arguments. */
RAISES void source_push(lua_State *L, const char *name);

#endif
