/* replay.c -- a harness without a fuzzer: every input that was kept, once.
 *
 * Arguments are files and folders of inputs; without any, the corpus that lies
 * in the tree. */

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fuzz.h"

#define INPUT_BYTES_MAX ((size_t)4 << 20)

/* Of its own size, so that a read past the end is seen. */
static void input_play(const char *path)
{
	FILE    *f = fopen(path, "re");
	size_t   n = 0;
	uint8_t *bytes = malloc(INPUT_BYTES_MAX), *exact;

	MUST(f != NULL && bytes != NULL);
	n = fread(bytes, 1, INPUT_BYTES_MAX, f);
	fclose(f);
	exact = realloc(bytes, n + (n == 0));
	MUST(exact != NULL);
	fprintf(stderr, "%s\n", path);  /* the last one is the guilty one   */
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
}

static size_t folder_play(const char *folder)
{
	DIR           *dir = opendir(folder);
	struct dirent *entry;
	char           path[4096];
	size_t         n = 0;

	MUST(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		MUST(snprintf(path, sizeof path, "%s/%s", folder,
		              entry->d_name) < (int)sizeof path);
		input_play(path);
		n++;
	}
	closedir(dir);
	return n;
}

/* "fuzz_image" plays corpus/image. */
static size_t corpus_play(const char *program)
{
	const char *name = text_base_name(program);
	char        folder[4096];

	MUST(strncmp(name, "fuzz_", 5) == 0);
	snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", PQS_TREE,
	         name + 5);
	return folder_play(folder);
}

int main(int argc, char **argv)
{
	size_t      n = 0;
	struct stat st;

	for (int i = 1; i < argc; i++) {
		MUST(stat(argv[i], &st) == 0);
		if (S_ISDIR(st.st_mode)) {
			n += folder_play(argv[i]);
		} else {
			input_play(argv[i]);
			n++;
		}
	}
	if (argc == 1)
		n = corpus_play(argv[0]);
	printf("100%%: Checks: %zu, inputs played\n", n);
	return n > 0 ? 0 : 1;
}
