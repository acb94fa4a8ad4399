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
#include "only_process.h"
#include "policy/image.h"
#include "policy/question.h"
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

static void exchange_write(struct rule_book *b, uint32_t rule,
                           struct reads sent, struct subject *about,
                           const char *name)
{
	static char question[32768], answer[ANSWER_BYTES_MAX];
	struct inquiry q = { .id = rule + 1, .generation = 1, .rule = rule,
	                     .what = sent };
	int64_t     n = question_write(&q, about, question, sizeof question);
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
static void exchanges_write(struct rule_book *b, uint32_t rules,
                            const char *name)
{
	const struct reads all = { FACT_BIT(FACT_COUNT) - 1,
	                           HOST_BIT(HOST_COUNT) - 1 };
	struct host        host = { 0 };
	struct subject     about = { .table = table_new(&only), .host = &host };

	MUST(about.table != NULL);
	MUST(table_meet(about.table, only_id, &about.task) == 1);
	for (uint32_t i = 0; i < rules && i < 8; i++) {
		exchange_write(b, i, (struct reads){ 0, 0 }, &about, name);
		exchange_write(b, i, all, &about, name);
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
		exchanges_write(b, image_count(image, IMAGE_RULES), name);
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
