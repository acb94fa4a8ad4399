/* rules.h -- rule files in; an image, and answers to questions, out.
 *
 * A book is made of files, compiled once, then asked:
 *
 *      struct rule_book *b = rule_book_new();
 *      rule_book_add(b, LAYER_ADMIN, "rules/build.lua", source, bytes);
 *      if (rule_book_compile(b) < 0)
 *              ... rule_book_mistake(b, i, &m) for each i ...
 *      image = rule_book_image(b, &image_bytes);
 *      size = rule_book_ask(b, question, bytes, answer, sizeof answer);
 *      rule_book_free(b);
 *
 * Every file has a Lua of its own, which lives on after compiling only if a
 * rule of it wants through a function.  A book with one mistake has no image.
 */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/layer.h"

struct rule_book;
struct machine;

/* An error is wrong, a warning is doubted, and a note may well be meant. */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct rule_mistake {
	const char *file;
	int         line;               /* 0: of the file as a whole          */
	int         column;             /* in bytes; 0: unknown               */
	enum severity severity;
	const char *rule;               /* its name; NULL: not of one         */
	const char *sentence;
};

struct rule_counts {
	size_t files, rules, functions, tags;
};

struct rule_book *rule_book_new(void);          /* NULL: no memory            */
void rule_book_free(struct rule_book *b);       /* NULL is fine               */

/* Copies the source.  0, -ENOMEM, or -E2BIG past RULE_FILES_MAX. */
int rule_book_add(struct rule_book *b, enum layer layer, const char *path,
                  const char *source, size_t bytes);

/* The value of an option, as pqs.yaml has it, before the book is compiled.  0,
 * -E2BIG or -EEXIST. */
int rule_book_option(struct rule_book *b, const char *name, const char *value);
/* More rules there are than these: an option that none of them asks for is no
 * mistake. */
void rule_book_options_partial(struct rule_book *b);

/* Called before each file is read, with its number as added, and once after the
 * last; for those who want to know whose doing it was if there is no end. */
void rule_book_tell(struct rule_book *b, void (*reading)(uint32_t file));

/* 0, or -EINVAL: there are mistakes.  Forgets the sources. */
int rule_book_compile(struct rule_book *b);

/* Before compiling: keeps what is needed to doubt the book. */
void rule_book_strict(struct rule_book *b);
/* Once it is compiled without a mistake: puts what is doubtful about its rules
 * among the mistakes, and asks each function once.  machine: on which they
 * would run, as policy/doubts.h has it; NULL: on any.  How many warnings there
 * are, or -ENOMEM. */
int rule_book_doubt(struct rule_book *b, const struct machine *machine);

/* The i-th mistake, or doubt, by file and line; false past the last. */
bool rule_book_mistake(const struct rule_book *b, size_t i,
                       struct rule_mistake *ret_mistake);
/* One line, as compilers write it, so that editors find the place. */
void rule_mistake_print(const struct rule_mistake *m, FILE *out);
/* "error", "warning", "note". */
const char *severity_name(enum severity s);
/* For image_check(); NULL with mistakes.  Lent as long as the book lives and
 * does not forget it. */
const void *rule_book_image(const struct rule_book *b, size_t *ret_bytes);
/* Frees it; questions are still answered. */
void rule_book_forget_image(struct rule_book *b);
/* Of a book that was compiled. */
struct rule_counts rule_book_counts(const struct rule_book *b);

/* Answers one QUESTION of policy/question.h into out: the number of bytes,
 * -EINVAL (not a question) or -E2BIG. */
int64_t rule_book_ask(struct rule_book *b, const void *question, size_t bytes,
                      void *out, size_t size);

/* From here on, rules are also stopped by the CPU time they use, so many times
 * what they are meant to have (1 to 100); without it only by instructions and
 * bytes, which are the same in every run.  Takes SIGPROF and ITIMER_PROF of the
 * process.  0 or -errno. */
int rule_clock_start(unsigned patience);

/* Reads what a build with PQS_LUA_FOLDER keeps in files; else does nothing.
 * 0 or -errno. */
int rule_language_load(void);

#endif
