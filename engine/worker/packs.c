/* packs.c -- what the functions of a rule file have cost. */

#include "worker/packs.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"
#include "policy/image.h"

#define SECOND_NS UINT64_C(1000000000)

struct pack {
	uint64_t       file;
	UT_hash_handle hh;
	char          *path;
	uint32_t       strikes;
	uint64_t       used_ns, since_ns;       /* of the bucket, and when    */
	bool           off;
	enum pack_end  end;
};

struct packs {
	struct pack **of_rule;
	size_t        rules;
	struct pack  *by_file;
	uint32_t      strikes;
};

/* Equal texts of an image are there once, so a place stands for a path. */
static uint64_t file_of(const struct image_rule *r)
{
	return (uint64_t)r->layer << 32 | r->file.at;
}

static struct pack *pack_new(struct packs *p, uint64_t file,
                             const char *path)
{
	struct pack *one = calloc(1, sizeof *one);

	if (one == NULL)
		return NULL;
	one->file = file;
	one->path = strdup(path);
	if (one->path != NULL)
		HASH_ADD(hh, p->by_file, file, sizeof file, one);
	if (one->path == NULL || one->hh.tbl == NULL) {
		free(one->path);
		free(one);
		return NULL;
	}
	return one;
}

/* Only functions cost anything; other rules have no pack. */
static bool rule_place(struct packs *p, const void *image, uint32_t rule)
{
	const struct image_rule *r = IMAGE_AT(image, IMAGE_RULES, image_rule,
	                                      rule);
	const uint64_t           file = file_of(r);
	struct pack             *one;

	if (!r->is_function)
		return true;
	HASH_FIND(hh, p->by_file, &file, sizeof file, one);
	if (one == NULL)
		one = pack_new(p, file, image_text_of(image, r->file));
	p->of_rule[rule] = one;
	return one != NULL;
}

struct packs *packs_new(const void *image, uint32_t strikes)
{
	struct packs *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->strikes = strikes;
	p->rules = image_count(image, IMAGE_RULES);
	p->of_rule = calloc(p->rules + 1, sizeof(struct pack *));
	for (uint32_t i = 0; i < p->rules; i++)
		if (p->of_rule == NULL || !rule_place(p, image, i)) {
			packs_free(p);
			return NULL;
		}
	return p;
}

void packs_free(struct packs *p)
{
	struct pack *one, *next;

	if (p == NULL)
		return;
	one = p->by_file;
	HASH_CLEAR(hh, p->by_file);
	for (; one != NULL; one = next) {
		next = one->hh.next;
		free(one->path);
		free(one);
	}
	free(p->of_rule);
	free(p);
}

static struct pack *pack_of(const struct packs *p, uint32_t rule)
{
	return p != NULL && rule < p->rules ? p->of_rule[rule] : NULL;
}

static bool switch_off(struct pack *one, enum pack_end end)
{
	one->off = true;
	one->end = end;
	return true;
}

bool packs_strike(struct packs *p, uint32_t rule)
{
	struct pack *one = pack_of(p, rule);

	if (one == NULL || one->off || ++one->strikes < p->strikes)
		return false;
	return switch_off(one, PACK_STRUCK_OUT);
}

/* What has dripped in since then; never more than there is room. */
static void bucket_fill(struct pack *one, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - one->since_ns;
	uint64_t drops_ns = passed_ns / SECOND_NS * PACK_CPU_A_SECOND_NS +
	                    passed_ns % SECOND_NS * PACK_CPU_A_SECOND_NS /
	                    SECOND_NS;

	one->since_ns = now_ns;
	one->used_ns -= drops_ns < one->used_ns ? drops_ns : one->used_ns;
}

/* To be asked costs something by itself, which is not the pack's doing. */
bool packs_charge(struct packs *p, uint32_t rule, uint64_t cpu_ns,
                  uint64_t now_ns)
{
	struct pack *one = pack_of(p, rule);

	if (one == NULL || one->off || cpu_ns <= QUESTION_CPU_FREE_NS)
		return false;
	bucket_fill(one, now_ns);
	one->used_ns += cpu_ns - QUESTION_CPU_FREE_NS;
	if (one->used_ns <= PACK_CPU_BURST_NS)
		return false;
	return switch_off(one, PACK_RAN_DRY);
}

bool packs_off(const struct packs *p, uint32_t rule)
{
	const struct pack *one = pack_of(p, rule);

	return one != NULL && one->off;
}

const char *packs_name(const struct packs *p, uint32_t rule)
{
	const struct pack *one = pack_of(p, rule);

	return one != NULL ? one->path : "";
}

enum pack_end packs_end(const struct packs *p, uint32_t rule)
{
	return pack_of(p, rule)->end;
}
