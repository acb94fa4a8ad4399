/* test_news.h -- what the sealed process that plays tells the one that counts.
 *
 * Each step is announced before it is taken: when the player does not live to
 * tell how it went, it is known what ended it.
 */
#ifndef TEST_NEWS_H
#define TEST_NEWS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum news_kind {
	NEWS_RULES,             /* the folder's rules are read now            */
	NEWS_FILE,              /* that file of tests is read now             */
	NEWS_TEST,              /* that test is played now: line, name        */
	NEWS_END,               /* what was announced went so                 */
	NEWS_RULE,              /* a rule there is: line, name, its file in
	                           'sentence'                                 */
	NEWS_REACHED,           /* that rule matched, or decided something    */
	NEWS_DONE,              /* nothing is left to be played               */
	NEWS_KINDS
};

struct news {
	enum news_kind kind;
	uint32_t       file, index;     /* of the folder's; a test or a rule  */
	int            line;
	bool           well;            /* it passed; the rule decided        */
	uint64_t       ns;              /* that it took                       */
	const char    *name, *sentence, *lines;         /* NULL is ""         */
};

/* What is too long is cut. */
void news_send(FILE *out, const struct news *n);

struct news_reader {
	FILE *in;
	char *text;                     /* of the last one                    */
};

/* The sender is not believed: 1; 0 when there is no more, or no sense in it.
 * The texts are clean, and lent until the next call. */
int  news_next(struct news_reader *r, struct news *ret_news);
/* Closes in, too. */
void news_close(struct news_reader *r);

#endif
