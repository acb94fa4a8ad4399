/* seed.c -- inputs to begin with, from rule files that are right: what the
 * present version makes of them, so that no seed is of a format long gone.
 *
 *      seed FOLDER FILES...    into FOLDER/{rule_file,image,question,answer}
 */

#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fuzz.h"
#include "model/interned.h"
#include "only_question.h"
#include "rules.h"

#define SOURCE_BYTES_MAX RULE_FILE_MAX

static const char *folder;

static void seed_write(const char *kind, const char *name, uint32_t number,
                       const void *bytes, size_t n)
{
	char  path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, kind);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/%s/%s-%u", folder, kind, name, number);
	f = fopen(path, "we");
	MUST(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void exchange_write(struct rule_book *b, const struct image_rule *r,
                           uint32_t rule, struct reads sent,
                           struct subject *about, const char *name)
{
	static char question[HANDLE_BYTES_MAX], answer[ANSWER_BYTES_MAX];
	int64_t     n = only_question(r, rule, sent, rule + 1, about, question,
	                              sizeof question);
	int64_t     m;

	MUST(n > 0);
	seed_write("question", name, 2 * rule + (sent.task != 0), question,
	           (size_t)n);
	m = rule_book_ask(b, question, (size_t)n, answer, sizeof answer);
	MUST(m > 0);
	seed_write("answer", name, 2 * rule + (sent.task != 0), answer,
	           (size_t)m);
}

/* Each function asked with nothing told, and with everything. */
static void exchanges_write(struct rule_book *b, const void *image,
                            const char *name)
{
	struct host        host = { 0 };
	struct subject     about = { .table = table_new(&only), .host = &host };

	MUST(about.table != NULL);
	MUST(table_meet(about.table, only_id, &about.task) == 1);
	for (uint32_t i = 0; i < image_count(image, IMAGE_RULES) && i < 8;
	     i++) {
		const struct image_rule *r = IMAGE_AT(image, IMAGE_RULES,
		                                      image_rule, i);

		exchange_write(b, r, i, (struct reads){ 0 }, &about, name);
		exchange_write(b, r, i, everything, &about, name);
	}
	table_free(about.table);
}

static void seeds_write(const char *name, const char *source, size_t n)
{
	struct rule_book *b = rule_book_new();
	const void       *image;
	size_t            bytes;

	MUST(b != NULL);
	MUST(rule_book_add(b, LAYER_ADMIN, name, source, n) == 0);
	seed_write("rule_file", name, 0, source, n);
	if (rule_book_compile(b) == 0) {
		image = rule_book_image(b, &bytes);
		seed_write("image", name, 0, image, bytes);
		exchanges_write(b, image, name);
	}
	rule_book_free(b);
}

int main(int argc, char **argv)
{
	static char source[SOURCE_BYTES_MAX];

	MUST(argc > 2);
	folder = argv[1];
	for (int i = 2; i < argc; i++) {
		FILE  *f = fopen(argv[i], "re");
		size_t n;

		MUST(f != NULL);
		n = fread(source, 1, sizeof source, f);
		fclose(f);
		seeds_write(text_base_name(argv[i]), source, n);
	}
	return 0;
}
