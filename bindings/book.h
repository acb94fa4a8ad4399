/* book.h -- what the files of a rule book are compiled into. */
#ifndef BOOK_H
#define BOOK_H

#include <uthash.h>

#include "bind.h"
#include "model/option.h"
#include "rules.h"

/* A name seen before, and where. */
struct name {
	char          *text;
	uint32_t       file;
	int            line;
	UT_hash_handle hh;
};

/* 0: it is new; 1: it was there; -ENOMEM. */
int  names_put(struct name **set, const char *text, uint32_t file, int line);
/* NULL: it was not seen. */
struct name *names_find(struct name *set, const char *text);
void names_clear(struct name **set);

/* Places without a file of the book. */
#define FILE_OPTIONS (UINT32_MAX - 1)   /* pqs.yaml                           */
#define FILE_NONE    UINT32_MAX         /* the rules as a whole               */

struct mistake {
	uint32_t file;
	int      line, column;          /* 0: unknown                         */
	int      ran;                   /* the line that was run              */
	enum severity severity;
	char    *rule;                  /* NULL: not of one                   */
	char    *sentence;
};

struct mistakes {
	struct mistake *item;
	size_t          count, room;
	size_t          dropped;        /* past the bound or without memory   */
	size_t          told;           /* those told before included         */
};

/* The sentence and the rule's name are copied. */
void mistakes_add(struct mistakes *m, struct mistake where,
                  const char *sentence);
/* Whether running that line was blamed. */
bool mistakes_at(const struct mistakes *m, uint32_t file, int line);
/* By file and line, within a line by text: Lua walks tables in any order. */
void mistakes_sort(struct mistakes *m);
/* Frees what it holds. */
void mistakes_clear(struct mistakes *m);

struct rule_file {
	enum layer layer;
	char      *path;
	char      *source;              /* NULL once compiled                 */
	size_t     bytes;
	uint64_t   knows;               /* what its functions do: see image.h */
};

struct rule_function {
	uint32_t     rule;              /* its index in the image, rising     */
	struct side *side;
	int          ref;               /* in that side's registry            */
};

struct rule_book {
	struct rule_file     *file;
	size_t                files, files_room;
	struct builder       *builder;  /* only while compiling               */
	struct interned      *sets;     /* of constants                       */
	struct interned      *answer_sets;      /* of one answer              */
	struct mistakes       mistakes;
	struct name          *rules, *tags_given, *tags_read;
	struct name          *pools, *pools_given, *pools_read, *regexes;
	struct name          *masks, *states, *options_asked;
	struct rule_options   options;
	uint64_t              options_used;     /* a bit each                 */
	struct side          *sides;    /* those that live on                 */
	struct rule_function *function;
	size_t                functions, functions_room;
	struct rule_counts    counts;
	void                (*reading)(uint32_t file);  /* or NULL            */
	bool                  strict;   /* will be doubted                    */
	char                  rule_read[RULE_NAME_MAX + 1];     /* "": none   */
	struct deeds          deeds;    /* of a handler's answer              */
	void                 *image;
	size_t                image_bytes;
};

/* Where the word stands in what begins at the line; false: not surely known. */
bool place_find(const char *source, size_t bytes, const char *word, int *line,
                int *ret_column);
/* Where the line begins; NULL: there is none. */
const char *place_line(const char *source, size_t bytes, int line);
/* Tells of fields that one table of the file is given twice. */
void twice_check(struct rule_book *b, uint32_t file);
/* A mistake in what begins at the line, at the word if that is not NULL. */
void book_blame(struct rule_book *b, uint32_t file, int line, const char *word,
                const char *sentence);
/* A doubt about the rule that begins there; rule may be NULL. */
void book_doubt(struct rule_book *b, struct mistake where, const char *rule,
                const char *word, const char *sentence);
/* Whether the bytes of a file may be shown to Lua; else it was told why not. */
bool rule_book_source_fine(struct rule_book *b, uint32_t file);
/* Counting those that could not be kept. */
bool rule_book_has_mistakes(const struct rule_book *b);

/* What can be said only when all files were read. */
void book_check(struct rule_book *b);

#define RULE_KEY_MAX (RULE_NAME_MAX + 2)
/* What a rule is known by among all layers. */
void rule_key(enum layer layer, const char *name, char *out, size_t size);

/* rule.c gives what it read; 0, or -errno with the mistake told. */
int book_take(struct side *s, const struct builder_rule *r, int ref,
              struct complaints *c);

#endif
