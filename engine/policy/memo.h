/* memo.h -- answers that rules gave, and to what.
 *
 * A function rule is pure: asked the same, it says the same.  So an answer is
 * kept under the bytes of its question, for all tasks alike, and a rule is
 * asked again only when a fact that it reads is different.  The least recently
 * used answers go first past the bound.
 */
#ifndef POLICY_MEMO_H
#define POLICY_MEMO_H

#include "policy/question.h"

struct heirs;
struct memo;

/* most: answers to keep, MEMO_MAX for one.  NULL: no memory. */
struct memo *memo_new(size_t rules, size_t most);
void memo_free(struct memo *m);                 /* NULL is fine               */

/* What the rule was seen to read so far: what to send along next time. */
struct reads memo_reads(const struct memo *m, uint32_t rule);
/* What the function looked at, beside what it did before: sent along from now
 * on, and part of what an answer is remembered by. */
void memo_learn(struct memo *m, uint32_t rule, struct reads read);

/* NULL when that was never answered.  Lent until the next memo_put(). */
const struct answer *memo_find(struct memo *m, const void *key, size_t bytes);
int memo_put(struct memo *m, const void *key, size_t bytes,
             const struct answer *a);           /* 0 or -ENOMEM               */

/* What another generation was answered is still true of the rules whose file is
 * the same, to the byte: before[rule] is their number there, RULE_NONE of any
 * other.  Such answers, and what such rules read, are found in the new one too,
 * and kept there once they are.  before is copied; the old memory is lent until
 * memo_follow(NULL).  0 or -ENOMEM. */
int    memo_follow(struct memo *m, struct memo *old, uint32_t generation,
                   uint32_t old_generation, const uint32_t *before);
/* The same for good: such answers of the old memory are m's from now on, under
 * the number of that generation.  Costs no memory but that of an empty table. */
void   memo_inherit(struct memo *m, struct memo *old, uint32_t generation,
                    const struct heirs *heirs, const uint32_t *before);
/* Drops up to that many answers; how many are left. */
size_t memo_shrink(struct memo *m, size_t answers);

size_t memo_count(const struct memo *m);

#endif
